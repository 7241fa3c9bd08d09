//go:build !linux && !darwin && !windows

package exec

const supported = false

const canMap = false

func mapPages(int) ([]byte, error) { return nil, ErrUnsupported }

func protectExecutable([]byte) error { return ErrUnsupported }

func unmapPages([]byte) error { return ErrUnsupported }
