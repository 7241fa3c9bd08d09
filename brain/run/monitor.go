package run

import (
	"fmt"
	"math/bits"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// Monitor records something during a run.
type Monitor interface {
	// every is the number of steps between records.
	every() int
	// sample returns what is recorded in a step.
	sample(s *trace.Scope) trace.Array
	// record makes an empty record.
	record() record
	// bytes is the memory of one sample.
	bytes() int
}

// Monitors are monitors by name.
type Monitors map[string]Monitor

// record collects the samples of the chunks.
type record interface {
	add(rows *tensor.Tensor, firstStep int)
}

// Every records a Variable every k steps, in the steps 0, k, 2k, ... counted from the start of the history, in however many Runs: its
// value after the step.
func Every(k int, v *trace.Variable) Monitor { return dense{k, v} }

type dense struct {
	k int
	v *trace.Variable
}

func (d dense) every() int                        { return d.k }
func (d dense) sample(s *trace.Scope) trace.Array { return d.v.Get(s) }
func (d dense) record() record                    { return &Trace{every: d.k} }
func (d dense) bytes() int                        { return d.v.Type().Size() * d.v.DType().Size() }

// Trace is a dense record.
type Trace struct {
	every int
	parts []*tensor.Tensor
}

// add keeps the rows of a chunk. One that starts between two samples ends before the next (see Runner.next), and what it has is no sample.
func (t *Trace) add(rows *tensor.Tensor, first int) {
	if first%t.every == 0 {
		t.parts = append(t.parts, rows)
	}
}

// Steps between two rows.
func (t *Trace) Every() int { return t.every }

// Array is the record with one row for each sample.
func (t *Trace) Array() (trace.Array, error) {
	if len(t.parts) == 0 {
		return trace.Full(dtype.DefaultFloat(), 0, 0), nil
	}
	if len(t.parts) > 1 {
		all, err := joinRows(t.parts)
		if err != nil {
			return trace.Array{}, err
		}
		t.parts = []*tensor.Tensor{all}
	}
	return trace.FromTensor(t.parts[0]), nil
}

func joinRows(parts []*tensor.Tensor) (*tensor.Tensor, error) {
	shape := parts[0].Shape()
	shape[0] = 0
	for _, p := range parts {
		shape[0] += p.Dim(0)
	}
	all, err := tensor.New(parts[0].DType(), shape...)
	if err != nil {
		return nil, err
	}
	at := 0
	for _, p := range parts {
		at += copy(all.Bytes()[at:], p.Bytes())
	}
	return all, nil
}

// Events records which elements of a bool Variable are true, in each step: for spikes. The record is a list of events, so it takes memory for
// spikes and not for neurons times steps.
func Events(v *trace.Variable) Monitor {
	if v.DType() != dtype.Bool || len(v.Shape()) != 1 {
		trace.Fail("events", "variable", v.Type().String(), "a vector of bools", "")
	}
	return events{v}
}

type events struct{ v *trace.Variable }

func (events) every() int       { return 1 }
func (e events) record() record { return &Spikes{N: e.v.Type().Size()} }
func (e events) bytes() int     { return (e.v.Type().Size() + 31) / 32 * 4 }

// sample packs the bools of a step into bits, 32 in a word.
func (e events) sample(s *trace.Scope) trace.Array {
	return trace.Record1("events", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.PackBits(b, in[0]) }, e.v.Get(s))
}

// Spikes is a list of events in the order of steps, then of neurons.
type Spikes struct {
	N      int     // size of the population
	Step   []int32 // step of each event
	Neuron []int32 // which neuron
}

func (sp *Spikes) add(rows *tensor.Tensor, first int) {
	words := tensor.Flat[uint32](rows)
	width := (sp.N + 31) / 32
	for row := range rows.Dim(0) {
		for w, bitset := range words[row*width : (row+1)*width] {
			for ; bitset != 0; bitset &= bitset - 1 {
				sp.Step = append(sp.Step, int32(first+row))
				sp.Neuron = append(sp.Neuron, int32(32*w+bits.TrailingZeros32(bitset)))
			}
		}
	}
}

// Len is the number of events.
func (sp *Spikes) Len() int { return len(sp.Step) }

// Rate is the mean rate in Hz over steps of dt ms.
func (sp *Spikes) Rate(steps int, dt float64) float64 {
	if sp.N == 0 || steps == 0 {
		return 0
	}
	return float64(sp.Len()) / float64(sp.N) / (float64(steps) * dt * 1e-3)
}

// History is what a run recorded.
type History struct {
	Dt      float64
	Steps   int // done so far
	records map[string]record
}

// Events returns the record of an Events monitor. A name that is none panics with an *ir.Error.
func (h *History) Events(name string) *Spikes { return recordOf[*Spikes](h, name, "events") }

// Trace returns the record of an Every monitor. A name that is none panics with an *ir.Error.
func (h *History) Trace(name string) *Trace { return recordOf[*Trace](h, name, "trace") }

func recordOf[R record](h *History, name, kind string) R {
	r, ok := h.records[name].(R)
	if !ok {
		trace.Fail("history "+kind, "name", fmt.Sprintf("%q", name), "the name of a monitor of that kind in run.Config.Monitors", "")
	}
	return r
}
