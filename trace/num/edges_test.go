package num_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace/num"
)

// The quotients of NumPy and JAX at zero and infinity, where the remainder is NaN or infinite.
func TestFloorDivideAtTheEnds(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range [][3]float64{
		{1, 0, inf}, {-1, 0, -inf}, {0, 0, nan}, {1, inf, 0}, {1, -inf, -1}, {-1, inf, -1}, {-1, -inf, 0}, {inf, 1, nan}, {inf, inf, nan},
		{7, 2, 3}, {-7, 2, -4}, {7, -2, -4}, {-7, -2, 3}, {6, 3, 2}, {-6, 3, -2}, {1, 0.1, 9}, {-1, 0.1, -10}, {nan, 1, nan}, {1, nan, nan},
	} {
		x, y := num.Full(c[0]).AsType(dtype.Float64), num.Full(c[1]).AsType(dtype.Float64)
		got := num.FloorDivide(x, y).Float()
		if math.IsNaN(c[2]) {
			require.True(t, math.IsNaN(got), "%v", c)
		} else {
			require.Equal(t, c[2], got, "%v", c)
		}
	}
	zero := num.Of([]int{0, 0, 0})
	require.Equal(t, []int{5, 0, -5}, num.Fmod(num.Of([]int{5, 0, -5}), zero).Ints())
}

func TestAbsAndSignOfUnsigned(t *testing.T) {
	x := num.Of([]uint8{0, 3, 255})
	require.Equal(t, []int{0, 3, 255}, num.Abs(x).Ints())
	require.Equal(t, []int{0, 1, 1}, num.Sign(x).Ints())
	require.Equal(t, dtype.Uint8, num.Sign(x).DType())
}
