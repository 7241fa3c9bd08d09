package main

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// peakMemory is the peak of resident memory of this process in bytes: from the kernel where it tells, else what the Go runtime has taken.
func peakMemory() int64 {
	if peak, ok := procPeak("/proc/self/status"); ok {
		return peak
	}
	if peak, _, ok := rusage(); ok {
		return peak
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}

// procPeak reads the high-water mark of Linux: a line "VmHWM:   12345 kB".
func procPeak(file string) (int64, bool) {
	f, err := os.Open(file)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64)
			return kb << 10, err == nil
		}
	}
	return 0, false
}

// stopwatch measures wall time and, where the system tells it, processor time.
type stopwatch struct {
	wall time.Time
	cpu  time.Duration
}

func startWatch() stopwatch {
	_, cpu, _ := rusage()
	return stopwatch{time.Now(), cpu}
}

// read returns the times since the start; cpu is 0 where the system does not tell.
func (w stopwatch) read() (wall, cpu time.Duration) {
	wall = time.Since(w.wall)
	_, cpu, _ = rusage()
	return wall, cpu - w.cpu
}
