package portable

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// indexSpecial writes indices along a dimension.
type indexSpecial struct {
	size, inner int // of the dimension, and of all behind it
	fill        func(d unsafe.Pointer, start, size, inner, n int)
}

func (s *indexSpecial) run(fr *frame, c *call, start, n int) error {
	s.fill(fr.p[c.d], start, s.size, s.inner, n)
	return nil
}

// fillIndex writes (i / inner) mod size for n positions i from start on.
func fillIndex[T number](d unsafe.Pointer, start, size, inner, n int) {
	z := vec[T](d, n)
	at, rest := start/inner%size, start%inner
	for i := range z {
		z[i] = T(at)
		if rest++; rest == inner {
			rest = 0
			if at++; at == size {
				at = 0
			}
		}
	}
}

// lookupSpecial takes elements of a table by the low bits of an index.
type lookupSpecial [16]float32

func newLookup(table *tensor.Tensor) *lookupSpecial {
	return (*lookupSpecial)(tensor.Flat[float32](table))
}

func (s *lookupSpecial) run(fr *frame, c *call, _, n int) error {
	z, index := vec[float32](fr.p[c.d], n), vec[uint32](fr.p[c.a], n)
	for i := range z {
		z[i] = s[index[i]%16]
	}
	return nil
}

// threefrySpecial computes both words of Threefry-2x32.
type threefrySpecial struct{}

func (threefrySpecial) run(fr *frame, c *call, _, n int) error {
	k0, k1 := vec[uint32](fr.p[c.a], n), vec[uint32](fr.p[c.b], n)
	c0, c1 := vec[uint32](fr.p[c.c], n), vec[uint32](fr.p[c.e], n)
	z0, z1 := vec[uint32](fr.p[c.d], n), vec[uint32](fr.p[c.d2], n)
	for i := range z0 {
		z0[i], z1[i] = threefry(k0[i], k1[i], c0[i], c1[i])
	}
	return nil
}

// threefry is the block cipher of Salmon, Moraes, Dror and Shaw (SC 2011) with 20 rounds, written out in groups of four.
func threefry(k0, k1, x0, x1 uint32) (uint32, uint32) {
	const parity = 0x1bd11bda
	k2 := k0 ^ k1 ^ parity
	x0, x1 = fourRoundsA(x0+k0, x1+k1)
	x0, x1 = fourRoundsB(x0+k1, x1+k2+1)
	x0, x1 = fourRoundsA(x0+k2, x1+k0+2)
	x0, x1 = fourRoundsB(x0+k0, x1+k1+3)
	x0, x1 = fourRoundsA(x0+k1, x1+k2+4)
	return x0 + k2, x1 + k0 + 5
}

func fourRoundsA(x0, x1 uint32) (uint32, uint32) {
	x0 += x1
	x1 = bits.RotateLeft32(x1, 13) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, 15) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, 26) ^ x0
	x0 += x1
	return x0, bits.RotateLeft32(x1, 6) ^ x0
}

func fourRoundsB(x0, x1 uint32) (uint32, uint32) {
	x0 += x1
	x1 = bits.RotateLeft32(x1, 17) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, 29) ^ x0
	x0 += x1
	x1 = bits.RotateLeft32(x1, 16) ^ x0
	x0 += x1
	return x0, bits.RotateLeft32(x1, 24) ^ x0
}

// rowSpecial evaluates an instruction by its row: for primitives that have no strips.
type rowSpecial struct {
	inst  *kernel.Inst
	types []dtype.DType // of the operands
}

// rowWork is how many lane operations one element of a rowSpecial counts for.
const rowWork = 50

func (s *rowSpecial) run(fr *frame, c *call, _, n int) error {
	b := ir.NewBuilder("")
	entries := [4]int32{c.a, c.b, c.c, c.e}
	params, in := make([]*ir.Value, len(s.types)), make([]*tensor.Tensor, len(s.types))
	for k, dt := range s.types {
		t, err := tensor.New(dt, n)
		if err != nil {
			return err
		}
		moversOf(dt).store(fr.p[entries[k]], t.Data(), dt.Size(), n)
		params[k], in[k] = b.Param(ir.T(dt, n)), t
	}
	results := b.Emit(s.inst.Op, s.inst.Attrs(), nil, params...)
	which := 0
	if len(results) > 1 {
		which = int(s.inst.Imm)
	}
	out, err := evalNode(fr.r, results[0].Node, in)
	if err != nil {
		return fmt.Errorf("portable: %w", err)
	}
	moversOf(s.inst.DT).load(fr.p[c.d], out[which].Data(), s.inst.DT.Size(), n)
	return nil
}
