package portable

import (
	"fmt"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// windows is a prepared walk over rows of indices.
type windows struct {
	index            place
	dt               dtype.DType // of the indices
	rows, components int
	rowStep, colStep int // bytes between indices
	max, stride      []int
	row              place // row 0 of what goes with the indices
	rowStride        int   // bytes
	window           place // the window at index 0
}

// newWindows prepares the indices w of windows like window, one for each of rows.
func (pr *preparer) newWindows(w *kernel.Windows, rows, window *kernel.View) *windows {
	dt := pr.p.Buffers[w.Index.Buf].DType
	size := pr.p.Buffers[window.Buf].DType.Size()
	p := &windows{
		index: newPlace(pr.p, &w.Index), dt: dt, rows: w.Index.Shape[0], components: w.Index.Shape[1],
		rowStep: w.Index.Strides[0] * dt.Size(), colStep: w.Index.Strides[1] * dt.Size(), max: w.Max,
		row: newPlace(pr.p, rows), rowStride: rows.Strides[0] * size, window: newPlace(pr.p, window),
	}
	for _, s := range w.Stride {
		p.stride = append(p.stride, s*size)
	}
	return p
}

// addresses are where indices, rows and windows begin in a run.
type addresses struct{ index, row, window unsafe.Pointer }

func (w *windows) begin(r *run) addresses {
	at := addresses{row: w.row.start(r), window: w.window.start(r)}
	if w.components > 0 { // else there is one window, and perhaps no memory for indices
		at.index = w.index.start(r)
	}
	return at
}

// row returns the addresses of row i and of its window. Indices are clamped; fits is false if that changed one.
func (w *windows) at(begin addresses, i int) (row, window unsafe.Pointer, fits bool) {
	fits = true
	off := 0
	for j := range w.components {
		x, ok := clampedScalar(unsafe.Add(begin.index, i*w.rowStep+j*w.colStep), w.dt, w.max[j])
		fits = fits && ok
		off += x * w.stride[j]
	}
	return unsafe.Add(begin.row, i*w.rowStride), unsafe.Add(begin.window, off), fits
}

// gathering is a prepared Gather.
type gathering struct {
	*windows
	pair pair
	move copier
}

func (pr *preparer) gather(s *kernel.Gather) action {
	if s.Dst.Size() == 0 {
		return nothing{}
	}
	size := pr.p.Buffers[s.Dst.Buf].DType.Size()
	pair := newPair(s.Src.Shape, s.Dst.Strides[1:], s.Src.Strides, size)
	return &gathering{pr.newWindows(&s.Windows, &s.Dst, &s.Src), pair, copierOf(size)}
}

func (g *gathering) run(r *run) error {
	begin := g.begin(r)
	for i := range g.rows {
		row, window, _ := g.at(begin, i)
		if err := g.pair.each(r, row, window, g.move); err != nil {
			return err
		}
	}
	return nil
}

// scattering is a prepared Scatter.
type scattering struct {
	*windows
	pair    pair
	combine copier
}

func (pr *preparer) scatter(s *kernel.Scatter) (action, error) {
	if s.Updates.Size() == 0 {
		return nothing{}, nil
	}
	dt := pr.p.Buffers[s.Dst.Buf].DType
	combine := combinerOf(s.Combine, dt)
	if combine == nil {
		return nil, fmt.Errorf("scatter: got %s of %s, want a combination of numbers of 32 or 64 bits", s.Combine, dt)
	}
	pair := newPair(s.Dst.Shape, s.Dst.Strides, s.Updates.Strides[1:], dt.Size())
	return &scattering{pr.newWindows(&s.Windows, &s.Updates, &s.Dst), pair, combine}, nil
}

func (s *scattering) run(r *run) error {
	begin := s.begin(r)
	for i := range s.rows {
		row, window, fits := s.at(begin, i)
		if !fits {
			if err := r.spend(1); err != nil {
				return err
			}
			continue
		}
		if err := s.pair.each(r, window, row, s.combine); err != nil {
			return err
		}
	}
	return nil
}

// combinerOf returns what writes updates over, or into, elements; nil where the type has no such thing.
func combinerOf(id ir.OpID, dt dtype.DType) copier {
	if id == ir.OpInvalid {
		return copierOf(dt.Size())
	}
	switch dt {
	case dtype.Float32:
		return numberCombiner[float32](id)
	case dtype.Float64:
		return numberCombiner[float64](id)
	case dtype.Int32:
		return numberCombiner[int32](id)
	case dtype.Uint32:
		return numberCombiner[uint32](id)
	case dtype.Int64:
		return numberCombiner[int64](id)
	case dtype.Uint64:
		return numberCombiner[uint64](id)
	}
	return nil
}

func numberCombiner[T number](id ir.OpID) copier {
	if f := pairwise[T](id); f != nil {
		return combineRun(f)
	}
	return nil
}

// pairwise is what a primitive, or a reduction by it, does with two numbers; nil for others.
func pairwise[T number](id ir.OpID) func(x, y T) T {
	switch id {
	case op.AddID, op.ReduceSumID:
		return func(x, y T) T { return x + y }
	case op.MulID, op.ReduceProdID:
		return func(x, y T) T { return T(x * y) }
	case op.MaxID, op.ReduceMaxID:
		return func(x, y T) T { return max(x, y) }
	case op.MinID, op.ReduceMinID:
		return func(x, y T) T { return min(x, y) }
	}
	return nil
}

// combineRun writes f(d, s) over d, element by element.
func combineRun[T any](f func(x, y T) T) copier {
	return func(d, s unsafe.Pointer, dstep, sstep, n int) {
		for i := range n {
			x := (*T)(unsafe.Add(d, i*dstep))
			*x = f(*x, *(*T)(unsafe.Add(s, i*sstep)))
		}
	}
}
