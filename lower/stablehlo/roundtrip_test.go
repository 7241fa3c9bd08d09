package stablehlo

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/irtest"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// readBack writes a graph and reads the text.
func readBack(t *testing.T, g *ir.Graph, name string) *ir.Graph {
	t.Helper()
	text, err := Text(g)
	require.NoError(t, err, name)
	m, err := Read(name, []byte(text))
	require.NoError(t, err, text)
	f, err := m.Entry()
	require.NoError(t, err, text)
	require.NoError(t, ir.Verify(f.Graph), text)
	return f.Graph
}

// Every row that is written, and read back, computes what the row computes (legalDifferences has what differs and why, Writable and
// TestEveryRowIsWrittenOrHasAReason have the rows that cannot be written), and to the bit what its legal form does.
func TestRowsComeBack(t *testing.T) {
	for _, c := range rowCases(0, 1, 5) {
		if Writable(c.row.ID) != "" {
			continue
		}
		back := readBack(t, c.Graph, c.name)
		legal, err := Legalize(c.Graph)
		require.NoError(t, err, c.name)
		want, err := irtest.Run(&irtest.Case{Graph: legal, Inputs: c.Inputs})
		require.NoError(t, err, c.name)
		got, err := irtest.Run(&irtest.Case{Graph: back, Inputs: c.Inputs})
		require.NoError(t, err, c.name)
		assert.NoError(t, irtest.Compare(got, want, 0), "%s\n%s\n%s", c.name, ir.Print(legal), ir.Print(back))
		assert.NoError(t, c.compare(got), c.name)
	}
}

// Random graphs come back, but for rounding: whiles that count return as loops, and XLA's forms are folded.
func TestRandomGraphsComeBack(t *testing.T) {
	rows := func(r *ir.Row) bool { return Writable(r.ID) == "" }
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	for seed := range rounds {
		c := irtest.Random(irtest.Seeded(uint64(seed)), irtest.Config{Rows: rows, DTypes: dtype.Any.List()})
		back := readBack(t, c.Graph, "random.mlir")
		legal, err := Legalize(c.Graph)
		require.NoError(t, err)
		want, err := irtest.Run(&irtest.Case{Graph: legal, Inputs: c.Inputs})
		require.NoError(t, err)
		got, err := irtest.Run(&irtest.Case{Graph: back, Inputs: c.Inputs})
		require.NoError(t, err)
		assert.NoError(t, irtest.CompareScaled(got, want, 64), "seed %d\n%s", seed, ir.Print(c.Graph))
	}
}

// Numbers that nothing but conversions take are carried and recorded by loops, whatever the interval.
func TestLoopsRecordNarrowNumbers(t *testing.T) {
	for _, dt := range dtype.Narrow() {
		for _, reverse := range []bool{false, true} {
			for _, every := range []int{1, 2} {
				body := ir.NewBuilder("body")
				i, x := body.Param(ir.T(dtype.Int32)), body.Param(ir.T(dt.Wide(), 3))
				y := op.Convert(body, x, dt)
				next := op.Add(body, x, op.Spread(body, op.Convert(body, i, dt.Wide()), []int{3}))
				b := ir.NewBuilder("main")
				p := b.Param(ir.T(dt.Wide(), 3))
				out := op.Loop(b, op.LoopAttrs{Trip: 5, Carries: 1, Reverse: reverse, Every: []int{every}}, body.Build(next, y), p)
				c := &irtest.Case{Graph: b.Build(out[0], op.Convert(b, out[1], dt.Wide())), Inputs: []*tensor.Tensor{tensor.Of(float32(1), 0, 1).AsType(dt.Wide())}}
				want, err := irtest.Run(c)
				require.NoError(t, err)
				got, err := irtest.Run(&irtest.Case{Graph: readBack(t, c.Graph, "loop.mlir"), Inputs: c.Inputs})
				require.NoError(t, err)
				require.NoError(t, irtest.Compare(got, want, 0), "%s every %d", dt, every)
			}
		}
	}
}

// guarded are rows whose written form has guards (division by zero, the index of a switch, keys that sort NaN last, failed factorisations) that
// come back as plain operations and are guarded again.
var guarded = map[string]bool{"div": true, "rem": true, "switch": true, "sort": true, "sort_by": true, "cholesky": true, "eig": true, "eigh": true,
	"svd": true, "event_proc": true, "proc_outer": true}

// What was written, read and written again stays the same from then on: no constants, initial values and names pile up.
func TestRowsSettle(t *testing.T) {
	for _, c := range rowCases(0, 1) {
		if Writable(c.row.ID) != "" || guarded[c.row.Name] || c.row.ID == op.ReduceProdID { // a complex product by 1 is no identity
			continue
		}
		once := readBack(t, readBack(t, c.Graph, c.name), c.name)
		text, err := Text(once)
		require.NoError(t, err)
		again, err := Text(readBack(t, once, c.name))
		require.NoError(t, err)
		assert.Equal(t, text, again, c.name)
	}
}
