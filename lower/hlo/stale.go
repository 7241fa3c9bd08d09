package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// findStale runs what a skip list leaves out of files, and prints the lines that are to go: those whose modules all hold checks and pass, and
// those that name none. There must be none of them.
func (c *checker) findStale(files []string, skips map[string]string) error {
	var lines []string // by task
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("check: %w", err)
		}
		n := len(split(src))
		for k := 1; k <= n; k++ {
			if line, ok := skipped(skips, file, k); ok {
				c.add(file, k, n)
				lines = append(lines, line)
			}
		}
	}
	out := c.out
	c.out = io.Discard // failures are what is expected
	if err := c.run(); err != nil {
		return err
	}
	why := map[string]string{}
	for line := range skips {
		why[line] = "names no module"
	}
	for _, line := range lines {
		why[line] = "passes"
	}
	for i, line := range lines {
		if v := c.verdicts[i]; v.Failure != "" || v.Checks == 0 { // without checks, to run through says nothing
			delete(why, line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(why)) {
		fmt.Fprintf(out, "%s\t%s: take the line out of the skip list\n", line, why[line])
	}
	fmt.Fprintf(out, "%d lines, %d stale\n", len(skips), len(why))
	if len(why) > 0 {
		return errFailed
	}
	return nil
}
