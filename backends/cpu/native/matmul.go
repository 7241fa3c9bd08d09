package native

import (
	"fmt"

	"github.com/ranvier-go/ranvier/lower/kernel"
)

// matmul emits a matrix product.
func (c *compiler) matmul(s *kernel.MatMul) error {
	return fmt.Errorf("no code for matrix products yet")
}
