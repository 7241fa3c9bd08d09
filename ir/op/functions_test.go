package op

import (
	"bufio"
	"math"
	"math/cmplx"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tableRow is one line of testdata/functions.txt.
type tableRow struct {
	name    string
	numbers []float64
}

func readTable(t *testing.T) []tableRow {
	t.Helper()
	file, err := os.Open("testdata/functions.txt")
	require.NoError(t, err)
	defer file.Close()
	var rows []tableRow
	for lines := bufio.NewScanner(file); lines.Scan(); {
		words := strings.Fields(lines.Text())
		numbers := make([]float64, len(words)-1)
		for i, word := range words[1:] {
			numbers[i], err = strconv.ParseFloat(word, 64)
			require.NoError(t, err)
		}
		rows = append(rows, tableRow{words[0], numbers})
	}
	require.Greater(t, len(rows), 1000)
	return rows
}

func rowID(t *testing.T, name string) ir.OpID {
	t.Helper()
	row, ok := ir.RowByName(name)
	require.True(t, ok, name)
	return row.ID
}

// position counts representable float64 numbers from zero, so that differences are distances in units in the last place.
func position(x float64) int64 {
	p := int64(math.Float64bits(x) &^ (1 << 63))
	if math.Signbit(x) {
		return -p
	}
	return p
}

// ulps64 is the distance of two float64 in units in the last place.
func ulps64(x, y float64) int64 {
	if d := position(x) - position(y); d >= 0 {
		return d
	}
	return position(y) - position(x)
}

// maxULP64 are the errors in f64 that Go's math has on the table, where above 2; see absoluteError for lgamma and digamma, whose
// relative error is not small near their zeros.
var maxULP64 = map[string]int64{"erf_inv": 3, "bessel_i1e": 6}

const absoluteError = 2e-15

func TestRealFunctionsAgainstMPMath(t *testing.T) {
	worst := map[string]int64{}
	for _, row := range readTable(t) {
		if strings.HasPrefix(row.name, "complex_") || strings.HasPrefix(row.name, "parts_") {
			continue
		}
		last := len(row.numbers) - 1
		want := row.numbers[last]
		for _, dt := range []dtype.DType{dtype.Float64, dtype.Float32, dtype.Float16, dtype.BFloat16} {
			inputs, exact := scalars(dt, row.numbers[:last])
			if !exact {
				continue // the table has the value at another number
			}
			got := apply1(t, rowID(t, row.name), nil, inputs...).Float64s()[0]
			if dt == dtype.Float64 {
				if (row.name == "lgamma" || row.name == "digamma") && math.Abs(got-want) < absoluteError {
					continue
				}
				worst[row.name] = max(worst[row.name], ulps64(got, want))
				continue
			}
			assertNextTo(t, dt, want, got, "%s(%v) in %s", row.name, row.numbers[:last], dt)
		}
	}
	for name, ulps := range worst {
		allowed := max(maxULP64[name], 2)
		assert.LessOrEqual(t, ulps, allowed, name)
	}
}

// scalars makes rank 0 tensors and reports whether dt holds the numbers exactly.
func scalars(dt dtype.DType, numbers []float64) (inputs []*tensor.Tensor, exact bool) {
	exact = true
	for _, x := range numbers {
		s := tensor.Scalar(x).AsType(dt)
		exact = exact && s.Float64s()[0] == x
		inputs = append(inputs, s)
	}
	return inputs, exact
}

// assertNextTo wants got to be one of the two numbers of type dt around want.
func assertNextTo(t *testing.T, dt dtype.DType, want, got float64, message string, args ...any) {
	t.Helper()
	if got == want {
		return
	}
	grid := floatGrid(dt)
	if grid == nil {
		f := float32(got)
		lo, hi := math.Nextafter32(f, float32(math.Inf(-1))), math.Nextafter32(f, float32(math.Inf(1)))
		ok := want > float64(lo) && want < float64(hi) || math.Abs(want) > math.MaxFloat32 && math.Abs(got) >= math.MaxFloat32
		assert.True(t, ok, append([]any{message + ": got %g, want %g"}, append(args, got, want)...)...)
		return
	}
	lo, hi := grid.around(want)
	assert.True(t, got == lo || got == hi, append([]any{message + ": got %g, want %g"}, append(args, got, want)...)...)
}

func TestComplexFunctionsAgainstMPMath(t *testing.T) {
	// Errors relative to the modulus, which bounds the error of small parts beside large ones.
	tolerance := map[dtype.DType]float64{dtype.Complex128: 1e-15, dtype.Complex64: 1.5e-7}
	for _, row := range readTable(t) {
		name, ok := strings.CutPrefix(row.name, "complex_")
		if !ok {
			continue
		}
		var z []complex128
		for i := 0; i < len(row.numbers); i += 2 {
			z = append(z, complex(row.numbers[i], row.numbers[i+1]))
		}
		last := len(z) - 1
		for dt, tol := range tolerance {
			if (name == "pow" || name == "atan2") && dt == dtype.Complex128 {
				tol = 5e-15 // cmplx.Pow rounds the logarithm before it multiplies
			}
			var inputs []*tensor.Tensor
			for _, v := range z[:last] {
				s := tensor.Scalar(v).AsType(dt)
				require.Equal(t, v, s.Complex128s()[0], "the table has numbers of complex64 only")
				inputs = append(inputs, s)
			}
			got := apply1(t, rowID(t, name), nil, inputs...).Complex128s()[0]
			relative := cmplx.Abs(got-z[last]) / cmplx.Abs(z[last])
			assert.Less(t, relative, tol, "%s(%v) in %s: got %v, want %v", name, z[:last], dt, got, z[last])
		}
	}
}

// Each part by itself, where numbers are huge, tiny or near the branch points.
func TestPartsOfComplexFunctionsAgainstMPMath(t *testing.T) {
	tested := 0
	for _, row := range readTable(t) {
		name, ok := strings.CutPrefix(row.name, "parts_")
		if !ok {
			continue
		}
		tested++
		z := complex(row.numbers[0], row.numbers[1])
		got := tensor.Flat[complex128](apply1(t, rowID(t, name), nil, tensor.Scalar(z)))[0]
		for i, part := range []float64{real(got), imag(got)} {
			assert.LessOrEqual(t, ulps64(part, row.numbers[2+i]), int64(3), "%s(%g): part %d: got %g, want %g", name, z, i, part, row.numbers[2+i])
		}
	}
	require.Greater(t, tested, 1000)
}

func TestComplexInfinitiesAndSignedZeros(t *testing.T) {
	inf, zero := math.Inf(1), math.Copysign(0, -1)
	half, quarter := math.Pi/2, math.Pi/4
	for _, c := range []struct {
		name    string
		z, want complex128
	}{
		{"asin", complex(inf, inf), complex(quarter, inf)}, {"asin", complex(-inf, 1), complex(-half, inf)}, {"asin", complex(1, -inf), complex(0, -inf)},
		{"acos", complex(inf, inf), complex(quarter, -inf)}, {"acos", complex(-inf, inf), complex(3*quarter, -inf)}, {"acos", complex(-inf, zero), complex(math.Pi, inf)},
		{"acos", complex(2, 0), complex(0, -math.Acosh(2))}, {"acos", complex(2, zero), complex(0, math.Acosh(2))},
		{"asinh", complex(1, inf), complex(inf, half)}, {"acosh", complex(-inf, inf), complex(inf, 3*quarter)}, {"acosh", complex(-1, zero), complex(0, -math.Pi)},
		{"atanh", complex(inf, -1), complex(0, -half)}, {"atanh", complex(1, 0), complex(inf, 0)}, {"atan", complex(-1, inf), complex(-half, 0)},
		{"sqrt", complex(-inf, zero), complex(0, -inf)}, {"sqrt", complex(-1, zero), complex(0, -1)}, {"sqrt", complex(1, inf), complex(inf, inf)},
		{"log", complex(-1, zero), complex(0, -math.Pi)}, {"log", complex(0, 0), complex(-inf, 0)}, {"log", complex(-inf, inf), complex(inf, 3*quarter)},
		{"exp", complex(-inf, 1), 0}, {"exp", complex(inf, 0), complex(inf, 0)}, {"tanh", complex(inf, 1), 1}, {"tanh", complex(-400, 1), -1},
	} {
		got := tensor.Flat[complex128](apply1(t, rowID(t, c.name), nil, tensor.Scalar(c.z)))[0]
		assert.InDelta(t, 0, cmplx.Abs(complex(gap(real(got), real(c.want)), gap(imag(got), imag(c.want)))), 1e-15, "%s(%v): got %v, want %v", c.name, c.z, got, c.want)
	}
}

// gap is the difference, 0 for equal infinities.
func gap(x, y float64) float64 {
	if x == y {
		return 0
	}
	return x - y
}

// The sine of large numbers needs all digits of pi.
func TestCircularFunctionsOfLargeNumbers(t *testing.T) {
	for _, c := range []struct{ x, sin, cos float64 }{ // mpmath, 400 digits
		{0x1p20 + 0.125, 0.4455835824412472, 0.895240342622485},
		{1e22, -0.8522008497671888, 0.523214785395139},
		{-math.MaxFloat64, -0.004961954789184062, -0.9999876894265599},
		{6381956970095103 * 0x1p797, 1.0, -4.687165924254628e-19}, // within 5e-19 of a multiple of pi/2
	} {
		sin, cos := sincos(c.x)
		assert.LessOrEqual(t, ulps64(sin, c.sin), int64(1), "sin %g", c.x)
		assert.LessOrEqual(t, ulps64(cos, c.cos), int64(1), "cos %g", c.x)
		assert.LessOrEqual(t, ulps64(tanFloat(c.x), c.sin/c.cos), int64(2), "tan %g", c.x)
	}
}
