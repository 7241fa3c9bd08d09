package irtest

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Tensor returns random elements; one in four is a number that breaks things: zeros of both signs, infinities, NaN, the ends of the
// range, subnormals, powers of two, halves.
func Tensor(r *ir.Rand, t ir.Type) *tensor.Tensor {
	out := op.RandomTensor(r, t.DType, 0, 0, t.Shape...)
	for i := range out.Size() {
		if r.IntN(4) == 0 {
			SetSpecial(r, out, i)
		}
	}
	return out
}

// Inputs returns random inputs for g, as by Tensor.
func Inputs(r *ir.Rand, g *ir.Graph) []*tensor.Tensor {
	in := make([]*tensor.Tensor, len(g.Params))
	for i, p := range g.Params {
		in[i] = Tensor(r, p.Type)
	}
	return in
}

// SetSpecial stores a number that breaks things in element i of t.
func SetSpecial(r *ir.Rand, t *tensor.Tensor, i int) {
	switch dt := t.DType(); {
	case dt.IsBool():
		t.Set(i, r.IntN(2) == 0)
	case dt.IsInt():
		t.StoreUint64(i, []uint64{specialInt(r, dt.Bits())})
	case dt.IsFloat():
		t.Set(i, specialFloat(r, dt))
	default:
		t.Set(i, complex(specialFloat(r, dt.Real()), specialFloat(r, dt.Real())))
	}
}

// specialInt draws the bits of an integer of this width.
func specialInt(r *ir.Rand, width int) uint64 {
	switch r.IntN(4) {
	case 0:
		return uint64(r.IntN(3)) - 1 // -1, 0, 1
	case 1:
		return 1<<(width-1) - uint64(r.IntN(2)) // the ends of the signed range
	case 2:
		return 1 << r.IntN(width)
	}
	return uint64(r.IntN(width + 2)) // shift amounts
}

// specialFloat draws a value of this type.
func specialFloat(r *ir.Rand, dt dtype.DType) float64 {
	limits := floatLimits[dt]
	choices := []float64{0, 0, 1, 1, 0.5, 2, 1.5, 3, math.Inf(1), math.NaN(), limits.largest, limits.normal, limits.smallest,
		limits.normal - limits.smallest, 1 + limits.epsilon, 1 - limits.epsilon/2, math.Pi, math.Ldexp(1, r.IntN(41)-20)}
	x := choices[r.IntN(len(choices))]
	if r.IntN(2) == 0 {
		x = -x
	}
	return x
}

// limits of a float type: the largest number, the smallest normal one and the smallest one above 0, and the distance of 1 to the next number.
type limits struct{ largest, normal, smallest, epsilon float64 }

var floatLimits = map[dtype.DType]limits{
	dtype.Float16:  {65504, 0x1p-14, 0x1p-24, 0x1p-10},
	dtype.BFloat16: {0x1.fep127, 0x1p-126, 0x1p-133, 0x1p-7},
	dtype.Float32:  {math.MaxFloat32, 0x1p-126, 0x1p-149, 0x1p-23},
	dtype.Float64:  {math.MaxFloat64, 0x1p-1022, 0x1p-1074, 0x1p-52},
}

// unit is the distance of x to its neighbour away from 0: a unit in the last place.
func (l limits) unit(x float64) float64 {
	if x == 0 {
		return l.smallest
	}
	_, exponent := math.Frexp(x)
	return max(math.Ldexp(l.epsilon, exponent-1), l.smallest)
}
