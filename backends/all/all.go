// Package all registers the backends that this platform has. Import it for its side effect; package trace does.
package all

import (
	_ "github.com/ranvier-go/ranvier/backends/cpu"    // machine code, or the portable executor
	_ "github.com/ranvier-go/ranvier/backends/interp" // the reference interpreter
)
