package stablehlo_test

import (
	"fmt"
	"math/cmplx"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
)

// matrix draws elements, complex ones for complex types.
func matrix(r *rand.Rand, dt dtype.DType, shape ...int) *tensor.Tensor {
	t := tensor.Must(tensor.New(dtype.Complex128, shape...))
	for i, z := range tensor.Flat[complex128](t) {
		if z = complex(r.NormFloat64(), 0); dt.IsComplex() {
			z += complex(0, r.NormFloat64())
		}
		tensor.Flat[complex128](t)[i] = z
	}
	return t.AsType(dt)
}

// element returns x[index...].
func element(x *tensor.Tensor, index ...int) complex128 {
	return x.Complex128s()[tensor.Offset(index, tensor.Strides(x.Shape()))]
}

func typeText(dt dtype.DType, shape ...int) string {
	return "tensor<" + strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", "x") + "x" + dt.String() + ">"
}

// The factors of QR multiply to the matrix, and Q is unitary: tall, square, wide, and a matrix whose column needs no reflection.
func TestHouseholderCalls(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, dt := range []dtype.DType{dtype.Float64, dtype.Complex128} {
		letter := map[dtype.DType]string{dtype.Float64: "dorgqr", dtype.Complex128: "zungqr"}[dt]
		for _, shape := range [][2]int{{5, 3}, {4, 4}, {3, 5}, {1, 1}} {
			const batch = 2
			m, n := shape[0], shape[1]
			k := min(m, n)
			a := matrix(r, dt, batch, m, n)
			for i := range m { // the first matrix is upper triangular in its first column
				if i > 0 {
					a.Set(i*n, 0.0)
				}
			}
			src := fmt.Sprintf(`
func.func @main(%%a: %[1]s) -> (%[1]s, %[2]s) {
  %%0:2 = stablehlo.custom_call @lapack_%[4]sgeqrf_ffi(%%a) {mhlo.backend_config = {}} : (%[1]s) -> (%[1]s, %[3]s)
  %%1 = stablehlo.slice %%0#0 [0:%[5]d, 0:%[6]d, 0:%[7]d] : (%[1]s) -> %[2]s
  %%2 = stablehlo.custom_call @lapack_%[8]s_ffi(%%1, %%0#1) {mhlo.backend_config = {}} : (%[2]s, %[3]s) -> %[2]s
  return %%0#0, %%2 : %[1]s, %[2]s
}`, typeText(dt, batch, m, n), typeText(dt, batch, m, k), typeText(dt, batch, k), letter[:1], batch, m, k, letter)
			for _, backend := range []string{"interp", "cpu"} {
				out := compile(t, backend, read(t, src), a)
				for b := range batch {
					for i := range m {
						for j := range n {
							sum := complex(0, 0)
							for l := 0; l <= min(j, k-1); l++ {
								sum += element(out[1], b, i, l) * element(out[0], b, l, j)
							}
							assert.InDelta(t, 0, cmplx.Abs(sum-element(a, b, i, j)), 1e-12, "%s %v %s", dt, shape, backend)
						}
					}
					for i := range k {
						for j := range k {
							sum := complex(0, 0)
							for l := range m {
								sum += cmplx.Conj(element(out[1], b, l, i)) * element(out[1], b, l, j)
							}
							want := 0.0
							if i == j {
								want = 1
							}
							assert.InDelta(t, want, real(sum), 1e-12)
							assert.InDelta(t, 0, imag(sum), 1e-12)
						}
					}
				}
			}
		}
	}
}

// Tridiagonal systems whose diagonal is small need exchanges of rows.
func TestTridiagonalCalls(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const batch, k = 2, 2
	for _, n := range []int{1, 2, 7} {
		below, diagonal, above := matrix(r, dtype.Float64, batch, n), matrix(r, dtype.Float64, batch, n), matrix(r, dtype.Float64, batch, n)
		for i := range batch * n {
			if i%2 == 1 {
				diagonal.Set(i, 1e-9)
			}
		}
		rhs := matrix(r, dtype.Float64, batch, n, k)
		src := fmt.Sprintf(`
func.func @main(%%l: %[1]s, %%d: %[1]s, %%u: %[1]s, %%b: %[2]s) -> (%[2]s, tensor<2xi32>) {
  %%0:5 = stablehlo.custom_call @lapack_dgtsv_ffi(%%l, %%d, %%u, %%b) {mhlo.backend_config = {}} : (%[1]s, %[1]s, %[1]s, %[2]s) -> (%[1]s, %[1]s, %[1]s, %[2]s, tensor<2xi32>)
  return %%0#3, %%0#4 : %[2]s, tensor<2xi32>
}`, typeText(dtype.Float64, batch, n), typeText(dtype.Float64, batch, n, k))
		for _, backend := range []string{"interp", "cpu"} {
			out := compile(t, backend, read(t, src), below, diagonal, above, rhs)
			assert.Equal(t, []int32{0, 0}, tensor.Flat[int32](out[1]))
			for b := range batch {
				for i := range n {
					for j := range k {
						sum := element(diagonal, b, i) * element(out[0], b, i, j)
						scale := 1.0
						if i > 0 {
							sum += element(below, b, i) * element(out[0], b, i-1, j)
						}
						if i < n-1 {
							sum += element(above, b, i) * element(out[0], b, i+1, j)
							scale += cmplx.Abs(element(out[0], b, i+1, j))
						}
						assert.InDelta(t, 0, cmplx.Abs(sum-element(rhs, b, i, j)), 1e-12*scale, "n %d %s", n, backend)
					}
				}
			}
		}
	}
}

func TestLapackFailuresAreReported(t *testing.T) {
	const src = `
func.func @main(%a: tensor<2x2x2xf32>) -> (tensor<2x2x2xf32>, tensor<2xi32>) {
  %0:2 = stablehlo.custom_call @lapack_spotrf_ffi(%a) {mhlo.backend_config = {uplo = 76 : ui8}} : (tensor<2x2x2xf32>) -> (tensor<2x2x2xf32>, tensor<2xi32>)
  return %0#0, %0#1 : tensor<2x2x2xf32>, tensor<2xi32>
}`
	a := tensor.Must(tensor.FromSlice([]float32{4, 9, 2, 5, 1, 2, 2, 1}, 2, 2, 2))
	out := compile(t, "interp", read(t, src), a)
	assert.Equal(t, []int32{0, 1}, tensor.Flat[int32](out[1]), "the second matrix is not positive definite")
	assert.Equal(t, []float32{2, 9, 1, 2}, tensor.Flat[float32](out[0])[:4], "the upper triangle is left as it was")
	e := fails(t, strings.Replace(src, "spotrf", "sgees", 1))
	assert.True(t, e.Unsupported)
	assert.Contains(t, e.Error(), "lapack_sgees_ffi")
}
