package op

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Procedural connectivity in plain primitives: a loop over rows, and for each row that is visited a while over draws, all 16 lanes
// of a row at a time as vectors. See ProcAttrs for the definition that this repeats.

var laneInts = ir.T(dtype.Int32, lanes)

// draws is one draw of all lanes: where they arrive, where there is a synapse, and the numbers for the weights (f32).
type draws struct{ at, synapse, v *ir.Value }

// rowVisitor adds the synapses of one draw to a state; consts are values from outside.
type rowVisitor func(b *ir.Builder, consts []*ir.Value, d draws, state *ir.Value) *ir.Value

// walkRow emits the while over the draws of one row, number row (i32[]), and returns the state after all of them.
func walkRow(b *ir.Builder, a ProcAttrs, row, seed, state *ir.Value, consts []*ir.Value, visit rowVisitor) *ir.Value {
	table := b.Const(tensor.Of(GapTable(a.Prob)...))
	begin, end := laneBounds(b, a)
	fixed := append([]*ir.Value{row, seed, table, end}, consts...)
	carries := []*ir.Value{Sub(b, begin, Full(b, laneInts, 1)), Scalar(b, dtype.Uint32, 0), state}

	c := ir.NewBuilder("lanes are on their way")
	p := c.Params(concatTypes([]ir.Type{laneInts}, ir.TypesOf(carries)))
	cond := c.Build(ReduceOr(c, Lt(c, p[1], Sub(c, p[0], Full(c, laneInts, 1))), 0))

	d := ir.NewBuilder("draw")
	q := d.Params(concatTypes(ir.TypesOf(fixed), ir.TypesOf(carries)))
	outer, at, block, sum := q[:len(fixed)], q[len(fixed)], q[len(fixed)+1], q[len(fixed)+2]
	x0, x1 := threefryRow(d, a, outer[0], outer[1], block)
	step := func(word, v *ir.Value) {
		var synapse *ir.Value
		at, synapse = advance(d, a, word, outer[0], outer[2], outer[3], at)
		sum = visit(d, outer[4:], draws{at, synapse, v}, sum)
	}
	switch a.Weight {
	case ProcConstant:
		zero := Full(d, ir.T(dtype.Float32, lanes), 0)
		step(x0, zero)
		step(x1, zero)
	case ProcUniform:
		top := Convert(d, Shr(d, x1, fullBits(d, 8)), dtype.Float32)
		step(x0, Mul(d, top, Full(d, top.Type, uniformScale)))
	case ProcNormal:
		step(x0, normalOfWords(d, x1))
	}
	body := d.Build(at, Add(d, block, Scalar(d, dtype.Uint32, 1)), sum)
	out := While(b, WhileAttrs{CondConsts: 1, BodyConsts: len(fixed)}, cond, body, append(append([]*ir.Value{end}, fixed...), carries...)...)
	return out[2]
}

// laneBounds are the first column of each lane's stripe and the one behind its last.
func laneBounds(b *ir.Builder, a ProcAttrs) (begin, end *ir.Value) {
	lane := Iota(b, dtype.Int32, []int{lanes}, 0)
	width := Full(b, laneInts, float64(a.Stripe()))
	begin = Mul(b, lane, width)
	return begin, Min(b, Add(b, begin, width), Full(b, laneInts, float64(a.Post)))
}

func fullBits(b *ir.Builder, word uint32) *ir.Value {
	return Spread(b, b.Const(tensor.Scalar(word)), []int{lanes})
}

// threefryRow computes the block of each lane.
func threefryRow(b *ir.Builder, a ProcAttrs, row, seed, block *ir.Value) (x0, x1 *ir.Value) {
	word := func(i int) *ir.Value {
		return Spread(b, Reshape(b, Slice(b, seed, []int{i}, []int{i + 1}, []int{1}), nil), []int{lanes})
	}
	number := Add(b, Convert(b, row, dtype.Uint32), Scalar(b, dtype.Uint32, float64(a.FirstRow)))
	lane := Shl(b, Iota(b, dtype.Uint32, []int{lanes}, 0), fullBits(b, ProcLaneShift))
	return Threefry2x32(b, word(0), word(1), Spread(b, number, []int{lanes}), Or(b, lane, Spread(b, block, []int{lanes})))
}

// advance moves each lane by the distance that its word draws from the table (see Gaps). Lanes that have left their stripe stay at its end.
func advance(b *ir.Builder, a ProcAttrs, word, row, table, end, at *ir.Value) (to, synapse *ir.Value) {
	size := table.Type.Shape[0]
	bits, mask := fullBits(b, uint32(gapBits(size))), fullBits(b, uint32(size-1))
	column := And(b, word, mask)
	entry := Take(b, table, column, 0)
	own := Lt(b, Shr(b, word, bits), Shr(b, entry, bits))
	outcome := Convert(b, Select(b, own, column, And(b, entry, mask)), dtype.Int32)
	last := Full(b, laneInts, float64(size-1))
	synapse = Lt(b, outcome, last)
	to = Add(b, at, Min(b, Add(b, outcome, Full(b, laneInts, 1)), last))
	synapse = And(b, synapse, Lt(b, to, end))
	if !a.SelfConnections {
		self := Add(b, row, Scalar(b, dtype.Int32, float64(a.FirstRow)))
		synapse = And(b, synapse, Ne(b, to, Spread(b, self, []int{lanes})))
	}
	return Min(b, to, end), synapse
}

// laneWeights returns the weights of one draw, from [] or [2] weights.
func laneWeights(b *ir.Builder, weights, v *ir.Value) *ir.Value {
	if weights.Type.Rank() == 0 {
		return Spread(b, weights, []int{lanes})
	}
	part := func(i int) *ir.Value {
		return Spread(b, Reshape(b, Slice(b, weights, []int{i}, []int{i + 1}, []int{1}), nil), []int{lanes})
	}
	return FMA(b, part(1), converted(b, v, weights.Type.DType), part(0))
}

// overRows runs visit for each row where events (nil: every row) is not zero, and returns the final carry and the stacked results. visit
// gets the row number, the row's event (nil without events), the consts and the carry.
func overRows(b *ir.Builder, pre int, events *ir.Value, consts, carry []*ir.Value,
	visit func(b *ir.Builder, row, event *ir.Value, consts, carry []*ir.Value) (next, y []*ir.Value)) (last, ys []*ir.Value) {
	xs := []*ir.Value{}
	if events != nil {
		xs = append(xs, events)
	}
	d := ir.NewBuilder("row")
	row := d.Param(indexType)
	cs, cr := d.Params(ir.TypesOf(consts)), d.Params(ir.TypesOf(carry))
	var next, y []*ir.Value
	if events == nil {
		next, y = visit(d, row, nil, cs, cr)
	} else {
		event := d.Param(ir.T(events.Type.DType))
		next = whereEvent(d, event, row, cs, cr, visit)
	}
	attrs := LoopAttrs{Trip: pre, Consts: len(consts), Carries: len(carry), Xs: len(xs)}
	out := Loop(b, attrs, d.Build(append(next, y...)...), append(append(append([]*ir.Value{}, consts...), carry...), xs...)...)
	return out[:len(carry)], out[len(carry):]
}

// whereEvent visits the row if its event is not zero, else leaves the carry as it is.
func whereEvent(b *ir.Builder, event, row *ir.Value, consts, carry []*ir.Value,
	visit func(b *ir.Builder, row, event *ir.Value, consts, carry []*ir.Value) (next, y []*ir.Value)) []*ir.Value {
	args := append(append([]*ir.Value{row, event}, consts...), carry...)
	branch := func(name string, f func(b *ir.Builder, p []*ir.Value) []*ir.Value) *ir.Graph {
		d := ir.NewBuilder(name)
		return d.Build(f(d, d.Params(ir.TypesOf(args)))...)
	}
	quiet := branch("quiet", func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p[2+len(consts):] })
	spike := branch("spike", func(d *ir.Builder, p []*ir.Value) []*ir.Value {
		next, _ := visit(d, p[0], p[1], p[2:2+len(consts)], p[2+len(consts):])
		return next
	})
	index := Convert(b, Ne(b, event, ZerosLike(b, event)), dtype.Int32)
	return Switch(b, index, []*ir.Graph{quiet, spike}, args...)
}

func decomposeEventProc(b *ir.Builder, a ProcAttrs, acc, events, seed, weights *ir.Value) *ir.Value {
	dt := acc.Type.DType
	deliver := func(b *ir.Builder, consts []*ir.Value, d draws, acc *ir.Value) *ir.Value {
		product := Mul(b, laneWeights(b, consts[1], d.v), Spread(b, consts[0], []int{lanes}))
		return Put(b, acc, outside(b, d.synapse, d.at, a.Post), product, 0, CombineAdd)
	}
	last, _ := overRows(b, a.Pre, widen(b, events, dt), []*ir.Value{seed, widen(b, weights, dt)}, []*ir.Value{widen(b, acc, dt)},
		func(b *ir.Builder, row, event *ir.Value, consts, carry []*ir.Value) (next, y []*ir.Value) {
			return []*ir.Value{walkRow(b, a, row, consts[0], carry[0], []*ir.Value{event, consts[1]}, deliver)}, nil
		})
	return converted(b, last[0], dt)
}

// procRowSum is the sum of weight*x over the synapses of a row: lane by lane, then the lanes.
func procRowSum(b *ir.Builder, a ProcAttrs, row, seed, x *ir.Value, consts []*ir.Value, weight func(b *ir.Builder, consts []*ir.Value, v *ir.Value) *ir.Value) *ir.Value {
	collect := func(b *ir.Builder, consts []*ir.Value, d draws, sum *ir.Value) *ir.Value {
		return Select(b, d.synapse, FMA(b, weight(b, consts[1:], d.v), Take(b, consts[0], d.at, 0), sum), sum)
	}
	zero := Full(b, x.Type.WithShape(lanes), 0)
	return ReduceSum(b, walkRow(b, a, row, seed, zero, append([]*ir.Value{x}, consts...), collect), 0)
}

func decomposeProcGather(b *ir.Builder, a ProcAttrs, x, seed, weights *ir.Value) *ir.Value {
	dt := x.Type.DType
	if a.Post == 0 {
		return Full(b, x.Type.WithShape(a.Pre), 0)
	}
	_, ys := overRows(b, a.Pre, nil, []*ir.Value{seed, widen(b, x, dt), widen(b, weights, dt)}, nil,
		func(b *ir.Builder, row, _ *ir.Value, consts, _ []*ir.Value) (next, y []*ir.Value) {
			return nil, []*ir.Value{procRowSum(b, a, row, consts[0], consts[1], consts[2:],
				func(b *ir.Builder, consts []*ir.Value, v *ir.Value) *ir.Value { return laneWeights(b, consts[0], v) })}
		})
	return converted(b, ys[0], dt)
}

func decomposeProcOuter(b *ir.Builder, a ProcAttrs, events, x, seed *ir.Value) *ir.Value {
	dt := x.Type.DType
	result := a.weightsType(dt)
	if a.Post == 0 {
		return Full(b, result, 0)
	}
	basis := []func(b *ir.Builder, v *ir.Value, t ir.Type) *ir.Value{
		func(b *ir.Builder, v *ir.Value, t ir.Type) *ir.Value { return Full(b, t, 1) },
		func(b *ir.Builder, v *ir.Value, t ir.Type) *ir.Value { return converted(b, v, t.DType) },
	}[:max(result.Size(), 1)]
	wide := accumulator(dt)
	var zeros []*ir.Value
	for range basis {
		zeros = append(zeros, Scalar(b, wide, 0))
	}
	sums, _ := overRows(b, a.Pre, widen(b, events, dt), []*ir.Value{seed, widen(b, x, dt)}, zeros,
		func(b *ir.Builder, row, event *ir.Value, consts, carry []*ir.Value) (next, y []*ir.Value) {
			for i, f := range basis {
				sum := procRowSum(b, a, row, consts[0], consts[1], nil,
					func(b *ir.Builder, _ []*ir.Value, v *ir.Value) *ir.Value { return f(b, v, ir.T(wide, lanes)) })
				next = append(next, FMA(b, event, sum, carry[i]))
			}
			return next, nil
		})
	if len(sums) == 1 {
		return converted(b, sums[0], dt)
	}
	pair := Concatenate(b, 0, Reshape(b, sums[0], []int{1}), Reshape(b, sums[1], []int{1}))
	return converted(b, pair, dt)
}

// normalOfWords is unitNormal on vectors.
func normalOfWords(b *ir.Builder, word *ir.Value) *ir.Value {
	f32 := ir.T(dtype.Float32, lanes)
	full := func(v float32) *ir.Value { return Full(b, f32, float64(v)) }
	rest := Convert(b, Convert(b, And(b, word, fullBits(b, math.MaxInt32)), dtype.Int32), dtype.Float32)
	tail := FMA(b, rest, full(0x1p-32), full(0x1p-33))
	x := FMA(b, full(-2), tail, full(1))
	w := Neg(b, logOf(b, Mul(b, Mul(b, full(4), tail), Sub(b, full(1), tail))))
	centre := hornerOf(b, Sub(b, w, full(2.5)), centreCoefficients[:])
	outer := hornerOf(b, Sub(b, Sqrt(b, w), full(3.3)), tailCoefficients[:])
	z := Mul(b, Select(b, Lt(b, w, full(5)), centre, outer), x)
	negative := Ne(b, Shr(b, word, fullBits(b, 31)), fullBits(b, 0))
	return Select(b, negative, Neg(b, z), z)
}

// logOf is logf on vectors.
func logOf(b *ir.Builder, x *ir.Value) *ir.Value {
	bits := Bitcast(b, x, dtype.Uint32)
	exponent := Sar(b, Bitcast(b, Sub(b, bits, fullBits(b, sqrtHalfBits)), dtype.Int32), Full(b, laneInts, 23))
	mantissa := Sub(b, bits, Shl(b, Bitcast(b, exponent, dtype.Uint32), fullBits(b, 23)))
	f := Sub(b, Bitcast(b, mantissa, dtype.Float32), Full(b, x.Type, 1))
	return FMA(b, Convert(b, exponent, dtype.Float32), Full(b, x.Type, float64(float32(math.Ln2))), Mul(b, f, hornerOf(b, f, logCoefficients[:])))
}

// hornerOf is horner on vectors.
func hornerOf(b *ir.Builder, x *ir.Value, coefficients []float32) *ir.Value {
	sum := Full(b, x.Type, float64(coefficients[0]))
	for _, c := range coefficients[1:] {
		sum = FMA(b, sum, x, Full(b, x.Type, float64(c)))
	}
	return sum
}
