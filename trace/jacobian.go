package trace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/autodiff"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// A Jacobian of a function from an array x to an array y has the axes of y, then those of x. Both are of real floating-point type; where these
// differ, forward mode gives that of y, and reverse mode that of x. A function of trees has a Jacobian for each array of its result and each
// of its argument.

// JacobianFwd returns the Jacobian of f by forward mode: the work of one tangent for each element of x. It suits functions with more
// results than arguments, and While loops.
func JacobianFwd(f func(*Scope, Array) Array) func(*Scope, Array) Array {
	return onlyBlock(jacobians("jacobian fwd", f, forwardColumns))
}

// JacobianRev returns the Jacobian of f by reverse mode: f runs once, then the way back for each element of y.
func JacobianRev(f func(*Scope, Array) Array) func(*Scope, Array) Array {
	return onlyBlock(jacobians("jacobian rev", f, reverseRows))
}

// Hessian returns the second derivatives of f, whose result is a real floating-point scalar: the axes of x, twice. It is forward mode over
// reverse mode.
func Hessian(f func(*Scope, Array) Array) func(*Scope, Array) Array {
	return JacobianFwd(Grad(f))
}

// Blocks is a Jacobian of trees: Arrays[k][i] has the derivatives of array k of the result with respect to array i of the argument. Rows and
// Columns name the arrays of result and argument by their paths, such as "Layers[2].W"; a tree that is an Array has the path "".
type Blocks struct {
	Rows, Columns []string
	Arrays        [][]Array
}

// At returns the block of one array of the result and one of the argument, by their paths.
func (b Blocks) At(row, column string) Array {
	return b.Arrays[pathIndex("row", b.Rows, row)][pathIndex("column", b.Columns, column)]
}

func pathIndex(what string, paths []string, path string) int {
	i := slices.Index(paths, path)
	if i < 0 {
		fail("blocks at", what, fmt.Sprintf("the path %q", path), fmt.Sprintf("one of %q", paths), "")
	}
	return i
}

// JacobianFwdBlocks is JacobianFwd for a function of trees.
func JacobianFwdBlocks[A, R any](f func(*Scope, A) R) func(*Scope, A) Blocks {
	return jacobians("jacobian fwd", f, forwardColumns)
}

// JacobianRevBlocks is JacobianRev for a function of trees.
func JacobianRevBlocks[A, R any](f func(*Scope, A) R) func(*Scope, A) Blocks {
	return jacobians("jacobian rev", f, reverseRows)
}

// HessianBlocks is Hessian for a function of a tree: rows and columns are both the arrays of the argument.
func HessianBlocks[A any](f func(*Scope, A) Array) func(*Scope, A) Blocks {
	return JacobianFwdBlocks(Grad(f))
}

func onlyBlock(f func(*Scope, Array) Blocks) func(*Scope, Array) Array {
	return func(s *Scope, x Array) Array { return f(s, x).Arrays[0][0] }
}

// jacobians traces f and records its Variables' new values and its Jacobians.
func jacobians[A, R any](name string, f func(*Scope, A) R, derive func(j *jacobian) [][]*ir.Value) func(*Scope, A) Blocks {
	return func(s *Scope, a A) Blocks {
		a = reals(name, a)
		c, r := closeFunc(name, s, f, &a)
		arg, result := treeOf(name, "argument", &a), treeOf(name, "result", r)
		const want = "a real floating-point array"
		for i, x := range c.args {
			if t := x.d.typ; !t.DType.IsFloat() {
				fail(name, arg.path("argument", i), t.String(), want, "convert it with AsType, or capture it; for complex numbers use JVP or VJP")
			}
		}
		for k, y := range c.graph.Outputs[:c.results] {
			if !y.Type.DType.IsFloat() {
				fail(name, result.path("result", k), y.Type.String(), want, "compute it in floating point; for complex numbers use JVP or VJP")
			}
		}
		all := c.apply(func(b *ir.Builder, in []*ir.Value) []*ir.Value {
			g := c.differentiable()
			j := &jacobian{b: b, g: autodiff.WithoutEffects(g), in: in, args: len(c.args), results: c.results}
			return append(g.Inline(b, in...), slices.Concat(derive(j)...)...)
		})
		c.deliver(all[:c.outputs()])
		blocks := Blocks{Rows: result.names(), Columns: arg.names()}
		for rest := all[c.outputs():]; len(blocks.Arrays) < c.results; rest = rest[len(c.args):] {
			blocks.Arrays = append(blocks.Arrays, rest[:len(c.args):len(c.args)])
		}
		return blocks
	}
}

// names returns the paths of the arrays of a tree, as Blocks has them.
func (t tree) names() []string {
	var out []string
	t.plan.paths(t.p, "", func(path string) { out = append(out, strings.TrimPrefix(path, ".")) })
	return out
}

// jacobian is a call of a function whose Jacobians are recorded. What several of them compute alike is computed once, by the compiler.
type jacobian struct {
	b             *ir.Builder
	g             *ir.Graph // without effects: the first args parameters are the argument, the first results outputs the result
	in            []*ir.Value
	args, results int
}

// only marks one of n.
func only(i, n int) []bool {
	out := make([]bool, n)
	out[i] = true
	return out
}

// forwardColumns has for each array of the argument the unit vectors as tangents, in lanes.
func forwardColumns(j *jacobian) [][]*ir.Value {
	blocks := make([][]*ir.Value, j.results)
	for i, x := range j.in[:j.args] {
		l := autodiff.Linearize(j.g, only(i, len(j.g.Params)))
		residuals := l.Known.Inline(j.b, j.in...)[len(j.g.Outputs):]
		columns := inLanes(j.b, l.Tangent, residuals, []*ir.Value{basis(j.b, x.Type)})
		for k, y := range j.g.Outputs[:j.results] {
			t := jacobianType(y.Type, x.Type)
			if !l.Active[k] {
				blocks[k] = append(blocks[k], op.Full(j.b, t, 0))
				continue
			}
			blocks[k] = append(blocks[k], op.Reshape(j.b, op.MoveAxis(j.b, columns[0], 0, y.Type.Rank()), t.Shape))
			columns = columns[1:]
		}
	}
	return blocks
}

// reverseRows has for each array of the result the unit vectors as cotangents, in lanes.
func reverseRows(j *jacobian) [][]*ir.Value {
	blocks := make([][]*ir.Value, j.results)
	active := make([]bool, len(j.g.Params))
	for i := range j.args {
		active[i] = true
	}
	for k, y := range j.g.Outputs[:j.results] {
		g := &ir.Graph{Name: j.g.Name, Params: j.g.Params, Nodes: j.g.Nodes, Outputs: []*ir.Value{y}}
		forward, backward, _, outActive := autodiff.VJP(g, active)
		residuals := forward.Inline(j.b, j.in...)[1:]
		rows := make([]*ir.Value, j.args)
		if outActive[0] {
			rows = inLanes(j.b, backward, residuals, []*ir.Value{basis(j.b, y.Type)})
		}
		for i, x := range j.in[:j.args] {
			t := jacobianType(y.Type, x.Type).WithDType(x.Type.DType)
			if !outActive[0] {
				rows[i] = op.Full(j.b, t, 0)
			}
			blocks[k] = append(blocks[k], op.Reshape(j.b, rows[i], t.Shape))
		}
	}
	return blocks
}

func jacobianType(y, x ir.Type) ir.Type { return y.WithShape(slices.Concat(y.Shape, x.Shape)...) }

// rows is the type of n values of type t.
func rows(t ir.Type, n int) ir.Type { return t.WithShape(append([]int{n}, t.Shape...)...) }

// inLanes applies a linear graph to values that have lanes in front, behind residuals that have none.
func inLanes(b *ir.Builder, linear *ir.Graph, residuals, tangents []*ir.Value) []*ir.Value {
	batched := make([]bool, len(residuals)+len(tangents))
	for i := range tangents {
		batched[len(residuals)+i] = true
	}
	h, _ := autodiff.Batch(linear, batched, tangents[0].Type.Shape[0], slices.Repeat([]bool{true}, len(linear.Outputs)))
	return h.Inline(b, slices.Concat(residuals, tangents)...)
}

// basis returns the unit vectors of type t, as the rows of one array.
func basis(b *ir.Builder, t ir.Type) *ir.Value {
	n := t.Size()
	i, j := op.Iota(b, dtype.Int32, []int{n, n}, 0), op.Iota(b, dtype.Int32, []int{n, n}, 1)
	return op.Reshape(b, op.Convert(b, op.Eq(b, i, j), t.DType), rows(t, n).Shape)
}
