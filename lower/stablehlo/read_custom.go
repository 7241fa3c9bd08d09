package stablehlo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// customRules are the operations whose meaning is a name, and what programs say about devices.
var customRules = map[string]readRule{
	"stablehlo.custom_call":   readCustomCall,
	"stablehlo.composite":     readComposite,
	"sdy.sharding_constraint": readAnnotation,
	"sdy.reshard":             readAnnotation,
	"sdy.manual_computation":  readManual,
}

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
	customCalls["ApproxTopK"] = readApproxTopK
	// Operations that older versions of StableHLO's own tools write as calls.
	for name, plain := range map[string]string{
		"mhlo.acos": "chlo.acos", "mhlo.acosh": "chlo.acosh", "mhlo.asin": "chlo.asin", "mhlo.asinh": "chlo.asinh",
		"mhlo.atan": "chlo.atan", "mhlo.atanh": "chlo.atanh", "mhlo.cosh": "chlo.cosh", "mhlo.erf": "chlo.erf",
		"mhlo.sinh": "chlo.sinh", "mhlo.tan": "chlo.tan", "mhlo.topk": "chlo.top_k",
	} {
		customCalls[name] = func(s *site) []*ir.Value { return s.as(plain, "mhlo.attributes") }
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

// readComposite reads a composite operation as the operation of its name where there is one, else as what it is made of.
func readComposite(s *site) []*ir.Value {
	name := s.enum("name", "")
	if !validName(name) {
		s.fail("name", name, "a name with a namespace")
	}
	decomposition := s.callee("decomposition")
	if strings.HasPrefix(name, "chlo.") && readRules[name] != nil {
		return s.as(name, "composite_attributes")
	}
	return s.call(decomposition)
}

// as reads an operation as another one, whose attributes stand in a dictionary.
func (s *site) as(name, attrs string) []*ir.Value {
	r := readRules[name]
	if r == nil {
		s.unknown(name)
	}
	list, _ := s.text.Attrs.Get(attrs).(syntax.Dict)
	text := *s.text
	text.Name, text.Attrs = name, syntax.Attrs(list)
	return r(&site{scope: s.scope, text: &text, in: s.in})
}

// readAnnotation reads operations that say where values are kept.
func readAnnotation(s *site) []*ir.Value {
	s.operands(1)
	return s.in
}

// readManual reads the program of each device, of which there is one.
func readManual(s *site) []*ir.Value {
	block, inner := s.block(0), s.region(0, false)
	if len(block.Params) != len(s.in) {
		s.fail("block parameters", fmt.Sprint(len(block.Params)), fmt.Sprintf("%d, as operands", len(s.in)))
	}
	for i, p := range block.Params {
		s.wantType(fmt.Sprintf("operand %d", i), s.in[i].Type, p.Type)
	}
	out := inner.readUntil(block, "sdy.return")
	g := inner.build(slices.Concat(inner.inside, inner.paramsOf(block)), out)
	return g.Inline(s.b, slices.Concat(inner.outside, s.in)...)
}

// readApproxTopK reads the approximate selection of the largest elements, operands (x..., initial values...), exactly: all of x sorted
// along one dimension by a function of the module.
func readApproxTopK(s *site) []*ir.Value {
	n := len(s.in) / 2
	s.results(n)
	config, _ := s.text.Attrs.Get("mhlo.backend_config").(syntax.Dict)
	dim := fields{s, "mhlo.backend_config", syntax.Attrs(config)}.int("reduction_dim", -1)
	called, _ := s.text.Attrs.Get("called_computations").(syntax.Array)
	if n == 0 || len(s.in)%2 != 0 || len(called) != 1 {
		s.fail("operands", fmt.Sprint(len(s.in)), "arrays, an initial value for each, and one called computation")
	}
	sym, _ := called[0].(syntax.Symbol)
	f := s.funcs[string(sym)]
	if f == nil || f.text.Body == nil {
		s.fail("called_computations", called[0].String(), "a function of the module")
	}
	sorted := op.SortBy(s.b, dim, s.function(f).Graph, s.in[:n]...)
	out := make([]*ir.Value, n)
	for i, v := range sorted {
		limit := s.declared(i).Shape
		if len(limit) != v.Type.Rank() {
			s.fail(resultName(i, n), s.declared(i).String(), fmt.Sprintf("rank %d", v.Type.Rank()))
		}
		out[i] = op.Slice(s.b, v, make([]int, len(limit)), limit, nil)
	}
	return out
}
