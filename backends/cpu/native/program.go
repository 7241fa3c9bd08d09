package native

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Code is a compiled program: machine code and what is needed to run it.
type Code struct {
	Bytes     []byte
	Steps     []kernel.Step // leaf steps that the portable executor runs, by exit number
	Why       []string      // why each of them has no code
	Enclosing []int         // offset of the counter of the loop around each of them, 0 outside of loops
	Errors    []string      // what can go wrong in a step, by number
	Bases     []int         // for external buffers: offset of their pointer in the workspace; 0 for arena buffers
	Arena     int           // offset of the arena in the workspace
	Workspace int           // bytes
	Listing   string        // if asked for
	Counters  []Counter     // of the user's outermost loops, for progress
	Helpers   []int         // where helpers enter: see fork.go
	Desks     int           // offset of the desk of the first helper
}

// Counter says where a loop of the user keeps its iteration index.
type Counter struct {
	Loop *kernel.LoopStep
	At   int // offset of the i32 in the workspace
}

// Options of a compilation.
type Options struct {
	Tier    string                 // "avx512", "avx2"
	Listing bool                   // keep a listing
	Skip    func(kernel.Step) bool // leave this step to the portable executor: for bisection
	Divided kernel.Division        // steps that several threads share
}

// compiler emits a program.
type compiler struct {
	a    *asm.Assembler
	lay  *layout
	isa  *isa
	prog *kernel.Program
	opts Options
	code *Code
	in   []int // counters of the loops around the current step
	part *part // of a divided step that is being emitted, or nil
}

// Compile turns a program into machine code.
func Compile(p *kernel.Program, opts Options) (*Code, error) {
	helpers := 0
	for _, parts := range opts.Divided {
		helpers = max(helpers, len(parts.Then)-1)
	}
	c := &compiler{a: asm.New(), lay: newLayout(p, helpers), prog: p, opts: opts, code: &Code{}}
	var err error
	if c.isa, err = tier(opts.Tier); err != nil {
		return nil, err
	}
	if c.isa.masks == 0 {
		c.a.LimitAVX2()
	}
	if opts.Listing {
		c.a.KeepListing()
	}
	// Entry: the context pointer is the workspace.
	c.a.Emit(asm.MOV, rWork, asm.RDI)
	c.a.Emit(asm.MOV, rTmp, work(offResume))
	start := c.a.NewLabel()
	c.a.Emit(asm.TEST, rTmp, rTmp)
	c.a.Jump(asm.JE, start)
	c.a.Emit(asm.JMP, rTmp)
	c.a.Bind(start)
	c.block(p.Body)
	c.exit(ExitDone, 0)
	entries := c.helpers(helpers)
	if c.code.Bytes, err = c.a.Bytes(); err != nil {
		return nil, fmt.Errorf("native: %s: %w", p.Name, err)
	}
	for _, l := range entries {
		c.code.Helpers = append(c.code.Helpers, c.a.Offset(l))
	}
	c.code.Bases, c.code.Desks = c.lay.base, c.lay.desks
	c.code.Arena = c.lay.arena
	c.code.Workspace = c.lay.scratch(0) + c.lay.extra + 64
	if opts.Listing {
		c.code.Listing = c.a.Listing()
	}
	return c.code, nil
}

func tier(name string) (*isa, error) {
	switch name {
	case "avx512":
		return avx512, nil
	case "avx2":
		return avx2, nil
	}
	return nil, fmt.Errorf("native: no code for instruction set %q, want avx512 or avx2", name)
}

// Keeps says which primitives a tier has instructions for, so that they need not be expanded. Other tiers than those of this package
// keep none.
func Keeps(name string) func(ir.OpID) bool {
	t, err := tier(name)
	if err != nil {
		return nil
	}
	return func(id ir.OpID) bool { return t.keeps[id] }
}

// exit returns to Go. After ExitYield and ExitStep the code is entered again behind it.
func (c *compiler) exit(code, step int) {
	if c.part != nil {
		panic("BUG: a part of a divided step leaves")
	}
	c.a.Emit(asm.MOV, work(offExit).Sized(8), asm.Imm(code))
	c.a.Emit(asm.MOV, work(offStep).Sized(8), asm.Imm(step))
	resume := c.a.NewLabel()
	if code == ExitYield || code == ExitStep {
		c.a.Emit(asm.LEA, rTmp, resume.Mem())
		c.a.Emit(asm.MOV, work(offResume), rTmp)
	}
	c.a.Emit(asm.VZEROUPPER)
	c.a.Emit(asm.RET)
	c.a.Bind(resume)
}

// fail ends the run with an error.
func (c *compiler) fail(message string) {
	number := len(c.code.Errors)
	c.code.Errors = append(c.code.Errors, message)
	if c.part != nil {
		c.a.Emit(asm.MOV, work(offFailed).Sized(8), asm.Imm(number+1))
		c.a.Jump(asm.JMP, c.part.end)
		return
	}
	c.exit(ExitError, number)
}

func (c *compiler) block(b kernel.Block) {
	for len(b) > 0 {
		n := c.forkable(b)
		if n == 0 || !c.fork(b[:n]) {
			n = 1
			c.step(b[0])
		}
		c.pollBehind(b[:n])
		b = b[n:]
	}
}

// longStep is the estimated time of a step in nanoseconds behind which the code looks whether it has to yield.
const longStep = 100_000

// pollBehind polls behind long steps, which no loop polls for.
func (c *compiler) pollBehind(b kernel.Block) {
	cost := 0
	for _, s := range b {
		switch s.(type) {
		case *kernel.LoopStep, *kernel.WhileStep, *kernel.SwitchStep, *kernel.Guard:
		default:
			cost += stepCost(s)
		}
	}
	if cost >= longStep || cost < 0 {
		c.poll(cost)
	}
}

func (c *compiler) step(s kernel.Step) {
	switch s := s.(type) {
	case *kernel.LoopStep:
		c.loop(s)
	case *kernel.Guard:
		c.guard(s)
	case *kernel.WhileStep:
		c.while(s)
	case *kernel.SwitchStep:
		c.branches(s)
	default:
		c.leaf(s)
	}
}

// leaf emits a step, or an exit to the portable executor if there is no code for it.
func (c *compiler) leaf(s kernel.Step) {
	why := "skipped"
	if c.opts.Skip == nil || !c.opts.Skip(s) {
		err := c.try(func() error { return c.emitLeaf(s) })
		if err == nil {
			return
		}
		why = err.Error()
	}
	c.exit(ExitStep, len(c.code.Steps))
	c.code.Steps = append(c.code.Steps, s)
	c.code.Why = append(c.code.Why, why)
	enclosing := 0
	if len(c.in) > 0 {
		enclosing = c.in[len(c.in)-1]
	}
	c.code.Enclosing = append(c.code.Enclosing, enclosing)
}

// try runs an emission and takes it back if it turns out to be impossible.
func (c *compiler) try(emit func() error) (err error) {
	mark, frame := c.a.Mark(), c.lay.frame
	defer func() {
		c.lay.frame = frame
		switch p := recover().(type) {
		case nil:
		case noCode:
			err = fmt.Errorf("%s", p.why)
		case frameFull:
			err = fmt.Errorf("too many values at once")
		default:
			panic(p)
		}
		if err == nil {
			err = c.a.Err()
		}
		if err != nil {
			c.a.Rewind(mark)
		}
	}()
	return emit()
}

func (c *compiler) emitLeaf(s kernel.Step) error {
	switch s := s.(type) {
	case *kernel.Map:
		c.a.Comment(fmt.Sprintf("map %d", s.ID))
		return emitMap(c.a, c.lay, c.isa, s)
	case *kernel.Copy:
		return c.copy(s)
	case *kernel.Scan:
		return c.scan(s)
	case *kernel.Deliver:
		return c.deliver(s)
	case *kernel.List:
		return c.list(s)
	case *kernel.Sparse:
		return c.sparse(s)
	case *kernel.Gather:
		return c.gather(s)
	case *kernel.Scatter:
		return c.scatter(s)
	case *kernel.Pack:
		return c.pack(s)
	case *kernel.MatMul:
		return c.matmul(s)
	}
	if e, ok := s.(*kernel.Eval); ok {
		if e.Node.Op == op.SortID {
			return c.sort(e)
		}
		return fmt.Errorf("no code for %s", e.Node.Op)
	}
	return fmt.Errorf("no code for %T", s)
}

// scalarAt is the memory of a scalar in an arena buffer.
func (c *compiler) scalarAt(id kernel.BufID) asm.Mem { return work(c.lay.bufferAddr(id)) }

// loop emits the loop with a trip count. The counter is in memory, so that the loop can be left and entered again.
func (c *compiler) loop(s *kernel.LoopStep) {
	counter := c.scalarAt(s.Counter).Sized(4)
	if s.User && len(c.in) == 0 {
		c.code.Counters = append(c.code.Counters, Counter{s, c.lay.bufferAddr(s.Counter)})
	}
	first, last, step := 0, s.Trip-1, asm.INC
	if s.Reverse {
		first, last, step = last, first, asm.DEC
	}
	c.a.Emit(asm.MOV, counter, asm.Imm(first))
	top, end := c.a.NewLabel(), c.a.NewLabel()
	c.a.Align(16)
	c.a.Bind(top)
	c.in = append(c.in, c.lay.bufferAddr(s.Counter))
	c.block(s.Body)
	c.in = c.in[:len(c.in)-1]
	c.a.Emit(asm.CMP, counter, asm.Imm(last))
	c.a.Jump(asm.JE, end)
	c.a.Emit(step, counter)
	c.poll(bodyCost(s.Body))
	c.a.Jump(asm.JMP, top)
	c.a.Bind(end)
}

// poll leaves if the budget is used up. No register is alive here. Parts of divided steps do not poll.
func (c *compiler) poll(cost int) {
	if c.part != nil {
		return
	}
	if cost <= 0 || cost > math.MaxInt32 { // also where sizes beyond memory overflow
		cost = math.MaxInt32
	}
	c.a.Emit(asm.SUB, work(offBudget).Sized(8), asm.Imm(cost))
	on := c.a.NewLabel()
	c.a.Jump(asm.JG, on)
	c.exit(ExitYield, 0)
	c.a.Bind(on)
}

func (c *compiler) guard(s *kernel.Guard) {
	c.a.Emit(asm.MOV, asm.EAX, c.scalarAt(s.Counter))
	c.a.Emit(asm.XOR, asm.EDX, asm.EDX)
	c.a.Emit(asm.MOV, asm.ECX, asm.Imm(s.Every))
	c.a.Emit(asm.DIV, asm.ECX)
	c.a.Emit(asm.TEST, asm.EDX, asm.EDX)
	skip := c.a.NewLabel()
	c.a.Jump(asm.JNE, skip)
	c.a.Emit(asm.MOV, c.scalarAt(s.Row), asm.EAX)
	c.block(s.Body)
	c.a.Bind(skip)
}

func (c *compiler) while(s *kernel.WhileStep) {
	top, end := c.a.Here(), c.a.NewLabel()
	c.block(s.Cond)
	c.a.Emit(asm.CMP, c.scalarAt(s.Pred).Sized(1), asm.Imm(0))
	c.a.Jump(asm.JE, end)
	c.block(s.Body)
	c.poll(bodyCost(s.Cond) + bodyCost(s.Body))
	c.a.Jump(asm.JMP, top)
	c.a.Bind(end)
}

// branches compares the index with each number in turn; anything out of range goes to the first or last branch.
func (c *compiler) branches(s *kernel.SwitchStep) {
	loadScalar(c.a, c.lay, s.Index)
	end := c.a.NewLabel()
	labels := make([]asm.Label, len(s.Branches))
	for i := range labels {
		labels[i] = c.a.NewLabel()
		if i < len(labels)-1 {
			c.a.Emit(asm.CMP, rTmp, asm.Imm(i))
			c.a.Jump(asm.JLE, labels[i])
		}
	}
	for i := len(labels) - 1; i >= 0; i-- {
		c.a.Bind(labels[i])
		c.block(s.Branches[i])
		if i > 0 {
			c.a.Jump(asm.JMP, end)
		}
	}
	c.a.Bind(end)
}

// loadScalar reads an integer scalar into rTmp.
func loadScalar(a *asm.Assembler, lay *layout, id kernel.BufID) {
	buf := &lay.prog.Buffers[id]
	at := work(lay.bufferAddr(id))
	if buf.Storage != kernel.Arena {
		a.Emit(asm.MOV, rTmp, work(lay.base[id]))
		at = asm.Mem{Base: rTmp}
	}
	loadInteger(a, rTmp, at, buf.DType)
}

// bodyCost estimates nanoseconds for one run of a block, without the loops in it, which count for themselves.
func bodyCost(b kernel.Block) int {
	cost := 2
	for _, s := range b {
		cost += stepCost(s)
	}
	return cost
}

func stepCost(s kernel.Step) int {
	switch s := s.(type) {
	case *kernel.Map:
		n := 1
		for _, d := range s.Shape {
			n *= d
		}
		return n*len(s.Insts)/32 + 5
	case *kernel.Copy:
		return s.Dst.Size()/8 + 2
	case *kernel.Scan:
		return s.Dst.Size() + 5
	case *kernel.Deliver:
		return s.Events.Size()/16 + 50
	case *kernel.Sparse: // without the rows, which poll
		return s.In[0].Size()/16 + s.Dst.Size()/32 + 50
	case *kernel.Gather:
		return s.Dst.Size()/8 + s.Index.Size() + 5
	case *kernel.Scatter:
		return s.Updates.Size()/4 + s.Index.Size() + 5
	case *kernel.Pack:
		return s.Src.Size()/64 + 5
	case *kernel.MatMul:
		return matmulCost(s)
	case *kernel.Guard:
		return bodyCost(s.Body)
	case *kernel.SwitchStep:
		most := 0
		for _, br := range s.Branches {
			most = max(most, bodyCost(br))
		}
		return most
	}
	return 2
}

// copy emits a Copy as a Map that loads and stores.
func (c *compiler) copy(s *kernel.Copy) error {
	dt := c.prog.Buffers[s.Src.Buf].DType
	if bits, ok := map[int]dtype.DType{1: dtype.Uint8, 2: dtype.Uint16, 4: dtype.Uint32, 8: dtype.Uint64}[dt.Size()]; ok {
		dt = bits // NaNs keep theirs
	}
	return emitMap(c.a, c.lay, c.isa, kernel.CopyMap(s, dt))
}
