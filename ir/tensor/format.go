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
	line := "" // without the indent
	for k, i := range p.positions(axis) {
		word := "..."
		if i >= 0 {
			word, p.words = p.words[0], p.words[1:]
		}
		switch {
		case k == 0:
			line = word
		case len(indent)+len(line)+1+len(word) > width:
			text.WriteString(strings.TrimRight(line, " ") + "\n" + indent)
			line = word
		default:
			line += " " + word
		}
	}
	return text.String() + line + "]"
}

// scalarWord turns the word of an array element into that of a number alone: 1. is 1.0, 1.e-05 is 1e-05, 1.+2.j is (1+2j).
func scalarWord(word string) string {
	word = strings.ReplaceAll(strings.TrimSpace(word), ".e", "e")
	if strings.HasSuffix(word, "j") {
		return "(" + strings.NewReplacer(".+", "+", ".-", "-", ".j", "j").Replace(word) + ")"
	}
	if strings.HasSuffix(word, ".") {
		word += "0"
	}
	return word
}

// formatElements returns the words of the elements at the given flat positions, all equally wide.
func formatElements(t *Tensor, flat []int) []string {
	if t.dt.IsNarrow() {
		return formatElements(t.AsType(t.dt.Wide()), flat)
	}
	words := make([]string, len(flat))
	switch {
	case t.dt == dtype.Bool:
		for i, f := range flat {
			words[i] = "False"
			if view[bool](t.Bytes())[f] {
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
		return formatFloats(values, t.dt, "")
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
	words := formatFloats(re, t.dt.Real(), "")
	for i, w := range formatFloats(im, t.dt.Real(), "+") {
		// The j follows the last digit; what padding there is comes behind it.
		digits := strings.TrimRight(w, " ")
		words[i] += digits + "j" + w[len(digits):]
	}
	return words
}

// formatFloats returns the words of floats of type dt, with plus before those without a minus: the shortest digits that tell
// them from their neighbours, but at most maxDigits behind the point; all in positions, or all with exponents
// where their magnitudes are too far from 1 or from one another.
func formatFloats(values []float64, dt dtype.DType, plus string) []string {
	verb := floatVerb(values)
	words := make([]string, len(values))
	fraction, exponent := 0, 0 // most digits
	for i, v := range values {
		words[i] = specialWord(v)
		if words[i] == "" {
			words[i] = shortest(v, dt, verb)
			parts := splitNumber(words[i])
			fraction, exponent = max(fraction, len(parts.fraction)), max(exponent, len(parts.exponent))
		}
	}
	for i, v := range values {
		switch {
		case specialWord(v) != "":
		case verb == 'e':
			words[i] = splitNumber(strconv.FormatFloat(v, 'e', fraction, 64)).join(fraction, exponent)
		default:
			words[i] = splitNumber(words[i]).join(fraction, 0)
		}
		if words[i][0] != '-' {
			words[i] = plus + words[i]
		}
	}
	return padLeft(words)
}

// floatVerb chooses between positions ('f') and exponents ('e').
func floatVerb(values []float64) byte {
	low, high := math.Inf(1), 0.0
	for _, v := range values {
		if a := math.Abs(v); a > 0 && !math.IsInf(a, 0) {
			low, high = min(low, a), max(high, a)
		}
	}
	if high >= 1e8 || high > 0 && (low < 1e-4 || high/low > 1000) {
		return 'e'
	}
	return 'f'
}

// specialWord returns the word of a value that is no finite number, else nothing.
func specialWord(v float64) string {
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	return ""
}

// numberText is a number in text, split: whole.fraction, or whole.fraction e sign exponent.
type numberText struct {
	whole, fraction, sign, exponent string
}

func splitNumber(text string) (n numberText) {
	mantissa, exponent, hasExponent := strings.Cut(text, "e")
	n.whole, n.fraction, _ = strings.Cut(mantissa, ".")
	if hasExponent {
		n.sign, n.exponent = exponent[:1], exponent[1:]
	}
	return n
}

// join puts a number together with room for at least the given numbers of digits: spaces behind the fraction, zeros
// before the exponent.
func (n numberText) join(fraction, exponent int) string {
	text := n.whole + "." + n.fraction + strings.Repeat(" ", max(fraction-len(n.fraction), 0))
	if n.exponent != "" {
		text += "e" + n.sign + strings.Repeat("0", max(exponent-len(n.exponent), 0)) + n.exponent
	}
	return text
}

// shortest returns v with the fewest digits that read back as v in type dt, but at most maxDigits of them
// behind the point.
func shortest(v float64, dt dtype.DType, verb byte) string {
	bits := 64
	if dt != dtype.Float64 {
		bits = 32
	}
	text := strconv.FormatFloat(v, verb, -1, bits)
	if dt == dtype.Float16 || dt == dtype.BFloat16 {
		text = shortestHalf(v, dt, verb)
	}
	if len(splitNumber(text).fraction) <= maxDigits {
		return text
	}
	n := splitNumber(strconv.FormatFloat(v, verb, maxDigits, 64))
	n.fraction = strings.TrimRight(n.fraction, "0")
	return n.join(0, 0)
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

// padLeft makes all words as wide as the widest.
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
