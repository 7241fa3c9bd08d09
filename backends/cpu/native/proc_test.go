package native

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

var procLaws = []op.ProcWeight{op.ProcConstant, op.ProcUniform, op.ProcNormal}

// procGraph has all products with a procedural matrix, events as numbers and as bools.
func procGraph(a op.ProcAttrs, dt dtype.DType) *ir.Graph {
	b := ir.NewBuilder("proc")
	post, pre := b.Param(ir.T(dt, a.Post)), b.Param(ir.T(dt, a.Pre))
	seed := b.Param(ir.T(dtype.Uint32, 2))
	shape := []int{2}
	if a.Weight == op.ProcConstant {
		shape = nil
	}
	w := b.Param(ir.T(dt, shape...))
	spikes := op.Gt(b, pre, op.ZerosLike(b, pre))
	return b.Build(op.EventProc(b, op.Neg(b, post), pre, seed, w, a), op.EventProc(b, post, spikes, seed, w, a),
		op.ProcGather(b, post, seed, w, a), op.ProcOuter(b, pre, post, seed, a), op.ProcOuter(b, spikes, post, seed, a))
}

func procInputs(r *rand.Rand, a op.ProcAttrs, dt dtype.DType, active float64) []*tensor.Tensor {
	w := randomF32(r, 2).AsType(dt)
	if a.Weight == op.ProcConstant {
		w = randomF32(r).AsType(dt)
	}
	return []*tensor.Tensor{randomF32(r, a.Post).AsType(dt), randomEvents(r, dt, a.Pre, active), tensor.Of(r.Uint32(), r.Uint32()), w}
}

// Procedural products against the interpreter, bit for bit: awkward sizes and probabilities, no events and all events, yields after each row.
func TestProcedural(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	sizes := [][2]int{{0, 4}, {1, 0}, {1, 1}, {3, 7}, {5, 16}, {4, 17}, {7, 129}, {3, 1000}}
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, law := range procLaws {
			for _, prob := range []float64{0, 1e-4, 0.03, 0.5, 1} {
				for i, size := range sizes {
					a := op.ProcAttrs{Pre: size[0], Post: size[1], Prob: prob, Weight: law, SelfConnections: i%2 == 0, FirstRow: i % 3}
					g := procGraph(a, dt)
					for _, active := range []float64{0, 0.5, 1} {
						check(t, g, procInputs(r, a, dt, active)...)
					}
				}
			}
		}
	}
}

// More synapses wait than there is room for.
func TestProceduralAddsOnTheWay(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 44))
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, law := range procLaws {
			a := op.ProcAttrs{Pre: 90, Post: 3001, Prob: 0.1, Weight: law, FirstRow: 2000}
			check(t, procGraph(a, dt), procInputs(r, a, dt, 0.4)...)
		}
	}
}

// Normal numbers, by matrices with every place: the numbers of the first and of the last row by themselves, the others by their sums over
// rows. One in 300 is of the tails.
func TestProceduralNormals(t *testing.T) {
	r := rand.New(rand.NewPCG(45, 46))
	rows := 400
	if testing.Short() {
		rows = 20
	}
	a := op.ProcAttrs{Pre: rows, Post: 2000, Prob: 1, Weight: op.ProcNormal, SelfConnections: true}
	b := ir.NewBuilder("normals")
	acc, w, seed := b.Param(ir.T(dtype.Float32, a.Post)), b.Param(ir.T(dtype.Float32, 2)), b.Param(ir.T(dtype.Uint32, 2))
	e := b.Param(ir.T(dtype.Bool, a.Pre))
	y := op.EventProc(b, acc, e, seed, w, a)
	events := tensor.Must(tensor.New(dtype.Bool, a.Pre))
	for _, i := range []int{0, a.Pre - 1} {
		clear(events.Bytes())
		events.Bytes()[i] = 1
		check(t, b.Build(y), tensor.Must(tensor.New(dtype.Float32, a.Post)), tensor.Of[float32](0, 1), tensor.Of(r.Uint32(), r.Uint32()), events)
	}
	for i := range events.Bytes() {
		events.Bytes()[i] = 1
	}
	check(t, b.Build(y), randomF32(r, a.Post), tensor.Of[float32](0, 1), tensor.Of(r.Uint32(), r.Uint32()), events)
}

func BenchmarkProcedural(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, size := range []struct {
		pre, post int
		prob      float64
	}{{4000, 4000, 0.02}, {4000, 40_000, 0.002}, {400, 4000, 0.2}} {
		for _, law := range procLaws {
			for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
				for _, is := range tiers() {
					b.Run(fmt.Sprintf("%dx%d/%s/%s/%s", size.pre, size.post, law, dt, is.name), func(b *testing.B) {
						a := op.ProcAttrs{Pre: size.pre, Post: size.post, Prob: size.prob, Weight: law, SelfConnections: true}
						d := ir.NewBuilder("events")
						in := procInputs(r, a, dt, 1)
						acc, seed, w := d.Param(ir.T(dt, a.Post)), d.Param(ir.T(dtype.Uint32, 2)), d.Param(ir.TypeOf(in[3]))
						m := newMachine(b, d.Build(op.EventProc(d, acc, d.Param(ir.T(dtype.Bool, a.Pre)), seed, w, a)), is)
						events := tensor.Must(tensor.New(dtype.Bool, a.Pre))
						for i := range events.Bytes() {
							events.Bytes()[i] = 1
						}
						for b.Loop() {
							m.run(b, 1<<40, in[0], in[2], in[3], events)
						}
						synapses := float64(a.Pre) * float64(a.Post) * a.Prob
						b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/synapses, "ns/syn")
					})
				}
			}
		}
	}
}
