//go:build cgo && (linux || darwin)

package pjrt

import (
	"bytes"
	"debug/elf"
	"os"
	"strings"
)

// exactMinMax has XLA's CPU code return NaN where the second operand of a maximum or minimum is one; by default it returns the first.
const exactMinMax = "--xla_cpu_enable_fast_min_max=false"

// prepareCPU sets what a CPU plugin reads from the environment.
func prepareCPU(plugin string) error {
	flags := os.Getenv("XLA_FLAGS")
	name := strings.TrimLeft(strings.TrimSuffix(exactMinMax, "=false"), "-")
	if strings.Contains(flags, name) || !mentions(plugin, name) { // XLA ends the process at a flag that it does not know
		return nil
	}
	return os.Setenv("XLA_FLAGS", strings.TrimSpace(flags+" "+exactMinMax))
}

// mentions reports whether the constants of a shared library hold a name; false where they cannot be read.
func mentions(library, name string) bool {
	f, err := elf.Open(library)
	if err != nil {
		return false
	}
	defer f.Close()
	section := f.Section(".rodata")
	if section == nil {
		return false
	}
	data, err := section.Data()
	return err == nil && bytes.Contains(data, []byte(name))
}
