//go:build !cgo || !(linux || darwin)

package pjrt

import (
	"errors"

	"github.com/ranvier-go/ranvier/backends"
)

func init() {
	backends.RegisterFamily("pjrt", func(string) (backends.Backend, error) {
		return nil, errors.New("this program was built without cgo, which plugins need: build it on Linux or macOS with CGO_ENABLED=1 and a C compiler")
	})
}
