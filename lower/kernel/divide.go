package kernel

import "slices"

// Division maps leaf steps to parts that together do what the step does. Each element is computed by one part in the way that the whole
// step would, so results do not depend on the division.
type Division map[Step]Parts

// Parts run in any order or at the same time; if there are steps in First, all of them run before, in any order too.
type Parts struct{ First, Then []Step }

// Estimates of time in nanoseconds: what makes a step worth dividing, and a program worth having helpers.
const (
	divideStep     = 50 // even small ones, where others of the block are divided
	dividePart     = 1_500
	divideProgram  = 40_000
	longestPart    = 50_000_000 // parts do not poll
	forkTime       = 700
	sortConnection = 10 // the time that it takes, and has to be won back
)

// Divide chooses the steps of p that gain from being run by so many threads and divides them. It is empty when the program as a whole is too short
// for threads to be woken. It may add to p: connections sorted by part, and lists
// of events.
func Divide(p *Program, threads int) Division {
	d := &divider{p: p, threads: threads, grain: 64, parts: Division{}, rows: map[rowsOf][]rows{}}
	if d.work(p.Body) < divideProgram+sortConnection*d.connections() {
		return nil
	}
	d.block(p.Body)
	return d.parts
}

// DivideAll divides every step that can be, however small, between any elements: for tests.
func DivideAll(p *Program, threads int) Division {
	d := &divider{p: p, threads: threads, grain: 1, all: true, parts: Division{}, rows: map[rowsOf][]rows{}}
	d.block(p.Body)
	return d.parts
}

type divider struct {
	p       *Program
	threads int
	all     bool // without looking at the gain
	grain   int  // the last dimension is cut between so many elements: cache lines of the narrowest type
	parts   Division
	rows    map[rowsOf][]rows
}

// work estimates the time of a block, with the loops in it.
func (d *divider) work(b Block) int {
	total := 0
	for _, s := range b {
		switch s := s.(type) {
		case *LoopStep:
			total += s.Trip * d.work(s.Body)
		case *WhileStep:
			const guess = 100 // iterations
			total += guess * (d.work(s.Cond) + d.work(s.Body))
		case *Guard:
			total += d.work(s.Body) / s.Every
		case *SwitchStep:
			most := 0
			for _, br := range s.Branches {
				most = max(most, d.work(br))
			}
			total += most
		default:
			total += d.cost(s)
		}
	}
	return total
}

// connections counts the synapses of the program, which are sorted before they are delivered by parts.
func (d *divider) connections() int {
	n := 0
	d.p.Body.leaves(func(s Step) {
		if s, ok := s.(*Deliver); ok {
			n += s.Indices.Size()
		}
	})
	return n
}

// block divides the steps of a block, unless that costs more than it gains.
func (d *divider) block(b Block) {
	n, gain := d.share(b), 0
	for _, s := range b {
		for _, in := range inner(s) {
			d.block(in)
		}
		gain += d.leaf(s, n) * (n - 1) / max(n, 1)
	}
	if !d.all && d.toll(b) > gain {
		for _, s := range b {
			delete(d.parts, s)
		}
	}
}

// toll estimates what dividing costs a block: the meetings of the threads, and memory that moves between the caches of processors because one
// of the steps that share it is not divided.
func (d *divider) toll(b Block) int {
	written := map[BufID]bool{}
	toll := 0
	for _, s := range b {
		if _, ok := d.parts[s]; !ok {
			continue
		}
		if d.cost(s) > forkTime { // small ones mostly join their neighbours
			toll += forkTime
		}
		_, writes := Accesses(s)
		for _, w := range writes {
			written[w.Buf] = true
		}
	}
	for _, s := range b {
		if _, ok := d.parts[s]; ok {
			continue
		}
		reads, writes := Accesses(s)
		for _, v := range append(reads, writes...) {
			if written[v.Buf] {
				toll += v.Size() * d.p.Buffers[v.Buf].DType.Size() * (d.threads - 1) / d.threads // a nanosecond a byte
			}
		}
	}
	return toll
}

// share is among how many threads the leaf steps of a block are divided.
func (d *divider) share(b Block) int {
	if d.all {
		return d.threads
	}
	cost := 0
	for _, s := range b {
		cost += d.cost(s)
	}
	return min(d.threads, cost/dividePart)
}

// leaf divides a step into n parts, if that can be done, and returns its time.
func (d *divider) leaf(s Step, n int) int {
	cost := d.cost(s)
	if !d.all && (n < 2 || cost < divideStep || cost/n > longestPart) {
		return 0
	}
	parts := d.divide(s, n)
	if len(parts.Then) < 2 {
		return 0
	}
	d.parts[s] = parts
	return cost
}

// cost estimates the time of a step in compiled code.
func (d *divider) cost(s Step) int {
	switch s := s.(type) {
	case *Map:
		work := len(s.Insts) - s.Uni
		for _, in := range s.Insts[s.Uni:] {
			if in.DT.Size() == 8 {
				work++
			}
		}
		return product(s.Shape) * work / 160
	case *Copy:
		return s.Dst.Size() * d.p.Buffers[s.Dst.Buf].DType.Size() / 32
	case *Scan:
		return s.Dst.Size() / 2
	case *Deliver:
		const active = 500 // one event in so many rows
		return s.Events.Size()/64 + s.Indices.Size()/active
	case *MatMul:
		return s.Dst.Size() * s.A.Shape[2] / 50
	case *Sparse:
		return s.cost()
	case *Gather:
		return s.Dst.Size() / 2
	case *Pack:
		return s.Src.Size() / 64
	}
	return 0
}

// divide cuts a step into n parts, or fewer; nil if it cannot.
func (d *divider) divide(s Step, n int) Parts {
	if s, ok := s.(*Deliver); ok {
		return d.deliver(s, n)
	}
	return Parts{Then: d.cut(s, n)}
}

func (d *divider) cut(s Step, n int) []Step {
	switch s := s.(type) {
	case *Map:
		return s.divide(n, d.grain)
	case *Copy:
		dim := largest(s.Dst.Shape)
		return cut(s.Dst.Shape, dim, n, d.grain, func(lo, hi int) Step {
			return &Copy{Dst: s.Dst.part(dim, lo, hi), Src: s.Src.part(dim, lo, hi)}
		})
	case *Scan:
		return s.divide(n, d.grain)
	case *MatMul:
		return s.divide(n, d.grain)
	case *Sparse:
		return d.sparse(s, n)
	case *Gather:
		return cut(s.Dst.Shape, 0, n, d.grain, func(lo, hi int) Step {
			g := *s
			g.Dst, g.Index = s.Dst.part(0, lo, hi), s.Index.part(0, lo, hi)
			return &g
		})
	case *Pack:
		const word = 32
		return cut(s.Src.Shape, 0, n, max(d.grain, word), func(lo, hi int) Step {
			return &Pack{Src: s.Src.part(0, lo, hi), Dst: s.Dst.part(0, lo/word, (hi+word-1)/word)}
		})
	}
	return nil
}

// cut calls f with n ranges of dimension dim.
func cut(shape []int, dim, n, grain int, f func(lo, hi int) Step) []Step {
	if dim < 0 {
		return nil
	}
	if dim < len(shape)-1 {
		grain = 1
	}
	var parts []Step
	for _, b := range bounds(shape[dim], n, grain) {
		if b[0] < b[1] {
			parts = append(parts, f(b[0], b[1]))
		}
	}
	return parts
}

// bounds cuts size elements into n ranges of about the same number of grains; some may be empty.
func bounds(size, n, grain int) [][2]int {
	units := (size + grain - 1) / grain
	cuts := make([][2]int, n)
	for i := range cuts {
		cuts[i] = [2]int{min(units*i/n*grain, size), min(units*(i+1)/n*grain, size)}
	}
	return cuts
}

// largest is the dimension with the most elements, the first of several, or -1.
func largest(shape []int) int {
	best := -1
	for d, n := range shape {
		if best < 0 || n > shape[best] {
			best = d
		}
	}
	return best
}

// part is the view of indices lo to hi of one dimension.
func (v *View) part(dim, lo, hi int) View {
	p := *v
	p.Offset += lo * v.Strides[dim]
	p.Shape = slices.Clone(v.Shape)
	p.Shape[dim] = hi - lo
	return p
}

// divide cuts a Map along its largest dimension that is not folded. What a Map overwrites it reads at the same index only, so parts do not
// meet.
func (m *Map) divide(n, grain int) []Step {
	free := len(m.Shape)
	for _, f := range m.Folds {
		free = min(free, len(m.Shape)-f.Dims)
	}
	dim := largest(m.Shape[:free])
	if dim < 0 || m.usesIndex(dim) || m.movesItself() {
		return nil
	}
	return cut(m.Shape, dim, n, grain, func(lo, hi int) Step {
		part := *m
		part.Shape = slices.Clone(m.Shape)
		part.Shape[dim] = hi - lo
		part.Loads, part.Stores, part.Folds = slices.Clone(m.Loads), slices.Clone(m.Stores), slices.Clone(m.Folds)
		part.accesses(func(v *View) { *v = v.part(dim, lo, hi) })
		return &part
	})
}

// movesItself reports whether a Map writes a scalar that moves one of its views.
func (m *Map) movesItself() bool {
	_, writes := Accesses(m)
	moves := false
	m.accesses(func(v *View) {
		for _, x := range v.Dyn {
			moves = moves || slices.ContainsFunc(writes, func(w View) bool { return w.Buf == x.Buf })
		}
	})
	return moves
}

// divide cuts a product along the batch, or along the longer side of the result.
func (s *MatMul) divide(n, grain int) []Step {
	dim := 0
	if s.Dst.Shape[0] < n {
		dim = 1 + largest(s.Dst.Shape[1:])
	}
	return cut(s.Dst.Shape, dim, n, grain, func(lo, hi int) Step {
		part := *s
		part.Dst = s.Dst.part(dim, lo, hi)
		if dim != 2 {
			part.A = s.A.part(dim, lo, hi)
		}
		if dim != 1 {
			part.B = s.B.part(dim, lo, hi)
		}
		return &part
	})
}

// Independent reports whether two leaf steps may run at the same time: neither writes memory that the other touches.
func (p *Program) Independent(s, t Step) bool {
	return !p.writesInto(s, t) && !p.writesInto(t, s)
}

func (p *Program) writesInto(s, t Step) bool {
	_, writes := Accesses(s)
	reads, others := Accesses(t)
	for _, w := range writes {
		for _, v := range slices.Concat(reads, others) {
			if p.share(w.Buf, v.Buf) || slices.ContainsFunc(v.Dyn, func(x Index) bool { return p.share(w.Buf, x.Buf) }) {
				return true
			}
		}
	}
	return false
}

// share reports whether two buffers have memory in common.
func (p *Program) share(x, y BufID) bool {
	a, b := &p.Buffers[x], &p.Buffers[y]
	if x == y || a.Storage != Arena || b.Storage != Arena {
		return x == y
	}
	return a.Offset < b.Offset+b.Bytes() && b.Offset < a.Offset+a.Bytes()
}
