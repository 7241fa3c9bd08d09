package op

import (
	"math"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// decomposed runs a node through Decompose.
func decomposed(t *testing.T, id ir.OpID, attrs ir.Attrs, in ...*tensor.Tensor) *tensor.Tensor {
	t.Helper()
	b := ir.NewBuilder("whole")
	n := b.Emit(id, attrs, nil, b.Params(typesOf(in))...)[0].Node
	d := ir.NewBuilder("parts")
	out := Decompose(d, n, d.Params(typesOf(in)))
	require.Len(t, out, 1)
	require.True(t, out[0].Type.Equal(n.Result().Type), "%s: got %s, want %s", id, out[0].Type, n.Result().Type)
	g := d.Build(out...)
	g.Walk(func(n *ir.Node) { require.NotEqual(t, ir.ClassSparse, n.Row().Class) })
	got, err := newEval(nil).Run(g, in)
	require.NoError(t, err)
	return got[0]
}

// The plain form has the same bits as the reference evaluation. The rows of CSRGather are added up in another order.
func TestDecompositionsHaveTheSameBits(t *testing.T) {
	for _, row := range ir.Rows() {
		if row.Class != ir.ClassSparse {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			nonzero := 0
			for _, dt := range dtype.Floats.List() {
				for seed := range uint64(60) {
					s := row.Domain.Make(seeded(seed), dt, int(seed%5))
					want := apply1(t, row.ID, s.Attrs, s.Inputs...)
					got := decomposed(t, row.ID, s.Attrs, s.Inputs...)
					if row.ID == CSRGatherID {
						near(t, want.Float64s(), got, 200)
					} else {
						require.True(t, want.Equal(got), "seed %d %s %+v\nwant %v\ngot %v", seed, dt, s.Attrs, want, got)
					}
					for _, v := range want.Float64s() {
						if v != 0 {
							nonzero++
						}
					}
				}
			}
			assert.Greater(t, nonzero, 80)
		})
	}
}

func TestDecompositionOfLargerNetworks(t *testing.T) {
	for _, a := range []ProcAttrs{
		{Pre: 20, Post: 3000, Prob: 0.02, Weight: ProcNormal},
		{Pre: 20, Post: 3000, Prob: 0.02, Weight: ProcConstant, FirstRow: 7},
		{Pre: 3, Post: 200000, Prob: 1e-4, Weight: ProcUniform, SelfConnections: true}, // distances beyond the table
	} {
		r := seeded(1)
		acc, events := sampleTensor(r, dtype.Float32, a.Post), sampleTensor(r, dtype.Bool, a.Pre)
		weights := sampleTensor(r, dtype.Float32, a.weightsType(dtype.Float32).Shape...)
		in := []*tensor.Tensor{acc, events, tensor.Of[uint32](17, 4), weights}
		assert.True(t, apply1(t, EventProcID, a, in...).Equal(decomposed(t, EventProcID, a, in...)), "%+v", a)
	}
}

func TestDecompositionSkipsWhatIsNoEvent(t *testing.T) {
	inf, neg := float32(math.Inf(1)), float32(math.Copysign(0, -1))
	in := []*tensor.Tensor{f32s(neg, 5), f32s(0, 1), tensor.Of[int32](0, 1, 2), tensor.Of[uint16](0, 1), f32s(inf, inf)}
	assert.True(t, f32s(neg, inf).Equal(decomposed(t, EventCSRID, nil, in...)), "not even a zero is added")
	in[3] = tensor.Of[uint16](0, 2)
	assert.True(t, f32s(neg, 5).Equal(decomposed(t, EventCSRID, nil, in...)), "columns out of range are left out")
	in[2] = tensor.Of[int32](1, 1, 1)
	assert.True(t, f32s(0, 0).Equal(decomposed(t, CSROuterID, nil, f32s(1, 1), f32s(1, 1), in[2], in[3])), "elements of no row")
}

func TestDecomposeLeavesOthersAlone(t *testing.T) {
	b := ir.NewBuilder("test")
	x := b.Param(f32Scalar)
	assert.Nil(t, Decompose(b, Neg(b, x).Node, []*ir.Value{x}))
}
