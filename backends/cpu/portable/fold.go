package portable

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// folder is a prepared Fold: for each index of the outer dimensions, count elements that follow each other in the index space are
// folded by 16 lanes. Element k goes to lane k mod 16; then lane j takes lane j+8, j+4, j+2 and j+1.
type folder struct {
	count int
	outer int
	place
	walk  walk
	store mover
	kit   foldKit
	size  int // of a lane
}

// foldKit is an operation on 16 lanes at acc, of the type that the value has in a Map.
type foldKit struct {
	clear func(acc unsafe.Pointer)                  // the neutral element
	add   func(acc, x unsafe.Pointer, phase, n int) // n elements at x, the first to lane phase
	tree  func(acc unsafe.Pointer)                  // the result in lane 0
}

// foldState is where a fold is in a run.
type foldState struct {
	acc  [16]uint64 // 16 lanes of up to 8 bytes
	done int        // elements of the current result
	at   int        // results stored
}

func (pr *preparer) folder(m *kernel.Map, f *kernel.Fold) (folder, error) {
	dt := m.Insts[f.Inst].DT
	kit := foldKitOf(f.Op, dt)
	if kit.add == nil {
		return folder{}, fmt.Errorf("got %s of %s, want a reduction that the type has", f.Op, dt)
	}
	x := folder{count: 1, outer: f.View.Size(), place: newPlace(pr.p, &f.View), walk: viewWalk(pr.p, &f.View),
		store: moversOf(dt).store, kit: kit, size: laneOf(dt).size()}
	for _, n := range m.Shape[len(m.Shape)-f.Dims:] {
		x.count *= n
	}
	return x, nil
}

// foldBlock adds a block to a fold, and stores each result that it completes.
type foldBlock struct{ fold int }

func (s *foldBlock) run(fr *frame, c *call, _, n int) error {
	f, st := &fr.plan.folds[s.fold], &fr.folds[s.fold]
	acc := unsafe.Pointer(&st.acc)
	for i := 0; i < n; {
		k := min(n-i, f.count-st.done)
		f.kit.add(acc, unsafe.Add(fr.p[c.a], i*f.size), st.done&15, k)
		i += k
		if st.done += k; st.done == f.count {
			f.kit.tree(acc)
			f.store(acc, unsafe.Add(fr.foldStarts[s.fold], f.walk.at(st.at)), 0, 1)
			f.kit.clear(acc)
			st.done = 0
			st.at++
		}
	}
	return nil
}

// begin resets the state for a new pass over the index space.
func (f *folder) begin(st *foldState) {
	st.done, st.at = 0, 0
	f.kit.clear(unsafe.Pointer(&st.acc))
}

// neutral stores the neutral elements of folds over nothing.
type neutral struct{ folds []folder }

func (s *neutral) run(r *run) error {
	for i := range s.folds {
		f := &s.folds[i]
		var st foldState
		acc := unsafe.Pointer(&st.acc)
		f.kit.clear(acc)
		p := f.start(r)
		for at := range f.outer {
			f.store(acc, unsafe.Add(p, f.walk.at(at)), 0, 1)
		}
	}
	return r.spend(stepWork)
}

// foldKitOf returns the operation of a reduction; without functions where the type has none.
func foldKitOf(id ir.OpID, dt dtype.DType) foldKit {
	switch laneOf(dt) {
	case laneBool:
		return boolFold(id)
	case laneI32:
		return integerFold(id, int32(math.MinInt32>>(32-dt.Bits())), int32(math.MaxInt32>>(32-dt.Bits())))
	case laneI64:
		return integerFold[int64](id, math.MinInt64, math.MaxInt64)
	case laneU32:
		return integerFold[uint32](id, 0, math.MaxUint32)
	case laneU64:
		return integerFold[uint64](id, 0, math.MaxUint64)
	case laneF32:
		return numberFold(id, float32(math.Inf(-1)), float32(math.Inf(1)))
	default:
		return numberFold(id, math.Inf(-1), math.Inf(1))
	}
}

func boolFold(id ir.OpID) foldKit {
	switch id {
	case op.ReduceOrID, op.ReduceMaxID:
		return foldWith(0, orLanes[uint8])
	case op.ReduceAndID, op.ReduceMinID:
		return foldWith(1, andLanes[uint8])
	case op.ReduceXorID:
		return foldWith(0, xorLanes[uint8])
	}
	return foldKit{}
}

func integerFold[T integer](id ir.OpID, least, largest T) foldKit {
	switch id {
	case op.ReduceOrID:
		return foldWith(0, orLanes[T])
	case op.ReduceAndID:
		return foldWith(^T(0), andLanes[T])
	case op.ReduceXorID:
		return foldWith(0, xorLanes[T])
	}
	return numberFold(id, least, largest)
}

func numberFold[T number](id ir.OpID, least, largest T) foldKit {
	switch id {
	case op.ReduceSumID:
		return foldWith(0, sumLanes[T])
	case op.ReduceProdID:
		return foldWith(1, prodLanes[T])
	case op.ReduceMaxID:
		return foldWith(least, maxLanes[T])
	case op.ReduceMinID:
		return foldWith(largest, minLanes[T])
	}
	return foldKit{}
}

// foldWith makes a kit of a neutral element and a loop that takes elements into lanes. The tree is that loop on the lanes themselves.
func foldWith[T any](neutral T, add func(acc *[16]T, x []T, phase int)) foldKit {
	start := [16]T{}
	for j := range start {
		start[j] = neutral
	}
	return foldKit{
		clear: func(acc unsafe.Pointer) { *(*[16]T)(acc) = start },
		add:   func(acc, x unsafe.Pointer, phase, n int) { add((*[16]T)(acc), vec[T](x, n), phase) },
		tree: func(acc unsafe.Pointer) {
			a := (*[16]T)(acc)
			add(a, a[8:16], 0)
			add(a, a[4:8], 0)
			add(a, a[2:4], 0)
			add(a, a[1:2], 0)
		},
	}
}

func sumLanes[T number](acc *[16]T, x []T, phase int) {
	for i, v := range x {
		acc[(phase+i)&15] += v
	}
}

func prodLanes[T number](acc *[16]T, x []T, phase int) {
	for i, v := range x {
		j := (phase + i) & 15
		acc[j] = T(acc[j] * v)
	}
}

func maxLanes[T number](acc *[16]T, x []T, phase int) {
	for i, v := range x {
		j := (phase + i) & 15
		acc[j] = max(acc[j], v)
	}
}

func minLanes[T number](acc *[16]T, x []T, phase int) {
	for i, v := range x {
		j := (phase + i) & 15
		acc[j] = min(acc[j], v)
	}
}

func andLanes[T integer | uint8](acc *[16]T, x []T, phase int) {
	for i, v := range x {
		acc[(phase+i)&15] &= v
	}
}

func orLanes[T integer | uint8](acc *[16]T, x []T, phase int) {
	for i, v := range x {
		acc[(phase+i)&15] |= v
	}
}

func xorLanes[T integer | uint8](acc *[16]T, x []T, phase int) {
	for i, v := range x {
		acc[(phase+i)&15] ^= v
	}
}
