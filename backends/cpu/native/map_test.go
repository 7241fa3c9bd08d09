//go:build unix

package native

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// mapCase is a program of one Map on external buffers: machine code of every tier is compared with the interpreter, in memory where
// every access outside of the buffers faults.
type mapCase struct {
	m    kernel.Map
	bufs []kernel.Buffer
	data [][]byte // of the buffers before the run
}

// addBuffer adds a buffer with contents; views of it are made by the caller.
func (c *mapCase) addBuffer(dt dtype.DType, storage kernel.Storage, data []byte) kernel.BufID {
	c.bufs = append(c.bufs, kernel.Buffer{DType: dt, Elems: len(data) / dt.Size(), Storage: storage})
	c.data = append(c.data, data)
	return kernel.BufID(len(c.bufs) - 1)
}

// addView lays out a buffer for a view with the given strides, and some elements more. fill makes the contents of n elements.
func (c *mapCase) addView(dt dtype.DType, storage kernel.Storage, shape, strides []int, fill func(n int) []byte) kernel.View {
	lo, hi := 0, 0
	for d, n := range shape {
		if s := strides[d] * (max(1, n) - 1); s < 0 {
			lo += s
		} else {
			hi += s
		}
	}
	buf := c.addBuffer(dt, storage, fill(hi-lo+1))
	return kernel.View{Buf: buf, Offset: -lo, Shape: shape, Strides: strides}
}

// addDynamic is addView with a dynamic offset: a scalar that may lie outside of its limits.
func (c *mapCase) addDynamic(r *rand.Rand, dt dtype.DType, shape, strides []int, fill func(n int) []byte) kernel.View {
	most, step := r.IntN(5), r.IntN(4)
	n := len(shape)
	v := c.addView(dt, kernel.Input, append(shape[:n:n], most+1), append(strides[:n:n], step), fill)
	v.Shape, v.Strides = shape, strides
	at := []dtype.DType{dtype.Int32, dtype.Int64, dtype.Uint32, dtype.Int8}[r.IntN(4)]
	scalars := c.addBuffer(at, kernel.Input, randomElements(r, at, 3))
	v.Dyn = []kernel.Index{{Buf: scalars, At: r.IntN(3), Max: most, Stride: step}}
	return v
}

func (c *mapCase) add(in kernel.Inst) int32 {
	c.m.Insts = append(c.m.Insts, in)
	return int32(len(c.m.Insts) - 1)
}

func (c *mapCase) addLoad(v kernel.View) int32 {
	c.m.Loads = append(c.m.Loads, v)
	return c.add(kernel.Inst{Op: kernel.OpLoad, DT: c.bufs[v.Buf].DType, Imm: uint64(len(c.m.Loads) - 1)})
}

// addStore stores an instruction to a new buffer with these strides.
func (c *mapCase) addStore(inst int32, strides []int) {
	dt := c.m.Insts[inst].DT
	view := c.addView(dt, kernel.Output, c.m.Shape, strides, func(n int) []byte { return bytes.Repeat([]byte{0x5a}, n*dt.Size()) })
	c.m.Stores = append(c.m.Stores, kernel.Store{Inst: inst, View: view})
}

// addFold folds an instruction over the last dims dimensions into a new buffer.
func (c *mapCase) addFold(id ir.OpID, inst int32, dims int) {
	dt := c.m.Insts[inst].DT
	shape := c.m.Shape[:len(c.m.Shape)-dims]
	view := c.addView(dt, kernel.Output, shape, kernel.RowMajor(shape), func(n int) []byte { return bytes.Repeat([]byte{0x5a}, n*dt.Size()) })
	c.m.Folds = append(c.m.Folds, kernel.Fold{Op: id, Inst: inst, Dims: dims, View: view})
}

func (c *mapCase) program() *kernel.Program {
	p := &kernel.Program{Name: "map", Buffers: c.bufs, Body: kernel.Block{&c.m}}
	for i := range p.Buffers {
		switch b := &p.Buffers[i]; b.Storage {
		case kernel.Input:
			b.Slot = len(p.Inputs)
			p.Inputs = append(p.Inputs, kernel.BufID(i))
		case kernel.Output:
			b.Slot = len(p.Outputs)
			p.Outputs = append(p.Outputs, kernel.BufID(i))
		case kernel.Arena:
			b.Offset = p.Arena
			p.Arena += (b.Bytes() + 63) &^ 63
		}
	}
	return p
}

// elements calls f with the place in its buffer, in elements, of each element of a view.
func (c *mapCase) elements(v *kernel.View, f func(i, at int)) {
	start := v.Offset
	for _, d := range v.Dyn {
		dt := c.bufs[d.Buf].DType
		scalar := tensor.Must(tensor.New(dt))
		copy(scalar.Bytes(), c.data[d.Buf][d.At*dt.Size():])
		start += min(max(int(scalar.Int64s()[0]), 0), d.Max) * d.Stride
	}
	i := 0
	for _, index := range tensor.Indices(v.Shape) {
		at := start
		for d, x := range index {
			at += x * v.Strides[d]
		}
		f(i, at)
		i++
	}
}

// gatherView is the dense tensor of a view.
func (c *mapCase) gatherView(v *kernel.View) *tensor.Tensor {
	dt := c.bufs[v.Buf].DType
	t := tensor.Must(tensor.New(dt, v.Shape...))
	size := dt.Size()
	c.elements(v, func(i, at int) { copy(t.Bytes()[i*size:(i+1)*size], c.data[v.Buf][at*size:]) })
	return t
}

// want is what the buffers hold after the Map, by the interpreter.
func (c *mapCase) want(t testing.TB) [][]byte {
	t.Helper()
	b := ir.NewBuilder("map")
	var inputs []*tensor.Tensor
	vals := make([]*ir.Value, len(c.m.Insts))
	for i := range c.m.Insts {
		in := &c.m.Insts[i]
		switch in.Op {
		case kernel.OpLoad:
			x := c.gatherView(&c.m.Loads[in.Imm])
			inputs = append(inputs, x)
			vals[i] = b.Param(ir.T(in.DT, c.m.Shape...))
		case kernel.OpImm:
			one := tensor.Must(tensor.New(in.DT))
			var bits [8]byte
			binary.LittleEndian.PutUint64(bits[:], in.Imm)
			copy(one.Bytes(), bits[:])
			vals[i] = op.Spread(b, b.Const(one), c.m.Shape)
		case kernel.OpIndex:
			vals[i] = op.Iota(b, in.DT, c.m.Shape, int(in.Imm))
		default:
			var args []*ir.Value
			for _, a := range in.Args[:in.Arity()] {
				args = append(args, vals[a])
			}
			vals[i] = b.Emit1(in.Op, in.Attrs(), args...)
			require.Equal(t, in.DT, vals[i].Type.DType)
		}
	}
	var outs []*ir.Value
	var views []*kernel.View
	for i := range c.m.Stores {
		outs, views = append(outs, vals[c.m.Stores[i].Inst]), append(views, &c.m.Stores[i].View)
	}
	for i := range c.m.Folds {
		f := &c.m.Folds[i]
		attrs := op.ReduceAttrs{}
		for d := len(c.m.Shape) - f.Dims; d < len(c.m.Shape); d++ {
			attrs.Axes = append(attrs.Axes, d)
		}
		outs, views = append(outs, b.Emit1(f.Op, attrs, vals[f.Inst])), append(views, &f.View)
	}
	results, err := interp.Run(context.Background(), b.Build(outs...), inputs)
	require.NoError(t, err)
	after := make([][]byte, len(c.data))
	for i := range after {
		after[i] = bytes.Clone(c.data[i])
	}
	for k, v := range views {
		size := c.bufs[v.Buf].DType.Size()
		c.elements(v, func(i, at int) { copy(after[v.Buf][at*size:(at+1)*size], results[k].Bytes()[i*size:]) })
	}
	return after
}

// bench holds memory that cases share.
type bench struct {
	t    testing.TB
	work *guarded
	bufs []*guarded
}

func newBench(t testing.TB) *bench { return &bench{t: t, work: newGuarded(t, 1<<20)} }

// run runs the code on copies of the buffers, at the ends of their memory or at the starts.
func (b *bench) run(c *mapCase, code *Code, mode exec.Mode, atEnd bool) [][]byte {
	b.t.Helper()
	exe, err := exec.Map(code.Bytes)
	require.NoError(b.t, err)
	defer exe.Close()
	require.LessOrEqual(b.t, code.Workspace, len(b.work.mem))
	base := unsafe.Pointer(unsafe.SliceData(b.work.mem))
	placed := make([][]byte, len(c.bufs))
	for i, data := range c.data {
		if buf := &c.bufs[i]; buf.Storage == kernel.Arena {
			placed[i] = b.work.mem[code.Arena+buf.Offset:][:len(data)]
			copy(placed[i], data)
			continue
		}
		for len(b.bufs) <= i {
			b.bufs = append(b.bufs, newGuarded(b.t, 1<<17))
		}
		placed[i] = b.bufs[i].place(data, atEnd)
		*(*uintptr)(unsafe.Add(base, code.Bases[i])) = uintptr(unsafe.Pointer(unsafe.SliceData(placed[i])))
	}
	h := (*Header)(base)
	h.Resume, h.Budget = 0, 1<<40
	require.NoError(b.t, exe.CallRecover(0, base, mode), "%s", c)
	require.EqualValues(b.t, ExitDone, h.Exit)
	after := make([][]byte, len(placed))
	for i := range placed {
		if c.bufs[i].Storage != kernel.Arena {
			require.True(b.t, b.bufs[i].intact(len(placed[i]), atEnd), "buffer %d: memory around it has changed", i)
		}
		after[i] = bytes.Clone(placed[i])
	}
	return after
}

// check runs the case on all tiers and compares. It returns why tiers have no code, by their names.
func (b *bench) check(c *mapCase) map[string]string {
	b.t.Helper()
	p := c.program()
	require.NoError(b.t, kernel.Verify(p), "%s", c)
	var want [][]byte
	why := map[string]string{}
	for _, is := range tiers() {
		code, err := Compile(p, Options{Tier: is.name})
		require.NoError(b.t, err)
		if len(code.Why) > 0 {
			require.NotContains(b.t, code.Why[0], "asm:", "%s", c)
			why[is.name] = code.Why[0]
			continue
		}
		if want == nil {
			want = c.want(b.t)
		}
		for _, atEnd := range []bool{true, false} {
			got := b.run(c, code, 0, atEnd)
			for i := range want {
				if err := sameElements(c.bufs[i].DType, got[i], want[i]); err != nil {
					code, _ = Compile(p, Options{Tier: is.name, Listing: true})
					b.t.Fatalf("%s: buffer %d (%s): %v\n%s\n%s", is.name, i, c.bufs[i].DType, err, c, code.Listing)
				}
			}
		}
	}
	return why
}

func (c *mapCase) String() string {
	s := c.program().String()
	for i, v := range c.m.Loads {
		if c.bufs[v.Buf].Elems <= 40 {
			s += fmt.Sprintf("load %d: %v\n", i, c.gatherView(&c.m.Loads[i]))
		}
	}
	return s
}

// sameElements compares bit for bit; any NaN is like another.
func sameElements(dt dtype.DType, got, want []byte) error {
	size := dt.Size()
	for i := 0; i < len(want); i += size {
		if bytes.Equal(got[i:i+size], want[i:i+size]) {
			continue
		}
		g, w := tensor.Must(tensor.New(dt, 1)), tensor.Must(tensor.New(dt, 1))
		copy(g.Bytes(), got[i:])
		copy(w.Bytes(), want[i:])
		if !g.Equal(w) {
			return fmt.Errorf("element %d: got %x (%v), want %x (%v)", i/size, g.Bytes(), g, w.Bytes(), w)
		}
	}
	return nil
}

// specials are values of a type that go wrong easily.
func specials(dt dtype.DType) []uint64 {
	bits := uint(dt.Bits())
	var out []uint64
	switch {
	case dt.IsBool():
		return []uint64{0, 1}
	case dt.IsInt():
		for _, x := range []uint64{0, 1, 2, 3, 5, 31, 32, 33, 63, 64, 65, 100, 127, 128, 255, 256, 1<<16 - 1, 1 << 24, 1<<24 + 1, 1<<31 - 1, 1 << 31, 1<<32 - 1,
			1 << 32, 1<<53 + 1, 1<<53 - 1, 1<<62 + 1, 1<<62 + 1<<38, 1<<62 + 1<<38 + 1, 1<<63 + 1<<39 + 1, 1<<62 + 1<<9, 1<<62 + 1<<9 + 1, 1<<25 + 2, 1<<25 + 6, 1<<63 - 1, 1 << 63, 1 << (bits - 1), 1<<(bits-1) - 1} {
			out = append(out, x&(1<<bits-1), -x&(1<<bits-1))
		}
		return out
	}
	for _, x := range []float64{0, 1, 2, 3, 0.5, 1.5, 2.5, 0.49999997, 1e-3, 100.7, 127, 127.5, 128, 255, 255.9, 256, 32767.5, 32768, 65535.99, 65536, 1 << 23, 1<<23 + 1, 1 << 24,
		1<<31 - 1, 1 << 31, 1<<31 - 128, 1<<32 - 1, 1 << 32, 1<<32 - 256, 1 << 52, 1<<53 + 2, 1<<63 - 1024, 1 << 63, 1<<64 - 2048, 1 << 64, 1e10, 1e20, 1e300, math.MaxFloat32,
		math.SmallestNonzeroFloat32, 0x1p-126, 0x1.fffffcp-127, 0x1p-1022, 0x1.8p-1070, math.SmallestNonzeroFloat64, math.MaxFloat64, math.Inf(1), 1e-30, 149, 300, 1074, 2098} {
		out = append(out, floatOf(dt, x), floatOf(dt, -x))
	}
	return append(out, floatOf(dt, math.NaN()), floatOf(dt, math.NaN())|1<<(bits-1))
}

// floatOf is a number in the bits of a float type, rounded.
func floatOf(dt dtype.DType, x float64) uint64 {
	t := tensor.Must(tensor.Full(dt, x))
	var b [8]byte
	copy(b[:], t.Bytes())
	return binary.LittleEndian.Uint64(b[:])
}

// randomElements mixes special values, small numbers and any bits.
func randomElements(r *rand.Rand, dt dtype.DType, n int) []byte {
	out := make([]byte, 0, n*dt.Size())
	special := specials(dt)
	for range n {
		var x uint64
		switch k := r.IntN(8); {
		case dt.IsBool() || k < 3:
			x = special[r.IntN(len(special))]
		case k < 4:
			x = r.Uint64()
		case dt.IsFloat():
			x = floatOf(dt, r.NormFloat64()*4)
		default:
			x = uint64(r.IntN(41) - 20)
		}
		out = binary.LittleEndian.AppendUint64(out, x)[:len(out)+dt.Size()]
	}
	return out
}

// pairElements holds all pairs of special values in two buffers.
func pairElements(dt dtype.DType) (x, y []byte) {
	size := dt.Size()
	for _, a := range specials(dt) {
		for _, b := range specials(dt) {
			x = binary.LittleEndian.AppendUint64(x, a)[:len(x)+size]
			y = binary.LittleEndian.AppendUint64(y, b)[:len(y)+size]
		}
	}
	return x, y
}
