package syntax

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Pos is a place in a file, both numbers from 1; columns count bytes. The zero Pos is unknown.
type Pos struct{ Line, Col int32 }

// String returns "line:column".
func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Col) }

// Module is a module: named, or implied by a file that holds functions only.
type Module struct {
	Pos   Pos
	File  string // as given to Parse
	Name  string // without @; "" if it has none
	Attrs Attrs
	Funcs []*Func
	// Ops are the operations of the module's body that are neither functions nor modules: sdy.mesh, and in test files operations
	// that stand alone.
	Ops     []*Op
	Modules []*Module // nested ones
}

// Func is a function. Functions may be used before they are defined; the parser does not look callees up.
type Func struct {
	Pos         Pos
	Name        string // without @
	Private     bool
	Params      []*Value
	ParamAttrs  []Attrs // one for each parameter, nil if it has none
	Results     []Type
	ResultAttrs []Attrs // one for each result
	Attrs       Attrs   // without the name, the type, the visibility and the attributes of parameters and results
	Body        *Region // nil for a declaration; its parameters are Params
}

// Region is a single block. Operations inside may use values of the enclosing ones.
type Region struct {
	Pos    Pos
	Params []*Value
	Ops    []*Op // the terminator is the last one, if there is one; nil in a region without a block
}

// Op is an operation in its generic form.
type Op struct {
	Pos      Pos
	Name     string // with its dialect: "stablehlo.add", "func.call"
	Operands []*Value
	Results  []*Value
	Attrs    Attrs // properties and discardable attributes together
	Regions  []*Region
}

// Value is what an operation or a block's head defines.
type Value struct {
	Pos  Pos
	Name string // without %; a result of a pack has the pack's name and its own index: "0#1"
	Type Type
	Def  *Op // the operation whose result it is, nil for parameters
}

// Type is a *TensorType, ScalarType, TokenType, *TupleType, *FuncType or RawType.
type Type interface {
	// String returns the type as StableHLO writes it.
	String() string
	isType()
}

// Dynamic is an extent that is not known: ?.
const Dynamic = -1

// TensorType is tensor<2x?xf32>. Types that say the same need not be the same pointer; use Equal.
type TensorType struct {
	Shape    []int // Dynamic where the text says ?
	Unranked bool  // tensor<*xf32>
	Elem     Elem
	Encoding Attr // bounds and such, nil if there is none
}

// Elem is an element type by its name. DType is dtype.Invalid for those that package dtype does not have: quantized ones, index,
// integers of odd widths.
type Elem struct {
	Name  string // f32, i1, ui8, complex<f64>, f8E4M3FN, !quant.uniform<...>
	DType dtype.DType
}

// ScalarType is a number's type that stands alone: i32, f32, index.
type ScalarType struct{ Elem Elem }

// TokenType is !stablehlo.token.
type TokenType struct{}

// TupleType is tuple<...>.
type TupleType struct{ Elems []Type }

// FuncType is (...) -> (...).
type FuncType struct{ Params, Results []Type }

// RawType is the text of any other type.
type RawType struct{ Text string }

// Attrs are named attributes in the order of the text.
type Attrs []NamedAttr

// NamedAttr is one entry of a dictionary.
type NamedAttr struct {
	Name  string
	Value Attr
	Pos   Pos
}

// Get returns the attribute of that name, and nil if there is none.
func (as Attrs) Get(name string) Attr {
	for i := range as {
		if as[i].Name == name {
			return as[i].Value
		}
	}
	return nil
}

// Attr is one of the types below.
type Attr interface {
	// String returns the attribute as the generic form writes it.
	String() string
	isAttr()
}

// The attributes.
type (
	// Unit is an attribute that says something by being there.
	Unit struct{}
	// Bool is true or false.
	Bool bool
	// Int is 3 : i32. Values of ui64 beyond int64 wrap. Without a type in the text it is i64.
	Int struct {
		Value int64
		Type  Elem
	}
	// Float is 1.5 : f32; f64 without a type in the text.
	Float struct {
		Value float64
		Type  Elem
	}
	// String is "text", escapes decoded.
	String string
	// Symbol is @name, or @a::@b as "a::b".
	Symbol string
	// TypeAttr is a type in the place of an attribute.
	TypeAttr struct{ Type Type }
	// Array is [a, b].
	Array []Attr
	// IntArray is array<i64: 1, 2>, and array<i1: true, false> as 1 and 0.
	IntArray struct {
		Elem   Elem
		Values []int64
	}
	// FloatArray is array<f32: 1.0>.
	FloatArray struct {
		Elem   Elem
		Values []float64
	}
	// Dict is {a = 1, b}.
	Dict Attrs
	// Dense is dense<...> : type.
	Dense struct {
		Type *TensorType
		// Value has the type's shape, or rank 0 if Splat, which types of one element never are. Elements of type index are Int64. It is
		// nil for other element types that have no DType; see Text.
		Value *tensor.Tensor
		Splat bool
		Text  string // what stood between < and >, only where Value is nil
	}
	// Enum is #stablehlo<comparison_direction LT>: Name "stablehlo.comparison_direction", Value "LT".
	Enum struct{ Name, Value string }
	// Struct is #stablehlo.gather<offset_dims = [0], index_vector_dim = 1>: Name "stablehlo.gather". Fields that are lists of integers
	// are Array of Int; see Ints.
	Struct struct {
		Name   string
		Fields Attrs
	}
	// Raw is the text of any other attribute.
	Raw string
)

func (*TensorType) isType() {}
func (ScalarType) isType()  {}
func (TokenType) isType()   {}
func (*TupleType) isType()  {}
func (*FuncType) isType()   {}
func (RawType) isType()     {}

func (Unit) isAttr()        {}
func (Bool) isAttr()        {}
func (Int) isAttr()         {}
func (Float) isAttr()       {}
func (String) isAttr()      {}
func (Symbol) isAttr()      {}
func (TypeAttr) isAttr()    {}
func (Array) isAttr()       {}
func (*IntArray) isAttr()   {}
func (*FloatArray) isAttr() {}
func (Dict) isAttr()        {}
func (*Dense) isAttr()      {}
func (Enum) isAttr()        {}
func (*Struct) isAttr()     {}
func (Raw) isAttr()         {}

// Ints returns the integers of an IntArray, of an Array of Int (or Bool), of a Dense with integer elements (in row-major order, a
// splat repeated), or of one Int; false for anything else.
func Ints(a Attr) ([]int64, bool) {
	switch a := a.(type) {
	case *IntArray:
		return a.Values, true
	case Int:
		return []int64{a.Value}, true
	case Array:
		out := make([]int64, len(a))
		for i, e := range a {
			switch e := e.(type) {
			case Int:
				out[i] = e.Value
			case Bool:
				if e {
					out[i] = 1
				}
			default:
				return nil, false
			}
		}
		return out, true
	case *Dense:
		return a.ints()
	}
	return nil, false
}

func (d *Dense) ints() ([]int64, bool) {
	if d.Value == nil || !(dtype.Ints | dtype.Bools).Has(d.Value.DType()) {
		return nil, false
	}
	vals := d.Value.Int64s()
	if !d.Splat {
		return vals, true
	}
	n, err := tensor.Size(d.Type.Shape)
	if err != nil || n > maxSplatInts {
		return nil, false
	}
	out := make([]int64, n)
	for i := range out {
		out[i] = vals[0]
	}
	return out, true
}

// maxSplatInts bounds what Ints repeats: lists of axes and paddings are short.
const maxSplatInts = 1 << 16

// Equal reports whether two types say the same.
func Equal(a, b Type) bool { return a == b || a != nil && b != nil && a.String() == b.String() }
