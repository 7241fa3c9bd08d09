package trace

import (
	"fmt"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Index is an entry of At and SetAt besides Go ints, []int and integer Arrays: Span, SpanStep, All, NewAxis or Rest.
type Index struct {
	kind         indexKind
	lo, hi, step int
}

type indexKind uint8

const (
	indexSpan indexKind = iota + 1
	indexNewAxis
	indexRest
)

// End as the upper bound of a span means the extent of the axis.
const End = math.MaxInt

// All takes a whole axis; NewAxis inserts one of extent 1; Rest stands for as many All as are missing.
var (
	All     = Index{kind: indexSpan, hi: End, step: 1}
	NewAxis = Index{kind: indexNewAxis}
	Rest    = Index{kind: indexRest}
)

// Span takes the indices from lo to before hi of an axis; negative bounds count from the end, and hi may be End.
func Span(lo, hi int) Index { return Index{indexSpan, lo, hi, 1} }

// SpanStep takes the indices lo, lo+step, ... below hi. step is 1 or more.
func SpanStep(lo, hi, step int) Index { return Index{indexSpan, lo, hi, step} }

// Slice returns the part from index lo to before hi of the leading axis; negative bounds count from the end, and hi may be End.
// Bounds outside of the array are refused.
func (a Array) Slice(lo, hi int) Array { return a.indexed("slice", []any{Span(lo, hi)}) }

// At returns the part of the array that the indices name, one entry for each axis from the first, as NumPy's x[i, j, ...]: a Go int or
// an integer scalar Array picks one place and removes the axis, a Span takes a part, an integer Array (or []int) collects places, and
// several of them are taken together, broadcast. Missing entries are All. Negative indices count from the end. Indices that are
// known only when running are clamped to the array; known ones must be inside.
func (a Array) At(index ...any) Array { return a.indexed("at", index) }

// Take returns the places of one axis that indices name (an integer Array, []int or int); their axes replace that axis.
func (a Array) Take(indices any, axis int) Array {
	rank := len(a.need("take").typ.Shape)
	entries := make([]any, AxisIndex("take", axis, rank)+1)
	for i := range entries {
		entries[i] = All
	}
	entries[len(entries)-1] = indices
	return a.indexed("take", entries)
}

// axisEntry is what happens to one axis of the indexed array.
type axisEntry struct {
	lo, hi, step int   // a static span; hi-lo is 1 for a static pick
	pick         bool  // remove the axis
	array        Array // places, if set; a scalar if pick
}

func (e axisEntry) count() int { return max((e.hi-e.lo+e.step-1)/e.step, 0) }

func (e axisEntry) isArray() bool { return e.array.d != nil }

// indexPlan is a parsed list of indices.
type indexPlan struct {
	name    string
	shape   []int // of the indexed array
	entries []axisEntry
	newAxes []int // positions of new axes, counted in entries: before which axis
}

// parseIndex resolves a list of indices against a shape.
func parseIndex(opName string, shape []int, index []any) indexPlan {
	p := indexPlan{name: opName, shape: shape}
	used := 0
	for _, ix := range index {
		if i, ok := ix.(Index); !ok || i.kind == indexSpan {
			used++
		}
	}
	if used > len(shape) {
		fail(opName, "index", fmt.Sprintf("%d indices", used), fmt.Sprintf("at most %d for shape %s", len(shape), shapeString(shape)), "")
	}
	for _, ix := range index {
		if i, ok := ix.(Index); ok && i.kind == indexRest {
			for range len(shape) - used {
				p.add(All)
			}
			used = len(shape)
			continue
		}
		p.add(ix)
	}
	for len(p.entries) < len(shape) {
		p.add(All)
	}
	return p
}

// add resolves the next entry.
func (p *indexPlan) add(ix any) {
	if i, ok := ix.(Index); ok && i.kind == indexNewAxis {
		p.newAxes = append(p.newAxes, len(p.entries))
		return
	}
	axis := len(p.entries)
	n := p.shape[axis]
	switch i := ix.(type) {
	case int:
		p.entries = append(p.entries, p.pickStatic(axis, i))
	case Index:
		p.entries = append(p.entries, p.span(axis, i))
	case []int:
		p.entries = append(p.entries, p.places(axis, n, intVector(i)))
	case Array:
		p.entries = append(p.entries, p.places(axis, n, i))
	default:
		fail(p.name, p.axisName(axis), "a "+typeName(ix), "an int, an integer Array, []int, Span, All, NewAxis or Rest", "")
	}
}

func (p *indexPlan) axisName(axis int) string { return fmt.Sprintf("index of axis %d", axis) }

func (p *indexPlan) pickStatic(axis, i int) axisEntry {
	n := p.shape[axis]
	if i < -n || i >= n {
		fail(p.name, p.axisName(axis), fmt.Sprint(i), fmt.Sprintf("%d to %d for shape %s", -n, n-1, shapeString(p.shape)), "")
	}
	if i < 0 {
		i += n
	}
	return axisEntry{lo: i, hi: i + 1, step: 1, pick: true}
}

func (p *indexPlan) span(axis int, i Index) axisEntry {
	n, lo, hi := p.shape[axis], i.lo, i.hi
	if hi == End {
		hi = n
	}
	if lo < 0 {
		lo += n
	}
	if hi < 0 {
		hi += n
	}
	if i.kind != indexSpan || i.step < 1 || lo < 0 || hi < lo || hi > n {
		got := fmt.Sprintf("[%d:%d]", i.lo, i.hi)
		if i.hi == End {
			got = fmt.Sprintf("[%d:]", i.lo)
		}
		if i.step != 1 {
			got += fmt.Sprintf(" with step %d", i.step)
		}
		fail(p.name, p.axisName(axis), got, fmt.Sprintf("a range within 0 to %d and a step of 1 or more", n), "num.Flip turns an axis around")
	}
	return axisEntry{lo: lo, hi: hi, step: i.step}
}

func intVector(is []int) Array {
	t, err := tensor.FromAny(is)
	return FromTensor(must("index", t, err).AsType(dtype.Int32))
}

// places resolves an integer array of places on an axis of extent n: a scalar picks.
func (p *indexPlan) places(axis, n int, a Array) axisEntry {
	t := a.need(p.name).typ
	if !t.DType.IsInt() {
		hint := "use AsType"
		if t.DType.IsBool() {
			hint = "a mask has no fixed number of places: use num.Where, or num.CompressIndices on the host"
		}
		fail(p.name, p.axisName(axis), t.String(), "integers", hint)
	}
	if !a.IsTraced() {
		for _, i := range a.numbers(p.name).Int64s() {
			if i < int64(-n) || i >= int64(n) {
				fail(p.name, p.axisName(axis), fmt.Sprint(i), fmt.Sprintf("%d to %d for shape %s", -n, n-1, shapeString(p.shape)), "")
			}
		}
	}
	return axisEntry{hi: n, step: 1, pick: t.Rank() == 0, array: fromEnd(p.name, a, n)}
}

// fromEnd makes negative indices count from the end, in a type that holds the sum.
func fromEnd(opName string, a Array, n int) Array {
	if a.DType().Size() < 4 {
		a = a.AsType(dtype.Int32)
	}
	if !a.DType().IsSigned() {
		return a
	}
	return Record1(opName, func(b *ir.Builder, in []*ir.Value) *ir.Value {
		i := in[0]
		shift := op.Spread(b, op.ScalarInt(b, i.Type.DType, int64(n)), i.Type.Shape)
		return op.Select(b, op.Lt(b, i, op.ZerosLike(b, i)), op.Add(b, i, shift), i)
	}, a)
}

func (p *indexPlan) hasVectors() bool {
	return slices.ContainsFunc(p.entries, func(e axisEntry) bool { return e.isArray() && !e.pick })
}

// indexed reads what the indices name.
func (a Array) indexed(opName string, index []any) Array {
	p := parseIndex(opName, a.need(opName).typ.Shape, index)
	if p.hasVectors() {
		return p.gather(a)
	}
	x := p.window(p.staticPart(a))
	return x.Reshape(p.resultShape()...)
}

// staticPart cuts the static spans and picks out of a; axes with arrays stay whole.
func (p *indexPlan) staticPart(a Array) Array {
	var start, limit, stride []int
	whole := true
	for axis, e := range p.entries {
		start, limit, stride = append(start, e.lo), append(limit, e.hi), append(stride, e.step)
		whole = whole && e.lo == 0 && e.hi == p.shape[axis] && e.step == 1
	}
	if whole {
		return a
	}
	return Record1(p.name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.Slice(b, in[0], start, limit, stride) }, a)
}

// window cuts the place that scalar arrays name out of x, whose static spans are cut already.
func (p *indexPlan) window(x Array) Array {
	starts, sizes := p.starts(func(axisEntry) int { return 0 }), x.Shape()
	if starts == nil {
		return x
	}
	for axis, e := range p.entries {
		if e.isArray() {
			sizes[axis] = 1
		}
	}
	return Record1(p.name, func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.DynamicSlice(b, in[0], sizes, in[1:]...) },
		append([]Array{x}, starts...)...)
}

// starts returns a start for each axis: the scalar array where there is one, else what static says. It returns nil if there is none.
func (p *indexPlan) starts(static func(axisEntry) int) []Array {
	dt := dtype.Invalid
	for _, e := range p.entries {
		if e.isArray() && (dt == dtype.Invalid || e.array.DType() == dtype.Int64) {
			dt = e.array.DType()
		}
	}
	if dt == dtype.Invalid {
		return nil
	}
	out := make([]Array, len(p.entries))
	for axis, e := range p.entries {
		if e.isArray() {
			out[axis] = e.array.AsType(dt)
		} else {
			out[axis] = Full(dt, static(e))
		}
	}
	return out
}

// resultShape is the shape of the part, with picked axes removed and new ones inserted; not for vectors of places.
func (p *indexPlan) resultShape() []int {
	shape := []int{}
	insert := p.newAxes
	for axis, e := range p.entries {
		for len(insert) > 0 && insert[0] == axis {
			shape, insert = append(shape, 1), insert[1:]
		}
		if !e.pick {
			shape = append(shape, e.count())
		}
	}
	for range insert {
		shape = append(shape, 1)
	}
	return shape
}
