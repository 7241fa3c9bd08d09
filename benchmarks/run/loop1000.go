package main

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// runLoop1000 measures a loop whose body is next to nothing: what remains is the cost of a turn.
func runLoop1000(c *config, r *result) error {
	return repeat(c, r, loop1000, num.Zeros(c.n))
}

func loop1000(s *trace.Scope, x num.Array) num.Array {
	type none struct{}
	x, _ = trace.Scan(s, x, trace.Range(1000), func(_ *trace.Scope, x, i num.Array) (num.Array, none) {
		return x.Mul(0.999).Add(i.AsType(dtype.DefaultFloat()).Mul(0.001)), none{}
	})
	return x
}
