package native

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/lower"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// exits lists the primitives that leave the machine code when a loop applies them, by classes of element types (see classOf). Those that leave
// always may not stop doing so without the line going, those that leave sometimes may not leave always, and nothing else may leave.
var exits = []struct {
	why     string
	always  bool
	classes string
	rows    string
}{
	{"there are no complex lanes", true, "complex", `abs acos acosh add asin asinh atan atan2 atanh call cbrt compare conj convert cos cosh cumprod cumsum div dot exp
		expm1 gather imag iota log log1p logistic loop mul neg pow real reduce_prod reduce_sum rsqrt scatter select sign sin sinh sqrt sub switch tan tanh while`},
	{"lanes make complex numbers of them", true, "float", "complex"},
	{"elements of 16 bytes are not moved", false, "complex", `broadcast concatenate const dynamic_slice dynamic_update_slice pad reshape reverse slice
		stop_gradient transpose`},
	{"linear algebra by Go code, which takes longer than the way to it", true, "float complex", "cholesky eig eigh fft lu qr svd triangular_solve"},
	{"linear algebra by Go code, which takes longer than the way to it", true, "half", "cholesky triangular_solve"},
	{"the host acts", true, "complex float half int narrow bool", "print"},
	{"the host acts", true, "bool", "check"},
	{"any function folds, which runs in the interpreter", true, "complex float half int narrow bool", "reduce scatter_many"},
	{"any function compares, which runs in the interpreter", true, "complex float half int narrow bool", "sort_by"},
	{"to do", true, "complex float half int narrow bool", "reduce_window"},
	{"to do", true, "complex float half int narrow", "conv"},
	{"combined by a product, an extreme or a function, 16-bit sums, or windows that may overlap and are not the last dimensions", false,
		"float half int narrow bool", "scatter"},
	{"not a row", false, "bool", "pack_bits"},
	{"the width changes, which moves elements", false, "float half int narrow", "bitcast"},
	{"types narrower than a byte live as bytes that no step computes with", false, "float half int narrow bool", "convert"},
	{"sums of integers", true, "int narrow", "dot"},
	{"16-bit sums", true, "half", "csr_gather csr_outer event_csr event_proc proc_gather proc_outer"},
	{"functions that Go evaluates", true, "float half", "next_after polygamma zeta"},
	{"functions that Go evaluates", true, "int narrow", "pow"},
}

// classOf groups element types by how they live in lanes.
func classOf(dt dtype.DType) string {
	switch {
	case dt.IsComplex():
		return "complex"
	case dt.IsBool():
		return "bool"
	case dt.IsFloat() && isNarrow(dt):
		return "half"
	case dt.IsFloat():
		return "float"
	case isNarrow(dt):
		return "narrow"
	}
	return "int"
}

// inLoop is a loop that applies a row in each step and records the results.
func inLoop(row *ir.Row, s ir.Sample) *ir.Graph {
	types := make([]ir.Type, len(s.Inputs))
	for i, t := range s.Inputs {
		types[i] = ir.T(t.DType(), t.Shape()...)
	}
	body := ir.NewBuilder("body")
	params := body.Params(append([]ir.Type{ir.T(dtype.Int32)}, types...))
	region := body.Build(body.Emit(row.ID, s.Attrs, s.Regions, params[1:]...)...)
	b := ir.NewBuilder(row.Name)
	return b.Build(op.Loop(b, op.LoopAttrs{Trip: 3, Consts: len(types)}, region, b.Params(types)...)...)
}

// leaves says why a loop that applies the row leaves the machine code, "" if it does not.
func leaves(t *testing.T, is *isa, row *ir.Row, s ir.Sample) string {
	p, err := kernel.Lower(lower.Expand(inLoop(row, s), lower.Target{Keep: Keeps(is.name)}))
	require.NoError(t, err)
	code, err := Compile(p, Options{Tier: is.name})
	require.NoError(t, err)
	for i, why := range code.Why {
		if code.Enclosing[i] != 0 {
			return why + ": " + kernel.StepString(code.Steps[i])
		}
	}
	return ""
}

// loopSamples are applications of a row to an element type.
func loopSamples(row *ir.Row, dt dtype.DType) []ir.Sample {
	var samples []ir.Sample
	for seed := range 9 {
		r, size := rand.New(rand.NewPCG(uint64(dt), uint64(seed))), []int{5, 1, 17}[seed%3]
		s := ir.Sample{}
		if row.Domain.Make != nil {
			s = row.Domain.Make(r, dt, size)
		} else {
			for range row.Arity {
				s.Inputs = append(s.Inputs, op.RandomTensor(r, dt, 0, 0, size))
			}
		}
		if s.Inputs != nil || s.Attrs != nil {
			samples = append(samples, s)
		}
	}
	return samples
}

// TestExits applies every primitive in a loop, and allows only those to leave the machine code that exits lists.
func TestExits(t *testing.T) {
	type key struct{ row, class string }
	always := map[key]bool{}
	for _, e := range exits {
		for _, row := range strings.Fields(e.rows) {
			for _, class := range strings.Fields(e.classes) {
				k := key{row, class}
				_, twice := always[k]
				assert.False(t, twice, "%s of %s is listed twice", row, class)
				always[k] = e.always
			}
		}
	}
	stays, why := map[key]bool{}, map[key]string{}
	for _, is := range []*isa{avx512, avx2} {
		for _, row := range ir.Rows() {
			accepts := row.Accepts
			if accepts == 0 {
				accepts = dtype.SetOf(dtype.Float32, dtype.Float64, dtype.Int32)
			}
			for _, dt := range accepts.List() {
				k := key{row.Name, classOf(dt)}
				for _, s := range loopSamples(row, dt) {
					if reason := leaves(t, is, row, s); reason == "" {
						stays[k] = true
					} else {
						why[k] = is.name + ": " + reason
					}
				}
			}
		}
	}
	for k, reason := range why {
		all, known := always[k]
		assert.True(t, known, "%s of %s leaves the machine code in a loop: %s; give it code, or a line in exits that says why it has none", k.row, k.class, reason)
		assert.False(t, known && !all && !stays[k], "%s of %s leaves always; exits says sometimes: %s", k.row, k.class, reason)
	}
	for k, all := range always {
		assert.NotEmpty(t, why[k], "%s of %s has code by now: take it out of exits", k.row, k.class)
		assert.False(t, all && stays[k], "%s of %s leaves sometimes; exits says always", k.row, k.class)
	}
	if t.Failed() {
		var lines []string
		for k := range why {
			mark := "always"
			if stays[k] {
				mark = "sometimes"
			}
			lines = append(lines, mark+" "+k.class+" "+k.row)
		}
		slices.Sort(lines)
		t.Log("\n" + strings.Join(lines, "\n"))
	}
}
