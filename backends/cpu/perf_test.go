package cpu

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

func TestPerfMap(t *testing.T) {
	if Tiers()[0] == Portable {
		t.Skip("no machine code here")
	}
	t.Setenv("RANVIER_PERF", "1")
	b := ir.NewBuilder("perfmaptest")
	x := b.Param(ir.T(dtype.Float32, 100))
	compiled, err := backend{tier: Tiers()[0]}.Compile(b.Build(op.Neg(b, x)), backends.Options{})
	require.NoError(t, err)
	file := fmt.Sprintf("/tmp/perf-%d.map", os.Getpid())
	defer os.Remove(file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), fmt.Sprintf(" %x ranvier:perfmaptest\n", compiled.(backends.Measured).Stats().CodeBytes))
}
