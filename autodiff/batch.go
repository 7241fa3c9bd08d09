package autodiff

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Batch returns g for several lanes at once: the parameters with batched[i], and the outputs with outBatched[i], have an axis of extent size
// in front. Other parameters are the same for all lanes. An output has lanes if it depends on a batched parameter, or if force asks for
// it; force may be nil.
func Batch(g *ir.Graph, batched []bool, size int, force []bool) (h *ir.Graph, outBatched []bool) {
	if len(batched) != len(g.Params) || force != nil && len(force) != len(g.Outputs) {
		panic("BUG: marks of lanes for another number of parameters or outputs")
	}
	bt := &batcher{b: ir.NewBuilder(g.Name + ".batch"), size: size}
	in := make([]lanes, len(g.Params))
	for i, p := range g.Params {
		in[i] = bt.param(p.Type, batched[i])
	}
	outs := bt.graph(g, in)
	outBatched = make([]bool, len(outs))
	for i, v := range outs {
		outBatched[i] = v.axis >= 0 || force != nil && force[i]
	}
	return bt.b.Build(bt.outputs(outs, outBatched)...), outBatched
}

// lanes is a value of each lane: its lanes lie along axis, or it is the same in all of them if axis is -1.
type lanes struct {
	value *ir.Value
	axis  int
}

// batcher emits graphs for several lanes.
type batcher struct {
	b    *ir.Builder
	size int
	// mask, if not nil, tells which lanes take part: bool[size]. Lanes that do not compute all the same, without effects.
	mask *ir.Value
}

// param adds a parameter of type t, with lanes in front if batched.
func (bt *batcher) param(t ir.Type, batched bool) lanes {
	if !batched {
		return lanes{bt.b.Param(t), -1}
	}
	return lanes{bt.b.Param(laneType(t, bt.size)), 0}
}

// laneType is the type of all lanes of a value.
func laneType(t ir.Type, size int) ir.Type { return t.WithShape(append([]int{size}, t.Shape...)...) }

// outputs brings values to the form of outputs: lanes in front if batched, and otherwise none.
func (bt *batcher) outputs(vs []lanes, batched []bool) []*ir.Value {
	out := make([]*ir.Value, len(vs))
	for i, v := range vs {
		if out[i] = v.value; batched[i] {
			out[i] = bt.front(v)
		}
	}
	return out
}

// front returns the lanes along the first axis.
func (bt *batcher) front(v lanes) *ir.Value {
	if v.axis == 0 {
		return v.value
	}
	return op.Lanes(bt.b, v.value, v.axis, bt.size)
}

// region starts a batcher for a region.
func (bt *batcher) region(g *ir.Graph) *batcher {
	return &batcher{b: ir.NewBuilder(g.Name), size: bt.size}
}

// graph emits g for all lanes.
func (bt *batcher) graph(g *ir.Graph, in []lanes) []lanes {
	env := make(map[*ir.Value]lanes, len(g.Params)+len(g.Nodes))
	for i, p := range g.Params {
		env[p] = in[i]
	}
	defer keepLocate(bt.b)()
	for _, n := range g.Nodes {
		at(bt.b, n)
		for i, v := range bt.node(n, ir.Lookup(env, n.Inputs)) {
			env[n.Results[i]] = v
		}
	}
	return ir.Lookup(env, g.Outputs)
}

func (bt *batcher) node(n *ir.Node, in []lanes) []lanes {
	guarded := bt.mask != nil && n.HasEffect()
	if !anyLanes(in) && !guarded {
		return shared(bt.b.Copy(n, laneValues(in)).Results)
	}
	if rule, ok := laneRules[n.Op]; ok {
		return rule(bt, n, in)
	}
	row := n.Row()
	if row.Batch != nil {
		if out, axes := row.Batch(bt.b, n, laneValues(in), laneAxes(in), bt.size); out != nil {
			return withAxes(out, axes)
		}
	} else if row.Class == ir.ClassElementwise {
		return bt.elementwise(n, in)
	}
	return bt.oneByOne(n, in)
}

// elementwise brings all operands to one shape. Where the lanes lie is the same to the row.
func (bt *batcher) elementwise(n *ir.Node, in []lanes) []lanes {
	axis := -1
	for _, v := range in {
		if v.axis >= 0 && axis >= 0 && axis != v.axis {
			axis = 0
			break
		}
		axis = max(axis, v.axis)
	}
	args := make([]*ir.Value, len(in))
	for i, v := range in {
		if v.axis >= 0 {
			args[i] = op.MoveAxis(bt.b, v.value, v.axis, axis)
			continue
		}
		shape := slices.Insert(slices.Clone(v.value.Type.Shape), axis, bt.size)
		args[i] = op.Broadcast(bt.b, v.value, allBut(len(shape), axis), shape)
	}
	out := bt.b.Emit(n.Op, n.Attrs, nil, args...)
	axes := make([]int, len(out))
	for i := range axes {
		axes[i] = axis
	}
	return withAxes(out, axes)
}

// allBut lists 0 to n-1 without one number.
func allBut(n, without int) []int {
	var out []int
	for i := range n {
		if i != without {
			out = append(out, i)
		}
	}
	return out
}

// oneByOne runs the node for one lane after the other in a loop. With a mask, a node that only has an effect runs where it holds.
func (bt *batcher) oneByOne(n *ir.Node, in []lanes) []lanes {
	var consts, xs []*ir.Value
	for _, v := range in {
		if v.axis < 0 {
			consts = append(consts, v.value)
		} else {
			xs = append(xs, bt.front(v))
		}
	}
	b := ir.NewBuilder(n.Row().Name)
	b.Param(indexType)
	constParams, rows := b.Params(ir.TypesOf(consts)), []*ir.Value{}
	for _, v := range in {
		if v.axis >= 0 {
			rows = append(rows, b.Param(rowType(v)))
		}
	}
	guarded := bt.mask != nil && len(n.Results) == 0
	var run *ir.Value
	if guarded {
		xs, run = append(xs, bt.mask), b.Param(boolType)
	}
	args := make([]*ir.Value, len(in))
	c, r := constParams, rows
	for i, v := range in {
		if v.axis < 0 {
			args[i], c = c[0], c[1:]
		} else {
			args[i], r = r[0], r[1:]
		}
	}
	at(b, n)
	var body *ir.Graph
	if guarded {
		op.Switch(b, op.Convert(b, run, indexType.DType), []*ir.Graph{
			nodeRegion(n, func(*ir.Builder, []*ir.Value) {}),
			nodeRegion(n, func(b *ir.Builder, p []*ir.Value) { b.Copy(n, p) })}, args...)
		body = b.Build()
	} else {
		body = b.Build(b.Copy(n, args).Results...)
	}
	attrs := op.LoopAttrs{Trip: bt.size, Consts: len(consts), Xs: len(xs)}
	return inFront(op.Loop(bt.b, attrs, body, slices.Concat(consts, xs)...))
}

// nodeRegion is a region with the parameters of a node and no results.
func nodeRegion(n *ir.Node, emit func(b *ir.Builder, p []*ir.Value)) *ir.Graph {
	b := ir.NewBuilder(n.Row().Name)
	at(b, n)
	emit(b, b.Params(ir.TypesOf(n.Inputs)))
	return b.Build()
}

// rowType is the type of the value in one lane.
func rowType(v lanes) ir.Type {
	return v.value.Type.WithShape(slices.Delete(slices.Clone(v.value.Type.Shape), v.axis, v.axis+1)...)
}

func anyLanes(vs []lanes) bool {
	return slices.ContainsFunc(vs, func(v lanes) bool { return v.axis >= 0 })
}

// shared wraps values that are the same in all lanes.
func shared(vs []*ir.Value) []lanes {
	out := make([]lanes, len(vs))
	for i, v := range vs {
		out[i] = lanes{v, -1}
	}
	return out
}

// inFront wraps values with lanes along their first axis.
func inFront(vs []*ir.Value) []lanes { return withAxes(vs, make([]int, len(vs))) }

func withAxes(vs []*ir.Value, axes []int) []lanes {
	out := make([]lanes, len(vs))
	for i, v := range vs {
		out[i] = lanes{v, axes[i]}
	}
	return out
}

func laneValues(vs []lanes) []*ir.Value {
	out := make([]*ir.Value, len(vs))
	for i, v := range vs {
		out[i] = v.value
	}
	return out
}

func laneAxes(vs []lanes) []int {
	out := make([]int, len(vs))
	for i, v := range vs {
		out[i] = v.axis
	}
	return out
}

func laneMarks(vs []lanes) []bool {
	out := make([]bool, len(vs))
	for i, v := range vs {
		out[i] = v.axis >= 0
	}
	return out
}
