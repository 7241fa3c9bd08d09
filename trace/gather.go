package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// advanced is a list of indices with vectors of places among them, in NumPy's terms: which axes the vectors (and picks, which
// then go with them) index, their common shape, and where its axes stand in the result.
type advanced struct {
	axes   []int // indexed by places, ascending
	places []Array
	shape  []int // common shape of the places
	front  int   // how many of the other axes stand before the axes of shape in the result
}

// advance splits the plan. Static spans are cut already unless asRange; then spans of less than an axis are places, too.
func (p *indexPlan) advance() advanced {
	var v advanced
	var operands []operand
	for axis, e := range p.entries {
		switch {
		case e.isArray():
			v.axes, v.places = append(v.axes, axis), append(v.places, e.array)
		case e.pick:
			v.axes, v.places = append(v.axes, axis), append(v.places, Full(dtype.Int32, e.lo))
		}
	}
	for _, a := range v.places {
		operands = append(operands, operand{array: a})
	}
	v.shape = joinShapes(p.name, operands)
	dt := joinTypes(p.name, operands)
	for i, a := range v.places {
		v.places[i] = a.AsType(dt).BroadcastTo(v.shape...)
	}
	adjacent := v.axes[len(v.axes)-1]-v.axes[0] == len(v.axes)-1
	if adjacent {
		v.front = v.axes[0]
	}
	return v
}

// vectors returns the index vectors: places stacked along a last axis.
func (v *advanced) vectors(opName string) Array {
	columns := make([]Array, len(v.places))
	for i, a := range v.places {
		columns[i] = a.ExpandDims(-1)
	}
	if len(columns) == 1 {
		return columns[0]
	}
	return Record1(opName, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Concatenate(b, len(v.shape), in...) }, columns...)
}

// windowDims are the positions in the result of the axes that are not indexed by places.
func (v *advanced) windowDims(rank int) []int {
	var dims []int
	for k := range rank - len(v.axes) {
		if k >= v.front {
			k += len(v.shape)
		}
		dims = append(dims, k)
	}
	return dims
}

// gather reads places that vectors name.
func (p *indexPlan) gather(a Array) Array {
	v := p.advance()
	picked := *p
	picked.entries = slices.Clone(p.entries)
	for axis, e := range picked.entries {
		if e.pick && !e.isArray() { // picks are places here: their axis stays whole
			picked.entries[axis] = axisEntry{hi: p.shape[axis], step: 1}
		}
	}
	x := picked.staticPart(a)
	sizes := x.Shape()
	for _, axis := range v.axes {
		sizes[axis] = min(sizes[axis], 1)
	}
	attrs := op.GatherAttrs{OffsetDims: v.windowDims(len(sizes)), CollapsedSliceDims: v.axes, StartIndexMap: v.axes,
		IndexVectorDim: len(v.shape), SliceSizes: sizes}
	r := Record1(p.name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Gather(b, in[0], in[1], attrs) }, x, v.vectors(p.name))
	return p.insertAxes(r, v)
}

// insertAxes adds the new axes to a gathered result.
func (p *indexPlan) insertAxes(r Array, v advanced) Array {
	for k, before := range p.newAxes {
		at := before + k
		for _, axis := range v.axes {
			if axis < before {
				at--
			}
		}
		if len(v.axes) > 0 && (before > v.axes[0] || v.front == 0 && v.axes[0] > 0) {
			at += len(v.shape)
		}
		r = r.ExpandDims(at)
	}
	return r
}
