package kernel

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Program is a lowered graph: buffers and the steps that compute outputs from inputs.
type Program struct {
	Name    string
	Buffers []Buffer
	Inputs  []BufID // one for each graph parameter
	Outputs []BufID // one for each graph output, all distinct
	Body    Block
	Arena   int // bytes of arena needed; offsets are multiples of 64
}

// Block is a list of steps run in order.
type Block []Step

// BufID indexes Program.Buffers.
type BufID int32

// Storage says where a buffer lives.
type Storage uint8

// The storages. Outputs are external buffers of fresh tensors, made before the run; inputs and constants are read only.
const (
	Arena Storage = iota
	Input
	Output
	Constant
)

// Buffer is dense storage of elements of one type, 64-byte aligned.
type Buffer struct {
	DType   dtype.DType
	Elems   int
	Storage Storage
	Offset  int            // bytes from the start of the arena, for Arena
	Slot    int            // index among inputs, outputs or constants otherwise
	Value   *tensor.Tensor // for Constant
	Name    string         // for people
}

// Bytes is the size of the buffer in memory.
func (b *Buffer) Bytes() int { return b.Elems * b.DType.Size() }

// View addresses Size elements of a buffer. Element (i0, i1, ...) is at
//
//	Offset + sum(Strides[d]*id) + sum over Dyn of Stride*clamp(scalar, 0, Max)     (counted in elements)
//
// Strides may be 0 (broadcast) or negative (reverse).
type View struct {
	Buf     BufID
	Offset  int
	Shape   []int
	Strides []int
	Dyn     []Index
}

// Index is a dynamic part of a view's offset: the scalar at element At of Buf (i32, i64, ui32 or ui64; an integer type), clamped to
// [0, Max], times Stride elements.
type Index struct {
	Buf    BufID
	At     int
	Max    int
	Stride int
}

// Step is one action on memory.
type Step interface{ isStep() }

// Map runs a body for each index of a space, in parallel as far as anyone can tell: a store may overwrite a buffer that a load of the
// same Map reads only where both address the same element at the same index.
type Map struct {
	Shape  []int
	Insts  []Inst
	Loads  []View // strides in the order of Shape
	Stores []Store
	Folds  []Fold
	Uni    int // the first Uni instructions do not depend on the index (constants, broadcast scalars and what is computed from them)
	Rare   []Rare
	ID     int // number of this Map in the program, for people and bisection
}

// Inst computes one scalar from earlier ones. Args index Map.Insts.
type Inst struct {
	Op   ir.OpID     // an elementwise primitive, or one of OpLoad, OpImm, OpIndex
	DT   dtype.DType // type of the result
	Args [4]int32
	Dir  Dir    // for Compare
	Imm  uint64 // OpImm: bits of the constant (in the width of DT); OpLoad: index in Loads; OpIndex: dimension; Threefry2x32: which result

	Table *tensor.Tensor // for Lookup
}

// Ids of the instructions that are not primitives, above any primitive's id.
const (
	OpLoad  ir.OpID = 0xff00 + iota // value of Loads[Imm] at the index
	OpImm                           // the constant Imm
	OpIndex                         // index along dimension Imm, converted to DT
)

// Dir is the direction of a comparison.
type Dir uint8

// The directions: floating-point ones are false on NaN except NE. The total ones order
// -NaN < -inf < ... < -0 < +0 < ... < +inf < NaN.
const (
	EQ Dir = iota
	NE
	LT
	LE
	GT
	GE
	TotalEQ
	TotalNE
	TotalLT
	TotalLE
	TotalGT
	TotalGE
)

// Store writes the value of an instruction at each index. Strides are in the order of Map.Shape.
type Store struct {
	Inst int32
	View View
}

// Fold reduces the value of an instruction over the last Dims dimensions of the space with the 16-lane tree of package op, and
// stores the result at the remaining index. Op is ReduceSum, ReduceProd, ReduceMax, ReduceMin, ReduceAnd, ReduceOr or ReduceXor.
type Fold struct {
	Op   ir.OpID
	Inst int32
	Dims int
	View View // strides in the order of the first dimensions of Map.Shape
}

// Scan folds lines along the last dimension, one element after the other, and keeps what each makes: Dst[..., k] is Src[..., 0] to
// Src[..., k] by Op, a ReduceSum, ReduceProd, ReduceMax or ReduceMin. Narrow types fold in 32 bits, of which each result is rounded or wrapped.
type Scan struct {
	Op       ir.OpID
	Dst, Src View // of one shape, in different buffers
}

// Copy writes the elements of Src to Dst; both have the same shape and type. They may be the same memory, but do not overlap otherwise.
type Copy struct{ Dst, Src View }

// LoopStep runs Body Trip times. Counter (i32) holds the iteration index, counting down from Trip-1 when Reverse.
type LoopStep struct {
	Trip    int
	Reverse bool
	Counter BufID
	Body    Block
	User    bool // a loop of the user's program, whose progress may be shown
}

// Guard runs Body when the counter of the enclosing loop is a multiple of Every, with Row (i32) holding Counter/Every.
type Guard struct {
	Counter BufID
	Every   int
	Row     BufID
	Body    Block
}

// WhileStep runs Cond, stops when the bool scalar Pred is false, else runs Body and begins again.
type WhileStep struct {
	Cond Block
	Pred BufID
	Body Block
}

// SwitchStep runs the branch with the number in Index (an i32 scalar, clamped).
type SwitchStep struct {
	Index    BufID
	Branches []Block
}

// Deliver adds events into rows, in place: op.EventCSRID with Acc both operand and result.
type Deliver struct {
	Acc     View   // [post], float
	Events  View   // [pre], bool or Acc's type
	IndPtr  View   // i32[pre+1]; row i ends at the element that follows its start in memory, whatever the stride: see Divide
	Indices View   // ui16, i32 or ui32 [nnz]
	Weights View   // scalar or [nnz], Acc's type
	Lists   []View // if any: the rows with events, as made by List, instead of Events
}

// List writes the numbers of events to Dst, ascending, behind their count. Row is the number of the first event. It only comes from Divide.
type List struct {
	Dst    View // i32[n+1]
	Events View // bool[n]
	Row    int
}

// MatMul computes Dst[b, i, j] = sum_k A[b, i, k] B[b, k, j] (plus nothing): op.DotID brought to three dimensions by views. Fused
// multiply-adds run in the order of k.
type MatMul struct {
	Dst, A, B View // [batch, m, n], [batch, m, k], [batch, k, n]
}

// Windows places equal windows in a larger array by rows of indices. Component j of row i, times Stride[j], summed over j, is where
// window i starts.
type Windows struct {
	Index  View  // [n, k], integers
	Max    []int // the largest index of each component with which the window still fits
	Stride []int // elements of the array for each unit of a component
}

// Gather copies windows out of an array; indices are clamped: op.Gather.
type Gather struct {
	Dst View // [n, window...]
	Src View // [window...]: the window at index 0
	Windows
}

// Scatter combines windows into an array in the order of their indices; windows that do not fit are dropped: op.Scatter, with Dst
// both operand and result. Combine is 0 to overwrite, else the primitive that combines: AddID, MulID, MaxID, MinID.
type Scatter struct {
	Dst     View // [window...]: the window at index 0
	Updates View // [n, window...]
	Combine ir.OpID
	Windows
}

// Sparse is a product with a sparse matrix other than Deliver: op.EventProcID, ProcGatherID, ProcOuterID, CSRGatherID or CSROuterID. All
// views are dense and of rank one at most. Dst is also the first operand of EventProcID, else it is no memory of an operand.
type Sparse struct {
	Node *ir.Node
	In   []View // the operands
	Dst  View
	// Of parts, which only Divide makes: the number of the first row of proc_gather, and the lanes of event_proc, from and to.
	Row   int
	Lanes [2]int
}

// Pack writes bools as bits, 32 in a word: op.PackBits of one dimension. Src is dense.
type Pack struct {
	Dst View // ui32 [words]
	Src View // bool [n]
}

// Eval runs the primitive's reference evaluation on copies of the operands: the step for all that has no loop-level form.
type Eval struct {
	Node *ir.Node
	In   []View
	Out  []View
}

// inner lists the blocks of a step, none for a leaf.
func inner(s Step) []Block {
	switch s := s.(type) {
	case *LoopStep:
		return []Block{s.Body}
	case *Guard:
		return []Block{s.Body}
	case *WhileStep:
		return []Block{s.Cond, s.Body}
	case *SwitchStep:
		return s.Branches
	}
	return nil
}

// leaves visits the steps without blocks of their own, in order.
func (b Block) leaves(visit func(Step)) {
	for _, s := range b {
		blocks := inner(s)
		for _, in := range blocks {
			in.leaves(visit)
		}
		if blocks == nil {
			visit(s)
		}
	}
}

func (*Map) isStep()        {}
func (*Copy) isStep()       {}
func (*Scan) isStep()       {}
func (*LoopStep) isStep()   {}
func (*Guard) isStep()      {}
func (*WhileStep) isStep()  {}
func (*SwitchStep) isStep() {}
func (*Deliver) isStep()    {}
func (*List) isStep()       {}
func (*MatMul) isStep()     {}
func (*Pack) isStep()       {}
func (*Gather) isStep()     {}
func (*Scatter) isStep()    {}
func (*Sparse) isStep()     {}
func (*Eval) isStep()       {}

// Contiguous reports whether the view's elements follow each other in row-major order without gaps.
func (v *View) Contiguous() bool {
	n := 1
	for d := len(v.Shape) - 1; d >= 0; d-- {
		if v.Shape[d] != 1 && v.Strides[d] != n {
			return false
		}
		n *= v.Shape[d]
	}
	return true
}

// Size is the number of elements the view addresses.
func (v *View) Size() int { return product(v.Shape) }

// product is the number of elements of a shape.
func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// RowMajor returns the strides of dense row-major storage.
func RowMajor(shape []int) []int {
	s := make([]int, len(shape))
	n := 1
	for d := len(shape) - 1; d >= 0; d-- {
		s[d] = n
		n *= shape[d]
	}
	return s
}
