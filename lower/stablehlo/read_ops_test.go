package stablehlo_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/backends"
	_ "github.com/ranvier-go/ranvier/backends/all"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// compile runs the entry of a module on a backend, without folding what is constant.
func compile(t *testing.T, backend string, f *stablehlo.Func, in ...*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	b, err := backends.Get(backend)
	require.NoError(t, err)
	exe, err := b.Compile(f.Graph, backends.Options{Disable: []string{"fold"}})
	require.NoError(t, err)
	out, err := exe.Run(context.Background(), in, backends.RunOptions{})
	require.NoError(t, err)
	return out
}

// TestModules runs the modules of testdata/ops.mlir.
func TestModules(t *testing.T) {
	src, err := os.ReadFile("testdata/ops.mlir")
	require.NoError(t, err)
	modules := strings.Split(string(src), "// -----\n")
	require.Len(t, modules, 15)
	for _, backend := range []string{"interp", "cpu"} {
		for k, text := range modules {
			t.Run(fmt.Sprintf("%s/%d", backend, k+1), func(t *testing.T) {
				f := read(t, text)
				require.NotEmpty(t, f.Checks)
				out := compile(t, backend, f)
				for _, c := range f.Checks {
					assert.True(t, holds(c, out[c.Got], out[c.Want]), "%v: got %v, want %v", c.Pos, out[c.Got], out[c.Want])
				}
			})
		}
	}
}

// holds compares as the check says.
func holds(c stablehlo.Check, got, want *tensor.Tensor) bool {
	if got.DType() != want.DType() || fmt.Sprint(got.Shape()) != fmt.Sprint(want.Shape()) {
		return false
	}
	x, y := got.Complex128s(), want.Complex128s()
	near := func(x, y float64) bool {
		return x == y || x != x && y != y || c.Kind == stablehlo.CheckAlmostEq && math.Abs(x-y) <= c.Tolerance
	}
	for i := range x {
		if !near(real(x[i]), real(y[i])) || !near(imag(x[i]), imag(y[i])) {
			return false
		}
	}
	return true
}

func TestRandomNumbersWithoutState(t *testing.T) {
	f := read(t, `
func.func @main() -> (tensor<4000xf32>, tensor<4000xf32>, tensor<4000xf64>, tensor<4000xi32>, tensor<4000xi1>) {
  %lo = stablehlo.constant dense<-2.0> : tensor<f32>
  %hi = stablehlo.constant dense<3.0> : tensor<f32>
  %mean = stablehlo.constant dense<10.0> : tensor<f64>
  %deviation = stablehlo.constant dense<2.0> : tensor<f64>
  %i = stablehlo.constant dense<-3> : tensor<i32>
  %j = stablehlo.constant dense<5> : tensor<i32>
  %no = stablehlo.constant dense<false> : tensor<i1>
  %yes = stablehlo.constant dense<true> : tensor<i1>
  %n = stablehlo.constant dense<4000> : tensor<1xi64>
  %0 = "stablehlo.rng"(%lo, %hi, %n) {rng_distribution = #stablehlo<rng_distribution UNIFORM>} : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<4000xf32>
  %1 = "stablehlo.rng"(%lo, %hi, %n) {rng_distribution = #stablehlo<rng_distribution UNIFORM>} : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<4000xf32>
  %2 = "stablehlo.rng"(%mean, %deviation, %n) {rng_distribution = #stablehlo<rng_distribution NORMAL>} : (tensor<f64>, tensor<f64>, tensor<1xi64>) -> tensor<4000xf64>
  %3 = "stablehlo.rng"(%i, %j, %n) {rng_distribution = #stablehlo<rng_distribution UNIFORM>} : (tensor<i32>, tensor<i32>, tensor<1xi64>) -> tensor<4000xi32>
  %4 = "stablehlo.rng"(%no, %yes, %n) {rng_distribution = #stablehlo<rng_distribution UNIFORM>} : (tensor<i1>, tensor<i1>, tensor<1xi64>) -> tensor<4000xi1>
  return %0, %1, %2, %3, %4 : tensor<4000xf32>, tensor<4000xf32>, tensor<4000xf64>, tensor<4000xi32>, tensor<4000xi1>
}`)
	out := compile(t, "interp", f)
	moments := func(x []float64) (mean, deviation, lo, hi float64) {
		lo, hi = math.Inf(1), math.Inf(-1)
		for _, v := range x {
			mean += v / float64(len(x))
			lo, hi = min(lo, v), max(hi, v)
		}
		for _, v := range x {
			deviation += (v - mean) * (v - mean) / float64(len(x))
		}
		return mean, math.Sqrt(deviation), lo, hi
	}
	// Four standard errors around the moments of the distributions.
	mean, deviation, lo, hi := moments(out[0].Float64s())
	assert.InDelta(t, 0.5, mean, 0.1)
	assert.InDelta(t, 5/math.Sqrt(12), deviation, 0.06)
	assert.True(t, lo >= -2 && lo < -1.98 && hi < 3 && hi > 2.98, "%v to %v", lo, hi)
	mean, deviation, _, hi = moments(out[2].Float64s())
	assert.InDelta(t, 10, mean, 0.13)
	assert.InDelta(t, 2, deviation, 0.1)
	assert.Less(t, hi, 20.0)
	mean, _, lo, hi = moments(out[3].Float64s())
	assert.InDelta(t, 0.5, mean, 0.15)
	assert.Equal(t, []float64{-3, 4}, []float64{lo, hi})
	mean, _, _, _ = moments(out[4].Float64s())
	assert.InDelta(t, 0.5, mean, 0.03)
	assert.NotEqual(t, out[0].Bytes(), out[1].Bytes(), "each operation draws numbers of its own")
	assert.Equal(t, out[0].Bytes(), compile(t, "cpu", f)[0].Bytes(), "the same numbers everywhere")
}

// A function that is called in many places is not copied into each: ten levels of two calls would be a thousand copies.
func TestCallsStayCalls(t *testing.T) {
	var sb strings.Builder
	sb.WriteString("func.func private @f0(%x: tensor<f32>) -> tensor<f32> {\n")
	for i := range 40 {
		fmt.Fprintf(&sb, "  %%%d = stablehlo.sine %%%s : tensor<f32>\n", i, map[bool]string{true: "x", false: fmt.Sprint(i - 1)}[i == 0])
	}
	sb.WriteString("  return %39 : tensor<f32>\n}\n")
	for k := 1; k <= 10; k++ {
		fmt.Fprintf(&sb, "func.func private @f%d(%%x: tensor<f32>) -> tensor<f32> {\n", k)
		fmt.Fprintf(&sb, "  %%0 = call @f%d(%%x) : (tensor<f32>) -> tensor<f32>\n  %%1 = call @f%d(%%0) : (tensor<f32>) -> tensor<f32>\n", k-1, k-1)
		sb.WriteString("  return %1 : tensor<f32>\n}\n")
	}
	sb.WriteString("func.func @main(%x: tensor<f32>) -> tensor<f32> {\n  %0 = call @f10(%x) : (tensor<f32>) -> tensor<f32>\n  return %0 : tensor<f32>\n}")
	f := read(t, sb.String())
	seen := map[*ir.Graph]int{}
	var count func(g *ir.Graph) int
	count = func(g *ir.Graph) int {
		n := len(g.Nodes)
		seen[g]++
		if seen[g] > 1 {
			return 0
		}
		for _, node := range g.Nodes {
			for _, r := range node.Regions {
				n += count(r)
			}
		}
		return n
	}
	assert.Less(t, count(f.Graph), 200)
}

// Checks in functions are checks of those who call them.
func TestChecksOfCallees(t *testing.T) {
	f := read(t, `
func.func private @same(%x: tensor<2xi32>, %y: tensor<2xi32>) -> tensor<2xi32> {
  check.expect_eq %x, %y : tensor<2xi32>
  %0 = stablehlo.add %x, %y : tensor<2xi32>
  return %0 : tensor<2xi32>
}
func.func @main(%x: tensor<2xi32>) -> tensor<2xi32> {
  %c = stablehlo.constant dense<[1, 2]> : tensor<2xi32>
  %0 = call @same(%x, %c) : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  %1 = call @same(%0, %x) : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  check.expect_close %1, %0, max_ulp_difference = 18446744073709551615 : tensor<2xi32>, tensor<2xi32>
  return %1 : tensor<2xi32>
}`)
	require.Len(t, f.Checks, 3)
	require.Equal(t, 1, f.Results)
	out := compile(t, "interp", f, tensor.Of[int32](1, 2))
	assert.True(t, holds(f.Checks[0], out[f.Checks[0].Got], out[f.Checks[0].Want]))
	assert.False(t, holds(f.Checks[1], out[f.Checks[1].Got], out[f.Checks[1].Want]))
	assert.Equal(t, uint64(math.MaxUint64), f.Checks[2].MaxULP)
	assert.Equal(t, []int32{3, 6}, tensor.Flat[int32](out[0]))
}

func TestSimpleRegionsBecomeRows(t *testing.T) {
	f := read(t, `
func.func @main(%x: tensor<4x3xf32>) -> tensor<4xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [1] : (tensor<4x3xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}`)
	last := f.Graph.Outputs[0]
	assert.Equal(t, op.ReduceSumID, last.Op())
	assert.True(t, last.Type.Equal(ir.T(dtype.Float32, 4)))
}
