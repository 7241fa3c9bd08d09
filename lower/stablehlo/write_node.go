package stablehlo

import (
	"fmt"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// emitter writes one node.
type emitter func(p *printer, n *ir.Node)

// emitters are the forms of primitives that differ from "mnemonic operands : type". A primitive is written by its entry here, else by
// the mnemonic of its row, after Legalize has replaced those that have neither.
var emitters map[ir.OpID]emitter

func init() {
	emitters = map[ir.OpID]emitter{
		op.ConstID:              emitConst,
		op.IotaID:               emitIota,
		op.ConvertID:            emitFunctional,
		op.BitcastID:            emitFunctional,
		op.RealID:               emitFunctional,
		op.ImagID:               emitFunctional,
		op.AbsID:                emitFunctional,
		op.IsFiniteID:           emitFunctional,
		op.ReshapeID:            emitFunctional,
		op.CompareID:            emitCompare,
		op.SelectID:             emitSelect,
		op.ComplexID:            emitComplex,
		op.BroadcastID:          emitAttr("broadcast_in_dim", func(n *ir.Node) string { return "dims = " + ints(n.Attrs.(op.BroadcastAttrs).Dims) }),
		op.TransposeID:          emitAttr("transpose", func(n *ir.Node) string { return "dims = " + ints(n.Attrs.(op.TransposeAttrs).Perm) }),
		op.ConcatenateID:        emitAttr("concatenate", func(n *ir.Node) string { return fmt.Sprintf("dim = %d", n.Attrs.(op.ConcatenateAttrs).Dim) }),
		op.PadID:                emitAttr("pad", padAttrs),
		op.DynamicSliceID:       emitAttr("dynamic_slice", func(n *ir.Node) string { return "sizes = " + ints(n.Attrs.(op.DynamicSliceAttrs).Sizes) }),
		op.FFTID:                emitAttr("fft", fftAttrs),
		op.DotID:                emitAttr("dot_general", dotAttrs),
		op.SliceID:              emitSlice,
		op.ReverseID:            emitReverse,
		op.CholeskyID:           emitCholesky,
		op.GatherID:             emitGeneric("gather", gatherAttrs),
		op.ConvID:               emitGeneric("convolution", convAttrs),
		op.ReduceSumID:          emitReduce("add", 0),
		op.ReduceProdID:         emitReduce("multiply", 1),
		op.ReduceMaxID:          emitReduceOrdered(op.MaxID),
		op.ReduceMinID:          emitReduceOrdered(op.MinID),
		op.ReduceAndID:          emitReduceAnd,
		op.ReduceOrID:           emitReduce("or", 0),
		op.ReduceXorID:          emitReduce("xor", 0),
		op.ReduceID:             emitFold,
		op.ReduceWindowID:       emitReduceWindow,
		op.ScatterID:            emitScatter,
		op.SortID:               emitSort,
		op.SortByID:             emitSortBy,
		op.ScatterManyID:        emitScatter,
		op.WhileID:              emitWhile,
		op.SwitchID:             emitSwitch,
		op.CallID:               emitCall,
		op.TriangularSolveID:    emitGeneric("triangular_solve", solveAttrs),
		op.DynamicUpdateSliceID: emitFunctional,
	}
	for _, row := range ir.Rows() {
		if strings.HasPrefix(row.HLO, "chlo.") && emitters[row.ID] == nil {
			emitters[row.ID] = emitCHLO
		}
	}
}

// emitterOf finds how a node of a legalized graph is written.
func emitterOf(n *ir.Node) emitter {
	if e := emitters[n.Op]; e != nil {
		return e
	}
	if n.Row().HLO == "" || n.Row().Class != ir.ClassElementwise {
		panic("BUG: stablehlo: no form for " + n.Row().Name)
	}
	return emitPlain
}

// emitPlain writes operations whose operands and result have one type.
func emitPlain(p *printer, n *ir.Node) {
	operands := p.list(n.Inputs)
	p.line("%s = %s %s : %s", p.define(n), n.Row().HLO, operands, typeText(n.Result().Type))
}

// emitFunctional writes operations whose operands and result differ in type.
func emitFunctional(p *printer, n *ir.Node) {
	operands := p.list(n.Inputs)
	p.line("%s = %s %s : %s", p.define(n), n.Row().HLO, operands, signature(n.Inputs, n.Results))
}

// emitCHLO writes an operation of dialect chlo.
func emitCHLO(p *printer, n *ir.Node) {
	operands := p.list(n.Inputs)
	p.line("%s = %s %s : %s -> %s", p.define(n), n.Row().HLO, operands, typeListText(n.Inputs), typeText(n.Result().Type))
}

// emitAttr writes "mnemonic operands, attributes : functional type".
func emitAttr(mnemonic string, attrs func(n *ir.Node) string) emitter {
	return func(p *printer, n *ir.Node) {
		operands := p.list(n.Inputs)
		p.line("%s = stablehlo.%s %s, %s : %s", p.define(n), mnemonic, operands, attrs(n), signature(n.Inputs, n.Results))
	}
}

// emitGeneric writes the generic form, with all attributes by name.
func emitGeneric(mnemonic string, attrs func(n *ir.Node) string) emitter {
	return func(p *printer, n *ir.Node) {
		operands := p.list(n.Inputs)
		p.line(`%s = "stablehlo.%s"(%s) <{%s}> : %s`, p.define(n), mnemonic, operands, attrs(n), signature(n.Inputs, n.Results))
	}
}

func emitConst(p *printer, n *ir.Node) {
	p.line("%s = stablehlo.constant %s : %s", p.define(n), literal(n.Attrs.(ir.ConstAttrs).Value), typeText(n.Result().Type))
}

func emitIota(p *printer, n *ir.Node) {
	p.line("%s = stablehlo.iota dim = %d : %s", p.define(n), n.Attrs.(op.IotaAttrs).Dim, typeText(n.Result().Type))
}

func emitCompare(p *printer, n *ir.Node) {
	a, dt := n.Attrs.(op.CompareAttrs), n.Inputs[0].Type.DType
	kind := "UNSIGNED"
	switch {
	case a.Total:
		kind = "TOTALORDER"
	case dt.IsFloat() || dt.IsComplex():
		kind = "FLOAT"
	case dt.IsSigned():
		kind = "SIGNED"
	}
	operands := p.list(n.Inputs)
	p.line("%s = stablehlo.compare %s, %s, %s : %s", p.define(n), strings.ToUpper(string(a.Dir)), operands, kind, signature(n.Inputs, n.Results))
}

func emitSelect(p *printer, n *ir.Node) {
	operands := p.list(n.Inputs)
	p.line("%s = stablehlo.select %s : %s, %s", p.define(n), operands, typeText(n.Inputs[0].Type), typeText(n.Result().Type))
}

func emitComplex(p *printer, n *ir.Node) {
	operands := p.list(n.Inputs)
	p.line("%s = stablehlo.complex %s : %s", p.define(n), operands, typeText(n.Result().Type))
}

func emitSlice(p *printer, n *ir.Node) {
	a := n.Attrs.(op.SliceAttrs)
	ranges := make([]string, len(a.Start))
	for i := range ranges {
		ranges[i] = fmt.Sprintf("%d:%d:%d", a.Start[i], a.Limit[i], a.Stride[i])
	}
	operand := p.name(n.Inputs[0])
	p.line("%s = stablehlo.slice %s [%s] : %s", p.define(n), operand, strings.Join(ranges, ", "), signature(n.Inputs, n.Results))
}

func emitReverse(p *printer, n *ir.Node) {
	operand := p.name(n.Inputs[0])
	p.line("%s = stablehlo.reverse %s, dims = %s : %s", p.define(n), operand, ints(n.Attrs.(op.ReverseAttrs).Dims), typeText(n.Result().Type))
}

func emitCholesky(p *printer, n *ir.Node) {
	operand := p.name(n.Inputs[0])
	p.line("%s = stablehlo.cholesky %s, lower = %t : %s", p.define(n), operand, n.Attrs.(op.CholeskyAttrs).Lower, typeText(n.Result().Type))
}

func padAttrs(n *ir.Node) string {
	a := n.Attrs.(op.PadAttrs)
	return fmt.Sprintf("low = %s, high = %s, interior = %s", ints(a.Low), ints(a.High), ints(a.Interior))
}

func fftAttrs(n *ir.Node) string {
	a := n.Attrs.(op.FFTAttrs)
	return fmt.Sprintf("type = %s, length = %s", strings.ToUpper(string(a.Kind)), ints(a.Length))
}

func dotAttrs(n *ir.Node) string {
	a := n.Attrs.(op.DotAttrs)
	batch := ""
	if len(a.LhsBatch) > 0 {
		batch = fmt.Sprintf("batching_dims = %s x %s, ", ints(a.LhsBatch), ints(a.RhsBatch))
	}
	return fmt.Sprintf("%scontracting_dims = %s x %s, precision = [HIGHEST, HIGHEST]", batch, ints(a.LhsContract), ints(a.RhsContract))
}

func gatherAttrs(n *ir.Node) string {
	a := n.Attrs.(op.GatherAttrs)
	return fmt.Sprintf("dimension_numbers = #stablehlo.gather<offset_dims = %s, collapsed_slice_dims = %s, operand_batching_dims = %s, "+
		"start_indices_batching_dims = %s, start_index_map = %s, index_vector_dim = %d>, indices_are_sorted = %t, slice_sizes = %s",
		ints(a.OffsetDims), ints(a.CollapsedSliceDims), ints(a.OperandBatchingDims), ints(a.StartIndicesBatchingDims), ints(a.StartIndexMap),
		a.IndexVectorDim, a.IndicesAreSorted, array(a.SliceSizes))
}

func solveAttrs(n *ir.Node) string {
	a := n.Attrs.(op.TriangularSolveAttrs)
	transpose := map[op.MatrixOp]string{op.NoTranspose: "NO_TRANSPOSE", op.Transposed: "TRANSPOSE", op.Adjoint: "ADJOINT"}[a.Transpose]
	return fmt.Sprintf("left_side = %t, lower = %t, transpose_a = #stablehlo<transpose %s>, unit_diagonal = %t", a.LeftSide, a.Lower, transpose, a.UnitDiagonal)
}

func convAttrs(n *ir.Node) string {
	a := n.Attrs.(op.ConvAttrs)
	rank := len(a.InputSpatial) + 2
	reversal := make([]string, len(a.Reversal))
	for i, r := range a.Reversal {
		reversal[i] = fmt.Sprint(r)
	}
	reversed := "array<i1>"
	if len(reversal) > 0 {
		reversed = "array<i1: " + strings.Join(reversal, ", ") + ">"
	}
	return fmt.Sprintf("batch_group_count = %d : i64, dimension_numbers = #stablehlo.conv<%sx%s->%s>, feature_group_count = %d : i64, "+
		"lhs_dilation = %s, padding = %s, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>], "+
		"rhs_dilation = %s, window_reversal = %s, window_strides = %s",
		a.BatchGroups, convDims(rank, "b", a.InputBatch, "f", a.InputFeature, a.InputSpatial),
		convDims(rank, "i", a.KernelInput, "o", a.KernelOutput, a.KernelSpatial),
		convDims(rank, "b", a.OutputBatch, "f", a.OutputFeature, a.OutputSpatial), a.FeatureGroups,
		array(a.InputDilation), padding(a.PadLow, a.PadHigh), array(a.KernelDilation), reversed, array(a.Strides))
}

// convDims writes what each dimension is: [b, 0, 1, f].
func convDims(rank int, first string, firstDim int, second string, secondDim int, spatial []int) string {
	words := make([]string, rank)
	words[firstDim], words[secondDim] = first, second
	for i, d := range spatial {
		words[d] = fmt.Sprint(i)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// padding writes the pairs of a matrix attribute.
func padding(low, high []int) string {
	if len(low) == 0 {
		return "dense<> : tensor<0x2xi64>"
	}
	pairs := make([]string, len(low))
	for i := range pairs {
		pairs[i] = fmt.Sprintf("[%d, %d]", low[i], high[i])
	}
	return fmt.Sprintf("dense<[%s]> : tensor<%dx2xi64>", strings.Join(pairs, ", "), len(low))
}
