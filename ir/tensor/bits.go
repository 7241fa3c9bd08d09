package tensor

import (
	"bytes"
	"encoding/binary"
)

// FloatBits returns the bits of element i of a tensor of floats of 16 to 64 bits, or of part i of a complex one (real parts at even i).
func (t *Tensor) FloatBits(i int) uint64 {
	size := t.dt.Real().Size()
	switch data := t.Bytes()[i*size:]; size {
	case 2:
		return uint64(binary.NativeEndian.Uint16(data))
	case 4:
		return uint64(binary.NativeEndian.Uint32(data))
	default:
		return binary.NativeEndian.Uint64(data)
	}
}

// SetFloatBits stores what FloatBits returns.
func (t *Tensor) SetFloatBits(i int, bits uint64) {
	size := t.dt.Real().Size()
	switch data := t.Bytes()[i*size:]; size {
	case 2:
		binary.NativeEndian.PutUint16(data, uint16(bits))
	case 4:
		binary.NativeEndian.PutUint32(data, uint32(bits))
	default:
		binary.NativeEndian.PutUint64(data, bits)
	}
}

// LittleEndian returns the bytes of t in little-endian order, as files and texts have them, which are its own on most machines: they must
// not be changed. Of a tensor that holds such bytes it returns those of its elements in the machine's order.
func (t *Tensor) LittleEndian() []byte {
	if !hostBigEndian {
		return t.Bytes()
	}
	data := bytes.Clone(t.Bytes())
	swapBytes(data, t.dt.Real().Size())
	return data
}
