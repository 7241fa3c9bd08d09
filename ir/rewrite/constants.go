package rewrite

import (
	"bytes"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// constant returns the value of v if it is a Const.
func constant(v *ir.Value) (*tensor.Tensor, bool) {
	if v.Op() != op.ConstID {
		return nil, false
	}
	return v.Node.Attrs.(ir.ConstAttrs).Value, true
}

// scalarSource returns the rank 0 value of which v consists: v itself, or the operand of a broadcast. nil if v is neither.
func scalarSource(v *ir.Value) *ir.Value {
	switch {
	case len(v.Type.Shape) == 0:
		return v
	case v.Op() == op.BroadcastID && len(v.Node.Inputs[0].Type.Shape) == 0:
		return v.Node.Inputs[0]
	}
	return nil
}

// splat returns the constant that all elements of v are, as a rank 0 tensor; nil if v is no constant of that form. (Simplify
// brings a constant array of one value into it.)
func splat(v *ir.Value) *tensor.Tensor {
	if s := scalarSource(v); s != nil {
		t, _ := constant(s)
		return t
	}
	return nil
}

// number is a number written in a rule. It stands for one value in each element type.
type number struct {
	text  string
	value [32]*tensor.Tensor // by dtype; nil where the text is no number of the type
}

// numbers are what rules may write. In integer types -0 is 0 and -1 has all bits set; in complex ones the imaginary part is +0.
func newNumber(text string, float float64, integer int64) *number {
	n := &number{text: text}
	for _, dt := range dtype.All() {
		t := tensor.Must(tensor.New(dt))
		switch {
		case dt == dtype.Bool:
			continue
		case dt.IsInt() && float-float == 0:
			t.StoreInt64(0, []int64{integer})
		case dt.IsInt():
			continue // no infinities
		default:
			t.StoreFloat64(0, []float64{float})
		}
		n.value[dt] = t
	}
	return n
}

func newTruth(text string, value bool) *number {
	n := &number{text: text}
	n.value[dtype.Bool] = tensor.Scalar(value)
	return n
}

// is reports whether v is a constant of nothing but this number, bit for bit.
func (n *number) is(v *ir.Value) bool {
	want := n.value[v.Type.DType]
	if want == nil {
		return false
	}
	got := splat(v)
	return got != nil && bytes.Equal(got.Bytes(), want.Bytes())
}

// filled emits an array of type t whose elements are the value of a rank 0 tensor.
func filled(b *ir.Builder, t ir.Type, value *tensor.Tensor) *ir.Value {
	return op.Spread(b, b.Const(value), t.Shape)
}
