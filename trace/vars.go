package trace

import (
	"fmt"
	"reflect"
	"slices"
)

// NamedVar is a Variable and where it stands in a model.
type NamedVar struct {
	Path string // "E.V", "Layers[2].W", "Synapses[ampa].G"
	Var  *Variable
}

// Vars is a list of Variables in the order in which a walk through the model meets them.
type Vars []NamedVar

// VarsOf finds the Variables of a model: it walks exported fields, slices, arrays, maps (in the order of their keys), pointers and
// interfaces. A Variable that can be reached on several ways has the first path; what stands in unexported fields is not seen.
func VarsOf(model any) Vars {
	w := varWalk{seen: map[any]bool{}}
	w.walk(reflect.ValueOf(model), "")
	return w.found
}

// ParamsOf finds the Variables of a model that training adjusts: those made by NewParameter.
func ParamsOf(model any) Vars {
	return slices.DeleteFunc(VarsOf(model), func(n NamedVar) bool { return !n.Var.IsParameter() })
}

// Get returns the Variable at a path.
func (vs Vars) Get(path string) (*Variable, bool) {
	for _, n := range vs {
		if n.Path == path {
			return n.Var, true
		}
	}
	return nil, false
}

type varWalk struct {
	found Vars
	seen  map[any]bool // pointers and maps on the way, and Variables found
}

// enter reports whether a pointer-like value is met for the first time.
func (w *varWalk) enter(v reflect.Value) bool {
	key := [2]any{v.Pointer(), v.Type()}
	if w.seen[key] {
		return false
	}
	w.seen[key] = true
	return true
}

func (w *varWalk) walk(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Pointer:
		w.walkPointer(v, path)
	case reflect.Interface:
		w.walk(v.Elem(), path)
	case reflect.Struct:
		if v.Type() == arrayType {
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				w.walk(v.Field(i), joinPath(path, f.Name))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			w.walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Map:
		w.walkMap(v, path)
	}
}

func (w *varWalk) walkPointer(v reflect.Value, path string) {
	if v.IsNil() || !w.enter(v) {
		return
	}
	if x, ok := v.Interface().(*Variable); ok {
		w.found = append(w.found, NamedVar{path, x})
		return
	}
	w.walk(v.Elem(), path)
}

func (w *varWalk) walkMap(v reflect.Value, path string) {
	if v.IsNil() || !w.enter(v) {
		return
	}
	switch k := v.Type().Key().Kind(); {
	case k == reflect.String, k >= reflect.Int && k <= reflect.Uint64:
	default:
		return // keys without an order give no stable names
	}
	for _, key := range sortedKeys(v) {
		w.walk(v.MapIndex(key), fmt.Sprintf("%s[%v]", path, key))
	}
}

func joinPath(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}
