package stablehlo_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/lower/stablehlo"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verdict is what became of a module of the suite.
type verdict string

const (
	goodAccepted    verdict = "good, accepted"
	goodUnsupported verdict = "good, outside of what is read"
	goodRefused     verdict = "good, refused"
	badRefused      verdict = "bad, refused"
	badUnsupported  verdict = "bad, outside of what is read"
	badAccepted     verdict = "bad, accepted"
)

// TestSuiteIsAcceptedAndRefused reads the modules of OpenXLA's tests of shape inference and verification, in the folder that
// RANVIER_STABLEHLO names, and compares with what their annotations expect. testdata/suite-differences.txt has the modules where we
// differ, with reasons.
func TestSuiteIsAcceptedAndRefused(t *testing.T) {
	root := os.Getenv("RANVIER_STABLEHLO")
	if root == "" {
		t.Skip("RANVIER_STABLEHLO does not name a folder of OpenXLA's stablehlo")
	}
	known := readDifferences(t)
	counts := map[string]map[verdict]int{}
	for _, pattern := range []string{"infer_stablehlo", "infer_chlo", "ops_stablehlo*", "ops_chlo*", "ops_dot*", "verify_*"} {
		files, err := filepath.Glob(filepath.Join(root, "tests", pattern+".mlir"))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".mlir")
			counts[name] = map[verdict]int{}
			src, err := os.ReadFile(file)
			require.NoError(t, err)
			for k, text := range strings.Split(string(src), "\n// -----") {
				v, err := judge(name, text)
				if v == "" {
					continue
				}
				counts[name][v]++
				id := fmt.Sprintf("%s#%d", name, k+1)
				if reason, ok := known[id]; ok {
					assert.Contains(t, []verdict{goodRefused, badAccepted}, v, "%s is no longer different: %s", id, reason)
					delete(known, id)
				} else if v == goodRefused || v == badAccepted {
					t.Errorf("%s: %s: %v\n%s", id, v, err, text)
				}
			}
		}
	}
	assert.Empty(t, known, "differences that do not exist")
	logCounts(t, counts)
}

// judge reads a module; no verdict for one without functions.
func judge(name, text string) (verdict, error) {
	bad := strings.Contains(text, "expected-error")
	tree, err := syntax.Parse(name, []byte(text))
	if err == nil {
		if len(tree.Funcs) == 0 {
			return "", nil
		}
		for _, f := range tree.Funcs {
			dropInference(f)
		}
		_, err = stablehlo.Import(tree)
	}
	var e *stablehlo.Error
	unsupported := errors.As(err, &e) && e.Unsupported
	switch {
	case unsupported && bad:
		return badUnsupported, err
	case unsupported:
		return goodUnsupported, err
	case err != nil && bad:
		return badRefused, err
	case err != nil:
		return goodRefused, err
	case bad:
		return badAccepted, nil
	}
	return goodAccepted, nil
}

// dropInference removes the operations that ask the reference implementation about types, and the function's results with them.
func dropInference(f *syntax.Func) {
	if f.Body == nil {
		return
	}
	asks := func(o *syntax.Op) bool { return strings.HasPrefix(o.Name, "hlo_test_infer.") }
	if !slices.ContainsFunc(f.Body.Ops, asks) {
		return
	}
	f.Body.Ops = slices.DeleteFunc(f.Body.Ops, asks)
	f.Results, f.ResultAttrs = nil, nil
	f.Body.Ops[len(f.Body.Ops)-1].Operands = nil
}

// readDifferences reads lines of a module and a reason, with a tab between them.
func readDifferences(t *testing.T) map[string]string {
	src, err := os.ReadFile("testdata/suite-differences.txt")
	require.NoError(t, err)
	known := map[string]string{}
	for line := range strings.Lines(string(src)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		id, reason, ok := strings.Cut(line, "\t")
		require.True(t, ok && reason != "", "line %q", line)
		known[id] = reason
	}
	return known
}

func logCounts(t *testing.T, counts map[string]map[verdict]int) {
	total := map[verdict]int{}
	for name, c := range counts {
		t.Logf("%s: %v", name, c)
		for v, n := range c {
			total[v] += n
		}
	}
	t.Logf("all: %v", total)
}
