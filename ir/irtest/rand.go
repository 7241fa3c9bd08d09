package irtest

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"

	"github.com/ranvier-go/ranvier/ir"
)

// Seeded returns a reproducible source.
func Seeded(seed uint64) *ir.Rand { return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) }

// FromBytes returns a source whose first decisions are taken by data, two bytes each, so that a fuzzer that changes
// a few bytes changes a few decisions. Behind the end of data it goes on at random, reproducibly.
func FromBytes(data []byte) *ir.Rand {
	h := fnv.New64a()
	h.Write(data)
	return rand.New(&byteSource{data: data, rest: rand.NewPCG(h.Sum64(), 0)})
}

type byteSource struct {
	data []byte
	rest *rand.PCG
}

// Uint64 spreads two bytes over the word, since users take high or low bits.
func (s *byteSource) Uint64() uint64 {
	if len(s.data) < 2 {
		return s.rest.Uint64()
	}
	x := uint64(binary.LittleEndian.Uint16(s.data))
	s.data = s.data[2:]
	return x * 0x0001_0001_0001_0001
}
