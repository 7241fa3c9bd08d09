package tensor

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Alignment is the alignment of every Tensor's storage in bytes; the room behind its address is a multiple of it.
const Alignment = 64

// Tensor is a dense array in row-major order, in the Go heap or, until somebody looks, on a device. Make one with New, FromSlice and their
// relatives; the zero Tensor is not valid. Its storage starts at a multiple of Alignment bytes and has a multiple of Alignment
// bytes of room, at least one, so vector code may read whole vectors.
type Tensor struct {
	dt    dtype.DType
	shape []int
	size  int    // elements
	data  []byte // len = size * dt.Size(), cap = room; see Bytes

	far    atomic.Pointer[far] // where the elements lie outside of the Go heap, see Remote
	holder atomic.Int32        // see Release
}

// DefaultLimit is the largest tensor that may be made, in bytes, unless SetLimit says otherwise or the
// machine has less memory than that.
const DefaultLimit int64 = 64 << 30

var (
	limit         atomic.Int64 // 0: not set
	machineMemory = sync.OnceValue(readMachineMemory)
)

// Limit returns the largest size in bytes that a new tensor may have.
func Limit() int64 {
	if l := limit.Load(); l > 0 {
		return l
	}
	return min(DefaultLimit, machineMemory())
}

// SetLimit sets the largest size in bytes that a new tensor may have; 0 goes back to the default.
func SetLimit(bytes int64) { limit.Store(max(bytes, 0)) }

// readMachineMemory returns the memory of the machine in bytes, or the largest int64 where the system does not say.
func readMachineMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return math.MaxInt64
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemTotal:" {
			if kib, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	return math.MaxInt64
}

// New returns a tensor of zeros. An invalid type, a negative extent and a size beyond Limit are errors.
func New(dt dtype.DType, shape ...int) (*Tensor, error) {
	t, err := withoutStorage(dt, shape)
	if err != nil {
		return nil, err
	}
	t.data = alignedBytes(t.bytes())
	return t, nil
}

// withoutStorage returns a tensor that is still to be given its storage.
func withoutStorage(dt dtype.DType, shape []int) (*Tensor, error) {
	if !dt.Valid() {
		return nil, errorf("new", "got dtype %s, want a valid one", dt)
	}
	size, err := Size(shape)
	if err != nil {
		return nil, err
	}
	if err := checkLimit(dt, size, shape); err != nil {
		return nil, err
	}
	return &Tensor{dt: dt, shape: slices.Clone(shape), size: size}, nil
}

// bytes is the size of the elements.
func (t *Tensor) bytes() int { return t.size * t.dt.Size() }

// checkLimit returns an error if an array of that size is beyond Limit.
func checkLimit(dt dtype.DType, size int, shape []int) error {
	if int64(size) > Limit()/int64(dt.Size()) || size > (math.MaxInt-2*Alignment)/dt.Size() {
		return errorf("new", "%s array of shape %s takes %.3g bytes, more than the limit of %d; see SetLimit",
			dt, ShapeString(shape), float64(size)*float64(dt.Size()), Limit())
	}
	return nil
}

// Must returns t, and panics with err if there is one: tensor.Must(tensor.FromSlice(xs, 2, 3)).
func Must(t *Tensor, err error) *Tensor {
	if err != nil {
		panic(err)
	}
	return t
}

// roomOf is the room that a Tensor of n bytes has.
func roomOf(n int) int { return max((n+Alignment-1)/Alignment*Alignment, Alignment) }

// alignedBytes returns n zero bytes with the alignment and room that Tensor promises.
func alignedBytes(n int) []byte {
	room := roomOf(n)
	b := make([]byte, room)
	if addr := uintptr(unsafe.Pointer(unsafe.SliceData(b))); addr%Alignment != 0 {
		// Go's size classes for multiples of 64 bytes are all aligned today; nothing promises it.
		b = make([]byte, room+Alignment)
		addr = uintptr(unsafe.Pointer(unsafe.SliceData(b)))
		skip := int(-addr % Alignment)
		b = b[skip : skip+room : skip+room]
	}
	return b[:n]
}

// DType returns the element type.
func (t *Tensor) DType() dtype.DType { return t.dt }

// Shape returns a copy of the shape.
func (t *Tensor) Shape() []int { return slices.Clone(t.shape) }

// Dim returns the extent of one axis; negative axes count from the end.
func (t *Tensor) Dim(axis int) int {
	if axis < 0 {
		axis += len(t.shape)
	}
	if axis < 0 || axis >= len(t.shape) {
		panic(errorf("dim", "got an axis outside of the rank of shape %s", ShapeString(t.shape)))
	}
	return t.shape[axis]
}

// Rank returns the number of axes.
func (t *Tensor) Rank() int { return len(t.shape) }

// Size returns the number of elements.
func (t *Tensor) Size() int { return t.size }

// Bytes returns the storage, shared, in row-major order and in the byte order of the machine.
func (t *Tensor) Bytes() []byte {
	if f := t.far.Load(); f != nil && !f.here.Load() {
		return t.fetch(f)
	}
	return t.data
}

// Data returns the address of the storage. It is never nil, also for a tensor without elements.
func (t *Tensor) Data() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(t.Bytes())) }

// Flat returns the elements of t in row-major order as a shared slice. It panics with an *Error if T is not the Go type of t's
// elements.
func Flat[T dtype.Element](t *Tensor) []T {
	if want := dtype.Of[T](); want != t.dt {
		panic(errorf("flat", "got type argument %s, want %s, the Go type of the %s elements",
			want.GoType(), t.dt.GoType(), t.dt))
	}
	return view[T](t.Bytes())
}

// view reads raw bytes as elements.
func view[T dtype.Element](data []byte) []T {
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/int(unsafe.Sizeof(zero)))
}

// raw reads elements as bytes.
func raw[T dtype.Element](elems []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(elems))), len(elems)*int(unsafe.Sizeof(zero)))
}

// describe returns the type of t for messages: "f32 (2, 3)".
func (t *Tensor) describe() string { return fmt.Sprintf("%s %s", t.dt, ShapeString(t.shape)) }

// HasShape reports whether the shape is this one, without copying it.
func (t *Tensor) HasShape(shape []int) bool { return slices.Equal(t.shape, shape) }
