package main

import (
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// runScanGrad measures the gradient of a long scan of scalars: c.n turns of x = sin(x) + 0.1 w, and the derivative of the last x with
// respect to w.
func runScanGrad(c *config, r *result) error {
	return repeat(c, r, trace.Grad(scanLast(c.n)), num.Full(0.7))
}

// runScan measures the forward run of scangrad.
func runScan(c *config, r *result) error { return repeat(c, r, scanLast(c.n), num.Full(0.7)) }

func scanLast(turns int) func(s *trace.Scope, w num.Array) num.Array {
	return func(s *trace.Scope, w num.Array) num.Array {
		type none struct{}
		x, _ := trace.Scan(s, num.Full(0.0), trace.Range(turns), func(_ *trace.Scope, x, _ num.Array) (num.Array, none) {
			return num.Sin(x).Add(w.Mul(0.1)), none{}
		})
		return x
	}
}
