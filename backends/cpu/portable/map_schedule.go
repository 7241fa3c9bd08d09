package portable

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/lower/kernel"
)

// scheduler decides what the nodes of a Map become: cells, loads in place, results stored in place, scratch memory, and in which order.
type scheduler struct {
	b    *stripBuilder
	m    *kernel.Map
	plan *mapPlan

	items   []item
	stored  map[value]int // node whose result is computed right in the buffer: index of the store
	inPlace []bool        // loads read from the buffer
	spreads map[value]value
	bytes   int // scratch memory, for each element of a block
}

// item is one thing to do for each block: compute a node, or the fold or the store with that index.
type item struct {
	kind itemKind
	v    value // the node, or the value that is folded or stored
	at   int
}

type itemKind uint8

const (
	itemNode itemKind = iota
	itemFold
	itemStore
)

func (s *scheduler) schedule() error {
	s.stored, s.spreads = map[value]int{}, map[value]value{}
	needed := s.needed()
	s.order(needed)
	s.placeLoads()
	s.plan.entries = len(s.b.nodes)
	s.uniform(needed)
	if err := s.calls(); err != nil {
		return err
	}
	s.allocate()
	return nil
}

// needed marks the nodes that stores and folds depend on.
func (s *scheduler) needed() []bool {
	needed := make([]bool, len(s.b.nodes))
	for _, st := range s.m.Stores {
		needed[s.b.insts[st.Inst]] = true
	}
	for _, f := range s.m.Folds {
		needed[s.b.insts[f.Inst]] = true
	}
	for v := len(needed) - 1; v >= 0; v-- {
		if needed[v] {
			for _, a := range s.b.nodes[v].args {
				needed[a] = true
			}
		}
	}
	return needed
}

// order lists the items: nodes as they come, folds behind their node, stores that are not in place at the end.
func (s *scheduler) order(needed []bool) {
	s.inPlace = make([]bool, len(s.b.nodes))
	later := s.planStores()
	for i, f := range s.m.Folds { // of values that are there from the beginning
		if v := s.b.insts[f.Inst]; s.b.nodes[v].uniform || s.isUnitLoad(v) {
			s.items = append(s.items, item{itemFold, v, i})
		}
	}
	for v := range s.b.nodes {
		n := &s.b.nodes[v]
		if v >= len(needed) || !needed[v] || n.uniform || n.kind == kindSecond {
			continue
		}
		if s.isUnitLoad(value(v)) {
			s.inPlace[v] = true
			continue
		}
		s.items = append(s.items, item{itemNode, value(v), 0})
		for i, f := range s.m.Folds {
			if s.b.insts[f.Inst] == value(v) {
				s.items = append(s.items, item{itemFold, value(v), i})
			}
		}
	}
	s.foldSeconds()
	s.items = append(s.items, later...)
}

// foldSeconds adds the folds of second results, which are no items.
func (s *scheduler) foldSeconds() {
	for i, f := range s.m.Folds {
		if v := s.b.insts[f.Inst]; s.b.nodes[v].kind == kindSecond && !s.b.nodes[v].uniform {
			s.items = append(s.items, item{itemFold, v, i})
		}
	}
}

func (s *scheduler) isUnitLoad(v value) bool {
	n := &s.b.nodes[v]
	return n.kind == kindLoad && !n.uniform && s.plan.views[n.load].unit
}

// planStores finds the stores whose value is computed right in the buffer. The others come at the end: copies of loads,
// scalars and values stored twice, and stores that are no plain run of lanes.
func (s *scheduler) planStores() []item {
	var later []item
	for i, st := range s.m.Stores {
		v := s.b.insts[st.Inst]
		a := &s.plan.views[len(s.m.Loads)+i]
		switch _, twice := s.stored[v]; {
		case !a.unit:
			later = append(later, item{itemStore, v, i})
		case twice || s.b.nodes[v].uniform || s.b.nodes[v].kind == kindLoad:
			n := &s.b.nodes[v]
			c := s.b.add(node{kind: kindStrip, lane: n.lane, forms: copyFormsOf(n.lane.size()), args: []value{v}})
			s.inPlace = append(s.inPlace, false)
			s.stored[c] = i
			later = append(later, item{itemNode, c, 0})
		default:
			s.stored[v] = i
		}
	}
	return later
}

// placeLoads finds loads whose memory a store overwrites before their last use. They are copied at the beginning of a block.
func (s *scheduler) placeLoads() {
	written := make([]int, len(s.m.Stores)) // item after which a store's memory has changed
	for k, it := range s.items {
		switch it.kind {
		case itemStore:
			written[it.at] = k
		case itemNode:
			for _, v := range s.results(it.v) {
				if i, ok := s.stored[v]; ok {
					written[i] = k
				}
			}
		}
	}
	last := s.lastUses()
	var first []item
	for v := range s.b.nodes {
		n := &s.b.nodes[v]
		if n.kind != kindLoad || n.uniform || last[v] < 0 {
			continue
		}
		use := last[v]
		if !s.inPlace[v] {
			use = slices.IndexFunc(s.items, func(it item) bool { return it.kind == itemNode && it.v == value(v) })
		}
		for i := range s.m.Stores {
			if use > written[i] && overlap(s.b.p, &s.m.Loads[n.load], &s.m.Stores[i].View) {
				first = append(first, item{itemNode, value(v), 0})
				break
			}
		}
	}
	for _, it := range first {
		if s.inPlace[it.v] {
			s.inPlace[it.v] = false
		} else {
			s.items = slices.DeleteFunc(s.items, func(other item) bool { return other == it })
		}
	}
	s.items = append(first, s.items...)
}

// results lists the values that a node gives.
func (s *scheduler) results(v value) []value {
	if next := int(v) + 1; next < len(s.b.nodes) && s.b.nodes[next].kind == kindSecond {
		return []value{v, v + 1}
	}
	return []value{v}
}

// operands lists the values that an item reads.
func (s *scheduler) operands(it item) []value {
	if it.kind == itemNode {
		return s.b.nodes[it.v].args
	}
	return []value{it.v}
}

// lastUses is the last item that reads each node, or -1.
func (s *scheduler) lastUses() []int {
	last := make([]int, len(s.b.nodes))
	for v := range last {
		last[v] = -1
	}
	for k, it := range s.items {
		for _, v := range s.operands(it) {
			last[v] = k
		}
	}
	return last
}

// uniform makes the calls that compute scalars, in cells.
func (s *scheduler) uniform(needed []bool) {
	for v := range needed {
		n := &s.b.nodes[v]
		if !needed[v] || !n.uniform {
			continue
		}
		s.plan.cells = append(s.plan.cells, cell{value(v), n.lane, n.bits})
		c := call{d: int32(v)}
		switch n.kind {
		case kindConst, kindSecond:
			continue
		case kindLoad:
			c.special = &moveIn{n.load}
		case kindStrip:
			c.f = n.forms.v
			c.setOperands(n.args)
		case kindSpecial:
			c.special = n.special
			c.setOperands(n.args)
			c.setSecond(s.results(value(v)))
			if c.d2 != 0 && !needed[c.d2] {
				s.plan.cells = append(s.plan.cells, cell{value(c.d2), n.lane, 0})
			}
		}
		if n.static {
			s.plan.static = append(s.plan.static, c)
		} else {
			s.plan.once = append(s.plan.once, c)
		}
	}
}

func (c *call) setOperands(args []value) {
	for k, entry := range []*int32{&c.a, &c.b, &c.c, &c.e} {
		if k < len(args) {
			*entry = int32(args[k])
		}
	}
}

func (c *call) setSecond(results []value) {
	if len(results) > 1 {
		c.d2 = int32(results[1])
	}
}

// calls makes the calls of the items.
func (s *scheduler) calls() error {
	for _, it := range s.items {
		c := call{d: int32(it.v)}
		n := &s.b.nodes[it.v]
		switch {
		case it.kind == itemFold:
			f, err := s.fold(it.at)
			if err != nil {
				return err
			}
			c.special, c.a = f, int32(s.vector(it.v))
		case it.kind == itemStore:
			c.special, c.a = &moveOut{len(s.m.Loads) + it.at}, int32(s.vector(it.v))
		case n.kind == kindLoad:
			c.special = &moveIn{n.load}
		case n.kind == kindSpecial:
			args := make([]value, len(n.args))
			for k, a := range n.args {
				args[k] = s.vector(a)
			}
			c.special = n.special
			c.setOperands(args)
			c.setSecond(s.results(it.v))
		default:
			s.stripCall(&c, n)
		}
		if it.kind == itemNode && n.guard > 0 && !s.b.nodes[s.b.insts[s.m.Rare[n.guard-1].Cond]].uniform {
			c.guard = int32(n.guard)
		}
		s.plan.work += workOf(&c)
		s.plan.body = append(s.plan.body, c)
	}
	return nil
}

func workOf(c *call) int {
	if _, slow := c.special.(*rowSpecial); slow {
		return rowWork
	}
	return 1
}

// stripCall picks the form for the operands that are scalars. Where there is none, scalars are spread out.
func (s *scheduler) stripCall(c *call, n *node) {
	scalars := 0
	for k, a := range n.args {
		if s.b.nodes[a].uniform {
			scalars |= 1 << k
		}
	}
	args := slices.Clone(n.args)
	f, exchange := n.forms.pick(scalars)
	if f == nil {
		f, exchange = n.forms.v, false
		for k := range args {
			args[k] = s.vector(args[k])
		}
	}
	if exchange {
		args[0], args[1] = args[1], args[0]
	}
	c.f = f
	c.setOperands(args)
}

// vector is the value as a vector: itself, or a scalar spread out.
func (s *scheduler) vector(v value) value {
	n := &s.b.nodes[v]
	if !n.uniform {
		return v
	}
	to, ok := s.spreads[v]
	if !ok {
		to = value(s.plan.entries)
		s.plan.entries++
		s.spreads[v] = to
		s.plan.spreads = append(s.plan.spreads, spread{v, to, copyFormsOf(n.lane.size()).s1})
	}
	return to
}

// allocate gives scratch memory to the values of a block, reusing it after their last use, and sets the size of blocks.
func (s *scheduler) allocate() {
	free := map[int][]int{} // by size of a lane
	take := func(entry value, size int) int {
		at := s.bytes
		if f := free[size]; len(f) > 0 {
			at, free[size] = f[len(f)-1], f[:len(f)-1]
		} else {
			s.bytes += size
		}
		s.plan.slots = append(s.plan.slots, slot{entry, at})
		return at
	}
	for _, sp := range s.plan.spreads {
		take(sp.to, s.b.nodes[sp.from].lane.size())
	}
	last, where := s.lastUses(), map[value]int{}
	release := func(v value) {
		if at, ok := where[v]; ok {
			size := s.b.nodes[v].lane.size()
			free[size] = append(free[size], at)
			delete(where, v)
		}
	}
	for k, it := range s.items {
		for _, v := range s.operands(it) {
			if last[v] == k {
				release(v)
			}
		}
		if it.kind != itemNode {
			continue
		}
		for _, v := range s.results(it.v) {
			if i, ok := s.stored[v]; ok {
				s.plan.moving = append(s.plan.moving, movingEntry{v, len(s.m.Loads) + i})
				continue
			}
			where[v] = take(v, s.b.nodes[v].lane.size())
		}
		for _, v := range s.results(it.v) {
			if last[v] < 0 { // an unused second result
				release(v)
			}
		}
	}
	for v, yes := range s.inPlace {
		if yes {
			s.plan.moving = append(s.plan.moving, movingEntry{value(v), s.b.nodes[v].load})
		}
	}
	s.plan.block = blockSize(s.bytes, s.plan.row)
}

// blockSize is as large as scratch memory allows, and cuts rows evenly.
func blockSize(bytes, row int) int {
	size := maxBlock
	if bytes > 0 {
		size = min(max(scratchBytes/bytes, minBlock), maxBlock)
	}
	size &^= minBlock - 1
	if row <= size {
		return (row + minBlock - 1) &^ (minBlock - 1)
	}
	pieces := (row + size - 1) / size
	return min(size, (row/pieces+minBlock)&^(minBlock-1))
}

// fold prepares a fold and returns the special that adds a block to it.
func (s *scheduler) fold(i int) (special, error) {
	f, err := (&preparer{p: s.b.p}).folder(s.m, &s.m.Folds[i])
	if err != nil {
		return nil, fmt.Errorf("fold %d: %w", i, err)
	}
	s.plan.folds = append(s.plan.folds, f)
	return &foldBlock{len(s.plan.folds) - 1}, nil
}
