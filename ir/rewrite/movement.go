package rewrite

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// goRule is a rule that is written in Go.
type goRule struct {
	op    ir.OpID
	apply rule
}

// movement are the rules that move the movement of elements: chains become one step, and steps that copy less come first.
var movement = []goRule{
	{op.BroadcastID, sameType},
	{op.BroadcastID, broadcastOfBroadcast},
	{op.BroadcastID, broadcastOfReshape},
	{op.ReshapeID, sameType},
	{op.ReshapeID, reshapeOfReshape},
	{op.ReshapeID, reshapeOfScalar},
	{op.TransposeID, transposeNothing},
	{op.TransposeID, transposeOfTranspose},
	{op.TransposeID, transposeOfBroadcast},
	{op.TransposeID, transposeUnits},
	{op.SliceID, sameType},
	{op.SliceID, sliceOfSlice},
	{op.SliceID, sliceOfBroadcast},
	{op.SliceID, sliceOfIota},
	{op.SliceID, sliceOfConcatenate},
	{op.SliceID, sliceOfTranspose},
	{op.ConcatenateID, concatenateOne},
	{op.ConcatenateID, concatenateFlat},
	{op.ConcatenateID, concatenateSlices},
	{op.ConcatenateID, concatenateScalars},
	{op.ReverseID, reverseNothing},
	{op.ReverseID, reverseOfReverse},
	{op.PadID, padNothing},
	{op.PadID, padCrops},
	{op.PadID, padScalar},
}

// sameType drops a broadcast, reshape or slice to the type that the operand has: its elements stay where they are.
func sameType(s *site) *ir.Value {
	if s.in[0].Type.Equal(s.out) {
		return s.in[0]
	}
	return nil
}

// producer returns the node that computes the first operand, if it is of this primitive.
func (s *site) producer(id ir.OpID) *ir.Node {
	if n := s.in[0].Node; n != nil && n.Op == id {
		return n
	}
	return nil
}

func broadcastOfBroadcast(s *site) *ir.Value {
	inner := s.producer(op.BroadcastID)
	if inner == nil {
		return nil
	}
	a, outer := inner.Attrs.(op.BroadcastAttrs), s.attrs.(op.BroadcastAttrs)
	dims := make([]int, len(a.Dims))
	for i, d := range a.Dims {
		dims[i] = outer.Dims[d]
	}
	return s.emit(op.BroadcastID, op.BroadcastAttrs{Dims: dims, Shape: outer.Shape}, inner.Inputs[0])
}

// broadcastOfReshape looks through a reshape that only adds dimensions of extent 1.
func broadcastOfReshape(s *site) *ir.Value {
	inner := s.producer(op.ReshapeID)
	if inner == nil {
		return nil
	}
	x, a := inner.Inputs[0], s.attrs.(op.BroadcastAttrs)
	places, ok := addedUnits(x.Type.Shape, inner.Result().Type.Shape)
	if !ok {
		return nil
	}
	dims := make([]int, len(places))
	for i, d := range places {
		dims[i] = a.Dims[d]
	}
	return s.emit(op.BroadcastID, op.BroadcastAttrs{Dims: dims, Shape: a.Shape}, x)
}

// addedUnits finds the dimensions of from in to, which has further ones of extent 1 only.
func addedUnits(from, to []int) (places []int, ok bool) {
	places = make([]int, 0, len(from))
	for d, extent := range to {
		switch {
		case len(places) < len(from) && from[len(places)] == extent:
			places = append(places, d)
		case extent != 1:
			return nil, false
		}
	}
	return places, len(places) == len(from)
}

func reshapeOfReshape(s *site) *ir.Value {
	if inner := s.producer(op.ReshapeID); inner != nil {
		return s.emit(op.ReshapeID, s.attrs, inner.Inputs[0])
	}
	return nil
}

// reshapeOfScalar makes a broadcast of a scalar, to any shape, one.
func reshapeOfScalar(s *site) *ir.Value {
	if x := scalarSource(s.in[0]); x != nil {
		return op.Spread(s.b, x, s.out.Shape)
	}
	return nil
}

func transposeNothing(s *site) *ir.Value {
	if slices.IsSorted(s.attrs.(op.TransposeAttrs).Perm) {
		return s.in[0]
	}
	return nil
}

func transposeOfTranspose(s *site) *ir.Value {
	inner := s.producer(op.TransposeID)
	if inner == nil {
		return nil
	}
	return s.transpose(inner.Inputs[0], pick(inner.Attrs.(op.TransposeAttrs).Perm, s.attrs.(op.TransposeAttrs).Perm))
}

func (s *simplifier) transpose(x *ir.Value, perm []int) *ir.Value {
	return s.emit(op.TransposeID, op.TransposeAttrs{Perm: perm}, x)
}

// transposeOfBroadcast transposes the smaller operand of the broadcast, or nothing.
func transposeOfBroadcast(s *site) *ir.Value {
	inner := s.producer(op.BroadcastID)
	if inner == nil {
		return nil
	}
	to := inverse(s.attrs.(op.TransposeAttrs).Perm)
	dims := pick(to, inner.Attrs.(op.BroadcastAttrs).Dims) // of the operand, in the result; perhaps not ascending
	order := make([]int, len(dims))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return dims[i] - dims[j] })
	x := s.transpose(inner.Inputs[0], order)
	return s.emit(op.BroadcastID, op.BroadcastAttrs{Dims: pick(dims, order), Shape: s.out.Shape}, x)
}

// transposeUnits turns a transposition that moves only dimensions of extent 1 past others into a reshape.
func transposeUnits(s *site) *ir.Value {
	last := -1
	for _, d := range s.attrs.(op.TransposeAttrs).Perm {
		if s.in[0].Type.Shape[d] == 1 {
			continue
		}
		if d < last {
			return nil
		}
		last = d
	}
	return s.emit(op.ReshapeID, op.ReshapeAttrs{Shape: s.out.Shape}, s.in[0])
}

// slice emits a slice of start + i*stride for i below the extents of shape. The stride of at most one element is 1.
func (s *simplifier) slice(x *ir.Value, start, shape, stride []int) *ir.Value {
	a := op.SliceAttrs{Start: slices.Clone(start), Limit: make([]int, len(shape)), Stride: slices.Clone(stride)}
	for d, extent := range shape {
		switch extent {
		case 0:
			a.Start[d], a.Stride[d] = 0, 1
		case 1:
			a.Limit[d], a.Stride[d] = start[d]+1, 1
		default:
			a.Limit[d] = start[d] + (extent-1)*stride[d] + 1
		}
	}
	return s.emit(op.SliceID, a, x)
}

func sliceOfSlice(s *site) *ir.Value {
	inner := s.producer(op.SliceID)
	if inner == nil {
		return nil
	}
	a, outer := inner.Attrs.(op.SliceAttrs), s.attrs.(op.SliceAttrs)
	start, stride := make([]int, len(a.Start)), make([]int, len(a.Start))
	for d := range start {
		start[d] = a.Start[d] + outer.Start[d]*a.Stride[d]
		stride[d] = a.Stride[d] * outer.Stride[d]
	}
	return s.slice(inner.Inputs[0], start, s.out.Shape, stride)
}

// sliceOfBroadcast slices the operand along its own dimensions, and broadcasts to fewer elements along the others.
func sliceOfBroadcast(s *site) *ir.Value {
	inner := s.producer(op.BroadcastID)
	if inner == nil {
		return nil
	}
	x, a, cut := inner.Inputs[0], inner.Attrs.(op.BroadcastAttrs), s.attrs.(op.SliceAttrs)
	start, shape, stride := make([]int, len(a.Dims)), slices.Clone(x.Type.Shape), slices.Repeat([]int{1}, len(a.Dims))
	for i, d := range a.Dims {
		if shape[i] == a.Shape[d] {
			start[i], shape[i], stride[i] = cut.Start[d], s.out.Shape[d], cut.Stride[d]
		}
	}
	return s.emit(op.BroadcastID, op.BroadcastAttrs{Dims: a.Dims, Shape: s.out.Shape}, s.slice(x, start, shape, stride))
}

// sliceOfIota makes a shorter iota; one that starts later or skips takes integer arithmetic, which is exact.
func sliceOfIota(s *site) *ir.Value {
	inner := s.producer(op.IotaID)
	if inner == nil {
		return nil
	}
	a, cut := inner.Attrs.(op.IotaAttrs), s.attrs.(op.SliceAttrs)
	start, stride := cut.Start[a.Dim], cut.Stride[a.Dim]
	if s.out.Shape[a.Dim] <= 1 {
		stride = 1
	}
	if (start != 0 || stride != 1) && !a.DType.IsInt() {
		return nil
	}
	x := s.emit(op.IotaID, op.IotaAttrs{DType: a.DType, Shape: s.out.Shape, Dim: a.Dim})
	if stride != 1 {
		x = s.emit(op.MulID, nil, x, op.Spread(s.b, op.ScalarInt(s.b, a.DType, int64(stride)), s.out.Shape))
	}
	if start != 0 {
		x = s.emit(op.AddID, nil, x, op.Spread(s.b, op.ScalarInt(s.b, a.DType, int64(start)), s.out.Shape))
	}
	return x
}

// sliceOfConcatenate leaves out the operands that the slice does not touch.
func sliceOfConcatenate(s *site) *ir.Value {
	inner := s.producer(op.ConcatenateID)
	if inner == nil || s.out.Size() == 0 {
		return nil
	}
	dim, cut := inner.Attrs.(op.ConcatenateAttrs).Dim, s.attrs.(op.SliceAttrs)
	first := cut.Start[dim]
	last := first + (s.out.Shape[dim]-1)*cut.Stride[dim]
	var touched []*ir.Value
	begin, offset := 0, 0
	for _, x := range inner.Inputs {
		end := begin + x.Type.Shape[dim]
		if begin <= last && end > first {
			if touched == nil {
				offset = begin
			}
			touched = append(touched, x)
		}
		begin = end
	}
	if len(touched) == len(inner.Inputs) {
		return nil
	}
	start := slices.Clone(cut.Start)
	start[dim] -= offset
	return s.slice(s.emit(op.ConcatenateID, inner.Attrs, touched...), start, s.out.Shape, cut.Stride)
}

func sliceOfTranspose(s *site) *ir.Value {
	inner := s.producer(op.TransposeID)
	if inner == nil {
		return nil
	}
	perm, cut := inner.Attrs.(op.TransposeAttrs).Perm, s.attrs.(op.SliceAttrs)
	back := inverse(perm)
	x := s.slice(inner.Inputs[0], pick(cut.Start, back), pick(s.out.Shape, back), pick(cut.Stride, back))
	return s.transpose(x, perm)
}

// concatenateOne drops operands without elements, and the whole node when one is left.
func concatenateOne(s *site) *ir.Value {
	dim := s.attrs.(op.ConcatenateAttrs).Dim
	full := make([]*ir.Value, 0, len(s.in))
	for _, x := range s.in {
		if x.Type.Shape[dim] > 0 {
			full = append(full, x)
		}
	}
	switch {
	case len(full) == 0:
		return s.in[0]
	case len(full) == 1:
		return full[0]
	case len(full) < len(s.in):
		return s.emit(op.ConcatenateID, s.attrs, full...)
	}
	return nil
}

// concatenateFlat puts the operands of an inner concatenation along the same dimension in its place.
func concatenateFlat(s *site) *ir.Value {
	dim, found := s.attrs.(op.ConcatenateAttrs).Dim, false
	var flat []*ir.Value
	for _, x := range s.in {
		if x.Op() == op.ConcatenateID && x.Node.Attrs.(op.ConcatenateAttrs).Dim == dim {
			flat, found = append(flat, x.Node.Inputs...), true
			continue
		}
		flat = append(flat, x)
	}
	if !found {
		return nil
	}
	return s.emit(op.ConcatenateID, s.attrs, flat...)
}

// concatenateSlices joins neighbours that are adjacent slices of one array.
func concatenateSlices(s *site) *ir.Value {
	dim := s.attrs.(op.ConcatenateAttrs).Dim
	for i := range len(s.in) - 1 {
		x, y := s.in[i], s.in[i+1]
		if x.Op() != op.SliceID || y.Op() != op.SliceID || x.Node.Inputs[0] != y.Node.Inputs[0] {
			continue
		}
		a, b := x.Node.Attrs.(op.SliceAttrs), y.Node.Attrs.(op.SliceAttrs)
		if !slices.Equal(a.Stride, b.Stride) || a.Stride[dim] != 1 || a.Limit[dim] != b.Start[dim] {
			continue
		}
		start := slices.Clone(b.Start)
		start[dim] = a.Start[dim]
		if !slices.Equal(a.Start, start) {
			continue
		}
		shape := slices.Clone(x.Type.Shape)
		shape[dim] += y.Type.Shape[dim]
		joined := s.slice(x.Node.Inputs[0], a.Start, shape, a.Stride)
		return s.emit(op.ConcatenateID, s.attrs, slices.Concat(s.in[:i:i], []*ir.Value{joined}, s.in[i+2:])...)
	}
	return nil
}

// concatenateScalars makes operands that repeat one scalar one broadcast.
func concatenateScalars(s *site) *ir.Value {
	first := scalarSource(s.in[0])
	for _, x := range s.in {
		if first == nil || scalarSource(x) != first {
			return nil
		}
	}
	return op.Spread(s.b, first, s.out.Shape)
}

// reverseNothing leaves out dimensions along which all elements are equal: those of extent 1, and those a broadcast repeats.
func reverseNothing(s *site) *ir.Value {
	dims := s.attrs.(op.ReverseAttrs).Dims
	kept := slices.DeleteFunc(slices.Clone(dims), func(d int) bool { return s.out.Shape[d] <= 1 || repeats(s.in[0], d) })
	switch len(kept) {
	case 0:
		return s.in[0]
	case len(dims):
		return nil
	}
	return s.emit(op.ReverseID, op.ReverseAttrs{Dims: kept}, s.in[0])
}

// repeats reports whether v is a broadcast that repeats its operand along dimension d.
func repeats(v *ir.Value, d int) bool {
	if v.Op() != op.BroadcastID {
		return false
	}
	i := slices.Index(v.Node.Attrs.(op.BroadcastAttrs).Dims, d)
	return i < 0 || v.Node.Inputs[0].Type.Shape[i] == 1
}

func reverseOfReverse(s *site) *ir.Value {
	inner := s.producer(op.ReverseID)
	if inner == nil {
		return nil
	}
	var dims []int
	for d := range s.out.Rank() {
		once := slices.Contains(inner.Attrs.(op.ReverseAttrs).Dims, d)
		if once != slices.Contains(s.attrs.(op.ReverseAttrs).Dims, d) {
			dims = append(dims, d)
		}
	}
	return s.emit(op.ReverseID, op.ReverseAttrs{Dims: dims}, inner.Inputs[0])
}

func allZero(lists ...[]int) bool {
	for _, l := range lists {
		for _, n := range l {
			if n != 0 {
				return false
			}
		}
	}
	return true
}

func padNothing(s *site) *ir.Value {
	if a := s.attrs.(op.PadAttrs); allZero(a.Low, a.High, a.Interior) {
		return s.in[0]
	}
	return nil
}

// padCrops turns padding that only removes elements into a slice.
func padCrops(s *site) *ir.Value {
	a, start := s.attrs.(op.PadAttrs), make([]int, s.out.Rank())
	for d := range start {
		if a.Low[d] > 0 || a.High[d] > 0 || a.Interior[d] != 0 {
			return nil
		}
		start[d] = -a.Low[d]
	}
	return s.slice(s.in[0], start, s.out.Shape, slices.Repeat([]int{1}, len(start)))
}

// padScalar pads an array of one scalar with that scalar.
func padScalar(s *site) *ir.Value {
	if x := scalarSource(s.in[0]); x != nil && x == s.in[1] {
		return op.Spread(s.b, x, s.out.Shape)
	}
	return nil
}

// belowBroadcast computes an elementwise primitive on the operands of equal broadcasts, and broadcasts the result.
func belowBroadcast(s *site) *ir.Value {
	if len(s.out.Shape) == 0 || s.op == op.BitcastID && s.in[0].Type.Rank() != s.out.Rank() {
		return nil
	}
	// like is a broadcast of an array, if there is one; broadcasts of scalars follow it.
	var like *ir.Node
	for _, x := range s.in {
		if x.Op() != op.BroadcastID {
			return nil
		}
		if n := x.Node; like == nil || len(n.Inputs[0].Type.Shape) > len(like.Inputs[0].Type.Shape) {
			like = n
		}
	}
	if like == nil {
		return nil
	}
	a, small := like.Attrs.(op.BroadcastAttrs), like.Inputs[0].Type
	if len(small.Shape) > 0 && small.Size() >= s.out.Size() {
		return nil
	}
	in := make([]*ir.Value, len(s.in))
	for i, x := range s.in {
		in[i] = x.Node.Inputs[0]
		switch {
		case slices.Equal(in[i].Type.Shape, small.Shape) && slices.Equal(x.Node.Attrs.(op.BroadcastAttrs).Dims, a.Dims):
		case len(in[i].Type.Shape) == 0:
			in[i] = op.Spread(s.b, in[i], small.Shape)
		default:
			return nil
		}
	}
	return s.emit(op.BroadcastID, a, s.emit(s.op, s.attrs, in...))
}

// pick returns the elements of list at these places.
func pick(list, at []int) []int {
	out := make([]int, len(at))
	for i, k := range at {
		out[i] = list[k]
	}
	return out
}

// inverse returns the permutation that undoes perm.
func inverse(perm []int) []int {
	out := make([]int, len(perm))
	for i, p := range perm {
		out[p] = i
	}
	return out
}
