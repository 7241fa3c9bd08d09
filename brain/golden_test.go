package brain_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/synapse"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// golden is a record of reference values: see shared/golden/README.md for the layout.
type golden struct {
	ID     string  `json:"id"`
	Dt     float64 `json:"dt"`
	Steps  int     `json:"n_steps"`
	Params map[string]json.RawMessage
	Init   json.RawMessage
	Input  struct {
		Values     []float64       `json:"values"`
		Durations  []float64       `json:"durations_ms"`
		SpikeSteps json.RawMessage `json:"spike_steps"`
	}
	SampleSteps []int                      `json:"sample_steps"`
	Trace       map[string]json.RawMessage `json:"trace"`
	SpikeSteps  json.RawMessage            `json:"spike_steps"`
	Conductance *struct{ G, E float64 }    `json:"conductance_input"`
	G, V        []float64
	Current     []float64
}

func loadGolden(t *testing.T) map[string]golden {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	require.NoError(t, err)
	var file struct{ Records []golden }
	require.NoError(t, json.Unmarshal(text, &file))
	records := map[string]golden{}
	for _, r := range file.Records {
		records[r.ID] = r
	}
	return records
}

// into decodes raw JSON.
func into[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var x T
	require.NoError(t, json.Unmarshal(raw, &x), "%s", raw)
	return x
}

// param is a parameter of a record: a number or a vector.
func (g golden) param(t *testing.T, name string) brain.Param { return asParam(t, g.Params[name]) }

func asParam(t *testing.T, raw json.RawMessage) brain.Param {
	t.Helper()
	if raw[0] == '[' {
		return num.FromSlice(into[[]float64](t, raw))
	}
	return into[float64](t, raw)
}

// piecewise is the input of each step.
func (g golden) piecewise() num.Array {
	var xs []float64
	for i, v := range g.Input.Values {
		for range int(math.Round(g.Input.Durations[i] / g.Dt)) {
			xs = append(xs, v)
		}
	}
	return num.FromSlice(xs)
}

// inFloat64 runs a test in double precision.
func inFloat64(t *testing.T) {
	trace.SetX64(true)
	t.Cleanup(func() { trace.SetX64(false) })
}

type stepper interface {
	Update(s *trace.Scope, input trace.Array) trace.Array
}

// record runs a model and returns its spikes and Variables in each step.
func record(t *testing.T, dt float64, xs num.Array, model stepper, vars ...*trace.Variable) []num.Array {
	t.Helper()
	f := trace.Jit(func(s *trace.Scope, xs num.Array) []num.Array {
		return brain.ForLoop(s, dt, xs, func(s *trace.Scope, x num.Array) []num.Array {
			out := []num.Array{model.Update(s, x)}
			for _, v := range vars {
				out = append(out, v.Get(s))
			}
			return out
		})
	})
	out, err := f.Call(xs)
	require.NoError(t, err)
	return out
}

// requireTrace compares the sampled rows of a recorded Variable.
func requireTrace(t *testing.T, g golden, name string, got num.Array, tolerance float64) {
	t.Helper()
	want := into[[][]float64](t, g.Trace[name])
	values, n := got.Floats(), got.Dim(1)
	for k, step := range g.SampleSteps {
		for i, w := range want[k] {
			require.InDelta(t, w, values[step*n+i], tolerance*max(1, math.Abs(w)), "%s %s step %d neuron %d", g.ID, name, step, i)
		}
	}
}

// requireSpikes compares spike steps exactly.
func requireSpikes(t *testing.T, want [][]int, got num.Array) {
	t.Helper()
	spikes, n := got.Bools(), got.Dim(1)
	for i := range n {
		steps := []int{}
		for step := range got.Dim(0) {
			if spikes[step*n+i] {
				steps = append(steps, step)
			}
		}
		require.Equal(t, want[i], steps, "neuron %d", i)
	}
}

func TestLIFRefGolden(t *testing.T) {
	inFloat64(t)
	for _, id := range []string{"neurons/LifRef-A", "neurons/LifRef-B"} {
		g := loadGolden(t)[id]
		init := into[map[string]json.RawMessage](t, g.Init)
		want := into[[][]int](t, g.SpikeSteps)
		n := neuron.NewLIFRef(len(want), neuron.LIFParams{
			Rest: g.param(t, "V_rest"), Reset: g.param(t, "V_reset"), Threshold: g.param(t, "V_th"), Resistance: g.param(t, "R"),
			Tau: g.param(t, "tau"), Refractory: into[float64](t, g.Params["tau_ref"]), Init: asParam(t, init["V"]),
		})
		if c := g.Conductance; c != nil {
			n.AddCurrent(func(_ *trace.Scope, v num.Array) num.Array { return num.Of(c.E).Reshape().Sub(v).Mul(c.G) })
		}
		out := record(t, g.Dt, g.piecewise(), n, n.V)
		requireSpikes(t, want, out[0])
		requireTrace(t, g, "V", out[1], 1e-9)
	}
}

func TestHHGolden(t *testing.T) {
	inFloat64(t)
	for _, id := range []string{"neurons/HH-A", "neurons/HH-default-gL"} {
		g := loadGolden(t)[id]
		init := into[map[string]json.RawMessage](t, g.Init)
		n := neuron.NewHH(2, neuron.HHParams{
			ENa: g.param(t, "ENa"), GNa: g.param(t, "gNa"), EK: g.param(t, "EK"), GK: g.param(t, "gK"), EL: g.param(t, "EL"),
			GL: g.param(t, "gL"), C: g.param(t, "C"), Threshold: g.param(t, "V_th"), Init: asParam(t, init["V"]),
			M0: asParam(t, init["m"]), H0: asParam(t, init["h"]), N0: asParam(t, init["n"]),
		})
		out := record(t, g.Dt, g.piecewise(), n, n.V, n.M, n.H, n.N)
		requireSpikes(t, into[[][]int](t, g.SpikeSteps), out[0])
		for i, name := range []string{"V", "m", "h", "n"} {
			requireTrace(t, g, name, out[i+1], 1e-6)
		}
	}
}

// identity connects neuron i to neuron i.
func identity(n int, weight float64) *connect.CSR {
	indptr, targets := make([]int32, n+1), make([]uint32, n)
	for i := range n {
		indptr[i+1], targets[i] = int32(i+1), uint32(i)
	}
	return connect.NewCSR(n, n, indptr, targets, num.Of(weight).Reshape())
}

// events is a matrix of spikes, one row a step.
func events(steps [][]int, n int) num.Array {
	m := make([]bool, n*len(steps))
	for i, list := range steps {
		for _, step := range list {
			m[step*len(steps)+i] = true
		}
	}
	return num.FromSlice(m).Reshape(n, len(steps))
}

// driven is a population with a projection onto it from given events.
type driven struct {
	P *brain.Projection
	N *neuron.LIFRef
}

func (d driven) Update(s *trace.Scope, events trace.Array) trace.Array {
	d.P.Update(s, events)
	return d.N.Update(s, num.Of(0.0).Reshape())
}

func TestExponGolden(t *testing.T) {
	inFloat64(t)
	for _, id := range []string{"synapses/Expon-0A", "synapses/Expon-1A"} {
		g := loadGolden(t)[id]
		spikes := into[[][]int](t, g.Input.SpikeSteps)
		n := neuron.NewLIFRef(len(spikes), neuron.LIFParams{})
		p := brain.AlignPost(identity(len(spikes), 1), synapse.Expon{Tau: g.param(t, "tau")}, synapse.CUBA{}, n)
		vars := trace.VarsOf(p)
		v, ok := vars.Get("Synapse.G")
		require.True(t, ok, "%v", vars)
		out := record(t, g.Dt, events(spikes, g.Steps), driven{p, n}, v)
		requireTrace(t, g, "g", out[1], 1e-9)
	}
}

func TestExponCOBALIFRefGolden(t *testing.T) {
	inFloat64(t)
	g := loadGolden(t)["synapses/Expon-COBA-LifRef-A"]
	lif := into[map[string]float64](t, g.Params["lif"])
	n := neuron.NewLIFRef(1, neuron.LIFParams{
		Rest: lif["V_rest"], Reset: lif["V_reset"], Threshold: lif["V_th"], Tau: lif["tau"], Resistance: lif["R"],
		Refractory: lif["tau_ref"], Init: -60,
	})
	tau, e := into[map[string]float64](t, g.Params["syn"])["tau"], into[map[string]float64](t, g.Params["out"])["E"]
	p := brain.AlignPost(identity(1, into[float64](t, g.Params["weight"])), synapse.Expon{Tau: tau}, synapse.COBA{E: e}, n)
	out := record(t, g.Dt, events([][]int{into[[]int](t, g.Input.SpikeSteps)}, g.Steps), driven{p, n}, n.V)
	requireSpikes(t, [][]int{into[[]int](t, g.SpikeSteps)}, out[0])
	v := out[1].Floats()
	for k, want := range into[[]float64](t, g.Trace["V"]) {
		require.InDelta(t, want, v[g.SampleSteps[k]], 1e-7)
	}
}

func TestCOBAGolden(t *testing.T) {
	inFloat64(t)
	g := loadGolden(t)["synapses/COBA-A"]
	got := synapse.COBA{E: g.param(t, "E")}.Current(nil, num.FromSlice(g.G), num.FromSlice(g.V))
	require.InDeltaSlice(t, g.Current, got.Floats(), 1e-12)
}
