package trace

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Cost is an estimate of what one call computes, from the graph as traced: loops count all their steps, a While one, a Switch its most
// expensive branch.
type Cost struct {
	Flops  float64            // operations on elements; a multiply-add of a product counts two
	Bytes  float64            // read and written if every node went through memory: an upper bound, since nodes are fused
	Nodes  int                // in the graph and its regions
	ByNode map[string]float64 // flops by primitive
	Whiles int                // loops whose steps are not known
}

// Cost estimates the program.
func (l *Lowered) Cost() Cost { return costOf(l.graph) }

// String writes the totals, and the primitives by their share.
func (c Cost) String() string {
	var sb strings.Builder
	fmt.Fprintf(&sb, "%.4g flops, %.4g bytes, %d nodes", c.Flops, c.Bytes, c.Nodes)
	if c.Whiles > 0 {
		fmt.Fprintf(&sb, ", one step of each of %d while loops", c.Whiles)
	}
	names := slices.SortedFunc(maps.Keys(c.ByNode), func(a, b string) int {
		if c.ByNode[a] != c.ByNode[b] {
			if c.ByNode[a] > c.ByNode[b] {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		fmt.Fprintf(&sb, "\n%12.4g %s", c.ByNode[name], name)
	}
	return sb.String()
}

func costOf(g *ir.Graph) Cost {
	c := Cost{ByNode: map[string]float64{}}
	for _, n := range g.Nodes {
		c.add(costOfNode(n), 1)
	}
	return c
}

// add puts times d on top; nodes are counted once.
func (c *Cost) add(d Cost, times float64) {
	c.Flops += times * d.Flops
	c.Bytes += times * d.Bytes
	c.Nodes += d.Nodes
	c.Whiles += d.Whiles
	for name, flops := range d.ByNode {
		c.ByNode[name] += times * flops
	}
}

func costOfNode(n *ir.Node) Cost {
	c := Cost{Nodes: 1, ByNode: map[string]float64{}}
	switch attrs := n.Attrs.(type) {
	case op.LoopAttrs:
		c.add(costOf(n.Regions[0]), float64(attrs.Trip))
		return c
	case op.WhileAttrs:
		c.Whiles = 1
	}
	switch {
	case n.Op == op.SwitchID:
		costs := make([]Cost, len(n.Regions))
		for i, r := range n.Regions {
			costs[i] = costOf(r)
			c.Nodes += costs[i].Nodes
		}
		worst := slices.MaxFunc(costs, func(a, b Cost) int { return int(a.Flops) - int(b.Flops) })
		worst.Nodes = 0
		c.add(worst, 1)
		return c
	case len(n.Regions) > 0 && n.Row().Class == ir.ClassControl:
		for _, r := range n.Regions {
			c.add(costOf(r), 1)
		}
		return c
	}
	c.Flops = flopsOf(n)
	if c.Flops > 0 {
		c.ByNode[n.Row().Name] = c.Flops
	}
	for _, v := range slices.Concat(n.Inputs, n.Results) {
		c.Bytes += float64(v.Type.Size() * v.Type.DType.Size())
	}
	return c
}

// flopsOf estimates the operations of a node from its class.
func flopsOf(n *ir.Node) float64 {
	size := func(vs []*ir.Value) float64 {
		total := 0
		for _, v := range vs {
			total += v.Type.Size()
		}
		return float64(total)
	}
	switch n.Row().Class {
	case ir.ClassElementwise:
		return size(n.Results[:1])
	case ir.ClassReduce, ir.ClassCumulative:
		return size(n.Inputs[:1])
	case ir.ClassContract:
		steps := 1.0
		if a, ok := n.Attrs.(op.DotAttrs); ok {
			for _, d := range a.LhsContract {
				steps *= float64(n.Inputs[0].Type.Shape[d])
			}
		}
		return 2 * steps * size(n.Results)
	case ir.ClassSparse:
		return 2 * size(n.Inputs[len(n.Inputs)-1:])
	}
	return 0
}
