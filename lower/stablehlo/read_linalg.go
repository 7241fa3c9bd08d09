package stablehlo

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// linalgRules are linear algebra and Fourier transforms.
var linalgRules = map[string]readRule{
	"stablehlo.cholesky": func(s *site) []*ir.Value {
		s.operands(1)
		return one(op.Cholesky(s.b, s.in[0], s.boolOr("lower", false)))
	},
	"stablehlo.triangular_solve": readTriangularSolve,
	"stablehlo.fft":              readFFT,
}

// transposes are the members of transpose.
var transposes = map[string]op.MatrixOp{"NO_TRANSPOSE": op.NoTranspose, "TRANSPOSE": op.Transposed, "ADJOINT": op.Adjoint}

func readTriangularSolve(s *site) []*ir.Value {
	s.operands(2)
	s.attr("left_side")
	s.attr("lower")
	s.attr("unit_diagonal")
	name := s.enum("transpose_a", "")
	transpose, ok := transposes[name]
	if !ok {
		s.fail("transpose_a", name, "NO_TRANSPOSE, TRANSPOSE or ADJOINT")
	}
	return one(op.TriangularSolve(s.b, s.in[0], s.in[1], op.TriangularSolveAttrs{
		LeftSide:     s.boolOr("left_side", false),
		Lower:        s.boolOr("lower", false),
		UnitDiagonal: s.boolOr("unit_diagonal", false),
		Transpose:    transpose,
	}))
}

// fftKinds are the members of fft_type.
var fftKinds = map[string]op.FFTKind{"FFT": op.FFTForward, "IFFT": op.FFTInverse, "RFFT": op.FFTForwardReal, "IRFFT": op.FFTInverseReal}

func readFFT(s *site) []*ir.Value {
	s.operands(1)
	name := s.enum("fft_type", "")
	kind, ok := fftKinds[name]
	if !ok {
		s.fail("fft_type", name, "FFT, IFFT, RFFT or IRFFT")
	}
	return one(op.FFT(s.b, s.in[0], kind, s.ints("fft_length")...))
}
