package main

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// compareAll applies the checks of a function to the outputs of its graph and returns the first one that fails.
func compareAll(checks []stablehlo.Check, outputs []*tensor.Tensor, file string) error {
	for _, c := range checks {
		if err := compare(c, outputs[c.Got], outputs[c.Want]); err != nil {
			return fmt.Errorf("%s:%v: check %s: %w", file, c.Pos, c.Kind, err)
		}
	}
	return nil
}

// compare applies one check: nil, or the first element that differs and how many do.
func compare(c stablehlo.Check, got, want *tensor.Tensor) error {
	if got.DType() != want.DType() || !got.HasShape(want.Shape()) {
		return fmt.Errorf("got %s%s, want %s%s", got.DType(), tensor.ShapeString(got.Shape()), want.DType(),
			tensor.ShapeString(want.Shape()))
	}
	if wide := got.DType().Wide(); wide != got.DType() { // narrow types compare by their numbers
		got, want = got.AsType(wide), want.AsType(wide)
	}
	equal, limit := comparison(c, got, want)
	if equal == nil {
		return fmt.Errorf("got elements of type %s, want floating-point or complex ones", got.DType())
	}
	first, count := -1, 0
	for i := range got.Size() {
		if !equal(i) {
			if count++; first < 0 {
				first = i
			}
		}
	}
	if count == 0 {
		return nil
	}
	index := make([]int, got.Rank())
	tensor.Unravel(index, first, got.Shape())
	return fmt.Errorf("element %v: got %v, want %v%s; %d of %d elements differ", index, got.Get(first), want.Get(first), limit, count,
		got.Size())
}

// comparison returns what an element must fulfil, and the bound in words.
func comparison(c stablehlo.Check, got, want *tensor.Tensor) (equal func(i int) bool, limit string) {
	dt := got.DType()
	switch {
	case c.Kind == stablehlo.CheckEq:
		return equalValues(got, want), ""
	case !dt.IsFloat() && !dt.IsComplex():
		return nil, ""
	case c.Kind == stablehlo.CheckAlmostEq:
		x, y := got.Complex128s(), want.Complex128s()
		return func(i int) bool {
			return almost(real(x[i]), real(y[i]), c.Tolerance) && almost(imag(x[i]), imag(y[i]), c.Tolerance)
		}, fmt.Sprintf(" within %v", c.Tolerance)
	case c.Kind == stablehlo.CheckClose:
		return closeULP(c, got, want), fmt.Sprintf(" within %d to %d ulp", c.MinULP, c.MaxULP)
	}
	panic("BUG: kind of check " + string(c.Kind))
}

// equalValues compares numbers: NaN equals nothing, -0 equals 0.
func equalValues(got, want *tensor.Tensor) func(i int) bool {
	switch dt := got.DType(); {
	case dt.IsFloat(), dt.IsComplex():
		x, y := got.Complex128s(), want.Complex128s()
		return func(i int) bool { return x[i] == y[i] }
	default: // integers and bools by their bytes
		size := dt.Size()
		x, y := got.Bytes(), want.Bytes()
		return func(i int) bool { return string(x[i*size:(i+1)*size]) == string(y[i*size:(i+1)*size]) }
	}
}

// almost reports whether x lies within tolerance of y; NaN equals NaN, infinities agree in sign.
func almost(x, y, tolerance float64) bool {
	switch {
	case math.IsNaN(x) || math.IsNaN(y):
		return math.IsNaN(x) && math.IsNaN(y)
	case math.IsInf(x, 0) || math.IsInf(y, 0):
		return x == y
	}
	return math.Abs(x-y) <= tolerance
}

// closeULP measures by the number of floats between two; of a complex number the farther part counts.
func closeULP(c stablehlo.Check, got, want *tensor.Tensor) func(i int) bool {
	dt := got.DType()
	parts := 1
	if dt.IsComplex() {
		parts = 2
	}
	part := dt.Real()
	x, y := parted(got, parts), parted(want, parts)
	return func(i int) bool {
		worst := uint64(0)
		for p := i * parts; p < (i+1)*parts; p++ {
			worst = max(worst, x.distance(y, p, part))
		}
		return c.MinULP <= worst && worst <= c.MaxULP
	}
}

// floats are the real numbers in a tensor: their bits and their values.
type floats struct {
	bytes  []byte
	values []float64
}

func parted(t *tensor.Tensor, parts int) floats {
	f := floats{bytes: t.Bytes()}
	if parts == 1 {
		f.values = t.Float64s()
		return f
	}
	for _, z := range t.Complex128s() {
		f.values = append(f.values, real(z), imag(z))
	}
	return f
}

// distance counts the floats from one number to another. NaNs are 0 apart; an infinity is 0 from itself, and as far from everything else
// as can be.
func (x floats) distance(y floats, i int, dt dtype.DType) uint64 {
	a, b := x.values[i], y.values[i]
	switch {
	case math.IsNaN(a) && math.IsNaN(b), a == b:
		return 0
	case math.IsNaN(a) || math.IsInf(a, 0) || math.IsNaN(b) || math.IsInf(b, 0):
		return math.MaxUint64
	}
	oa, ob := x.order(i, dt), y.order(i, dt)
	if oa < ob {
		oa, ob = ob, oa
	}
	return uint64(oa) - uint64(ob)
}

// order numbers the finite floats from the smallest to the largest; both zeros are 0.
func (x floats) order(i int, dt dtype.DType) int64 {
	size := dt.Size()
	var word [8]byte
	copy(word[:], x.bytes[i*size:(i+1)*size])
	bits := binary.LittleEndian.Uint64(word[:])
	sign := uint64(1) << (8*size - 1)
	if bits&sign != 0 {
		return -int64(bits &^ sign)
	}
	return int64(bits)
}
