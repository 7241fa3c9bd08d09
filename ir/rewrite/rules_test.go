package rewrite

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// instance builds the left side of a rule as a graph: letters are parameters, or constants where they are capital.
type instance struct {
	r      *ir.Rand
	b      *ir.Builder
	inputs []*tensor.Tensor
	bound  bindings

	powers   bool // constants are powers of two, for rules with a condition
	exponent int
}

// root emits the outermost primitive, whose last operand has type t; nil if something does not accept its operands.
func (i *instance) root(p *pattern, t ir.Type) *ir.Value {
	return i.apply(p, func(k int) ir.Type {
		if k < len(p.args)-1 {
			return i.operandType(p.op, k, t)
		}
		return t
	})
}

// build emits a pattern of type t, or returns nil.
func (i *instance) build(p *pattern, t ir.Type) *ir.Value {
	switch p.kind {
	case aNumber:
		if p.number.value[t.DType] == nil {
			return nil
		}
		return filled(i.b, t, p.number.value[t.DType])
	case anyValue, anyConstant:
		if i.bound[p.letter] == nil {
			i.bound[p.letter] = i.operand(p.kind, t)
		}
		return i.bound[p.letter]
	}
	return i.apply(p, func(k int) ir.Type { return i.operandType(p.op, k, t) })
}

func (i *instance) apply(p *pattern, operandType func(k int) ir.Type) *ir.Value {
	in := make([]*ir.Value, len(p.args))
	for k, arg := range p.args {
		if in[k] = i.build(arg, operandType(k)); in[k] == nil {
			return nil
		}
	}
	if _, err := ir.CheckNode(p.op.Row(), ir.TypesOf(in), nil, nil); err != nil {
		return nil
	}
	return i.b.Emit1(p.op, nil, in...)
}

func (i *instance) operand(kind patternKind, t ir.Type) *ir.Value {
	if kind == anyValue {
		i.inputs = append(i.inputs, irtest.Tensor(i.r, t))
		return i.b.Param(t)
	}
	value := irtest.Tensor(i.r, ir.T(t.DType))
	if i.powers {
		if t.DType.IsFloat() {
			value.Set(0, math.Ldexp(1-2*float64(i.r.IntN(2)), i.exponent))
		} else {
			value.Set(0, uint64(1)<<(i.exponent%t.DType.Bits()))
		}
	}
	return filled(i.b, t, value)
}

// operandType says what operand k of a primitive with result type t is, for the primitives that rules use.
func (i *instance) operandType(id ir.OpID, k int, t ir.Type) ir.Type {
	switch name := id.Row().Name; {
	case name == "select" && k == 0:
		return t.WithDType(dtype.Bool)
	case name == "real" || name == "imag":
		return t.WithDType(t.DType.Complex())
	case name == "complex":
		return t.WithDType(t.DType.Real())
	}
	return t
}

// Each rule, in each element type that it names, must fire on what it describes and keep all bits, special numbers included.
func TestRulesHold(t *testing.T) {
	for _, r := range algebra {
		for _, dt := range r.on.List() {
			t.Run(fmt.Sprintf("%s/%s", r.text, dt), func(t *testing.T) { ruleHolds(t, r, dt) })
		}
	}
}

func ruleHolds(t *testing.T, text textRule, dt dtype.DType) {
	built, fired := 0, 0
	try := func(c patternRule, i *instance, shape []int) {
		v := i.root(c.from, ir.T(dt, shape...))
		if v == nil {
			return
		}
		built++
		before := i.b.Build(v)
		require.NoError(t, ir.Verify(before))
		after := applyOnly(before, c)
		if after == nil {
			return
		}
		fired++
		require.NoError(t, ir.Verify(after))
		requireSame(t, before, after, i.inputs)
		requireSame(t, before, Simplify(before), i.inputs)
	}
	for n, c := range compileRule(text) {
		for k, shape := range [][]int{nil, {40}, {2, 3}, {0}} {
			i := &instance{r: irtest.Seeded(uint64(4*n + k)), b: ir.NewBuilder("rule"), powers: text.when != nil}
			try(c, i, shape)
		}
		if text.when != nil {
			for exponent := -150; exponent < 150; exponent++ {
				i := &instance{r: irtest.Seeded(1), b: ir.NewBuilder("rule"), powers: true, exponent: exponent}
				if dt.IsFloat() || exponent >= 0 {
					try(c, i, []int{40})
				}
			}
		}
	}
	if built == 0 {
		accepts := compileRule(text)[0].from.op.Row().Accepts
		assert.False(t, accepts.Has(dt), "the rule was not tried")
		return
	}
	assert.Positive(t, fired, "the rule does not fire in %d graphs", built)
}

// applyOnly replaces the last node by one rule.
func applyOnly(g *ir.Graph, r patternRule) *ir.Graph {
	last := g.Nodes[len(g.Nodes)-1]
	fired := false
	h := rebuild(g, func(e *editor, n *ir.Node, in []*ir.Value) []*ir.Value {
		if n != last {
			return nil
		}
		v := r.apply(&site{&simplifier{b: e.b}, n.Op, n.Attrs, in, n.Results[0].Type})
		if fired = v != nil; !fired {
			return nil
		}
		return []*ir.Value{v}
	})
	if !fired {
		return nil
	}
	return h
}

func requireSame(t *testing.T, before, after *ir.Graph, inputs []*tensor.Tensor) {
	t.Helper()
	want, err := irtest.Run(&irtest.Case{Graph: before, Inputs: inputs})
	require.NoError(t, err)
	got, err := irtest.Run(&irtest.Case{Graph: after, Inputs: inputs})
	require.NoError(t, err)
	require.NoError(t, irtest.Compare(got, want, 0), "%s\nbecomes\n%s", &irtest.Case{Graph: before, Inputs: inputs}, after)
}

// Rules that look right and are not: if the tests above could not fail, these would pass.
func TestWrongRulesAreFound(t *testing.T) {
	for _, text := range []string{
		"(add x 0) => x", "(mul x 0) => 0", "(sub x x) => 0", "(sub 0 x) => (neg x)", "(neg (sub x y)) => (sub y x)",
		"(sub (add x y) y) => x", "(add (add x C) D) => (add x (add C D))", "(div x C) => (mul x (div 1 C))",
		"(pow x 3) => (mul x (mul x x))", "(max x 0) => x", "(sqrt (mul x x)) => (abs x)", "(fma x y 0) => (mul x y)",
	} {
		r := compileRule(textRule{on: floats, text: text})[0]
		found := false
		for seed := range uint64(200) {
			i := instance{r: irtest.Seeded(seed), b: ir.NewBuilder("rule")}
			before := i.b.Build(i.root(r.from, ir.T(dtype.Float32, 8)))
			want, err := irtest.Run(&irtest.Case{Graph: before, Inputs: i.inputs})
			require.NoError(t, err)
			got, err := irtest.Run(&irtest.Case{Graph: applyOnly(before, r), Inputs: i.inputs})
			require.NoError(t, err)
			found = found || irtest.Compare(got, want, 0) != nil
		}
		assert.True(t, found, "%s holds", text)
	}
}

func TestMalformedRulesAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "x => x", "(add x y)", "(add x) => x", "(add x y) => z", "(frob x) => x", "(compare x y) => x", "(add x y) => x y",
		"(add x y => x", "(add xx y) => y",
	} {
		assert.Panics(t, func() { compileRule(textRule{on: floats, text: text}) }, text)
	}
}

func TestCommutativeInputsMatchInBothOrders(t *testing.T) {
	assert.Len(t, compileRule(textRule{on: floats, text: "(sub x y) => x"}), 1)
	assert.Len(t, compileRule(textRule{on: floats, text: "(add x x) => x"}), 1)
	assert.Len(t, compileRule(textRule{on: floats, text: "(add x (neg y)) => x"}), 2)
	assert.Len(t, compileRule(textRule{on: floats, text: "(add (add x C) D) => x"}), 4)
	assert.Len(t, compileRule(textRule{on: floats, text: "(fma x 1 y) => x"}), 2)
}

// No rule may stand twice, or behind one that takes all its cases.
func TestRulesAreDifferent(t *testing.T) {
	var texts []string
	for _, r := range algebra {
		assert.NotContains(t, texts, r.text)
		texts = append(texts, r.text)
	}
	assert.False(t, slices.Contains(texts, ""))
}
