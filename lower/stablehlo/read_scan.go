package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// readScan reads chlo.scan, (inputs..., inits...) -> (outputs..., final carries...), as a loop along one dimension of the inputs. The
// region takes slices of the inputs and carries, and returns slices of the outputs and carries.
func readScan(s *site) []*ir.Value {
	block := s.block(0)
	n := s.scanInputs()
	inputs, carries := s.in[:n], s.in[n:]
	if len(block.Params) != len(s.in) {
		s.fail("block parameters", fmt.Sprint(len(block.Params)), fmt.Sprintf("%d, as operands", len(s.in)))
	}
	dim := s.int("dimension")
	size := s.attrs().int("scan_dim_size", -1)
	for i, x := range inputs {
		if dim < 0 || dim >= x.Type.Rank() {
			s.fail("dimension", fmt.Sprint(dim), fmt.Sprintf("a dimension of operand %d, %s", i, x.Type))
		}
		if size < 0 {
			size = x.Type.Shape[dim]
		}
		if x.Type.Shape[dim] != size {
			s.fail(fmt.Sprintf("operand %d", i), x.Type.String(), fmt.Sprintf("extent %d on dimension %d", size, dim))
		}
	}
	if size < 0 {
		s.fail("scan_dim_size", "none", "a number, since there are no inputs")
	}
	inner := s.region(0, false)
	index := inner.b.Param(ir.T(dtype.Int32))
	out := inner.read(block)
	if len(out) < len(carries) {
		s.fail("returned values", fmt.Sprint(len(out)), fmt.Sprintf("at least the %d carries", len(carries)))
	}
	outputs, last := out[:len(out)-len(carries)], out[len(out)-len(carries):]
	params := inner.paramsOf(block)
	body := inner.build(slices.Concat([]*ir.Value{index}, inner.inside, params[n:], params[:n]), slices.Concat(last, outputs))
	a := op.LoopAttrs{Trip: size, Consts: len(inner.outside), Carries: len(carries), Xs: n, Reverse: s.boolOr("is_reverse", false)}
	xs := make([]*ir.Value, n)
	for i, x := range inputs {
		xs[i] = op.MoveAxis(s.b, x, dim, 0)
	}
	results := slices.Clone(op.Loop(s.b, a, body, slices.Concat(inner.outside, carries, xs)...))
	last, outputs = results[:len(carries)], results[len(carries):]
	for i, y := range outputs {
		if dim >= y.Type.Rank() {
			s.fail("dimension", fmt.Sprint(dim), fmt.Sprintf("a dimension of output %d, %s", i, y.Type))
		}
		outputs[i] = op.MoveAxis(s.b, y, 0, dim)
	}
	return slices.Concat(outputs, last)
}

// scanInputs is the number of operands that are inputs, the others being initial carries.
func (s *site) scanInputs() int {
	sizes := s.ints("operandSegmentSizes")
	if len(sizes) != 2 || min(sizes[0], sizes[1]) < 0 || sizes[0]+sizes[1] != len(s.in) {
		s.fail("operandSegmentSizes", fmt.Sprint(sizes), fmt.Sprintf("two numbers whose sum is %d", len(s.in)))
	}
	return sizes[0]
}

// block returns region k, which must be there.
func (s *site) block(k int) *syntax.Region {
	if k >= len(s.text.Regions) {
		s.fail("regions", fmt.Sprint(len(s.text.Regions)), fmt.Sprintf("at least %d", k+1))
	}
	return s.text.Regions[k]
}
