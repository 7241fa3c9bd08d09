package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// suite is the folder that holds testdata and tests of openxla/stablehlo; without it the test is skipped.
func suite(t *testing.T) string {
	t.Helper()
	root := os.Getenv("RANVIER_STABLEHLO")
	if root == "" {
		t.Skip("RANVIER_STABLEHLO is not set to the folder that holds testdata and tests of openxla/stablehlo")
	}
	return root
}

// Every module that skips.txt does not name passes, on the interpreter and on the compiler.
func TestConformance(t *testing.T) {
	root := suite(t)
	for _, backend := range []string{"interp", "cpu"} {
		out, err := hlo(t, "check", "--backend", backend, "--skips", "skips.txt",
			filepath.Join(root, "testdata"), filepath.Join(root, "tests/interpret"), filepath.Join(root, "tests/math"))
		assert.NoError(t, err, "%s:\n%s", backend, out)
		last := regexp.MustCompile(`(?m)^(\d+) passed, 0 failed, \d+ skipped$`).FindStringSubmatch(out)
		require.NotNil(t, last, out)
		passed, err := strconv.Atoi(last[1])
		require.NoError(t, err)
		assert.GreaterOrEqual(t, passed, 2890, backend)
	}
}

// Every line of skips.txt is needed on some backend.
func TestSkipsAreNotStale(t *testing.T) {
	root := suite(t)
	stale := map[string]int{}
	for _, backend := range []string{"interp", "cpu"} {
		out, _ := hlo(t, "check", "--stale", "--backend", backend, "--skips", "skips.txt",
			filepath.Join(root, "testdata"), filepath.Join(root, "tests/interpret"), filepath.Join(root, "tests/math"))
		require.Regexp(t, `(?m)^\d+ lines, \d+ stale$`, out)
		for _, line := range regexp.MustCompile(`(?m)^.*take the line out.*$`).FindAllString(out, -1) {
			stale[line]++
		}
	}
	for line, n := range stale {
		assert.Less(t, n, 2, line)
	}
}

// The largest module of the OpenXLA suite, 3.6 MB of literals, is read and turned into graphs in less than half a second.
func TestLargestModuleIsQuick(t *testing.T) {
	file := filepath.Join(suite(t), "testdata/fft_complex128_14_15_16_17.mlir")
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
