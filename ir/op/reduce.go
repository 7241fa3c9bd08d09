package op

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// ReduceAttrs hold the folded axes, ascending; the result has the other ones. No axes fold nothing.
type ReduceAttrs struct{ Axes []int }

// ArgAttrs hold the searched axis, which the result lacks, and the integer type of the result.
type ArgAttrs struct {
	Axis  int
	DType dtype.DType
}

// ReduceSum adds the elements over axes in the order of the numerical contract; 0 where there are none. 16-bit floats accumulate in f32.
func ReduceSum(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value {
	return reduce(b, ReduceSumID, x, axes)
}

// ReduceProd multiplies the elements over axes in the same tree as ReduceSum; 1 where there are none.
func ReduceProd(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value {
	return reduce(b, ReduceProdID, x, axes)
}

// ReduceMax returns the largest element over axes, NaN if there is one; -inf, the least integer or false where there are none.
func ReduceMax(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value {
	return reduce(b, ReduceMaxID, x, axes)
}

// ReduceMin returns the smallest element over axes, NaN if there is one; +inf, the largest integer or true where there are none.
func ReduceMin(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value {
	return reduce(b, ReduceMinID, x, axes)
}

// ReduceAnd returns the bitwise and over axes, logical for Bool; all bits set where there are no elements.
func ReduceAnd(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value {
	return reduce(b, ReduceAndID, x, axes)
}

// ReduceOr returns the bitwise or over axes, logical for Bool.
func ReduceOr(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value {
	return reduce(b, ReduceOrID, x, axes)
}

// ReduceXor returns the bitwise exclusive or over axes, logical for Bool.
func ReduceXor(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value {
	return reduce(b, ReduceXorID, x, axes)
}

func reduce(b *ir.Builder, id ir.OpID, x *ir.Value, axes []int) *ir.Value {
	return b.Emit1(id, ReduceAttrs{Axes: slices.Sorted(slices.Values(axes))}, x)
}

// ArgMax returns the first index of the largest element along axis, as integers of type dt. NaN counts as largest, and -0 equals +0.
func ArgMax(b *ir.Builder, x *ir.Value, axis int, dt dtype.DType) *ir.Value {
	return b.Emit1(ArgMaxID, ArgAttrs{Axis: axis, DType: dt}, x)
}

// ArgMin returns the first index of the smallest element along axis. NaN counts as smallest, as in NumPy, and -0 equals +0.
func ArgMin(b *ir.Builder, x *ir.Value, axis int, dt dtype.DType) *ir.Value {
	return b.Emit1(ArgMinID, ArgAttrs{Axis: axis, DType: dt}, x)
}

// ordered are the element types with an order.
var ordered = dtype.Real | dtype.Bools

func init() {
	for _, row := range []struct {
		id         ir.OpID
		name       string
		accepts    dtype.Set
		folding    folding
		noGradient bool
	}{
		{ReduceSumID, "reduce_sum", dtype.Numeric, sumFolding, false},
		{ReduceProdID, "reduce_prod", dtype.Numeric, prodFolding, false},
		{ReduceMaxID, "reduce_max", ordered, maxFolding, false},
		{ReduceMinID, "reduce_min", ordered, minFolding, false},
		{ReduceAndID, "reduce_and", dtype.Ints | dtype.Bools, andFolding, true},
		{ReduceOrID, "reduce_or", dtype.Ints | dtype.Bools, orFolding, true},
		{ReduceXorID, "reduce_xor", dtype.Ints | dtype.Bools, xorFolding, true},
	} {
		ir.Register(ir.Row{
			ID: row.id, Name: row.name, Class: ir.ClassReduce, Arity: 1, Attrs: ReduceAttrs{}, NoGradient: row.noGradient,
			Accepts: row.accepts, Types: reduceType(row.accepts), Eval: evalReduce(row.folding), Domain: ir.Domain{Make: sampleReduce},
		})
	}
	for _, row := range []struct {
		id   ir.OpID
		name string
		sign float64
		best func(b *ir.Builder, x *ir.Value, axes ...int) *ir.Value
	}{
		{ArgMaxID, "argmax", 1, ReduceMax},
		{ArgMinID, "argmin", -1, ReduceMin},
	} {
		ir.Register(ir.Row{
			ID: row.id, Name: row.name, Class: ir.ClassReduce, Arity: 1, Attrs: ArgAttrs{}, NoGradient: true,
			Accepts: ordered, Types: argType, Eval: evalArg(row.sign), Expand: expandArg(row.best), Domain: ir.Domain{Make: sampleArg},
		})
	}
}

func reduceType(accepts dtype.Set) ir.TypeRule {
	return func(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
		a, t := attrs.(ReduceAttrs), in[0]
		if err := firstError(wantDType(0, t, accepts), wantAxes("axes", a.Axes, t.Rank())); err != nil {
			return nil, err
		}
		return oneType(dropAxes(t, a.Axes))
	}
}

// dropAxes returns the type without these axes.
func dropAxes(t ir.Type, axes []int) ir.Type {
	return ir.T(t.DType, pick(t.Shape, otherDims(t.Rank(), axes))...)
}

func evalReduce(f folding) ir.EvalRule {
	return func(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		return oneTensor(f.apply(n.Result().Type, in[0], walkOver(in[0].Shape(), n.Attrs.(ReduceAttrs).Axes)))
	}
}

// walkOver walks over these axes, in row-major order, once for each index of the other axes.
func walkOver(shape, axes []int) walk {
	return walk{firsts: offsetsAlong(shape, otherDims(len(shape), axes)), line: offsetsAlong(shape, axes)}
}

func argType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, t := attrs.(ArgAttrs), in[0]
	if err := firstError(wantDType(0, t, ordered), wantAxis("axis", a.Axis, t.Rank())); err != nil {
		return nil, err
	}
	if !a.DType.IsInt() {
		return nil, ir.Mismatch("dtype", a.DType.String(), describe(dtype.Ints))
	}
	extent := t.Shape[a.Axis]
	if extent == 0 {
		return nil, ir.Mismatch(operand(0), t.String(), fmt.Sprintf("at least one element on axis %d", a.Axis))
	}
	bits := a.DType.Bits()
	if a.DType.IsSigned() {
		bits--
	}
	if uint64(extent-1)>>min(bits, 63) != 0 {
		return nil, ir.Mismatch("dtype", a.DType.String(), fmt.Sprintf("an integer type that holds %d", extent-1))
	}
	return oneType(dropAxes(t.WithDType(a.DType), []int{a.Axis}))
}

// evalArg finds the first largest element of each line, or for sign -1 the first smallest.
func evalArg(sign float64) ir.EvalRule {
	return func(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		x, w := in[0], walkOver(in[0].Shape(), []int{n.Attrs.(ArgAttrs).Axis})
		if x.DType().IsFloat() {
			values := x.Float64s()
			return oneTensor(fromInts(n.Result().Type, w.best(func(i, j int) bool {
				v, u := values[i], values[j]
				return u == u && (v != v || sign*v > sign*u)
			})))
		}
		keys := orderKeys(x)
		return oneTensor(fromInts(n.Result().Type, w.best(func(i, j int) bool {
			if sign > 0 {
				return keys[i] > keys[j]
			}
			return keys[i] < keys[j]
		})))
	}
}

// best returns, for each line, the index of the first element that no other one beats.
func (w walk) best(beats func(i, j int) bool) []int64 {
	out := make([]int64, len(w.firsts))
	for i, first := range w.firsts {
		best := 0
		for k, offset := range w.line {
			if beats(first+offset, first+w.line[best]) {
				best = k
			}
		}
		out[i] = int64(best)
	}
	return out
}

func sampleReduce(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShape(r, size)
	a := ReduceAttrs{}
	for axis := range shape {
		if r.IntN(2) == 0 {
			a.Axes = append(a.Axes, axis)
		}
	}
	return sampleOf(a, RandomTensor(r, dt, 0, 0, shape...))
}

func sampleArg(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShapeOfRank(r, 1+r.IntN(3), size)
	a := ArgAttrs{Axis: r.IntN(len(shape)), DType: randomDType(r, dtype.SetOf(dtype.Int32, dtype.Int64, dtype.Uint32))}
	shape[a.Axis] = max(shape[a.Axis], 1)
	return sampleOf(a, RandomTensor(r, dt, 0, 0, shape...))
}
