package autodiff

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/op"
)

// control is what the transforms need of a row with regions that they look into. Other rows are described by ir.Derivative and
// ir.BatchRule.
type control interface {
	// flow returns which results depend on the marked inputs.
	flow(n *ir.Node, in []bool, p property) []bool
	// jvp emits the node and its derivative. A nil tangent is zero.
	jvp(b *ir.Builder, n *ir.Node, in, tangents []*ir.Value) (out, outTangents []*ir.Value)
	// split emits the known part of the node and, in the open builder, the part that depends on open inputs.
	split(s *splitter, n *ir.Node, in []half) []half
	// transpose is ir.Derivative.Transpose for a node in the open part.
	transpose(b *ir.Builder, n *ir.Node, t *ir.Transposition) []*ir.Value
}

// controls is filled in by init: the rules reach it themselves.
var controls map[ir.OpID]control

func init() {
	controls = map[ir.OpID]control{
		op.LoopID:   loopRule{},
		op.WhileID:  whileRule{},
		op.SwitchID: switchRule{},
		op.CallID:   callRule{},
	}
}
