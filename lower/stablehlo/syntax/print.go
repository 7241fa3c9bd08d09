package syntax

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// Print writes a module with all its operations in the generic form; functions and modules are written as such.
func Print(w io.Writer, m *Module) error {
	b := bufio.NewWriter(w)
	pr := &printer{b}
	pr.module(m, 0)
	return b.Flush()
}

// String is what Print writes.
func (m *Module) String() string {
	var b strings.Builder
	_ = Print(&b, m) // a strings.Builder takes everything
	return b.String()
}

type printer struct{ *bufio.Writer }

func (p *printer) line(depth int, parts ...string) {
	for range depth {
		p.WriteString("  ")
	}
	for _, s := range parts {
		p.WriteString(s)
	}
}

func (p *printer) module(m *Module, depth int) {
	p.line(depth, "module")
	if m.Name != "" {
		p.WriteString(" " + Symbol(m.Name).String())
	}
	if len(m.Attrs) > 0 {
		p.WriteString(" attributes {" + m.Attrs.String() + "}")
	}
	p.WriteString(" {\n")
	for _, inner := range m.Modules {
		p.module(inner, depth+1)
	}
	for _, op := range m.Ops {
		p.op(op, depth+1)
	}
	for _, f := range m.Funcs {
		p.function(f, depth+1)
	}
	p.line(depth, "}\n")
}

func (p *printer) function(f *Func, depth int) {
	p.line(depth, "func.func ")
	if f.Private {
		p.WriteString("private ")
	}
	p.WriteString("@" + bareOrQuoted(f.Name) + "(")
	for i, v := range f.Params {
		p.separator(i)
		if v.Name != "" {
			p.WriteString("%" + v.Name + ": ")
		}
		p.WriteString(v.Type.String())
		p.attrs(f.ParamAttrs[i])
	}
	p.WriteString(")")
	if len(f.Results) > 0 {
		p.WriteString(" -> (")
		for i, t := range f.Results {
			p.separator(i)
			p.WriteString(t.String())
			p.attrs(f.ResultAttrs[i])
		}
		p.WriteString(")")
	}
	if len(f.Attrs) > 0 {
		p.WriteString(" attributes {" + f.Attrs.String() + "}")
	}
	if f.Body != nil {
		p.WriteString(" {\n")
		for _, op := range f.Body.Ops {
			p.op(op, depth+1)
		}
		p.line(depth, "}")
	}
	p.WriteString("\n")
}

func (p *printer) separator(i int) {
	if i > 0 {
		p.WriteString(", ")
	}
}

func (p *printer) attrs(as Attrs) {
	if len(as) > 0 {
		p.WriteString(" {" + as.String() + "}")
	}
}

func (p *printer) op(op *Op, depth int) {
	p.line(depth)
	p.heads(op.Results)
	p.WriteString(quote(op.Name) + "(")
	for i, v := range op.Operands {
		p.separator(i)
		p.WriteString("%" + v.Name)
	}
	p.WriteString(")")
	if len(op.Regions) > 0 {
		p.WriteString(" (")
		for i, r := range op.Regions {
			p.separator(i)
			p.region(r, depth)
		}
		p.WriteString(")")
	}
	p.attrs(op.Attrs)
	p.WriteString(" : (")
	for i, v := range op.Operands {
		p.separator(i)
		p.WriteString(v.Type.String())
	}
	p.WriteString(") -> (")
	for i, v := range op.Results {
		p.separator(i)
		p.WriteString(v.Type.String())
	}
	p.WriteString(")\n")
}

// heads writes %a, %b:2 = .
func (p *printer) heads(results []*Value) {
	if len(results) == 0 || results[0].Name == "" {
		return
	}
	for i := 0; i < len(results); {
		p.separator(i)
		name, _, pack := strings.Cut(results[i].Name, "#")
		n := 1
		for pack && i+n < len(results) && strings.HasPrefix(results[i+n].Name, name+"#") {
			n++
		}
		p.WriteString("%" + name)
		if pack {
			p.WriteString(":" + strconv.Itoa(n))
		}
		i += n
	}
	p.WriteString(" = ")
}

func (p *printer) region(r *Region, depth int) {
	p.WriteString("{\n")
	if len(r.Params) > 0 {
		p.line(depth, "^bb0(")
		for i, v := range r.Params {
			p.separator(i)
			p.WriteString("%" + v.Name + ": " + v.Type.String())
		}
		p.WriteString("):\n")
	}
	for _, op := range r.Ops {
		p.op(op, depth+1)
	}
	p.line(depth, "}")
}
