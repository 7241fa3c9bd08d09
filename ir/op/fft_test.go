package op

import (
	"math"
	"math/cmplx"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// naiveDFT sums over all elements of the transformed dimensions, for each frequency.
func naiveDFT(x []complex128, shape []int, dims int, inverse bool) []complex128 {
	out := make([]complex128, len(x))
	inner := ir.T(0, shape[len(shape)-dims:]...).Size()
	sign := -2 * math.Pi
	if inverse {
		sign = 2 * math.Pi
	}
	for f, frequency := range tensor.Indices(shape) {
		base := f / inner * inner
		for k, index := range tensor.Indices(shape[len(shape)-dims:]) {
			phase := 0.0
			for d, i := range index {
				n := shape[len(shape)-dims+d]
				phase += float64(i*frequency[len(shape)-dims+d]%n) / float64(n)
			}
			out[f] += x[base+k] * cmplx.Rect(1, sign*phase)
		}
		if inverse {
			out[f] /= complex(float64(inner), 0)
		}
	}
	return out
}

func TestFFTAgainstSums(t *testing.T) {
	elements := 0
	for _, dt := range factorTypes.List() {
		tolerance := map[int]float64{4: 1e-4, 8: 1e-12}[dt.Real().Size()]
		for seed := range uint64(80) {
			s := fftSample(seeded(seed), dt, int(seed%8))
			a, out := s.Attrs.(FFTAttrs), apply1(t, FFTID, s.Attrs, s.Inputs[0])
			x, k := s.Inputs[0], len(a.Length)
			if a.Kind == FFTInverseReal {
				// Forward again gives the spectrum back, but for imaginary parts that no real signal has.
				again := apply1(t, FFTID, FFTAttrs{FFTForwardReal, a.Length}, out)
				signal := apply1(t, FFTID, s.Attrs, again)
				assert.InDeltaSlice(t, out.Float64s(), signal.Float64s(), tolerance)
				continue
			}
			want := naiveDFT(x.Complex128s(), x.Shape(), k, a.Kind == FFTInverse)
			got := out.Complex128s()
			for flat, index := range tensor.Indices(out.Shape()) {
				w := want[tensor.Offset(index, tensor.Strides(x.Shape()))]
				require.Less(t, cmplx.Abs(w-got[flat]), tolerance*(1+cmplx.Abs(w)), "%+v", a)
				elements++
			}
		}
	}
	assert.Greater(t, elements, 2000)
}

func TestInverseRealFFTAgainstSums(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 7, 8, 30} {
		for _, rows := range []int{1, 3} {
			signal := sampleTensor(seeded(uint64(n)), dtype.Float64, rows, n)
			for _, length := range [][]int{{n}, {rows, n}} {
				spectrum := naiveDFT(signal.Complex128s(), []int{rows, n}, len(length), false)
				half := tensor.Must(tensor.New(dtype.Complex128, rows, n/2+1))
				half.StoreComplex128(0, resizeLast(spectrum, []int{rows, n}, []int{rows, n/2 + 1}))
				assert.InDeltaSlice(t, signal.Float64s(), apply1(t, FFTID, FFTAttrs{FFTInverseReal, length}, half).Float64s(), 1e-12)
			}
		}
	}
	// Imaginary parts of the constant and of the highest frequency have no influence.
	half := tensor.Of[complex128](complex(4, 5), complex(0, 0), complex(0, 7))
	assert.Equal(t, []float64{1, 1, 1, 1}, apply1(t, FFTID, FFTAttrs{FFTInverseReal, []int{4}}, half).Float64s())
}

func TestFFTOfLargePrimeAndPowerOfTwo(t *testing.T) {
	for _, n := range []int{509, 512} {
		x := tensor.Must(tensor.New(dtype.Complex128, n))
		x.Set(3, 1) // an impulse at 3 is exp(-2 pi i 3 k / n)
		for k, v := range apply1(t, FFTID, FFTAttrs{FFTForward, []int{n}}, x).Complex128s() {
			assert.Less(t, cmplx.Abs(v-cmplx.Rect(1, -2*math.Pi*float64(3*k)/float64(n))), 1e-12)
		}
	}
}

func TestFFTErrors(t *testing.T) {
	c, f := ir.T(dtype.Complex64, 4, 6), ir.T(dtype.Float32, 4, 6)
	for _, k := range []struct {
		t    ir.Type
		a    FFTAttrs
		want string
	}{
		{c, FFTAttrs{"dft", []int{6}}, `kind: got "dft", want "fft", "ifft", "rfft" or "irfft"`},
		{f, FFTAttrs{FFTForward, []int{6}}, "operand 0: got f32[4,6], want a complex element type"},
		{c, FFTAttrs{FFTForward, nil}, "length: got [], want one to three extents of the last dimensions of complex<f32>[4,6]"},
		{c, FFTAttrs{FFTForward, []int{5}}, "operand 0: got complex<f32>[4,6], want complex<f32>[4,5], which the length asks for"},
		{c, FFTAttrs{FFTInverseReal, []int{6}}, "operand 0: got complex<f32>[4,6], want complex<f32>[4,4], which the length asks for"},
	} {
		assert.Equal(t, "fft: "+k.want, typeError(t, FFTID, k.a, k.t))
	}
}
