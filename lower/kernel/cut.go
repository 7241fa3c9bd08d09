package kernel

// A step is not left before it is done, so long ones delay who wants to stop the run, and the collector. CutLong replaces them by pieces, one
// after the other.

// LongStep is what a step may take, by estimate in nanoseconds.
const LongStep = 5_000_000

// mostPieces bounds the pieces of a step, each of which has code of its own.
const mostPieces = 64

// CutLong cuts the steps of p that take longer than so many nanoseconds by themselves, where that can be done, between any multiples of
// grain elements. It changes no results.
func CutLong(p *Program, longest, grain int) {
	d := &divider{p: p, grain: grain}
	p.Body = d.cutBlock(p.Body, longest)
}

func (d *divider) cutBlock(b Block, longest int) Block {
	var out Block
	for _, s := range b {
		switch s := s.(type) {
		case *LoopStep:
			s.Body = d.cutBlock(s.Body, longest)
		case *Guard:
			s.Body = d.cutBlock(s.Body, longest)
		case *WhileStep:
			s.Cond, s.Body = d.cutBlock(s.Cond, longest), d.cutBlock(s.Body, longest)
		case *SwitchStep:
			for i := range s.Branches {
				s.Branches[i] = d.cutBlock(s.Branches[i], longest)
			}
		case *Map, *Copy, *Gather:
			if pieces := d.cut(s, min(d.cost(s)*scatter(s)/longest, mostPieces)); len(pieces) > 1 {
				out = append(out, pieces...)
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// scatter is how many times longer a step takes that touches memory here and there.
func scatter(s Step) int {
	const apart = 8
	if _, ok := s.(*Gather); ok {
		return apart
	}
	reads, writes := Accesses(s)
	for _, v := range append(reads, writes...) {
		if n := len(v.Strides); n > 0 && v.Strides[n-1] != 0 && v.Strides[n-1] != 1 {
			return apart
		}
	}
	return 1
}
