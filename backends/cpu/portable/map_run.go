package portable

import "unsafe"

// frame is what one run keeps for a Map.
type frame struct {
	r          *run
	plan       *mapPlan
	p          []unsafe.Pointer // address of each value in the current block
	cells      []uint64
	starts     []unsafe.Pointer // of the views
	folds      []foldState
	foldStarts []unsafe.Pointer
	index      []int  // for cursors
	matters    []bool // by rare stretch, from 1: in the current block
}

// frame returns the frame of a Map, made on its first run.
func (r *run) frame(plan *mapPlan) (*frame, error) {
	if fr := r.frames[plan.id]; fr != nil {
		return fr, nil
	}
	fr := &frame{
		r: r, plan: plan,
		p:          make([]unsafe.Pointer, plan.entries),
		cells:      make([]uint64, len(plan.cells)),
		starts:     make([]unsafe.Pointer, len(plan.views)),
		folds:      make([]foldState, len(plan.folds)),
		foldStarts: make([]unsafe.Pointer, len(plan.folds)),
		index:      make([]int, plan.dims),
		matters:    make([]bool, plan.rare+1),
	}
	for i, c := range plan.cells {
		p := unsafe.Pointer(&fr.cells[i])
		fr.p[c.entry] = p
		switch c.lane.size() {
		case 1:
			*(*uint8)(p) = uint8(c.bits)
		case 4:
			*(*uint32)(p) = uint32(c.bits)
		case 8:
			*(*uint64)(p) = c.bits
		}
	}
	for _, s := range plan.slots {
		fr.p[s.entry] = unsafe.Add(unsafe.Pointer(unsafe.SliceData(r.scratch)), s.at*plan.block)
	}
	if err := fr.call(plan.static, 0, 1); err != nil {
		return nil, err
	}
	r.frames[plan.id] = fr
	return fr, nil
}

// forget drops the addresses in buffers; those in the frame and in scratch memory stay.
func (fr *frame) forget() {
	clear(fr.starts)
	clear(fr.foldStarts)
	for _, m := range fr.plan.moving {
		fr.p[m.entry] = nil
	}
}

// call runs strips on the n elements of the block that begins at start.
func (fr *frame) call(calls []call, start, n int) error {
	p := fr.p
	for i := range calls {
		c := &calls[i]
		if c.guard != 0 && !fr.matters[c.guard] {
			continue
		}
		if c.f != nil {
			c.f(p[c.d], p[c.a], p[c.b], p[c.c], n)
		} else if err := c.special.run(fr, c, start, n); err != nil {
			return err
		}
	}
	return nil
}

func (plan *mapPlan) run(r *run) error {
	fr, err := r.frame(plan)
	if err != nil {
		return err
	}
	for i := range plan.views {
		fr.starts[i] = plan.views[i].start(r)
	}
	if err := fr.call(plan.once, 0, 1); err != nil {
		return err
	}
	for i := range plan.spreads {
		s := &plan.spreads[i]
		s.fill(fr.p[s.to], fr.p[s.from], nil, nil, min(plan.block, plan.n))
	}
	for i := range plan.folds {
		f := &plan.folds[i]
		fr.foldStarts[i] = f.start(r)
		f.begin(&fr.folds[i])
	}
	return fr.blocks()
}

// blocks runs the body over the index space, row by row.
func (fr *frame) blocks() error {
	plan := fr.plan
	for row := 0; row < plan.n; row += plan.row {
		for at := 0; at < plan.row; at += plan.block {
			start, n := row+at, min(plan.block, plan.row-at)
			for _, m := range plan.moving {
				fr.p[m.entry] = unsafe.Add(fr.starts[m.view], plan.views[m.view].walk.at(start))
			}
			if err := fr.call(plan.body, start, n); err != nil {
				return err
			}
			if err := fr.r.spend(n * plan.work); err != nil {
				return err
			}
		}
	}
	return nil
}

// moveIn loads a view into lanes.
type moveIn struct{ view int }

func (s *moveIn) run(fr *frame, c *call, start, n int) error {
	a, from, to := &fr.plan.views[s.view], fr.starts[s.view], fr.p[c.d]
	if a.single {
		a.move.load(to, unsafe.Add(from, a.walk.at(start)), a.stride, n)
		return nil
	}
	cur := a.walk.from(start, n, fr.index)
	for off, k := cur.next(); k > 0; off, k = cur.next() {
		a.move.load(to, unsafe.Add(from, off), a.stride, k)
		if cur.left == 0 {
			return nil
		}
		to = unsafe.Add(to, k*a.lane)
	}
	return nil
}

// moveOut stores lanes to a view.
type moveOut struct{ view int }

func (s *moveOut) run(fr *frame, c *call, start, n int) error {
	a, to, from := &fr.plan.views[s.view], fr.starts[s.view], fr.p[c.a]
	if a.single {
		a.move.store(from, unsafe.Add(to, a.walk.at(start)), a.stride, n)
		return nil
	}
	cur := a.walk.from(start, n, fr.index)
	for off, k := cur.next(); k > 0; off, k = cur.next() {
		a.move.store(from, unsafe.Add(to, off), a.stride, k)
		if cur.left == 0 {
			return nil
		}
		from = unsafe.Add(from, k*a.lane)
	}
	return nil
}
