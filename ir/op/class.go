package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// unaryRow is an elementwise primitive of one operand whose result has the operand's type. It is described by scalar functions, one for
// each family of element types; the families without a function are not accepted. Functions compute in the widest type
// of the family, see numbers.go.
type unaryRow struct {
	id         ir.OpID
	name       string
	hlo        string // StableHLO or CHLO mnemonic
	lo, hi     float64
	noGradient bool

	boolean func(x bool) bool
	bits    func(x uint64, width int) uint64 // integers of either sign, as patterns
	signed  func(x int64) int64
	float   func(x float64) float64
	complex func(z complex128) complex128
}

func (p *unaryRow) accepts() dtype.Set {
	return setIf(p.boolean != nil, dtype.Bools) | setIf(p.bits != nil, dtype.Ints) | setIf(p.signed != nil, dtype.Signed) |
		setIf(p.float != nil, dtype.Floats) | setIf(p.complex != nil, dtype.Complexes)
}

func (p *unaryRow) eval(x *tensor.Tensor) *tensor.Tensor {
	switch t := typeOf(x); {
	case t.DType.IsBool():
		return fromBools(t.Shape, map1(tensor.Flat[bool](x), p.boolean))
	case t.DType.IsInt() && p.bits != nil:
		return fromPatterns(t, map1(patterns(x), func(v uint64) uint64 { return p.bits(v, t.DType.Bits()) }))
	case t.DType.IsSigned():
		return fromInts(t, map1(x.Int64s(), p.signed))
	case t.DType.IsFloat():
		return fromFloats(t, map1(x.Float64s(), p.float))
	default:
		return fromComplexes(t, map1(x.Complex128s(), p.complex))
	}
}

func registerUnary(table ...unaryRow) {
	for _, p := range table {
		ir.Register(ir.Row{
			ID: p.id, Name: p.name, Class: ir.ClassElementwise, Arity: 1,
			Accepts: p.accepts(), Types: sameTypes(p.accepts()), Eval: eval1(p.eval),
			NoGradient: p.noGradient, HLO: p.hlo, Domain: ir.Domain{Lo: p.lo, Hi: p.hi},
			Expand: expansions[p.id].rule, ULP: expansions[p.id].ulp,
			FastExpand: expansions[p.id].fast, FastULP: expansions[p.id].fastULP,
		})
	}
}

// binaryRow is unaryRow for two operands of one type.
type binaryRow struct {
	id          ir.OpID
	name        string
	hlo         string
	lo, hi      float64
	commutative bool
	noGradient  bool
	domain      func(r *ir.Rand, dt dtype.DType, size int) ir.Sample // where two independent samples make no sense

	boolean   func(x, y bool) bool
	bits      func(x, y uint64, width int) uint64
	signed    func(x, y int64) int64
	unsigned  func(x, y uint64) uint64
	float     func(x, y float64) float64
	complex   func(x, y complex128) complex128
	complex64 func(x, y complex64) complex64 // nil: complex, rounded
}

func (p *binaryRow) accepts() dtype.Set {
	return setIf(p.boolean != nil, dtype.Bools) | setIf(p.bits != nil, dtype.Ints) |
		setIf(p.signed != nil, dtype.Signed) | setIf(p.unsigned != nil, dtype.Unsigned) |
		setIf(p.float != nil, dtype.Floats) | setIf(p.complex != nil, dtype.Complexes)
}

func (p *binaryRow) eval(x, y *tensor.Tensor) *tensor.Tensor {
	switch t := typeOf(x); {
	case t.DType.IsBool():
		return fromBools(t.Shape, map2(tensor.Flat[bool](x), tensor.Flat[bool](y), p.boolean))
	case t.DType.IsInt() && p.bits != nil:
		return fromPatterns(t, map2(patterns(x), patterns(y), func(v, w uint64) uint64 { return p.bits(v, w, t.DType.Bits()) }))
	case t.DType.IsSigned():
		return fromInts(t, map2(x.Int64s(), y.Int64s(), p.signed))
	case t.DType.IsUnsigned():
		return fromUints(t, map2(patterns(x), patterns(y), p.unsigned))
	case t.DType.IsFloat():
		return fromFloats(t, map2(x.Float64s(), y.Float64s(), p.float))
	case t.DType == dtype.Complex64 && p.complex64 != nil:
		return tensor.Must(tensor.FromSlice(map2(tensor.Flat[complex64](x), tensor.Flat[complex64](y), p.complex64), t.Shape...))
	default:
		return fromComplexes(t, map2(x.Complex128s(), y.Complex128s(), p.complex))
	}
}

func registerBinary(table ...binaryRow) {
	for _, p := range table {
		ir.Register(ir.Row{
			ID: p.id, Name: p.name, Class: ir.ClassElementwise, Arity: 2,
			Accepts: p.accepts(), Types: sameTypes(p.accepts()), Eval: eval2(p.eval),
			Commutative: p.commutative, NoGradient: p.noGradient, HLO: p.hlo,
			Domain: ir.Domain{Lo: p.lo, Hi: p.hi, Make: p.domain},
			Expand: expansions[p.id].rule, ULP: expansions[p.id].ulp,
			FastExpand: expansions[p.id].fast, FastULP: expansions[p.id].fastULP,
		})
	}
}

func setIf(cond bool, set dtype.Set) dtype.Set {
	if cond {
		return set
	}
	return 0
}

// sameTypes is the type rule of rows whose operands and only result have one type.
func sameTypes(accepts dtype.Set) ir.TypeRule {
	return func(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
		if err := firstError(wantDType(0, in[0], accepts), wantOneType(in)); err != nil {
			return nil, err
		}
		return in[:1:1], nil
	}
}

// eval1 and eval2 adapt functions of operands only.
func eval1(f func(x *tensor.Tensor) *tensor.Tensor) ir.EvalRule {
	return func(_ *ir.Eval, _ *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		return []*tensor.Tensor{f(in[0])}, nil
	}
}

func eval2(f func(x, y *tensor.Tensor) *tensor.Tensor) ir.EvalRule {
	return func(_ *ir.Eval, _ *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		return []*tensor.Tensor{f(in[0], in[1])}, nil
	}
}

// oneType and oneTensor wrap the only result.
func oneType(t ir.Type) ([]ir.Type, error) { return []ir.Type{t}, nil }

func oneTensor(t *tensor.Tensor) ([]*tensor.Tensor, error) { return []*tensor.Tensor{t}, nil }
