package op

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
	"github.com/stretchr/testify/assert"
)

// TestReferenceCircularFunctions checks reference evaluation in f64 against arbitrary precision, mostly next to multiples of pi/2.
func TestReferenceCircularFunctions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for name, f := range map[string]struct {
		got   func(float64) float64
		want  func(*big.Float, uint) *big.Float
		bound float64
	}{
		"sin": {sinFloat, bigmath.Sin, 1.5}, "cos": {cosFloat, bigmath.Cos, 1.5}, "tan": {tanFloat, bigmath.Tan, 3},
	} {
		var w worst
		for i := range 20_000 {
			x := math.Ldexp(r.NormFloat64(), r.IntN(80)-30)
			if i%3 > 0 {
				x = math.Pi / 2 * float64(r.IntN(1<<21)-1<<20) / float64(1+r.IntN(2)*r.IntN(1<<20))
				x += x * 0x1p-53 * float64(r.IntN(9)-4)
			}
			w.see(ulp64(f.got(x), f.want(big.NewFloat(x), 100)), x)
		}
		assert.LessOrEqual(t, w.ulp, f.bound, "%s(%s)", name, w.at)
		t.Log(name, w.ulp, w.at)
	}
	for _, x := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		assert.True(t, math.IsNaN(sinFloat(x)) && math.IsNaN(cosFloat(x)) && math.IsNaN(tanFloat(x)))
	}
	zero := math.Copysign(0, -1)
	assert.True(t, math.Signbit(sinFloat(zero)) && math.Signbit(tanFloat(zero)) && cosFloat(zero) == 1)
}
