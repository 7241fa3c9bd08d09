package trace_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends/interp"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// integrator adds its input, scaled by a constant array, to a Variable, and counts.
type integrator struct{ Sum, Count *trace.Variable }

func newIntegrator() *integrator {
	return &integrator{trace.NewVariable(num.FromSlice([]float32{1, 2, 3})), trace.NewVariable(int32(0))}
}

var gains = num.FromSlice([]float32{0.5, 0.25, 0.125})

func (m *integrator) step(s *trace.Scope, x num.Array) num.Array {
	m.Sum.Set(s, m.Sum.Get(s).Add(x.Mul(gains)))
	m.Count.Set(s, m.Count.Get(s).Add(1))
	return num.Exp(m.Sum.Get(s)).Sum()
}

func saved(t testing.TB, m *integrator) (path string, step *trace.Compiled[num.Array, num.Array]) {
	t.Helper()
	step = trace.Jit(m.step)
	low, err := step.Lower(num.FromSlice([]float32{1, 1, 1}))
	require.NoError(t, err)
	path = filepath.Join(t.TempDir(), "step.ranvier")
	require.NoError(t, low.Save(path, trace.VarsOf(m)))
	return path, step
}

func TestSavedProgramGoesOnWithItsState(t *testing.T) {
	m := newIntegrator()
	path, step := saved(t, m)
	p, err := trace.Load(path)
	require.NoError(t, err)
	require.Equal(t, "f32[3]", p.Inputs()[0].String())
	require.Len(t, p.Inputs(), 1)
	require.Len(t, p.Outputs(), 1)
	require.ElementsMatch(t, []string{"Sum", "Count"}, p.StateNames())
	onInterp := p.On(interp.New())
	for i := range 3 {
		x := num.FromSlice([]float32{float32(i), 1, -2})
		want := step.Must(x)
		got, err := p.Call(x)
		require.NoError(t, err)
		require.Equal(t, want.Float(), got[0].Float())
		got, err = onInterp.Call(x)
		require.NoError(t, err)
		require.InEpsilon(t, want.Float(), got[0].Float(), 1e-6)
	}
	count, ok := p.State("Count")
	require.True(t, ok)
	require.Equal(t, 3, count.Int())
	sum, _ := p.State("Sum")
	require.Equal(t, m.Sum.Value().Floats(), sum.Floats())
	require.NoError(t, p.SetState("Count", num.Of(int32(7))))
	require.ErrorContains(t, p.SetState("Count", num.Of(1.0)), "set state: Count: got f32[], want i32[]")
	require.ErrorContains(t, p.SetState("Speed", num.Of(1.0)), "want one of")
	_, err = p.Call(num.FromSlice([]float32{1, 1, 1}))
	require.NoError(t, err)
	count, _ = p.State("Count")
	require.Equal(t, 8, count.Int())
}

func TestCallOfAProgramChecksItsArguments(t *testing.T) {
	path, _ := saved(t, newIntegrator())
	p, err := trace.Load(path)
	require.NoError(t, err)
	_, err = p.Call()
	require.ErrorContains(t, err, "arguments: got 0 arrays, want 1: [f32[3]]")
	_, err = p.Call(num.FromSlice([]float32{1, 2}))
	require.ErrorContains(t, err, "argument 0: got f32[2], want f32[3]")
	_, err = p.Call(num.Array{})
	require.ErrorContains(t, err, "the zero Array")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = p.On(interp.New()).CallContext(ctx, num.FromSlice([]float32{1, 2, 3}))
	require.ErrorIs(t, err, context.Canceled)
}

func TestExportedTextIsLoadedWithTheSameNumbers(t *testing.T) {
	m := newIntegrator()
	step := trace.Jit(m.step)
	low, err := step.Lower(num.FromSlice([]float32{1, 1, 1}))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "step.mlir")
	require.NoError(t, low.Export(path))
	p, err := trace.Load(path)
	require.NoError(t, err)
	require.Len(t, p.Inputs(), 3)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(text), "tf.aliasing_output"), "%s", text)
	x, state := num.FromSlice([]float32{3, 1, 2}), map[string]num.Array{"f32[3]": m.Sum.Value(), "i32[]": m.Count.Value()}
	got, err := p.Call(x, state[p.Inputs()[1].String()], state[p.Inputs()[2].String()])
	require.NoError(t, err)
	require.Equal(t, step.Must(x).Float(), got[0].Float())
	for _, a := range got[1:] {
		want := m.Sum.Value()
		if a.DType() == dtype.Int32 {
			want = m.Count.Value()
		}
		require.Equal(t, want.Floats(), a.Floats())
	}
}

func TestEffectsAreExportedOnDemandOnly(t *testing.T) {
	f := trace.Jit(func(s *trace.Scope, x num.Array) num.Array {
		trace.Check(s, x.Gt(0), "x is not positive")
		return num.Sqrt(x)
	})
	low, err := f.Lower(num.Of(2.0))
	require.NoError(t, err)
	_, err = low.StableHLO()
	require.ErrorContains(t, err, "check")
	require.ErrorContains(t, err, "DropEffects")
	text, err := low.StableHLO(stablehlo.DropEffects())
	require.NoError(t, err)
	require.Contains(t, text, "stablehlo.sqrt")
	require.Error(t, low.Export(filepath.Join(t.TempDir(), "f.mlir")))
}

func TestFilesThatAreNoProgramsAreRefused(t *testing.T) {
	path, _ := saved(t, newIntegrator())
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	header := len("ranvier program\n")
	newer := bytes.Clone(good)
	newer[header] = 2
	for want, data := range map[string][]byte{
		"neither a package of Ranvier nor StableHLO text": []byte("hello"),
		"cut off: got 20 bytes, want a header":            good[:20],
		"cut off: got":                                    good[:len(good)-1],
		"bytes behind its content":                        append(bytes.Clone(good), 'x'),
		"got format version 2, want at most 1: the file was written by a newer version of Ranvier": newer,
		"bad:2:34: func.func": []byte("module {\nfunc.func @main() -> tensor<f32> {\n\n\n}\n}"),
	} {
		bad := filepath.Join(t.TempDir(), "bad")
		require.NoError(t, os.WriteFile(bad, data, 0o600))
		_, err := trace.Load(bad)
		require.ErrorContains(t, err, want)
	}
	// Whatever bit flips behind the header's version is found by the checksum.
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		bad := bytes.Clone(good)
		bad[header+4+r.IntN(len(bad)-header-4)] ^= 1 << r.IntN(8)
		file := filepath.Join(t.TempDir(), "bad")
		require.NoError(t, os.WriteFile(file, bad, 0o600))
		_, err := trace.Load(file)
		require.Error(t, err)
	}
	_, err = trace.Load(filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// FuzzLoad gives Load packages with a right header around any content, and any file.
func FuzzLoad(f *testing.F) {
	path, _ := saved(f, newIntegrator())
	good, err := os.ReadFile(path)
	require.NoError(f, err)
	start := len("ranvier program\n") + 12 + sha256.Size
	f.Add(good[start:], true)
	f.Add(good, false)
	f.Add([]byte(`{"Name":"f","Graph":"graph @main(%0: f32[]) -> (f32[]) {\n  return %0\n}\n","Variables":[{"Name":"x","Input":0,"Output":5,"Value":""}]}`), true)
	f.Fuzz(func(t *testing.T, data []byte, content bool) {
		if content {
			sum := sha256.Sum256(data)
			head := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32([]byte("ranvier program\n"), 1), uint64(len(data)))
			data = append(append(head, sum[:]...), data...)
		}
		file := filepath.Join(t.TempDir(), "fuzz")
		require.NoError(t, os.WriteFile(file, data, 0o600))
		if p, err := trace.Load(file); err == nil {
			require.NotNil(t, p.Graph())
			_, _ = p.Inputs(), p.Outputs()
		}
	})
}

// Options that change numbers are part of the program, on whatever machine it is loaded.
func TestSavedProgramKeepsItsArithmetic(t *testing.T) {
	small := num.FromSlice([]float32{1e-39})
	double := func(_ *trace.Scope, x num.Array) num.Array { return x.Mul(2) }
	for _, opts := range [][]trace.Option{nil, {trace.FlushDenormals()}} { // which the portable executor cannot
		f := trace.Jit(double, append(opts, trace.On(backend(t, "cpu")))...)
		low, err := f.Lower(small)
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "double.ranvier")
		require.NoError(t, low.Save(path, nil))
		p, err := trace.Load(path)
		require.NoError(t, err)
		y, err := p.On(backend(t, "cpu")).Call(small)
		require.NoError(t, err)
		require.Equal(t, f.Must(small).Floats(), y[0].Floats())
	}
}

// A Variable that gets another shape cannot give its memory to the new value, and is exported all the same.
func TestExportOfAVariableThatChangesItsShape(t *testing.T) {
	v := trace.NewVariable(num.Ones(3))
	low, err := trace.Jit(func(s *trace.Scope, _ struct{}) struct{} {
		v.Reset(s, v.Get(s).BroadcastTo(2, 3))
		return struct{}{}
	}).Lower(struct{}{})
	require.NoError(t, err)
	text, err := low.StableHLO()
	require.NoError(t, err)
	require.NotContains(t, text, "tf.aliasing_output")
}
