package op

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Exactly rounded float primitives against exact arithmetic on finite numbers of any magnitude.

const exactBits = 5000 // holds a*b + c of any float64

func exact(x float64) *big.Float { return new(big.Float).SetPrec(exactBits).SetFloat64(x) }

func empty() *big.Float { return new(big.Float).SetPrec(exactBits) }

// roundTo rounds as the numerical contract says: once, the 16-bit types by way of f32.
func roundTo(dt dtype.DType, x *big.Float) float64 {
	if dt == dtype.Float64 {
		v, _ := x.Float64()
		return v
	}
	v, _ := x.Float32()
	if g := floatGrid(dt); g != nil {
		return g.nearest(float64(v))
	}
	return float64(v)
}

// floatModels give exact results (quotients and roots to exactBits/10) of finite operands.
var floatModels = map[ir.OpID]func(v []float64) *big.Float{
	NegID: func(v []float64) *big.Float { return empty().Neg(exact(v[0])) },
	AbsID: func(v []float64) *big.Float { return empty().Abs(exact(v[0])) },
	AddID: func(v []float64) *big.Float { return empty().Add(exact(v[0]), exact(v[1])) },
	SubID: func(v []float64) *big.Float { return empty().Sub(exact(v[0]), exact(v[1])) },
	MulID: func(v []float64) *big.Float { return empty().Mul(exact(v[0]), exact(v[1])) },
	DivID: func(v []float64) *big.Float {
		if v[1] == 0 {
			return nil
		}
		return new(big.Float).SetPrec(exactBits/10).Quo(exact(v[0]), exact(v[1]))
	},
	RemID: func(v []float64) *big.Float {
		if v[1] == 0 {
			return nil
		}
		const scale = 1100 // makes integers of all float64
		x, _ := empty().SetMantExp(exact(v[0]), scale).Int(nil)
		y, _ := empty().SetMantExp(exact(v[1]), scale).Int(nil)
		r := empty().SetInt(new(big.Int).Rem(x, y))
		if r.Sign() == 0 {
			return exact(math.Copysign(0, v[0]))
		}
		return empty().SetMantExp(r, -scale)
	},
	SqrtID: func(v []float64) *big.Float {
		if v[0] <= 0 {
			return nil
		}
		return new(big.Float).SetPrec(exactBits / 10).Sqrt(exact(v[0]))
	},
	FMAID: func(v []float64) *big.Float { return empty().Add(empty().Mul(exact(v[0]), exact(v[1])), exact(v[2])) },
	MaxID: func(v []float64) *big.Float {
		if x, y := exact(v[0]), exact(v[1]); x.Cmp(y) > 0 || x.Cmp(y) == 0 && y.Signbit() {
			return x
		}
		return exact(v[1])
	},
	MinID: func(v []float64) *big.Float {
		if x, y := exact(v[0]), exact(v[1]); x.Cmp(y) < 0 || x.Cmp(y) == 0 && x.Signbit() {
			return x
		}
		return exact(v[1])
	},
	SignID: func(v []float64) *big.Float {
		if v[0] == 0 {
			return exact(v[0])
		}
		return exact(float64(exact(v[0]).Sign()))
	},
	FloorID: func(v []float64) *big.Float {
		return integralPart(v[0], func(frac *big.Float, _ bool) bool { return frac.Sign() < 0 })
	},
	CeilID: func(v []float64) *big.Float {
		return integralPart(v[0], func(frac *big.Float, _ bool) bool { return frac.Sign() > 0 })
	},
	TruncID: func(v []float64) *big.Float { return integralPart(v[0], func(*big.Float, bool) bool { return false }) },
	RoundAwayID: func(v []float64) *big.Float {
		return integralPart(v[0], func(frac *big.Float, _ bool) bool { return cmpHalf(frac) >= 0 })
	},
	RoundEvenID: func(v []float64) *big.Float {
		return integralPart(v[0], func(frac *big.Float, odd bool) bool { return cmpHalf(frac) > 0 || cmpHalf(frac) == 0 && odd })
	},
	LogbID: func(v []float64) *big.Float {
		if v[0] == 0 {
			return nil
		}
		return exact(float64(exact(v[0]).MantExp(nil) - 1))
	},
	SignificandID: func(v []float64) *big.Float {
		if v[0] <= 0 {
			return nil
		}
		m := empty()
		exact(v[0]).MantExp(m)
		if m.Cmp(exact(0.75)) < 0 {
			m.SetMantExp(m, 1)
		}
		return m
	},
	ScalbID: func(v []float64) *big.Float {
		if math.Abs(v[1]) > 5000 {
			return nil
		}
		return empty().SetMantExp(exact(v[0]), int(math.Floor(v[1])))
	},
}

func cmpHalf(frac *big.Float) int { return empty().Abs(frac).Cmp(exact(0.5)) }

// integralPart truncates x, and goes one further from zero where away says so of the rest and the parity of the truncated number.
func integralPart(x float64, away func(frac *big.Float, odd bool) bool) *big.Float {
	n, _ := exact(x).Int(nil)
	frac := empty().Sub(exact(x), empty().SetInt(n))
	if away(frac, n.Bit(0) == 1) {
		n.Add(n, big.NewInt(int64(frac.Sign())))
	}
	if n.Sign() == 0 {
		return exact(math.Copysign(0, x))
	}
	return empty().SetInt(n)
}

// finiteFloats draws numbers of a type: any bit pattern, numbers near 1, halves, the ends of the range, denormals and zeros.
func finiteFloats(r *ir.Rand, dt dtype.DType, n int) *tensor.Tensor {
	out := tensor.Must(tensor.New(dt, n))
	special := specialFloats(dt)
	for i := range n {
		for ok := false; !ok; {
			switch r.IntN(5) {
			case 0, 1:
				storePattern(out, i, r.Uint64())
			case 2:
				out.Set(i, 4*r.Float64()-2)
			case 3:
				out.Set(i, float64(r.IntN(65)-32)/2)
			default:
				out.Set(i, special[r.IntN(len(special))])
			}
			x := out.Float64s()[i]
			ok = x-x == 0
		}
	}
	return out
}

// storePattern sets the bits of element i, low ones first.
func storePattern(t *tensor.Tensor, i int, bits uint64) {
	size := t.DType().Size()
	for k := range size {
		t.Bytes()[i*size+k] = byte(bits >> (8 * k))
	}
}

// limits are the largest finite and smallest positive normal and subnormal numbers of a float type.
func limits(dt dtype.DType) (largest, normal, tiny float64) {
	switch dt {
	case dtype.Float16:
		return 65504, 0x1p-14, 0x1p-24
	case dtype.BFloat16:
		return 0x1.fep127, 0x1p-126, 0x1p-133
	case dtype.Float32:
		return math.MaxFloat32, 0x1p-126, 0x1p-149
	}
	return math.MaxFloat64, 0x1p-1022, 0x1p-1074
}

func specialFloats(dt dtype.DType) []float64 {
	largest, normal, tiny := limits(dt)
	out := []float64{0, 1, largest, normal, tiny, normal - tiny, 3 * tiny, 0.5}
	for _, x := range out {
		out = append(out, -x)
	}
	out[8] = math.Copysign(0, -1)
	return out
}

func TestExactFloatsAgainstBigFloats(t *testing.T) {
	r := seeded(2)
	n := 400
	if testing.Short() {
		n = 60
	}
	for id, model := range floatModels {
		row := id.Row()
		for _, dt := range dtype.Floats.List() {
			inputs := make([]*tensor.Tensor, row.Arity)
			for i := range inputs {
				inputs[i] = finiteFloats(r, dt, n)
			}
			if id == ScalbID {
				for i := range n {
					inputs[1].Set(i, float64(r.IntN(401)-200)/4)
				}
			}
			out := apply1(t, id, nil, inputs...).Float64s()
			for i, got := range out {
				v := map1(inputs, func(x *tensor.Tensor) float64 { return x.Float64s()[i] })
				want := model(v)
				if want == nil {
					continue
				}
				rounded := roundTo(dt, want)
				require.True(t, math.Float64bits(got) == math.Float64bits(rounded), "%s(%x) of %s: got %x, want %x", id, v, dt, got, rounded)
			}
		}
	}
}

// Integer powers are rounded correctly; in particular exact ones are exact.
func TestPowAgainstRepeatedMultiplication(t *testing.T) {
	r := seeded(3)
	for range 3000 {
		x := math.Ldexp(float64(1+r.IntN(1<<r.IntN(53))), -r.IntN(20))
		if r.IntN(2) == 0 {
			x = -x
		}
		n := r.IntN(80) - 20
		want := exact(1)
		for range max(n, -n) {
			want.Mul(want, exact(x))
		}
		if n < 0 {
			want.Quo(exact(1), want)
		}
		rounded := roundTo(dtype.Float64, want)
		_, normal, _ := limits(dtype.Float64)
		if got := pow(x, float64(n)); math.Abs(rounded) >= normal {
			require.Equal(t, rounded, got, "%v^%d", x, n)
		}
	}
	assert.Equal(t, 22015.456048527954, pow(1.0001, 1e5), "math.Pow is off by 5e-13 here") // mpmath: 22015.4560485279538...
}

// Every elementwise row of floats is tested: against an exact model, against the table of mpmath, or by a test of its own.
func TestEveryFloatRowIsTested(t *testing.T) {
	inTable := map[string]bool{}
	for _, row := range readTable(t) {
		inTable[row.name] = true
	}
	own := map[ir.OpID]bool{IsFiniteID: true, NextAfterID: true, ComplexID: true, RealID: true, ImagID: true, ConjID: true}
	for _, row := range ir.Rows() {
		if row.Class != ir.ClassElementwise || testedElsewhere[row.ID] || own[row.ID] {
			continue
		}
		if row.Accepts&dtype.Floats != 0 {
			assert.True(t, floatModels[row.ID] != nil || inTable[row.Name], row.Name)
		}
		if row.Accepts&dtype.Complexes != 0 && !strings.Contains("neg add sub abs", row.Name) {
			assert.True(t, inTable["complex_"+row.Name], "complex %s", row.Name)
		}
	}
}
