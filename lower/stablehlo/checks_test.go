package stablehlo

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

var scalarInt = ir.T(dtype.Int32)

// checkLess is a graph (x) -> x that checks x < limit, wrapped in a kind of control flow.
func checkLess(wrap func(b *ir.Builder, x *ir.Value, body func(b *ir.Builder, x *ir.Value))) *ir.Graph {
	b := ir.NewBuilder("main")
	x := b.Param(scalarInt)
	wrap(b, x, func(b *ir.Builder, x *ir.Value) {
		b.Locate = func() ir.Position { return ir.Position{File: "net.go", Line: 7} }
		op.Check(b, op.Lt(b, x, op.ScalarInt(b, dtype.Int32, 5)), "x is too large")
	})
	return b.Build(op.Add(b, x, x))
}

var checkWraps = map[string]func(b *ir.Builder, x *ir.Value, body func(b *ir.Builder, x *ir.Value)){
	"plain": func(b *ir.Builder, x *ir.Value, body func(b *ir.Builder, x *ir.Value)) { body(b, x) },
	"loop": func(b *ir.Builder, x *ir.Value, body func(b *ir.Builder, x *ir.Value)) {
		c := ir.NewBuilder("body")
		p := c.Params([]ir.Type{scalarInt, scalarInt})
		body(c, op.Add(c, p[0], p[1]))
		op.Loop(b, op.LoopAttrs{Trip: 4, Carries: 1}, c.Build(p[1]), x)
	},
	"while": func(b *ir.Builder, x *ir.Value, body func(b *ir.Builder, x *ir.Value)) {
		c := ir.NewBuilder("cond")
		cond := c.Build(op.Lt(c, c.Param(scalarInt), op.ScalarInt(c, dtype.Int32, 7)))
		d := ir.NewBuilder("body")
		p := d.Param(scalarInt)
		body(d, p)
		op.While(b, op.WhileAttrs{}, cond, d.Build(op.Add(d, p, op.ScalarInt(d, dtype.Int32, 1))), x)
	},
	"switch in loop": func(b *ir.Builder, x *ir.Value, body func(b *ir.Builder, x *ir.Value)) {
		c := ir.NewBuilder("body")
		p := c.Params([]ir.Type{scalarInt, scalarInt})
		quiet, loud := ir.NewBuilder("quiet"), ir.NewBuilder("loud")
		q := loud.Param(scalarInt)
		body(loud, q)
		op.Switch(c, op.Rem(c, p[0], op.ScalarInt(c, dtype.Int32, 2)), []*ir.Graph{quiet.Build(quiet.Param(scalarInt)), loud.Build(q)}, op.Add(c, p[0], p[1]))
		op.Loop(b, op.LoopAttrs{Trip: 4, Carries: 1, Reverse: true}, c.Build(p[1]), x)
	},
	"call": func(b *ir.Builder, x *ir.Value, body func(b *ir.Builder, x *ir.Value)) {
		c := ir.NewBuilder("called")
		p := c.Param(scalarInt)
		body(c, p)
		op.Call(b, op.CallAttrs{Name: "f"}, []*ir.Graph{c.Build(p)}, x)
	},
}

// A graph with lifted checks reports what the interpreter stops at, message, place and step, and computes the same results else.
func TestLiftedChecksFailAsChecks(t *testing.T) {
	for name, wrap := range checkWraps {
		g := checkLess(wrap)
		lifted, checks := LiftChecks(g)
		require.NoError(t, ir.Verify(lifted), name)
		require.False(t, hasChecks(lifted))
		failures := 0
		for x := range int32(10) {
			in := []*tensor.Tensor{tensor.Scalar(x)}
			want, wantErr := interp.Run(context.Background(), g, in)
			got, err := interp.Run(context.Background(), lifted, in)
			require.NoError(t, err)
			require.Len(t, got, 3)
			if wantErr == nil {
				require.Zero(t, got[1].Item(), "%s of %d", name, x)
				require.True(t, got[0].Equal(want[0]))
				continue
			}
			failures++
			require.NotZero(t, got[1].Item(), "%s of %d", name, x)
			lift := checks[got[1].Item().(int32)-1].Error(int(got[2].Item().(int32)))
			require.EqualError(t, lift, wantErr.Error(), name)
			require.ErrorAs(t, lift, new(*op.CheckError))
		}
		require.NotZero(t, failures, name)
		require.NotEqual(t, 10, failures, name)
	}
}
