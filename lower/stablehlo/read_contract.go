package stablehlo

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// contractRules are the products of matrices and convolutions.
var contractRules = map[string]readRule{
	"stablehlo.dot_general": readDotGeneral,
	"stablehlo.dot":         readDot,
	"stablehlo.convolution": readConvolution,
}

func readDotGeneral(s *site) []*ir.Value {
	s.operands(2)
	s.checkPrecision()
	f := s.fields("dot_dimension_numbers")
	a := op.DotAttrs{
		LhsBatch:    f.ints("lhs_batching_dimensions"),
		RhsBatch:    f.ints("rhs_batching_dimensions"),
		LhsContract: f.ints("lhs_contracting_dimensions"),
		RhsContract: f.ints("rhs_contracting_dimensions"),
	}
	return one(s.product(func(x, y *ir.Value) *ir.Value { return op.Dot(s.b, x, y, a) }))
}

// readDot reads the old product of vectors and matrices.
func readDot(s *site) []*ir.Value {
	s.operands(2)
	s.checkPrecision()
	m, n := s.in[0].Type.Rank(), s.in[1].Type.Rank()
	if m < 1 || m > 2 || n < 1 || n > 2 {
		s.fail("operands", s.in[0].Type.String()+" and "+s.in[1].Type.String(), "vectors or matrices")
	}
	a := op.DotAttrs{LhsContract: []int{m - 1}, RhsContract: []int{0}}
	return one(s.product(func(x, y *ir.Value) *ir.Value { return op.Dot(s.b, x, y, a) }))
}

// product multiplies the two operands in the widest of their element types and the result's, and converts to the latter.
func (s *site) product(multiply func(x, y *ir.Value) *ir.Value) *ir.Value {
	result := s.declared(0).DType
	wide := wider(wider(s.in[0].Type.DType.Wide(), s.in[1].Type.DType.Wide()), result.Wide())
	if !wide.Valid() {
		s.fail("operands", s.in[0].Type.String()+" and "+s.in[1].Type.String()+" for "+s.declared(0).String(), "element types of one kind")
	}
	out := multiply(s.converted(s.in[0], wide), s.converted(s.in[1], wide))
	return s.converted(out, result)
}

func (s *site) converted(x *ir.Value, dt dtype.DType) *ir.Value {
	if x.Type.DType == dt {
		return x
	}
	return op.Convert(s.b, x, dt)
}

// wider returns the type that holds both: the wider of a kind, f32 for the two half types, the inexact one of two kinds, or Invalid.
func wider(x, y dtype.DType) dtype.DType {
	switch {
	case promotable(x, y):
		return y
	case promotable(y, x):
		return x
	case x.IsFloat() && y.IsFloat():
		return dtype.Float32
	case x.IsInt() && (y.IsFloat() || y.IsComplex()):
		return y
	case y.IsInt() && (x.IsFloat() || x.IsComplex()):
		return x
	case x.IsFloat() && y.IsComplex() || y.IsFloat() && x.IsComplex():
		return wider(x.Complex(), y.Complex())
	case x.IsInt() && y.IsInt() && x.Bits() != y.Bits():
		if x.Bits() > y.Bits() {
			return x
		}
		return y
	}
	return dtype.Invalid
}

func readConvolution(s *site) []*ir.Value {
	s.operands(2)
	a, ok := s.convAttrs()
	if !ok {
		s.fail("operands", s.in[0].Type.String()+" and "+s.in[1].Type.String(), "arrays of the rank that dimension_numbers describe")
	}
	a.PadLow, a.PadHigh = s.padding(len(a.InputSpatial))
	return one(s.convolve(a))
}

func (s *site) convolve(a op.ConvAttrs) *ir.Value {
	return s.product(func(x, y *ir.Value) *ir.Value { return op.Conv(s.b, x, y, a) })
}

// convAttrs reads everything but the padding.
func (s *site) convAttrs() (a op.ConvAttrs, ok bool) {
	s.checkPrecision()
	if s.in[0].Type.DType != s.in[1].Type.DType {
		s.fail("operand 1", s.in[1].Type.String(), "elements of type "+s.in[0].Type.DType.String())
	}
	f := s.fields("dimension_numbers")
	a = op.ConvAttrs{
		InputBatch:    f.int("input_batch_dimension", 0),
		InputFeature:  f.int("input_feature_dimension", 0),
		InputSpatial:  f.ints("input_spatial_dimensions"),
		KernelInput:   f.int("kernel_input_feature_dimension", 0),
		KernelOutput:  f.int("kernel_output_feature_dimension", 0),
		KernelSpatial: f.ints("kernel_spatial_dimensions"),
		OutputBatch:   f.int("output_batch_dimension", 0),
		OutputFeature: f.int("output_feature_dimension", 0),
		OutputSpatial: f.ints("output_spatial_dimensions"),
	}
	n := len(a.InputSpatial)
	if len(a.KernelSpatial) != n || len(a.OutputSpatial) != n || s.in[0].Type.Rank() != n+2 || s.in[1].Type.Rank() != n+2 {
		return a, false
	}
	a.Strides = s.intsOr("window_strides", 1, n)
	a.InputDilation = s.intsOr("lhs_dilation", 1, n)
	a.KernelDilation = s.intsOr("rhs_dilation", 1, n)
	for _, r := range s.intsOr("window_reversal", 0, n) {
		a.Reversal = append(a.Reversal, r != 0)
	}
	a.FeatureGroups, a.BatchGroups = s.int("feature_group_count"), s.int("batch_group_count")
	s.positive("feature_group_count", []int{a.FeatureGroups})
	s.positive("batch_group_count", []int{a.BatchGroups})
	return a, true
}
