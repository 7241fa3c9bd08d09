package trace

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Functional updates: they return a changed copy. Compiled code updates in place where nobody else needs the old array. Indices are those of
// At. A place known only when running that is out of range is the nearest one for a scalar index; from a vector of places it is
// left out. A place named twice by a vector gets the last value in SetAt, and all contributions in the others.

// SetAt returns the array with value (an Array that broadcasts to At's result, or a Go number) at the indices.
func (a Array) SetAt(value any, index ...any) Array {
	return a.update("set at", value, index, op.CombineSet, func(_, v Array) Array { return v })
}

// AddAt returns the array with value added at the indices.
func (a Array) AddAt(value any, index ...any) Array {
	return a.update("add at", value, index, op.CombineAdd, func(old, v Array) Array { return old.Add(v) })
}

// MulAt returns the array multiplied by value at the indices.
func (a Array) MulAt(value any, index ...any) Array {
	return a.update("mul at", value, index, op.CombineMul, func(old, v Array) Array { return old.Mul(v) })
}

// MinAt returns the array with the smaller of itself and value at the indices.
func (a Array) MinAt(value any, index ...any) Array {
	return a.update("min at", value, index, op.CombineMin, func(old, v Array) Array {
		return old.binary("min at", v, op.Min)
	})
}

// MaxAt returns the array with the larger of itself and value at the indices.
func (a Array) MaxAt(value any, index ...any) Array {
	return a.update("max at", value, index, op.CombineMax, func(old, v Array) Array {
		return old.binary("max at", v, op.Max)
	})
}

func (a Array) update(opName string, value any, index []any, how op.Combine, combine func(old, v Array) Array) Array {
	p := parseIndex(opName, a.need(opName).typ.Shape, index)
	v := updateValue(opName, value, a.DType())
	if p.hasVectors() || slices.ContainsFunc(p.entries, func(e axisEntry) bool { return e.step != 1 }) {
		return p.scatter(a, v, how)
	}
	part := p.window(p.staticPart(a))
	v = combine(part, broadcastValueTo(opName, v, p.resultShape()).Reshape(part.Shape()...))
	starts := p.starts(func(e axisEntry) int { return e.lo })
	if starts == nil {
		if part.Size() == a.Size() {
			return v
		}
		for _, e := range p.entries {
			starts = append(starts, Full(dtype.Int32, e.lo))
		}
	}
	return Record1(opName, func(b *ir.Builder, in []*ir.Value) *ir.Value {
		return op.DynamicUpdateSlice(b, in[0], in[1], in[2:]...)
	},
		append([]Array{a, v}, starts...)...)
}

// updateValue brings a value to the dtype of the updated array, which it must not widen.
func updateValue(opName string, value any, dt dtype.DType) Array {
	o := operandOf(opName, value)
	if o.number == nil && o.array.DType() == dt {
		return o.array
	}
	if join := joinTypes(opName, []operand{o, {array: Full(dt, 0)}}); join != dt {
		fail(opName, "value", "dtype "+o.describe(), dt.Name()+", as the updated array has", "use AsType")
	}
	return o.to(opName, dt)
}

func (o operand) describe() string {
	if o.number != nil {
		return "of the Go number " + o.number.String()
	}
	return o.array.DType().Name()
}

func broadcastValueTo(opName string, v Array, shape []int) Array {
	for v.Rank() > len(shape) && v.Dim(0) == 1 {
		v = v.Squeeze(0)
	}
	if v.Rank() > len(shape) || !slices.Equal(BroadcastShapes(opName, v.d.typ.Shape, shape), shape) {
		fail(opName, "value", "shape "+shapeString(v.Shape()), "one that broadcasts to the indexed part "+shapeString(shape), "")
	}
	return v.BroadcastTo(shape...)
}

// scatter updates places that vectors or strided spans name.
func (p *indexPlan) scatter(a, value Array, how op.Combine) Array {
	if len(p.newAxes) > 0 {
		fail(p.name, "index", "NewAxis with vectors of places", "indices of existing axes", "give the value its shape with ExpandDims")
	}
	spread, partShape, perm := p.spread()
	v := spread.advance()
	value = broadcastValueTo(p.name, value, partShape)
	value = value.Transpose(perm...)
	n := len(v.shape)
	var window []int
	for k := range value.Rank() - n {
		window = append(window, n+k)
	}
	attrs := op.ScatterAttrs{UpdateWindowDims: window, InsertedWindowDims: v.axes, ScatterDimsToOperandDims: v.axes, IndexVectorDim: n, Combine: how}
	return Record1(p.name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Scatter(b, in[0], in[1], in[2], attrs, nil) },
		a, v.vectors(p.name), value)
}

// partial reports whether the entry of an axis is a span of less than the axis.
func (p *indexPlan) partial(axis int) bool {
	e := p.entries[axis]
	return !e.isArray() && !e.pick && e.count() != p.shape[axis]
}

// spread turns every entry that is not a whole axis into places, such that all places broadcast to one shape: first the axes of the
// vectors, then one for each span. It returns the new plan, the shape of the part that the user indexed, and the
// permutation that brings such a part to (places, whole axes).
func (p *indexPlan) spread() (out indexPlan, partShape, perm []int) {
	var spans []int
	for axis := range p.entries {
		if p.partial(axis) {
			spans = append(spans, axis)
		}
	}
	out = indexPlan{name: p.name, shape: p.shape, entries: slices.Clone(p.entries)}
	for axis, e := range out.entries {
		if e.isArray() && len(spans) > 0 {
			e.array = e.array.Reshape(append(e.array.Shape(), slices.Repeat([]int{1}, len(spans))...)...)
			e.pick = false
			out.entries[axis] = e
		}
	}
	for k, axis := range spans {
		e := p.entries[axis]
		shape := slices.Repeat([]int{1}, len(spans))
		shape[k] = e.count()
		places := Iota(dtype.Int32, 0, e.count()).Mul(e.step).Add(e.lo)
		out.entries[axis] = axisEntry{hi: p.shape[axis], step: 1, array: places.Reshape(shape...)}
	}
	partShape, perm = p.partLayout()
	return out, partShape, perm
}

// partLayout returns the shape of the part that the user indexed, and its axes in the order: of the vectors, partial spans, whole axes.
func (p *indexPlan) partLayout() (shape, perm []int) {
	var atVectors, atSpans, atWhole []int
	var v advanced
	if p.hasVectors() {
		v = p.advance()
	}
	for axis, e := range p.entries {
		if len(v.axes) > 0 && (axis == 0 && v.front == 0 || axis == v.axes[0] && v.front > 0) {
			for _, n := range v.shape {
				atVectors = append(atVectors, len(shape))
				shape = append(shape, n)
			}
		}
		switch {
		case e.isArray() || e.pick:
			continue
		case p.partial(axis):
			atSpans = append(atSpans, len(shape))
		default:
			atWhole = append(atWhole, len(shape))
		}
		shape = append(shape, e.count())
	}
	return shape, slices.Concat(atVectors, atSpans, atWhole)
}
