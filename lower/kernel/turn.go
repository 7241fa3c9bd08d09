package kernel

import "github.com/ranvier-go/ranvier/ir"

// In a product of a large matrix with one of few columns (W x), vectors run over the rows of W, which have to follow each other in memory. Where
// they do not, code transposes tiles of W on the way, in each step of a loop again. turnMatrices does it once, in front of the loop, for
// matrices that the loop does not write. Each element of the result is the same chain of multiply-adds either way.

const (
	turnTrip   = 24      // fewer steps do not win back the time of the copy
	turnExtent = 8       // a smaller matrix fits into few tiles
	turnOthers = 4       // more rows or columns on the other side share the transposition of a tile
	turnAtMost = 3 << 20 // bytes: a larger matrix comes from far caches or memory in each step, which takes longer than transposing it
	whileGuess = 100     // steps of a loop whose end data decides
)

// turnMatrices puts transposed copies in front of the loops of a block.
func (lw *lowerer) turnMatrices(b Block) Block {
	out := make(Block, 0, len(b))
	for _, s := range b {
		switch loop := s.(type) {
		case *LoopStep:
			out = append(out, lw.turnFor(loop.Trip, loop.Body)...)
			loop.Body = lw.turnMatrices(loop.Body)
		case *WhileStep:
			out = append(out, lw.turnFor(whileGuess, loop.Cond, loop.Body)...)
			loop.Cond, loop.Body = lw.turnMatrices(loop.Cond), lw.turnMatrices(loop.Body)
		case *Guard:
			loop.Body = lw.turnMatrices(loop.Body)
		case *SwitchStep:
			for i := range loop.Branches {
				loop.Branches[i] = lw.turnMatrices(loop.Branches[i])
			}
		}
		out = append(out, s)
	}
	return out
}

// turnFor lets the products of a loop read copies of matrices that they would have to transpose, and returns the steps that make them.
func (lw *lowerer) turnFor(trip int, bodies ...Block) Block {
	if trip < turnTrip {
		return nil
	}
	var copies Block
	written, made := map[BufID]bool{}, map[string]View{}
	for _, b := range bodies {
		b.leaves(func(s Step) {
			_, writes := Accesses(s)
			for _, w := range writes {
				written[w.Buf] = true
			}
		})
	}
	turn := func(v *View, rows, columns int) {
		if written[v.Buf] || len(v.Dyn) > 0 {
			return
		}
		key := v.String()
		dst, ok := made[key]
		if !ok {
			dst = lw.turned(*v, rows, columns)
			copies = append(copies, &Copy{Dst: dst, Src: *v})
			made[key] = dst
		}
		*v = dst
	}
	for _, b := range bodies {
		b.leaves(func(s Step) {
			p, ok := s.(*MatMul)
			if !ok || !lw.prog.Buffers[p.Dst.Buf].DType.IsFloat() {
				return
			}
			if lw.worthTurning(p, &p.A, 1, 2) {
				turn(&p.A, 1, 2)
			}
			if lw.worthTurning(p, &p.B, 2, 1) {
				turn(&p.B, 2, 1)
			}
		})
	}
	return copies
}

// worthTurning reports whether a matrix of a product should have another order in memory: dimension rows, along which the results of the
// product follow each other, is to be contiguous.
func (lw *lowerer) worthTurning(p *MatMul, v *View, rows, columns int) bool {
	others := p.Dst.Shape[columns]
	isVector := p.Dst.Strides[rows] == 1 && others <= turnOthers
	size := v.Size() * lw.prog.Buffers[v.Buf].DType.Size()
	return isVector && min(v.Shape[rows], v.Shape[columns]) >= turnExtent && v.Strides[rows] != 1 && size <= turnAtMost
}

// turned is a new buffer for a matrix, of which dimension rows is contiguous, as a view in the order of v.
func (lw *lowerer) turned(v View, rows, columns int) View {
	shape := []int{v.Shape[0], v.Shape[columns], v.Shape[rows]}
	dst := lw.temp(ir.Type{DType: lw.prog.Buffers[v.Buf].DType, Shape: shape}, "turned")
	dense := dst.Strides
	dst.Shape, dst.Strides = v.Shape, []int{dense[0], 0, 0}
	dst.Strides[columns], dst.Strides[rows] = dense[1], dense[2]
	return dst
}
