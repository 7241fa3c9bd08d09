package tensor

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func npyBytes(t testing.TB, x *Tensor) []byte {
	var b bytes.Buffer
	require.NoError(t, WriteNpy(&b, x))
	return b.Bytes()
}

// npyFile builds a file by hand.
func npyFile(version byte, header string, data []byte) []byte {
	b := append([]byte("\x93NUMPY"), version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	}
	return append(append(b, header...), data...)
}

func TestNpyRoundTrip(t *testing.T) {
	for _, dt := range dtype.All() {
		for _, shape := range [][]int{{}, {1}, {7}, {0}, {3, 5}, {2, 0, 4}, {2, 3, 4, 5}, {300_000}} {
			size, _ := Size(shape)
			x := Must(samples(dt, size).Reshape(shape...))
			if dt == dtype.BFloat16 {
				err := WriteNpy(io.Discard, x)
				require.ErrorContains(t, err, "Bitcast(dtype.Uint16)")
				x = Must(x.Bitcast(dtype.Uint16))
			}
			file := npyBytes(t, x)
			require.Zero(t, (len(file)-len(x.Bytes()))%64, "the data must be aligned")
			for _, r := range []io.Reader{bytes.NewReader(file), iotest.OneByteReader(bytes.NewReader(file[:min(len(file), 4096)]))} {
				y, err := ReadNpy(r)
				if len(file) > 4096 && err != nil {
					require.ErrorIs(t, err, io.ErrUnexpectedEOF)
					continue
				}
				require.NoError(t, err)
				require.True(t, x.Equal(y), "%s %v", dt, shape)
				require.Equal(t, x.Bytes(), y.Bytes(), "bits of NaN must be kept")
				requireStorage(t, y)
			}
		}
	}
}

// The bytes that numpy.save writes for numpy.array([[1, 2]], '<i2').
func TestNpyBytes(t *testing.T) {
	want := "\x93NUMPY\x01\x00\x76\x00{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2), }"
	want += strings.Repeat(" ", 127-len(want)) + "\n\x01\x00\x02\x00"
	assert.Equal(t, want, string(npyBytes(t, Must(FromSlice([]int16{1, 2}, 1, 2)))))
	assert.Contains(t, string(npyBytes(t, Of(true))), "'descr': '|b1', 'fortran_order': False, 'shape': (1,), }")
	assert.Contains(t, string(npyBytes(t, Scalar(2i))), "'descr': '<c16', 'fortran_order': False, 'shape': (), }")
}

func TestNpyDialects(t *testing.T) {
	want := Must(FromSlice([]int16{1, 2, 3, 4, 5, 6}, 2, 3))
	little, big := []byte{1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0}, []byte{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6}
	columns := []byte{0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6}
	for _, file := range [][]byte{
		npyFile(1, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n", little),
		npyFile(2, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n", little),
		npyFile(3, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3)}", little),
		npyFile(1, `{"shape":(2,3),"fortran_order":False,"descr":">i2"}`, big),
		npyFile(1, "{'descr': '>i2', 'fortran_order': True, 'shape': (2L, 3L), }", columns),
		npyFile(1, " { 'descr' : '>i2' , 'fortran_order' : True , 'shape' : ( 2 , 3 , ) , } \n\x00", columns),
		append(npyFile(1, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }", little), "more"...),
	} {
		got, err := ReadNpy(bytes.NewReader(file))
		require.NoError(t, err, "%q", file)
		assert.True(t, want.Equal(got), "%q: got %v", file, got)
	}
	native := binary.NativeEndian.AppendUint16(nil, 7)
	got, err := ReadNpy(bytes.NewReader(npyFile(1, "{'descr': '=u2', 'fortran_order': False, 'shape': ()}", native)))
	require.NoError(t, err)
	assert.Equal(t, uint16(7), got.Item())
	got, err = ReadNpy(bytes.NewReader(npyFile(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}", []byte{0, 1, 2, 255})))
	require.NoError(t, err)
	assert.Equal(t, []byte{0, 1, 1, 1}, got.Bytes(), "a bool byte is 0 or 1")
}

// Two arrays in one stream are read one after the other.
func TestNpyStream(t *testing.T) {
	r := bytes.NewReader(append(npyBytes(t, Of(1, 2)), npyBytes(t, Scalar(true))...))
	a, err := ReadNpy(r)
	require.NoError(t, err)
	b, err := ReadNpy(r)
	require.NoError(t, err)
	assert.True(t, a.Equal(Of(1, 2)) && b.Equal(Scalar(true)))
	_, err = ReadNpy(r)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestNpyDamaged(t *testing.T) {
	good := "{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }"
	header := func(old, new string) []byte { return npyFile(1, strings.Replace(good, old, new, 1), []byte{1, 0}) }
	for _, c := range []struct {
		file []byte
		text string
	}{
		{nil, "truncated before the end of the magic"},
		{[]byte("PK\x03\x04 a zip file"), "not a .npy file"},
		{npyFile(9, good, nil), "version 9"},
		{npyFile(2, strings.Repeat(" ", npyMaxHeader+1), nil), "at most"},
		{npyFile(1, good, nil), "truncated in the data: got 0 bytes, want 2"},
		{npyFile(1, good, []byte{1}), "truncated in the data: got 1 bytes, want 2"},
		{header("'<i2'", "'<f16'"), `element type "<f16"`},
		{header("'<i2'", "'<V2'"), "numpy.uint16"},
		{header("'<i2'", "'|O'"), "object arrays"},
		{header("'<i2'", "''"), `element type ""`},
		{header("'<i2'", "[('a', '<i2')]"), "structured"},
		{header("'<i2'", "'<i2"), "got"},
		{header("'<i2'", "3"), `want "\""`},
		{header("False", "Maybe"), `want "False"`},
		{header("(1,)", "(1"), "want an extent"},
		{header("(1,)", "(1 1)"), `want ")"`},
		{header("(1,)", "("+strings.Repeat("1,", 65)+")"), "more than 64 axes"},
		{header("(1,)", "(-1,)"), "want an extent"},
		{header("(1,)", "(1.5,)"), `want ")"`},
		{header("(1,)", "(99999999999999999999,)"), "want an extent"},
		{header("(1,)", "1"), `want "("`},
		{header("(1,)", "(4611686018427387904, 4)"), "more elements"},
		{header("(1,)", "(4611686018427387904,)"), "limit"},
		{header("(1,)", "(9223372036854775807, 0, 9)"), "more elements"},
		{header("'shape'", "'shap'"), `unknown key "shap"`},
		{header("'shape'", "'descr'"), `key "descr" twice`},
		{header(", 'shape': (1,)", ""), "want descr, fortran_order and shape"},
		{header("}", "} x"), "text behind"},
		{header("}", ""), "want"},
		{header("{", ""), `want "{"`},
		{npyFile(1, "", nil), `want "{"`},
	} {
		x, err := ReadNpy(bytes.NewReader(c.file))
		assert.Nil(t, x)
		assert.ErrorContains(t, err, c.text, "%.100q", c.file)
	}
	file := npyBytes(t, Must(FromSlice([]float64{1, 2, 3, 4}, 2, 2)))
	for n := range file {
		_, err := ReadNpy(bytes.NewReader(file[:n]))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "cut at %d", n)
	}
	_, err := ReadNpy(iotest.ErrReader(errors.New("cable")))
	assert.ErrorContains(t, err, "cable")
}

// A header that claims more than the file has must not take the memory it claims.
func TestNpyClaims(t *testing.T) {
	claim := npyFile(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1073741824,)}", make([]byte, 5<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := ReadNpy(bytes.NewReader(claim))
	runtime.ReadMemStats(&after)
	require.ErrorContains(t, err, "got 5242880 bytes, want 1073741824")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20))
}

func TestSaveAndLoad(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.npy")
	require.NoError(t, SaveNpy(path, Of(1.5, 2)))
	require.NoError(t, SaveNpy(path, Of(3.5)))
	x, err := LoadNpy(path)
	require.NoError(t, err)
	assert.True(t, x.Equal(Of(3.5)))

	// A failure leaves the old file, and nothing else.
	require.Error(t, SaveNpy(path, Of[dtype.BF16](1)))
	x, err = LoadNpy(path)
	require.NoError(t, err)
	assert.True(t, x.Equal(Of(3.5)))
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, entries, 1)

	_, err = LoadNpy(filepath.Join(folder, "none.npy"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, "none.npy")
	assert.ErrorIs(t, SaveNpy(filepath.Join(folder, "no", "a.npy"), Of(1)), os.ErrNotExist)
	require.NoError(t, os.Mkdir(filepath.Join(folder, "dir"), 0o755))
	assert.Error(t, SaveNpy(filepath.Join(folder, "dir"), Of(1)), "the place is taken by a folder")
	entries, err = os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "the temporary file must be gone")
}

func TestNpzRoundTrip(t *testing.T) {
	arrays := map[string]*Tensor{
		"x": sixInts(), "E/V": Of(1.5, -2), "empty": Must(New(dtype.Bool, 0, 2)), "layers[2].W": Scalar(float32(2)),
		"long": Must(Full(dtype.Float64, 3, 100_000)),
	}
	for _, compress := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "a.npz")
		require.NoError(t, SaveNpz(path, arrays, compress))
		got, err := LoadNpz(path)
		require.NoError(t, err)
		require.Len(t, got, len(arrays))
		for name, x := range arrays {
			assert.True(t, x.Equal(got[name]), name)
		}
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, compress, info.Size() < 100_000)
	}
	var a, b bytes.Buffer
	require.NoError(t, WriteNpz(&a, arrays, true))
	require.NoError(t, WriteNpz(&b, arrays, true))
	assert.Equal(t, a.Bytes(), b.Bytes(), "the same arrays give the same bytes")
	assert.ErrorContains(t, WriteNpz(io.Discard, map[string]*Tensor{"w": Of[dtype.BF16](1)}, false), `array "w"`)
}

func TestNpzDamaged(t *testing.T) {
	read := func(file []byte) error {
		_, err := ReadNpz(bytes.NewReader(file), int64(len(file)))
		return err
	}
	assert.ErrorContains(t, read([]byte("no archive")), "damaged")
	archive := func(entries ...string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i := 0; i < len(entries); i += 2 {
			f, err := w.CreateHeader(&zip.FileHeader{Name: entries[i], Method: zip.Store})
			require.NoError(t, err)
			_, err = io.WriteString(f, entries[i+1])
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return b.Bytes()
	}
	one := string(npyBytes(t, Of(1, 2, 3)))
	require.NoError(t, read(archive("a.npy", one)))
	require.NoError(t, read(archive()))
	assert.ErrorContains(t, read(archive("a.txt", one)), `entry "a.txt"`)
	assert.ErrorContains(t, read(archive("a.npy", one, "a.npy", one)), "twice")
	assert.ErrorContains(t, read(archive("a.npy", one+"x")), "behind the array")
	assert.ErrorContains(t, read(archive("a.npy", one[:len(one)-1])), "truncated in the data")
	flipped := archive("a.npy", one)
	flipped[bytes.Index(flipped, []byte(one))+len(one)-3] ^= 1
	assert.ErrorIs(t, read(flipped), zip.ErrChecksum)
	_, err := LoadNpz(filepath.Join(t.TempDir(), "none.npz"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// Whatever reads is written and read again as the same array; nothing panics.
func FuzzReadNpy(f *testing.F) {
	f.Add(npyBytes(f, sixInts()))
	f.Add(npyBytes(f, Of(1+2i)))
	f.Add(npyFile(2, "{'descr': '>f2', 'fortran_order': True, 'shape': (2L, 2), }", make([]byte, 8)))
	f.Add(npyFile(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (), }", []byte{3}))
	f.Fuzz(func(t *testing.T, file []byte) {
		x, err := ReadNpy(bytes.NewReader(file))
		if err != nil {
			var typed *Error
			require.ErrorAs(t, err, &typed)
			return
		}
		requireStorage(t, x)
		y, err := ReadNpy(bytes.NewReader(npyBytes(t, x)))
		require.NoError(t, err)
		require.True(t, x.Equal(y))
		_ = x.String()
	})
}
