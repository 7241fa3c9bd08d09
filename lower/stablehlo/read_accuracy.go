package stablehlo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// What operations say about their accuracy is checked and then not used: everything here is computed in the precision of its type.

// checkAccuracy checks result_accuracy: tolerances go with the mode TOLERANCE only.
func (s *site) checkAccuracy() {
	a, ok := s.text.Attrs.Get("result_accuracy").(*syntax.Struct)
	if !ok {
		return
	}
	f := fields{s, "result_accuracy", a.Fields}
	atol, rtol, ulps := f.float("atol", 0), f.float("rtol", 0), f.int("ulps", 0)
	mode := ""
	if m := a.Fields.Get("mode"); m != nil {
		mode = m.String()
	}
	if strings.Contains(mode, "TOLERANCE") {
		if atol < 0 || rtol < 0 || ulps < 0 {
			s.fail("result_accuracy", a.String(), "tolerances that are not negative")
		}
	} else if atol != 0 || rtol != 0 || ulps != 0 {
		s.fail("result_accuracy", a.String(), "no tolerances, or mode TOLERANCE")
	}
}

// checkPrecision checks precision_config, one entry for each operand, and the algorithm of products.
func (s *site) checkPrecision() {
	config, _ := s.text.Attrs.Get("precision_config").(syntax.Array)
	if len(config) > 2 {
		s.fail("precision_config", fmt.Sprintf("%d entries", len(config)), "one for each operand")
	}
	var precisions []string
	for _, c := range config {
		e, _ := c.(syntax.Enum)
		if !slices.Contains([]string{"DEFAULT", "HIGH", "HIGHEST"}, e.Value) {
			s.fail("precision_config", c.String(), "DEFAULT, HIGH or HIGHEST")
		}
		precisions = append(precisions, e.Value)
	}
	a, ok := s.text.Attrs.Get("algorithm").(*syntax.Struct)
	if !ok {
		return
	}
	if len(precisions) > 0 && slices.Max(precisions) > "DEFAULT" {
		s.fail("precision_config", config.String(), "DEFAULT where there is an algorithm")
	}
	if !knownAlgorithm(fields{s, "algorithm", a.Fields}) {
		s.fail("algorithm", a.String(), "one that some hardware has")
	}
}

// algorithms has the numbers of primitive operations that go with types of operands and accumulators.
var algorithms = map[string][]int{
	"f8 f32": {1}, "f16 f16": {1}, "f16 f32": {1}, "bf16 bf16": {1}, "bf16 f32": {1, 3, 6, 9}, "tf32 f32": {1, 3}, "f32 f32": {1}, "f64 f64": {1},
}

func knownAlgorithm(f fields) bool {
	name := func(field string) string {
		a := f.list.Get(field)
		if a == nil {
			return ""
		}
		if t := a.String(); !strings.HasPrefix(t, "f8") {
			return t
		}
		return "f8"
	}
	lhs, rhs, accumulator := name("lhs_precision_type"), name("rhs_precision_type"), name("accumulation_type")
	if lhs != rhs || f.int("lhs_component_count", 0) != 1 || f.int("rhs_component_count", 0) != 1 {
		return false
	}
	imprecise, _ := f.list.Get("allow_imprecise_accumulation").(syntax.Bool)
	return slices.Contains(algorithms[lhs+" "+accumulator], f.int("num_primitive_operations", 0)) && (!bool(imprecise) || lhs == "f8")
}

// validName reports whether a composite has a name with its namespace, such as "chlo.top_k".
func validName(name string) bool {
	parts := strings.Split(name, ".")
	for k, p := range parts {
		for i, c := range p {
			letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
			other := c == '_' || c == '$' || c == '-' || '0' <= c && c <= '9'
			if !letter && !(other && k+i > 0) {
				return false
			}
		}
		if p == "" {
			return false
		}
	}
	return len(parts) > 1
}
