package ir

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// OpID names a primitive. Package ir/op has the constants.
type OpID uint16

// OpInvalid is the zero OpID, no primitive.
const OpInvalid OpID = 0

// Row returns the description of the primitive; an unregistered id is a broken invariant.
func (id OpID) Row() *Row {
	if int(id) >= len(rows) || rows[id] == nil {
		panic(fmt.Sprintf("BUG: op %d has no row", id))
	}
	return rows[id]
}

// String is the primitive's name.
func (id OpID) String() string {
	if int(id) >= len(rows) || rows[id] == nil {
		return fmt.Sprintf("op(%d)", uint16(id))
	}
	return rows[id].Name
}

// Class groups primitives that behave alike in shape, batching and lowering.
type Class uint8

// The classes. Anything not listed is ClassOther and needs its own rules everywhere.
const (
	ClassOther       Class = iota
	ClassElementwise       // all inputs and results have one shape; result i depends on inputs at i only
	ClassShape             // moves elements without computing: broadcast, reshape, transpose, slice, ...
	ClassReduce            // folds axes (attribute Axes)
	ClassCumulative        // running fold along one axis
	ClassIndex             // gather, scatter, dynamic slices
	ClassContract          // products with contracted dimensions
	ClassControl           // has regions
	ClassSparse            // event-driven and sparse products
	ClassSource            // no array inputs: constants, iota
)

// TypeRule computes the result types of a node from the types of its inputs, attributes and regions.
// It returns an *Error made by Mismatch for a wrong program.
type TypeRule func(in []Type, attrs Attrs, regions []*Graph) ([]Type, error)

// EvalRule computes a node in the reference interpreter: the definition of what the primitive means.
// The results must be new tensors or inputs (tensors are immutable). Rows with regions evaluate them through ev.
type EvalRule func(ev *Eval, n *Node, in []*tensor.Tensor) ([]*tensor.Tensor, error)

// ExpandRule writes the node as simpler primitives: for targets without an instruction of their own. It returns nil for element
// types that it does not cover.
type ExpandRule func(b *Builder, n *Node, in []*Value) []*Value

// Row is everything the system knows about one primitive.
type Row struct {
	ID          OpID
	Name        string
	Class       Class
	Arity       int         // number of inputs; -1 if it varies
	Attrs       Attrs       // zero value of the attribute struct; nil if none
	Regions     int         // number of regions; -1 if it varies
	Accepts     dtype.Set   // element types of the (first non-bool) operand, for elementwise rows and for tests
	Types       TypeRule    // result types
	Eval        EvalRule    // reference evaluation
	Expand      ExpandRule  // nil where every target has it
	ULP         float64     // documented error of Expand in units in the last place; 0 means exact
	FastExpand  ExpandRule  // cheaper and less accurate than Expand; nil where there is none
	FastULP     float64     // documented error of FastExpand
	Commutative bool        // the first two inputs may be exchanged
	Effect      bool        // must be kept, and in order
	HLO         string      // StableHLO or CHLO mnemonic; "" where the writer has its own emitter or composes it
	Domain      Domain      // where tests sample it
	Derivative  *Derivative // nil: not differentiable, gradients through it are zero or an error, see NoGradient
	NoGradient  bool        // derivative is zero everywhere (comparisons, rounding, integer results)
	Batch       BatchRule   // nil: one lane after the other in a loop
}

var rows []*Row

// Register adds a row; it is called from init functions of package ir/op and of packages with user kernels.
// A second row for an id or a name is a broken invariant.
func Register(r Row) {
	if r.ID == OpInvalid || r.Name == "" || r.Types == nil {
		panic("BUG: incomplete row " + r.Name)
	}
	if int(r.ID) >= len(rows) {
		rows = append(rows, make([]*Row, int(r.ID)+1-len(rows))...)
	}
	if rows[r.ID] != nil {
		panic("BUG: second row for " + rows[r.ID].Name)
	}
	if _, ok := byName[r.Name]; ok {
		panic("BUG: second row named " + r.Name)
	}
	rows[r.ID] = &r
	byName[r.Name] = &r
	for _, f := range pending[r.ID] {
		f(&r)
	}
	delete(pending, r.ID)
}

// Extend lets f complete the row of a primitive from an init function, now or as soon as it is registered: rules may stand in another
// file than the row.
func Extend(id OpID, f func(r *Row)) {
	if int(id) < len(rows) && rows[id] != nil {
		f(rows[id])
		return
	}
	pending[id] = append(pending[id], f)
}

var pending = map[OpID][]func(*Row){}

var byName = map[string]*Row{}

// RowByName finds a row by the name in the text form.
func RowByName(name string) (*Row, bool) {
	r, ok := byName[name]
	return r, ok
}

// Rows lists all rows in the order of their ids; tests are driven by it.
func Rows() []*Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool { return r == nil })
}

// Domain says what inputs make sense for a row, for tests that sample it.
type Domain struct {
	Lo, Hi float64 // range of floating-point samples; both 0 means [-3, 3]
	// Make builds random valid nodes for rows that need related shapes, attributes or regions: it returns attributes, regions and
	// concrete inputs. size is a hint (0 for empty or minimal shapes). nil for elementwise rows: tests choose shapes.
	Make func(r *Rand, dt dtype.DType, size int) Sample
}

// Sample is one valid application of a row.
type Sample struct {
	Attrs   Attrs
	Regions []*Graph
	Inputs  []*tensor.Tensor
}
