package op

import (
	"fmt"
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/require"
)

// block is the number of elements that an expansion is run on at a time.
const block = 1024

// machine runs the graph of an expansion on blocks, fast enough for all 2^32 arguments: straight loops over slices, in the element
// type itself. The interpreter, which is slower, must agree with it (TestMachineAgreesWithInterpreter).
type machine[F float32 | float64, I int32 | int64] struct {
	in    [][]F
	out   []F
	steps []func()
	nodes int // without constants, broadcasts and bitcasts
}

// newMachine expands a primitive and prepares the graph.
func newMachine[F float32 | float64, I int32 | int64](t *testing.T, id ir.OpID, rule ir.ExpandRule) *machine[F, I] {
	t.Helper()
	dt := dtype.Float32
	if _, double := any(F(0)).(float64); double {
		dt = dtype.Float64
	}
	b := ir.NewBuilder("expansion")
	var params []*ir.Value
	for range id.Row().Arity {
		params = append(params, b.Param(ir.T(dt, block)))
	}
	out := rule(b, &ir.Node{Op: id, Inputs: params}, params)
	require.Len(t, out, 1)
	require.Equal(t, ir.T(dt, block), out[0].Type)
	g := b.Build(out...)

	m := &machine[F, I]{}
	regs := registers[F, I]{f: map[*ir.Value][]F{}, i: map[*ir.Value][]I{}, b: map[*ir.Value][]bool{}}
	for _, p := range g.Params {
		regs.f[p] = make([]F, block)
		m.in = append(m.in, regs.f[p])
	}
	used := reachable(g)
	for _, n := range g.Nodes {
		if !used[n] {
			continue
		}
		if n.Op != ConstID && n.Op != BroadcastID && n.Op != BitcastID {
			m.nodes++
		}
		if step := regs.step(n); step != nil {
			m.steps = append(m.steps, step)
		}
	}
	m.out = regs.f[g.Outputs[0]]
	return m
}

func reachable(g *ir.Graph) map[*ir.Node]bool {
	used := map[*ir.Node]bool{g.Outputs[0].Node: true}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if used[g.Nodes[i]] {
			for _, in := range g.Nodes[i].Inputs {
				if in.Node != nil {
					used[in.Node] = true
				}
			}
		}
	}
	return used
}

// run computes the block that stands in m.in.
func (m *machine[F, I]) run() []F {
	for _, s := range m.steps {
		s()
	}
	return m.out
}

// registers holds the value of each node for the block.
type registers[F float32 | float64, I int32 | int64] struct {
	f map[*ir.Value][]F
	i map[*ir.Value][]I
	b map[*ir.Value][]bool
}

func each2[A, B, R any](x []A, y []B, out []R, f func(A, B) R) func() {
	return func() {
		for k := range out {
			out[k] = f(x[k], y[k])
		}
	}
}

func (r *registers[F, I]) step(n *ir.Node) func() {
	v := n.Result()
	if n.Op == ConstID {
		return nil
	}
	if n.Op == BroadcastID {
		c := n.Inputs[0].Node.Attrs.(ir.ConstAttrs).Value
		if v.Type.DType.IsFloat() {
			r.f[v] = blockOf(tensor.Flat[F](c)[0])
		} else {
			r.i[v] = blockOf(tensor.Flat[I](c)[0])
		}
		return nil
	}
	switch {
	case n.Op == LookupID:
		return r.lookup(n)
	case n.Op == BitcastID:
		return r.bitcast(n)
	case n.Op == ConvertID:
		return r.convert(n)
	case n.Op == CompareID:
		return r.compare(n)
	case n.Op == SelectID:
		return r.selectStep(n)
	case v.Type.DType.IsBool():
		return r.logical(n)
	case v.Type.DType.IsFloat():
		return r.float(n)
	}
	return r.integer(n)
}

func blockOf[T any](x T) []T {
	out := make([]T, block)
	for k := range out {
		out[k] = x
	}
	return out
}

func (r *registers[F, I]) bitcast(n *ir.Node) func() {
	v := n.Result()
	if v.Type.DType.IsFloat() {
		x, out := r.i[n.Inputs[0]], make([]F, block)
		r.f[v] = out
		return func() {
			for k, n := range x {
				switch o := any(out).(type) {
				case []float32:
					o[k] = math.Float32frombits(uint32(n))
				case []float64:
					o[k] = math.Float64frombits(uint64(n))
				}
			}
		}
	}
	x, out := r.f[n.Inputs[0]], make([]I, block)
	r.i[v] = out
	return func() {
		switch x := any(x).(type) {
		case []float32:
			for k := range x {
				out[k] = I(int32(math.Float32bits(x[k])))
			}
		case []float64:
			for k := range x {
				out[k] = I(int64(math.Float64bits(x[k])))
			}
		}
	}
}

// convert covers integers to floats of the same width.
func (r *registers[F, I]) convert(n *ir.Node) func() {
	x, out := r.i[n.Inputs[0]], make([]F, block)
	r.f[n.Result()] = out
	return func() {
		for k := range x {
			out[k] = F(x[k])
		}
	}
}

func (r *registers[F, I]) lookup(n *ir.Node) func() {
	table, index, out := tensor.Flat[F](n.Attrs.(LookupAttrs).Table), r.i[n.Inputs[0]], make([]F, block)
	r.f[n.Result()] = out
	return func() {
		for k, i := range index {
			out[k] = table[i&15]
		}
	}
}

func (r *registers[F, I]) compare(n *ir.Node) func() {
	out := make([]bool, block)
	r.b[n.Result()] = out
	dir := n.Attrs.(CompareAttrs).Dir
	if n.Inputs[0].Type.DType.IsFloat() {
		return compareStep(dir, r.f[n.Inputs[0]], r.f[n.Inputs[1]], out)
	}
	return compareStep(dir, r.i[n.Inputs[0]], r.i[n.Inputs[1]], out)
}

func compareStep[T float32 | float64 | int32 | int64](dir Dir, x, y []T, out []bool) func() {
	switch dir {
	case DirEq:
		return each2(x, y, out, func(a, b T) bool { return a == b })
	case DirNe:
		return each2(x, y, out, func(a, b T) bool { return a != b })
	case DirLt:
		return each2(x, y, out, func(a, b T) bool { return a < b })
	case DirLe:
		return each2(x, y, out, func(a, b T) bool { return a <= b })
	case DirGt:
		return each2(x, y, out, func(a, b T) bool { return a > b })
	}
	return each2(x, y, out, func(a, b T) bool { return a >= b })
}

func (r *registers[F, I]) selectStep(n *ir.Node) func() {
	v, p, yes, no := n.Result(), r.b[n.Inputs[0]], n.Inputs[1], n.Inputs[2]
	switch dt := v.Type.DType; {
	case dt.IsBool():
		r.b[v] = make([]bool, block)
		return choose(p, r.b[yes], r.b[no], r.b[v])
	case dt.IsFloat():
		r.f[v] = make([]F, block)
		return choose(p, r.f[yes], r.f[no], r.f[v])
	}
	r.i[v] = make([]I, block)
	return choose(p, r.i[yes], r.i[no], r.i[v])
}

func choose[T any](p []bool, yes, no, out []T) func() {
	return func() {
		for k, c := range p {
			if c {
				out[k] = yes[k]
			} else {
				out[k] = no[k]
			}
		}
	}
}

func (r *registers[F, I]) logical(n *ir.Node) func() {
	out := make([]bool, block)
	r.b[n.Result()] = out
	x, y := r.b[n.Inputs[0]], r.b[n.Inputs[len(n.Inputs)-1]]
	switch n.Op {
	case AndID:
		return each2(x, y, out, func(a, b bool) bool { return a && b })
	case OrID:
		return each2(x, y, out, func(a, b bool) bool { return a || b })
	case XorID:
		return each2(x, y, out, func(a, b bool) bool { return a != b })
	case NotID:
		return each2(x, y, out, func(a, _ bool) bool { return !a })
	case RareID:
		return each2(x, y, out, func(a, _ bool) bool { return a })
	}
	panic(fmt.Sprint("no step for bool ", n.Op))
}

func (r *registers[F, I]) integer(n *ir.Node) func() {
	out := make([]I, block)
	r.i[n.Result()] = out
	x, y := r.i[n.Inputs[0]], r.i[n.Inputs[len(n.Inputs)-1]]
	switch n.Op {
	case AddID:
		return each2(x, y, out, func(a, b I) I { return a + b })
	case SubID:
		return each2(x, y, out, func(a, b I) I { return a - b })
	case MulID:
		return each2(x, y, out, func(a, b I) I { return a * b })
	case AndID:
		return each2(x, y, out, func(a, b I) I { return a & b })
	case OrID:
		return each2(x, y, out, func(a, b I) I { return a | b })
	case XorID:
		return each2(x, y, out, func(a, b I) I { return a ^ b })
	case NotID:
		return each2(x, y, out, func(a, _ I) I { return ^a })
	case ShlID:
		return each2(x, y, out, func(a, b I) I { return a << uint(b) })
	case ShrID:
		if _, wide := any(I(0)).(int64); wide {
			return each2(x, y, out, func(a, b I) I { return I(uint64(a) >> uint(b)) })
		}
		return each2(x, y, out, func(a, b I) I { return I(uint32(a) >> uint(b)) })
	case SarID:
		return each2(x, y, out, func(a, b I) I { return a >> uint(b) })
	}
	panic(fmt.Sprint("no step for integer ", n.Op))
}

func (r *registers[F, I]) float(n *ir.Node) func() {
	out := make([]F, block)
	r.f[n.Result()] = out
	x, y := r.f[n.Inputs[0]], r.f[n.Inputs[len(n.Inputs)-1]]
	switch n.Op {
	case AddID:
		return func() {
			for k := range out {
				out[k] = x[k] + y[k]
			}
		}
	case SubID:
		return func() {
			for k := range out {
				out[k] = x[k] - y[k]
			}
		}
	case MulID:
		return func() {
			for k := range out {
				out[k] = F(x[k] * y[k])
			}
		}
	case DivID:
		return each2(x, y, out, func(a, b F) F { return a / b })
	case FMAID:
		return fmaStep(x, r.f[n.Inputs[1]], y, out)
	case NegID:
		return each2(x, y, out, func(a, _ F) F { return -a })
	}
	if f := wideFloat(n.Op); f != nil { // one operation in f64, rounded: harmless, see numbers.go
		return each2(x, y, out, func(a, b F) F { return F(f(float64(a), float64(b))) })
	}
	panic(fmt.Sprint("no step for float ", n.Op))
}

func wideFloat(id ir.OpID) func(a, b float64) float64 {
	one := func(f func(float64) float64) func(a, b float64) float64 {
		return func(a, _ float64) float64 { return f(a) }
	}
	switch id {
	case AbsID:
		return one(math.Abs)
	case SqrtID:
		return one(math.Sqrt)
	case RoundEvenID:
		return one(math.RoundToEven)
	case FloorID:
		return one(math.Floor)
	case TruncID:
		return one(math.Trunc)
	case LogbID:
		return one(math.Logb)
	case SignificandID:
		return one(significand)
	case ScalbID:
		return scalb
	}
	return nil
}

func fmaStep[F float32 | float64](x, y, z, out []F) func() {
	switch o := any(out).(type) {
	case []float32:
		x, y, z := any(x).([]float32), any(y).([]float32), any(z).([]float32)
		return func() {
			for k := range o {
				o[k] = dtype.FMA32(x[k], y[k], z[k])
			}
		}
	case []float64:
		x, y, z := any(x).([]float64), any(y).([]float64), any(z).([]float64)
		return func() {
			for k := range o {
				o[k] = math.FMA(x[k], y[k], z[k])
			}
		}
	}
	panic("BUG: unknown float")
}
