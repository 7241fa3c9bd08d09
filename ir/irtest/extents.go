package irtest

import (
	"reflect"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Shrinking extents: an extent is replaced wherever it stands, in parameters, constants and attributes, and the types follow by the
// rows' rules. Where that does not fit, the candidate is dropped.

// shrinkExtents tries smaller values for each extent above 1.
func (s *shrinker) shrinkExtents() (changed bool) {
	for _, from := range extents(s.best.Graph) {
		for _, to := range []int{1, 0, 2, from / 2, from - 1} {
			if to < from && s.try(withExtent(s.best, from, to)) {
				changed = true
				break
			}
		}
	}
	return changed
}

// extents lists the extents and trip counts above 1, the largest first.
func extents(g *ir.Graph) []int {
	var all []int
	add := func(vs []*ir.Value) {
		for _, v := range vs {
			all = append(all, v.Type.Shape...)
		}
	}
	add(g.Params)
	g.Walk(func(n *ir.Node) {
		add(n.Results)
		if a, ok := n.Attrs.(op.LoopAttrs); ok {
			all = append(all, a.Trip)
		}
	})
	slices.Sort(all)
	all = slices.Compact(all)
	slices.Reverse(all)
	return slices.DeleteFunc(all, func(n int) bool { return n <= 1 })
}

// withExtent returns the case with one extent replaced, or nil where types do not fit any more.
func withExtent(c *Case, from, to int) *Case {
	r := resizer{from, to}
	g := r.graph(c.Graph)
	if g == nil || !slices.EqualFunc(g.OutTypes(), c.Graph.OutTypes(), func(t, u ir.Type) bool { return t.Rank() == u.Rank() }) {
		return nil
	}
	out := &Case{Graph: g}
	for i, t := range c.Inputs {
		out.Inputs = append(out.Inputs, resized(t, g.Params[i].Type.Shape))
	}
	return out
}

type resizer struct{ from, to int }

// graph builds g anew through the type rules, or returns nil.
func (r resizer) graph(g *ir.Graph) *ir.Graph {
	b := ir.NewBuilder(g.Name)
	env := map[*ir.Value]*ir.Value{}
	for _, p := range g.Params {
		env[p] = b.Param(p.Type.WithShape(r.list(p.Type.Shape)...))
	}
	for _, n := range g.Nodes {
		regions := make([]*ir.Graph, len(n.Regions))
		for i, region := range n.Regions {
			if regions[i] = r.graph(region); regions[i] == nil {
				return nil
			}
		}
		attrs, in := r.attrs(n.Attrs), ir.Lookup(env, n.Inputs)
		if types, err := ir.CheckNode(n.Row(), ir.TypesOf(in), attrs, regions); err != nil || len(types) != len(n.Results) {
			return nil
		}
		for i, v := range b.Emit(n.Op, attrs, regions, in...) {
			env[n.Results[i]] = v
		}
	}
	return b.Build(ir.Lookup(env, g.Outputs)...)
}

func (r resizer) int(n int) int {
	if n == r.from {
		return r.to
	}
	return n
}

func (r resizer) list(ns []int) []int {
	out := make([]int, len(ns))
	for i, n := range ns {
		out[i] = r.int(n)
	}
	return out
}

// extentFields are the names of attributes that hold extents; others (axes, strides, paddings) stay.
var extentFields = []string{"Shape", "Limit", "Sizes", "SliceSizes", "Trip", "Post"}

// attrs replaces the extent in lists and numbers of the fields that hold extents, and in constants.
func (r resizer) attrs(attrs ir.Attrs) ir.Attrs {
	if attrs == nil {
		return nil
	}
	v := reflect.New(reflect.TypeOf(attrs)).Elem()
	v.Set(reflect.ValueOf(attrs))
	for i := range v.NumField() {
		field := v.Field(i)
		switch value := field.Interface().(type) {
		case *tensor.Tensor:
			if value != nil {
				field.Set(reflect.ValueOf(resized(value, r.list(value.Shape()))))
			}
		case []int:
			if slices.Contains(extentFields, v.Type().Field(i).Name) {
				field.Set(reflect.ValueOf(r.list(value)))
			}
		case int:
			if slices.Contains(extentFields, v.Type().Field(i).Name) {
				field.SetInt(int64(r.int(value)))
			}
		}
	}
	return v.Interface()
}

// resized returns the leading part of t along each dimension; shape is nowhere larger.
func resized(t *tensor.Tensor, shape []int) *tensor.Tensor {
	out := tensor.Must(tensor.New(t.DType(), shape...))
	strides, size := tensor.Strides(t.Shape()), t.DType().Size()
	for to, index := range tensor.Indices(shape) {
		from := tensor.Offset(index, strides)
		copy(out.Bytes()[to*size:(to+1)*size], t.Bytes()[from*size:])
	}
	return out
}
