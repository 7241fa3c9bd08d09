package portable

import (
	"unsafe"

	"github.com/ranvier-go/ranvier/lower/kernel"
)

// packing is a prepared Pack.
type packing struct {
	dst, src place
	n        int
}

func (pr *preparer) pack(s *kernel.Pack) action {
	if s.Src.Size() == 0 {
		return nothing{}
	}
	return &packing{newPlace(pr.p, &s.Dst), newPlace(pr.p, &s.Src), s.Src.Size()}
}

// run gathers 32 flags into each word.
func (p *packing) run(r *run) error {
	if err := r.spend(p.n / 8); err != nil {
		return err
	}
	flags := unsafe.Slice((*byte)(p.src.start(r)), p.n)
	words := unsafe.Slice((*uint32)(p.dst.start(r)), (p.n+31)/32)
	for w := range words {
		var word uint32
		for i, f := range flags[32*w : min(32*w+32, p.n)] {
			word |= uint32(f) << i
		}
		words[w] = word
	}
	return nil
}
