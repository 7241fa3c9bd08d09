package tensor

import "github.com/ranvier-go/ranvier/ir/dtype"

// Narrow types convert by way of the type that holds all their numbers (dtype.Wide): exactly from them, rounded once to them.

// loadNarrow widens at most chunk elements into one of the buffers.
func loadNarrow(bytes []byte, floats []float32, src span) span {
	switch wide := src.dt.Wide(); wide {
	case dtype.Int8, dtype.Uint8:
		copy(bytes, src.data)
		return span{wide, bytes}
	}
	table := src.dt.NarrowFloats()
	for i, b := range src.data {
		floats[i] = float32(table[b])
	}
	return spanOf(floats)
}

// storeNarrow converts at most chunk elements of a type that is not narrow. Integers wrap, floats become integers as elsewhere: without their
// fraction, the nearest that there is, 0 for NaN.
func storeNarrow(dst, src span) {
	n := src.len()
	if dst.dt.Wide() == dtype.Float32 {
		var floats [chunk]float64
		if src.dt.IsInt() || src.dt == dtype.Bool {
			toOddFloats(floats[:n], src)
		} else {
			convertChunk(spanOf(floats[:n]), src)
		}
		for i, x := range floats[:n] {
			dst.data[i] = dtype.NarrowFromFloat64(dst.dt, x)
		}
		return
	}
	if src.dt.IsFloat() || src.dt.IsComplex() {
		var wide [chunk]byte
		convertChunk(span{dst.dt.Wide(), wide[:n]}, src)
		saturateNarrow(dst, wide[:n])
		return
	}
	var ints [chunk]uint64
	convertChunk(spanOf(ints[:n]), src)
	for i, v := range ints[:n] {
		dst.data[i] = dst.dt.NarrowInt(v)
	}
}

// toOddFloats converts integers so that rounding them again to fewer digits gives what rounding once does.
func toOddFloats(dst []float64, src span) {
	if src.dt.IsSigned() {
		var ints [chunk]int64
		loadInt(ints[:len(dst)], src)
		for i := range dst {
			dst[i] = oddFloat(ints[i])
		}
		return
	}
	var ints [chunk]uint64
	loadUint(ints[:len(dst)], src)
	for i := range dst {
		dst[i] = oddFloat(ints[i])
	}
}

// saturateNarrow stores integers of 8 bits, as near as the type comes.
func saturateNarrow(dst span, wide []byte) {
	bits := dst.dt.Bits()
	for i, b := range wide {
		if dst.dt.Wide() == dtype.Uint8 {
			dst.data[i] = min(b, 1<<bits-1)
			continue
		}
		limit := int8(1) << (bits - 1)
		dst.data[i] = byte(min(max(int8(b), -limit), limit-1))
	}
}
