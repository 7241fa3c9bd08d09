package stablehlo

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// philox is Philox4x32 with ten rounds in counter mode (Salmon et al., SC 2011): a key of 64 and a counter of 128 bits, scalars ui64.
type philox struct {
	s         *site
	key       *ir.Value
	low, high *ir.Value // the counter
}

// Constants of Philox4x32: what the key grows by from round to round, and the multipliers.
var (
	philoxKeys        = [2]int64{0x9E3779B9, 0xBB67AE85}
	philoxMultipliers = [2]int64{0xD2511F53, 0xCD9E8D57}
)

// bits returns random words of 32 or 64 bits, and how far the counter moves. Each block of 128 bits fills four words, or two.
func (g philox) bits(shape []int, width int) (words *ir.Value, used int) {
	b, size := g.s.b, ir.T(0, shape...).Size()
	perBlock := 128 / width
	used = (size + perBlock - 1) / perBlock
	state := g.blocks(used)
	parts := state[:]
	if width == 64 {
		wide := func(low, high *ir.Value) *ir.Value {
			low, high = op.Convert(b, low, dtype.Uint64), op.Convert(b, high, dtype.Uint64)
			return op.Or(b, low, op.Shl(b, high, op.Full(b, high.Type, 32)))
		}
		parts = []*ir.Value{wide(state[0], state[1]), wide(state[2], state[3])}
	}
	for i, p := range parts {
		parts[i] = op.Reshape(b, p, []int{used, 1})
	}
	words = op.Reshape(b, op.Concatenate(b, 1, parts...), []int{used * perBlock})
	return op.Reshape(b, op.Slice(b, words, []int{0}, []int{size}, nil), shape), used
}

// blocks encrypts counter, counter+1, ...: four arrays of n words.
func (g philox) blocks(n int) [4]*ir.Value {
	b, shape := g.s.b, []int{n}
	low, high := g.advanced(op.Iota(b, dtype.Uint64, shape, 0))
	split := func(x *ir.Value) (*ir.Value, *ir.Value) { return bitGenerator{b: b}.words(x) }
	var state [4]*ir.Value
	state[0], state[1] = split(low)
	state[2], state[3] = split(high)
	k0, k1 := split(op.Spread(b, g.key, shape))
	word := func(v int64) *ir.Value { return op.Spread(b, op.ScalarInt(b, dtype.Uint32, v), shape) }
	for round := range 10 {
		if round > 0 {
			k0, k1 = op.Add(b, k0, word(philoxKeys[0])), op.Add(b, k1, word(philoxKeys[1]))
		}
		low0, high0 := g.product(state[0], philoxMultipliers[0])
		low1, high1 := g.product(state[2], philoxMultipliers[1])
		state = [4]*ir.Value{
			op.Xor(b, op.Xor(b, high1, state[1]), k0), low1,
			op.Xor(b, op.Xor(b, high0, state[3]), k1), low0,
		}
	}
	return state
}

// product returns the two halves of x times a constant.
func (g philox) product(x *ir.Value, factor int64) (low, high *ir.Value) {
	b := g.s.b
	wide := op.Mul(b, op.Convert(b, x, dtype.Uint64), bitGenerator{b: b}.spread(factor, x.Type.Shape))
	return bitGenerator{b: b}.words(wide)
}

// advanced adds steps to the counter, with the carry.
func (g philox) advanced(steps *ir.Value) (low, high *ir.Value) {
	b, shape := g.s.b, steps.Type.Shape
	start := op.Spread(b, g.low, shape)
	low = op.Add(b, start, steps)
	carry := op.Convert(b, op.Lt(b, low, start), dtype.Uint64)
	return low, op.Add(b, op.Spread(b, g.high, shape), carry)
}

// readPhilox reads rng_bit_generator with states of a key and 64 or 128 bits of counter.
func (s *site) readPhilox(out ir.Type) []*ir.Value {
	state := s.in[0]
	n := state.Type.Size()
	g := philox{s: s, key: s.element(state, 0), low: s.element(state, 1)}
	if g.high = g.key; n == 3 { // XLA fills a short counter up with the key
		g.high = s.element(state, 2)
	}
	bits, used := g.bits(out.Shape, max(out.DType.Bits(), 32))
	low, high := g.advanced(op.ScalarInt(s.b, dtype.Uint64, int64(used)))
	next := []*ir.Value{g.key, low, high}[:n]
	for i, v := range next {
		next[i] = op.Reshape(s.b, v, []int{1})
	}
	return []*ir.Value{op.Concatenate(s.b, 0, next...), s.fromBits(bits, out.DType)}
}
