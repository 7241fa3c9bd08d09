package autodiff

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/require"
)

// Derivatives at branch points, and some others, against JAX: testdata/jax_rules.py writes the file.

type jaxArray struct {
	DType string
	Shape []int
	Data  []string
}

type jaxCase struct {
	Name            string
	In              []jaxArray
	Out, Ct         jaxArray
	Grad, Direction []jaxArray
	Tangent         jaxArray
}

func (a jaxArray) tensor(t *testing.T) *tensor.Tensor {
	t.Helper()
	dt := map[string]dtype.DType{"float64": dtype.Float64, "complex128": dtype.Complex128, "int64": dtype.Int64, "bool": dtype.Bool}[a.DType]
	x := tensor.Must(tensor.New(dt, a.Shape...))
	number := func(i int) float64 {
		v, err := strconv.ParseFloat(a.Data[i], 64)
		require.NoError(t, err)
		return v
	}
	for i := range x.Size() {
		switch {
		case dt.IsComplex():
			x.Set(i, complex(number(2*i), number(2*i+1)))
		case dt.IsBool():
			x.Set(i, number(i) != 0)
		default:
			x.Set(i, number(i))
		}
	}
	return x
}

// jaxGraphs are the functions of the cases that are not a primitive with the name of the case.
var jaxGraphs = map[string]func(b *ir.Builder, p values) *ir.Value{
	"where sqrt": func(b *ir.Builder, p values) *ir.Value {
		zero := num(b, p[0], 0)
		return op.Select(b, op.Gt(b, p[0], zero), op.Sqrt(b, p[0]), zero)
	},
	"double where sqrt": func(b *ir.Builder, p values) *ir.Value {
		zero := num(b, p[0], 0)
		positive := op.Gt(b, p[0], zero)
		return op.Select(b, positive, op.Sqrt(b, op.Select(b, positive, p[0], num(b, p[0], 1))), zero)
	},
	"where log": func(b *ir.Builder, p values) *ir.Value {
		return op.Select(b, op.Gt(b, p[0], num(b, p[0], 0)), op.Log(b, p[0]), p[0])
	},
	"clip": func(b *ir.Builder, p values) *ir.Value {
		return op.Min(b, op.Max(b, p[0], num(b, p[0], 0)), num(b, p[0], 1))
	},
	"norm":        func(b *ir.Builder, p values) *ir.Value { return op.Sqrt(b, op.ReduceSum(b, op.Mul(b, p[0], p[0]), 0)) },
	"to real":     func(b *ir.Builder, p values) *ir.Value { return op.Convert(b, p[0], dtype.Float64) },
	"to complex":  func(b *ir.Builder, p values) *ir.Value { return op.Convert(b, p[0], dtype.Complex128) },
	"reduce_sum":  func(b *ir.Builder, p values) *ir.Value { return op.ReduceSum(b, p[0], 1) },
	"reduce_max":  func(b *ir.Builder, p values) *ir.Value { return op.ReduceMax(b, p[0], 1) },
	"reduce_min":  func(b *ir.Builder, p values) *ir.Value { return op.ReduceMin(b, p[0], 1) },
	"reduce_prod": func(b *ir.Builder, p values) *ir.Value { return op.ReduceProd(b, p[0], 1) },
	"sort":        func(b *ir.Builder, p values) *ir.Value { return op.Sort(b, 1, 1, nil, true, p[0])[0] },
	"argmax then take": func(b *ir.Builder, p values) *ir.Value {
		best := op.ArgMax(b, p[0], 1, dtype.Int32)
		return op.Gather(b, p[0], best, op.GatherAttrs{CollapsedSliceDims: []int{1}, OperandBatchingDims: []int{0},
			StartIndicesBatchingDims: []int{0}, StartIndexMap: []int{1}, IndexVectorDim: 1, SliceSizes: []int{1, 1}})
	},
	"take":    func(b *ir.Builder, p values) *ir.Value { return op.Take(b, p[0], p[1], 0) },
	"put add": put(op.CombineAdd), "put set": put(op.CombineSet), "put max": put(op.CombineMax), "put min": put(op.CombineMin), "put mul": put(op.CombineMul),
	"dynamic_slice": func(b *ir.Builder, p values) *ir.Value { return op.DynamicSlice(b, p[0], []int{3}, p[1]) },
	"dynamic_update_slice": func(b *ir.Builder, p values) *ir.Value {
		return op.DynamicUpdateSlice(b, p[0], p[1], wrapped(b, p[2], 5))
	},
	"window max": window(op.CombineMax, math.Inf(-1)),
	"window sum": window(op.CombineAdd, 0),
	"scan": func(b *ir.Builder, p values) *ir.Value {
		step := body(func(b *ir.Builder, p values) values {
			return values{op.Add(b, op.Mul(b, op.Sin(b, p[2]), p[1]), num(b, p[1], 0.1))}
		}, indexType, scalar, scalar)
		return op.Loop(b, op.LoopAttrs{Trip: 20, Consts: 1, Carries: 1}, step, p...)[0]
	},
	"cond": func(b *ir.Builder, p values) *ir.Value {
		square := body(func(b *ir.Builder, p values) values { return values{op.Mul(b, p[0], p[0])} }, scalar)
		sine := body(func(b *ir.Builder, p values) values { return values{op.Sin(b, p[0])} }, scalar)
		index := op.Convert(b, op.Gt(b, p[0], num(b, p[0], 0)), dtype.Int32)
		return op.Switch(b, index, []*ir.Graph{square, sine}, p[0])[0]
	},
	"surrogate": func(b *ir.Builder, p values) *ir.Value { return op.Mul(b, p[0], relu(b, p[0])) },
}

// relu has the derivative 0 at 0, as jax.nn.relu.
func relu(b *ir.Builder, x *ir.Value) *ir.Value {
	t := x.Type
	primal := body(func(b *ir.Builder, p values) values { return values{op.Max(b, p[0], num(b, p[0], 0))} }, t)
	rule := body(func(b *ir.Builder, p values) values {
		zero := num(b, p[0], 0)
		return values{op.Max(b, p[0], zero), op.Select(b, op.Gt(b, p[0], zero), p[1], zero)}
	}, t, t)
	return op.Call(b, op.CallAttrs{Name: "relu", Kind: op.CallCustomJVP}, []*ir.Graph{primal, rule}, x)[0]
}

func put(c op.Combine) func(b *ir.Builder, p values) *ir.Value {
	return func(b *ir.Builder, p values) *ir.Value { return op.Put(b, p[0], p[1], p[2], 0, c) }
}

// wrapped counts negative positions from the end of n, as JAX does before it clamps.
func wrapped(b *ir.Builder, i *ir.Value, n int64) *ir.Value {
	end := op.ScalarInt(b, i.Type.DType, n)
	return op.Select(b, op.Lt(b, i, op.ScalarInt(b, i.Type.DType, 0)), op.Add(b, i, end), i)
}

func window(c op.Combine, init float64) func(b *ir.Builder, p values) *ir.Value {
	return func(b *ir.Builder, p values) *ir.Value {
		return op.ReduceWindow(b, p[0], op.Scalar(b, dtype.Float64, init), op.ReduceWindowAttrs{Window: []int{2, 2}, Combine: c})
	}
}

// jaxGraph returns the graph of a case: one of the list, a cumulative fold, or a primitive.
func jaxGraph(t *testing.T, c jaxCase, types []ir.Type) *ir.Graph {
	t.Helper()
	return graphOf(func(b *ir.Builder, p values) values {
		if f, ok := jaxGraphs[c.Name]; ok {
			return values{f(b, p)}
		}
		name, reverse := strings.CutSuffix(c.Name, " reverse")
		row, ok := ir.RowByName(name)
		require.True(t, ok, c.Name)
		attrs := row.Attrs
		if _, ok := attrs.(op.CumAttrs); ok {
			attrs = op.CumAttrs{Reverse: reverse}
		}
		return values{b.Emit1(row.ID, attrs, p...)}
	}, types...)
}

func TestRulesAgainstJAX(t *testing.T) {
	text, err := os.ReadFile("testdata/jax_rules.json")
	require.NoError(t, err)
	var cases []jaxCase
	require.NoError(t, json.Unmarshal(text, &cases))
	require.Greater(t, len(cases), 150)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			var in, direction []*tensor.Tensor
			for _, a := range c.In {
				in = append(in, a.tensor(t))
			}
			for _, a := range c.Direction {
				direction = append(direction, a.tensor(t))
			}
			types := make([]ir.Type, len(in))
			for i, x := range in {
				types[i] = ir.TypeOf(x)
			}
			g, active := jaxGraph(t, c, types), inexactOf(in)
			out, tangents := runJVP(t, g, in, direction, active)
			sameAsJAX(t, c.Out.tensor(t), out[0], "result")
			sameAsJAX(t, c.Tangent.tensor(t), tangents[0], "tangent")
			_, grads := runPullback(t, g, in, []*tensor.Tensor{c.Ct.tensor(t)}, active)
			for i, want := range c.Grad {
				sameAsJAX(t, want.tensor(t), grads[i], "gradient "+strconv.Itoa(i))
			}
		})
	}
}

// sameAsJAX compares within rounding; nan equals nan, and the sign of zero does not count.
func sameAsJAX(t *testing.T, want, got *tensor.Tensor, what string) {
	t.Helper()
	require.True(t, got.HasShape(want.Shape()), what)
	w, g := parts(want), parts(got)
	for i := range w {
		same := w[i] == g[i] || w[i] != w[i] && g[i] != g[i] || math.Abs(w[i]-g[i]) <= 1e-12*max(1, math.Abs(w[i]))
		require.True(t, same, "%s, part %d: JAX has %v, got %v", what, i, w[i], g[i])
	}
}

// parts lists the numbers, real and imaginary parts in turn for complex ones.
func parts(x *tensor.Tensor) []float64 {
	var out []float64
	for _, z := range x.Complex128s() {
		out = append(out, real(z))
		if x.DType().IsComplex() {
			out = append(out, imag(z))
		}
	}
	return out
}
