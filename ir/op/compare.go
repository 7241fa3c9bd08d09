package op

import (
	"cmp"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Dir is the direction of a comparison.
type Dir string

// The directions.
const (
	DirEq Dir = "eq"
	DirNe Dir = "ne"
	DirLt Dir = "lt"
	DirLe Dir = "le"
	DirGt Dir = "gt"
	DirGe Dir = "ge"
)

// CompareAttrs say how Compare compares. Total is for floats: the total order of IEEE 754, -NaN < -inf < ... < -0 < +0 < ... < NaN;
// without it NaN is unordered (only ne holds) and -0 equals +0.
type CompareAttrs struct {
	Dir   Dir
	Total bool
}

// Compare returns the Bool array of x dir y. Complex numbers have eq and ne only; false is less than true.
func Compare(b *ir.Builder, dir Dir, x, y *ir.Value) *ir.Value {
	return b.Emit1(CompareID, CompareAttrs{Dir: dir}, x, y)
}

// CompareTotal compares floats in their total order.
func CompareTotal(b *ir.Builder, dir Dir, x, y *ir.Value) *ir.Value {
	return b.Emit1(CompareID, CompareAttrs{Dir: dir, Total: true}, x, y)
}

// Eq returns x == y.
func Eq(b *ir.Builder, x, y *ir.Value) *ir.Value { return Compare(b, DirEq, x, y) }

// Ne returns x != y.
func Ne(b *ir.Builder, x, y *ir.Value) *ir.Value { return Compare(b, DirNe, x, y) }

// Lt returns x < y.
func Lt(b *ir.Builder, x, y *ir.Value) *ir.Value { return Compare(b, DirLt, x, y) }

// Le returns x <= y.
func Le(b *ir.Builder, x, y *ir.Value) *ir.Value { return Compare(b, DirLe, x, y) }

// Gt returns x > y.
func Gt(b *ir.Builder, x, y *ir.Value) *ir.Value { return Compare(b, DirGt, x, y) }

// Ge returns x >= y.
func Ge(b *ir.Builder, x, y *ir.Value) *ir.Value { return Compare(b, DirGe, x, y) }

// Select returns yes where pred (Bool, of the same shape) is true, else no.
func Select(b *ir.Builder, pred, yes, no *ir.Value) *ir.Value {
	return b.Emit1(SelectID, nil, pred, yes, no)
}

func init() {
	ir.Register(ir.Row{
		ID: CompareID, Name: "compare", Class: ir.ClassElementwise, Arity: 2, Attrs: CompareAttrs{}, NoGradient: true,
		Accepts: dtype.Any, Types: compareType, Eval: evalCompare, Domain: ir.Domain{Make: sampleCompare},
	})
	ir.Register(ir.Row{
		ID: SelectID, Name: "select", Class: ir.ClassElementwise, Arity: 3, HLO: "stablehlo.select",
		Accepts: dtype.Any, Types: selectType, Eval: evalSelect, Domain: ir.Domain{Make: sampleSelect},
	})
}

var directions = []Dir{DirEq, DirNe, DirLt, DirLe, DirGt, DirGe}

// holds tells whether a comparison with this sign (-1, 0, 1) satisfies the direction.
func (d Dir) holds(sign int) bool {
	switch d {
	case DirEq:
		return sign == 0
	case DirNe:
		return sign != 0
	case DirLt:
		return sign < 0
	case DirLe:
		return sign <= 0
	case DirGt:
		return sign > 0
	default:
		return sign >= 0
	}
}

func compareType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, t := attrs.(CompareAttrs), in[0]
	if err := firstError(wantDType(0, t, dtype.Any), wantOneType(in)); err != nil {
		return nil, err
	}
	switch a.Dir {
	case DirEq, DirNe:
	case DirLt, DirLe, DirGt, DirGe:
		if t.DType.IsComplex() {
			return nil, ir.Mismatch("dir", string(a.Dir), "eq or ne for complex numbers, which have no order")
		}
	default:
		return nil, ir.Mismatch("dir", string(a.Dir), "eq, ne, lt, le, gt or ge")
	}
	if a.Total && !t.DType.IsFloat() {
		return nil, ir.Mismatch("total", "true with "+t.String(), "floats")
	}
	return oneType(t.WithDType(dtype.Bool))
}

func evalCompare(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a, x, y := n.Attrs.(CompareAttrs), in[0], in[1]
	return oneTensor(fromBools(x.Shape(), compareElements(a, x, y)))
}

func compareElements(a CompareAttrs, x, y *tensor.Tensor) []bool {
	switch dt := x.DType(); {
	case dt.IsComplex():
		return map2(x.Complex128s(), y.Complex128s(), func(v, w complex128) bool { return (v == w) == (a.Dir == DirEq) })
	case dt.IsFloat() && !a.Total:
		return map2(x.Float64s(), y.Float64s(), func(v, w float64) bool {
			if v != v || w != w {
				return a.Dir == DirNe
			}
			return a.Dir.holds(cmp.Compare(v, w))
		})
	default:
		return map2(orderKeys(x), orderKeys(y), func(v, w uint64) bool { return a.Dir.holds(cmp.Compare(v, w)) })
	}
}

func selectType(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if err := firstError(wantDType(1, in[1], dtype.Any), wantType(2, in[2], in[1]), wantType(0, in[0], in[1].WithDType(dtype.Bool))); err != nil {
		return nil, err
	}
	return oneType(in[1])
}

func evalSelect(_ *ir.Eval, _ *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	pred, out := tensor.Flat[bool](in[0]), in[2].Clone()
	size := out.DType().Size()
	for i, yes := range pred {
		if yes {
			copy(out.Bytes()[i*size:(i+1)*size], in[1].Bytes()[i*size:])
		}
	}
	return oneTensor(out)
}

func sampleCompare(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, size)
	a := CompareAttrs{Dir: directions[r.IntN(len(directions))], Total: dt.IsFloat() && r.IntN(4) == 0}
	if dt.IsComplex() {
		a.Dir = directions[r.IntN(2)]
	}
	x, y := RandomTensor(r, dt, 0, 0, shape...), RandomTensor(r, dt, 0, 0, shape...)
	size = dt.Size()
	for i := range x.Size() { // make every third pair equal
		if i%3 == 0 {
			copy(y.Bytes()[i*size:(i+1)*size], x.Bytes()[i*size:])
		}
	}
	return ir.Sample{Attrs: a, Inputs: []*tensor.Tensor{x, y}}
}

func sampleSelect(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, size)
	return ir.Sample{Inputs: []*tensor.Tensor{
		RandomTensor(r, dtype.Bool, 0, 0, shape...), RandomTensor(r, dt, 0, 0, shape...), RandomTensor(r, dt, 0, 0, shape...),
	}}
}
