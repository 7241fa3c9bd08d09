package trace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// The first program of the documentation: num.Of(2) is a Go int, and 2 is a real number.
func TestGoIntsAreRealNumbersToDerivatives(t *testing.T) {
	at := point{X: num.Of(1.5), Y: num.Of(2)}
	require.Equal(t, dtype.Int32, at.Y.DType())
	for name, f := range map[string]func(*trace.Scope, point) point{
		"grad":       trace.Grad(rosenbrock),
		"value":      func(s *trace.Scope, p point) point { return trace.ValueAndGrad(rosenbrock)(s, p).Grad },
		"vector":     trace.VectorGrad(rosenbrock),
		"checkpoint": trace.Grad(trace.Checkpoint(rosenbrock)),
		"inside":     trace.Checkpoint(trace.Grad(rosenbrock)),
		"branch": func(s *trace.Scope, p point) point {
			return trace.Cond(s, p.X.Gt(0), p, trace.Grad(rosenbrock), func(_ *trace.Scope, p point) point {
				return point{num.Of(0.0), num.Of(0.0)}
			})
		},
		"lanes": func(s *trace.Scope, p point) point {
			g := trace.Vmap(trace.Grad(rosenbrock), trace.InAxes(0, trace.NoLanes))(s, point{p.X.Reshape(1), p.Y})
			return point{g.X.At(0), g.Y.At(0)}
		},
	} {
		everywhere(t, f, func(t *testing.T, call func(point) point) {
			g := call(at) // 2 (x - 1) - 400 x (y - x^2), 200 (y - x^2)
			require.Equal(t, []float64{1 + 400*1.5*0.25, -200 * 0.25}, []float64{g.X.Float(), g.Y.Float()}, name)
			require.Equal(t, dtype.Float32, g.Y.DType(), name)
		})
	}
	// JVP and VJP take integers, which have no tangents; a tangent may be a Go int.
	everywhere(t, trace.JVP(rosenbrock), func(t *testing.T, call func(trace.Dual[point]) trace.Dual[trace.Array]) {
		require.Equal(t, 151-50*2.0, call(trace.Dual[point]{Value: point{num.Of(1.5), num.Of(2.0)}, Tangent: point{num.Of(1), num.Of(2)}}).Tangent.Float())
		require.Equal(t, 151.0, call(trace.Dual[point]{Value: at, Tangent: point{num.Of(1), num.Of(2)}}).Tangent.Float())
	})
	everywhere(t, trace.Hessian(pure(func(x trace.Array) trace.Array { return x.Mul(x).Mul(x) })), func(t *testing.T, call func(trace.Array) trace.Array) {
		require.Equal(t, 12.0, call(num.Of(2)).Float())
	})
	_, err := trace.Jit(trace.Grad(rosenbrock)).Call(point{num.Of(1.5), num.Of(int32(2))})
	require.ErrorContains(t, err, "grad: argument.Y: got i32[], want a floating-point or complex array: integers and bools have no derivative")
}

// A Go int in an Array meets other arrays as the number itself does.
func TestGoIntsAreWeak(t *testing.T) {
	f := func(s *trace.Scope, two trace.Array) arrays {
		bytes := num.Of([]uint8{1, 2})
		branch := trace.Cond(s, two.Gt(0), two, func(_ *trace.Scope, two trace.Array) trace.Array { return bytes.Mul(two) },
			func(*trace.Scope, trace.Array) trace.Array { return bytes })
		looped, _ := trace.Scan(s, two, trace.Range(3), func(_ *trace.Scope, c, _ trace.Array) (trace.Array, struct{}) { return c.Add(1), struct{}{} })
		return arrays{bytes.Mul(two), branch, two.Add(1), two.Mul(1.5), looped, two.Add(two).Add(bytes)}
	}
	kinds := func(out arrays) (dts []dtype.DType) {
		for _, a := range out {
			dts = append(dts, a.DType())
		}
		return dts
	}
	everywhere(t, f, func(t *testing.T, call func(trace.Array) arrays) {
		require.Equal(t, []dtype.DType{dtype.Uint8, dtype.Uint8, dtype.Int32, dtype.Float32, dtype.Int32, dtype.Int32}, kinds(call(num.Of(2))))
		require.Equal(t, []float64{2, 4}, call(num.Of(2))[0].Floats())
		out := func() error { _, err := trace.Jit(f).Call(num.Of(int32(2))); return err }()
		require.ErrorContains(t, out, "result of the yes branch", "a strong one makes i32 of bytes, in one branch only")
	})
	v := trace.NewVariable(num.Of(2))
	sum := trace.Jit(func(s *trace.Scope, x trace.Array) trace.Array {
		v.Set(s, v.Get(s).Add(num.Of(1)))
		return v.Get(s).Add(x)
	})
	require.Equal(t, dtype.Int32, sum.Must(num.Of([]uint8{1})).DType(), "a Variable is not weak")
	require.Equal(t, 3, v.Value().Int())
}
