package native

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// machine is a compiled program with a workspace: the smallest thing that can run it.
type machine struct {
	prog *kernel.Program
	code *Code
	exe  *exec.Code
	mem  *exec.Arena
}

func newMachine(t testing.TB, g *ir.Graph, is *isa) *machine {
	t.Helper()
	p, err := kernel.Lower(lower.Expand(g, lower.Target{Keep: Keeps(is.name)}))
	require.NoError(t, err)
	require.NoError(t, kernel.Verify(p), "%v", p)
	code := compileFor(t, p, is)
	exe, err := exec.Map(code.Bytes)
	require.NoError(t, err)
	mem, err := exec.NewArena(code.Workspace)
	require.NoError(t, err)
	return &machine{p, code, exe, mem}
}

func (m *machine) run(t testing.TB, budget int64, inputs ...*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	require.Empty(t, m.code.Why, "steps without code")
	out := m.bind(inputs)
	base := m.mem.Pointer()
	h := (*Header)(base)
	h.Resume = 0
	for {
		h.Budget = budget
		require.NoError(t, m.exe.CallRecover(0, base, 0))
		if h.Exit == ExitDone {
			return out
		}
	}
}

// bind stores the addresses of all buffers and returns the outputs.
func (m *machine) bind(inputs []*tensor.Tensor) []*tensor.Tensor {
	base := m.mem.Pointer()
	var out []*tensor.Tensor
	for i, b := range m.prog.Buffers {
		var p unsafe.Pointer
		switch b.Storage {
		case kernel.Input:
			p = inputs[b.Slot].Data()
		case kernel.Constant:
			p = b.Value.Data()
		case kernel.Output:
			o := tensor.Must(tensor.New(b.DType, b.Elems))
			for k := range o.Bytes() {
				o.Bytes()[k] = 1 // true, and no zero of any type: the program writes every element
			}
			out = append(out, o)
			p = o.Data()
		default:
			continue
		}
		*(*uintptr)(unsafe.Add(base, m.code.Bases[i])) = uintptr(p)
	}
	return out
}

// check compares machine code with the interpreter, bit for bit.
func check(t *testing.T, g *ir.Graph, inputs ...*tensor.Tensor) {
	t.Helper()
	want, err := interp.Run(context.Background(), g, inputs)
	require.NoError(t, err)
	for _, is := range tiers() {
		m := newMachine(t, g, is)
		for _, budget := range []int64{1 << 40, 1} {
			got := m.run(t, budget, inputs...)
			for i := range want {
				r := tensor.Must(got[i].Reshape(want[i].Shape()...))
				if !r.Equal(want[i]) {
					t.Fatalf("%s: output %d:\n got %v\nwant %v\n%v\n%s", is.name, i, r, want[i], m.prog, m.code.Listing)
				}
			}
		}
	}
}

func randomF32(r *rand.Rand, shape ...int) *tensor.Tensor {
	t := tensor.Must(tensor.New(dtype.Float32, shape...))
	f := tensor.Flat[float32](t)
	for i := range f {
		f[i] = float32(r.NormFloat64())
	}
	return t
}

func TestElementwise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 3, 15, 16, 17, 64, 100, 1000} {
		b := ir.NewBuilder("f")
		x, y := b.Param(ir.T(dtype.Float32, n)), b.Param(ir.T(dtype.Float32, n))
		z := op.FMA(b, x, y, op.Sub(b, x, y))
		s := op.Select(b, op.Lt(b, x, y), z, op.Neg(b, op.Max(b, x, z)))
		g := b.Build(z, op.Div(b, s, op.Abs(b, y)), op.Gt(b, s, z), op.Convert(b, s, dtype.Int32))
		check(t, g, randomF32(r, n), randomF32(r, n))
	}
}

func TestLoopWithCarry(t *testing.T) {
	body := ir.NewBuilder("body")
	i := body.Param(ir.T(dtype.Int32))
	x := body.Param(ir.T(dtype.Float32, 37))
	fi := op.Broadcast(body, op.Convert(body, i, dtype.Float32), nil, []int{37})
	c := op.Full(body, ir.T(dtype.Float32, 37), 0.999)
	y := op.FMA(body, fi, op.Full(body, ir.T(dtype.Float32, 37), 0.001), op.Mul(body, x, c))
	g0 := body.Build(y, y)
	b := ir.NewBuilder("loop")
	p := b.Param(ir.T(dtype.Float32, 37))
	out := op.Loop(b, op.LoopAttrs{Trip: 20, Carries: 1, Every: []int{3}}, g0, p)
	check(t, b.Build(out...), randomF32(rand.New(rand.NewPCG(3, 4)), 37))
}

func TestReduce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, shape := range [][]int{{1}, {5}, {16}, {40}, {3, 33}, {4, 2, 17}} {
		b := ir.NewBuilder("sum")
		x := b.Param(ir.T(dtype.Float32, shape...))
		last := len(shape) - 1
		y := op.Mul(b, x, x)
		d := op.Convert(b, y, dtype.Float64)
		check(t, b.Build(op.ReduceSum(b, y, last), op.ReduceMax(b, x, last), op.ReduceSum(b, d, last), op.ReduceMin(b, op.Convert(b, x, dtype.Int32), last)), randomF32(r, shape...))
	}
}

func TestViews(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	b := ir.NewBuilder("views")
	x := b.Param(ir.T(dtype.Float32, 5, 19))
	row := b.Param(ir.T(dtype.Float32, 19))
	tr := op.Transpose(b, x, []int{1, 0})
	sum := op.Add(b, x, op.Broadcast(b, row, []int{1}, []int{5, 19}))
	sl := op.Slice(b, sum, []int{1, 2}, []int{4, 19}, []int{1, 3})
	rev := op.Reverse(b, sum, 0, 1)
	g := b.Build(op.Mul(b, tr, tr), sum, op.Neg(b, sl), rev, op.Reshape(b, tr, []int{95}), op.Iota(b, dtype.Float32, []int{3, 7}, 0), op.Iota(b, dtype.Int64, []int{3, 7}, 1))
	check(t, g, randomF32(r, 5, 19), randomF32(r, 19))
}

// randomCSR connects pre rows to post targets with probability p.
func randomCSR(r *rand.Rand, pre, post int, p float64) (indptr, indices *tensor.Tensor) {
	ptr, idx := []int32{0}, []uint32{}
	for range pre {
		for j := range post {
			if r.Float64() < p {
				idx = append(idx, uint32(j))
			}
		}
		ptr = append(ptr, int32(len(idx)))
	}
	return tensor.Of(ptr...), tensor.Must(tensor.FromSlice(idx, len(idx)))
}

func TestDeliver(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, pre := range []int{1, 63, 64, 65, 130, 200} {
		indptr, indices := randomCSR(r, pre, 77, 0.1)
		b := ir.NewBuilder("deliver")
		acc := b.Param(ir.T(dtype.Float32, 77))
		x := b.Param(ir.T(dtype.Float32, pre))
		ev := op.Gt(b, x, op.Full(b, ir.T(dtype.Float32, pre), 0.5))
		w := op.Scalar(b, dtype.Float32, 0.6)
		y := op.EventCSR(b, op.Mul(b, acc, acc), ev, b.Const(indptr), b.Const(indices), w)
		ws := randomF32(r, indices.Size())
		z := op.EventCSR(b, y, ev, b.Const(indptr), b.Const(indices), b.Const(ws))
		check(t, b.Build(y, z), randomF32(r, 77), randomF32(r, pre))
	}
}

// Events that are numbers scale their rows; zeros of both signs and NaN among them.
func TestDeliverNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, pre := range []int{1, 7, 8, 16, 33, 130} {
			indptr, indices := randomCSR(r, pre, 77, 0.1)
			b := ir.NewBuilder("deliver")
			acc, ev := b.Param(ir.T(dt, 77)), b.Param(ir.T(dt, pre))
			y := op.EventCSR(b, op.Mul(b, acc, acc), ev, b.Const(indptr), b.Const(indices), op.Scalar(b, dt, 0.6))
			ws := randomF32(r, indices.Size()).AsType(dt)
			z := op.EventCSR(b, y, ev, b.Const(indptr), b.Const(indices), b.Const(ws))
			events := make([]float64, pre)
			for i := range events {
				switch r.IntN(4) {
				case 0:
					events[i] = r.NormFloat64()
				case 1:
					events[i] = math.Copysign(0, -1)
				case 2:
					events[i] = []float64{0, 1, 1e-42, math.Inf(1)}[r.IntN(4)]
				}
			}
			check(t, b.Build(y, z), randomF32(r, 77).AsType(dt), tensor.Of(events...).AsType(dt))
		}
	}
}

func TestThreefry(t *testing.T) {
	b := ir.NewBuilder("threefry")
	u := ir.T(dtype.Uint32, 100)
	k0, k1 := b.Param(ir.T(dtype.Uint32)), b.Param(ir.T(dtype.Uint32))
	x0, x1 := op.Threefry2x32(b, op.Spread(b, k0, []int{100}), op.Spread(b, k1, []int{100}), op.Full(b, u, 0), op.Iota(b, dtype.Uint32, []int{100}, 0))
	check(t, b.Build(x0, x1), tensor.Scalar(uint32(0x12345678)), tensor.Scalar(uint32(0x9abcdef0)))
}

func TestPackBits(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for _, n := range []int{1, 2, 3, 7, 8, 15, 31, 32, 33, 63, 64, 65, 100, 128, 191} {
		b := ir.NewBuilder("pack")
		x := b.Param(ir.T(dtype.Float32, n))
		check(t, b.Build(op.PackBits(b, op.Gt(b, x, op.Full(b, x.Type, 0)))), randomF32(r, n))
	}
}

// The parts of flags cover each once and read nothing outside.
func TestFlagParts(t *testing.T) {
	for _, before := range []int{0, 64, 640} {
		for n := 1; n <= 64; n++ {
			next := 0
			for _, p := range flagParts(before, n) {
				require.Equal(t, next, p.at, "%d flags", n)
				require.GreaterOrEqual(t, p.at-p.again, -before, "%d flags", n)
				next += p.width - p.again
				require.Greater(t, p.width, p.again)
			}
			require.Equal(t, n, next)
		}
	}
}

func TestHeaderOffsets(t *testing.T) {
	var h Header
	require.EqualValues(t, offResume, unsafe.Offsetof(h.Resume))
	require.EqualValues(t, offExit, unsafe.Offsetof(h.Exit))
	require.EqualValues(t, offStep, unsafe.Offsetof(h.Step))
	require.EqualValues(t, offBudget, unsafe.Offsetof(h.Budget))
	require.EqualValues(t, offFailed, unsafe.Offsetof(h.Failed))
	require.EqualValues(t, offStop, unsafe.Offsetof(h.Stop))
	var d Desk
	require.EqualValues(t, deskClaim, unsafe.Offsetof(d.Claim))
	require.EqualValues(t, deskDone, unsafe.Offsetof(d.Done))
	require.EqualValues(t, deskEntry, unsafe.Offsetof(d.Entry))
	require.EqualValues(t, deskBack, unsafe.Offsetof(d.Back))
	require.EqualValues(t, deskTaken, unsafe.Offsetof(d.Taken))
	require.LessOrEqual(t, unsafe.Sizeof(d), uintptr(DeskSize))
}

func TestGatherScatter(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, row := range []int{1, 5, 16, 37} {
		b := ir.NewBuilder("windows")
		x := b.Param(ir.T(dtype.Float32, 9, row))
		idx := b.Const(tensor.Of[int32](3, -1, 0, 8, 9, 3))
		y := op.Take(b, x, idx, 0)
		u := b.Param(ir.T(dtype.Float32, 6, row))
		set := op.Put(b, x, idx, u, 0, op.CombineSet)
		sum := op.Put(b, op.Neg(b, x), idx, u, 0, op.CombineAdd)
		check(t, b.Build(y, set, sum), randomF32(r, 9, row), randomF32(r, 6, row))
	}
}
