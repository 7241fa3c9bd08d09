package stablehlo

import (
	"github.com/ranvier-go/ranvier/ir"
)

// customRules are the operations whose meaning is a name, and those that only say where values are kept.
var customRules = map[string]readRule{"stablehlo.custom_call": readCustomCall, "sdy.sharding_constraint": readAnnotation}

// customCalls has the targets of custom calls that are known. It is filled in init: rules look in it.
var customCalls map[string]readRule

func init() {
	customCalls = lapackTable()
	for name, r := range checkCalls {
		customCalls[name] = r
	}
	for _, name := range []string{"Sharding", "SPMDFullToShardShape", "SPMDShardToFullShape", "annotate_device_placement", "xla.sdy.FuncResultSharding"} {
		customCalls[name] = readAnnotation
	}
}

func readCustomCall(s *site) []*ir.Value {
	name := s.enum("call_target_name", "")
	r := customCalls[name]
	if r == nil {
		s.unsupported("custom call @" + name)
	}
	return r(s)
}

// readAnnotation reads what says where a value is kept.
func readAnnotation(s *site) []*ir.Value {
	s.operands(1)
	return s.in
}
