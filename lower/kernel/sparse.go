package kernel

import (
	"fmt"

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
