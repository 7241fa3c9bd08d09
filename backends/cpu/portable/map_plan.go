package portable

import (
	"fmt"

	"github.com/ranvier-go/ranvier/lower/kernel"
)

// mapPlan is a prepared Map.
type mapPlan struct {
	rare   int      // stretches
	id     int      // index of its frame in a run
	n      int      // elements of the index space
	row    int      // blocks end at multiples of it, so that every view is one run inside a block; n where nothing asks for it
	block  int      // elements of a block
	views  []access // loads, then stores
	folds  []folder
	static []call // computed once a frame
	once   []call // uniform values, computed each time
	body   []call // for each block

	entries int           // length of the table of addresses
	cells   []cell        // uniform values
	slots   []slot        // scratch memory of values and spread scalars
	spreads []spread      // scalars that are needed as vectors
	moving  []movingEntry // entries that point into buffers
	dims    int           // largest number of dimensions of a walk
	work    int           // lane operations for one element
}

// access is a view of a Map at run time.
type access struct {
	place
	walk   walk
	move   movers
	size   int  // of an element in memory
	lane   int  // and in a lane
	stride int  // bytes between neighbours of a run
	single bool // each block is one run
	unit   bool // and its elements stand in memory as in a lane, one behind the other
}

// cell is a uniform value: 8 bytes of the frame, with its pattern where it is known.
type cell struct {
	entry value
	lane  lane
	bits  uint64
}

// slot is scratch memory at a distance in bytes for each element of a block.
type slot struct {
	entry value
	at    int
}

// spread fills entry to with the scalar of entry from, at the begin of the Map.
type spread struct {
	from, to value
	fill     strip
}

// movingEntry points at the current block of a view.
type movingEntry struct {
	entry value
	view  int
}

const (
	scratchBytes = 24 << 10 // scratch memory of a block, with room for buffers beside it in a cache of 32 KiB or more
	maxBlock     = 1024
	minBlock     = 64 // and the unit of block sizes
	minRow       = 64 // shorter rows are gathered, several in a block
)

func (pr *preparer) mapStep(m *kernel.Map) (action, error) {
	plan := &mapPlan{id: pr.ex.maps, n: 1, rare: len(m.Rare)}
	for _, n := range m.Shape {
		plan.n *= n
	}
	pr.ex.maps++
	if plan.n == 0 {
		return pr.emptyMap(m)
	}
	b := &stripBuilder{p: pr.p, m: m}
	for i := range m.Insts {
		b.guard = guardOf(m, i)
		b.insts = append(b.insts, b.lower(i))
	}
	b.guard = 0
	if b.err != nil {
		return nil, b.err
	}
	plan.access(pr.p, m)
	s := &scheduler{b: b, m: m, plan: plan}
	if err := s.schedule(); err != nil {
		return nil, fmt.Errorf("map %d: %w", m.ID, err)
	}
	pr.ex.scratch = max(pr.ex.scratch, s.bytes*plan.block)
	return plan, nil
}

// access prepares the views and decides how blocks are cut.
func (plan *mapPlan) access(p *kernel.Program, m *kernel.Map) {
	views := append([]kernel.View{}, m.Loads...)
	for _, st := range m.Stores {
		views = append(views, st.View)
	}
	linear := true
	for i := range views {
		dt := p.Buffers[views[i].Buf].DType
		a := access{place: newPlace(p, &views[i]), walk: viewWalk(p, &views[i]), move: moversOf(dt), size: dt.Size(), lane: laneOf(dt).size()}
		_, a.stride = a.walk.inner()
		linear = linear && a.walk.linear()
		plan.dims = max(plan.dims, len(a.walk.shape))
		plan.views = append(plan.views, a)
	}
	plan.row = plan.n
	rows := false
	if !linear {
		if inner := commonRow(m.Shape, views); inner >= minRow {
			plan.row, rows = inner, true
		}
	}
	for i := range views {
		a := &plan.views[i]
		a.single = rows || a.walk.linear()
		a.unit = a.single && a.stride == a.size && a.size == a.lane
	}
}

// commonRow is how many neighbouring elements, at the end of the index space, all views walk with one stride each.
func commonRow(shape []int, views []kernel.View) int {
	row, last := 1, -1 // last is the outermost dimension that belongs to the row
	for d := len(shape) - 1; d >= 0; d-- {
		if shape[d] == 1 {
			continue
		}
		if last >= 0 {
			for i := range views {
				if views[i].Strides[d] != views[i].Strides[last]*shape[last] {
					return row
				}
			}
		}
		row, last = row*shape[d], d
	}
	return row
}

// emptyMap is a Map without elements: only folds have results, neutral ones.
func (pr *preparer) emptyMap(m *kernel.Map) (action, error) {
	fill := &neutral{}
	for i := range m.Folds {
		if m.Folds[i].View.Size() == 0 {
			continue
		}
		f, err := pr.folder(m, &m.Folds[i])
		if err != nil {
			return nil, err
		}
		fill.folds = append(fill.folds, f)
	}
	if len(fill.folds) == 0 {
		return nothing{}, nil
	}
	return fill, nil
}

// overlap reports whether two views may share memory.
func overlap(p *kernel.Program, v, w *kernel.View) bool {
	a, b := &p.Buffers[v.Buf], &p.Buffers[w.Buf]
	vlo, vhi, _ := v.Range()
	wlo, whi, _ := w.Range()
	if v.Buf == w.Buf {
		return vlo <= whi && wlo <= vhi
	}
	if a.Storage != kernel.Arena || b.Storage != kernel.Arena {
		return false
	}
	bytes := func(buf *kernel.Buffer, lo, hi int) (int, int) {
		size := buf.DType.Size()
		return buf.Offset + lo*size, buf.Offset + (hi+1)*size
	}
	vlo, vhi = bytes(a, vlo, vhi)
	wlo, whi = bytes(b, wlo, whi)
	return vlo < whi && wlo < vhi
}
