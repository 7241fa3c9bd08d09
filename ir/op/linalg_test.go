package op

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// matricesOf splits a result into complex matrices; a vector result becomes one-column matrices.
func matricesOf(t *tensor.Tensor, rank int) (list []dense[complex128]) {
	if rank == 1 {
		t = tensor.Must(t.Reshape(append(t.Shape(), 1)...))
	}
	eachMatrix(t, func(_ int, m dense[complex128]) { list = append(list, m) })
	return list
}

// times is the product of matrices.
func (m dense[T]) times(n dense[T]) dense[T] {
	out := newDense[T](m.rows, n.cols)
	for i := range m.rows {
		for k := range m.cols {
			subtract(out.row(i), -m.at(i, k), n.row(k))
		}
	}
	return out
}

// scaled multiplies column j by factors[j].
func (m dense[T]) scaled(factors []T) dense[T] {
	out := m.clone()
	for i := range m.rows {
		for j := range m.cols {
			out.set(i, j, m.at(i, j)*factors[j])
		}
	}
	return out
}

// sameMatrix compares with a tolerance that suits the element type, for matrices with elements of size around scale.
func sameMatrix(t *testing.T, want, got dense[complex128], dt dtype.DType, scale float64, what string) {
	t.Helper()
	eps := map[dtype.DType]float64{dtype.Float16: 0x1p-11, dtype.BFloat16: 0x1p-8, dtype.Float32: 0x1p-24, dtype.Float64: 0x1p-53}[dt.Real()]
	require.Equal(t, []int{want.rows, want.cols}, []int{got.rows, got.cols}, what)
	for i, w := range want.data {
		if d := cmplx.Abs(w - got.data[i]); !(d <= 200*eps*scale) {
			require.Failf(t, "not equal", "%s: element %d of %dx%d %s is %v, want %v", what, i, got.rows, got.cols, dt, got.data[i], w)
		}
	}
}

// eachSample runs f on samples of all types and sizes.
func eachSample(t *testing.T, id ir.OpID, f func(t *testing.T, dt dtype.DType, s ir.Sample, out []*tensor.Tensor)) {
	for _, dt := range id.Row().Accepts.List() {
		for seed := range uint64(24) {
			size := []int{0, 1, 2, 3, 6, 11}[seed%6]
			t.Run(fmt.Sprint(dt, seed, size), func(t *testing.T) {
				s := id.Row().Domain.Make(seeded(seed), dt, size)
				f(t, dt, s, apply(t, id, s.Attrs, nil, s.Inputs...))
			})
		}
	}
}

func TestCholeskyReconstructs(t *testing.T) {
	eachSample(t, CholeskyID, func(t *testing.T, dt dtype.DType, s ir.Sample, out []*tensor.Tensor) {
		for k, l := range matricesOf(out[0], 2) {
			a := matricesOf(s.Inputs[0], 2)[k]
			product := l.times(l.adjoint())
			if !s.Attrs.(CholeskyAttrs).Lower {
				product = l.adjoint().times(l)
			}
			sameMatrix(t, a, product, dt, 100, "L L^H")
			for i := range l.rows {
				assert.Zero(t, imag(l.at(i, i)))
				assert.Greater(t, real(l.at(i, i)), 0.0)
				for j := range i {
					other := l.at(j, i)
					if !s.Attrs.(CholeskyAttrs).Lower {
						other = l.at(i, j)
					}
					assert.Zero(t, other)
				}
			}
		}
	})
}

func TestCholeskyReadsOneTriangle(t *testing.T) {
	n := math.NaN()
	lower := apply1(t, CholeskyID, CholeskyAttrs{Lower: true}, filled(dtype.Float64, []float64{4, n, 2, 5}, 2, 2))
	assert.Equal(t, []float64{2, 0, 1, 2}, lower.Float64s())
	upper := apply1(t, CholeskyID, CholeskyAttrs{}, filled(dtype.Float64, []float64{4, 2, n, 5}, 2, 2))
	assert.Equal(t, []float64{2, 1, 0, 2}, upper.Float64s())
	indefinite := apply1(t, CholeskyID, CholeskyAttrs{Lower: true}, filled(dtype.Float32, []float64{1, 2, 2, 1, 4, 2, 2, 5}, 2, 2, 2))
	for i, v := range indefinite.Float64s() {
		assert.Equal(t, i < 4, math.IsNaN(v), "the first matrix is indefinite, the second is not")
	}
}

func TestTriangularSolveSatisfiesItsEquation(t *testing.T) {
	eachSample(t, TriangularSolveID, func(t *testing.T, dt dtype.DType, s ir.Sample, out []*tensor.Tensor) {
		a := s.Attrs.(TriangularSolveAttrs)
		for k, m := range matricesOf(s.Inputs[0], 2) {
			m = m.clone()
			for i := range m.rows {
				for j := range m.cols {
					if i < j && a.Lower || i > j && !a.Lower {
						m.set(i, j, 0)
					} else if i == j && a.UnitDiagonal {
						m.set(i, j, 1)
					}
				}
			}
			if a.Transpose != NoTranspose {
				m = m.transposed(a.Transpose == Adjoint)
			}
			x := matricesOf(out[0], 2)[k]
			if a.LeftSide {
				sameMatrix(t, matricesOf(s.Inputs[1], 2)[k], m.times(x), dt, 100, "A X")
			} else {
				sameMatrix(t, matricesOf(s.Inputs[1], 2)[k], x.times(m), dt, 100, "X A")
			}
		}
	})
}

func TestTriangularSolveIgnoresTheOtherTriangle(t *testing.T) {
	n := math.NaN()
	attrs := TriangularSolveAttrs{LeftSide: true, Lower: true, Transpose: NoTranspose}
	out := apply1(t, TriangularSolveID, attrs, filled(dtype.Float64, []float64{2, n, 1, 4}, 2, 2), filled(dtype.Float64, []float64{2, 9}, 2, 1))
	assert.Equal(t, []float64{1, 2}, out.Float64s())
	attrs.UnitDiagonal = true
	out = apply1(t, TriangularSolveID, attrs, filled(dtype.Float64, []float64{n, n, 1, n}, 2, 2), filled(dtype.Float64, []float64{2, 9}, 2, 1))
	assert.Equal(t, []float64{2, 7}, out.Float64s())
}

func TestLUReconstructs(t *testing.T) {
	eachSample(t, LUID, func(t *testing.T, dt dtype.DType, s ir.Sample, out []*tensor.Tensor) {
		pivots, permutations := matricesOf(out[1], 1), matricesOf(out[2], 1)
		for k, lu := range matricesOf(out[0], 2) {
			a := matricesOf(s.Inputs[0], 2)[k]
			small := min(a.rows, a.cols)
			l, u := identity[complex128](a.rows, small), newDense[complex128](small, a.cols)
			for i := range a.rows {
				for j := range a.cols {
					if j < i && j < small {
						l.set(i, j, lu.at(i, j))
						assert.LessOrEqual(t, cmplx.Abs(lu.at(i, j)), 1+1e-6, "partial pivoting")
					} else if j >= i {
						u.set(i, j, lu.at(i, j))
					}
				}
			}
			permuted, order := newDense[complex128](a.rows, a.cols), make([]int, a.rows)
			for i := range order {
				order[i] = i
			}
			for i, p := range pivots[k].data {
				q := int(real(p))
				order[i], order[q] = order[q], order[i]
			}
			for i, p := range permutations[k].data {
				assert.Equal(t, order[i], int(real(p)), "the exchanges make the permutation")
				copy(permuted.row(i), a.row(int(real(p))))
			}
			sameMatrix(t, permuted, l.times(u), dt, 20, "L U")
		}
	})
}

func TestLUOfSingularMatrix(t *testing.T) {
	out := apply(t, LUID, nil, nil, filled(dtype.Float64, []float64{0, 2, 0, 3}, 2, 2))
	assert.Equal(t, []float64{0, 2, 0, 3}, out[0].Float64s())
	assert.Equal(t, []int64{0, 1}, out[1].Int64s())
}

// unitary checks that the columns are orthonormal.
func unitary(t *testing.T, m dense[complex128], dt dtype.DType, what string) {
	t.Helper()
	sameMatrix(t, identity[complex128](m.cols, m.cols), m.adjoint().times(m), dt, 1, what)
}

func TestQRReconstructs(t *testing.T) {
	eachSample(t, QRID, func(t *testing.T, dt dtype.DType, s ir.Sample, out []*tensor.Tensor) {
		for k, q := range matricesOf(out[0], 2) {
			r := matricesOf(out[1], 2)[k]
			unitary(t, q, dt, "Q^H Q")
			sameMatrix(t, matricesOf(s.Inputs[0], 2)[k], q.times(r), dt, 20, "Q R")
			for i := range r.rows {
				for j := range min(i, r.cols) {
					assert.Zero(t, r.at(i, j))
				}
				if i < r.cols && i < r.rows {
					assert.InDelta(t, 0, imag(r.at(i, i)), 1e-12, "real diagonal")
				}
			}
		}
	})
}

func TestEighDecomposes(t *testing.T) {
	eachSample(t, EighID, func(t *testing.T, dt dtype.DType, s ir.Sample, out []*tensor.Tensor) {
		for k, v := range matricesOf(out[1], 2) {
			a, w := matricesOf(s.Inputs[0], 2)[k], matricesOf(out[0], 1)[k].data
			unitary(t, v, dt, "V^H V")
			sameMatrix(t, a.times(v), v.scaled(w), dt, 50, "A V")
			assert.True(t, slices.IsSortedFunc(w, func(x, y complex128) int { return int(math.Copysign(1, real(x)-real(y))) }), "%v", w)
		}
	})
}

func TestEighKnownValues(t *testing.T) {
	// The path graph: eigenvalues 2 cos(k pi / (n+1)).
	n := 12
	for _, dt := range []dtype.DType{dtype.Float64, dtype.Complex128} {
		a := tensor.Must(tensor.New(dt, n, n))
		for i := range n - 1 {
			a.Set(i*n+i+1, 1)
			a.Set((i+1)*n+i, 1)
		}
		w := apply(t, EighID, EighAttrs{Lower: true}, nil, a)[0].Float64s()
		for k, v := range w {
			assert.InDelta(t, 2*math.Cos(float64(n-k)*math.Pi/float64(n+1)), v, 1e-13)
		}
	}
	pauli := tensor.Must(tensor.FromSlice([]complex128{0, -1i, 1i, 0}, 2, 2))
	assert.InDeltaSlice(t, []float64{-1, 1}, apply(t, EighID, EighAttrs{}, nil, pauli)[0].Float64s(), 1e-15)
	nan := cmplx.NaN()
	half := tensor.Must(tensor.FromSlice([]complex128{2, nan, 1i, 2}, 2, 2))
	assert.InDeltaSlice(t, []float64{1, 3}, apply(t, EighID, EighAttrs{Lower: true}, nil, half)[0].Float64s(), 1e-15, "only one triangle is read")
}

func TestSVDDecomposes(t *testing.T) {
	eachSample(t, SVDID, func(t *testing.T, dt dtype.DType, s ir.Sample, out []*tensor.Tensor) {
		attrs := s.Attrs.(SVDAttrs)
		values := out[0]
		if attrs.Vectors {
			values = out[1]
		}
		for k, a := range matricesOf(s.Inputs[0], 2) {
			w := matricesOf(values, 1)[k].data
			for i, x := range w {
				assert.True(t, real(x) >= 0 && (i == 0 || real(x) <= real(w[i-1])), "descending: %v", w)
			}
			if !attrs.Vectors {
				sum := 0.0 // of squares, the squared Frobenius norm
				for _, x := range w {
					sum += real(x * x)
				}
				assert.InDelta(t, norm(a.data)*norm(a.data), sum, 1e-5*(1+sum))
				continue
			}
			u, vh := matricesOf(out[0], 2)[k], matricesOf(out[2], 2)[k]
			unitary(t, u, dt, "U^H U")
			unitary(t, vh.adjoint(), dt, "V^H V")
			sameMatrix(t, a, u.leading(len(w)).scaled(w).times(dense[complex128]{len(w), vh.cols, vh.data[:len(w)*vh.cols]}), dt, 50, "U S V^H")
		}
	})
}

func TestSVDOfRankOneAndZero(t *testing.T) {
	for _, dt := range []dtype.DType{dtype.Float64, dtype.Complex128} {
		for _, full := range []bool{false, true} {
			a := tensor.Must(tensor.New(dt, 2, 4, 3))
			for i := range 12 {
				a.Set(i, float64(i/3+1)*float64(i%3-1)) // rank one; the second matrix is zero
			}
			out := apply(t, SVDID, SVDAttrs{Vectors: true, Full: full}, nil, a)
			want := math.Sqrt(1+4+9+16) * math.Sqrt(2)
			assert.InDeltaSlice(t, []float64{want, 0, 0, 0, 0, 0}, out[1].Float64s(), 1e-13)
			for k := range 2 {
				unitary(t, matricesOf(out[0], 2)[k], dt, "U")
				unitary(t, matricesOf(out[2], 2)[k].adjoint(), dt, "V")
			}
		}
	}
}

func TestEigDecomposes(t *testing.T) {
	eachSample(t, EigID, func(t *testing.T, dt dtype.DType, s ir.Sample, out []*tensor.Tensor) {
		attrs := s.Attrs.(EigAttrs)
		for k, a := range matricesOf(s.Inputs[0], 2) {
			w, trace := matricesOf(out[0], 1)[k].data, complex128(0)
			for i := range w {
				trace += a.at(i, i) - w[i]
			}
			assert.Less(t, cmplx.Abs(trace), 1e-4, "the trace is the sum of the eigenvalues")
			next := 1
			if attrs.Left {
				u := matricesOf(out[next], 2)[k]
				next++
				sameMatrix(t, a.adjoint().times(u), u.scaled(map1(w, conj[complex128])), dt, 100, "U^H A")
				sameMatrix(t, columnNorms(u), onesRow(u.cols), dt, 1, "unit left vectors")
			}
			if attrs.Right {
				v := matricesOf(out[next], 2)[k]
				sameMatrix(t, a.times(v), v.scaled(w), dt, 100, "A V")
				sameMatrix(t, columnNorms(v), onesRow(v.cols), dt, 1, "unit right vectors")
			}
		}
	})
}

func columnNorms(m dense[complex128]) dense[complex128] {
	out := newDense[complex128](1, m.cols)
	for j := range m.cols {
		out.set(0, j, complex(norm(m.transposed(false).row(j)), 0))
	}
	return out
}

func onesRow(n int) dense[complex128] {
	out := newDense[complex128](1, n)
	fill(out.data, 1)
	return out
}

// byPlace sorts complex numbers, for comparison of lists without order.
func byPlace(list []complex128) []complex128 {
	list = slices.Clone(list)
	slices.SortFunc(list, func(x, y complex128) int {
		if math.Abs(real(x)-real(y)) > 1e-6 {
			return int(math.Copysign(1, real(x)-real(y)))
		}
		return int(math.Copysign(1, imag(x)-imag(y)))
	})
	return list
}

// The complex code on real matrices agrees with gonum: two independent implementations.
func TestComplexAgreesWithReal(t *testing.T) {
	for seed := range uint64(20) {
		n := 1 + int(seed)
		a := sampleTensor(seeded(seed), dtype.Float64, n, n)
		z := a.AsType(dtype.Complex128)
		assert.InDeltaSlice(t, apply(t, SVDID, SVDAttrs{}, nil, a)[0].Float64s(), apply(t, SVDID, SVDAttrs{}, nil, z)[0].Float64s(), 1e-12)
		h := EighAttrs{Lower: true}
		assert.InDeltaSlice(t, apply(t, EighID, h, nil, a)[0].Float64s(), apply(t, EighID, h, nil, z)[0].Float64s(), 1e-12)
		want, got := byPlace(apply(t, EigID, EigAttrs{}, nil, a)[0].Complex128s()), byPlace(apply(t, EigID, EigAttrs{}, nil, z)[0].Complex128s())
		for i := range want {
			assert.Less(t, cmplx.Abs(want[i]-got[i]), 1e-10, "seed %d", seed)
		}
	}
}

func TestEigHardCases(t *testing.T) {
	// A companion matrix of x^8 - 1 (roots on the circle), a cyclic shift, a Jordan block, and zero.
	n := 8
	for _, dt := range []dtype.DType{dtype.Float64, dtype.Complex128} {
		shifted, jordan := tensor.Must(tensor.New(dt, n, n)), tensor.Must(tensor.New(dt, n, n))
		for i := range n {
			shifted.Set(i*n+(i+1)%n, 1)
			jordan.Set(i*n+i, 2)
			if i+1 < n {
				jordan.Set(i*n+i+1, 1)
			}
		}
		for _, w := range apply(t, EigID, EigAttrs{}, nil, shifted)[0].Complex128s() {
			assert.Less(t, cmplx.Abs(cmplx.Pow(w, complex(float64(n), 0))-1), 1e-12)
		}
		out := apply(t, EigID, EigAttrs{Left: true, Right: true}, nil, jordan)
		for _, w := range out[0].Complex128s() {
			assert.Less(t, cmplx.Abs(w-2), 0.05, "an eightfold root is known to eps^(1/8)")
		}
		for _, v := range slices.Concat(out[1].Complex128s(), out[2].Complex128s()) {
			assert.False(t, cmplx.IsNaN(v))
		}
		for _, w := range apply(t, EigID, EigAttrs{Right: true}, nil, tensor.Must(tensor.New(dt, 3, 3)))[0].Complex128s() {
			assert.Zero(t, w)
		}
	}
}

func TestDecompositionsOfNaNAreNaN(t *testing.T) {
	for _, dt := range factorTypes.List() {
		for _, bad := range []float64{math.NaN(), math.Inf(1)} {
			a := filled(dt, []float64{1, 2, 2, bad, 1, 0, 0, 1}, 2, 2, 2)
			for id, attrs := range map[ir.OpID]ir.Attrs{EighID: EighAttrs{}, SVDID: SVDAttrs{Vectors: true}, EigID: EigAttrs{Left: true, Right: true}} {
				for i, r := range apply(t, id, attrs, nil, a) {
					half := r.Size() / 2
					for k, v := range r.Complex128s() {
						assert.Equal(t, k < half, cmplx.IsNaN(v), "%s result %d element %d", id, i, k)
					}
				}
			}
		}
	}
}

func TestLinalgErrors(t *testing.T) {
	wide := ir.T(dtype.Float32, 2, 3)
	assert.Equal(t, "cholesky: operand 0: got f32[2,3], want square matrices in the last two dimensions", typeError(t, CholeskyID, CholeskyAttrs{}, wide))
	assert.Equal(t, "eigh: operand 0: got f32[3], want at least two dimensions", typeError(t, EighID, EighAttrs{}, ir.T(dtype.Float32, 3)))
	assert.Contains(t, typeError(t, LUID, nil, wide.WithDType(dtype.Int32)), "lu: operand 0: got i32[2,3], want ")
	solve := TriangularSolveAttrs{LeftSide: true, Transpose: NoTranspose}
	a := ir.T(dtype.Float32, 5, 3, 3)
	assert.Equal(t, "triangular_solve: operand 1: got f32[5,2,3], want the leading dimensions of f32[5,3,3] and 3 rows",
		typeError(t, TriangularSolveID, solve, a, ir.T(dtype.Float32, 5, 2, 3)))
	assert.Equal(t, "triangular_solve: operand 1: got f32[3,3], want the leading dimensions of f32[5,3,3] and 3 rows",
		typeError(t, TriangularSolveID, solve, a, ir.T(dtype.Float32, 3, 3)))
	solve.Transpose = "T"
	assert.Equal(t, `triangular_solve: transpose: got "T", want "no", "transpose" or "adjoint"`, typeError(t, TriangularSolveID, solve, a, a))
}
