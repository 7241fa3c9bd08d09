package main

import (
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// runElementwise measures the Gaussian error linear unit in its tanh form, written out.
func runElementwise(c *config, r *result) error {
	return repeat(c, r, gelu, num.Linspace(-4, 4, c.n))
}

func gelu(_ *trace.Scope, x num.Array) num.Array {
	const sqrt2OverPi = 0.7978845608028654
	inner := x.Add(x.Mul(x).Mul(x).Mul(0.044715)).Mul(sqrt2OverPi)
	return x.Mul(0.5).Mul(num.Tanh(inner).Add(1))
}
