package native

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// runFenced is run with all external buffers next to memory that cannot be touched. It returns the bytes of the outputs.
func (m *machine) runFenced(t *testing.T, inputs []*tensor.Tensor, atEnd bool) [][]byte {
	t.Helper()
	require.Empty(t, m.code.Why)
	base := m.mem.Pointer()
	var out [][]byte
	for i, b := range m.prog.Buffers {
		if b.Storage == kernel.Arena {
			continue
		}
		mem := fenced(t, b.Bytes(), atEnd)
		switch b.Storage {
		case kernel.Input:
			copy(mem, inputs[b.Slot].Bytes())
		case kernel.Constant:
			copy(mem, b.Value.Bytes())
		case kernel.Output:
			out = append(out, mem)
			for k := range mem {
				mem[k] = 1
			}
		}
		*(*uintptr)(unsafe.Add(base, m.code.Bases[i])) = uintptr(unsafe.Pointer(unsafe.SliceData(mem)))
	}
	h := (*Header)(base)
	h.Resume, h.Budget = 0, 1<<40
	require.NoError(t, m.exe.CallRecover(0, base, 0))
	require.EqualValues(t, ExitDone, h.Exit)
	return out
}

// Sparse products touch nothing outside of their operands.
func TestSparseProductsStayInside(t *testing.T) {
	r := rand.New(rand.NewPCG(61, 62))
	type program struct {
		g  *ir.Graph
		in []*tensor.Tensor
	}
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		var programs []program
		for _, law := range procLaws {
			a := op.ProcAttrs{Pre: 37, Post: 77, Prob: 0.3, Weight: law}
			programs = append(programs, program{procGraph(a, dt), procInputs(r, a, dt, 0.5)})
		}
		for _, columns := range []dtype.DType{dtype.Uint16, dtype.Uint32} {
			indptr, indices := raggedCSR(r, 37, 77, columns)
			b := ir.NewBuilder("csr")
			x, w, e := b.Param(ir.T(dt, 77)), b.Param(ir.T(dt, indices.Size())), b.Param(ir.T(dt, 37))
			ptr, idx := b.Const(indptr), b.Const(indices)
			g := b.Build(op.CSRGather(b, x, ptr, idx, w), op.CSROuter(b, e, x, ptr, idx))
			programs = append(programs, program{g, []*tensor.Tensor{randomF32(r, 77).AsType(dt), randomF32(r, indices.Size()).AsType(dt), randomEvents(r, dt, 37, 0.5)}})
		}
		for _, p := range programs {
			for _, is := range tiers() {
				m := newMachine(t, p.g, is)
				want := m.run(t, 1<<40, p.in...)
				for _, atEnd := range []bool{true, false} {
					for i, got := range m.runFenced(t, p.in, atEnd) {
						require.Equal(t, want[i].Bytes(), got, "%s: output %d", is.name, i)
					}
				}
			}
		}
	}
}
