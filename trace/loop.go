package trace

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// LoopOption changes how ForLoop and Scan run.
type LoopOption func(*loopOptions)

type loopOptions struct {
	reverse    bool
	every      []int
	unroll     int
	unrollSet  bool
	checkpoint func(trip int) int // steps between two checkpoints; nil: none
	progress   func(done, total int)
}

// Reverse runs the loop from the last row of xs to the first; row i of the result still belongs to row i of xs.
func Reverse() LoopOption { return func(o *loopOptions) { o.reverse = true } }

// Every records the body's results only in the steps i with i mod k = 0, so that a stacked result has ceil(n/k) rows. One k holds for
// all arrays of the result; several give each array its own, in the order of its tree. All steps are computed.
func Every(k ...int) LoopOption { return func(o *loopOptions) { o.every = k } }

// Unroll puts k copies of the body into each turn of the compiled loop. The result is the same; progress and the steps in messages
// count turns. With Every it has no effect.
func Unroll(k int) LoopOption { return func(o *loopOptions) { o.unroll, o.unrollSet = k, true } }

// Progress has f called now and then while the loop runs. Only loops that stand in no other loop report.
func Progress(f func(done, total int)) LoopOption { return func(o *loopOptions) { o.progress = f } }

// ForLoop calls body once for each row of xs, a tree of arrays with one common leading extent, and returns what the
// calls returned, stacked along a new leading axis. Variables carry state from step to step. trace.Range(n) as xs counts 0 to n-1.
func ForLoop[X, Y any](s *Scope, xs X, body func(*Scope, X) Y, opts ...LoopOption) Y {
	type none struct{}
	needFunc("for loop", "body", body)
	_, ys := scan("for loop", s, none{}, xs, func(s *Scope, _ none, x X) (none, Y) { return none{}, body(s, x) }, opts)
	return ys
}

// Scan is ForLoop with an explicit carry besides the Variables: body gets the carry and a row of xs, and returns the next carry,
// of the same type and shapes as init, and a result for the step. Scan returns the last carry and the stacked results.
func Scan[C, X, Y any](s *Scope, init C, xs X, body func(*Scope, C, X) (C, Y), opts ...LoopOption) (C, Y) {
	return scan("scan", s, init, xs, body, opts)
}

func scan[C, X, Y any](name string, s *Scope, init C, xs X, body func(*Scope, C, X) (C, Y), opts []LoopOption) (C, Y) {
	var y Y
	needFunc(name, "body", body)
	l := newLoop(name, s, treeOf(name, "carry", &init), treeOf(name, "xs", &xs), opts)
	yPlan := planOf(name, "result", reflect.TypeFor[Y]())
	l.body = func(s *Scope, carry, x []Array) (tree, tree) {
		c, in := init, xs
		replace(l.init.plan, &c, carry)
		replace(l.xs.plan, &in, x)
		c, y = body(s, c, in)
		return treeOf(name, "carry", &c), treeOf(name, "result", &y)
	}
	carries, ys := l.run()
	replace(l.init.plan, &init, carries)
	replace(yPlan, &y, ys)
	return init, y
}

// loop is a ForLoop or Scan without its types.
type loop struct {
	loopOptions
	name     string
	s        *Scope
	f        *frame
	init, xs tree
	carries  []Array // of init
	stacked  []Array // of xs
	trip     int
	body     func(s *Scope, carry, x []Array) (carryOut, y tree)
}

func newLoop(name string, s *Scope, init, xs tree, opts []LoopOption) *loop {
	l := &loop{name: name, s: s, f: s.frame(name), init: init, xs: xs}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		opt(&l.loopOptions)
	}
	l.checkOptions()
	l.carries = strongs(init.flatten(name, "carry").leaves)
	l.stacked = xs.flatten(name, "xs").leaves
	innermost(name, append(slices.Clone(l.carries), l.stacked...))
	l.trip = l.tripCount()
	return l
}

// tripCount returns the common leading extent of xs.
func (l *loop) tripCount() int {
	if len(l.stacked) == 0 {
		fail(l.name, "xs", "no arrays", "at least one array", "trace.Range(n) loops n times")
	}
	for i, x := range l.stacked {
		if x.Rank() == 0 {
			fail(l.name, l.xs.path("xs", i), "a scalar "+x.d.typ.String(), "an array with a leading axis to loop over", "trace.Range(n) loops n times")
		}
		if first := l.stacked[0]; x.Dim(0) != first.Dim(0) {
			fail(l.name, l.xs.path("xs", i), fmt.Sprintf("%d rows", x.Dim(0)), fmt.Sprintf("%d, as %s has", first.Dim(0), l.xs.path("xs", 0)), "")
		}
	}
	return l.stacked[0].Dim(0)
}

func (l *loop) run() (carries, ys []Array) {
	if l.f.eager() {
		return l.runEager()
	}
	return l.runTraced()
}

// rows is the leading extent of the stacked results.
func (l *loop) rows(k int) int { return l.attrs().Rows(k) }

// attrs are the attributes that options alone decide, for as many results as there may be.
func (l *loop) attrs() op.LoopAttrs {
	return op.LoopAttrs{Trip: l.trip, Reverse: l.reverse, Every: l.every}
}

// spread gives each of n results its recording interval: one for all, or one for each.
func (l *loop) spread(n int) {
	switch len(l.every) {
	case 0, n:
	case 1:
		l.every = slices.Repeat(l.every, n)
	default:
		fail(l.name, "option every", fmt.Sprintf("%d intervals", len(l.every)), fmt.Sprintf("1, or one for each of the %d results", n), "")
	}
}

// isIndex reports whether x counts from 0: then the loop's own index stands for its rows.
func isIndex(x Array) bool {
	_, ok := x.d.lazy.(ramp)
	return ok && x.Rank() == 1
}

func rowType(t ir.Type) ir.Type { return t.WithShape(t.Shape[1:]...) }

// traceBody traces the body in a region of its own.
func (l *loop) traceBody() *loopRegion {
	r := &loopRegion{}
	r.frame = l.s.body("loop body", false, func(s *Scope) {
		r.index = s.f.param(ir.T(dtype.Int32))
		r.carries = s.f.params(typesOf(l.carries))
		rows := make([]Array, len(l.stacked))
		for i, x := range l.stacked {
			if isIndex(x) {
				rows[i] = r.index.AsType(x.DType())
			} else {
				rows[i] = s.f.param(rowType(x.d.typ))
				r.xs, r.rows = append(r.xs, x), append(r.rows, rows[i])
			}
		}
		carry, y := l.body(s, r.carries, rows)
		l.checkCarry(carry)
		r.carryOut = s.f.outputsOf(l.name, carry.flatten(l.name, "carry").leaves)
		r.ys = s.f.outputsOf(l.name, y.flatten(l.name, "result").leaves)
	})
	return r
}

func (l *loop) checkCarry(carry tree) {
	checkSame(l.name, "carry", "the type of its initial value", "a carry keeps its type: use AsType, or another initial value", carry, l.init)
}

// loopRegion is a traced loop body before it becomes a graph.
type loopRegion struct {
	*frame
	index        Array
	carries      []Array
	rows         []Array // parameters for rows of xs
	xs           []Array // the stacked arrays that are not just the index
	carryOut, ys []*ir.Value
}

func (l *loop) runTraced() (carries, ys []Array) {
	f, r := l.f, l.traceBody()
	written, read := r.writtenVars(l.name), r.readVars()
	outputs := slices.Concat(r.carryOut, r.currents(written), r.ys)
	params := slices.Concat([]*ir.Value{r.index.d.v}, r.capturedParams(), r.entries(read), values(r.carries), r.entries(written), values(r.rows))
	body := r.finish(params, outputs)
	l.spread(len(r.ys))
	attrs := l.attrs()
	attrs.Consts, attrs.Carries, attrs.Xs = len(r.captures)+len(read), len(l.carries)+len(written), len(r.xs)
	if l.progress != nil {
		f.tr.progress = l.progress
	}
	operands := slices.Concat(r.captures, f.readAll(read), f.useAll(l.carries), f.readAll(written), f.useAll(r.xs))
	results := l.emit(f.b, attrs, body, operands)
	f.writeAll(written, results[len(l.carries):attrs.Carries])
	return f.traced(results[:len(l.carries)]), f.traced(results[attrs.Carries:])
}

// runEager runs the body as ordinary Go code, once a step.
func (l *loop) runEager() (carries, ys []Array) {
	if l.trip == 0 {
		return l.carries, l.emptyResults()
	}
	carries = l.carries
	var stacks []*tensor.Tensor
	for step := range l.trip {
		l.s.poll()
		i := step
		if l.reverse {
			i = l.trip - 1 - step
		}
		var y tree
		l.s.body("loop body", true, func(s *Scope) {
			s.f.inLoop, s.f.index = true, i
			var carry tree
			carry, y = l.body(s, carries, l.rowsAt(i))
			l.checkCarry(carry)
			carries = carry.flatten(l.name, "carry").leaves
		})
		stacks = l.stack(stacks, i, y.flatten(l.name, "result").leaves)
		if l.progress != nil {
			l.progress(step+1, l.trip)
		}
	}
	for _, t := range stacks {
		ys = append(ys, FromTensor(t))
	}
	return carries, ys
}

// emptyResults returns the results of a loop without steps: the body is traced for their types.
func (l *loop) emptyResults() []Array {
	var out []Array
	for _, y := range l.traceBody().ys {
		t := y.Type
		out = append(out, Full(t.DType, 0, append([]int{0}, t.Shape...)...))
	}
	return out
}

// rowsAt returns row i of each of xs.
func (l *loop) rowsAt(i int) []Array {
	out := make([]Array, len(l.stacked))
	for k, x := range l.stacked {
		if isIndex(x) {
			out[k] = Full(x.DType(), i)
		} else {
			out[k] = newConcrete(rowType(x.d.typ), x.numbers(l.name).Row(i))
		}
	}
	return out
}

// stack copies the results of step i that are recorded into their row of the stacked results, which the first call makes.
func (l *loop) stack(stacks []*tensor.Tensor, i int, ys []Array) []*tensor.Tensor {
	if stacks == nil {
		l.spread(len(ys))
		for k, y := range ys {
			t, err := tensor.New(y.DType(), append([]int{l.rows(k)}, y.Shape()...)...)
			stacks = append(stacks, must(l.name, t, err))
		}
	}
	for k, y := range ys {
		row := y.numbers(l.name).Bytes()
		if want := stacks[k].Bytes(); len(row)*l.rows(k) != len(want) || y.DType() != stacks[k].DType() {
			fail(l.name, "result", y.d.typ.String(), "the type of the step before", "")
		}
		if every := l.attrs().Step(k); i%every == 0 {
			copy(stacks[k].Bytes()[i/every*len(row):], row)
		}
	}
	return stacks
}

// Rows returns the common leading extent of the arrays in a tree: the number of steps of a loop over it.
func Rows[X any](xs X) int {
	l := &loop{name: "rows", xs: treeOf("rows", "xs", &xs)}
	l.stacked = l.xs.flatten("rows", "xs").leaves
	return l.tripCount()
}
