package op

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
	"github.com/stretchr/testify/assert"
)

// math.Erfinv alone is off by up to 5 units in the last place.
func TestErfInvIsClose(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		x := 2*r.Float64() - 1
		switch i % 3 {
		case 1:
			x = 1 - math.Exp(-30*r.Float64()-0.1)
		case 2:
			x = -math.Exp(-25 * r.Float64())
		}
		want := bigmath.ErfInv(big.NewFloat(x), 120)
		got := erfInv(x)
		diff, _ := new(big.Float).Sub(want, big.NewFloat(got)).Float64()
		ulp := math.Nextafter(math.Abs(got), math.Inf(1)) - math.Abs(got)
		assert.Less(t, math.Abs(diff)/ulp, 1.6, "x = %v", x)
	}
	assert.True(t, math.IsInf(erfInv(1), 1) && math.IsInf(erfInv(-1), -1) && math.IsNaN(erfInv(1.5)) && erfInv(0) == 0)
}
