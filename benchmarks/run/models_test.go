package main

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/trace"
)

// useF64 makes 64 bits the default for a test.
func useF64(t *testing.T) {
	trace.SetX64(true)
	t.Cleanup(func() { trace.SetX64(false) })
}

// advance runs a model for some steps, from where it stands.
func advance(t *testing.T, m model, dt float64, steps int, backend string) {
	t.Helper()
	require.NoError(t, trace.SetBackend(backend))
	t.Cleanup(func() { require.NoError(t, trace.SetBackend("")) })
	c := &config{workload: &workload{name: "test"}, ms: float64(steps) * dt, threads: 1}
	run := func() (err error) {
		defer ir.Catch(&err)
		return simulate(c, &result{N: 1}, dt, m)
	}
	require.NoError(t, run())
}

// scalarNet is the wiring and the state of a small network as plain Go, to compute with the definition once more.
type scalarNet struct {
	ptr, targets []uint32
	v, ge, gi    []float64
	m, h, n      []float64
	wait, count  []int
}

func newScalarNet(t *testing.T, n int, scale float64) (*scalarNet, *config) {
	data := new(refNet).file(n, scale)
	net, err := readNetwork(bytes.NewReader(data), int64(len(data)), 0, laws{we: 1, wi: 1})
	require.NoError(t, err)
	words := make([]uint32, len(data)/4)
	for i := range words {
		words[i] = uint32(data[4*i]) | uint32(data[4*i+1])<<8 | uint32(data[4*i+2])<<16 | uint32(data[4*i+3])<<24
	}
	s := &scalarNet{
		ptr: words[2 : 3+n], targets: words[3+n:],
		v: net.v.Floats(), ge: net.ge.Floats(), gi: net.gi.Floats(),
		m: make([]float64, n), h: make([]float64, n), n: make([]float64, n),
		wait: make([]int, n), count: make([]int, n),
	}
	return s, &config{load: writeFile(t, data)}
}

// deliver adds the weights of spikes and decays what was there before.
func (s *scalarNet) deliver(spikes []int, we, wi float64) {
	for i := range s.v {
		s.ge[i] *= 1 - 0.1/5
		s.gi[i] *= 1 - 0.1/10
	}
	for _, i := range spikes {
		s.count[i]++
		g, w := s.ge, we
		if i >= len(s.v)*8/10 {
			g, w = s.gi, wi
		}
		for _, j := range s.targets[s.ptr[i]:s.ptr[i+1]] {
			g[j] += w
		}
	}
}

func (s *scalarNet) stepCoba() {
	var spikes []int
	for i, v := range s.v {
		if s.wait[i] <= 0 {
			v += 0.1 / 20 * (-60 + 20 - v + s.ge[i]*(0-v) + s.gi[i]*(-80-v))
			if v > -50 {
				v, s.wait[i] = -60, 51
				spikes = append(spikes, i)
			}
		}
		s.v[i] = v
		s.wait[i]--
	}
	s.deliver(spikes, 0.6, 6.7)
}

func (s *scalarNet) stepCobaHH() {
	exp := math.Exp
	ratio := func(x float64) float64 { return x / math.Expm1(x) }
	var spikes []int
	for i, v := range s.v {
		u := v + 63
		am, bm := 0.32*4*ratio((13-u)/4), 0.28*5*ratio((u-40)/5)
		ah, bh := 0.128*exp((17-u)/18), 4/(1+exp((40-u)/5))
		an, bn := 0.032*5*ratio((15-u)/5), 0.5*exp((10-u)/40)
		na := 20000 * s.m[i] * s.m[i] * s.m[i] * s.h[i]
		k := 6000 * s.n[i] * s.n[i] * s.n[i] * s.n[i]
		g := 10 + s.ge[i] + s.gi[i] + na + k
		target := (-600 + na*50 - k*90 - s.gi[i]*80) / g
		v = target + (v-target)*exp(-g*0.1/200)
		gate := func(x, a, b float64) float64 { return a/(a+b) + (x-a/(a+b))*exp(-(a+b)*0.1) }
		s.v[i], s.m[i], s.h[i], s.n[i] = v, gate(s.m[i], am, bm), gate(s.h[i], ah, bh), gate(s.n[i], an, bn)
		if s.wait[i] <= 0 && v > -20 {
			s.wait[i] = 31
			spikes = append(spikes, i)
		}
		s.wait[i]--
	}
	s.deliver(spikes, 6, 67)
}

// requireNear compares a Variable with numbers computed otherwise.
func requireNear(t *testing.T, want []float64, v *trace.Variable, tol float64) {
	t.Helper()
	require.InDeltaSlice(t, want, v.Value().Floats(), tol)
}

func requireCounts(t *testing.T, want []int, v *trace.Variable) {
	t.Helper()
	require.Equal(t, want, v.Value().Ints())
	total := 0
	for _, c := range want {
		total += c
	}
	require.Greater(t, total, len(want)/20, "the test has spikes in it")
}

func TestCobaIsItsDefinition(t *testing.T) {
	useF64(t)
	want, c := newScalarNet(t, 200, 1)
	m, err := newCoba(c)
	require.NoError(t, err)
	advance(t, m, netDt, 200, "")
	for range 200 {
		want.stepCoba()
	}
	requireCounts(t, want.count, m.Spikes)
	requireNear(t, want.v, m.V, 1e-9)
	requireNear(t, want.ge, m.GE, 1e-9)
	requireNear(t, want.gi, m.GI, 1e-9)
}

func TestCobaHHIsItsDefinition(t *testing.T) {
	useF64(t)
	want, c := newScalarNet(t, 200, 10)
	m, err := newCobaHH(c)
	require.NoError(t, err)
	advance(t, m, netDt, 200, "")
	for range 200 {
		want.stepCobaHH()
	}
	requireCounts(t, want.count, m.Spikes)
	requireNear(t, want.v, m.V, 1e-6)
	requireNear(t, want.h, m.H, 1e-8)
	requireNear(t, want.gi, m.GI, 1e-6)
}

func TestHHIsItsDefinition(t *testing.T) {
	useF64(t)
	const n, steps = 40, 3000
	m := newHH(n)
	advance(t, m, hhDt, steps, "")
	exp := math.Exp
	want, counts := make([]float64, n), make([]int, n)
	for i := range n {
		v, gm, gh, gn := -65+0.01*float64(i), 0.5, 0.6, 0.32
		for range steps {
			am, bm := 0.1*(v+40)/(1-exp(-(v+40)/10)), 4*exp(-(v+65)/18)
			ah, bh := 0.07*exp(-(v+65)/20), 1/(1+exp(-(v+35)/10))
			an, bn := 0.01*(v+55)/(1-exp(-(v+55)/10)), 0.125*exp(-(v+65)/80)
			na, k := 120*gm*gm*gm*gh, 36*gn*gn*gn*gn
			slope := -(na + k + 0.03)
			v1 := v + (10-na*(v-50)-k*(v+77)-0.03*(v+54.387))*(exp(slope*hhDt)-1)/slope
			gate := func(x, a, b float64) float64 { return a/(a+b) + (x-a/(a+b))*exp(-(a+b)*hhDt) }
			gm, gh, gn = gate(gm, am, bm), gate(gh, ah, bh), gate(gn, an, bn)
			if v < 20 && v1 >= 20 {
				counts[i]++
			}
			v = v1
		}
		want[i] = v
	}
	requireCounts(t, counts, m.Spikes)
	requireNear(t, want, m.V, 1e-6)
}

// The limit program hh_gcc (gcc 13, -ffast-math, single precision) ends 10,000 steps with neuron 0 at -13.195 mV.
func TestHHEndsWhereTheLimitProgramDoes(t *testing.T) {
	m := newHH(1)
	advance(t, m, hhDt, 10_000, "")
	require.InDelta(t, -13.195, m.V.Value().Floats()[0], 0.5)
}

func TestCompiledCobaIsTheInterpretersBitForBit(t *testing.T) {
	useF64(t)
	c := &config{n: 4000, seed: 3}
	const steps = 60
	compiled, err := newCoba(c)
	require.NoError(t, err)
	interpreted, err := newCoba(c)
	require.NoError(t, err)
	advance(t, compiled, netDt, steps, "cpu")
	advance(t, interpreted, netDt, steps, "interp")
	require.Greater(t, sum(compiled.Spikes.Value()), 100.0)
	for i, v := range trace.VarsOf(compiled) {
		require.Equal(t, trace.VarsOf(interpreted)[i].Var.Value().Tensor().Bytes(), v.Var.Value().Tensor().Bytes(), v.Path)
	}
}

// The limit program "ref lif 4000 10" prints a rate of 20.67 Hz over 10 s for the network that it writes to a file.
func TestRateOfCobaIsTheLimitPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("10 s of biology")
	}
	file := writeFile(t, new(refNet).file(4000, 1))
	for _, dtype := range []string{"f32", "f64"} {
		r := runLine(t, "-w", "coba", "-ms", "10000", "-load", file, "-dtype", dtype)
		require.Equal(t, 319_314, r.Synapses, "ref prints syn=319314")
		require.InEpsilon(t, 20.67, r.RateHz, 0.03, dtype)
	}
}
