package stablehlo_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/interp"
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
