package cpu

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest/truth"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/require"
)

// measure finds the largest error of a variant, a block of arguments after another.
type measure struct {
	t    *testing.T
	v    variant
	f    *function
	exec backends.Executable
	in   []*tensor.Tensor
	rand *rand.Rand

	worst float64
	where string
	count string
}

const measureBlock = 1 << 15

// leastError is where measurements start: even correctly rounded functions are off by almost half a unit, and looking for less costs time.
const leastError = 0.25

func newMeasure(t *testing.T, v variant, seed uint64) *measure {
	m := &measure{t: t, v: v, f: functions[v.id], worst: leastError, rand: rand.New(rand.NewPCG(uint64(v.id), seed))}
	b := ir.NewBuilder(v.id.String())
	var params []*ir.Value
	for range v.id.Row().Arity {
		params = append(params, b.Param(ir.T(v.dt, measureBlock)))
		m.in = append(m.in, tensor.Must(tensor.New(v.dt, measureBlock)))
	}
	g := b.Build(b.Emit1(v.id, nil, params...))
	m.exec = compile(t, g, v.fast)
	return m
}

func (m *measure) record() record { return record{m.v.name(), m.worst, m.count, m.where} }

func (m *measure) run() *tensor.Tensor {
	out, err := m.exec.Run(context.Background(), m.in, backends.RunOptions{})
	require.NoError(m.t, err)
	return out[0]
}

func (m *measure) see(ulp float64, at string) {
	if ulp > m.worst || ulp != ulp {
		m.worst, m.where = ulp, at
	}
}

// all measures a function of one operand on every stride-th f32, from first on.
func (m *measure) all(stride, first uint64) {
	m.count = fmt.Sprint((uint64(1)<<32 - first + stride - 1) / stride)
	if stride == 1 {
		m.everything()
		return
	}
	xs := tensor.Flat[float32](m.in[0])
	for next := first; next < 1<<32; {
		for i := range xs {
			xs[i] = math.Float32frombits(uint32(next))
			next += stride
		}
		for i, y := range tensor.Flat[float32](m.run()) {
			m.one(xs[i], y)
		}
	}
}

// everything measures on all f32: a compiled sieve finds the blocks that may hold the largest error.
func (m *measure) everything() {
	m.count = "all"
	sieve := compile(m.t, m.sieve(), m.v.fast)
	start := tensor.Must(tensor.New(dtype.Int32))
	xs := tensor.Flat[float32](m.in[0])
	for first := range uint64(1 << 32 / measureBlock) {
		first *= measureBlock
		tensor.Flat[int32](start)[0] = int32(first)
		out, err := sieve.Run(context.Background(), []*tensor.Tensor{start}, backends.RunOptions{})
		require.NoError(m.t, err)
		most := tensor.Flat[float64](out[0])[0]
		if most <= m.worst-doubt {
			continue
		}
		for i := range xs {
			xs[i] = math.Float32frombits(uint32(first) + uint32(i))
		}
		for i, y := range tensor.Flat[float32](m.run()) {
			m.one(xs[i], y)
		}
		require.GreaterOrEqual(m.t, m.worst, most-doubt, "%s: the sieve and the check disagree after %v", m.v.name(), xs[0])
	}
}

// sieve makes a program from the bits of the first argument of a block to the largest error in the block, as the form for f64 sees it,
// whose own errors are some 2^-29 units of f32.
func (m *measure) sieve() *ir.Graph {
	b := ir.NewBuilder("sieve")
	wide := ir.T(dtype.Float64, measureBlock)
	first := op.Broadcast(b, b.Param(ir.T(dtype.Int32)), nil, []int{measureBlock})
	x := op.Bitcast(b, op.Add(b, first, op.Iota(b, dtype.Int32, []int{measureBlock}, 0)), dtype.Float32)
	x64 := op.Convert(b, x, dtype.Float64)
	y, want := b.Emit1(m.v.id, nil, x), b.Emit1(m.v.id, nil, x64)
	y64 := op.Convert(b, y, dtype.Float64)

	got, rounded := op.Bitcast(b, y, dtype.Int32), op.Bitcast(b, op.Convert(b, want, dtype.Float32), dtype.Int32)
	same := op.Eq(b, got, rounded)
	same = op.Or(b, same, op.And(b, op.Ne(b, y, y), op.Ne(b, want, want)))
	size := op.Max(b, op.Abs(b, want), op.Full(b, wide, 0x1p-126))
	if m.f.size != nil { // the result at |x| for negative x, or 1
		mirror := op.Max(b, op.Abs(b, b.Emit1(m.v.id, nil, op.Abs(b, x64))), op.Full(b, wide, 1))
		negative := op.Lt(b, x64, op.Full(b, wide, 0))
		size = op.Max(b, size, op.Select(b, negative, mirror, op.Full(b, wide, 0)))
	}
	exponentBits := op.Full(b, ir.T(dtype.Int64, measureBlock), 0x7ff<<52)
	exponent := op.And(b, op.Bitcast(b, size, dtype.Int64), exponentBits)
	unit := op.Mul(b, op.Bitcast(b, exponent, dtype.Float64), op.Full(b, wide, 0x1p-23))
	off := op.Div(b, op.Abs(b, op.Sub(b, y64, want)), unit)
	// Infinities and NaN are right or wrong, and so are signs but for zeros between two numbers.
	zero, inf := op.Full(b, wide, 0), op.Full(b, wide, math.Inf(1))
	off = op.Select(b, op.IsFinite(b, off), off, op.Select(b, same, zero, inf))
	if m.f.size == nil {
		crossed := op.Lt(b, op.Xor(b, got, rounded), op.Full(b, ir.T(dtype.Int32, measureBlock), 0))
		off = op.Select(b, op.And(b, crossed, op.Not(b, same)), inf, off)
	}
	return b.Build(op.ReduceMax(b, off, 0))
}

func compile(t *testing.T, g *ir.Graph, fast bool) backends.Executable {
	be, err := New(Tiers()[0])
	require.NoError(t, err)
	exec, err := be.Compile(g, backends.Options{FastMath: fast, Threads: 1})
	require.NoError(t, err)
	return exec
}

// one sees the result y of f32 at x: by quick, and if that leaves a doubt by exact.
func (m *measure) one(x, y float32) {
	want := m.f.quick(float64(x))
	if m.relative(float64(x), want, float64(y), error32(y, want)) <= m.worst-doubt {
		return
	}
	v := m.f.exact(float64(x))
	m.see(m.relative(float64(x), v.Float64(), float64(y), v.ULP32(y)), fmt.Sprint(x))
}

// digits is the bits behind the point of a mantissa.
var digits = map[dtype.DType]int{dtype.Float32: 23, dtype.Float64: 52}

// relative turns an error in units of want to one in units of the size of the function at x, if that is larger.
func (m *measure) relative(x, want, got, ulp float64) float64 {
	if m.f.size == nil || ulp == 0 {
		return ulp
	}
	if size := m.f.size(x); math.Abs(want) < size {
		if math.IsInf(ulp, 0) && math.Abs(got-want) < size { // a zero of the function lies between them
			return math.Ldexp(math.Abs(got-want), digits[m.v.dt]-math.Ilogb(size))
		}
		return math.Ldexp(ulp, max(math.Ilogb(want), -1022)-math.Ilogb(size))
	}
	return ulp
}

// error32 is how far y is from want, in units in the last place of f32; infinite where a special value or the sign of zero is missed.
func error32(y float32, want float64) float64 {
	got := float64(y)
	const overflow = 0x1.ffffffp127
	switch {
	case got == want && (got != 0 || math.Signbit(got) == math.Signbit(want)), got != got && want != want,
		math.IsInf(got, 0) && math.Abs(want) >= overflow && (got > 0) == (want > 0):
		return 0
	case got != got || want != want || math.IsInf(want, 0) || math.Signbit(got) != math.Signbit(want):
		return math.Inf(1)
	case math.IsInf(got, 0):
		got = math.Copysign(0x1p128, got)
	}
	e := int(math.Float64bits(want)>>52&0x7ff) - 1023
	e = min(max(e, -126), 127)
	return math.Abs(got-want) * math.Float64frombits(uint64(23-e+1023)<<52)
}

// samples measures on n numbers, or pairs of them, drawn at random.
func (m *measure) samples(n int) {
	m.count = fmt.Sprint(n)
	for range n / measureBlock {
		if m.v.dt == dtype.Float32 {
			sampleBlock[float32](m)
		} else {
			sampleBlock[float64](m)
		}
	}
}

func sampleBlock[T float32 | float64](m *measure) {
	single := m.v.dt == dtype.Float32
	largest := 709.78
	if single {
		largest = 88.72
	}
	var in [2][]T
	for k := range m.in {
		in[k] = tensor.Flat[T](m.in[k])
	}
	for i := range measureBlock {
		if in[1] == nil {
			in[0][i] = T(m.f.argument(m.rand))
		} else {
			x, y := pair(m.rand, m.v.id == op.PowID, largest)
			if single && m.rand.IntN(8) == 0 {
				x, y = float64(math.Float32frombits(m.rand.Uint32())), float64(math.Float32frombits(m.rand.Uint32()))
			}
			in[0][i], in[1][i] = T(x), T(y)
		}
	}
	for i, y := range tensor.Flat[T](m.run()) {
		x := float64(in[0][i])
		var v truth.Value
		if in[1] == nil {
			v = m.f.exact(x)
		} else {
			v = m.f.exact2(x, float64(in[1][i]))
		}
		ulp := 0.0
		if single {
			ulp = v.ULP32(float32(y))
		} else {
			ulp = v.ULP64(float64(y))
		}
		if ulp = m.relative(x, v.Float64(), float64(y), ulp); !(ulp <= m.worst) {
			at := fmt.Sprint(in[0][i])
			if in[1] != nil {
				at += "," + fmt.Sprint(in[1][i])
			}
			m.see(ulp, at)
		}
	}
}

// TestQuick holds the functions that judge f32 to a tenth of the doubt that is allowed for.
func TestQuick(t *testing.T) {
	for id, f := range functions {
		if f.quick == nil {
			continue
		}
		m := measure{t: t, v: variant{dt: dtype.Float64}, f: f, rand: rand.New(rand.NewPCG(uint64(id), 1))}
		for range 20000 {
			x := float64(float32(f.argument(m.rand)))
			v, quick := f.exact(x), f.quick(x)
			if math.Abs(quick) < 0x1p-160 && math.Abs(v.Float64()) < 0x1p-160 || math.Abs(quick) > 0x1p130 && math.Abs(v.Float64()) > 0x1p130 {
				continue // zero or infinite in f32
			}
			u := m.relative(x, v.Float64(), quick, v.ULP64(quick))
			require.Less(t, u, doubt/10*0x1p29, "%s(%v): %v, want %v", id, x, quick, v.Float64())
		}
	}
}
