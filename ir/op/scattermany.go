package op

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func init() {
	ir.Register(ir.Row{ID: ScatterManyID, Name: "scatter_many", Class: ir.ClassIndex, Arity: -1, Attrs: ScatterAttrs{}, Regions: 1, Accepts: dtype.Any,
		HLO: "stablehlo.scatter", Types: scatterManyTypes, Eval: scatterManyEval, Domain: ir.Domain{Make: scatterManySample}})
}

// ScatterMany is Scatter for several arrays of one shape with one array of indices: region (accumulated..., new...) -> accumulated... joins
// an element of each with the element of each of updates that meets it. attrs.Combine is CombineRegion.
func ScatterMany(b *ir.Builder, xs []*ir.Value, indices *ir.Value, updates []*ir.Value, attrs ScatterAttrs, region *ir.Graph) []*ir.Value {
	attrs.Combine = CombineRegion
	return b.Emit(ScatterManyID, attrs, []*ir.Graph{region}, slices.Concat(xs, []*ir.Value{indices}, updates)...)
}

// scatterManyOperands splits operands, types or tensors: k arrays, the indices, k updates.
func scatterManyOperands[T any](all []T) (xs []T, indices T, updates []T) {
	k := len(all) / 2
	return all[:k], all[k], all[k+1:]
}

func scatterManyTypes(in []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, error) {
	if len(in) < 3 || len(in)%2 == 0 {
		return nil, ir.Mismatch("operands", fmt.Sprint(len(in)), "arrays, the indices, and updates for each array")
	}
	a := attrs.(ScatterAttrs)
	if a.Combine != CombineRegion {
		return nil, ir.Mismatch("combine", fmt.Sprintf("%q", a.Combine), fmt.Sprintf("%q", CombineRegion))
	}
	xs, indices, updates := scatterManyOperands(in)
	w := a.windows(xs[0], updates[0])
	if err := w.check(scatterNames, xs[0], indices); err != nil {
		return nil, err
	}
	moved := w.movedShape(indices.Shape)
	for i, x := range xs {
		if !slices.Equal(x.Shape, xs[0].Shape) {
			return nil, ir.Mismatch(operand(i), x.String(), "the shape of operand 0, "+xs[0].String())
		}
		if want := x.WithShape(moved...); !updates[i].Equal(want) {
			return nil, ir.Mismatch("updates "+itoa(i), updates[i].String(), want.String())
		}
	}
	ones := scalarTypes(xs)
	return slices.Clone(xs), checkSignature("region", regions[0], concatTypes(ones, ones), ones)
}

func scatterManyEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	xs, indices, updates := scatterManyOperands(in)
	out := map1(xs, (*tensor.Tensor).Clone)
	if out[0].Size() == 0 {
		return out, nil
	}
	shape := out[0].Shape()
	w := n.Attrs.(ScatterAttrs).windows(typeOf(xs[0]), typeOf(updates[0]))
	err := w.each(shape, updates[0].Shape(), w.starts(shape, indices, false), func(moved, at int) error {
		if at < 0 {
			return nil
		}
		accs := map1(out, func(x *tensor.Tensor) *tensor.Tensor { return element(x, at) })
		joined, err := foldStep(ev, n.Regions[0], accs, updates, moved)
		if err == nil {
			storeElements(out, at, joined)
		}
		return err
	})
	return out, err
}

// scatterManySample adds to one array and mixes the other.
func scatterManySample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	s := scatterSample(r, dt, size)
	a := s.Attrs.(ScatterAttrs)
	a.Combine = CombineRegion
	x, indices, updates := s.Inputs[0], s.Inputs[1], s.Inputs[2]
	other := randomDType(r, dtype.Numeric)
	b := ir.NewBuilder("mix")
	p := b.Params([]ir.Type{ir.T(dt), ir.T(other), ir.T(dt), ir.T(other)})
	region := b.Build(Add(b, p[0], p[2]), Add(b, p[1], Mul(b, p[3], p[3])))
	return ir.Sample{Attrs: a, Regions: []*ir.Graph{region}, Inputs: []*tensor.Tensor{
		x, sampleTensor(r, other, x.Shape()...), indices, updates, sampleTensor(r, other, updates.Shape()...)}}
}
