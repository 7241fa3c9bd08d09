package portable

import "unsafe"

// pair is the way of two views of one shape through memory, in row-major order: one is read and the other written. Neighbouring dimensions
// are merged where both strides allow it; a run goes along the last one.
type pair struct {
	shape, to, from     []int // extents and strides in bytes of all dimensions but the last
	n, toStep, fromStep int   // of the last
}

func newPair(shape, to, from []int, size int) pair {
	s, t, f := []int{1}, []int{size}, []int{size}
	for d, n := range shape {
		ts, fs := to[d]*size, from[d]*size
		last := len(s) - 1
		switch {
		case n == 1:
		case s[last] == 1:
			s[last], t[last], f[last] = n, ts, fs
		case t[last] == ts*n && f[last] == fs*n:
			s[last], t[last], f[last] = s[last]*n, ts, fs
		default:
			s, t, f = append(s, n), append(t, ts), append(f, fs)
		}
	}
	last := len(s) - 1
	return pair{s[:last], t[:last], f[:last], s[last], t[last], f[last]}
}

// pieceElems is how many elements a copier gets between two polls.
const pieceElems = 1 << 18

// each applies f to all runs of the views at to and from.
func (p *pair) each(r *run, to, from unsafe.Pointer, f copier) error {
	return p.below(r, 0, to, from, f)
}

// below visits the runs below dimension d. The recursion is as deep as the views have unmerged dimensions.
func (p *pair) below(r *run, d int, to, from unsafe.Pointer, f copier) error {
	if d == len(p.shape) {
		return p.run(r, to, from, f)
	}
	for i := range p.shape[d] {
		if err := p.below(r, d+1, unsafe.Add(to, i*p.to[d]), unsafe.Add(from, i*p.from[d]), f); err != nil {
			return err
		}
	}
	return nil
}

func (p *pair) run(r *run, to, from unsafe.Pointer, f copier) error {
	for i := 0; i < p.n; i += pieceElems {
		n := min(p.n-i, pieceElems)
		f(unsafe.Add(to, i*p.toStep), unsafe.Add(from, i*p.fromStep), p.toStep, p.fromStep, n)
		if err := r.spend(n); err != nil {
			return err
		}
	}
	return nil
}
