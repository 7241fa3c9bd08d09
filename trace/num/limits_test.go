package num_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Lengths beyond memory are errors; Go would end the process.
func TestLengthsBeyondMemory(t *testing.T) {
	const many = 1 << 40
	x := num.Zeros(3)
	for text, f := range map[string]func(){
		"linspace: got 1099511627776 elements, want at most ":  func() { num.Linspace(0, 1, many) },
		" elements, want at most ":                             func() { num.Logspace(0, 1, many, 10) },
		"split: got 1099511627776 elements, want at most ":     func() { num.Split(num.Zeros(0), many, 0) },
		"pad wrap: got 1099511627779 elements, want at most ":  func() { num.PadWrap(x, [][2]int{{many, 0}}) },
		"pad edge: got 9223372036854775807 elements, want at ": func() { num.PadEdge(x, [][2]int{{1<<63 - 1, 1<<63 - 1}}) },
		"range: n: got 1099511627776, want 0 to 2147483647":    func() { trace.Range(many) },
	} {
		require.ErrorContains(t, trace.Try(f), text)
	}
}

func TestTypesThatDoNotCompute(t *testing.T) {
	x := num.Ones(3)
	for text, f := range map[string]func(){
		"full: dtype: got invalid, want a valid dtype": func() { trace.Full(dtype.Invalid, 1, 3) },
		"iota: dtype: got invalid, want a valid dtype": func() { trace.Iota(dtype.Invalid, 0, 3) },
		"add: operands: got dtypes uint4 and float32, want dtypes with a common one (narrow types are stored only: use AsType)": func() {
			x.AsType(dtype.Uint4).Add(x)
		},
		"add: operand 0: got f8E5M2[3], want": func() { x.AsType(dtype.Float8E5M2).Add(x.AsType(dtype.Float8E5M2)) },
	} {
		require.ErrorContains(t, trace.Try(f), text)
	}
	require.Equal(t, []float64{1, 1, 1}, x.AsType(dtype.Uint4).AsType(dtype.Float32).Floats())
	require.Empty(t, trace.BroadcastShapes("f"))
}
