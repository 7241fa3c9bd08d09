package kernel

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir/op"
)

// Rare is a stretch of instructions of a Map whose results matter only at indices where a condition holds that seldom does: executors skip
// it where the condition holds nowhere in the vector or block at hand. Behind it stand the selects that read its results,
// condition first, result second.
type Rare struct {
	Cond     int32 // an op.RareID
	From, To int   // the stretch
	Selects  int   // behind it
}

// minRare is the size of a stretch that is worth a test and a jump.
const minRare = 16

// orderRare finds such stretches and moves their instructions together, before the first of the selects, and the selects behind them.
func orderRare(m *Map) {
	for i := m.Uni; i < len(m.Insts); i++ {
		if m.Insts[i].Op != op.RareID {
			continue
		}
		selects, stretch := m.rare(int32(i))
		if len(stretch) < minRare {
			continue
		}
		var order []int
		for k := range m.Insts {
			if k == selects[0] {
				order = append(append(order, stretch...), selects...)
			}
			if !slices.Contains(stretch, k) && !slices.Contains(selects, k) {
				order = append(order, k)
			}
		}
		permuteInsts(m, order)
		where := make([]int, len(order))
		for to, from := range order {
			where[from] = to
		}
		for k := range m.Rare {
			r := &m.Rare[k]
			size := r.To - r.From
			r.Cond, r.From = int32(where[r.Cond]), where[r.From]
			r.To = r.From + size
		}
		from := where[stretch[0]]
		m.Rare = append(m.Rare, Rare{int32(where[i]), from, from + len(stretch), len(selects)})
	}
	slices.SortFunc(m.Rare, func(a, b Rare) int { return a.From - b.From })
}

// rare returns the selects of a condition, and what nothing else needs but their second operands.
func (m *Map) rare(cond int32) (selects, stretch []int) {
	for i, in := range m.Insts {
		isSelect := in.Op == op.SelectID && in.Args[0] == cond && in.Args[1] != cond && in.Args[2] != cond
		if isSelect && (len(selects) == 0 || int(in.Args[2]) < selects[0]) {
			selects = append(selects, i)
		}
	}
	if len(selects) == 0 {
		return nil, nil
	}
	needed := make([]bool, len(m.Insts)) // by something else
	for _, s := range m.Stores {
		needed[s.Inst] = true
	}
	for _, f := range m.Folds {
		needed[f.Inst] = true
	}
	for _, r := range m.Rare {
		for k := r.From; k < r.To+r.Selects; k++ {
			needed[k] = true
		}
	}
	inside := make([]bool, len(m.Insts))
	for _, s := range selects {
		inside[m.Insts[s].Args[1]] = true
		needed[s] = true
	}
	for i := len(m.Insts) - 1; i >= 0; i-- {
		in := &m.Insts[i]
		mine := inside[i] && !needed[i] && i >= m.Uni && i < selects[0] && int32(i) != cond && in.Op != OpLoad && in.Op != OpIndex && in.Op != op.RareID
		if mine {
			stretch = append(stretch, i)
		}
		for k, a := range in.Args[:arity(*in)] {
			switch {
			case mine:
				inside[a] = true
			case k == 1 && slices.Contains(selects, i):
			default:
				needed[a] = true
			}
		}
	}
	slices.Reverse(stretch)
	return selects, stretch
}

// rareStretches checks the ranges and that nothing else reads a stretch.
func (v *verifier) rareStretches(m *Map) error {
	end := m.Uni
	for _, r := range m.Rare {
		if r.From < end || r.To <= r.From || r.Selects < 1 || r.To+r.Selects > len(m.Insts) || r.Cond < int32(m.Uni) || int(r.Cond) >= r.From {
			return fmt.Errorf("rare %d to %d: not a stretch behind its condition and the ones before", r.From, r.To)
		}
		end = r.To + r.Selects
		for i, in := range m.Insts {
			isSelect := i >= r.To && i < end
			if isSelect && (in.Op != op.SelectID || in.Args[0] != r.Cond) {
				return fmt.Errorf("rare %d to %d: got %s, want a select of its condition", r.From, r.To, m.instText(i))
			}
			for k, a := range in.Args[:arity(in)] {
				if read := int(a) >= r.From && int(a) < r.To; read && (i < r.From || i >= r.To) && !(isSelect && k == 1) {
					return fmt.Errorf("rare %d to %d: read by %s", r.From, r.To, m.instText(i))
				}
				if isSelect && int(a) >= r.To {
					return fmt.Errorf("rare %d to %d: %s reads one of the selects", r.From, r.To, m.instText(i))
				}
			}
		}
	}
	return nil
}
