package syntax

import (
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// typ reads any type.
func (p *parser) typ() Type {
	p.deeper()
	defer p.shallower()
	switch b := p.peek(); {
	case b == '!':
		return p.dialectType()
	case b == '(':
		return p.funcType()
	}
	start := p.pos
	word := p.needWord("a type")
	switch word {
	case "tensor":
		p.pos = start
		return p.tensorType()
	case "tuple":
		t := &TupleType{}
		p.list("<", ">", func() { t.Elems = append(t.Elems, p.typ()) })
		return t
	case "complex":
		p.pos = start
		return ScalarType{p.elem()}
	case "memref", "vector":
		if p.peek() == '<' {
			p.balanced()
		}
		return RawType{p.src[start:p.pos]}
	case "none":
		return RawType{word}
	}
	if !isElemName(word) {
		p.pos = start
		p.fail("a type")
	}
	return ScalarType{elemOf(word)}
}

// dialectType reads !stablehlo.token, an alias, or keeps the text.
func (p *parser) dialectType() Type {
	start := p.pos
	p.pos++
	name := p.suffix("a type's name behind !")
	if t, ok := p.typeAliases[name]; ok {
		return t
	}
	if !strings.Contains(name, ".") {
		p.pos = start
		p.fail("a type (the alias is not defined)")
	}
	if name == "stablehlo.token" || name == "mhlo.token" {
		return TokenType{}
	}
	if p.here() == '<' {
		p.balanced()
	}
	return RawType{p.src[start:p.pos]}
}

// funcType reads (types) -> type or (types) -> (types).
func (p *parser) funcType() *FuncType {
	t := &FuncType{}
	p.list("(", ")", func() { t.Params = append(t.Params, p.typ()) })
	p.expect("->")
	t.Results = p.resultTypes()
	return t
}

func (p *parser) resultTypes() []Type {
	if p.peek() != '(' {
		return []Type{p.typ()}
	}
	var out []Type
	p.list("(", ")", func() { out = append(out, p.typ()) })
	return out
}

// tensorType reads tensor<...>. Programs repeat few types many times, so texts that were seen give the type read then.
func (p *parser) tensorType() *TensorType {
	p.expect("tensor")
	if p.peek() != '<' {
		p.fail(`"<"`)
	}
	start := p.pos
	if end := plainEnd(p.src, start); end > 0 {
		if t, ok := p.tensors[p.src[start:end]]; ok {
			p.pos = end
			return t
		}
	}
	p.pos++
	t := &TensorType{}
	if p.accept("*") {
		t.Unranked = true
		p.expectHere("x")
	}
	for p.peek() == '?' || isDigit(p.here()) {
		t.Shape = append(t.Shape, p.extent())
		p.expectHere("x")
	}
	t.Elem = p.elem()
	if p.accept(",") {
		t.Encoding = p.attr()
	}
	p.expect(">")
	p.tensors[p.src[start:p.pos]] = t
	return t
}

// plainEnd finds the end of <...> when there is nothing in it but letters, digits, ?, <, > and white space; 0 otherwise.
func plainEnd(src string, start int) int {
	depth := 0
	for i := start; i < len(src); i++ {
		switch b := src[i]; {
		case b == '<':
			depth++
		case b == '>':
			if depth--; depth == 0 {
				return i + 1
			}
		case isWord(b) || b == '?' || b == ' ':
		default:
			return 0
		}
	}
	return 0
}

// expectHere is expect for a letter that is part of a word: the x of 4x3xf32.
func (p *parser) expectHere(s string) {
	p.skip()
	if !strings.HasPrefix(p.src[p.pos:], s) {
		p.fail(strconv.Quote(s))
	}
	p.pos += len(s)
}

func (p *parser) extent() int {
	if p.accept("?") {
		return Dynamic
	}
	start := p.pos
	for isDigit(p.here()) {
		p.pos++
	}
	n, err := strconv.Atoi(p.src[start:p.pos])
	if err != nil {
		p.pos = start
		p.fail("an extent that fits 64 bits")
	}
	return n
}

// elem reads an element type.
func (p *parser) elem() Elem {
	start := p.pos
	if p.peek() == '!' {
		start = p.pos
		p.dialectType()
		return Elem{Name: p.src[start:p.pos]}
	}
	word := p.needWord("an element type")
	if word == "complex" {
		p.expect("<")
		part := p.elem()
		p.expect(">")
		return elemOf("complex<" + part.Name + ">")
	}
	if !isElemName(word) {
		p.pos = start
		p.fail("an element type")
	}
	return elemOf(word)
}

// elemOf finds the DType of a name in StableHLO's spelling.
func elemOf(name string) Elem {
	e := Elem{Name: name}
	if dt, err := dtype.Parse(name); err == nil && (dt.String() == name) {
		e.DType = dt
	}
	return e
}

// isElemName reports whether a word is a number type of MLIR: i8, ui8, si8, f32, f8E4M3FN, bf16, tf32, index.
func isElemName(s string) bool {
	switch s {
	case "bf16", "tf32", "index", "f16", "f32", "f64", "f80", "f128":
		return true
	}
	if strings.HasPrefix(s, "f8E") || strings.HasPrefix(s, "f6E") || strings.HasPrefix(s, "f4E") {
		return true
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "u"), "s")
	if len(digits) < 2 || len(s)-len(digits) > 1 || digits[0] != 'i' {
		return false
	}
	for _, b := range []byte(digits[1:]) {
		if !isDigit(b) {
			return false
		}
	}
	return true
}
