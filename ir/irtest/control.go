package irtest

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Random control flow. Its rows have fixed conventions for operands and regions, so each has a maker here; a row without one is
// not generated.

func (g *generator) control() bool {
	row := g.rows.control[g.IntN(len(g.rows.control))]
	switch row.ID {
	case op.LoopID:
		g.loop()
	case op.WhileID:
		g.while()
	case op.SwitchID:
		g.branches()
	case op.CallID:
		g.call()
	default:
		return false
	}
	return true
}

// some returns up to n pool values.
func (g *generator) some(n int) []*ir.Value {
	vs := make([]*ir.Value, g.IntN(n+1))
	for i := range vs {
		vs[i] = g.any()
	}
	return vs
}

// body builds a region with these parameters. Its outputs are fitted to the wanted types; further ones, up to more, are random.
func (g *generator) body(name string, params, want []ir.Type, more int) *ir.Graph {
	r := newGenerator(g.Rand, g.Config, g.rows, name)
	r.region, r.Depth = true, g.Depth-1
	r.add(r.b.Params(params)...)
	r.grow(1 + g.IntN(max(g.Nodes/2, 1)))
	outputs := make([]*ir.Value, len(want))
	for i, t := range want {
		// Now and then a parameter goes through unchanged.
		if outputs[i] = r.find(t); outputs[i] == nil || g.IntN(3) == 0 {
			outputs[i] = r.adapt(r.any(), t)
		}
	}
	for range g.IntN(more + 1) {
		outputs = append(outputs, r.any())
	}
	return r.b.Build(outputs...)
}

func (g *generator) loop() {
	a := op.LoopAttrs{Trip: g.IntN(5), Reverse: g.IntN(3) == 0}
	consts, carries := g.some(3), g.some(3)
	a.Consts, a.Carries = len(consts), len(carries)
	params := slices.Concat([]ir.Type{ir.T(dtype.Int32)}, ir.TypesOf(consts), ir.TypesOf(carries))
	operands := slices.Concat(consts, carries)
	a.Xs = g.IntN(3)
	for range a.Xs {
		row := g.any().Type
		if g.IntN(2) == 0 {
			row = g.randomType()
		}
		params = append(params, row)
		operands = append(operands, g.fit(row.WithShape(append([]int{a.Trip}, row.Shape...)...)))
	}
	body := g.body("body", params, ir.TypesOf(carries), 2)
	if g.IntN(2) == 0 {
		for range len(body.Outputs) - a.Carries {
			a.Every = append(a.Every, 1+g.IntN(3))
		}
	}
	g.add(op.Loop(g.b, a, body, operands...)...)
}

// while counts in its first carry, so that it ends after a few steps at most; whether it ends before is random.
func (g *generator) while() {
	condConsts, bodyConsts, carries := g.some(2), g.some(2), g.some(2)
	counter := op.ScalarInt(g.b, dtype.Int32, int64(g.IntN(5)))
	carries = append([]*ir.Value{counter}, carries...)
	types := ir.TypesOf(carries)

	c := newGenerator(g.Rand, g.Config, g.rows, "cond")
	c.region, c.Depth = true, 0
	params := c.b.Params(slices.Concat(ir.TypesOf(condConsts), types))
	c.add(params...)
	c.grow(g.IntN(3))
	goOn := op.Lt(c.b, params[len(condConsts)], op.ScalarInt(c.b, dtype.Int32, 4))
	if g.IntN(2) == 0 {
		goOn = op.And(c.b, goOn, c.adapt(c.any(), ir.T(dtype.Bool)))
	}
	cond := c.b.Build(goOn)

	inner := g.body("body", slices.Concat(ir.TypesOf(bodyConsts), types), types[1:], 0)
	b := ir.NewBuilder("body")
	p := b.Params(inner.InTypes())
	next := op.Add(b, p[len(bodyConsts)], op.ScalarInt(b, dtype.Int32, 1))
	body := b.Build(append([]*ir.Value{next}, inner.Inline(b, p...)...)...)

	attrs := op.WhileAttrs{CondConsts: len(condConsts), BodyConsts: len(bodyConsts)}
	g.add(op.While(g.b, attrs, cond, body, slices.Concat(condConsts, bodyConsts, carries)...)...)
}

func (g *generator) branches() {
	args := g.some(3)
	index := g.fit(ir.T(dtype.Int32))
	if g.IntN(2) == 0 {
		index = g.given(op.RandomTensor(g.Rand, dtype.Int32, 0, 0))
	}
	params := ir.TypesOf(args)
	branches := []*ir.Graph{g.body("branch0", params, nil, 3)}
	want := branches[0].OutTypes()
	for range g.IntN(3) {
		branches = append(branches, g.body("branch", params, want, 0))
	}
	g.add(op.Switch(g.b, index, branches, args...)...)
}

func (g *generator) call() {
	args := g.some(3)
	kind := []string{op.CallPlain, op.CallCheckpoint}[g.IntN(2)]
	body := g.body("called", ir.TypesOf(args), nil, 3)
	g.add(op.Call(g.b, op.CallAttrs{Name: "f", Kind: kind}, []*ir.Graph{body}, args...)...)
}
