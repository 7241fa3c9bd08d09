package trace

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"unsafe"
)

// abort is what stops an eager call from inside: a cancelled context, a failed Check.
type abort struct{ err error }

// callEager runs the user's function on concrete arrays, operation by operation, and commits the Variables it wrote.
func (p *program) callEager(ctx context.Context, arg unsafe.Pointer, deliver func(tree)) (err error) {
	w := takeScratch()
	p.take(w, arg)
	w.release()
	root := newTracing(p.name, true)
	root.tr.ctx, root.tr.print = ctx, p.opts.print
	defer root.pop()
	defer func() {
		if r := recover(); r != nil {
			a, ok := r.(abort)
			if !ok {
				panic(r)
			}
			err = a.err
		}
	}()
	s := &Scope{f: root}
	s.poll()
	result := p.runUser(s, arg)
	result.flatten(p.name, "result")
	if err := root.commit(); err != nil {
		return err
	}
	deliver(result)
	return nil
}

// poll stops an eager call whose context has ended.
func (s *Scope) poll() {
	if err := s.f.tr.ctx.Err(); err != nil {
		panic(abort{err})
	}
}

// commit stores what an eager call wrote. All Variables are locked in the order of their ids, and none may have changed meanwhile:
// an eager call cannot know beforehand which to lock.
func (f *frame) commit() error {
	slots := slices.Clone(f.touched)
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.v.id, b.v.id) })
	for _, s := range slots {
		s.v.calls.Lock()
		defer s.v.calls.Unlock()
	}
	for _, s := range slots {
		if s.v.value.Load() != s.entry.d {
			return fmt.Errorf("eager call: %s was changed by another call at the same time, so nothing is stored; use Jit for concurrent calls", s.v)
		}
	}
	for _, s := range slots {
		if s.written {
			s.v.value.Store(s.current.d)
		}
	}
	return nil
}
