package op

import "math"

// Circular functions: x = j pi/2 + r, polynomials for r, and the quadrant j chooses between them.

// quarterTurns reduces x. The low two bits of j count quarter turns; r - low is the rest, |r| a little over pi/4 at most.
func (l *emitter) quarterTurns(x value) (j, r, low value) {
	magic := l.pick(0x1.8p23, 0x1.8p52)
	c := l.coef(halfPiF32, halfPiF64)
	t := l.fma(x, l.num(2/math.Pi), magic)
	n := l.sub(t, magic)
	// The first part of pi/2 has as many digits as x, so r1 is exact; the error of the next subtraction goes to low.
	r1 := l.fma(n, l.num(-c[0]), x)
	p := l.mul(n, l.num(-c[1]))
	r = l.add(r1, p)
	low = l.add(l.sub(l.sub(r, r1), p), l.fma(n, l.num(c[2]), l.fma(n, l.num(c[1]), p)))
	if l.near {
		return l.bits(t), r, low
	}
	far := l.rare(l.gt(l.abs(x), l.pick(0x1p17, 0x1p36)))
	tFar, rFar, lowFar := l.farQuarterTurns(x)
	return l.bits(l.sel(far, tFar, t)), l.sel(far, rFar, r), l.sel(far, lowFar, low)
}

// farQuarterTurns is the reduction for large |x|: the product of x and 1/(2 pi), of which only the words are multiplied that are neither
// whole turns nor too small to matter (Payne and Hanek). t has the number of quarter turns in its low bits.
func (l *emitter) farQuarterTurns(x value) (t, r, low value) {
	w := l.turnWords(x)
	x = l.mul(x, l.pick(0x1p-100, 0x1p-400))
	// Each product is exact as a sum of two. The first ones have whole turns in them, which are dropped.
	var terms []value
	for i, k := range w {
		p := l.mul(x, k)
		q := l.fma(x, k, l.neg(p))
		if i < 2 {
			p, q = l.sub(p, l.rint(p)), l.sub(q, l.rint(q))
		}
		terms = append(terms, p, q)
	}
	// Five terms tell the quadrant. Once it is taken off, what remains may be tiny, and all the rest is added exactly.
	a, small := terms[0], terms[5:]
	for _, x := range terms[1:5] {
		var e value
		a, e = l.twoSum(a, x)
		small = append(small, e)
	}
	magic := l.pick(0x1.8p23, 0x1.8p52)
	t = l.fma(a, l.num(4), magic)
	sum, rest := l.fma(l.sub(t, magic), l.num(-0.25), a), l.num(0)
	for _, x := range small {
		var e value
		sum, e = l.twoSum(sum, x)
		rest = l.add(rest, e)
	}
	hi := l.add(sum, rest)
	rest = l.mul(l.add(l.sub(sum, hi), rest), l.num(4))
	hi = l.mul(hi, l.num(4))
	c := l.coef(halfPiF32, halfPiF64)
	p := l.mul(hi, l.num(c[0]))
	e := l.fma(hi, l.num(-c[0]), p)
	e = l.fma(hi, l.num(-c[1]), e)
	e = l.fma(rest, l.num(-c[0]), e)
	r = l.sub(p, e)
	return t, r, l.add(l.sub(r, p), e)
}

// twoSum is x + y and its rounding error (Knuth).
func (l *emitter) twoSum(x, y value) (sum, err value) {
	sum = l.add(x, y)
	b := l.sub(sum, x)
	return sum, l.add(l.sub(x, l.sub(sum, b)), l.sub(y, b))
}

// turnWords selects the five words of 1/(2 pi) that matter for x. They come multiplied by 2^100 (f32) or 2^400, lest the last ones be
// too small for a float.
func (l *emitter) turnWords(x value) []value {
	const window = 5
	bits, table, up := 24.0, turnF32, 100
	if l.double {
		bits, table, up = 53, turnF64, 400
	}
	words := make([]value, len(table))
	for i, w := range table {
		words[i] = l.num(math.Ldexp(w, up-int(bits)*(i+1)))
	}
	// The first word whose product with x is not a multiple of one, by the exponent of x; a quarter keeps clear of rounding errors.
	first := l.floor(l.fma(l.logb(x), l.num(1/bits), l.num(-(bits-1.25)/bits)))
	for step := 16; step > 0; step /= 2 {
		if step > len(words)-window {
			continue
		}
		past := l.ge(first, l.num(float64(step)))
		first = l.sel(past, l.sub(first, l.num(float64(step))), first)
		n := min(len(words), window+step-1)
		for i := range min(n, len(words)-step) {
			words[i] = l.sel(past, words[i+step], words[i])
		}
		words = words[:n]
	}
	return words[:window]
}

// sinRest and cosRest evaluate the polynomials for the rest r - low; r^2/2 enters the cosine unrounded.
func (l *emitter) sinRest(r, r2, low value) value {
	return l.sub(r, l.fma(l.mul(r, r2), l.poly(r2, l.coef(sinF32, sinF64)), low))
}

func (l *emitter) cosRest(r, r2, low value) value {
	c := l.coef(cosF32, cosF64)
	rest := l.fma(r2, l.mul(r2, l.poly(r2, c[1:])), l.mul(r, low))
	return l.add(l.num(1), l.fma(l.mul(r, l.num(c[0])), r, rest))
}

// circular is the sine of x + shift quarter turns.
func (l *emitter) circular(x value, shift int64) value {
	j, r, low := l.quarterTurns(x)
	if shift != 0 {
		j = l.iadd(j, l.int(shift))
	}
	r2 := l.mul(r, r)
	even := l.ieq(l.iand(j, l.int(1)), l.int(0))
	y := l.sel(even, l.sinRest(r, r2, low), l.cosRest(r, r2, low))
	top := int64(30)
	if l.double {
		top = 62
	}
	return l.float(l.ixor(l.bits(y), l.iand(l.shl(j, top), l.signbit())))
}

func expandSin(l *emitter, x value) value { return l.circular(x, 0) }

func expandCos(l *emitter, x value) value { return l.circular(x, 1) }

// expandTan is tan r, and -1/tan r with one correction in the odd quadrants.
func expandTan(l *emitter, x value) value {
	j, r, low := l.quarterTurns(x)
	r2 := l.mul(r, r)
	t := l.poly(r2, l.coef(tanF32, tanF64))
	// To first order: low times the derivative 1 + tan^2, with tan^2 roughly, and the rounding error of r2.
	small := l.fma(low, l.mul(r2, l.fma(r2, l.num(0.9), l.num(1))), low)
	small = l.fma(l.mul(l.fma(r, r, l.neg(r2)), r), t, small)
	w := l.fma(l.mul(r, r2), t, small)
	tan := l.sub(r, w)
	rest := l.sub(l.sub(r, tan), w)
	y := l.div(l.num(-1), tan)
	e := l.fma(y, tan, l.num(1))
	cot := l.fma(y, l.fma(y, rest, e), y)
	return l.sel(l.ieq(l.iand(j, l.int(1)), l.int(0)), tan, cot)
}
