//go:build cgo && (linux || darwin)

package gomlx_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/backends/xla"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends/pjrt"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// xlaFaults are failures of gomlx's XLA backend, v0.26.0, that graphs like those of our samples run into.
var xlaFaults = func() allFaults {
	faults := allFaults{
		op.ReduceWindowID: {"failed to compile", "arrays without dimensions, and dilations: those of the window are written as those of the base too", func(g *ir.Graph) bool {
			a := g.Nodes[0].Attrs.(op.ReduceWindowAttrs)
			return g.Params[0].Type.Rank() == 0 || !slices.Equal(a.BaseDilation, a.WindowDilation)
		}},
	}
	for _, id := range []ir.OpID{op.SinID, op.CosID, op.TanID, op.TanhID, op.LogisticID} {
		faults[id] = fault{"must have a float", "complex numbers", func(g *ir.Graph) bool { return g.Params[0].Type.DType.IsComplex() }}
	}
	for _, id := range []ir.OpID{op.ArgMaxID, op.ArgMinID} {
		faults[id] = fault{"same dtype for initial values", "elements of 8 and 16 bits", func(g *ir.Graph) bool { return g.Params[0].Type.DType.Size() <= 2 }}
	}
	return faults
}()

// Rows on gomlx's other backend: gomlx writes StableHLO itself, so the numbers are XLA's, and the text shares nothing with ours.
func TestRowsOnGoMLXByXLA(t *testing.T) {
	_, err := pjrt.Open("cpu") // which sets what the plugin needs
	if missing := new(pjrt.NotFoundError); errors.As(err, &missing) {
		t.Skip(err)
	}
	require.NoError(t, err)
	path, err := pjrt.Find("cpu")
	require.NoError(t, err)
	xla.EnableAutoInstall(false)
	backend, err := xla.New(path)
	require.NoError(t, err)
	rowsOn(t, backend, xla.Capabilities, xlaFaults, func(row *ir.Row, c *irtest.Case, got []*tensor.Tensor) error {
		if row.ID == op.PowID && dtype.Ints.Has(got[0].DType()) {
			return nil // XLA looks at six bits of the exponent; stablehlo writes such powers out
		}
		err := irtest.CheckXLA(c, row, got)
		if reason := irtest.ExcuseXLA(c); err != nil && reason != "" {
			t.Logf("%s: %v (%s)", row.Name, err, reason)
			return nil
		}
		return err
	})
}
