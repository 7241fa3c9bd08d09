package op

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// apply1 is apply for a primitive with one result and no regions.
func apply1(t *testing.T, id ir.OpID, attrs ir.Attrs, in ...*tensor.Tensor) *tensor.Tensor {
	t.Helper()
	return apply(t, id, attrs, nil, in...)[0]
}

// typeError returns the text with which the type rule refuses.
func typeError(t *testing.T, id ir.OpID, attrs ir.Attrs, in ...ir.Type) string {
	t.Helper()
	_, err := ir.CheckNode(id.Row(), in, attrs, nil)
	require.NotNil(t, err, "%s accepts %v", id, in)
	return err.Error()
}

// sampleRow draws inputs for a row from its domain: by Make, or for elementwise rows tensors of one shape.
func sampleRow(r *ir.Rand, row *ir.Row, dt dtype.DType, size int) ir.Sample {
	if row.Domain.Make != nil {
		return row.Domain.Make(r, dt, size)
	}
	shape := randomShape(r, size)
	s := ir.Sample{}
	for range row.Arity {
		s.Inputs = append(s.Inputs, RandomTensor(r, dt, row.Domain.Lo, row.Domain.Hi, shape...))
	}
	return s
}

func TestRowsAreComplete(t *testing.T) {
	for _, row := range ir.Rows() {
		assert.NotNil(t, row.Types, row.Name)
		assert.NotNil(t, row.Eval, row.Name)
		assert.Equal(t, strings.ToLower(row.Name), row.Name)
		found, ok := ir.RowByName(row.Name)
		assert.True(t, ok && found == row, row.Name)
		if row.Class == ir.ClassElementwise || row.Class == ir.ClassReduce {
			assert.NotZero(t, row.Accepts, row.Name)
		}
		if row.Class == ir.ClassElementwise && row.Attrs == nil {
			assert.Positive(t, row.Arity, row.Name)
		} else {
			assert.NotNil(t, row.Domain.Make, "%s needs attributes, so its domain needs Make", row.Name)
		}
		if row.HLO != "" && row.Class == ir.ClassElementwise {
			assert.Regexp(t, `^(stablehlo|chlo)\.[a-z0-9_]+$`, row.HLO)
		}
	}
}

// allowedKinds are the kinds of attribute fields that ir.Attrs names, apart from dtypes and tensors.
var allowedKinds = map[reflect.Kind]bool{
	reflect.Int: true, reflect.Uint64: true, reflect.Bool: true, reflect.Float64: true, reflect.String: true,
}

func TestAttributesHaveAllowedKinds(t *testing.T) {
	for _, row := range ir.Rows() {
		if row.Attrs == nil {
			continue
		}
		attrs := reflect.TypeOf(row.Attrs)
		require.Equal(t, reflect.Struct, attrs.Kind(), row.Name)
		for i := range attrs.NumField() {
			field := attrs.Field(i)
			ft := field.Type
			list := ft.Kind() == reflect.Slice && (ft.Elem().Kind() == reflect.Int || ft.Elem().Kind() == reflect.Bool)
			ok := allowedKinds[ft.Kind()] || list || ft == reflect.TypeFor[dtype.DType]() || ft == reflect.TypeFor[*tensor.Tensor]()
			assert.True(t, ok && field.IsExported(), "%s: field %s of type %s", row.Name, field.Name, ft)
		}
	}
}

// Every sample of a domain passes the type rule, and evaluation gives the types that the rule promises and leaves its inputs alone.
func TestSamplesEvaluateToTheirTypes(t *testing.T) {
	r := seeded(1)
	for _, row := range ir.Rows() {
		t.Run(row.Name, func(t *testing.T) {
			for _, dt := range row.Accepts.List() {
				for i := range 30 {
					s := sampleRow(r, row, dt, []int{0, 1, 2, 5, 9}[i%5])
					before := map1(s.Inputs, (*tensor.Tensor).Clone)
					apply(t, row.ID, s.Attrs, s.Regions, s.Inputs...)
					for k := range before {
						require.True(t, before[k].Equal(s.Inputs[k]), "input %d was written", k)
					}
				}
			}
		})
	}
}

// A row refuses every element type outside of its set, with a text that says what it would accept.
func TestElementTypesOutsideTheSetAreRefused(t *testing.T) {
	for _, row := range ir.Rows() {
		if row.Class != ir.ClassElementwise && row.Class != ir.ClassReduce && row.Class != ir.ClassCumulative {
			continue
		}
		s := sampleRow(seeded(1), row, row.Accepts.List()[0], 2)
		for _, dt := range dtype.All() {
			if row.Accepts.Has(dt) {
				continue
			}
			types := map1(s.Inputs, func(x *tensor.Tensor) ir.Type { return typeOf(x).WithDType(dt) })
			text := typeError(t, row.ID, s.Attrs, types...)
			assert.Equal(t, fmt.Sprintf("%s: operand 0: got %s, want %s", row.Name, types[0], describe(row.Accepts)), text)
		}
	}
}

// rowsOfFloats lists the elementwise rows without attributes that take floats.
func rowsOfFloats() []*ir.Row {
	var rows []*ir.Row
	for _, row := range ir.Rows() {
		if row.Class == ir.ClassElementwise && row.Attrs == nil && row.Accepts&dtype.Floats != 0 {
			rows = append(rows, row)
		}
	}
	return rows
}
