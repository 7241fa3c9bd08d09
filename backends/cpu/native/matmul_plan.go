package native

import (
	"fmt"
	"slices"
)

// plan says how a product is cut into blocks.
//
//	for each product of the batch
//	  for each block of k                         so that a panel of B stays in the first-level cache
//	    for each chunk of rows                    so that its part of A stays in the second-level cache
//	      for each panel of columns               some vectors wide; packed where B cannot be read in place
//	        for each block of rows                as many as there are registers for
//	          for k                               multiply and add
type plan struct {
	bytes, lanes int  // of a vector
	feed         feed // where vectors of B come from
	copyA        bool // the part of A in a chunk is copied
	strips       bool // as strips, not as rows; see copyChunk
	depth        []run
	chunks       []run
	panels       []run // sizes in vectors
	unroll       int   // steps of k in the innermost loop
	batch        int
	cycles       float64 // estimate for all, if memory keeps up
	time         float64 // cycles, if it does not
}

// feed says where vectors of B come from.
type feed uint8

const (
	inPlace     feed = iota // B has contiguous rows
	packedRows              // contiguous rows, copied
	packedTiles             // contiguous columns, transposed
	packedElems             // anything else, copied by element
	turned                  // contiguous columns, transposed in registers for each block
)

func (f feed) String() string {
	return [...]string{"in place", "rows", "tiles", "elements", "turned"}[f]
}

func (f feed) packs() bool { return f == packedRows || f == packedTiles || f == packedElems }

func (pl *plan) String() string {
	return fmt.Sprintf("%s, k %v, rows %v, panels %v of %d bytes", pl.feed, pl.depth, pl.chunks, pl.panels, pl.bytes)
}

// run is a number of equal parts of a dimension.
type run struct {
	count, size int
	masked      bool // the last vector is partial
}

// evenly cuts total into as few parts as a largest size allows, which differ by one at most.
func evenly(total, most int) []run {
	parts := (total + most - 1) / most
	if parts <= 1 {
		return []run{{count: 1, size: total}}
	}
	size := (total + parts - 1) / parts
	large := total - parts*(size-1)
	runs := []run{{count: large, size: size}}
	if large < parts {
		runs = append(runs, run{count: parts - large, size: size - 1})
	}
	return runs
}

func parts(runs []run) int {
	n := 0
	for _, r := range runs {
		n += r.count
	}
	return n
}

// blocking are the parameters of plans.
type blocking struct {
	panelBytes int     // of a packed panel
	chunkBytes int     // of the part of A in a chunk
	keepRows   int     // with fewer rows, or
	keepBytes  int     // with less of it, B is not packed
	deepest    int     // k of a block in place
	widest     int     // vectors in a panel
	pollCycles float64 // length of a stretch that need not poll
	sparseWork int     // multiply-adds from which on A is searched for zeros
}

// measured are the parameters that did best on processors with 48 KiB and 2 MiB of first- and second-level cache. Tests use small ones.
var measured = blocking{
	panelBytes: 48 << 10,
	chunkBytes: 512 << 10,
	keepRows:   64,
	keepBytes:  256 << 10,
	deepest:    1024,
	widest:     24,
	pollCycles: 500_000, // about 0.2 ms
	sparseWork: 1 << 20,
}

// choose finds the blocks with the least estimated time.
func (p *product) choose() *plan {
	var best *plan
	for _, f := range p.feeds() {
		bytes := min(p.isa.bytes, max(16, ceilPow2(p.n*p.f.size)))
		if f == turned {
			bytes = tileBytes
		}
		vectors := (p.n*p.f.size + bytes - 1) / bytes
		for width := 1; width <= min(vectors, f.widest()); width++ {
			panels := evenly(vectors, width)
			if width != panels[0].size || p.tallest(f, width, true) == 0 {
				continue
			}
			pl := &plan{bytes: bytes, lanes: bytes / p.f.size, feed: f, panels: panels, batch: p.batch}
			p.cut(pl)
			if best == nil || pl.cycles < best.cycles {
				best = pl
			}
		}
	}
	return best
}

// widest is the most vectors in a panel.
func (f feed) widest() int {
	if f == turned { // with more, more columns are read side by side than caches and prefetchers follow
		return min(4, measured.widest)
	}
	return measured.widest
}

// feeds lists the ways to read this B.
func (p *product) feeds() []feed {
	switch {
	case p.rhs.col == p.f.size || p.n == 1:
		if p.m >= measured.keepRows && p.k*p.n*p.f.size > measured.keepBytes {
			return []feed{packedRows}
		}
		return []feed{inPlace, packedRows}
	case p.rhs.row == p.f.size && p.k >= p.tile():
		return []feed{packedTiles, turned}
	}
	return []feed{packedElems}
}

// tileBytes is the width and height of what is transposed in registers. Wider vectors would not be faster: they have half the shuffles.
const tileBytes = 32

func (p *product) tile() int { return tileBytes / p.f.size }

func ceilPow2(n int) int {
	c := 1
	for c < n {
		c *= 2
	}
	return c
}

// cut cuts k and rows, given the panels, and estimates the time.
func (p *product) cut(pl *plan) {
	if p.n%pl.lanes != 0 {
		pl.maskLast()
	}
	width := pl.panels[0].size
	pl.copyA = parts(pl.panels) >= 4 && p.worthCopyA()
	pl.strips = pl.copyA && p.lhs.col != p.f.size
	deep := measured.deepest
	if pl.feed.packs() {
		deep = max(64, measured.panelBytes/(width*pl.bytes)&^7)
	}
	pl.depth = cutDepth(p.k, deep)
	pl.chunks = []run{{count: 1, size: p.m}}
	if parts(pl.panels) > 1 {
		pl.chunks = evenly(p.m, max(64, measured.chunkBytes/(p.f.size*max(1, pl.depth[0].size))))
	}
	p.estimate(pl)
	if part := pl.part(); part > measured.pollCycles {
		pl.chunks = evenly(p.m, max(24, int(float64(pl.chunks[0].size)*measured.pollCycles/part)))
		p.estimate(pl)
	}
	switch chains := width * min(p.m, p.height(pl, pl.panels[0])); {
	case pl.feed == turned:
		pl.unroll = p.tile()
	case chains >= 20:
		pl.unroll = 2
	case chains >= 8:
		pl.unroll = 4
	default:
		pl.unroll = 8
	}
}

// maskLast makes the last panel a run of its own that ends in a partial vector.
func (pl *plan) maskLast() {
	last := &pl.panels[len(pl.panels)-1]
	if last.count > 1 {
		last.count--
		pl.panels = append(pl.panels, run{count: 1, size: last.size})
		last = &pl.panels[len(pl.panels)-1]
	}
	last.masked = true
}

// cutDepth cuts k into blocks that are multiples of 8, except for the last.
func cutDepth(k, most int) []run {
	blocks := (k + most - 1) / most
	if blocks <= 1 {
		return []run{{count: 1, size: k}}
	}
	size := most
	if blocks <= 8 {
		size = ((k+blocks-1)/blocks + 7) &^ 7
	}
	rest := k - (blocks-1)*size
	if rest == size {
		return []run{{count: blocks, size: size}}
	}
	return []run{{count: blocks - 1, size: size}, {count: 1, size: rest}}
}

// worthCopyA reports whether blocks would read A slowly: large columns, which they cross, or rows so many multiples of a page apart that few
// of them fit into a cache together.
func (p *product) worthCopyA() bool {
	const page = 4096
	bytes := p.m * p.k * p.f.size
	switch p.f.size {
	case p.lhs.col:
		return p.lhs.row%page == 0 && bytes > measured.panelBytes
	case p.lhs.row:
		return bytes > measured.keepBytes
	}
	return false
}

// alignedB reports whether the rows of B start at multiples of a vector.
func (p *product) alignedB(vector int) bool {
	v := &p.rhs.view
	all := v.Offset*p.f.size | p.rhs.row | p.rhs.batch
	for _, d := range v.Dyn {
		all |= d.Stride * p.f.size
	}
	return all%vector == 0
}

// largeC reports whether C is too large to be in a near cache when the next block of k comes to it.
func (p *product) largeC(pl *plan) bool {
	return parts(pl.panels) > 1 && p.m*p.n*p.f.size > measured.keepBytes
}

// tallest is the most rows of a block with a width: accumulators, the row or column of operands that is kept in registers while the
// other one passes through a register (or what a transposition needs), and, without mask registers, the mask of partial vectors.
func (p *product) tallest(f feed, width int, masked bool) int {
	free := p.isa.vecs
	if masked && p.isa.masks == 0 {
		free--
	}
	operands := func(h int) int { return min(h, width) + 1 }
	if f == turned {
		operands = func(int) int { return turnTemps + 1 }
	}
	h := 0
	for (h+1)*width+operands(h+1) <= free {
		h++
	}
	return min(h, 24)
}

// height is the most rows of a block in a panel. Strips of A are made for one height.
func (p *product) height(pl *plan, panel run) int {
	if pl.strips {
		return p.tallest(pl.feed, pl.panels[0].size, true)
	}
	return p.tallest(pl.feed, panel.size, panel.masked)
}

// estimate sets the time that the plan takes. Four bytes a cycle is what the last-level cache or memory gives.
func (p *product) estimate(pl *plan) {
	total := 0.0
	for _, chunk := range pl.chunks {
		for _, panel := range pl.panels {
			times := float64(chunk.count * panel.count)
			for _, rows := range evenly(chunk.size, p.height(pl, panel)) {
				total += times * float64(rows.count) * p.blockCycles(pl, rows.size, panel.size)
			}
			total += times * (10*float64(parts(pl.depth)) + float64(p.k)*p.packCycles(pl, panel.size))
		}
	}
	elems := float64(p.m)*float64(p.k) + float64(p.k)*float64(p.n) + float64(p.m)*float64(p.n)
	pl.cycles = total * float64(p.batch)
	pl.time = max(pl.cycles, elems*float64(p.batch*p.f.size)/4)
}

// blockCycles is the time of a block of h rows and w vectors: two multiply-adds or loads a cycle, six instructions, chains of latency
// four; and a little for each load, because a cache may have to be waited for.
func (p *product) blockCycles(pl *plan, h, w int) float64 {
	ops, loads := float64(h*w), float64(h+w)
	if pl.feed == turned {
		loads, ops = float64(h*w), float64(h*w+3*w)
	}
	step := slices.Max([]float64{4, ops / 2, loads / 2, (ops + loads + 1) / 6}) + loads/10
	if pl.feed == inPlace && w*pl.bytes*pl.depth[0].size > measured.panelBytes {
		step += float64(w) / 4
	}
	if pl.feed == inPlace && !p.alignedB(pl.bytes) {
		step += float64(w) / 3
	}
	access := 1.0 // of a vector of C
	if p.largeC(pl) {
		access = 4
	}
	return float64(p.k)*step + float64(parts(pl.depth))*(12+access*float64(h*w))
}

// packCycles is the time of packing one row of a panel.
func (p *product) packCycles(pl *plan, w int) float64 {
	switch n := float64(w * pl.lanes); pl.feed {
	case packedRows:
		return 5 * float64(w)
	case packedTiles:
		return n * float64(p.f.size) / 6
	case packedElems:
		return 1.5 * n
	}
	return 0
}

// nanoseconds converts cycles at a low clock.
func nanoseconds(cycles float64) int { return int(cycles / 2.5) }

// counts are the numbers of parts at the levels of the nest.
func (pl *plan) counts() [levels]int {
	return [levels]int{pl.batch, parts(pl.depth), parts(pl.chunks), parts(pl.panels)}
}

// part is the time of a part of the innermost level.
func (pl *plan) part() float64 {
	t := pl.time
	for _, n := range pl.counts() {
		t /= float64(n)
	}
	return t
}

// pollLevel is the outermost level with parts short enough, and their time; no level if the whole product is short enough.
func (pl *plan) pollLevel() (level int, cycles float64) {
	if pl.time <= measured.pollCycles {
		return levels, 0
	}
	cycles = pl.time
	for level, n := range pl.counts() {
		cycles /= float64(n)
		if cycles <= measured.pollCycles {
			return level, cycles
		}
	}
	return levels - 1, cycles
}
