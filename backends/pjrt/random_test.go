//go:build cgo && (linux || darwin)

package pjrt

import (
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/backends/cpu"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// portableRows takes primitives that XLA defines as we do, so that graphs of them can be compared.
func portableRows(row *ir.Row) bool {
	// Signs, phases and bases of factors are free, and what is computed from them would differ: TestRows checks them by their definition.
	return stablehlo.Writable(row.ID) == "" && !irtest.IsFactorisation(row.ID)
}

// seeds are the first one and how many there are; others are tried with RANVIER_FUZZ_SEED and RANVIER_FUZZ_TIMES.
func seeds() (first, count uint64) {
	count = 300
	if testing.Short() {
		count = 40
	}
	if times, err := strconv.ParseUint(os.Getenv("RANVIER_FUZZ_TIMES"), 10, 64); err == nil {
		count = times
	}
	first, _ = strconv.ParseUint(os.Getenv("RANVIER_FUZZ_SEED"), 10, 64)
	return first, count
}

// Random graphs on three executors: the interpreter, our compiler and XLA.
func TestRandomGraphs(t *testing.T) {
	b := open(t)
	compiler, err := cpu.New(cpu.Tiers()[0])
	require.NoError(t, err)
	excused := 0
	first, count := seeds()
	for seed := first; seed < first+count; seed++ {
		c := irtest.Random(irtest.Seeded(seed), irtest.Config{Nodes: 10, Rows: portableRows})
		if refuse(c.Graph) != nil {
			continue // floats of 6 bits
		}
		x, err := compiler.Compile(c.Graph, backends.Options{})
		require.NoError(t, err)
		compiled, err := x.Run(context.Background(), c.Inputs, backends.RunOptions{})
		require.NoError(t, err)
		assert.NoError(t, irtest.Check(c, compiled), "compiler, seed %d:\n%s", seed, c)
		got, err := runCase(b, c)
		if !assert.NoError(t, err, "seed %d:\n%s", seed, c) {
			continue
		}
		if err := irtest.CheckXLAGraph(c, got); err == nil {
			continue
		} else if reason := irtest.ExcuseXLA(c); reason != "" {
			t.Logf("seed %d: %v (%s)", seed, err, reason)
			excused++
		} else {
			t.Errorf("seed %d: %v\n%s", seed, err, c)
		}
	}
	require.LessOrEqual(t, excused, int(count)/10, "graphs with a documented difference")
}
