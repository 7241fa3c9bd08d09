package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/brain/run"
	"github.com/ranvier-go/ranvier/trace"
)

// spikesOf runs the network of seed 1 for some ms.
func spikesOf(t *testing.T, ms float64, opts ...trace.Option) *run.Spikes {
	t.Helper()
	initial.SetSeed(1)
	net := NewEINet(1)
	r := run.New(net, run.Config{
		Inputs: run.Constant(20), Monitors: run.Monitors{"spike": run.Events(net.N.Spike)}, Options: opts, KeepDenormals: true,
	})
	hist, err := r.Run(context.Background(), ms)
	require.NoError(t, err)
	return hist.Events("spike")
}

// The compiled network is the interpreted one, spike for spike, in double precision.
func TestCompiledEqualsInterpreted(t *testing.T) {
	trace.SetX64(true)
	defer trace.SetX64(false)
	ms := 50.0
	if testing.Short() {
		ms = 10
	}
	interp, err := backends.Get("interp")
	require.NoError(t, err)
	want := spikesOf(t, ms, trace.On(interp))
	require.Greater(t, want.Len(), 1000)
	for _, threads := range []int{1, 2, 3} {
		require.Equal(t, want, spikesOf(t, ms, trace.Threads(threads)), "%d threads", threads)
	}
}

// The seeds' network fires at about 20 Hz after its first volley.
func TestRate(t *testing.T) {
	spikes := spikesOf(t, 1000)
	require.InDelta(t, 20, spikes.Rate(10_000, 0.1), 3)
}

func TestSimulateWritesTheRaster(t *testing.T) {
	file := filepath.Join(t.TempDir(), "raster.svg")
	require.NoError(t, simulate(0.1, 50, 1, 0, "", file))
	require.FileExists(t, file)
	leftovers, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, leftovers, 1)
}

func TestErrors(t *testing.T) {
	require.ErrorContains(t, simulate(0, 1, 1, 0, "", ""), "scale: got 0, want a number from 0.05 to 1000")
	require.ErrorContains(t, simulate(0.1, -1, 1, 0, "", ""), "duration: got -1, want one step of 0.1 ms or more")
	require.ErrorContains(t, simulate(0.1, 0, 1, 0, "", ""), "duration: got 0, want one step of 0.1 ms or more")
	require.ErrorContains(t, simulate(0.1, math.Inf(1), 1, 0, "", ""), "run: got duration +Inf ms")
	require.ErrorContains(t, simulate(0.1, 1, 1, -1, "", ""), "threads: got -1, want 0 or more")
	require.ErrorContains(t, simulate(0.1, 1, 1, 0, "gpu", ""), `backend: got "gpu"`)
	require.ErrorContains(t, simulate(0.1, 1, 1, 0, "", "/no/such/folder/x.png"), "plot /no/such/folder/x.png: the folder /no/such/folder does not exist (make it first)")
	require.ErrorContains(t, simulate(0.1, 1, 1, 0, "", "x.gif"), `got file name "x.gif", want one that ends in .png, .svg or .pdf`)
	require.ErrorContains(t, simulate(0.1, 1, 1, 0, "", "raster"), `got file name "raster", want one that ends in`)
}
