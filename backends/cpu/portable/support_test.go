package portable

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// guard is how many bytes around a buffer must stay as they are.
const guardBytes = 64

// testMemory gives each external buffer and the arena memory of its own, with guards around.
type testMemory struct {
	Memory
	p      *kernel.Program
	pieces [][]byte // with guards
	where  []int    // piece of each buffer
}

func newTestMemory(p *kernel.Program, inputs []*tensor.Tensor) *testMemory {
	m := &testMemory{p: p, where: make([]int, len(p.Buffers))}
	m.Base = make([]unsafe.Pointer, len(p.Buffers))
	arena := m.piece(p.Arena)
	for id := range p.Buffers {
		b := &p.Buffers[id]
		if b.Storage == kernel.Arena {
			m.where[id] = arena
			m.Base[id] = unsafe.Pointer(&m.pieces[arena][guardBytes+b.Offset])
			continue
		}
		m.where[id] = m.piece(b.Bytes())
		data := m.pieces[m.where[id]][guardBytes:]
		m.Base[id] = unsafe.Pointer(&data[0])
		switch b.Storage {
		case kernel.Input:
			copy(data, inputs[b.Slot].Bytes())
		case kernel.Constant:
			copy(data, b.Value.Bytes())
		}
	}
	return m
}

// piece allocates n bytes between two guards and fills everything with a pattern.
func (m *testMemory) piece(n int) int {
	words := make([]uint64, (n+7)/8+2*guardBytes/8)
	data := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 2*guardBytes+n)
	for i := range data {
		data[i] = 0xa5
	}
	m.pieces = append(m.pieces, data)
	return len(m.pieces) - 1
}

// check fails where a guard, an input or a constant has changed.
func (m *testMemory) check(t testing.TB, inputs []*tensor.Tensor) {
	t.Helper()
	want := bytes.Repeat([]byte{0xa5}, guardBytes)
	for i, data := range m.pieces {
		if !bytes.Equal(data[:guardBytes], want) || !bytes.Equal(data[len(data)-guardBytes:], want) {
			t.Fatalf("memory outside of piece %d was written to\n%s", i, m.p)
		}
	}
	for id := range m.p.Buffers {
		if b := &m.p.Buffers[id]; b.Storage == kernel.Input {
			require.Equal(t, inputs[b.Slot].Bytes(), m.bytes(kernel.BufID(id)), "input %d was written to", b.Slot)
		}
	}
}

func (m *testMemory) bytes(id kernel.BufID) []byte {
	return unsafe.Slice((*byte)(m.Base[id]), m.p.Buffers[id].Bytes())
}

// tensor copies a buffer.
func (m *testMemory) tensor(id kernel.BufID, shape ...int) *tensor.Tensor {
	x := tensor.Must(tensor.New(m.p.Buffers[id].DType, shape...))
	copy(x.Bytes(), m.bytes(id))
	return x
}

// execute verifies and runs a program on inputs and returns its outputs as vectors.
func execute(t testing.TB, p *kernel.Program, inputs ...*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	out, err := tryExecute(t, p, inputs...)
	require.NoError(t, err, p.String())
	return out
}

func tryExecute(t testing.TB, p *kernel.Program, inputs ...*tensor.Tensor) ([]*tensor.Tensor, error) {
	t.Helper()
	require.NoError(t, kernel.Verify(p), p.String())
	ex, err := New(p)
	require.NoError(t, err, p.String())
	mem := newTestMemory(p, inputs)
	err = ex.Run(context.Background(), &mem.Memory, &Env{})
	mem.check(t, inputs)
	out := make([]*tensor.Tensor, len(p.Outputs))
	for i, id := range p.Outputs {
		out[i] = mem.tensor(id, p.Buffers[id].Elems)
	}
	return out, err
}

// special values of the real types, among them those where bugs live.
var specialFloats = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 1 << 23, 1<<24 + 1, 1e-3, -127.5, 128, 255.5,
	65504, 65520, 7e4, 1e9, 2147483647, -2147483648, 4294967295, 9.3e18, -9.3e18, 1.9e19, 1e38, -3.5e38, 1e300,
	1e-38, 1e-40, -1e-45, 5e-324, 6e-8, 1e-5, math.Inf(1), math.Inf(-1), math.NaN()}

// randomTensor mixes special values, small numbers and random bits, all of which the type has.
func randomTensor(r *rand.Rand, dt dtype.DType, n int) *tensor.Tensor {
	x := tensor.Must(tensor.New(dt, n))
	for i := range n {
		switch k := r.IntN(4); {
		case dt == dtype.Bool:
			x.Set(i, r.IntN(2))
		case k == 0 && dt.IsFloat():
			x.Set(i, specialFloats[r.IntN(len(specialFloats))])
		case k == 1 || dt.IsFloat() && k == 2:
			x.Set(i, r.NormFloat64()*math.Ldexp(1, r.IntN(20)-6))
		case k == 2:
			x.Set(i, r.IntN(5)-2)
		default:
			for b := range dt.Size() {
				x.Bytes()[i*dt.Size()+b] = byte(r.Uint32())
			}
		}
	}
	if dt.IsFloat() && dt.Size() == 2 { // NaN are quiet, as lanes of f32 have them
		return x.AsType(dtype.Float32).AsType(dt)
	}
	return x
}

// requireSame compares bit for bit, any NaN being equal to any other.
func requireSame(t testing.TB, want, got *tensor.Tensor, format string, args ...any) {
	t.Helper()
	flat, err := got.Reshape(want.Shape()...)
	require.NoError(t, err)
	if want.DType().IsNarrow() { // programs hold its bytes
		want = tensor.Must(want.Bitcast(dtype.Uint8))
	}
	if want.Equal(flat) {
		return
	}
	for i := range want.Size() {
		w, g := want.Get(i), got.Get(i)
		if fmt.Sprint(w) != fmt.Sprint(g) {
			t.Fatalf("%s: element %d is %v, want %v", fmt.Sprintf(format, args...), i, g, w)
		}
	}
	t.Fatalf("%s: got other bits", fmt.Sprintf(format, args...))
}

// evalRow applies a row's reference evaluation to vectors.
func evalRow(t testing.TB, id ir.OpID, attrs ir.Attrs, in ...*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	b := ir.NewBuilder("")
	params := make([]*ir.Value, len(in))
	for i, x := range in {
		params[i] = b.Param(ir.T(x.DType(), x.Shape()...))
	}
	n := b.Emit(id, attrs, nil, params...)[0].Node
	out, err := n.Row().Eval(&ir.Eval{Step: -1}, n, in)
	require.NoError(t, err)
	return out
}
