package dtype_test

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

func ExamplePromote() {
	fmt.Println(dtype.Promote(dtype.Int8, dtype.Uint8), dtype.Promote(dtype.Float16, dtype.BFloat16), dtype.Promote(dtype.Int64, dtype.Float32))
	// Output: i16 f32 f32
}

// A Go number gives way to the array's width, but not to its family.
func ExamplePromoteWeak() {
	fmt.Println(dtype.PromoteWeak(dtype.BFloat16, dtype.Int64))
	fmt.Println(dtype.PromoteWeak(dtype.Int8, dtype.Float64))
	fmt.Println(dtype.X64.PromoteWeak(dtype.Int8, dtype.Float64))
	// Output:
	// bf16
	// f32
	// f64
}

func ExampleParse() {
	d, err := dtype.Parse("bf16")
	fmt.Println(d.Name(), d.Size(), err)
	// Output: bfloat16 2 <nil>
}

func ExampleFMA32() {
	a := float32(1 + 1.0/4096)
	fmt.Println(dtype.FMA32(a, a, -1)-1.0/2048, float32(a*a)-1-1.0/2048)
	// Output: 5.9604645e-08 0
}
