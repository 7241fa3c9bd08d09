package syntax

import (
	"fmt"
	"strings"
)

// parser is a cursor with what the names mean.
type parser struct {
	cursor
	values      map[string][]*Value // what is visible here; a pack has several
	scopes      [][]string          // names to forget when the region ends
	attrAliases map[string]Attr
	typeAliases map[string]Type
	tensors     map[string]*TensorType // by text behind "tensor"
}

// Parse reads one module, which the text may hold as it is, as functions only, or with other modules beside it, which then are the
// Modules of an unnamed one. The file's name is for messages. All errors are of type *Error.
func Parse(file string, src []byte) (m *Module, err error) {
	p := &parser{
		cursor:      newCursor(file, src),
		attrAliases: map[string]Attr{},
		typeAliases: map[string]Type{},
		tensors:     map[string]*TensorType{},
	}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			m, err = nil, r.err
		default:
			panic(r)
		}
	}()
	m = &Module{Pos: Pos{1, 1}, File: file}
	p.moduleBody(m, "")
	if len(m.Modules) == 1 && len(m.Funcs) == 0 && len(m.Ops) == 0 {
		m = m.Modules[0]
	}
	return m, nil
}

// moduleBody reads the operations of a module up to the closing bracket, or to the end of the text if that is "".
func (p *parser) moduleBody(m *Module, closer string) {
	outer, outerScopes := p.values, p.scopes
	p.values, p.scopes = map[string][]*Value{}, [][]string{nil}
	defer func() { p.values, p.scopes = outer, outerScopes }()
	for {
		if closer != "" && p.accept(closer) {
			return
		}
		switch b := p.peek(); {
		case p.pos >= len(p.src) && closer == "":
			return
		case b == '#' || b == '!':
			p.alias()
		case strings.HasPrefix(p.src[p.pos:], "{-#"):
			p.metadata()
		case p.looking("module") || p.looking("builtin.module"):
			m.Modules = append(m.Modules, p.module())
		case p.looking("func.func") || p.looking("func"):
			m.Funcs = append(m.Funcs, p.function())
		case b == '%' || b == '"' || isWord(b):
			p.genericTop(m)
		default:
			p.fail("a module, a function or an operation")
		}
	}
}

// genericTop reads an operation at the top of a module; functions and modules in the generic form are turned into Func and Module.
func (p *parser) genericTop(m *Module) {
	op := p.operation("builtin")
	switch op.Name {
	case "func.func":
		m.Funcs = append(m.Funcs, p.funcOf(op))
	case "builtin.module":
		m.Modules = append(m.Modules, p.moduleOf(op))
	default:
		m.Ops = append(m.Ops, op)
	}
}

// alias reads #name = attribute or !name = type.
func (p *parser) alias() {
	start, kind := p.pos, p.here()
	p.pos++
	name := p.suffix("an alias's name")
	p.expect("=")
	_, attr := p.attrAliases[name]
	_, typ := p.typeAliases[name]
	switch {
	case kind == '#' && attr || kind == '!' && typ:
		p.failAt(p.place(start), "expected a name that is not defined yet, got %c%s", kind, name)
	case kind == '#':
		p.attrAliases[name] = p.attr()
	default:
		p.typeAliases[name] = p.typ()
	}
}

// metadata passes over {-# ... #-}, which holds the data of dense_resource literals.
func (p *parser) metadata() {
	n := strings.Index(p.src[p.pos:], "#-}")
	if n < 0 {
		p.fail(`"#-}" somewhere behind "{-#"`)
	}
	p.pos += n + len("#-}")
}

// module reads module [@name] [attributes {...}] { ... } [loc(...)].
func (p *parser) module() *Module {
	p.deeper()
	defer p.shallower()
	p.skip()
	m := &Module{Pos: p.place(p.pos), File: p.file}
	p.word()
	if p.peek() == '@' {
		m.Name = p.oneSymbol()
	}
	if p.accept("attributes") {
		m.Attrs = p.dict("{", "}")
	}
	p.expect("{")
	p.moduleBody(m, "}")
	p.location()
	return m
}

// function reads a func.func in the short form.
func (p *parser) function() *Func {
	p.skip()
	f := &Func{Pos: p.place(p.pos)}
	p.word()
	p.op = "func.func"
	defer func() { p.op = "" }()
	switch {
	case p.accept("private"):
		f.Private = true
	case p.accept("public"), p.accept("nested"):
	}
	if p.peek() != '@' {
		p.fail("the function's name (@name)")
	}
	f.Name = p.oneSymbol()
	p.enter()
	p.list("(", ")", func() { p.param(f) })
	if p.accept("->") {
		p.results(f)
	}
	if p.accept("attributes") {
		f.Attrs = p.dict("{", "}")
	}
	if p.peek() == '{' {
		f.Body = p.region("func", f.Params)
	}
	p.leave()
	p.location()
	return f
}

// param reads one parameter: %name: type {...} loc(...), or a type only.
func (p *parser) param(f *Func) {
	p.skip()
	v := &Value{Pos: p.place(p.pos)}
	if p.peek() == '%' {
		v.Name = p.valueName()
		p.expect(":")
	}
	v.Type = p.typ()
	f.ParamAttrs = append(f.ParamAttrs, p.optionalDict())
	p.location()
	if v.Name != "" {
		p.define(v.Name, v)
	}
	f.Params = append(f.Params, v)
}

func (p *parser) results(f *Func) {
	if p.peek() != '(' {
		f.Results, f.ResultAttrs = []Type{p.typ()}, []Attrs{nil}
		return
	}
	p.list("(", ")", func() {
		f.Results = append(f.Results, p.typ())
		f.ResultAttrs = append(f.ResultAttrs, p.optionalDict())
	})
}

// location passes over loc(...).
func (p *parser) location() {
	if p.accept("loc") {
		if p.peek() != '(' {
			p.fail(`"("`)
		}
		p.balanced()
	}
}

// enter opens a scope for names; what is visible stays so.
func (p *parser) enter() {
	p.deeper()
	p.scopes = append(p.scopes, nil)
}

func (p *parser) leave() {
	last := len(p.scopes) - 1
	for _, name := range p.scopes[last] {
		delete(p.values, name)
	}
	p.scopes = p.scopes[:last]
	p.shallower()
}

// define makes a name visible up to the end of the region.
func (p *parser) define(name string, values ...*Value) {
	if old, ok := p.values[name]; ok {
		p.failAt(values[0].Pos, "expected a name that is not defined yet, got %%%s (defined at %v)", name, old[0].Pos)
	}
	p.values[name] = values
	last := len(p.scopes) - 1
	p.scopes[last] = append(p.scopes[last], name)
}

// valueName reads %name without its pick.
func (p *parser) valueName() string {
	if p.peek() != '%' {
		p.fail("a value (%name)")
	}
	p.pos++
	return p.suffix("a value's name")
}

// use reads %name or %name#i and finds what it means; without a pick it is the first of a pack.
func (p *parser) use() *Value {
	p.skip()
	start := p.pos
	name := p.valueName()
	pick := 0
	if p.here() == '#' {
		p.pos++
		pick = int(p.integer("the number of a result"))
	}
	vs, ok := p.values[name]
	if !ok {
		p.failAt(p.place(start), "expected a value that is defined, got %%%s", name)
	}
	if pick < 0 || pick >= len(vs) {
		p.failAt(p.place(start), "expected a result below %d, got %%%s#%d", len(vs), name, pick)
	}
	return vs[pick]
}

// region reads { ^bb0(...): operations }. The parameters are those that the operation gave, or those of the block's head.
func (p *parser) region(dialect string, params []*Value) *Region {
	p.skip()
	r := &Region{Pos: p.place(p.pos), Params: params}
	p.expect("{")
	p.enter()
	defer p.leave()
	if p.peek() == '^' {
		p.blockHead(r)
	}
	for !p.accept("}") {
		switch b := p.peek(); {
		case b == '^':
			p.fail("a single block")
		case p.pos >= len(p.src):
			p.fail(`an operation or "}"`)
		}
		r.Ops = append(r.Ops, p.operation(dialect))
	}
	return r
}

// blockHead reads ^bb0(%a: type loc(...), ...): .
func (p *parser) blockHead(r *Region) {
	p.pos++
	p.suffix("a block's name")
	if p.peek() == '(' {
		if len(r.Params) > 0 {
			p.fail(`":" (the parameters stand in the operation)`)
		}
		r.Params = p.typedNames()
	}
	p.expect(":")
}

// typedNames reads (%a: type, ...) and defines the names.
func (p *parser) typedNames() []*Value {
	var out []*Value
	p.list("(", ")", func() {
		p.skip()
		v := &Value{Pos: p.place(p.pos), Name: p.valueName()}
		p.expect(":")
		v.Type = p.typ()
		p.location()
		p.define(v.Name, v)
		out = append(out, v)
	})
	return out
}

// funcOf turns a func.func in the generic form into a Func.
func (p *parser) funcOf(op *Op) *Func {
	f := &Func{Pos: op.Pos}
	p.op = "func.func"
	defer func() { p.op = "" }()
	for _, a := range op.Attrs {
		ok := true
		switch a.Name {
		case "sym_name":
			var name String
			name, ok = a.Value.(String)
			f.Name = string(name)
		case "sym_visibility":
			f.Private = a.Value == Attr(String("private"))
		case "function_type":
			ok = f.setType(a.Value)
		case "arg_attrs":
			f.ParamAttrs, ok = dicts(a.Value)
		case "res_attrs":
			f.ResultAttrs, ok = dicts(a.Value)
		default:
			f.Attrs = append(f.Attrs, a)
		}
		if !ok {
			p.failAt(a.Pos, "expected another kind of value for %s, got %v", a.Name, a.Value)
		}
	}
	if f.Name == "" || len(op.Regions) > 1 {
		p.failAt(op.Pos, "expected sym_name, function_type and one region")
	}
	f.takeBody(op, p)
	if f.ParamAttrs == nil {
		f.ParamAttrs = make([]Attrs, len(f.Params))
	}
	if f.ResultAttrs == nil {
		f.ResultAttrs = make([]Attrs, len(f.Results))
	}
	if len(f.ParamAttrs) != len(f.Params) || len(f.ResultAttrs) != len(f.Results) {
		p.failAt(op.Pos, "expected one dictionary for each parameter and result")
	}
	return f
}

func (f *Func) setType(a Attr) bool {
	t, ok := a.(TypeAttr)
	if !ok {
		return false
	}
	ft, ok := t.Type.(*FuncType)
	if !ok {
		return false
	}
	for _, t := range ft.Params {
		f.Params = append(f.Params, &Value{Type: t, Pos: f.Pos})
	}
	f.Results = ft.Results
	return true
}

// takeBody makes the block's parameters the function's.
func (f *Func) takeBody(op *Op, p *parser) {
	if len(op.Regions) == 0 || len(op.Regions[0].Ops) == 0 && len(op.Regions[0].Params) == 0 {
		return
	}
	body := op.Regions[0]
	if len(body.Params) != len(f.Params) {
		p.failAt(body.Pos, "expected %d parameters of the body, got %d", len(f.Params), len(body.Params))
	}
	for i, v := range body.Params {
		if !Equal(v.Type, f.Params[i].Type) {
			p.failAt(v.Pos, "expected a parameter of type %v, got %v", f.Params[i].Type, v.Type)
		}
	}
	f.Params, f.Body = body.Params, body
}

func dicts(a Attr) ([]Attrs, bool) {
	list, ok := a.(Array)
	if !ok {
		return nil, false
	}
	out := make([]Attrs, len(list))
	for i, e := range list {
		d, ok := e.(Dict)
		if !ok {
			return nil, false
		}
		if len(d) > 0 {
			out[i] = Attrs(d)
		}
	}
	return out, true
}

// moduleOf turns a builtin.module in the generic form into a Module.
func (p *parser) moduleOf(op *Op) *Module {
	m := &Module{Pos: op.Pos, File: p.file}
	for _, a := range op.Attrs {
		if name, ok := a.Value.(String); ok && a.Name == "sym_name" {
			m.Name = string(name)
			continue
		}
		m.Attrs = append(m.Attrs, a)
	}
	for _, r := range op.Regions {
		for _, inner := range r.Ops {
			switch inner.Name {
			case "func.func":
				m.Funcs = append(m.Funcs, p.funcOf(inner))
			case "builtin.module":
				m.Modules = append(m.Modules, p.moduleOf(inner))
			default:
				m.Ops = append(m.Ops, inner)
			}
		}
	}
	return m
}

// quoteName writes a value as the text has it.
func quoteName(v *Value) string {
	if v.Name == "" {
		return "a value without a name"
	}
	return fmt.Sprintf("%%%s", v.Name)
}
