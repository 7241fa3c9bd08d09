package stablehlo

import (
	"maps"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
)

// readRules has the operations by name. It is filled in init: rules of regions look in it.
var readRules map[string]readRule

func init() {
	readRules = rowRules()
	for _, family := range []map[string]readRule{
		elementwiseRules, shapeRules, foldRules, indexRules, contractRules, controlRules, linalgRules,
		randomRules, normRules, dynamicRules, collectiveRules, customRules, checkRules, chloRules, broadcastRules(),
	} {
		maps.Copy(readRules, family)
	}
}

// rowRules reads the operations that are rows without attributes: elementwise ones, by the names that the rows have.
func rowRules() map[string]readRule {
	table := map[string]readRule{}
	for _, row := range ir.Rows() {
		if row.HLO == "" || row.Attrs != nil || row.Regions != 0 || row.Class != ir.ClassElementwise {
			continue
		}
		table[row.HLO] = elementwiseRow(row)
	}
	return table
}

// unsupportedOps are known operations outside of what graphs say, by name, with the reason.
var unsupportedOps = map[string]string{
	"stablehlo.tuple":              "tuples",
	"stablehlo.get_tuple_element":  "tuples",
	"stablehlo.infeed":             "exchange with a host",
	"stablehlo.outfeed":            "exchange with a host",
	"stablehlo.send":               "exchange with a host",
	"stablehlo.recv":               "exchange with a host",
	"stablehlo.uniform_quantize":   "quantized types",
	"stablehlo.uniform_dequantize": "quantized types",
	"stablehlo.async_start":        "asynchronous operations",
	"stablehlo.async_done":         "asynchronous operations",
	"stablehlo.set_dimension_size": "dynamic shapes",
}

// unknown refuses an operation without a rule.
func (r *reader) unknown(name string) {
	if why, ok := unsupportedOps[name]; ok {
		r.unsupported(why)
	}
	dialect, _, _ := strings.Cut(name, ".")
	r.unsupported("an operation of dialect " + dialect)
}
