package native

import (
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Long lines are sorted in pieces between which the code is left; lines of few and of many elements in different ways; equal bytes are skipped.
func TestSort(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for _, shape := range [][]int{{insertionLength}, {insertionLength + 1}, {3, insertionLength + 1, 2}, {2, 300}, {sortChunk + 77}} {
		for _, dt := range []dtype.DType{dtype.Float32, dtype.Int64, dtype.Uint16} {
			b := ir.NewBuilder("sort")
			x, y := b.Param(ir.T(dt, shape...)), b.Param(ir.T(dtype.Float64, shape...))
			dim := min(1, len(shape)-1)
			out := op.Sort(b, dim, 1, []bool{true}, true, x, y)
			out = append(out, op.Sort(b, dim, 2, []bool{false, true}, true, op.Rem(b, x, op.Full(b, x.Type, 7)), y, x)...)
			check(t, b.Build(out...), op.RandomTensor(r, dt, 0, 0, shape...), randomF32(r, shape...).AsType(dtype.Float64))
		}
	}
	empty := tensor.Must(tensor.New(dtype.Float32, 0, 4))
	b := ir.NewBuilder("empty")
	x := b.Param(ir.T(dtype.Float32, 0, 4))
	check(t, b.Build(op.Sort(b, 1, 1, nil, false, x)...), empty)
}

// A cumulative fold touches nothing but its lines, on whole vectors of them, some, and one.
func TestScan(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for _, shape := range [][]int{{1}, {100}, {3, 7}, {40, 33}, {2, 19, 3}} {
		for axis := range shape {
			b := ir.NewBuilder("scan")
			x := b.Param(ir.T(dtype.Float32, shape...))
			d := op.Convert(b, x, dtype.Float64)
			check(t, b.Build(op.CumSum(b, x, axis, false), op.CumProd(b, d, axis, true), op.CumMax(b, op.Convert(b, x, dtype.Int32), axis, false)), randomF32(r, shape...))
		}
	}
}
