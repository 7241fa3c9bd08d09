package ir_test

import (
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/stretchr/testify/require"
)

// faults break a graph that is well-formed otherwise; the inputs of testdata/verify.txtar name them.
var faults = map[string]func(g *ir.Graph){
	"use before definition": func(g *ir.Graph) { g.Nodes[1], g.Nodes[2] = g.Nodes[2], g.Nodes[1] },
	"own result":            func(g *ir.Graph) { g.Nodes[1].Inputs[0] = g.Nodes[1].Results[0] },
	"value of a region":     func(g *ir.Graph) { g.Nodes[2].Inputs[0] = g.Nodes[3].Regions[0].Nodes[0].Results[0] },
	"value from outside":    func(g *ir.Graph) { g.Nodes[3].Regions[0].Nodes[0].Inputs[0] = g.Params[0] },
	"nil input":             func(g *ir.Graph) { g.Nodes[2].Inputs[0] = nil },
	"nil region":            func(g *ir.Graph) { g.Nodes[3].Regions[0] = nil },
	"output from outside":   func(g *ir.Graph) { g.Outputs[0] = ir.NewBuilder("").Param(ir.T(dtype.Float32)) },
	"nil output":            func(g *ir.Graph) { g.Outputs[0] = nil },
	"param out of place":    func(g *ir.Graph) { g.Params[0], g.Params[1] = g.Params[1], g.Params[0] },
	"result type":           func(g *ir.Graph) { g.Nodes[1].Results[0].Type = ir.T(dtype.Float32, 4) },
	"result index":          func(g *ir.Graph) { g.Nodes[0].Results[0].Index = 1 },
	"result of another":     func(g *ir.Graph) { g.Nodes[0].Results[0].Node = g.Nodes[1] },
	"missing result":        func(g *ir.Graph) { g.Nodes[0].Results = g.Nodes[0].Results[:1] },
	"no row":                func(g *ir.Graph) { g.Nodes[1].Op = 999 },
	"arity":                 func(g *ir.Graph) { g.Nodes[1].Inputs = g.Nodes[1].Inputs[:1] },
	"attributes":            func(g *ir.Graph) { g.Nodes[1].Attrs = allAttrs{} },
	"regions":               func(g *ir.Graph) { g.Nodes[3].Regions = nil },
	"shared node":           func(g *ir.Graph) { g.Nodes = append(g.Nodes, g.Nodes[1]) },
	"node of a region":      func(g *ir.Graph) { g.Nodes = append(g.Nodes[:3:3], g.Nodes[3].Regions[0].Nodes[0], g.Nodes[3]) },
	"region in itself": func(g *ir.Graph) {
		region := g.Nodes[3].Regions[0]
		region.Nodes[0] = &ir.Node{Op: testRun, Regions: []*ir.Graph{region}}
	},
	"none": func(*ir.Graph) {},
}

func sound() *ir.Graph {
	t := ir.T(dtype.Float32, 3)
	inner := ir.NewBuilder("inner")
	p := inner.Param(t)
	region := inner.Build(inner.Emit1(testAdd, nil, p, p))
	b := ir.NewBuilder("main")
	x, y := b.Param(t), b.Param(t)
	pair := b.Emit(testPair, nil, nil, x)
	sum := b.Emit1(testAdd, nil, pair[0], y)
	twice := b.Emit1(testAdd, nil, sum, sum)
	// One region in two nodes is allowed.
	run := b.Emit(testRun, nil, []*ir.Graph{region, region}, x)
	last := b.Emit(testRun, nil, []*ir.Graph{region}, run[0])
	return b.Build(last[0], twice, twice)
}

func TestVerify(t *testing.T) {
	seen := 0
	irtest.Golden(t, "testdata/verify.txtar", func(t *testing.T, _, input string) string {
		seen++
		name := input[:len(input)-1]
		require.Contains(t, faults, name)
		g := sound()
		faults[name](g)
		err := ir.Verify(g)
		if err == nil {
			return "well-formed\n"
		}
		return err.Error() + "\n"
	})
	require.Equal(t, len(faults), seen, "every fault has a case")
}
