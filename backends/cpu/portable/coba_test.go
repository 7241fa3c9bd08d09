package portable

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// mapBuilder writes the instructions of a Map over a vector.
type mapBuilder struct {
	b *builder
	m *kernel.Map
	n int
}

func (mb *mapBuilder) inst(in kernel.Inst) int32 {
	mb.m.Insts = append(mb.m.Insts, in)
	return int32(len(mb.m.Insts) - 1)
}

func (mb *mapBuilder) load(buf kernel.BufID) int32 {
	mb.m.Loads = append(mb.m.Loads, kernel.View{Buf: buf, Shape: []int{mb.n}, Strides: []int{1}})
	return mb.inst(kernel.Inst{Op: kernel.OpLoad, DT: mb.b.p.Buffers[buf].DType, Imm: uint64(len(mb.m.Loads) - 1)})
}

func (mb *mapBuilder) f32(x float32) int32 {
	return mb.inst(kernel.Inst{Op: kernel.OpImm, DT: dtype.Float32, Imm: uint64(math.Float32bits(x))})
}

func (mb *mapBuilder) i32(x int32) int32 {
	return mb.inst(kernel.Inst{Op: kernel.OpImm, DT: dtype.Int32, Imm: uint64(uint32(x))})
}

func (mb *mapBuilder) op(id ir.OpID, dt dtype.DType, args ...int32) int32 {
	in := kernel.Inst{Op: id, DT: dt}
	copy(in.Args[:], args)
	return mb.inst(in)
}

func (mb *mapBuilder) compare(dir kernel.Dir, x, y int32) int32 {
	return mb.inst(kernel.Inst{Op: op.CompareID, DT: dtype.Bool, Dir: dir, Args: [4]int32{x, y}})
}

func (mb *mapBuilder) store(inst int32, buf kernel.BufID) {
	mb.m.Stores = append(mb.m.Stores, kernel.Store{Inst: inst, View: kernel.View{Buf: buf, Shape: []int{mb.n}, Strides: []int{1}}})
}

// cobaState are the initial values and the wiring of the network.
type cobaState struct {
	v, ge, gi       *tensor.Tensor
	indptr, indices *tensor.Tensor
	excitatory, all int
}

// newCobaState follows limits/ref.c: 80 synapses a neuron, the first four fifths of the neurons are excitatory.
func newCobaState(n int) *cobaState {
	r := rand.New(rand.NewPCG(1, 1))
	s := &cobaState{excitatory: n * 4 / 5, all: n}
	f := func(g func() float64) *tensor.Tensor {
		x := tensor.Must(tensor.New(dtype.Float32, n))
		for i := range n {
			x.Set(i, g())
		}
		return x
	}
	// Nearly normal numbers by additions alone, which every platform rounds alike.
	normal := func() float64 {
		x := -6.0
		for range 12 {
			x += r.Float64()
		}
		return x
	}
	s.v = f(func() float64 { return float64(5*normal()) - 65 })
	s.ge = f(func() float64 { return float64(1.5*normal()) + 4 })
	s.gi = f(func() float64 { return float64(12*normal()) + 20 })
	indptr, indices := []int32{0}, []uint32{}
	for range n {
		for j := range n {
			if r.Float64() < 80/float64(n) {
				indices = append(indices, uint32(j))
			}
		}
		indptr = append(indptr, int32(len(indices)))
	}
	s.indptr, s.indices = tensor.Of(indptr...), tensor.Of(indices...)
	return s
}

// program is the network for a number of steps; its outputs are V and the spikes of each neuron.
func (s *cobaState) program(steps int) *builder {
	b, n := &builder{}, s.all
	b.p.Name = "coba"
	whole := func(buf kernel.BufID) kernel.View { return kernel.View{Buf: buf, Shape: []int{n}, Strides: []int{1}} }
	state := func(x *tensor.Tensor) kernel.BufID {
		buf := b.arena(x.DType(), n)
		b.step(&kernel.Copy{Dst: whole(buf), Src: whole(b.input(x))})
		return buf
	}
	v, ge, gi := state(s.v), state(s.ge), state(s.gi)
	refractory := state(tensor.Must(tensor.New(dtype.Int32, n)))
	count := state(tensor.Must(tensor.New(dtype.Int32, n)))
	spikes, counter := b.arena(dtype.Bool, n), b.arena(dtype.Int32, 1)
	indptr, indices := b.input(s.indptr), b.input(s.indices)
	update := s.update(b, v, ge, gi, refractory, count, spikes)
	deliver := func(acc kernel.BufID, from, to int, weight float32) kernel.Step {
		return &kernel.Deliver{
			Acc:     whole(acc),
			Events:  kernel.View{Buf: spikes, Offset: from, Shape: []int{to - from}, Strides: []int{1}},
			IndPtr:  kernel.View{Buf: indptr, Offset: from, Shape: []int{to - from + 1}, Strides: []int{1}},
			Indices: kernel.View{Buf: indices, Shape: []int{s.indices.Size()}, Strides: []int{1}},
			Weights: kernel.View{Buf: b.input(tensor.Scalar(weight))},
		}
	}
	b.step(&kernel.LoopStep{Trip: steps, Counter: counter, User: true, Body: kernel.Block{
		update, deliver(ge, 0, s.excitatory, 0.6), deliver(gi, s.excitatory, n, 6.7)}})
	b.step(&kernel.Copy{Dst: whole(b.output(dtype.Float32, n)), Src: whole(v)})
	b.step(&kernel.Copy{Dst: whole(b.output(dtype.Int32, n)), Src: whole(count)})
	return b
}

// update is one step of all neurons. The spike count is the only thing that ref.c has not.
func (s *cobaState) update(b *builder, vb, geb, gib, refb, countb, spikesb kernel.BufID) kernel.Step {
	const f32, i32, i1 = dtype.Float32, dtype.Int32, dtype.Bool
	mb := &mapBuilder{b: b, n: s.all, m: &kernel.Map{Shape: []int{s.all}}}
	zero, one, fifty := mb.i32(0), mb.i32(1), mb.i32(50)
	eE, eI, rest, rate := mb.f32(0), mb.f32(-80), mb.f32(-40), mb.f32(.1/20)
	decayE, decayI, threshold, reset := mb.f32(1-.1/5), mb.f32(1-.1/10), mb.f32(-50), mb.f32(-60)
	mb.m.Uni = len(mb.m.Insts)
	v, ge, gi, ref := mb.load(vb), mb.load(geb), mb.load(gib), mb.load(refb)
	active := mb.compare(kernel.LE, ref, zero)
	leak := mb.op(op.SubID, f32, rest, v)
	dv := mb.op(op.FMAID, f32, gi, mb.op(op.SubID, f32, eI, v), leak)
	dv = mb.op(op.FMAID, f32, ge, mb.op(op.SubID, f32, eE, v), dv)
	next := mb.op(op.SelectID, f32, active, mb.op(op.FMAID, f32, dv, rate, v), v)
	mb.store(mb.op(op.MulID, f32, ge, decayE), geb)
	mb.store(mb.op(op.MulID, f32, gi, decayI), gib)
	rest32 := mb.op(op.SubID, i32, ref, one)
	spike := mb.op(op.AndID, i1, active, mb.compare(kernel.GT, next, threshold))
	mb.store(mb.op(op.SelectID, f32, spike, reset, next), vb)
	mb.store(mb.op(op.SelectID, i32, spike, fifty, rest32), refb)
	mb.store(spike, spikesb)
	if countb >= 0 {
		mb.store(mb.op(op.AddID, i32, mb.load(countb), mb.op(op.ConvertID, i32, spike)), countb)
	}
	return mb.m
}

func TestCobaAgreesWithElementwiseEvaluation(t *testing.T) {
	b := newCobaState(203).program(60)
	agree(t, &b.p, b.inputs...)
}

// TestCobaOnEveryPlatform holds the bits that the network has after 300 steps.
func TestCobaOnEveryPlatform(t *testing.T) {
	net := newCobaState(400).program(300)
	out := execute(t, &net.p, net.inputs...)
	h := fnv.New64a()
	for _, v := range tensor.Flat[float32](out[0]) {
		_ = binary.Write(h, binary.LittleEndian, v)
	}
	assert.Equal(t, uint64(0x915868c95e8dff08), h.Sum64())
	var spikes int32
	for _, n := range tensor.Flat[int32](out[1]) {
		spikes += n
	}
	assert.EqualValues(t, 126, spikes)
}

// BenchmarkCoba4000 is a step of the network, in ns.
func BenchmarkCoba4000(b *testing.B) {
	const steps = 100
	benchmarkProgram(b, newCobaState(4000).program(steps), "ns/step", steps)
}
