package cpu

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/backends/cpu/native"
)

// crew are the helpers of one run: goroutines that wait in machine code for parts of divided steps (native/fork.go). They come back to Go
// when they found nothing to do for a while, so that the collector can stop them, and sleep between visits if that goes on.
type crew struct {
	header *native.Header
	wait   sync.WaitGroup
	failed atomic.Pointer[error]
}

// idleVisits is how often in a row a helper looks for work in vain before it begins to sleep; idleSleep is for how long.
const (
	idleVisits = 10
	idleSleep  = 50 * time.Microsecond
)

// start puts a helper at each desk.
func (c *crew) start(x *executable, base unsafe.Pointer, mode exec.Mode) {
	c.header = (*native.Header)(base)
	c.failed.Store(nil)
	atomic.StoreUint64(&c.header.Stop, 0)
	for i, entry := range x.code.Helpers {
		desk := (*native.Desk)(unsafe.Add(base, x.code.Desks+i*native.DeskSize))
		desk.Claim, desk.Done = 1, 1
		c.wait.Go(func() { c.help(x.exe, entry, base, mode, desk) })
	}
}

// help is the life of a helper.
func (c *crew) help(exe *exec.Code, entry int, base unsafe.Pointer, mode exec.Mode, desk *native.Desk) {
	for idle := 0; atomic.LoadUint64(&c.header.Stop) == 0; idle++ {
		before := atomic.LoadUint64(&desk.Taken)
		if err := exe.CallRecover(entry, base, mode); err != nil {
			// The program waits for this part; it then finds that the run has failed.
			c.failed.Store(&err)
			atomic.StoreUint64(&c.header.Failed, 1)
			atomic.StoreUint64(&desk.Done, 1)
			return
		}
		if atomic.LoadUint64(&desk.Taken) != before {
			idle = 0
		}
		if idle >= idleVisits {
			time.Sleep(idleSleep)
		} else {
			runtime.Gosched()
		}
	}
}

// stop sends the helpers away and waits until they have gone.
func (c *crew) stop() {
	atomic.StoreUint64(&c.header.Stop, 1)
	c.wait.Wait()
}

// fault is the fault that ended a helper, if one did.
func (c *crew) fault() error {
	if err := c.failed.Load(); err != nil {
		return *err
	}
	return nil
}
