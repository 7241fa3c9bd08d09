package portable

import (
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// value numbers a node of a Map while it is prepared, and its entry in the table of addresses when it runs.
type value int32

// nodeKind says where a value comes from.
type nodeKind uint8

const (
	kindConst   nodeKind = iota // bits, known when the Map is prepared
	kindLoad                    // an element of a view
	kindStrip                   // a strip of one of several forms
	kindSpecial                 // a special
	kindSecond                  // the second result of a special: args[0]
)

// node is one operation on lanes: smaller than an instruction, which may become several.
type node struct {
	kind    nodeKind
	lane    lane
	forms   forms
	special special
	args    []value
	bits    uint64 // kindConst: the pattern in the width of the lane
	load    int    // kindLoad: index of the view
	uniform bool   // the same for all indices
	guard   int    // from 1: the rare stretch that it belongs to
	static  bool   // uniform and computed from constants only
}

// special is an operation that needs more than the addresses of its operands. It computes n elements of the block that begins at the
// given position of the index space.
type special interface {
	run(fr *frame, c *call, start, n int) error
}

// call is one operation with the entries of its operands and results; entries that are not used are 0.
type call struct {
	f       strip   // or else
	special special //
	d, d2   int32
	a, b, c int32
	e       int32
	guard   int32 // skipped while this rare stretch matters nowhere; 0: never
}

// stripBuilder turns the instructions of a Map into nodes.
type stripBuilder struct {
	p     *kernel.Program
	m     *kernel.Map
	nodes []node
	insts []value // value of each instruction
	pairs map[[4]value]value
	guard int // of the nodes that are added
	err   error
}

func (b *stripBuilder) add(n node) value {
	n.guard = b.guard
	b.nodes = append(b.nodes, n)
	return value(len(b.nodes) - 1)
}

// constant is a number with the pattern that it has in the lane.
func (b *stripBuilder) constant(l lane, bits uint64) value {
	return b.add(node{kind: kindConst, lane: l, bits: bits, uniform: true, static: true})
}

// allUniform reports whether all values are the same for all indices, and known when the Map is prepared.
func (b *stripBuilder) allUniform(args []value) (uniform, static bool) {
	uniform, static = true, true
	for _, a := range args {
		uniform = uniform && b.nodes[a].uniform
		static = static && b.nodes[a].static
	}
	return uniform, static
}

// strip applies an operation with a result in lane l.
func (b *stripBuilder) strip(l lane, f forms, args ...value) value {
	if f.v == nil {
		panic("BUG: operation without strips")
	}
	uniform, static := b.allUniform(args)
	return b.add(node{kind: kindStrip, lane: l, forms: f, args: args, uniform: uniform, static: static})
}

// special applies a special with a result in lane l.
func (b *stripBuilder) special(l lane, s special, args ...value) value {
	uniform, _ := b.allUniform(args)
	return b.add(node{kind: kindSpecial, lane: l, special: s, args: args, uniform: uniform && len(args) > 0})
}

// unary is the strip of an operation with one operand.
func (b *stripBuilder) unary(l lane, f strip, x value) value { return b.strip(l, forms{v: f}, x) }

// load is the value of a view at the index. Views that do not move are uniform.
func (b *stripBuilder) load(i int, dt dtype.DType) value {
	w := viewWalk(b.p, &b.m.Loads[i])
	n, stride := w.inner()
	return b.add(node{kind: kindLoad, lane: laneOf(dt), load: i, uniform: w.linear() && stride == 0 && n > 1})
}
