package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// scanProgram sums the columns of a matrix from the last row on.
func scanProgram(t *testing.T) (*kernel.Program, *kernel.Scan) {
	b := ir.NewBuilder("scan")
	p, err := kernel.Lower(b.Build(op.CumSum(b, b.Param(ir.T(dtype.Float32, 5, 90)), 0, true)))
	require.NoError(t, err)
	s, ok := p.Body[0].(*kernel.Scan)
	require.True(t, ok, "%v", p)
	return p, s
}

// The scanned dimension is last, and runs backwards by a negative stride; what is written to does not come from the same memory.
func TestScanIsVerified(t *testing.T) {
	p, s := scanProgram(t)
	require.NoError(t, kernel.Verify(p))
	require.Equal(t, []int{90, 5}, s.Src.Shape)
	require.Equal(t, []int{1, -90}, s.Src.Strides)
	require.Equal(t, 360, s.Src.Offset)
	s.Op = op.ReduceXorID
	require.ErrorContains(t, kernel.Verify(p), "want a sum, product, maximum or minimum")
	s.Op = op.ReduceSumID
	was := s.Src
	s.Src.Offset = 300
	require.ErrorContains(t, kernel.Verify(p), "src")
	s.Src = was
	s.Src.Buf = s.Dst.Buf
	require.ErrorContains(t, kernel.Verify(p), "the buffer of src")
	s.Src.Buf, s.Src.Shape = was.Buf, []int{90, 4}
	require.ErrorContains(t, kernel.Verify(p), "another shape")
}

// Parts are of lines, never of the dimension that the scan goes along.
func TestScanIsDivided(t *testing.T) {
	p, s := scanProgram(t)
	next := 0
	parts := kernel.DivideAll(p, 3)[s].Then
	require.Len(t, parts, 3)
	for _, step := range parts {
		part := step.(*kernel.Scan)
		require.Equal(t, s.Src.Offset+next, part.Src.Offset)
		require.Equal(t, 5, part.Dst.Shape[1])
		next += part.Dst.Shape[0]
	}
	require.Equal(t, 90, next)
}
