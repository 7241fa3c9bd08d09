package native

import (
	"math"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// interval bounds a float that is not NaN.
type interval struct{ lo, hi float64 }

var unbounded = interval{math.Inf(-1), math.Inf(1)}

func (x interval) finite() bool { return x.lo >= -math.MaxFloat32 && x.hi <= math.MaxFloat32 }

// maxBoundDepth ends the search for bounds: expansions bound their operands a few instructions before it matters.
const maxBoundDepth = 8

// bounds says what an instruction's value lies between, as far as clamps and constants tell. Rounding is ignored: it moves no
// value past a bound that is a float, and what is asked is only whether there are any.
func (g *gen) bounds(id int32, depth int) interval {
	in := &g.m.Insts[id]
	if depth == 0 || !in.DT.IsFloat() {
		return unbounded
	}
	arg := func(k int) interval { return g.bounds(in.Args[k], depth-1) }
	switch in.Op {
	case kernel.OpImm:
		if x := immFloat(in); x == x {
			return interval{x, x}
		}
		return unbounded
	case op.NegID:
		x := arg(0)
		return interval{-x.hi, -x.lo}
	case op.RoundEvenID, op.FloorID, op.CeilID, op.TruncID:
		x := arg(0)
		return interval{x.lo - 1, x.hi + 1}
	case op.AddID:
		return arg(0).add(arg(1))
	case op.SubID:
		y := arg(1)
		return arg(0).add(interval{-y.hi, -y.lo})
	case op.MulID:
		return arg(0).mul(arg(1))
	case op.FMAID:
		return arg(0).mul(arg(1)).add(arg(2))
	case op.SelectID:
		return g.selectBounds(in, depth)
	}
	return unbounded
}

// selectBounds knows minima and maxima.
func (g *gen) selectBounds(in *kernel.Inst, depth int) interval {
	a, b := g.bounds(in.Args[1], depth-1), g.bounds(in.Args[2], depth-1)
	code, _, _, ok := g.clampSelect(in)
	switch {
	case !ok:
		return interval{min(a.lo, b.lo), max(a.hi, b.hi)}
	case code == minOps[laneOf(in.DT)]:
		return interval{min(a.lo, b.lo), min(a.hi, b.hi)}
	}
	return interval{max(a.lo, b.lo), max(a.hi, b.hi)}
}

func (x interval) add(y interval) interval {
	if !x.finite() || !y.finite() {
		return unbounded
	}
	return interval{x.lo + y.lo, x.hi + y.hi}
}

func (x interval) mul(y interval) interval {
	if !x.finite() || !y.finite() {
		return unbounded
	}
	a, b, c, d := x.lo*y.lo, x.lo*y.hi, x.hi*y.lo, x.hi*y.hi
	return interval{min(a, b, c, d), max(a, b, c, d)}
}

// immFloat is the number of a float constant.
func immFloat(in *kernel.Inst) float64 {
	x := math.Float64frombits(in.Imm)
	if in.DT != dtype.Float64 {
		x = float64(math.Float32frombits(uint32(laneBits(in.DT, in.Imm))))
	}
	return x
}
