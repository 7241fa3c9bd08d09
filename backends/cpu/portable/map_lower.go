package portable

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
	"github.com/x448/float16"
)

// lower turns instruction i into nodes and returns its value.
func (b *stripBuilder) lower(i int) value {
	in := &b.m.Insts[i]
	switch in.Op {
	case kernel.OpLoad:
		return b.load(int(in.Imm), in.DT)
	case kernel.OpImm:
		return b.constant(laneOf(in.DT), laneBits(in.DT, in.Imm))
	case kernel.OpIndex:
		return b.index(int(in.Imm), in.DT)
	}
	args := make([]value, in.Op.Row().Arity)
	for k := range args {
		args[k] = b.insts[in.Args[k]]
	}
	var from dtype.DType // type of the first operand
	if len(args) > 0 {
		from = b.m.Insts[in.Args[0]].DT
	}
	switch in.Op {
	case op.StopGradientID:
		return args[0]
	case op.ConvertID:
		return b.convert(args[0], from, in.DT)
	case op.BitcastID:
		return b.bitcast(args[0], from, in.DT)
	case op.CompareID:
		return b.compare(in.Dir, from, args)
	case op.SelectID:
		return b.strip(laneOf(in.DT), selectFormsOf(laneOf(in.DT).size()), args...)
	case op.IsFiniteID:
		return b.strip(laneBool, isFiniteForms(laneOf(from)), args...)
	case op.Threefry2x32ID:
		return b.threefry([4]value(args), in.Imm)
	case op.RareID:
		return b.rare(i, args[0])
	case op.LookupID:
		return b.special(laneF32, newLookup(in.Table), args...)
	}
	return b.arithmetic(i, args)
}

// arithmetic lowers a primitive whose operands and result have one type.
func (b *stripBuilder) arithmetic(i int, args []value) value {
	in := &b.m.Insts[i]
	l := laneOf(in.DT)
	f := arithmeticForms(in.Op, l)
	if f.v == nil || isNarrow(in.DT) && in.Op == op.NextAfterID { // a step of a narrow float is not one of its lane
		return b.reference(i, args)
	}
	if isNarrow(in.DT) && in.DT.IsInt() {
		args = b.narrowOperand(in, args)
	}
	v := b.strip(l, f, args...)
	if !isNarrow(in.DT) {
		return v
	}
	if in.Op == op.ClzID {
		return b.strip(l, arithmeticForms(op.SubID, l), v, b.constant(l, uint64(32-in.DT.Bits())))
	}
	if staysNarrow(in.Op) {
		return v
	}
	return b.narrow(v, in.DT)
}

// narrowOperand makes bit operations see the first operand in its own width: zeros above for those that shift or count them in, the
// sign above for arithmetic shifts.
func (b *stripBuilder) narrowOperand(in *kernel.Inst, args []value) []value {
	x := args[0]
	switch in.Op {
	case op.ShrID, op.PopcntID, op.ClzID:
		x = b.zeroExtend(x, in.DT)
	case op.SarID:
		x = b.signExtend(x, in.DT)
	}
	return append([]value{x}, args[1:]...)
}

// zeroExtend clears the bits above the width of a narrow integer.
func (b *stripBuilder) zeroExtend(v value, dt dtype.DType) value {
	mask := b.constant(laneU32, 1<<dt.Bits()-1)
	return b.strip(laneU32, arithmeticForms(op.AndID, laneU32), v, mask)
}

// signExtend copies the highest bit of a narrow integer into the bits above.
func (b *stripBuilder) signExtend(v value, dt dtype.DType) value {
	if dt.Bits() == 8 {
		return b.unary(laneI32, wrapI8, v)
	}
	return b.unary(laneI32, wrapI16, v)
}

// narrow wraps or rounds a value of the lane to one that the narrow type has.
func (b *stripBuilder) narrow(v value, dt dtype.DType) value {
	switch dt {
	case dtype.Int8, dtype.Int16:
		return b.signExtend(v, dt)
	case dtype.Uint8, dtype.Uint16:
		return b.zeroExtend(v, dt)
	case dtype.Float16:
		return b.unary(laneF32, roundF16, v)
	case dtype.BFloat16:
		return b.unary(laneF32, roundBF16, v)
	}
	return v
}

// staysNarrow reports whether an operation on values of a narrow type gives one, so that nothing is left to wrap or round.
func staysNarrow(id ir.OpID) bool {
	switch id {
	case op.SignID, op.FloorID, op.CeilID, op.RoundEvenID, op.RoundAwayID, op.TruncID,
		op.MaxID, op.MinID, op.AndID, op.OrID, op.XorID, op.RemID, op.PopcntID:
		return true
	}
	return false
}

// compare lowers a comparison. Total orders compare integers.
func (b *stripBuilder) compare(dir kernel.Dir, dt dtype.DType, args []value) value {
	l := laneOf(dt)
	if dir >= kernel.TotalEQ {
		dir -= kernel.TotalEQ
		if l.isFloat() {
			key, lane := orderKeys32, laneI32
			if l == laneF64 {
				key, lane = orderKeys64, laneI64
			}
			l, args = lane, []value{b.unary(lane, key, args[0]), b.unary(lane, key, args[1])}
		}
	}
	switch l {
	case laneBool:
		return b.strip(laneBool, compareForms[uint8](dir), args...)
	case laneI32:
		return b.strip(laneBool, compareForms[int32](dir), args...)
	case laneU32:
		return b.strip(laneBool, compareForms[uint32](dir), args...)
	case laneI64:
		return b.strip(laneBool, compareForms[int64](dir), args...)
	case laneU64:
		return b.strip(laneBool, compareForms[uint64](dir), args...)
	case laneF32:
		return b.strip(laneBool, compareForms[float32](dir), args...)
	default:
		return b.strip(laneBool, compareForms[float64](dir), args...)
	}
}

// convert lowers Convert between any two types that have lanes.
func (b *stripBuilder) convert(v value, from, to dtype.DType) value {
	lf, lt := laneOf(from), laneOf(to)
	switch {
	case from == to:
		return v
	case to == dtype.Bool:
		return b.compare(kernel.NE, from, []value{v, b.constant(lf, 0)})
	case from == dtype.Bool:
		return b.strip(lt, convertForms(lt, lf), v)
	case from.IsInt() && to.IsInt():
		if lf.size() != lt.size() {
			v = b.strip(lt, convertForms(lt, lf), v)
		}
		return b.narrow(v, to)
	case from.IsInt() && isNarrow(to):
		return b.narrowFloat(b.wideFloat(v, lf), laneF64, to)
	case from.IsInt():
		return b.strip(lt, convertForms(lt, lf), v)
	case to.IsInt() && lf == laneF32:
		return b.unary(lt, saturatingTo[float32](to), v)
	case to.IsInt():
		return b.unary(lt, saturatingTo[float64](to), v)
	case isNarrow(to):
		return b.narrowFloat(v, lf, to)
	case lf != lt:
		return b.strip(lt, convertForms(lt, lf), v)
	}
	return v // a 16-bit float as f32
}

// wideFloat converts integers to float64 so that one more rounding to a 16-bit float does no harm.
func (b *stripBuilder) wideFloat(v value, from lane) value {
	switch from {
	case laneI64:
		return b.unary(laneF64, oddFromInt64, v)
	case laneU64:
		return b.unary(laneF64, oddFromUint64, v)
	}
	return b.strip(laneF64, convertForms(laneF64, from), v)
}

// narrowFloat rounds floats of a lane to a 16-bit type.
func (b *stripBuilder) narrowFloat(v value, from lane, to dtype.DType) value {
	switch {
	case from == laneF32:
		return b.narrow(v, to)
	case to == dtype.Float16:
		return b.unary(laneF32, f16FromF64, v)
	}
	return b.unary(laneF32, bf16FromF64, v)
}

// bitcast lowers Bitcast between types of one width. Lanes of the full width hold the pattern already.
func (b *stripBuilder) bitcast(v value, from, to dtype.DType) value {
	switch from {
	case to:
		return v
	case dtype.Float16:
		v = b.unary(laneU32, bitsOfF16, v)
	case dtype.BFloat16:
		v = b.unary(laneU32, bitsOfBF16, v)
	}
	switch to {
	case dtype.Float16:
		return b.unary(laneF32, f16OfBits, v)
	case dtype.BFloat16:
		return b.unary(laneF32, bf16OfBits, v)
	}
	return b.narrow(v, to)
}

// laneBits turns the pattern of an element into the pattern that it has in its lane.
func laneBits(dt dtype.DType, bits uint64) uint64 {
	switch dt {
	case dtype.Int8:
		return uint64(uint32(int8(bits)))
	case dtype.Int16:
		return uint64(uint32(int16(bits)))
	case dtype.Float16:
		return uint64(math.Float32bits(float16.Frombits(uint16(bits)).Float32()))
	case dtype.BFloat16:
		return uint64(math.Float32bits(dtype.BF16(bits).Float32()))
	}
	return bits & (1<<(dt.Size()*8) - 1)
}

// index is the index along a dimension.
func (b *stripBuilder) index(dim int, dt dtype.DType) value {
	s := indexSpecial{size: b.m.Shape[dim], inner: 1}
	for _, n := range b.m.Shape[dim+1:] {
		s.inner *= n
	}
	switch laneOf(dt) {
	case laneI32, laneU32:
		s.fill = fillIndex[uint32]
	case laneI64, laneU64:
		s.fill = fillIndex[uint64]
	case laneF32:
		s.fill = fillIndex[float32]
	case laneF64:
		s.fill = fillIndex[float64]
	}
	if dt.IsInt() || !isNarrow(dt) {
		return b.narrow(b.special(laneOf(dt), &s), dt)
	}
	s.fill = fillIndex[uint64]
	return b.convert(b.special(laneI64, &s), dtype.Int64, dt)
}

// threefry is one of the two results of Threefry2x32; both are computed together.
func (b *stripBuilder) threefry(args [4]value, which uint64) value {
	if b.pairs == nil {
		b.pairs = map[[4]value]value{}
	}
	first, ok := b.pairs[args]
	if !ok {
		first = b.special(laneU32, threefrySpecial{}, args[:]...)
		b.add(node{kind: kindSecond, lane: laneU32, args: []value{first}, uniform: b.nodes[first].uniform})
		b.pairs[args] = first
	}
	return first + value(which)
}

// reference evaluates an instruction by its row.
func (b *stripBuilder) reference(i int, args []value) value {
	in := &b.m.Insts[i]
	if in.Op.Row().Eval == nil || len(args) > 4 {
		b.err = fmt.Errorf("map %d: no evaluation of %s", b.m.ID, in.Op)
	}
	s := &rowSpecial{inst: in}
	for k := range args {
		s.types = append(s.types, b.m.Insts[in.Args[k]].DT)
	}
	return b.special(laneOf(in.DT), s, args...)
}
