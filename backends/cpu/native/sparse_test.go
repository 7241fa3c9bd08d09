package native

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// randomEvents are numbers of either zero, small and large ones, infinities, a denormal; active of them are not zero.
func randomEvents(r *rand.Rand, dt dtype.DType, n int, active float64) *tensor.Tensor {
	x := make([]float64, n)
	for i := range x {
		switch {
		case r.Float64() < active:
			x[i] = []float64{r.NormFloat64(), r.NormFloat64(), 1, -1e-30, 1e-42, math.Inf(-1)}[r.IntN(6)]
		case r.IntN(2) == 0:
			x[i] = math.Copysign(0, -1)
		}
	}
	return tensor.Of(x...).AsType(dt)
}

// raggedCSR has rows of 0 to 50 columns, in any order and with repetition, and row pointers that leave out some places.
func raggedCSR(r *rand.Rand, pre, post int, columns dtype.DType) (indptr, indices *tensor.Tensor) {
	ptr, list := []int32{int32(r.IntN(3))}, make([]uint32, 0)
	for range pre {
		n := int32(0)
		if post > 0 && r.IntN(4) > 0 {
			n = int32([]int{1, 7, 8, 15, 16, 17, 32, 50}[r.IntN(8)])
		}
		ptr = append(ptr, ptr[len(ptr)-1]+n)
	}
	for range int(ptr[pre]) + r.IntN(3) {
		list = append(list, uint32(r.IntN(max(post, 1))))
	}
	return tensor.Of(ptr...), tensor.Must(tensor.FromSlice(list, len(list))).AsType(columns)
}

// The backward products of sparse networks, on all types, over empty and odd rows, against the interpreter.
func TestCSRProducts(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, columns := range []dtype.DType{dtype.Uint16, dtype.Int32, dtype.Uint32} {
			for _, size := range [][2]int{{0, 5}, {1, 1}, {3, 0}, {7, 40}, {65, 33}, {130, 77}} {
				pre, post := size[0], size[1]
				indptr, indices := raggedCSR(r, pre, post, columns)
				b := ir.NewBuilder("csr")
				x, w, e := b.Param(ir.T(dt, post)), b.Param(ir.T(dt, indices.Size())), b.Param(ir.T(dt, pre))
				ptr, idx := b.Const(indptr), b.Const(indices)
				spikes := op.Gt(b, e, op.ZerosLike(b, e))
				g := b.Build(op.CSRGather(b, x, ptr, idx, w), op.CSRGather(b, x, ptr, idx, op.Scalar(b, dt, 0.3)),
					op.CSROuter(b, e, x, ptr, idx), op.CSROuter(b, spikes, x, ptr, idx))
				for _, active := range []float64{0, 0.3, 1} {
					check(t, g, randomF32(r, post).AsType(dt), randomF32(r, indices.Size()).AsType(dt), randomEvents(r, dt, pre, active))
				}
			}
		}
	}
}

// Wrong connections end the run with an error, in a vector of columns and among the last ones of a row.
func TestCSRProductsRefuseWrongConnections(t *testing.T) {
	const post = 20
	for name, c := range map[string]struct {
		indptr []int32
		bad    int // which column is too large
	}{"in a vector": {[]int32{0, 40}, 3}, "at the end": {[]int32{0, 40}, 39}, "too long": {[]int32{0, 41}, -1}, "backwards": {[]int32{5, 2}, -1}, "negative": {[]int32{-1, 2}, -1}} {
		columns := make([]uint16, 40)
		if c.bad >= 0 {
			columns[c.bad] = post
		}
		for _, is := range tiers() {
			for product := range 2 {
				b := ir.NewBuilder("csr")
				x, ptr, idx := b.Param(ir.T(dtype.Float32, post)), b.Const(tensor.Of(c.indptr...)), b.Const(tensor.Of(columns...))
				y := op.CSRGather(b, x, ptr, idx, op.Scalar(b, dtype.Float32, 1))
				if product == 1 {
					y = op.CSROuter(b, b.Param(ir.T(dtype.Float32, 1)), x, ptr, idx)
				}
				m := newMachine(t, b.Build(y), is)
				in := []*tensor.Tensor{randomF32(rand.New(rand.NewPCG(1, 1)), post), tensor.Of[float32](1)}
				require.Equal(t, uint64(ExitError), m.exit(t, in...), "%s, product %d on %s", name, product, is.name)
			}
		}
	}
}

// exit runs the code once and returns how it ended.
func (m *machine) exit(t testing.TB, inputs ...*tensor.Tensor) uint64 {
	t.Helper()
	m.bind(inputs)
	h := (*Header)(m.mem.Pointer())
	h.Resume, h.Budget = 0, 1<<40
	require.NoError(t, m.exe.CallRecover(0, m.mem.Pointer(), 0))
	return h.Exit
}

func BenchmarkCSRProducts(b *testing.B) {
	const n, fan = 10_000, 100
	r := rand.New(rand.NewPCG(1, 1))
	indptr, indices := randomCSR(r, n, n, float64(fan)/n)
	for name, product := range map[string]func(b *ir.Builder, x, w, e, ptr, idx *ir.Value) *ir.Value{
		"gather": func(b *ir.Builder, x, w, _, ptr, idx *ir.Value) *ir.Value { return op.CSRGather(b, x, ptr, idx, w) },
		"outer":  func(b *ir.Builder, x, _, e, ptr, idx *ir.Value) *ir.Value { return op.CSROuter(b, e, x, ptr, idx) },
	} {
		for _, is := range tiers() {
			b.Run(fmt.Sprintf("%s/%s", name, is.name), func(b *testing.B) {
				d := ir.NewBuilder("csr")
				f32 := ir.T(dtype.Float32, n)
				x, w, e := d.Param(f32), d.Param(ir.T(dtype.Float32, indices.Size())), d.Param(f32)
				m := newMachine(b, d.Build(product(d, x, w, e, d.Const(indptr), d.Const(indices))), is)
				in := []*tensor.Tensor{randomF32(r, n), randomF32(r, indices.Size()), randomF32(r, n)}
				for b.Loop() {
					m.run(b, 1<<40, in...)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(indices.Size()), "ns/syn")
			})
		}
	}
}

// Random sparse products of all rows: sizes, types, attributes and operands as their domains have them.
func TestRandomSparseProducts(t *testing.T) {
	n := 300
	if testing.Short() {
		n = 40
	}
	for seed := range n {
		r := rand.New(rand.NewPCG(uint64(seed), 71))
		for _, id := range []ir.OpID{op.EventCSRID, op.CSRGatherID, op.CSROuterID, op.EventProcID, op.ProcGatherID, op.ProcOuterID} {
			row, dt := id.Row(), []dtype.DType{dtype.Float32, dtype.Float64}[r.IntN(2)]
			s := row.Domain.Make(r, dt, r.IntN(60))
			b := ir.NewBuilder(row.Name)
			args := make([]*ir.Value, len(s.Inputs))
			for i, x := range s.Inputs {
				args[i] = b.Param(ir.TypeOf(x))
			}
			check(t, b.Build(b.Emit(id, s.Attrs, s.Regions, args...)...), s.Inputs...)
		}
	}
}
