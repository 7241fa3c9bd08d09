package ir_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// importOrder is the import graph of the module: a < b means that b may import a and all that a may import. A folder stands for
// the folders in it that have no entry of their own; packages of one entry may import each other.
const importOrder = `
	ir/dtype < ir/tensor < ir < ir/op < ir/interp, ir/rewrite
	ir/op, ir/rewrite < autodiff
	ir/op, ir/rewrite < lower
	ir/interp, lower < backends
	autodiff, backends < trace
	trace < brain, train/optim
	brain, train/optim < train, analysis
	train, analysis < lower/hlo, examples, benchmarks
	ir/irtest/bigmath < ir/op
	ir/interp, ir/rewrite < ir/irtest
	lower, backends, ir/irtest < backends/backendtest
`

const module = "github.com/ranvier-go/ranvier"

// commands are the entries that nothing imports; testSupport is imported by tests, and by packages whose name ends in "test".
var (
	commands    = []string{"lower/hlo", "examples", "benchmarks"}
	testSupport = []string{"ir/irtest", "backends/backendtest"}
)

// mayImport reads importOrder: entry -> the entries that it may import, directly or by way of others.
func mayImport() map[string]map[string]bool {
	allowed := map[string]map[string]bool{}
	entry := func(name string) map[string]bool {
		if allowed[name] == nil {
			allowed[name] = map[string]bool{name: true}
		}
		return allowed[name]
	}
	names := func(side string) []string { return strings.Split(strings.ReplaceAll(side, " ", ""), ",") }
	for line := range strings.Lines(importOrder) {
		sides := strings.Split(strings.TrimSpace(line), "<")
		for i := range len(sides) - 1 {
			for _, below := range names(sides[i]) {
				for _, above := range names(sides[i+1]) {
					entry(below)
					entry(above)[below] = true
				}
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, below := range allowed {
			for b := range below {
				for a := range allowed[b] {
					if !below[a] {
						below[a], changed = true, true
					}
				}
			}
		}
	}
	return allowed
}

// entryOf finds the entry that a package of the module belongs to: its own, or that of the nearest folder above; "" if none.
func entryOf(allowed map[string]map[string]bool, path string) string {
	for p := path; p != "."; p = parent(p) {
		if allowed[p] != nil {
			return p
		}
	}
	return ""
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return "."
}

// packages lists the packages of the module with what they import, tests left out, on Linux with cgo and without.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	for _, cgo := range []string{"CGO_ENABLED=0", "CGO_ENABLED=1"} {
		cmd := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"/...")
		cmd.Env = append(cmd.Environ(), cgo)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		for line := range strings.Lines(string(out)) {
			words := strings.Fields(line)
			name, ok := strings.CutPrefix(words[0], module+"/")
			if !ok {
				continue // the module's root holds no code that anything imports
			}
			for _, imported := range words[1:] {
				if own, ok := strings.CutPrefix(imported, module+"/"); ok {
					imports[name] = append(imports[name], own)
				}
			}
			imports[name] = append(imports[name], []string{}...)
		}
	}
	return imports
}

func TestImportOrder(t *testing.T) {
	allowed := mayImport()
	imports := packages(t)
	require.Contains(t, imports, "ir/tensor")
	require.Contains(t, imports["ir"], "ir/tensor", "go list works")
	for name, own := range imports {
		from := entryOf(allowed, name)
		assert.NotEmpty(t, from, "package %s has no entry in the import order", name)
		for _, imported := range own {
			to := entryOf(allowed, imported)
			assert.True(t, allowed[from][to], "%s imports %s, which the import order does not allow", name, imported)
			assert.False(t, slices.Contains(commands, to) && to != from, "%s imports the command %s", name, imported)
			if slices.Contains(testSupport, to) {
				assert.True(t, strings.HasSuffix(name, "test"), "%s imports %s, which is for tests", name, imported)
			}
		}
		owner, _, internal := strings.Cut("/"+name+"/", "/internal/")
		assert.False(t, internal && owner == "", "%s: internal folders stand below the package that owns them", name)
	}
}

// What the order must not allow, whatever is added to it.
func TestImportOrderKeepsItsPromises(t *testing.T) {
	allowed := mayImport()
	for _, pair := range [][2]string{
		{"autodiff", "lower"}, {"lower", "autodiff"}, {"train", "analysis"}, {"analysis", "train"}, {"ir", "ir/op"},
		{"ir/interp", "ir/rewrite"}, {"ir/rewrite", "ir/interp"}, {"lower", "ir/interp"}, {"lower", "backends"}, {"backends", "trace"},
		{"train/optim", "brain"}, {"brain", "train/optim"}, {"trace", "examples"},
	} {
		require.Contains(t, allowed, pair[0])
		require.Contains(t, allowed, pair[1])
		assert.False(t, allowed[pair[0]][pair[1]], "%s may not import %s", pair[0], pair[1])
	}
	for a, below := range allowed {
		for b := range below {
			assert.False(t, a != b && allowed[b][a], "%s and %s may import each other", a, b)
		}
	}
	assert.True(t, allowed["trace"]["ir/dtype"])
	assert.True(t, allowed["analysis"]["train/optim"])
}
