package trace

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/tensor"
)

// planBuilder makes the plan of a type. Types that contain themselves meet their own unfinished plan through open.
type planBuilder struct{ open map[reflect.Type]*forwardNode }

var (
	arrayType    = reflect.TypeFor[Array]()
	variableType = reflect.TypeFor[Variable]()
	scopeType    = reflect.TypeFor[Scope]()
	tensorType   = reflect.TypeFor[tensor.Tensor]()
)

// kindError refuses types that would be walked or kept by mistake.
func kindError(t reflect.Type, path string) *planError {
	bad := func(want, hint string) *planError { return &planError{path, refusal{"a " + t.String(), want, hint}} }
	const want = "arrays, or structs, slices, maps and pointers of them, and plain numbers, strings and bools"
	switch t {
	case variableType:
		return bad(want, "a Variable is found by tracing: capture it, and use Get and Set with the scope")
	case scopeType:
		return bad(want, "the scope is the first parameter")
	case tensorType:
		return bad(want, "use num.FromTensor")
	}
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Uintptr:
		return bad(want, "capture it in the function instead")
	}
	return nil
}

func (b *planBuilder) build(t reflect.Type, path string) (node, *planError) {
	if t == arrayType {
		return leafNode{}, nil
	}
	if err := kindError(t, path); err != nil {
		return nil, err
	}
	if open, ok := b.open[t]; ok {
		return open, nil
	}
	forward := &forwardNode{}
	b.open[t] = forward
	n, err := b.buildKind(t, path)
	forward.node = n
	delete(b.open, t)
	return n, err
}

func (b *planBuilder) buildKind(t reflect.Type, path string) (node, *planError) {
	switch t.Kind() {
	case reflect.Struct:
		return b.buildStruct(t, path)
	case reflect.Array:
		elem, err := b.build(t.Elem(), path+"[0]")
		return arrayNode{elem, t.Len(), t.Elem().Size()}, err
	case reflect.Slice:
		elem, err := b.build(t.Elem(), path+"[0]")
		return sliceNode{t, elem, t.Elem().Size()}, err
	case reflect.Pointer:
		elem, err := b.build(t.Elem(), path)
		return pointerNode{t.Elem(), elem}, err
	case reflect.Map:
		return b.buildMap(t, path)
	case reflect.Interface:
		return interfaceNode{t}, nil
	case reflect.String:
		return stringNode{}, nil
	}
	return staticNode{t.Size()}, nil // bools and numbers: their bytes
}

func (b *planBuilder) buildStruct(t reflect.Type, path string) (node, *planError) {
	var fields []structField
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			continue
		}
		if !f.IsExported() {
			return nil, &planError{path + "." + f.Name, refusal{"an unexported field of " + t.String(), "exported fields only",
				"export it, or capture the value in the function"}}
		}
		n, err := b.build(f.Type, path+"."+f.Name)
		if err != nil {
			return nil, err
		}
		fields = append(fields, structField{n, f.Offset, f.Name})
	}
	return structNode{fields}, nil
}

func (b *planBuilder) buildMap(t reflect.Type, path string) (node, *planError) {
	switch t.Key().Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
	default:
		return nil, &planError{path, refusal{"a map with keys of type " + t.Key().String(), "string or integer keys", ""}}
	}
	elem, err := b.build(t.Elem(), path+"[...]")
	return mapNode{t, elem}, err
}

// forwardNode stands for a type within itself.
type forwardNode struct{ node }

// leafNode is an Array.
type leafNode struct{}

func (leafNode) flatten(p unsafe.Pointer, w *flat)                   { w.leaves = append(w.leaves, *(*Array)(p)) }
func (leafNode) rebuild(p unsafe.Pointer, r *leafReader)             { *(*Array)(p) = r.next() }
func (leafNode) paths(_ unsafe.Pointer, path string, f func(string)) { f(path) }

// staticNode is a bool or number: its bytes are part of the signature.
type staticNode struct{ size uintptr }

func (n staticNode) flatten(p unsafe.Pointer, w *flat) {
	w.static = append(w.static, unsafe.Slice((*byte)(p), n.size)...)
}
func (staticNode) rebuild(unsafe.Pointer, *leafReader)        {}
func (staticNode) paths(unsafe.Pointer, string, func(string)) {}

// stringNode is a static string.
type stringNode struct{}

func (stringNode) flatten(p unsafe.Pointer, w *flat)          { w.appendString(*(*string)(p)) }
func (stringNode) rebuild(unsafe.Pointer, *leafReader)        {}
func (stringNode) paths(unsafe.Pointer, string, func(string)) {}

func (w *flat) appendLen(n int) { w.static = binary.AppendVarint(w.static, int64(n)) }

func (w *flat) appendString(s string) {
	w.appendLen(len(s))
	w.static = append(w.static, s...)
}

type structField struct {
	node   node
	offset uintptr
	name   string
}

type structNode struct{ fields []structField }

func (n structNode) flatten(p unsafe.Pointer, w *flat) {
	for i := range n.fields {
		f := &n.fields[i]
		f.node.flatten(unsafe.Add(p, f.offset), w)
	}
}

func (n structNode) rebuild(p unsafe.Pointer, r *leafReader) {
	for i := range n.fields {
		f := &n.fields[i]
		f.node.rebuild(unsafe.Add(p, f.offset), r)
	}
}

func (n structNode) paths(p unsafe.Pointer, path string, f func(string)) {
	for _, field := range n.fields {
		field.node.paths(unsafe.Add(p, field.offset), path+"."+field.name, f)
	}
}

type arrayNode struct {
	elem   node
	len    int
	stride uintptr
}

func (n arrayNode) flatten(p unsafe.Pointer, w *flat) {
	for i := range n.len {
		n.elem.flatten(unsafe.Add(p, uintptr(i)*n.stride), w)
	}
}

func (n arrayNode) rebuild(p unsafe.Pointer, r *leafReader) {
	for i := range n.len {
		n.elem.rebuild(unsafe.Add(p, uintptr(i)*n.stride), r)
	}
}

func (n arrayNode) paths(p unsafe.Pointer, path string, f func(string)) {
	for i := range n.len {
		n.elem.paths(unsafe.Add(p, uintptr(i)*n.stride), fmt.Sprintf("%s[%d]", path, i), f)
	}
}

type sliceNode struct {
	typ    reflect.Type
	elem   node
	stride uintptr
}

// sliceHeader reads a slice of any type as bytes; only data pointer and length are used.
func sliceHeader(p unsafe.Pointer) (data unsafe.Pointer, n int) {
	s := *(*[]byte)(p)
	return unsafe.Pointer(unsafe.SliceData(s)), len(s)
}

func (n sliceNode) flatten(p unsafe.Pointer, w *flat) {
	data, count := sliceHeader(p)
	w.appendLen(count)
	for i := range count {
		n.elem.flatten(unsafe.Add(data, uintptr(i)*n.stride), w)
	}
}

func (n sliceNode) rebuild(p unsafe.Pointer, r *leafReader) {
	old := reflect.NewAt(n.typ, p).Elem()
	if old.Len() == 0 {
		return
	}
	fresh := reflect.MakeSlice(n.typ, old.Len(), old.Len())
	reflect.Copy(fresh, old)
	old.Set(fresh)
	data, count := sliceHeader(p)
	for i := range count {
		n.elem.rebuild(unsafe.Add(data, uintptr(i)*n.stride), r)
	}
}

func (n sliceNode) paths(p unsafe.Pointer, path string, f func(string)) {
	data, count := sliceHeader(p)
	for i := range count {
		n.elem.paths(unsafe.Add(data, uintptr(i)*n.stride), fmt.Sprintf("%s[%d]", path, i), f)
	}
}

type pointerNode struct {
	elemType reflect.Type
	elem     node
}

func (n pointerNode) flatten(p unsafe.Pointer, w *flat) {
	target := *(*unsafe.Pointer)(p)
	if target == nil {
		w.static = append(w.static, 0)
		return
	}
	w.static = append(w.static, 1)
	if w.descend() {
		n.elem.flatten(target, w)
		w.depth--
	}
}

func (n pointerNode) rebuild(p unsafe.Pointer, r *leafReader) {
	target := *(*unsafe.Pointer)(p)
	if target == nil {
		return
	}
	fresh := reflect.New(n.elemType)
	fresh.Elem().Set(reflect.NewAt(n.elemType, target).Elem())
	*(*unsafe.Pointer)(p) = fresh.UnsafePointer()
	n.elem.rebuild(fresh.UnsafePointer(), r)
}

func (n pointerNode) paths(p unsafe.Pointer, path string, f func(string)) {
	if target := *(*unsafe.Pointer)(p); target != nil {
		n.elem.paths(target, path, f)
	}
}

// mapNode is a map; entries are visited in the order of their keys.
type mapNode struct {
	typ  reflect.Type
	elem node
}

func sortedKeys(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch {
		case a.Kind() == reflect.String:
			return cmp.Compare(a.String(), b.String())
		case a.CanInt():
			return cmp.Compare(a.Int(), b.Int())
		}
		return cmp.Compare(a.Uint(), b.Uint())
	})
	return keys
}

// addressable returns a copy of v that has an address.
func addressable(v reflect.Value) reflect.Value {
	fresh := reflect.New(v.Type())
	fresh.Elem().Set(v)
	return fresh
}

func (n mapNode) flatten(p unsafe.Pointer, w *flat) {
	m := reflect.NewAt(n.typ, p).Elem()
	w.appendLen(m.Len())
	for _, key := range sortedKeys(m) {
		w.appendString(fmt.Sprint(key))
		n.elem.flatten(addressable(m.MapIndex(key)).UnsafePointer(), w)
	}
}

func (n mapNode) rebuild(p unsafe.Pointer, r *leafReader) {
	old := reflect.NewAt(n.typ, p).Elem()
	if old.IsNil() {
		return
	}
	fresh := reflect.MakeMapWithSize(n.typ, old.Len())
	for _, key := range sortedKeys(old) {
		elem := addressable(old.MapIndex(key))
		n.elem.rebuild(elem.UnsafePointer(), r)
		fresh.SetMapIndex(key, elem.Elem())
	}
	old.Set(fresh)
}

func (n mapNode) paths(p unsafe.Pointer, path string, f func(string)) {
	m := reflect.NewAt(n.typ, p).Elem()
	for _, key := range sortedKeys(m) {
		n.elem.paths(addressable(m.MapIndex(key)).UnsafePointer(), fmt.Sprintf("%s[%v]", path, key), f)
	}
}

// interfaceNode is a tree whose type is known only when it is there; the type is part of the signature.
type interfaceNode struct{ typ reflect.Type }

// open returns the value inside with its plan, nil for a nil interface or a type that is no tree.
func (n interfaceNode) open(p unsafe.Pointer) (node, reflect.Value, *planError) {
	v := reflect.NewAt(n.typ, p).Elem()
	if v.IsNil() {
		return nil, v, nil
	}
	v = addressable(v.Elem())
	r := lookupPlan(v.Type().Elem())
	return r.plan, v, r.err
}

func (n interfaceNode) flatten(p unsafe.Pointer, w *flat) {
	plan, v, err := n.open(p)
	switch {
	case err != nil:
		w.refuse = &err.refusal
	case plan == nil:
		w.appendString("")
	default:
		w.appendString(v.Type().Elem().PkgPath() + " " + v.Type().Elem().String())
		if w.descend() {
			plan.flatten(v.UnsafePointer(), w)
			w.depth--
		}
	}
}

func (n interfaceNode) rebuild(p unsafe.Pointer, r *leafReader) {
	if plan, v, _ := n.open(p); plan != nil {
		plan.rebuild(v.UnsafePointer(), r)
		reflect.NewAt(n.typ, p).Elem().Set(v.Elem())
	}
}

func (n interfaceNode) paths(p unsafe.Pointer, path string, f func(string)) {
	if plan, v, _ := n.open(p); plan != nil {
		plan.paths(v.UnsafePointer(), path, f)
	}
}
