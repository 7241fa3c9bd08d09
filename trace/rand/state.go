package rand

import "github.com/ranvier-go/ranvier/trace"

// State hands out keys: a Variable for models that need random numbers in every step. Its field makes trace.VarsOf find it, so it is
// saved and restored with the model.
type State struct {
	Key *trace.Variable
}

// NewState returns a State that starts at a seed.
func NewState(seed uint64) *State { return &State{trace.NewVariable(Key(seed))} }

// Seed starts the State anew, outside of traced functions.
func (r *State) Seed(seed uint64) { r.Key.SetValue(Key(seed)) }

// Next returns a new key, and splits the one that is kept.
func (r *State) Next(s *trace.Scope) Array {
	keep, out := Split2(r.Key.Get(s))
	r.Key.Set(s, keep)
	return out
}

// Split returns n new keys as ui32[n, 2].
func (r *State) Split(s *trace.Scope, n int) Array { return Split(r.Next(s), n) }

// Uniform returns uniform numbers of [lo, hi).
func (r *State) Uniform(s *trace.Scope, lo, hi any, shape ...int) Array {
	return Uniform(r.Next(s), lo, hi, shape...)
}

// Normal returns standard normal numbers.
func (r *State) Normal(s *trace.Scope, shape ...int) Array { return Normal(r.Next(s), shape...) }

// Bernoulli returns true with probability p.
func (r *State) Bernoulli(s *trace.Scope, p any, shape ...int) Array {
	return Bernoulli(r.Next(s), p, shape...)
}

// Poisson returns numbers of the Poisson distribution.
func (r *State) Poisson(s *trace.Scope, rate any, shape ...int) Array {
	return Poisson(r.Next(s), rate, shape...)
}
