package stablehlo

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
)

// hasNarrow reports whether a parameter or output has elements of 2 to 8 bits.
func hasNarrow(g *ir.Graph) bool {
	return slices.ContainsFunc(append(g.InTypes(), g.OutTypes()...), func(t ir.Type) bool { return t.DType.IsNarrow() })
}

// What is written is accepted and run by XLA, with the interpreter's numbers but for the differences that package irtest lists.
func TestRowsOnJAX(t *testing.T) {
	irtest.Python(t)
	sizes := []int{0, 1, 5}
	if testing.Short() {
		sizes = []int{5}
	}
	var cases []rowCase
	var programs []irtest.Program
	for _, c := range rowCases(sizes...) {
		if hasNarrow(c.Graph) {
			continue // see TestNarrowTypes of backends/pjrt
		}
		if Writable(c.row.ID) != "" || len(c.Graph.Outputs) == 0 {
			continue
		}
		text, err := Text(c.Graph)
		require.NoError(t, err)
		cases = append(cases, c)
		programs = append(programs, irtest.Program{Text: text, Inputs: c.Inputs, Outputs: c.Graph.OutTypes()})
	}
	for k, outcome := range irtest.RunJAX(t, programs) {
		c := cases[k]
		if !assert.NoError(t, outcome.Err, "%s\n%s", c.name, programs[k].Text) {
			continue
		}
		if err := irtest.CheckXLA(c.Case, c.row, outcome.Outputs); err != nil && c.row.ID == op.ScatterID && irtest.ExcuseXLA(c.Case) != "" {
			t.Logf("%s: %v (%s)", c.name, err, irtest.ExcuseXLA(c.Case))
		} else {
			assert.NoError(t, err, c.name)
		}
	}
}
