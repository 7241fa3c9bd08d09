package rand

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// Array is an immutable array of numbers; see trace.Array.
type Array = trace.Array

// Key returns the key of a seed: its upper and lower 32 bits.
func Key(seed uint64) Array {
	return num.FromTensor(tensor.Of(uint32(seed>>32), uint32(seed)))
}

// checkKey refuses what is no key, so that a mistake does not become bad numbers.
func checkKey(name string, key Array) {
	if want := ir.T(dtype.Uint32, 2); !key.Type().Equal(want) {
		hint := "make one with rand.Key or rand.Split"
		if key.DType() == dtype.Uint32 && key.Rank() > 1 {
			hint = "take one of the keys with At"
		}
		trace.Fail(name, "key", key.Type().String(), want.String(), hint)
	}
}

// threefry returns the two words of the blocks with counters (c0, c1), which are ui32 of one shape.
func threefry(name string, key, c0, c1 Array) (x0, x1 Array) {
	checkKey(name, key)
	shape := c0.Shape()
	out := trace.Record(name, func(b *ir.Builder, in []*ir.Value) []*ir.Value {
		y0, y1 := op.Threefry2x32(b, op.Spread(b, in[0], shape), op.Spread(b, in[1], shape), in[2], in[3])
		return []*ir.Value{y0, y1}
	}, key.At(0), key.At(1), c0, c1)
	return out[0], out[1]
}

// maxDraws is how many elements one key can number with the lower word of the counter.
const maxDraws = 1 << 32

// blocks returns the words of the blocks 0, 1, 2, ... in an array of the given shape.
func blocks(name string, key Array, shape []int) (x0, x1 Array) {
	n, err := tensor.Size(shape)
	if err != nil || n >= maxDraws {
		trace.Fail(name, "shape", tensor.ShapeString(shape), "fewer than 2^32 elements", "split the key")
	}
	count := trace.Iota(dtype.Uint32, 0, n)
	x0, x1 = threefry(name, key, trace.Full(dtype.Uint32, 0, n), count)
	return x0.Reshape(shape...), x1.Reshape(shape...)
}

// Split returns n new keys as ui32[n, 2]; take them with At.
func Split(key Array, n int) Array {
	if n < 0 {
		trace.Fail("split", "n", fmt.Sprint(n), "0 or more", "")
	}
	x0, x1 := blocks("split", key, []int{n})
	return num.Stack([]Array{x0, x1}, 1)
}

// Split2 returns two new keys.
func Split2(key Array) (a, b Array) {
	keys := Split(key, 2)
	return keys.At(0), keys.At(1)
}

// FoldIn returns the key that a number (a Go int, or an integer scalar Array such as a loop index) makes of a key.
func FoldIn(key Array, data any) Array {
	d := trace.AsArray("fold in", data)
	if !d.DType().IsInt() || d.Rank() != 0 {
		trace.Fail("fold in", "data", d.Type().String(), "an integer scalar", "")
	}
	x0, x1 := threefry("fold in", key, trace.Full(dtype.Uint32, 0), d.AsType(dtype.Uint32))
	return num.Stack([]Array{x0, x1}, 0)
}

// Bits returns random bits of an unsigned integer dtype.
func Bits(key Array, dt dtype.DType, shape ...int) Array {
	if !dt.IsUnsigned() {
		trace.Fail("bits", "dtype", dt.Name(), "an unsigned integer type", "")
	}
	x0, x1 := blocks("bits", key, shape)
	switch dt {
	case dtype.Uint64:
		return x0.AsType(dt).Shl(32).Or(x1.AsType(dt))
	case dtype.Uint32:
		return x0.Xor(x1)
	}
	return x0.Xor(x1).And(1<<dt.Bits() - 1).AsType(dt)
}

// broadcastShape is the shape of the draws: the given one, to which parameters must broadcast, or theirs if none is given.
func broadcastShape(name string, shape []int, parameters ...Array) []int {
	own := []int{}
	for _, p := range parameters {
		own = trace.BroadcastShapes(name, own, p.Shape())
	}
	if len(shape) == 0 {
		return own
	}
	if !slices.Equal(trace.BroadcastShapes(name, own, shape), shape) {
		trace.Fail(name, "shape", tensor.ShapeString(shape), "one that the parameters, "+tensor.ShapeString(own)+", broadcast to", "")
	}
	return shape
}
