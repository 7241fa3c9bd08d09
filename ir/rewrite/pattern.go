package rewrite

import (
	"fmt"
	"math"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Rules are written as text: "(sub x (neg y)) => (add x y)". A pattern is a primitive without attributes applied to patterns, a number,
// or a letter: a small letter is any value, a capital one an array of one constant; a letter that stands twice must be one value. A
// number is a constant array of nothing but it, in the element type at hand, with these bits: 0 and -0 differ. Inputs of
// commutative primitives match in either order.

// textRule is a rule as it stands in a table.
type textRule struct {
	on   dtype.Set // element types of the last input of the outermost primitive, so that a predicate does not count
	text string
	when func(b *bindings) bool // nil: always
}

// pattern is one term of a rule.
type pattern struct {
	kind   patternKind
	op     ir.OpID // of an application
	args   []*pattern
	letter int     // of a letter: its place in the bindings
	number *number // of a number
}

type patternKind uint8

const (
	application patternKind = iota
	anyValue
	anyConstant
	aNumber
)

// maxLetters is the number of different letters in a rule.
const maxLetters = 4

// bindings say what the letters of a rule stand for, in the order of their first use.
type bindings [maxLetters]*ir.Value

// patternRule is a rule ready for use; a text rule becomes several where commutative primitives have two orders.
type patternRule struct {
	on       dtype.Set
	from, to *pattern
	when     func(b *bindings) bool
}

// numbers are the numbers that rules may write.
var numbers = []*number{
	newNumber("0", 0, 0), newNumber("-0", math.Copysign(0, -1), 0),
	newNumber("1", 1, 1), newNumber("-1", -1, -1), newNumber("2", 2, 2), newNumber("3", 3, 3), newNumber("4", 4, 4),
	newNumber("inf", math.Inf(1), 0), newNumber("-inf", math.Inf(-1), 0),
	newTruth("true", true), newTruth("false", false),
}

// compileRule reads a text rule. Wrong text is a broken invariant, found at start-up.
func compileRule(r textRule) []patternRule {
	p := ruleParser{words: strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(r.text)), rule: r.text}
	from := p.term()
	p.expect("=>")
	known := len(p.letters)
	to := p.term()
	if len(p.words) > 0 || len(p.letters) > known || len(p.letters) > maxLetters || from.kind != application {
		panic("BUG: malformed rule " + r.text)
	}
	var rules []patternRule
	for _, f := range orders(from) {
		rules = append(rules, patternRule{r.on, f, to, r.when})
	}
	return rules
}

type ruleParser struct {
	words   []string
	letters string
	rule    string
}

func (p *ruleParser) next() string {
	if len(p.words) == 0 {
		panic("BUG: malformed rule " + p.rule)
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

func (p *ruleParser) expect(word string) {
	if p.next() != word {
		panic("BUG: malformed rule " + p.rule)
	}
}

func (p *ruleParser) term() *pattern {
	word := p.next()
	for _, n := range numbers {
		if n.text == word {
			return &pattern{kind: aNumber, number: n}
		}
	}
	if word == "(" {
		name := p.next()
		row, ok := ir.RowByName(name)
		if !ok {
			panic(fmt.Sprintf("BUG: rule %s: there is no primitive %s", p.rule, name))
		}
		if row.Attrs != nil {
			panic(fmt.Sprintf("BUG: rule %s: %s has attributes, which rules cannot tell apart", p.rule, name))
		}
		t := &pattern{op: row.ID}
		for len(p.words) > 0 && p.words[0] != ")" {
			t.args = append(t.args, p.term())
		}
		p.expect(")")
		if len(t.args) != row.Arity {
			panic(fmt.Sprintf("BUG: rule %s: %s takes %d inputs", p.rule, name, row.Arity))
		}
		return t
	}
	if len(word) != 1 {
		panic(fmt.Sprintf("BUG: rule %s: what is %s", p.rule, word))
	}
	t := &pattern{kind: anyValue, letter: strings.Index(p.letters, word)}
	if 'A' <= word[0] && word[0] <= 'Z' {
		t.kind = anyConstant
	}
	if t.letter < 0 {
		t.letter = len(p.letters)
		p.letters += word
	}
	return t
}

// orders lists the variants of a pattern in which the first two inputs of commutative primitives are exchanged or not.
func orders(p *pattern) []*pattern {
	if p.kind != application {
		return []*pattern{p}
	}
	variants := []*pattern{{op: p.op}}
	for _, arg := range p.args {
		var longer []*pattern
		for _, v := range variants {
			for _, a := range orders(arg) {
				longer = append(longer, &pattern{op: p.op, args: append(v.args[:len(v.args):len(v.args)], a)})
			}
		}
		variants = longer
	}
	if p.op.Row().Commutative && !samePattern(p.args[0], p.args[1]) {
		for _, v := range variants {
			args := append([]*pattern{v.args[1], v.args[0]}, v.args[2:]...)
			variants = append(variants, &pattern{op: p.op, args: args})
		}
	}
	return variants
}

// samePattern reports whether exchanging a and b changes nothing: one letter twice, or two different letters at their only place.
func samePattern(a, b *pattern) bool {
	return a.kind == anyValue && b.kind == anyValue && a.letter == b.letter
}

// matches binds letters so that the pattern is v.
func (p *pattern) matches(v *ir.Value, b *bindings) bool {
	switch p.kind {
	case aNumber:
		return p.number.is(v)
	case anyConstant:
		return splat(v) != nil && b.bind(p.letter, v)
	case anyValue:
		return b.bind(p.letter, v)
	}
	return v.Node != nil && v.Node.Op == p.op && p.matchInputs(v.Node.Inputs, b)
}

func (p *pattern) matchInputs(in []*ir.Value, b *bindings) bool {
	for i, arg := range p.args {
		if !arg.matches(in[i], b) {
			return false
		}
	}
	return true
}

func (b *bindings) bind(letter int, v *ir.Value) bool {
	if old := b[letter]; old != nil {
		return old == v
	}
	b[letter] = v
	return true
}

// build emits the pattern with its letters bound; a number becomes an array of type t.
func (p *pattern) build(s *simplifier, t ir.Type, b *bindings) *ir.Value {
	switch p.kind {
	case anyValue, anyConstant:
		return b[p.letter]
	case aNumber:
		return filled(s.b, t, p.number.value[t.DType])
	}
	in := make([]*ir.Value, len(p.args))
	for i, arg := range p.args {
		if arg.kind != aNumber {
			in[i] = arg.build(s, t, b)
			t = in[i].Type
		}
	}
	for i, arg := range p.args {
		if arg.kind == aNumber {
			in[i] = arg.build(s, t, b)
		}
	}
	return s.emit(p.op, nil, in...)
}
