package stablehlo

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// checkRules are the expectations of test modules. Their operands become outputs of the function, which who runs it compares.
var checkRules = map[string]readRule{
	"check.expect_eq":              func(s *site) []*ir.Value { return s.expect(Check{Kind: CheckEq}, nil) },
	"check.expect_eq_const":        func(s *site) []*ir.Value { return s.expect(Check{Kind: CheckEq}, s.dense("value")) },
	"check.expect_almost_eq":       func(s *site) []*ir.Value { return s.expect(s.tolerance(), nil) },
	"check.expect_almost_eq_const": func(s *site) []*ir.Value { return s.expect(s.tolerance(), s.dense("value")) },
	"check.expect_close":           func(s *site) []*ir.Value { return s.expect(s.distance(), nil) },
}

// checkCalls are the same as targets of custom calls, where their bounds are fixed.
var checkCalls = map[string]readRule{
	"check.expect_eq": checkRules["check.expect_eq"],
	"check.expect_almost_eq": func(s *site) []*ir.Value {
		return s.expect(Check{Kind: CheckAlmostEq, Tolerance: 1e-3}, nil)
	},
	"check.expect_close": func(s *site) []*ir.Value {
		return s.expect(Check{Kind: CheckClose, MaxULP: 3}, nil)
	},
}

func (s *site) tolerance() Check {
	return Check{Kind: CheckAlmostEq, Tolerance: s.attrs().float("tolerance", 1e-4)}
}

// distance reads bounds in units in the last place, unsigned numbers of 64 bits.
func (s *site) distance() Check {
	bound := func(name string, alt uint64) uint64 {
		if a, ok := s.text.Attrs.Get(name).(syntax.Int); ok {
			return uint64(a.Value)
		}
		return alt
	}
	return Check{Kind: CheckClose, MinULP: bound("min_ulp_difference", 0), MaxULP: bound("max_ulp_difference", 1)}
}

// expect adds a check of the operand against the second one or a literal.
func (s *site) expect(c Check, literal *syntax.Dense) []*ir.Value {
	c.Pos = s.text.Pos
	var want *ir.Value
	if literal != nil {
		s.operands(1)
		want = s.constant(literal)
	} else {
		s.operands(2)
		want = s.in[1]
	}
	if got := s.in[0].Type; !got.Equal(want.Type) {
		s.fail("operand 0", got.String(), want.Type.String()+", as expected")
	}
	s.check(c, s.in[0], want)
	return nil
}

// check adds values to the outputs of the function; the indices count from behind its results.
func (s *scope) check(c Check, got, want *ir.Value) {
	if s.fn == nil {
		s.unsupported("a check in a loop or branch")
	}
	c.Got, c.Want = len(s.checked), len(s.checked)+1
	s.checked = append(s.checked, got, want)
	s.fn.Checks = append(s.fn.Checks, c)
}
