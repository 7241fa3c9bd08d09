package syntax

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// dict reads {name = value, unit, ...} with the given brackets.
func (p *parser) dict(open, closer string) Attrs {
	var out Attrs
	p.list(open, closer, func() {
		p.skip()
		at := p.place(p.pos)
		name := p.attrName()
		if out.Get(name) != nil {
			p.failAt(at, "expected different names of attributes, got %q twice", name)
		}
		var value Attr = Unit{}
		if p.accept("=") {
			value = p.attr()
		}
		out = append(out, NamedAttr{Name: name, Value: value, Pos: at})
	})
	return out
}

func (p *parser) attrName() string {
	if p.peek() == '"' {
		return p.stringLiteral("an attribute's name")
	}
	return p.needWord("an attribute's name")
}

// optionalDict reads {...} if it stands here.
func (p *parser) optionalDict() Attrs {
	if p.peek() != '{' {
		return nil
	}
	return p.dict("{", "}")
}

// attr reads any attribute.
func (p *parser) attr() Attr {
	p.deeper()
	defer p.shallower()
	switch b := p.peek(); {
	case b == '"':
		return String(p.stringLiteral("a string"))
	case b == '[':
		out := Array{}
		p.list("[", "]", func() { out = append(out, p.attr()) })
		return out
	case b == '{':
		return Dict(p.dict("{", "}"))
	case b == '@':
		return p.symbol()
	case b == '#':
		return p.dialectAttr()
	case b == '?':
		p.pos++
		return Int{Value: Dynamic, Type: elemOf("i64")}
	case b == '-' || isDigit(b):
		n := p.number()
		if p.accept(":") {
			return p.typedNumber(n)
		}
		return n.attr(p)
	case b == '(' || b == '!':
		return TypeAttr{p.typ()}
	}
	start := p.pos
	word := p.needWord("an attribute")
	switch word {
	case "true", "false":
		return Bool(word == "true")
	case "unit":
		return Unit{}
	case "dense":
		return p.dense(start)
	case "array":
		return p.numbers()
	case "dense_resource":
		p.pos = start
		p.fail("a literal in the text (dense_resource refers to data that the text does not hold; write it as dense<...>)")
	case "loc", "affine_map", "affine_set", "sparse", "opaque", "strided", "distinct":
		for b := p.peek(); b == '<' || b == '(' || b == '['; b = p.here() {
			p.balanced()
		}
		return Raw(p.src[start:p.pos])
	}
	p.pos = start
	if !startsType(word) {
		p.fail("an attribute")
	}
	return TypeAttr{p.typ()}
}

func startsType(word string) bool {
	switch word {
	case "tensor", "tuple", "complex", "memref", "vector", "none":
		return true
	}
	return isElemName(word)
}

// symbol reads @name, @"any text" and @a::@b.
func (p *parser) symbol() Symbol {
	name := p.oneSymbol()
	for p.accept("::") {
		name += "::" + p.oneSymbol()
	}
	return Symbol(name)
}

func (p *parser) oneSymbol() string {
	if p.peek() != '@' {
		p.fail("a symbol (@name)")
	}
	p.pos++
	if p.here() == '"' {
		return p.stringLiteral("a symbol's name")
	}
	return p.suffix("a symbol's name")
}

// dialectAttr reads #alias, #stablehlo<kind VALUE>, #stablehlo.name<field = value, ...>, or keeps the text.
func (p *parser) dialectAttr() Attr {
	start := p.pos
	p.pos++
	name := p.suffix("an attribute's name behind #")
	if a, ok := p.attrAliases[name]; ok {
		return a
	}
	known := name == "stablehlo" || name == "chlo" || strings.HasPrefix(name, "stablehlo.") || strings.HasPrefix(name, "chlo.")
	dialect := strings.Contains(name, ".")
	switch {
	case p.here() != '<' && !dialect:
		p.pos = start
		p.fail("an attribute (the alias is not defined)")
	case p.here() != '<':
		return Raw(p.src[start:p.pos])
	case !known:
		p.balanced()
		return Raw(p.src[start:p.pos])
	case !dialect:
		return p.enumOrStruct(name, start)
	case name == "stablehlo.conv":
		return p.convNumbers()
	}
	return p.structAttr(name, start)
}

// enumOrStruct reads what follows #stablehlo: <kind VALUE>, or <kind<fields>>, which is #stablehlo.kind<fields>.
func (p *parser) enumOrStruct(dialect string, start int) Attr {
	p.expect("<")
	kind := p.needWord("the kind of the attribute")
	if p.peek() == '<' {
		var a Attr
		if a = Attr(nil); dialect == "stablehlo" && kind == "conv" {
			a = p.convNumbers()
		} else {
			a = p.structAttr(dialect+"."+kind, start)
		}
		p.expect(">")
		return a
	}
	value := p.needWord("a value of " + kind)
	p.expect(">")
	return Enum{Name: dialect + "." + kind, Value: value}
}

// structAttr reads <field = value, ...> with a comma allowed behind the last; <WORD> is an Enum, anything else stays text.
func (p *parser) structAttr(name string, start int) Attr {
	inside := p.pos
	p.expect("<")
	out := &Struct{Name: name}
	for !p.accept(">") {
		p.skip()
		at := p.place(p.pos)
		field := ""
		if b := p.peek(); isWord(b) && !isDigit(b) {
			field = p.word()
		}
		if len(out.Fields) == 0 && field != "" && p.accept(">") {
			return Enum{Name: name, Value: field}
		}
		if field == "" || !p.accept("=") {
			if len(out.Fields) > 0 {
				p.fail("field = value")
			}
			p.pos = inside
			p.balanced()
			return Raw(p.src[start:p.pos])
		}
		if out.Fields.Get(field) != nil {
			p.failAt(at, "expected different fields, got %q twice", field)
		}
		out.Fields = append(out.Fields, NamedAttr{Name: field, Value: p.attr(), Pos: at})
		if !p.accept(",") && p.peek() != '>' {
			p.fail(`"," or ">"`)
		}
	}
	return out
}

// num is a number of the text before its type is known.
type num struct {
	text string // with the sign
	kind byte   // 'i' decimal, 'x' hexadecimal, 'f' with point or exponent
	pos  int
}

// number reads a number.
func (p *parser) number() num {
	p.skip()
	n := num{pos: p.pos}
	end := scanNumber(p.src, p.pos, &n)
	if end == p.pos {
		p.fail("a number")
	}
	p.pos = end
	return n
}

// scanNumber finds the end of the number that starts at i; i itself if there is none.
func scanNumber(src string, i int, n *num) int {
	start := i
	if i < len(src) && src[i] == '-' {
		i++
	}
	digits := i
	for i < len(src) && isDigit(src[i]) {
		i++
	}
	if i == digits {
		return start
	}
	n.kind = 'i'
	if i == digits+1 && src[digits] == '0' && i+1 < len(src) && src[i] == 'x' && isHex(src[i+1]) {
		for i++; i < len(src) && isHex(src[i]); i++ {
		}
		n.kind, n.text = 'x', src[start:i]
		return i
	}
	if i < len(src) && src[i] == '.' {
		n.kind = 'f'
		for i++; i < len(src) && isDigit(src[i]); i++ {
		}
		if i < len(src) && (src[i] == 'e' || src[i] == 'E') {
			e := i + 1
			if e < len(src) && (src[e] == '+' || src[e] == '-') {
				e++
			}
			if e < len(src) && isDigit(src[e]) {
				for i = e; i < len(src) && isDigit(src[i]); i++ {
				}
			}
		}
	}
	n.text = src[start:i]
	return i
}

func isHex(b byte) bool { return isDigit(b) || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F' }

// attr types a number that has no type: integers are i64, others f64.
func (n num) attr(p *parser) Attr {
	if n.kind == 'f' {
		return n.float(p, elemOf("f64"))
	}
	return Int{Value: int64(n.uint64(p)), Type: elemOf("i64")}
}

// typedNumber reads the type behind a number.
func (p *parser) typedNumber(n num) Attr {
	e := p.elem()
	if e.DType.IsFloat() || len(e.Name) > 1 && e.Name[0] == 'f' || e.Name == "bf16" || e.Name == "tf32" {
		return n.float(p, e)
	}
	if n.kind == 'f' {
		p.failAt(p.place(n.pos), "expected an integer of type %s, got %s", e.Name, n.text)
	}
	return Int{Value: int64(n.uint64(p)), Type: e}
}

func (n num) float(p *parser, e Elem) Float {
	if n.kind == 'x' {
		return Float{Value: p.bitsOf(n, e), Type: e}
	}
	v, err := strconv.ParseFloat(n.text, 64)
	if err != nil && !math.IsInf(v, 0) {
		p.failAt(p.place(n.pos), "expected a number of type %s, got %s", e.Name, n.text)
	}
	return Float{Value: v, Type: e}
}

// bitsOf reads hexadecimal digits as the bits of a float.
func (p *parser) bitsOf(n num, e Elem) float64 {
	bits := n.uint64(p)
	if !e.DType.IsFloat() {
		p.failAt(p.place(n.pos), "expected a decimal number of type %s, got %s", e.Name, n.text)
	}
	t := tensor.Must(tensor.New(e.DType))
	if !storeBits(t.Bytes(), bits) || n.text[0] == '-' {
		p.failAt(p.place(n.pos), "expected at most %d bits of a %s, got %s", 8*e.DType.Size(), e.Name, n.text)
	}
	return t.Float64s()[0]
}

// storeBits writes bits little-endian to all of b; false if they do not fit.
func storeBits(b []byte, bits uint64) bool {
	var all [8]byte
	binary.LittleEndian.PutUint64(all[:], bits)
	copy(b, all[:])
	return len(b) >= 8 || bits>>(8*uint(len(b))) == 0
}

// uint64 is the value of an integer in two's complement.
func (n num) uint64(p *parser) uint64 {
	v, ok := parseInt(n)
	if !ok {
		p.failAt(p.place(n.pos), "expected an integer that fits 64 bits, got %s", n.text)
	}
	return v
}

func parseInt(n num) (uint64, bool) {
	text, negative := n.text, false
	if text[0] == '-' {
		text, negative = text[1:], true
	}
	base := 10
	if n.kind == 'x' {
		text, base = text[2:], 16
	}
	v, err := strconv.ParseUint(text, base, 64)
	if err != nil || negative && v > 1<<63 {
		return 0, false
	}
	if negative {
		v = -v
	}
	return v, true
}

// numbers reads what follows array: <i64: 1, 2>, <i1: true>, <f32: 1.0>, <i64>.
func (p *parser) numbers() Attr {
	p.expect("<")
	e := p.elem()
	var nums []num
	if p.accept(":") {
		for {
			switch {
			case p.accept("true"):
				nums = append(nums, num{text: "1", kind: 'i'})
			case p.accept("false"):
				nums = append(nums, num{text: "0", kind: 'i'})
			default:
				nums = append(nums, p.number())
			}
			if !p.accept(",") {
				break
			}
		}
	}
	p.expect(">")
	if e.DType.IsFloat() {
		out := &FloatArray{Elem: e, Values: make([]float64, len(nums))}
		for i, n := range nums {
			out.Values[i] = n.float(p, e).Value
		}
		return out
	}
	if !e.DType.IsInt() && e.DType != dtype.Bool {
		p.fail("an array of integers, bools or floats")
	}
	out := &IntArray{Elem: e, Values: make([]int64, len(nums))}
	for i, n := range nums {
		if n.kind == 'f' {
			p.failAt(p.place(n.pos), "expected an integer, got %s", n.text)
		}
		out.Values[i] = int64(n.uint64(p))
	}
	return out
}
