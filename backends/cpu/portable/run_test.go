package portable

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/interp"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

func scalarView(buf kernel.BufID) kernel.View { return kernel.View{Buf: buf} }

func unitView(buf kernel.BufID, n int) kernel.View {
	return kernel.View{Buf: buf, Shape: []int{n}, Strides: []int{1}}
}

// accumulate is a Map on scalars: acc = 3 acc + x.
func (b *builder) accumulate(acc, x kernel.BufID) kernel.Step {
	mb := &mapBuilder{b: b, n: 1, m: &kernel.Map{Shape: []int{1}}}
	sum := mb.op(op.AddID, dtype.Int32, mb.op(op.MulID, dtype.Int32, mb.load(acc), mb.i32(3)), mb.load(x))
	mb.store(sum, acc)
	return mb.m
}

// less is a Map on scalars: pred = x < limit.
func (b *builder) less(pred, x kernel.BufID, limit int32) kernel.Step {
	mb := &mapBuilder{b: b, n: 1, m: &kernel.Map{Shape: []int{1}}}
	mb.store(mb.compare(kernel.LT, mb.load(x), mb.i32(limit)), pred)
	return mb.m
}

func TestNestedControl(t *testing.T) {
	var b builder
	acc, outer, inner, row := b.arena(dtype.Int32, 1), b.arena(dtype.Int32, 1), b.arena(dtype.Int32, 1), b.arena(dtype.Int32, 1)
	pred, power := b.arena(dtype.Bool, 1), b.arena(dtype.Int32, 1)
	one, minus := b.input(tensor.Of[int32](1)), b.input(tensor.Of[int32](-7))
	set := func(to, from kernel.BufID) kernel.Step {
		return &kernel.Copy{Dst: unitView(to, 1), Src: unitView(from, 1)}
	}
	history := b.output(dtype.Int32, 2)
	record := unitView(history, 1)
	record.Dyn = []kernel.Index{{Buf: row, Max: 1, Stride: 1}}
	b.step(set(acc, one))
	b.step(&kernel.LoopStep{Trip: 4, Reverse: true, Counter: outer, Body: kernel.Block{
		&kernel.LoopStep{Trip: 3, Counter: inner, Body: kernel.Block{
			b.accumulate(acc, inner),
			&kernel.SwitchStep{Index: outer, Branches: []kernel.Block{{b.accumulate(acc, one)}, {}, {b.accumulate(acc, minus)}}},
		}},
		set(power, one),
		&kernel.WhileStep{Cond: kernel.Block{b.less(pred, power, 50)}, Pred: pred, Body: kernel.Block{b.accumulate(power, outer)}},
		b.accumulate(acc, power),
		&kernel.SwitchStep{Index: minus, Branches: []kernel.Block{{b.accumulate(acc, one)}, {set(acc, one)}}},
		&kernel.Guard{Counter: outer, Every: 2, Row: row, Body: kernel.Block{&kernel.Copy{Dst: record, Src: unitView(acc, 1)}}},
	}})
	b.step(set(b.output(dtype.Int32, 1), acc))
	agree(t, &b.p, b.inputs...)
}

// endless programs run for minutes unless they are stopped. None needs much memory.
func endless() map[string]*builder {
	programs := map[string]*builder{}
	add := func(name string, build func(b *builder)) {
		b := &builder{}
		build(b)
		programs[name] = b
	}
	add("while", func(b *builder) {
		pred := b.arena(dtype.Bool, 1)
		b.step(&kernel.Copy{Dst: unitView(pred, 1), Src: unitView(b.input(tensor.Of(true)), 1)})
		b.step(&kernel.WhileStep{Pred: pred})
	})
	add("empty loops", func(b *builder) {
		b.step(&kernel.LoopStep{Trip: 1<<31 - 1, Counter: b.arena(dtype.Int32, 1), Body: kernel.Block{
			&kernel.LoopStep{Trip: 1 << 30, Counter: b.arena(dtype.Int32, 1)}}})
	})
	add("map", func(b *builder) {
		m := &kernel.Map{Shape: []int{1 << 30}, Insts: []kernel.Inst{{Op: kernel.OpIndex, DT: dtype.Float32}}}
		m.Folds = []kernel.Fold{{Op: op.ReduceSumID, Dims: 1, View: scalarView(b.output(dtype.Float32, 1))}}
		b.step(m)
	})
	add("slow map", func(b *builder) {
		m := &kernel.Map{Shape: []int{1 << 30}, Insts: []kernel.Inst{
			{Op: kernel.OpIndex, DT: dtype.Float64}, {Op: op.LgammaID, DT: dtype.Float64}}}
		m.Folds = []kernel.Fold{{Op: op.ReduceSumID, Inst: 1, Dims: 1, View: scalarView(b.output(dtype.Float64, 1))}}
		b.step(m)
	})
	add("small rows", func(b *builder) {
		v := kernel.View{Buf: b.input(tensor.Of[float32](1, 2, 3)), Shape: []int{1 << 29, 3}, Strides: []int{0, 1}}
		m := &kernel.Map{Shape: v.Shape, Loads: []kernel.View{v}, Insts: []kernel.Inst{{Op: kernel.OpLoad, DT: dtype.Float32}}}
		m.Folds = []kernel.Fold{{Op: op.ReduceSumID, Dims: 2, View: scalarView(b.output(dtype.Float32, 1))}}
		b.step(m)
	})
	add("copy", func(b *builder) {
		const n = 1 << 22
		c := &kernel.Copy{Dst: unitView(b.output(dtype.Bool, n), n), Src: kernel.View{Buf: b.input(tensor.Of(true)), Shape: []int{n}, Strides: []int{0}}}
		b.step(&kernel.LoopStep{Trip: 1 << 30, Counter: b.arena(dtype.Int32, 1), Body: kernel.Block{c}})
	})
	add("matmul", func(b *builder) {
		const n, k = 3000, 1 << 17
		view := func(m, n int) kernel.View {
			return kernel.View{Buf: b.input(tensor.Of[float32](1.1)), Shape: []int{1, m, n}, Strides: []int{0, 0, 0}}
		}
		dst := kernel.View{Buf: b.output(dtype.Float32, n*n), Shape: []int{1, n, n}, Strides: []int{0, n, 1}}
		b.step(&kernel.MatMul{Dst: dst, A: view(n, k), B: view(k, n)})
	})
	return programs
}

func TestCancel(t *testing.T) {
	for name, b := range endless() {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, kernel.Verify(&b.p))
			ex, err := New(&b.p)
			require.NoError(t, err)
			mem := newTestMemory(&b.p, b.inputs)
			ctx, cancel := context.WithCancel(context.Background())
			var at time.Time
			time.AfterFunc(20*time.Millisecond, func() { at = time.Now(); cancel() })
			err = ex.Run(ctx, &mem.Memory, &Env{})
			late := time.Since(at)
			assert.ErrorIs(t, err, context.Canceled)
			assert.Less(t, late, 500*time.Millisecond) // 50 ms on a machine that is not busy
			t.Log(name, late)
		})
	}
}

func TestCancelledBeforeItBegins(t *testing.T) {
	var b builder
	ex, err := New(&b.p)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, ex.Run(ctx, &Memory{}, &Env{}), context.Canceled)
}

func TestConcurrentRuns(t *testing.T) {
	net := newCobaState(300).program(50)
	ex, err := New(&net.p)
	require.NoError(t, err)
	want := execute(t, &net.p, net.inputs...)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			mem, env := newTestMemory(&net.p, net.inputs), &Env{}
			for range 3 {
				assert.NoError(t, ex.Run(context.Background(), &mem.Memory, env))
			}
			for i, id := range net.p.Outputs {
				assert.True(t, want[i].Equal(mem.tensor(id, net.p.Buffers[id].Elems)))
			}
		})
	}
	group.Wait()
}

// TestRunStep runs the leaves of a program one by one, as machine code does that leaves to Go.
func TestRunStep(t *testing.T) {
	net := newCobaState(100).program(7)
	want := execute(t, &net.p, net.inputs...)
	ex, err := New(&net.p)
	require.NoError(t, err)
	mem, env := newTestMemory(&net.p, net.inputs), &Env{}
	for _, s := range net.p.Body {
		steps, trips := kernel.Block{s}, 1
		if l, ok := s.(*kernel.LoopStep); ok {
			steps, trips = l.Body, l.Trip
		}
		for range trips {
			for _, leaf := range steps {
				require.NoError(t, ex.RunStep(leaf, &mem.Memory, env))
			}
		}
	}
	for i, id := range net.p.Outputs {
		requireSame(t, want[i], mem.tensor(id, net.p.Buffers[id].Elems), "output %d", i)
	}
	assert.Panics(t, func() { _ = ex.RunStep(&kernel.Copy{}, &mem.Memory, env) })
}

func TestRunsAllocateNothing(t *testing.T) {
	net := newCobaState(100).program(20)
	ex, err := New(&net.p)
	require.NoError(t, err)
	mem, env, ctx := newTestMemory(&net.p, net.inputs), &Env{}, context.Background()
	run := func() { _ = ex.Run(ctx, &mem.Memory, env) }
	run()
	assert.Zero(t, testing.AllocsPerRun(10, run))
}

func TestProgress(t *testing.T) {
	net := newCobaState(500).program(2000)
	ex, err := New(&net.p)
	require.NoError(t, err)
	var done []int
	env := &Env{Progress: func(k, total int) {
		assert.Equal(t, 2000, total)
		done = append(done, k)
	}}
	mem := newTestMemory(&net.p, net.inputs)
	require.NoError(t, ex.Run(context.Background(), &mem.Memory, env))
	assert.IsIncreasing(t, done)
	assert.Greater(t, len(done), 3)
	assert.Equal(t, 2000, done[len(done)-1])
}

// checkProgram is a loop whose body refuses the index 3, and prints each one.
func checkProgram(t *testing.T) *kernel.Program {
	t.Helper()
	body := ir.NewBuilder("body")
	body.Locate = func() ir.Position { return ir.Position{File: "model.go", Line: 42} }
	i := body.Param(ir.T(dtype.Int32))
	three := body.Const(tensor.Scalar[int32](3))
	body.Emit(op.PrintID, op.PrintAttrs{Format: "i = %v"}, nil, i)
	body.Emit(op.CheckID, op.CheckAttrs{Message: "three is too many"}, nil, op.Lt(body, i, three))
	b := ir.NewBuilder("main")
	b.Emit(op.LoopID, op.LoopAttrs{Trip: 10}, []*ir.Graph{body.Build()})
	p, err := kernel.Lower(b.Build())
	require.NoError(t, err)
	return p
}

func TestCheckNamesItsStep(t *testing.T) {
	p := checkProgram(t)
	ex, err := New(p)
	require.NoError(t, err)
	var printed []string
	env := &Env{Print: func(text string) { printed = append(printed, text) }}
	mem := newTestMemory(p, nil)
	err = ex.Run(context.Background(), &mem.Memory, env)
	var failed *interp.Error
	require.True(t, errors.As(err, &failed), "%v", err)
	assert.Equal(t, ir.Position{File: "model.go", Line: 42}, failed.Pos)
	assert.ErrorContains(t, err, "three is too many")
	assert.ErrorContains(t, err, "3")
	assert.Len(t, printed, 4)
	mem = newTestMemory(p, nil)
	assert.Error(t, ex.Run(context.Background(), &mem.Memory, &Env{}), "an Env without callbacks serves too")
}

func TestEnvServesAnotherProgram(t *testing.T) {
	env := &Env{}
	for _, n := range []int{50, 120, 50} {
		net := newCobaState(n).program(5)
		ex, err := New(&net.p)
		require.NoError(t, err)
		want := execute(t, &net.p, net.inputs...)
		mem := newTestMemory(&net.p, net.inputs)
		require.NoError(t, ex.Run(context.Background(), &mem.Memory, env))
		requireSame(t, want[0], mem.tensor(net.p.Outputs[0], n), "V of %d", n)
	}
}

// TestForget checks that a kept Env holds no address in buffers.
func TestForget(t *testing.T) {
	net := newCobaState(100).program(3)
	ex, err := New(&net.p)
	require.NoError(t, err)
	mem, env := newTestMemory(&net.p, net.inputs), &Env{}
	require.NoError(t, ex.Run(context.Background(), &mem.Memory, env))
	inside := func(p unsafe.Pointer) bool {
		for _, piece := range mem.pieces {
			if at := uintptr(p) - uintptr(unsafe.Pointer(&piece[0])); at < uintptr(len(piece)) {
				return true
			}
		}
		return false
	}
	require.NotEmpty(t, env.run.frames)
	for _, fr := range env.run.frames {
		for _, p := range slices.Concat(fr.p, fr.starts, fr.foldStarts) {
			assert.False(t, inside(p))
		}
	}
	assert.Nil(t, env.run.base)
}

// troubleID is a primitive without a loop-level form whose evaluation panics, or waits until it is cancelled.
const troubleID = op.NumIDs + 900

type troubleAttrs struct{ Wait bool }

func init() {
	ir.Register(ir.Row{
		ID: troubleID, Name: "trouble", Arity: 1, Attrs: troubleAttrs{}, Effect: true,
		Types: func(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) { return in[:1], nil },
		Eval: func(ev *ir.Eval, n *ir.Node, _ []*tensor.Tensor) ([]*tensor.Tensor, error) {
			if !n.Attrs.(troubleAttrs).Wait {
				panic("no such luck")
			}
			for {
				if err := ev.Poll(); err != nil {
					return nil, err
				}
			}
		},
	})
}

func troubleProgram(t *testing.T, attrs troubleAttrs) *kernel.Program {
	t.Helper()
	b := ir.NewBuilder("main")
	b.Locate = func() ir.Position { return ir.Position{File: "user.go", Line: 7} }
	p, err := kernel.Lower(b.Build(b.Emit1(troubleID, attrs, b.Param(ir.T(dtype.Float32, 2)))))
	require.NoError(t, err)
	return p
}

func TestPanicsOfRulesAreErrors(t *testing.T) {
	_, err := tryExecute(t, troubleProgram(t, troubleAttrs{}), tensor.Of[float32](1, 2))
	require.EqualError(t, err, "user.go:7: trouble: no such luck")
}

func TestRulesThatPollAreCancelled(t *testing.T) {
	p := troubleProgram(t, troubleAttrs{Wait: true})
	ex, err := New(p)
	require.NoError(t, err)
	mem := newTestMemory(p, []*tensor.Tensor{tensor.Of[float32](1, 2)})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	assert.Equal(t, context.DeadlineExceeded, ex.Run(ctx, &mem.Memory, &Env{}))
	assert.Equal(t, context.DeadlineExceeded, ex.RunStep(p.Body[0], &mem.Memory, &Env{Ctx: ctx}))
}
