package op

import (
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
)

// Subnormal numbers m * 2^-1074 have the logarithm log(m) - 1074 log(2).
func TestLogOfSubnormals(t *testing.T) {
	for _, m := range []float64{1, 2, 3, 1000, 1e9, 0x1p51, 0x1p52 - 1} {
		x := tensor.Scalar(m * 5e-324)
		got := apply(t, LogID, nil, nil, x)[0].Item().(float64)
		assert.InEpsilon(t, math.Log(m)-1074*math.Ln2, got, 1e-15, "%v", m)
		z := apply(t, LogID, nil, nil, tensor.Scalar(complex(m*5e-324, 0)))[0].Item().(complex128)
		assert.InEpsilon(t, math.Log(m)-1074*math.Ln2, real(z), 1e-15, "%v", m)
	}
}
