package exec

import "syscall"

// adviseHugePages asks for large pages; a refusal changes nothing but speed.
func adviseHugePages(m []byte) { _ = syscall.Madvise(m, syscall.MADV_HUGEPAGE) }
