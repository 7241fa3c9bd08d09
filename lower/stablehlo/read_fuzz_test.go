package stablehlo_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// FuzzRead reads anything: the result is a graph that verifies, or an error that says where.
func FuzzRead(f *testing.F) {
	src, err := os.ReadFile("testdata/ops.mlir")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range strings.Split(string(src), "// -----\n") {
		f.Add(text)
	}
	for _, line := range strings.Split(operations, "\n") {
		f.Add("func.func @main(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>, %i: tensor<2xi32>, %s: tensor<f32>) {\n" + line + "\n  return\n}")
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := stablehlo.Read("fuzz.mlir", []byte(text))
		if err != nil {
			var own *stablehlo.Error
			var wrong *syntax.Error
			if !errors.As(err, &own) && !errors.As(err, &wrong) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		for _, fn := range m.Funcs {
			if err := ir.Verify(fn.Graph); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// operations has a line for each of a number of operations that testdata/ops.mlir lacks.
const operations = `  %0 = stablehlo.slice %x [0:2:1, 1:3:2] : (tensor<2x3xf32>) -> tensor<2x1xf32>
  %0 = stablehlo.pad %x, %s, low = [0, 1], high = [1, -1], interior = [1, 0] : (tensor<2x3xf32>, tensor<f32>) -> tensor<4x3xf32>
  %0 = stablehlo.broadcast_in_dim %s, dims = [] : (tensor<f32>) -> tensor<2x3xf32>
  %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %0 = stablehlo.concatenate %x, %y, dim = 1 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
  %0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [1], precision = [DEFAULT, DEFAULT] : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x2xf32>
  %0 = stablehlo.reverse %x, dims = [0, 1] : tensor<2x3xf32>
  %0 = stablehlo.iota dim = 1 : tensor<2x3xui8>
  %0 = stablehlo.bitcast_convert %x : (tensor<2x3xf32>) -> tensor<2x3x4xi8>
  %0 = stablehlo.clamp %s, %x, %s : (tensor<f32>, tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %0 = stablehlo.dynamic_slice %x, %j, %j, sizes = [1, 1] : (tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x1xf32>
  %0 = "stablehlo.reduce_window"(%x, %s) <{window_dimensions = array<i64: 1, 2>, window_strides = array<i64: 1, 1>, padding = dense<0> : tensor<2x2xi64>}> ({^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.maximum %a, %b : tensor<f32> stablehlo.return %c : tensor<f32>}) : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x2xf32>
  %0 = chlo.broadcast_add %x, %s : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %0:2 = chlo.top_k(%x, k = 2) : tensor<2x3xf32> -> (tensor<2x2xf32>, tensor<2x2xi32>)
  %0 = "stablehlo.all_reduce"(%x) <{replica_groups = dense<0> : tensor<1x1xi64>}> ({^bb0(%a: tensor<f32>, %b: tensor<f32>): %c = stablehlo.add %a, %b : tensor<f32> stablehlo.return %c : tensor<f32>}) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %0:2 = stablehlo.custom_call @lapack_sgeqrf_ffi(%x) {mhlo.backend_config = {}} : (tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2xf32>)
  %0:5 = stablehlo.custom_call @lapack_sgesdd_ffi(%x) {mhlo.backend_config = {mode = 83 : ui8}} : (tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2x2xf32>, tensor<2x3xf32>, tensor<i32>)
  %0 = stablehlo.custom_call @Sharding(%x) {mhlo.sharding = "{replicated}"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %n = stablehlo.constant dense<[3, 2]> : tensor<2xi64> %0 = stablehlo.dynamic_reshape %x, %n : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<3x2xf32>
  %0:2 = chlo.scan(%x) inits(%i) dimension=0 {^bb0(%a: tensor<3xf32>, %b: tensor<2xi32>): stablehlo.return %a, %b : tensor<3xf32>, tensor<2xi32>} : (tensor<2x3xf32>, tensor<2xi32>) -> (tensor<2x3xf32>, tensor<2xi32>)`
