package kernel

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Sparse products other than Deliver: how they are emitted, verified and estimated.

func emitSparse(b *blockLowerer, u *unit, n *ir.Node) bool {
	s := &Sparse{Node: n}
	if n.Op == op.EventProcID {
		s.Dst = b.placeInPlace(u, n.Result(), n.Inputs[0])
		s.In = append(s.In, s.Dst)
	} else {
		s.Dst = b.place(n.Result())
	}
	for _, in := range n.Inputs[len(s.In):] {
		s.In = append(s.In, b.denseView(in))
	}
	b.emitStep(s)
	return true
}

// cost estimates the time in nanoseconds, with one event in so many rows as cost expects of Deliver.
func (s *Sparse) cost() int {
	const active = 500
	switch n := s.Dst.Size(); s.Node.Op {
	case op.CSRGatherID:
		return 10*n + s.In[2].Size()/3
	case op.CSROuterID:
		return s.Dst.Size()/8 + s.In[0].Size()/64
	case op.ProcGatherID:
		return n * procRow(s.Node)
	case op.EventProcID:
		pre := s.In[1].Size()
		return pre/64 + pre/active*procRow(s.Node)
	case op.ProcOuterID:
		pre := s.In[0].Size()
		return pre/64 + pre/active*procRow(s.Node)
	}
	return 0
}

// procRow estimates the time of a row of procedural connectivity.
func procRow(n *ir.Node) int {
	a := n.Attrs.(op.ProcAttrs)
	return 100 + int(2*a.Prob*float64(a.Post))
}

// sparse cuts gathers by rows, and events by the halves of the lanes of a row, which are ranges of targets. Outer products have one result, or
// results at places that the data decide.
func (d *divider) sparse(s *Sparse, n int) []Step {
	part := func(dst View, change func(p *Sparse)) Step {
		p := *s
		p.Dst, p.In = dst, slices.Clone(s.In)
		change(&p)
		return &p
	}
	switch s.Node.Op {
	case op.CSRGatherID:
		return cut(s.Dst.Shape, 0, n, d.grain, func(lo, hi int) Step {
			return part(s.Dst.part(0, lo, hi), func(p *Sparse) { p.In[1] = s.In[1].part(0, lo, hi+1) })
		})
	case op.ProcGatherID:
		return cut(s.Dst.Shape, 0, n, d.grain, func(lo, hi int) Step {
			return part(s.Dst.part(0, lo, hi), func(p *Sparse) { p.Row = lo })
		})
	case op.EventProcID:
		if n < 2 {
			return nil
		}
		half := func(lo, hi int) Step { return part(s.Dst, func(p *Sparse) { p.Lanes = [2]int{lo, hi} }) }
		return []Step{half(0, 8), half(8, 16)}
	}
	return nil
}

// sparse checks the views against the types of the node, and that they are dense.
func (v *verifier) sparse(s *Sparse) error {
	if err := v.eval(&Eval{Node: s.Node, In: s.In, Out: []View{s.Dst}}); err != nil {
		return err
	}
	for i := range s.In {
		if !s.In[i].Contiguous() {
			return fmt.Errorf("operand %d %s: got gaps, want it dense", i, s.In[i])
		}
	}
	switch {
	case !s.Dst.Contiguous():
		return fmt.Errorf("result %s: got gaps, want it dense", s.Dst)
	case s.Node.Op == op.EventProcID && !sameView(s.Dst, s.In[0]):
		return fmt.Errorf("result %s: got other memory than operand 0 %s", s.Dst, s.In[0])
	}
	return nil
}
