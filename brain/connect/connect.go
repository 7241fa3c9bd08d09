// Package connect says who is connected to whom, and gives the connections as brain.Comm: rows of targets in memory (CSR), or
// procedural rows that are made again at each event and never stored.
//
// May import: trace and below, brain, brain/initial.
package connect

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/sparse"
)

// FixedProb connects each pair of neurons with probability P, independently. A neuron may be connected to itself, as it is in general
// another neuron of another population.
type FixedProb struct {
	P    float64 // in [0, 1]
	Seed uint64  // 0: the next of the process (see initial.SetSeed)
}

// Event makes the connections of pre to post neurons with one weight for all: two bytes a synapse for up to 65,536 targets, else four.
func (f FixedProb) Event(pre, post int, weight float64) *CSR {
	f.check(pre, post)
	f.checkStored(pre, post)
	indptr, targets := fixedProbRows(initial.Source(f.Seed), pre, post, f.P)
	return NewCSR(pre, post, indptr, targets, trace.Full(dtype.DefaultFloat(), weight))
}

// Procedural makes connections of the same law, of other draws, without storing them: a row is drawn anew, and equal, at each of its events.
// The very same ones are stored by sparse.FixedProb.
func (f FixedProb) Procedural(pre, post int, weight float64) *Procedural {
	f.check(pre, post)
	r := initial.Source(f.Seed)
	seed := uint64(r.Uint32())<<32 | uint64(r.Uint32())
	return &Procedural{rows: sparse.NewProcedural(seed, pre, post, f.P, true, trace.Full(dtype.DefaultFloat(), weight))}
}

func (f FixedProb) check(pre, post int) {
	if !(f.P >= 0 && f.P <= 1) {
		trace.Fail("fixed probability", "P", fmt.Sprint(f.P), "a probability in [0, 1]", "")
	}
	if pre < 0 || post < 0 || pre >= math.MaxInt32 || post >= math.MaxInt32 {
		trace.Fail("fixed probability", "sizes", fmt.Sprintf("%d and %d", pre, post), "sizes of populations", "")
	}
}

// checkStored refuses, before memory is taken, more connections than indices count or memory holds.
func (f FixedProb) checkStored(pre, post int) {
	most := min(math.MaxInt32, float64(tensor.Limit())/4)
	if expected := float64(pre) * float64(post) * f.P; max(expected, float64(pre)) > most {
		trace.Fail("fixed probability", "connections", fmt.Sprintf("about %.3g of %d rows", expected, pre), fmt.Sprintf("at most %.0f", most), "use Procedural")
	}
}

// fixedProbRows draws rows of sorted targets. The gaps between targets are geometric, so the work is that of the connections. It is written
// for the host: the draws of sparse.FixedProb, which machine code can repeat anywhere in a row, take two to four times as long.
func fixedProbRows(r *rand.Rand, pre, post int, p float64) (indptr []int32, targets []uint32) {
	indptr = make([]int32, pre+1)
	if p == 0 {
		return indptr, nil
	}
	targets = make([]uint32, 0, int(float64(pre)*float64(post)*p*1.02)+64)
	scale := 1 / math.Log1p(-p) // -0 for p = 1: all gaps are 0
	for i := range pre {
		for j := 0; ; j++ {
			gap := math.Log(1-r.Float64()) * scale
			if !(gap < float64(post-j)) { // NaN: log 1 times the infinite scale of the smallest p
				break
			}
			j += int(gap)
			targets = append(targets, uint32(j))
		}
		if len(targets) > math.MaxInt32 {
			trace.Fail("fixed probability", "connections", "more than 2147483647", "fewer", "use Procedural")
		}
		indptr[i+1] = int32(len(targets))
	}
	return indptr, targets
}

// CSR holds connections as rows of targets, one for each sending neuron.
type CSR struct {
	Weight *trace.Variable // one for all, or one for each connection

	rows sparse.CSR
}

// NewCSR makes connections from rows: the targets of neuron i are targets[indptr[i]:indptr[i+1]]. weight is a scalar or has one
// entry for each connection. Rows that are not well formed panic with an *ir.Error.
func NewCSR(pre, post int, indptr []int32, targets []uint32, weight trace.Array) *CSR {
	if len(indptr) != pre+1 {
		trace.Fail("csr", "indptr", fmt.Sprintf("%d row pointers", len(indptr)), fmt.Sprintf("%d, from 0 to %d", pre+1, len(targets)), "")
	}
	rows := sparse.FromRows(indptr, targets, post, weight)
	return &CSR{Weight: trace.NewParameter(rows.Weights), rows: rows}
}

// Sizes returns the sizes of the sending and receiving populations.
func (c *CSR) Sizes() (pre, post int) { return c.rows.Pre, c.rows.Post }

// Synapses is the number of connections.
func (c *CSR) Synapses() int { return c.rows.NNZ() }

// Deliver adds the weights of the connections of neurons with an event.
func (c *CSR) Deliver(s *trace.Scope, acc, events trace.Array) trace.Array {
	return c.rows.WithWeights(c.Weight.Get(s)).AddEvents(acc, events)
}

// Procedural holds a rule from which rows are made when they are needed.
type Procedural struct{ rows sparse.Procedural }

// Sizes returns the sizes of the sending and receiving populations.
func (p *Procedural) Sizes() (pre, post int) { return p.rows.Pre, p.rows.Post }

// Deliver adds the weight to the targets of neurons with an event.
func (p *Procedural) Deliver(_ *trace.Scope, acc, events trace.Array) trace.Array {
	return p.rows.AddEvents(acc, events)
}
