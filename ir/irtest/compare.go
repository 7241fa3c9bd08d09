package irtest

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Compare returns an error about the first element of got that is farther from want than ulp units in the last place of want. NaN equals
// NaN whatever its bits; with ulp 0 zeros differ in sign, else they do not. Integers and bools must be equal.
func Compare(got, want []*tensor.Tensor, ulp float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("got %d outputs, want %d", len(got), len(want))
	}
	for i := range got {
		if err := compareTensors(got[i], want[i], func(int) float64 { return ulp }); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
	}
	return nil
}

// compareTensors compares part by part (a complex element has two parts) with an allowance in units in the last place; an infinite
// allowance accepts everything.
func compareTensors(got, want *tensor.Tensor, allowed func(part int) float64) error {
	if g, w := ir.TypeOf(got), ir.TypeOf(want); !g.Equal(w) {
		return fmt.Errorf("got type %s, want %s", g, w)
	}
	if bytes.Equal(got.Bytes(), want.Bytes()) {
		return nil
	}
	dt := want.DType()
	if !dtype.Inexact.Has(dt) {
		for i := range want.Size() {
			if g, w := got.Get(i), want.Get(i); g != w && !math.IsInf(allowed(i), 1) {
				return fmt.Errorf("element %d: got %v, want %v", i, g, w)
			}
		}
		return nil
	}
	g, w := parts(got), parts(want)
	for i := range w {
		limit := allowed(i)
		if d := distance(g[i], w[i], floatLimits[dt.Real()]); d > limit || limit == 0 && math.Signbit(g[i]) != math.Signbit(w[i]) && w[i] == w[i] {
			return fmt.Errorf("part %d of %s: got %v, want %v: %.3g units in the last place, allowed %.3g", i, ir.TypeOf(want), g[i], w[i], d, limit)
		}
	}
	return nil
}

// parts returns the elements, or the real and imaginary parts.
func parts(t *tensor.Tensor) []float64 {
	if !t.DType().IsComplex() {
		return t.Float64s()
	}
	z := t.Complex128s()
	out := make([]float64, 0, 2*len(z))
	for _, v := range z {
		out = append(out, real(v), imag(v))
	}
	return out
}

// distance is how far x is from want in units in the last place of want; infinite where only one is NaN. Infinity is the neighbour of
// the largest number.
func distance(x, want float64, l limits) float64 {
	switch {
	case x == want || x != x && want != want:
		return 0
	case x != x || want != want:
		return math.Inf(1)
	case math.IsInf(want, 0):
		return 1 + distance(x, math.Copysign(l.largest, want), l)
	case math.IsInf(x, 0):
		return 1 + distance(math.Copysign(l.largest, x), want, l)
	}
	return math.Abs(x-want) / l.unit(want)
}

// Exact reports whether all rows in g and its regions have one right result.
func Exact(g *ir.Graph) bool {
	exact := true
	g.Walk(func(n *ir.Node) { exact = exact && n.Row().ULP == 0 })
	return exact
}

// disturbances is the number of runs from which the allowed spread of a result is learnt.
const disturbances = 8

// Check compares results with those of the interpreter: bit for bit if all rows are exact, else within a small multiple of the
// spread that the documented errors of the rows cause. What they can turn into another integer, bool or NaN is not checked.
func Check(c *Case, got []*tensor.Tensor) error {
	want, err := Run(c)
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	plain := Compare(got, want, 0)
	if plain == nil || Exact(c.Graph) || len(got) != len(want) {
		return plain
	}
	return withinSpread(c, got, want, func(d direction) ([]*tensor.Tensor, error) { return runDisturbed(c, d) })
}

// withinSpread compares with an allowance for each part that runs with disturbed rounding give.
func withinSpread(c *Case, got, want []*tensor.Tensor, run func(d direction) ([]*tensor.Tensor, error)) error {
	spread, err := spreads(c, want, run)
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	for i := range want {
		if err := compareTensors(got[i], want[i], func(part int) float64 { return spread[i][part] }); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
	}
	return nil
}

// spreads returns the allowance for each part of each output.
func spreads(c *Case, want []*tensor.Tensor, run func(d direction) ([]*tensor.Tensor, error)) ([][]float64, error) {
	r := Seeded(ir.Hash(c.Graph))
	directions := []direction{func() float64 { return 1 }, func() float64 { return -1 }}
	for len(directions) < disturbances {
		directions = append(directions, func() float64 { return float64(2*r.IntN(2) - 1) })
	}
	out := make([][]float64, len(want))
	for i, w := range want {
		out[i] = make([]float64, max(w.Size(), len(partsOf(w))))
	}
	for _, d := range directions {
		other, err := run(d)
		if err != nil {
			return nil, err
		}
		for i, w := range want {
			for k, distance := range distances(other[i], w) {
				out[i][k] = max(out[i][k], distance)
			}
		}
	}
	const margin = 2 // the runs see a part of the spread
	for _, list := range out {
		for k, d := range list {
			list[k] = margin*d + 1
		}
	}
	return out, nil
}

func partsOf(t *tensor.Tensor) []float64 {
	if !dtype.Inexact.Has(t.DType()) {
		return nil
	}
	return parts(t)
}

// distances returns for each part how far it is; of integers and bools 0 or infinite.
func distances(got, want *tensor.Tensor) []float64 {
	if !dtype.Inexact.Has(want.DType()) {
		out := make([]float64, want.Size())
		for i := range out {
			if got.Get(i) != want.Get(i) {
				out[i] = math.Inf(1)
			}
		}
		return out
	}
	g, w := parts(got), parts(want)
	out := slices.Clone(w)
	for i := range out {
		out[i] = distance(g[i], w[i], floatLimits[want.DType().Real()])
	}
	return out
}

// CompareScaled is Compare for results whose errors are those of sums: an element may be off by ulp units in the last place of the
// largest finite element of its array. NaN and infinities must be at the same places.
func CompareScaled(got, want []*tensor.Tensor, ulp float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("got %d outputs, want %d", len(got), len(want))
	}
	for i := range got {
		allowed := func(int) float64 { return ulp }
		if dt := want[i].DType(); dtype.Inexact.Has(dt) {
			l, values := floatLimits[dt.Real()], parts(want[i])
			largest := 0.0
			for _, v := range values {
				if v-v == 0 {
					largest = max(largest, math.Abs(v))
				}
			}
			allowed = func(part int) float64 {
				if v := values[part]; v-v == 0 {
					return ulp * l.unit(largest) / l.unit(v)
				}
				return ulp
			}
		}
		if err := compareTensors(got[i], want[i], allowed); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
	}
	return nil
}
