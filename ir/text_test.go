package ir_test

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestText(t *testing.T) {
	irtest.Golden(t, "testdata/text.txtar", func(t *testing.T, kind, input string) string {
		g, err := ir.Parse(input)
		require.NoError(t, err)
		require.NoError(t, ir.Verify(g))
		text := string(ir.Printer{Positions: kind == "positions"}.Append(nil, g))
		again, err := ir.Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, text, string(ir.Printer{Positions: kind == "positions"}.Append(nil, again)))
		assert.True(t, ir.Equal(g, again))
		assert.Equal(t, ir.Hash(g), ir.Hash(again))
		return text
	})
}

func TestParseErrors(t *testing.T) {
	irtest.Golden(t, "testdata/parse_errors.txtar", func(t *testing.T, _, input string) string {
		_, err := ir.Parse(input)
		var e *ir.ParseError
		require.ErrorAs(t, err, &e)
		return e.Error() + "\n"
	})
}

func TestParseRefusesDeepNesting(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("graph () { test.run ", 100000),
		"graph () { %0 = test.all {pads=" + strings.Repeat("[", 100000),
	} {
		_, err := ir.Parse(text)
		require.Error(t, err)
	}
	deep := strings.Repeat("graph () { test.run ", 500)
	_, err := ir.Parse(deep)
	require.ErrorContains(t, err, "levels of nesting")
}

// Every f16 and bf16 number, NaNs included, must come back from its text with the same bits.
func TestNarrowFloatsRoundTrip(t *testing.T) {
	for _, dt := range []dtype.DType{dtype.Float16, dtype.BFloat16} {
		for high := range 1 << 12 {
			value := tensor.Must(tensor.New(dt, 16))
			for i := range 16 {
				bits := uint16(high<<4 | i)
				copy(value.Bytes()[2*i:], []byte{byte(bits), byte(bits >> 8)})
			}
			back := roundTrip(t, value)
			require.Equal(t, value.Bytes(), back.Bytes(), "%s from %#x0", dt, high)
		}
	}
}

func roundTrip(t *testing.T, value *tensor.Tensor) *tensor.Tensor {
	t.Helper()
	b := ir.NewBuilder("main")
	g := b.Build(b.Emit1(testData, dataAttrs{value}))
	back, err := ir.Parse(ir.Print(g))
	require.NoError(t, err)
	return back.Nodes[0].Attrs.(dataAttrs).Value
}

func FuzzTensorText(f *testing.F) {
	f.Add(uint8(dtype.Float32), []byte{0, 0, 0x80, 0xff})
	f.Add(uint8(dtype.Complex128), make([]byte, 64))
	f.Add(uint8(dtype.Int64), make([]byte, 800))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		all := dtype.All()
		dt := all[int(kind)%len(all)]
		n := len(data) / dt.Size()
		value := tensor.Must(tensor.New(dt, n))
		copy(value.Bytes(), data)
		if dt == dtype.Bool {
			for i := range value.Bytes() {
				value.Bytes()[i] &= 1
			}
		}
		require.Equal(t, value.Bytes(), roundTrip(t, value).Bytes())
	})
}

// seedTexts are the inputs of a golden archive, for fuzzing.
func seedTexts(f *testing.F, file string) {
	for _, text := range irtest.GoldenInputs(f, file) {
		f.Add(text)
	}
}

func FuzzParse(f *testing.F) {
	seedTexts(f, "testdata/text.txtar")
	seedTexts(f, "testdata/parse_errors.txtar")
	for seed := range uint64(60) {
		f.Add(irtest.Random(irtest.Seeded(seed), irtest.Config{Nodes: 3, Depth: 1}).Graph.String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ir.Parse(text)
		if err != nil {
			e, ok := err.(*ir.ParseError)
			require.True(t, ok, "%v", err)
			require.Positive(t, e.Line)
			require.Positive(t, e.Col)
			if strings.Contains(e.Text, "type rule panicked") && !strings.Contains(e.Text, "test.bad") {
				t.Fatal(err)
			}
			return
		}
		require.NoError(t, ir.Verify(g))
		printed := ir.Print(g)
		again, err := ir.Parse(printed)
		require.NoError(t, err, printed)
		require.Equal(t, printed, ir.Print(again))
		require.True(t, ir.Equal(g, again))
		require.Equal(t, ir.Hash(g), ir.Hash(again))
	})
}

// chain is a graph of n nodes with attributes, about as long in text as real ones.
func chain(n int) *ir.Graph {
	b := ir.NewBuilder("main")
	x := b.Param(ir.T(dtype.Float32, 128, 64))
	for i := range n {
		if i%4 == 0 {
			b.Emit1(testAll, allAttrs{Axes: []int{0, 1, 2}, Dir: "lt", Value: tensor.Scalar(float32(i))})
			continue
		}
		x = b.Emit1(testAdd, nil, x, x)
	}
	return b.Build(x)
}

func BenchmarkPrint(b *testing.B) {
	g := chain(1000)
	var text []byte
	for b.Loop() {
		text = ir.Printer{}.Append(text[:0], g)
	}
	b.SetBytes(int64(len(text)))
}

func BenchmarkParse(b *testing.B) {
	text := ir.Print(chain(1000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := ir.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseLargeTensor(b *testing.B) {
	data := base64.StdEncoding.EncodeToString(make([]byte, 4<<20))
	text := fmt.Sprintf("graph () { %%0 = test.data {value=f32[%d] base64%q} return }", 1<<20, data)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := ir.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

// Every row's attributes must have a text form: samples of each row come back from it as they were.
func TestEveryRowHasATextForm(t *testing.T) {
	r := irtest.Seeded(1)
	for _, row := range ir.Rows() {
		for _, dt := range row.Accepts.List() {
			for size := range 4 {
				if row.Domain.Make == nil {
					continue
				}
				s := row.Domain.Make(r, dt, size)
				b := ir.NewBuilder("main")
				var in []*ir.Value
				for _, x := range s.Inputs {
					in = append(in, b.Param(ir.TypeOf(x)))
				}
				g := b.Build(b.Emit(row.ID, s.Attrs, s.Regions, in...)...)
				back, err := ir.Parse(ir.Print(g))
				require.NoError(t, err, "%s", g)
				require.True(t, ir.Equal(g, back), "%s", g)
				require.Equal(t, ir.Print(g), ir.Print(back))
				require.NoError(t, ir.Verify(back))
			}
		}
	}
}

func TestFloatAttributesKeepTheirBits(t *testing.T) {
	for _, x := range []float64{0, math.Copysign(0, -1), 0.1, math.MaxFloat64, 5e-324, math.Inf(1), math.Inf(-1), math.NaN(),
		math.Float64frombits(0xfff0000000000001)} {
		b := ir.NewBuilder("main")
		b.Emit1(testAll, allAttrs{Alpha: x})
		back, err := ir.Parse(ir.Print(b.Build()))
		require.NoError(t, err)
		assert.Equal(t, math.Float64bits(x), math.Float64bits(back.Nodes[0].Attrs.(allAttrs).Alpha), "%v", x)
	}
}

func TestElide(t *testing.T) {
	b := ir.NewBuilder("large")
	g := b.Build(b.Const(tensor.Must(tensor.New(dtype.Float32, 100))), b.Const(tensor.Of[float32](1, 2)))
	text := string(ir.Printer{Elide: true}.Append(nil, g))
	require.Contains(t, text, "{value=f32[100] ...}")
	require.Contains(t, text, "{value=f32[2] [1, 2]}")
	_, err := ir.Parse(text)
	require.Error(t, err)
}
