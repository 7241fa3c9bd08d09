package stablehlo

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// tokenType stands for tokens, which order effects and hold nothing.
var tokenType = ir.T(dtype.Bool, 0)

// typeOf returns the type of values; what graphs have no type for is refused.
func (r *reader) typeOf(t syntax.Type) ir.Type {
	switch t := t.(type) {
	case *syntax.TensorType:
		return r.tensorType(t)
	case syntax.TokenType:
		return tokenType
	case *syntax.TupleType:
		r.unsupported("tuples, such as " + t.String())
	case nil:
		r.unsupported("a value without a type")
	default:
		r.unsupported("type " + t.String())
	}
	panic("BUG: unreachable")
}

func (r *reader) tensorType(t *syntax.TensorType) ir.Type {
	switch {
	case t.Unranked:
		r.unsupported("unranked " + t.String())
	case !t.Elem.DType.Valid():
		r.unsupported("element type of " + t.String())
	}
	for _, n := range t.Shape {
		if n < 0 {
			r.unsupported("dynamic " + t.String())
		}
	}
	if _, err := tensor.Size(t.Shape); err != nil {
		r.unsupported("size of " + t.String())
	}
	return ir.T(t.Elem.DType, t.Shape...)
}

// wantType refuses a value whose type is not the declared one.
func (r *reader) wantType(arg string, got ir.Type, declared syntax.Type) {
	if want := r.typeOf(declared); !got.Equal(want) {
		r.fail(arg, want.String()+" declared", got.String())
	}
}

// promotable reports whether elements of one type can be computed with in another without loss: the same kind, and not narrower.
func promotable(from, to dtype.DType) bool {
	if from == to {
		return true
	}
	for _, kind := range []dtype.Set{dtype.Signed, dtype.Unsigned, dtype.Floats, dtype.Complexes} {
		if kind.Has(from) && kind.Has(to) {
			return from.Bits() < to.Bits()
		}
	}
	return false
}
