package stablehlo

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// rowCase is one application of a row.
type rowCase struct {
	*irtest.Case
	row  *ir.Row
	name string
}

// rowCases draws applications of each row for each element type.
func rowCases(sizes ...int) []rowCase {
	var cases []rowCase
	for _, row := range ir.Rows() {
		if row.ID >= op.NumIDs {
			continue
		}
		types := row.Accepts
		if types == 0 {
			types = dtype.SetOf(dtype.Int32, dtype.Float32, dtype.Complex64)
		}
		for _, dt := range types.List() {
			for _, size := range sizes {
				r := irtest.Seeded(uint64(row.ID)<<16 | uint64(dt)<<8 | uint64(size))
				cases = append(cases, rowCase{irtest.Sample(r, row, dt, size), row, fmt.Sprintf("%s/%s/%d", row.Name, dt, size)})
			}
		}
	}
	return cases
}

// unwritten are the rows that have no StableHLO form: effects, which it lacks.
var unwritten = []ir.OpID{op.PrintID, op.CheckID}

// Every primitive is written, or there is a reason why not; nothing has both.
func TestEveryRowIsWrittenOrHasAReason(t *testing.T) {
	for _, c := range rowCases(0, 1, 5) {
		text, err := Text(c.Graph)
		why := Writable(c.row.ID)
		require.Equal(t, slices.Contains(unwritten, c.row.ID), why != "", c.name)
		if why != "" {
			require.ErrorContains(t, err, why, c.name)
			continue
		}
		require.NoError(t, err, "%s\n%s", c.name, ir.Print(c.Graph))
		require.Contains(t, text, "func.func public @main")
	}
}

// legalDifferences are the rows whose legal form computes something else than the row to the last bit, with the allowed distance in
// units in the last place of the largest element.
var legalDifferences = map[ir.OpID]struct {
	ulp    float64
	reason string
}{
	op.Exp2ID:         {2, "a power of 2 by the interpreter's pow"},
	op.CbrtID:         {16, "complex roots are e^(log(z)/3)"},
	op.CumSumID:       {16, "windows add up from zero, each anew"},
	op.CumProdID:      {16, "windows multiply from one, each anew"},
	op.FMAID:          {256, "product and sum are rounded one after the other, and may cancel"},
	op.BesselI0eID:    {16, "another formula, and products and sums are rounded one after the other"},
	op.ReduceID:       {16, "a region of one operation is folded as a sum, product, minimum or maximum; the initial value comes last"},
	op.ReduceWindowID: {16, "the initial value comes last"},
	op.CholeskyID:     {1, "zeros in the other triangle are positive"},
	op.CSRGatherID:    {16, "rows are added up in the order of their elements"},
	op.EventProcID:    {2, "in f64 the weights' product and sum are rounded one after the other"},
	op.ProcGatherID:   {4, "in f64 the weights' product and sum are rounded one after the other"},
	op.ProcOuterID:    {4, "in f64 the weights' product and sum are rounded one after the other"},
}

// A legal graph computes what the graph computes: the interpreter runs both.
func TestLegalFormsKeepMeaning(t *testing.T) {
	for _, c := range rowCases(0, 1, 2, 5, 17) {
		if Writable(c.row.ID) != "" {
			continue
		}
		legal, err := Legalize(c.Graph)
		require.NoError(t, err, c.name)
		require.NoError(t, ir.Verify(legal), c.name)
		got, err := irtest.Run(&irtest.Case{Graph: legal, Inputs: c.Inputs})
		require.NoError(t, err, c.name)
		assert.NoError(t, c.compare(got), "%s\n%s", c.name, ir.Print(legal))
	}
}

// compare wants the bits that the row has, but for rows with a documented difference; factors of matrices are checked by their definition,
// which leaves signs, phases and bases free.
func (c rowCase) compare(got []*tensor.Tensor) error {
	if irtest.IsFactorisation(c.row.ID) {
		return irtest.CheckFactors(c.Case, got)
	}
	want, err := irtest.Run(c.Case)
	if err != nil {
		return err
	}
	if ulp := legalDifferences[c.row.ID].ulp; ulp > 0 {
		return irtest.CompareScaled(got, want, ulp)
	}
	return irtest.Compare(got, want, 0)
}
