package syntax

import (
	"strconv"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// dotGeneral reads %a, %b, [batching_dims = [0] x [0],] [contracting_dims = [2] x [1],] [precision = [...],] [algorithm = <...>].
func (p *parser) dotGeneral(op *Op, _ []head) {
	lists := map[string]Array{}
	for first := true; first || p.accept(","); first = false {
		switch {
		case p.accept("batching_dims"):
			lists["lhs_batching_dimensions"], lists["rhs_batching_dimensions"] = p.listPair()
		case p.accept("contracting_dims"):
			lists["lhs_contracting_dimensions"], lists["rhs_contracting_dimensions"] = p.listPair()
		case !p.item(op):
			p.fail("a value, batching_dims, contracting_dims, precision or algorithm")
		}
	}
	numbers := &Struct{Name: "stablehlo.dot"}
	for _, name := range []string{"lhs_batching_dimensions", "rhs_batching_dimensions",
		"lhs_contracting_dimensions", "rhs_contracting_dimensions"} {
		if len(lists[name]) > 0 {
			numbers.Fields = append(numbers.Fields, NamedAttr{Name: name, Value: lists[name], Pos: op.Pos})
		}
	}
	p.addAttr(op, "dot_dimension_numbers", numbers)
	p.addAttrs(op, p.optionalDict())
	p.tail(op)
}

// listPair reads = [0] x [1].
func (p *parser) listPair() (a, b Array) {
	p.expect("=")
	a = intArray(p.integers())
	p.expect("x")
	return a, intArray(p.integers())
}

func intArray(list []int64) Array {
	out := make(Array, len(list))
	for i, v := range list {
		out[i] = Int{Value: v, Type: elemOf("i64")}
	}
	return out
}

// convNumbers reads <[b, 0, f]x[0, i, o]->[b, 0, f]> or <raw field = value, ...>.
func (p *parser) convNumbers() Attr {
	start := p.pos
	p.expect("<")
	if p.accept("raw") {
		// The fields are those of a plain struct from here on.
		out := &Struct{Name: "stablehlo.conv"}
		for !p.accept(">") {
			p.skip()
			at := p.place(p.pos)
			name := p.needWord("a field")
			p.expect("=")
			out.Fields = append(out.Fields, NamedAttr{Name: name, Value: p.attr(), Pos: at})
			if !p.accept(",") && p.peek() != '>' {
				p.fail(`"," or ">"`)
			}
		}
		return out
	}
	if b := p.peek(); b != '[' { // what Print writes: the fields
		p.pos = start
		return p.structAttr("stablehlo.conv", start)
	}
	out := p.dimNumbers()
	p.expect(">")
	return out
}

// dimNumbers reads [b, 0, f]x[0, i, o]->[b, 0, f].
func (p *parser) dimNumbers() *Struct {
	out := &Struct{Name: "stablehlo.conv"}
	p.dimLabels(out, "input", map[string]string{"b": "batch_dimension", "f": "feature_dimension"})
	p.expectHere("x")
	p.dimLabels(out, "kernel", map[string]string{"i": "input_feature_dimension", "o": "output_feature_dimension"})
	p.expect("->")
	p.dimLabels(out, "output", map[string]string{"b": "batch_dimension", "f": "feature_dimension"})
	return out
}

// dimLabels reads one list: letters name axes, the number k stands where the spatial axis k lies.
func (p *parser) dimLabels(out *Struct, side string, letters map[string]string) {
	spatial := map[int64]int64{}
	p.skip()
	at := p.place(p.pos)
	add := func(name string, value Attr) {
		name = side + "_" + name
		if out.Fields.Get(name) != nil {
			p.failAt(at, "expected each axis once, got %s twice", name)
		}
		out.Fields = append(out.Fields, NamedAttr{Name: name, Value: value, Pos: at})
	}
	var axis int64
	p.list("[", "]", func() {
		if isDigit(p.peek()) {
			k := p.integer("a spatial axis")
			if _, twice := spatial[k]; twice {
				p.failAt(at, "expected each axis once, got %d twice", k)
			}
			spatial[k] = axis
		} else if start := p.pos; p.peek() == '?' {
			p.fail("an axis with a name")
		} else if field, ok := letters[p.word()]; ok {
			add(field, Int{Value: axis, Type: elemOf("i64")})
		} else {
			p.pos = start
			p.fail("a spatial axis or the letter of a batch or feature axis")
		}
		axis++
	})
	list := make([]int64, len(spatial))
	for k := range list {
		a, ok := spatial[int64(k)]
		if !ok {
			p.failAt(at, "expected the spatial axes 0 to %d", len(list)-1)
		}
		list[k] = a
	}
	if int(axis) != len(list)+2 {
		p.failAt(at, "expected one axis of each letter")
	}
	add("spatial_dimensions", intArray(list))
}

// convolution reads (%x, %w) dim_numbers = ..., window = {...} {attributes} : type.
func (p *parser) convolution(op *Op, _ []head) {
	p.list("(", ")", func() { op.Operands = append(op.Operands, p.use()) })
	p.expect("dim_numbers")
	p.expect("=")
	p.addAttr(op, "dimension_numbers", p.dimNumbers())
	p.expect(",")
	p.expect("window")
	p.expect("=")
	p.list("{", "}", func() { p.windowField(op) })
	p.addAttrs(op, p.optionalDict())
	p.expect(":")
	p.functional(op)
}

func (p *parser) windowField(op *Op) {
	start := p.pos
	name := p.needWord("a field of the window")
	p.expect("=")
	switch name {
	case "stride":
		p.addAttr(op, "window_strides", p.keyInts())
	case "lhs_dilate":
		p.addAttr(op, "lhs_dilation", p.keyInts())
	case "rhs_dilate":
		p.addAttr(op, "rhs_dilation", p.keyInts())
	case "reverse":
		a := &IntArray{Elem: elemOf("i1"), Values: []int64{}}
		p.list("[", "]", func() {
			v := int64(0)
			if p.keyBool() == Attr(Bool(true)) {
				v = 1
			}
			a.Values = append(a.Values, v)
		})
		p.addAttr(op, "window_reversal", a)
	case "pad":
		p.addAttr(op, "padding", p.padding())
	default:
		p.pos = start
		p.fail("stride, pad, lhs_dilate, rhs_dilate or reverse")
	}
}

// padding reads [[low, high], ...] as the literal of the generic form.
func (p *parser) padding() *Dense {
	var all []int64
	p.list("[", "]", func() {
		p.skip()
		at := p.place(p.pos)
		pair := p.integers()
		if len(pair) != 2 {
			p.failAt(at, "expected [low, high], got %d numbers", len(pair))
		}
		all = append(all, pair...)
	})
	n := len(all) / 2
	t := p.newTensor(dtype.Int64, p.pos, n, 2)
	copy(tensor.Flat[int64](t), all)
	name := "<" + strconv.Itoa(n) + "x2xi64>"
	if p.tensors[name] == nil {
		p.tensors[name] = &TensorType{Shape: []int{n, 2}, Elem: elemOf("i64")}
	}
	return &Dense{Type: p.tensors[name], Value: t}
}
