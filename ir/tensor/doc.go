// Package tensor holds concrete arrays: an element type, a shape and dense row-major storage.
//
// What is here, one file each:
//
//	shape.go    sizes, strides, broadcasting and index iteration of shapes, without any data
//	tensor.go   Tensor, its storage, and the limit on its size
//	dirty.go    Dirty: large results without the cost of clearing them
//	release.go  Result and Release: storage of results that is used again
//	remote.go   Remote: tensors whose elements lie on a device until somebody looks
//	build.go    making tensors from Go values
//	access.go   reading and writing elements, slices, reshaping, comparing
//	convert.go  conversion between element types, in bulk: AsType, Load..., Store...
//	narrow.go   conversion from and to the types of 2 to 8 bits
//	format.go   String, as NumPy prints
//	errors.go   Error, what everything here returns or panics with
//	npy.go, npyheader.go, npz.go, atomic.go  NumPy's files; what is saved appears whole or not at all
//
// A Tensor is immutable by convention: whoever made it may fill it through Bytes, Flat, Set or Store...
// until it is handed to somebody else, and nobody writes after that. Views share storage and copy nothing.
//
// The package imports dtype, the standard library and github.com/x448/float16 only.
package tensor
