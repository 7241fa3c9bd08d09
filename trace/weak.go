package trace

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// A Go int has no dtype of its own: x.Mul(2) has x's. An array of one, num.Of(2), remembers that it is weak: where it meets arrays it takes
// their dtype, as the number itself would, and where a gradient with respect to it is asked for, it stands for a real number of the
// default float type. It stays so as an argument of traced functions, where it is part of the signature; what is computed from it, and
// what a Variable or a loop carries, has the default integer type like any other.

// weakInt returns an array that is a weak Go int.
func weakInt(a Array) Array {
	d := &data{typ: a.d.typ, weak: true}
	d.t.Store(a.d.tensor("int"))
	return Array{d}
}

// strong returns an array that is not weak.
func (a Array) strong() Array {
	if !a.d.weak {
		return a
	}
	if a.d.v != nil {
		return newTraced(a.d.f, a.d.v)
	}
	return newConcrete(a.d.typ, a.d.tensor("int"))
}

// strongs returns arrays that are not weak.
func strongs(as []Array) []Array {
	out := make([]Array, len(as))
	for i, a := range as {
		out[i] = a.strong()
	}
	return out
}

// weakLike marks parameters that stand for weak arrays.
func weakLike(params, args []Array) {
	for i, a := range args {
		params[i].d.weak = a.d.weak
	}
}

// weakToLike gives weak ints in a tree the dtypes of what they stand beside in another one.
func weakToLike(name string, t, like tree) {
	leaves, types := t.flatten(name, "tangent").leaves, typesOf(like.flatten(name, "value").leaves)
	for i := range min(len(leaves), len(types)) {
		if leaves[i].d.weak {
			leaves[i] = leaves[i].AsType(types[i].DType)
		}
	}
	t.plan.rebuild(t.p, &leafReader{leaves: leaves})
}

// reals gives weak ints in an argument that is differentiated the default float type.
func reals[A any](name string, a A) A {
	leaves := treeOf(name, "argument", &a).flatten(name, "argument").leaves
	found := false
	for i, x := range leaves {
		if x.d.weak {
			leaves[i], found = x.AsType(dtype.DefaultFloat()), true
		}
	}
	if !found {
		return a
	}
	return rebuilt(&a, leaves)
}
