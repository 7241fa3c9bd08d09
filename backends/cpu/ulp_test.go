package cpu

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var measureOnly = flag.String("measure", "", "measure the vector functions whose lines match this expression (f32 of one operand on all arguments), and write testdata/ulp.txt")

const ulpFile = "testdata/ulp.txt"

const ulpHeader = `# Largest errors of vector functions in units in the last place, as compiled for the best tier; the other tiers give the same bits. Written by
#     go test ./backends/cpu -run TestStatedErrors -measure . -timeout 0
# which takes an hour; an expression such as '^exp' measures these lines anew. True values are those of package ir/irtest/truth; for f32 of
# one operand, where it cannot matter, the standard library's in float64 (backends/cpu/ulp_functions_test.go). Samples are drawn from any
# bits, moderate numbers, neighbours of 1, of multiples of pi/2 and of edges, denormal and huge numbers (ulp_arguments_test.go).
# Errors of lgamma and digamma at x < 0 are relative to the result at |x|, or to 1 if that is larger.
# function, type, error, measured on all arguments or so many samples, where
`

// variant is a function as it is compiled for a type, with or without FastMath.
type variant struct {
	id    ir.OpID
	fast  bool
	dt    dtype.DType
	bound float64
}

// variants lists the vector functions: each row with a stated error must have an entry in functions.
func variants(t *testing.T) (list []variant) {
	for _, dt := range []dtype.DType{dtype.Float32, dtype.Float64} {
		for _, row := range ir.Rows() {
			if row.ULP > 0 && row.Expand != nil {
				require.Contains(t, functions, row.ID, "%s states an error, and nothing says how to measure it", row.Name)
			}
			if functions[row.ID] == nil {
				continue
			}
			list = append(list, variant{row.ID, false, dt, max(row.ULP, 0.5)})
			if row.FastExpand != nil {
				list = append(list, variant{row.ID, true, dt, row.FastULP})
			}
		}
	}
	return list
}

func (v variant) name() string {
	if v.fast {
		return v.id.String() + ".fast " + v.dt.String()
	}
	return v.id.String() + " " + v.dt.String()
}

// record is a line of the file.
type record struct {
	name  string // function and type
	ulp   float64
	count string // of arguments: all, or a number
	where string
}

func (r record) String() string {
	words := strings.Fields(r.name)
	return fmt.Sprintf("%-14s %s %8.4f %10s %s", words[0], words[1], r.ulp, r.count, r.where)
}

func readRecords(t *testing.T) (list []record) {
	file, err := os.Open(ulpFile)
	require.NoError(t, err)
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var r record
		var dt string
		_, err := fmt.Sscan(lines.Text(), &r.name, &dt, &r.ulp, &r.count, &r.where)
		require.NoError(t, err, lines.Text())
		r.name += " " + dt
		list = append(list, r)
	}
	return list
}

func findRecord(list []record, name string) int {
	return slices.IndexFunc(list, func(r record) bool { return r.name == name })
}

// writeErrors measures the functions whose names match, and writes the file after each.
func writeErrors(t *testing.T, which *regexp.Regexp) {
	for _, v := range variants(t) {
		if !which.MatchString(v.name()) {
			continue
		}
		m := newMeasure(t, v, 0)
		if v.dt == dtype.Float32 && v.id.Row().Arity == 1 {
			m.all(1, 0)
		} else {
			m.samples(manySamples)
		}
		t.Log(m.record())
		list := readRecords(t)
		if k := findRecord(list, v.name()); k >= 0 {
			list[k] = m.record()
		} else {
			list = append(list, m.record())
		}
		text := ulpHeader
		for _, v := range variants(t) { // in their order
			if k := findRecord(list, v.name()); k >= 0 {
				text += list[k].String() + "\n"
			}
		}
		require.NoError(t, os.WriteFile(ulpFile, []byte(text), 0o644))
	}
}

// manySamples are as many as are drawn for the file.
const manySamples = 1 << 24

// TestStatedErrors compares the errors that rows state with those that were measured, and measures on fewer numbers anew. With -measure
// it measures all of them, and writes the file.
func TestStatedErrors(t *testing.T) {
	if *measureOnly != "" {
		writeErrors(t, regexp.MustCompile(*measureOnly))
	}
	known := readRecords(t)
	stride, samples := uint64(10_007), 1<<16
	if testing.Short() {
		stride, samples = 200_003, measureBlock
	}
	for i, v := range variants(t) {
		k := findRecord(known, v.name())
		if !assert.GreaterOrEqual(t, k, 0, "%s: not in %s", v.name(), ulpFile) {
			continue
		}
		assert.LessOrEqual(t, known[k].ulp, v.bound, v.name())
		m := newMeasure(t, v, uint64(i+1))
		if v.dt == dtype.Float32 && v.id.Row().Arity == 1 {
			m.all(stride, uint64(i))
		} else {
			m.samples(samples)
		}
		now := m.record()
		assert.LessOrEqual(t, now.ulp, v.bound, "%s(%s)", v.name(), now.where)
		assert.LessOrEqual(t, now.ulp, known[k].ulp*1.05, "%s(%s): the error in %s is smaller: measure anew", v.name(), now.where, ulpFile)
	}
}
