package kernel

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Verify proves that the program is safe to run: every view stays inside its buffer for all indices and all values of the scalars
// that move it, arena buffers stay inside the arena, inputs and constants are never stored to, and types agree. What data decides is
// left to the executors: the entries of IndPtr and Indices of a Deliver, and of those of a Sparse. The error names the step and the view.
func Verify(p *Program) error {
	v := &verifier{p: p, rules: map[string]bool{}}
	if err := v.buffers(); err != nil {
		return fmt.Errorf("verify %s: %w", p.Name, err)
	}
	if err := v.block(p.Body); err != nil {
		return fmt.Errorf("verify %s: %w", p.Name, err)
	}
	return nil
}

// verifier walks a program.
type verifier struct {
	p        *Program
	counters []BufID         // counters of the enclosing loops, innermost last
	rules    map[string]bool // type rules that held before: the same few come again and again
}

func (v *verifier) buffers() error {
	for id := range v.p.Buffers {
		if err := v.buffer(&v.p.Buffers[id]); err != nil {
			return fmt.Errorf("buffer b%d (%s): %w", id, v.p.Buffers[id].text(), err)
		}
	}
	if err := v.slots(v.p.Inputs, Input, "input"); err != nil {
		return err
	}
	return v.slots(v.p.Outputs, Output, "output")
}

func (v *verifier) buffer(b *Buffer) error {
	if !b.DType.Valid() || b.Elems < 0 {
		return fmt.Errorf("got dtype %s and %d elements, want a valid dtype and no negative count", b.DType, b.Elems)
	}
	switch b.Storage {
	case Arena:
		end, ok := addMul(b.Offset, b.Elems, b.DType.Size())
		if b.Offset < 0 || b.Offset%64 != 0 || !ok || end > v.p.Arena {
			return fmt.Errorf("got bytes [%d, %d), want a multiple of 64 and an end within the arena of %d", b.Offset, end, v.p.Arena)
		}
	case Constant:
		if b.Value == nil || b.Value.DType() != b.DType || b.Value.Size() != b.Elems {
			return fmt.Errorf("got the value %v, want a tensor of that type and size", b.Value)
		}
	case Input, Output:
	default:
		return fmt.Errorf("got %s, want arena, input, output or const", b.Storage)
	}
	return nil
}

// slots checks the list of inputs or outputs: buffers of that storage, each once, with its position as slot.
func (v *verifier) slots(ids []BufID, want Storage, name string) error {
	for i, id := range ids {
		if !v.hasBuffer(id) {
			return fmt.Errorf("%s %d: got buffer b%d, want one of %d", name, i, id, len(v.p.Buffers))
		}
		if b := &v.p.Buffers[id]; b.Storage != want || b.Slot != i {
			return fmt.Errorf("%s %d: got buffer b%d (%s), want storage %s and slot %d", name, i, id, b.text(), want, i)
		}
	}
	return nil
}

func (v *verifier) hasBuffer(id BufID) bool { return id >= 0 && int(id) < len(v.p.Buffers) }

func (v *verifier) block(b Block) error {
	for i, s := range b {
		if err := v.step(s); err != nil {
			return fmt.Errorf("step %d (%s): %w", i, stepName(s), err)
		}
	}
	return nil
}

// stepName names a step in messages.
func stepName(s Step) string {
	switch s := s.(type) {
	case *Map:
		return fmt.Sprintf("map %d", s.ID)
	case *Copy:
		return "copy"
	case *Scan:
		return "scan"
	case *LoopStep:
		return "loop"
	case *Guard:
		return "guard"
	case *WhileStep:
		return "while"
	case *SwitchStep:
		return "switch"
	case *Deliver:
		return "deliver"
	case *Gather:
		return "gather"
	case *Scatter:
		return "scatter"
	case *Pack:
		return "pack"
	case *MatMul:
		return "matmul"
	case *Sparse:
		return s.Node.Op.String()
	case *Eval:
		return "eval " + s.Node.Op.String()
	}
	return fmt.Sprintf("%T", s)
}

func (v *verifier) step(s Step) error {
	switch s := s.(type) {
	case *Map:
		return v.mapStep(s)
	case *Copy:
		return v.copyStep(s)
	case *Scan:
		return v.scan(s)
	case *LoopStep:
		return v.loop(s)
	case *Guard:
		return v.guard(s)
	case *WhileStep:
		return v.while(s)
	case *SwitchStep:
		return v.switchStep(s)
	case *Deliver:
		return v.deliver(s)
	case *Gather:
		return v.gather(s)
	case *Scatter:
		return v.scatter(s)
	case *Pack:
		return v.pack(s)
	case *MatMul:
		return v.matMul(s)
	case *Sparse:
		return v.sparse(s)
	case *Eval:
		return v.eval(s)
	}
	return fmt.Errorf("got a step of type %T, want one of package kernel", s)
}

// scalar checks a buffer of at least one element of the given type that control flow reads or writes.
func (v *verifier) scalar(name string, id BufID, dt dtype.DType, written bool) error {
	if !v.hasBuffer(id) {
		return fmt.Errorf("%s: got buffer b%d, want one of %d", name, id, len(v.p.Buffers))
	}
	b := &v.p.Buffers[id]
	if b.DType != dt || b.Elems < 1 {
		return fmt.Errorf("%s b%d: got %s, want at least one %s", name, id, b.text(), dt)
	}
	if written {
		return v.writable(id)
	}
	return nil
}

// writable refuses inputs and constants, and counters inside of their loops.
func (v *verifier) writable(id BufID) error {
	if s := v.p.Buffers[id].Storage; s == Input || s == Constant {
		return fmt.Errorf("b%d: got a store to storage %s, want arena or output", id, s)
	}
	if slices.Contains(v.counters, id) {
		return fmt.Errorf("b%d: got a store to the counter or row of an enclosing loop", id)
	}
	return nil
}

func (v *verifier) loop(s *LoopStep) error {
	if s.Trip < 0 || int64(s.Trip) > 1<<31-1 {
		return fmt.Errorf("got trip %d, want a number from 0 that an i32 counts", s.Trip)
	}
	if err := v.scalar("counter", s.Counter, dtype.Int32, true); err != nil {
		return err
	}
	outer := len(v.counters)
	defer func() { v.counters = v.counters[:outer] }()
	v.counters = append(v.counters, s.Counter)
	return v.block(s.Body)
}

func (v *verifier) guard(s *Guard) error {
	if len(v.counters) == 0 || v.counters[len(v.counters)-1] != s.Counter {
		return fmt.Errorf("got counter b%d, want the counter of the enclosing loop", s.Counter)
	}
	if s.Every < 1 {
		return fmt.Errorf("got every %d, want at least 1", s.Every)
	}
	if err := v.scalar("row", s.Row, dtype.Int32, true); err != nil {
		return err
	}
	return v.block(s.Body)
}

func (v *verifier) while(s *WhileStep) error {
	if err := v.scalar("pred", s.Pred, dtype.Bool, false); err != nil {
		return err
	}
	if err := v.block(s.Cond); err != nil {
		return fmt.Errorf("cond: %w", err)
	}
	return v.block(s.Body)
}

func (v *verifier) switchStep(s *SwitchStep) error {
	if err := v.scalar("index", s.Index, dtype.Int32, false); err != nil {
		return err
	}
	if len(s.Branches) == 0 {
		return fmt.Errorf("got no branches, want at least one")
	}
	for i, b := range s.Branches {
		if err := v.block(b); err != nil {
			return fmt.Errorf("case %d: %w", i, err)
		}
	}
	return nil
}
