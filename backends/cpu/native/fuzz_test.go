//go:build unix

package native

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// mapFuzzer makes random Maps of instructions that both tiers have: many values alive at once, uniform ones among them, several stores
// and folds.
type mapFuzzer struct {
	*mapCase
	r     *rand.Rand
	types []dtype.DType
	by    map[dtype.DType][]int32 // instructions by type
	own   []kernel.View           // loaded, and to be overwritten
}

func newMapFuzzer(r *rand.Rand) *mapFuzzer {
	f := &mapFuzzer{r: r, mapCase: &mapCase{}, by: map[dtype.DType][]int32{}}
	f.types = []dtype.DType{dtype.Bool, dtype.Int32, dtype.Float32}
	if r.IntN(2) == 0 {
		f.types = append(f.types, dtype.Float64, dtype.Int64)
	}
	for _, dt := range []dtype.DType{dtype.Uint32, dtype.Uint64, dtype.Int8, dtype.Uint8, dtype.Int16, dtype.Uint16, dtype.Float16, dtype.BFloat16} {
		if r.IntN(4) == 0 {
			f.types = append(f.types, dt)
		}
	}
	f.m.Shape = [][]int{{1 + r.IntN(70)}, {1 + r.IntN(3), 1 + r.IntN(40)}, {1 + r.IntN(3), 1 + r.IntN(4), 1 + r.IntN(20)}}[r.IntN(3)]
	if r.IntN(30) == 0 {
		f.m.Shape[r.IntN(len(f.m.Shape))] = 0
	}
	return f
}

func (f *mapFuzzer) typ() dtype.DType { return f.types[f.r.IntN(len(f.types))] }

func (f *mapFuzzer) any(dt dtype.DType) int32 {
	vals := f.by[dt]
	if f.r.IntN(3) == 0 { // a recent one
		vals = vals[max(0, len(vals)-3):]
	}
	return vals[f.r.IntN(len(vals))]
}

func (f *mapFuzzer) emit(in kernel.Inst) {
	f.by[in.DT] = append(f.by[in.DT], f.add(in))
}

func (f *mapFuzzer) fill(dt dtype.DType) func(n int) []byte {
	return func(n int) []byte { return randomElements(f.r, dt, n) }
}

// load adds a load; of a scalar if it is uniform.
func (f *mapFuzzer) load(dt dtype.DType, uniform bool) {
	shape := f.m.Shape
	strides := make([]int, len(shape))
	if !uniform {
		last := len(shape) - 1
		strides[last] = []int{1, 1, 1, 1, 0, -1, 2, 3}[f.r.IntN(8)]
		for d := range last {
			strides[d] = []int{0, 1, 7, 100, -50}[f.r.IntN(5)]
		}
	}
	var view kernel.View
	switch f.r.IntN(4) {
	case 0:
		view = f.addDynamic(f.r, dt, shape, strides, f.fill(dt))
	case 1:
		view = f.addView(dt, kernel.Arena, shape, strides, f.fill(dt))
	default:
		view = f.addView(dt, kernel.Input, shape, strides, f.fill(dt))
	}
	f.by[dt] = append(f.by[dt], f.addLoad(view))
}

// inPlace loads a value that a store may overwrite: each index has an element of its own.
func (f *mapFuzzer) inPlace(dt dtype.DType) {
	strides := kernel.RowMajor(f.m.Shape)
	if f.r.IntN(3) == 0 {
		for d := range strides {
			strides[d] *= -2
		}
	}
	view := f.addView(dt, kernel.Arena, f.m.Shape, strides, f.fill(dt))
	f.by[dt] = append(f.by[dt], f.addLoad(view))
	f.own = append(f.own, view)
}

func (f *mapFuzzer) constant(dt dtype.DType) {
	special := specials(dt)
	f.emit(kernel.Inst{Op: kernel.OpImm, DT: dt, Imm: special[f.r.IntN(len(special))]})
}

var (
	fuzzFloat  = []ir.OpID{op.AddID, op.SubID, op.MulID, op.DivID, op.MaxID, op.MinID, op.ScalbID, op.RemID}
	fuzzFloat1 = []ir.OpID{op.NegID, op.AbsID, op.SignID, op.SqrtID, op.FloorID, op.CeilID, op.RoundEvenID, op.TruncID, op.RoundAwayID}
	fuzzInt    = []ir.OpID{op.AddID, op.SubID, op.MulID, op.MaxID, op.MinID, op.AndID, op.OrID, op.XorID, op.ShlID, op.ShrID, op.SarID, op.DivID, op.RemID}
	fuzzInt1   = []ir.OpID{op.NotID, op.NegID, op.PopcntID, op.ClzID}
	fuzzBool   = []ir.OpID{op.AndID, op.OrID, op.XorID, op.AddID, op.MulID, op.MaxID, op.MinID}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// step adds one instruction of a random kind.
func (f *mapFuzzer) step() {
	dt := f.typ()
	wide := !isNarrow(dt)
	switch k := f.r.IntN(10); {
	case k == 0:
		from := f.typ()
		for roundsTwice(from, dt) {
			from = f.typ()
		}
		f.emit(kernel.Inst{Op: op.ConvertID, DT: dt, Args: [4]int32{f.any(from)}})
	case k == 1:
		f.emit(kernel.Inst{Op: op.SelectID, DT: dt, Args: [4]int32{f.any(dtype.Bool), f.any(dt), f.any(dt)}})
	case k == 2:
		f.emit(kernel.Inst{Op: op.CompareID, DT: dtype.Bool, Dir: kernel.Dir(f.r.IntN(6)), Args: [4]int32{f.any(dt), f.any(dt)}})
	case k == 3: // what is one instruction together
		x, y := f.any(dt), f.any(dt)
		dir := pick(f.r, []kernel.Dir{kernel.LT, kernel.GT})
		f.emit(kernel.Inst{Op: op.CompareID, DT: dtype.Bool, Dir: dir, Args: [4]int32{x, y}})
		pred := int32(len(f.m.Insts) - 1)
		if f.r.IntN(2) == 0 {
			x, y = y, x
		}
		f.emit(kernel.Inst{Op: op.SelectID, DT: dt, Args: [4]int32{pred, x, y}})
	case dt == dtype.Bool && k < 6:
		f.emit(kernel.Inst{Op: op.NotID, DT: dt, Args: [4]int32{f.any(dt)}})
	case dt == dtype.Bool:
		f.emit(kernel.Inst{Op: pick(f.r, fuzzBool), DT: dt, Args: [4]int32{f.any(dt), f.any(dt)}})
	case !wide:
		f.emit(kernel.Inst{Op: pick(f.r, []ir.OpID{op.MaxID, op.MinID}), DT: dt, Args: [4]int32{f.any(dt), f.any(dt)}})
	case dt.IsFloat() && k < 6:
		f.emit(kernel.Inst{Op: op.FMAID, DT: dt, Args: [4]int32{f.any(dt), f.any(dt), f.any(dt)}})
	case dt.IsFloat() && k < 7:
		f.emit(kernel.Inst{Op: op.IsFiniteID, DT: dtype.Bool, Args: [4]int32{f.any(dt)}})
	case dt.IsFloat() && k < 8:
		f.emit(kernel.Inst{Op: pick(f.r, fuzzFloat1), DT: dt, Args: [4]int32{f.any(dt)}})
	case dt.IsFloat():
		f.emit(kernel.Inst{Op: pick(f.r, fuzzFloat), DT: dt, Args: [4]int32{f.any(dt), f.any(dt)}})
	case k < 5 && dt.IsSigned():
		f.emit(kernel.Inst{Op: pick(f.r, []ir.OpID{op.AbsID, op.SignID}), DT: dt, Args: [4]int32{f.any(dt)}})
	case k < 6:
		f.emit(kernel.Inst{Op: pick(f.r, fuzzInt1), DT: dt, Args: [4]int32{f.any(dt)}})
	default:
		f.emit(kernel.Inst{Op: pick(f.r, fuzzInt), DT: dt, Args: [4]int32{f.any(dt), f.any(dt)}})
	}
}

// build makes a Map of about n instructions.
func (f *mapFuzzer) build(n int) *mapCase {
	for _, dt := range f.types {
		f.constant(dt)
		if f.r.IntN(2) == 0 {
			f.load(dt, true)
		}
	}
	for range f.r.IntN(1 + n/4) {
		f.step()
	}
	f.m.Uni = len(f.m.Insts)
	for _, dt := range f.types {
		for range 1 + f.r.IntN(2) {
			f.load(dt, false)
		}
		if f.r.IntN(3) == 0 {
			f.inPlace(dt)
		}
		if dt.IsNumeric() && !isNarrow(dt) && f.r.IntN(2) == 0 {
			f.emit(kernel.Inst{Op: kernel.OpIndex, DT: dt, Imm: uint64(f.r.IntN(len(f.m.Shape)))})
		}
	}
	for range n {
		f.step()
	}
	f.outputs()
	return f.mapCase
}

// outputs adds stores of the last values and of some others, and folds.
func (f *mapFuzzer) outputs() {
	last := len(f.m.Shape) - 1
	for i := range 1 + f.r.IntN(8) {
		inst := int32(f.r.IntN(len(f.m.Insts)))
		if i < 3 {
			inst = int32(len(f.m.Insts) - 1 - i)
		}
		strides := kernel.RowMajor(f.m.Shape)
		strides[last] = []int{1, 1, 1, 2, -1}[f.r.IntN(5)]
		for d := range last {
			strides[d] *= 2
		}
		f.addStore(inst, strides)
	}
	for _, v := range f.own {
		f.m.Stores = append(f.m.Stores, kernel.Store{Inst: f.any(f.bufs[v.Buf].DType), View: v})
	}
	dims := 1 + f.r.IntN(len(f.m.Shape))
	for range max(0, f.r.IntN(8)-3) {
		dt := f.typ()
		ids := []ir.OpID{op.ReduceMaxID, op.ReduceMinID}
		if dt != dtype.Bool {
			ids = append(ids, op.ReduceSumID, op.ReduceProdID)
		}
		if !dt.IsFloat() {
			ids = append(ids, op.ReduceAndID, op.ReduceOrID, op.ReduceXorID)
		}
		f.addFold(pick(f.r, ids), f.any(dt), dims)
	}
}

func TestRandomMaps(t *testing.T) {
	b := newBench(t)
	n := 1000
	if testing.Short() {
		n = 60
	}
	for seed := range n {
		r := rand.New(rand.NewPCG(uint64(seed), 77))
		c := newMapFuzzer(r).build([]int{3, 10, 40, 150}[seed%4])
		require.Empty(t, b.check(c), "seed %d", seed)
	}
}
