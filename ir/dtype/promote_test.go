package dtype

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// jaxTable reads what JAX said about one mode: see the first line of the files.
func jaxTable(t *testing.T, m Mode) (types []DType, rows [][]string) {
	text, err := os.ReadFile(filepath.Join("testdata", "promote_"+m.String()+".txt"))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		d, err := Parse(fields[0])
		require.NoError(t, err)
		types = append(types, d)
		rows = append(rows, fields[1:])
	}
	return types, rows
}

func TestPromotionIsThatOfJAX(t *testing.T) {
	for _, m := range []Mode{X32, X64} {
		types, rows := jaxTable(t, m)
		require.GreaterOrEqual(t, len(types), 11)
		for i, a := range types {
			for j, b := range types {
				assert.Equal(t, rows[i][j], m.Promote(a, b).Name(), "%s: %s with %s", m, a, b)
			}
			for j, number := range []DType{Int64, Float64, Complex128} {
				got := m.Join(Operand{a, false}, Operand{number, true})
				name := got.DType.Name()
				if got.Weak {
					name += "*"
				}
				assert.Equal(t, rows[i][len(types)+j], name, "%s: %s with weak %s", m, a, number)
				assert.Equal(t, got.DType, m.PromoteWeak(a, number))
			}
		}
	}
}

// The order and grouping of operands does not matter for arrays.
func TestPromotionIsALattice(t *testing.T) {
	for _, a := range All() {
		assert.Equal(t, a, X64.Promote(a, a))
		for _, b := range All() {
			ab := X64.Promote(a, b)
			assert.Equal(t, ab, X64.Promote(b, a))
			assert.Equal(t, ab, X64.Join(Operand{a, false}, Operand{b, false}, Operand{a, false}).DType)
			for _, c := range All() {
				all := []Operand{{a, false}, {b, false}, {c, false}}
				turned := []Operand{{c, false}, {a, false}, {b, false}}
				assert.Equal(t, X64.Join(all...), X64.Join(turned...))
			}
		}
	}
}

func TestPromotionOfWideTypesInX32(t *testing.T) {
	// Arrays that have 64 bits keep them; nothing else makes 64 bits.
	assert.Equal(t, Float64, X32.Promote(Float64, Float32))
	assert.Equal(t, Int64, X32.Promote(Int64, Int32))
	assert.Equal(t, Float32, X32.Promote(Int64, Float32))
	assert.Equal(t, Float32, X32.Promote(Int64, Uint64))
	assert.Equal(t, Int32, X32.Promote(Int32, Uint32))
	assert.Equal(t, Complex128, X32.PromoteWeak(Float64, Complex128))
	assert.Equal(t, Int64, X32.PromoteWeak(Int64, Int64))
	assert.Equal(t, Float32, X32.PromoteWeak(Int64, Float64))
}

func TestJoinOfWeakOnly(t *testing.T) {
	assert.Equal(t, Operand{Float32, true}, X32.Join(Operand{Int64, true}, Operand{Float64, true}))
	assert.Equal(t, Operand{Float64, true}, X64.Join(Operand{Int64, true}, Operand{Float64, true}))
	assert.Equal(t, Operand{Float32, true}, X64.Join(Operand{Int32, true}, Operand{Float32, true}))
	assert.Equal(t, Operand{Int32, true}, X32.Join(Operand{Int64, true}))
	assert.Equal(t, Operand{Bool, false}, X32.Join(Operand{Bool, true}, Operand{Bool, true}))
	assert.Equal(t, Operand{}, X32.Join())
	assert.Equal(t, Operand{}, X32.Join(Operand{Float32, false}, Operand{}))
}

func TestModes(t *testing.T) {
	assert.Equal(t, X32, Current())
	assert.Equal(t, []DType{Float32, Int32}, []DType{DefaultFloat(), DefaultInt()})
	assert.Equal(t, Float32, PromoteWeak(Int32, Float64))
	SetX64(true)
	defer SetX64(false)
	assert.Equal(t, X64, Current())
	assert.Equal(t, []DType{Float64, Int64}, []DType{DefaultFloat(), DefaultInt()})
	assert.Equal(t, Float64, PromoteWeak(Int32, Float64))
	assert.Equal(t, Int64, Promote(Int32, Uint32))

	assert.Equal(t, Float32, X32.Canonical(Float64))
	assert.Equal(t, Complex64, X32.Canonical(Complex128))
	assert.Equal(t, Uint32, X32.Canonical(Uint64))
	for _, d := range All() {
		assert.Equal(t, d, X64.Canonical(d))
		if d.Real().Size() < 8 {
			assert.Equal(t, d, X32.Canonical(d))
		}
	}
	assert.Equal(t, []DType{Bool, Int64, Uint64, Float64, Complex128},
		[]DType{X64.Default(Bool), X64.Default(Int8), X64.Default(Uint8), X64.Default(Float16), X64.Default(Complex64)})
	assert.Equal(t, Uint32, X32.Uint())
}
