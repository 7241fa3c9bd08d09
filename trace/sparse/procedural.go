package sparse

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/rand"
)

// Procedural is a random matrix that is never stored: its entries are computed from the seed each time they are needed. Each place is an
// entry with probability Prob. See op.ProcAttrs for the definition, which is the same on every backend.
type Procedural struct {
	Seed    Array // ui32 (2), a key of package rand
	Weights Array // a scalar; or base and scale (2) of weights drawn for each entry
	Pre     int   // rows
	Post    int   // columns
	Prob    float64
	Law     op.ProcWeight // how weights are drawn: constant, uniform (base + scale u), normal (base + scale z)
	Self    bool          // whether row FirstRow+i may have column FirstRow+i
	// FirstRow is the number of row 0 in the population of the columns, for a part of a population.
	FirstRow int
}

// NewProcedural returns the matrix with one weight (a Go number or a scalar Array) for all entries: the one that FixedProb stores.
func NewProcedural(seed uint64, pre, post int, p float64, self bool, weight any) Procedural {
	procedural("new procedural", pre, post, p, self)
	return Procedural{Seed: rand.Key(seed), Weights: trace.PromoteFloat("new procedural", weight)[0], Pre: pre, Post: post, Prob: p,
		Law: op.ProcConstant, Self: self}
}

// WithUniformWeights returns the matrix with weights uniform on [lo, hi), drawn for each entry.
func (p Procedural) WithUniformWeights(lo, hi float64) Procedural {
	p.Law = op.ProcUniform
	return p.withLaw(lo, hi-lo)
}

// WithNormalWeights returns the matrix with normal weights of the given mean and standard deviation, drawn for each entry.
func (p Procedural) WithNormalWeights(mean, std float64) Procedural {
	p.Law = op.ProcNormal
	return p.withLaw(mean, std)
}

func (p Procedural) withLaw(base, scale float64) Procedural {
	p.Weights = trace.Full(p.Weights.DType(), base, 2).SetAt(scale, 1)
	return p
}

func (p Procedural) attrs() op.ProcAttrs {
	return op.ProcAttrs{Pre: p.Pre, Post: p.Post, Prob: p.Prob, Weight: p.Law, SelfConnections: p.Self, FirstRow: p.FirstRow}
}

// AddEvents returns acc (Post) plus the rows of the neurons with an event, each scaled by its event: bools or numbers (Pre).
func (p Procedural) AddEvents(acc, spikes Array) Array {
	const name = "add events"
	vector(name, "acc", acc, p.Post)
	acc = trace.PromoteFloat(name, acc)[0]
	return trace.Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value {
		return op.EventProc(b, in[0], in[1], in[2], in[3], p.attrs())
	}, acc, events(name, spikes, p.Pre, acc.DType()), p.Seed, p.Weights.AsType(acc.DType()))
}

// Events returns the product of events (Pre) and the matrix.
func (p Procedural) Events(spikes Array) Array {
	return p.AddEvents(trace.Full(p.Weights.DType(), 0, p.Post), spikes)
}

// MatVec returns the product of the matrix and x (Post).
func (p Procedural) MatVec(x Array) Array {
	const name = "matvec"
	vector(name, "x", x, p.Post)
	x = trace.PromoteFloat(name, x)[0]
	return trace.Record1(name, func(b *ir.Builder, in []*ir.Value) *ir.Value {
		return op.ProcGather(b, in[0], in[1], in[2], p.attrs())
	}, x, p.Seed, p.Weights.AsType(x.DType()))
}

// CSR stores the matrix. The seed must be concrete.
func (p Procedural) CSR() CSR {
	seed := p.Seed.Ints()
	indptr, indices, drawn, err := p.attrs().CSR([2]uint32{uint32(seed[0]), uint32(seed[1])})
	if err != nil {
		trace.Fail("csr", "", err.Error(), "", "")
	}
	c := CSR{Indptr: trace.FromTensor(indptr), Indices: trace.FromTensor(indices), Weights: p.Weights, Pre: p.Pre, Post: p.Post}
	if p.Law != op.ProcConstant {
		z := trace.FromTensor(drawn).AsType(p.Weights.DType())
		c.Weights = trace.Elementwise("csr", func(b *ir.Builder, in []*ir.Value) *ir.Value { return op.FMA(b, in[0], in[1], in[2]) },
			p.Weights.At(1), z, p.Weights.At(0))
	}
	return c
}
