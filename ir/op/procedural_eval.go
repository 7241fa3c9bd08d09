package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Evaluation of the procedural rows: each goes through ProcAttrs.Row, the definition of the matrix.

func seedOf(t *tensor.Tensor) [2]uint32 { return [2]uint32(tensor.Flat[uint32](t)) }

// procWeight returns the weight of a synapse from the number drawn for it.
func procWeight[T working](weights *tensor.Tensor) func(v float32) T {
	w := numbers[T](weights)
	if len(w) == 1 {
		return func(float32) T { return w[0] }
	}
	fma := fused[T]()
	return func(v float32) T { return fma(w[1], T(v), w[0]) }
}

func eventProc[T working](n *ir.Node, in []*tensor.Tensor) (*tensor.Tensor, error) {
	a, seed := n.Attrs.(ProcAttrs), seedOf(in[2])
	out := in[0].AsType(dtype.Of[T]()).Clone()
	acc, weight := tensor.Flat[T](out), procWeight[T](in[3])
	for r, event := range numbers[T](in[1]) {
		if event == 0 {
			continue
		}
		for column, v := range a.Row(seed, r) {
			acc[column] += T(weight(v) * event)
		}
	}
	return out, nil
}

// rowSum adds weight*x over row r: lane by lane, then the lanes.
func rowSum[T working](a ProcAttrs, seed [2]uint32, r int, x []T, weight func(v float32) T) T {
	var lane [lanes]T
	fma := fused[T]()
	for column, v := range a.Row(seed, r) {
		j := column / a.Stripe()
		lane[j] = fma(weight(v), x[column], lane[j])
	}
	return sumLanes(lane)
}

func procGather[T working](n *ir.Node, in []*tensor.Tensor) (*tensor.Tensor, error) {
	a, seed := n.Attrs.(ProcAttrs), seedOf(in[1])
	x, weight := numbers[T](in[0]), procWeight[T](in[2])
	y := make([]T, a.Pre)
	for r := range y {
		y[r] = rowSum(a, seed, r, x, weight)
	}
	return tensor.FromSlice(y, a.Pre)
}

func procOuter[T working](n *ir.Node, in []*tensor.Tensor) (*tensor.Tensor, error) {
	a, seed := n.Attrs.(ProcAttrs), seedOf(in[2])
	x, fma := numbers[T](in[1]), fused[T]()
	basis := []func(v float32) T{func(float32) T { return 1 }, func(v float32) T { return T(v) }}
	shape := n.Result().Type.Shape
	sums := make([]T, ir.T(0, shape...).Size())
	for r, event := range numbers[T](in[0]) {
		if event == 0 {
			continue
		}
		for i := range sums {
			sums[i] = fma(event, rowSum(a, seed, r, x, basis[i]), sums[i])
		}
	}
	return tensor.FromSlice(sums, shape...)
}
