package irtest

import (
	"fmt"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Case is a graph with inputs for it.
type Case struct {
	Graph  *ir.Graph
	Inputs []*tensor.Tensor
}

// String returns the case as two graphs in text form: the graph, and one without parameters that returns the inputs.
func (c *Case) String() string {
	b := ir.NewBuilder("inputs")
	var values []*ir.Value
	for _, t := range c.Inputs {
		values = append(values, b.Const(t))
	}
	return ir.Print(c.Graph) + ir.Print(b.Build(values...))
}

// ParseCase reads what String writes; without the second graph, inputs are drawn from a fixed seed.
func ParseCase(text string) (*Case, error) {
	first, second, found := strings.Cut(text, "\ngraph @inputs")
	g, err := ir.Parse(first)
	if err != nil {
		return nil, err
	}
	c := &Case{Graph: g}
	if !found {
		c.Inputs = Inputs(Seeded(1), g)
		return c, nil
	}
	inputs, err := ir.Parse("graph @inputs" + second)
	if err != nil {
		return nil, fmt.Errorf("inputs: %w", err)
	}
	for i, v := range inputs.Outputs {
		attrs, ok := v.Node.Attrs.(ir.ConstAttrs)
		if !ok || i >= len(g.Params) || !v.Type.Equal(g.Params[i].Type) {
			return nil, fmt.Errorf("inputs: %d is no constant of the type of the parameter", i)
		}
		c.Inputs = append(c.Inputs, attrs.Value)
	}
	if len(c.Inputs) != len(g.Params) {
		return nil, fmt.Errorf("inputs: got %d, want %d", len(c.Inputs), len(g.Params))
	}
	return c, nil
}
