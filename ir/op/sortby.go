package op

import (
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// SortByAttrs say along which dimension lines are sorted. Sorting is stable always.
type SortByAttrs struct{ Dim int }

func init() {
	ir.Register(ir.Row{
		ID: SortByID, Name: "sort_by", Arity: -1, Attrs: SortByAttrs{}, Regions: 1, HLO: "stablehlo.sort",
		Accepts: dtype.Any, Types: sortByTypes, Eval: sortByEval, Domain: ir.Domain{Make: sortBySample},
	})
}

// SortBy orders all operands, of one shape, together along dim such that before (x0, y0, x1, y1, ...) -> Bool never holds of a later
// and an earlier line element: xk and yk are the elements of operand k. Equal elements keep their order. Where the region compares keys that
// are functions of one element, numbers in total order, integers or Bool, one key or several, it becomes Sort.
func SortBy(b *ir.Builder, dim int, before *ir.Graph, operands ...*ir.Value) []*ir.Value {
	if out := sortByKeys(b, dim, before, operands); out != nil {
		return out
	}
	return b.Emit(SortByID, SortByAttrs{Dim: dim}, []*ir.Graph{before}, operands...)
}

func sortByTypes(in []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
	if len(in) == 0 {
		return nil, ir.Mismatch("operands", "none", "at least one array")
	}
	if err := wantAxis("dim", attrs.(SortByAttrs).Dim, in[0].Rank()); err != nil {
		return nil, err
	}
	var params []ir.Type
	for i, t := range in {
		if !slices.Equal(t.Shape, in[0].Shape) {
			return nil, ir.Mismatch(operand(i), t.String(), "the shape of operand 0, "+in[0].String())
		}
		params = append(params, ir.T(t.DType), ir.T(t.DType))
	}
	return slices.Clone(in), checkSignature("region", regions[0], params, []ir.Type{ir.T(dtype.Bool)})
}

func sortByEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	out := emptyResults(n)
	before := func(i, j int) (bool, error) {
		args := make([]*tensor.Tensor, 0, 2*len(in))
		for _, x := range in {
			args = append(args, element(x, i), element(x, j))
		}
		result, err := ev.Run(n.Regions[0], args)
		return err == nil && tensor.Flat[bool](result[0])[0], err
	}
	w := walkOver(in[0].Shape(), []int{n.Attrs.(SortByAttrs).Dim})
	for _, first := range w.firsts {
		from, err := mergeSort(map1(w.line, func(offset int) int { return first + offset }), before)
		if err != nil {
			return nil, err
		}
		for k, offset := range w.line {
			for i, x := range in {
				copyElement(out[i], first+offset, x, from[k])
			}
		}
	}
	return out, nil
}

// mergeSort is a stable sort that asks before only whether a later element goes in front of an earlier one.
func mergeSort(list []int, before func(i, j int) (bool, error)) ([]int, error) {
	if len(list) < 2 {
		return list, nil
	}
	half := len(list) / 2
	left, err := mergeSort(list[:half], before)
	if err != nil {
		return nil, err
	}
	right, err := mergeSort(list[half:], before)
	if err != nil {
		return nil, err
	}
	out := make([]int, 0, len(list))
	for len(left) > 0 && len(right) > 0 {
		first, err := before(right[0], left[0])
		if err != nil {
			return nil, err
		}
		if first {
			out, right = append(out, right[0]), right[1:]
		} else {
			out, left = append(out, left[0]), left[1:]
		}
	}
	return slices.Concat(out, left, right), nil
}

// sortKey is one comparison of a region: key of the one element against the same key of the other.
type sortKey struct {
	value      *ir.Value // of the first element
	descending bool
}

// sortByKeys sorts by keys if the region is recognised as comparing some, else it returns nil.
func sortByKeys(b *ir.Builder, dim int, before *ir.Graph, operands []*ir.Value) []*ir.Value {
	if len(before.Params) != 2*len(operands) || len(before.Outputs) != 1 || len(operands) == 0 || !vectorizes(before) {
		return nil
	}
	keys := keysOf(before.Outputs[0])
	if keys == nil {
		return nil
	}
	shape := operands[0].Type.Shape
	var args []*ir.Value
	for i, x := range operands {
		if !slices.Equal(x.Type.Shape, shape) || x.Type.DType != before.Params[2*i].Type.DType {
			return nil
		}
		args = append(args, x, x) // keys read the first of each pair only
	}
	computed := &ir.Graph{Params: before.Params, Nodes: before.Nodes}
	var descending []bool
	for _, k := range keys {
		computed.Outputs = append(computed.Outputs, k.value)
		descending = append(descending, k.descending)
	}
	sorted := Sort(b, dim, len(keys), descending, true, slices.Concat(vectorized(b, computed, shape, args), operands)...)
	return sorted[len(keys):]
}

// keysOf recognises before(x, y) = x0 < y0, or x0 < y0 || x0 == y0 && (the same of further keys), the latter also written as a Select.
func keysOf(v *ir.Value) []sortKey {
	if v.Node == nil {
		return nil
	}
	if v.Node.Op == CompareID {
		return oneKey(v.Node)
	}
	if in := v.Node.Inputs; v.Node.Op == SelectID && isEqual(in[0]) && in[2].Node != nil && in[2].Node.Op == CompareID && samePair(in[2].Node, in[0].Node) {
		key, rest := oneKey(in[2].Node), keysOf(in[1])
		if key == nil || rest == nil {
			return nil
		}
		return append(key, rest...)
	}
	if v.Node.Op != OrID {
		return nil
	}
	for i, first := range v.Node.Inputs {
		both := v.Node.Inputs[1-i].Node
		if first.Node == nil || first.Node.Op != CompareID || both == nil || both.Op != AndID {
			continue
		}
		key := oneKey(first.Node)
		for j, eq := range both.Inputs {
			if key == nil || !isEqual(eq) || !samePair(first.Node, eq.Node) {
				continue
			}
			if rest := keysOf(both.Inputs[1-j]); rest != nil {
				return append(key, rest...)
			}
		}
	}
	return nil
}

// oneKey recognises a comparison of a key of x with the same key of y, in an order that Sort has.
func oneKey(n *ir.Node) []sortKey {
	a := n.Attrs.(CompareAttrs)
	x, y := n.Inputs[0], n.Inputs[1]
	if x.Type.DType.IsComplex() || x.Type.DType.IsFloat() && !a.Total || a.Dir != DirLt && a.Dir != DirGt {
		return nil
	}
	descending := a.Dir == DirGt
	if !mirrored(x, y) {
		if x, y = y, x; !mirrored(x, y) {
			return nil
		}
		descending = !descending
	}
	return []sortKey{{x, descending}}
}

// isEqual reports whether v says that two values are equal.
func isEqual(v *ir.Value) bool {
	return v.Node != nil && v.Node.Op == CompareID && v.Node.Attrs.(CompareAttrs).Dir == DirEq
}

// samePair reports whether two comparisons have the same operands, in either order.
func samePair(m, n *ir.Node) bool {
	return slices.Equal(m.Inputs, n.Inputs) || m.Inputs[0] == n.Inputs[1] && m.Inputs[1] == n.Inputs[0]
}

// mirrored reports whether y is the same function of the second elements (odd parameters) as x of the first ones (even parameters).
func mirrored(x, y *ir.Value) bool {
	same := map[*ir.Value]*ir.Value{} // what has been found to be the mirror image of what
	var walk func(x, y *ir.Value) bool
	walk = func(x, y *ir.Value) bool {
		if known, ok := same[x]; ok {
			return known == y
		}
		if !x.Type.Equal(y.Type) || (x.Node == nil) != (y.Node == nil) || !mirroredNode(x, y, walk) {
			return false
		}
		same[x] = y
		return true
	}
	return walk(x, y)
}

// mirroredNode compares what computes x and y, and the inputs by walk.
func mirroredNode(x, y *ir.Value, walk func(x, y *ir.Value) bool) bool {
	if x.Node == nil {
		return x.Index%2 == 0 && y.Index == x.Index+1
	}
	m, n := x.Node, y.Node
	if m.Op == ConstID && n.Op == ConstID {
		return m.Attrs.(ir.ConstAttrs).Value.Equal(n.Attrs.(ir.ConstAttrs).Value)
	}
	if m.Op != n.Op || x.Index != y.Index || len(m.Regions) > 0 || !ir.EqualAttrs(m.Attrs, n.Attrs) || len(m.Inputs) != len(n.Inputs) {
		return false
	}
	for i := range m.Inputs {
		if !walk(m.Inputs[i], n.Inputs[i]) {
			return false
		}
	}
	return true
}

// sortBySample sorts by the square of the first operand, or by its distance to a payload, in either direction.
func sortBySample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	if !ordered.Has(dt) {
		dt = randomDType(r, ordered)
	}
	other := randomDType(r, ordered)
	shape := randomShapeOfRank(r, 1+r.IntN(3), size)
	b := ir.NewBuilder("before")
	p := b.Params([]ir.Type{ir.T(dt), ir.T(dt), ir.T(other), ir.T(other)})
	less := Lt
	if r.IntN(2) == 0 {
		less = Ge // not an order: what comes out is still defined
	}
	before := b.Build(Or(b, less(b, p[0], p[1]), And(b, Eq(b, p[0], p[1]), Lt(b, p[2], p[3]))))
	return ir.Sample{Attrs: SortByAttrs{Dim: r.IntN(len(shape))}, Regions: []*ir.Graph{before},
		Inputs: []*tensor.Tensor{sampleTensor(r, dt, shape...), sampleTensor(r, other, shape...)}}
}
