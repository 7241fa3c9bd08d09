package rewrite

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each rule in Go, applied alone to every node of random graphs of primitives that it looks at, must fire and keep all bits.
func TestGoRulesHold(t *testing.T) {
	for _, r := range slices.Concat(movement, typed, []goRule{{op.AddID, belowBroadcast}, {op.SelectID, belowBroadcast}}) {
		name := runtime.FuncForPC(reflect.ValueOf(r.apply).Pointer()).Name()
		name = name[strings.LastIndexByte(name, '.')+1:]
		t.Run(fmt.Sprintf("%s/%s", r.op, name), func(t *testing.T) {
			fired := 0
			for seed := uint64(0); seed < 1000 && fired < rounds(60); seed++ {
				c := irtest.Random(irtest.Seeded(seed), irtest.Config{Nodes: 14, Depth: -1, Size: 4, Rows: around(r.op), DTypes: typesFor(r.op)})
				after, times := applyEverywhere(c.Graph, r)
				fired += times
				if times > 0 {
					require.NoError(t, ir.Verify(after))
					requireSame(t, c.Graph, after, c.Inputs)
				}
			}
			if name != "concatenateSlices" { // rare at random; TestAdjacentSlicesAreJoined
				assert.GreaterOrEqual(t, fired, 5)
			}
		})
	}
}

func rounds(long int) int {
	if testing.Short() {
		return long / 10
	}
	return long
}

// around takes the primitive and those whose results its rules look at.
func around(id ir.OpID) func(*ir.Row) bool {
	near := map[ir.OpID][]ir.OpID{
		op.BroadcastID:   {op.ReshapeID},
		op.TransposeID:   {op.BroadcastID},
		op.SliceID:       {op.BroadcastID, op.IotaID, op.ConcatenateID, op.TransposeID},
		op.ConcatenateID: {op.SliceID, op.BroadcastID},
		op.ReverseID:     {op.BroadcastID},
		op.PadID:         {op.BroadcastID},
		op.CompareID:     {op.NegID, op.NotID},
		op.NotID:         {op.CompareID},
		op.AddID:         {op.BroadcastID},
		op.SelectID:      {op.BroadcastID, op.CompareID},
	}
	return func(r *ir.Row) bool { return r.ID == id || slices.Contains(near[id], r.ID) }
}

func typesFor(id ir.OpID) []dtype.DType {
	switch id {
	case op.NotID, op.CompareID:
		return []dtype.DType{dtype.Bool, dtype.Float32, dtype.Int32}
	case op.ReduceAndID, op.ReduceOrID, op.ReduceXorID:
		return []dtype.DType{dtype.Bool, dtype.Uint8}
	case op.ConvertID, op.BitcastID:
		return nil
	case op.DivID:
		return dtype.Unsigned.List()
	}
	return []dtype.DType{dtype.Float32, dtype.Int32}
}

func applyEverywhere(g *ir.Graph, r goRule) (h *ir.Graph, fired int) {
	h = rebuild(g, func(e *editor, n *ir.Node, in []*ir.Value) []*ir.Value {
		if n.Op != r.op || len(n.Results) != 1 {
			return nil
		}
		v := r.apply(&site{&simplifier{b: e.b}, n.Op, n.Attrs, in, n.Results[0].Type})
		if v == nil {
			return nil
		}
		fired++
		return []*ir.Value{v}
	})
	return h, fired
}

// Conversions through every type in between, for numbers of all kinds, against leaving it out where the rule says so.
func TestConvertChainsHold(t *testing.T) {
	r := irtest.Seeded(1)
	fired := 0
	for _, from := range dtype.All() {
		for _, between := range dtype.All() {
			for _, to := range dtype.All() {
				b := ir.NewBuilder("chain")
				x := b.Param(ir.T(from, 60))
				g := b.Build(op.Convert(b, op.Convert(b, x, between), to))
				h, times := applyEverywhere(g, goRule{op.ConvertID, convertOfConvert})
				fired += times
				if times > 0 {
					requireSame(t, g, h, irtest.Inputs(r, g))
				}
			}
		}
	}
	assert.Greater(t, fired, 1000)
}

func TestAdjacentSlicesAreJoined(t *testing.T) {
	fired := 0
	for dim := range 2 {
		for seed := range uint64(200) {
			r := irtest.Seeded(seed)
			b := ir.NewBuilder("main")
			x, y := b.Param(ir.T(dtype.Int32, 6, 6)), b.Param(ir.T(dtype.Int32, 6, 6))
			var parts []*ir.Value
			at := r.IntN(3)
			for range 2 + r.IntN(3) {
				start, limit, stride := []int{r.IntN(2), r.IntN(2)}, []int{6, 6}, []int{1 + r.IntN(2), 1 + r.IntN(2)}
				start[1-dim], stride[1-dim] = 0, 1
				if r.IntN(4) > 0 {
					start[dim], stride[dim] = at, 1
				}
				limit[dim] = start[dim] + r.IntN(7-start[dim])
				at = limit[dim]
				parts = append(parts, op.Slice(b, []*ir.Value{x, x, x, y}[r.IntN(4)], start, limit, stride))
			}
			g := b.Build(op.Concatenate(b, dim, parts...))
			h, times := applyEverywhere(g, goRule{op.ConcatenateID, concatenateSlices})
			fired += times
			requireSame(t, g, h, irtest.Inputs(r, g))
		}
	}
	assert.Greater(t, fired, 50)
}

// Reading at known indices, in range and outside, of every integer type.
func TestKnownIndicesHold(t *testing.T) {
	fired := make([]int, len(indexing))
	x3 := ir.T(dtype.Float32, 3, 4, 2)
	for _, dt := range dtype.Ints.List() {
		for seed := range uint64(rounds(60)) {
			r := irtest.Seeded(seed)
			b := ir.NewBuilder("main")
			x := b.Param(x3)
			number := func() *ir.Value {
				if r.IntN(3) == 0 {
					return b.Const(irtest.Tensor(r, ir.T(dt)))
				}
				return op.ScalarInt(b, dt, int64(r.IntN(5)-1))
			}
			axis := r.IntN(3)
			ascending := tensor.Must(tensor.New(dt, r.IntN(4)))
			first, stride := r.IntN(4)-1, r.IntN(3)
			for i := range ascending.Size() {
				ascending.Set(i, first+i*stride)
			}
			g := b.Build(
				op.DynamicSlice(b, x, []int{1 + r.IntN(3), 1 + r.IntN(4), 2}, number(), number(), number()),
				op.DynamicUpdateSlice(b, x, op.Neg(b, x), number(), number(), number()),
				op.Take(b, x, number(), axis),
				op.Take(b, x, op.Iota(b, dt, []int{1 + r.IntN(5)}, 0), axis),
				op.Take(b, x, b.Const(ascending), axis),
				op.Take(b, x, b.Const(irtest.Tensor(r, ir.T(dt, 2))), axis))
			for i, rule := range indexing {
				h, times := applyEverywhere(g, rule)
				fired[i] += times
				require.NoError(t, ir.Verify(h))
				requireSame(t, g, h, irtest.Inputs(r, g))
			}
		}
	}
	for i, rule := range indexing[1:] { // the first is for dynamic slices of everything
		assert.Greater(t, fired[1+i], 10, "%s, rule %d", rule.op, 1+i)
	}
}

// All slices of all slices of a short array.
func TestSlicesOfSlicesHold(t *testing.T) {
	const n = 6
	type cut struct{ start, limit, stride int }
	cuts := func(n int) (all []cut) {
		for start := range n + 1 {
			for limit := start; limit <= n; limit++ {
				for stride := 1; stride <= 3; stride++ {
					all = append(all, cut{start, limit, stride})
				}
			}
		}
		return all
	}
	slice := func(b *ir.Builder, x *ir.Value, c cut) *ir.Value {
		return op.Slice(b, x, []int{c.start}, []int{c.limit}, []int{c.stride})
	}
	for _, first := range cuts(n) {
		for _, second := range cuts((first.limit - first.start + first.stride - 1) / first.stride) {
			b := ir.NewBuilder("main")
			x := b.Param(ir.T(dtype.Int32, n))
			g := b.Build(slice(b, slice(b, x, first), second))
			h, fired := applyEverywhere(g, goRule{op.SliceID, sliceOfSlice})
			require.Equal(t, 1, fired)
			requireSame(t, g, h, []*tensor.Tensor{tensor.Of[int32](0, 1, 2, 3, 4, 5)})
		}
	}
}

// Folds of one element each, for every number that could be special.
func TestFoldsOfOneElementHold(t *testing.T) {
	fired := 0
	for _, row := range ir.Rows() {
		if _, ok := row.Attrs.(op.ReduceAttrs); !ok || row.Arity != 1 {
			continue
		}
		for _, dt := range row.Accepts.List() {
			b := ir.NewBuilder("main")
			x := b.Param(ir.T(dt, 500, 1))
			g := b.Build(b.Emit1(row.ID, op.ReduceAttrs{Axes: []int{1}}, x))
			h, times := applyEverywhere(g, goRule{row.ID, reduceUnits})
			fired += times
			requireSame(t, g, h, irtest.Inputs(irtest.Seeded(1), g))
		}
	}
	assert.Greater(t, fired, 50)
}
