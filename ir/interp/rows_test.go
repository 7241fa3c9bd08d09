package interp

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample draws a node from the domain of a row and returns it as a graph with its inputs.
func sample(r *rand.Rand, row *ir.Row, dt dtype.DType, size int) (*ir.Graph, []*tensor.Tensor) {
	var s ir.Sample
	if row.Domain.Make != nil {
		s = row.Domain.Make(r, dt, size)
	} else {
		for range row.Arity {
			s.Inputs = append(s.Inputs, op.RandomTensor(r, dt, row.Domain.Lo, row.Domain.Hi, size, 3))
		}
	}
	b := ir.NewBuilder(row.Name)
	var params []*ir.Value
	for _, x := range s.Inputs {
		params = append(params, b.Param(ir.T(x.DType(), x.Shape()...)))
	}
	return b.Build(b.Emit(row.ID, s.Attrs, s.Regions, params...)...), s.Inputs
}

// Every row runs on samples of its domain, regions included, and gives the same results as on a second run: evaluation neither keeps state
// nor writes to its inputs. That results have the promised types is checked by Run itself.
func TestEveryRowRunsOnItsDomain(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, row := range ir.Rows() {
		if row.ID >= op.NumIDs {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			types := row.Accepts.List()
			if len(types) == 0 {
				types = []dtype.DType{dtype.Int32, dtype.Float32, dtype.Complex64}
			}
			for _, dt := range types {
				for size := range 6 {
					g, in := sample(r, row, dt, size)
					quiet := PrintTo(func(string) {})
					first, err := Run(context.Background(), g, in, quiet)
					if row.ID == op.CheckID && err != nil {
						require.ErrorAs(t, err, new(*op.CheckError))
						continue
					}
					require.NoError(t, err)
					again, err := Run(context.Background(), g, in, quiet)
					require.NoError(t, err)
					for i := range first {
						require.True(t, first[i].Equal(again[i]), "result %d", i)
					}
				}
			}
		})
	}
}

func TestPrintGoesWhereItIsSent(t *testing.T) {
	b := ir.NewBuilder("main")
	op.Print(b, "x = %v", b.Param(f32))
	var text string
	_, err := Run(context.Background(), b.Build(), []*tensor.Tensor{tensor.Scalar(float32(2.5))}, PrintTo(func(s string) { text += s }))
	require.NoError(t, err)
	assert.Equal(t, "x = 2.5", text)
}

func TestFailedCheckSaysTheStep(t *testing.T) {
	i32 := ir.T(dtype.Int32)
	body := ir.NewBuilder("body")
	body.Locate = func() ir.Position { return ir.Position{File: "net.go", Line: 12} }
	index := body.Param(i32)
	op.Check(body, op.Lt(body, index, op.ScalarInt(body, dtype.Int32, 3)), "voltage is not finite")
	b := ir.NewBuilder("main")
	op.Loop(b, op.LoopAttrs{Trip: 10}, body.Build())
	_, err := Run(context.Background(), b.Build(), nil)
	require.EqualError(t, err, "net.go:12: check: voltage is not finite (step 3)")
	var check *op.CheckError
	require.ErrorAs(t, err, &check)
	assert.Equal(t, 3, check.Step)
}
