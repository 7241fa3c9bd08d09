package tensor

import (
	"math"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/x448/float16"
)

// The layout of String, as NumPy's default print options have it.
const (
	summariseAbove = 1000 // elements
	edgeItems      = 3    // shown at each end of a summarised axis
	lineWidth      = 75   // columns
	maxDigits      = 8    // behind the point
)

// String returns the elements as NumPy prints them: in brackets by axis, aligned in columns, with
// at most eight digits behind the point, and of arrays of more than 1000 elements the three at each end of
// every axis.
func (t *Tensor) String() string {
	if t.size == 0 {
		return "[]"
	}
	p := printer{shape: t.shape, edge: math.MaxInt / 2}
	if t.size > summariseAbove {
		p.edge = edgeItems
	}
	p.words = formatElements(t, p.shown(nil, 0, 0))
	if len(t.shape) == 0 {
		return scalarWord(p.words[0])
	}
	return p.block(0)
}

// printer lays out formatted elements.
type printer struct {
	shape []int
	edge  int      // items shown at each end of an axis
	words []string // of the elements to show, in order; block takes them from the front
}

// positions returns which indices of an axis are shown; -1 stands for those left out.
func (p *printer) positions(axis int) []int {
	var all []int
	for i := 0; i < p.shape[axis]; i++ {
		if i == p.edge && p.shape[axis] > 2*p.edge {
			all = append(all, -1)
			i = p.shape[axis] - p.edge
		}
		all = append(all, i)
	}
	return all
}

// shown appends the flat positions of the elements to show, below the given axis.
func (p *printer) shown(out []int, axis, flat int) []int {
	if axis == len(p.shape) {
		return append(out, flat)
	}
	for _, i := range p.positions(axis) {
		if i >= 0 {
			out = p.shown(out, axis+1, flat*p.shape[axis]+i)
		}
	}
	return out
}

// block lays out one bracket of the given axis, which starts in column axis.
func (p *printer) block(axis int) string {
	if axis == len(p.shape)-1 {
		return p.row(axis)
	}
	indent := strings.Repeat(" ", axis+1)
	between := strings.Repeat("\n", len(p.shape)-1-axis) + indent
	var parts []string
	for _, i := range p.positions(axis) {
		part := "..."
		if i >= 0 {
			part = p.block(axis + 1)
		}
		parts = append(parts, part)
	}
	return "[" + strings.Join(parts, between) + "]"
}

// row lays out the elements of the last axis, over several lines if they are too wide.
func (p *printer) row(axis int) string {
	indent := strings.Repeat(" ", axis+1)
	width := lineWidth - len(p.shape) // every open bracket keeps a column for its end
	var text strings.Builder
	text.WriteByte('[')
	column := len(indent)
	for k, i := range p.positions(axis) {
		word := "..."
		if i >= 0 {
			word, p.words = p.words[0], p.words[1:]
		}
		switch {
		case k == 0:
		case column+1+len(word) > width:
			text.WriteString("\n" + indent)
			column = len(indent)
		default:
			text.WriteByte(' ')
			column++
		}
		text.WriteString(word)
		column += len(word)
	}
	text.WriteByte(']')
	return text.String()
}

// scalarWord turns the word of an array element into that of a number alone: 1. is 1.0, 1.e-05 is 1e-05.
func scalarWord(word string) string {
	word = strings.Replace(strings.TrimSpace(word), ".e", "e", 1)
	if strings.HasSuffix(word, ".") {
		word += "0"
	}
	return word
}

// formatElements returns the words of the elements at the given flat positions, all equally wide.
func formatElements(t *Tensor, flat []int) []string {
	words := make([]string, len(flat))
	switch {
	case t.dt == dtype.Bool:
		for i, f := range flat {
			words[i] = "False"
			if view[bool](t.data)[f] {
				words[i] = "True"
			}
		}
	case t.dt.IsSigned():
		for i, f := range flat {
			var v [1]int64
			t.LoadInt64(v[:], f)
			words[i] = strconv.FormatInt(v[0], 10)
		}
	case t.dt.IsUnsigned():
		for i, f := range flat {
			var v [1]uint64
			t.LoadUint64(v[:], f)
			words[i] = strconv.FormatUint(v[0], 10)
		}
	case t.dt.IsFloat():
		values := make([]float64, len(flat))
		for i, f := range flat {
			t.LoadFloat64(values[i:i+1], f)
		}
		return formatFloats(values, t.dt)
	default:
		return formatComplex(t, flat)
	}
	return padLeft(words)
}

func formatComplex(t *Tensor, flat []int) []string {
	re, im := make([]float64, len(flat)), make([]float64, len(flat))
	for i, f := range flat {
		var v [1]complex128
		t.LoadComplex128(v[:], f)
		re[i], im[i] = real(v[0]), imag(v[0])
	}
	words := formatFloats(re, t.dt.Real())
	for i, w := range formatFloats(im, t.dt.Real()) {
		number := strings.TrimSpace(w)
		if number[0] != '-' {
			number = "+" + number
		}
		// The j follows the last digit; what padding there is comes behind it.
		trail := len(w) - len(strings.TrimRight(w, " "))
		words[i] += number + "j" + strings.Repeat(" ", trail)
	}
	return padLeft(words)
}

// formatFloats returns the words of floats of type dt: the shortest digits that tell them from their
// neighbours, but at most maxDigits behind the point; all in positions, or all with exponents where their magnitudes are
// too far from 1 or from one another.
func formatFloats(values []float64, dt dtype.DType) []string {
	low, high := math.Inf(1), 0.0
	for _, v := range values {
		if a := math.Abs(v); a > 0 && !math.IsInf(a, 0) {
			low, high = min(low, a), max(high, a)
		}
	}
	verb := byte('f')
	if high >= 1e8 || high > 0 && (low < 1e-4 || high/low > 1000) {
		verb = 'e'
	}
	texts := make([]string, len(values))
	fraction := 0 // most digits behind the point
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		texts[i] = shortest(v, dt, verb)
		fraction = max(fraction, len(fractionOf(texts[i])))
	}
	for i, v := range values {
		switch {
		case math.IsNaN(v):
			texts[i] = "nan"
		case math.IsInf(v, 0):
			texts[i] = strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(v, 'f', -1, 64), "+"))
		case verb == 'e':
			texts[i] = withFraction(strconv.FormatFloat(v, 'e', fraction, 64))
		default:
			texts[i] += strings.Repeat(" ", fraction-len(fractionOf(texts[i])))
		}
	}
	return padLeft(texts)
}

// shortest returns v with a point and the fewest digits that read back as v in type dt, at most
// maxDigits of them behind the point.
func shortest(v float64, dt dtype.DType, verb byte) string {
	bits := 64
	if dt != dtype.Float64 {
		bits = 32
	}
	text := strconv.FormatFloat(v, verb, -1, bits)
	if dt == dtype.Float16 || dt == dtype.BFloat16 {
		text = shortestHalf(v, dt, verb)
	}
	if len(fractionOf(text)) > maxDigits {
		text = strconv.FormatFloat(v, verb, maxDigits, 64)
		mantissa, exponent, hasExponent := strings.Cut(text, "e")
		text = strings.TrimRight(mantissa, "0")
		if hasExponent {
			text += "e" + exponent
		}
	}
	return withFraction(text)
}

// shortestHalf is shortest for the 16-bit types, which strconv does not know.
func shortestHalf(v float64, dt dtype.DType, verb byte) string {
	same := func(x float64) bool { return dtype.F16FromFloat64(x) == float16.Fromfloat32(float32(v)) }
	if dt == dtype.BFloat16 {
		same = func(x float64) bool { return dtype.BF16FromFloat64(x) == dtype.BF16FromFloat64(v) }
	}
	for digits := 0; ; digits++ {
		x, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', digits, 64), 64)
		if same(x) {
			return strconv.FormatFloat(x, verb, -1, 64)
		}
	}
}

// withFraction puts a point into a number without one.
func withFraction(text string) string {
	if strings.Contains(text, ".") {
		return text
	}
	mantissa, exponent, hasExponent := strings.Cut(text, "e")
	if hasExponent {
		return mantissa + ".e" + exponent
	}
	return text + "."
}

// fractionOf returns the digits behind the point.
func fractionOf(text string) string {
	mantissa, _, _ := strings.Cut(text, "e")
	_, fraction, _ := strings.Cut(mantissa, ".")
	return fraction
}

func padLeft(words []string) []string {
	width := 0
	for _, w := range words {
		width = max(width, len(w))
	}
	for i, w := range words {
		words[i] = strings.Repeat(" ", width-len(w)) + w
	}
	return words
}
