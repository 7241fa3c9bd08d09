package portable

import (
	"unsafe"

	"github.com/ranvier-go/ranvier/lower/kernel"
)

// transfer is a prepared Copy. Both views are walked together: the dimensions are merged where both strides allow it, and one run along
// the last is one move.
type transfer struct {
	dst, src   place
	shape      []int // all dimensions but the last
	dstStrides []int // bytes
	srcStrides []int
	n          int // extent of the last dimension
	dstStep    int // bytes
	srcStep    int
	move       copier
}

func (pr *preparer) copyStep(s *kernel.Copy) action {
	if s.Dst.Size() == 0 {
		return nothing{}
	}
	size := pr.p.Buffers[s.Dst.Buf].DType.Size()
	t := &transfer{dst: newPlace(pr.p, &s.Dst), src: newPlace(pr.p, &s.Src), move: copierOf(size)}
	shape, dst, src := []int{1}, []int{size}, []int{size}
	for d, n := range s.Dst.Shape {
		ds, ss := s.Dst.Strides[d]*size, s.Src.Strides[d]*size
		last := len(shape) - 1
		switch {
		case n == 1:
		case shape[last] == 1:
			shape[last], dst[last], src[last] = n, ds, ss
		case dst[last] == ds*n && src[last] == ss*n:
			shape[last], dst[last], src[last] = shape[last]*n, ds, ss
		default:
			shape, dst, src = append(shape, n), append(dst, ds), append(src, ss)
		}
	}
	last := len(shape) - 1
	t.shape, t.dstStrides, t.srcStrides = shape[:last], dst[:last], src[:last]
	t.n, t.dstStep, t.srcStep = shape[last], dst[last], src[last]
	return t
}

func (t *transfer) run(r *run) error {
	return t.rows(r, 0, t.dst.start(r), t.src.start(r))
}

// rows copies all runs below dimension d. The recursion is as deep as the views have unmerged dimensions.
func (t *transfer) rows(r *run, d int, dst, src unsafe.Pointer) error {
	if d == len(t.shape) {
		return t.row(r, dst, src)
	}
	for i := range t.shape[d] {
		if err := t.rows(r, d+1, unsafe.Add(dst, i*t.dstStrides[d]), unsafe.Add(src, i*t.srcStrides[d])); err != nil {
			return err
		}
	}
	return nil
}

// copyPiece is how many elements are moved between two polls.
const copyPiece = 1 << 18

func (t *transfer) row(r *run, dst, src unsafe.Pointer) error {
	for i := 0; i < t.n; i += copyPiece {
		n := min(t.n-i, copyPiece)
		t.move(unsafe.Add(dst, i*t.dstStep), unsafe.Add(src, i*t.srcStep), t.dstStep, t.srcStep, n)
		if err := r.spend(n); err != nil {
			return err
		}
	}
	return nil
}
