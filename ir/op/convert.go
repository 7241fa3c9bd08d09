package op

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// ConvertAttrs hold the element type of the result of Convert.
type ConvertAttrs struct{ DType dtype.DType }

// BitcastAttrs hold the element type of the result of Bitcast.
type BitcastAttrs struct{ DType dtype.DType }

// Convert returns x with another element type. Floats to integers truncate, saturate, and map NaN to 0; integers to integers wrap; all to
// floats round once; complex to real drops the imaginary part; to Bool is x != 0. Narrow types convert by their numbers; nothing else
// computes with them.
func Convert(b *ir.Builder, x *ir.Value, dt dtype.DType) *ir.Value {
	return b.Emit1(ConvertID, ConvertAttrs{DType: dt}, x)
}

// Bitcast returns the bits of x as another element type: integers and floats, narrow ones too. A type k times narrower adds a last dimension of k, the low
// bits first; a type k times wider removes a last dimension of k.
func Bitcast(b *ir.Builder, x *ir.Value, dt dtype.DType) *ir.Value {
	return b.Emit1(BitcastID, BitcastAttrs{DType: dt}, x)
}

// StopGradient returns x; its derivative is zero.
func StopGradient(b *ir.Builder, x *ir.Value) *ir.Value { return b.Emit1(StopGradientID, nil, x) }

// FMA returns x*y + z rounded once (for the 16-bit floats: once to f32, then to the type).
func FMA(b *ir.Builder, x, y, z *ir.Value) *ir.Value { return b.Emit1(FMAID, nil, x, y, z) }

func init() {
	ir.Register(ir.Row{
		ID: ConvertID, Name: "convert", Class: ir.ClassElementwise, Arity: 1, Attrs: ConvertAttrs{}, HLO: "stablehlo.convert",
		Accepts: dtype.Any, Types: convertType, Eval: evalConvert, Domain: ir.Domain{Make: sampleConvert},
	})
	// Elementwise where the width stays: passes that need one shape look at the types.
	ir.Register(ir.Row{
		ID: BitcastID, Name: "bitcast", Class: ir.ClassElementwise, Arity: 1, Attrs: BitcastAttrs{}, HLO: "stablehlo.bitcast_convert",
		NoGradient: true,
		Accepts:    dtype.Real, Types: bitcastType, Eval: evalBitcast, Domain: ir.Domain{Make: sampleBitcast},
	})
	ir.Register(ir.Row{
		ID: StopGradientID, Name: "stop_gradient", Class: ir.ClassElementwise, Arity: 1, NoGradient: true,
		Accepts: dtype.Any, Types: sameTypes(dtype.Any), Eval: eval1(func(x *tensor.Tensor) *tensor.Tensor { return x }),
	})
	ir.Register(ir.Row{
		ID: FMAID, Name: "fma", Class: ir.ClassElementwise, Arity: 3, Commutative: true,
		Accepts: dtype.Floats, Types: sameTypes(dtype.Floats), Eval: evalFMA,
	})
}

func convertType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	dt := attrs.(ConvertAttrs).DType
	if !dt.Valid() {
		return nil, ir.Mismatch("dtype", dt.String(), describe(dtype.Any))
	}
	return oneType(in[0].WithDType(dt))
}

func evalConvert(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	return oneTensor(in[0].AsType(n.Attrs.(ConvertAttrs).DType))
}

func bitcastType(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	dt, t := attrs.(BitcastAttrs).DType, in[0]
	if !t.DType.IsNarrow() {
		if err := wantDType(0, t, dtype.Real); err != nil {
			return nil, err
		}
	}
	if !dtype.Real.Has(dt) && !dt.IsNarrow() {
		return nil, ir.Mismatch("dtype", dt.String(), describe(dtype.Real))
	}
	from, to := t.DType.Bits(), dt.Bits()
	switch {
	case from == to:
		return oneType(t.WithDType(dt))
	case max(from, to)%min(from, to) != 0:
		return nil, ir.Mismatch("dtype", dt.String(), fmt.Sprintf("a width that the %d bits of %s go into", from, t))
	case from > to:
		shape := append(t.Shape[:len(t.Shape):len(t.Shape)], from/to)
		return oneType(ir.T(dt, shape...))
	}
	last := t.Rank() - 1
	if last < 0 || t.Shape[last] != to/from {
		return nil, ir.Mismatch(operand(0), t.String(), fmt.Sprintf("a last dimension of %d to make %s of it", to/from, dt))
	}
	return oneType(ir.T(dt, t.Shape[:last]...))
}

func evalBitcast(_ *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	x, t := in[0], n.Result().Type
	from, to := x.DType().Bits(), t.DType.Bits()
	xs, out := patterns(x), make([]uint64, t.Size())
	if x.DType().IsNarrow() {
		for i := range xs {
			xs[i] &= 1<<from - 1 // integers are stored with their sign
		}
	}
	for i := range out {
		if from >= to {
			k := from / to
			out[i] = xs[i/k] >> (i % k * to)
			continue
		}
		for j, k := 0, to/from; j < k; j++ {
			out[i] |= xs[i*k+j] << (j * from)
		}
	}
	if t.DType.IsNarrow() {
		for i, v := range out {
			if out[i] = v & (1<<to - 1); t.DType.Wide() != dtype.Float32 {
				out[i] = uint64(t.DType.NarrowInt(v))
			}
		}
	}
	return oneTensor(fromPatterns(t, out))
}

func evalFMA(_ *ir.Eval, _ *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	t := typeOf(in[0])
	x, y, z := in[0].Float64s(), in[1].Float64s(), in[2].Float64s()
	out := make([]float64, len(x))
	for i := range out {
		if t.DType == dtype.Float64 {
			out[i] = dtype.FMA64(x[i], y[i], z[i])
		} else {
			out[i] = float64(dtype.FMA32(float32(x[i]), float32(y[i]), float32(z[i])))
		}
	}
	return oneTensor(fromFloats(t, out))
}

func sampleConvert(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	to, x := randomDType(r, dtype.Any), RandomTensor(r, dt, -200, 200, randomShape(r, size)...)
	switch narrow := dtype.Narrow(); r.IntN(6) {
	case 0:
		to = narrow[r.IntN(len(narrow))]
	case 1:
		if !dt.IsBool() {
			x = x.AsType(narrow[r.IntN(len(narrow))])
		}
	}
	return ir.Sample{Attrs: ConvertAttrs{DType: to}, Inputs: []*tensor.Tensor{x}}
}

func sampleBitcast(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	to, shape := randomDType(r, dtype.Real), randomShape(r, size)
	if k := to.Size() / dt.Size(); k > 1 {
		shape = append(shape, k)
	}
	return ir.Sample{Attrs: BitcastAttrs{DType: to}, Inputs: []*tensor.Tensor{RandomTensor(r, dt, 0, 0, shape...)}}
}
