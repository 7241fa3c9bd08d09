package trace_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

type mixed struct {
	X trace.Array
	N trace.Array // integers: no tangents
}

// polar is (x cos n, x sin x, n), with the Jacobian written down in the tests.
func polar(_ *trace.Scope, m mixed) mixed {
	return mixed{num.Stack(arrays{m.X.Mul(num.Cos(m.N)), m.X.Mul(num.Sin(m.X))}, 0), m.N}
}

func TestJVPAndVJPOfTrees(t *testing.T) {
	in := mixed{vec(1, 2), of(3)}
	cosN := math.Cos(3)
	slope := func(x float64) float64 { return math.Sin(x) + x*math.Cos(x) }
	everywhere(t, trace.JVP(polar), func(t *testing.T, call func(trace.Dual[mixed]) trace.Dual[mixed]) {
		d := call(trace.Dual[mixed]{Value: in, Tangent: mixed{vec(10, 1), of(0)}})
		near(t, []float64{cosN, 2 * cosN, math.Sin(1), 2 * math.Sin(2)}, d.Value.X.Ravel())
		near(t, []float64{10 * cosN, cosN, 10 * slope(1), slope(2)}, d.Tangent.X.Ravel())
		require.Equal(t, 3, d.Value.N.Int())
		require.Equal(t, 0, d.Tangent.N.Int())
		require.Equal(t, dtype.Int32, d.Tangent.N.DType())
	})
	pull := func(s *trace.Scope, in mixed) arrays {
		y, back := trace.VJP(s, polar, in)
		a := back(mixed{num.OnesLike(y.X), y.N})
		b := back(mixed{num.MatMul(num.Diag(vec(0, 1), 0), num.OnesLike(y.X)), y.N})
		return arrays{y.X, a.X, b.X, a.N}
	}
	everywhere(t, pull, func(t *testing.T, call func(mixed) arrays) {
		r := call(in)
		near(t, []float64{cosN, 2 * cosN, math.Sin(1), 2 * math.Sin(2)}, r[0].Ravel())
		near(t, []float64{cosN + slope(1), cosN + slope(2)}, r[1])
		near(t, []float64{slope(1), slope(2)}, r[2])
		require.Equal(t, 0, r[3].Int())
	})
	push := func(s *trace.Scope, in mixed) arrays {
		y, linear := trace.Linearize(s, polar, in)
		many := trace.Vmap(func(_ *trace.Scope, dx trace.Array) trace.Array { return linear(mixed{dx, in.N}).X })
		return arrays{y.X, many(s, num.Eye(2))}
	}
	everywhere(t, push, func(t *testing.T, call func(mixed) arrays) {
		near(t, []float64{cosN, 0, slope(1), 0, 0, cosN, 0, slope(2)}, call(in)[1].Ravel())
	})
}

func TestDerivativesWriteVariablesOnce(t *testing.T) {
	v := trace.NewVariable(0.0)
	f := func(s *trace.Scope, x trace.Array) trace.Array {
		v.Set(s, v.Get(s).Add(x.Sum()))
		return num.Square(x)
	}
	for name, g := range map[string]func(*trace.Scope, trace.Array) trace.Array{
		"jvp": func(s *trace.Scope, x trace.Array) trace.Array {
			return trace.JVP(f)(s, trace.Dual[trace.Array]{Value: x, Tangent: vec(1, 1)}).Tangent
		},
		"vjp": func(s *trace.Scope, x trace.Array) trace.Array {
			_, back := trace.VJP(s, f, x)
			back(x)
			return back(vec(1, 1))
		},
		"linearize": func(s *trace.Scope, x trace.Array) trace.Array {
			_, linear := trace.Linearize(s, f, x)
			linear(x)
			return linear(vec(1, 1))
		},
		"jacobian fwd": func(s *trace.Scope, x trace.Array) trace.Array { return trace.JacobianFwd(f)(s, x).Sum(0) },
		"jacobian rev": func(s *trace.Scope, x trace.Array) trace.Array { return trace.JacobianRev(f)(s, x).Sum(0) },
		"vector grad":  trace.VectorGrad(f),
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, g, func(t *testing.T, call func(trace.Array) trace.Array) {
				v.SetValue(1)
				require.Equal(t, []float64{6, 10}, call(vec(3, 5)).Floats())
				require.Equal(t, 9.0, v.Value().Float())
			})
		})
	}
}

func TestJacobians(t *testing.T) {
	a := grid(3, 4)
	f := func(_ *trace.Scope, x trace.Array) trace.Array { return num.Sin(a.MatMul(x)) } // (4, 2) to (3, 2)
	x := num.Linspace(-0.5, 1, 8).Reshape(4, 2)
	want := make([]float64, 3*2*4*2)
	z := a.MatMul(x).Floats()
	for i := range 3 {
		for j := range 2 {
			for k := range 4 {
				want[((i*2+j)*4+k)*2+j] = math.Cos(z[i*2+j]) * a.At(i, k).Float()
			}
		}
	}
	for name, jac := range map[string]func(func(*trace.Scope, trace.Array) trace.Array) func(*trace.Scope, trace.Array) trace.Array{
		"forward": trace.JacobianFwd, "reverse": trace.JacobianRev} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, jac(f), func(t *testing.T, call func(trace.Array) trace.Array) {
				j := call(x)
				require.Equal(t, []int{3, 2, 4, 2}, j.Shape())
				near(t, want, j)
			})
			everywhere(t, jac(func(*trace.Scope, trace.Array) trace.Array { return vec(1, 2) }), func(t *testing.T, call func(trace.Array) trace.Array) {
				require.Equal(t, []float64{0, 0, 0, 0, 0, 0}, call(vec(1, 2, 3)).Floats())
			})
			everywhere(t, jac(func(_ *trace.Scope, x trace.Array) trace.Array { return x.Slice(0, 0) }), func(t *testing.T, call func(trace.Array) trace.Array) {
				require.Equal(t, []int{0, 3}, call(vec(1, 2, 3)).Shape())
			})
		})
	}
}

type network struct {
	Layers []struct{ W, B trace.Array }
	Scale  trace.Array
}

// The blocks of a Jacobian of trees are the Jacobians of each array of the result in each array of the argument.
func TestJacobiansOfTrees(t *testing.T) {
	v := trace.NewVariable(0)
	f := func(s *trace.Scope, n network) point {
		trace.Print(s, "once %g", n.Scale)
		v.Set(s, v.Get(s).Add(1))
		h := num.Of([]float64{0.3, -0.7})
		for _, l := range n.Layers {
			h = num.Tanh(l.W.MatMul(h).Add(l.B))
		}
		return point{X: h.Mul(n.Scale), Y: num.Square(n.Scale)}
	}
	at := network{Scale: of(1.5)}
	for i := range 2 {
		at.Layers = append(at.Layers, struct{ W, B trace.Array }{num.Sin(num.Arange(4).Add(i)).Reshape(2, 2), num.Cos(num.Arange(2).Add(i))})
	}
	columns := []string{"Layers[0].W", "Layers[0].B", "Layers[1].W", "Layers[1].B", "Scale"}
	part := []func(n *network) *trace.Array{
		func(n *network) *trace.Array { return &n.Layers[0].W }, func(n *network) *trace.Array { return &n.Layers[0].B },
		func(n *network) *trace.Array { return &n.Layers[1].W }, func(n *network) *trace.Array { return &n.Layers[1].B },
		func(n *network) *trace.Array { return &n.Scale },
	}
	for name, jac := range map[string]func(func(*trace.Scope, network) point) func(*trace.Scope, network) trace.Blocks{
		"forward": trace.JacobianFwdBlocks[network, point], "reverse": trace.JacobianRevBlocks[network, point]} {
		t.Run(name, func(t *testing.T) {
			for mode, make := range map[string]func(func(*trace.Scope, network) trace.Blocks, ...trace.Option) *trace.Compiled[network, trace.Blocks]{
				"jit": trace.Jit[network, trace.Blocks], "eager": trace.Eager[network, trace.Blocks]} {
				v.SetValue(0)
				printed := 0
				blocks := make(jac(f), trace.PrintTo(func(string) { printed++ })).Must(at)
				require.Equal(t, 1, printed, mode)
				require.Equal(t, 1, v.Value().Int())
				require.Equal(t, []string{"X", "Y"}, blocks.Rows)
				require.Equal(t, columns, blocks.Columns)
				for i, column := range columns {
					for _, row := range blocks.Rows {
						alone := func(s *trace.Scope, x trace.Array) trace.Array {
							n := network{Layers: slices.Clone(at.Layers), Scale: at.Scale}
							*part[i](&n) = x
							return map[string]trace.Array{"X": f(s, n).X, "Y": f(s, n).Y}[row]
						}
						want := trace.Jit(trace.JacobianRev(alone), trace.PrintTo(func(string) {})).Must(*part[i](&at))
						require.Equal(t, want.Shape(), blocks.At(row, column).Shape())
						near(t, want.Floats(), blocks.At(row, column))
					}
				}
			}
		})
	}
	require.ErrorContains(t, trace.Try(func() { trace.Blocks{Rows: []string{"X"}}.At("Z", "W") }), `blocks at: row: got the path "Z", want one of ["X"]`)
}

func TestHessianOfATree(t *testing.T) {
	everywhere(t, trace.HessianBlocks(rosenbrock), func(t *testing.T, call func(point) trace.Blocks) {
		h := call(point{of(1.5), of(2)})
		require.Equal(t, []string{"X", "Y"}, h.Rows)
		got := []float64{h.At("X", "X").Float(), h.At("X", "Y").Float(), h.At("Y", "X").Float(), h.At("Y", "Y").Float()}
		require.InDeltaSlice(t, []float64{2 - 400*(2-6.75), -600, -600, 200}, got, 1e-3)
	})
}

func TestHessian(t *testing.T) {
	f := func(_ *trace.Scope, x trace.Array) trace.Array { return rosenbrock(nil, point{x.At(0), x.At(1)}) }
	everywhere(t, trace.Hessian(f), func(t *testing.T, call func(trace.Array) trace.Array) {
		// [2 - 400 (y - 3 x^2), -400 x; -400 x, 200] at (1.5, 2)
		h := call(vec(1.5, 2))
		require.InDeltaSlice(t, []float64{2 - 400*(2-6.75), -600, -600, 200}, h.Floats(), 1e-3)
	})
}

func TestForwardModeThroughWhile(t *testing.T) {
	f := func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.While(s, x, func(_ *trace.Scope, x trace.Array) trace.Array { return x.Sum().Lt(100) },
			func(_ *trace.Scope, x trace.Array) trace.Array { return x.Mul(x) })
	}
	everywhere(t, trace.JacobianFwd(f), func(t *testing.T, call func(trace.Array) trace.Array) {
		require.Equal(t, []float64{8 * 128, 0, 0, 8 * 2187}, call(vec(2, 3)).Floats()) // x^8
	})
}

func TestTangentErrors(t *testing.T) {
	f := func(_ *trace.Scope, x trace.Array) trace.Array { return x.Mul(2) }
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		return trace.JVP(f)(s, trace.Dual[trace.Array]{Value: x, Tangent: of(1.0)}).Value
	}, vec(1, 2), line(-1), "%s: jvp: tangent: got f32[], want f32[2], the type of the value (tangents have the types of what they belong to)")
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array {
		_, back := trace.VJP(s, f, x)
		return back(of(1.0))
	}, vec(1, 2), line(-1), "%s: vjp: cotangent: got f32[], want f32[2], the type of the result (tangents have the types of what they belong to)")
	fails(t, func(s *trace.Scope, x trace.Array) trace.Array { return trace.JacobianRev(f)(s, x) }, of(int32(1)), line(0),
		"%s: jacobian rev: argument: got i32[], want a real floating-point array (convert it with AsType, or capture it; for complex numbers use JVP or VJP)")
}
