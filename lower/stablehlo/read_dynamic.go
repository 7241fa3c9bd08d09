package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// dynamicRules are the operations whose attributes are operands: read where these are computed from constants, and results are static.
var dynamicRules = map[string]readRule{
	"stablehlo.dynamic_broadcast_in_dim": func(s *site) []*ir.Value {
		s.operands(2)
		return one(s.broadcast(s.in[0], s.ints("broadcast_dimensions"), s.constantShape(1)))
	},
	"stablehlo.dynamic_conv":       readDynamicConv,
	"stablehlo.dynamic_gather":     readDynamicGather,
	"stablehlo.dynamic_iota":       readDynamicIota,
	"stablehlo.dynamic_pad":        readDynamicPad,
	"stablehlo.real_dynamic_slice": readDynamicSliceOf,
	"stablehlo.dynamic_reshape": func(s *site) []*ir.Value {
		s.operands(2)
		return one(op.Reshape(s.b, s.in[0], s.constantShape(1)))
	},
	"stablehlo.get_dimension_size": readDimensionSize,
}

// constantInts evaluates operand i, a vector of integers.
func (s *site) constantInts(i int) []int {
	v := s.in[i]
	if !v.Type.DType.IsInt() || v.Type.Rank() > 1 {
		s.fail(fmt.Sprintf("operand %d", i), v.Type.String(), "a vector of integers")
	}
	t := s.evaluate(v)
	if t == nil {
		s.unsupported(fmt.Sprintf("operand %d that is not constant", i))
	}
	out := make([]int, t.Size())
	for k, n := range t.Int64s() {
		out[k] = int(n)
	}
	return out
}

// constantShape evaluates operand i, the shape of the result.
func (s *site) constantShape(i int) []int {
	shape := s.constantInts(i)
	if declared := s.declared(0).Shape; !slices.Equal(shape, declared) {
		s.fail(fmt.Sprintf("operand %d", i), fmt.Sprint(shape), fmt.Sprintf("%v, the shape of the result", declared))
	}
	return shape
}

// maxConstant bounds the arrays that are computed while reading: shapes and the like.
const maxConstant = 1024

// evaluate computes a value that depends on constants alone, or returns nil.
func (s *site) evaluate(v *ir.Value) *tensor.Tensor {
	return evaluator{}.value(v, 0)
}

// evaluator remembers what was computed: expressions share parts.
type evaluator map[*ir.Value]*tensor.Tensor

func (e evaluator) value(v *ir.Value, depth int) *tensor.Tensor {
	if t := constOf(v); t != nil {
		return t
	}
	if t, ok := e[v]; ok {
		return t
	}
	e[v] = nil
	n := v.Node
	if n == nil || depth > maxDepth || len(n.Regions) > 0 || n.HasEffect() || v.Type.Size() > maxConstant {
		return nil
	}
	in := make([]*tensor.Tensor, len(n.Inputs))
	for i, x := range n.Inputs {
		if in[i] = e.value(x, depth+1); in[i] == nil {
			return nil
		}
	}
	out, err := n.Row().Eval(&ir.Eval{Step: -1}, n, in)
	if err != nil {
		return nil
	}
	e[v] = out[v.Index]
	return e[v]
}

func readDynamicConv(s *site) []*ir.Value {
	s.operands(3)
	a, ok := s.convAttrs()
	if !ok {
		s.fail("operands", s.in[0].Type.String()+" and "+s.in[1].Type.String(), "arrays of the rank that dimension_numbers describe")
	}
	n := len(a.InputSpatial)
	if t := s.in[2].Type; !slices.Equal(t.Shape, []int{n, 2}) || !t.DType.IsInt() {
		s.fail("operand 2", t.String(), fmt.Sprintf("integers [%d,2]", n))
	}
	padding := s.evaluate(s.in[2])
	if padding == nil {
		s.unsupported("a padding that is not constant")
	}
	for i, v := range padding.Int64s() {
		if i%2 == 0 {
			a.PadLow = append(a.PadLow, int(v))
		} else {
			a.PadHigh = append(a.PadHigh, int(v))
		}
	}
	return one(s.convolve(a))
}

func readDynamicGather(s *site) []*ir.Value {
	s.operands(3)
	return one(s.gather(s.constantInts(2)))
}

func readDynamicIota(s *site) []*ir.Value {
	s.operands(1)
	t, dim, shape := s.declared(0), s.int("iota_dimension"), s.constantShape(0)
	if dim < 0 || dim >= len(shape) {
		s.fail("iota_dimension", fmt.Sprint(dim), fmt.Sprintf("a dimension of %v", shape))
	}
	return one(op.Iota(s.b, t.DType, shape, dim))
}

func readDynamicPad(s *site) []*ir.Value {
	s.operands(5)
	return one(op.Pad(s.b, s.in[0], s.in[1], s.constantInts(2), s.constantInts(3), s.constantInts(4)))
}

func readDynamicSliceOf(s *site) []*ir.Value {
	s.operands(4)
	return one(op.Slice(s.b, s.in[0], s.constantInts(1), s.constantInts(2), s.constantInts(3)))
}

func readDimensionSize(s *site) []*ir.Value {
	s.operands(1)
	t, d := s.in[0].Type, s.int("dimension")
	if d < 0 || d >= t.Rank() {
		s.fail("dimension", fmt.Sprint(d), fmt.Sprintf("a dimension of %s", t))
	}
	return one(op.ScalarInt(s.b, dtype.Int32, int64(t.Shape[d])))
}
