package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/trace"
)

// What is exported computes what was printed; that JAX computes it too is checked by .ci/run.
func TestExport(t *testing.T) {
	defer trace.SetX64(false)
	path := filepath.Join(t.TempDir(), "network.mlir")
	var out strings.Builder
	require.NoError(t, export(&out, 100, 300, 3, path))
	p, err := trace.Load(path)
	require.NoError(t, err)
	require.Empty(t, p.Inputs())
	results, err := p.Call()
	require.NoError(t, err)
	spikes, v := results[0].Sum().Int(), results[1].Mean().Float()
	require.Positive(t, spikes)
	require.Equal(t, fmt.Sprintf("%d spikes in 300 steps\nmean membrane potential %.9f mV\n", spikes, v), out.String())
}

func TestErrors(t *testing.T) {
	defer trace.SetX64(false)
	require.EqualError(t, export(nil, 10, 1, 1, "x"), "got -size 10 -steps 1, want 100 neurons and 1 step or more")
	require.ErrorContains(t, export(nil, 100, 1, 1, filepath.Join(t.TempDir(), "none", "x.mlir")), "no such file or directory")
}
