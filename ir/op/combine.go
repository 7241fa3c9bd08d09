package op

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/x448/float16"
)

// Combine says how Scatter and ReduceWindow join an accumulated element with a new one.
type Combine string

// The ways to combine. Each is the primitive of that name, rounded at every step: bool adds by or and multiplies by and, max and
// min propagate NaN. CombineRegion calls a region (accumulated, new) -> accumulated on scalars.
const (
	CombineSet    Combine = "set" // the new element; Scatter only
	CombineAdd    Combine = "add"
	CombineMul    Combine = "mul"
	CombineMin    Combine = "min"
	CombineMax    Combine = "max"
	CombineRegion Combine = "region"
)

// checkCombine checks how elements of one type are combined, among allowed ways, and the region if there is one.
func checkCombine(c Combine, dt dtype.DType, regions []*ir.Graph, allowed ...Combine) error {
	known := false
	for _, a := range allowed {
		known = known || a == c
	}
	if !known {
		return ir.Mismatch("combine", fmt.Sprintf("%q", c), fmt.Sprintf("one of %q", allowed))
	}
	if (c == CombineMin || c == CombineMax) && dt.IsComplex() {
		return ir.Mismatch("combine", fmt.Sprintf("%q of %s", c, dt), "an ordered element type")
	}
	if c != CombineRegion {
		if dt.IsNarrow() && c != CombineSet {
			return ir.Mismatch("combine", fmt.Sprintf("%q of %s", c, dt), "a type that is computed with: convert to "+dt.Wide().String())
		}
		return checkRegions(len(regions), 0, c)
	}
	if err := checkRegions(len(regions), 1, c); err != nil {
		return err
	}
	one := ir.T(dt)
	return checkSignature("region", regions[0], []ir.Type{one, one}, []ir.Type{one})
}

func checkRegions(got, want int, c Combine) error {
	if got == want {
		return nil
	}
	return ir.Mismatch("regions", fmt.Sprint(got), fmt.Sprintf("%d with combine %q", want, c))
}

// step joins element i of the accumulator with element j of the source. Only a region can fail.
type step func(i, j int) error

// newStep returns the step from source x into accumulator acc, both of one element type.
func newStep(ev *ir.Eval, c Combine, regions []*ir.Graph, acc, x *tensor.Tensor) step {
	switch dt := acc.DType(); {
	case c == CombineSet:
		size := dt.Size()
		return func(i, j int) error {
			copy(acc.Bytes()[i*size:(i+1)*size], x.Bytes()[j*size:])
			return nil
		}
	case c == CombineRegion:
		return func(i, j int) error {
			out, err := ev.Run(regions[0], []*tensor.Tensor{element(acc, i), element(x, j)})
			if err == nil {
				setElement(acc, i, out[0])
			}
			return err
		}
	default:
		return steps[dt](c, acc, x)
	}
}

// element returns element i as a rank 0 tensor.
func element(t *tensor.Tensor, i int) *tensor.Tensor {
	one := zeros(ir.T(t.DType()))
	size := t.DType().Size()
	copy(one.Bytes(), t.Bytes()[i*size:])
	return one
}

// setElement stores a rank 0 tensor as element i.
func setElement(t *tensor.Tensor, i int, one *tensor.Tensor) {
	copy(t.Bytes()[i*t.DType().Size():], one.Bytes())
}

// steps has the arithmetic for each element type.
var steps = map[dtype.DType]func(c Combine, acc, x *tensor.Tensor) step{
	dtype.Bool:       stepWith(boolCombine),
	dtype.Int8:       stepWith(realCombine[int8]),
	dtype.Int16:      stepWith(realCombine[int16]),
	dtype.Int32:      stepWith(realCombine[int32]),
	dtype.Int64:      stepWith(realCombine[int64]),
	dtype.Uint8:      stepWith(realCombine[uint8]),
	dtype.Uint16:     stepWith(realCombine[uint16]),
	dtype.Uint32:     stepWith(realCombine[uint32]),
	dtype.Uint64:     stepWith(realCombine[uint64]),
	dtype.Float16:    stepWith(f16Combine),
	dtype.BFloat16:   stepWith(bf16Combine),
	dtype.Float32:    stepWith(realCombine[float32]),
	dtype.Float64:    stepWith(realCombine[float64]),
	dtype.Complex64:  stepWith(complexCombine(dtype.MulComplex64)),
	dtype.Complex128: stepWith(complexCombine(dtype.MulComplex128)),
}

func stepWith[T dtype.Element](choose func(Combine) func(a, x T) T) func(Combine, *tensor.Tensor, *tensor.Tensor) step {
	return func(c Combine, acc, x *tensor.Tensor) step {
		f, as, xs := choose(c), tensor.Flat[T](acc), tensor.Flat[T](x)
		return func(i, j int) error {
			as[i] = f(as[i], xs[j])
			return nil
		}
	}
}

// realCombine relies on Go's min and max: they propagate NaN and order -0 before +0.
func realCombine[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64](c Combine) func(a, x T) T {
	switch c {
	case CombineAdd:
		return func(a, x T) T { return a + x }
	case CombineMul:
		return func(a, x T) T { return a * x }
	case CombineMin:
		return func(a, x T) T { return min(a, x) }
	default:
		return func(a, x T) T { return max(a, x) }
	}
}

func f16Combine(c Combine) func(a, x float16.Float16) float16.Float16 {
	f := realCombine[float32](c)
	return func(a, x float16.Float16) float16.Float16 { return dtype.F16FromFloat32(f(a.Float32(), x.Float32())) }
}

func bf16Combine(c Combine) func(a, x dtype.BF16) dtype.BF16 {
	f := realCombine[float32](c)
	return func(a, x dtype.BF16) dtype.BF16 { return dtype.BF16FromFloat32(f(a.Float32(), x.Float32())) }
}

func complexCombine[T complex64 | complex128](mul func(a, x T) T) func(Combine) func(a, x T) T {
	return func(c Combine) func(a, x T) T {
		if c == CombineMul {
			return mul
		}
		return func(a, x T) T { return a + x }
	}
}

func boolCombine(c Combine) func(a, x bool) bool {
	if c == CombineAdd || c == CombineMax {
		return func(a, x bool) bool { return a || x }
	}
	return func(a, x bool) bool { return a && x }
}
