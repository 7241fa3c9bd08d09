package main

import (
	"fmt"

	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// factors are the operands of a product, (m, k) and (k, n).
type factors struct{ X, Y num.Array }

// runMatmul measures a product of two matrices.
func runMatmul(c *config, r *result) error {
	if c.m == 0 {
		c.m = c.n
	}
	if c.k == 0 {
		c.k = c.n
	}
	if w := c.workload; min(c.m, c.k) < w.minN || max(c.m, c.k) > w.maxN {
		return fmt.Errorf("m, k: got %d and %d, want %d to %d", c.m, c.k, w.minN, w.maxN)
	}
	r.M, r.K = c.m, c.k
	initial.SetSeed(c.seed)
	arg := factors{initial.Normal{Std: 1}.Init(c.m, c.k), initial.Normal{Std: 1}.Init(c.k, c.n)}
	product := func(_ *trace.Scope, f factors) num.Array { return f.X.MatMul(f.Y) }
	if err := repeat(c, r, product, arg); err != nil {
		return err
	}
	r.Gflops = 2 * float64(c.m) * float64(c.n) * float64(c.k) / r.UsPerStep / 1e3
	return nil
}
