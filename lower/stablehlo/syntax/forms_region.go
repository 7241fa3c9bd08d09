package syntax

// while reads (%a = %init, ...) : types [attributes {...}] cond {...} do {...}.
func (p *parser) while(op *Op, _ []head) {
	type carry struct {
		name string
		pos  Pos
	}
	var carries []carry
	p.list("(", ")", func() {
		p.skip()
		c := carry{pos: p.place(p.pos), name: p.valueName()}
		p.expect("=")
		carries = append(carries, c)
		op.Operands = append(op.Operands, p.use())
	})
	var types []Type
	if p.accept(":") {
		p.skip()
		at := p.place(p.pos)
		types = append(types, p.typ())
		for p.accept(",") {
			types = append(types, p.typ())
		}
		p.operandTypes(op, types, at)
	} else if len(carries) > 0 {
		p.fail(`":" and the types of the operands`)
	}
	if p.accept("attributes") {
		p.addAttrs(op, p.dict("{", "}"))
	}
	for _, part := range []string{"cond", "do"} {
		p.expect(part)
		p.enter()
		params := make([]*Value, len(carries))
		for i, c := range carries {
			params[i] = &Value{Pos: c.pos, Name: c.name, Type: types[i]}
			p.define(c.name, params[i])
		}
		op.Regions = append(op.Regions, p.region("func", params))
		p.leave()
	}
	op.Results = results(types)
}

// reduce reads (%x init: %i), ... [applies operation] across dimensions = [d] {attributes} : type, and without applies
// reducer(%a: type, %b: type) ... {...}.
func (p *parser) reduce(op *Op, _ []head) {
	var inits []*Value
	for {
		p.expect("(")
		op.Operands = append(op.Operands, p.use())
		p.expect("init")
		p.expect(":")
		inits = append(inits, p.use())
		p.expect(")")
		if !p.accept(",") {
			break
		}
	}
	op.Operands = append(op.Operands, inits...)
	inner := ""
	at := p.place(p.pos)
	if p.accept("applies") {
		inner = p.needWord("an operation")
	}
	p.expect("across")
	p.expect("dimensions")
	p.expect("=")
	p.addAttr(op, "dimensions", p.keyInts())
	p.addAttrs(op, p.optionalDict())
	p.expect(":")
	p.functional(op)
	if inner != "" {
		op.Regions = []*Region{p.applied(inner, inits, at)}
		return
	}
	p.expect("reducer")
	p.enter()
	op.Regions = []*Region{p.region("func", p.reducerParams(len(inits)))}
	p.leave()
}

// reducerParams reads one pair of parameters for each input; the block has the first ones of all pairs before the second ones.
func (p *parser) reducerParams(n int) []*Value {
	params := make([]*Value, 2*n)
	for i := range n {
		p.skip()
		at := p.place(p.pos)
		pair := p.typedNames()
		if len(pair) != 2 {
			p.failAt(at, "expected two parameters for each input, got %d", len(pair))
		}
		params[i], params[n+i] = pair[0], pair[1]
	}
	return params
}

// applied makes the body of a reduce that applies one operation.
func (p *parser) applied(name string, inits []*Value, at Pos) *Region {
	if len(inits) != 1 {
		p.failAt(at, "expected one input of a reduce that applies an operation, got %d", len(inits))
	}
	t, ok := inits[0].Type.(*TensorType)
	if !ok || t.Encoding != nil {
		p.failAt(at, "expected an initial value that is a tensor, got %v", inits[0].Type)
	}
	elem := p.scalarOf(t)
	params := []*Value{
		{Pos: at, Name: p.fresh("lhs"), Type: elem},
		{Pos: at, Name: p.fresh("rhs"), Type: elem},
	}
	op := &Op{Pos: at, Name: name, Operands: params}
	op.Results = []*Value{{Pos: at, Name: p.fresh("out"), Type: elem, Def: op}}
	return &Region{Pos: at, Params: params, Ops: []*Op{op, {Pos: at, Name: "stablehlo.return", Operands: op.Results}}}
}

// fresh is a name that nothing visible has.
func (p *parser) fresh(name string) string {
	for p.values[name] != nil {
		name += "_"
	}
	return name
}

// scalarOf is the rank 0 tensor type of the same elements.
func (p *parser) scalarOf(t *TensorType) *TensorType {
	if len(t.Shape) == 0 && !t.Unranked {
		return t
	}
	return &TensorType{Elem: t.Elem}
}

// scan reads (%x, ...) inits (%c, ...) dimension = d [attributes {...}] {...} : type.
func (p *parser) scan(op *Op, _ []head) {
	use := func() { op.Operands = append(op.Operands, p.use()) }
	p.list("(", ")", use)
	inputs := len(op.Operands)
	p.expect("inits")
	p.list("(", ")", use)
	p.expect("dimension")
	p.expect("=")
	p.addAttr(op, "dimension", p.keyInt())
	p.addAttr(op, "operandSegmentSizes", &IntArray{elemOf("i32"), []int64{int64(inputs), int64(len(op.Operands) - inputs)}})
	if p.accept("attributes") {
		p.addAttrs(op, p.dict("{", "}"))
	}
	op.Regions = []*Region{p.region("func", nil)}
	p.expect(":")
	p.functional(op)
}

// mesh reads @name = <["x"=2]>.
func (p *parser) mesh(op *Op, _ []head) {
	p.addAttr(op, "sym_name", String(p.oneSymbol()))
	p.expect("=")
	p.addAttr(op, "mesh", Raw("#sdy.mesh"+p.brackets()))
	p.addAttrs(op, p.optionalDict())
}

func (p *parser) brackets() string {
	switch p.peek() {
	case '<', '[', '{':
		return p.balanced()
	}
	p.fail("an opening bracket")
	return ""
}

// shardingConstraint reads %x <@mesh, [...]> : type.
func (p *parser) shardingConstraint(op *Op, _ []head) {
	op.Operands = []*Value{p.use()}
	p.addAttr(op, "sharding", Raw("#sdy.sharding"+p.brackets()))
	p.addAttrs(op, p.optionalDict())
	p.tail(op)
}

// manualComputation reads (operands) in_shardings=[...] out_shardings=[...] manual_axes={...} (%a: type, ...) {...} : type.
func (p *parser) manualComputation(op *Op, _ []head) {
	p.list("(", ")", func() { op.Operands = append(op.Operands, p.use()) })
	for _, key := range []string{"in_shardings", "out_shardings", "manual_axes"} {
		p.expect(key)
		p.expect("=")
		kind := "#sdy.sharding_per_value<"
		if key == "manual_axes" {
			kind = "#sdy<manual_axes"
		}
		p.addAttr(op, key, Raw(kind+p.brackets()+">"))
	}
	p.enter()
	op.Regions = []*Region{p.region("func", p.typedNames())}
	p.leave()
	p.addAttrs(op, p.optionalDict())
	p.expect(":")
	p.functional(op)
}
