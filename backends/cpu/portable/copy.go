package portable

import "github.com/ranvier-go/ranvier/lower/kernel"

// transfer is a prepared Copy.
type transfer struct {
	dst, src place
	pair     pair
	move     copier
}

func (pr *preparer) copyStep(s *kernel.Copy) action {
	if s.Dst.Size() == 0 {
		return nothing{}
	}
	size := pr.p.Buffers[s.Dst.Buf].DType.Size()
	return &transfer{
		dst: newPlace(pr.p, &s.Dst), src: newPlace(pr.p, &s.Src),
		pair: newPair(s.Dst.Shape, s.Dst.Strides, s.Src.Strides, size), move: copierOf(size),
	}
}

func (t *transfer) run(r *run) error { return t.pair.each(r, t.dst.start(r), t.src.start(r), t.move) }
