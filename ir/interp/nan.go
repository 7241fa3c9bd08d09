package interp

import (
	"fmt"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// NaNError is a NaN where CheckNaN allows none.
type NaNError struct {
	Step int // index of the innermost loop, -1 outside of loops
}

// Error says that there is a NaN, with the step inside of loops.
func (e *NaNError) Error() string {
	if e.Step < 0 {
		return "the result has a NaN"
	}
	return fmt.Sprintf("the result has a NaN (step %d)", e.Step)
}

// makesNaN reports whether a node without regions has a NaN in its results and none in its inputs. Constants may be NaN.
func makesNaN(n *ir.Node, in, out []*tensor.Tensor) bool {
	return len(n.Regions) == 0 && len(in) > 0 && slices.ContainsFunc(out, hasNaN) && !slices.ContainsFunc(in, hasNaN)
}

func hasNaN(t *tensor.Tensor) bool {
	switch {
	case dtype.Floats.Has(t.DType()):
		return slices.ContainsFunc(t.Float64s(), math.IsNaN)
	case dtype.Complexes.Has(t.DType()):
		return slices.ContainsFunc(t.Complex128s(), func(z complex128) bool { return math.IsNaN(real(z)) || math.IsNaN(imag(z)) })
	}
	return false
}
