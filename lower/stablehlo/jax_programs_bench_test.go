package stablehlo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir/rewrite"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// BenchmarkJAXPrograms measures the way from text to machine code for the largest programs; testdata/jax/compiletime.py measures XLA's.
func BenchmarkJAXPrograms(b *testing.B) {
	cpu, err := backends.Get("cpu")
	require.NoError(b, err)
	for _, name := range []string{"random_large", "random_matrices", "random_gamma", "special_functions", "tsit5_sensitivity"} {
		text := jaxProgram{Name: name}.text(b)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var read, optimise, compile time.Duration
			for b.Loop() {
				start := time.Now()
				m, err := stablehlo.Read(name, text)
				require.NoError(b, err)
				f, err := m.Entry()
				require.NoError(b, err)
				read += time.Since(start)
				start = time.Now()
				g := rewrite.Optimize(f.Graph, rewrite.Options{})
				optimise += time.Since(start)
				start = time.Now()
				_, err = cpu.Compile(g, backends.Options{})
				require.NoError(b, err)
				compile += time.Since(start)
			}
			for unit, d := range map[string]time.Duration{"read-ms": read, "optimise-ms": optimise, "compile-ms": compile} {
				b.ReportMetric(d.Seconds()*1000/float64(b.N), unit)
			}
		})
	}
}
