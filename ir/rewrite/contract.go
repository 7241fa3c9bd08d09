package rewrite

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Contract turns a*b + c, a*b - c and c - a*b of f32 and f64 into one fused multiply-add where the product has no other use. It changes
// rounding, and so it runs before every executor, once, last. Of a*b + c*d the first product is fused.
var Contract = everywhere(contract)

// product is a node that is fused into a sum.
type product struct {
	mul       *ir.Node
	other     *ir.Value // the second term
	negFactor bool      // c - a*b
	negOther  bool      // a*b - c
}

func contract(g *ir.Graph) *ir.Graph {
	sums, fused := findProducts(g)
	if len(sums) == 0 {
		return g
	}
	e := newEditor(g)
	for _, n := range g.Nodes {
		e.at = n
		p, ok := sums[n]
		switch {
		case fused[n]: // computed where it is used
		case ok:
			e.env[n.Results[0]] = e.fuse(p)
		default:
			e.keep(n)
		}
	}
	return e.finish(g)
}

// findProducts finds the sums to replace, and the products that vanish in them.
func findProducts(g *ir.Graph) (sums map[*ir.Node]product, fused map[*ir.Node]bool) {
	var uses map[*ir.Value]int
	for _, n := range g.Nodes {
		if n.Op != op.AddID && n.Op != op.SubID {
			continue
		}
		if dt := n.Results[0].Type.DType; dt != dtype.Float32 && dt != dtype.Float64 {
			continue
		}
		for i, x := range n.Inputs {
			if x.Op() != op.MulID {
				continue
			}
			if uses == nil {
				uses, sums, fused = g.Uses(), map[*ir.Node]product{}, map[*ir.Node]bool{}
			}
			if uses[x] == 1 {
				sub := n.Op == op.SubID
				sums[n] = product{x.Node, n.Inputs[1-i], sub && i == 1, sub && i == 0}
				fused[x.Node] = true
				break
			}
		}
	}
	return sums, fused
}

// fuse emits the fused multiply-add.
func (e *editor) fuse(p product) *ir.Value {
	x, y, z := e.env[p.mul.Inputs[0]], e.env[p.mul.Inputs[1]], e.env[p.other]
	if p.negOther {
		z = negated(e.b, z)
	}
	if p.negFactor {
		// Negating a constant costs nothing, and what is negated already loses a node.
		if splat(y) != nil || y.Op() == op.NegID {
			y = negated(e.b, y)
		} else {
			x = negated(e.b, x)
		}
	}
	return op.FMA(e.b, x, y, z)
}

func negated(b *ir.Builder, x *ir.Value) *ir.Value {
	if x.Op() == op.NegID {
		return x.Node.Inputs[0]
	}
	return op.Neg(b, x)
}
