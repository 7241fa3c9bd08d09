package op

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func init() {
	ir.Register(ir.Row{ID: DotID, Name: "dot", Class: ir.ClassContract, Arity: 2, Attrs: DotAttrs{}, Accepts: dtype.Numeric,
		HLO: "stablehlo.dot_general", Types: dotTypes, Eval: dotEval, Domain: ir.Domain{Make: dotSample}})
}

// DotAttrs pair dimensions of the two operands, as StableHLO's dot_general: LhsBatch[i] runs along RhsBatch[i] and stays,
// LhsContract[i] runs along RhsContract[i] and is summed over. The result has the batch dimensions in the order of the list, then
// the other dimensions of lhs, then those of rhs.
type DotAttrs struct {
	LhsBatch    []int
	RhsBatch    []int
	LhsContract []int
	RhsContract []int
}

// Dot is the product of lhs and rhs (one numeric type) summed over the contracted dimensions. Each element starts at zero and
// takes one fused multiply-add a step, in row-major order over LhsContract as listed. f16 and bf16 accumulate in f32 and round
// once; integers wrap; complex numbers take two steps for each part: re += re*re, re += -im*im, im += re*im, im += im*re.
func Dot(b *ir.Builder, lhs, rhs *ir.Value, attrs DotAttrs) *ir.Value {
	return b.Emit1(DotID, attrs, lhs, rhs)
}

// MatMul contracts the last dimension of x with the only or the last but one of y. Both are vectors, matrices, or stacks of
// matrices with equal leading dimensions; a stack goes with a stack only.
func MatMul(b *ir.Builder, x, y *ir.Value) *ir.Value {
	rx, ry := x.Type.Rank(), y.Type.Rank()
	if rx == 0 || ry == 0 || (rx > 2 || ry > 2) && rx != ry {
		err := ir.Mismatch("operands", typeList([]ir.Type{x.Type, y.Type}), "vectors, matrices, or two stacks of matrices of equal rank")
		err.Op = "matmul"
		if b.Locate != nil {
			err.Pos = b.Locate()
		}
		panic(err)
	}
	attrs := DotAttrs{LhsContract: []int{rx - 1}, RhsContract: []int{max(ry-2, 0)}}
	for d := range max(rx-2, 0) {
		attrs.LhsBatch = append(attrs.LhsBatch, d)
		attrs.RhsBatch = append(attrs.RhsBatch, d)
	}
	return Dot(b, x, y, attrs)
}

func dotTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, lhs, rhs := attrs.(DotAttrs), in[0], in[1]
	if !dtype.Numeric.Has(lhs.DType) {
		return nil, ir.Mismatch("lhs", lhs.String(), "a numeric type")
	}
	if lhs.DType != rhs.DType {
		return nil, ir.Mismatch("rhs", rhs.String(), "elements of type "+lhs.DType.String()+" as in lhs")
	}
	if err := checkPairs("batch", lhs, rhs, a.LhsBatch, a.RhsBatch); err != nil {
		return nil, err
	}
	if err := checkPairs("contract", lhs, rhs, a.LhsContract, a.RhsContract); err != nil {
		return nil, err
	}
	if err := checkDims("lhs dimensions", slices.Concat(a.LhsBatch, a.LhsContract), lhs.Rank()); err != nil {
		return nil, err
	}
	if err := checkDims("rhs dimensions", slices.Concat(a.RhsBatch, a.RhsContract), rhs.Rank()); err != nil {
		return nil, err
	}
	shape := pick(lhs.Shape, a.LhsBatch)
	shape = append(shape, pick(lhs.Shape, otherDims(lhs.Rank(), a.LhsBatch, a.LhsContract))...)
	shape = append(shape, pick(rhs.Shape, otherDims(rhs.Rank(), a.RhsBatch, a.RhsContract))...)
	return oneType(lhs.WithShape(shape...))
}

// checkPairs checks that the lists pair dimensions of equal extent.
func checkPairs(what string, lhs, rhs ir.Type, left, right []int) error {
	if len(left) != len(right) {
		return ir.Mismatch("rhs_"+what, fmt.Sprint(right), fmt.Sprintf("%d dimensions as in lhs_%s", len(left), what))
	}
	for i := range left {
		if err := checkDims("lhs_"+what, left[i:i+1], lhs.Rank()); err != nil {
			return err
		}
		if err := checkDims("rhs_"+what, right[i:i+1], rhs.Rank()); err != nil {
			return err
		}
		if m, n := lhs.Shape[left[i]], rhs.Shape[right[i]]; m != n {
			e := ir.Mismatch("rhs", fmt.Sprintf("%s with extent %d on dimension %d", rhs, n, right[i]),
				fmt.Sprintf("%d, the extent of lhs %s on dimension %d", m, lhs, left[i]))
			e.Hint = "transpose or slice one operand"
			return e
		}
	}
	return nil
}

// checkDims refuses dimensions outside of the rank and those listed twice.
func checkDims(arg string, dims []int, rank int) error {
	seen := make([]bool, rank)
	for _, d := range dims {
		if d < 0 || d >= rank {
			return ir.Mismatch(arg, fmt.Sprint(dims), fmt.Sprintf("dimensions from 0 to %d", rank-1))
		}
		if seen[d] {
			return ir.Mismatch(arg, fmt.Sprint(dims), "each dimension once")
		}
		seen[d] = true
	}
	return nil
}

// pick returns the elements of list at positions at.
func pick(list, at []int) []int {
	out := make([]int, len(at))
	for i, k := range at {
		out[i] = list[k]
	}
	return out
}

// otherDims lists the dimensions below rank that stand in none of the lists, ascending.
func otherDims(rank int, lists ...[]int) []int {
	var out []int
	for d := range rank {
		if !slices.ContainsFunc(lists, func(l []int) bool { return slices.Contains(l, d) }) {
			out = append(out, d)
		}
	}
	return out
}

// offsetsAlong lists the positions, relative to the first element, of the elements along some dimensions, row-major.
func offsetsAlong(shape, dims []int) []int {
	var out []int
	strides := pick(tensor.Strides(shape), dims)
	for _, index := range tensor.Indices(pick(shape, dims)) {
		out = append(out, tensor.Offset(index, strides))
	}
	return out
}

// dotPlan holds, for each operand, the positions along batch, own and contracted dimensions; an element's position is a sum of three.
type dotPlan struct {
	lhsBatch, lhsFree, lhsSum []int
	rhsBatch, rhsFree, rhsSum []int
}

func newDotPlan(a DotAttrs, lhs, rhs []int) dotPlan {
	return dotPlan{
		lhsBatch: offsetsAlong(lhs, a.LhsBatch),
		lhsFree:  offsetsAlong(lhs, otherDims(len(lhs), a.LhsBatch, a.LhsContract)),
		lhsSum:   offsetsAlong(lhs, a.LhsContract),
		rhsBatch: offsetsAlong(rhs, a.RhsBatch),
		rhsFree:  offsetsAlong(rhs, otherDims(len(rhs), a.RhsBatch, a.RhsContract)),
		rhsSum:   offsetsAlong(rhs, a.RhsContract),
	}
}

func dotEval(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	t := n.Result().Type
	x, y := in[0], in[1]
	wide := accumulator(t.DType)
	z := zeros(t.WithDType(wide))
	x, y = x.AsType(wide), y.AsType(wide)
	newDotPlan(n.Attrs.(DotAttrs), x.Shape(), y.Shape()).run(mulAdds[wide](x, y, z))
	return oneTensor(z.AsType(t.DType))
}

// accumulator is the type in which sums of products of type dt are formed: f32 for f16 and bf16, else dt.
func accumulator(dt dtype.DType) dtype.DType {
	if dt == dtype.Float16 || dt == dtype.BFloat16 {
		return dtype.Float32
	}
	return dt
}

// run adds up every product: add(i, j, k) multiplies lhs element i by rhs element j and adds to result element k.
func (p dotPlan) run(add func(i, j, k int)) {
	at := 0
	for batch, xb := range p.lhsBatch {
		yb := p.rhsBatch[batch]
		for _, xf := range p.lhsFree {
			for _, yf := range p.rhsFree {
				for k, xk := range p.lhsSum {
					add(xb+xf+xk, yb+yf+p.rhsSum[k], at)
				}
				at++
			}
		}
	}
}

// mulAdds has, for each type of accumulators, the step z[k] = x[i]*y[j] + z[k] of Dot.
var mulAdds = map[dtype.DType]func(x, y, z *tensor.Tensor) func(i, j, k int){
	dtype.Int8:       mulAddWith(mulAddInt[int8]),
	dtype.Int16:      mulAddWith(mulAddInt[int16]),
	dtype.Int32:      mulAddWith(mulAddInt[int32]),
	dtype.Int64:      mulAddWith(mulAddInt[int64]),
	dtype.Uint8:      mulAddWith(mulAddInt[uint8]),
	dtype.Uint16:     mulAddWith(mulAddInt[uint16]),
	dtype.Uint32:     mulAddWith(mulAddInt[uint32]),
	dtype.Uint64:     mulAddWith(mulAddInt[uint64]),
	dtype.Float32:    mulAddWith(dtype.FMA32),
	dtype.Float64:    mulAddWith(dtype.FMA64),
	dtype.Complex64:  mulAddWith(mulAddComplex64),
	dtype.Complex128: mulAddWith(mulAddComplex128),
}

func mulAddWith[T dtype.Element](mulAdd func(x, y, acc T) T) func(x, y, z *tensor.Tensor) func(i, j, k int) {
	return func(xt, yt, zt *tensor.Tensor) func(i, j, k int) {
		x, y, z := tensor.Flat[T](xt), tensor.Flat[T](yt), tensor.Flat[T](zt)
		return func(i, j, k int) { z[k] = mulAdd(x[i], y[j], z[k]) }
	}
}

func mulAddInt[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](x, y, acc T) T {
	return acc + x*y
}

func mulAddComplex64(x, y, acc complex64) complex64 {
	re := dtype.FMA32(-imag(x), imag(y), dtype.FMA32(real(x), real(y), real(acc)))
	im := dtype.FMA32(imag(x), real(y), dtype.FMA32(real(x), imag(y), imag(acc)))
	return complex(re, im)
}

func mulAddComplex128(x, y, acc complex128) complex128 {
	re := dtype.FMA64(-imag(x), imag(y), dtype.FMA64(real(x), real(y), real(acc)))
	im := dtype.FMA64(imag(x), real(y), dtype.FMA64(real(x), imag(y), imag(acc)))
	return complex(re, im)
}

// dotSample has two batch, two contracted and up to two free dimensions in shuffled places.
func dotSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	batch, sum := []int{1 + r.IntN(2), size}, []int{size, 2}
	lhs, la := shuffledDims(r, batch, sum, r.IntN(3), size)
	rhs, ra := shuffledDims(r, batch, sum, r.IntN(3), size)
	attrs := DotAttrs{LhsBatch: la[:2], LhsContract: la[2:4], RhsBatch: ra[:2], RhsContract: ra[2:4]}
	return ir.Sample{Attrs: attrs, Inputs: []*tensor.Tensor{sampleTensor(r, dt, lhs...), sampleTensor(r, dt, rhs...)}}
}

// shuffledDims puts the dimensions batch, sum and free more of the given extent in random order; at[i] says where dimension i went.
func shuffledDims(r *ir.Rand, batch, sum []int, free, extent int) (shape, at []int) {
	dims := slices.Concat(batch, sum, slices.Repeat([]int{extent}, free))
	at = r.Perm(len(dims))
	shape = make([]int, len(dims))
	for i, d := range dims {
		shape[at[i]] = d
	}
	return shape, at
}
