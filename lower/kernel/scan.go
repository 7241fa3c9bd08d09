package kernel

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Cumulative folds: how they are emitted, verified, and brought to the form of a Map.

// scanOps are the reductions whose results after each element are kept.
var scanOps = map[ir.OpID]ir.OpID{
	op.CumSumID: op.ReduceSumID, op.CumProdID: op.ReduceProdID, op.CumMaxID: op.ReduceMaxID, op.CumMinID: op.ReduceMinID,
}

func emitScan(b *blockLowerer, _ *unit, n *ir.Node) bool {
	if n.Result().Type.DType.IsComplex() {
		return false
	}
	a := n.Attrs.(op.CumAttrs)
	src := b.operandView(n.Inputs[0])
	dst := b.place(n.Result())
	if dst.Size() > 0 {
		b.emitStep(&Scan{Op: scanOps[n.Op], Dst: dst.Line(a.Axis, a.Reverse), Src: src.Line(a.Axis, a.Reverse)})
	}
	return true
}

// Line is the view with one dimension moved to the end, and turned round if reverse is set. The view has elements.
func (v View) Line(dim int, reverse bool) View {
	n, stride := v.Shape[dim], v.Strides[dim]
	if reverse {
		v.Offset += (n - 1) * stride
		stride = -stride
	}
	v.Shape = append(slices.Delete(slices.Clone(v.Shape), dim, dim+1), n)
	v.Strides = append(slices.Delete(slices.Clone(v.Strides), dim, dim+1), stride)
	return v
}

func (v *verifier) scan(s *Scan) error {
	if err := v.view("src", &s.Src, reads, dtype.Invalid); err != nil {
		return err
	}
	dt := v.p.Buffers[s.Src.Buf].DType
	if err := v.view("dst", &s.Dst, writes, dt); err != nil {
		return err
	}
	isScan := false
	for cumulative, reduction := range scanOps {
		isScan = isScan || reduction == s.Op && cumulative.Row().Accepts.Has(dt) && !dt.IsComplex()
	}
	if !isScan {
		return fmt.Errorf("got %s of %s, want a sum, product, maximum or minimum that the type has", s.Op, dt)
	}
	if len(s.Dst.Shape) == 0 || !slices.Equal(s.Dst.Shape, s.Src.Shape) {
		return fmt.Errorf("dst %s: got another shape than src %s, or no dimension", s.Dst, s.Src)
	}
	if s.Dst.Buf == s.Src.Buf {
		return fmt.Errorf("dst %s: got the buffer of src %s", s.Dst, s.Src)
	}
	return nil
}

// ScanMap is the Map of a Scan, with dimensions merged as far as possible: a fold over the last dimension, whose view has that dimension too
// because each running result is stored.
func ScanMap(s *Scan, dt dtype.DType) *Map {
	m := &Map{
		Shape: s.Dst.Shape, Loads: []View{s.Src}, Folds: []Fold{{Op: s.Op, Dims: 1, View: s.Dst}},
		Insts: []Inst{{Op: OpLoad, DT: dt}},
	}
	collapse(m)
	return m
}

// divide cuts a Scan along the largest dimension that it does not go along.
func (s *Scan) divide(n, grain int) []Step {
	dim := largest(s.Dst.Shape[:len(s.Dst.Shape)-1])
	return cut(s.Dst.Shape, dim, n, grain, func(lo, hi int) Step {
		return &Scan{Op: s.Op, Dst: s.Dst.part(dim, lo, hi), Src: s.Src.part(dim, lo, hi)}
	})
}
