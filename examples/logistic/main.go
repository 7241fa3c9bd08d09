// Command logistic trains a logistic regression by full-batch updates, once operation by operation and once compiled, and prints how
// much faster the compiled one is.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
)

// Regression is the model; its state is the weights, one for each dimension.
type Regression struct{ W *trace.Variable }

// NewRegression starts with equal weights.
func NewRegression(dims int) *Regression {
	return &Regression{trace.NewParameter(num.Ones(dims).Mul(2).Sub(1.3))}
}

// Data is points (n, dims) and labels (n).
type Data struct{ Points, Labels num.Array }

// NewData draws points and labels from [0, 1).
func NewData(key num.Array, n, dims int) Data {
	points, labels := rand.Split2(key)
	return Data{rand.Uniform(points, 0, 1, n, dims), rand.Uniform(labels, 0, 1, n)}
}

// Update makes one step of gradient descent on the sum of log(1 + exp(-y x.w)), with the gradient written down, and returns the weights.
func (r *Regression) Update(s *trace.Scope, d Data) num.Array {
	w := r.W.Get(s)
	margin := d.Points.Dot(w).Mul(d.Labels)
	slope := num.Sigmoid(margin).Sub(1).Mul(d.Labels)
	r.W.Set(s, w.Sub(slope.Dot(d.Points)))
	return r.W.Get(s)
}

// UpdateByGrad is Update with the gradient left to trace.GradVars.
func (r *Regression) UpdateByGrad(s *trace.Scope, d Data) num.Array {
	loss := func(s *trace.Scope, d Data) num.Array {
		margin := d.Points.Dot(r.W.Get(s)).Mul(d.Labels)
		return num.Softplus(margin.Neg()).Sum()
	}
	g := trace.GradVars(loss, trace.ParamsOf(r))(s, d)
	r.W.Set(s, r.W.Get(s).Sub(g.Grad[r.W]))
	return r.W.Get(s)
}

// settings are the flags.
type settings struct {
	points, dims, steps int
	seed                uint64
}

func main() {
	var set settings
	flag.IntVar(&set.points, "points", 200_000, "number of points")
	flag.IntVar(&set.dims, "dims", 10, "dimensions")
	flag.IntVar(&set.steps, "steps", 100, "timed steps")
	flag.Uint64Var(&set.seed, "seed", 0, "random seed")
	flag.Parse()
	if err := compare(set, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "logistic:", err)
		os.Exit(1)
	}
}

func compare(set settings, out io.Writer) error {
	if min(set.points, set.dims, set.steps) < 1 {
		return fmt.Errorf("points, dims and steps: got %d, %d, %d, want 1 or more", set.points, set.dims, set.steps)
	}
	data := NewData(rand.Key(set.seed), set.points, set.dims)
	flush := trace.FlushDenormals() // margins grow, exp(-margin) gets so small, and arithmetic with denormals takes a processor ten times as long
	var eager time.Duration
	for _, c := range []struct {
		name string
		run  func(r *Regression) *trace.Compiled[Data, num.Array]
	}{
		{"eager", func(r *Regression) *trace.Compiled[Data, num.Array] { return trace.Eager(r.Update) }},
		{"jit", func(r *Regression) *trace.Compiled[Data, num.Array] { return trace.Jit(r.Update, flush) }},
		{"jit, gradient by GradVars", func(r *Regression) *trace.Compiled[Data, num.Array] { return trace.Jit(r.UpdateByGrad, flush) }},
	} {
		step, err := timed(c.run(NewRegression(set.dims)), data, set.steps)
		if err != nil {
			return err
		}
		if c.name == "eager" {
			eager = step
		}
		fmt.Fprintf(out, "%-26s %8.3f ms a step, %.2f times as fast as eager\n", c.name, step.Seconds()*1e3, eager.Seconds()/step.Seconds())
	}
	return nil
}

// timed returns the mean time of a step; the first, which compiles, is left out.
func timed(f *trace.Compiled[Data, num.Array], data Data, steps int) (time.Duration, error) {
	if _, err := f.Call(data); err != nil {
		return 0, err
	}
	begin := time.Now()
	for range steps {
		if _, err := f.Call(data); err != nil {
			return 0, err
		}
	}
	return time.Since(begin) / time.Duration(steps), nil
}
