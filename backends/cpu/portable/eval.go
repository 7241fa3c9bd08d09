package portable

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// evaluation is a prepared Eval: the operands are copied into tensors, the row computes, the results are copied back.
type evaluation struct {
	node    *ir.Node
	in, out []strided
	work    int
}

// strided is a view as a place to copy from or to.
type strided struct {
	place
	walk  walk
	move  copier
	bytes int // of an element
	n     int
}

func (pr *preparer) strided(v *kernel.View) strided {
	size := pr.p.Buffers[v.Buf].DType.Size()
	return strided{newPlace(pr.p, v), viewWalk(pr.p, v), copierOf(size), size, v.Size()}
}

func (pr *preparer) eval(s *kernel.Eval) action {
	e := &evaluation{node: s.Node, work: stepWork}
	for i := range s.In {
		e.in = append(e.in, pr.strided(&s.In[i]))
		e.work += s.In[i].Size()
	}
	for i := range s.Out {
		e.out = append(e.out, pr.strided(&s.Out[i]))
		e.work += s.Out[i].Size()
	}
	return e
}

func (e *evaluation) run(r *run) error {
	in := make([]*tensor.Tensor, len(e.in))
	for i := range e.in {
		t := e.node.Inputs[i].Type
		x, err := tensor.New(t.DType, t.Shape...)
		if err != nil {
			return nodeError(e.node, err)
		}
		e.in[i].copyTo(r, x)
		in[i] = x
	}
	out, err := evalNode(r, e.node, in)
	if err != nil {
		return err
	}
	for i := range e.out {
		e.out[i].copyFrom(r, out[i])
	}
	return r.spend(e.work)
}

// copyTo copies the elements of the view to a tensor.
func (s *strided) copyTo(r *run, t *tensor.Tensor) {
	s.pieces(r, func(at unsafe.Pointer, done, stride, n int) {
		s.move(unsafe.Add(t.Data(), done*s.bytes), at, s.bytes, stride, n)
	})
}

// copyFrom copies the elements of a tensor to the view.
func (s *strided) copyFrom(r *run, t *tensor.Tensor) {
	s.pieces(r, func(at unsafe.Pointer, done, stride, n int) {
		s.move(at, unsafe.Add(t.Data(), done*s.bytes), stride, s.bytes, n)
	})
}

// pieces calls f for each run of n elements at a stride, with the number of elements before it.
func (s *strided) pieces(r *run, f func(at unsafe.Pointer, done, stride, n int)) {
	if s.n == 0 {
		return
	}
	p, done := s.start(r), 0
	_, stride := s.walk.inner()
	c := s.walk.from(0, s.n, make([]int, len(s.walk.shape)))
	for off, n := c.next(); n > 0; off, n = c.next() {
		f(unsafe.Add(p, off), done, stride, n)
		done += n
	}
}

// evalNode applies the row's reference evaluation. What a rule panics with becomes an error with the node's name and position.
func evalNode(r *run, n *ir.Node, in []*tensor.Tensor) (out []*tensor.Tensor, err error) {
	defer func() {
		if p := recover(); p != nil {
			cause, ok := p.(error)
			if !ok {
				cause = fmt.Errorf("%v", p)
			}
			err = nodeError(n, cause)
		}
	}()
	ctx := r.env.Ctx
	if ctx == nil {
		ctx = context.Background()
	}
	print := r.env.Print
	if print == nil {
		print = func(string) {}
	}
	ev := &ir.Eval{
		Run: func(g *ir.Graph, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
			return interp.Run(ctx, g, in, interp.PrintTo(print))
		},
		Poll:  ctx.Err,
		Print: print,
		Step:  r.env.Step,
	}
	out, err = n.Row().Eval(ev, n, in)
	if err == nil {
		return out, nil
	}
	if stopped := ctx.Err(); stopped != nil && errors.Is(err, stopped) {
		return nil, stopped
	}
	return nil, nodeError(n, err)
}

// nodeError adds the node to an error of its evaluation, once.
func nodeError(n *ir.Node, err error) error {
	var inner *interp.Error
	if errors.As(err, &inner) {
		return err
	}
	return &interp.Error{Op: n.Row().Name, Pos: n.Pos, Err: err}
}
