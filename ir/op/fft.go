package op

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"gonum.org/v1/gonum/dsp/fourier"
)

func init() {
	ir.Register(ir.Row{ID: FFTID, Name: "fft", Arity: 1, Attrs: FFTAttrs{}, Accepts: factorTypes, HLO: "stablehlo.fft",
		Types: fftTypes, Eval: fftEval, Domain: ir.Domain{Make: fftSample}})
}

// FFTAttrs are the attributes of StableHLO's fft: what is transformed into what, and the extents of the transformed (last) dimensions
// on the side of the signal.
type FFTAttrs struct {
	Kind   FFTKind
	Length []int
}

// FFTKind is the direction of a Fourier transform, and which side of it is real.
type FFTKind string

// The kinds. Forward transforms have no factor; inverse ones divide by the number of elements.
const (
	FFTForward     FFTKind = "fft"   // complex to complex
	FFTInverse     FFTKind = "ifft"  // complex to complex
	FFTForwardReal FFTKind = "rfft"  // real to complex: the last dimension of n becomes n/2+1
	FFTInverseReal FFTKind = "irfft" // complex to real: n/2+1 becomes n; the other half is its mirror image
)

// FFT transforms the last len(length) dimensions of x, one to three. Reference evaluation computes in complex128 and rounds once.
func FFT(b *ir.Builder, x *ir.Value, kind FFTKind, length ...int) *ir.Value {
	return b.Emit1(FFTID, FFTAttrs{Kind: kind, Length: length}, x)
}

func fftTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, x := attrs.(FFTAttrs), in[0]
	if !slices.Contains([]FFTKind{FFTForward, FFTInverse, FFTForwardReal, FFTInverseReal}, a.Kind) {
		return nil, ir.Mismatch("kind", fmt.Sprintf("%q", a.Kind), `"fft", "ifft", "rfft" or "irfft"`)
	}
	accepts := dtype.Complexes
	if a.Kind == FFTForwardReal {
		accepts = dtype.SetOf(dtype.Float32, dtype.Float64)
	}
	if err := wantDType(0, x, accepts); err != nil {
		return nil, err
	}
	k := len(a.Length)
	if k < 1 || k > 3 || k > x.Rank() || slices.Min(a.Length) < 0 {
		return nil, ir.Mismatch("length", fmt.Sprint(a.Length), fmt.Sprintf("one to three extents of the last dimensions of %s", x))
	}
	shape, want := slices.Clone(x.Shape), slices.Concat(x.Shape[:x.Rank()-k], a.Length)
	switch last := len(shape) - 1; a.Kind {
	case FFTForwardReal:
		shape[last] = halfLength(shape[last])
	case FFTInverseReal:
		shape[last] = a.Length[k-1]
		want[last] = halfLength(a.Length[k-1])
	}
	if !slices.Equal(x.Shape, want) {
		return nil, ir.Mismatch(operand(0), x.String(), x.WithShape(want...).String()+", which the length asks for")
	}
	switch a.Kind {
	case FFTForwardReal:
		return oneType(ir.T(x.DType.Complex(), shape...))
	case FFTInverseReal:
		return oneType(ir.T(x.DType.Real(), shape...))
	}
	return oneType(x)
}

// halfLength is the number of independent frequencies of n real numbers.
func halfLength(n int) int {
	if n == 0 {
		return 0
	}
	return n/2 + 1
}

func fftEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a, t := n.Attrs.(FFTAttrs), n.Result().Type
	inverse := a.Kind == FFTInverse || a.Kind == FFTInverseReal
	signal := slices.Concat(t.Shape[:t.Rank()-len(a.Length)], a.Length)
	x := resizeLast(in[0].Complex128s(), in[0].Shape(), signal)
	last := len(signal) - 1
	for d := len(signal) - len(a.Length); d < last; d++ {
		transformAlong(x, signal, d, inverse)
	}
	if a.Kind == FFTInverseReal {
		mirrorLast(x, signal[last])
	}
	transformAlong(x, signal, last, inverse)
	out := zeros(t)
	spectrum := resizeLast(x, signal, t.Shape)
	if inverse {
		scale := complex(float64(ir.T(0, a.Length...).Size()), 0)
		for i := range spectrum {
			spectrum[i] /= scale
		}
	}
	out.StoreComplex128(0, spectrum)
	return oneTensor(out)
}

// resizeLast copies elements to an array that differs in its last extent: the rest of a longer one is zero, and of a shorter one cut off.
func resizeLast(x []complex128, from, to []int) []complex128 {
	out := make([]complex128, ir.T(0, to...).Size())
	m, n := from[len(from)-1], to[len(to)-1]
	if n == 0 {
		return out
	}
	for row := range len(out) / n {
		copy(out[row*n:(row+1)*n], x[row*m:(row+1)*m])
	}
	return out
}

// mirrorLast completes rows of n frequencies of a real signal from the first n/2+1. Imaginary parts of frequency 0 and n/2 make the
// result complex by that much; they are lost when it is stored as real, as the StableHLO specification wants.
func mirrorLast(x []complex128, n int) {
	if n == 0 {
		return
	}
	for row := range len(x) / n {
		r := x[row*n : (row+1)*n]
		for k := n/2 + 1; k < n; k++ {
			r[k] = complex(real(r[n-k]), -imag(r[n-k]))
		}
	}
}

// transformAlong transforms every line along dimension d, without a factor.
func transformAlong(x []complex128, shape []int, d int, inverse bool) {
	n := shape[d]
	if len(x) == 0 {
		return
	}
	fft, line := fourier.NewCmplxFFT(n), make([]complex128, n)
	stride := tensor.Strides(shape)[d]
	for _, first := range offsetsAlong(shape, otherDims(len(shape), []int{d})) {
		for i := range line {
			line[i] = x[first+i*stride]
		}
		if inverse {
			fft.Sequence(line, line)
		} else {
			fft.Coefficients(line, line)
		}
		for i, v := range line {
			x[first+i*stride] = v
		}
	}
}

// fftSample draws a kind that fits the element type.
func fftSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	rank := 1 + r.IntN(3)
	k := 1 + r.IntN(rank)
	shape := make([]int, rank)
	for i := range shape {
		shape[i] = r.IntN(size + 2)
	}
	a := FFTAttrs{FFTForwardReal, slices.Clone(shape[rank-k:])}
	if dt.IsComplex() {
		a.Kind = []FFTKind{FFTForward, FFTInverse, FFTInverseReal}[r.IntN(3)]
	}
	if a.Kind == FFTInverseReal {
		shape[rank-1] = halfLength(shape[rank-1])
	}
	return ir.Sample{Attrs: a, Inputs: []*tensor.Tensor{sampleTensor(r, dt, shape...)}}
}
