package portable

import (
	"fmt"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// scanning is a prepared Scan. A line is taken in pieces: loaded into lanes, folded there, stored.
type scanning struct {
	dst, src         place
	to, from         walk // of the first elements of lines
	lines, n         int
	toStep, fromStep int // bytes from one element of a line to the next
	move             movers
	size             int // of a lane
	fold             scanner
}

// A scanner replaces each of n lanes at x by the result of all lanes up to it. The result before them is in carry, and is none if first.
type scanner func(carry, x unsafe.Pointer, n int, first bool)

// scanPiece is how many elements of a line are in lanes at once.
const scanPiece = 256

func (pr *preparer) scan(s *kernel.Scan) (action, error) {
	dt := pr.p.Buffers[s.Src.Buf].DType
	fold := scannerOf(s.Op, dt)
	if fold == nil {
		return nil, fmt.Errorf("got a scan by %s of %s, want an operation that the type has", s.Op, dt)
	}
	last, size := len(s.Dst.Shape)-1, dt.Size()
	if s.Dst.Size() == 0 {
		return nothing{}, nil
	}
	pr.ex.scratch = max(pr.ex.scratch, (scanPiece+1)*8)
	return &scanning{
		dst: newPlace(pr.p, &s.Dst), src: newPlace(pr.p, &s.Src),
		to: newWalk(s.Dst.Shape[:last], s.Dst.Strides, size), from: newWalk(s.Src.Shape[:last], s.Src.Strides, size),
		lines: s.Dst.Size() / s.Dst.Shape[last], n: s.Dst.Shape[last],
		toStep: s.Dst.Strides[last] * size, fromStep: s.Src.Strides[last] * size,
		move: moversOf(dt), size: laneOf(dt).size(), fold: fold,
	}, nil
}

func (s *scanning) run(r *run) error {
	to, from := s.dst.start(r), s.src.start(r)
	carry := unsafe.Pointer(unsafe.SliceData(r.scratch))
	lanes := unsafe.Add(carry, 8)
	for line := range s.lines {
		d, x := unsafe.Add(to, s.to.at(line)), unsafe.Add(from, s.from.at(line))
		for i := 0; i < s.n; i += scanPiece {
			n := min(scanPiece, s.n-i)
			s.move.load(lanes, unsafe.Add(x, i*s.fromStep), s.fromStep, n)
			s.fold(carry, lanes, n, i == 0)
			s.move.store(lanes, unsafe.Add(d, i*s.toStep), s.toStep, n)
			if err := r.spend(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// scannerOf returns the scanner of a reduction, nil where the type has none.
func scannerOf(id ir.OpID, dt dtype.DType) scanner {
	switch laneOf(dt) {
	case laneBool:
		switch id {
		case op.ReduceMaxID:
			return scanWith(func(x, y uint8) uint8 { return x | y })
		case op.ReduceMinID:
			return scanWith(func(x, y uint8) uint8 { return x & y })
		}
		return nil
	case laneI32:
		return numberScan[int32](id)
	case laneI64:
		return numberScan[int64](id)
	case laneU32:
		return numberScan[uint32](id)
	case laneU64:
		return numberScan[uint64](id)
	case laneF32:
		return numberScan[float32](id)
	default:
		return numberScan[float64](id)
	}
}

func numberScan[T number](id ir.OpID) scanner {
	if f := pairwise[T](id); f != nil {
		return scanWith(f)
	}
	return nil
}

func scanWith[T any](f func(x, y T) T) scanner {
	return func(carry, x unsafe.Pointer, n int, first bool) {
		lanes := vec[T](x, n)
		acc := *(*T)(carry)
		for i, v := range lanes {
			if i > 0 || !first {
				v = f(acc, v)
			}
			acc, lanes[i] = v, v
		}
		*(*T)(carry) = acc
	}
}
