package stablehlo_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// TestSpecialFunctions compares with values of mpmath at 30 digits, and with JAX where a function has no number.
func TestSpecialFunctions(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		text string
		x, q []float64
		want []float64
	}{
		{
			`func.func @main(%x: tensor<8xf64>, %q: tensor<8xf64>) -> tensor<8xf64> {
			   %0 = chlo.zeta %x, %q : tensor<8xf64>, tensor<8xf64> -> tensor<8xf64>
			   return %0 : tensor<8xf64>
			 }`,
			[]float64{2, 3, 1.5, 5.5, 1, 0.5, 2, 3}, []float64{1, 0.5, 2, 10, 1, 1, -1, -1},
			[]float64{1.6449340668482264, 8.4143983221171580, 1.6123753486854883, 8.7522046116422868e-06, inf, nan, inf, nan},
		},
		{
			`func.func @main(%x: tensor<5xf64>, %q: tensor<5xf64>) -> tensor<5xf64> {
			   %0 = chlo.polygamma %x, %q : tensor<5xf64>, tensor<5xf64> -> tensor<5xf64>
			   return %0 : tensor<5xf64>
			 }`,
			[]float64{0, 1, 2, 5, 1.5}, []float64{2.5, 0.1, 1, 20, 1},
			[]float64{0.70315664064524319, 101.43329915079276, -2.4041138063191886, 8.4842662061582296e-06, nan},
		},
		{
			`func.func @main(%x: tensor<8xf64>, %q: tensor<8xf64>) -> tensor<8xf64> {
			   %0 = chlo.bessel_i1e %x : tensor<8xf64> -> tensor<8xf64>
			   return %0 : tensor<8xf64>
			 }`,
			[]float64{0, 1e-300, -1, 7.999, 8, 8.001, -700, inf}, make([]float64, 8),
			besselI1e,
		},
	} {
		m, err := stablehlo.Read("special.mlir", []byte(c.text))
		require.NoError(t, err)
		f, err := m.Entry()
		require.NoError(t, err)
		for _, backend := range []string{"interp", "cpu"} {
			got := compile(t, backend, f, tensor.Of(c.x...), tensor.Of(c.q...))[0].Float64s()
			for i, want := range c.want {
				if math.IsNaN(want) || math.IsInf(want, 0) || want == 0 {
					assert.Equal(t, math.IsNaN(want), math.IsNaN(got[i]), "%s: x=%v q=%v: %v", backend, c.x[i], c.q[i], got[i])
					assert.True(t, math.IsNaN(want) || got[i] == want, "%s: x=%v q=%v: %v", backend, c.x[i], c.q[i], got[i])
					continue
				}
				assert.InEpsilon(t, want, got[i], 2e-15, "%s: x=%v q=%v", backend, c.x[i], c.q[i])
			}
		}
	}
}

// besselI1e are values of exp(-|x|) I1(x).
var besselI1e = []float64{0.0, 5.0000000000000001253e-301, -0.20791041534970844887, 0.1341499724258620533, 0.13414249329269817831, 0.13413501537956069728, -0.015070519444716846949, 0}
