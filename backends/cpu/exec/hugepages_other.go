//go:build !linux

package exec

func adviseHugePages([]byte) {}
