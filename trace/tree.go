package trace

import (
	"fmt"
	"reflect"
	"strconv"
	"sync"
	"unsafe"
)

// A tree is a Go value that holds arrays: see the package comment for what may stand in it. Its type is analysed once
// into a plan, which then walks values of the type through pointers, without reflection where the layout is fixed.

// node is the plan of one type. p points at a value of that type.
type node interface {
	// flatten appends the arrays below p to w, and what else decides the program (statics, lengths, keys) to its signature bytes.
	flatten(p unsafe.Pointer, w *flat)
	// rebuild replaces the arrays below p, in the order of flatten. *p is a shallow copy of a template: what is shared with the
	// template is copied before it is changed.
	rebuild(p unsafe.Pointer, next *leafReader)
	// paths calls f with the path of each array below p, in the order of flatten.
	paths(p unsafe.Pointer, path string, f func(path string))
}

// flat is a tree taken apart.
type flat struct {
	leaves []Array
	static []byte // statics and structure; equal bytes and equal leaf types mean the same program
	depth  int    // pointers and interfaces on the way down
	refuse *refusal
}

// refusal is an unsupported value met by flatten; the caller adds the path.
type refusal struct{ got, want, hint string }

func (w *flat) reset() {
	clear(w.leaves)
	w.leaves, w.static, w.depth, w.refuse = w.leaves[:0], w.static[:0], 0, nil
}

// maxDepth bounds pointers within pointers: a value that contains itself is no tree.
const maxDepth = 1000

func (w *flat) descend() bool {
	if w.depth++; w.depth > maxDepth {
		w.refuse = &refusal{"a value that contains itself", "a finite tree", ""}
		return false
	}
	return true
}

// leafReader hands out arrays in order.
type leafReader struct {
	leaves []Array
	at     int
}

func (r *leafReader) next() Array {
	a := r.leaves[r.at]
	r.at++
	return a
}

// plans caches the plan of each type; an entry is a *planResult.
var plans sync.Map

type planResult struct {
	plan node
	err  *planError
}

// planError says which part of a type cannot stand in a tree.
type planError struct {
	path string
	refusal
}

// planOf returns the plan of a type, or panics with an error that names op.
func planOf(op, root string, t reflect.Type) node {
	r := lookupPlan(t)
	if r.err != nil {
		fail(op, root+r.err.path, r.err.got, r.err.want, r.err.hint)
	}
	return r.plan
}

func lookupPlan(t reflect.Type) *planResult {
	if r, ok := plans.Load(t); ok {
		return r.(*planResult)
	}
	b := planBuilder{open: map[reflect.Type]*forwardNode{}}
	r := &planResult{}
	r.plan, r.err = b.build(t, "")
	actual, _ := plans.LoadOrStore(t, r)
	return actual.(*planResult)
}

// tree is a value together with its plan.
type tree struct {
	plan node
	p    unsafe.Pointer
}

// treeOf returns the tree of *v; op and root name it in errors.
func treeOf[T any](op, root string, v *T) tree {
	return tree{planOf(op, root, reflect.TypeFor[T]()), unsafe.Pointer(v)}
}

// flatten takes the tree apart; errors name op and paths below root.
func (t tree) flatten(op, root string) *flat {
	w := &flat{}
	t.flattenInto(w, op, root)
	return w
}

func (t tree) flattenInto(w *flat, op, root string) {
	t.plan.flatten(t.p, w)
	if w.refuse != nil {
		fail(op, root, w.refuse.got, w.refuse.want, w.refuse.hint)
	}
	for i, a := range w.leaves {
		if a.d == nil {
			fail(op, t.path(root, i), "the zero Array", "an array", "use a pointer or a slice for an array that may be absent")
		}
	}
}

// path returns the path of the i-th array of the tree.
func (t tree) path(root string, i int) string {
	found, n := root, 0
	t.plan.paths(t.p, root, func(path string) {
		if n == i {
			found = path
		}
		n++
	})
	return found
}

// replace changes the arrays of *v, a shallow copy of a template, to leaves.
func replace[T any](plan node, v *T, leaves []Array) {
	plan.rebuild(unsafe.Pointer(v), &leafReader{leaves: leaves})
}

// sameTree reports whether two trees of one type have the same statics and structure. The arrays are not compared.
func sameTree(a, b *flat) bool {
	return len(a.leaves) == len(b.leaves) && string(a.static) == string(b.static)
}

// treeDiff describes two trees of different structure for an error.
func treeDiff(a, b tree, fa, fb *flat) (got, want string) {
	if len(fa.leaves) != len(fb.leaves) {
		return strconv.Itoa(len(fa.leaves)) + " arrays", strconv.Itoa(len(fb.leaves))
	}
	return "other static values, lengths or keys: " + describeTree(a), "the same: " + describeTree(b)
}

func describeTree(t tree) string {
	const limit = 60
	var s string
	t.plan.paths(t.p, "", func(path string) { s += " " + path })
	if len(s) > limit {
		s = s[:limit] + " ..."
	}
	return fmt.Sprintf("arrays [%s]", s[min(1, len(s)):])
}
