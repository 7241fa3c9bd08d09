package stablehlo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// read returns the entry of a module.
func read(t *testing.T, src string) *stablehlo.Func {
	t.Helper()
	m, err := stablehlo.Read("test.mlir", []byte(src))
	require.NoError(t, err)
	f, err := m.Entry()
	require.NoError(t, err)
	require.NoError(t, ir.Verify(f.Graph))
	return f
}

// run interprets the entry of a module.
func run(t *testing.T, src string, in ...*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	f := read(t, src)
	out, err := interp.Run(context.Background(), f.Graph, in)
	require.NoError(t, err)
	return out
}

// fails returns the error of a module that is refused.
func fails(t *testing.T, src string) *stablehlo.Error {
	t.Helper()
	_, err := stablehlo.Read("test.mlir", []byte(src))
	require.Error(t, err)
	require.IsType(t, &stablehlo.Error{}, err)
	return err.(*stablehlo.Error)
}

func TestBranchesOfCase(t *testing.T) {
	const src = `
func.func @main(%i: tensor<i32>, %x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "stablehlo.case"(%i) ({
    %1 = stablehlo.add %x, %y : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }, {
    stablehlo.return %y : tensor<2xf32>
  }, {
    %1 = stablehlo.multiply %x, %x : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<i32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}`
	x, y := tensor.Of[float32](3, 4), tensor.Of[float32](10, 20)
	for index, want := range map[int32][]float32{0: {13, 24}, 1: {10, 20}, 2: {9, 16}, 3: {9, 16}, -1: {9, 16}} {
		out := run(t, src, tensor.Scalar(index), x, y)
		assert.Equal(t, want, tensor.Flat[float32](out[0]), "index %d", index)
	}
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	err := fails(t, `func.func @f(%x: tensor<2xf32>) -> tensor<3xf32> {
  %0 = stablehlo.add %x, %x : tensor<2xf32>
  %1 = "stablehlo.transpose"(%0) {permutation = array<i64: 1>} : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}`)
	assert.Equal(t, int32(3), err.Pos.Line)
	assert.Equal(t, "stablehlo.transpose", err.Op)
	assert.False(t, err.Unsupported)
	assert.True(t, strings.HasPrefix(err.Error(), "test.mlir:3:8: stablehlo.transpose: perm: got [1]"), err.Error())
}

// A while that counts becomes a loop; one that only looks like it stays.
func TestCountedWhile(t *testing.T) {
	const src = `
func.func @main(%x: tensor<2xf32>) -> (tensor<i64>, tensor<2xf32>) {
  %first = stablehlo.constant dense<FIRST> : tensor<i64>
  %one = stablehlo.constant dense<STEP> : tensor<i64>
  %0:2 = stablehlo.while(%i = %first, %acc = %x) : tensor<i64>, tensor<2xf32>
    cond {
      %limit = stablehlo.constant dense<5> : tensor<i64>
      %1 = stablehlo.compare LT, %i, %limit : (tensor<i64>, tensor<i64>) -> tensor<i1>
      stablehlo.return %1 : tensor<i1>
    } do {
      %1 = stablehlo.convert %i : (tensor<i64>) -> tensor<f32>
      %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<f32>) -> tensor<2xf32>
      %3 = stablehlo.add %acc, %2 : tensor<2xf32>
      %4 = stablehlo.add %one, %i : tensor<i64>
      stablehlo.return %4, %3 : tensor<i64>, tensor<2xf32>
    }
  return %0#0, %0#1 : tensor<i64>, tensor<2xf32>
}`
	for _, c := range []struct {
		first, step string
		op          ir.OpID
		last        int64
		sum         float32
	}{{"0", "1", op.LoopID, 5, 10}, {"2", "1", op.LoopID, 5, 9}, {"7", "1", op.LoopID, 7, 0}, {"0", "2", op.WhileID, 6, 6}, {"-2", "1", op.LoopID, 5, 7}} {
		text := strings.NewReplacer("FIRST", c.first, "STEP", c.step).Replace(src)
		found := false
		for _, n := range read(t, text).Graph.Nodes {
			found = found || n.Op == c.op
		}
		assert.True(t, found, "from %s by %s: no %s", c.first, c.step, c.op)
		out := run(t, text, tensor.Of[float32](1, 2))
		assert.Equal(t, []int64{c.last}, out[0].Int64s())
		assert.Equal(t, []float32{1 + c.sum, 2 + c.sum}, tensor.Flat[float32](out[1]))
	}
}

// Calls of calls double with each function: written out, 40 of them are 2^40 operations.
func TestCallsThatGrowBeyondMemory(t *testing.T) {
	var src strings.Builder
	for i := range 40 {
		fmt.Fprintf(&src, `func.func private @f%d(%%a: tensor<f32>) -> tensor<f32> {
  %%0 = func.call @f%d(%%a) : (tensor<f32>) -> tensor<f32>
  %%1 = func.call @f%d(%%0) : (tensor<f32>) -> tensor<f32>
  return %%1 : tensor<f32>
}
`, i, i+1, i+1)
	}
	src.WriteString("func.func private @f40(%a: tensor<f32>) -> tensor<f32> { %0 = stablehlo.sine %a : tensor<f32>\n return %0 : tensor<f32> }")
	require.ErrorContains(t, fails(t, src.String()), "func.call: not supported: more than 10000000 operations with those of the functions that are called")
}
