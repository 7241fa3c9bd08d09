package ir

import (
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Parse reads the text form of one graph (the grammar stands in print.go). Result types in the text are optional, but must be
// those of the type rules. The error is a *ParseError. Primitives must be registered: import ir/op.
func Parse(text string) (g *Graph, err error) {
	p := &parser{scanner: scanner{src: text}}
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case *ParseError:
			g, err = nil, failure
		default:
			panic(failure)
		}
	}()
	if !p.keyword("graph") {
		p.unexpected(`"graph"`)
	}
	g = p.graph()
	if p.peek(); p.pos < len(text) {
		p.unexpected("the end of the text")
	}
	return g, nil
}

// maxNesting bounds regions in regions and lists in lists, so that no text overflows the stack.
const maxNesting = 200

// parser holds the scanner and the graph that is being read.
type parser struct {
	scanner
	nesting int
	b       *Builder
	values  map[string][]*Value // by id, the results of a node or one parameter
}

// nested runs f one level deeper.
func (p *parser) nested(f func()) {
	if p.nesting++; p.nesting > maxNesting {
		p.failAt(p.pos, "got more than %d levels of nesting", maxNesting)
	}
	f()
	p.nesting--
}

// graph reads a graph behind its keyword.
func (p *parser) graph() (g *Graph) {
	outerBuilder, outerValues := p.b, p.values
	p.nested(func() {
		p.b, p.values = NewBuilder(p.graphName()), map[string][]*Value{}
		p.expect('(')
		p.list(')', p.param)
		start, outputs := p.pos, []Type(nil)
		header := p.peek() == '-'
		if header {
			p.expect('-')
			p.expect('>')
			p.expect('(')
			p.list(')', func() { outputs = append(outputs, p.typ()) })
		}
		p.expect('{')
		for !p.keyword("return") {
			p.node()
		}
		g = p.b.Build(p.operands()...)
		if header {
			p.checkTypes(start, "graph "+g.Name+": outputs", outputs, g.OutTypes())
		}
		p.expect('}')
	})
	p.b, p.values = outerBuilder, outerValues
	return g
}

func (p *parser) graphName() string {
	if !p.accept('@') {
		return ""
	}
	if p.peek() == '"' {
		return p.quoted()
	}
	return p.word("the name of the graph")
}

func (p *parser) param() {
	start := p.pos
	id := p.id()
	p.expect(':')
	p.define(start, id, []*Value{p.b.Param(p.typ())})
}

// id reads "%" and an identifier.
func (p *parser) id() string {
	p.expect('%')
	return p.word("the id of a value")
}

func (p *parser) define(start int, id string, results []*Value) {
	if _, ok := p.values[id]; ok {
		p.failAt(start, "%%%s is defined twice", id)
	}
	p.values[id] = results
}

// operands reads values separated by commas. There may be none: the first must stand on the line of the word before, because a
// value on the next line is what that line defines.
func (p *parser) operands() []*Value {
	start := p.pos
	if p.peek() != '%' || strings.Contains(p.src[start:p.pos], "\n") {
		return nil
	}
	vs := make([]*Value, 0, 3)
	for {
		vs = append(vs, p.operand())
		if !p.accept(',') {
			return vs
		}
	}
}

func (p *parser) operand() *Value {
	p.skipSpace()
	start := p.pos
	id := p.id()
	results, ok := p.values[id]
	if !ok {
		p.failAt(start, "%%%s is not defined above, in this graph", id)
	}
	if p.peek() != '#' {
		if len(results) != 1 {
			p.failAt(start, "%%%s has %d results, want one chosen with #, as in %%%s#0", id, len(results), id)
		}
		return results[0]
	}
	p.expect('#')
	i := p.int("the index of a result", math.MaxInt32)
	if i >= len(results) {
		p.failAt(start, "got result %d of %%%s, want one of its %d results, counted from 0", i, id, len(results))
	}
	return results[i]
}

// typ reads a type.
func (p *parser) typ() Type {
	p.skipSpace()
	start := p.pos
	t := Type{DType: p.dtype()}
	p.expect('[')
	p.list(']', func() { t.Shape = append(t.Shape, p.int("an extent", math.MaxInt)) })
	if _, err := tensor.Size(t.Shape); err != nil {
		p.failAt(start, "got %s, which has more elements than an int counts", t)
	}
	return t
}

func (p *parser) dtype() dtype.DType {
	p.skipSpace()
	start := p.pos
	name := p.word("a type")
	if name == "complex" && p.accept('<') {
		p.word("the type of the parts")
		p.expect('>')
		name = p.src[start:p.pos]
	}
	dt, err := dtype.Parse(name)
	if err != nil {
		p.failAt(start, "%v", err)
	}
	return dt
}

// node reads one line with its regions and appends the node.
func (p *parser) node() {
	p.skipSpace()
	start := p.pos
	id, count := "", 0
	if p.peek() == '%' {
		id, count = p.id(), 1
		if p.accept(':') {
			count = p.int("the number of results", math.MaxInt32)
		}
		p.expect('=')
		p.skipSpace()
		start = p.pos
	}
	name := p.word("a primitive, a value or \"return\"")
	row, ok := RowByName(name)
	if !ok {
		p.failAt(start, "there is no primitive %q", name)
	}
	n := &Node{Op: row.ID, Inputs: p.operands()}
	n.Attrs = p.attrs(row)
	types, typed := []Type(nil), p.accept(':')
	if typed {
		types = p.types()
	}
	if p.keyword("loc") {
		n.Pos = p.position()
	}
	for p.keyword("graph") {
		n.Regions = append(n.Regions, p.graph())
	}
	p.append(start, row, n, types, typed, count)
	if id != "" {
		p.define(start, id, n.Results)
	}
}

// append checks n against its row and the text, and appends it.
func (p *parser) append(start int, row *Row, n *Node, types []Type, typed bool, count int) {
	got, err := p.check(row, n)
	if err != nil {
		p.failAt(start, "%s", err.Error())
	}
	if len(got) != count {
		p.failAt(start, "%s: got %d results before =, want %d", row.Name, count, len(got))
	}
	if typed {
		p.checkTypes(start, row.Name+": results", types, got)
	}
	p.b.append(n, got)
}

// check runs the type rule. Rules are written for builders, not for text from anywhere: one that panics refuses the node.
func (p *parser) check(row *Row, n *Node) (types []Type, err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = fmt.Errorf("%s: %s: %v", row.Name, rulePanicked, failure)
		}
	}()
	got, e := CheckNode(row, TypesOf(n.Inputs), n.Attrs, n.Regions)
	if e != nil {
		return nil, e
	}
	return got, nil
}

// rulePanicked marks a type rule that needs a check; the fuzz test looks for it.
const rulePanicked = "the type rule panicked"

func (p *parser) checkTypes(start int, what string, got, want []Type) {
	if len(got) != len(want) {
		p.failAt(start, "%s: got %d types, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !got[i].Equal(want[i]) {
			p.failAt(start, "%s: got type %s at %d, want %s", what, got[i], i, want[i])
		}
	}
}

func (p *parser) types() []Type {
	ts := []Type{p.typ()}
	for p.accept(',') {
		ts = append(ts, p.typ())
	}
	return ts
}

func (p *parser) position() Position {
	p.expect('(')
	file := p.quoted()
	p.expect(':')
	line := p.int("a line", math.MaxInt32)
	p.expect(')')
	return Position{File: file, Line: line}
}

// attrs reads the attributes of a node, all zero where the text has none.
func (p *parser) attrs(row *Row) Attrs {
	if row.Attrs == nil {
		if p.peek() == '{' {
			p.failAt(p.pos, "%s has no attributes", row.Name)
		}
		return nil
	}
	if p.peek() != '{' {
		return row.Attrs
	}
	l := layoutOf(reflect.TypeOf(row.Attrs))
	v := reflect.New(l.typ).Elem()
	v.Set(reflect.ValueOf(row.Attrs))
	p.attr(l, v)
	return v.Interface()
}

// attr reads one attribute value into v.
func (p *parser) attr(l *attrLayout, v reflect.Value) {
	p.skipSpace()
	start := p.pos
	switch l.kind {
	case attrBool:
		x, err := parseBool(p.number())
		p.failOn(start, err)
		v.SetBool(x)
	case attrInt:
		word := p.number()
		x, err := strconv.ParseInt(word, 10, l.typ.Bits())
		p.failOn(start, numberError(word, "an integer", err))
		v.SetInt(x)
	case attrUint:
		word := p.number()
		x, err := strconv.ParseUint(word, 10, l.typ.Bits())
		p.failOn(start, numberError(word, "an unsigned integer", err))
		v.SetUint(x)
	case attrFloat:
		bits, err := parseFloat(dtype.Float64, p.number())
		p.failOn(start, err)
		v.SetFloat(math.Float64frombits(bits))
	case attrString:
		v.SetString(p.quoted())
	case attrDType:
		v.SetUint(uint64(p.dtype()))
	case attrTensor:
		v.Set(reflect.ValueOf(p.tensor()))
	case attrList:
		p.attrList(l, v)
	case attrStruct:
		p.nested(func() { p.fields(l, v) })
	}
}

func (p *parser) attrList(l *attrLayout, v reflect.Value) {
	p.nested(func() {
		p.expect('[')
		elem := reflect.New(l.elem.typ).Elem()
		p.list(']', func() {
			elem.SetZero()
			p.attr(l.elem, elem)
			v.Set(reflect.Append(v, elem))
		})
	})
}

func (p *parser) fields(l *attrLayout, v reflect.Value) {
	p.expect('{')
	var seen uint64
	p.list('}', func() {
		p.skipSpace()
		start := p.pos
		name := p.word("the name of an attribute")
		f, ok := l.field(name)
		if !ok {
			p.failAt(start, "there is no attribute %q, want one of %s", name, l.names())
		}
		if seen&(1<<f.index) != 0 {
			p.failAt(start, "attribute %s is given twice", name)
		}
		seen |= 1 << f.index
		p.expect('=')
		p.attr(f.layout, v.Field(f.index))
	})
}

// tensor reads a type and the elements.
func (p *parser) tensor() *tensor.Tensor {
	t := p.typ()
	p.skipSpace()
	start := p.pos
	if len(t.Shape) > 0 && p.keyword("base64") {
		return p.base64(start, t)
	}
	var words []string // two an element for complex types
	read := func() { words = p.element(words, t.DType) }
	if len(t.Shape) == 0 {
		read()
	} else {
		p.expect('[')
		p.list(']', read)
	}
	parts := 1
	if t.DType.IsComplex() {
		parts = 2
	}
	if len(words) != parts*t.Size() {
		p.failAt(start, "got %d elements, want %d for %s", len(words)/parts, t.Size(), t)
	}
	out := p.newTensor(start, t)
	for i, word := range words {
		p.failOn(start, setElement(out, i, word))
	}
	return out
}

func (p *parser) element(words []string, dt dtype.DType) []string {
	if !dt.IsComplex() {
		return append(words, p.number())
	}
	p.expect('(')
	re := p.number()
	p.expect(',')
	im := p.number()
	p.expect(')')
	return append(words, re, im)
}

func (p *parser) base64(start int, t Type) *tensor.Tensor {
	text := p.quoted()
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		p.failAt(start, "tensor: %v", err)
	}
	if len(data)/t.DType.Size() != t.Size() || len(data)%t.DType.Size() != 0 {
		p.failAt(start, "got %d bytes, want %d elements of %d for %s", len(data), t.Size(), t.DType.Size(), t)
	}
	out := p.newTensor(start, t)
	copy(out.Bytes(), data)
	copy(out.Bytes(), out.LittleEndian())
	if t.DType == dtype.Bool {
		for _, x := range data {
			if x > 1 {
				p.failAt(start, "got the byte %d in a tensor of bools, want 0 or 1", x)
			}
		}
	}
	return out
}

func (p *parser) newTensor(start int, t Type) *tensor.Tensor {
	out, err := tensor.New(t.DType, t.Shape...)
	p.failOn(start, err)
	return out
}

func (p *parser) failOn(start int, err error) {
	if err != nil {
		p.failAt(start, "%v", err)
	}
}
