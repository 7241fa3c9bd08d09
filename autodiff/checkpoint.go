package autodiff

import (
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Reverse mode through a loop keeps what the way back needs of each step. A checkpointed loop keeps only the carries, at the begin of each
// segment of steps, and computes the steps of one segment again when the way back comes to it. With T steps, C bytes of carries and R
// bytes of residuals a step:
//
//	plain                T R                        every step computed once
//	segments of n steps  (T/n) C + n R              every step computed twice
//	sqrt(T) steps        sqrt(T) (C + R)            the least of these for C about R
//	one step             T C                        every step computed twice; for steps with many residuals

// SqrtSteps is the segment length that needs the least memory for a loop of that many steps: about its square root.
func SqrtSteps(trip int) int { return max(1, int(math.Round(math.Sqrt(float64(trip))))) }

// CheckpointLoop is op.Loop in segments of so many steps, with the same results. Each segment is a call of kind checkpoint. What is
// recorded every few steps is recorded so within the segments if their length is a multiple of that, and otherwise kept of every step of a
// segment first.
func CheckpointLoop(b *ir.Builder, a op.LoopAttrs, steps int, body *ir.Graph, operands ...*ir.Value) []*ir.Value {
	if steps < 1 {
		panic(&ir.Error{Op: "loop", Arg: "checkpoint segment", Got: itoa(steps), Want: "1 or more steps"})
	}
	if steps == 1 {
		return op.Loop(b, a, checkpointed(body), operands...)
	}
	s := segments{b: b, a: a, steps: min(steps, max(a.Trip, 1)), body: body, operands: operandsOf(a, operands)}
	return s.emit()
}

// checkpointed returns a graph that calls g as a checkpoint.
func checkpointed(g *ir.Graph) *ir.Graph {
	b := ir.NewBuilder(g.Name)
	params := b.Params(g.InTypes())
	return b.Build(op.Call(b, op.CallAttrs{Name: g.Name, Kind: op.CallCheckpoint}, []*ir.Graph{g}, params...)...)
}

// segments is a loop on its way to become a loop of loops. Steps that fill no segment form a shorter one behind the others, which comes
// first where the loop runs backwards.
type segments struct {
	b        *ir.Builder
	a        op.LoopAttrs
	steps    int
	body     *ir.Graph
	operands loopParts[*ir.Value]
}

func (s segments) emit() []*ir.Value {
	full := s.a.Trip / s.steps
	rest := s.a.Trip - full*s.steps
	carries := s.operands.carries
	var before, behind []*ir.Value // rows of ys
	runRest := func() {
		if rest > 0 {
			out := s.short(full*s.steps, rest, carries)
			carries, behind = out[:s.a.Carries], out[s.a.Carries:]
		}
	}
	runFull := func() {
		if full > 0 || rest == 0 {
			out := s.nested(full, carries)
			carries, before = out[:s.a.Carries], out[s.a.Carries:]
		}
	}
	if s.a.Reverse {
		runRest()
		runFull()
	} else {
		runFull()
		runRest()
	}
	out := slices.Clone(carries)
	for k := range len(s.body.Outputs) - s.a.Carries {
		switch {
		case before == nil:
			out = append(out, behind[k])
		case behind == nil:
			out = append(out, before[k])
		default:
			out = append(out, op.Concatenate(s.b, 0, before[k], behind[k]))
		}
	}
	return s.thinned(out)
}

// inSegments reports whether ys k are recorded at the same steps of each segment.
func (s segments) inSegments(k int) bool { return s.steps%s.a.Step(k) == 0 }

// every lists the recording intervals within segments.
func (s segments) every() []int {
	every := recorded(s.a, len(s.body.Outputs)-s.a.Carries)
	for k := range every {
		if !s.inSegments(k) {
			every[k] = 1
		}
	}
	return compact(every)
}

// thinned takes every few rows of the ys that are not recorded so within the segments.
func (s segments) thinned(out []*ir.Value) []*ir.Value {
	for i := s.a.Carries; i < len(out); i++ {
		if k := i - s.a.Carries; !s.inSegments(k) {
			x := out[i]
			stride := slices.Repeat([]int{1}, x.Type.Rank())
			stride[0] = s.a.Step(k)
			out[i] = op.Slice(s.b, x, make([]int, len(stride)), x.Type.Shape, stride)
		}
	}
	return out
}

// segment returns a graph of one segment of n steps: (number of the first step, consts, carries, rows of xs) -> (carries, rows of ys).
func (s segments) segment(n int) *ir.Graph {
	b := ir.NewBuilder(s.body.Name)
	first := b.Param(indexType)
	params := s.body.Params[1:]
	types := ir.TypesOf(params)
	for i := s.a.Consts + s.a.Carries; i < len(types); i++ {
		types[i] = laneType(types[i], n)
	}
	operands := b.Params(types)
	attrs := s.a
	attrs.Trip, attrs.Every = n, s.every()
	attrs.Consts++
	return b.Build(op.Loop(b, attrs, s.shifted(), append([]*ir.Value{first}, operands...)...)...)
}

// shifted is the body with one more const, the number of the first step, which it adds to the index.
func (s segments) shifted() *ir.Graph {
	b := ir.NewBuilder(s.body.Name)
	index, first := b.Param(indexType), b.Param(indexType)
	rest := b.Params(ir.TypesOf(s.body.Params[1:]))
	return b.Build(s.body.Inline(b, append([]*ir.Value{op.Add(b, first, index)}, rest...)...)...)
}

// call runs a segment as a checkpoint.
func (s segments) call(b *ir.Builder, n int, args ...*ir.Value) []*ir.Value {
	return op.Call(b, op.CallAttrs{Name: s.body.Name, Kind: op.CallCheckpoint}, []*ir.Graph{s.segment(n)}, args...)
}

// short runs the steps from first on, n of them, as one segment.
func (s segments) short(first, n int, carries []*ir.Value) []*ir.Value {
	args := []*ir.Value{op.ScalarInt(s.b, dtype.Int32, int64(first))}
	args = append(append(args, s.operands.consts...), carries...)
	for _, x := range s.operands.xs {
		args = append(args, rowsOf(s.b, x, first, first+n))
	}
	return s.call(s.b, n, args...)
}

// rowsOf takes rows from one number up to another.
func rowsOf(b *ir.Builder, x *ir.Value, from, to int) *ir.Value {
	start, limit := make([]int, x.Type.Rank()), slices.Clone(x.Type.Shape)
	start[0], limit[0] = from, to
	return op.Slice(b, x, start, limit, nil)
}

// nested runs all full segments: a loop whose steps are segments.
func (s segments) nested(full int, carries []*ir.Value) []*ir.Value {
	b := ir.NewBuilder(s.body.Name)
	index := b.Param(indexType)
	segment := s.segment(s.steps)
	args := append([]*ir.Value{op.Mul(b, index, op.ScalarInt(b, dtype.Int32, int64(s.steps)))}, b.Params(ir.TypesOf(segment.Params[1:]))...)
	body := b.Build(s.call(b, s.steps, args...)...)

	operands := slices.Concat(s.operands.consts, carries)
	for _, x := range s.operands.xs {
		split := append([]int{full, s.steps}, x.Type.Shape[1:]...)
		operands = append(operands, op.Reshape(s.b, rowsOf(s.b, x, 0, full*s.steps), split))
	}
	attrs := s.a
	attrs.Trip, attrs.Every = full, nil
	out := slices.Clone(op.Loop(s.b, attrs, body, operands...))
	for i := s.a.Carries; i < len(out); i++ {
		shape := out[i].Type.Shape
		out[i] = op.Reshape(s.b, out[i], append([]int{shape[0] * shape[1]}, shape[2:]...))
	}
	return out
}
