package rand_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
	"github.com/ranvier-go/ranvier/trace/rand"
)

type array = trace.Array

// jaxTable are the numbers of testdata/jax.json.
type jaxTable map[string]struct {
	Shape []int
	Data  []any
}

func readTable(t *testing.T) jaxTable {
	text, err := os.ReadFile("testdata/jax.json")
	require.NoError(t, err)
	var table jaxTable
	require.NoError(t, json.Unmarshal(text, &table))
	return table
}

// exact are the functions whose numbers are JAX's bit for bit.
var exact = map[string]func(key array) array{
	"key":           func(array) array { return rand.Key(42) },
	"key large":     func(array) array { return rand.Key(0xffffffff) },
	"split":         func(k array) array { return rand.Split(k, 5) },
	"fold_in":       func(k array) array { return rand.FoldIn(k, 7) },
	"fold_in large": func(k array) array { return rand.FoldIn(k, num.Of(uint32(0xfffffff0))) },
	"bits8":         func(k array) array { return rand.Bits(k, dtype.Uint8, 3, 4) },
	"bits16":        func(k array) array { return rand.Bits(k, dtype.Uint16, 3, 4) },
	"bits32":        func(k array) array { return rand.Bits(k, dtype.Uint32, 3, 4) },
	"bits64":        func(k array) array { return rand.Bits(k, dtype.Uint64, 3) },
	"uniform":       func(k array) array { return rand.Uniform(k, 0, 1, 7) },
	"uniform range": func(k array) array { return rand.Uniform(k, -3, 5.5, 11) },
	"uniform rows": func(k array) array {
		return rand.Uniform(k, num.Of([]float64{0, 1, -7}), num.Of([]float64{1, 1.5, 7.7}), 2, 3)
	},
	"uniform f16":      func(k array) array { return rand.Uniform(k, trace.Full(dtype.Float16, 0), 1, 7) },
	"uniform bf16":     func(k array) array { return rand.Uniform(k, trace.Full(dtype.BFloat16, 0), 1, 7) },
	"uniform f64":      func(k array) array { return rand.Uniform(k, trace.Full(dtype.Float64, -1), 3, 5) },
	"randint":          func(k array) array { return rand.Randint(k, 0, 10, 9) },
	"randint wide":     func(k array) array { return rand.Randint(k, math.MinInt32, math.MaxInt32, 9) },
	"randint span":     func(k array) array { return rand.Randint(k, -70000, 90001, 9) },
	"randint rows":     func(k array) array { return rand.Randint(k, num.Of([]int{0, 5, -3}), num.Of([]int{2, 5, 100}), 2, 3) },
	"randint i8":       func(k array) array { return rand.Randint(k, trace.Full(dtype.Int8, -100), 100, 9) },
	"randint u16":      func(k array) array { return rand.Randint(k, trace.Full(dtype.Uint16, 0), 50000, 9) },
	"randint i64":      func(k array) array { return rand.Randint(k, trace.Full(dtype.Int64, -1<<40), 1<<50, 5) },
	"bernoulli":        func(k array) array { return rand.Bernoulli(k, 0.3, 20) },
	"bernoulli rows":   func(k array) array { return rand.Bernoulli(k, num.Of([]float64{0.1, 0.5, 0.9}), 4, 3) },
	"permutation":      func(k array) array { return rand.Permutation(k, 10) },
	"permutation rows": func(k array) array { return rand.Permutation(k, num.Arange(12).Reshape(6, 2)) },
	"permutation long": func(k array) array { return rand.Permutation(k, 3000).Slice(0, 20) },
	"choice":           func(k array) array { return rand.Choice(k, 10, 8) },
	"sample":           func(k array) array { return rand.Sample(k, 10, 4) },
	"choice weighted":  func(k array) array { return rand.ChoiceWeighted(k, 4, num.Of([]float64{0.1, 0.2, 0.3, 0.4}), 12) },
	"rademacher":       func(k array) array { return rand.Rademacher(k, 8) },
	"categorical": func(k array) array {
		return rand.Categorical(k, num.Log(num.Of([][]float64{{0.1, 0.2, 0.7}, {0.5, 0.25, 0.25}})), -1, 4)
	},
}

// near are those that go through transcendental functions.
var near = map[string]func(key array) array{
	"normal":           func(k array) array { return rand.Normal(k, 16) },
	"normal f64":       func(k array) array { return rand.NormalOf(dtype.Float64, k, 5) },
	"truncated normal": func(k array) array { return rand.TruncatedNormal(k, -1, 2, 9) },
	"exponential":      func(k array) array { return rand.Exponential(k, 9) },
	"gumbel":           func(k array) array { return rand.Gumbel(k, 9) },
	"laplace":          func(k array) array { return rand.Laplace(k, 9) },
}

func TestAgainstJAX(t *testing.T) {
	table := readTable(t)
	require.Len(t, table, len(exact)+len(near))
	both := func(f func(key array) array) (concrete, traced array) {
		return f(rand.Key(42)), trace.Jit(func(_ *trace.Scope, k array) array { return f(k) }).Must(rand.Key(42))
	}
	for name, f := range exact {
		t.Run(name, func(t *testing.T) {
			got, traced := both(f)
			want := table[name]
			require.True(t, got.Tensor().Equal(traced.Tensor()))
			require.Equal(t, want.Shape, got.Shape())
			for i, w := range want.Data {
				switch g := got.Tensor().Get(i).(type) {
				case uint64, int64:
					require.Equal(t, w, fmt.Sprint(g))
				case bool:
					require.Equal(t, w, g)
				default:
					require.Equal(t, w, got.AsType(dtype.Float64).Floats()[i], "element %d", i)
				}
			}
		})
	}
	for name, f := range near {
		t.Run(name, func(t *testing.T) {
			concrete, traced := both(f)
			want := table[name].Data
			// Transcendental functions of interpreter and compiler may differ in the last place.
			for _, got := range []array{concrete, traced} {
				require.Len(t, want, got.Size())
				for i, w := range want {
					require.InDelta(t, w, got.AsType(dtype.Float64).Floats()[i], 3e-6, "element %d", i)
				}
			}
		})
	}
}
