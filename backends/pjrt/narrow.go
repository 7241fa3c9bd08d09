//go:build cgo && (linux || darwin)

package pjrt

import (
	"context"
	"slices"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Numbers of 2 to 8 bits cannot be transferred. Where they are inputs or outputs, what is transferred is the wider type that has them all, and
// the program begins and ends with conversions.

// hasNarrow reports whether a parameter or an output has such numbers.
func hasNarrow(g *ir.Graph) bool {
	return slices.ContainsFunc(append(g.InTypes(), g.OutTypes()...), func(t ir.Type) bool { return t.DType.IsNarrow() })
}

// narrowed is the executable of a graph with such inputs or outputs.
type narrowed struct {
	*executable           // of the graph with the wider types
	outputs     []ir.Type // as the graph has them
	inputs      []ir.Type
}

// compileNarrow compiles g between conversions.
func (b *Backend) compileNarrow(g *ir.Graph, opts backends.Options) (backends.Executable, error) {
	wide := ir.NewBuilder(g.Name)
	args := make([]*ir.Value, len(g.Params))
	for i, p := range g.Params {
		args[i] = converted(wide, wide.Param(p.Type.WithDType(p.Type.DType.Wide())), p.Type)
	}
	out := g.Inline(wide, args...)
	for i, v := range out {
		out[i] = converted(wide, v, v.Type.WithDType(v.Type.DType.Wide()))
	}
	// What the caller gives up is another array than what is transferred.
	opts.Aliases = slices.DeleteFunc(slices.Clone(opts.Aliases), func(a backends.Alias) bool { return g.Params[a.Input].Type.DType.IsNarrow() })
	x, err := b.Compile(wide.Build(out...), opts)
	if err != nil {
		return nil, err
	}
	return &narrowed{executable: x.(*executable), inputs: g.InTypes(), outputs: g.OutTypes()}, nil
}

func converted(b *ir.Builder, v *ir.Value, t ir.Type) *ir.Value {
	if v.Type.DType == t.DType {
		return v
	}
	return op.Convert(b, v, t.DType)
}

// Run converts the inputs and the outputs.
func (x *narrowed) Run(ctx context.Context, inputs []*tensor.Tensor, opts backends.RunOptions) ([]*tensor.Tensor, error) {
	if err := backends.CheckInputs(x.inputs, inputs); err != nil {
		return nil, err
	}
	wide := make([]*tensor.Tensor, len(inputs))
	for i, t := range inputs {
		wide[i] = t.AsType(t.DType().Wide())
	}
	outputs, err := x.executable.Run(ctx, wide, opts)
	if err != nil {
		return nil, err
	}
	for i, t := range outputs {
		outputs[i] = t.AsType(x.outputs[i].DType)
	}
	return outputs, nil
}
