//go:build cgo && (linux || darwin)

package pjrt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

var openOnce = sync.OnceValues(func() (*Backend, error) { return Open("cpu") })

// open returns the CPU backend, and skips the test where its plugin is not installed.
func open(tb testing.TB) *Backend {
	tb.Helper()
	b, err := openOnce()
	if missing := new(NotFoundError); errors.As(err, &missing) {
		tb.Skip(err)
	}
	require.NoError(tb, err)
	return b
}

// runCase compiles and runs a case.
func runCase(b *Backend, c *irtest.Case) ([]*tensor.Tensor, error) {
	x, err := b.Compile(c.Graph, backends.Options{})
	if err != nil {
		return nil, err
	}
	defer x.(*executable).loaded.Destroy()
	return x.Run(context.Background(), c.Inputs, backends.RunOptions{})
}

// Every primitive that can be written runs on XLA for each element type and agrees with the interpreter, but for the differences that
// package irtest lists.
func TestRows(t *testing.T) {
	b := open(t)
	sizes := []int{0, 5, 17}
	if testing.Short() {
		sizes = []int{5}
	}
	for _, row := range ir.Rows() {
		if row.ID >= op.NumIDs || row.Effect || stablehlo.Writable(row.ID) != "" {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			types := row.Accepts
			if types == 0 {
				types = dtype.SetOf(dtype.Int32, dtype.Float32, dtype.Complex64)
			}
			for _, dt := range types.List() {
				for _, size := range sizes {
					c := irtest.Sample(irtest.Seeded(uint64(row.ID)<<16|uint64(dt)<<8|uint64(size)), row, dt, size)
					if checkTypes(c.Graph) != nil {
						continue // see TestNarrowTypes
					}
					got, err := runCase(b, c)
					if assert.NoError(t, err, ir.Print(c.Graph)) {
						if err := irtest.CheckXLA(c, row, got); err != nil && row.ID == op.ScatterID && irtest.ExcuseXLA(c) != "" {
							t.Logf("%s %d: %v (%s)", dt, size, err, irtest.ExcuseXLA(c))
						} else {
							assert.NoError(t, err, fmt.Sprintf("%s %d\n%s", dt, size, ir.Print(c.Graph)))
						}
					}
				}
			}
		})
	}
}

// Numbers of 2 to 8 bits are written, as constants and in conversions, for all types that XLA knows.
func TestNarrowTypes(t *testing.T) {
	b := open(t)
	numbers := tensor.Of(float32(0), 1, 0.5, -1, 1.75, 3, -2, 0.25, 7, 1.1)
	for _, dt := range dtype.Narrow() {
		g := ir.NewBuilder("main")
		x := g.Param(ir.TypeOf(numbers))
		c := g.Const(tensor.Of(float32(1), 2, 1, 0.5).AsType(dt))
		out := []*ir.Value{op.Convert(g, op.Convert(g, x, dt), dtype.Float32), op.Convert(g, c, dtype.Float32)}
		k := &irtest.Case{Graph: g.Build(out...), Inputs: []*tensor.Tensor{numbers}}
		got, err := runCase(b, k)
		if dt == dtype.Float6E2M3FN || dt == dtype.Float6E3M2FN {
			require.ErrorContains(t, err, "floats of 6 bits")
			continue
		}
		require.NoError(t, err, dt)
		want, err := irtest.Run(k)
		require.NoError(t, err)
		assert.NoError(t, irtest.Compare(got, want, 0.5), dt)
	}
	g := ir.NewBuilder("main")
	x := g.Param(ir.T(dtype.Int4, 2))
	_, err := b.Compile(g.Build(x), backends.Options{})
	require.ErrorContains(t, err, "pjrt: parameter or output: got i4[2]")
}
