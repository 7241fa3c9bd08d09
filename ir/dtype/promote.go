package dtype

import "fmt"

// Operand is the type of one operand of an arithmetic operation. A weak operand (a Go number) has a family
// (integer, float, complex) but gives way to the width of the others.
type Operand struct {
	DType DType
	Weak  bool
}

// A node is a point of the promotion lattice: an element type, or one of the three weak families.
type node uint8

const (
	weakInt node = node(numDTypes) + iota
	weakFloat
	weakComplex

	numNodes
)

// above lists the direct upper neighbours of each node: the lattice of
// https://docs.jax.dev/en/latest/type_promotion.html without the sub-byte and 8-bit floats.
var above = [numNodes][]node{
	node(Bool):      {weakInt},
	weakInt:         {node(Uint8), node(Int8)},
	node(Uint8):     {node(Int16), node(Uint16)},
	node(Uint16):    {node(Int32), node(Uint32)},
	node(Uint32):    {node(Int64), node(Uint64)},
	node(Uint64):    {weakFloat},
	node(Int8):      {node(Int16)},
	node(Int16):     {node(Int32)},
	node(Int32):     {node(Int64)},
	node(Int64):     {weakFloat},
	weakFloat:       {node(BFloat16), node(Float16), weakComplex},
	node(BFloat16):  {node(Float32)},
	node(Float16):   {node(Float32)},
	node(Float32):   {node(Float64), node(Complex64)},
	node(Float64):   {node(Complex128)},
	weakComplex:     {node(Complex64)},
	node(Complex64): {node(Complex128)},
}

// joins[a][b] is the least upper bound of a and b.
var joins = buildJoins()

func buildJoins() (table [numNodes][numNodes]node) {
	// upper[n] has bit m set when m is n or reachable from it.
	var upper [numNodes]uint32
	var reach func(n node) uint32
	reach = func(n node) uint32 {
		if upper[n] == 0 {
			upper[n] = 1 << n
			for _, m := range above[n] {
				upper[n] |= reach(m)
			}
		}
		return upper[n]
	}
	for n := node(Bool); n < numNodes; n++ {
		reach(n)
	}
	for a := node(Bool); a < numNodes; a++ {
		for b := node(Bool); b < numNodes; b++ {
			common := upper[a] & upper[b]
			for n := node(Bool); n < numNodes; n++ {
				if upper[n] == common { // everything above both is above n: n is the least
					table[a][b] = n
				}
			}
			if table[a][b] == 0 {
				panic(fmt.Sprintf("BUG: promotion lattice: nodes %d and %d have no join", a, b))
			}
		}
	}
	return table
}

// Join returns the type of an operation on all the operands, by JAX's rules: the least upper bound in the
// lattice; a weak result takes the default type of its family and stays weak. In mode X32 the
// result has 64 bits only if a strong operand has (JAX has no 64-bit arrays at all in that mode), so that
// uint32 with int32 is int32. No operands, or an Invalid one, give Invalid; so does a narrow type with any type but itself.
func (m Mode) Join(operands ...Operand) Operand {
	if len(operands) == 0 {
		return Operand{}
	}
	allWeak, anyWide := true, false
	for _, o := range operands {
		if first := operands[0].DType; !o.DType.Valid() || (first.IsNarrow() || o.DType.IsNarrow()) && o.DType != first {
			return Operand{}
		}
		allWeak = allWeak && o.Weak
		anyWide = anyWide || wide(o.DType) && !o.Weak
	}
	if operands[0].DType.IsNarrow() {
		return operands[0]
	}
	// Among weak operands only, the widths of their own types count.
	at := func(o Operand) node {
		if o.Weak && !allWeak {
			return weakNode(o.DType)
		}
		return node(o.DType)
	}
	n := at(operands[0])
	for _, o := range operands[1:] {
		n = joins[n][at(o)]
	}
	out := m.resolve(n)
	if allWeak && out.DType != Bool {
		out.Weak = true
	}
	if !anyWide {
		out.DType = m.Canonical(out.DType)
	}
	return out
}

// resolve turns a lattice node into an operand type.
func (m Mode) resolve(n node) Operand {
	switch n {
	case weakInt:
		return Operand{m.Int(), true}
	case weakFloat:
		return Operand{m.Float(), true}
	case weakComplex:
		return Operand{m.Complex(), true}
	}
	return Operand{DType(n), false}
}

func weakNode(d DType) node {
	switch d.info().kind {
	case kindSigned, kindUnsigned:
		return weakInt
	case kindFloat:
		return weakFloat
	case kindComplex:
		return weakComplex
	}
	return node(d)
}

// Promote returns the type of an operation on arrays of types a and b.
func (m Mode) Promote(a, b DType) DType {
	return m.Join(Operand{a, false}, Operand{b, false}).DType
}

// PromoteWeak returns the type of an operation on an array of type strong and a Go number whose
// family (integer, float, complex) is that of number: int32 with float is the default float,
// float16 with int is float16.
func (m Mode) PromoteWeak(strong, number DType) DType {
	return m.Join(Operand{strong, false}, Operand{number, true}).DType
}

// Promote is Mode.Promote in the process-wide mode.
func Promote(a, b DType) DType { return Current().Promote(a, b) }

// PromoteWeak is Mode.PromoteWeak in the process-wide mode.
func PromoteWeak(strong, number DType) DType { return Current().PromoteWeak(strong, number) }
