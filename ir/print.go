package ir

import (
	"math"
	"reflect"
	"strconv"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// The grammar of the text form ([x] optional, {x} repeated; "//" starts a comment that runs to the end of the line):
//
//	graph   = "graph" ["@" name] "(" [param {"," param}] ")" ["->" "(" [types] ")"] "{" {node} "return" [values] "}"
//	param   = value ":" type
//	node    = ["%" id [":" count] "="] primitive [values] ["{" fields "}"] [":" types] ["loc" "(" string ":" line ")"] {graph}
//	value   = "%" id ["#" index]          index of the result, where a node has several
//	type    = dtype "[" [extents] "]"
//	field   = name "=" attribute
//	attribute = number | "true" | "false" | string | dtype | tensor | "[" [attributes] "]" | "{" [fields] "}"
//	tensor  = type (element | "[" [elements] "]" | "base64" string)     elements flat, in row-major order
//	element = number | "true" | "false" | "(" number "," number ")"     numbers include inf, nan and nan(0x7fc00001)
//	name    = identifier | string
//
// The first of the values of a node stands on the line of its primitive. Fields that are zero are left out. Ids are unique within one graph; a region is a graph of its own. Print numbers values in the
// order of their definition, one number a node.

// Printer writes graphs as text. The zero Printer writes what Print does.
type Printer struct {
	Positions bool // write the user's file and line behind each node
	Elide     bool // write "..." for the elements of large constants; such a text is for people and cannot be read back
}

// Print returns the text form of g; Parse reads it back. Values that g does not define, which Verify refuses, appear as %?.
func Print(g *Graph) string { return string(Printer{}.Append(nil, g)) }

// String returns the text form.
func (g *Graph) String() string { return Print(g) }

// Append appends the text form of g to dst.
func (p Printer) Append(dst []byte, g *Graph) []byte {
	w := graphPrinter{Printer: p, buf: dst}
	w.graph(g, 0)
	return w.buf
}

// graphPrinter holds the text so far, and the numbers of the values of the graph that is being printed.
type graphPrinter struct {
	Printer
	buf     []byte
	graphOf *Graph
	numbers map[*Node]int
	flat    bool // leave regions out, so that each node is one line
}

const indentStep = 2

func (w *graphPrinter) graph(g *Graph, indent int) {
	outerGraph, outerNumbers := w.graphOf, w.numbers
	w.graphOf, w.numbers = g, make(map[*Node]int, len(g.Nodes))

	w.text("graph ")
	if g.Name != "" {
		w.text("@")
		w.name(g.Name)
	}
	w.text("(")
	for i, p := range g.Params {
		w.separate(i)
		w.value(p)
		w.text(": ")
		w.buf = appendType(w.buf, p.Type)
	}
	w.text(") -> (")
	w.typesOf(g.Outputs)
	w.text(") {\n")
	for i, n := range g.Nodes {
		w.indent(indent + indentStep)
		w.node(n, len(g.Params)+i, indent+indentStep)
	}
	w.indent(indent + indentStep)
	w.text("return")
	w.values(g.Outputs)
	w.text("\n")
	w.indent(indent)
	w.text("}\n")

	w.graphOf, w.numbers = outerGraph, outerNumbers
}

// node prints n; its number becomes known only behind its inputs, so that a use of its own result shows as undefined.
func (w *graphPrinter) node(n *Node, number, indent int) {
	if len(n.Results) > 0 {
		w.text("%")
		w.int(number)
		if len(n.Results) > 1 {
			w.text(":")
			w.int(len(n.Results))
		}
		w.text(" = ")
	}
	w.text(n.Op.String())
	w.values(n.Inputs)
	w.numbers[n] = number
	if n.Attrs != nil {
		v := reflect.ValueOf(n.Attrs)
		if l := layoutOf(v.Type()); !l.isZero(v) {
			w.text(" ")
			w.attr(l, v)
		}
	}
	if len(n.Results) > 0 {
		w.text(" : ")
		w.typesOf(n.Results)
	}
	if w.Positions && n.Pos.IsValid() {
		w.text(" loc(")
		w.buf = strconv.AppendQuote(w.buf, n.Pos.File)
		w.text(":")
		w.int(n.Pos.Line)
		w.text(")")
	}
	w.text("\n")
	if w.flat {
		return
	}
	for _, r := range n.Regions {
		w.indent(indent + indentStep)
		w.graph(r, indent+indentStep)
	}
}

func (w *graphPrinter) text(s string) { w.buf = append(w.buf, s...) }

func (w *graphPrinter) int(n int) { w.buf = strconv.AppendInt(w.buf, int64(n), 10) }

func (w *graphPrinter) indent(n int) {
	for range n {
		w.buf = append(w.buf, ' ')
	}
}

func (w *graphPrinter) separate(i int) {
	if i > 0 {
		w.text(", ")
	}
}

// name prints a graph's name, quoted unless it is an identifier.
func (w *graphPrinter) name(s string) {
	for i := range len(s) {
		if !isIdentByte(s[i]) {
			w.buf = strconv.AppendQuote(w.buf, s)
			return
		}
	}
	w.text(s)
}

func (w *graphPrinter) values(vs []*Value) {
	for i, v := range vs {
		if i > 0 {
			w.text(",")
		}
		w.text(" ")
		w.value(v)
	}
}

func (w *graphPrinter) value(v *Value) {
	number, several := -1, false
	switch params := w.graphOf.Params; {
	case v == nil:
	case v.Node != nil:
		if n, ok := w.numbers[v.Node]; ok {
			number, several = n, len(v.Node.Results) > 1
		}
	case v.Index >= 0 && v.Index < len(params) && params[v.Index] == v:
		number = v.Index
	}
	if number < 0 {
		w.text("%?")
		return
	}
	w.text("%")
	w.int(number)
	if several {
		w.text("#")
		w.int(v.Index)
	}
}

func (w *graphPrinter) typesOf(vs []*Value) {
	for i, v := range vs {
		w.separate(i)
		if v == nil {
			w.text("?")
			continue
		}
		w.buf = appendType(w.buf, v.Type)
	}
}

// appendType appends the same text as Type.String.
func appendType(dst []byte, t Type) []byte {
	dst = append(dst, t.DType.String()...)
	return append(appendShape(append(dst, '['), t.Shape), ']')
}

func appendShape(dst []byte, shape []int) []byte {
	for i, d := range shape {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(d), 10)
	}
	return dst
}

func (w *graphPrinter) attr(l *attrLayout, v reflect.Value) {
	switch l.kind {
	case attrBool:
		w.buf = strconv.AppendBool(w.buf, v.Bool())
	case attrInt:
		w.buf = strconv.AppendInt(w.buf, v.Int(), 10)
	case attrUint:
		w.buf = strconv.AppendUint(w.buf, v.Uint(), 10)
	case attrFloat:
		w.buf = appendFloat(w.buf, dtype.Float64, math.Float64bits(v.Float()))
	case attrString:
		w.buf = strconv.AppendQuote(w.buf, v.String())
	case attrDType:
		w.text(dtype.DType(v.Uint()).String())
	case attrTensor:
		t := v.Interface().(*tensor.Tensor)
		if w.Elide && t.Size() > decimalLimit {
			w.buf = append(appendType(w.buf, TypeOf(t)), " ..."...)
			return
		}
		w.buf = appendTensor(w.buf, t)
	case attrList:
		w.text("[")
		for i := range v.Len() {
			if i > 0 {
				w.text(",")
			}
			w.attr(l.elem, v.Index(i))
		}
		w.text("]")
	case attrStruct:
		w.fields(l, v)
	}
}

func (w *graphPrinter) fields(l *attrLayout, v reflect.Value) {
	w.text("{")
	first := true
	for _, f := range l.fields {
		field := v.Field(f.index)
		if f.layout.isZero(field) {
			continue
		}
		if !first {
			w.text(", ")
		}
		first = false
		w.text(f.name)
		w.text("=")
		w.attr(f.layout, field)
	}
	w.text("}")
}
