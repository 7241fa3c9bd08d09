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
	depth        []run
	chunks       []run
	panels       []run // sizes in vectors
	unroll       int
	cycles       float64 // estimate for all
}

// feed says where vectors of B come from.
type feed uint8

const (
	inPlace     feed = iota // B has contiguous rows
	packedRows              // contiguous rows, copied
	packedTiles             // contiguous columns, transposed
	packedElems             // anything else, copied by element
)

func (f feed) String() string { return [...]string{"in place", "rows", "tiles", "elements"}[f] }

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
	deepest    int     // k of a block in place
	widest     int     // vectors in a panel
	pollCycles float64 // length of a stretch that need not poll
}

// measured are the parameters that did best on processors with 48 KiB and 2 MiB of first and second level cache. Tests use small ones.
var measured = blocking{
	panelBytes: 32 << 10,
	chunkBytes: 512 << 10,
	deepest:    1024,
	widest:     24,
	pollCycles: 500_000, // about 0.2 ms
}

// choose finds the blocks with the least estimated time.
func (p *product) choose() *plan {
	var best *plan
	for _, f := range p.feeds() {
		bytes := min(p.isa.bytes, max(16, ceilPow2(p.n*p.f.size)))
		vectors := (p.n*p.f.size + bytes - 1) / bytes
		for width := 1; width <= min(vectors, measured.widest); width++ {
			if p.tallest(width, true) == 0 {
				continue
			}
			pl := &plan{bytes: bytes, lanes: bytes / p.f.size, feed: f}
			pl.panels = evenly(vectors, width)
			if width != pl.panels[0].size {
				continue
			}
			p.finish(pl)
			if best == nil || pl.cycles < best.cycles {
				best = pl
			}
		}
	}
	return best
}

// feeds lists the ways to read this B.
func (p *product) feeds() []feed {
	switch {
	case p.rhs.col == p.f.size || p.n == 1:
		return []feed{inPlace, packedRows}
	case p.rhs.row == p.f.size && p.k >= p.tile():
		return []feed{packedTiles}
	}
	return []feed{packedElems}
}

// tile is the number of rows and columns that are transposed in registers.
func (p *product) tile() int { return 32 / p.f.size }

func ceilPow2(n int) int {
	c := 1
	for c < n {
		c *= 2
	}
	return c
}

// finish cuts k and rows, given the panels, and estimates the time.
func (p *product) finish(pl *plan) {
	if rest := p.n % pl.lanes; rest != 0 {
		last := &pl.panels[len(pl.panels)-1]
		if last.count > 1 {
			last.count--
			pl.panels = append(pl.panels, run{count: 1, size: last.size})
			last = &pl.panels[len(pl.panels)-1]
		}
		last.masked = true
	}
	deep := measured.deepest
	if pl.feed != inPlace {
		deep = max(64, measured.panelBytes/(pl.panels[0].size*pl.bytes)&^7)
	}
	pl.depth = cutDepth(p.k, deep)
	pl.chunks = []run{{count: 1, size: p.m}}
	if parts(pl.panels) > 1 {
		pl.chunks = evenly(p.m, max(64, measured.chunkBytes/(p.f.size*max(1, pl.depth[0].size))))
	}
	pl.cycles = p.estimate(pl)
	pl.unroll = 4
	if pl.panels[0].size*p.tallest(pl.panels[0].size, false) < 8 || p.m*pl.panels[0].size < 8 {
		pl.unroll = 8
	}
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

// tallest is the most rows of a block with a width: accumulators, the row or column of operands that is kept in registers while the
// other one passes through a register, and, without mask registers, the mask of partial vectors.
func (p *product) tallest(width int, masked bool) int {
	free := p.isa.vecs - 1
	if masked && p.isa.masks == 0 {
		free--
	}
	h := 0
	for (h+1)*width+min(h+1, width) <= free {
		h++
	}
	return min(h, 24)
}

// estimate is the number of processor cycles that the plan takes.
func (p *product) estimate(pl *plan) float64 {
	total := 0.0
	for _, chunk := range pl.chunks {
		for _, panel := range pl.panels {
			times := float64(chunk.count * panel.count)
			for _, rows := range evenly(chunk.size, p.tallest(panel.size, panel.masked)) {
				total += times * float64(rows.count) * p.blockCycles(pl, rows.size, panel.size)
			}
			total += times * (10*float64(parts(pl.depth)) + float64(p.k)*p.packCycles(pl, panel.size))
		}
	}
	return total * float64(p.batch)
}

// blockCycles is the time of a block of h rows and w vectors: two multiply-adds or loads a cycle, six instructions, chains of latency four.
func (p *product) blockCycles(pl *plan, h, w int) float64 {
	ops, loads := float64(h*w), float64(h+w)
	step := slices.Max([]float64{4, ops / 2, loads / 2, (ops + loads + 1) / 6})
	return float64(p.k)*step + float64(parts(pl.depth))*(12+ops)
}

// packCycles is the time of packing one row of a panel.
func (p *product) packCycles(pl *plan, w int) float64 {
	switch n := float64(w * pl.lanes); pl.feed {
	case packedRows:
		return 2 * float64(w)
	case packedTiles:
		return n * float64(p.f.size) / 24
	case packedElems:
		return 1.5 * n
	}
	return 0
}

// nanoseconds converts cycles at a low clock.
func nanoseconds(cycles float64) int { return int(cycles / 2.5) }

// levels of the nest, outermost first.
func (pl *plan) levels(batch int) [4]int {
	return [4]int{batch, parts(pl.depth), parts(pl.chunks), parts(pl.panels)}
}

// pollLevel is the outermost level with parts short enough, or the number of levels if the whole product is short enough.
func (pl *plan) pollLevel(batch int) (level int, cycles float64) {
	levels := pl.levels(batch)
	if pl.cycles <= measured.pollCycles {
		return len(levels), 0
	}
	cycles = pl.cycles
	for level, n := range levels {
		cycles /= float64(n)
		if cycles <= measured.pollCycles || level == len(levels)-1 {
			return level, cycles
		}
	}
	panic("BUG: no level")
}
