// Package initial makes initial values and weights: brain.Initializer implementations. Random ones draw on the host, in double
// precision, from a seeded stream: with the same Seed the same numbers on every machine and backend.
//
// May import: trace and below.
package initial

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// stream numbers the unseeded initializers of a process in order of use, so that a program gives the same numbers each time it runs.
var stream atomic.Uint64

// SetSeed restarts the stream of initializers and connectors without a Seed of their own.
func SetSeed(seed uint64) { stream.Store(seed << 32) }

// Source returns a source of random numbers: of the seed, or the next one of the process if it is 0.
func Source(seed uint64) *rand.Rand {
	if seed == 0 {
		return rand.New(rand.NewPCG(stream.Add(1), 0x52616e76696572))
	}
	return rand.New(rand.NewPCG(seed, 0x73656564))
}

// Normal draws from a normal distribution.
type Normal struct {
	Mean, Std float64
	Seed      uint64 // 0: the next of the process
}

// Init returns an array of independent draws.
func (n Normal) Init(shape ...int) trace.Array {
	r := Source(n.Seed)
	return fill(shape, func() float64 { return n.Mean + n.Std*r.NormFloat64() })
}

// Uniform draws from [Low, High).
type Uniform struct {
	Low, High float64
	Seed      uint64 // 0: the next of the process
}

// Init returns an array of independent draws.
func (u Uniform) Init(shape ...int) trace.Array {
	r := Source(u.Seed)
	return fill(shape, func() float64 { return u.Low + (u.High-u.Low)*r.Float64() })
}

// Constant is one number everywhere.
type Constant float64

// Init returns an array filled with the number.
func (c Constant) Init(shape ...int) trace.Array {
	return trace.Full(dtype.DefaultFloat(), float64(c), shape...)
}

func fill(shape []int, draw func() float64) trace.Array {
	t, err := tensor.New(dtype.DefaultFloat(), shape...)
	if err != nil {
		trace.Fail("initial values", "shape", err.Error(), "", "")
	}
	xs := make([]float64, t.Size())
	for i := range xs {
		xs[i] = draw()
	}
	t.StoreFloat64(0, xs)
	return trace.FromTensor(t)
}
