//go:build cgo && (linux || darwin)

package pjrt

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	defer compiled(x).loaded.Destroy()
	return x.Run(context.Background(), c.Inputs, backends.RunOptions{})
}

// compiled is what XLA runs of an executable.
func compiled(x backends.Executable) *executable {
	if n, ok := x.(*narrowed); ok {
		return n.executable
	}
	return x.(*executable)
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
					if err := refuse(c.Graph); err != nil {
						require.ErrorContains(t, err, "floats of 6 bits")
						continue
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
}

// All numbers of 2 to 8 bits go through XLA as inputs, outputs and big constants.
func TestNarrowInputsAndOutputs(t *testing.T) {
	b := open(t)
	for _, dt := range dtype.Narrow() {
		n := 1 << dt.Bits()
		codes := make([]uint8, n)
		for i := range codes {
			codes[i] = dt.NarrowInt(uint64(i))
			if dt.Wide() == dtype.Float32 {
				codes[i] = uint8(i)
			}
		}
		all := tensor.Must(tensor.Must(tensor.FromSlice(codes, n)).Bitcast(dt))
		g := ir.NewBuilder("main")
		x, many := g.Param(ir.TypeOf(all)), g.Const(tensor.Must(tensor.Full(dt, 1, 2*bigConstant)))
		c := &irtest.Case{Graph: g.Build(x, op.Convert(g, x, dt.Wide()), op.Convert(g, op.Convert(g, x, dt.Wide()), dt), many), Inputs: []*tensor.Tensor{all}}
		got, err := runCase(b, c)
		if isSixBits(dt) {
			require.ErrorContains(t, err, "floats of 6 bits", dt)
			continue
		}
		require.NoError(t, err, dt)
		want, err := irtest.Run(c)
		require.NoError(t, err)
		for i := range want {
			require.Equal(t, want[i].DType(), got[i].DType())
			assert.NoError(t, irtest.Compare([]*tensor.Tensor{got[i].AsType(dtype.Float64)}, []*tensor.Tensor{want[i].AsType(dtype.Float64)}, 0), "%s output %d", dt, i)
		}
	}
}

// NaN stands in results whichever operand of a maximum or minimum it is.
func TestMaximumOfNaN(t *testing.T) {
	nan := float32(math.NaN())
	g := ir.NewBuilder("main")
	x, y := g.Param(ir.T(dtype.Float32, 3)), g.Param(ir.T(dtype.Float32, 3))
	c := &irtest.Case{Graph: g.Build(op.Max(g, x, y), op.Min(g, x, y), op.ReduceMax(g, y, 0)), Inputs: []*tensor.Tensor{tensor.Of(nan, 1, 2), tensor.Of(1, nan, 3)}}
	got, err := runCase(open(t), c)
	require.NoError(t, err)
	want, err := irtest.Run(c)
	require.NoError(t, err)
	assert.NoError(t, irtest.Compare(got, want, 0))
}

// What cannot run says what to do instead, and where it stands.
func TestPrintIsRefused(t *testing.T) {
	g := ir.NewBuilder("main")
	x := g.Param(ir.T(dtype.Float32))
	g.Locate = func() ir.Position { return ir.Position{File: "model.go", Line: 7} }
	op.Print(g, "x = %v", x)
	_, err := open(t).Compile(g.Build(x), backends.Options{})
	assert.EqualError(t, err, `model.go:7: pjrt: print: got a print, want none: plugins have no common way to call the program back `+
		`(to debug, run on backend "cpu" or "interp", as with RANVIER_BACKEND=cpu; else return the value, or record it in the loop, and print it afterwards)`)
}
