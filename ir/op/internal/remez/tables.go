package main

import (
	"fmt"
	"math"
	"math/big"
)

// Table asks for polynomials of an increasing odd function on 16 intervals of [0, Top]. They begin where 1 + (15/Top) x is one of 1, 1.25, 1.5,
// 1.75, 2, 2.5, ..., 14: narrow ones at first, then growing with x; so bits 21 to 24 of that number as an f32 tell them
// apart. Each polynomial is in the distance d from a point c, f(c) + d p(d), where f(c) is almost a float. For the first interval c is 0, and
// d + d p(d) is the function; max(d, f(c)) + d p(d) is either.
type Table struct {
	Name, Doc string
	F         Func
	Tangent   bool // to x at zero: p(0) = 0 for the first interval
	Top       float64
	Terms     int // of p
}

const (
	tableSize  = 16
	tableShift = 21
)

// entry is the place in the table for numbers that are moved to u.
func entry(u float64) int { return int(math.Float32bits(float32(u))>>tableShift) % tableSize }

// rows are the points c, the values f(c), and the coefficients of p, lowest power first; err is the largest relative error.
func (t *Table) rows() (rows [][]float64, err float64) {
	rows = make([][]float64, 2+t.Terms)
	for i := range rows {
		rows[i] = make([]float64, tableSize)
	}
	for k := range tableSize {
		u := math.Ldexp(1+float64(k%4)/4, k/4)
		next := u + math.Ldexp(0.25, k/4)
		lo, hi := (u-1)*t.Top/(tableSize-1), (next-1)*t.Top/(tableSize-1)
		fit := Fit{Lo: lo, Hi: hi, Terms: t.Terms, Bits: 24}
		c, fc := t.center(lo, hi)
		if k == 0 {
			c, fc, fit.Lo = 0, 0, 1e-6
			if t.Tangent {
				fit.Pin = []float64{0}
			}
		}
		fit.Lo, fit.Hi, fit.F, fit.Weight = fit.Lo-c, fit.Hi-c, t.slope(c, fc), t.weight(c)
		r := fit.Run()
		for i, x := range append([]float64{c, fc}, r.Coef...) {
			rows[i][entry(u)] = x
		}
		err = max(err, r.Err)
	}
	return rows, err
}

// center is a float near the middle of an interval at which f is close to a float: where f is flat, where it takes the value of the float next
// to that in the middle, else among some hundred neighbours.
func (t *Table) center(lo, hi float64) (c, fc float64) {
	want, _ := new(big.Float).SetPrec(24).Set(t.F(num((lo + hi) / 2))).Float64()
	for range 60 {
		if mid := (lo + hi) / 2; t.F(num(mid)).Cmp(num(want)) < 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	best := math.Inf(1)
	x := float32(lo)
	for range 400 {
		f := t.F(num(float64(x)))
		v, _ := new(big.Float).SetPrec(24).Set(f).Float64()
		rest, _ := zero().Quo(sub(f, num(v)), f).Float64()
		if rest = math.Abs(rest); rest < best {
			best, c, fc = rest, float64(x), v
		}
		x = math.Nextafter32(x, math.MaxFloat32)
	}
	return c, fc
}

// slope is (f(c+d) - fc)/d, less one for c = 0; weight makes an error of it one relative to f.
func (t *Table) slope(c, fc float64) Func {
	return func(d *big.Float) *big.Float {
		base := num(fc)
		if c == 0 {
			base = d
		}
		return quo(sub(t.F(add(num(c), d)), base), d)
	}
}

func (t *Table) weight(c float64) Func {
	return func(d *big.Float) *big.Float { return quo(d, t.F(add(num(c), d))) }
}

// text is the table as Go.
func (t *Table) text() string {
	rows, err := t.rows()
	s := fmt.Sprintf("\t// %s: error 2^%.1f.\n\t%s = &table{top: %v, rows: [][]float64{\n", t.Doc, math.Log2(err), t.Name, t.Top)
	for _, row := range rows {
		s += "\t\t{"
		for _, x := range row {
			s += fmt.Sprintf("%s, ", hex(x))
		}
		s += "},\n"
	}
	return s + "\t}}\n"
}
