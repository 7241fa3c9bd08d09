package ir

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"weak"

	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Two graphs are structurally equal when they have the same text, names of graphs and positions aside: the same nodes in the same
// order, attributes of the same value (floats and tensors bit by bit), equal regions. Hashes depend on nothing else, so they are
// the same in every process of one build.

// Hash is a structural hash of g.
func Hash(g *Graph) uint64 {
	h := hasher(0)
	h.graph(g)
	return h.sum()
}

// Equal reports whether g and h are structurally equal.
func Equal(g, h *Graph) bool {
	if g == h {
		return true
	}
	if len(g.Params) != len(h.Params) || len(g.Nodes) != len(h.Nodes) || len(g.Outputs) != len(h.Outputs) {
		return false
	}
	same := make(map[*Value]*Value, len(g.Params)+len(g.Nodes)) // of g to of h
	for i, p := range g.Params {
		if !p.Type.Equal(h.Params[i].Type) {
			return false
		}
		same[p] = h.Params[i]
	}
	equalValues := func(vs, ws []*Value) bool {
		return slices.EqualFunc(vs, ws, func(v, w *Value) bool { return same[v] == w })
	}
	for i, n := range g.Nodes {
		m := h.Nodes[i]
		if !equalValues(n.Inputs, m.Inputs) || !EqualNodes(n, m) || len(n.Results) != len(m.Results) {
			return false
		}
		for j, r := range n.Results {
			if !r.Type.Equal(m.Results[j].Type) {
				return false
			}
			same[r] = m.Results[j]
		}
	}
	return equalValues(g.Outputs, h.Outputs)
}

// HashNode is a hash of the primitive, attributes and regions of n: all but its inputs.
func HashNode(n *Node) uint64 {
	h := hasher(0)
	h.node(n)
	return h.sum()
}

// EqualNodes reports whether n and m have the same primitive, equal attributes and structurally equal regions; inputs are
// not looked at.
func EqualNodes(n, m *Node) bool {
	return n.Op == m.Op && EqualAttrs(n.Attrs, m.Attrs) && slices.EqualFunc(n.Regions, m.Regions, Equal)
}

// EqualAttrs reports whether a and b are attributes of one type and value; nil and empty lists are the same.
func EqualAttrs(a, b Attrs) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	v, w := reflect.ValueOf(a), reflect.ValueOf(b)
	return v.Type() == w.Type() && layoutOf(v.Type()).equal(v, w)
}

func (l *attrLayout) equal(v, w reflect.Value) bool {
	switch l.kind {
	case attrBool:
		return v.Bool() == w.Bool()
	case attrInt:
		return v.Int() == w.Int()
	case attrUint, attrDType:
		return v.Uint() == w.Uint()
	case attrFloat:
		return math.Float64bits(v.Float()) == math.Float64bits(w.Float())
	case attrString:
		return v.String() == w.String()
	case attrTensor:
		return equalTensors(v.Interface().(*tensor.Tensor), w.Interface().(*tensor.Tensor))
	case attrList:
		if v.Len() != w.Len() {
			return false
		}
		for i := range v.Len() {
			if !l.elem.equal(v.Index(i), w.Index(i)) {
				return false
			}
		}
	case attrStruct:
		for _, f := range l.fields {
			if !f.layout.equal(v.Field(f.index), w.Field(f.index)) {
				return false
			}
		}
	}
	return true
}

// equalTensors compares bits, unlike Tensor.Equal, to which all NaNs are equal.
func equalTensors(t, u *tensor.Tensor) bool {
	if t == u || t == nil || u == nil {
		return t == u
	}
	return TypeOf(t).Equal(TypeOf(u)) && bytes.Equal(t.Bytes(), u.Bytes())
}

// hasher is the state of a hash: each word is multiplied in, and both halves of the product are kept.
type hasher uint64

const (
	hashFactor = 0x9e3779b97f4a7c15 // odd, from the golden ratio
	hashSeed   = 0xd6e8feb86659fd93
)

func (h *hasher) word(x uint64) {
	hi, lo := bits.Mul64((uint64(*h)^hashSeed)+x, hashFactor)
	*h = hasher(hi ^ lo ^ bits.RotateLeft64(uint64(*h), 23))
}

func (h *hasher) int(n int) { h.word(uint64(n)) }

// sum spreads the last words over all bits.
func (h *hasher) sum() uint64 {
	x := uint64(*h)
	x = (x ^ x>>32) * hashSeed
	x = (x ^ x>>29) * hashFactor
	return x ^ x>>32
}

func (h *hasher) bytes(b []byte) {
	h.int(len(b))
	for ; len(b) >= 8; b = b[8:] {
		h.word(binary.LittleEndian.Uint64(b))
	}
	var tail [8]byte
	if copy(tail[:], b) > 0 {
		h.word(binary.LittleEndian.Uint64(tail[:]))
	}
}

func (h *hasher) graph(g *Graph) {
	numbers := make(map[*Value]int, len(g.Params)+len(g.Nodes))
	values := func(vs []*Value) {
		h.int(len(vs))
		for _, v := range vs {
			h.int(numbers[v])
		}
	}
	h.int(len(g.Params))
	for _, p := range g.Params {
		numbers[p] = len(numbers)
		h.typ(p.Type)
	}
	h.int(len(g.Nodes))
	for _, n := range g.Nodes {
		h.node(n)
		values(n.Inputs)
		for _, r := range n.Results {
			numbers[r] = len(numbers)
		}
	}
	values(g.Outputs)
}

func (h *hasher) node(n *Node) {
	h.int(int(n.Op))
	if n.Attrs != nil {
		v := reflect.ValueOf(n.Attrs)
		h.attr(layoutOf(v.Type()), v)
	}
	h.int(len(n.Regions))
	for _, r := range n.Regions {
		h.graph(r)
	}
}

func (h *hasher) typ(t Type) {
	h.int(int(t.DType))
	h.int(len(t.Shape))
	for _, d := range t.Shape {
		h.int(d)
	}
}

func (h *hasher) attr(l *attrLayout, v reflect.Value) {
	switch l.kind {
	case attrBool:
		if v.Bool() {
			h.int(1)
		} else {
			h.int(0)
		}
	case attrInt:
		h.word(uint64(v.Int()))
	case attrUint, attrDType:
		h.word(v.Uint())
	case attrFloat:
		h.word(math.Float64bits(v.Float()))
	case attrString:
		h.bytes([]byte(v.String()))
	case attrTensor:
		if t := v.Interface().(*tensor.Tensor); t != nil {
			h.word(HashTensor(t))
		}
	case attrList:
		h.int(v.Len())
		for i := range v.Len() {
			h.attr(l.elem, v.Index(i))
		}
	case attrStruct:
		for _, f := range l.fields {
			h.attr(f.layout, v.Field(f.index))
		}
	}
}

// HashTensor is a hash of the type and the bits of t, which may not change any more: that of a large tensor is kept while t lives.
func HashTensor(t *tensor.Tensor) uint64 {
	const large = 4096 // bytes; below, hashing costs less than the table
	if len(t.Bytes()) < large {
		return hashContent(t)
	}
	key := weak.Make(t)
	if h, ok := tensorHashes.Load(key); ok {
		return h.(uint64)
	}
	h := hashContent(t)
	if _, known := tensorHashes.LoadOrStore(key, h); !known {
		runtime.AddCleanup(t, func(key weak.Pointer[tensor.Tensor]) { tensorHashes.Delete(key) }, key)
	}
	return h
}

var tensorHashes sync.Map // weak.Pointer[tensor.Tensor] -> uint64

func hashContent(t *tensor.Tensor) uint64 {
	h := hasher(0)
	h.typ(TypeOf(t))
	h.bytes(t.LittleEndian())
	return h.sum()
}
