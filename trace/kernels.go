package trace

import (
	"context"
	"sync"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Operations on concrete arrays run at once: small ones in the interpreter, which needs no preparation, and large ones as compiled
// kernels, which are kept. Which it is depends on types only, so that the same program always gives the same numbers.

// compiledWork is the work (operations and elements) from which compiling a kernel of its own is worth its half a millisecond.
const compiledWork = 1 << 15

// maxKernels bounds the kernels kept; with more, all are forgotten.
const maxKernels = 1 << 12

// kernelKey finds kernels; those with the same key are told apart by their graphs.
type kernelKey struct {
	hash    uint64
	backend backends.Backend
}

type kernel struct {
	graph *ir.Graph
	exec  backends.Executable
}

var kernels = struct {
	sync.Mutex
	byKey map[kernelKey][]kernel
	count int
}{byKey: map[kernelKey][]kernel{}}

// runNow runs a graph on concrete inputs.
func runNow(ctx context.Context, g *ir.Graph, inputs []*tensor.Tensor, opts backends.RunOptions) ([]*tensor.Tensor, error) {
	if workOf(g) < compiledWork {
		var to []interp.Option
		if opts.Print != nil {
			to = append(to, interp.PrintTo(opts.Print))
		}
		return interp.Run(ctx, g, inputs, to...)
	}
	exec, err := kernelFor(g)
	if err != nil {
		return nil, err
	}
	return exec.Run(ctx, inputs, opts)
}

func workOf(g *ir.Graph) float64 {
	work := costOf(g).Flops
	for _, vs := range [][]*ir.Value{g.Params, g.Outputs} {
		for _, v := range vs {
			work += float64(v.Type.Size())
		}
	}
	return work
}

// kernelFor returns the graph compiled by the default backend.
func kernelFor(g *ir.Graph) (backends.Executable, error) {
	b, err := backends.Default()
	if err != nil {
		return nil, err
	}
	key := kernelKey{ir.Hash(g), b}
	if exec := findKernel(key, g); exec != nil {
		return exec, nil
	}
	exec, err := b.Compile(g, backends.Options{})
	if err != nil {
		return nil, err
	}
	kernels.Lock()
	defer kernels.Unlock()
	if kernels.count++; kernels.count > maxKernels {
		clear(kernels.byKey)
		kernels.count = 1
	}
	kernels.byKey[key] = append(kernels.byKey[key], kernel{g, exec})
	return exec, nil
}

func findKernel(key kernelKey, g *ir.Graph) backends.Executable {
	kernels.Lock()
	defer kernels.Unlock()
	for _, k := range kernels.byKey[key] {
		if ir.Equal(k.graph, g) {
			return k.exec
		}
	}
	return nil
}
