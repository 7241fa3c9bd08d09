package stablehlo

import (
	"fmt"
	"math"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
)

// site is one operation while it is read: its operands as values of the graph, its text, and the scope it stands in.
type site struct {
	*scope
	text *syntax.Op
	in   []*ir.Value
}

// readRule emits what an operation means and returns its results.
type readRule func(s *site) []*ir.Value

func one(v *ir.Value) []*ir.Value { return []*ir.Value{v} }

// operands refuses another number of operands.
func (s *site) operands(n int) {
	if len(s.in) != n {
		s.fail("operands", fmt.Sprint(len(s.in)), fmt.Sprint(n))
	}
}

// atLeast refuses fewer operands.
func (s *site) atLeast(n int) {
	if len(s.in) < n {
		s.fail("operands", fmt.Sprint(len(s.in)), fmt.Sprintf("at least %d", n))
	}
}

// results refuses another number of declared results.
func (s *site) results(n int) {
	if len(s.text.Results) != n {
		s.fail("results", fmt.Sprintf("%d declared", len(s.text.Results)), fmt.Sprint(n))
	}
}

// declared returns the declared type of result i.
func (s *site) declared(i int) ir.Type {
	if i >= len(s.text.Results) {
		s.fail("results", fmt.Sprintf("%d declared", len(s.text.Results)), fmt.Sprintf("at least %d", i+1))
	}
	return s.typeOf(s.text.Results[i].Type)
}

func (s *site) has(name string) bool { return s.text.Attrs.Get(name) != nil }

func (s *site) attr(name string) syntax.Attr {
	a := s.text.Attrs.Get(name)
	if a == nil {
		s.fail(name, "no such attribute", "one")
	}
	return a
}

// fields returns the fields of a structured attribute such as #stablehlo.gather<...>.
func (s *site) fields(name string) fields {
	switch a := s.attr(name).(type) {
	case *syntax.Struct:
		return fields{s, name, a.Fields}
	default:
		s.fail(name, a.String(), "a structured attribute")
		panic("BUG: unreachable")
	}
}

// fields are named values: the attributes of an operation, or the fields of one.
type fields struct {
	s    *site
	name string // with which errors begin
	list syntax.Attrs
}

func (s *site) attrs() fields { return fields{s, "", s.text.Attrs} }

func (f fields) full(name string) string {
	if f.name == "" {
		return name
	}
	return f.name + "." + name
}

// ints returns a list of integers, nil if there is no such attribute.
func (f fields) ints(name string) []int {
	a := f.list.Get(name)
	if a == nil {
		return nil
	}
	vals, ok := syntax.Ints(a)
	if !ok {
		f.s.fail(f.full(name), a.String(), "integers")
	}
	out := make([]int, len(vals))
	for i, v := range vals {
		out[i] = int(v)
	}
	return out
}

// int returns an integer, or alt if there is no such attribute.
func (f fields) int(name string, alt int) int {
	list := f.ints(name)
	switch len(list) {
	case 0:
		if f.list.Get(name) == nil {
			return alt
		}
	case 1:
		return list[0]
	}
	f.s.fail(f.full(name), f.list.Get(name).String(), "an integer")
	return 0
}

// ints returns a required list of integers.
func (s *site) ints(name string) []int {
	s.attr(name)
	return s.attrs().ints(name)
}

// intsOr returns a list of n integers, or n times alt if there is no such attribute.
func (s *site) intsOr(name string, alt, n int) []int {
	if !s.has(name) {
		return slices.Repeat([]int{alt}, n)
	}
	return s.intsOf(name, n)
}

// intsOf returns a required list of n integers.
func (s *site) intsOf(name string, n int) []int {
	list := s.ints(name)
	if len(list) != n {
		s.fail(name, fmt.Sprint(list), fmt.Sprintf("%d integers", n))
	}
	return list
}

// int returns a required integer.
func (s *site) int(name string) int {
	s.attr(name)
	return s.attrs().int(name, 0)
}

// boolOr returns a truth value, or alt if there is no such attribute.
func (s *site) boolOr(name string, alt bool) bool {
	switch a := s.text.Attrs.Get(name).(type) {
	case nil:
		return alt
	case syntax.Bool:
		return bool(a)
	case syntax.Unit:
		return true
	default:
		s.fail(name, a.String(), "true or false")
		return false
	}
}

// enum returns the name that an enumeration or a string holds, or alt if there is no such attribute.
func (s *site) enum(name, alt string) string {
	switch a := s.text.Attrs.Get(name).(type) {
	case nil:
		return alt
	case syntax.Enum:
		return a.Value
	case syntax.String:
		return string(a)
	default:
		s.fail(name, a.String(), "the name of an enumeration's member")
		return ""
	}
}

// float returns a number, or alt if there is no such attribute.
func (f fields) float(name string, alt float64) float64 {
	switch a := f.list.Get(name).(type) {
	case nil:
		return alt
	case syntax.Float:
		return a.Value
	case syntax.Int:
		return float64(a.Value)
	default:
		f.s.fail(f.full(name), a.String(), "a number")
		return math.NaN()
	}
}

// dense returns a required tensor literal.
func (s *site) dense(name string) *syntax.Dense {
	d, ok := s.attr(name).(*syntax.Dense)
	if !ok {
		s.fail(name, s.attr(name).String(), "a dense literal")
	}
	return d
}

// padding reads the [n, 2] array of paddings before and after each dimension; without it they are 0.
func (s *site) padding(n int) (low, high []int) {
	low, high = make([]int, n), make([]int, n)
	if !s.has("padding") {
		return low, high
	}
	d := s.dense("padding")
	if !slices.Equal(d.Type.Shape, []int{n, 2}) {
		s.fail("padding", d.Type.String(), fmt.Sprintf("tensor<%dx2xi64>", n))
	}
	for i, v := range s.ints("padding") {
		if i%2 == 0 {
			low[i/2] = v
		} else {
			high[i/2] = v
		}
	}
	return low, high
}

// callee returns the function that a symbol attribute names.
func (s *site) callee(name string) *funcEntry {
	sym, ok := s.attr(name).(syntax.Symbol)
	if !ok {
		s.fail(name, s.attr(name).String(), "the name of a function")
	}
	f := s.funcs[string(sym)]
	if f == nil {
		s.fail(name, "@"+string(sym), "a function of the module")
	}
	return f
}

// calleeOf returns the name of the function that an operation calls.
func calleeOf(o *syntax.Op) (string, bool) {
	name := map[string]string{"func.call": "callee", "stablehlo.composite": "decomposition"}[o.Name]
	if name == "" {
		return "", false
	}
	sym, ok := o.Attrs.Get(name).(syntax.Symbol)
	return string(sym), ok
}

// constOf returns the tensor of a constant, or nil.
func constOf(v *ir.Value) *tensor.Tensor {
	if v.Op() != op.ConstID {
		return nil
	}
	return v.Node.Attrs.(ir.ConstAttrs).Value
}
