package stablehlo

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/rewrite"
)

// Legalize rewrites g so that each primitive has a StableHLO form: loops become whiles, sparse and procedural products, random bits, arg
// folds, cumulative folds, factorisations of matrices and others become plain operations, and sums of 16-bit floats are widened as their definition says. It
// is a transform of graphs, so that the interpreter can check it. The error is an *ir.Error for print and check, and for what cannot be
// expressed.
func Legalize(g *ir.Graph) (*ir.Graph, error) { return legalize(g, false) }

func legalize(g *ir.Graph, dropEffects bool) (legal *ir.Graph, err error) {
	defer ir.Catch(&err)
	l := &legalizer{dropEffects: dropEffects, regions: map[*ir.Graph]*ir.Graph{}, ciphers: map[uint64]*ir.Graph{}, final: map[*ir.Node]bool{}}
	return rewrite.DCE(l.graph(g, false)), nil
}

type legalizer struct {
	dropEffects bool
	regions     map[*ir.Graph]*ir.Graph // done ones: a graph that stands at several places stays one graph
	final       map[*ir.Node]bool       // what a rule made of its own primitive
	ciphers     map[uint64]*ir.Graph    // bodies of threefry by hash
}

// rule rewrites a node; nil leaves it as it is. exact is true inside of decompositions that must repeat a definition bit for bit.
type rule func(b *ir.Builder, n *ir.Node, in []*ir.Value) []*ir.Value

// rules holds what is rewritten before it is written. Rules may make nodes that have rules.
var rules map[ir.OpID]rule

// noForm says why a primitive cannot be written.
var noForm = map[ir.OpID]string{
	op.PrintID: "StableHLO has no output; leave it out with DropEffects",
	op.CheckID: "StableHLO cannot stop a run; leave it out with DropEffects",
}

// Writable returns "" if a primitive can be written, else the reason why not.
func Writable(id ir.OpID) string {
	row := id.Row()
	switch {
	case noForm[id] != "":
		return noForm[id]
	case rules[id] == nil && emitters[id] == nil && (row.HLO == "" || row.Class != ir.ClassElementwise) && row.Expand == nil && row.Class != ir.ClassSparse:
		return "it has no StableHLO form"
	}
	return ""
}

func (l *legalizer) graph(g *ir.Graph, exact bool) *ir.Graph {
	if !exact {
		if done := l.regions[g]; done != nil {
			return done
		}
	}
	b := ir.NewBuilder(g.Name)
	env := make(map[*ir.Value]*ir.Value, len(g.Nodes)+len(g.Params))
	for i, p := range b.Params(g.InTypes()) {
		env[g.Params[i]] = p
	}
	for _, n := range g.Nodes {
		b.Locate = func() ir.Position { return n.Pos }
		for i, v := range l.node(b, n, ir.Lookup(env, n.Inputs), exact) {
			env[n.Results[i]] = v
		}
	}
	out := b.Build(ir.Lookup(env, g.Outputs)...)
	if !exact {
		l.regions[g] = out
	}
	return out
}

func (l *legalizer) node(b *ir.Builder, n *ir.Node, in []*ir.Value, exact bool) []*ir.Value {
	row := n.Row()
	if row.Effect && l.dropEffects {
		return nil
	}
	if why := Writable(n.Op); why != "" {
		panic(&ir.Error{Op: "stablehlo", Arg: row.Name, Got: "a primitive that cannot be written", Want: "none (" + why + ")", Pos: n.Pos})
	}
	switch {
	case n.Op == op.FMAID && exact:
		return multiplyAdd(b, in, true)
	case n.Op == op.Threefry2x32ID:
		return l.threefry(b, in)
	case row.Class == ir.ClassSparse && rules[n.Op] == nil:
		return l.replaced(b, n, in, op.Decompose, true)
	case rules[n.Op] != nil && !l.final[n]:
		if out := l.replaced(b, n, in, rules[n.Op], exact); out != nil {
			return out
		}
	case emitters[n.Op] == nil && row.HLO == "":
		if out := l.replaced(b, n, in, rule(row.Expand), exact); out != nil {
			return out
		}
		panic(&ir.Error{Op: "stablehlo", Arg: row.Name, Got: in[0].Type.String(), Want: "an element type for which it has an expansion", Pos: n.Pos})
	}
	if len(n.Regions) == 0 {
		return b.Copy(n, in).Results
	}
	if n.Op == op.CallID {
		return op.Call(b, op.CallAttrs{Name: n.Attrs.(op.CallAttrs).Name}, []*ir.Graph{l.graph(n.Regions[0], exact)}, in...)
	}
	regions := make([]*ir.Graph, len(n.Regions))
	for i, r := range n.Regions {
		regions[i] = l.graph(r, exact)
	}
	return b.Emit(n.Op, n.Attrs, regions, in...)
}

// replaced applies a rule, legalizes what it made and puts it into b.
func (l *legalizer) replaced(b *ir.Builder, n *ir.Node, in []*ir.Value, r rule, exact bool) []*ir.Value {
	sub := ir.NewBuilder(n.Row().Name)
	out := r(sub, n, sub.Params(ir.TypesOf(in)))
	if out == nil {
		return nil
	}
	g := sub.Build(out...)
	for _, m := range g.Nodes {
		if m.Op == n.Op && slices.EqualFunc(ir.TypesOf(m.Inputs), ir.TypesOf(in), ir.Type.Equal) {
			l.final[m] = true
		}
	}
	return l.graph(g, exact).Inline(b, in...)
}

// multiplyAdd writes x*y + z. StableHLO has no fused operation. XLA fuses a product and a sum where it likes; where bits matter, f32 is
// computed in f64, which is right but for ties of double rounding (about one case in 2^29).
func multiplyAdd(b *ir.Builder, in []*ir.Value, exact bool) []*ir.Value {
	narrow, dt := in[0].Type.DType, in[0].Type.DType
	if dt.Size() == 2 {
		dt = dtype.Float32
	}
	if exact && dt == dtype.Float32 {
		dt = dtype.Float64
	}
	sum := op.Add(b, op.Mul(b, converted(b, in[0], dt), converted(b, in[1], dt)), converted(b, in[2], dt))
	if dt == dtype.Float64 && narrow.Size() == 2 {
		sum = op.Convert(b, sum, dtype.Float32)
	}
	return []*ir.Value{converted(b, sum, narrow)}
}

func converted(b *ir.Builder, x *ir.Value, dt dtype.DType) *ir.Value {
	if x.Type.DType == dt {
		return x
	}
	return op.Convert(b, x, dt)
}

// threefry calls a function with the rounds of the cipher, one for each shape.
func (l *legalizer) threefry(b *ir.Builder, in []*ir.Value) []*ir.Value {
	key := ir.NewBuilder("threefry2x32")
	body := key.Build(op.Threefry2x32ID.Row().Expand(key, nil, key.Params(ir.TypesOf(in)))...)
	h := ir.Hash(body)
	if l.ciphers[h] == nil {
		l.ciphers[h] = body
	}
	return op.Call(b, op.CallAttrs{Name: "threefry2x32"}, []*ir.Graph{l.ciphers[h]}, in...)
}
