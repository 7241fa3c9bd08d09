package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/ranvier-go/ranvier/brain/connect"
	"github.com/ranvier-go/ranvier/brain/initial"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
)

// fanOut is the mean number of connections that a neuron sends, at every size of the network.
const fanOut = 80

// laws are what the two networks differ in: the distributions of initial conductances and the weights.
type laws struct {
	ge, gi initial.Normal
	we, wi float64
}

// network is the wiring and the initial values of a network, of which the first 80 % of the neurons are excitatory.
type network struct {
	E, I      *connect.CSR // exported: their weights are Variables
	n, ne     int
	v, ge, gi trace.Array
}

// newNetwork loads a network from the file of -load, or draws one.
func newNetwork(c *config, l laws) (*network, error) {
	if c.load != "" {
		return loadNetwork(c.load, c.n, l)
	}
	initial.SetSeed(c.seed)
	ne := c.n * 8 / 10
	prob := connect.FixedProb{P: float64(fanOut) / float64(c.n)}
	return &network{
		E: prob.Event(ne, c.n, l.we), I: prob.Event(c.n-ne, c.n, l.wi), n: c.n, ne: ne,
		v:  initial.Normal{Mean: -65, Std: 5}.Init(c.n),
		ge: l.ge.Init(c.n),
		gi: l.gi.Init(c.n),
	}, nil
}

func (net *network) synapses() int { return net.E.Synapses() + net.I.Synapses() }

// loadNetwork reads what "ref lif 4000 10 FILE" and "ref hh 4000 1 FILE" write, little-endian: uint32 n and synapses, n+1 uint32 row pointers,
// the uint32 targets, and as f32 the initial V, ge and gi. n is the size that the user wants, or 0 for that of the file.
func loadNetwork(file string, n int, l laws) (*network, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	net, err := readNetwork(bufio.NewReaderSize(f, 1<<20), info.Size(), n, l)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", file, err)
	}
	return net, nil
}

// readNetwork reads a network from a file of size bytes, which is checked before anything of its length is taken from memory.
func readNetwork(r io.Reader, size int64, want int, l laws) (*network, error) {
	var head struct{ N, Synapses uint32 }
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil {
		return nil, fmt.Errorf("got %d bytes, want at least 8: uint32 neurons, uint32 synapses", size)
	}
	n, nnz := int(head.N), int(head.Synapses)
	if need := 4 * (2 + int64(n) + 1 + int64(nnz) + 3*int64(n)); need != size || n < 2 || nnz > math.MaxInt32 {
		return nil, fmt.Errorf("got %d bytes, want %d for the %d neurons and %d synapses of its header (uint32 n, synapses, n+1 row "+
			"pointers, targets; f32 V, ge, gi)", size, need, n, nnz)
	}
	if want != 0 && want != n {
		return nil, fmt.Errorf("got a network of %d neurons, want %d as -n says", n, want)
	}
	ptr, targets := make([]uint32, n+1), make([]uint32, nnz)
	state := make([]float32, 3*n)
	for _, part := range []any{ptr, targets, state} {
		if err := binary.Read(r, binary.LittleEndian, part); err != nil {
			return nil, err
		}
	}
	if err := checkPointers(ptr, nnz); err != nil {
		return nil, err
	}
	ne := n * 8 / 10
	return &network{
		E: rowsOf(ptr, targets, 0, ne, l.we), I: rowsOf(ptr, targets, ne, n, l.wi), n: n, ne: ne,
		v: floats(state[:n]), ge: floats(state[n : 2*n]), gi: floats(state[2*n:]),
	}, nil
}

func checkPointers(ptr []uint32, nnz int) error {
	if ptr[0] != 0 || int(ptr[len(ptr)-1]) != nnz {
		return fmt.Errorf("got row pointers from %d to %d, want 0 to %d", ptr[0], ptr[len(ptr)-1], nnz)
	}
	for i := range len(ptr) - 1 {
		if ptr[i+1] < ptr[i] {
			return fmt.Errorf("got row %d from %d to %d, want ascending row pointers", i, ptr[i], ptr[i+1])
		}
	}
	return nil
}

// rowsOf makes connections of the rows lo to hi.
func rowsOf(ptr, targets []uint32, lo, hi int, weight float64) *connect.CSR {
	first, indptr := ptr[lo], make([]int32, hi-lo+1)
	for i := range indptr {
		indptr[i] = int32(ptr[lo+i] - first)
	}
	return connect.NewCSR(hi-lo, len(ptr)-1, indptr, targets[first:ptr[hi]], trace.Full(dtype.DefaultFloat(), weight))
}

func floats(xs []float32) trace.Array {
	return trace.FromTensor(tensor.Of(xs...)).AsType(dtype.DefaultFloat())
}
