package gomlx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower"
)

// Func builds a graph's outputs in a gomlx graph from one node for each parameter, of exactly its type. It panics as gomlx does where the
// graph's backend lacks an operation.
type Func func(g *graph.Graph, inputs []*graph.Node) []*graph.Node

// MaxNodes bounds what unrolling loops may grow a graph to.
const MaxNodes = 200_000

// Export makes a graph function of g. The error says which node cannot be exported, and why.
func Export(g *ir.Graph) (Func, error) {
	plain := lower.Expand(g, lower.Target{Keep: func(id ir.OpID) bool { return rules[id] != nil || refused[id] != "" }})
	if n, err := count(plain); err != nil {
		return nil, err
	} else if n > MaxNodes {
		return nil, fmt.Errorf("gomlx: %s: got %d nodes with loops unrolled, want at most %d: export the step, and loop outside", g.Name, n, MaxNodes)
	}
	return func(gg *graph.Graph, inputs []*graph.Node) []*graph.Node {
		if len(inputs) != len(plain.Params) {
			panic(fmt.Errorf("gomlx: %s: got %d inputs, want %d", g.Name, len(inputs), len(plain.Params)))
		}
		for i, p := range plain.Params {
			if want, err := ShapeOf(p.Type); err != nil || !inputs[i].Shape().Equal(want) {
				panic(fmt.Errorf("gomlx: %s: input %d: got %s, want %s", g.Name, i, inputs[i].Shape(), p.Type))
			}
		}
		return (&builder{gg}).graph(plain, inputs)
	}, nil
}

// count checks all nodes and returns how many there are with loops unrolled.
func count(g *ir.Graph) (int, error) {
	total := 0
	for _, n := range g.Nodes {
		if err := check(n); err != nil {
			return 0, &ir.Error{Op: "gomlx", Arg: n.Row().Name, Got: "a node that cannot be exported", Want: "none (" + err.Error() + ")", Pos: n.Pos}
		}
		size := 1
		for _, r := range n.Regions {
			inner, err := count(r)
			if err != nil {
				return 0, err
			}
			size += inner
		}
		if n.Op == op.LoopID {
			size *= max(n.Attrs.(op.LoopAttrs).Trip, 1)
		}
		if total += size; total > MaxNodes {
			return total, nil
		}
	}
	return total, nil
}

func check(n *ir.Node) error {
	if why := refused[n.Op]; why != "" {
		return errors.New(why)
	}
	if rules[n.Op] == nil && n.Row().Class != ir.ClassSparse {
		return errors.New("neither gomlx nor an expansion has it")
	}
	for _, t := range slices.Concat(ir.TypesOf(n.Inputs), ir.TypesOf(n.Results)) {
		if _, err := ShapeOf(t); err != nil {
			return err
		}
		if t.Size() == 0 {
			return fmt.Errorf("gomlx's backend in Go fails on arrays without elements, such as %s", t)
		}
	}
	if f := attributeChecks[n.Op]; f != nil {
		return f(n)
	}
	return nil
}

// builder makes nodes in one gomlx graph.
type builder struct{ g *graph.Graph }

// rule makes the results of a node.
type rule func(b *builder, n *ir.Node, in []*graph.Node) []*graph.Node

// rules has the rows that gomlx can say; filled in init, since control flow looks in it.
var rules map[ir.OpID]rule

func init() {
	rules = map[ir.OpID]rule{op.LoopID: loop, op.SwitchID: choose, op.CallID: func(b *builder, n *ir.Node, in []*graph.Node) []*graph.Node {
		return b.graph(n.Regions[0], in)
	}}
	for _, table := range []map[ir.OpID]func(b *builder, n *ir.Node, in []*graph.Node) *graph.Node{elementwise, movement, indexing, folds} {
		for id, f := range table {
			rules[id] = func(b *builder, n *ir.Node, in []*graph.Node) []*graph.Node { return []*graph.Node{f(b, n, in)} }
		}
	}
}

func (b *builder) graph(g *ir.Graph, args []*graph.Node) []*graph.Node {
	env := make(map[*ir.Value]*graph.Node, len(g.Params)+len(g.Nodes))
	for i, p := range g.Params {
		env[p] = args[i]
	}
	find := func(vs []*ir.Value) []*graph.Node {
		list := make([]*graph.Node, len(vs))
		for i, v := range vs {
			list[i] = env[v]
		}
		return list
	}
	for _, n := range g.Nodes {
		for i, x := range b.node(n, find(n.Inputs)) {
			env[n.Results[i]] = x
		}
	}
	return find(g.Outputs)
}

func (b *builder) node(n *ir.Node, in []*graph.Node) []*graph.Node {
	if rules[n.Op] == nil { // sparse products, in plain rows
		sub := ir.NewBuilder(n.Row().Name)
		return b.graph(sub.Build(op.Decompose(sub, n, sub.Params(ir.TypesOf(n.Inputs)))...), in)
	}
	return rules[n.Op](b, n, in)
}

// loop writes out each iteration; see op.LoopAttrs for the order of a region's parameters.
func loop(b *builder, n *ir.Node, in []*graph.Node) []*graph.Node {
	a, body := n.Attrs.(op.LoopAttrs), n.Regions[0]
	consts, carries, xs := in[:a.Consts], in[a.Consts:a.Consts+a.Carries], in[a.Consts+a.Carries:]
	rows := make([][]*graph.Node, len(n.Results)-a.Carries)
	for k := range a.Trip {
		i := k
		if a.Reverse {
			i = a.Trip - 1 - k
		}
		args := slices.Concat([]*graph.Node{graph.Scalar(b.g, elementTypes[body.Params[0].Type.DType], i)}, consts, carries)
		for _, x := range xs {
			row := graph.SliceAxis(x, 0, graph.AxisRange(i, i+1))
			args = append(args, graph.Reshape(row, x.Shape().Dimensions[1:]...))
		}
		out := b.graph(body, args)
		carries = out[:a.Carries]
		for j, y := range out[a.Carries:] {
			if i%a.Step(j) == 0 {
				rows[j] = append(rows[j], graph.ExpandAxes(y, 0))
			}
		}
	}
	results := slices.Clone(carries)
	for j, list := range rows {
		if a.Reverse {
			slices.Reverse(list)
		}
		if len(list) == 0 {
			results = append(results, b.zeros(n.Results[a.Carries+j].Type))
			continue
		}
		results = append(results, graph.Concatenate(list, 0))
	}
	return results
}

// choose computes all branches and selects the results of one.
func choose(b *builder, n *ir.Node, in []*graph.Node) []*graph.Node {
	index, last := in[0], len(n.Regions)-1
	results := b.graph(n.Regions[last], in[1:])
	for k := last - 1; k >= 0; k-- {
		taken := graph.LessOrEqual(index, graph.Scalar(b.g, index.DType(), k))
		for i, x := range b.graph(n.Regions[k], in[1:]) {
			results[i] = graph.Where(graph.BroadcastToDims(taken, x.Shape().Dimensions...), x, results[i])
		}
	}
	return results
}

func (b *builder) zeros(t ir.Type) *graph.Node {
	shape, err := ShapeOf(t)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return graph.Zeros(b.g, shape)
}
