package portable

import (
	"bytes"
	"slices"

	"github.com/ranvier-go/ranvier/lower/kernel"
)

// guardOf is the number, from 1, of the rare stretch that an instruction belongs to, 0 for none.
func guardOf(m *kernel.Map, inst int) int {
	return 1 + slices.IndexFunc(m.Rare, func(r kernel.Rare) bool { return r.From <= inst && inst < r.To })
}

// rare is a condition, which tells whether rare stretches matter in the block.
func (b *stripBuilder) rare(inst int, cond value) value {
	var s rareSpecial
	for i, r := range b.m.Rare {
		if int(r.Cond) == inst {
			s = append(s, i+1)
		}
	}
	if len(s) == 0 || b.nodes[cond].uniform {
		return cond
	}
	return b.special(laneBool, s, cond)
}

// rareSpecial lists the stretches of a condition.
type rareSpecial []int

func (s rareSpecial) run(fr *frame, c *call, _, n int) error {
	p := vec[uint8](fr.p[c.a], n)
	copy(vec[uint8](fr.p[c.d], n), p)
	holds := bytes.IndexByte(p, 1) >= 0
	for _, i := range s {
		fr.matters[i] = holds
	}
	return nil
}
