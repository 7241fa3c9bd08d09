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
	"chlo.tan":           elementwiseRow(op.TanID.Row()),
	"chlo.square":        readSquare,
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

func readSquare(s *site) []*ir.Value {
	s.operands(1)
	return one(op.Mul(s.b, s.in[0], s.in[0]))
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

// readTopK sorts the last dimension, the largest first and equal ones in their order, and keeps k elements with their places.
func readTopK(s *site) []*ir.Value {
	s.operands(1)
	x, k := s.in[0], s.int("k")
	return s.topK(x, k)
}

func (s *site) topK(x *ir.Value, k int) []*ir.Value {
	rank := x.Type.Rank()
	if rank == 0 {
		s.fail("operand 0", x.Type.String(), "at least one dimension")
	}
	n := x.Type.Shape[rank-1]
	if k < 0 || k > n {
		s.fail("k", fmt.Sprint(k), fmt.Sprintf("at most %d, the last dimension of %s", n, x.Type))
	}
	index := op.Iota(s.b, dtype.Int32, x.Type.Shape, rank-1)
	limit := slices.Clone(x.Type.Shape)
	limit[rank-1] = k
	var out []*ir.Value
	for _, v := range op.Sort(s.b, rank-1, 1, []bool{true}, true, x, index) {
		out = append(out, op.Slice(s.b, v, make([]int, rank), limit, nil))
	}
	return out
}

// readMulHigh returns the upper half of the product in twice the width.
func readMulHigh(s *site) []*ir.Value {
	s.operands(2)
	t := s.in[0].Type
	twice := map[dtype.DType]dtype.DType{
		dtype.Int8: dtype.Int16, dtype.Int16: dtype.Int32, dtype.Int32: dtype.Int64,
		dtype.Uint8: dtype.Uint16, dtype.Uint16: dtype.Uint32, dtype.Uint32: dtype.Uint64,
	}
	if !t.DType.IsInt() {
		s.fail("operand 0", t.String(), "integers")
	}
	wide, ok := twice[t.DType]
	if !ok {
		return one(s.mulHigh64(s.in[0], s.in[1]))
	}
	product := op.Mul(s.b, op.Convert(s.b, s.in[0], wide), op.Convert(s.b, s.in[1], wide))
	high := op.Shr(s.b, product, op.Full(s.b, product.Type, float64(t.DType.Bits())))
	return one(op.Convert(s.b, high, t.DType))
}

// mulHigh64 adds up the products of halves of 32 bits. The upper half of a signed product is that of the unsigned one less each operand
// where the other is negative.
func (s *site) mulHigh64(x, y *ir.Value) *ir.Value {
	if !x.Type.Equal(y.Type) {
		s.fail("operand 1", y.Type.String(), x.Type.String())
	}
	b, t := s.b, x.Type.WithDType(dtype.Uint64)
	unsigned := func(v *ir.Value) *ir.Value { return s.converted(v, dtype.Uint64) }
	shift := op.Full(b, t, 32)
	low := func(v *ir.Value) *ir.Value { return op.And(b, v, op.Full(b, t, math.MaxUint32)) }
	high := func(v *ir.Value) *ir.Value { return op.Shr(b, v, shift) }
	u, v := unsigned(x), unsigned(y)
	mid := op.Add(b, op.Mul(b, high(u), low(v)), high(op.Mul(b, low(u), low(v))))
	cross := op.Add(b, op.Mul(b, low(u), high(v)), low(mid))
	out := op.Add(b, op.Mul(b, high(u), high(v)), op.Add(b, high(mid), high(cross)))
	if x.Type.DType.IsSigned() {
		correct := func(v, other *ir.Value) *ir.Value {
			return unsigned(op.Select(b, op.Lt(b, other, op.ZerosLike(b, other)), v, op.ZerosLike(b, v)))
		}
		out = op.Sub(b, op.Sub(b, out, correct(x, y)), correct(y, x))
	}
	return s.converted(out, x.Type.DType)
}
