package syntax

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// suiteFiles lists the .mlir files of folders of the OpenXLA suite, which RANVIER_STABLEHLO points at; the test is skipped without it.
func suiteFiles(t testing.TB, patterns ...string) []string {
	t.Helper()
	root := os.Getenv("RANVIER_STABLEHLO")
	if root == "" {
		t.Skip("RANVIER_STABLEHLO is not set to the folder that holds testdata and tests of openxla/stablehlo")
	}
	var out []string
	for _, p := range patterns {
		files, err := filepath.Glob(filepath.Join(root, p))
		require.NoError(t, err)
		require.NotEmpty(t, files, p)
		out = append(out, files...)
	}
	return out
}

// chunks splits a file at its markers and keeps the line numbers.
func chunks(src []byte) [][]byte {
	var out [][]byte
	lines := 0
	for _, part := range strings.Split(string(src), "// -----") {
		out = append(out, []byte(strings.Repeat("\n", lines)+part))
		lines += strings.Count(part, "\n")
	}
	return out
}

func TestSuiteParses(t *testing.T) {
	files := suiteFiles(t, "testdata/*.mlir", "tests/interpret/*.mlir", "tests/interpret/chlo/*.mlir", "tests/math/*.mlir")
	modules := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, chunk := range chunks(src) {
			m, err := Parse(file, chunk)
			if !assert.NoError(t, err) {
				continue
			}
			modules++
			assertRoundTrip(t, m)
		}
	}
	t.Logf("%d files, %d modules", len(files), modules)
}

// assertRoundTrip checks that what Print writes reads back as the same tree.
func assertRoundTrip(t *testing.T, m *Module) {
	t.Helper()
	text := m.String()
	again, err := Parse("printed", []byte(text))
	if !assert.NoError(t, err, text[:min(len(text), 2000)]) {
		return
	}
	forget(m)
	forget(again)
	if !reflect.DeepEqual(m, again) {
		assert.Equal(t, text, again.String(), "%s: the tree differs", m.File)
		assert.Fail(t, "the trees differ and their texts do not", "%s", text[:min(len(text), 1500)])
	}
}

// forget drops positions, the file and which of nil and empty a list is.
func forget(m *Module) {
	m.Pos, m.File = Pos{}, ""
	m.Attrs = plain(m.Attrs)
	for _, inner := range m.Modules {
		forget(inner)
	}
	for _, f := range m.Funcs {
		f.Pos, f.Attrs = Pos{}, plain(f.Attrs)
		for i := range f.ParamAttrs {
			f.ParamAttrs[i] = plain(f.ParamAttrs[i])
		}
		for i := range f.ResultAttrs {
			f.ResultAttrs[i] = plain(f.ResultAttrs[i])
		}
		forgetValues(f.Params)
		if f.Body != nil {
			f.Body.Pos = Pos{}
			forgetOps(f.Body.Ops)
		}
	}
	forgetOps(m.Ops)
}

func forgetValues(vs []*Value) {
	for _, v := range vs {
		v.Pos = Pos{}
	}
}

func forgetOps(ops []*Op) {
	for _, op := range ops {
		op.Pos, op.Attrs = Pos{}, plain(op.Attrs)
		forgetValues(op.Results)
		for _, r := range op.Regions {
			r.Pos = Pos{}
			forgetValues(r.Params)
			forgetOps(r.Ops)
		}
	}
}

func plain(as Attrs) Attrs {
	if len(as) == 0 {
		return nil
	}
	for i := range as {
		as[i].Pos = Pos{}
		switch a := as[i].Value.(type) {
		case *Struct:
			a.Fields = plain(a.Fields)
		case Dict:
			as[i].Value = Dict(plain(Attrs(a)))
		case Array:
			for j := range a {
				one := plain(Attrs{{Value: a[j]}})
				a[j] = one[0].Value
			}
		}
	}
	return as
}

// What upstream marks as wrong in the text itself must fail here; what it accepts must parse, but for operations of other dialects in
// forms of their own.
func TestSuiteVerifyFiles(t *testing.T) {
	files := suiteFiles(t, "tests/infer*.mlir", "tests/ops*.mlir", "tests/verify*.mlir", "tests/print*.mlir")
	parsed, failed := 0, 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, chunk := range chunks(src) {
			if _, err := Parse(filepath.Base(file), chunk); err != nil {
				failed++
				if !strings.Contains(string(chunk), "expected-error") {
					t.Log(err)
				}
				continue
			}
			parsed++
		}
	}
	t.Logf("%d modules parsed, %d refused", parsed, failed)
	assert.Greater(t, parsed, failed)
}

func TestLargestModuleIsQuick(t *testing.T) {
	file := suiteFiles(t, "testdata/fft_complex128_14_15_16_17.mlir")[0]
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	best := time.Hour
	for range 5 {
		start := time.Now()
		_, err = Parse(file, src)
		require.NoError(t, err)
		best = min(best, time.Since(start))
	}
	t.Logf("%d bytes in %v", len(src), best)
	assert.Less(t, best, 500*time.Millisecond)
}
