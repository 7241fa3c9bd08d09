package tensor

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numpyCase is what NumPy says about one array of testdata/numpy.npz; see testdata/make.py.
type numpyCase struct {
	DType  string
	Shape  []int
	Values []json.RawMessage
	Text   string
}

func numpyCases(t *testing.T) (map[string]numpyCase, map[string]*Tensor) {
	text, err := os.ReadFile("testdata/numpy.json")
	require.NoError(t, err)
	var cases map[string]numpyCase
	require.NoError(t, json.Unmarshal(text, &cases))
	arrays, err := LoadNpz("testdata/numpy.npz")
	require.NoError(t, err)
	require.Greater(t, len(cases), 50)
	require.Len(t, arrays, len(cases))
	return cases, arrays
}

// number reads a value of the JSON file as the Go type closest to what it says.
func number(t *testing.T, raw json.RawMessage) any {
	parse := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		require.NoError(t, err)
		return v
	}
	var parts [2]string
	if json.Unmarshal(raw, &parts) == nil {
		return complex(parse(parts[0]), parse(parts[1]))
	}
	var s string
	require.NoError(t, json.Unmarshal(raw, &s))
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(s, 10, 64); err == nil {
		return u
	}
	return parse(s)
}

// Byte orders, Fortran order, all types and awkward shapes, as NumPy saved them.
func TestReadingNumpy(t *testing.T) {
	cases, arrays := numpyCases(t)
	for name, c := range cases {
		got := arrays[name]
		dt, err := dtype.Parse(c.DType)
		require.NoError(t, err)
		want := Must(New(dt, c.Shape...))
		require.Len(t, c.Values, want.Size())
		for i, v := range c.Values {
			want.Set(i, number(t, v))
		}
		assert.True(t, want.Equal(got), "%s: got %s %v, want %s %v", name, got.describe(), got, want.describe(), want)
		requireStorage(t, got)
	}
}

func TestPrintingLikeNumpy(t *testing.T) {
	cases, arrays := numpyCases(t)
	for name, c := range cases {
		assert.Equal(t, c.Text, arrays[name].String(), name)
	}
}

func TestPrintingBFloat16(t *testing.T) {
	x := Of(1.0/3, 0.1, 100, -2).AsType(dtype.BFloat16)
	assert.Equal(t, "[  0.334   0.1   100.     -2.   ]", x.String())
	assert.Equal(t, "0.1", Scalar(0.1).AsType(dtype.BFloat16).String())
}
