package tensor_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

func ExampleFromSlice() {
	x, err := tensor.FromSlice([]float32{1, 2.5, 3, 4, 5, 6}, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.DType(), x.Shape())
	fmt.Println(x)
	fmt.Println(x.At(1, -1), x.Row(0))
	// Output:
	// f32 [2 3]
	// [[1.  2.5 3. ]
	//  [4.  5.  6. ]]
	// 6 [1.  2.5 3. ]
}

func ExampleFromAny() {
	x, err := tensor.FromAny([][]int{{1, 2}, {3, 4}})
	fmt.Println(x.DType(), x.Int64s(), err)
	_, err = tensor.FromAny([][]int{{1, 2}, {3}})
	fmt.Println(err)
	// Output:
	// i64 [1 2 3 4] <nil>
	// tensor: from any: ragged slices: got 1 elements at depth 1, want 2 elements as in the first
}

func ExampleFlat() {
	x := tensor.Must(tensor.New(dtype.Float32, 4))
	values := tensor.Flat[float32](x) // shared: this fills x
	for i := range values {
		values[i] = float32(i * i)
	}
	fmt.Println(x)
	// Output: [0. 1. 4. 9.]
}

func ExampleTensor_AsType() {
	x := tensor.Of(-1.5, 2.9, 300)
	fmt.Println(x.AsType(dtype.Int8), x.AsType(dtype.BFloat16))
	// Output: [ -1   2 127] [ -1.5   2.9 300. ]
}

func ExampleTensor_Reshape() {
	x, err := tensor.Of(1, 2, 3, 4, 5, 6).Reshape(2, -1)
	fmt.Println(x.Shape(), err)
	_, err = x.Reshape(4, 2)
	fmt.Println(err)
	// Output:
	// [2 3] <nil>
	// tensor: reshape: got shape (4, 2) of 8 elements, want 6 elements as (2, 3) has
}

func ExampleBroadcastShapes() {
	fmt.Println(tensor.BroadcastShapes([]int{3, 1}, []int{4}))
	fmt.Println(tensor.BroadcastShapes([]int{3}, []int{4}))
	// Output:
	// [3 4] <nil>
	// [] tensor: broadcast: shapes (3), (4) do not fit: extents 3 and 4 on axis 0, want equal extents or 1
}

func ExampleSaveNpy() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "weights.npy")
	weights := tensor.Of(0.5, 0.25).AsType(dtype.BFloat16)
	fmt.Println(tensor.SaveNpy(path, tensor.Must(weights.Bitcast(dtype.Uint16)))) // NumPy has no bfloat16: save the bits
	bits, err := tensor.LoadNpy(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tensor.Must(bits.Bitcast(dtype.BFloat16)))
	// Output:
	// <nil>
	// [0.5  0.25]
}

// The bits of floats, whatever their width: for exact text.
func ExampleTensor_FloatBits() {
	t := tensor.Of[float32](1, -2)
	t.SetFloatBits(0, t.FloatBits(1)&^(1<<31))
	fmt.Printf("%v %#x %x\n", t, t.FloatBits(1), t.LittleEndian())
	// Output: [ 2. -2.] 0xc0000000 00000040000000c0
}
