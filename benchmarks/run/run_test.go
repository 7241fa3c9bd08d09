package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
)

// runLine runs the command and returns its line.
func runLine(t *testing.T, args ...string) (r result) {
	t.Helper()
	t.Cleanup(func() {
		trace.SetX64(false)
		require.NoError(t, trace.SetBackend(""))
	})
	var out, notes bytes.Buffer
	require.NoError(t, bench(args, &out, &notes), "%v", args)
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")), "one line")
	dec := json.NewDecoder(&out)
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&r))
	return r
}

// small are arguments that make a workload quick.
var small = map[string][]string{
	"coba":        {"-n", "200", "-ms", "5"},
	"cobahh":      {"-n", "100", "-ms", "3"},
	"hh":          {"-n", "7", "-ms", "0.5"},
	"elementwise": {"-n", "1001", "-ms", "1"},
	"matmul":      {"-n", "9", "-m", "5", "-k", "4", "-ms", "1"},
	"loop1000":    {"-n", "3", "-ms", "1"},
	"call":        {"-ms", "1"},
	"vmaphh":      {"-n", "5", "-ms", "0.3"},
	"rnntrain":    {"-n", "5", "-ms", "1"},
	"snntrain":    {"-n", "3", "-ms", "1"},
	"scan":        {"-n", "50", "-ms", "1"},
	"scangrad":    {"-n", "50", "-ms", "1"},
}

func TestEveryWorkload(t *testing.T) {
	for _, w := range workloads {
		for _, backend := range []string{"cpu", "interp", "eager"} {
			for _, dtype := range []string{"f32", "f64"} {
				t.Run(w.name+"/"+backend+"/"+dtype, func(t *testing.T) {
					args := append([]string{"-w", w.name, "-backend", backend, "-dtype", dtype}, small[w.name]...)
					r := runLine(t, args...)
					require.Equal(t, w.name, r.Workload)
					require.Equal(t, backend, r.Backend)
					require.Equal(t, dtype, r.Dtype)
					require.Positive(t, r.Steps)
					require.Positive(t, r.UsPerStep)
					require.Greater(t, r.RssMb, 1.0)
					require.Equal(t, w.loads, r.Synapses > 0)
					require.Equal(t, backend != "eager", r.TraceMs > 0)
					require.Equal(t, backend != "eager", r.CompileMs > 0)
				})
			}
		}
	}
}

func TestFieldsThatScriptsReadAreThere(t *testing.T) {
	var out, notes bytes.Buffer
	require.NoError(t, bench([]string{"-w", "call", "-ms", "1"}, &out, &notes))
	var fields map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &fields))
	for _, name := range []string{"workload", "n", "steps", "us_per_step", "rate_hz", "synapses", "trace_ms", "compile_ms", "build_ms", "rss_mb"} {
		require.Contains(t, fields, name)
	}
}

func TestDefaultsAndSeed(t *testing.T) {
	a := runLine(t, "-w", "coba", "-ms", "20")
	require.Equal(t, 4000, a.N)
	require.Equal(t, 200, a.Steps)
	require.InDelta(t, 320_000, a.Synapses, 3_000)
	require.Equal(t, a.RateHz, runLine(t, "-w", "coba", "-ms", "20").RateHz)
	require.NotEqual(t, a.Synapses, runLine(t, "-w", "coba", "-ms", "20", "-seed", "2").Synapses)
}

func TestShow(t *testing.T) {
	for show, want := range map[string]string{"ir": "loop", "kernels": "loop"} {
		var out, notes bytes.Buffer
		require.NoError(t, bench([]string{"-w", "hh", "-n", "3", "-ms", "0.1", "-show", show}, &out, &notes))
		require.Contains(t, notes.String(), want)
	}
}

func TestErrors(t *testing.T) {
	file := writeFile(t, new(refNet).file(200, 1))
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	size := strconv.Itoa(len(data))
	pointers := append(encode(uint32(2), uint32(1), []uint32{0, 2, 1}, []uint32{0}), make([]byte, 24)...)
	far := append(encode(uint32(2), uint32(1), []uint32{0, 1, 1}, []uint32{2}), make([]byte, 24)...)
	last := append(encode(uint32(2), uint32(1), []uint32{0, 0, 0}, []uint32{1}), make([]byte, 24)...)
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, `w: got workload "", want one of coba, cobahh, hh, vmaphh, elementwise, matmul, loop1000, call, rnntrain, snntrain, scan, scangrad`},
		{[]string{"-w", "nest"}, `w: got workload "nest", want one of coba,`},
		{[]string{"-w", "coba", "extra"}, `arguments: got ["extra"], want flags only`},
		{[]string{"-w", "coba", "-n", "79"}, "n: got 79, want 80 to 20000000 for coba"},
		{[]string{"-w", "call", "-n", "2"}, "n: got 2, want 1 to 1 for call"},
		{[]string{"-w", "hh", "-n", "-1"}, "n: got -1, want 1 to"},
		{[]string{"-w", "hh", "-ms", "-1"}, "ms: got -1, want a positive time"},
		{[]string{"-w", "hh", "-ms", "0.001"}, "ms: got 0.001, want a time of 1 to 2147483647 steps of 0.01 ms"},
		{[]string{"-w", "hh", "-ms", "1e300"}, "ms: got 1e+300, want a time of 1 to"},
		{[]string{"-w", "hh", "-dtype", "f16"}, `dtype: got "f16", want f32 or f64`},
		{[]string{"-w", "hh", "-threads", "0"}, "threads: got 0, want 1 or more"},
		{[]string{"-w", "hh", "-backend", "gpu"}, `backend: got "gpu", want one of cpu, interp`},
		{[]string{"-w", "hh", "-m", "3"}, "m and k: only matmul has them, got workload hh"},
		{[]string{"-w", "matmul", "-m", "-3"}, "m, k: got -3 and 256, want 1 to 20000"},
		{[]string{"-w", "hh", "-load", file}, "load: workload hh has no wiring to load"},
		{[]string{"-w", "hh", "-show", "all", "-ms", "0.1"}, `show: got "all", want ir, kernels or listing`},
		{[]string{"-w", "hh", "-show", "kernels", "-ms", "0.1", "-backend", "interp"}, "show: backend interp has no kernels to show"},
		{[]string{"-w", "coba", "-load", "missing"}, "coba: load: open missing: "},
		{[]string{"-w", "coba", "-load", file, "-n", "100"}, "got a network of 200 neurons, want 100 as -n says"},
		{[]string{"-w", "coba", "-load", writeFile(t, data[:5])}, "got 5 bytes, want at least 8: uint32 neurons, uint32 synapses"},
		{[]string{"-w", "coba", "-load", writeFile(t, data[:len(data)-1])}, "want " + size + " for the 200 neurons and "},
		{[]string{"-w", "coba", "-load", writeFile(t, encode(uint32(1<<31), uint32(1<<31)))}, "got 8 bytes, want "},
		{[]string{"-w", "coba", "-load", writeFile(t, pointers)}, "got row 1 from 2 to 1, want ascending row pointers"},
		{[]string{"-w", "coba", "-load", writeFile(t, last)}, "got row pointers from 0 to 0, want 0 to 1"},
		{[]string{"-w", "coba", "-load", writeFile(t, far)}, "target 2 of connection 0, want targets below 2"},
	} {
		t.Run(fmt.Sprint(c.args), func(t *testing.T) {
			var out, notes bytes.Buffer
			require.ErrorContains(t, bench(c.args, &out, &notes), c.want)
			require.Empty(t, out.String())
		})
	}
}
