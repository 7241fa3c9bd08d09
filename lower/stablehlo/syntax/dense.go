package syntax

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// dense reads what follows the word dense: <elements> : type. The type comes last, so the elements are passed over and decoded after it.
func (p *parser) dense(start int) *Dense {
	if p.peek() != '<' {
		p.fail(`"<"`)
	}
	p.pos++
	from := p.pos
	to := p.denseEnd(start)
	p.expect(":")
	var t *TensorType
	if p.looking("vector") {
		p.fail("a tensor type")
	}
	if t = p.tensorType(); t.Unranked {
		p.failAt(p.place(start), "expected a literal with a shape, got %v", t)
	}
	for _, n := range t.Shape {
		if n == Dynamic {
			p.failAt(p.place(start), "expected a literal with a static shape, got %v", t)
		}
	}
	size, err := tensor.Size(t.Shape)
	if err != nil {
		p.failAt(p.place(start), "expected a size that fits 64 bits, got %v", t)
	}
	end := p.pos
	d := p.decode(from, to, t, size)
	p.pos = end
	return d
}

// denseEnd moves behind the > that closes a literal and returns its offset. Literals hold no > but in comments.
func (p *parser) denseEnd(start int) int {
	n := strings.IndexByte(p.src[p.pos:], '>')
	if n >= 0 && !strings.Contains(p.src[p.pos:p.pos+n], "//") {
		p.pos += n + 1
		return p.pos - 1
	}
	for p.pos < len(p.src) {
		switch p.peek() {
		case '"':
			p.stringLiteral("a string")
		case '>':
			p.pos++
			return p.pos - 1
		default:
			p.pos++
		}
	}
	p.failAt(p.place(start), "expected the end of the literal, got the end of the text")
	return 0
}

// decode reads the elements in src[from:to].
func (p *parser) decode(from, to int, t *TensorType, size int) *Dense {
	dt := t.Elem.DType
	if t.Elem.Name == "index" {
		dt = dtype.Int64
	}
	if dt == dtype.Invalid {
		return &Dense{Type: t, Text: strings.TrimSpace(p.src[from:to])}
	}
	p.pos = from
	d := &literal{parser: p, end: to, dt: dt, elem: t.Elem}
	switch b := p.peek(); {
	case p.pos >= to:
		if size != 0 {
			p.failAt(p.place(from), "expected %d elements of %v, got none", size, t)
		}
		return &Dense{Type: t, Value: p.newTensor(dt, from, t.Shape...)}
	case b == '"':
		return d.hexString(t, size)
	case b != '[':
		d.room()
		d.scalar()
		d.flush()
		d.finish()
		if size == 1 {
			return &Dense{Type: t, Value: tensor.Must(d.out.Reshape(t.Shape...))}
		}
		return &Dense{Type: t, Value: d.out, Splat: true}
	}
	// Each element takes two bytes of text or more, so this allocates no more than the text justifies.
	if size > to-from {
		p.failAt(p.place(from), "expected %d elements of %v, got fewer", size, t)
	}
	d.room(t.Shape...)
	d.nested(t.Shape)
	d.flush()
	d.finish()
	return &Dense{Type: t, Value: d.out}
}

func (p *parser) newTensor(dt dtype.DType, at int, shape ...int) *tensor.Tensor {
	t, err := tensor.New(dt, shape...)
	if err != nil {
		p.failAt(p.place(at), "expected a literal that fits memory: %v", err)
	}
	return t
}

// chunk is how many elements wait for their conversion to the element type.
const chunk = 256

// literal decodes numbers into a tensor, a chunk at a time and without an allocation for each.
type literal struct {
	*parser
	end  int // of the text
	dt   dtype.DType
	elem Elem
	out  *tensor.Tensor
	done int // elements stored
	n    int // elements waiting

	floats    [chunk]float64
	ints      [chunk]uint64
	complexes [chunk]complex128
}

func (d *literal) room(shape ...int) {
	d.out = d.newTensor(d.dt, d.pos, shape...)
}

func (d *literal) finish() {
	d.skip()
	if d.pos != d.end {
		d.fail("the end of the literal")
	}
}

// nested reads brackets as deep as the shape says.
func (d *literal) nested(shape []int) {
	if len(shape) == 0 {
		d.scalar()
		return
	}
	at := d.pos
	d.expect("[")
	for i := range shape[0] {
		if i > 0 && !d.accept(",") {
			d.fail(strconv.Quote(",") + " (an axis of " + strconv.Itoa(shape[0]) + " has " + strconv.Itoa(i) + ")")
		}
		d.nested(shape[1:])
	}
	if !d.accept("]") {
		d.skip()
		d.failAt(d.place(d.pos), "expected \"]\" behind %d elements (the list starts at %v), got %s", shape[0], d.place(at), d.next())
	}
}

func (d *literal) flush() {
	switch {
	case d.n == 0:
	case d.dt.IsComplex():
		d.out.StoreComplex128(d.done, d.complexes[:d.n])
	case isFloat(d.dt):
		d.out.StoreFloat64(d.done, d.floats[:d.n])
	default:
		d.out.StoreUint64(d.done, d.ints[:d.n])
	}
	d.done += d.n
	d.n = 0
}

// isFloat reports whether elements are floats, narrow ones included.
func isFloat(dt dtype.DType) bool { return dt.Wide().IsFloat() }

// scalar reads one element.
func (d *literal) scalar() {
	if d.n == chunk {
		d.flush()
	}
	switch {
	case d.dt.IsComplex():
		d.expect("(")
		re := d.real(d.dt.Real())
		d.expect(",")
		d.complexes[d.n] = complex(re, d.real(d.dt.Real()))
		d.expect(")")
	case isFloat(d.dt):
		if n := d.number(); n.kind == 'x' {
			d.bits(n)
			return
		} else {
			d.floats[d.n] = d.decimal(n)
		}
	default:
		d.ints[d.n] = d.int()
	}
	d.n++
}

// bits stores the bits of one float as they are, NaNs with their payload.
func (d *literal) bits(n num) {
	d.flush()
	size := d.dt.Size()
	v, ok := parseInt(n)
	if n.text[0] == '-' || !ok || d.dt.IsNarrow() && v>>d.dt.Bits() != 0 || !storeBits(d.out.Bytes()[d.done*size:(d.done+1)*size], v) {
		d.failAt(d.place(n.pos), "expected at most %d bits of a %s, got %s", d.dt.Bits(), d.elem.Name, n.text)
	}
	d.done++
}

func (d *literal) decimal(n num) float64 {
	if n.kind == 'i' {
		d.failAt(d.place(n.pos), "expected a %s with a point or hexadecimal bits, got %s", d.elem.Name, n.text)
	}
	v, err := strconv.ParseFloat(n.text, 64)
	if err != nil && !math.IsInf(v, 0) {
		d.failAt(d.place(n.pos), "expected a %s, got %s", d.elem.Name, n.text)
	}
	return v
}

// real reads one part of a complex number.
func (d *literal) real(part dtype.DType) float64 {
	n := d.number()
	if n.kind != 'x' {
		return d.decimal(n)
	}
	return d.bitsOf(n, Elem{Name: part.String(), DType: part})
}

// int reads an integer or a bool, and checks that it fits: as MLIR does, -128 to 255 are values of i8.
func (d *literal) int() uint64 {
	if b := d.peek(); b == 't' || b == 'f' {
		switch word := d.word(); {
		case d.dt != dtype.Bool || word != "true" && word != "false":
			d.pos -= len(word)
			d.fail("an element of type " + d.elem.Name)
		case word == "true":
			return 1
		default:
			return 0
		}
	}
	n := d.number()
	v, ok := parseInt(n)
	if n.kind == 'f' || !ok || !d.fits(v, n.text[0] == '-') {
		d.failAt(d.place(n.pos), "expected an element of type %s, got %s", d.elem.Name, n.text)
	}
	return v
}

func (d *literal) fits(v uint64, negative bool) bool {
	bits := d.dt.Bits()
	switch {
	case negative && (d.dt.Wide().IsUnsigned() || d.dt == dtype.Bool):
		return v == 0
	case negative:
		return int64(v) >= -1<<(bits-1)
	}
	return bits == 64 || v>>bits == 0
}

// hexString reads "0x..." : the bytes of the elements, little-endian, or of one element for a splat.
func (d *literal) hexString(t *TensorType, size int) *Dense {
	at := d.pos
	text := d.stringLiteral("a string of hexadecimal digits")
	d.finish()
	if !strings.HasPrefix(text, "0x") {
		d.failAt(d.place(at), "expected a string that starts with 0x")
	}
	text = text[2:]
	width := d.dt.Size()
	out := &Dense{Type: t, Splat: len(text) == 2*width && size != 1}
	if !out.Splat && len(text)/2 != size*width || len(text)%2 != 0 {
		d.failAt(d.place(at), "expected %d hexadecimal digits for %v, got %d", 2*size*width, t, len(text))
	}
	if out.Splat {
		out.Value = d.newTensor(d.dt, at)
	} else {
		out.Value = d.newTensor(d.dt, at, t.Shape...)
	}
	if !decodeHex(out.Value.Bytes(), text) {
		d.failAt(d.place(at), "expected hexadecimal digits only")
	}
	for i, b := range out.Value.Bytes() {
		switch {
		case d.dt == dtype.Bool:
			out.Value.Bytes()[i] = min(b, 1)
		case d.dt.IsNarrow() && isFloat(d.dt):
			out.Value.Bytes()[i] = b & byte(1<<d.dt.Bits()-1)
		case d.dt.IsNarrow():
			out.Value.Bytes()[i] = d.dt.NarrowInt(uint64(b))
		default:
			return out
		}
	}
	return out
}

func decodeHex(dst []byte, text string) bool {
	_, err := hex.Decode(dst, []byte(text))
	return err == nil
}
