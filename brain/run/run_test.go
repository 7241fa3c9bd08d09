package run_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/brain/neuron"
	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// counter adds its input, and remembers the step and the time.
type counter struct {
	Sum, Step, Time, Odd *trace.Variable
}

func newCounter() *counter {
	return &counter{trace.NewVariable(num.Zeros(2)), trace.NewVariable(int32(0)), trace.NewVariable(num.Zeros()),
		trace.NewVariable(num.FromSlice([]bool{false, false}))}
}

func (c *counter) Update(s *trace.Scope, x trace.Array) trace.Array {
	c.Sum.Set(s, c.Sum.Get(s).Add(x))
	c.Step.Set(s, brain.I(s))
	c.Time.Set(s, brain.T(s))
	odd := brain.I(s).And(1).Eq(1)
	c.Odd.Set(s, num.Stack([]num.Array{odd, odd.Not()}, 0))
	return x
}

func (c *counter) monitors() run.Monitors {
	return run.Monitors{"sum": run.Every(1, c.Sum), "step": run.Every(3, c.Step), "time": run.Every(2, c.Time), "odd": run.Events(c.Odd)}
}

func TestHistoryDoesNotDependOnChunks(t *testing.T) {
	for _, chunk := range []int{0, 1, 6, 7, 100} {
		c := newCounter()
		r := run.New(c, run.Config{Dt: 0.5, Inputs: run.Constant(2), Monitors: c.monitors(), Chunk: chunk})
		_, err := r.Run(context.Background(), 5) // 10 steps
		require.NoError(t, err)
		h, err := r.Run(context.Background(), 4) // 8 more
		require.NoError(t, err)
		require.Equal(t, 18, h.Steps)
		sum, err := h.Trace("sum").Array()
		require.NoError(t, err)
		require.Equal(t, []int{18, 2}, sum.Shape())
		require.Equal(t, 36.0, sum.Floats()[35])
		spikes := h.Events("odd")
		require.Equal(t, 18, spikes.Len())
		require.Equal(t, []int32{0, 1, 2}, spikes.Step[:3])
		require.Equal(t, []int32{1, 0, 1}, spikes.Neuron[:3])
		require.InDelta(t, 18/2/(18*0.5e-3), spikes.Rate(h.Steps, h.Dt), 1e-9)
	}
}

func TestEveryCountsFromTheStartOfTheHistory(t *testing.T) {
	c := newCounter()
	r := run.New(c, run.Config{Dt: 0.5, Monitors: c.monitors()})
	h, err := r.Run(context.Background(), 5)
	require.NoError(t, err)
	steps, err := h.Trace("step").Array()
	require.NoError(t, err)
	require.Equal(t, []int{0, 3, 6, 9}, steps.Ints())
	times, err := h.Trace("time").Array()
	require.NoError(t, err)
	require.Equal(t, []float64{0, 1, 2, 3, 4}, times.Floats())
}

// However a run is cut, samples are taken in the same steps.
func TestEveryInSeveralRuns(t *testing.T) {
	multiples := func(k, end int) (steps []int) {
		for i := 0; i < end; i += k {
			steps = append(steps, i)
		}
		return steps
	}
	for _, chunk := range []int{0, 7} {
		for _, runs := range [][]int{{105, 105}, {1, 1, 1, 250}, {210}, {9, 0, 30, 3, 100}} {
			c := newCounter()
			intervals := map[string]int{"1": 1, "4": 4, "6": 6, "10": 10}
			monitors := run.Monitors{}
			for name, k := range intervals {
				monitors[name] = run.Every(k, c.Step)
			}
			r := run.New(c, run.Config{Dt: 1, Monitors: monitors, Chunk: chunk})
			for _, n := range runs {
				require.NoError(t, r.Prepare(float64(n)))
				_, err := r.Run(context.Background(), float64(n))
				require.NoError(t, err)
			}
			h, err := r.Run(context.Background(), 0)
			require.NoError(t, err)
			for name, k := range intervals {
				got, err := h.Trace(name).Array()
				require.NoError(t, err)
				require.Equal(t, multiples(k, h.Steps), got.Ints(), "every %d of runs %v", k, runs)
			}
		}
	}
}

func TestInputs(t *testing.T) {
	c := newCounter()
	rows := num.FromSlice([]float32{1, 10, 2, 20, 3, 30}).Reshape(3, 2)
	r := run.New(c, run.Config{Dt: 1, Inputs: run.Rows{X: rows}})
	_, err := r.Run(context.Background(), 3)
	require.NoError(t, err)
	require.Equal(t, []float64{6, 60}, c.Sum.Value().Floats())
	_, err = r.Run(context.Background(), 1)
	require.EqualError(t, err, "run: input rows: got f32[3,2], want at least 4 rows for the steps of this run")

	c = newCounter()
	r = run.New(c, run.Config{Dt: 1, Inputs: run.Func(func(s *trace.Scope) trace.Array { return brain.T(s).Mul(10) })})
	_, err = r.Run(context.Background(), 4)
	require.NoError(t, err)
	require.Equal(t, []float64{60, 60}, c.Sum.Value().Floats())
}

func TestCancelKeepsWhatIsDone(t *testing.T) {
	n := neuron.NewLIFRef(100_000, neuron.LIFParams{Init: 1})
	r := run.New(n, run.Config{Inputs: run.Constant(30), Monitors: run.Monitors{"V": run.Every(100, n.V)}, Chunk: 100})
	_, err := r.Run(context.Background(), 10)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var cancelled time.Time
	time.AfterFunc(100*time.Millisecond, func() { cancelled = time.Now(); cancel() })
	h, err := r.Run(ctx, 1e6)
	late := time.Since(cancelled)
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, late, time.Second) // 50 ms on a quiet machine
	require.Zero(t, h.Steps%100)
	require.GreaterOrEqual(t, h.Steps, 100)
	v, err := h.Trace("V").Array()
	require.NoError(t, err)
	require.Equal(t, h.Steps/100, v.Dim(0))
	before := h.Steps
	h, err = r.Run(context.Background(), 10)
	require.NoError(t, err)
	require.Equal(t, before+100, h.Steps)
}

func TestProgressIsDrawn(t *testing.T) {
	var out bytes.Buffer
	r := run.New(newCounter(), run.Config{Progress: &out, Chunk: 10})
	_, err := r.Run(context.Background(), 5)
	require.NoError(t, err)
	require.Contains(t, out.String(), "running")
	require.Contains(t, out.String(), "(50/50")
}

func TestErrors(t *testing.T) {
	c := newCounter()
	for want, make := range map[string]func(){
		"run: Config.Dt: got -1, want a positive number of ms": func() { run.New(c, run.Config{Dt: -1}) },
		"run: monitor x: got every 0 steps, want every 1 or more": func() {
			run.New(c, run.Config{Monitors: run.Monitors{"x": run.Every(0, c.Sum)}})
		},
		"events: variable: got f32[2], want a vector of bools": func() { run.Events(c.Sum) },
		`history trace: name: got "odd", want the name of a monitor of that kind in run.Config.Monitors`: func() {
			h, _ := run.New(c, run.Config{Monitors: c.monitors()}).Run(context.Background(), 0)
			h.Trace("odd")
		},
	} {
		require.ErrorContains(t, trace.Try(make), want)
	}
	_, err := run.New(c, run.Config{}).Run(context.Background(), -1)
	require.ErrorContains(t, err, "run: got duration -1 ms, want one of 0 to")
}

// checked fails in its third step.
type checked struct{ V *trace.Variable }

func (c checked) Update(s *trace.Scope, x trace.Array) trace.Array {
	trace.Check(s, brain.I(s).Lt(2), "too late")
	c.V.Set(s, c.V.Get(s).Add(1))
	return x
}

func TestFailedCheckLeavesTheLastChunk(t *testing.T) {
	m := checked{trace.NewVariable(0.0)}
	h, err := run.New(m, run.Config{Chunk: 2}).Run(context.Background(), 1)
	require.ErrorContains(t, err, "too late")
	require.Equal(t, 2, h.Steps)
	require.Equal(t, 2.0, m.V.Value().Float())
}
