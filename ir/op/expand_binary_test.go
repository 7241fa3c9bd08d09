package op

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/irtest/bigmath"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// oracle2 is oracle for two operands. big is asked only where wide is neither zero, infinite nor NaN, or where it might be only because
// of the limits of float64: near says so.
type oracle2 struct {
	wide func(x, y float64) float64
	big  func(x, y *big.Float, prec uint) *big.Float
	near func(x, y float64) bool
	// draw gives arguments where the result is neither huge nor tiny.
	draw func(r *rand.Rand) (x, y float64)
}

var oracles2 = map[ir.OpID]oracle2{
	Atan2ID: {
		wide: math.Atan2,
		big:  bigmath.Atan2,
		near: func(x, y float64) bool {
			return x-x == 0 && y-y == 0 && x != 0 && y != 0 && !math.IsInf(math.Log2(math.Abs(x))-math.Log2(math.Abs(y)), 0)
		},
		draw: func(r *rand.Rand) (x, y float64) { return r.NormFloat64(), r.NormFloat64() },
	},
	PowID: {
		wide: pow,
		big: func(x, y *big.Float, prec uint) *big.Float {
			z := bigmath.Pow(new(big.Float).Abs(x), y, prec)
			if n, exact := y.Int(nil); x.Sign() < 0 && exact == big.Exact && n.Bit(0) == 1 {
				z.Neg(z)
			}
			return z
		},
		near: func(x, y float64) bool {
			return !math.IsInf(x, 0) && !math.IsInf(y, 0) && x != 0 && math.Abs(y*math.Log(math.Abs(x))) < 760 && (x > 0 || y == math.Floor(y))
		},
		draw: func(r *rand.Rand) (x, y float64) {
			x = math.Exp(math.Ldexp(r.NormFloat64(), r.IntN(12)-6))
			y = (2*r.Float64() - 1) * 760 / math.Max(math.Abs(math.Log(x)), 1e-9)
			switch r.IntN(4) {
			case 0:
				return -x, math.Round(y)
			case 1:
				return x, math.Round(2*y) / 2
			}
			return x, y
		},
	},
}

// TestBinaryExpansionErrors checks expansions of two operands against their documented error, and all pairs of special values.
func TestBinaryExpansionErrors(t *testing.T) {
	n := 20 * block
	if testing.Short() {
		n = 2 * block
	}
	if *exhaustive {
		n = 1000 * block
	}
	for _, row := range ir.Rows() {
		if !isExpansion(row) || row.Arity != 2 {
			continue
		}
		o, ok := oracles2[row.ID]
		require.True(t, ok, "%s has an expansion but no oracle", row.Name)
		t.Run(row.Name, func(t *testing.T) {
			w32, w64 := binary32(t, row, o, 50*n), binary64(t, row, o, n)
			assert.LessOrEqual(t, w32.ulp, row.ULP, "f32 at %s", w32.at)
			assert.LessOrEqual(t, w64.ulp, row.ULP, "f64 at %s", w64.at)
			t.Logf("f32: %d operations, %.4f at %s", newMachine[float32, int32](t, row.ID, row.Expand).nodes, w32.ulp, w32.at)
			t.Logf("f64: %d operations, %.4f at %s", newMachine[float64, int64](t, row.ID, row.Expand).nodes, w64.ulp, w64.at)
		})
	}
}

// argumentPairs yields pairs of edges, then pairs of any bits and drawn ones in turn.
func argumentPairs(r *rand.Rand, o oracle2, n int, try func(x, y float64)) {
	for _, x := range edges {
		for _, y := range edges {
			try(x, y)
		}
	}
	for i := range n {
		if i%4 == 0 {
			try(math.Float64frombits(r.Uint64()), random64(r))
		} else {
			try(o.draw(r))
		}
	}
}

func binary32(t *testing.T, row *ir.Row, o oracle2, n int) worst {
	m := newMachine[float32, int32](t, row.ID, row.Expand)
	var w worst
	k := 0
	flush := func() {
		for i, got := range m.run()[:k] {
			x, y := m.in[0][i], m.in[1][i]
			w.see(ulp32(got, o.wide(float64(x), float64(y))), x, ",", y, " got ", got)
		}
		k = 0
	}
	r := rand.New(rand.NewPCG(11, uint64(row.ID)))
	argumentPairs(r, o, n, func(x, y float64) {
		m.in[0][k], m.in[1][k] = float32(x), float32(y)
		if k++; k == block {
			flush()
		}
	})
	flush()
	return w
}

func binary64(t *testing.T, row *ir.Row, o oracle2, n int) worst {
	m := newMachine[float64, int64](t, row.ID, row.Expand)
	var w worst
	k := 0
	flush := func() {
		for i, got := range m.run()[:k] {
			x, y := m.in[0][i], m.in[1][i]
			wide := o.wide(x, y)
			switch {
			case o.near(x, y):
				w.see(ulp64(got, o.big(big.NewFloat(x), big.NewFloat(y), 100)), x, ",", y, " got ", got)
			case got != wide && (got == got || wide == wide) || wide == wide && math.Signbit(got) != math.Signbit(wide):
				w.see(math.Inf(1), x, ",", y, " got ", got, ", want ", wide)
			}
		}
		k = 0
	}
	r := rand.New(rand.NewPCG(12, uint64(row.ID)))
	argumentPairs(r, o, n, func(x, y float64) {
		m.in[0][k], m.in[1][k] = x, y
		if k++; k == block {
			flush()
		}
	})
	flush()
	return w
}
