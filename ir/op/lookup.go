package op

import (
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// LookupAttrs hold the table of Lookup: 16 elements of Float32.
type LookupAttrs struct{ Table *tensor.Tensor }

// lookupSize is the number of entries of a table: as many as a vector register holds, so that looking up is one instruction.
const lookupSize = 16

// Lookup returns table[i mod 16] for each element i of an array of Int32: small tables by which expansions choose coefficients.
func Lookup(b *ir.Builder, index *ir.Value, table *tensor.Tensor) *ir.Value {
	return b.Emit1(LookupID, LookupAttrs{Table: table}, index)
}

// Rare returns p, of Bool: where all that an operation is needed for is x in Select(Rare(p), x, y), executors skip it as long as p holds
// nowhere in the vector or block at hand.
func Rare(b *ir.Builder, p *ir.Value) *ir.Value { return b.Emit1(RareID, nil, p) }

func init() {
	ir.Register(ir.Row{
		ID: RareID, Name: "rare", Class: ir.ClassElementwise, Arity: 1, NoGradient: true,
		Accepts: dtype.Bools, Types: sameTypes(dtype.Bools), Eval: eval1(func(x *tensor.Tensor) *tensor.Tensor { return x }),
	})
	ir.Register(ir.Row{
		ID: LookupID, Name: "lookup", Class: ir.ClassElementwise, Arity: 1, Attrs: LookupAttrs{}, NoGradient: true,
		Accepts: dtype.SetOf(dtype.Int32), Types: lookupType, Eval: evalLookup, Domain: ir.Domain{Make: sampleLookup},
	})
}

func lookupType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if err := wantDType(0, in[0], dtype.SetOf(dtype.Int32)); err != nil {
		return nil, err
	}
	want := ir.T(dtype.Float32, lookupSize)
	table := attrs.(LookupAttrs).Table
	if table == nil {
		return nil, ir.Mismatch("table", "nil", want.String())
	}
	if got := typeOf(table); !got.Equal(want) {
		return nil, ir.Mismatch("table", got.String(), want.String())
	}
	return oneType(in[0].WithDType(dtype.Float32))
}

func evalLookup(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	table := tensor.Flat[float32](n.Attrs.(LookupAttrs).Table)
	out := zeros(n.Result().Type)
	z := tensor.Flat[float32](out)
	for i, k := range tensor.Flat[int32](in[0]) {
		z[i] = table[uint32(k)%lookupSize]
	}
	return oneTensor(out)
}

func sampleLookup(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	return ir.Sample{
		Attrs:  LookupAttrs{Table: sampleTensor(r, dtype.Float32, lookupSize)},
		Inputs: []*tensor.Tensor{sampleTensor(r, dt, randomShape(r, size)...)},
	}
}
