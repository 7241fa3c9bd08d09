package portable

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// TestRowsAgreeWithInterpreter lowers each primitive on samples of its domain and compares with the interpreter, bit for bit.
func TestRowsAgreeWithInterpreter(t *testing.T) {
	for _, row := range ir.Rows() {
		t.Run(row.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(row.ID), 7))
			for _, dt := range row.Accepts.List() {
				for _, size := range sizesFor(row) {
					if s, ok := sampleRow(row, r, dt, size); ok {
						compareWithInterpreter(t, row, s)
					}
				}
			}
		})
	}
}

// sizesFor are small where a sample has several dimensions of that size.
func sizesFor(row *ir.Row) []int {
	if row.Domain.Make == nil {
		return []int{0, 1, 2, 7, 33, 300}
	}
	return []int{0, 1, 2, 5}
}

func sampleRow(row *ir.Row, r *rand.Rand, dt dtype.DType, size int) (ir.Sample, bool) {
	if row.Domain.Make != nil {
		return row.Domain.Make(r, dt, size), true
	}
	if row.Class != ir.ClassElementwise || row.Arity < 0 {
		return ir.Sample{}, false
	}
	s := ir.Sample{Attrs: row.Attrs}
	for range row.Arity {
		if dt.IsComplex() {
			s.Inputs = append(s.Inputs, tensor.Must(tensor.New(dt, size)))
			continue
		}
		s.Inputs = append(s.Inputs, randomTensor(r, dt, size))
	}
	return s, true
}

func compareWithInterpreter(t *testing.T, row *ir.Row, s ir.Sample) {
	t.Helper()
	b := ir.NewBuilder(row.Name)
	types := make([]ir.Type, len(s.Inputs))
	for i, x := range s.Inputs {
		types[i] = ir.T(x.DType(), x.Shape()...)
	}
	g := b.Build(b.Emit(row.ID, s.Attrs, s.Regions, b.Params(types)...)...)
	p, err := kernel.Lower(g)
	require.NoError(t, err)
	want, wantErr := interp.Run(context.Background(), g, s.Inputs, interp.PrintTo(func(string) {}))
	got, gotErr := tryExecute(t, p, s.Inputs...)
	if wantErr != nil || gotErr != nil {
		require.Equal(t, wantErr != nil, gotErr != nil, "interpreter: %v, executor: %v", wantErr, gotErr)
		return
	}
	for i := range want {
		requireSame(t, want[i], got[i], "%s of %v, result %d\n%s", row.Name, types, i, p)
	}
}
