package portable

import (
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/x448/float16"
)

// A mover transfers one run of n elements between a strided place in memory (p, stride in bytes) and
// lanes that follow each other (l). Loads write l, stores write p.
type mover func(l, p unsafe.Pointer, stride, n int)

// movers are the load and the store of an element type.
type movers struct{ load, store mover }

// moversOf returns how elements of a type that has lanes come into them and go back.
func moversOf(dt dtype.DType) movers {
	switch dt {
	case dtype.Bool:
		return movers{loadSame[uint8], storeSame[uint8]}
	case dtype.Int8:
		return movers{loadWide[int32, int8], storeNarrow[int32, int8]}
	case dtype.Int16:
		return movers{loadWide[int32, int16], storeNarrow[int32, int16]}
	case dtype.Uint8:
		return movers{loadWide[uint32, uint8], storeNarrow[uint32, uint8]}
	case dtype.Uint16:
		return movers{loadWide[uint32, uint16], storeNarrow[uint32, uint16]}
	case dtype.Float16:
		return movers{loadF16, storeF16}
	case dtype.BFloat16:
		return movers{loadBF16, storeBF16}
	}
	if dt.Size() == 4 {
		return movers{loadSame[uint32], storeSame[uint32]}
	}
	return movers{loadSame[uint64], storeSame[uint64]}
}

// A copier copies n elements from s to d, each with a stride in bytes.
type copier func(d, s unsafe.Pointer, dstep, sstep, n int)

// copierOf returns the copier of elements of a size in bytes.
func copierOf(size int) copier {
	switch size {
	case 1:
		return copyRun[uint8]
	case 2:
		return copyRun[uint16]
	case 4:
		return copyRun[uint32]
	case 8:
		return copyRun[uint64]
	case 16:
		return copyRun[[2]uint64]
	}
	panic("BUG: no element type has this size")
}

func copyRun[T any](d, s unsafe.Pointer, dstep, sstep, n int) {
	size := int(unsafe.Sizeof(*(*T)(d)))
	switch {
	case dstep == size:
		loadSame[T](d, s, sstep, n)
	case sstep == 0:
		x := *(*T)(s)
		for i := range n {
			*(*T)(unsafe.Add(d, i*dstep)) = x
		}
	default:
		for i := range n {
			*(*T)(unsafe.Add(d, i*dstep)) = *(*T)(unsafe.Add(s, i*sstep))
		}
	}
}

func loadSame[T any](l, p unsafe.Pointer, stride, n int) {
	to := vec[T](l, n)
	switch stride {
	case int(unsafe.Sizeof(to[0])):
		copy(to, vec[T](p, n))
	case 0:
		x := *(*T)(p)
		for i := range to {
			to[i] = x
		}
	default:
		for i := range to {
			to[i] = *(*T)(unsafe.Add(p, i*stride))
		}
	}
}

func storeSame[T any](l, p unsafe.Pointer, stride, n int) {
	copyRun[T](p, l, stride, int(unsafe.Sizeof(*(*T)(l))), n)
}

func loadWide[L int32 | uint32, M int8 | int16 | uint8 | uint16](l, p unsafe.Pointer, stride, n int) {
	to := vec[L](l, n)
	for i := range to {
		to[i] = L(*(*M)(unsafe.Add(p, i*stride)))
	}
}

func storeNarrow[L int32 | uint32, M int8 | int16 | uint8 | uint16](l, p unsafe.Pointer, stride, n int) {
	for i, x := range vec[L](l, n) {
		*(*M)(unsafe.Add(p, i*stride)) = M(x)
	}
}

func loadF16(l, p unsafe.Pointer, stride, n int) {
	to := vec[float32](l, n)
	for i := range to {
		to[i] = (*(*float16.Float16)(unsafe.Add(p, i*stride))).Float32()
	}
}

func storeF16(l, p unsafe.Pointer, stride, n int) {
	for i, x := range vec[float32](l, n) {
		*(*float16.Float16)(unsafe.Add(p, i*stride)) = dtype.F16FromFloat32(x)
	}
}

func loadBF16(l, p unsafe.Pointer, stride, n int) {
	to := vec[float32](l, n)
	for i := range to {
		to[i] = (*(*dtype.BF16)(unsafe.Add(p, i*stride))).Float32()
	}
}

func storeBF16(l, p unsafe.Pointer, stride, n int) {
	for i, x := range vec[float32](l, n) {
		*(*dtype.BF16)(unsafe.Add(p, i*stride)) = dtype.BF16FromFloat32(x)
	}
}
