package portable

import "github.com/ranvier-go/ranvier/lower/kernel"

// stepWork is the least work that an iteration counts for, so that loops over nothing poll too.
const stepWork = 100

// loop is a prepared LoopStep.
type loop struct {
	trip    int
	reverse bool
	counter kernel.BufID
	user    bool
	body    block
}

func (pr *preparer) loop(s *kernel.LoopStep) (action, error) {
	body, err := pr.block(s.Body)
	if err != nil {
		return nil, err
	}
	return &loop{s.Trip, s.Reverse, s.Counter, s.User, body}, nil
}

func (l *loop) run(r *run) error {
	outer, shows := r.env.Step, l.user && !r.inUser
	if shows {
		r.inUser, r.done, r.total = true, 0, l.trip
	}
	err := l.iterate(r, shows)
	r.env.Step = outer
	if shows {
		r.inUser = false
		if err == nil && r.env.Progress != nil {
			r.env.Progress(l.trip, l.trip)
		}
	}
	return err
}

func (l *loop) iterate(r *run, shows bool) error {
	for k := range l.trip {
		i := k
		if l.reverse {
			i = l.trip - 1 - k
		}
		storeInt32(r, l.counter, i)
		r.env.Step = i
		if err := r.spend(stepWork); err != nil {
			return err
		}
		if err := l.body.run(r); err != nil {
			return err
		}
		if shows {
			r.done = k + 1
		}
	}
	return nil
}

func storeInt32(r *run, buf kernel.BufID, x int) { *(*int32)(r.base[buf]) = int32(x) }

func loadInt32(r *run, buf kernel.BufID) int { return int(*(*int32)(r.base[buf])) }

// guard is a prepared Guard.
type guard struct {
	counter, row kernel.BufID
	every        int
	body         block
}

func (pr *preparer) guard(s *kernel.Guard) (action, error) {
	body, err := pr.block(s.Body)
	if err != nil {
		return nil, err
	}
	return &guard{s.Counter, s.Row, max(s.Every, 1), body}, nil
}

func (g *guard) run(r *run) error {
	i := loadInt32(r, g.counter)
	if i%g.every != 0 {
		return nil
	}
	storeInt32(r, g.row, i/g.every)
	return g.body.run(r)
}

// while is a prepared WhileStep.
type while struct {
	cond, body block
	pred       kernel.BufID
}

func (pr *preparer) while(s *kernel.WhileStep) (action, error) {
	cond, err := pr.block(s.Cond)
	if err != nil {
		return nil, err
	}
	body, err := pr.block(s.Body)
	if err != nil {
		return nil, err
	}
	return &while{cond, body, s.Pred}, nil
}

func (w *while) run(r *run) error {
	for {
		if err := w.cond.run(r); err != nil {
			return err
		}
		if *(*uint8)(r.base[w.pred]) == 0 {
			return nil
		}
		if err := r.spend(stepWork); err != nil {
			return err
		}
		if err := w.body.run(r); err != nil {
			return err
		}
	}
}

// choice is a prepared SwitchStep.
type choice struct {
	index    kernel.BufID
	branches []block
}

func (pr *preparer) switchStep(s *kernel.SwitchStep) (action, error) {
	c := &choice{index: s.Index}
	for _, b := range s.Branches {
		body, err := pr.block(b)
		if err != nil {
			return nil, err
		}
		c.branches = append(c.branches, body)
	}
	return c, nil
}

func (c *choice) run(r *run) error {
	i := min(max(loadInt32(r, c.index), 0), len(c.branches)-1)
	return c.branches[i].run(r)
}
