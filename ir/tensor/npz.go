package tensor

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// ReadNpz reads all arrays of a NumPy .npz archive (a ZIP file of .npy files), by name without the ending.
func ReadNpz(r io.ReaderAt, size int64) (map[string]*Tensor, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, &Error{"read npz", "damaged file", err}
	}
	arrays := make(map[string]*Tensor, len(archive.File))
	for _, entry := range archive.File {
		name, ok := strings.CutSuffix(entry.Name, ".npy")
		if !ok {
			return nil, errorf("read npz", "got entry %q, want names that end in .npy", entry.Name)
		}
		if arrays[name] != nil {
			return nil, errorf("read npz", "got entry %q twice", entry.Name)
		}
		if arrays[name], err = readNpzEntry(entry); err != nil {
			return nil, &Error{"read npz", fmt.Sprintf("entry %q", entry.Name), err}
		}
	}
	return arrays, nil
}

func readNpzEntry(entry *zip.File) (*Tensor, error) {
	r, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t, err := ReadNpy(r)
	if err != nil {
		return nil, err
	}
	// The checksum is compared at the end of the entry only.
	switch n, err := io.Copy(io.Discard, io.LimitReader(r, 1)); {
	case err != nil:
		return nil, err
	case n > 0:
		return nil, errors.New("got bytes behind the array, want its end")
	}
	return t, nil
}

// WriteNpz writes arrays as a NumPy .npz archive, in the order of their names, deflated if compress is set (as
// numpy.savez_compressed does). For types that .npy files do not have see WriteNpy.
func WriteNpz(w io.Writer, arrays map[string]*Tensor, compress bool) error {
	method := zip.Store
	if compress {
		method = zip.Deflate
	}
	archive := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: method})
		if err == nil {
			err = WriteNpy(entry, arrays[name])
		}
		if err != nil {
			return &Error{"write npz", fmt.Sprintf("array %q", name), err}
		}
	}
	if err := archive.Close(); err != nil {
		return &Error{"write npz", "directory", err}
	}
	return nil
}

// LoadNpz reads all arrays of the .npz file at path.
func LoadNpz(path string) (map[string]*Tensor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{"load npz", path, err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, &Error{"load npz", path, err}
	}
	arrays, err := ReadNpz(f, info.Size())
	if err != nil {
		return nil, &Error{"load npz", path, err}
	}
	return arrays, nil
}

// SaveNpz writes arrays to the .npz file at path. A file that is there is replaced at once or, on errors, left as it was.
func SaveNpz(path string, arrays map[string]*Tensor, compress bool) error {
	if err := WriteAtomically(path, func(w io.Writer) error { return WriteNpz(w, arrays, compress) }); err != nil {
		return &Error{"save npz", path, err}
	}
	return nil
}
