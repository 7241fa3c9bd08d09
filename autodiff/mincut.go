package autodiff

import (
	"math"

	"github.com/ranvier-go/ranvier/ir"
)

// cut finds the values to keep of a part of a graph so that all needed values can be computed from them by cheap nodes, with as few
// bytes as possible: a minimum cut (Ford and Fulkerson, 1956) between the values that must not be computed again and the needed ones.
//
// Each value is two vertices with an edge of its size between them: cut, it is kept. An edge without limit leads from each operand of
// a cheap node to its result, from the source to each value that is not cheap, and from each needed value to the sink. Values that are free
// have no vertices. Of the cuts of least size the one nearest to the sink is taken: it computes the least again.
type cut struct {
	isFree func(v *ir.Value) bool
	cost   func(v *ir.Value) int
	index  map[*ir.Value]int // vertex 2*i+2 has the edges to value i, 2*i+3 those from it
	values []*ir.Value
	free   []*ir.Value
	seen   map[*ir.Value]bool // of free values
	edges  []edge             // edge i^1 is the reverse of edge i
	out    [][]int            // edges by vertex
	level  []int
	next   []int
}

type edge struct {
	to   int
	room int
}

const (
	source    = 0
	sink      = 1
	unlimited = math.MaxInt / 4
)

func newCut(isFree func(v *ir.Value) bool, cost func(v *ir.Value) int) *cut {
	return &cut{isFree: isFree, cost: cost, index: map[*ir.Value]int{}, seen: map[*ir.Value]bool{}, out: make([][]int, 2)}
}

// need demands a value.
func (c *cut) need(v *ir.Value) {
	if i := c.vertex(v); i >= 0 {
		c.connect(2*i+3, sink, unlimited)
	}
}

// vertex adds a value and all that it can be computed from; -1 for a free value.
func (c *cut) vertex(v *ir.Value) int {
	if c.isFree(v) {
		if !c.seen[v] {
			c.seen[v] = true
			c.free = append(c.free, v)
		}
		return -1
	}
	if i, ok := c.index[v]; ok {
		return i
	}
	i := len(c.values)
	c.index[v] = i
	c.values = append(c.values, v)
	c.out = append(c.out, nil, nil)
	c.connect(2*i+2, 2*i+3, c.cost(v))
	if v.IsParam() || !cheap(v.Node) {
		c.connect(source, 2*i+2, unlimited)
		return i
	}
	for _, in := range v.Node.Inputs {
		if k := c.vertex(in); k >= 0 {
			c.connect(2*k+3, 2*i+2, unlimited)
		}
	}
	return i
}

func (c *cut) connect(from, to, room int) {
	c.out[from] = append(c.out[from], len(c.edges))
	c.out[to] = append(c.out[to], len(c.edges)+1)
	c.edges = append(c.edges, edge{to, room}, edge{from, 0})
}

// solve returns the values to keep, and the free ones that are used.
func (c *cut) solve() residuals {
	for c.rank() {
		c.next = make([]int, len(c.out))
		for c.push(source, unlimited) > 0 {
		}
	}
	r := residuals{free: c.free}
	near := c.nearSink()
	for i, v := range c.values {
		if near[2*i+3] && !near[2*i+2] {
			r.saved = append(r.saved, v)
		}
	}
	return r
}

// rank numbers the vertices by distance from the source over edges with room (Dinic, 1970), and reports whether the sink is reached.
func (c *cut) rank() bool {
	c.level = make([]int, len(c.out))
	queue := []int{source}
	c.level[source] = 1
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		for _, e := range c.out[v] {
			if w := c.edges[e].to; c.edges[e].room > 0 && c.level[w] == 0 {
				c.level[w] = c.level[v] + 1
				queue = append(queue, w)
			}
		}
	}
	return c.level[sink] > 0
}

// push sends up to limit from v to the sink along ascending levels, and returns how much arrived.
func (c *cut) push(v, limit int) int {
	if v == sink {
		return limit
	}
	for ; c.next[v] < len(c.out[v]); c.next[v]++ {
		e := c.out[v][c.next[v]]
		w := c.edges[e].to
		if c.edges[e].room == 0 || c.level[w] != c.level[v]+1 {
			continue
		}
		if sent := c.push(w, min(limit, c.edges[e].room)); sent > 0 {
			c.edges[e].room -= sent
			c.edges[e^1].room += sent
			return sent
		}
	}
	return 0
}

// nearSink marks the vertices from which the sink can still be reached.
func (c *cut) nearSink() []bool {
	near := make([]bool, len(c.out))
	near[sink] = true
	stack := []int{sink}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, e := range c.out[v] {
			if w := c.edges[e].to; !near[w] && c.edges[e^1].room > 0 {
				near[w] = true
				stack = append(stack, w)
			}
		}
	}
	return near
}
