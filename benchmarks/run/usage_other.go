//go:build !unix

package main

import "time"

func rusage() (peak int64, cpu time.Duration, ok bool) { return 0, 0, false }
