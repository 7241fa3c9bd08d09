package stablehlo

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// chloRules are the operations of the CHLO dialect that no row stands for.
var chloRules = map[string]readRule{
	"chlo.tan": elementwiseRow(op.TanID.Row()),
	"chlo.conj": func(s *site) []*ir.Value {
		s.operands(1)
		if s.in[0].Type.DType.IsFloat() { // of real numbers: themselves
			return s.in
		}
		return one(op.Conj(s.b, s.in[0]))
	},
	"chlo.square": func(s *site) []*ir.Value {
		s.operands(1)
		return one(op.Square(s.b, s.in[0]))
	},
	"chlo.is_inf":        readInfinite(0),
	"chlo.is_pos_inf":    readInfinite(1),
	"chlo.is_neg_inf":    readInfinite(-1),
	"chlo.constant":      readConstant,
	"chlo.constant_like": readConstantLike,
	"chlo.top_k":         readTopK,
	"chlo.mulhi":         readMulHigh,
	"chlo.scan":          readScan,
	"chlo.ragged_dot":    readRaggedDot,
}

// broadcasting lists the operations with a form chlo.broadcast_NAME that broadcasts its operands.
var broadcasting = map[string]string{
	"add": "", "and": "", "atan2": "", "compare": "", "complex": "", "divide": "", "maximum": "", "minimum": "", "multiply": "",
	"next_after": "chlo.next_after", "or": "", "polygamma": "chlo.polygamma", "power": "", "remainder": "", "shift_left": "",
	"shift_right_arithmetic": "", "shift_right_logical": "", "subtract": "", "xor": "", "zeta": "chlo.zeta",
}

// broadcastRules reads the broadcasting forms by the plain ones.
func broadcastRules() map[string]readRule {
	table := map[string]readRule{"chlo.broadcast_select": readBroadcastSelect}
	for name, plain := range broadcasting {
		if plain == "" {
			plain = "stablehlo." + name
		}
		table["chlo.broadcast_"+name] = readBroadcasting(plain)
	}
	return table
}

// readBroadcasting reads the plain operation on operands that are broadcast to one shape.
func readBroadcasting(plain string) readRule {
	return func(s *site) []*ir.Value {
		s.operands(2)
		x, y := s.in[0], s.in[1]
		small, large := x.Type.Rank(), y.Type.Rank()
		if small > large {
			small, large = large, small
		}
		dims := make([]int, small)
		for i := range dims {
			dims[i] = large - small + i
		}
		if s.has("broadcast_dimensions") {
			dims = s.ints("broadcast_dimensions")
		}
		if len(dims) != small || !slices.IsSorted(dims) || small > 0 && (dims[0] < 0 || dims[small-1] >= large) || len(slices.Compact(slices.Clone(dims))) != small {
			s.fail("broadcast_dimensions", fmt.Sprint(dims), fmt.Sprintf("%d ascending dimensions below %d", small, large))
		}
		own := func(v *ir.Value) []int {
			if v.Type.Rank() == small && small < large {
				return dims
			}
			return identity(v.Type.Rank())
		}
		shape := s.commonShape([][]int{own(x), own(y)}, s.in, large)
		s.in = []*ir.Value{op.Broadcast(s.b, x, own(x), shape), op.Broadcast(s.b, y, own(y), shape)}
		r := readRules[plain]
		if r == nil {
			s.unknown(plain)
		}
		return r(s)
	}
}

func identity(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// commonShape is the shape of a rank that values, whose dimensions lie at dims, are broadcast to.
func (s *site) commonShape(dims [][]int, values []*ir.Value, rank int) []int {
	shape := slices.Repeat([]int{1}, rank)
	for i, v := range values {
		for k, d := range dims[i] {
			switch n := v.Type.Shape[k]; {
			case shape[d] == 1:
				shape[d] = n
			case n != 1 && n != shape[d]:
				s.fail(fmt.Sprintf("operand %d", i), v.Type.String(), fmt.Sprintf("extent 1 or %d on dimension %d", shape[d], k))
			}
		}
	}
	return shape
}

// readBroadcastSelect aligns the last dimensions of three operands.
func readBroadcastSelect(s *site) []*ir.Value {
	s.operands(3)
	rank := 0
	for _, v := range s.in {
		rank = max(rank, v.Type.Rank())
	}
	dims := make([][]int, len(s.in))
	for i, v := range s.in {
		for k := range v.Type.Rank() {
			dims[i] = append(dims[i], rank-v.Type.Rank()+k)
		}
	}
	shape := s.commonShape(dims, s.in, rank)
	for i, v := range s.in {
		s.in[i] = op.Broadcast(s.b, v, dims[i], shape)
	}
	return one(op.Select(s.b, s.in[0], s.in[1], s.in[2]))
}

// readComposed reads an operation of two operands that is composed of rows.
func readComposed(compose func(b *ir.Builder, x, y *ir.Value) *ir.Value) readRule {
	return func(s *site) []*ir.Value {
		s.operands(2)
		if s.in[0].Type.DType != s.in[1].Type.DType {
			s.fail("operand 1", s.in[1].Type.String(), s.in[0].Type.String())
		}
		return one(compose(s.b, s.in[0], s.in[1]))
	}
}

// readInfinite asks for infinities of a sign, 0 for both.
func readInfinite(sign int) readRule {
	return func(s *site) []*ir.Value {
		s.operands(1)
		x := s.in[0]
		if !dtype.Floats.Has(x.Type.DType) {
			s.fail("operand 0", x.Type.String(), "floats")
		}
		if sign == 0 {
			return one(op.Eq(s.b, op.Abs(s.b, x), op.Full(s.b, x.Type, math.Inf(1))))
		}
		return one(op.Eq(s.b, x, op.Full(s.b, x.Type, math.Inf(sign))))
	}
}

// readConstantLike fills the shape of the operand with a number.
func readConstantLike(s *site) []*ir.Value {
	s.operands(1)
	t := s.in[0].Type
	switch a := s.attr("value").(type) {
	case syntax.Int:
		return one(op.Spread(s.b, op.ScalarInt(s.b, t.DType, a.Value), t.Shape))
	case syntax.Float:
		return one(op.Full(s.b, t, a.Value))
	default:
		s.unsupported("value " + strings.TrimSpace(a.String()))
		return nil
	}
}

// readTopK keeps the k largest elements of the last dimension, the largest first and equal ones in their order, with their places.
func readTopK(s *site) []*ir.Value {
	s.operands(1)
	values, indices := op.TopK(s.b, s.in[0], s.int("k"))
	return []*ir.Value{values, indices}
}

// readMulHigh returns the upper half of the product in twice the width.
func readMulHigh(s *site) []*ir.Value {
	s.operands(2)
	if t := s.in[0].Type; !t.DType.IsInt() {
		s.fail("operand 0", t.String(), "integers")
	}
	return readComposed(op.MulHigh)(s)
}
