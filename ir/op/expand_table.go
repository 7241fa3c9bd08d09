package op

// Odd functions of f32 that level off, by tables: a polynomial for each of 16 intervals instead of one for small and a formula for large
// arguments. Each lane looks its coefficients up, one instruction a coefficient.

// table is a function on [0, top]: see Table in internal/remez, which makes it. Beyond top the function is 1.
type table struct {
	top  float64
	rows [][]float64
}

// tabulated evaluates f(c) + d p(d), d = |x| - c, for the first interval d + d p(d), and gives the result the sign of x.
func (l *emitter) tabulated(x value, t *table) value {
	// Below top, lest 1 + (15/top) a is 16, where the intervals would begin anew.
	a := l.min(l.num(t.top*0.9999), l.abs(x))
	index := l.shr(l.bits(l.fma(a, l.num((lookupSize-1)/t.top), l.num(1))), 21)
	row := func(k int) value { return l.lookup(index, t.rows[k]) }
	d := l.sub(a, row(0))
	last := len(t.rows) - 1
	p := row(last)
	for k := last - 1; k > 1; k-- {
		p = l.fma(p, d, row(k))
	}
	return l.withSign(l.fma(p, d, l.max(d, row(1))), x) // elsewhere f(c) is more than d
}

// lookup chooses between 16 numbers by the low bits of an integer.
func (l *emitter) lookup(index value, entries []float64) value {
	t := zeros(l.floats.WithShape(lookupSize))
	t.StoreFloat64(0, entries)
	return Lookup(l.b, index, t)
}
