package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// randomRules are the sources of random numbers.
var randomRules = map[string]readRule{
	"stablehlo.rng_bit_generator": readRandomBits,
	"stablehlo.rng":               readRandom,
}

// readRandomBits makes random bits with the generators and in the layouts of XLA, so that the same state gives the same numbers. DEFAULT,
// which each platform may choose, is Philox, as XLA has it on CPUs and GPUs.
func readRandomBits(s *site) []*ir.Value {
	s.operands(1)
	state := s.in[0]
	s.results(2)
	out := s.declared(1)
	if !dtype.Real.Has(out.DType) {
		s.fail("result 1", out.String(), "integers or floats")
	}
	name, words := s.enum("rng_algorithm", ""), 0
	if t := state.Type; t.DType == dtype.Uint64 && t.Rank() == 1 {
		words = t.Shape[0]
	}
	switch {
	case name != "THREE_FRY" && name != "DEFAULT" && name != "PHILOX":
		s.fail("rng_algorithm", name, "DEFAULT, THREE_FRY or PHILOX")
	case words != 2 && (words != 3 || name == "THREE_FRY"):
		s.fail("initial_state", state.Type.String(), "ui64[2], a key and a counter, or for PHILOX ui64[3]")
	case name != "THREE_FRY":
		return s.readPhilox(out)
	}
	g := bitGenerator{b: s.b, key: s.element(state, 0), counter: s.element(state, 1)}
	bits, used := g.bits(out.Shape, out.DType.Bits())
	next := op.Add(s.b, g.counter, op.ScalarInt(s.b, dtype.Uint64, int64(used)))
	newState := op.Concatenate(s.b, 0, op.Reshape(s.b, g.key, []int{1}), op.Reshape(s.b, next, []int{1}))
	return []*ir.Value{newState, s.fromBits(bits, out.DType)}
}

// element returns one element of a vector as a scalar.
func (s *site) element(x *ir.Value, i int) *ir.Value {
	return op.Reshape(s.b, op.Slice(s.b, x, []int{i}, []int{i + 1}, nil), nil)
}

// fromBits reads unsigned integers, whose low bits are those of the type, as that type.
func (s *site) fromBits(bits *ir.Value, dt dtype.DType) *ir.Value {
	unsigned := map[int]dtype.DType{8: dtype.Uint8, 16: dtype.Uint16, 32: dtype.Uint32, 64: dtype.Uint64}[dt.Bits()]
	bits = s.converted(bits, unsigned)
	if unsigned == dt {
		return bits
	}
	return op.Bitcast(s.b, bits, dt)
}

// bitGenerator is Threefry in counter mode: scalars of 64 bits.
type bitGenerator struct {
	b            *ir.Builder
	key, counter *ir.Value
}

// bits returns random words of 32 or 64 bits, and how far the counter moves. Words of 32 bits come in pairs from one block: the two
// halves of a dimension are next to each other.
func (g bitGenerator) bits(shape []int, width int) (words *ir.Value, used int) {
	if width == 64 {
		x0, x1 := g.blocks(shape)
		low, high := op.Convert(g.b, x0, dtype.Uint64), op.Convert(g.b, x1, dtype.Uint64)
		return op.Or(g.b, low, op.Shl(g.b, high, g.spread(32, shape))), ir.T(0, shape...).Size()
	}
	if len(shape) == 0 {
		x0, _ := g.blocks([]int{1})
		return op.Reshape(g.b, x0, nil), 1
	}
	split := splitDim(shape)
	half := slices.Clone(shape)
	half[split] = (shape[split] + 1) / 2
	x0, x1 := g.blocks(half)
	paired := slices.Insert(slices.Clone(half), split+1, 1)
	both := op.Concatenate(g.b, split+1, op.Reshape(g.b, x0, paired), op.Reshape(g.b, x1, paired))
	full := slices.Clone(shape)
	full[split] = 2 * half[split]
	words = op.Reshape(g.b, both, full)
	if !slices.Equal(full, shape) {
		words = op.Slice(g.b, words, make([]int, len(shape)), shape, nil)
	}
	return words, ir.T(0, half...).Size()
}

// splitDim is the first even dimension, or the largest one.
func splitDim(shape []int) int {
	for d, n := range shape {
		if n%2 == 0 {
			return d
		}
	}
	return slices.Index(shape, slices.Max(shape))
}

// blocks encrypts counter, counter+1, ... in row-major order.
func (g bitGenerator) blocks(shape []int) (x0, x1 *ir.Value) {
	size := ir.T(0, shape...).Size()
	index := op.Reshape(g.b, op.Iota(g.b, dtype.Uint64, []int{size}, 0), shape)
	at := op.Add(g.b, op.Spread(g.b, g.counter, shape), index)
	k0, k1 := g.words(op.Spread(g.b, g.key, shape))
	c0, c1 := g.words(at)
	return op.Threefry2x32(g.b, k0, k1, c0, c1)
}

// words returns the low and the high half of 64 bits.
func (g bitGenerator) words(x *ir.Value) (low, high *ir.Value) {
	return op.Convert(g.b, x, dtype.Uint32), op.Convert(g.b, op.Shr(g.b, x, g.spread(32, x.Type.Shape)), dtype.Uint32)
}

func (g bitGenerator) spread(v int64, shape []int) *ir.Value {
	return op.Spread(g.b, op.ScalarInt(g.b, dtype.Uint64, v), shape)
}

// readRandom reads the old source of random numbers without a state. Each operation of a program draws numbers of its own, the same ones
// in every run: Threefry with the place of the operation in the text as its key.
func readRandom(s *site) []*ir.Value {
	s.operands(3)
	t := s.declared(0)
	lo, hi := s.in[0], s.in[1]
	for i, v := range s.in[:2] {
		if want := ir.T(t.DType); !v.Type.Equal(want) {
			s.fail(fmt.Sprintf("operand %d", i), v.Type.String(), want.String())
		}
	}
	if shape := s.constantInts(2); !slices.Equal(shape, t.Shape) {
		s.fail("shape", fmt.Sprint(shape), fmt.Sprintf("%v, the shape of the result", t.Shape))
	}
	place := int64(s.text.Pos.Line)<<32 | int64(s.text.Pos.Col)
	g := bitGenerator{s.b, op.ScalarInt(s.b, dtype.Uint64, place), op.ScalarInt(s.b, dtype.Uint64, 0)}
	switch name := s.enum("rng_distribution", ""); {
	case name == "NORMAL" && t.DType.IsFloat():
		return one(s.affine(s.normal(g, t), lo, hi))
	case name == "UNIFORM" && t.DType.IsFloat():
		return one(s.affine(s.uniform(g, t), lo, op.Sub(s.b, hi, lo)))
	case name == "UNIFORM" && (t.DType.IsInt() || t.DType.IsBool()):
		return one(s.uniformInts(g, t, lo, hi))
	default:
		s.fail("rng_distribution", name+" of "+t.String(), "UNIFORM, or NORMAL of floats")
		return nil
	}
}

// affine returns x scale + shift, with scalars.
func (s *site) affine(x, shift, scale *ir.Value) *ir.Value {
	shape := x.Type.Shape
	return op.Add(s.b, op.Mul(s.b, x, op.Spread(s.b, scale, shape)), op.Spread(s.b, shift, shape))
}

// uniform draws from [0, 1): as many bits as the mantissa holds, scaled.
func (s *site) uniform(g bitGenerator, t ir.Type) *ir.Value {
	mantissa := floatLayouts[t.DType].mantissa + 1
	width := max(32, t.DType.Bits())
	bits, _ := g.bits(t.Shape, width)
	bits = op.Shr(s.b, bits, op.Spread(s.b, op.ScalarInt(s.b, bits.Type.DType, int64(width-mantissa)), t.Shape))
	return op.Mul(s.b, op.Convert(s.b, bits, t.DType), op.Full(s.b, t, 1/float64(uint64(1)<<mantissa)))
}

// normal inverts the distribution: sqrt(2) erfinv(2u - 1), with u moved off 0.
func (s *site) normal(g bitGenerator, t ir.Type) *ir.Value {
	layout := floatLayouts[t.DType]
	u := op.Add(s.b, s.uniform(g, t), op.Full(s.b, t, 0.5/float64(uint64(1)<<(layout.mantissa+1))))
	centered := op.Sub(s.b, op.Add(s.b, u, u), op.Full(s.b, t, 1))
	return op.Mul(s.b, op.Full(s.b, t, 1.4142135623730951), op.ErfInv(s.b, centered))
}

// uniformInts draws from [lo, hi) by the remainder of 64 bits.
func (s *site) uniformInts(g bitGenerator, t ir.Type, lo, hi *ir.Value) *ir.Value {
	bits, _ := g.bits(t.Shape, 64)
	if t.DType.IsBool() {
		return op.Ne(s.b, op.And(s.b, bits, g.spread(1, t.Shape)), g.spread(0, t.Shape))
	}
	span := op.Sub(s.b, op.Convert(s.b, hi, dtype.Uint64), op.Convert(s.b, lo, dtype.Uint64))
	draw := op.Convert(s.b, op.Rem(s.b, bits, op.Spread(s.b, span, t.Shape)), t.DType)
	return op.Add(s.b, draw, op.Spread(s.b, lo, t.Shape))
}
