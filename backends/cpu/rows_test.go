package cpu

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// sampleOf draws one application of a row.
func sampleOf(r *rand.Rand, row *ir.Row, dt dtype.DType, size int) ir.Sample {
	if row.Domain.Make != nil {
		return row.Domain.Make(r, dt, size)
	}
	lo, hi := row.Domain.Lo, row.Domain.Hi
	if lo == hi {
		lo, hi = -3, 3
	}
	s := ir.Sample{}
	for range row.Arity {
		s.Inputs = append(s.Inputs, op.RandomTensor(r, dt, lo, hi, size))
	}
	return s
}

// graphOf is the graph of one node.
func graphOf(row *ir.Row, s ir.Sample) *ir.Graph {
	b := ir.NewBuilder(row.Name)
	args := make([]*ir.Value, len(s.Inputs))
	for i, t := range s.Inputs {
		args[i] = b.Param(ir.T(t.DType(), t.Shape()...))
	}
	return b.Build(b.Emit(row.ID, s.Attrs, s.Regions, args...)...)
}

// TestRows runs each primitive on each tier and compares with the interpreter: bit for bit, or within the documented error of an expansion.
func TestRows(t *testing.T) {
	for _, tier := range Tiers() {
		be, err := New(tier)
		require.NoError(t, err)
		for _, row := range ir.Rows() {
			if row.Effect || row.ID == op.ConstID {
				continue
			}
			t.Run(tier+"/"+row.Name, func(t *testing.T) { testRow(t, be, row) })
		}
	}
}

func testRow(t *testing.T, be backends.Backend, row *ir.Row) {
	accepts := row.Accepts
	if accepts == 0 {
		accepts = dtype.SetOf(dtype.Float32, dtype.Float64, dtype.Int32)
	}
	for _, dt := range accepts.List() {
		for _, size := range rowSizes() {
			r := rand.New(rand.NewPCG(uint64(dt), uint64(size)))
			s := sampleOf(r, row, dt, size)
			if s.Inputs == nil && s.Attrs == nil {
				continue
			}
			g := graphOf(row, s)
			want, err := interp.Run(context.Background(), g, s.Inputs)
			require.NoError(t, err)
			x, err := be.Compile(g, backends.Options{})
			require.NoError(t, err, "%s", ir.Print(g))
			got, err := x.Run(context.Background(), s.Inputs, backends.RunOptions{})
			require.NoError(t, err)
			for i := range want {
				requireNear(t, row, want[i], got[i], func() string {
					return fmt.Sprintf("%s\ninputs %v\n%s\n%s", ir.Print(g), s.Inputs, x.(backends.Inspector).Kernels(), x.(backends.Inspector).Listing())
				})
			}
		}
	}
}

// requireNear compares bit for bit, except that any NaN is as good as another and expansions may be off by their documented error and
// the interpreter by one unit.
func requireNear(t *testing.T, row *ir.Row, want, got *tensor.Tensor, show func() string) {
	t.Helper()
	if got.Equal(want) {
		return
	}
	require.Equal(t, want.Shape(), got.Shape())
	require.Equal(t, want.DType(), got.DType())
	if !want.DType().IsFloat() {
		t.Fatalf("%s: got %v, want %v\n%s", row.Name, got, want, show())
	}
	w, g := want.Float64s(), got.Float64s()
	for i := range w {
		if ulps := unitsBetween(want.DType(), w[i], g[i]); ulps > row.ULP+boundOfReference(row) {
			t.Fatalf("%s of %s: element %d: got %v, want %v: %v units apart, allowed %v\n%s", row.Name, want.DType(), i, g[i], w[i], ulps, row.ULP, show())
		}
	}
}

// boundOfReference is the error of the interpreter's own functions.
func boundOfReference(row *ir.Row) float64 {
	if row.ULP == 0 {
		return 0
	}
	return 2
}

// unitsBetween measures a difference in units in the last place.
func unitsBetween(dt dtype.DType, x, y float64) float64 {
	if x == y || math.IsNaN(x) && math.IsNaN(y) {
		return 0
	}
	digits := map[dtype.DType]int{dtype.Float16: 10, dtype.BFloat16: 7, dtype.Float32: 23, dtype.Float64: 52}[dt]
	_, e := math.Frexp(x)
	return math.Abs(x-y) / math.Ldexp(1, e-1-digits)
}

// rowSizes are awkward: empty, one, odd tails, whole vectors.
func rowSizes() []int {
	if testing.Short() {
		return []int{0, 1, 17}
	}
	return []int{0, 1, 2, 7, 16, 33}
}
