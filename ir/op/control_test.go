package op

import (
	"errors"
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	f32Scalar = ir.T(dtype.Float32)
	flag      = ir.T(dtype.Bool)
)

// times is a product of scalars written with Dot.
func times(b *ir.Builder, x, y *ir.Value) *ir.Value { return Dot(b, x, y, DotAttrs{}) }

// powersBody: consts c; carry v; xs x -> carry v*c; ys (v*x, index).
func powersBody() *ir.Graph {
	return region([]ir.Type{indexType, f32Scalar, f32Scalar, f32Scalar}, func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		return []*ir.Value{times(b, p[2], p[1]), times(b, p[2], p[3]), p[0]}
	})
}

func TestLoopCarriesAndStacks(t *testing.T) {
	attrs := LoopAttrs{Trip: 5, Consts: 1, Carries: 1, Xs: 1}
	out := apply(t, LoopID, attrs, []*ir.Graph{powersBody()}, tensor.Scalar[float32](2), tensor.Scalar[float32](3), f32s(1, 10, 100, 1000, 10000))
	assert.Equal(t, float32(96), out[0].Item())
	assert.Equal(t, []float32{3, 60, 1200, 24000, 480000}, tensor.Flat[float32](out[1]))
	assert.Equal(t, []int32{0, 1, 2, 3, 4}, tensor.Flat[int32](out[2]))
}

func TestLoopReverseSeesTheLastFirst(t *testing.T) {
	attrs := LoopAttrs{Trip: 3, Consts: 1, Carries: 1, Xs: 1, Reverse: true}
	out := apply(t, LoopID, attrs, []*ir.Graph{powersBody()}, tensor.Scalar[float32](2), tensor.Scalar[float32](1), f32s(1, 10, 100))
	assert.Equal(t, float32(8), out[0].Item())
	assert.Equal(t, []float32{4, 20, 100}, tensor.Flat[float32](out[1]), "iteration 2 runs first")
	assert.Equal(t, []int32{0, 1, 2}, tensor.Flat[int32](out[2]))
}

func TestLoopEveryKeepsMultiplesOfTheIndex(t *testing.T) {
	for _, c := range []struct {
		trip, every int
		want        []int32
	}{{7, 3, []int32{0, 3, 6}}, {6, 3, []int32{0, 3}}, {2, 5, []int32{0}}, {4, 1, []int32{0, 1, 2, 3}}, {0, 3, []int32{}}} {
		for _, reverse := range []bool{false, true} {
			attrs := LoopAttrs{Trip: c.trip, Carries: 0, Every: []int{c.every}, Reverse: reverse}
			body := region([]ir.Type{indexType}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p })
			out := apply(t, LoopID, attrs, []*ir.Graph{body})
			assert.Equal(t, c.want, tensor.Flat[int32](out[0]), "%+v", attrs)
		}
	}
}

func TestLoopWithoutTripsReturnsInitialCarries(t *testing.T) {
	attrs := LoopAttrs{Consts: 1, Carries: 1, Xs: 1}
	out := apply(t, LoopID, attrs, []*ir.Graph{powersBody()}, tensor.Scalar[float32](2), tensor.Scalar[float32](3), f32s())
	assert.Equal(t, float32(3), out[0].Item())
	assert.Equal(t, []int{0}, out[1].Shape())
}

func TestLoopRowsOfEmptyArrays(t *testing.T) {
	body := region([]ir.Type{indexType, ir.T(dtype.Float32, 0, 2)}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p[1:] })
	out := apply(t, LoopID, LoopAttrs{Trip: 3, Xs: 1}, []*ir.Graph{body}, tensor.Must(tensor.New(dtype.Float32, 3, 0, 2)))
	assert.Equal(t, []int{3, 0, 2}, out[0].Shape())
}

func TestLoopPollsAndSaysTheStep(t *testing.T) {
	b := ir.NewBuilder("main")
	body := region([]ir.Type{indexType}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p })
	g := b.Build(Loop(b, LoopAttrs{Trip: 10, Reverse: true}, body)...)
	ev, stop, run := newEval(nil), errors.New("cancelled"), 0
	inner := ev.Run
	var steps []int
	ev.Run = func(r *ir.Graph, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
		steps = append(steps, ev.Step)
		return inner(r, in)
	}
	ev.Poll = func() error {
		if run++; run > 4 {
			return stop
		}
		return nil
	}
	_, err := inner(g, nil)
	require.ErrorIs(t, err, stop)
	assert.Equal(t, []int{9, 8, 7, 6}, steps)
	assert.Equal(t, -1, ev.Step, "restored after the loop")
}

func TestLoopErrors(t *testing.T) {
	vector := ir.T(dtype.Float32, 5)
	for _, c := range []struct {
		attrs    LoopAttrs
		operands []ir.Type
		want     string
	}{
		{LoopAttrs{Trip: -1}, nil, "loop: trip: got -1, want 0 or more"},
		{LoopAttrs{Trip: math.MaxInt32 + 1}, nil, "loop: trip: got 2147483648, want at most 2147483647, since the index is i32"},
		{LoopAttrs{Trip: 5, Consts: 1, Carries: 1, Xs: 1}, []ir.Type{vector}, "loop: operands: got 1, want 3: 1 consts, 1 carries, 1 xs"},
		{LoopAttrs{Trip: 4, Consts: 1, Carries: 1, Xs: 1}, []ir.Type{f32Scalar, f32Scalar, vector},
			"loop: xs 0: got f32[5], want leading dimension 4, the trip count"},
		{LoopAttrs{Trip: 5, Consts: 1, Carries: 1, Xs: 1}, []ir.Type{vector, f32Scalar, vector},
			"loop: body parameter 1: got f32[], want f32[5]"},
		{LoopAttrs{Trip: 5, Carries: 4}, []ir.Type{f32Scalar, f32Scalar, f32Scalar, vector},
			"loop: body outputs: got 3, want at least the 4 carries"},
		{LoopAttrs{Trip: 5, Carries: 3}, []ir.Type{f32Scalar, f32Scalar, f32Scalar},
			"loop: body output 2: got i32[], want f32[]"},
		{LoopAttrs{Trip: 5, Carries: 2}, []ir.Type{f32Scalar, f32Scalar},
			"loop: body parameters: got 4: (i32[], f32[], f32[], f32[]), want 3: (i32[], f32[], f32[])"},
	} {
		got := buildError(t, func(b *ir.Builder) { Loop(b, c.attrs, powersBody(), b.Params(c.operands)...) })
		assert.Equal(t, c.want, got)
	}
}

// shiftWhile multiplies v by c as often as the flags a, b start with true.
func shiftWhile() (cond, body *ir.Graph) {
	cond = region([]ir.Type{flag, flag, f32Scalar}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p[:1] })
	body = region([]ir.Type{flag, f32Scalar, flag, flag, f32Scalar}, func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		return []*ir.Value{p[3], p[0], times(b, p[4], p[1])}
	})
	return cond, body
}

func TestWhileStopsWhenTheConditionFails(t *testing.T) {
	cond, body := shiftWhile()
	for _, c := range []struct {
		a, b bool
		want float32
	}{{false, true, 1}, {true, false, 3}, {true, true, 9}} {
		out := apply(t, WhileID, WhileAttrs{BodyConsts: 2}, []*ir.Graph{cond, body},
			tensor.Scalar(false), tensor.Scalar[float32](3), tensor.Scalar(c.a), tensor.Scalar(c.b), tensor.Scalar[float32](1))
		assert.Equal(t, c.want, out[2].Item())
		assert.Equal(t, false, out[0].Item())
	}
}

func TestWhileCanBeCancelled(t *testing.T) {
	forever := region([]ir.Type{flag}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p })
	b := ir.NewBuilder("main")
	g := b.Build(While(b, WhileAttrs{}, forever, forever, b.Param(flag))...)
	ev, stop := newEval(nil), errors.New("cancelled")
	ev.Poll = func() error {
		if ev.Step == 100 {
			return stop
		}
		return nil
	}
	_, err := ev.Run(g, []*tensor.Tensor{tensor.Scalar(true)})
	require.ErrorIs(t, err, stop)
}

func TestWhileErrors(t *testing.T) {
	cond, body := shiftWhile()
	good := []ir.Type{flag, f32Scalar, flag, flag, f32Scalar}
	for _, c := range []struct {
		attrs      WhileAttrs
		cond, body *ir.Graph
		operands   []ir.Type
		want       string
	}{
		{WhileAttrs{BodyConsts: 6}, cond, body, good, "while: operands: got 5, want at least the 0 condition and 6 body consts"},
		{WhileAttrs{BodyConsts: 2}, body, body, good,
			"while: cond parameters: got 5: (i1[], f32[], i1[], i1[], f32[]), want 3: (i1[], i1[], f32[])"},
		{WhileAttrs{BodyConsts: 2}, cond, cond, good,
			"while: body parameters: got 3: (i1[], i1[], f32[]), want 5: (i1[], f32[], i1[], i1[], f32[])"},
		{WhileAttrs{CondConsts: -1}, cond, body, good, "while: cond_consts: got -1, want 0 or more"},
	} {
		assert.Equal(t, c.want, buildError(t, func(b *ir.Builder) { While(b, c.attrs, c.cond, c.body, b.Params(c.operands)...) }))
	}
	notBool := region(good[2:], func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p[2:] })
	assert.Equal(t, "while: cond output 0: got f32[], want i1[]",
		buildError(t, func(b *ir.Builder) { While(b, WhileAttrs{BodyConsts: 2}, notBool, body, b.Params(good)...) }))
}

func TestSwitchClampsTheIndex(t *testing.T) {
	pair := []ir.Type{f32Scalar, f32Scalar}
	pickOne := func(k int) *ir.Graph {
		return region(pair, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p[k : k+1] })
	}
	product := region(pair, func(b *ir.Builder, p []*ir.Value) []*ir.Value { return []*ir.Value{times(b, p[0], p[1])} })
	branches := []*ir.Graph{pickOne(0), pickOne(1), product}
	for index, want := range map[int32]float32{-7: 2, 0: 2, 1: 3, 2: 6, 3: 6, math.MaxInt32: 6} {
		out := apply(t, SwitchID, nil, branches, tensor.Scalar(index), tensor.Scalar[float32](2), tensor.Scalar[float32](3))
		assert.Equal(t, want, out[0].Item(), "index %d", index)
	}
}

func TestSwitchErrors(t *testing.T) {
	same := region([]ir.Type{f32Scalar}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p })
	none := region([]ir.Type{f32Scalar}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return nil })
	assert.Equal(t, "switch: branches: got 0, want 1 or more",
		buildError(t, func(b *ir.Builder) { Switch(b, b.Param(indexType), nil) }))
	assert.Equal(t, "switch: index: got (f32[]), want i32[]",
		buildError(t, func(b *ir.Builder) { Switch(b, b.Param(f32Scalar), []*ir.Graph{same}) }))
	assert.Equal(t, "switch: branch 1 outputs: got 0: (), want 1: (f32[])",
		buildError(t, func(b *ir.Builder) {
			Switch(b, b.Param(indexType), []*ir.Graph{same, none}, b.Param(f32Scalar))
		}))
}

func TestCallRunsItsBody(t *testing.T) {
	square := region([]ir.Type{f32Scalar}, func(b *ir.Builder, p []*ir.Value) []*ir.Value { return []*ir.Value{times(b, p[0], p[0])} })
	for _, kind := range []string{CallPlain, CallCheckpoint} {
		out := apply(t, CallID, CallAttrs{Name: "square", Kind: kind}, []*ir.Graph{square}, tensor.Scalar[float32](7))
		assert.Equal(t, float32(49), out[0].Item())
	}
	// The integer argument has no tangent: (x, n, dx) -> (x*x, d).
	body := region([]ir.Type{f32Scalar, indexType}, func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		return []*ir.Value{times(b, p[0], p[0]), p[1]}
	})
	jvp := region([]ir.Type{f32Scalar, indexType, f32Scalar}, func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		return []*ir.Value{times(b, p[0], p[0]), p[1], times(b, p[0], p[2])}
	})
	out := apply(t, CallID, CallAttrs{Kind: CallCustomJVP}, []*ir.Graph{body, jvp}, tensor.Scalar[float32](7), tensor.Scalar[int32](5))
	assert.Equal(t, float32(49), out[0].Item())
	forward := region([]ir.Type{f32Scalar, indexType}, func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		return []*ir.Value{times(b, p[0], p[0]), p[1], p[0]}
	})
	backward := region([]ir.Type{f32Scalar, f32Scalar}, func(b *ir.Builder, p []*ir.Value) []*ir.Value {
		return []*ir.Value{times(b, p[0], p[1])}
	})
	out = apply(t, CallID, CallAttrs{Kind: CallCustomVJP}, []*ir.Graph{body, forward, backward}, tensor.Scalar[float32](7), tensor.Scalar[int32](5))
	assert.Equal(t, int32(5), out[1].Item())
	assert.Equal(t, "call: backward parameters: got 3: (f32[], i32[], f32[]), want 2: (f32[], f32[])",
		buildError(t, func(b *ir.Builder) {
			Call(b, CallAttrs{Kind: CallCustomVJP}, []*ir.Graph{body, forward, jvp}, b.Param(f32Scalar), b.Param(indexType))
		}))
}

func TestCallErrors(t *testing.T) {
	same := region([]ir.Type{f32Scalar}, func(_ *ir.Builder, p []*ir.Value) []*ir.Value { return p })
	assert.Equal(t, `call: kind: got "remat", want "", "checkpoint", "custom_jvp", "custom_vjp" or "custom_linear"`,
		buildError(t, func(b *ir.Builder) { Call(b, CallAttrs{Kind: "remat"}, []*ir.Graph{same}, b.Param(f32Scalar)) }))
	assert.Equal(t, `call: regions: got 1, want 2 for kind "custom_jvp"`,
		buildError(t, func(b *ir.Builder) { Call(b, CallAttrs{Kind: CallCustomJVP}, []*ir.Graph{same}, b.Param(f32Scalar)) }))
	assert.Equal(t, `call: jvp parameters: got 1: (f32[]), want 2: (f32[], f32[])`,
		buildError(t, func(b *ir.Builder) {
			Call(b, CallAttrs{Kind: CallCustomJVP}, []*ir.Graph{same, same}, b.Param(f32Scalar))
		}))
	assert.Equal(t, `call: body parameter 0: got f32[], want i32[]`,
		buildError(t, func(b *ir.Builder) { Call(b, CallAttrs{}, []*ir.Graph{same}, b.Param(indexType)) }))
}
