package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// The largest module of the OpenXLA suite, 3.6 MB of literals, is read and turned into graphs in less than half a second.
func TestLargestModuleIsQuick(t *testing.T) {
	root := os.Getenv("RANVIER_STABLEHLO")
	if root == "" {
		t.Skip("RANVIER_STABLEHLO is not set to the folder that holds testdata and tests of openxla/stablehlo")
	}
	file := filepath.Join(root, "testdata/fft_complex128_14_15_16_17.mlir")
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	best := time.Hour
	for range 5 {
		start := time.Now()
		_, err := stablehlo.Read(file, src)
		require.NoError(t, err)
		best = min(best, time.Since(start))
	}
	t.Logf("%d bytes in %v", len(src), best)
	assert.Less(t, best, 500*time.Millisecond)
}
