package op

import (
	"math/bits"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Threefry2x32 returns the Threefry-2x32 block cipher with 20 rounds, elementwise: key words k0 and k1, counter words c0 and c1, all ui32 of
// one shape (Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011).
func Threefry2x32(b *ir.Builder, k0, k1, c0, c1 *ir.Value) (x0, x1 *ir.Value) {
	out := b.Emit(Threefry2x32ID, nil, nil, k0, k1, c0, c1)
	return out[0], out[1]
}

func init() {
	accepts := dtype.SetOf(dtype.Uint32)
	same := sameTypes(accepts)
	ir.Register(ir.Row{
		ID: Threefry2x32ID, Name: "threefry2x32", Class: ir.ClassElementwise, Arity: 4, NoGradient: true, Accepts: accepts,
		Types: func(in []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
			if _, err := same(in, attrs, regions); err != nil {
				return nil, err
			}
			return []ir.Type{in[0], in[0]}, nil
		},
		Eval: evalThreefry, Expand: expandThreefry,
	})
}

func evalThreefry(_ *ir.Eval, _ *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	out := []*tensor.Tensor{zeros(typeOf(in[0])), zeros(typeOf(in[0]))}
	var word [4][]uint32
	for i, x := range in {
		word[i] = tensor.Flat[uint32](x)
	}
	x0, x1 := tensor.Flat[uint32](out[0]), tensor.Flat[uint32](out[1])
	for i := range x0 {
		x0[i], x1[i] = threefry(word[0][i], word[1][i], word[2][i], word[3][i])
	}
	return out, nil
}

// ThreefryRotations are the distances by which the rounds of Threefry-2x32 rotate, again and again.
var ThreefryRotations = [8]int{13, 15, 26, 6, 17, 29, 16, 24}

// ThreefryParity makes the third word of the key: the exclusive or of the other two and this.
const ThreefryParity = 0x1bd11bda

func threefry(k0, k1, x0, x1 uint32) (uint32, uint32) {
	k2 := k0 ^ k1 ^ ThreefryParity
	r := &ThreefryRotations
	x0, x1 = fourRounds(x0+k0, x1+k1, r[0], r[1], r[2], r[3])
	x0, x1 = fourRounds(x0+k1, x1+k2+1, r[4], r[5], r[6], r[7])
	x0, x1 = fourRounds(x0+k2, x1+k0+2, r[0], r[1], r[2], r[3])
	x0, x1 = fourRounds(x0+k0, x1+k1+3, r[4], r[5], r[6], r[7])
	x0, x1 = fourRounds(x0+k1, x1+k2+4, r[0], r[1], r[2], r[3])
	return x0 + k2, x1 + k0 + 5
}

// fourRounds are the rounds between two injections of the key, rotating by the given distances.
func fourRounds(x0, x1 uint32, a, b, c, d int) (uint32, uint32) {
	x0 += x1
	x1 = bits.RotateLeft32(x1, a) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, b) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, c) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, d) ^ x0
	return x0, x1
}

// expandThreefry writes the cipher in integer arithmetic: for graphs that are fused into loops, and for XLA.
func expandThreefry(b *ir.Builder, _ *ir.Node, in []*ir.Value) []*ir.Value {
	t := in[0].Type
	word := func(x uint32) *ir.Value { return Full(b, t, float64(x)) }
	key := [3]*ir.Value{in[0], in[1], Xor(b, Xor(b, in[0], in[1]), word(ThreefryParity))}
	x0, x1 := Add(b, in[2], key[0]), Add(b, in[3], key[1])
	for round := range 20 {
		r := ThreefryRotations[round%8]
		x0 = Add(b, x0, x1)
		rotated := Or(b, Shl(b, x1, word(uint32(r))), Shr(b, x1, word(uint32(32-r))))
		x1 = Xor(b, rotated, x0)
		if round%4 == 3 { // a key injection
			s := round/4 + 1
			x0 = Add(b, x0, key[s%3])
			x1 = Add(b, Add(b, x1, key[(s+1)%3]), word(uint32(s)))
		}
	}
	return []*ir.Value{x0, x1}
}
