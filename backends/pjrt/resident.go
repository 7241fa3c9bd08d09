//go:build cgo && (linux || darwin)

package pjrt

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gomlx/go-xla/pkg/pjrt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// resident is the elements of a tensor on devices: the Source of the tensors that runs return, and of those that were uploaded. Runs of the same
// backend on as many devices take its buffers as they are.
type resident struct {
	backend *Backend
	typ     ir.Type
	cleanup runtime.Cleanup // of its share in backend.memory

	mu      sync.Mutex
	buffers []*pjrt.Buffer // one for each device: parts if the type is split, else copies
	users   int            // runs that have them as inputs: one that was cancelled goes on unseen
	freed   bool
}

// newResident takes buffers over.
func (b *Backend) newResident(typ ir.Type, buffers []*pjrt.Buffer) *resident {
	r := &resident{backend: b, typ: typ, buffers: buffers}
	r.cleanup = runtime.AddCleanup(r, b.memory.sub, r.size())
	b.memory.add(r.size())
	return r
}

// size is the bytes of the elements.
func (r *resident) size() int64 { return int64(r.typ.Size() * r.typ.DType.Size()) }

// borrow returns the buffers for a run on so many devices, until giveBack; false if there are none of that kind.
func (r *resident) borrow(b *Backend, devices int) ([]*pjrt.Buffer, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.freed || r.backend != b || len(r.buffers) != devices {
		return nil, false
	}
	r.users++
	return r.buffers, true
}

// giveBack ends a borrow.
func (r *resident) giveBack() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.users--
	r.destroyUnused()
}

// surrender gives the borrowed buffers to the only run that uses them, which destroys them, if t is known to nobody else.
func (r *resident) surrender(t *tensor.Tensor) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users > 1 || !t.Take() {
		return false
	}
	r.freed = true
	return true
}

// Free destroys the buffers when no run uses them any more.
func (r *resident) Free() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.freed = true
	r.destroyUnused()
}

func (r *resident) destroyUnused() {
	if !r.freed || r.users > 0 || r.buffers == nil {
		return
	}
	destroy(r.buffers)
	r.buffers = nil
	r.cleanup.Stop()
	r.backend.memory.sub(r.size())
}

// Fetch copies the elements from the devices.
func (r *resident) Fetch(dst []byte) error {
	buffers, ok := r.borrow(r.backend, len(r.buffers))
	if !ok {
		return fmt.Errorf("%s: the buffers of %s are gone", r.backend.name, r.typ)
	}
	defer r.giveBack()
	if len(dst) == 0 {
		return nil
	}
	if !stablehlo.IsSplit(r.typ, len(buffers)) {
		buffers = buffers[:1]
	}
	part := len(dst) / len(buffers)
	for d, buffer := range buffers {
		if err := buffer.ToHost(dst[d*part : (d+1)*part]); err != nil {
			return fmt.Errorf("%s: download of %s: %w", r.backend.name, r.typ, err)
		}
	}
	return nil
}

// memory counts the bytes of tensors on the devices of a backend, which the garbage collector does not see. It runs the collector when they
// have doubled since they were fewest, as the collector itself would if they were in its heap.
type memory struct{ held, next atomic.Int64 }

// quiet is how many bytes may be held without a look.
const quiet = 256 << 20

func (m *memory) add(n int64) {
	held := m.held.Add(n)
	if next := m.next.Load(); held > max(next, quiet) && m.next.CompareAndSwap(next, 2*held) {
		runtime.GC() // cleanups follow, and have sub lower next again
	}
}

func (m *memory) sub(n int64) {
	held := m.held.Add(-n)
	for {
		next := m.next.Load()
		if next <= 2*held || m.next.CompareAndSwap(next, 2*held) {
			return
		}
	}
}
