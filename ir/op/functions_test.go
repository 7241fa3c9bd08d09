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
var maxULP64 = map[string]int64{"erf_inv": 3}

const absoluteError = 2e-15

func TestRealFunctionsAgainstMPMath(t *testing.T) {
	worst := map[string]int64{}
	for _, row := range readTable(t) {
		if strings.HasPrefix(row.name, "complex_") {
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
			if name == "pow" && dt == dtype.Complex128 {
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
