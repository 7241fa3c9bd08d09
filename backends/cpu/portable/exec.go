package portable

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Exec is a program prepared for execution. It is immutable: any number of runs may use it at the same time, each with its own Env.
type Exec struct {
	body    block
	leaves  map[kernel.Step]action // the steps without blocks
	maps    int                    // number of Maps, each with a frame in a run
	scratch int                    // bytes that a block of a Map needs at most
	panel   int                    // bytes that a matrix product needs at most
}

// Memory is where the buffers of a program are: Base[id] is the first byte of buffer id, nil only for one without elements. Addresses
// are aligned to the element type. Arena buffers stand at their offsets in one piece of memory, or wherever the caller put them, as
// long as buffers that share bytes in the arena share them here.
type Memory struct{ Base []unsafe.Pointer }

// Env is what a run needs besides memory. An Env serves one run at a time, and may serve one run after the other: it keeps
// scratch memory for the program that it ran last.
type Env struct {
	// Ctx stops RunStep when it is done; nil never. Run sets it.
	Ctx context.Context
	// Progress, if not nil, is told every few milliseconds how many iterations the outermost loop marked User has done, and of
	// how many; the last call has done equal to total.
	Progress func(done, total int)
	// Print receives the text of print nodes; nil drops it.
	Print func(text string)
	// Step is the index of the innermost loop, for messages of checks. Run keeps it; callers of RunStep set it, -1 outside of loops.
	Step int

	run run
}

// New prepares a program. The program must have passed kernel.Verify, and must not change afterwards. An error
// names a step that this executor does not know.
func New(p *kernel.Program) (*Exec, error) {
	ex := &Exec{leaves: map[kernel.Step]action{}}
	pr := &preparer{p: p, ex: ex}
	body, err := pr.block(p.Body)
	if err != nil {
		return nil, fmt.Errorf("portable: prepare %s: %w", p.Name, err)
	}
	ex.body = body
	return ex, nil
}

// Run executes the whole program on mem. It returns ctx's error within milliseconds of its end, and otherwise the error of a
// step: a failed check, an index of a sparse row outside of its array. Outputs are then partly written.
func (ex *Exec) Run(ctx context.Context, mem *Memory, env *Env) error {
	if ctx == nil {
		ctx = context.Background()
	}
	env.Ctx, env.Step = ctx, -1
	defer env.Forget()
	r := env.begin(ex, mem)
	if err := r.poll(); err != nil {
		return err
	}
	return ex.body.run(r)
}

// Forget drops the addresses of a run, so that a kept Env does not keep tensors alive. Run does it itself; whoever calls RunStep may.
func (env *Env) Forget() {
	env.Ctx, env.run.base = nil, nil
	for _, fr := range env.run.frames {
		if fr != nil {
			fr.forget()
		}
	}
}

// RunStep executes one step without blocks (Map, Copy, Deliver, MatMul, Eval) of the program that ex was made from.
func (ex *Exec) RunStep(step kernel.Step, mem *Memory, env *Env) error {
	a, ok := ex.leaves[step]
	if !ok {
		panic(fmt.Sprintf("BUG: RunStep of a %T that is no leaf step of the program", step))
	}
	return a.run(env.begin(ex, mem))
}

// run is the state of one run. It lives in an Env, so that RunStep allocates nothing.
type run struct {
	env     *Env
	ex      *Exec
	base    []unsafe.Pointer
	frames  []*frame // of the Maps that ran already, by number
	scratch []uint64
	panel   []uint64
	budget  int  // work left until the next poll
	inUser  bool // inside a loop whose progress is shown
	done    int  // its finished iterations
	total   int
}

// begin binds the run to a program and memory; frames stay where the program is the same as before.
func (env *Env) begin(ex *Exec, mem *Memory) *run {
	r := &env.run
	if r.ex != ex {
		*r = run{ex: ex, frames: make([]*frame, ex.maps), scratch: makeWords(ex.scratch), panel: makeWords(ex.panel), budget: pollEvery}
	}
	r.env, r.base = env, mem.Base
	return r
}

// makeWords returns zeroed memory of a size in bytes, aligned to 8.
func makeWords(bytes int) []uint64 { return make([]uint64, (bytes+7)/8) }

// pollEvery is the work between two polls, in lane operations: less than a millisecond or so.
const pollEvery = 1 << 20

// spend counts work and polls when enough of it is done.
func (r *run) spend(work int) error {
	if r.budget -= work; r.budget > 0 {
		return nil
	}
	return r.poll()
}

// poll returns the error of the run's context, and shows progress.
func (r *run) poll() error {
	r.budget = pollEvery
	if r.inUser && r.env.Progress != nil {
		r.env.Progress(r.done, r.total)
	}
	if r.env.Ctx == nil {
		return nil
	}
	return r.env.Ctx.Err()
}

// action is a prepared step.
type action interface{ run(r *run) error }

// block is a prepared list of steps.
type block []action

func (b block) run(r *run) error {
	for _, a := range b {
		if err := a.run(r); err != nil {
			return err
		}
	}
	return nil
}

// preparer turns steps into actions.
type preparer struct {
	p  *kernel.Program
	ex *Exec
}

func (pr *preparer) block(steps kernel.Block) (block, error) {
	b := make(block, 0, len(steps))
	for _, s := range steps {
		a, err := pr.step(s)
		if err != nil {
			return nil, err
		}
		b = append(b, a)
	}
	return b, nil
}

func (pr *preparer) step(s kernel.Step) (action, error) {
	switch s := s.(type) {
	case *kernel.LoopStep:
		return pr.loop(s)
	case *kernel.Guard:
		return pr.guard(s)
	case *kernel.WhileStep:
		return pr.while(s)
	case *kernel.SwitchStep:
		return pr.switchStep(s)
	}
	a, err := pr.leaf(s)
	if err != nil {
		return nil, err
	}
	pr.ex.leaves[s] = a
	return a, nil
}

func (pr *preparer) leaf(s kernel.Step) (action, error) {
	switch s := s.(type) {
	case *kernel.Map:
		return pr.mapStep(s)
	case *kernel.Copy:
		return pr.copyStep(s), nil
	case *kernel.Scan:
		return pr.scan(s)
	case *kernel.Deliver:
		return pr.deliver(s)
	case *kernel.Gather:
		return pr.gather(s), nil
	case *kernel.Scatter:
		return pr.scatter(s)
	case *kernel.Pack:
		return pr.pack(s), nil
	case *kernel.MatMul:
		return pr.matMul(s)
	case *kernel.Sparse: // by the reference evaluation of its row
		return pr.eval(&kernel.Eval{Node: s.Node, In: s.In, Out: []kernel.View{s.Dst}}), nil
	case *kernel.Eval:
		return pr.eval(s), nil
	}
	return nil, fmt.Errorf("got a step of type %T, want one of package kernel", s)
}

// nothing is a step over no elements.
type nothing struct{}

func (nothing) run(*run) error { return nil }
