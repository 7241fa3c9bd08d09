package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// refNet makes the network that the limit program ref makes, from its description: a 64-bit xorshift generator (13, 7, 17), geometric gaps
// between targets, normal numbers by Box and Muller. So its recorded firing rates can be compared with, without its program or its file.
type refNet struct{ state uint64 }

func (g *refNet) uniform() float64 {
	g.state ^= g.state << 13
	g.state ^= g.state >> 7
	g.state ^= g.state << 17
	return float64(g.state>>11) * 0x1p-53
}

func (g *refNet) normal() float64 {
	radius := math.Sqrt(-2 * math.Log(1-g.uniform()))
	return radius * math.Cos(2*math.Pi*g.uniform())
}

// file returns the bytes of the file that "ref lif n T FILE" (scale 1) or "ref hh n T FILE" (scale 10) writes.
func (g *refNet) file(n int, scale float64) []byte {
	g.state = 88172645463325252
	ptr, targets := make([]uint32, n+1), []uint32{}
	log1p := math.Log(1 - float64(fanOut)/float64(n))
	for i := range n {
		for j := -1.0; ; {
			j += 1 + math.Floor(math.Log(1-g.uniform())/log1p)
			if j >= float64(n) {
				break
			}
			targets = append(targets, uint32(j))
		}
		ptr[i+1] = uint32(len(targets))
	}
	v, ge, gi := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range n {
		v[i] = float32(-60 + g.normal()*5 - 5)
		ge[i] = float32((g.normal()*1.5 + 4) * scale)
		gi[i] = float32((g.normal()*12 + 20) * scale)
	}
	return encode(uint32(n), uint32(len(targets)), ptr, targets, v, ge, gi)
}

func encode(parts ...any) []byte {
	var b bytes.Buffer
	for _, part := range parts {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

// writeFile puts bytes into a file of the test.
func writeFile(t *testing.T, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "net")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file
}
