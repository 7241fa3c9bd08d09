package stablehlo

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// normRules are the batch normalisations, written out as the specification does.
var normRules = map[string]readRule{
	"stablehlo.batch_norm_inference": readNormInference,
	"stablehlo.batch_norm_training":  readNormTraining,
	"stablehlo.batch_norm_grad":      readNormGrad,
}

// norm is what the three have in common: an operand with a dimension of features, and numbers for each feature.
type norm struct {
	s       *site
	x       *ir.Value
	feature int
	others  []int // the dimensions that statistics are taken over
	epsilon float64
}

// norm checks the operands: features of them are vectors with one number for each feature, behind the operand.
func (s *site) norm(operands, features int) *norm {
	s.operands(operands)
	s.attr("epsilon")
	n := &norm{s: s, x: s.in[0], feature: s.int("feature_index"), epsilon: s.attrs().float("epsilon", 0)}
	t := n.x.Type
	if !dtype.Floats.Has(t.DType) {
		s.fail("operand 0", t.String(), "floats")
	}
	if n.feature < 0 || n.feature >= t.Rank() {
		s.fail("feature_index", fmt.Sprint(n.feature), fmt.Sprintf("a dimension of %s", t))
	}
	for i := 1; i <= features; i++ {
		if want := ir.T(t.DType, t.Shape[n.feature]); !s.in[i].Type.Equal(want) {
			s.fail(fmt.Sprintf("operand %d", i), s.in[i].Type.String(), want.String())
		}
	}
	for d := range t.Rank() {
		if d != n.feature {
			n.others = append(n.others, d)
		}
	}
	return n
}

// spread gives each element the number of its feature.
func (n *norm) spread(v *ir.Value) *ir.Value {
	return op.Broadcast(n.s.b, v, []int{n.feature}, n.x.Type.Shape)
}

// mean is taken over all elements of a feature.
func (n *norm) mean(v *ir.Value) *ir.Value {
	sum := op.ReduceSum(n.s.b, v, n.others...)
	size := float64(n.x.Type.Size()) / float64(max(n.x.Type.Shape[n.feature], 1))
	return op.Div(n.s.b, sum, op.Full(n.s.b, sum.Type, size))
}

// deviation is the square root of variance + epsilon.
func (n *norm) deviation(variance *ir.Value) *ir.Value {
	return op.Sqrt(n.s.b, op.Add(n.s.b, variance, op.Full(n.s.b, variance.Type, n.epsilon)))
}

// apply returns scale (x - mean) / deviation + offset.
func (n *norm) apply(scale, offset, mean, variance *ir.Value) *ir.Value {
	b := n.s.b
	normal := op.Div(b, op.Sub(b, n.x, n.spread(mean)), n.spread(n.deviation(variance)))
	return op.Add(b, op.Mul(b, n.spread(scale), normal), n.spread(offset))
}

func readNormInference(s *site) []*ir.Value {
	n := s.norm(5, 4)
	return one(n.apply(s.in[1], s.in[2], s.in[3], s.in[4]))
}

func readNormTraining(s *site) []*ir.Value {
	n := s.norm(3, 2)
	mean := n.mean(n.x)
	centered := op.Sub(s.b, n.x, n.spread(mean))
	variance := n.mean(op.Mul(s.b, centered, centered))
	return []*ir.Value{n.apply(s.in[1], s.in[2], mean, variance), mean, variance}
}

// readNormGrad returns the gradients of training with respect to operand, scale and offset.
func readNormGrad(s *site) []*ir.Value {
	n := s.norm(5, 3)
	b, scale, mean, variance, ct := s.b, s.in[1], s.in[2], s.in[3], s.in[4]
	if !ct.Type.Equal(n.x.Type) {
		s.fail("operand 4", ct.Type.String(), n.x.Type.String())
	}
	deviation := n.spread(n.deviation(variance))
	normal := op.Div(b, op.Sub(b, n.x, n.spread(mean)), deviation)
	gradScale := op.ReduceSum(b, op.Mul(b, ct, normal), n.others...)
	gradOffset := op.ReduceSum(b, ct, n.others...)
	// The part of ct that neither the mean nor the deviation takes up.
	rest := op.Sub(b, op.Sub(b, ct, n.spread(n.mean(ct))), op.Mul(b, normal, n.spread(n.mean(op.Mul(b, ct, normal)))))
	gradOperand := op.Mul(b, op.Div(b, n.spread(scale), deviation), rest)
	return []*ir.Value{gradOperand, gradScale, gradOffset}
}
