package syntax

import (
	"strconv"
	"strings"
)

// head is the left side of an operation: names and how many results each stands for.
type head struct {
	name  string
	count int
	pos   Pos
}

// operation reads one operation. Names without a dialect are of the given one.
func (p *parser) operation(dialect string) *Op {
	p.deeper()
	defer p.shallower()
	outer := p.op
	defer func() { p.op = outer }()
	var heads []head
	if p.peek() == '%' {
		heads = p.heads()
	}
	p.skip()
	op := &Op{Pos: p.place(p.pos)}
	if p.here() == '"' {
		op.Name = p.stringLiteral("an operation's name")
		p.op = op.Name
		p.generic(op)
	} else {
		op.Name = p.needWord("an operation")
		if !strings.Contains(op.Name, ".") {
			op.Name = fullName(dialect, op.Name)
		}
		p.op = op.Name
		p.short(op, heads)
	}
	p.location()
	p.nameResults(op, heads)
	return op
}

// fullName completes the names that MLIR allows without a dialect: those of func inside of functions.
func fullName(dialect, name string) string {
	if name == "return" || name == "call" {
		return "func." + name
	}
	return dialect + "." + name
}

// heads reads %a, %b:2 = .
func (p *parser) heads() []head {
	var out []head
	for {
		p.skip()
		h := head{pos: p.place(p.pos), name: p.valueName(), count: 1}
		if p.accept(":") {
			n := p.integer("the number of results")
			if n < 1 || n > 1<<20 {
				p.failAt(h.pos, "expected a positive number of results, got %d", n)
			}
			h.count = int(n)
		}
		out = append(out, h)
		if !p.accept(",") {
			p.expect("=")
			return out
		}
	}
}

// nameResults gives the results of an operation the names on its left side.
func (p *parser) nameResults(op *Op, heads []head) {
	want := 0
	for _, h := range heads {
		want += h.count
	}
	if want != 0 && want != len(op.Results) {
		p.failAt(op.Pos, "expected names for %d results, got %d", len(op.Results), want)
	}
	at := 0
	for _, h := range heads {
		own := op.Results[at : at+h.count : at+h.count]
		for i, v := range own {
			v.Pos, v.Name = h.pos, h.name
			if h.count > 1 {
				v.Name += "#" + strconv.Itoa(i)
			}
		}
		p.define(h.name, own...)
		at += h.count
	}
	for _, v := range op.Results {
		v.Def = op
		if len(heads) == 0 {
			v.Pos = op.Pos
		}
	}
}

func results(types []Type) []*Value {
	if len(types) == 0 {
		return nil
	}
	block := make([]Value, len(types))
	out := make([]*Value, len(types))
	for i, t := range types {
		block[i].Type = t
		out[i] = &block[i]
	}
	return out
}

// generic reads what follows the quoted name: (operands) <{properties}> ({regions}) {attributes} : type.
func (p *parser) generic(op *Op) {
	p.list("(", ")", func() { op.Operands = append(op.Operands, p.use()) })
	if p.peek() == '[' {
		p.fail("an operation without successors")
	}
	if p.peek() == '<' {
		p.pos++
		p.addAttrs(op, p.dict("{", "}"))
		p.expect(">")
	}
	if p.peek() == '(' {
		p.list("(", ")", func() { op.Regions = append(op.Regions, p.region(regionDialect(op.Name), nil)) })
	}
	p.addAttrs(op, p.optionalDict())
	p.expect(":")
	p.functional(op)
}

// regionDialect is the dialect of names without one in an operation's regions.
func regionDialect(name string) string {
	if name == "builtin.module" {
		return "builtin"
	}
	return "func"
}

// functional reads (types) -> results and compares the types of the operands.
func (p *parser) functional(op *Op) {
	p.skip()
	at := p.place(p.pos)
	if p.here() != '(' {
		p.fail("a type of the form (operands) -> results")
	}
	n := 0
	p.list("(", ")", func() {
		p.skip()
		here := p.place(p.pos)
		t := p.typ()
		if n < len(op.Operands) {
			p.sameType(op.Operands[n], t, here)
		}
		n++
	})
	if n != len(op.Operands) {
		p.failAt(at, "expected %d types of operands, got %d", len(op.Operands), n)
	}
	p.expect("->")
	op.Results = results(p.resultTypes())
}

func (p *parser) sameType(v *Value, t Type, at Pos) {
	if !Equal(v.Type, t) && !(opaque(v.Type) && opaque(t)) {
		p.failAt(at, "expected the type of %s, which is %v, got %v", quoteName(v), v.Type, t)
	}
}

// opaque reports whether a type holds text that says the same in more than one way.
func opaque(t Type) bool {
	tt, ok := t.(*TensorType)
	return ok && (tt.Encoding != nil || strings.HasPrefix(tt.Elem.Name, "!"))
}

func (p *parser) addAttrs(op *Op, attrs Attrs) {
	if len(op.Attrs) == 0 {
		op.Attrs = attrs
		return
	}
	for _, a := range attrs {
		if op.Attrs.Get(a.Name) != nil {
			p.failAt(a.Pos, "expected each attribute once, got %s twice", a.Name)
		}
		op.Attrs = append(op.Attrs, a)
	}
}

func (p *parser) addAttr(op *Op, name string, value Attr) {
	p.addAttrs(op, Attrs{{Name: name, Value: value, Pos: p.place(p.pos)}})
}
