package stablehlo

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// elementwiseRules are the elementwise operations that are more than a row on their operands.
var elementwiseRules = map[string]readRule{
	"stablehlo.constant":              readConstant,
	"stablehlo.convert":               readConvert,
	"stablehlo.bitcast_convert":       readBitcast,
	"stablehlo.compare":               readCompare,
	"stablehlo.select":                readSelect,
	"stablehlo.clamp":                 readClamp,
	"stablehlo.real":                  readPart(op.RealID),
	"stablehlo.imag":                  readPart(op.ImagID),
	"stablehlo.reduce_precision":      readReducePrecision,
	"stablehlo.optimization_barrier":  func(s *site) []*ir.Value { return s.in },
	"stablehlo.maximum":               readExtreme(op.MaxID, op.MaxComplex),
	"stablehlo.minimum":               readExtreme(op.MinID, op.MinComplex),
	"stablehlo.exponential":           readFloat(op.ExpID, dtype.Inexact),
	"stablehlo.exponential_minus_one": readFloat(op.Expm1ID, dtype.Inexact),
}

// elementwiseRow reads an operation that is a row without attributes.
func elementwiseRow(row *ir.Row) readRule {
	return func(s *site) []*ir.Value {
		s.operands(row.Arity)
		return s.widened(func() []*ir.Value { return s.b.Emit(row.ID, nil, nil, s.in...) })
	}
}

// widened computes with narrow operands in the type that holds their numbers, and converts results of that type back: sums of integers wrap,
// floats are rounded once more.
func (s *site) widened(compute func() []*ir.Value) []*ir.Value {
	narrow := dtype.Invalid
	for i, x := range s.in {
		if dt := x.Type.DType; dt.IsNarrow() {
			narrow = dt
			s.in[i] = op.Convert(s.b, x, dt.Wide())
		}
	}
	out := compute()
	if narrow == dtype.Invalid {
		return out
	}
	back := make([]*ir.Value, len(out))
	for i, y := range out {
		back[i] = y
		if y.Type.DType == narrow.Wide() {
			back[i] = op.Convert(s.b, y, narrow)
		}
	}
	return back
}

// readFloat is elementwiseRow with the element types that the operation has, where the row has more.
func readFloat(id ir.OpID, accepts dtype.Set) readRule {
	return func(s *site) []*ir.Value {
		s.operands(1)
		if t := s.in[0].Type; !accepts.Has(t.DType) {
			s.fail("operand 0", t.String(), "floats or complex numbers")
		}
		return one(s.b.Emit1(id, nil, s.in[0]))
	}
}

func readConstant(s *site) []*ir.Value {
	s.operands(0)
	return one(s.constant(s.dense("value")))
}

// constant emits a literal; one number for all elements stays one number.
func (s *site) constant(d *syntax.Dense) *ir.Value {
	t := s.tensorType(d.Type)
	switch {
	case d.Value == nil:
		s.unsupported("element type of " + d.Type.String())
	case d.Splat:
		return op.Spread(s.b, s.b.Const(d.Value), t.Shape)
	}
	return s.b.Const(d.Value)
}

func readConvert(s *site) []*ir.Value {
	s.operands(1)
	t := s.declared(0)
	if t.DType == s.in[0].Type.DType {
		return s.in
	}
	x := s.in[0]
	if x.Type.DType.IsComplex() && t.DType.IsBool() {
		x = op.Real(s.b, x) // the imaginary part is dropped first
	}
	return one(op.Convert(s.b, x, t.DType))
}

// readExtreme orders complex numbers lexicographically.
func readExtreme(id ir.OpID, ofComplex func(b *ir.Builder, x, y *ir.Value) *ir.Value) readRule {
	return func(s *site) []*ir.Value {
		s.operands(2)
		if s.in[0].Type.DType.IsComplex() && s.in[0].Type.Equal(s.in[1].Type) {
			return one(ofComplex(s.b, s.in[0], s.in[1]))
		}
		return s.widened(func() []*ir.Value { return one(s.b.Emit1(id, nil, s.in...)) })
	}
}

// directions are the members of comparison_direction.
var directions = map[string]op.Dir{
	"EQ": op.DirEq, "NE": op.DirNe, "LT": op.DirLt, "LE": op.DirLe, "GT": op.DirGt, "GE": op.DirGe,
}

// compareTypes has for each member of comparison_type the element types that it goes with.
var compareTypes = map[string]dtype.Set{
	"FLOAT": dtype.Inexact, "TOTALORDER": dtype.Floats, "SIGNED": dtype.Signed | dtype.Bools, "UNSIGNED": dtype.Unsigned | dtype.Bools,
}

func readCompare(s *site) []*ir.Value {
	s.operands(2)
	name := s.enum("comparison_direction", "")
	dir, ok := directions[name]
	if !ok {
		s.fail("comparison_direction", name, "EQ, NE, GE, GT, LE or LT")
	}
	kind := s.enum("compare_type", "NOTYPE")
	if accepts, ok := compareTypes[kind]; ok && !accepts.Has(s.in[0].Type.DType) {
		s.fail("compare_type", kind+" of "+s.in[0].Type.String(), "the kind of the operands")
	} else if !ok && kind != "NOTYPE" {
		s.fail("compare_type", kind, "NOTYPE, FLOAT, TOTALORDER, SIGNED or UNSIGNED")
	}
	if kind == "TOTALORDER" {
		return one(op.CompareTotal(s.b, dir, s.in[0], s.in[1]))
	}
	return one(op.Compare(s.b, dir, s.in[0], s.in[1]))
}

func readSelect(s *site) []*ir.Value {
	s.operands(3)
	pred := s.in[0]
	if pred.Type.Rank() == 0 {
		pred = op.Spread(s.b, pred, s.in[1].Type.Shape)
	}
	return one(op.Select(s.b, pred, s.in[1], s.in[2]))
}

// readClamp spreads scalar bounds.
func readClamp(s *site) []*ir.Value {
	s.operands(3)
	x := s.in[1]
	bound := func(v *ir.Value) *ir.Value {
		if v.Type.Rank() == 0 {
			return op.Spread(s.b, v, x.Type.Shape)
		}
		return v
	}
	return one(op.Min(s.b, op.Max(s.b, x, bound(s.in[0])), bound(s.in[2])))
}

// readPart reads real and imag, which real numbers have too.
func readPart(id ir.OpID) readRule {
	return func(s *site) []*ir.Value {
		s.operands(1)
		x := s.in[0]
		switch {
		case !x.Type.DType.IsFloat():
			return one(s.b.Emit1(id, nil, x))
		case id == op.RealID:
			return s.in
		}
		return one(op.ZerosLike(s.b, x))
	}
}
