package portable

import (
	"math"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// place says where a view begins.
type place struct {
	buf    kernel.BufID
	offset int // bytes
	dyn    []dynamic
}

// dynamic is one moving part of a place: a scalar in memory, clamped, times a stride.
type dynamic struct {
	buf    kernel.BufID
	at     int // bytes from the start of buf
	dt     dtype.DType
	max    int
	stride int // bytes
}

func newPlace(p *kernel.Program, v *kernel.View) place {
	size := p.Buffers[v.Buf].DType.Size()
	pl := place{buf: v.Buf, offset: v.Offset * size}
	for _, x := range v.Dyn {
		dt := p.Buffers[x.Buf].DType
		pl.dyn = append(pl.dyn, dynamic{x.Buf, x.At * dt.Size(), dt, x.Max, x.Stride * size})
	}
	return pl
}

// start is the address of the element with all indices zero. The view must have elements.
func (pl *place) start(r *run) unsafe.Pointer {
	at := pl.offset
	for i := range pl.dyn {
		d := &pl.dyn[i]
		x, _ := clampedScalar(unsafe.Add(r.base[d.buf], d.at), d.dt, d.max)
		at += d.stride * x
	}
	return unsafe.Add(r.base[pl.buf], at)
}

// clampedScalar reads an integer of any type and clamps it to [0, most]; fits says that it was there already.
func clampedScalar(p unsafe.Pointer, dt dtype.DType, most int) (x int, fits bool) {
	var v int64
	switch dt {
	case dtype.Int32:
		v = int64(*(*int32)(p))
	case dtype.Int64:
		v = *(*int64)(p)
	case dtype.Uint32:
		v = int64(*(*uint32)(p))
	case dtype.Uint64:
		v = int64(min(*(*uint64)(p), math.MaxInt64)) // larger than any index in both cases
	case dtype.Int8:
		v = int64(*(*int8)(p))
	case dtype.Int16:
		v = int64(*(*int16)(p))
	case dtype.Uint8:
		v = int64(*(*uint8)(p))
	case dtype.Uint16:
		v = int64(*(*uint16)(p))
	}
	c := min(max(v, 0), int64(most))
	return int(c), c == v
}

// walk is the way of a view through memory in row-major order: extents and strides in bytes, with neighbouring dimensions merged where
// one stride serves both. There is at least one dimension.
type walk struct {
	shape, strides []int
}

func newWalk(shape, strides []int, size int) walk {
	var w walk
	for d, n := range shape {
		if n == 1 {
			continue
		}
		s := strides[d] * size
		if last := len(w.shape) - 1; last >= 0 && w.strides[last] == s*n {
			w.shape[last] *= n
			w.strides[last] = s
			continue
		}
		w.shape = append(w.shape, n)
		w.strides = append(w.strides, s)
	}
	if len(w.shape) == 0 {
		w.shape, w.strides = []int{1}, []int{size}
	}
	return w
}

func viewWalk(p *kernel.Program, v *kernel.View) walk {
	return newWalk(v.Shape, v.Strides, p.Buffers[v.Buf].DType.Size())
}

// linear reports whether one stride leads through the whole view.
func (w *walk) linear() bool { return len(w.shape) == 1 }

// inner is the extent and stride of the last dimension.
func (w *walk) inner() (n, stride int) {
	last := len(w.shape) - 1
	return w.shape[last], w.strides[last]
}

// at is the distance in bytes of the element with a position in row-major order.
func (w *walk) at(pos int) int {
	off := 0
	for d := len(w.shape) - 1; d > 0; d-- {
		q := pos / w.shape[d]
		off += (pos - q*w.shape[d]) * w.strides[d]
		pos = q
	}
	return off + pos*w.strides[0]
}

// cursor visits elements of a walk in runs along the last dimension.
type cursor struct {
	w     *walk
	index []int // current index; the owner's memory, at least as long as the walk has dimensions
	off   int   // bytes of the current element
	left  int   // elements still to visit
}

// from begins at a position, for n elements.
func (w *walk) from(pos, n int, index []int) cursor {
	c := cursor{w: w, index: index, left: n}
	for d := len(w.shape) - 1; d >= 0; d-- {
		q := 0
		if w.shape[d] > 0 {
			q = pos / w.shape[d]
		}
		index[d] = pos - q*w.shape[d]
		c.off += index[d] * w.strides[d]
		pos = q
	}
	return c
}

// next returns where the next run begins and how many elements it has: 0 at the end.
func (c *cursor) next() (off, n int) {
	last := len(c.w.shape) - 1
	off, n = c.off, min(c.left, c.w.shape[last]-c.index[last])
	c.left -= n
	if c.left == 0 {
		return off, n
	}
	c.off -= c.index[last] * c.w.strides[last]
	c.index[last] = 0
	for d := last - 1; d >= 0; d-- {
		c.index[d]++
		c.off += c.w.strides[d]
		if c.index[d] < c.w.shape[d] {
			break
		}
		c.off -= c.index[d] * c.w.strides[d]
		c.index[d] = 0
	}
	return off, n
}
