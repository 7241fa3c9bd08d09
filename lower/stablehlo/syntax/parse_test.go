package syntax

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func parse(t *testing.T, src string) *Module {
	t.Helper()
	m, err := Parse("test.mlir", []byte(src))
	require.NoError(t, err, src)
	return m
}

// oneOp reads an operation on the values %a and %b of type tensor<4x4xf32>, %i: tensor<4xi32>, %p: tensor<4x4xi1> and %c: tensor<f32>.
func oneOp(t *testing.T, text string) *Op {
	t.Helper()
	m := parse(t, `func.func @f(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>, %i: tensor<4xi32>, %p: tensor<4x4xi1>, %c: tensor<f32>) {
		`+text+`
		return
	}`)
	return m.Funcs[0].Body.Ops[0]
}

// Each short form says the same as a generic one.
func TestShortFormsAreGenericForms(t *testing.T) {
	for _, c := range []struct{ short, generic string }{
		{`%0 = stablehlo.add %a, %b : tensor<4x4xf32>`,
			`%0 = "stablehlo.add"(%a, %b) : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>`},
		{`%0 = stablehlo.is_finite %a : (tensor<4x4xf32>) -> tensor<4x4xi1>`,
			`%0 = "stablehlo.is_finite"(%a) : (tensor<4x4xf32>) -> tensor<4x4xi1>`},
		{`%0 = stablehlo.select %p, %a, %b : tensor<4x4xi1>, tensor<4x4xf32>`,
			`%0 = "stablehlo.select"(%p, %a, %b) : (tensor<4x4xi1>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>`},
		{`%0 = stablehlo.compare  LE, %a, %b,  TOTALORDER : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xi1>`,
			`%0 = "stablehlo.compare"(%a, %b) <{comparison_direction = #stablehlo<comparison_direction LE>,
				compare_type = #stablehlo<comparison_type TOTALORDER>}>
				: (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xi1>`},
		{`%0 = stablehlo.slice %a [0:4:2, 1:3] : (tensor<4x4xf32>) -> tensor<2x2xf32>`,
			`%0 = "stablehlo.slice"(%a) {start_indices = array<i64: 0, 1>, limit_indices = array<i64: 4, 3>,
				strides = array<i64: 2, 1>} : (tensor<4x4xf32>) -> tensor<2x2xf32>`},
		{`%0 = stablehlo.pad %a, %c, low = [1, -1], high = [0, 2], interior = [0, 1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<5x8xf32>`,
			`%0 = "stablehlo.pad"(%a, %c) {edge_padding_low = array<i64: 1, -1>, edge_padding_high = array<i64: 0, 2>,
				interior_padding = array<i64: 0, 1>} : (tensor<4x4xf32>, tensor<f32>) -> tensor<5x8xf32>`},
		{`%0 = stablehlo.reduce_precision %a, format = e5m10 : tensor<4x4xf32>`,
			`%0 = "stablehlo.reduce_precision"(%a) {exponent_bits = 5 : i32, mantissa_bits = 10 : i32}
				: (tensor<4x4xf32>) -> tensor<4x4xf32>`},
		{`%0 = stablehlo.iota dim = 1 : tensor<4x4xi32>`, `%0 = "stablehlo.iota"() {iota_dimension = 1 : i64} : () -> tensor<4x4xi32>`},
		{`%0:2 = stablehlo.optimization_barrier %a, %c : tensor<4x4xf32>, tensor<f32>`,
			`%0:2 = "stablehlo.optimization_barrier"(%a, %c) : (tensor<4x4xf32>, tensor<f32>) -> (tensor<4x4xf32>, tensor<f32>)`},
		{`%0 = stablehlo.dot_general %a, %b, batching_dims = [0] x [1], contracting_dims = [1] x [0], precision = [HIGH, DEFAULT],
			algorithm = <lhs_precision_type = tf32, lhs_component_count = 1, allow_imprecise_accumulation = false>
			: (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4xf32>`,
			`%0 = "stablehlo.dot_general"(%a, %b) {precision_config = [#stablehlo<precision HIGH>, #stablehlo<precision DEFAULT>],
				algorithm = #stablehlo.dot_algorithm<lhs_precision_type = tf32, lhs_component_count = 1,
				allow_imprecise_accumulation = false>,
				dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [1],
				lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0],>}
				: (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4xf32>`},
		{`%0:2 = chlo.top_k(%a, k = 2) : tensor<4x4xf32> -> (tensor<4x2xf32>, tensor<4x2xi32>)`,
			`%0:2 = "chlo.top_k"(%a) {k = 2 : i64} : (tensor<4x4xf32>) -> (tensor<4x2xf32>, tensor<4x2xi32>)`},
		{`%0 = chlo.erf %a : tensor<4x4xf32> -> tensor<4x4xf32>`, `%0 = "chlo.erf"(%a) : (tensor<4x4xf32>) -> tensor<4x4xf32>`},
		{`%0 = stablehlo.custom_call @"my target"(%a) {api_version = 2 : i32} : (tensor<4x4xf32>) -> tensor<4x4xf32>`,
			`%0 = "stablehlo.custom_call"(%a) {call_target_name = "my target", api_version = 2 : i32}
				: (tensor<4x4xf32>) -> tensor<4x4xf32>`},
		{`%0 = stablehlo.composite "my.op" %a {decomposition = @f, composite_attributes = {n = 2 : i64}}
			: (tensor<4x4xf32>) -> tensor<4x4xf32>`,
			`%0 = "stablehlo.composite"(%a) <{name = "my.op", decomposition = @f, composite_attributes = {n = 2 : i64}}>
				: (tensor<4x4xf32>) -> tensor<4x4xf32>`},
		{`%0 = call @f(%a) : (tensor<4x4xf32>) -> tensor<4x4xf32>`,
			`%0 = "func.call"(%a) {callee = @f} : (tensor<4x4xf32>) -> tensor<4x4xf32>`},
		{`check.expect_close %a, %b, max_ulp_difference = 3, min_ulp_difference = 1 : tensor<4x4xf32>, tensor<4x4xf32>`,
			`"check.expect_close"(%a, %b) {max_ulp_difference = 3 : ui64, min_ulp_difference = 1 : ui64}
				: (tensor<4x4xf32>, tensor<4x4xf32>) -> ()`},
		{`check.expect_almost_eq_const %c, dense<1.0> : tensor<f32>, tolerance = 0.5`,
			`"check.expect_almost_eq_const"(%c) {value = dense<1.0> : tensor<f32>, tolerance = 0.5 : f64} : (tensor<f32>) -> ()`},
		{`%0 = stablehlo.reduce(%a init: %c) applies stablehlo.maximum across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>`,
			`%0 = "stablehlo.reduce"(%a, %c) ({
				^bb0(%lhs: tensor<f32>, %rhs: tensor<f32>):
				  %out = "stablehlo.maximum"(%lhs, %rhs) : (tensor<f32>, tensor<f32>) -> tensor<f32>
				  "stablehlo.return"(%out) : (tensor<f32>) -> ()
				}) {dimensions = array<i64: 1>} : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>`},
		{`%0:2 = stablehlo.reduce(%a init: %c), (%b init: %c) across dimensions = [0] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<f32>,
				tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
			reducer(%x: tensor<f32>, %y: tensor<f32>) (%u: tensor<f32>, %v: tensor<f32>) {
				stablehlo.return %x, %v : tensor<f32>, tensor<f32>
			}`,
			`%0:2 = "stablehlo.reduce"(%a, %b, %c, %c) ({
				^bb0(%x: tensor<f32>, %u: tensor<f32>, %y: tensor<f32>, %v: tensor<f32>):
				  stablehlo.return %x, %v : tensor<f32>, tensor<f32>
				}) {dimensions = array<i64: 0>} : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<f32>, tensor<f32>)
				-> (tensor<4xf32>, tensor<4xf32>)`},
		{`%0:2 = stablehlo.while(%x = %a, %y = %c) : tensor<4x4xf32>, tensor<f32> cond {
				%t = stablehlo.constant dense<true> : tensor<i1>
				stablehlo.return %t : tensor<i1>
			} do { stablehlo.return %x, %y : tensor<4x4xf32>, tensor<f32> }`,
			`%0:2 = "stablehlo.while"(%a, %c) ({
				^bb0(%x: tensor<4x4xf32>, %y: tensor<f32>):
				  %t = "stablehlo.constant"() {value = dense<true> : tensor<i1>} : () -> tensor<i1>
				  "stablehlo.return"(%t) : (tensor<i1>) -> ()
				}, {
				^bb0(%x: tensor<4x4xf32>, %y: tensor<f32>):
				  "stablehlo.return"(%x, %y) : (tensor<4x4xf32>, tensor<f32>) -> ()
				}) : (tensor<4x4xf32>, tensor<f32>) -> (tensor<4x4xf32>, tensor<f32>)`},
		{`%0 = chlo.scan(%a) inits (%i) dimension = 0 attributes {is_reverse = true} {
				^bb0(%x: tensor<4xf32>, %y: tensor<4xi32>):
				  stablehlo.return %y : tensor<4xi32>
				} : (tensor<4x4xf32>, tensor<4xi32>) -> tensor<4xi32>`,
			`%0 = "chlo.scan"(%a, %i) <{dimension = 0 : i64, operandSegmentSizes = array<i32: 1, 1>, is_reverse = true}> ({
				^bb0(%x: tensor<4xf32>, %y: tensor<4xi32>):
				  stablehlo.return %y : tensor<4xi32>
				}) : (tensor<4x4xf32>, tensor<4xi32>) -> tensor<4xi32>`},
		{`%0 = stablehlo.convolution(%a, %b) dim_numbers = [b, f]x[i, o]->[f, b], window = {stride = [], reverse = []}
				{batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>`,
			`%0 = "stablehlo.convolution"(%a, %b) {dimension_numbers = #stablehlo.conv<[b, f]x[i, o]->[f, b]>,
				window_strides = array<i64>, window_reversal = array<i1>, batch_group_count = 1 : i64, feature_group_count = 1 : i64}
				: (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>`},
	} {
		short, generic := oneOp(t, c.short), oneOp(t, c.generic)
		assert.Equal(t, sorted(generic), sorted(short), c.short)
	}
}

// sorted is an operation as text with its attributes in order of their names.
func sorted(op *Op) string {
	sortAttrs(op)
	var b strings.Builder
	_ = Print(&b, &Module{Ops: []*Op{op}})
	return b.String()
}

func sortAttrs(op *Op) {
	for i := range op.Attrs {
		for j := i; j > 0 && op.Attrs[j].Name < op.Attrs[j-1].Name; j-- {
			op.Attrs[j], op.Attrs[j-1] = op.Attrs[j-1], op.Attrs[j]
		}
	}
}

func TestConvolutionNumbers(t *testing.T) {
	op := oneOp(t, `%0 = stablehlo.convolution(%a, %b) dim_numbers = [b, 1, 0, f]x[0, 1, i, o]->[f, b, 0, 1],
		window = {stride = [2, 1], pad = [[1, 2], [-1, 0]], lhs_dilate = [1, 2], rhs_dilate = [3, 1], reverse = [true, false]}
		{feature_group_count = 1 : i64} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<1x1x1x1xf32>`)
	numbers := op.Attrs.Get("dimension_numbers").(*Struct)
	for name, want := range map[string][]int64{
		"input_batch_dimension": {0}, "input_spatial_dimensions": {2, 1}, "input_feature_dimension": {3},
		"kernel_spatial_dimensions": {0, 1}, "kernel_input_feature_dimension": {2}, "kernel_output_feature_dimension": {3},
		"output_feature_dimension": {0}, "output_batch_dimension": {1}, "output_spatial_dimensions": {2, 3},
	} {
		got, ok := Ints(numbers.Fields.Get(name))
		assert.True(t, ok, name)
		assert.Equal(t, want, got, name)
	}
	padding := op.Attrs.Get("padding").(*Dense)
	assert.Equal(t, []int{2, 2}, padding.Value.Shape())
	assert.Equal(t, []int64{1, 2, -1, 0}, tensor.Flat[int64](padding.Value))
	reverse, _ := Ints(op.Attrs.Get("window_reversal"))
	assert.Equal(t, []int64{1, 0}, reverse)
}

// literalOf reads a constant.
func literalOf(t *testing.T, text string) *Dense {
	t.Helper()
	return oneOp(t, "%0 = stablehlo.constant "+text).Attrs.Get("value").(*Dense)
}

func TestLiterals(t *testing.T) {
	nan := math.Float32frombits(0x7FC00123)
	for text, want := range map[string]*tensor.Tensor{
		`dense<[[1, 2, 3], [4, 5, -6]]> : tensor<2x3xi32>`:                tensor.Must(tensor.FromSlice([]int32{1, 2, 3, 4, 5, -6}, 2, 3)),
		`dense<[1.5, -0.0, 1.0e-3]> : tensor<3xf64>`:                      tensor.Of(1.5, math.Copysign(0, -1), 1e-3),
		`dense<[0x7FC00123, 0xFF800000, 1.0]> : tensor<3xf32>`:            tensor.Of(nan, float32(math.Inf(-1)), 1),
		`dense<"0x0000803F000000C0"> : tensor<2xf32>`:                     tensor.Of[float32](1, -2),
		`dense<[true, false]> : tensor<2xi1>`:                             tensor.Of(true, false),
		`dense<"0x010001"> : tensor<3xi1>`:                                tensor.Of(true, false, true),
		`dense<[(1.0, 2.0), (0x7F800000, 0.0)]> : tensor<2xcomplex<f32>>`: tensor.Of(complex64(1+2i), complex(float32(math.Inf(1)), 0)),
		`dense<[255, -128]> : tensor<2xi8>`:                               tensor.Of[int8](-1, -128),
		`dense<[18446744073709551615]> : tensor<1xui64>`:                  tensor.Of[uint64](math.MaxUint64),
		`dense<> : tensor<0x3xf32>`:                                       tensor.Must(tensor.New(dtype.Float32, 0, 3)),
		`dense<[[], []]> : tensor<2x0xf32>`:                               tensor.Must(tensor.New(dtype.Float32, 2, 0)),
		`dense<[1.0, // one >
			2.0]> : tensor<2xbf16>`: tensor.Of(dtype.BF16FromFloat32(1), dtype.BF16FromFloat32(2)),
		`dense<0x3C00> : tensor<f16>`:     tensor.Scalar(dtype.F16FromFloat32(1)),
		`dense<[0, 1]> : tensor<2xindex>`: tensor.Of[int64](0, 1),
	} {
		d := literalOf(t, text)
		assert.False(t, d.Splat, text)
		assert.Equal(t, want.Shape(), d.Value.Shape(), text)
		assert.Equal(t, want.DType(), d.Value.DType(), text)
		assert.Equal(t, want.Bytes(), d.Value.Bytes(), text)
	}
}

// Splats stay one element, whatever the shape.
func TestSplats(t *testing.T) {
	for text, want := range map[string]any{
		`dense<2.5> : tensor<1000000x1000000xf32>`:          float32(2.5),
		`dense<"0x0000803F"> : tensor<1000000x1000000xf32>`: float32(1),
		`dense<0xFF800000> : tensor<4xf32>`:                 float32(math.Inf(-1)),
		`dense<true> : tensor<2xi1>`:                        true,
		`dense<(1.0, -1.0)> : tensor<3xcomplex<f64>>`:       complex(1, -1),
	} {
		d := literalOf(t, text)
		assert.True(t, d.Splat, text)
		assert.Equal(t, 0, d.Value.Rank(), text)
		assert.Equal(t, want, d.Value.Item(), text)
	}
	ints, ok := Ints(literalOf(t, `dense<2> : tensor<3xi64>`))
	assert.True(t, ok)
	assert.Equal(t, []int64{2, 2, 2}, ints)
}

// Long literals of numbers are decoded without an allocation for each.
func TestLiteralAllocations(t *testing.T) {
	src := []byte("func.func @f() { %0 = stablehlo.constant dense<[" + strings.Repeat("1.25, ", 99999) + "1.25]> : tensor<100000xf32> return }")
	per := testing.AllocsPerRun(3, func() { _, _ = Parse("", src) })
	assert.Less(t, per, 200.0)
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	inFunc := func(body string) string { return "func.func @f(%a: tensor<2xf32>) {\n  " + body + "\n  return\n}" }
	for src, want := range map[string]string{
		inFunc(`%0 = stablehlo.add %a, %x : tensor<2xf32>`):                 `t.mlir:2:26: stablehlo.add: expected a value that is defined, got %x`,
		inFunc(`%a = stablehlo.abs %a : tensor<2xf32>`):                     `t.mlir:2:3: stablehlo.abs: expected a name that is not defined yet, got %a (defined at 1:14)`,
		inFunc(`%0 = stablehlo.abs %a : tensor<3xf32>`):                     `t.mlir:2:27: stablehlo.abs: expected the type of %a, which is tensor<2xf32>, got tensor<3xf32>`,
		inFunc(`%0 = stablehlo.abs %a tensor<2xf32>`):                       `t.mlir:2:25: stablehlo.abs: expected ":", got "tensor"`,
		inFunc(`%0:2 = stablehlo.abs %a : tensor<2xf32>`):                   `t.mlir:2:10: stablehlo.abs: expected names for 1 results, got 2`,
		inFunc(`%0 = stablehlo.slice %a [0:x] : tensor<2xf32>`):             `t.mlir:2:30: stablehlo.slice: expected the limit of a range, got "x"`,
		inFunc(`%0 = stablehlo.constant dense<[1.0, 2.0]> : tensor<3xf32>`): `t.mlir:2:42: stablehlo.constant: expected "," (an axis of 3 has 2), got "]"`,
		inFunc(`%0 = stablehlo.constant dense<[1.0, 2.0]> : tensor<1xf32>`): `t.mlir:2:37: stablehlo.constant: expected "]" behind 1 elements (the list starts at 2:33), got ","`,
		inFunc(`%0 = stablehlo.constant dense<1> : tensor<1xf32>`):          `t.mlir:2:33: stablehlo.constant: expected a f32 with a point or hexadecimal bits, got 1`,
		inFunc(`%0 = stablehlo.constant dense<300> : tensor<1xi8>`):         `t.mlir:2:33: stablehlo.constant: expected an element of type i8, got 300`,
		inFunc(`%0 = stablehlo.constant dense<"0x00"> : tensor<2xf32>`):     `t.mlir:2:33: stablehlo.constant: expected 16 hexadecimal digits for tensor<2xf32>, got 2`,
		inFunc(`%0 = stablehlo.constant dense<"0x000000ZZ"> : tensor<f32>`): `t.mlir:2:33: stablehlo.constant: expected hexadecimal digits only`,
		inFunc(`%0 = stablehlo.constant dense_resource<x> : tensor<f32>`):   `t.mlir:2:27: stablehlo.constant: expected a literal in the text (dense_resource refers to data that the text does not hold; write it as dense<...>), got "dense_resource"`,
		inFunc(`%0 = tensor.cast %a : tensor<2xf32> to tensor<?xf32>`):      `t.mlir:2:8: tensor.cast: expected the generic form ("tensor.cast"(...) : ...) for an operation of dialect tensor`,
		`func.func @f(%a: tensor<2xf33z>)`:                                  `t.mlir:1:27: func.func: expected an element type, got "f33z"`,
		`module { func.func @f() {`:                                         `t.mlir:1:26: func.func: expected an operation or "}", got the end of the text`,
		`func.func @f() { return } loc("x`:                                  `t.mlir:1:31: func.func: expected the end of the string, got the end of the text`,
		`%`:                                                                 `t.mlir:1:2: expected a value's name, got the end of the text`,
	} {
		_, err := Parse("t.mlir", []byte(src))
		if assert.Error(t, err, src) {
			assert.Equal(t, want, err.Error(), src)
			assert.IsType(t, &Error{}, err)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	for _, open := range []string{"[", "{a=", "(", "tuple<", "#x<", `"a"() ({`, "module {", "#stablehlo.x<a = "} {
		for _, head := range []string{"module attributes {a = ", "func.func @f() { ", ""} {
			_, err := Parse("t.mlir", []byte(head+strings.Repeat(open, 100000)))
			assert.Error(t, err)
		}
	}
}

// Names are visible in regions inside, and not behind them.
func TestScopes(t *testing.T) {
	m := parse(t, `func.func @f(%a: tensor<f32>, %p: tensor<i1>) -> tensor<f32> {
		%0 = "stablehlo.if"(%p) ({
			%c = stablehlo.abs %a : tensor<f32>
			stablehlo.return %c : tensor<f32>
		}, {
			%c = stablehlo.negate %a : tensor<f32>
			stablehlo.return %c : tensor<f32>
		}) : (tensor<i1>) -> tensor<f32>
		return %0 : tensor<f32>
	}
	func.func @g(%a: tensor<i32>) { return }`)
	op := m.Funcs[0].Body.Ops[0]
	assert.Same(t, m.Funcs[0].Params[0], op.Regions[1].Ops[0].Operands[0])
	assert.Same(t, op, m.Funcs[0].Body.Ops[1].Operands[0].Def)
	_, err := Parse("t.mlir", []byte(`func.func @f(%p: tensor<i1>) -> tensor<f32> {
		"stablehlo.if"(%p) ({ %c = stablehlo.constant dense<1.0> : tensor<f32> }, {}) : (tensor<i1>) -> ()
		return %c : tensor<f32> }`))
	assert.ErrorContains(t, err, "3:10: func.return: expected a value that is defined, got %c")
}

// The files of testdata are of our own making and hold what JAX writes: shardings, locations, aliases, custom calls.
func TestOwnFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.mlir")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		m, err := Parse(file, src)
		if assert.NoError(t, err) {
			assertRoundTrip(t, m)
		}
	}
}

// FuzzParse: any text gives a module or an *Error, never a panic, and what is printed reads back as the same.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.mlir")
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Parse("fuzz", src)
		if err != nil {
			require.IsType(t, &Error{}, err)
			return
		}
		text := m.String()
		again, err := Parse("printed", []byte(text))
		require.NoError(t, err, text)
		require.Equal(t, text, again.String())
	})
}
