package op

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Attributes of the primitives that move elements. Slices in attributes belong to the node: nobody writes to them afterwards.
type (
	// BroadcastAttrs: operand dimension i becomes dimension Dims[i] of Shape; its extent is equal or 1. Dims ascend.
	BroadcastAttrs struct{ Dims, Shape []int }
	// ReshapeAttrs hold the new shape, of the same size.
	ReshapeAttrs struct{ Shape []int }
	// TransposeAttrs: result dimension i is operand dimension Perm[i].
	TransposeAttrs struct{ Perm []int }
	// SliceAttrs select the indices Start, Start+Stride, ... below Limit of each dimension; strides are at least 1.
	SliceAttrs struct{ Start, Limit, Stride []int }
	// ConcatenateAttrs hold the dimension along which operands follow each other.
	ConcatenateAttrs struct{ Dim int }
	// PadAttrs hold for each dimension the elements before, after and between neighbours. Negative Low and High crop, after Interior.
	PadAttrs struct{ Low, High, Interior []int }
	// ReverseAttrs hold the dimensions that run backwards; ascending.
	ReverseAttrs struct{ Dims []int }
)

// Broadcast repeats x: its dimension i becomes dimension dims[i] of shape.
func Broadcast(b *ir.Builder, x *ir.Value, dims, shape []int) *ir.Value {
	return b.Emit1(BroadcastID, BroadcastAttrs{Dims: dims, Shape: shape}, x)
}

// Reshape returns the elements of x, in row-major order, in another shape.
func Reshape(b *ir.Builder, x *ir.Value, shape []int) *ir.Value {
	return b.Emit1(ReshapeID, ReshapeAttrs{Shape: shape}, x)
}

// Transpose exchanges dimensions: result dimension i is operand dimension perm[i].
func Transpose(b *ir.Builder, x *ir.Value, perm []int) *ir.Value {
	return b.Emit1(TransposeID, TransposeAttrs{Perm: perm}, x)
}

// Slice selects the indices start, start+stride, ... below limit of each dimension; nil strides are 1.
func Slice(b *ir.Builder, x *ir.Value, start, limit, stride []int) *ir.Value {
	if stride == nil {
		stride = slices.Repeat([]int{1}, x.Type.Rank())
	}
	return b.Emit1(SliceID, SliceAttrs{Start: start, Limit: limit, Stride: stride}, x)
}

// Concatenate joins operands along dim; they have one element type and agree in the other dimensions.
func Concatenate(b *ir.Builder, dim int, xs ...*ir.Value) *ir.Value {
	return b.Emit1(ConcatenateID, ConcatenateAttrs{Dim: dim}, xs...)
}

// Pad puts the scalar value before, after and between the elements of x along each dimension; negative low and high crop.
func Pad(b *ir.Builder, x, value *ir.Value, low, high, interior []int) *ir.Value {
	return b.Emit1(PadID, PadAttrs{Low: low, High: high, Interior: interior}, x, value)
}

// Reverse turns the order of elements along dims around.
func Reverse(b *ir.Builder, x *ir.Value, dims ...int) *ir.Value {
	return b.Emit1(ReverseID, ReverseAttrs{Dims: slices.Sorted(slices.Values(dims))}, x)
}

func init() {
	row := func(id ir.OpID, name string, arity int, attrs ir.Attrs, types ir.TypeRule, eval ir.EvalRule, sample sampleRule) ir.Row {
		return ir.Row{
			ID: id, Name: name, Class: ir.ClassShape, Arity: arity, Attrs: attrs, Accepts: dtype.Any,
			Types: types, Eval: eval, Domain: ir.Domain{Make: sample},
		}
	}
	reshape := row(ReshapeID, "reshape", 1, ReshapeAttrs{}, reshapeType, evalReshape, sampleReshape)
	reshape.HLO = "stablehlo.reshape"
	ir.Register(reshape)
	ir.Register(row(BroadcastID, "broadcast", 1, BroadcastAttrs{}, broadcastType, evalBroadcast, sampleBroadcast))
	ir.Register(row(TransposeID, "transpose", 1, TransposeAttrs{}, transposeType, evalTranspose, sampleTranspose))
	ir.Register(row(SliceID, "slice", 1, SliceAttrs{}, sliceType, evalSlice, sampleSlice))
	ir.Register(row(ConcatenateID, "concatenate", -1, ConcatenateAttrs{}, concatenateType, evalConcatenate, sampleConcatenate))
	ir.Register(row(PadID, "pad", 2, PadAttrs{}, padType, evalPad, samplePad))
	ir.Register(row(ReverseID, "reverse", 1, ReverseAttrs{}, reverseType, evalReverse, sampleReverse))
}

func broadcastType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, t := attrs.(BroadcastAttrs), in[0]
	if err := firstError(wantLen("dims", a.Dims, t.Rank()), wantShape("shape", a.Shape), wantAxes("dims", a.Dims, len(a.Shape))); err != nil {
		return nil, err
	}
	for i, dim := range a.Dims {
		if t.Shape[i] != 1 && t.Shape[i] != a.Shape[dim] {
			return nil, ir.Mismatch(operand(0), t.String(),
				fmt.Sprintf("extent 1 or %d on axis %d, which becomes axis %d of %v", a.Shape[dim], i, dim, a.Shape))
		}
	}
	return oneType(ir.T(t.DType, a.Shape...))
}

func reshapeType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, t := attrs.(ReshapeAttrs), in[0]
	if err := wantShape("shape", a.Shape); err != nil {
		return nil, err
	}
	to := ir.T(t.DType, a.Shape...)
	if to.Size() != t.Size() {
		return nil, ir.Mismatch("shape", fmt.Sprintf("%v of %s", a.Shape, count(to.Size(), "element", "elements")),
			fmt.Sprintf("%d, as %s has", t.Size(), t))
	}
	return oneType(to)
}

func transposeType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, t := attrs.(TransposeAttrs), in[0]
	if err := wantLen("perm", a.Perm, t.Rank()); err != nil {
		return nil, err
	}
	shape, seen := make([]int, t.Rank()), make([]bool, t.Rank())
	for i, p := range a.Perm {
		if p < 0 || p >= t.Rank() || seen[p] {
			return nil, ir.Mismatch("perm", fmt.Sprint(a.Perm), fmt.Sprintf("each axis from 0 to %d once", t.Rank()-1))
		}
		seen[p] = true
		shape[i] = t.Shape[p]
	}
	return oneType(ir.T(t.DType, shape...))
}

func sliceType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, t := attrs.(SliceAttrs), in[0]
	if err := firstError(wantLen("start", a.Start, t.Rank()), wantLen("limit", a.Limit, t.Rank()), wantLen("stride", a.Stride, t.Rank())); err != nil {
		return nil, err
	}
	shape := make([]int, t.Rank())
	for i, extent := range t.Shape {
		start, limit, stride := a.Start[i], a.Limit[i], a.Stride[i]
		if start < 0 || start > limit || limit > extent {
			return nil, ir.Mismatch("range", fmt.Sprintf("%d:%d on axis %d", start, limit, i), fmt.Sprintf("a range within 0:%d", extent))
		}
		if stride < 1 {
			return nil, ir.Mismatch("stride", fmt.Sprintf("%d on axis %d", stride, i), "at least 1")
		}
		if limit > start {
			shape[i] = (limit-start-1)/stride + 1
		}
	}
	return oneType(ir.T(t.DType, shape...))
}

func concatenateType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a := attrs.(ConcatenateAttrs)
	if len(in) == 0 {
		return nil, ir.Mismatch("operands", "none", "at least one")
	}
	t := in[0]
	if err := wantAxis("dim", a.Dim, t.Rank()); err != nil {
		return nil, err
	}
	shape := slices.Clone(t.Shape)
	shape[a.Dim] = 0
	for i, u := range in {
		fits := u.DType == t.DType && u.Rank() == t.Rank()
		for axis := 0; fits && axis < t.Rank(); axis++ {
			fits = axis == a.Dim || u.Shape[axis] == t.Shape[axis]
		}
		if !fits {
			return nil, ir.Mismatch(operand(i), u.String(), fmt.Sprintf("%s but for axis %d", t, a.Dim))
		}
		shape[a.Dim] += u.Shape[a.Dim]
	}
	return oneType(ir.T(t.DType, shape...))
}

func padType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, t := attrs.(PadAttrs), in[0]
	if err := firstError(wantType(1, in[1], ir.T(t.DType)),
		wantLen("low", a.Low, t.Rank()), wantLen("high", a.High, t.Rank()), wantLen("interior", a.Interior, t.Rank())); err != nil {
		return nil, err
	}
	shape := make([]int, t.Rank())
	for i, extent := range t.Shape {
		if a.Interior[i] < 0 {
			return nil, ir.Mismatch("interior", fmt.Sprintf("%d on axis %d", a.Interior[i], i), "at least 0")
		}
		shape[i] = a.Low[i] + extent + max(extent-1, 0)*a.Interior[i] + a.High[i]
		if shape[i] < 0 {
			return nil, ir.Mismatch("low and high", fmt.Sprintf("%d and %d on axis %d of %s", a.Low[i], a.High[i], i, t),
				"cropping that leaves at least 0 elements")
		}
	}
	if err := wantShape("result", shape); err != nil {
		return nil, err
	}
	return oneType(ir.T(t.DType, shape...))
}

func reverseType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if err := wantAxes("dims", attrs.(ReverseAttrs).Dims, in[0].Rank()); err != nil {
		return nil, err
	}
	return oneType(in[0])
}
