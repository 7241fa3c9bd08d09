package op

import (
	goflag "flag"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	exhaustive = goflag.Bool("exhaustive", false, "try expansions of one operand on all f32 and on more f64")
	update     = goflag.Bool("update", false, "with -exhaustive: write the errors found to testdata/ulp.txt")
)

// worst is the largest error seen and where.
type worst struct {
	ulp float64
	at  string
}

func (w *worst) see(ulp float64, at ...any) {
	if ulp > w.ulp || math.IsNaN(ulp) {
		*w = worst{ulp, fmt.Sprint(at...)}
	}
}

// ulp32 is the error of got in units in the last place of want; infinite where a special value is missed.
func ulp32(got float32, want float64) float64 {
	g := float64(got)
	switch {
	case g == want && math.Signbit(g) == math.Signbit(want) || g != g && want != want:
		return 0
	case g != g || want != want || math.IsInf(want, 0) || math.Signbit(g) != math.Signbit(want):
		return math.Inf(1)
	case math.IsInf(g, 0) && math.Abs(want) >= 0x1.ffffffp127:
		return 0
	case math.IsInf(g, 0):
		g = math.Copysign(0x1p128, g)
	}
	_, e := math.Frexp(want)
	return math.Ldexp(math.Abs(g-want), 24-min(max(e, -125), 128))
}

// ulp64 is ulp32 for f64 and finite want.
func ulp64(got float64, want *big.Float) float64 {
	if got != got {
		return math.Inf(1)
	}
	g := new(big.Float).SetPrec(200)
	if math.IsInf(got, 0) {
		g.SetMantExp(big.NewFloat(math.Copysign(1, got)), 1024)
		limit := new(big.Float).SetMantExp(big.NewFloat(1-0x1p-54), 1024)
		if new(big.Float).Abs(want).Cmp(limit) >= 0 && (got > 0) == (want.Sign() > 0) {
			return 0
		}
	} else {
		g.SetFloat64(got)
	}
	if got == 0 && math.Signbit(got) != want.Signbit() {
		return math.Inf(1)
	}
	e := min(max(want.MantExp(nil), -1021), 1024)
	d, _ := new(big.Float).SetMantExp(g.Sub(g, want), 53-e).Float64()
	return math.Abs(d)
}

// edges are arguments that every function is tried at.
var edges = []float64{
	0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1, -1, 2, -2, 0.5, -0.5, math.MaxFloat32, -math.MaxFloat32,
	math.MaxFloat64, -math.MaxFloat64, 0x1p-149, -0x1p-149, 0x1p-126, -0x1p-126, 0x1p-1022, -0x1p-1022, 0x1p-1074, -0x1p-1074,
	0x1.fffffffffffffp-1, 0x1.0000000000001p0, 0x1.fffffep-1, 0x1.000002p0,
}

// errors32 tries arguments start, start+stride, ... as bits of f32, each moved by less than stride, and the edges.
func errors32(t *testing.T, id ir.OpID, rule ir.ExpandRule, o oracle, stride uint64) worst {
	m := newMachine[float32, int32](t, id, rule)
	r := rand.New(rand.NewPCG(uint64(id), stride))
	var w worst
	try := func() {
		for k, got := range m.run() {
			x := float64(m.in[0][k])
			want := o.wide(x)
			w.see(o.relative(x, want, ulp32(got, want)), m.in[0][k])
		}
	}
	for i := uint64(0); i < 1<<32; i += stride * block {
		for k := range uint64(block) {
			bits := i + k*stride
			if stride > 1 {
				bits += r.Uint64N(stride)
			}
			m.in[0][k] = math.Float32frombits(uint32(bits))
		}
		try()
	}
	for k, x := range slices.Concat(edges, o.edges) {
		m.in[0][k] = float32(x)
	}
	try()
	return w
}

// errors64 tries n random arguments, most of them of moderate exponent, and the edges.
func errors64(t *testing.T, id ir.OpID, rule ir.ExpandRule, o oracle, n int) worst {
	m := newMachine[float64, int64](t, id, rule)
	r := rand.New(rand.NewPCG(uint64(id), uint64(n)))
	var w worst
	try := func() {
		for k, got := range m.run() {
			x := m.in[0][k]
			wide := o.wide(x)
			switch {
			case wide != wide || math.IsInf(x, 0) || x == 0:
				if got != wide && (got == got || wide == wide) || math.Signbit(got) != math.Signbit(wide) && wide == wide {
					w.see(math.Inf(1), x, ": got ", got, ", want ", wide)
				}
			default:
				want := pole(o, x, wide)
				w.see(o.relative(x, wide, ulp64(got, want)), x)
			}
		}
	}
	for k, x := range slices.Concat(edges, o.edges) {
		m.in[0][k] = x
	}
	try()
	for range n / block {
		for k := range block {
			m.in[0][k] = random64(r)
		}
		try()
	}
	return w
}

// pole is the true value at a finite argument, an infinity at a pole.
func pole(o oracle, x, wide float64) *big.Float {
	if math.IsInf(wide, 0) && o.isPole(x) {
		return big.NewFloat(wide)
	}
	return o.big(big.NewFloat(x), 100)
}

// random64 draws all exponents, but three times in four one between 2^-60 and 2^11, and sometimes few digits.
func random64(r *rand.Rand) float64 {
	bits := r.Uint64()
	if r.IntN(4) != 0 {
		bits = bits&^(0x7ff<<52) | uint64(1023-60+r.IntN(72))<<52
	}
	if r.IntN(16) == 0 {
		bits &^= 1<<32 - 1
	}
	return math.Float64frombits(bits)
}

// TestExpansionErrors checks each expansion of one operand against its documented error.
func TestExpansionErrors(t *testing.T) {
	stride, n := uint64(997), 6*block
	if testing.Short() {
		stride, n = 49999, block
	}
	if *exhaustive {
		stride, n = 1, 1000*block
	}
	var table strings.Builder
	fmt.Fprintf(&table, "# Largest errors of expansions in units in the last place, written by:\n"+
		"# go test ./ir/op -run TestExpansionErrors -exhaustive -update -timeout 0\n"+
		"# primitive variant operations(f32) error(f32, all arguments) at operations(f64) error(f64, %d arguments) at\n", n)
	for _, row := range ir.Rows() {
		if !isExpansion(row) || row.Arity != 1 || row.ULP == 0 {
			continue
		}
		o, ok := oracles[row.ID]
		require.True(t, ok, "%s has an expansion but no oracle", row.Name)
		variants := []struct {
			name  string
			rule  ir.ExpandRule
			bound float64
		}{{"full", row.Expand, row.ULP}, {"fast", row.FastExpand, row.FastULP}}
		for _, v := range variants {
			if v.rule == nil {
				continue
			}
			t.Run(row.Name+"/"+v.name, func(t *testing.T) {
				w32, w64 := errors32(t, row.ID, v.rule, o, stride), errors64(t, row.ID, v.rule, o, n)
				assert.LessOrEqual(t, w32.ulp, v.bound, "f32 at %s", w32.at)
				assert.LessOrEqual(t, w64.ulp, v.bound, "f64 at %s", w64.at)
				t.Logf("%s %s: f32 %.4f at %s, f64 %.4f at %s, of %v", row.Name, v.name, w32.ulp, w32.at, w64.ulp, w64.at, v.bound)
				fmt.Fprintf(&table, "%-12s %s %3d %.4f %-16s %3d %.4f %s\n", row.Name, v.name,
					newMachine[float32, int32](t, row.ID, v.rule).nodes, w32.ulp, w32.at,
					newMachine[float64, int64](t, row.ID, v.rule).nodes, w64.ulp, w64.at)
			})
		}
	}
	if *exhaustive && *update {
		require.NoError(t, os.WriteFile("testdata/ulp.txt", []byte(table.String()), 0o644))
	}
}

// TestFastIsFaster compares the numbers of operations of both variants: what is not shorter in either type is no option.
func TestFastIsFaster(t *testing.T) {
	for _, row := range ir.Rows() {
		if row.FastExpand == nil {
			continue
		}
		full32, fast32 := newMachine[float32, int32](t, row.ID, row.Expand).nodes, newMachine[float32, int32](t, row.ID, row.FastExpand).nodes
		full64, fast64 := newMachine[float64, int64](t, row.ID, row.Expand).nodes, newMachine[float64, int64](t, row.ID, row.FastExpand).nodes
		t.Logf("%s: f32 %d, fast %d, f64 %d, fast %d", row.Name, full32, fast32, full64, fast64)
		assert.LessOrEqual(t, fast32, full32, row.Name)
		assert.Less(t, fast64, full64, row.Name)
		assert.Greater(t, row.FastULP, row.ULP, row.Name)
	}
}

// TestOraclesAgree checks the float64 oracles, which judge f32, against arbitrary precision.
func TestOraclesAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for id, o := range oracles {
		for range 1000 {
			x := float64(float32(random64(r)))
			wide := o.wide(x)
			if wide != wide || math.IsInf(wide, 0) || math.IsInf(x, 0) || math.Abs(wide) < 0x1p-1000 {
				continue
			}
			u := ulp64(wide, o.big(big.NewFloat(x), 100))
			assert.LessOrEqual(t, u, o.wideULP, "%s(%v)", id, x)
		}
	}
}

// TestExactExpansions compares the expansions that make no error with reference evaluation, bit for bit.
func TestExactExpansions(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, row := range ir.Rows() {
		if !isExpansion(row) || row.Arity != 1 || row.ULP != 0 {
			continue
		}
		f := wideFloat(row.ID)
		m32, m64 := newMachine[float32, int32](t, row.ID, row.Expand), newMachine[float64, int64](t, row.ID, row.Expand)
		for i := range 300 {
			for k := range block {
				m32.in[0][k], m64.in[0][k] = math.Float32frombits(r.Uint32()), math.Float64frombits(r.Uint64())
				if i == 0 && k < len(edges) {
					m32.in[0][k], m64.in[0][k] = float32(edges[k]), edges[k]
				}
				if i == 1 {
					m32.in[0][k], m64.in[0][k] = math.Float32frombits(r.Uint32N(1<<24)), math.Float64frombits(r.Uint64N(1<<53))
				}
			}
			out32, out64 := m32.run(), m64.run()
			for k := range block {
				requireSame(t, row.Name, float64(m32.in[0][k]), float64(out32[k]), f(float64(m32.in[0][k]), 0))
				requireSame(t, row.Name, m64.in[0][k], out64[k], f(m64.in[0][k], 0))
			}
		}
	}
}

func requireSame(t *testing.T, name string, x, got, want float64) {
	t.Helper()
	same := got == want && math.Signbit(got) == math.Signbit(want) || got != got && want != want
	if !same {
		require.Failf(t, "different", "%s(%v): got %v, want %v", name, x, got, want)
	}
}

// TestExpansionsOf16Bits checks that the 16-bit floats compute in f32 and round, and that complex numbers are left alone.
func TestExpansionsOf16Bits(t *testing.T) {
	for _, row := range ir.Rows() {
		if !isExpansion(row) || !row.Accepts.Has(dtype.Float16) {
			continue
		}
		for _, dt := range []dtype.DType{dtype.Float16, dtype.BFloat16, dtype.Complex64, dtype.Complex128} {
			b := ir.NewBuilder("half")
			var in []*ir.Value
			for range row.Arity {
				in = append(in, b.Param(ir.T(dt, 3)))
			}
			out := row.Expand(b, &ir.Node{Op: row.ID, Inputs: in}, in)
			if dt.IsComplex() {
				assert.Nil(t, out, row.Name)
				continue
			}
			require.Len(t, out, 1, row.Name)
			assert.Equal(t, in[0].Type, out[0].Type, row.Name)
			assert.Equal(t, ConvertID, out[0].Op(), row.Name)
		}
	}
}

// TestMachineAgreesWithInterpreter runs the graphs node by node through the rows' own evaluation.
func TestMachineAgreesWithInterpreter(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, row := range ir.Rows() {
		if !isExpansion(row) {
			continue
		}
		m := newMachine[float32, int32](t, row.ID, row.Expand)
		m64 := newMachine[float64, int64](t, row.ID, row.Expand)
		b, b64 := ir.NewBuilder("f32"), ir.NewBuilder("f64")
		var in, in64 []*ir.Value
		var args, args64 []*tensor.Tensor
		for i := range m.in {
			for k := range block {
				m64.in[i][k] = random64(r)
				m.in[i][k] = float32(m64.in[i][k])
			}
			in, in64 = append(in, b.Param(ir.T(dtype.Float32, block))), append(in64, b64.Param(ir.T(dtype.Float64, block)))
			args = append(args, tensor.Must(tensor.FromSlice(m.in[i], block)))
			args64 = append(args64, tensor.Must(tensor.FromSlice(m64.in[i], block)))
		}
		want := evaluate(t, b.Build(row.Expand(b, &ir.Node{Op: row.ID, Inputs: in}, in)...), args)
		want64 := evaluate(t, b64.Build(row.Expand(b64, &ir.Node{Op: row.ID, Inputs: in64}, in64)...), args64)
		got, got64 := m.run(), m64.run()
		w, w64 := want.Float64s(), want64.Float64s()
		for k := range block {
			requireSame(t, row.Name, float64(m.in[0][k]), float64(got[k]), w[k])
			requireSame(t, row.Name, m64.in[0][k], got64[k], w64[k])
		}
	}
}

func evaluate(t *testing.T, g *ir.Graph, args []*tensor.Tensor) *tensor.Tensor {
	t.Helper()
	env := map[*ir.Value]*tensor.Tensor{}
	for i, p := range g.Params {
		env[p] = args[i]
	}
	for _, n := range g.Nodes {
		var in []*tensor.Tensor
		for _, v := range n.Inputs {
			in = append(in, env[v])
		}
		out, err := n.Row().Eval(&ir.Eval{}, n, in)
		require.NoError(t, err)
		env[n.Result()] = out[0]
	}
	return env[g.Outputs[0]]
}

// isExpansion tells rows of the table of expansions from others that have a rule.
func isExpansion(row *ir.Row) bool {
	_, ok := expansions[row.ID]
	return ok
}
