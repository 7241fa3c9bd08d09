package ir_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/stretchr/testify/assert"
)

// Text can ask for any attributes on any operands: type rules must refuse what is wrong, and not panic.
func TestTypeRulesDoNotPanic(t *testing.T) {
	tries := 3000
	if testing.Short() {
		tries = 300
	}
	for _, row := range ir.Rows() {
		if row.ID == testBad {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			r := irtest.Seeded(uint64(row.ID))
			for range tries {
				types, attrs, regions := sampleNode(r, row)
				for range 1 + r.IntN(3) {
					types, attrs, regions = spoil(r, types, attrs, regions)
				}
				if text := panicOf(row, types, attrs, regions); text != "" {
					t.Fatalf("%v %+v, %d regions: %s", types, attrs, len(regions), text)
				}
			}
		})
	}
}

// sampleNode returns a valid node where the row can make one, else one without attributes on operands of one type.
func sampleNode(r *ir.Rand, row *ir.Row) (types []ir.Type, attrs ir.Attrs, regions []*ir.Graph) {
	list := row.Accepts.List()
	if len(list) == 0 {
		list = dtype.All()
	}
	dt := list[r.IntN(len(list))]
	if row.Domain.Make == nil {
		return slices.Repeat([]ir.Type{ir.T(dt, 2, 3)}, max(row.Arity, 0)), row.Attrs, nil
	}
	s := row.Domain.Make(r, dt, r.IntN(4))
	for _, x := range s.Inputs {
		types = append(types, ir.TypeOf(x))
	}
	return types, s.Attrs, s.Regions
}

// spoil changes one thing.
func spoil(r *ir.Rand, types []ir.Type, attrs ir.Attrs, regions []*ir.Graph) ([]ir.Type, ir.Attrs, []*ir.Graph) {
	types, regions = slices.Clone(types), slices.Clone(regions)
	switch choice := r.IntN(8); {
	case choice == 0 && len(types) > 0:
		types = types[:len(types)-1]
	case choice == 1:
		types = append(types, ir.T(dtype.Int32, 2))
	case choice == 2 && len(types) > 0:
		i := r.IntN(len(types))
		types[i] = types[i].WithDType(dtype.All()[r.IntN(len(dtype.All()))])
	case choice == 3 && len(types) > 0:
		i := r.IntN(len(types))
		types[i] = types[i].WithShape(spoilList(r, types[i].Shape, true)...)
	case choice == 4 && len(regions) > 0:
		regions = regions[1:]
	case choice == 5 && len(regions) > 0:
		b := ir.NewBuilder("other")
		regions[r.IntN(len(regions))] = b.Build(b.Param(ir.T(dtype.Bool)))
	case attrs != nil:
		attrs = spoilAttrs(r, attrs)
	}
	return types, attrs, regions
}

func spoilList(r *ir.Rand, list []int, extents bool) []int {
	list = slices.Clone(list)
	switch choice := r.IntN(4); {
	case choice == 0 && len(list) > 0:
		return list[:len(list)-1]
	case choice == 1:
		return append(list, r.IntN(4))
	case choice == 2 && len(list) > 1:
		slices.Reverse(list)
	case len(list) > 0:
		list[r.IntN(len(list))] = spoilInt(r, extents)
	}
	return list
}

// spoilInt draws numbers that indices, extents and counts should not have; extents of types are never negative, nor is their product
// beyond an int.
func spoilInt(r *ir.Rand, extent bool) int {
	choices := []int{0, 1, 2, 3, 7, 1 << 16, -1, -2, math.MinInt, math.MaxInt, math.MaxInt - 1, 1 << 40}
	if extent {
		choices = choices[:6]
	}
	return choices[r.IntN(len(choices))]
}

// spoilAttrs changes one field.
func spoilAttrs(r *ir.Rand, attrs ir.Attrs) ir.Attrs {
	v := reflect.New(reflect.TypeOf(attrs)).Elem()
	v.Set(reflect.ValueOf(attrs))
	spoilValue(r, v)
	return v.Interface()
}

func spoilValue(r *ir.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.NumField() > 0 {
			spoilValue(r, v.Field(r.IntN(v.NumField())))
		}
	case reflect.Slice:
		if list, ok := v.Interface().([]int); ok {
			v.Set(reflect.ValueOf(spoilList(r, list, false)))
			return
		}
		n := r.IntN(4)
		list := reflect.MakeSlice(v.Type(), n, n)
		for i := range n {
			spoilValue(r, list.Index(i))
		}
		v.Set(list)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(spoilInt(r, false)))
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Float64:
		v.SetFloat([]float64{0, -1, math.NaN(), math.Inf(1), 1e300}[r.IntN(5)])
	case reflect.String:
		v.SetString([]string{"", "eq", "frob"}[r.IntN(3)])
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(uint64(r.IntN(20)))
	case reflect.Pointer:
		v.SetZero()
	}
}

// panicOf runs the checks of a node and returns what they panic with.
func panicOf(row *ir.Row, types []ir.Type, attrs ir.Attrs, regions []*ir.Graph) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprint(p)
		}
	}()
	results, err := ir.CheckNode(row, types, attrs, regions)
	if err == nil {
		for _, t := range results {
			if slices.ContainsFunc(t.Shape, func(n int) bool { return n < 0 }) {
				return "a result of type " + t.String()
			}
		}
	}
	return ""
}

func TestSpoilingSpoils(t *testing.T) {
	row, _ := ir.RowByName("slice")
	r := irtest.Seeded(1)
	refused := 0
	for range 1000 {
		types, attrs, regions := spoiledNode(r, row)
		if _, err := ir.CheckNode(row, types, attrs, regions); err != nil {
			refused++
		}
	}
	assert.Greater(t, refused, 300)
}

func spoiledNode(r *ir.Rand, row *ir.Row) ([]ir.Type, ir.Attrs, []*ir.Graph) {
	types, attrs, regions := sampleNode(r, row)
	return spoil(r, types, attrs, regions)
}
