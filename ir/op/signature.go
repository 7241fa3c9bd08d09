package op

import (
	"fmt"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Checks of operand lists and region signatures that the rows with regions share.

var indexType = ir.T(dtype.Int32)

// typeList writes types as they stand in a signature: (f32[3], i1[]).
func typeList(ts []ir.Type) string {
	words := make([]string, len(ts))
	for i, t := range ts {
		words[i] = t.String()
	}
	return "(" + strings.Join(words, ", ") + ")"
}

// checkSignature compares the parameters and outputs of a region with those it must have.
func checkSignature(region string, g *ir.Graph, params, outputs []ir.Type) error {
	if err := checkTypes(region+" parameter", g.InTypes(), params); err != nil {
		return err
	}
	return checkTypes(region+" output", g.OutTypes(), outputs)
}

// checkTypes compares two lists of types; item names one entry in the error text.
func checkTypes(item string, got, want []ir.Type) error {
	if len(got) != len(want) {
		return ir.Mismatch(item+"s", fmt.Sprintf("%d: %s", len(got), typeList(got)), fmt.Sprintf("%d: %s", len(want), typeList(want)))
	}
	for i := range want {
		if !got[i].Equal(want[i]) {
			return ir.Mismatch(fmt.Sprintf("%s %d", item, i), got[i].String(), want[i].String())
		}
	}
	return nil
}

// checkCounts refuses negative attributes; names and values alternate as in a printed list.
func checkCounts(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if n := pairs[i+1].(int); n < 0 {
			return ir.Mismatch(pairs[i].(string), fmt.Sprint(n), "0 or more")
		}
	}
	return nil
}

// scalarTypes returns the rank 0 types with the element types of ts.
func scalarTypes(ts []ir.Type) []ir.Type {
	out := make([]ir.Type, len(ts))
	for i, t := range ts {
		out[i] = ir.T(t.DType)
	}
	return out
}

// concatTypes joins lists of types in a new slice.
func concatTypes(lists ...[]ir.Type) []ir.Type {
	var out []ir.Type
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}
