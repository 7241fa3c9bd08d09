package ir

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Text form, hashing and equality see an attribute struct as a tree: a value is a number, bool, string, dtype or tensor, or a list
// or struct of values. This file finds the tree of a Go type once and keeps it.

// attrKind is the family of an attribute value: what it looks like in text.
type attrKind uint8

const (
	attrBool attrKind = iota
	attrInt
	attrUint
	attrFloat
	attrString
	attrDType
	attrTensor
	attrList
	attrStruct
)

// attrLayout describes one Go type of an attribute value.
type attrLayout struct {
	kind   attrKind
	typ    reflect.Type
	elem   *attrLayout // of lists
	fields []attrField // of structs
}

// attrField is one field of a struct: name in the text form, and place.
type attrField struct {
	name   string
	index  int
	layout *attrLayout
}

var (
	dtypeType  = reflect.TypeFor[dtype.DType]()
	tensorType = reflect.TypeFor[*tensor.Tensor]()

	attrLayouts sync.Map // reflect.Type -> *attrLayout
)

// layoutOf returns the layout of an attribute type; a type outside the rule of Attrs is a broken invariant.
func layoutOf(t reflect.Type) *attrLayout {
	if l, ok := attrLayouts.Load(t); ok {
		return l.(*attrLayout)
	}
	l := &attrLayout{typ: t, kind: attrKindOf(t)}
	switch l.kind {
	case attrList:
		if l.elem = layoutOf(t.Elem()); l.elem.kind == attrTensor {
			panic(fmt.Sprintf("BUG: attributes cannot hold a list of tensors, as %s", t))
		}
	case attrStruct:
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				panic(fmt.Sprintf("BUG: attribute struct %s has the unexported field %s", t, f.Name))
			}
			l.fields = append(l.fields, attrField{snakeCase(f.Name), i, layoutOf(f.Type)})
		}
	}
	attrLayouts.Store(t, l)
	return l
}

func attrKindOf(t reflect.Type) attrKind {
	switch {
	case t == dtypeType:
		return attrDType
	case t == tensorType:
		return attrTensor
	}
	switch t.Kind() {
	case reflect.Bool:
		return attrBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return attrInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return attrUint
	case reflect.Float64:
		return attrFloat
	case reflect.String:
		return attrString
	case reflect.Slice:
		return attrList
	case reflect.Struct:
		return attrStruct
	}
	panic(fmt.Sprintf("BUG: attributes cannot hold a %s", t))
}

// isZero reports whether the text form leaves the value out: reading nothing gives it back. An empty list is a nil list.
func (l *attrLayout) isZero(v reflect.Value) bool {
	switch l.kind {
	case attrFloat:
		return isPositiveZero(v.Float())
	case attrList:
		return v.Len() == 0
	case attrStruct:
		for _, f := range l.fields {
			if !f.layout.isZero(v.Field(f.index)) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}

// field finds a field by its name in the text form.
func (l *attrLayout) field(name string) (attrField, bool) {
	for _, f := range l.fields {
		if f.name == name {
			return f, true
		}
	}
	return attrField{}, false
}

// names lists the fields for error texts.
func (l *attrLayout) names() string {
	names := make([]string, len(l.fields))
	for i, f := range l.fields {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}

// snakeCase turns CondConsts into cond_consts, FFTLength into fft_length and DType into dtype.
func snakeCase(name string) string {
	runes := []rune(strings.ReplaceAll(name, "DType", "Dtype"))
	var sb strings.Builder
	for i, r := range runes {
		startsWord := unicode.IsUpper(r) && i > 0 &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if startsWord {
			sb.WriteByte('_')
		}
		sb.WriteRune(unicode.ToLower(r))
	}
	return sb.String()
}
