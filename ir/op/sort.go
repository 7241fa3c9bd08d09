package op

import (
	"cmp"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// SortAttrs: lines along Dim are ordered by the first Keys operands, the first one first; Descending has one entry for each key.
// Floats are in total order (-NaN < -inf < ... < -0 < +0 < ... < NaN). Without Stable, equal keys may end up in any order
// (the interpreter keeps theirs).
type SortAttrs struct {
	Dim        int
	Keys       int
	Descending []bool
	Stable     bool
}

// Sort orders all operands (keys first, then payloads of any type, all of one shape) together along dim and returns them.
// nil descending means that all keys ascend.
func Sort(b *ir.Builder, dim, keys int, descending []bool, stable bool, operands ...*ir.Value) []*ir.Value {
	if descending == nil {
		descending = make([]bool, max(keys, 0))
	}
	return b.Emit(SortID, SortAttrs{Dim: dim, Keys: keys, Descending: descending, Stable: stable}, nil, operands...)
}

// PackBits packs Bool[..., n] into ui32[..., ceil(n/32)]: element i is bit i%32 of word i/32; spare bits are 0.
func PackBits(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(PackBitsID, nil, x) }

func init() {
	ir.Register(ir.Row{
		ID: SortID, Name: "sort", Arity: -1, Attrs: SortAttrs{},
		Accepts: ordered, Types: sortType, Eval: evalSort, Domain: ir.Domain{Make: sampleSort},
	})
	ir.Register(ir.Row{
		ID: PackBitsID, Name: "pack_bits", Arity: 1, NoGradient: true,
		Accepts: dtype.Bools, Types: packType, Eval: evalPack, Domain: ir.Domain{Make: samplePack},
	})
}

func sortType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a := attrs.(SortAttrs)
	if len(in) == 0 {
		return nil, ir.Mismatch("operands", "none", "at least one key")
	}
	if a.Keys < 1 || a.Keys > len(in) {
		return nil, ir.Mismatch("keys", itoa(a.Keys), "1 to "+itoa(len(in))+", the number of operands")
	}
	if len(a.Descending) != a.Keys {
		return nil, ir.Mismatch("descending", count(len(a.Descending), "entry", "entries"), itoa(a.Keys)+", one for each key")
	}
	if err := wantAxis("dim", a.Dim, in[0].Rank()); err != nil {
		return nil, err
	}
	for i, t := range in {
		if !slices.Equal(t.Shape, in[0].Shape) {
			return nil, ir.Mismatch(operand(i), t.String(), "the shape of operand 0, "+in[0].String())
		}
		if i < a.Keys {
			if err := wantDType(i, t, ordered); err != nil {
				return nil, err
			}
		}
	}
	return slices.Clone(in), nil
}

func evalSort(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	a := n.Attrs.(SortAttrs)
	keys := make([][]uint64, a.Keys)
	for i := range keys {
		keys[i] = orderKeys(in[i])
		if a.Descending[i] {
			for j, k := range keys[i] {
				keys[i][j] = ^k
			}
		}
	}
	out := map1(in, func(x *tensor.Tensor) *tensor.Tensor { return zeros(typeOf(x)) })
	w := walkOver(in[0].Shape(), []int{a.Dim})
	for _, first := range w.firsts {
		from := map1(w.line, func(offset int) int { return first + offset })
		slices.SortStableFunc(from, func(i, j int) int {
			for _, key := range keys {
				if c := cmp.Compare(key[i], key[j]); c != 0 {
					return c
				}
			}
			return 0
		})
		for k, offset := range w.line {
			for i, x := range in {
				copyElement(out[i], first+offset, x, from[k])
			}
		}
	}
	return out, nil
}

// wordBits is the width of the words that PackBits makes.
const wordBits = 32

func packType(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	t := in[0]
	if err := wantDType(0, t, dtype.Bools); err != nil {
		return nil, err
	}
	if t.Rank() == 0 {
		return nil, ir.Mismatch(operand(0), t.String(), "at least one axis")
	}
	shape := slices.Clone(t.Shape)
	last := len(shape) - 1
	shape[last] = (shape[last] + wordBits - 1) / wordBits
	return oneType(ir.T(dtype.Uint32, shape...))
}

func evalPack(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	out := zeros(n.Result().Type)
	words, bits := tensor.Flat[uint32](out), tensor.Flat[bool](in[0])
	row, rowWords := in[0].Dim(-1), out.Dim(-1)
	for i, bit := range bits {
		if bit {
			words[i/row*rowWords+i%row/wordBits] |= 1 << (i % row % wordBits)
		}
	}
	return oneTensor(out)
}

func sampleSort(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShapeOfRank(r, 1+r.IntN(3), size)
	a := SortAttrs{Dim: r.IntN(len(shape)), Keys: 1 + r.IntN(2), Stable: true}
	for range a.Keys {
		a.Descending = append(a.Descending, r.IntN(2) == 0)
	}
	inputs := make([]*tensor.Tensor, a.Keys+r.IntN(2))
	for i := range inputs {
		inputs[i] = RandomTensor(r, dt, 0, 0, shape...)
		dt = randomDType(r, ordered)
	}
	return sampleOf(a, inputs...)
}

func samplePack(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	shape := randomShapeOfRank(r, 1+r.IntN(2), size)
	shape[len(shape)-1] *= 1 + r.IntN(20) // beyond one word
	return sampleOf(nil, RandomTensor(r, dt, 0, 0, shape...))
}
