package tensor

import (
	"sync"
	"sync/atomic"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Source is where the elements of a tensor lie outside of the Go heap: on a device. Its methods may be called from several goroutines at once.
type Source interface {
	// Fetch copies the elements to dst.
	Fetch(dst []byte) error
	// Free gives up the memory of the device; Fetch is not called afterwards.
	Free()
}

// far is what a tensor knows about its elements on a device.
type far struct {
	source Source
	mu     sync.Mutex  // held while elements are copied here
	here   atomic.Bool // they are in the tensor's data too
}

// Remote returns a tensor whose elements lie on a device: they are copied when somebody first looks at them here. It has one holder until
// Share says otherwise. When the device fails then, what looks panics with an *Error.
func Remote(dt dtype.DType, source Source, shape ...int) (*Tensor, error) {
	t, err := withoutStorage(dt, shape)
	if err != nil {
		return nil, err
	}
	t.far.Store(&far{source: source})
	t.holder.Store(sole)
	return t, nil
}

// Attach notes that a copy of the elements lies on a device. It reports false, and does nothing, if there is one already.
func (t *Tensor) Attach(source Source) bool {
	f := &far{source: source}
	f.here.Store(true)
	return t.far.CompareAndSwap(nil, f)
}

// Detach gives up the copy of the elements on the device, after bringing them here.
func (t *Tensor) Detach() {
	f := t.far.Load()
	if f == nil {
		return
	}
	t.Bytes()
	if t.far.CompareAndSwap(f, nil) {
		f.source.Free()
	}
}

// Source returns where the elements of t lie outside of the Go heap, nil if nowhere.
func (t *Tensor) Source() Source {
	if f := t.far.Load(); f != nil {
		return f.source
	}
	return nil
}

// fetch copies the elements of a remote tensor here unless that was done before. A failed copy is tried again the next time.
func (t *Tensor) fetch(f *far) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.here.Load() {
		return t.data
	}
	data := uncleared(t.bytes())
	if err := f.source.Fetch(data); err != nil {
		panic(&Error{"fetch", t.describe(), err})
	}
	t.data = data
	f.here.Store(true)
	return t.data
}
