package rewrite

import (
	"fmt"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCheckOrder(t *testing.T) {
	a, b := entry{name: "a"}, entry{name: "b"}
	assert.NoError(t, checkOrder([]entry{a, b}, []constraint{{"a", "b", "x"}}))
	assert.ErrorContains(t, checkOrder([]entry{b, a}, []constraint{{"a", "b", "because of x"}}), "because of x")
	assert.ErrorContains(t, checkOrder([]entry{a, b}, []constraint{{"a", "c", ""}}), "no such pass")
	for _, c := range constraints {
		assert.NotEmpty(t, c.reason)
	}
}

func TestOptions(t *testing.T) {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32))
	g := b.Build(op.StopGradient(b, op.Neg(b, op.Neg(b, op.Add(b, op.Mul(b, x, x), x)))))

	ops := func(g *ir.Graph) (names []string) {
		for _, n := range g.Nodes {
			names = append(names, n.Op.String())
		}
		return names
	}
	assert.Equal(t, []string{"fma"}, ops(Optimize(g, Options{})))
	assert.Equal(t, []string{"mul", "add", "stop_gradient"}, ops(Optimize(g, Options{Differentiable: true})))
	assert.Equal(t, []string{"mul", "add"}, ops(Optimize(g, Options{Disable: []string{"contract"}})))
	assert.Equal(t, []string{"fma", "neg", "neg"}, ops(Optimize(g, Options{Disable: []string{"simplify"}})))
	assert.Same(t, g, Optimize(g, Options{Disable: Names()}))

	seen := map[string]int{}
	last := g
	out := Optimize(g, Options{OnPass: func(r PassRun) {
		seen[r.Name]++
		assert.Same(t, last, r.Before)
		assert.Positive(t, r.Time)
		last = r.After
	}})
	assert.Same(t, last, out)
	for _, name := range Names() {
		assert.Positive(t, seen[name], name)
	}
	assert.LessOrEqual(t, seen["simplify"], 3, "passes that found nothing to do are not run on the same graph again")
}

func TestOptimizeReturnsTheGraphThatIsOptimal(t *testing.T) {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32))
	g := b.Build(op.Exp(b, x))
	assert.Same(t, g, Optimize(g, Options{}))
}

// Every pass must have something to do in the random graphs that it is tested with.
func TestRandomGraphsExerciseEveryPass(t *testing.T) {
	changed := map[string]int{}
	const graphs = 200
	for seed := range uint64(graphs) {
		c := irtest.Random(irtest.Seeded(seed), irtest.Config{Nodes: 15})
		for _, e := range append([]entry{eraseEntry}, table...) {
			if e.pass(c.Graph) != c.Graph {
				changed[e.name]++
			}
		}
	}
	t.Log(changed)
	for _, name := range Names() {
		if name != "contract" { // which has a test with arithmetic only
			assert.Greater(t, changed[name], graphs/100, name)
		}
	}
}

func TestSharedRegionsStayShared(t *testing.T) {
	r := ir.NewBuilder("f")
	p := r.Param(ir.T(dtype.Float32))
	f := r.Build(op.Neg(r, op.Neg(r, op.Exp(r, p))))
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32))
	call := func(v *ir.Value) *ir.Value {
		return op.Call(b, op.CallAttrs{Kind: op.CallCheckpoint}, []*ir.Graph{f}, v)[0]
	}
	g := Simplify(b.Build(call(call(x))))
	require.Len(t, g.Nodes, 2)
	assert.Same(t, g.Nodes[0].Regions[0], g.Nodes[1].Regions[0])
	assert.Len(t, g.Nodes[0].Regions[0].Nodes, 2, "exp, and a neg that is dead")
}

func TestPositionsAreKept(t *testing.T) {
	g, err := ir.Parse(`graph (%x: f32[]) {
		%a = neg %x loc("a.go":1)
		%b = neg %a loc("a.go":2)
		%c = add %x, %a loc("a.go":3)
		return %b, %c
	}`)
	require.NoError(t, err)
	h := Optimize(g, Options{})
	require.Len(t, h.Nodes, 1)
	assert.Equal(t, ir.Position{File: "a.go", Line: 3}, h.Nodes[0].Pos, "%s", h)
}

// network is like a traced model: n nodes in a loop over time, with constants, broadcasts, shared terms and reshapes.
func network(n int) *ir.Graph {
	body := ir.NewBuilder("step")
	shape := []int{4000}
	t := ir.T(dtype.Float32, shape...)
	p := body.Params([]ir.Type{ir.T(dtype.Int32), ir.T(dtype.Float32), t, t, t})
	v, g := p[2], p[3]
	for body.Nodes() < n-20 {
		tau := op.Full(body, t, float64(5+body.Nodes()%40))
		dt := op.Spread(body, p[1], shape)
		g = op.Add(body, g, op.Mul(body, op.Div(body, op.Neg(body, g), tau), dt))
		inf := op.Logistic(body, op.Div(body, op.Sub(body, v, op.Full(body, t, -40)), op.Full(body, t, 8)))
		v = op.Add(body, v, op.Mul(body, op.Sub(body, op.Mul(body, g, inf), v), dt))
		v = op.Select(body, op.Ge(body, v, op.Full(body, t, -50)), op.Full(body, t, -60), v)
	}
	region := body.Build(v, g, p[4], op.Ge(body, v, op.Full(body, t, -50)))
	b := ir.NewBuilder("main")
	dt, v0, g0 := b.Param(ir.T(dtype.Float32)), b.Param(t), b.Param(t)
	out := op.Loop(b, op.LoopAttrs{Trip: 1000, Consts: 1, Carries: 3}, region, dt, v0, g0, g0)
	return b.Build(out...)
}

// flat is a straight graph of n nodes.
func flat(n int) *ir.Graph {
	g := network(n)
	b := ir.NewBuilder("main")
	args := b.Params(g.Nodes[0].Regions[0].InTypes())
	return b.Build(g.Nodes[0].Regions[0].Inline(b, args...)...)
}

func BenchmarkOptimize(b *testing.B) {
	for name, g := range map[string]*ir.Graph{"loop": network(500), "flat": flat(500)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Optimize(g, Options{})
			}
		})
	}
}

func BenchmarkPasses(b *testing.B) {
	g := flat(500)
	times := map[string]float64{}
	runs := map[string]int{}
	for b.Loop() {
		Optimize(g, Options{OnPass: func(r PassRun) {
			key := fmt.Sprintf("%s%d", r.Name, r.Round)
			times[key] += float64(r.Time.Microseconds())
			runs[key]++
		}})
	}
	for name, t := range times {
		b.ReportMetric(t/float64(runs[name]), name+"-us")
	}
}
