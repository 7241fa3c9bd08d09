package brain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/synapse"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

func TestTime(t *testing.T) {
	f := trace.Jit(func(s *trace.Scope, start num.Array) []num.Array {
		return brain.ForLoopFrom(s, 0.1, start, trace.Range(3), func(s *trace.Scope, _ num.Array) []num.Array {
			return []num.Array{brain.I(s), brain.T(s)}
		})
	})
	out, err := f.Call(num.Of(1_000_000).Reshape())
	require.NoError(t, err)
	require.Equal(t, []int{1_000_000, 1_000_001, 1_000_002}, out[0].Ints())
	require.InDeltaSlice(t, []float64{100_000, 100_000.1, 100_000.2}, out[1].Floats(), 0.01)
	_, err = trace.Jit(func(s *trace.Scope, _ num.Array) num.Array { return brain.T(s) }).Call(num.Zeros())
	require.ErrorContains(t, err, "brain.T: scope: got a scope without time, want a scope inside of brain.ForLoop or run.Run")
	require.ErrorContains(t, err, "brain_test.go:")
}

func TestParameters(t *testing.T) {
	shared := trace.NewVariable(num.FromSlice([]float32{1, 2, 3}))
	for _, c := range []struct {
		p    brain.Param
		want []float64
	}{
		{nil, []float64{7}}, {0, []float64{0}}, {2.5, []float64{2.5}}, {float32(0.5), []float64{0.5}},
		{num.FromSlice([]float32{4, 5, 6}), []float64{4, 5, 6}}, {shared, []float64{1, 2, 3}}, {initial.Constant(9), []float64{9, 9, 9}},
		{func(shape ...int) trace.Array { return num.Ones(shape...) }, []float64{1, 1, 1}},
	} {
		require.Equal(t, c.want, brain.Resolve("p", c.p, 7.0, 3).Now().Floats())
	}
	for want, p := range map[string]brain.Param{
		`parameter: p: got string, want a number`:                          "x",
		`parameter: p: got f32[2], want an array that broadcasts to [3]`:   num.Ones(2),
		`parameter: p: got f32[3,3], want an array that broadcasts to [3]`: num.Ones(3, 3),
		`parameter: p: got f32[4], want an array that broadcasts to [3]`:   trace.NewVariable(num.Ones(4)),
	} {
		require.ErrorContains(t, trace.Try(func() { brain.Resolve("p", p, 7.0, 3) }), want)
	}
	require.ErrorContains(t, trace.Try(func() { neuron.NewLIFRef(3, neuron.LIFParams{Tau: true}) }), "parameter: LIFParams.Tau: got bool")
}

func TestProjectionErrors(t *testing.T) {
	n := neuron.NewLIFRef(5, neuron.LIFParams{})
	require.ErrorContains(t, trace.Try(func() {
		brain.AlignPost(connect.FixedProb{P: 1}.Event(3, 4, 1), synapse.Expon{}, synapse.CUBA{}, n)
	}), "align post: connections: got 4 targets, want 5, the size of the receiving population")
	p := brain.AlignPost(connect.FixedProb{P: 1}.Event(3, 5, 1), synapse.Expon{}, synapse.CUBA{}, n)
	_, err := trace.Jit(func(s *trace.Scope, e num.Array) num.Array {
		p.Update(brain.At(s, 0.1, 0), e)
		return e
	}).Call(num.FromSlice([]bool{true}))
	require.ErrorContains(t, err, "projection update: events: got i1[1], want a vector of 3")
}

// A network finds all its state, and starts again after Reset.
func TestVarsAndReset(t *testing.T) {
	n := neuron.NewLIFRef(5, neuron.LIFParams{Init: initial.Uniform{Low: 1, High: 2, Seed: 4}, Threshold: 3})
	net := struct {
		N *neuron.LIFRef
		P *brain.Projection
	}{n, brain.AlignPost(connect.FixedProb{P: 1}.Event(5, 5, 1), synapse.Expon{}, synapse.CUBA{}, n)}
	var names []string
	for _, v := range trace.VarsOf(net) {
		names = append(names, v.Path)
	}
	require.Subset(t, names, []string{"N.V", "N.Spike", "N.Wait", "P.Synapse.G", "P.Comm.Weight"})
	before := n.V.Value().Floats()
	run := trace.Jit(func(s *trace.Scope, x num.Array) num.Array {
		return brain.ForLoop(s, 0.1, x, func(s *trace.Scope, x num.Array) num.Array {
			net.P.Update(s, n.Spike.Get(s))
			return n.Update(s, x)
		})
	})
	first := run.Must(num.Full(30.0, 200))
	require.NotEqual(t, before, n.V.Value().Floats())
	require.NotEqual(t, first.Floats(), run.Must(num.Full(30.0, 200)).Floats())
	brain.Reset(n, net.P)
	require.Equal(t, before, n.V.Value().Floats())
	require.Equal(t, first.Floats(), run.Must(num.Full(30.0, 200)).Floats())
}
