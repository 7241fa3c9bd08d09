package op

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/require"
)

// Integer primitives against unbounded integers. A model gives the mathematical result, or one with the right low bits.

// number is an integer of some type: its value, and its bits read as unsigned.
type number struct {
	value, pattern *big.Int
	width          int
	signed         bool
}

var bigOne = big.NewInt(1)

func newNumber(v *big.Int, dt dtype.DType) number {
	n := number{width: dt.Bits(), signed: dt.IsSigned()}
	modulus := new(big.Int).Lsh(bigOne, uint(n.width))
	n.pattern = new(big.Int).Mod(v, modulus)
	n.value = new(big.Int).Set(n.pattern)
	if n.signed && n.pattern.Bit(n.width-1) == 1 {
		n.value.Sub(n.value, modulus)
	}
	return n
}

func toBig(x any) *big.Int {
	v, ok := new(big.Int).SetString(fmt.Sprint(x), 10)
	if !ok {
		panic(fmt.Sprintf("BUG: %v is no integer", x))
	}
	return v
}

// shiftAmount is the pattern of y, or the width where it is more.
func shiftAmount(y number) uint {
	if y.pattern.Cmp(big.NewInt(int64(y.width))) >= 0 {
		return uint(y.width)
	}
	return uint(y.pattern.Int64())
}

var integerPairs = map[ir.OpID]func(x, y number) *big.Int{
	AddID: func(x, y number) *big.Int { return new(big.Int).Add(x.value, y.value) },
	SubID: func(x, y number) *big.Int { return new(big.Int).Sub(x.value, y.value) },
	MulID: func(x, y number) *big.Int { return new(big.Int).Mul(x.value, y.value) },
	DivID: func(x, y number) *big.Int {
		if y.value.Sign() == 0 {
			return big.NewInt(-1)
		}
		return new(big.Int).Quo(x.value, y.value)
	},
	RemID: func(x, y number) *big.Int {
		if y.value.Sign() == 0 {
			return x.value
		}
		return new(big.Int).Rem(x.value, y.value)
	},
	PowID: func(x, y number) *big.Int {
		if y.value.Sign() < 0 {
			// 1/x^|y| rounds toward zero; the remaining cases are those of |x| <= 1.
			switch {
			case x.value.Cmp(bigOne) == 0, x.value.Cmp(big.NewInt(-1)) == 0 && y.value.Bit(0) == 0:
				return bigOne
			case x.value.Cmp(big.NewInt(-1)) == 0:
				return x.value
			}
			return new(big.Int)
		}
		return new(big.Int).Exp(x.pattern, y.value, new(big.Int).Lsh(bigOne, uint(x.width)))
	},
	MaxID: func(x, y number) *big.Int {
		if x.value.Cmp(y.value) > 0 {
			return x.value
		}
		return y.value
	},
	MinID: func(x, y number) *big.Int {
		if x.value.Cmp(y.value) < 0 {
			return x.value
		}
		return y.value
	},
	AndID: func(x, y number) *big.Int { return new(big.Int).And(x.value, y.value) },
	OrID:  func(x, y number) *big.Int { return new(big.Int).Or(x.value, y.value) },
	XorID: func(x, y number) *big.Int { return new(big.Int).Xor(x.value, y.value) },
	ShlID: func(x, y number) *big.Int { return new(big.Int).Lsh(x.value, shiftAmount(y)) },
	ShrID: func(x, y number) *big.Int { return new(big.Int).Rsh(x.pattern, shiftAmount(y)) },
	SarID: func(x, y number) *big.Int {
		v := x.pattern
		if v.Bit(x.width-1) == 1 {
			v = new(big.Int).Sub(v, new(big.Int).Lsh(bigOne, uint(x.width)))
		}
		return new(big.Int).Rsh(v, shiftAmount(y))
	},
}

var integerUnaries = map[ir.OpID]func(x number) *big.Int{
	NegID:  func(x number) *big.Int { return new(big.Int).Neg(x.value) },
	AbsID:  func(x number) *big.Int { return new(big.Int).Abs(x.value) },
	SignID: func(x number) *big.Int { return big.NewInt(int64(x.value.Sign())) },
	NotID:  func(x number) *big.Int { return new(big.Int).Not(x.value) },
	PopcntID: func(x number) *big.Int {
		ones := 0
		for i := range x.width {
			ones += int(x.pattern.Bit(i))
		}
		return big.NewInt(int64(ones))
	},
	ClzID: func(x number) *big.Int { return big.NewInt(int64(x.width - x.pattern.BitLen())) },
}

// testedElsewhere are elementwise rows that take every element type and have tests of their own.
var testedElsewhere = map[ir.OpID]bool{
	CompareID: true, SelectID: true, ConvertID: true, BitcastID: true, StopGradientID: true, Threefry2x32ID: true, LookupID: true,
}

func TestEveryIntegerRowHasAModel(t *testing.T) {
	for _, row := range ir.Rows() {
		if row.Class == ir.ClassElementwise && row.Accepts&dtype.Ints != 0 && !testedElsewhere[row.ID] {
			require.True(t, integerPairs[row.ID] != nil || integerUnaries[row.ID] != nil, row.Name)
		}
	}
}

// integerSamples returns all numbers of an 8-bit type, and for wider ones the ends, powers of two and random bits.
func integerSamples(r *ir.Rand, dt dtype.DType) *tensor.Tensor {
	var patterns []uint64
	step := 1
	if testing.Short() {
		step = 3
	}
	if dt.Bits() == 8 {
		for i := 0; i < 256; i += step {
			patterns = append(patterns, uint64(i))
		}
	} else {
		for i := 0; i < dt.Bits(); i += step * dt.Bits() / 16 {
			patterns = append(patterns, 1<<i-1, 1<<i, 1<<i+1, -(1 << i), ^uint64(1)<<i)
		}
		for range 40 {
			patterns = append(patterns, r.Uint64()>>r.IntN(64))
		}
	}
	out := tensor.Must(tensor.New(dt, len(patterns)))
	out.StoreUint64(0, patterns)
	return out
}

func TestIntegersAgainstUnboundedOnes(t *testing.T) {
	r := seeded(1)
	for _, dt := range dtype.Ints.List() {
		samples := integerSamples(r, dt)
		n := samples.Size()
		numbers := make([]number, n)
		for i := range numbers {
			numbers[i] = newNumber(toBig(samples.Get(i)), dt)
		}
		for id, model := range integerUnaries {
			if !id.Row().Accepts.Has(dt) {
				continue
			}
			out := apply1(t, id, nil, samples)
			for i, x := range numbers {
				want := newNumber(model(x), dt).value
				require.Zero(t, want.Cmp(toBig(out.Get(i))), "%s(%s) of %s: got %v, want %s", id, x.value, dt, out.Get(i), want)
			}
		}
		x := apply1(t, BroadcastID, BroadcastAttrs{Dims: []int{0}, Shape: []int{n, n}}, samples)
		y := apply1(t, BroadcastID, BroadcastAttrs{Dims: []int{1}, Shape: []int{n, n}}, samples)
		for id, model := range integerPairs {
			out := apply1(t, id, nil, x, y)
			for i := range n * n {
				v, w := numbers[i/n], numbers[i%n]
				want := newNumber(model(v, w), dt).value
				if want.Cmp(toBig(out.Get(i))) != 0 {
					require.Fail(t, "wrong", "%s(%s, %s) of %s: got %v, want %s", id, v.value, w.value, dt, out.Get(i), want)
				}
			}
		}
	}
}

func TestBoolArithmeticIsLogic(t *testing.T) {
	x, y := tensor.Of(false, false, true, true), tensor.Of(false, true, false, true)
	for id, want := range map[ir.OpID][]bool{
		AddID: {false, true, true, true}, OrID: {false, true, true, true}, MaxID: {false, true, true, true},
		MulID: {false, false, false, true}, AndID: {false, false, false, true}, MinID: {false, false, false, true},
		XorID: {false, true, true, false},
	} {
		require.Equal(t, want, tensor.Flat[bool](apply1(t, id, nil, x, y)), id)
	}
	require.Equal(t, []bool{true, true, false, false}, tensor.Flat[bool](apply1(t, NotID, nil, x)))
	require.Equal(t, []bool{false, false, true, true}, tensor.Flat[bool](apply1(t, RareID, nil, x)))
	for _, row := range ir.Rows() {
		if row.Class == ir.ClassElementwise && row.Accepts.Has(dtype.Bool) && !testedElsewhere[row.ID] {
			require.Contains(t, []ir.OpID{AddID, OrID, MaxID, MulID, AndID, MinID, XorID, NotID, RareID}, row.ID, row.Name)
		}
	}
}
