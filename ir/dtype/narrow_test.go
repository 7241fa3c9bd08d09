package dtype

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parse(t *testing.T, word string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(word, 64)
	require.NoError(t, err)
	return x
}

// Against ml_dtypes: every byte, and rounding around the middles between numbers and beyond the largest.
func TestNarrowFloatsAgainstMLDtypes(t *testing.T) {
	file, err := os.Open("testdata/narrow.txt")
	require.NoError(t, err)
	defer file.Close()
	tested := 0
	lines := bufio.NewScanner(file)
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		words := strings.Fields(lines.Text())
		d, err := Parse(words[1])
		require.NoError(t, err)
		for i, word := range words[2:] {
			tested++
			if words[0] == "decode" {
				got, want := d.NarrowFloats()[i], parse(t, word)
				assert.True(t, got == want && math.Signbit(got) == math.Signbit(want) || got != got && want != want, "%s %#x: got %v, want %v", d, i, got, want)
				continue
			}
			number, code, _ := strings.Cut(word, ":")
			x := parse(t, number)
			if got := NarrowFromFloat64(d, x); strconv.Itoa(int(got)) != code {
				want, _ := strconv.Atoi(code)
				assert.True(t, math.IsNaN(d.NarrowFloats()[got]) && math.IsNaN(d.NarrowFloats()[want]), "%s(%v): got %#x, want %#x", d, x, got, want)
			}
		}
	}
	assert.Greater(t, tested, 3000)
}

func TestNarrowTypes(t *testing.T) {
	assert.Len(t, Narrow(), 15)
	for _, d := range Narrow() {
		assert.True(t, d.Valid() && d.IsNarrow(), d)
		assert.False(t, d.IsNumeric() || d.IsInt() || d.IsFloat() || d.IsComplex() || d.IsBool() || Any.Has(d), d)
		assert.Equal(t, 1, d.Size())
		assert.Less(t, 1, d.Bits())
		got, err := Parse(d.String())
		require.NoError(t, err)
		assert.Equal(t, d, got)
		assert.Nil(t, d.GoType())
		assert.NotEqual(t, d, d.Wide())
		if d.Wide() == Float32 { // what a byte stands for rounds to itself
			for b, x := range d.NarrowFloats()[:1<<d.Bits()] {
				if x == x {
					assert.Equal(t, byte(b), NarrowFromFloat64(d, x), "%s %#x", d, b)
				}
			}
		}
	}
	for _, d := range All() {
		assert.False(t, d.IsNarrow())
		assert.Equal(t, d, d.Wide())
	}
	assert.Equal(t, []byte{0xff, 7, 0xf8}, []byte{Int4.NarrowInt(15), Int4.NarrowInt(7), Int4.NarrowInt(8)})
	assert.Equal(t, []byte{3, 3, 1}, []byte{Uint2.NarrowInt(7), Uint2.NarrowInt(math.MaxUint64), Uint2.NarrowInt(5)})
}
