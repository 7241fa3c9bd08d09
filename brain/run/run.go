package run

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ranvier-go/ranvier/brain"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/trace"
)

// Model is a dynamical system that can be run: its Update advances it by a step.
type Model interface {
	Update(s *trace.Scope, input trace.Array) trace.Array
}

// Config says how a model is run. The zero value of each field is its default.
type Config struct {
	Dt       float64   // ms; default 0.1
	Inputs   Input     // default Constant(0)
	Monitors Monitors  // default none
	Progress io.Writer // where a progress bar is drawn; default nowhere
	Chunk    int       // steps of one call of compiled code; default: about 64 MiB of monitors, at most 10,000 steps
	Options  []trace.Option
	// KeepDenormals computes with denormal numbers. By default they are taken as zero, as simulators do: decaying synapses reach
	// them within half a second of silence, and they are slow.
	KeepDenormals bool
}

// Runner runs one model. It is used by one goroutine at a time.
type Runner struct {
	model Model
	cfg   Config
	names []string // of monitors, sorted
	step  *trace.Compiled[chunk, []trace.Array]
	hist  *History
	took  time.Duration
}

// chunk is the argument of one call of compiled code.
type chunk struct {
	Start trace.Array // i32: the number of the first step
	Rows  trace.Array // of the input, one for each step
}

// New makes a runner. A configuration that makes no sense panics with an *ir.Error.
func New(model Model, cfg Config) *Runner {
	if model == nil {
		trace.Fail("run", "model", "nil", "a model", "")
	}
	if cfg.Dt == 0 {
		cfg.Dt = 0.1
	}
	if !(cfg.Dt > 0) || math.IsInf(cfg.Dt, 0) {
		trace.Fail("run", "Config.Dt", fmt.Sprint(cfg.Dt), "a positive number of ms", "")
	}
	if cfg.Inputs == nil {
		cfg.Inputs = Constant(0)
	}
	r := &Runner{model: model, cfg: cfg, names: slices.Sorted(maps.Keys(cfg.Monitors))}
	opts := slices.Clone(cfg.Options)
	if !cfg.KeepDenormals {
		opts = append(opts, trace.FlushDenormals())
	}
	r.step = trace.Jit(r.run, append(opts, trace.Name("run"))...)
	r.Reset()
	return r
}

// Reset forgets the history and starts time at 0. The model's state is left as it is.
func (r *Runner) Reset() {
	r.hist = &History{Dt: r.cfg.Dt, records: map[string]record{}}
	for name, m := range r.cfg.Monitors {
		if m == nil {
			trace.Fail("run", "monitor "+name, "nil", "one, such as run.Events(v)", "")
		}
		if m.every() < 1 {
			trace.Fail("run", "monitor "+name, fmt.Sprintf("every %d steps", m.every()), "every 1 or more", "")
		}
		r.hist.records[name] = m.record()
	}
}

// run is the traced function of a chunk.
func (r *Runner) run(s *trace.Scope, c chunk) []trace.Array {
	every := make([]int, len(r.names))
	for i, name := range r.names {
		every[i] = r.cfg.Monitors[name].every()
	}
	return brain.ForLoopFrom(s, r.cfg.Dt, c.Start, c.Rows, func(s *trace.Scope, row trace.Array) []trace.Array {
		r.model.Update(s, r.cfg.Inputs.at(s, row))
		samples := make([]trace.Array, len(r.names))
		for i, name := range r.names {
			samples[i] = r.cfg.Monitors[name].sample(s)
		}
		return samples
	}, trace.Every(every...))
}

// Prepare traces and compiles what a Run of that duration (ms) needs, which Run otherwise does at its start.
func (r *Runner) Prepare(duration float64) error {
	steps, err := r.steps(duration)
	if err != nil || steps == 0 {
		return err
	}
	size, prepared := r.chunkSize(steps), map[int]bool{}
	for done := 0; done < steps; {
		n := r.next(r.hist.Steps+done, steps-done, size)
		done += n
		if prepared[n] {
			continue
		}
		prepared[n] = true
		c, err := r.chunk(n)
		if err != nil {
			return err
		}
		low, err := r.step.Lower(c)
		if err != nil {
			return err
		}
		if _, err := low.Compile(); err != nil {
			return err
		}
	}
	return nil
}

// steps is a duration in steps.
func (r *Runner) steps(duration float64) (int, error) {
	steps := math.Round(duration / r.cfg.Dt)
	if most := math.MaxInt32 - r.hist.Steps; !(duration >= 0) || steps > float64(most) {
		return 0, fmt.Errorf("run: got duration %v ms, want one of 0 to %d steps of %v ms", duration, most, r.cfg.Dt)
	}
	return int(steps), nil
}

// Run advances the model by a duration in ms and returns the history since the last Reset. When ctx ends, or a check in the model
// fails, it returns the history so far with the error; the model stands at the end of the last finished chunk, and Run can go on from there.
func (r *Runner) Run(ctx context.Context, duration float64) (*History, error) {
	steps, err := r.steps(duration)
	if err != nil {
		return r.hist, err
	}
	bar := r.progress(steps)
	start := time.Now()
	defer func() { r.took = time.Since(start) }()
	size := r.chunkSize(steps)
	for done := 0; done < steps; {
		n := r.next(r.hist.Steps, steps-done, size)
		if err := r.runChunk(ctx, n); err != nil {
			return r.hist, err
		}
		done += n
		_ = bar.Set(done) // a progress bar that cannot be drawn is no reason to stop
	}
	_ = bar.Finish()
	return r.hist, nil
}

// Elapsed is the wall time of the last Run.
func (r *Runner) Elapsed() time.Duration { return r.took }

// chunk is the argument for the next n steps.
func (r *Runner) chunk(n int) (c chunk, err error) {
	c.Start = trace.AsArray("run", int32(r.hist.Steps))
	c.Rows, err = r.cfg.Inputs.rows(r.hist.Steps, n)
	return c, err
}

func (r *Runner) runChunk(ctx context.Context, n int) (err error) {
	defer ir.Catch(&err) // a device that fails when the records are fetched
	c, err := r.chunk(n)
	if err != nil {
		return err
	}
	samples, err := r.step.CallContext(ctx, c)
	if err != nil {
		return err
	}
	for i, name := range r.names {
		rows := samples[i].Tensor()
		rows.Detach() // a device has no room for the records of a long run
		r.hist.records[name].add(rows, r.hist.Steps)
	}
	r.hist.Steps += n
	return nil
}

// Limits of the default chunk.
const (
	chunkSteps = 10_000
	chunkBytes = 64 << 20
)

// chunkSize is the number of steps of one call: such that records fit into chunkBytes, a multiple of all intervals of monitors, and
// dividing the run evenly, so that few different programs are compiled.
func (r *Runner) chunkSize(steps int) int {
	size, unit, perStep := chunkSteps, 1, 0
	for _, m := range r.cfg.Monitors {
		unit = lcm(unit, m.every())
		perStep += m.bytes()/m.every() + 1
	}
	if perStep > 0 {
		size = min(size, chunkBytes/perStep)
	}
	if r.cfg.Chunk > 0 {
		size = r.cfg.Chunk
	}
	parts := (steps + size - 1) / max(size, 1)
	if r.cfg.Chunk == 0 && parts > 0 {
		size = (steps + parts - 1) / parts
	}
	return max((size+unit-1)/unit*unit, unit)
}

// next is the length of the next chunk. Compiled code samples in the first step of a chunk and every k steps from there on, so a chunk that
// starts between two samples of a monitor ends where the next one is due.
func (r *Runner) next(at, left, size int) int {
	n := min(left, size)
	for _, m := range r.cfg.Monitors {
		if k := m.every(); at%k != 0 {
			n = min(n, k-at%k)
		}
	}
	return n
}

func lcm(a, b int) int {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

func (r *Runner) progress(steps int) *progressbar.ProgressBar {
	if r.cfg.Progress == nil {
		return progressbar.DefaultSilent(int64(steps))
	}
	return progressbar.NewOptions(steps, progressbar.OptionSetWriter(r.cfg.Progress), progressbar.OptionShowCount(),
		progressbar.OptionSetItsString("steps"), progressbar.OptionShowIts(), progressbar.OptionSetDescription("running"),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(r.cfg.Progress) }))
}
