package exec

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

var perfMapLock sync.Mutex

// WritePerfMap tells Linux perf the name of the code from offset on, size bytes long, so that samples in it are shown by name. It
// appends a line to /tmp/perf-PID.map, which perf report reads; nothing deletes that file.
func (c *Code) WritePerfMap(name string, offset, size int) error {
	perfMapLock.Lock()
	defer perfMapLock.Unlock()
	f, err := os.OpenFile(filepath.Join("/tmp", fmt.Sprintf("perf-%d.map", os.Getpid())), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("exec: perf map: %w", err)
	}
	_, err = fmt.Fprintf(f, "%x %x %s\n", c.base+uintptr(offset), size, name)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
