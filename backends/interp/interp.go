// Package interp is the backend "interp": an adapter around the reference interpreter ir/interp, always there, slow and obvious.
// It runs no passes and on one thread; fast math and flushing have no meaning for it.
//
// May import: backends, ir/interp, ir, ir/tensor.
package interp

import (
	"context"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Name is the backend's name.
const Name = "interp"

func init() { backends.Register(backend{}) }

// New returns the backend, for others that hand it what they cannot do.
func New() backends.Backend { return backend{} }

type backend struct{}

func (backend) Name() string { return Name }

// Compile keeps the graph.
func (backend) Compile(g *ir.Graph, opts backends.Options) (backends.Executable, error) {
	return executable{g, opts}, nil
}

type executable struct {
	g    *ir.Graph
	opts backends.Options
}

func (e executable) Run(ctx context.Context, inputs []*tensor.Tensor, opts backends.RunOptions) ([]*tensor.Tensor, error) {
	print := opts.Print
	if print == nil {
		print = func(string) {}
	}
	options := []interp.Option{interp.PrintTo(print), interp.ReportTo(opts.Progress)}
	if e.opts.CheckNaN {
		options = append(options, interp.CheckNaN())
	}
	outputs, err := interp.Run(ctx, e.g, inputs, options...)
	for _, t := range outputs { // one may be an input, or a constant of the graph
		t.Share()
	}
	return outputs, err
}
