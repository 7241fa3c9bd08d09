package rewrite

import (
	"bytes"
	"math/bits"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// typed are the rules about constants, element types, comparisons and folds over axes.
var typed = []goRule{
	{op.ConstID, constantOfOneValue},
	{op.ConvertID, convertNothing},
	{op.ConvertID, convertOfConvert},
	{op.BitcastID, bitcastNothing},
	{op.BitcastID, bitcastOfBitcast},
	{op.DivID, shiftForDivision},
	{op.CompareID, compareWithItself},
	{op.CompareID, compareWithTruth},
	{op.NotID, notOfCompare},
	{op.ReduceSumID, reduceUnits},
	{op.ReduceProdID, reduceUnits},
	{op.ReduceMaxID, reduceUnits},
	{op.ReduceMinID, reduceUnits},
	{op.ReduceAndID, reduceUnits},
	{op.ReduceOrID, reduceUnits},
	{op.ReduceXorID, reduceUnits},
	{op.ReduceMaxID, reduceOfReduce},
	{op.ReduceMinID, reduceOfReduce},
	{op.ReduceAndID, reduceOfReduce},
	{op.ReduceOrID, reduceOfReduce},
	{op.ReduceXorID, reduceOfReduce},
	{op.ReduceMaxID, reduceOfScalar},
	{op.ReduceMinID, reduceOfScalar},
	{op.ReduceAndID, reduceOfScalar},
	{op.ReduceOrID, reduceOfScalar},
	{op.CumSumID, cumulativeUnit},
	{op.CumProdID, cumulativeUnit},
	{op.CumMaxID, cumulativeUnit},
	{op.CumMinID, cumulativeUnit},
}

// constantOfOneValue turns a constant array whose elements are all equal into a broadcast of a scalar, which other rules see and
// which takes no memory.
func constantOfOneValue(s *site) *ir.Value {
	value := s.attrs.(ir.ConstAttrs).Value
	if value.Rank() == 0 {
		return nil
	}
	data, size := value.Bytes(), value.DType().Size()
	if len(data) > 0 && !bytes.Equal(data[size:], data[:len(data)-size]) { // each element equals the one before it
		return nil
	}
	scalar := tensor.Must(tensor.New(value.DType()))
	copy(scalar.Bytes(), data)
	return filled(s.b, s.out, scalar)
}

func convertNothing(s *site) *ir.Value {
	if s.in[0].Type.DType == s.out.DType {
		return s.in[0]
	}
	return nil
}

// convertOfConvert leaves out a step in between that keeps every value. Such a step still matters where it changes how the next one
// rounds: integers wrap, but saturate as floats.
func convertOfConvert(s *site) *ir.Value {
	inner := s.producer(op.ConvertID)
	if inner == nil {
		return nil
	}
	x := inner.Inputs[0]
	from, between, to := x.Type.DType, s.in[0].Type.DType, s.out.DType
	wraps := !from.IsFloat() && !from.IsComplex() && (between.IsFloat() || between.IsComplex()) && to.IsInt()
	if from.IsNarrow() || between.IsNarrow() || !exactIn(from, between) || wraps && !exactIn(from, to) {
		return nil
	}
	return s.emit(op.ConvertID, s.attrs, x)
}

func bitcastNothing(s *site) *ir.Value { return convertNothing(s) }

// bitcastOfBitcast leaves out a step in between that keeps the width on one of its sides.
func bitcastOfBitcast(s *site) *ir.Value {
	inner := s.producer(op.BitcastID)
	if inner == nil {
		return nil
	}
	x := inner.Inputs[0]
	from, between, to := x.Type.DType.Size(), s.in[0].Type.DType.Size(), s.out.DType.Size()
	if from != between && between != to {
		return nil
	}
	return s.emit(op.BitcastID, s.attrs, x)
}

// shiftForDivision divides unsigned integers by a power of two.
func shiftForDivision(s *site) *ir.Value {
	by := splat(s.in[1])
	if !s.out.DType.IsUnsigned() || by == nil || !powerOfTwo(by) {
		return nil
	}
	var x [1]uint64
	by.LoadUint64(x[:], 0)
	amount := op.ScalarInt(s.b, s.out.DType, int64(bits.TrailingZeros64(x[0])))
	return s.emit(op.ShrID, nil, s.in[0], op.Spread(s.b, amount, s.out.Shape))
}

// compareWithItself decides comparisons of a value with itself, as far as NaN lets them.
func compareWithItself(s *site) *ir.Value {
	a, t := s.attrs.(op.CompareAttrs), s.in[0].Type.DType
	if s.in[0] != s.in[1] {
		return nil
	}
	holds := a.Dir == op.DirEq || a.Dir == op.DirLe || a.Dir == op.DirGe
	mayBeNaN := (t.IsFloat() || t.IsComplex()) && !a.Total
	if mayBeNaN && (holds || a.Dir == op.DirNe) {
		return nil
	}
	return filled(s.b, s.out, tensor.Scalar(holds))
}

var truth, falsehood = newTruth("true", true), newTruth("false", false)

// compareWithTruth turns p == true and p != false into p, and their opposites into not p.
func compareWithTruth(s *site) *ir.Value {
	a := s.attrs.(op.CompareAttrs)
	if s.in[0].Type.DType != dtype.Bool || a.Dir != op.DirEq && a.Dir != op.DirNe {
		return nil
	}
	for i, p := range s.in {
		other := s.in[1-i]
		switch {
		case (a.Dir == op.DirEq && truth.is(other)) || (a.Dir == op.DirNe && falsehood.is(other)):
			return p
		case (a.Dir == op.DirEq && falsehood.is(other)) || (a.Dir == op.DirNe && truth.is(other)):
			return s.emit(op.NotID, nil, p)
		}
	}
	return nil
}

var opposite = map[op.Dir]op.Dir{op.DirEq: op.DirNe, op.DirNe: op.DirEq, op.DirLt: op.DirGe, op.DirGe: op.DirLt,
	op.DirGt: op.DirLe, op.DirLe: op.DirGt}

// notOfCompare compares the other way round; of floats in the order with NaN only eq and ne are opposites.
func notOfCompare(s *site) *ir.Value {
	inner := s.producer(op.CompareID)
	if inner == nil {
		return nil
	}
	a, t := inner.Attrs.(op.CompareAttrs), inner.Inputs[0].Type.DType
	if t.IsFloat() && !a.Total && a.Dir != op.DirEq && a.Dir != op.DirNe {
		return nil
	}
	a.Dir = opposite[a.Dir]
	return s.emit(op.CompareID, a, inner.Inputs...)
}

// reduceUnits turns a fold over axes of extent 1 into a reshape. A sum of floats starts at +0, so that of one -0 is +0.
func reduceUnits(s *site) *ir.Value {
	if s.in[0].Type.Size() != s.out.Size() || s.out.Size() == 0 {
		return nil
	}
	if s.op == op.ReduceSumID && !s.out.DType.IsInt() || s.out.DType.IsComplex() {
		return nil
	}
	return s.emit(op.ReshapeID, op.ReshapeAttrs{Shape: s.out.Shape}, s.in[0])
}

// reduceOfReduce folds over the axes of both at once, where the order of the elements does not matter.
func reduceOfReduce(s *site) *ir.Value {
	inner := s.producer(s.op)
	if inner == nil {
		return nil
	}
	x, axes := inner.Inputs[0], slices.Clone(inner.Attrs.(op.ReduceAttrs).Axes)
	rest := make([]int, 0, x.Type.Rank())
	for d := range x.Type.Rank() {
		if !slices.Contains(axes, d) {
			rest = append(rest, d)
		}
	}
	axes = append(axes, pick(rest, s.attrs.(op.ReduceAttrs).Axes)...)
	slices.Sort(axes)
	return s.emit(s.op, op.ReduceAttrs{Axes: axes}, x)
}

// reduceOfScalar is the scalar itself, for folds of equal elements that give the element.
func reduceOfScalar(s *site) *ir.Value {
	if x := scalarSource(s.in[0]); x != nil && s.in[0].Type.Size() > 0 {
		return op.Spread(s.b, x, s.out.Shape)
	}
	return nil
}

func cumulativeUnit(s *site) *ir.Value {
	if s.out.Shape[s.attrs.(op.CumAttrs).Axis] <= 1 {
		return s.in[0]
	}
	return nil
}

// exactIn reports whether every value of type from is one of type to.
func exactIn(from, to dtype.DType) bool {
	switch {
	case from == to || from.IsBool():
		return true
	case to.IsBool() || from.IsComplex() && !to.IsComplex():
		return false
	case to.IsInt():
		return from.IsInt() && (from.IsSigned() == to.IsSigned() && from.Bits() <= to.Bits() ||
			from.IsUnsigned() && to.IsSigned() && from.Bits() < to.Bits())
	case from.IsInt():
		magnitude := from.Bits()
		if from.IsSigned() {
			magnitude-- // the least number is a power of two, which every float type of enough range has
		}
		return magnitude <= digits(to.Real()) && !(to.Real() == dtype.Float16 && magnitude > 15)
	}
	f, t := from.Real(), to.Real()
	return f == t || f.Size() < t.Size()
}

// digits is the number of binary digits of a float type.
func digits(dt dtype.DType) int {
	switch dt {
	case dtype.Float16:
		return 11
	case dtype.BFloat16:
		return 8
	case dtype.Float32:
		return 24
	}
	return 53
}
