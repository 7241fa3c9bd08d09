package op

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/require"
)

// newEval returns an evaluator that walks graphs; printed collects the text of print nodes.
func newEval(printed *string) *ir.Eval {
	ev := &ir.Eval{Step: -1, Poll: func() error { return nil }, Print: func(text string) {
		if printed != nil {
			*printed += text
		}
	}}
	ev.Run = func(g *ir.Graph, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		env := map[*ir.Value]*tensor.Tensor{}
		for i, p := range g.Params {
			env[p] = in[i]
		}
		for _, n := range g.Nodes {
			outs, err := n.Row().Eval(ev, n, lookup(env, n.Inputs))
			if err != nil {
				return nil, err
			}
			for i, r := range n.Results {
				if got := typeOf(outs[i]); !got.Equal(r.Type) {
					return nil, errors.New("BUG: " + n.Op.String() + " evaluates to " + got.String() + ", not " + r.Type.String())
				}
				env[r] = outs[i]
			}
		}
		return lookup(env, g.Outputs), nil
	}
	return ev
}

func lookup(env map[*ir.Value]*tensor.Tensor, vs []*ir.Value) []*tensor.Tensor {
	out := make([]*tensor.Tensor, len(vs))
	for i, v := range vs {
		out[i] = env[v]
	}
	return out
}

func typesOf(in []*tensor.Tensor) []ir.Type {
	ts := make([]ir.Type, len(in))
	for i, t := range in {
		ts[i] = typeOf(t)
	}
	return ts
}

// apply builds a graph of one node and runs it.
func apply(t *testing.T, id ir.OpID, attrs ir.Attrs, regions []*ir.Graph, in ...*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	outs, err := tryApply(id, attrs, regions, in...)
	require.NoError(t, err)
	return outs
}

func tryApply(id ir.OpID, attrs ir.Attrs, regions []*ir.Graph, in ...*tensor.Tensor) ([]*tensor.Tensor, error) {
	b := ir.NewBuilder("test")
	args := b.Params(typesOf(in))
	g := b.Build(b.Emit(id, attrs, regions, args...)...)
	return newEval(nil).Run(g, in)
}

// buildError returns the text of the error that f panics with while building.
func buildError(t *testing.T, f func(b *ir.Builder)) string {
	t.Helper()
	err := func() (err error) {
		defer ir.Catch(&err)
		f(ir.NewBuilder("test"))
		return nil
	}()
	require.Error(t, err)
	return err.Error()
}

// region builds a region from a function of its parameters.
func region(params []ir.Type, f func(b *ir.Builder, p []*ir.Value) []*ir.Value) *ir.Graph {
	b := ir.NewBuilder("region")
	return b.Build(f(b, b.Params(params))...)
}

func seeded(seed uint64) *ir.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// filled returns a tensor of the elements, converted to dt.
func filled(dt dtype.DType, elems []float64, shape ...int) *tensor.Tensor {
	return tensor.Must(tensor.FromSlice(elems, shape...)).AsType(dt)
}

func f32s(elems ...float32) *tensor.Tensor { return tensor.Of(elems...) }
