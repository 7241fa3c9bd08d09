package cpu

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var measureAll = flag.Uint64("measure", 0, "measure vector functions on every so manieth f32, 1 for all, and write testdata/ulp.txt")

// truth holds functions in float64, whose errors are nothing beside those of f32.
var truth = map[ir.OpID]func(float64) float64{
	op.ExpID: math.Exp, op.Exp2ID: math.Exp2, op.Expm1ID: math.Expm1, op.LogID: math.Log, op.Log1pID: math.Log1p, op.TanhID: math.Tanh,
	op.LogisticID: func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	op.CoshID:     math.Cosh, op.SinhID: math.Sinh, op.AsinhID: math.Asinh,
	op.AcoshID: func(x float64) float64 { // without the cancellation of Go's formula near one
		if x < 1 {
			return math.NaN()
		}
		return math.Log1p((x - 1) + math.Sqrt((x-1)*(x+1)))
	},
	op.AtanhID: math.Atanh, op.AsinID: math.Asin, op.AcosID: math.Acos, op.AtanID: math.Atan,
	op.RsqrtID: func(x float64) float64 { return 1 / math.Sqrt(x) },
	op.CbrtID:  math.Cbrt, op.ErfID: math.Erf, op.ErfcID: math.Erfc, op.SinID: math.Sin, op.CosID: math.Cos, op.TanID: math.Tan,
}

// errorOf is how far y is from want, in units in the last place of f32; infinite where a special value is missed.
func errorOf(y float32, want float64) float64 {
	got := float64(y)
	const overflow = 0x1.ffffffp127
	switch {
	case got == want || got != got && want != want || math.IsInf(got, 0) && math.Abs(want) >= overflow && (got > 0) == (want > 0):
		return 0
	case got != got || want != want || math.IsInf(want, 0):
		return math.Inf(1)
	case math.IsInf(got, 0):
		got = math.Copysign(0x1p128, got)
	}
	e := int(math.Float64bits(want)>>52&0x7ff) - 1023
	e = min(max(e, -126), 127)
	return math.Abs(got-want) * math.Float64frombits(uint64(23-e+1023)<<52)
}

// measure finds the largest error of a function on every stride-th f32, from first on, as the best tier computes it.
func measure(t *testing.T, id ir.OpID, fast bool, first, stride uint64) (worst float64, at float32) {
	const n = 1 << 16
	b := ir.NewBuilder(id.String())
	g := b.Build(b.Emit1(id, nil, b.Param(ir.T(dtype.Float32, n))))
	be, err := New(Tiers()[0])
	require.NoError(t, err)
	x, err := be.Compile(g, backends.Options{FastMath: fast})
	require.NoError(t, err)
	in := tensor.Must(tensor.New(dtype.Float32, n))
	xs, f := tensor.Flat[float32](in), truth[id]
	for next := first; next < 1<<32; {
		for i := range xs {
			xs[i] = math.Float32frombits(uint32(next))
			next += stride
		}
		out, err := x.Run(context.Background(), []*tensor.Tensor{in}, backends.RunOptions{})
		require.NoError(t, err)
		for i, y := range tensor.Flat[float32](out[0]) {
			if u := errorOf(y, f(float64(xs[i]))); u > worst {
				worst, at = u, xs[i]
			}
		}
	}
	return worst, at
}

// variants lists the vector functions with an entry in truth, the fast ones behind the others.
func variants() (list []variant) {
	for _, row := range ir.Rows() {
		if truth[row.ID] == nil {
			continue
		}
		list = append(list, variant{row.ID, false, row.ULP})
		if row.FastExpand != nil {
			list = append(list, variant{row.ID, true, row.FastULP})
		}
	}
	return list
}

type variant struct {
	id    ir.OpID
	fast  bool
	bound float64
}

func (v variant) name() string {
	if v.fast {
		return v.id.String() + ".fast"
	}
	return v.id.String()
}

const ulpFile = "testdata/ulp.txt"

// TestStatedErrors compares the errors that rows state with those that were measured, and measures on fewer numbers anew. With -measure
// it measures as said and writes the file: a minute a function for all f32.
func TestStatedErrors(t *testing.T) {
	if *measureAll > 0 {
		writeErrors(t, *measureAll)
	}
	file, err := os.Open(ulpFile)
	require.NoError(t, err)
	defer file.Close()
	measured := map[string]float64{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var name string
		var ulp float64
		_, err := fmt.Sscan(lines.Text(), &name, &ulp)
		require.NoError(t, err, lines.Text())
		measured[name] = ulp
	}
	stride := uint64(10_007)
	if testing.Short() {
		stride = 200_003
	}
	for i, v := range variants() {
		known, ok := measured[v.name()]
		if !assert.True(t, ok, "%s: not in %s", v.name(), ulpFile) {
			continue
		}
		assert.LessOrEqual(t, known, v.bound, v.name())
		now, at := measure(t, v.id, v.fast, uint64(i), stride)
		assert.LessOrEqual(t, now, v.bound, "%s(%v)", v.name(), at)
		assert.LessOrEqual(t, now, known*1.05, "%s(%v): the error in %s is smaller: measure anew", v.name(), at, ulpFile)
	}
}

func writeErrors(t *testing.T, stride uint64) {
	var text strings.Builder
	text.WriteString("# Largest errors of vector functions in f32, in units in the last place, against Go's float64 functions. Written by\n" +
		"# go test ./backends/cpu -run TestStatedErrors -measure K -timeout 0\n" +
		"# on every K-th f32 (1: all). function, error, K, where\n")
	for _, v := range variants() {
		worst, at := measure(t, v.id, v.fast, 0, stride)
		line := fmt.Sprintf("%-14s %.4f %d %v\n", v.name(), worst, stride, at)
		text.WriteString(line)
		t.Log(line)
	}
	require.NoError(t, os.WriteFile(ulpFile, []byte(text.String()), 0o644))
}
