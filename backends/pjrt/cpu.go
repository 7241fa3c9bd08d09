//go:build cgo && (linux || darwin)

package pjrt

import (
	"bytes"
	"debug/elf"
)

// prepareCPU sets what a CPU plugin reads from the environment: XLA's code shall return NaN where the second operand of a maximum or minimum
// is one; by default it returns the first.
func prepareCPU(plugin string) error {
	const flag = "xla_cpu_enable_fast_min_max"
	if !mentions(plugin, flag) { // XLA ends the process at a flag that it does not know
		return nil
	}
	return setXLAFlag(flag, "false")
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
