package native

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// productCase is a product whose operands lie somewhere inside larger buffers.
type productCase struct {
	dt             dtype.DType
	batch, m, k, n int
	a, b, c        layoutOf
	isa            *isa
	dyn            [3]int  // dynamic offsets, in elements, of A, B and C
	repeat         int     // run the product so often in a loop; 0: once, without a loop
	exact          bool    // nothing around the operands
	rare           float64 // share of rare values
}

// layoutOf says how an operand lies in memory: the order of its dimensions from slowest to fastest, gaps behind rows, and dimensions
// that are broadcast or reversed.
type layoutOf struct {
	order   [3]int
	gap     int // elements left out behind each row
	pitch   int // rows are so many elements apart, or a multiple of it
	step    int // of the fastest dimension, 0 is 1
	splat   [3]bool
	reverse [3]bool
}

var (
	rowMajor = layoutOf{order: [3]int{0, 1, 2}}
	colMajor = layoutOf{order: [3]int{0, 2, 1}}
)

// place computes the strides of a view with a shape, and the elements that it needs from its first to its last one.
func (l layoutOf) place(shape [3]int) (strides [3]int, offset, elems int) {
	next := max(1, l.step)
	for i := 2; i >= 0; i-- {
		d := l.order[i]
		if l.splat[d] {
			continue
		}
		strides[d] = next
		next *= max(1, shape[d])
		if i == 2 {
			next += l.gap
			if l.pitch > 0 {
				next = (next + l.pitch - 1) / l.pitch * l.pitch
			}
		}
	}
	elems = 1
	for d, n := range shape {
		if n == 0 {
			return strides, 0, 1
		}
		elems += (n - 1) * strides[d]
		if l.reverse[d] {
			offset += (n - 1) * strides[d]
			strides[d] = -strides[d]
		}
	}
	return strides, offset, elems
}

// builtProduct is a compiled case with its memory.
type builtProduct struct {
	code  *Code
	exe   *exec.Code
	mem   *exec.Arena
	bufs  [3][]byte
	views [3]kernel.View
	index []int32
}

const guardElems = 32

// guardBytes of a pattern lie around the code's own memory.
const guardBytes = 4096

func (pc productCase) guard() int {
	if pc.exact {
		return 0
	}
	return guardElems
}

// program makes the kernel program of a case.
func (pc productCase) program() (*kernel.Program, [3]kernel.View) {
	prog := &kernel.Program{Name: "product"}
	shapes := [3][3]int{{pc.batch, pc.m, pc.k}, {pc.batch, pc.k, pc.n}, {pc.batch, pc.m, pc.n}}
	var views [3]kernel.View
	for i, l := range []layoutOf{pc.a, pc.b, pc.c} {
		strides, offset, elems := l.place(shapes[i])
		storage := kernel.Input
		if i == 2 {
			storage = kernel.Output
		}
		prog.Buffers = append(prog.Buffers, kernel.Buffer{DType: pc.dt, Elems: elems + pc.dyn[i] + 2*pc.guard(), Storage: storage, Slot: i})
		views[i] = kernel.View{Buf: kernel.BufID(i), Offset: pc.guard() + offset, Shape: shapes[i][:], Strides: strides[:]}
		if pc.dyn[i] > 0 {
			views[i].Dyn = []kernel.Index{{Buf: 3, At: i, Max: pc.dyn[i], Stride: 1}}
		}
	}
	prog.Buffers = append(prog.Buffers,
		kernel.Buffer{DType: dtype.Int32, Elems: 3, Storage: kernel.Input, Slot: 3},
		kernel.Buffer{DType: dtype.Int32, Elems: 1, Storage: kernel.Arena})
	prog.Arena = guardBytes
	step := kernel.Step(&kernel.MatMul{A: views[0], B: views[1], Dst: views[2]})
	prog.Body = kernel.Block{step}
	if pc.repeat > 0 {
		prog.Body = kernel.Block{&kernel.LoopStep{Trip: pc.repeat, Counter: 4, Body: kernel.Block{step}}}
	}
	return prog, views
}

// compileFor is Compile for any instruction set.
func compileFor(t testing.TB, p *kernel.Program, is *isa) *Code {
	t.Helper()
	code, err := Compile(p, Options{Tier: is.name, Listing: testing.Verbose()})
	require.NoError(t, err)
	return code
}

func (pc productCase) build(t testing.TB) *builtProduct {
	t.Helper()
	prog, views := pc.program()
	is := pc.isa
	if is == nil {
		is = avx512
	}
	b := &builtProduct{code: compileFor(t, prog, is), views: views}
	require.Empty(t, b.code.Why)
	var err error
	b.exe, err = exec.Map(b.code.Bytes)
	require.NoError(t, err)
	b.mem, err = exec.NewArena(b.code.Workspace + guardBytes)
	require.NoError(t, err)
	b.guards(func(p *byte) { *p = 0xA5 })
	for i := range b.bufs {
		arena, err := exec.NewArena(prog.Buffers[i].Bytes() + 64)
		require.NoError(t, err)
		t.Cleanup(func() { _ = arena.Release() })
		b.bufs[i] = arena.Bytes()[:prog.Buffers[i].Bytes()]
		b.set(i, b.bufs[i])
	}
	b.index = make([]int32, 3)
	for i, d := range pc.dyn {
		b.index[i] = int32(d)
	}
	b.set(3, unsafe.Slice((*byte)(unsafe.Pointer(&b.index[0])), 12))
	t.Cleanup(func() {
		_ = b.exe.Close()
		_ = b.mem.Release()
	})
	return b
}

// set tells the code where a buffer is.
func (b *builtProduct) set(i int, mem []byte) {
	*(*uintptr)(unsafe.Add(b.mem.Pointer(), b.code.Bases[i])) = uintptr(unsafe.Pointer(unsafe.SliceData(mem)))
}

// guards visits the bytes of the arena, except for the loop counter, and those behind the workspace.
func (b *builtProduct) guards(visit func(*byte)) {
	mem := b.mem.Bytes()
	for i := b.code.Arena + 4; i < b.code.Arena+guardBytes; i++ {
		visit(&mem[i])
	}
	for i := b.code.Workspace; i < len(mem); i++ {
		visit(&mem[i])
	}
}

// run enters the code until it is done and returns how often it left before.
func (b *builtProduct) run(t testing.TB, budget int64) (yields int) {
	h := (*Header)(b.mem.Pointer())
	h.Resume = 0
	for {
		h.Budget = budget
		if err := b.exe.CallRecover(0, b.mem.Pointer(), 0); err != nil {
			require.NoError(t, err)
		}
		if h.Exit == ExitDone {
			return yields
		}
		require.EqualValues(t, ExitYield, h.Exit)
		yields++
	}
}

func floatsOf[T float32 | float64](b []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(T(0))))
}

// at is the index of an element.
func at(v kernel.View, dyn int, i, j, k int) int {
	return v.Offset + dyn + i*v.Strides[0] + j*v.Strides[1] + k*v.Strides[2]
}

// naive computes the product by the definition into a copy of C's buffer.
func naive[T float32 | float64](pc productCase, b *builtProduct, fma func(x, y, z T) T) []T {
	x, y, out := floatsOf[T](b.bufs[0]), floatsOf[T](b.bufs[1]), append([]T(nil), floatsOf[T](b.bufs[2])...)
	for t := range pc.batch {
		for i := range pc.m {
			for j := range pc.n {
				var sum T
				for k := range pc.k {
					sum = fma(x[at(b.views[0], pc.dyn[0], t, i, k)], y[at(b.views[1], pc.dyn[1], t, k, j)], sum)
				}
				out[at(b.views[2], pc.dyn[2], t, i, j)] = sum
			}
		}
	}
	return out
}

func checkProduct(t *testing.T, pc productCase) {
	t.Helper()
	if pc.dt == dtype.Float64 {
		checkProductOf(t, pc, math.FMA)
	} else {
		checkProductOf(t, pc, dtype.FMA32)
	}
}

// rare are values that a sum seldom meets: zeros of both signs, and numbers so small that products underflow.
var rare = []float64{0, math.Copysign(0, -1), 1e-30, -1e-42, 1e-160, -3e-310}

func checkProductOf[T float32 | float64](t *testing.T, pc productCase, fma func(x, y, z T) T) {
	t.Helper()
	b := pc.build(t)
	r := rand.New(rand.NewPCG(1, uint64(pc.m*1000+pc.n)))
	for i := range b.bufs {
		f := floatsOf[T](b.bufs[i])
		for j := range f {
			f[j] = T(r.NormFloat64())
			if pc.rare > 0 && r.Float64() < pc.rare {
				f[j] = T(rare[r.IntN(len(rare))])
			}
		}
	}
	want := naive(pc, b, fma)
	got := floatsOf[T](b.bufs[2])
	before := append([]T(nil), got...)
	for _, budget := range []int64{1 << 40, 1} {
		copy(got, before)
		yields := b.run(t, budget)
		if budget > 1 {
			require.Zero(t, yields)
		} else if measured.pollCycles < 1000 && pc.batch*pc.m*pc.n*pc.k > 100_000 {
			require.Positive(t, yields)
		}
		b.guards(func(p *byte) {
			if *p != 0xA5 {
				t.Fatalf("%s %+v: workspace overwritten", pc.name(), pc)
			}
		})
		for i := range want {
			if got[i] != want[i] || math.Signbit(float64(got[i])) != math.Signbit(float64(want[i])) {
				t.Fatalf("%s %+v budget %d: element %d (guard %d): got %v, want %v\n%s", pc.name(), pc, budget, i, guardElems, got[i], want[i], b.code.Listing)
			}
		}
	}
}

func (pc productCase) name() string {
	return fmt.Sprintf("%s-%dx%dx%dx%d", pc.dt, pc.batch, pc.m, pc.k, pc.n)
}

// tiers are the instruction sets that this machine can run.
func tiers() []*isa {
	var out []*isa
	if exec.Features().HasAVX512() {
		out = append(out, avx512)
	}
	if exec.Features().HasAVX2() {
		out = append(out, avx2)
	}
	return out
}

var productShapes = [][4]int{ // batch, m, k, n
	{1, 1, 1, 1}, {1, 1, 5, 1}, {1, 2, 3, 4}, {1, 7, 8, 9}, {1, 16, 16, 16}, {1, 13, 17, 19}, {1, 1, 100, 33}, {1, 33, 100, 1},
	{1, 25, 9, 31}, {1, 40, 12, 100}, {3, 5, 6, 7}, {2, 1, 20, 40}, {2, 20, 20, 1}, {1, 64, 33, 65}, {1, 128, 25, 100}, {1, 3, 70, 450},
	{0, 3, 4, 5}, {1, 0, 4, 5}, {1, 3, 0, 5}, {1, 3, 4, 0}, {1, 5, 7, 2}, {1, 6, 100, 60}, {1, 30, 11, 8}, {1, 9, 65, 15}, {2, 3, 0, 20},
}

// TestMatMul runs each shape with each layout of an operand, and others at random.
func TestMatMul(t *testing.T) { checkProducts(t) }

var smallBlocks = blocking{panelBytes: 512, keepRows: 8, keepBytes: 4096, chunkBytes: 6400, deepest: 24, widest: 3, pollCycles: 400}

// TestMatMulBlocks makes all blocks small, so that small shapes have many of each kind, and leaves wherever it can.
func TestMatMulBlocks(t *testing.T) {
	old := measured
	defer func() { measured = old }()
	measured = smallBlocks
	kinds := checkProducts(t)
	pagedRow, pagedCol, stepped := rowMajor, colMajor, rowMajor
	pagedRow.pitch, pagedCol.pitch, stepped.step = 1024, 1024, 2
	for _, a := range []layoutOf{pagedRow, pagedCol} {
		for _, b := range []layoutOf{rowMajor, colMajor, stepped} {
			for _, m := range []int{2, 7, 30} {
				for _, is := range tiers() {
					pc := productCase{dt: dtype.Float32, batch: 2, m: m, k: 112, n: 213, a: a, b: b, c: rowMajor, isa: is}
					checkProduct(t, pc)
					_, pl := pc.plan(t)
					kinds[planKind{pl.feed, pl.copyA}]++
				}
			}
		}
	}
	// A last block of k that is shorter than a tile.
	for _, is := range tiers() {
		pc := productCase{dt: dtype.Float32, batch: 1, m: 40, k: 515, n: 24, a: rowMajor, b: colMajor, c: rowMajor, isa: is}
		_, pl := pc.plan(t)
		require.Equal(t, packedTiles, pl.feed)
		require.Less(t, pl.depth[1].size, 8)
		checkProduct(t, pc)
	}
	for f := inPlace; f <= turned; f++ {
		for _, copied := range []bool{false, true} {
			require.Positive(t, kinds[planKind{f, copied}], "plans %s, copied %v", f, copied)
		}
	}
}

// planKind says which code a plan takes.
type planKind struct {
	feed   feed
	copied bool
}

func checkProducts(t *testing.T) map[planKind]int {
	gaps := func(l layoutOf) layoutOf { l.gap = 5; return l }
	paged := func(l layoutOf) layoutOf { l.pitch = 1024; return l }
	stepped := rowMajor
	stepped.step = 3
	reversed := rowMajor
	reversed.reverse = [3]bool{true, true, false}
	backwards := rowMajor
	backwards.reverse[2] = true
	shared, same := rowMajor, rowMajor
	shared.splat[0] = true
	same.splat = [3]bool{true, true, true}
	column := rowMajor
	column.splat[1] = true
	operands := []layoutOf{rowMajor, colMajor, gaps(rowMajor), gaps(colMajor), paged(rowMajor), paged(colMajor),
		stepped, reversed, backwards, shared, same, column}
	r := rand.New(rand.NewPCG(7, 7))
	kinds := map[planKind]int{}
	for _, is := range tiers() {
		for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
			for _, s := range productShapes {
				for i, a := range operands {
					bl := operands[(i+r.IntN(len(operands)))%len(operands)]
					c := []layoutOf{rowMajor, gaps(rowMajor), colMajor}[r.IntN(3)]
					if r.IntN(2) == 0 {
						a, bl = bl, a
					}
					pc := productCase{dt: dt, batch: s[0], m: s[1], k: s[2], n: s[3], a: a, b: bl, c: c, isa: is}
					if r.IntN(2) == 0 {
						pc.dyn = [3]int{r.IntN(9), r.IntN(9), r.IntN(9)}
					}
					checkProduct(t, pc)
					if pc.batch*pc.m*pc.n > 0 {
						_, pl := pc.plan(t)
						kinds[planKind{pl.feed, pl.copyA}]++
					}
				}
			}
		}
	}
	return kinds
}

// plan returns the plan that the case is compiled with.
func (pc productCase) plan(t *testing.T) (*product, *plan) {
	prog, views := pc.program()
	c := &compiler{lay: newLayout(prog, 0), prog: prog, isa: pc.isa}
	p, pl, err := c.planProduct(&kernel.MatMul{A: views[0], B: views[1], Dst: views[2]})
	require.NoError(t, err)
	return p, pl
}

// TestMatMulRareValues meets signed zeros and underflow, where a sum that starts with a product or adds a zero would differ.
func TestMatMulRareValues(t *testing.T) {
	for _, is := range tiers() {
		for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
			for _, s := range [][4]int{{1, 9, 1, 33}, {1, 9, 2, 33}, {1, 40, 12, 1}, {2, 6, 11, 20}} {
				for _, l := range []layoutOf{rowMajor, colMajor} {
					checkProduct(t, productCase{dt: dt, batch: s[0], m: s[1], k: s[2], n: s[3], a: rowMajor, b: l, c: rowMajor, isa: is, rare: 0.9})
				}
			}
		}
	}
}

// TestMatMulNotFinite checks where infinities and NaNs end up, and that they do not reach neighbours.
func TestMatMulNotFinite(t *testing.T) {
	inf := math.Inf(1)
	for _, is := range tiers() {
		b := productCase{dt: dtype.Float64, batch: 1, m: 5, k: 3, n: 11, a: rowMajor, b: colMajor, c: rowMajor, isa: is, exact: true}.build(t)
		x, y, z := floatsOf[float64](b.bufs[0]), floatsOf[float64](b.bufs[1]), floatsOf[float64](b.bufs[2])
		fill(x)
		fill(y)
		x[1*3+2], x[4*3+0], y[7*3+1], y[7*3+2] = inf, math.NaN(), -inf, 0
		b.run(t, 1<<40)
		for i := range 5 {
			for j := range 11 {
				sum := 0.0
				for k := range 3 {
					sum = math.FMA(x[i*3+k], y[j*3+k], sum)
				}
				got := z[i*11+j]
				require.True(t, got == sum || got != got && sum != sum, "%d, %d: got %v, want %v", i, j, got, sum)
			}
		}
	}
}

// TestMatMulOfGraph lowers products with batches and transposed operands, among other steps, and compares with the interpreter.
func TestMatMulOfGraph(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	b := ir.NewBuilder("products")
	x, w := b.Param(ir.T(dtype.Float32, 2, 7, 20)), b.Param(ir.T(dtype.Float32, 33, 20))
	v := b.Param(ir.T(dtype.Float32, 20))
	h := op.Dot(b, x, w, op.DotAttrs{LhsContract: []int{2}, RhsContract: []int{1}})
	u := op.MatMul(b, w, v)
	again := op.MatMul(b, op.Transpose(b, h, []int{0, 2, 1}), op.Neg(b, x))
	g := b.Build(h, u, again, op.MatMul(b, u, w), op.MatMul(b, v, v))
	check(t, g, randomF32(r, 2, 7, 20), randomF32(r, 33, 20), randomF32(r, 20))
}

// TestMatMulRefuses leaves to the portable executor what there is no code for.
func TestMatMulRefuses(t *testing.T) {
	strided := rowMajor
	strided.step = 2
	for _, pc := range []productCase{
		{dt: dtype.Float32, batch: 1, m: 4, k: 4, n: 4, a: rowMajor, b: rowMajor, c: strided},
		{dt: dtype.Int32, batch: 1, m: 4, k: 4, n: 4, a: rowMajor, b: rowMajor, c: rowMajor},
		{dt: dtype.BFloat16, batch: 1, m: 4, k: 4, n: 4, a: rowMajor, b: rowMajor, c: rowMajor},
	} {
		prog, _ := pc.program()
		code, err := Compile(prog, Options{Tier: "avx2"})
		require.NoError(t, err)
		require.Len(t, code.Steps, 1)
	}
}

// TestMatMulStretches checks that no part of a large product runs long without a poll.
func TestMatMulStretches(t *testing.T) {
	large := []int{1, 3, 100, 20_000, 300_000}
	for _, m := range large {
		for _, k := range large {
			for _, n := range large {
				if m*k*n > 1e12 || m*k > 1e8 || k*n > 1e8 || m*n > 1e8 {
					continue
				}
				for _, b := range []layoutOf{rowMajor, colMajor} {
					_, pl := productCase{dt: dtype.Float32, batch: 7, m: m, k: k, n: n, a: rowMajor, b: b, c: rowMajor, isa: avx512}.plan(t)
					level, cycles := pl.pollLevel()
					if level == levels {
						require.LessOrEqual(t, pl.time, measured.pollCycles)
						continue
					}
					require.Less(t, cycles, 2*measured.pollCycles, "%d x %d x %d: %s", m, k, n, pl)
				}
			}
		}
	}
}
