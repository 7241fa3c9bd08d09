package tensor

import (
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Large results of compiled programs are the garbage of numerical code. Fresh memory for each costs more than many a program that fills it:
// the Go runtime clears it, the system maps it page by page, and a heap that is otherwise small is collected every few calls. So a
// large buffer made by Dirty comes back to the pool when the collector finds that nothing points into it.

// Bounds of the pool.
const (
	recycleMin   = 64 << 10 // bytes of the smallest buffer that is worth it
	recycleLimit = 16 << 20 // bytes that may wait in the pool
)

// pool holds free buffers by their room.
type pool struct {
	mu    sync.Mutex
	free  map[int]*shelf
	bytes int
	watch sync.Once
}

// shelf holds free buffers of one size.
type shelf struct {
	buffers []*byte
	low     int // how many were free at all times since the last collection: more than are needed
}

var recycled = pool{free: map[int]*shelf{}}

// Dirty is New for a tensor whose elements will all be written: they start arbitrary.
func Dirty(dt dtype.DType, shape ...int) (*Tensor, error) {
	size, err := newSize(dt, shape)
	if err != nil {
		return nil, err
	}
	n := size * dt.Size()
	if n < recycleMin {
		return &Tensor{dt, slices.Clone(shape), size, alignedBytes(n)}, nil
	}
	return &Tensor{dt, slices.Clone(shape), size, recycled.buffer(n)}, nil
}

// buffer returns n bytes, with the alignment and room that Tensor promises.
func (p *pool) buffer(n int) []byte {
	room := roomOf(n)
	b := p.take(room)
	if b == nil {
		b = unsafe.SliceData(make([]byte, room))
		if uintptr(unsafe.Pointer(b))%Alignment != 0 {
			return alignedBytes(n) // only the start of a block can have a finalizer
		}
	}
	// A finalizer, and not a cleanup, because it may hand the memory on. It waits for views and slices too: they keep the block alive.
	runtime.SetFinalizer(b, func(b *byte) { p.put(b, room) })
	return unsafe.Slice(b, room)[:n]
}

func (p *pool) take(room int) *byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.free[room]
	if s == nil || len(s.buffers) == 0 {
		return nil
	}
	last := len(s.buffers) - 1
	b := s.buffers[last]
	s.buffers[last] = nil
	s.buffers = s.buffers[:last]
	s.low = min(s.low, last)
	p.bytes -= room
	return b
}

func (p *pool) put(b *byte, room int) {
	p.watch.Do(p.watchCollections)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+room > recycleLimit {
		return
	}
	s := p.free[room]
	if s == nil {
		s = new(shelf)
		p.free[room] = s
	}
	s.buffers = append(s.buffers, b)
	p.bytes += room
}

// trim drops the buffers that nobody needed since the last collection.
func (p *pool) trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for room, s := range p.free {
		p.bytes -= s.low * room
		s.buffers = slices.Delete(s.buffers, 0, s.low)
		s.low = len(s.buffers)
		if s.low == 0 {
			delete(p.free, room)
		}
	}
}

// watchCollections has the pool trimmed after each collection: the finalizer of an object that nobody holds runs then, and makes the next one.
func (p *pool) watchCollections() {
	type sentinel struct{ _ [16]byte } // not so small that it shares a block
	var arm func(*sentinel)
	arm = func(*sentinel) {
		p.trim()
		runtime.SetFinalizer(new(sentinel), arm)
	}
	runtime.SetFinalizer(new(sentinel), arm)
}
