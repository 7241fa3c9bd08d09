package brain

import (
	"fmt"

	"github.com/ranvier-go/ranvier/trace"
)

// Comm carries events of a population through connections.
type Comm interface {
	// Sizes returns the sizes of the sending and the receiving population.
	Sizes() (pre, post int)
	// Deliver returns acc[post] with the weights of the connections added whose sender has an event in events[pre].
	Deliver(s *trace.Scope, acc, events trace.Array) trace.Array
}

// Synapse describes the dynamics of a synaptic variable; Make makes the state of one for a receiving population.
type Synapse interface {
	Make(post int) SynapseState
}

// SynapseState is a synaptic variable of the receiving population: one value for each receiving neuron, whatever the number of
// connections ("align post": possible because the dynamics are linear and the same for all connections).
type SynapseState interface {
	// Update advances the variable by a step; deliver adds the events that arrive in it.
	Update(s *trace.Scope, deliver func(acc trace.Array) trace.Array)
	// Conductance is the current value, one for each receiving neuron.
	Conductance(s *trace.Scope) trace.Array
	Reset()
}

// Output turns a conductance into a current.
type Output interface {
	Current(s *trace.Scope, g, v trace.Array) trace.Array
}

// Target is a population that receives currents.
type Target interface {
	Size() int
	// AddCurrent registers a current as a function of the membrane potential; it is evaluated in each update.
	AddCurrent(current func(s *trace.Scope, v trace.Array) trace.Array)
}

// Currents collects the currents into a population; neurons embed it.
type Currents struct {
	sources []func(s *trace.Scope, v trace.Array) trace.Array
}

// AddCurrent registers a current.
func (c *Currents) AddCurrent(current func(s *trace.Scope, v trace.Array) trace.Array) {
	c.sources = append(c.sources, current)
}

// Total is input plus all registered currents at membrane potential v.
func (c *Currents) Total(s *trace.Scope, v, input trace.Array) trace.Array {
	for _, source := range c.sources {
		input = input.Add(source(s, v))
	}
	return input
}

// Projection connects a sending to a receiving population: connections, synaptic dynamics, output. Make one with AlignPost.
type Projection struct {
	Comm    Comm
	Synapse SynapseState
	Output  Output
}

// AlignPost makes a projection whose synaptic variables stand at the receiving neurons, and adds its current to post. A size of comm that
// differs from post's panics with an *ir.Error.
func AlignPost(comm Comm, syn Synapse, out Output, post Target) *Projection {
	for name, part := range map[string]any{"connections": comm, "synapse": syn, "output": out, "receiving population": post} {
		if part == nil {
			trace.Fail("align post", name, "nil", "one", "")
		}
	}
	if _, n := comm.Sizes(); n != post.Size() {
		trace.Fail("align post", "connections", fmt.Sprintf("%d targets", n), fmt.Sprintf("%d, the size of the receiving population", post.Size()), "")
	}
	p := &Projection{Comm: comm, Synapse: syn.Make(post.Size()), Output: out}
	post.AddCurrent(func(s *trace.Scope, v trace.Array) trace.Array {
		return out.Current(s, p.Synapse.Conductance(s), v)
	})
	return p
}

// Update delivers the events (bool or float, one for each sending neuron) and advances the synaptic variable by one step.
func (p *Projection) Update(s *trace.Scope, events trace.Array) {
	if pre, _ := p.Comm.Sizes(); events.Rank() != 1 || events.Size() != pre {
		trace.Fail("projection update", "events", events.Type().String(), fmt.Sprintf("a vector of %d", pre), "")
	}
	p.Synapse.Update(s, func(acc trace.Array) trace.Array { return p.Comm.Deliver(s, acc, events) })
}

// Reset puts the synaptic variable back to its start.
func (p *Projection) Reset() { p.Synapse.Reset() }

// Resetter is a system that can start again.
type Resetter interface{ Reset() }

// Reset resets each of the systems.
func Reset(systems ...Resetter) {
	for _, r := range systems {
		r.Reset()
	}
}
