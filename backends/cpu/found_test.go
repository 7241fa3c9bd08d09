package cpu

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/irtest"
)

// TestFound runs the programs of testdata/found, on which an executor was once wrong, on each tier.
func TestFound(t *testing.T) {
	files, err := filepath.Glob("testdata/found/*.ir")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		c, err := irtest.ParseCase(string(text))
		require.NoError(t, err, file)
		want, err := interp.Run(context.Background(), c.Graph, c.Inputs)
		require.NoError(t, err)
		for _, tier := range Tiers() {
			be, err := New(tier)
			require.NoError(t, err)
			x, err := be.Compile(c.Graph, backends.Options{})
			require.NoError(t, err)
			got, err := x.Run(context.Background(), c.Inputs, backends.RunOptions{})
			require.NoError(t, err)
			for i := range want {
				require.True(t, got[i].Equal(want[i]), "%s on %s: output %d: got %v, want %v", file, tier, i, got[i], want[i])
			}
		}
	}
}
