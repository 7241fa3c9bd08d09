package main

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// TestMain lets the test binary be the worker that check starts. A task whose file is called crash.mlir ends it as a fault would.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerName {
		if err := command(os.Args[1:], crashing{os.Stdin}, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

type crashing struct{ io.Reader }

func (c crashing) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if bytes.Contains(p[:n], []byte("crash.mlir")) {
		go panic("a fault that nobody catches")
		select {}
	}
	return n, err
}

func hlo(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := command(args, strings.NewReader(""), &out)
	return out.String(), err
}

// write puts a file into a folder of the test.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	return path
}

const program = `func.func public @main(%a: tensor<3xf32>, %h: tensor<2xf16>, %b: tensor<bf16>, %p: tensor<i1>, %z: tensor<0x2xi32>)
    -> (tensor<3xf32>, tensor<2xf16>, tensor<bf16>, tensor<i1>, tensor<0x2xi32>) {
  %0 = stablehlo.add %a, %a : tensor<3xf32>
  %1 = stablehlo.negate %h : tensor<2xf16>
  %2 = stablehlo.multiply %b, %b : tensor<bf16>
  %3 = stablehlo.not %p : tensor<i1>
  return %0, %1, %2, %3, %z : tensor<3xf32>, tensor<2xf16>, tensor<bf16>, tensor<i1>, tensor<0x2xi32>
}`

func TestRunReadsAndWritesNpy(t *testing.T) {
	dir := t.TempDir()
	prog := write(t, dir, "prog.mlir", program)
	bf := func(x float32) *tensor.Tensor { return tensor.Scalar(dtype.BF16FromFloat32(x)) }
	inputs := []*tensor.Tensor{
		tensor.Of[float32](1, -2, 0.5),
		tensor.Of(dtype.F16FromFloat32(1), dtype.F16FromFloat32(-3)),
		tensor.Must(bf(1.5).Bitcast(dtype.Uint16)),
		tensor.Scalar(true),
		tensor.Must(tensor.New(dtype.Int32, 0, 2)),
	}
	want := []*tensor.Tensor{
		tensor.Of[float32](2, -4, 1),
		tensor.Of(dtype.F16FromFloat32(-1), dtype.F16FromFloat32(3)),
		tensor.Must(bf(2.25).Bitcast(dtype.Uint16)),
		tensor.Scalar(false),
		inputs[4],
	}
	for _, backend := range []string{"interp", "cpu"} {
		out := filepath.Join(dir, "out-"+backend)
		args := []string{"run", "--backend", backend, "--out", out}
		for i, in := range inputs {
			path := filepath.Join(dir, string(rune('a'+i))+".npy")
			require.NoError(t, tensor.SaveNpy(path, in))
			args = append(args, "--in", path)
		}
		_, err := hlo(t, append(args, prog)...)
		require.NoError(t, err)
		for i, w := range want {
			got, err := tensor.LoadNpy(filepath.Join(out, string(rune('0'+i))+".npy"))
			require.NoError(t, err)
			assert.True(t, w.Equal(got), "%s, result %d: got %v, want %v", backend, i, got, w)
		}
		_, err = hlo(t, append(args, prog)...)
		assert.NoError(t, err, "the folder may exist")
	}
}

func TestRunErrors(t *testing.T) {
	dir := t.TempDir()
	prog := write(t, dir, "prog.mlir", "func.func @main(%a: tensor<2xbf16>) -> tensor<2xbf16> { return %a : tensor<2xbf16> }")
	in := filepath.Join(dir, "a.npy")
	require.NoError(t, tensor.SaveNpy(in, tensor.Of[float32](1, 2)))
	wrong := write(t, dir, "wrong.mlir", "func.func @main() {\n  return %0\n}")
	for want, args := range map[string][]string{
		"run: got 0 inputs, want 1, one --in for each parameter of @main: (bf16[2])": {"run", prog},
		"got float32(2), want bf16(2) (bf16 travels as its bits in ui16)":            {"run", "--in", in, prog},
		"wrong.mlir:2:10: func.return: expected a value that is defined, got %0":     {"run", wrong},
		"got 2 files, want one":              {"run", prog, prog},
		"no such file":                       {"run", filepath.Join(dir, "none.mlir")},
		`backend: got "none", want one of`:   {"run", "--backend", "none", "--in", in, prog},
		`got command "walk"; want: hlo run`:  {"walk"},
		"check: got no files or folders":     {"check"},
		"want: hlo run|check":                {},
		"flag provided but not defined: -no": {"dot", "--no", prog},
	} {
		_, err := hlo(t, args...)
		assert.ErrorContains(t, err, strings.Replace(want, "float32", dtype.Float32.String(), 1), "%v", args)
	}
}

const passing = `func.func @main() {
  %0 = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = stablehlo.add %0, %0 : tensor<2xf32>
  check.expect_eq_const %1, dense<[2.0, 4.0]> : tensor<2xf32>
  return
}
`

var (
	failing = strings.Replace(passing, "[2.0, 4.0]", "[2.0, 5.0]", 1)
	endless = `func.func @main() {
  %0 = stablehlo.constant dense<0> : tensor<i32>
  %1 = stablehlo.while(%x = %0) : tensor<i32> cond {
    %t = stablehlo.compare GE, %x, %x : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %t : tensor<i1>
  } do {
    %n = stablehlo.xor %x, %x : tensor<i32>
    stablehlo.return %n : tensor<i32>
  }
  check.expect_eq %0, %1 : tensor<i32>
  return
}
`
)

func TestCheckIsolatesModules(t *testing.T) {
	dir := t.TempDir()
	a := write(t, dir, "a.mlir", "// RUN: something\n"+passing+"\n// -----\n\n"+failing+"// -----\n"+passing+"// -----\n\n")
	write(t, dir, "deep/er/crash.mlir", passing)
	write(t, dir, "deep/loops.mlir", endless)
	write(t, dir, "deep/syntax.mlir", "func.func @main() {")
	write(t, dir, "deep/z.mlir", passing)
	write(t, dir, "left out", "not read")
	write(t, dir, "skipped/one.mlir", "nonsense")
	skips := write(t, dir, "skips.txt", "# reasons\n\nskipped/one.mlir\tnonsense\na.mlir#3\ttwice\n")
	for _, backend := range []string{"interp", "cpu"} {
		out, err := hlo(t, "check", "--backend", backend, "--timeout", "3s", "--skips", skips, dir)
		assert.ErrorIs(t, err, errFailed)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		require.Len(t, lines, 5, out)
		assert.Equal(t, a+"#2\t"+a+":14:3: check eq: element [1]: got 4, want 5; 1 of 2 elements differ", lines[0])
		assert.Regexp(t, `crash.mlir\tthe process ended \(exit status 2\): panic: a fault`, lines[1])
		assert.Regexp(t, `loops.mlir\ttook more than 3s`, lines[2])
		assert.Regexp(t, `syntax.mlir\t.*syntax.mlir:1:20: func.func: expected an operation or "}", got the end of the text`, lines[3])
		assert.Equal(t, "2 passed, 4 failed, 2 skipped", lines[4])
	}
	out, err := hlo(t, "check", "--backend", "interp", filepath.Join(dir, "deep", "z.mlir"))
	assert.NoError(t, err)
	assert.Equal(t, "1 passed, 0 failed, 0 skipped\n", out)
}

func TestSkipLists(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"a.mlir":     `want a path, a tab and the reason`,
		"a.mlir\t  ": `want a path, a tab and the reason`,
	} {
		_, err := readSkips(write(t, dir, "s", text))
		assert.ErrorContains(t, err, want)
	}
	skips, err := readSkips(write(t, dir, "s", "tests/a.mlir#2\tx\nb.mlir\ty\nfolder\tz\n"))
	require.NoError(t, err)
	for _, c := range []struct {
		file string
		k    int
		line string
	}{{"/x/tests/a.mlir", 2, "tests/a.mlir#2"}, {"/x/tests/a.mlir", 1, ""}, {"/x/other/a.mlir", 2, ""}, {"b.mlir", 7, "b.mlir"}, {"xb.mlir", 7, ""},
		{"x/folder/c.mlir", 1, "folder"}} {
		line, ok := skipped(skips, c.file, c.k)
		assert.Equal(t, c.line != "", ok, c.file)
		if ok {
			assert.Equal(t, c.line, line)
		}
	}
	for _, file := range []string{"skips.txt", "skips-pjrt.txt"} {
		list, err := readSkips(file)
		require.NoError(t, err)
		assert.NotEmpty(t, list, file)
	}
}

// Lines of a skip list that are not needed are errors: what passes, all of what a folder holds, and what is not there.
func TestStaleSkips(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.mlir", passing+"\n// -----\n\n"+failing+"// -----\nfunc.func @main() { return }")
	write(t, dir, "mixed/good.mlir", passing)
	write(t, dir, "mixed/bad.mlir", failing)
	write(t, dir, "good/one.mlir", passing)
	skips := write(t, dir, "skips.txt", "a.mlir#1\tpasses\na.mlir#2\tfails\na.mlir#3\tno check\na.mlir#4\tthere are three\nmixed\tone fails\ngood\tall pass\n")
	out, err := hlo(t, "check", "--stale", "--skips", skips, dir)
	assert.ErrorIs(t, err, errFailed)
	assert.Equal(t, `a.mlir#1	passes: take the line out of the skip list
a.mlir#4	names no module: take the line out of the skip list
good	passes: take the line out of the skip list
6 lines, 3 stale
`, out)
	out, err = hlo(t, "check", "--stale", "--skips", write(t, dir, "skips2.txt", "a.mlir#2\tfails\n"), dir)
	assert.NoError(t, err)
	assert.Equal(t, "1 lines, 0 stale\n", out)
}

func TestSplitKeepsLines(t *testing.T) {
	parts := split([]byte("// only a comment\n// -----\none\n// -----\n\n  // -----\ntwo\n"))
	require.Len(t, parts, 2)
	assert.Equal(t, "\n\none\n", string(parts[0]))
	assert.Equal(t, "\n\n\n\n\n\ntwo\n", string(parts[1]))
}

func TestComparisons(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	eq := stablehlo.Check{Kind: stablehlo.CheckEq}
	almost := stablehlo.Check{Kind: stablehlo.CheckAlmostEq, Tolerance: 1e-4}
	ulp := func(lo, hi uint64) stablehlo.Check {
		return stablehlo.Check{Kind: stablehlo.CheckClose, MinULP: lo, MaxULP: hi}
	}
	next := func(x float32, n uint32) float32 { return math.Float32frombits(math.Float32bits(x) + n) }
	for _, c := range []struct {
		check     stablehlo.Check
		got, want *tensor.Tensor
		ok        bool
	}{
		{eq, tensor.Of(0.0), tensor.Of(math.Copysign(0, -1)), true},
		{eq, tensor.Of(nan), tensor.Of(nan), false},
		{eq, tensor.Of(inf), tensor.Of(inf), true},
		{eq, tensor.Of[int64](math.MaxInt64), tensor.Of[int64](math.MaxInt64 - 1), false},
		{eq, tensor.Of(1i), tensor.Of(1i), true},
		{eq, tensor.Of(1i), tensor.Of(1i, 1i), false},
		{eq, tensor.Of[int32](1), tensor.Of[int64](1), false},
		{almost, tensor.Of(1.0), tensor.Of(1.00009), true},
		{almost, tensor.Of(1.0), tensor.Of(1.00011), false},
		{almost, tensor.Of(nan), tensor.Of(nan), true},
		{almost, tensor.Of(nan), tensor.Of(1.0), false},
		{almost, tensor.Of(inf), tensor.Of(inf), true},
		{almost, tensor.Of(inf), tensor.Of(-inf), false},
		{almost, tensor.Of(complex(1, 1)), tensor.Of(complex(1, 1.1)), false},
		{almost, tensor.Of[int32](1), tensor.Of[int32](1), false},
		{ulp(0, 3), tensor.Of[float32](1), tensor.Of(next(1, 3)), true},
		{ulp(0, 3), tensor.Of[float32](1), tensor.Of(next(1, 4)), false},
		{ulp(4, 4), tensor.Of[float32](1), tensor.Of(next(1, 4)), true},
		{ulp(5, 9), tensor.Of[float32](1), tensor.Of(next(1, 4)), false},
		{ulp(2, 2), tensor.Of(next(0, 1)), tensor.Of(-next(0, 1)), true},
		{ulp(0, 0), tensor.Of(0.0), tensor.Of(math.Copysign(0, -1)), true},
		{ulp(0, 0), tensor.Of(nan), tensor.Of(nan), true},
		{ulp(0, 0), tensor.Of(inf), tensor.Of(inf), true},
		{ulp(0, 1), tensor.Of(inf), tensor.Of(math.MaxFloat64), false},
		{ulp(math.MaxUint64, math.MaxUint64), tensor.Of(inf), tensor.Of(-inf), true},
		{ulp(0, math.MaxUint64-1), tensor.Of(-math.MaxFloat64), tensor.Of(math.MaxFloat64), true},
		{ulp(0, 1), tensor.Of(dtype.BF16FromFloat32(1)), tensor.Of(dtype.BF16FromFloat32(1.0078125)), true},
		{ulp(0, 1), tensor.Of(complex64(complex(1, next(1, 2)))), tensor.Of(complex64(complex(1, 1))), false},
	} {
		err := compare(c.check, c.got, c.want)
		assert.Equal(t, c.ok, err == nil, "%+v %v %v: %v", c.check, c.got, c.want, err)
	}
}

func TestShow(t *testing.T) {
	dir := t.TempDir()
	prog := write(t, dir, "prog.mlir", `func.func @main(%a: tensor<3xf32>) -> tensor<3xf32> {
		%0 = call @twice(%a) : (tensor<3xf32>) -> tensor<3xf32>
		%1 = stablehlo.exponential %a : tensor<3xf32>
		return %0 : tensor<3xf32>
	}
	func.func private @twice(%a: tensor<3xf32>) -> tensor<3xf32> {
		%0 = stablehlo.add %a, %a : tensor<3xf32>
		return %0 : tensor<3xf32>
	}`)
	text, err := hlo(t, "print", prog)
	require.NoError(t, err)
	main, _, _ := strings.Cut(text, "\ngraph ")
	_, err = ir.Parse(main)
	assert.NoError(t, err, text)
	assert.Contains(t, text, "exp")
	text, err = hlo(t, "opt", prog)
	require.NoError(t, err)
	assert.NotContains(t, text, "exp", "what nobody reads is gone")
	text, err = hlo(t, "print", "--generic", prog)
	require.NoError(t, err)
	assert.Contains(t, text, `"stablehlo.exponential"(%a) : (tensor<3xf32>) -> (tensor<3xf32>)`)
	text, err = hlo(t, "cost", prog)
	require.NoError(t, err)
	assert.Contains(t, text, "flops")
	text, err = hlo(t, "dot", prog)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(text, "digraph"))
}
