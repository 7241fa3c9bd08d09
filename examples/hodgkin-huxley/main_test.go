package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// golden is a run of another simulator; see testdata/README.md.
type golden struct {
	ID        string
	Dt        float64
	Steps     int
	GL        float64 `json:"gL"`
	V0        []float64
	Input     []float64
	Durations []float64
	Spikes    [][]int
	LastV     []float64 `json:"last_v"`
}

func loadGolden(t *testing.T) (runs []golden) {
	data, err := os.ReadFile(filepath.Join("testdata", "golden.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &runs))
	require.Len(t, runs, 2)
	return runs
}

// currents is the input in each step.
func (g golden) currents() num.Array {
	var rows []float64
	for i, x := range g.Input {
		for range int(math.Round(g.Durations[i] / g.Dt)) {
			rows = append(rows, x)
		}
	}
	return trace.FromTensor(tensor.Of(rows...))
}

func x64(t *testing.T, on bool) {
	trace.SetX64(on)
	t.Cleanup(func() { trace.SetX64(false) })
}

func TestSpikesAreThoseOfTheRecord(t *testing.T) {
	x64(t, true)
	for _, g := range loadGolden(t) {
		t.Run(g.ID, func(t *testing.T) {
			hh := neuron.NewHH(len(g.V0), neuron.HHParams{GL: g.GL, Init: num.Of(g.V0)})
			r := run.New(hh, run.Config{Dt: g.Dt, Inputs: run.Rows{X: g.currents()}, Monitors: run.Monitors{"spike": run.Events(hh.Spike)}})
			hist, err := r.Run(context.Background(), float64(g.Steps)*g.Dt)
			require.NoError(t, err)
			require.Equal(t, g.Steps, hist.Steps)
			got := make([][]int, len(g.V0))
			spikes := hist.Events("spike")
			for i, step := range spikes.Step {
				got[spikes.Neuron[i]] = append(got[spikes.Neuron[i]], int(step))
			}
			require.Equal(t, g.Spikes, got)
			require.InDeltaSlice(t, g.LastV, hh.V.Value().Floats(), 1e-6)
		})
	}
}

func defaults(t *testing.T) settings {
	return settings{neurons: 3, duration: 50, dt: 0.01, input: 10, dtype: "f32", output: filepath.Join(t.TempDir(), "v.png")}
}

func TestProgram(t *testing.T) {
	set := defaults(t)
	var out bytes.Buffer
	require.NoError(t, simulate(context.Background(), set, &out))
	require.Regexp(t, `^traced and compiled in .* ms
5000 steps of 0.01 ms for 3 neurons in .* ms: .* us a step
10 spikes, mean rate 66.7 Hz
picture: .*v.png
$`, out.String())
	info, err := os.Stat(set.output)
	require.NoError(t, err)
	require.Greater(t, info.Size(), int64(5000))
}

func TestBackendsAgree(t *testing.T) {
	t.Cleanup(func() { require.NoError(t, trace.SetBackend("")) })
	set := defaults(t)
	set.duration, set.dtype, set.output = 20, "f64", ""
	x64(t, true)
	var texts []string
	for _, backend := range []string{"cpu", "interp"} {
		set.backend = backend
		var out bytes.Buffer
		require.NoError(t, simulate(context.Background(), set, &out))
		_, text, _ := bytes.Cut(out.Bytes(), []byte("us a step\n"))
		texts = append(texts, string(text))
	}
	require.Equal(t, texts[0], texts[1])
}

func TestErrors(t *testing.T) {
	for want, change := range map[string]func(*settings){
		"neurons: got 0, want 1 to 10000000":          func(s *settings) { s.neurons = 0 },
		"dt: got 1, want more than 0 and at most":     func(s *settings) { s.dt = 1 },
		"duration: got 0, want one step to 1e6 ms":    func(s *settings) { s.duration = 0 },
		"input: got NaN, want a finite current":       func(s *settings) { s.input = math.NaN() },
		`dtype: got "f16", want f32 or f64`:           func(s *settings) { s.dtype = "f16" },
		`backend: got "gpu", want one of cpu`:         func(s *settings) { s.backend = "gpu" },
		"the folder missing/folder does not exist (m": func(s *settings) { s.output = "missing/folder/v.png" },
	} {
		set := defaults(t)
		change(&set)
		var out bytes.Buffer
		require.ErrorContains(t, simulate(context.Background(), set, &out), want)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, simulate(ctx, defaults(t), &bytes.Buffer{}), context.Canceled)
}
