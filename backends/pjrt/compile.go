//go:build cgo && (linux || darwin)

package pjrt

import (
	"fmt"
	"time"

	"github.com/gomlx/go-xla/pkg/pjrt"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/backends/interp"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// Compile writes the graph as StableHLO and has it compiled by XLA.
func (b *Backend) Compile(g *ir.Graph, opts backends.Options) (backends.Executable, error) {
	if opts.CheckNaN { // a tool for finding mistakes: the interpreter knows each operation and its place in the source
		return interp.New().Compile(g, opts)
	}
	if err := refuse(g); err != nil {
		return nil, err
	}
	if hasNarrow(g) {
		return b.compileNarrow(g, opts)
	}
	devices := max(opts.Devices, 1)
	if have := b.client.NumDevices(); devices > have {
		return nil, &ir.Error{Op: "pjrt", Arg: "devices", Got: fmt.Sprint(devices), Want: fmt.Sprintf("at most the %d of %s", have, b.name),
			Hint: DevicesEnv + " sets how many the CPU plugin simulates"}
	}
	start := time.Now()
	checked, checks := stablehlo.LiftChecks(g)
	lifted, constants := liftConstants(checked)
	x := &executable{backend: b, devices: devices, graph: g, inputs: g.InTypes(), outputs: lifted.OutTypes(), checks: checks}
	var err error
	options := []stablehlo.Option{stablehlo.Devices(devices)}
	if devices == 1 { // go-xla counts the inputs of several devices wrongly
		x.aliases = opts.Aliases
	}
	for _, a := range x.aliases {
		options = append(options, stablehlo.Alias(a.Input, a.Output))
	}
	if x.text, err = stablehlo.Text(withOutput(lifted), options...); err != nil {
		return nil, err
	}
	compile := b.client.Compile().WithStableHLO([]byte(x.text))
	if devices > 1 {
		compile = compile.WithShardy(devices)
	}
	if x.loaded, err = compile.Done(); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", b.name, g.Name, err)
	}
	for _, t := range constants {
		buffers, err := x.upload(t)
		if err != nil {
			return nil, err
		}
		x.constants = append(x.constants, buffers)
		x.stats.Constants += len(t.Bytes())
	}
	x.stats.CodeBytes = int(x.loaded.OnDeviceMemoryUsageStats.GeneratedCode)
	x.stats.Workspace = int(x.loaded.OnDeviceMemoryUsageStats.Temporary)
	x.stats.Compile = time.Since(start)
	return x, nil
}

// bigConstant is the size in bytes from which constants are uploaded once instead of written into the text. XLA would also fold what
// is computed from them, with an evaluator that takes minutes for wirings of networks.
const bigConstant = 1 << 8

// liftConstants makes parameters of the big constants of g, behind its own, and returns their values.
func liftConstants(g *ir.Graph) (*ir.Graph, []*tensor.Tensor) {
	b := ir.NewBuilder(g.Name)
	env := map[*ir.Value]*ir.Value{}
	for i, p := range b.Params(g.InTypes()) {
		env[g.Params[i]] = p
	}
	var values []*tensor.Tensor
	for _, n := range g.Nodes {
		if value := bigValue(n); value != nil {
			env[n.Result()] = b.Param(n.Result().Type)
			values = append(values, value)
		}
	}
	for _, n := range g.Nodes {
		if bigValue(n) != nil {
			continue
		}
		m := b.Copy(n, ir.Lookup(env, n.Inputs))
		for i, r := range n.Results {
			env[r] = m.Results[i]
		}
	}
	return b.Build(ir.Lookup(env, g.Outputs)...), values
}

// bigValue is the value of a big constant, nil for other nodes. Numbers of 2 to 8 bits cannot be transferred.
func bigValue(n *ir.Node) *tensor.Tensor {
	if n.Op != op.ConstID || n.Result().Type.DType.IsNarrow() {
		return nil
	}
	if value := n.Attrs.(ir.ConstAttrs).Value; len(value.Bytes()) >= bigConstant {
		return value
	}
	return nil
}

// withOutput gives a graph without outputs one, since go-xla cannot run programs without results.
func withOutput(g *ir.Graph) *ir.Graph {
	if len(g.Outputs) > 0 {
		return g
	}
	b := ir.NewBuilder(g.Name)
	g.Inline(b, b.Params(g.InTypes())...)
	return b.Build(b.Const(tensor.Scalar(true)))
}

// executable is a compiled graph.
type executable struct {
	backend   *Backend
	devices   int
	graph     *ir.Graph
	text      string
	loaded    *pjrt.LoadedExecutable
	constants [][]*pjrt.Buffer // arguments behind the inputs, for each device
	inputs    []ir.Type
	outputs   []ir.Type // of the program: behind those of the graph what LiftChecks adds
	checks    []stablehlo.LiftedCheck
	aliases   []backends.Alias
	stats     backends.Stats
}

// Stats describes the compilation.
func (x *executable) Stats() backends.Stats { return x.stats }

// Kernels is the program as XLA was given it.
func (x *executable) Kernels() string { return x.text }

// Listing is empty: plugins do not show their code.
func (x *executable) Listing() string { return "" }
