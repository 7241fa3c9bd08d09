package num_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

type array = num.Array

// functions are the cases of testdata/cases.json by name, for any number of inputs.
var functions = map[string]func(in []array) array{}

func one(name string, f func(array) array) {
	functions[name] = func(in []array) array { return f(in[0]) }
}

func two(name string, f func(x, y any) array) {
	functions[name] = func(in []array) array { return f(in[0], in[1]) }
}

func init() {
	for name, f := range map[string]func(array) array{
		"sqrt": num.Sqrt, "exp": num.Exp, "exp2": num.Exp2, "expm1": num.Expm1, "log": num.Log, "log1p": num.Log1p, "sin": num.Sin,
		"cos": num.Cos, "tan": num.Tan, "arctan": num.Arctan, "sinh": num.Sinh, "cosh": num.Cosh, "tanh": num.Tanh, "arcsinh": num.Arcsinh,
		"cbrt": num.Cbrt, "floor": num.Floor, "ceil": num.Ceil, "trunc": num.Trunc, "abs": num.Abs, "sign": num.Sign, "square": num.Square,
		"log2": num.Log2, "log10": num.Log10, "sinc": num.Sinc, "isfinite": num.IsFinite, "isnan": num.IsNaN, "isinf": num.IsInf,
		"nan_to_num": num.NaNToNum, "reciprocal": num.Reciprocal, "deg2rad": num.Deg2Rad, "rad2deg": num.Rad2Deg, "round": num.Round,
		"arcsin": num.Arcsin, "arccos": num.Arccos, "arctanh": num.Arctanh, "arccosh": num.Arccosh,
		"relu": num.Relu, "gelu": num.Gelu, "gelu_exact": num.GeluExact, "silu": num.Silu, "softplus": num.Softplus, "sigmoid": num.Sigmoid,
		"selu": num.Selu, "hard_sigmoid": num.HardSigmoid, "hard_tanh": num.HardTanh, "relu6": num.Relu6, "soft_sign": num.SoftSign,
		"erf": num.Erf, "erfc": num.Erfc, "erf_inv": num.ErfInv, "digamma": num.Digamma, "lgamma": num.Lgamma, "bessel_i0e": num.BesselI0e, "bessel_i1e": num.BesselI1e, "rsqrt": num.Rsqrt,
		"exprel": num.Exprel, "popcount": num.Popcount, "clz": num.Clz,
		"log_sigmoid": num.LogSigmoid, "mish": num.Mish, "hard_silu": num.HardSilu,
	} {
		one(name, f)
	}
	for name, f := range map[string]func(x, y any) array{
		"add": num.Add, "sub": num.Sub, "mul": num.Mul, "div": num.Div, "mod": num.Mod, "fmod": num.Fmod, "floor_divide": num.FloorDivide,
		"power": num.Power, "maximum": num.Maximum, "minimum": num.Minimum, "arctan2": num.Arctan2, "hypot": num.Hypot,
		"copysign": num.Copysign, "logaddexp": num.LogAddExp, "heaviside": num.Heaviside, "nextafter": num.Nextafter, "polygamma": num.Polygamma, "zeta": num.Zeta,
	} {
		two(name, f)
	}
	for name, f := range map[string]func(array, ...int) array{
		"sum": num.Sum, "prod": num.Prod, "mean": num.Mean, "max": num.Max, "min": num.Min, "any": num.Any, "all": num.All, "var": num.Var, "std": num.Std,
	} {
		one(name, func(x array) array { return f(x) })
		one(name+"_1", func(x array) array { return f(x, 1) })
		one(name+"_m1_0", func(x array) array { return f(x, -1, 0) })
	}
	for name, f := range map[string]func(array) array{
		"leaky_relu": func(x array) array { return num.LeakyRelu(x, 0.01) }, "elu": func(x array) array { return num.Elu(x, 1) },
		"celu": func(x array) array { return num.Celu(x, 1) }, "clip": func(x array) array { return num.Clip(x, -3, 4) },
		"softmax": func(x array) array { return num.Softmax(x, 1) }, "log_softmax": func(x array) array { return num.LogSoftmax(x, 0) },
		"logsumexp": func(x array) array { return num.LogSumExp(x) }, "logsumexp_1": func(x array) array { return num.LogSumExp(x, 1) },
		"one_hot": func(x array) array { return num.OneHot(x, 4) }, "argmax": func(x array) array { return num.ArgMax(x) },
		"argmax_1": func(x array) array { return num.ArgMax(x, 1) }, "argmin_0": func(x array) array { return num.ArgMin(x, 0) },
		"ptp": func(x array) array { return num.Ptp(x, 0) }, "median": func(x array) array { return num.Median(x) },
		"median_1": func(x array) array { return num.Median(x, 1) }, "quantile": func(x array) array { return num.Quantile(x, 0.3) },
		"nanmean": func(x array) array { return num.NaNMean(x) }, "count_nonzero": func(x array) array { return num.CountNonzero(x, 0) },
		"cumsum": func(x array) array { return num.CumSum(x, 0) }, "cumprod": func(x array) array { return num.CumProd(x, 0) },
		"cummax": func(x array) array { return num.CumMax(x, 0) }, "cummin": func(x array) array { return num.CumMin(x, 0) },
		"reshape": func(x array) array { return num.Reshape(x, 2, -1) }, "transpose": func(x array) array { return num.Transpose(x, 2, 0, -2) },
		"t": func(x array) array { return x.T() }, "moveaxis": func(x array) array { return num.MoveAxis(x, 0, -1) },
		"swapaxes": func(x array) array { return num.SwapAxes(x, 0, 2) }, "expand_dims": func(x array) array { return num.ExpandDims(x, 0, 2, -1) },
		"squeeze": func(x array) array { return num.Squeeze(x) }, "flip": func(x array) array { return num.Flip(x, 0, -1) },
		"flip_all": func(x array) array { return num.Flip(x) }, "roll": func(x array) array { return num.Roll(x, 2, 1) },
		"roll_back":   func(x array) array { return num.Roll(x, -5, 2) },
		"pad":         func(x array) array { return num.Pad(x, [][2]int{{1, 0}, {2, 3}}, 7) },
		"pad_edge":    func(x array) array { return num.PadEdge(x, [][2]int{{2, 1}, {5, 9}}) },
		"pad_wrap":    func(x array) array { return num.PadWrap(x, [][2]int{{2, 1}, {5, 9}}) },
		"pad_reflect": func(x array) array { return num.PadReflect(x, [][2]int{{2, 1}, {5, 9}}) },
		"repeat":      func(x array) array { return num.Repeat(x, 3, 1) }, "tile": func(x array) array { return num.Tile(x, 2, 1, 3) },
		"tile_1": func(x array) array { return num.Tile(x, 2) }, "split": func(x array) array { return num.Split(x, 2, 1)[1] },
		"tril": func(x array) array { return num.Tril(x, 1) }, "triu": func(x array) array { return num.Triu(x, -1) },
		"diag": func(x array) array { return num.Diag(x, -2) }, "diag_1": func(x array) array { return num.Diag(x, 1) },
		"diagonal": func(x array) array { return num.Diagonal(x, 1) }, "trace": num.Trace, "norm": func(x array) array { return num.Norm(x) },
		"sort": func(x array) array { return num.Sort(x, 0) }, "argsort": func(x array) array { return num.ArgSort(x, 0) },
		"top_k":       func(x array) array { values, _ := num.TopK(x, 2); return values },
		"top_k_index": func(x array) array { _, indices := num.TopK(x, 3); return indices },
		"bincount":    func(x array) array { return num.Bincount(x, 12) },
		"histogram":   func(x array) array { counts, _ := num.Histogram(x, 5, -1, 1.5); return counts },
		"take":        func(x array) array { return num.Take(x, []int{2, 0, -1}, 1) },
		"take_2d":     func(x array) array { return num.Take(x, num.Of([][]int{{0, 1}, {1, 0}}), 0) },
		"diff":        func(x array) array { return num.Diff(x, 2, 1) }, "diff_1": func(x array) array { return num.Diff(x, 1, 0) },
		"trapezoid": func(x array) array { return num.Trapezoid(x, 0.5, 1) }, "gradient": func(x array) array { return num.Gradient(x, 0.5, 0) },
		"polyval": func(x array) array { return num.Polyval([]float64{2, -1, 0.5}, x) },
	} {
		one(name, f)
	}
	for name, f := range map[string]func(in []array) array{
		"where":   func(in []array) array { return num.Where(in[0], in[1], in[2]) },
		"isclose": func(in []array) array { return num.IsClose(in[0], in[1], 1e-5, 1e-8) },
		"xlogy":   func(in []array) array { return num.Xlogy(in[0], in[1]) },
		"bits": func(in []array) array {
			return in[0].And(5).Or(in[0].Shl(2)).Xor(in[0].Not().Shr(1))
		},
		"bits_unsigned": func(in []array) array { return in[0].Shr(3) },
		"complex": func(in []array) array {
			z := num.MakeComplex(in[0], in[1])
			square := num.Real(num.Conj(z).Mul(z))
			return num.Stack([]array{square, num.Imag(num.Conj(z).Mul(complex(1, 2)))}, 0)
		},
		"angle":    func(in []array) array { return num.Angle(num.MakeComplex(in[0], in[1])) },
		"average":  func(in []array) array { return num.Average(in[0], in[1], 1) },
		"stack":    func(in []array) array { return num.Stack(in, 1) },
		"vstack":   func(in []array) array { return num.Vstack(in...) },
		"hstack":   func(in []array) array { return num.Hstack(in...) },
		"eye":      func([]array) array { return num.Eye(3, 5) },
		"linspace": func([]array) array { return num.Linspace(-1, 2, 7) },
		"arange":   func([]array) array { return num.Arange(2, 11, 3) },
		"arange_f": func([]array) array { return num.Arange(0.5, 2, 0.25) },
		"logspace": func([]array) array { return num.Logspace(0, 2, 5, 10) },
		"meshgrid": func(in []array) array { return num.Meshgrid(in...)[1] },
		"matmul":   func(in []array) array { return num.MatMul(in[0], in[1]) },
		"dot":      func(in []array) array { return num.Dot(in[0], in[1]) },
		"outer":    func(in []array) array { return num.Outer(in[0], in[1]) },
		"inner":    func(in []array) array { return num.Inner(in[0], in[1]) },
		"vdot":     func(in []array) array { return num.Vdot(in[0], in[1]) },
		"kron":     func(in []array) array { return num.Kron(in[0], in[1]) },
		"cross":    func(in []array) array { return num.Cross(in[0], in[1]) },

		"concatenate":        func(in []array) array { return num.Concatenate(in, -1) },
		"tensordot":          func(in []array) array { return num.Tensordot(in[0], in[1], []int{2, 0}, []int{2, 0}) },
		"searchsorted":       func(in []array) array { return num.SearchSorted(in[0], in[1], false) },
		"searchsorted_right": func(in []array) array { return num.SearchSorted(in[0], in[1], true) },
		"take_along_axis":    func(in []array) array { return num.TakeAlongAxis(in[0], in[1], 1) },
		"put_along_axis":     func(in []array) array { return num.PutAlongAxis(in[0], in[1], 9, 1) },
		"interp":             func(in []array) array { return num.Interp(in[0], in[1], in[2]) },
	} {
		functions[name] = f
	}
	k1, k2 := []int{2, 0, -1}, num.Of([][]int{{1}, {3}})
	p1, p2 := []int{0, 1, 1}, []int{2, 0, 1}
	indexes("", map[string][]any{
		"i": {1}, "neg": {-1, -2}, "span": {trace.Span(1, 3)}, "span2": {trace.All, trace.Span(-3, -1)},
		"step": {trace.SpanStep(0, 3, 2), trace.SpanStep(1, trace.End, 2)}, "new": {trace.NewAxis, 1, trace.NewAxis}, "rest": {trace.Rest, 0},
		"rest2": {0, trace.Rest, trace.NewAxis, 1}, "vec": {k1}, "vec2": {trace.All, k2}, "pair": {k1, k2}, "pair_span": {k1, trace.Span(1, 3)},
		"front": {k1[:2]},
	})
	indexes("4", map[string][]any{
		"mid": {trace.All, p2, p1}, "split": {p1, trace.All, p2}, "split_span": {p1, trace.Span(0, 2), p2, trace.SpanStep(1, 5, 2)},
		"pick_vec": {0, trace.All, p2}, "vec_pick": {trace.All, p2, 1}, "dyn_mid": {trace.Span(0, 1), num.Of(2), p2},
	})
}

func indexes(suffix string, cases map[string][]any) {
	for name, ix := range cases {
		functions["at"+suffix+":"+name] = func(in []array) array { return in[0].At(ix...) }
		functions["set"+suffix+":"+name] = func(in []array) array { return in[0].SetAt(in[1], ix...) }
		functions["add"+suffix+":"+name] = func(in []array) array { return in[0].AddAt(in[1], ix...) }
	}
}

// jsonArray is an array as gen.py writes it.
type jsonArray struct {
	DType string
	Shape []int
	Data  []any
}

func (j jsonArray) floats(t *testing.T) []float64 {
	out := make([]float64, len(j.Data))
	for i, v := range j.Data {
		switch v := v.(type) {
		case float64:
			out[i] = v
		case bool:
			if v {
				out[i] = 1
			}
		case string:
			f, err := strconv.ParseFloat(v, 64)
			require.NoError(t, err)
			out[i] = f
		}
	}
	return out
}

func (j jsonArray) array(t *testing.T) array {
	dt, err := dtype.Parse(j.DType)
	require.NoError(t, err)
	return num.FromSlice(j.floats(t)).AsType(dt).Reshape(j.Shape...)
}

// TestAgainstNumPy compares each function with NumPy's or JAX's result: called on concrete arrays, compiled, and
// interpreted, which must be the same bits as the first.
func TestAgainstNumPy(t *testing.T) {
	text, err := os.ReadFile("testdata/cases.json")
	require.NoError(t, err)
	var cases []struct {
		Name   string
		Inputs []jsonArray
		Output jsonArray
	}
	require.NoError(t, json.Unmarshal(text, &cases))
	tried, used := map[string]bool{}, map[string]bool{}
	interp, err := backends.Get("interp")
	require.NoError(t, err)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			f, ok := functions[c.Name]
			if spec, isEinsum := strings.CutPrefix(c.Name, "einsum:"); isEinsum {
				f, ok = func(in []array) array { return num.Einsum(spec, in...) }, true
			}
			require.True(t, ok, "no function")
			tried[c.Name] = true
			in := make([]array, len(c.Inputs))
			for i, j := range c.Inputs {
				in[i] = j.array(t)
			}
			var concrete array
			require.NoError(t, trace.Try(func() { concrete = f(in) }))
			requireClose(t, c.Output, concrete, c.Name != "sort") // there NumPy leaves zeros of both signs as they come, we order them
			compiled, err := trace.Jit(func(_ *trace.Scope, in []array) array { return f(in) }).Call(in)
			require.NoError(t, err)
			requireClose(t, c.Output, compiled, c.Name != "sort")
			low, err := trace.Jit(func(_ *trace.Scope, in []array) array { return f(in) }).Lower(in)
			require.NoError(t, err)
			low.Graph().Walk(func(n *ir.Node) { used[n.Row().Name] = true })
			traced, err := trace.Jit(func(_ *trace.Scope, in []array) array { return f(in) }, trace.On(interp)).Call(in)
			require.NoError(t, err)
			requireClose(t, c.Output, traced, c.Name != "sort") // compiled functions may differ from the interpreter's by their documented ULP
		})
	}
	for _, row := range ir.Rows() {
		inner := []string{"lookup", "rare", "round_away", "fma", "logb", "scalb", "bitcast", "threefry2x32", "exponent", "significand"} // for StableHLO, or parts of functions of other packages
		if row.Class == ir.ClassElementwise && !slices.Contains(inner, row.Name) {
			assert.True(t, used[row.Name], "no function reaches the primitive %s", row.Name)
		}
	}
	for name := range functions {
		_, index, isIndex := strings.Cut(name, ":")
		readOnly := isIndex && (index == "new" || index == "rest2") // NumPy's values for these would be ours reshaped
		require.True(t, tried[name] || readOnly, "no case for %s", name)
	}
}

// requireClose allows for the last places of another implementation's transcendental functions and other orders of sums.
func requireClose(t *testing.T, want jsonArray, got array, signs bool) {
	t.Helper()
	require.Equal(t, want.DType, got.DType().Name())
	require.Equal(t, want.Shape, got.Shape())
	w, g := want.floats(t), got.AsType(dtype.Float64).Floats()
	for i := range w {
		if w[i] == g[i] || math.IsNaN(w[i]) && math.IsNaN(g[i]) {
			if signs && !math.IsNaN(w[i]) {
				require.Equal(t, math.Signbit(w[i]), math.Signbit(g[i]), "sign of element %d", i)
			}
			continue
		}
		require.InDelta(t, w[i], g[i], 4e-6*max(1, math.Abs(w[i])), "element %d", i)
	}
}
