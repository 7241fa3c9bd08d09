package rewrite

import (
	"fmt"
	"slices"
	"time"

	"github.com/ranvier-go/ranvier/ir"
)

// Options choose what Optimize does. The zero Options are what executors want.
type Options struct {
	// Differentiable keeps what derivatives look at (custom derivatives, stop_gradient) and all rounding: for graphs that
	// autodiff will see.
	Differentiable bool
	// Disable lists passes, by name, that are left out.
	Disable []string
	// MaxRounds bounds the rounds of the passes that are repeated until nothing changes; 0 means 10.
	MaxRounds int
	// OnPass, if not nil, is told about each pass that was run: for timing and dumps.
	OnPass func(PassRun)
}

// PassRun is one run of a pass.
type PassRun struct {
	Name   string
	Round  int // from 0; the last passes, which run once, have the number of rounds before them
	Before *ir.Graph
	After  *ir.Graph // Before itself if the pass changed nothing
	Time   time.Duration
}

// stage says when a pass runs.
type stage uint8

const (
	repeated stage = iota // in each round
	final                 // once behind the rounds, and only for graphs that go to an executor
	cleanup               // like final: a repeated pass once more
)

// entry is one line of the table of passes.
type entry struct {
	name  string
	pass  Pass
	stage stage
}

// table holds the passes in the order in which they run.
var table = []entry{
	{"inline", Inline, repeated},
	{"simplify", Simplify, repeated},
	{"fold", Fold, repeated},
	{"cse", CSE, repeated},
	{"loops", Loops, repeated},
	{"licm", LICM, repeated},
	{"dce", DCE, repeated},
	{"contract", Contract, final},
	{"fold", Fold, cleanup},
	{"cse", CSE, cleanup},
	{"dce", DCE, cleanup},
}

// eraseEntry runs in front of the rounds, because what it leaves is simplified by them.
var eraseEntry = entry{"erase", Erase, final}

// constraint says that the first run of one pass comes before the first of another.
type constraint struct{ before, after, reason string }

var constraints = []constraint{
	{"erase", "inline", "bodies of calls with custom derivatives hold calls"},
	{"inline", "simplify", "rules look through values, not through calls"},
	{"simplify", "fold", "rules find broadcasts of constants, which are folded as scalars"},
	{"simplify", "cse", "different ways to write one thing become equal first"},
	{"fold", "cse", "folded constants may be equal"},
	{"cse", "loops", "operands that are computed twice are one operand"},
	{"loops", "licm", "carries that turn out to be consts let more code move out"},
	{"licm", "dce", "hoisted nodes leave their copies in the loop"},
	{"dce", "contract", "only a product without other uses is fused, and dead nodes are uses"},
	{"licm", "contract", "an invariant product is worth more outside of the loop than in a fused multiply-add"},
}

func init() {
	if err := checkOrder(append([]entry{eraseEntry}, table...), constraints); err != nil {
		panic("BUG: " + err.Error())
	}
}

// checkOrder checks that the table keeps the constraints.
func checkOrder(table []entry, constraints []constraint) error {
	place := func(name string) int {
		return slices.IndexFunc(table, func(e entry) bool { return e.name == name })
	}
	for _, c := range constraints {
		before, after := place(c.before), place(c.after)
		if before < 0 || after < 0 {
			return fmt.Errorf("pass order: %s before %s: no such pass", c.before, c.after)
		}
		if before >= after {
			return fmt.Errorf("pass order: %s runs before %s, want it behind: %s", c.after, c.before, c.reason)
		}
	}
	return nil
}

// Names lists the passes, for Options.Disable.
func Names() []string {
	names := []string{eraseEntry.name}
	for _, e := range table {
		if !slices.Contains(names, e.name) {
			names = append(names, e.name)
		}
	}
	return names
}

// Optimize returns a graph that computes the same as g at less cost, by the passes of the table.
func Optimize(g *ir.Graph, opts Options) *ir.Graph {
	o := optimizer{Options: opts, graph: g, idle: map[string]*ir.Graph{}}
	if o.MaxRounds == 0 {
		o.MaxRounds = 10
	}
	if !opts.Differentiable {
		o.run(eraseEntry)
	}
	for changed := true; changed && o.round < o.MaxRounds; o.round++ {
		changed = false
		for _, e := range table {
			if e.stage == repeated {
				changed = o.run(e) || changed
			}
		}
	}
	if !opts.Differentiable {
		for _, e := range table {
			if e.stage != repeated {
				o.run(e)
			}
		}
	}
	return o.graph
}

// optimizer is the state of one Optimize.
type optimizer struct {
	Options
	graph *ir.Graph
	round int
	idle  map[string]*ir.Graph // the graph in which a pass found nothing to do
}

// run applies one pass and reports whether it changed the graph. A pass that left this very graph as it is, is not run again.
func (o *optimizer) run(e entry) (changed bool) {
	if slices.Contains(o.Disable, e.name) || o.idle[e.name] == o.graph {
		return false
	}
	start := time.Now()
	before := o.graph
	o.graph = e.pass(before)
	if changed = o.graph != before; !changed {
		o.idle[e.name] = o.graph
	}
	if o.OnPass != nil {
		o.OnPass(PassRun{e.name, o.round, before, o.graph, time.Since(start)})
	}
	return changed
}
