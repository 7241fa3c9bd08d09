package stablehlo

import (
	"fmt"
	"math"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Operations with regions. Regions of StableHLO may read values of the function around them, so what a closed region of ours takes as
// consts is written as the outer value itself.

// constant writes a scalar constant and returns its name.
func (p *printer) constant(t *tensor.Tensor) string {
	name := p.fresh()
	p.line("%s = stablehlo.constant %s : %s", name, literal(t), typeText(ir.TypeOf(t)))
	return name
}

// block writes the nodes of a region, whose parameters must have names, and its return.
func (p *printer) block(g *ir.Graph) {
	p.nodes(g)
	p.terminate("stablehlo.return", g.Outputs)
}

// labelled writes a region with a block label that declares the parameters of g.
func (p *printer) labelled(g *ir.Graph) {
	args := make([]string, len(g.Params))
	for i, v := range g.Params {
		p.names[v] = p.fresh()
		args[i] = p.names[v] + ": " + typeText(v.Type)
	}
	p.line("^bb0(%s):", strings.Join(args, ", "))
	p.indent++
	p.block(g)
	p.indent--
}

// binaryBlock writes a region (accumulated, new) that applies one operation to scalars; "" returns the new element.
func (p *printer) binaryBlock(mnemonic string, dt dtype.DType) {
	t := typeText(ir.T(dt))
	acc, x := p.fresh(), p.fresh()
	p.line("^bb0(%s: %s, %s: %s):", acc, t, x, t)
	p.indent++
	result := x
	if mnemonic != "" {
		result = p.fresh()
		p.line("%s = stablehlo.%s %s, %s : %s", result, mnemonic, acc, x, t)
	}
	p.line("stablehlo.return %s : %s", result, t)
	p.indent--
}

// emitReduce folds with a mnemonic from a neutral element on.
func emitReduce(mnemonic string, neutral float64) emitter {
	return func(p *printer, n *ir.Node) {
		p.reduce(n, mnemonic, tensor.Must(tensor.Full(n.Result().Type.DType, neutral)))
	}
}

func emitReduceAnd(p *printer, n *ir.Node) {
	dt := n.Result().Type.DType
	ones := tensor.Must(tensor.New(dt))
	for i := range ones.Bytes() {
		ones.Bytes()[i] = 0xff
	}
	if dt == dtype.Bool {
		ones = tensor.Scalar(true)
	}
	p.reduce(n, "and", ones)
}

// emitReduceOrdered folds with the maximum or minimum from the least or largest number on.
func emitReduceOrdered(id ir.OpID) emitter {
	mnemonic, sign := "maximum", -1
	if id == op.MinID {
		mnemonic, sign = "minimum", 1
	}
	return func(p *printer, n *ir.Node) { p.reduce(n, mnemonic, extreme(n.Result().Type.DType, sign)) }
}

// extreme is the largest number of a type for sign 1, the least one for -1.
func extreme(dt dtype.DType, sign int) *tensor.Tensor {
	t := tensor.Must(tensor.New(dt))
	switch {
	case dt.IsFloat():
		t.Set(0, math.Inf(sign))
	case dt.IsBool():
		t.Set(0, sign > 0)
	case dt.IsUnsigned() && sign > 0:
		t.Set(0, uint64(math.MaxUint64)>>(64-dt.Bits()))
	case dt.IsSigned() && sign > 0:
		t.Set(0, int64(math.MaxInt64)>>(64-dt.Bits()))
	case dt.IsSigned():
		t.Set(0, int64(math.MinInt64)>>(64-dt.Bits()))
	}
	return t
}

func (p *printer) reduce(n *ir.Node, mnemonic string, neutral *tensor.Tensor) {
	init, x := p.constant(neutral), n.Inputs[0]
	p.line("%s = stablehlo.reduce(%s init: %s) applies stablehlo.%s across dimensions = %s : (%s, %s) -> %s",
		p.define(n), p.name(x), init, mnemonic, ints(n.Attrs.(op.ReduceAttrs).Axes),
		typeText(x.Type), typeText(ir.TypeOf(neutral)), typeText(n.Result().Type))
}

// opened writes the generic form up to its region, the region, and the rest.
func (p *printer) opened(n *ir.Node, mnemonic, attrs string, region func()) {
	p.line(`%s = "stablehlo.%s"(%s) <{%s}> ({`, p.define(n), mnemonic, p.list(n.Inputs), attrs)
	region()
	p.line("}) : %s", signature(n.Inputs, n.Results))
}

func emitFold(p *printer, n *ir.Node) {
	p.opened(n, "reduce", "dimensions = "+array(n.Attrs.(op.ReduceAttrs).Axes), func() { p.labelled(n.Regions[0]) })
}

// combineMnemonics are the operations of Combine.
var combineMnemonics = map[op.Combine]string{
	op.CombineSet: "", op.CombineAdd: "add", op.CombineMul: "multiply", op.CombineMin: "minimum", op.CombineMax: "maximum",
}

// combiner writes the region of a scatter or reduce_window.
func (p *printer) combiner(n *ir.Node, c op.Combine) func() {
	return func() {
		if c == op.CombineRegion {
			p.labelled(n.Regions[0])
			return
		}
		p.binaryBlock(combineMnemonics[c], n.Result().Type.DType)
	}
}

func emitReduceWindow(p *printer, n *ir.Node) {
	a := n.Attrs.(op.ReduceWindowAttrs)
	attrs := fmt.Sprintf("base_dilations = %s, padding = %s, window_dilations = %s, window_dimensions = %s, window_strides = %s",
		array(a.BaseDilation), padding(a.PadLow, a.PadHigh), array(a.WindowDilation), array(a.Window), array(a.Strides))
	p.opened(n, "reduce_window", attrs, p.combiner(n, a.Combine))
}

func emitScatter(p *printer, n *ir.Node) {
	a := n.Attrs.(op.ScatterAttrs)
	attrs := fmt.Sprintf("indices_are_sorted = %t, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = %s, inserted_window_dims = %s, "+
		"input_batching_dims = %s, scatter_indices_batching_dims = %s, scatter_dims_to_operand_dims = %s, index_vector_dim = %d>, unique_indices = %t",
		a.IndicesAreSorted, ints(a.UpdateWindowDims), ints(a.InsertedWindowDims), ints(a.InputBatchingDims), ints(a.ScatterIndicesBatchingDims),
		ints(a.ScatterDimsToOperandDims), a.IndexVectorDim, a.UniqueIndices)
	p.opened(n, "scatter", attrs, p.combiner(n, a.Combine))
}

func emitSort(p *printer, n *ir.Node) {
	a := n.Attrs.(op.SortAttrs)
	p.opened(n, "sort", fmt.Sprintf("dimension = %d : i64, is_stable = %t", a.Dim, a.Stable), func() { p.labelled(comparator(n.Inputs, a)) })
}

func emitSortBy(p *printer, n *ir.Node) {
	p.opened(n, "sort", fmt.Sprintf("dimension = %d : i64, is_stable = true", n.Attrs.(op.SortByAttrs).Dim), func() { p.labelled(n.Regions[0]) })
}

// comparator is the region of a sort: lexicographic on the keys, floats in total order.
func comparator(operands []*ir.Value, a op.SortAttrs) *ir.Graph {
	b := ir.NewBuilder("comparator")
	var pairs [][2]*ir.Value
	for _, v := range operands {
		t := ir.T(v.Type.DType)
		pairs = append(pairs, [2]*ir.Value{b.Param(t), b.Param(t)})
	}
	var before *ir.Value
	for k := a.Keys - 1; k >= 0; k-- {
		x, y := pairs[k][0], pairs[k][1]
		if a.Descending[k] {
			x, y = y, x
		}
		total := x.Type.DType.IsFloat()
		less := b.Emit1(op.CompareID, op.CompareAttrs{Dir: op.DirLt, Total: total}, x, y)
		if before != nil {
			same := b.Emit1(op.CompareID, op.CompareAttrs{Dir: op.DirEq, Total: total}, x, y)
			less = op.Select(b, same, before, less)
		}
		before = less
	}
	return b.Build(before)
}

func emitWhile(p *printer, n *ir.Node) {
	a, cond, body := n.Attrs.(op.WhileAttrs), n.Regions[0], n.Regions[1]
	carries := n.Inputs[a.CondConsts+a.BodyConsts:]
	p.capture(cond.Params, n.Inputs[:a.CondConsts])
	p.capture(body.Params, n.Inputs[a.CondConsts:a.CondConsts+a.BodyConsts])
	operands := make([]string, len(carries))
	for i, v := range carries {
		name := p.fresh()
		p.names[cond.Params[a.CondConsts+i]], p.names[body.Params[a.BodyConsts+i]] = name, name
		operands[i] = name + " = " + p.name(v)
	}
	p.line("%s = stablehlo.while(%s) : %s", p.define(n), strings.Join(operands, ", "), typeListText(carries))
	p.line("cond {")
	p.indent++
	p.block(cond)
	p.indent--
	p.line("} do {")
	p.indent++
	p.block(body)
	p.indent--
	p.line("}")
}

// capture gives the first parameters of a region the names of outer values.
func (p *printer) capture(params, outer []*ir.Value) {
	for i, v := range outer {
		p.names[params[i]] = p.name(v)
	}
}

// emitSwitch clamps the index from below: case takes the last branch for every index out of range.
func emitSwitch(p *printer, n *ir.Node) {
	zero, index := p.constant(tensor.Scalar(int32(0))), p.fresh()
	p.line("%s = stablehlo.maximum %s, %s : tensor<i32>", index, p.name(n.Inputs[0]), zero)
	p.line(`%s = "stablehlo.case"(%s) ({`, p.define(n), index)
	for i, g := range n.Regions {
		if i > 0 {
			p.line("}, {")
		}
		p.capture(g.Params, n.Inputs[1:])
		p.indent++
		p.block(g)
		p.indent--
	}
	p.line("}) : %s", signature(n.Inputs[:1], n.Results))
}

func emitCall(p *printer, n *ir.Node) {
	a := n.Attrs.(op.CallAttrs)
	operands := p.list(n.Inputs)
	p.line("%s = func.call @%s(%s) : %s", p.define(n), p.call(a.Name, n.Regions[0]), operands, signature(n.Inputs, n.Results))
}
