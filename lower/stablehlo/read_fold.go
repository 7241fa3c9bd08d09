package stablehlo

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// foldRules are the operations that fold arrays or windows of them with a computation on scalars, and those like them.
var foldRules = map[string]readRule{
	"stablehlo.reduce":             readReduce,
	"stablehlo.reduce_window":      readReduceWindow,
	"stablehlo.select_and_scatter": readSelectAndScatter,
	"stablehlo.map":                readMap,
	"stablehlo.sort":               readSort,
}

// halves splits operands into arrays and as many initial values.
func (s *site) halves() (operands, inits []*ir.Value) {
	n := len(s.in) / 2
	if n == 0 || len(s.in)%2 != 0 {
		s.fail("operands", fmt.Sprint(len(s.in)), "arrays and one initial value for each")
	}
	return s.in[:n], s.in[n:]
}

// fold reads the computation (accs..., xs...) -> accs... of a fold and converts operands to its element types: it may accumulate in a
// wider type than theirs.
func (s *site) fold(operands, inits []*ir.Value) (wideOperands, wideInits []*ir.Value, region *ir.Graph) {
	n := len(operands)
	region = s.scalarRegion(0, 2*n, n)
	for i := range n {
		acc := region.Params[i].Type
		wideOperands = append(wideOperands, s.promote(fmt.Sprintf("operand %d", i), operands[i], acc))
		wideInits = append(wideInits, s.promote(fmt.Sprintf("initial value %d", i), inits[i], acc))
	}
	return wideOperands, wideInits, region
}

// promote converts x to the element type of a computation, which must be of the same kind and at least as wide.
func (s *site) promote(arg string, x *ir.Value, to ir.Type) *ir.Value {
	from := x.Type.DType
	if from == to.DType {
		return x
	}
	if !promotable(from, to.DType) {
		s.fail(arg, x.Type.String(), "a type that converts to the computation's "+to.String()+" without loss")
	}
	return op.Convert(s.b, x, to.DType)
}

func readReduce(s *site) []*ir.Value {
	operands, inits := s.halves()
	operands, inits, region := s.fold(operands, inits)
	axes := s.ints("dimensions")
	if fold := neutralFolds[op.RegionOp(region)]; fold != nil && len(operands) == 1 && startsNeutral(operands[0], inits[0], op.RegionOp(region)) {
		return one(fold(s.b, operands[0], axes...))
	}
	return op.ReduceBy(s.b, operands, inits, axes, region)
}

// neutralFolds are the folds that an initial value can be left out of, by the operation; sums are op.ReduceBy's.
var neutralFolds = map[ir.OpID]func(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value{
	op.MulID: op.ReduceProd, op.MaxID: op.ReduceMax, op.MinID: op.ReduceMin, op.AndID: op.ReduceAnd, op.OrID: op.ReduceOr, op.XorID: op.ReduceXor,
}

// startsNeutral reports whether a fold starts at a constant that changes nothing, as all that this package has written do: read and written
// again and again, programs must not grow.
func startsNeutral(x, init *ir.Value, by ir.OpID) bool {
	t, dt := constOf(init), x.Type.DType
	if t == nil || t.Size() != 1 || t.DType() != dt || dt.IsComplex() || dt.IsNarrow() {
		return false
	}
	same := func(v *tensor.Tensor) bool { return bytes.Equal(t.Bytes(), v.Bytes()) }
	if by == op.OrID || by == op.XorID {
		return same(tensor.Must(tensor.New(dt)))
	}
	if dt.IsBool() { // products and minima are and, maxima are or
		return same(tensor.Scalar(by != op.MaxID))
	}
	switch by {
	case op.AndID:
		return dt.IsInt() && same(tensor.Must(tensor.Full(dtype.Int64, -1)).AsType(dt))
	case op.MulID:
		return same(neutral(op.CombineMul, dt))
	case op.MaxID:
		return same(neutral(op.CombineMax, dt))
	}
	return same(neutral(op.CombineMin, dt))
}

// windowAttrs reads what reduce_window and select_and_scatter say about windows over arrays of some rank.
func (s *site) windowAttrs(rank int) op.ReduceWindowAttrs {
	a := op.ReduceWindowAttrs{
		Window:         s.intsOf("window_dimensions", rank),
		Strides:        s.intsOr("window_strides", 1, rank),
		BaseDilation:   s.intsOr("base_dilations", 1, rank),
		WindowDilation: s.intsOr("window_dilations", 1, rank),
	}
	a.PadLow, a.PadHigh = s.padding(rank)
	return a
}

func readReduceWindow(s *site) []*ir.Value {
	operands, inits := s.halves()
	a := s.windowAttrs(operands[0].Type.Rank())
	s.positive("window_dimensions", a.Window)
	operands, inits, region := s.fold(operands, inits)
	if c := op.CombineOf(region); len(operands) == 1 && c != op.CombineRegion && c != op.CombineSet {
		a.Combine = c
		return one(op.ReduceWindow(s.b, operands[0], inits[0], a))
	}
	return op.ReduceWindowRegion(s.b, operands, inits, a, region)
}

// positive refuses numbers below 1.
func (s *site) positive(name string, list []int) {
	if len(list) > 0 && slices.Min(list) < 1 {
		s.fail(name, fmt.Sprint(list), "numbers from 1 on")
	}
}

func readSelectAndScatter(s *site) []*ir.Value {
	s.operands(3)
	a := s.windowAttrs(s.in[0].Type.Rank())
	s.positive("window_dimensions", a.Window)
	selected, scatter := s.scalarRegion(0, 2, 1), s.scalarRegion(1, 2, 1)
	x := s.promote("operand 0", s.in[0], selected.Params[0].Type)
	source := s.promote("operand 1", s.in[1], scatter.Params[0].Type)
	init := s.promote("operand 2", s.in[2], scatter.Params[0].Type)
	if x.Type.DType != init.Type.DType {
		s.unsupported("a scatter in another element type than the selection's")
	}
	return one(op.SelectAndScatter(s.b, x, source, init, a, selected, scatter))
}

func readMap(s *site) []*ir.Value {
	s.atLeast(1)
	region := s.scalarRegion(0, len(s.in), 1)
	rank := s.in[0].Type.Rank()
	for i, d := range s.intsOf("dimensions", rank) {
		if d != i {
			s.fail("dimensions", fmt.Sprint(s.ints("dimensions")), fmt.Sprintf("0 to %d in this order", rank-1))
		}
	}
	return op.Map(s.b, region, s.in...)
}

func readSort(s *site) []*ir.Value {
	s.atLeast(1)
	region := s.scalarRegion(0, 2*len(s.in), 1)
	rank := s.in[0].Type.Rank()
	dim := s.attrs().int("dimension", -1)
	if dim < 0 {
		dim += rank
	}
	if dim < 0 || dim >= rank {
		s.fail("dimension", fmt.Sprint(s.attrs().int("dimension", -1)), fmt.Sprintf("from %d to %d", -rank, rank-1))
	}
	return op.SortBy(s.b, dim, region, s.in...)
}
