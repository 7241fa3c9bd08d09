//go:build unix

package native

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

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

var update = flag.Bool("update", false, "write testdata/nocode.txt")

// laneInst is one lane instruction with its operand types.
type laneInst struct {
	inst kernel.Inst
	args []dtype.DType
}

func (l laneInst) String() string {
	var types []string
	for _, dt := range l.args {
		types = append(types, dt.String())
	}
	s := l.inst.Op.String()
	if l.inst.Op == kernel.OpIndex {
		s = "index"
	}
	if l.inst.Op == op.CompareID {
		s += " " + l.inst.Dir.String()
	}
	return fmt.Sprintf("%s (%s) %s", s, strings.Join(types, ", "), l.inst.DT)
}

// laneInsts are all lane instructions of elementwise rows, on all types that they take.
func laneInsts() []laneInst {
	var out []laneInst
	for _, row := range ir.Rows() {
		if row.Class != ir.ClassElementwise || row.Arity > 3 {
			continue
		}
		for _, dt := range row.Accepts.List() {
			if dt.IsComplex() {
				continue
			}
			args := slices.Repeat([]dtype.DType{dt}, row.Arity)
			if row.ID == op.SelectID {
				args[0] = dtype.Bool
			}
			out = append(out, variants(row, args)...)
		}
	}
	return out
}

// variants are the instructions of a row with these operands: its attributes, its result types.
func variants(row *ir.Row, args []dtype.DType) []laneInst {
	var insts []kernel.Inst
	switch row.ID {
	case op.ConvertID, op.BitcastID:
		for _, to := range dtype.All() {
			if !to.IsComplex() && (row.ID == op.ConvertID || to.Size() == args[0].Size()) {
				insts = append(insts, kernel.Inst{DT: to})
			}
		}
	case op.CompareID:
		for dir := kernel.EQ; dir <= kernel.TotalGE; dir++ {
			insts = append(insts, kernel.Inst{DT: dtype.Bool, Dir: dir})
		}
	case op.LookupID:
		insts = []kernel.Inst{{Table: op.RandomTensor(rand.New(rand.NewPCG(1, 16)), dtype.Float32, 0, 0, 16)}}
	default:
		insts = []kernel.Inst{{}}
	}
	var out []laneInst
	for _, in := range insts {
		in.Op = row.ID
		types := make([]ir.Type, len(args))
		for i, dt := range args {
			types[i] = ir.T(dt)
		}
		result, err := ir.CheckNode(row, types, in.Attrs(), nil)
		if err != nil || len(result) != 1 || result[0].DType.IsComplex() {
			continue
		}
		in.DT = result[0].DType
		out = append(out, laneInst{in, args})
	}
	return out
}

// mapOf is a Map that loads operands at a stride, runs one instruction, and stores at a stride.
func (l laneInst) mapOf(r *rand.Rand, n, load, store int) *mapCase {
	c := &mapCase{m: kernel.Map{Shape: []int{n}}}
	in := l.inst
	for i, dt := range l.args {
		in.Args[i] = c.addLoad(c.addView(dt, kernel.Input, []int{n}, []int{load}, func(n int) []byte { return l.operand(r, i, dt, n) }))
	}
	c.addStore(c.add(in), []int{store})
	return c
}

// operand draws elements, those of exponents near the limits.
func (l laneInst) operand(r *rand.Rand, i int, dt dtype.DType, n int) []byte {
	b := randomElements(r, dt, n)
	if l.inst.Op == op.ScalbID && i == 1 {
		limit := map[dtype.DType]int{dtype.Float64: 2200}[dt]
		for k := range n {
			if x := floatOf(dt, float64(r.IntN(2*max(limit, 300))-max(limit, 300))); r.IntN(4) > 0 {
				putElement(b[k*dt.Size():], dt, x)
			}
		}
	}
	return b
}

func putElement(b []byte, dt dtype.DType, x uint64) {
	for i := range dt.Size() {
		b[i] = byte(x >> (8 * i))
	}
}

// pairs is a Map on all pairs of special values, for two operands.
func (l laneInst) pairs() *mapCase {
	x, y := pairElements(l.args[0])
	n := len(x) / l.args[0].Size()
	c := &mapCase{m: kernel.Map{Shape: []int{n}}}
	in := l.inst
	for i, data := range [][]byte{x, y} {
		view := c.addView(l.args[i], kernel.Input, []int{n}, []int{1}, func(int) []byte { return data })
		in.Args[i] = c.addLoad(view)
	}
	c.addStore(c.add(in), []int{1})
	return c
}

// TestLaneInstructions runs every instruction that has code, on every type, at all sizes around a vector.
func TestLaneInstructions(t *testing.T) {
	b, r := newBench(t), rand.New(rand.NewPCG(1, 1))
	sizes := []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 19, 35}
	if testing.Short() {
		sizes = []int{1, 2, 3, 9, 19}
	}
	for _, l := range laneInsts() {
		if len(b.check(l.mapOf(r, 100, 1, 1))) == len(tiers()) {
			continue
		}
		for _, n := range sizes {
			b.check(l.mapOf(r, n, 1, 1))
		}
		for i, stride := range []int{0, 2, -1, -3} {
			b.check(l.mapOf(r, sizes[(i+int(l.inst.DT))%len(sizes)], stride, 1))
		}
		if len(l.args) == 2 {
			b.check(l.pairs())
		}
	}
}

// TestFlushed compares the tiers while denormals are flushed, which the interpreter does not do.
func TestFlushed(t *testing.T) {
	b, r := newBench(t), rand.New(rand.NewPCG(5, 5))
	for _, l := range laneInsts() {
		c := l.mapOf(r, 1000, 1, 1)
		if len(l.args) == 2 {
			c = l.pairs()
		}
		var first [][]byte
		for _, is := range tiers() {
			code := compileFor(t, c.program(), is)
			if len(code.Why) > 0 {
				continue
			}
			got := b.run(c, code, exec.FlushDenormals, true)
			if first == nil {
				first = got
			}
			for i := range got {
				require.NoError(t, sameElements(c.bufs[i].DType, got[i], first[i]), "%s %s", is.name, l)
			}
		}
	}
}

// TestPopcntWithoutInstruction counts bits on processors with AVX-512 but not its VPOPCNTDQ extension.
func TestPopcntWithoutInstruction(t *testing.T) {
	old := avx512
	defer func() { avx512 = old }()
	avx512 = newAVX512(exec.FeatureSet{})
	b, r := newBench(t), rand.New(rand.NewPCG(6, 6))
	for _, dt := range []dtype.DType{dtype.Int32, dtype.Uint32, dtype.Int64, dtype.Uint64} {
		l := laneInst{kernel.Inst{Op: op.PopcntID, DT: dt}, []dtype.DType{dt}}
		require.Empty(t, b.check(l.mapOf(r, 150, 1, 1)))
	}
}

// TestMemory runs loads and stores of every type at all strides and sizes.
func TestMemory(t *testing.T) {
	b, r := newBench(t), rand.New(rand.NewPCG(2, 2))
	for _, dt := range dtype.All() {
		if dt.IsComplex() {
			continue
		}
		for _, wide := range []bool{false, true} { // beside 64-bit lanes, vectors have half as many
			for _, n := range []int{1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 35} {
				for i, load := range []int{0, 1, 2, -1, 5} {
					c := &mapCase{m: kernel.Map{Shape: []int{2, n}}}
					fill := func(dt dtype.DType) func(n int) []byte {
						return func(n int) []byte { return randomElements(r, dt, n) }
					}
					shape := c.m.Shape
					x := c.addLoad(c.addView(dt, kernel.Input, shape, []int{40 * load, load}, fill(dt)))
					store := []int{1, 2, -1, 1, 3}[(i+n)%5]
					c.addStore(x, []int{120, store})
					if wide {
						c.addStore(c.addLoad(c.addView(dtype.Float64, kernel.Input, shape, []int{n, 1}, fill(dtype.Float64))), []int{3 * n, 2})
					}
					require.Empty(t, b.check(c), "%s", c)
				}
			}
		}
	}
}

// TestFolds runs every fold on every type, over one and over several dimensions.
func TestFolds(t *testing.T) {
	b, r := newBench(t), rand.New(rand.NewPCG(4, 4))
	for _, row := range ir.Rows() {
		if _, ok := foldStep(row.ID, dtype.Int32); !ok {
			continue
		}
		for _, dt := range row.Accepts.List() {
			if dt.IsComplex() {
				continue
			}
			for i, shape := range [][]int{{1}, {5}, {16}, {37}, {3, 33}, {2, 1, 7}, {3, 16, 2}, {5, 3, 4}, {0}, {2, 0}, {0, 2}, {2, 0, 3}} {
				for dims := 1; dims <= len(shape); dims++ {
					c := &mapCase{m: kernel.Map{Shape: shape}}
					strides := kernel.RowMajor(shape)
					strides[0] += i % 2
					x := c.addLoad(c.addView(dt, kernel.Input, shape, strides, func(n int) []byte { return randomElements(r, dt, n) }))
					c.addFold(row.ID, x, dims)
					require.Empty(t, b.check(c), "%s", c)
				}
			}
		}
	}
}

// TestFoldsAcross runs every fold on every type along a dimension that lies at a stride, beside one that is contiguous: where that one is the
// last or the first of those that are kept, with a store, an index and several folds in one Map.
func TestFoldsAcross(t *testing.T) {
	b, r := newBench(t), rand.New(rand.NewPCG(8, 8))
	shapes := [][]int{{2, 1}, {3, 2}, {5, 3}, {16, 16}, {17, 33}, {4, 40}, {33, 5}, {2, 37, 19}, {3, 6, 100}}
	for _, row := range ir.Rows() {
		if _, ok := foldStep(row.ID, dtype.Int32); !ok {
			continue
		}
		for _, dt := range row.Accepts.List() {
			if dt.IsComplex() {
				continue
			}
			for i, shape := range shapes {
				if testing.Short() && i%3 != int(dt)%3 {
					continue
				}
				b.checkAcross(r, row.ID, dt, shape, i)
			}
		}
	}
}

// checkAcross folds the last dimension of a Map; dimension 0 is contiguous in memory, or for odd i the one before the last.
func (b *bench) checkAcross(r *rand.Rand, id ir.OpID, dt dtype.DType, shape []int, i int) {
	b.t.Helper()
	c := &mapCase{m: kernel.Map{Shape: shape}}
	strides, run, lanes := make([]int, len(shape)), 1, i%2*(len(shape)-2)
	for _, d := range append([]int{lanes}, others(len(shape), lanes)...) {
		strides[d] = run
		run *= shape[d]
	}
	fill := func(n int) []byte { return randomElements(r, dt, n) }
	x := c.addLoad(c.addView(dt, kernel.Input, shape, strides, fill))
	if i%3 == 0 {
		c.addStore(x, strides)
	}
	_, isAcross := across(&c.m)
	c.addFold(id, x, 1)
	if i%4 == 1 {
		c.addFold(op.ReduceMaxID, c.add(kernel.Inst{Op: kernel.OpIndex, DT: dtype.Int32, Imm: uint64(i % len(shape))}), 1)
	}
	require.False(b.t, isAcross, "nothing is folded")
	_, isAcross = across(&c.m)
	require.Equal(b.t, shape[lanes] > 1, isAcross)
	require.Empty(b.t, b.check(c), "%s", c)
}

// others are the dimensions but one.
func others(rank, dim int) []int {
	var out []int
	for d := range rank {
		if d != dim {
			out = append(out, d)
		}
	}
	return out
}

// TestExpanded compiles every elementwise primitive as backends do, with its expansion. testdata/nocode.txt lists what has no code.
func TestExpanded(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	missing := map[string]string{} // tiers by instruction
	for _, l := range laneInsts() {
		var inputs []*tensor.Tensor
		g := ir.NewBuilder("expanded")
		var args []*ir.Value
		for i, dt := range l.args {
			x := tensor.Must(tensor.New(dt, 37))
			copy(x.Bytes(), l.operand(r, i, dt, 37))
			inputs, args = append(inputs, x), append(args, g.Param(ir.T(dt, 37)))
		}
		graph := g.Build(g.Emit1(l.inst.Op, l.inst.Attrs(), args...))
		for _, is := range tiers() {
			expanded := lower.Expand(graph, lower.Target{Keep: Keeps(is.name)})
			m := newMachine(t, expanded, is)
			if len(m.code.Why) > 0 {
				missing[l.String()] += " " + is.name
				continue
			}
			want, err := interp.Run(context.Background(), expanded, inputs)
			require.NoError(t, err)
			got := m.run(t, 1<<40, inputs...)
			require.NoError(t, sameElements(l.inst.DT, got[0].Bytes(), want[0].Bytes()), "%s %s", is.name, l)
		}
	}
	var lines []string
	for _, l := range slices.Sorted(maps.Keys(missing)) {
		lines = append(lines, l+":"+missing[l])
	}
	checkMissing(t, lines)
}

// checkMissing compares with the list of combinations without code, which may only become shorter.
func checkMissing(t *testing.T, got []string) {
	const file = "testdata/nocode.txt"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(strings.Join(got, "\n")+"\n"), 0o644))
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	known := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, line := range got {
		require.Contains(t, known, line, "a combination that had code has none; if that is meant: go test -run TestExpanded -update")
	}
	if len(got) < len(known) && len(tiers()) == 2 {
		t.Logf("%s lists %d combinations that have code by now", file, len(known)-len(got))
	}
}
