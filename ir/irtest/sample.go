package irtest

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Sample draws one application of a row from its domain, as a graph of one node: registry-driven tests run it on every executor. Elementwise
// rows get arrays of size elements.
func Sample(r *ir.Rand, row *ir.Row, dt dtype.DType, size int) *Case {
	var s ir.Sample
	if row.Domain.Make != nil {
		s = row.Domain.Make(r, dt, size)
	} else {
		for range row.Arity {
			s.Inputs = append(s.Inputs, op.RandomTensor(r, dt, row.Domain.Lo, row.Domain.Hi, size))
		}
	}
	b := ir.NewBuilder(row.Name)
	var params []*ir.Value
	for _, x := range s.Inputs {
		params = append(params, b.Param(ir.TypeOf(x)))
	}
	return &Case{Graph: b.Build(b.Emit(row.ID, s.Attrs, s.Regions, params...)...), Inputs: s.Inputs}
}
