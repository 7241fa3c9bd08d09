package tensor

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

var hostBigEndian = binary.NativeEndian.Uint16([]byte{1, 0}) != 1

// ReadNpy reads one array in NumPy's .npy format and nothing behind it. Files of either byte order and in Fortran order are
// accepted; the result is in row-major order. Bools other than 0 read as true.
func ReadNpy(r io.Reader) (*Tensor, error) {
	h, err := readNpyHeader(r)
	if err != nil {
		return nil, &Error{"read npy", "damaged file", err}
	}
	t, err := readNpyData(r, h)
	if err != nil {
		return nil, &Error{"read npy", fmt.Sprintf("%s array of shape %s", h.dt, ShapeString(h.shape)), err}
	}
	return t, nil
}

func readNpyData(r io.Reader, h npyHeader) (*Tensor, error) {
	size, err := Size(h.shape)
	if err != nil {
		return nil, err
	}
	if err := checkLimit(h.dt, size, h.shape); err != nil {
		return nil, err
	}
	data, err := readExactly(r, size*h.dt.Size())
	if err != nil {
		return nil, err
	}
	if h.bigEndian != hostBigEndian {
		swapBytes(data, h.dt.Real().Size())
	}
	if h.dt == dtype.Bool {
		for i, b := range data {
			data[i] = min(b, 1)
		}
	}
	if h.fortran {
		data = rowMajor(data, h.dt.Size(), h.shape)
	}
	return &Tensor{dt: h.dt, shape: h.shape, size: size, data: data}, nil
}

// readExactly reads n bytes into aligned storage. It takes memory as the bytes arrive, at most four times
// what has arrived, so that a damaged header cannot take it all.
func readExactly(r io.Reader, n int) ([]byte, error) {
	const first = 1 << 20
	data := alignedBytes(min(n, first))
	for got := 0; ; {
		k, err := io.ReadFull(r, data[got:])
		got += k
		if err != nil {
			return nil, fmt.Errorf("truncated in the data: got %d bytes, want %d: %w", got, n, unexpected(err))
		}
		if got == n {
			return data, nil
		}
		more := alignedBytes(min(n, 4*got))
		copy(more, data)
		data = more
	}
}

// swapBytes reverses the bytes of every word of the given width.
func swapBytes(data []byte, width int) {
	for ; len(data) > 0; data = data[width:] {
		slices.Reverse(data[:width])
	}
}

// rowMajor returns column-major data of the given shape in row-major order.
func rowMajor(data []byte, width int, shape []int) []byte {
	reversed := slices.Clone(shape)
	slices.Reverse(reversed)
	strides := Strides(reversed)
	slices.Reverse(strides)
	out := alignedBytes(len(data))
	for flat, index := range Indices(shape) {
		from := Offset(index, strides) * width
		copy(out[flat*width:(flat+1)*width], data[from:from+width])
	}
	return out
}

// WriteNpy writes t in NumPy's .npy format, version 1.0, little-endian and row-major. BFloat16, which the format does not have,
// is an error: write t.Bitcast(dtype.Uint16) instead.
func WriteNpy(w io.Writer, t *Tensor) error {
	header, err := npyHeaderFor(t)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return &Error{"write npy", "header", err}
	}
	if _, err := w.Write(t.LittleEndian()); err != nil {
		return &Error{"write npy", "data", err}
	}
	return nil
}

// npyHeaderFor returns everything before the data, padded to a multiple of 64 bytes.
func npyHeaderFor(t *Tensor) ([]byte, error) {
	descr, err := npyDescr(t.dt)
	if err != nil {
		return nil, err
	}
	shape := strings.TrimSuffix(ShapeString(t.shape), ")")
	if len(t.shape) == 1 {
		shape += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s), }", descr, shape)
	prefix := len(npyMagic) + 4
	total := (prefix + len(text) + 1 + 63) / 64 * 64
	if total-prefix > 0xffff {
		return nil, errorf("write npy", "got rank %d, want a shape that fits a header of 65535 bytes", len(t.shape))
	}
	header := append([]byte(npyMagic), 1, 0)
	header = binary.LittleEndian.AppendUint16(header, uint16(total-prefix))
	header = append(header, text...)
	header = append(header, strings.Repeat(" ", total-1-len(header))...)
	return append(header, '\n'), nil
}

// LoadNpy reads the .npy file at path.
func LoadNpy(path string) (*Tensor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{"load npy", path, err}
	}
	defer f.Close()
	t, err := ReadNpy(f)
	if err != nil {
		return nil, &Error{"load npy", path, err}
	}
	return t, nil
}

// SaveNpy writes t to the .npy file at path. A file that is there is replaced at once or, on errors, left as it was.
func SaveNpy(path string, t *Tensor) error {
	if err := WriteAtomically(path, func(w io.Writer) error { return WriteNpy(w, t) }); err != nil {
		return &Error{"save npy", path, err}
	}
	return nil
}
