package tensor

import (
	"sync"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Storage that is in the processor's caches is worth more than fresh storage: writing 50 kB of a result into memory that was last seen tens of
// megabytes ago takes longer than many a program that computes it. So whoever knows that it is the only holder of a result can say when it
// is done with it, and the next result of that size gets the storage.

// Who may hold a tensor.
const (
	anybody  int32 = iota // the garbage collector knows when it is done with
	sole                  // whoever got it as a result, as long as nobody calls Share
	released              // nobody: there are no elements any more
)

// reuseMin is the least room of storage that is worth keeping.
const reuseMin = 1 << 10

// spare holds storage to be used again: for each size of room a *sync.Pool of *byte, which the collector empties as it does all pools.
var spare sync.Map

// Result is Dirty for the result of a program, which has one holder until Share says otherwise.
func Result(dt dtype.DType, shape ...int) (*Tensor, error) {
	t, err := withoutStorage(dt, shape)
	if err != nil {
		return nil, err
	}
	if t.data = reuse(t.bytes()); t.data == nil {
		t.data = uncleared(t.bytes())
	}
	t.holder.Store(sole)
	return t, nil
}

// reuse returns n bytes of released storage, nil if there is none of that room.
func reuse(n int) []byte {
	room := roomOf(n)
	if room < reuseMin {
		return nil
	}
	pool, ok := spare.Load(room)
	if !ok {
		return nil
	}
	start, ok := pool.(*sync.Pool).Get().(*byte)
	if !ok {
		return nil
	}
	return unsafe.Slice(start, room)[:n]
}

// Share says that more than one holder knows t or its storage from now on: Release will do nothing. It reports false if t has been released.
func (t *Tensor) Share() bool {
	for {
		switch t.holder.Load() {
		case anybody:
			return true
		case released:
			return false
		}
		if t.holder.CompareAndSwap(sole, anybody) {
			return true
		}
	}
}

// Release says that the only holder of a Result is done with it: its storage, here or on a device, may be used again. It does nothing for tensors that were
// not made by Result or Remote, or that were shared, and reports whether it did something. The tensor has no elements afterwards.
func (t *Tensor) Release() bool {
	if !t.Take() {
		return false
	}
	if source := t.Source(); source != nil {
		source.Free()
	}
	if room := cap(t.data); room >= reuseMin {
		pool, ok := spare.Load(room)
		if !ok {
			pool, _ = spare.LoadOrStore(room, new(sync.Pool))
		}
		pool.(*sync.Pool).Put(unsafe.SliceData(t.data))
	}
	t.data = nil
	return true
}

// Take is Release for somebody who uses the storage on the device itself: it reports whether the caller is the only holder, and t released from now on.
func (t *Tensor) Take() bool { return t.holder.CompareAndSwap(sole, released) }

// Released reports whether t was released.
func (t *Tensor) Released() bool { return t.holder.Load() == released }
