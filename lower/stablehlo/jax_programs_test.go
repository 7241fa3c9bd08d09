package stablehlo_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/cmplx"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	_ "github.com/ranvier-go/ranvier/backends/cpu"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/rewrite"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// jaxProgram is an entry of testdata/jax/programs.json, which testdata/jax/export.py writes.
type jaxProgram struct {
	Name      string
	Tolerance float64 // of floats, relative to the element or the root mean square of its array, whichever is larger
	About     string
}

const jaxFolder = "testdata/jax"

func jaxPrograms(tb testing.TB) []jaxProgram {
	tb.Helper()
	src, err := os.ReadFile(filepath.Join(jaxFolder, "programs.json"))
	require.NoError(tb, err)
	var list []jaxProgram
	require.NoError(tb, json.Unmarshal(src, &list))
	return list
}

// text returns the StableHLO text that JAX wrote.
func (p jaxProgram) text(tb testing.TB) []byte {
	tb.Helper()
	packed, err := os.ReadFile(filepath.Join(jaxFolder, p.Name+".mlir.gz"))
	require.NoError(tb, err)
	r, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(tb, err)
	text, err := io.ReadAll(r)
	require.NoError(tb, err)
	return text
}

// entry reads the program.
func (p jaxProgram) entry(tb testing.TB) *ir.Graph {
	tb.Helper()
	m, err := stablehlo.Read(p.Name+".mlir", p.text(tb))
	require.NoError(tb, err)
	f, err := m.Entry()
	require.NoError(tb, err)
	require.Equal(tb, len(f.Graph.Outputs), f.Results)
	return f.Graph
}

// arrays returns in0, in1, ... or out0, out1, ... with the given types.
func (p jaxProgram) arrays(tb testing.TB, prefix string, types []ir.Type) []*tensor.Tensor {
	tb.Helper()
	all, err := tensor.LoadNpz(filepath.Join(jaxFolder, p.Name+".npz"))
	require.NoError(tb, err)
	require.NotContains(tb, all, fmt.Sprintf("%s%d", prefix, len(types)))
	list := make([]*tensor.Tensor, len(types))
	for i, want := range types {
		x := all[fmt.Sprintf("%s%d", prefix, i)]
		require.NotNil(tb, x, "%s%d", prefix, i)
		if x.DType() != want.DType {
			x, err = x.Bitcast(want.DType)
			require.NoError(tb, err, "%s%d", prefix, i)
		}
		require.True(tb, x.HasShape(want.Shape), "%s%d: got %s, want %s", prefix, i, tensor.ShapeString(x.Shape()), want)
		list[i] = x
	}
	return list
}

// Programs that JAX has exported run on the interpreter and on the compiler, with JAX's numbers.
func TestJAXPrograms(t *testing.T) {
	programs := jaxPrograms(t)
	require.GreaterOrEqual(t, len(programs), 100)
	cpu, err := backends.Get("cpu")
	require.NoError(t, err)
	for _, p := range programs {
		t.Run(p.Name, func(t *testing.T) {
			g := p.entry(t)
			inputs, want := p.arrays(t, "in", g.InTypes()), p.arrays(t, "out", g.OutTypes())
			if !testing.Short() {
				got, err := interp.Run(context.Background(), g, inputs)
				require.NoError(t, err)
				assert.NoError(t, p.compare(got, want), "interpreter")
			}
			exe, err := cpu.Compile(rewrite.Optimize(g, rewrite.Options{}), backends.Options{})
			require.NoError(t, err)
			got, err := exe.Run(context.Background(), inputs, backends.RunOptions{})
			require.NoError(t, err)
			assert.NoError(t, p.compare(got, want), "cpu")
		})
	}
}

// Nothing lies in the folder that is not listed, and so not run.
func TestJAXProgramsAreListed(t *testing.T) {
	listed := map[string]bool{}
	for _, p := range jaxPrograms(t) {
		listed[p.Name+".mlir.gz"] = true
	}
	files, err := filepath.Glob(filepath.Join(jaxFolder, "*.mlir.gz"))
	require.NoError(t, err)
	for _, f := range files {
		assert.True(t, listed[filepath.Base(f)], f)
	}
}

func (p jaxProgram) compare(got, want []*tensor.Tensor) error {
	for i, w := range want {
		if err := p.compareArrays(got[i], w); err != nil {
			return fmt.Errorf("result %d: %w", i, err)
		}
	}
	return nil
}

// compareArrays holds integers and bools to equality; floats are NaN or infinite where JAX's are, and else within the tolerance.
func (p jaxProgram) compareArrays(got, want *tensor.Tensor) error {
	if got.DType() != want.DType() || !got.HasShape(want.Shape()) {
		return fmt.Errorf("got %s%v, want %s%v", got.DType(), got.Shape(), want.DType(), want.Shape())
	}
	if !dtype.Inexact.Has(want.DType()) {
		for i := range want.Size() {
			if got.Get(i) != want.Get(i) {
				return fmt.Errorf("element %d of %s%v: got %v, want %v", i, want.DType(), want.Shape(), got.Get(i), want.Get(i))
			}
		}
		return nil
	}
	xs, ys := got.Complex128s(), want.Complex128s()
	size := rootMeanSquare(ys)
	for i, y := range ys {
		x := xs[i]
		if !sameKind(real(x), real(y)) || !sameKind(imag(x), imag(y)) {
			return fmt.Errorf("element %d of %s%v: got %v, want %v", i, want.DType(), want.Shape(), got.Get(i), want.Get(i))
		}
		if !cmplx.IsNaN(y) && !cmplx.IsInf(y) && !(cmplx.Abs(x-y) <= p.Tolerance*max(cmplx.Abs(y), size)) {
			return fmt.Errorf("element %d of %s%v: got %v, want %v, %.2g apart where values are about %.2g, tolerance %g", i, want.DType(), want.Shape(),
				got.Get(i), want.Get(i), cmplx.Abs(x-y), size, p.Tolerance)
		}
	}
	return nil
}

// sameKind reports whether x is NaN, an infinity or finite as y is.
func sameKind(x, y float64) bool {
	return math.IsNaN(x) == math.IsNaN(y) && math.IsInf(x, 1) == math.IsInf(y, 1) && math.IsInf(x, -1) == math.IsInf(y, -1)
}

func rootMeanSquare(xs []complex128) float64 {
	sum, n := 0.0, 0
	for _, x := range xs {
		if a := cmplx.Abs(x); !math.IsNaN(a) && !math.IsInf(a, 0) {
			sum += a * a
			n++
		}
	}
	return math.Sqrt(sum / float64(max(n, 1)))
}
