package stablehlo

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/stablehlo/factor"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// lapackCalls has the LAPACK routines that JAX calls on CPUs, by the name without the letter of the element type.
var lapackCalls = map[string]readRule{
	"potrf": readPotrf, "trsm": readTrsm, "getrf": readGetrf, "geqrf": readGeqrf, "orgqr": readOrgqr, "ungqr": readOrgqr,
	"syevd": readSyevd, "heevd": readSyevd, "gesdd": readGesdd, "gesvd": readGesdd, "geev": readGeev,
	"gtsv": readGtsv,
}

// lapackTable lists the routines of all element types under their full names.
func lapackTable() map[string]readRule {
	table := map[string]readRule{}
	for routine, r := range lapackCalls {
		for _, letter := range "sdcz" {
			table[fmt.Sprintf("lapack_%c%s_ffi", letter, routine)] = r
		}
	}
	return table
}

// letter returns an option of a LAPACK routine: a character, written as its number.
func (s *site) letter(name string) byte {
	config, ok := s.text.Attrs.Get("mhlo.backend_config").(syntax.Dict)
	if !ok {
		config, _ = s.text.Attrs.Get("backend_config").(syntax.Dict)
	}
	f := fields{s, "backend_config", syntax.Attrs(config)}
	if f.list.Get(name) == nil {
		s.fail(f.full(name), "no such option", "one")
	}
	return byte(f.int(name, 0))
}

// info is LAPACK's report for each matrix: 1 where the result has a NaN, which says that the routine failed, else 0.
func (s *site) info(result *ir.Value, dims int) *ir.Value {
	rank := result.Type.Rank()
	bad := op.Ne(s.b, result, result)
	if dims > 0 {
		bad = op.ReduceOr(s.b, bad, identity(rank)[rank-dims:]...)
	}
	return op.Convert(s.b, bad, dtype.Int32)
}

// matrices is the operand, which must be a stack of matrices.
func (s *site) matrices() *ir.Value {
	s.atLeast(1)
	if t := s.in[0].Type; t.Rank() < 2 || !t.DType.IsFloat() && !t.DType.IsComplex() {
		s.fail("operand 0", t.String(), "matrices of floats or complex numbers")
	}
	return s.in[0]
}

// readPotrf returns the factor in its triangle, with the operand's elements in the other one.
func readPotrf(s *site) []*ir.Value {
	a := s.matrices()
	lower := s.letter("uplo") == 'L'
	l := op.Cholesky(s.b, a, lower)
	rank := a.Type.Rank()
	row, column := s.indices(a.Type, rank-2), s.indices(a.Type, rank-1)
	if !lower {
		row, column = column, row
	}
	return []*ir.Value{op.Select(s.b, op.Ge(s.b, row, column), l, a), s.info(l, 2)}
}

func (s *site) indices(t ir.Type, dim int) *ir.Value { return op.Iota(s.b, dtype.Int32, t.Shape, dim) }

func readTrsm(s *site) []*ir.Value {
	s.operands(2)
	transpose, ok := map[byte]op.MatrixOp{'N': op.NoTranspose, 'T': op.Transposed, 'C': op.Adjoint}[s.letter("trans_x")]
	if !ok {
		s.fail("trans_x", fmt.Sprintf("%q", s.letter("trans_x")), "N, T or C")
	}
	return one(op.TriangularSolve(s.b, s.in[0], s.in[1], op.TriangularSolveAttrs{
		LeftSide: s.letter("side") == 'L', Lower: s.letter("uplo") == 'L', UnitDiagonal: s.letter("diag") == 'U', Transpose: transpose}))
}

// readGetrf counts pivots from 1.
func readGetrf(s *site) []*ir.Value {
	a := s.matrices()
	lu, pivots, _ := op.LU(s.b, a)
	return []*ir.Value{lu, op.Add(s.b, pivots, op.Full(s.b, pivots.Type, 1)), s.noFailure(a)}
}

// noFailure is the report of a routine that always works.
func (s *site) noFailure(a *ir.Value) *ir.Value {
	return op.Full(s.b, ir.T(dtype.Int32, a.Type.Shape[:a.Type.Rank()-2]...), 0)
}

func readSyevd(s *site) []*ir.Value {
	values, vectors := op.Eigh(s.b, s.matrices(), s.letter("uplo") == 'L')
	return []*ir.Value{vectors, values, s.info(values, 1)}
}

// readGesdd returns the operand's memory, which holds nothing of use, first.
func readGesdd(s *site) []*ir.Value {
	a := s.matrices()
	s.results(5)
	mode := s.letter("mode")
	out := op.SVD(s.b, a, op.SVDAttrs{Vectors: mode != 'N', Full: mode == 'A'})
	if mode == 'N' {
		out = []*ir.Value{op.Full(s.b, s.declared(2), 0), out[0], op.Full(s.b, s.declared(3), 0)}
	}
	return []*ir.Value{a, out[1], out[0], out[2], s.info(out[1], 1)}
}

// readGeev returns the eigenvalues of real matrices by parts. Vectors that are not asked for are zero.
func readGeev(s *site) []*ir.Value {
	a := s.matrices()
	attrs := op.EigAttrs{Left: s.letter("compute_left") == 'V', Right: s.letter("compute_right") == 'V'}
	out := op.Eig(s.b, a, attrs)
	values, vectors := out[0], out[1:]
	results := []*ir.Value{values}
	if !a.Type.DType.IsComplex() {
		results = []*ir.Value{op.Real(s.b, values), op.Imag(s.b, values)}
	}
	for _, wanted := range []bool{attrs.Left, attrs.Right} {
		if wanted {
			results, vectors = append(results, vectors[0]), vectors[1:]
		} else {
			results = append(results, op.Full(s.b, s.declared(len(results)), 0))
		}
	}
	return append(results, s.info(op.Real(s.b, values), 1))
}

// stacked returns matrices with one leading dimension.
func (s *site) stacked(a *ir.Value) *ir.Value {
	shape := a.Type.Shape
	m, n := shape[len(shape)-2], shape[len(shape)-1]
	return op.Reshape(s.b, a, []int{ir.T(0, shape[:len(shape)-2]...).Size(), m, n})
}

// readGeqrf returns R in the upper triangle and below it the vectors of the reflections, and their scalars.
func readGeqrf(s *site) []*ir.Value {
	a := s.matrices()
	s.results(2)
	packed, taus := factor.Geqrf(s.b, s.stacked(a))
	return []*ir.Value{op.Reshape(s.b, packed, a.Type.Shape), op.Reshape(s.b, taus, s.declared(1).Shape)}
}

// readOrgqr returns the first columns of the product of the reflections.
func readOrgqr(s *site) []*ir.Value {
	s.operands(2)
	a, taus := s.matrices(), s.in[1]
	if want := a.Type.WithShape(append(slices.Clone(a.Type.Shape[:a.Type.Rank()-2]), taus.Type.Shape[max(taus.Type.Rank()-1, 0):]...)...); !taus.Type.Equal(want) || taus.Type.Rank() == 0 {
		s.fail("operand 1", taus.Type.String(), want.String())
	}
	k := taus.Type.Shape[taus.Type.Rank()-1]
	stack := s.stacked(a)
	if most := min(stack.Type.Shape[1], stack.Type.Shape[2]); k > most {
		s.fail("operand 1", taus.Type.String(), fmt.Sprintf("at most %d scalars", most))
	}
	product := factor.Orgqr(s.b, stack, op.Reshape(s.b, taus, []int{stack.Type.Shape[0], k}))
	return one(op.Reshape(s.b, product, a.Type.Shape))
}
