package op

import (
	"math"
	"slices"
	"sort"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// grid is a brute-force model of a 16-bit float type: all its finite numbers, ascending, decoded from the definition of the format.
type grid []float64

var grids = map[dtype.DType]grid{
	dtype.Float16:  makeGrid(5, 10),
	dtype.BFloat16: makeGrid(8, 7),
}

// floatGrid returns nil for the types that are not 16 bits wide.
func floatGrid(dt dtype.DType) grid { return grids[dt] }

func makeGrid(exponentBits, fractionBits int) grid {
	var g grid
	bias := 1<<(exponentBits-1) - 1
	for exponent := range 1<<exponentBits - 1 { // the largest is for infinities and NaN
		for fraction := range 1 << fractionBits {
			significand, e := 1<<fractionBits+fraction, exponent
			if exponent == 0 {
				significand, e = fraction, 1
			}
			x := math.Ldexp(float64(significand), e-bias-fractionBits)
			g = append(g, x, -x)
		}
	}
	slices.Sort(g)
	return slices.Compact(g)
}

// around returns the neighbours of x in the type: twice x if it is a member, infinite beyond the largest.
func (g grid) around(x float64) (lo, hi float64) {
	i := sort.SearchFloat64s(g, x)
	switch {
	case i == len(g):
		return g[len(g)-1], math.Inf(1)
	case g[i] == x:
		return x, x
	case i == 0:
		return math.Inf(-1), g[0]
	}
	return g[i-1], g[i]
}

// nearest rounds x to the nearest member; ties go to the even one, which is where the neighbours' positions from zero are even.
// Half a step beyond the largest number is infinite.
func (g grid) nearest(x float64) float64 {
	if x != x || math.IsInf(x, 0) || x == 0 {
		return x
	}
	largest := g[len(g)-1]
	step := largest - g[len(g)-2]
	if math.Abs(x) >= largest+step/2 {
		return math.Copysign(math.Inf(1), x)
	}
	lo, hi := g.around(math.Abs(x)) // symmetric
	if math.IsInf(hi, 1) {
		return math.Copysign(lo, x)
	}
	zero := sort.SearchFloat64s(g, 0)
	r := lo
	switch below, above := math.Abs(x)-lo, hi-math.Abs(x); {
	case above < below:
		r = hi
	case above == below && (sort.SearchFloat64s(g, lo)-zero)%2 == 1:
		r = hi
	}
	return math.Copysign(r, x)
}

// next returns the neighbour of a member.
func (g grid) next(x float64, up bool) float64 {
	i := sort.SearchFloat64s(g, x)
	switch {
	case up && i == len(g)-1:
		return math.Inf(1)
	case up:
		return g[i+1]
	case i == 0:
		return math.Inf(-1)
	}
	return g[i-1]
}
