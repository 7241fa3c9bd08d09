package portable

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// naive executes programs element by element as package kernel describes them: each instruction of a Map by the evaluation of its row
// on all elements, everything else by loops over indices. It shares no code with the executor.
type naive struct {
	t   testing.TB
	p   *kernel.Program
	mem [][]byte // of each buffer; arena buffers are parts of one
}

func newNaive(t testing.TB, p *kernel.Program, inputs []*tensor.Tensor) *naive {
	n := &naive{t: t, p: p}
	arena := make([]byte, p.Arena)
	for i := range arena {
		arena[i] = 0xa5
	}
	for id := range p.Buffers {
		b := &p.Buffers[id]
		switch b.Storage {
		case kernel.Arena:
			n.mem = append(n.mem, arena[b.Offset:b.Offset+b.Bytes()])
		case kernel.Input:
			n.mem = append(n.mem, append([]byte{}, inputs[b.Slot].Bytes()...))
		case kernel.Constant:
			n.mem = append(n.mem, append([]byte{}, b.Value.Bytes()...))
		default:
			n.mem = append(n.mem, make([]byte, b.Bytes()))
			for i := range n.mem[id] {
				n.mem[id][i] = 0xa5
			}
		}
	}
	return n
}

func (n *naive) integer(id kernel.BufID, at int) int64 {
	b := n.mem[id]
	switch n.p.Buffers[id].DType {
	case dtype.Bool, dtype.Uint8:
		return int64(b[at])
	case dtype.Int8:
		return int64(int8(b[at]))
	case dtype.Int16:
		return int64(int16(binary.NativeEndian.Uint16(b[2*at:])))
	case dtype.Uint16:
		return int64(binary.NativeEndian.Uint16(b[2*at:]))
	case dtype.Int32:
		return int64(int32(binary.NativeEndian.Uint32(b[4*at:])))
	case dtype.Uint32:
		return int64(binary.NativeEndian.Uint32(b[4*at:]))
	case dtype.Int64:
		return int64(binary.NativeEndian.Uint64(b[8*at:]))
	}
	return int64(min(binary.NativeEndian.Uint64(b[8*at:]), 1<<63-1)) // larger than any index in both cases
}

// element is the memory of a view at an index.
func (n *naive) element(v *kernel.View, index []int) []byte {
	at := v.Offset
	for d, i := range index {
		at += v.Strides[d] * i
	}
	for _, x := range v.Dyn {
		at += x.Stride * int(min(max(n.integer(x.Buf, x.At), 0), int64(x.Max)))
	}
	size := n.p.Buffers[v.Buf].DType.Size()
	return n.mem[v.Buf][at*size : (at+1)*size]
}

// read gathers a view into a vector or array of the given shape.
func (n *naive) read(v *kernel.View) *tensor.Tensor {
	dt := n.p.Buffers[v.Buf].DType
	x := tensor.Must(tensor.New(dt, v.Shape...))
	i := 0
	for _, index := range tensor.Indices(v.Shape) {
		copy(x.Bytes()[i*dt.Size():], n.element(v, index))
		i++
	}
	return x
}

func (n *naive) write(v *kernel.View, x *tensor.Tensor) {
	size, i := x.DType().Size(), 0
	for _, index := range tensor.Indices(v.Shape) {
		copy(n.element(v, index), x.Bytes()[i*size:(i+1)*size])
		i++
	}
}

func (n *naive) block(b kernel.Block) {
	for _, s := range b {
		n.step(s)
	}
}

func (n *naive) step(s kernel.Step) {
	switch s := s.(type) {
	case *kernel.Map:
		n.mapStep(s)
	case *kernel.Copy:
		n.write(&s.Dst, n.read(&s.Src))
	case *kernel.LoopStep:
		for k := range s.Trip {
			i := k
			if s.Reverse {
				i = s.Trip - 1 - k
			}
			binary.NativeEndian.PutUint32(n.mem[s.Counter], uint32(i))
			n.block(s.Body)
		}
	case *kernel.Guard:
		if i := n.integer(s.Counter, 0); i%int64(s.Every) == 0 {
			binary.NativeEndian.PutUint32(n.mem[s.Row], uint32(i/int64(s.Every)))
			n.block(s.Body)
		}
	case *kernel.WhileStep:
		for n.block(s.Cond); n.integer(s.Pred, 0) != 0; n.block(s.Cond) {
			n.block(s.Body)
		}
	case *kernel.SwitchStep:
		i := min(max(n.integer(s.Index, 0), 0), int64(len(s.Branches)-1))
		n.block(s.Branches[i])
	case *kernel.Deliver:
		in := []*tensor.Tensor{n.read(&s.Acc), n.read(&s.Events), n.read(&s.IndPtr), n.read(&s.Indices), n.read(&s.Weights)}
		n.write(&s.Acc, evalRow(n.t, op.EventCSRID, nil, in...)[0])
	case *kernel.MatMul:
		attrs := op.DotAttrs{LhsBatch: []int{0}, RhsBatch: []int{0}, LhsContract: []int{2}, RhsContract: []int{1}}
		n.write(&s.Dst, evalRow(n.t, op.DotID, attrs, n.read(&s.A), n.read(&s.B))[0])
	case *kernel.Gather:
		n.windows(&s.Windows, s.Src, s.Dst, func(window, row []byte, _ bool) { copy(row, window) })
	case *kernel.Scatter:
		n.windows(&s.Windows, s.Dst, s.Updates, func(window, row []byte, fits bool) {
			if !fits {
				return
			}
			if s.Combine == ir.OpInvalid {
				copy(window, row)
				return
			}
			x := tensor.Must(tensor.New(n.p.Buffers[s.Dst.Buf].DType))
			y := x.Clone()
			copy(x.Bytes(), window)
			copy(y.Bytes(), row)
			copy(window, evalRow(n.t, s.Combine, nil, x, y)[0].Bytes())
		})
	case *kernel.Pack:
		n.write(&s.Dst, evalRow(n.t, op.PackBitsID, nil, n.read(&s.Src))[0])
	default:
		require.Fail(n.t, "unknown step")
	}
}

// windows calls f for each element of each window, with the element of the row that goes with it.
func (n *naive) windows(w *kernel.Windows, window, rows kernel.View, f func(window, row []byte, fits bool)) {
	for i := range w.Index.Shape[0] {
		moved, fits := window, true
		for j := range w.Index.Shape[1] {
			at := w.Index.Offset + i*w.Index.Strides[0] + j*w.Index.Strides[1]
			x := n.integer(w.Index.Buf, at)
			c := min(max(x, 0), int64(w.Max[j]))
			fits = fits && c == x
			moved.Offset += int(c) * w.Stride[j]
		}
		for _, index := range tensor.Indices(window.Shape) {
			f(n.element(&moved, index), n.element(&rows, append([]int{i}, index...)), fits)
		}
	}
}

func (n *naive) mapStep(m *kernel.Map) {
	vals := make([]*tensor.Tensor, len(m.Insts))
	for i := range m.Insts {
		in := &m.Insts[i]
		switch in.Op {
		case kernel.OpLoad:
			vals[i] = n.read(&m.Loads[in.Imm])
		case kernel.OpImm:
			vals[i] = n.fill(in.DT, in.Imm, m.Shape)
		case kernel.OpIndex:
			vals[i] = evalRow(n.t, op.IotaID, op.IotaAttrs{DType: in.DT, Shape: m.Shape, Dim: int(in.Imm)})[0]
		default:
			args := make([]*tensor.Tensor, in.Op.Row().Arity)
			for k := range args {
				args[k] = vals[in.Args[k]]
			}
			out := evalRow(n.t, in.Op, in.Attrs(), args...)
			vals[i] = out[min(int(in.Imm), len(out)-1)]
		}
	}
	for i := range m.Stores {
		n.write(&m.Stores[i].View, vals[m.Stores[i].Inst])
	}
	for i := range m.Folds {
		f := &m.Folds[i]
		axes := make([]int, f.Dims)
		for k := range axes {
			axes[k] = len(m.Shape) - f.Dims + k
		}
		n.write(&f.View, evalRow(n.t, f.Op, op.ReduceAttrs{Axes: axes}, vals[f.Inst])[0])
	}
}

func (n *naive) fill(dt dtype.DType, bits uint64, shape []int) *tensor.Tensor {
	x := tensor.Must(tensor.New(dt, shape...))
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], bits)
	for i := range x.Size() {
		copy(x.Bytes()[i*dt.Size():(i+1)*dt.Size()], word[:])
	}
	return x
}

// agree runs a program in both ways and compares all outputs, and all arena buffers, bit for bit (NaN with NaN).
func agree(t testing.TB, p *kernel.Program, inputs ...*tensor.Tensor) {
	t.Helper()
	got := execute(t, p, inputs...)
	n := newNaive(t, p, inputs)
	n.block(p.Body)
	for i, id := range p.Outputs {
		want := tensor.Must(tensor.New(p.Buffers[id].DType, p.Buffers[id].Elems))
		copy(want.Bytes(), n.mem[id])
		requireSame(t, want, got[i], "output %d\n%s", i, p)
	}
}
