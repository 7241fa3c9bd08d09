package rewrite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/rewrite"
)

// A While that turns nothing over ends at once or never. Without it a program that waits until it is stopped would return.
func TestEndlessWhileStays(t *testing.T) {
	cond, body, b := ir.NewBuilder("cond"), ir.NewBuilder("body"), ir.NewBuilder("endless")
	x := cond.Param(ir.T(dtype.Int32))
	c := cond.Build(op.Ge(cond, x, op.ScalarInt(cond, dtype.Int32, 0)))
	g := body.Build(body.Param(ir.T(dtype.Int32)))
	out := op.While(b, op.WhileAttrs{}, c, g, b.Param(ir.T(dtype.Int32)))
	require.Contains(t, ir.Print(rewrite.Optimize(b.Build(out...), rewrite.Options{})), "= while ")
}
