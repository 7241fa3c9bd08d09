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
	index     place
	dt        dtype.DType
	n, k      int
	rowStep   int // bytes from a row of indices to the next
	colStep   int
	max       []int
	stride    []int // bytes
	row       place // row 0 of what goes with the indices
	window    place // the window at index 0
	rowStride int   // bytes
	elements  [][2]int
	size      int
}

func (pr *preparer) newWindows(w *kernel.Windows, rows, window *kernel.View) *windows {
	ix := &pr.p.Buffers[w.Index.Buf]
	size := pr.p.Buffers[window.Buf].DType.Size()
	p := &windows{
		index: newPlace(pr.p, &w.Index), dt: ix.DType, n: w.Index.Shape[0], k: w.Index.Shape[1],
		rowStep: w.Index.Strides[0] * ix.DType.Size(), colStep: w.Index.Strides[1] * ix.DType.Size(),
		max: w.Max, row: newPlace(pr.p, rows), window: newPlace(pr.p, window),
		rowStride: rows.Strides[0] * size, size: size,
	}
	for _, s := range w.Stride {
		p.stride = append(p.stride, s*size)
	}
	p.addElements(window.Shape, rows.Strides[1:], window.Strides, 0, 0)
	return p
}

// addElements lists the byte offsets of the elements of a window: in a row, and in the array.
func (p *windows) addElements(shape, row, window []int, atRow, atWindow int) {
	if len(shape) == 0 {
		p.elements = append(p.elements, [2]int{atRow * p.size, atWindow * p.size})
		return
	}
	for i := range shape[0] {
		p.addElements(shape[1:], row[1:], window[1:], atRow+i*row[0], atWindow+i*window[0])
	}
}

// offset reads row i of the indices. Indices are clamped; fits is false if that changed one.
func (p *windows) offset(index unsafe.Pointer, i int) (bytes int, fits bool) {
	fits = true
	for j := range p.k {
		at := unsafe.Add(index, i*p.rowStep+j*p.colStep)
		x := clampedScalar(at, p.dt, p.max[j])
		fits = fits && sameScalar(at, p.dt, x)
		bytes += x * p.stride[j]
	}
	return bytes, fits
}

// sameScalar reports whether the integer at p is x.
func sameScalar(p unsafe.Pointer, dt dtype.DType, x int) bool {
	switch dt.Size() {
	case 1:
		return *(*uint8)(p) == uint8(x) && x < 1<<(8-boolInt(dt.IsSigned()))
	case 2:
		return *(*uint16)(p) == uint16(x)
	case 4:
		return *(*uint32)(p) == uint32(x)
	}
	return *(*uint64)(p) == uint64(x)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// gathering is a prepared Gather.
type gathering struct{ *windows }

func (pr *preparer) gather(s *kernel.Gather) action {
	if s.Dst.Size() == 0 {
		return nothing{}
	}
	return gathering{pr.newWindows(&s.Windows, &s.Dst, &s.Src)}
}

func (g gathering) run(r *run) error {
	index, row, window := g.index.start(r), g.row.start(r), g.window.start(r)
	for i := range g.n {
		if err := r.spend(len(g.elements)); err != nil {
			return err
		}
		at, _ := g.offset(index, i)
		for _, e := range g.elements {
			copyElement(unsafe.Add(row, i*g.rowStride+e[0]), unsafe.Add(window, at+e[1]), g.size)
		}
	}
	return nil
}

func copyElement(dst, src unsafe.Pointer, size int) {
	switch size {
	case 1:
		*(*uint8)(dst) = *(*uint8)(src)
	case 2:
		*(*uint16)(dst) = *(*uint16)(src)
	case 4:
		*(*uint32)(dst) = *(*uint32)(src)
	default:
		*(*uint64)(dst) = *(*uint64)(src)
	}
}

// scattering is a prepared Scatter.
type scattering struct {
	*windows
	combine func(dst, src unsafe.Pointer)
}

func (pr *preparer) scatter(s *kernel.Scatter) (action, error) {
	if s.Updates.Size() == 0 {
		return nothing{}, nil
	}
	w := pr.newWindows(&s.Windows, &s.Updates, &s.Dst)
	dt := pr.p.Buffers[s.Dst.Buf].DType
	combine := combiner(s.Combine, dt)
	if combine == nil {
		return nil, fmt.Errorf("scatter: got %s of %s, want a combination of numbers of 32 or 64 bits", s.Combine, dt)
	}
	return scattering{w, combine}, nil
}

func (s scattering) run(r *run) error {
	index, row, window := s.index.start(r), s.row.start(r), s.window.start(r)
	for i := range s.n {
		if err := r.spend(len(s.elements)); err != nil {
			return err
		}
		at, fits := s.offset(index, i)
		if !fits {
			continue
		}
		for _, e := range s.elements {
			s.combine(unsafe.Add(window, at+e[1]), unsafe.Add(row, i*s.rowStride+e[0]))
		}
	}
	return nil
}

func combiner(id ir.OpID, dt dtype.DType) func(dst, src unsafe.Pointer) {
	switch dt {
	case dtype.Float32:
		return combinerOf(id, maxFloat[float32], minFloat[float32])
	case dtype.Float64:
		return combinerOf(id, maxFloat[float64], minFloat[float64])
	case dtype.Int32:
		return combinerOf(id, maxInt[int32], minInt[int32])
	case dtype.Uint32:
		return combinerOf(id, maxInt[uint32], minInt[uint32])
	case dtype.Int64:
		return combinerOf(id, maxInt[int64], minInt[int64])
	case dtype.Uint64:
		return combinerOf(id, maxInt[uint64], minInt[uint64])
	}
	return nil
}

type wideNumber interface {
	~int32 | ~uint32 | ~int64 | ~uint64 | ~float32 | ~float64
}

func combinerOf[T wideNumber](id ir.OpID, largest, smallest func(x, y T) T) func(dst, src unsafe.Pointer) {
	with := func(f func(x, y T) T) func(dst, src unsafe.Pointer) {
		return func(dst, src unsafe.Pointer) { *(*T)(dst) = f(*(*T)(dst), *(*T)(src)) }
	}
	switch id {
	case ir.OpInvalid:
		return with(func(_, y T) T { return y })
	case op.AddID:
		return with(func(x, y T) T { return x + y })
	case op.MulID:
		return with(func(x, y T) T { return x * y })
	case op.MaxID:
		return with(largest)
	case op.MinID:
		return with(smallest)
	}
	return nil
}

func maxInt[T wideNumber](x, y T) T { return max(x, y) }
func minInt[T wideNumber](x, y T) T { return min(x, y) }

// maxFloat and minFloat propagate NaN and order -0 below +0, as the built-in functions do.
func maxFloat[T float32 | float64](x, y T) T { return max(x, y) }
func minFloat[T float32 | float64](x, y T) T { return min(x, y) }
