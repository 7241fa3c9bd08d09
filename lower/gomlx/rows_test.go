package gomlx_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/gomlx"
)

func goBackend(tb testing.TB) backends.Backend {
	tb.Helper()
	b, err := simplego.New("parallelism=0,ops_sequential") // a panic in another goroutine could not be caught
	require.NoError(tb, err)
	return b
}

// runGoMLX runs a graph on a backend of gomlx. What gomlx panics with is the error.
func runGoMLX(backend backends.Backend, g *ir.Graph, f gomlx.Func, inputs []*tensor.Tensor) (out []*tensor.Tensor, err error) {
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(error); ok {
				err = fmt.Errorf("gomlx: %w", e)
				return
			}
			err = fmt.Errorf("gomlx: %v", p)
		}
	}()
	gg := graph.NewGraph(backend, g.Name)
	var nodes []*graph.Node
	var args []any
	for i, x := range inputs {
		t, err := gomlx.ToTensor(x)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, graph.Parameter(gg, fmt.Sprint("p", i), t.Shape()))
		args = append(args, t)
	}
	gg.Compile(f(gg, nodes)...)
	for i, t := range gg.Run(args...) {
		x, err := gomlx.FromTensor(t, g.Outputs[i].Type)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// fault is a failure of a backend that some graphs run into.
type fault struct {
	text, reason string
	when         func(g *ir.Graph) bool
}

// allFaults has the failures of one backend.
type allFaults = map[ir.OpID]fault

// comparison compares results of a case of one row with what they should be.
type comparison func(row *ir.Row, c *irtest.Case, got []*tensor.Tensor) error

// faults are failures of gomlx's backend in Go, v0.26.0, that graphs like those of our samples run into.
var faults = allFaults{
	op.DotID: {"index out of range", "products of integers with five or more elements to add or keep", func(g *ir.Graph) bool {
		return dtype.Ints.Has(g.Params[0].Type.DType)
	}},
	op.PadID: {"index out of range", "the last input is read by nothing", func(g *ir.Graph) bool { return g.Params[0].Type.Rank() == 0 }},
}

func TestRowsOnGoMLX(t *testing.T) {
	rowsOn(t, goBackend(t), simplego.Capabilities, faults, func(row *ir.Row, c *irtest.Case, got []*tensor.Tensor) error {
		want, err := interp.Run(context.Background(), c.Graph, c.Inputs)
		require.NoError(t, err)
		return irtest.CompareScaled(got, want, 16)
	})
}

// rowsOn runs samples of all rows on a backend. Each row that is not refused must have run at least once.
func rowsOn(t *testing.T, backend backends.Backend, can backends.Capabilities, faults allFaults, compare comparison) {
	sizes := []int{1, 2, 5, 17}
	if testing.Short() {
		sizes = sizes[:3]
	}
	ran := map[ir.OpID]int{}
	for _, row := range ir.Rows() {
		if row.ID >= op.NumIDs {
			continue
		}
		types := row.Accepts
		if types == 0 {
			types = dtype.SetOf(dtype.Int32, dtype.Float32)
		}
		t.Run(row.Name, func(t *testing.T) {
			for _, dt := range types.List() {
				if shape, err := gomlx.ShapeOf(ir.T(dt)); err != nil || !can.DTypes[shape.DType] {
					continue
				}
				for _, size := range sizes {
					c := irtest.Sample(irtest.Seeded(uint64(row.ID)<<16|uint64(dt)<<8|uint64(size)), row, dt, size)
					if checkOnGoMLX(t, backend, row, c, fmt.Sprint(dt, "/", size), faults, compare) {
						ran[row.ID]++
					}
				}
			}
		})
	}
	for _, row := range ir.Rows() {
		if row.ID < op.NumIDs && gomlx.Refused(row.ID) == "" {
			assert.NotZero(t, ran[row.ID], "%s has not run, and has no reason", row.Name)
		}
	}
	t.Log(len(ran), "rows ran")
}

// checkOnGoMLX compares a case with the interpreter; false if gomlx cannot run it.
func checkOnGoMLX(t *testing.T, backend backends.Backend, row *ir.Row, c *irtest.Case, name string, faults allFaults, compare comparison) bool {
	f, err := gomlx.Export(c.Graph)
	if why := gomlx.Refused(row.ID); why != "" {
		require.ErrorContains(t, err, why, name)
		return false
	}
	if err != nil || len(c.Graph.Outputs) == 0 {
		var e *ir.Error
		require.True(t, err == nil || errors.As(err, &e), "%s: %v", name, err)
		return false
	}
	got, err := runGoMLX(backend, c.Graph, f, c.Inputs)
	if err != nil {
		known := faults[row.ID]
		assert.True(t, known.text != "" && strings.Contains(err.Error(), known.text) && known.when(c.Graph), "%s: %v\n%s", name, err, ir.Print(c.Graph))
		return false
	}
	assert.NoError(t, compare(row, c, got), "%s\n%s", name, ir.Print(c.Graph))
	return true
}

// A recurrent network, its loop unrolled, computes the same inside of a gomlx graph.
func TestRecurrentNetworkOnGoMLX(t *testing.T) {
	b := ir.NewBuilder("rnn")
	x, w, u := b.Param(ir.T(dtype.Float32, 12, 4)), b.Param(ir.T(dtype.Float32, 4, 7)), b.Param(ir.T(dtype.Float32, 7, 7))
	body := ir.NewBuilder("step")
	p := body.Params([]ir.Type{ir.T(dtype.Int32), w.Type, u.Type, ir.T(dtype.Float32, 7), ir.T(dtype.Float32, 4)})
	product := func(v, m *ir.Value) *ir.Value {
		return op.Dot(body, v, m, op.DotAttrs{LhsContract: []int{0}, RhsContract: []int{0}})
	}
	h := op.Tanh(body, op.Add(body, product(p[4], p[1]), product(p[3], p[2])))
	step := body.Build(h, h)
	out := op.Loop(b, op.LoopAttrs{Trip: 12, Consts: 2, Carries: 1, Xs: 1}, step, w, u, op.Full(b, ir.T(dtype.Float32, 7), 0), x)
	g := b.Build(out...)
	r := irtest.Seeded(1)
	inputs := []*tensor.Tensor{op.RandomTensor(r, dtype.Float32, -1, 1, 12, 4), op.RandomTensor(r, dtype.Float32, -1, 1, 4, 7), op.RandomTensor(r, dtype.Float32, -1, 1, 7, 7)}
	f, err := gomlx.Export(g)
	require.NoError(t, err)
	got, err := runGoMLX(goBackend(t), g, f, inputs)
	require.NoError(t, err)
	want, err := interp.Run(context.Background(), g, inputs)
	require.NoError(t, err)
	assert.NoError(t, irtest.CompareScaled(got, want, 16))

	while := ir.NewBuilder("while")
	y := while.Param(ir.T(dtype.Float32))
	cond, next := ir.NewBuilder("cond"), ir.NewBuilder("body")
	c, n := cond.Param(y.Type), next.Param(y.Type)
	done := op.While(while, op.WhileAttrs{}, cond.Build(op.Lt(cond, c, op.Full(cond, c.Type, 5))), next.Build(op.Add(next, n, n)), y)
	_, err = gomlx.Export(while.Build(done...))
	assert.ErrorContains(t, err, "the number of steps is not known")
}
