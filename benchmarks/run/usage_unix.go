//go:build unix

package main

import (
	"runtime"
	"syscall"
	"time"
)

// rusage asks the system for the peak of resident memory in bytes (getrusage counts bytes on Apple's systems and KiB elsewhere) and the
// processor time of all threads.
func rusage() (peak int64, cpu time.Duration, ok bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0, false
	}
	peak = int64(u.Maxrss)
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		peak <<= 10
	}
	return peak, time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
