package tensor

import "fmt"

// String returns the elements.
func (t *Tensor) String() string { return fmt.Sprintf("%s %v", t.describe(), t.Complex128s()) }
