package rewrite

import (
	"math"
	"math/bits"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

var (
	floats  = dtype.Floats
	ints    = dtype.Ints
	bools   = dtype.Bools
	ordered = dtype.Real | dtype.Bools
)

// algebra are the rules that need neither shapes nor attributes. Each holds bit for bit for all inputs, infinities, NaNs, signed zeros and
// overflow included, in the types that it names; what fails in one corner is not here: x+0 is not x for x = -0, x*0 is not 0 for
// infinities, x-x is not 0 for NaN, and no sum or product of floats may be regrouped.
var algebra = []textRule{
	// Neutral elements. For floats the neutral element of addition is -0.
	{floats, "(add x -0) => x", nil},
	{floats | ints, "(sub x 0) => x", nil},
	{floats | ints, "(mul x 1) => x", nil},
	{floats | ints, "(div x 1) => x", nil},
	{floats | ints, "(pow x 1) => x", nil},
	{ints, "(add x 0) => x", nil},
	{floats, "(max x -inf) => x", nil},
	{floats, "(min x inf) => x", nil},
	{dtype.Unsigned, "(max x 0) => x", nil},

	// Absorbing elements.
	{ints, "(mul x 0) => 0", nil},
	{dtype.Unsigned, "(min x 0) => 0", nil},
	{ints, "(rem x 1) => 0", nil},

	// Signs.
	{dtype.Numeric, "(neg (neg x)) => x", nil},
	{floats | ints, "(mul x -1) => (neg x)", nil},
	{floats | dtype.Signed, "(div x -1) => (neg x)", nil},
	{floats, "(sub -0 x) => (neg x)", nil},
	{ints, "(sub 0 x) => (neg x)", nil},
	{dtype.Numeric, "(add x (neg y)) => (sub x y)", nil},
	{dtype.Numeric, "(sub x (neg y)) => (add x y)", nil},
	{ints, "(neg (sub x y)) => (sub y x)", nil},
	{floats | ints, "(mul (neg x) (neg y)) => (mul x y)", nil},
	{floats | ints, "(mul (neg x) C) => (mul x (neg C))", nil},
	{floats | ints, "(neg (mul x C)) => (mul x (neg C))", nil},
	{floats, "(div (neg x) (neg y)) => (div x y)", nil},
	{floats, "(div (neg x) C) => (div x (neg C))", nil},
	{floats | dtype.Signed | dtype.Complexes, "(abs (neg x)) => (abs x)", nil},
	{floats | dtype.Signed, "(abs (abs x)) => (abs x)", nil},
	{dtype.Complexes, "(abs (conj x)) => (abs x)", nil},

	// Equal operands.
	{ordered, "(max x x) => x", nil},
	{ordered, "(min x x) => x", nil},
	{ints, "(sub x x) => 0", nil},

	// Division by a power of two: the reciprocal is exact, and both round the same number.
	{floats, "(div x C) => (mul x (div 1 C))", func(b *bindings) bool { return exactReciprocal(splat(b[1])) }},

	// Powers that are one multiplication, division or constant.
	{floats | ints, "(pow x 0) => 1", nil},
	{floats, "(pow x -1) => (div 1 x)", nil},
	{floats | ints, "(pow x 2) => (mul x x)", nil},
	{ints, "(pow x 3) => (mul x (mul x x))", nil},

	// Rounding what is rounded.
	{floats, "(floor (floor x)) => (floor x)", nil},
	{floats, "(floor (ceil x)) => (ceil x)", nil},
	{floats, "(floor (trunc x)) => (trunc x)", nil},
	{floats, "(floor (round_even x)) => (round_even x)", nil},
	{floats, "(ceil (floor x)) => (floor x)", nil},
	{floats, "(ceil (ceil x)) => (ceil x)", nil},
	{floats, "(trunc (floor x)) => (floor x)", nil},
	{floats, "(trunc (trunc x)) => (trunc x)", nil},
	{floats, "(round_even (floor x)) => (floor x)", nil},
	{floats, "(round_even (round_even x)) => (round_even x)", nil},

	// Fused multiply-add.
	{floats, "(fma x y -0) => (mul x y)", nil},
	{floats, "(fma x 1 y) => (add x y)", nil},
	{floats, "(fma x -1 y) => (sub y x)", nil},
	{floats, "(fma (neg x) (neg y) z) => (fma x y z)", nil},

	// Integers with two constants, and unsigned division by a power of two.
	{ints, "(add (add x C) D) => (add x (add C D))", nil},
	{ints, "(sub (add x C) D) => (add x (sub C D))", nil},
	{ints, "(add (sub x C) D) => (add x (sub D C))", nil},
	{ints, "(sub (sub x C) D) => (sub x (add C D))", nil},
	{ints, "(mul (mul x C) D) => (mul x (mul C D))", nil},
	{dtype.Unsigned, "(rem x C) => (and x (sub C 1))", func(b *bindings) bool { return powerOfTwo(splat(b[1])) }},

	// Bits. Of bools, add is or and mul is and.
	{bools, "(add x y) => (or x y)", nil},
	{bools, "(max x y) => (or x y)", nil},
	{bools, "(mul x y) => (and x y)", nil},
	{bools, "(min x y) => (and x y)", nil},
	{ints | bools, "(not (not x)) => x", nil},
	{ints | bools, "(and x x) => x", nil},
	{ints | bools, "(or x x) => x", nil},
	{ints, "(xor x x) => 0", nil},
	{ints, "(and x 0) => 0", nil},
	{ints, "(and x -1) => x", nil},
	{ints, "(or x 0) => x", nil},
	{ints, "(or x -1) => -1", nil},
	{ints, "(xor x 0) => x", nil},
	{ints, "(xor x -1) => (not x)", nil},
	{ints, "(and (and x C) D) => (and x (and C D))", nil},
	{ints, "(or (or x C) D) => (or x (or C D))", nil},
	{ints, "(xor (xor x C) D) => (xor x (xor C D))", nil},
	{ints, "(shl x 0) => x", nil},
	{ints, "(shr x 0) => x", nil},
	{ints, "(sar x 0) => x", nil},
	{bools, "(xor x x) => false", nil},
	{bools, "(and x false) => false", nil},
	{bools, "(and x true) => x", nil},
	{bools, "(or x false) => x", nil},
	{bools, "(or x true) => true", nil},
	{bools, "(xor x false) => x", nil},
	{bools, "(xor x true) => (not x)", nil},
	{bools, "(and x (not x)) => false", nil},
	{bools, "(or x (not x)) => true", nil},
	{bools, "(and (not x) (not y)) => (not (or x y))", nil},
	{bools, "(or (not x) (not y)) => (not (and x y))", nil},

	// Choices.
	{dtype.Any, "(select true x y) => x", nil},
	{dtype.Any, "(select false x y) => y", nil},
	{dtype.Any, "(select p x x) => x", nil},
	{bools, "(select p true false) => p", nil},
	{bools, "(select p false true) => (not p)", nil},
	{dtype.Any, "(select (not p) x y) => (select p y x)", nil},
	{dtype.Any, "(select p (select p x y) z) => (select p x z)", nil},
	{dtype.Any, "(select p x (select p y z)) => (select p x z)", nil},

	// Parts of complex numbers.
	{dtype.Floats, "(complex (real x) (imag x)) => x", nil},
	{dtype.Complexes, "(conj (conj x)) => x", nil},
	{dtype.Complexes, "(real (complex x y)) => x", nil},
	{dtype.Complexes, "(imag (complex x y)) => y", nil},
	{dtype.Complexes, "(real (conj x)) => (real x)", nil},
	{dtype.Complexes, "(imag (conj x)) => (neg (imag x))", nil},
}

// exactReciprocal reports whether t is a float whose reciprocal is exact and, like t, a normal number: a power of two.
func exactReciprocal(t *tensor.Tensor) bool {
	var x [1]float64
	t.LoadFloat64(x[:], 0)
	mantissa, exponent := math.Frexp(x[0]) // x is 2^(exponent-1)
	if mantissa != 0.5 && mantissa != -0.5 {
		return false
	}
	limit := map[dtype.DType]int{dtype.Float16: 14, dtype.BFloat16: 126, dtype.Float32: 126, dtype.Float64: 1022}[t.DType()]
	return -limit <= exponent-1 && exponent-1 <= limit
}

// powerOfTwo reports whether t is an unsigned power of two.
func powerOfTwo(t *tensor.Tensor) bool {
	var x [1]uint64
	t.LoadUint64(x[:], 0)
	return bits.OnesCount64(x[0]) == 1
}
