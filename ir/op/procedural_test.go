package op

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var probabilities = []float64{1, 0.999, 0.7, 0.5, 0.1, 0.02, 1e-3, 1e-4, 1e-6, 0}

// The number of words with each outcome is what the table was made from: counted over all columns of the table.
func TestGapTableIsExact(t *testing.T) {
	for _, p := range probabilities {
		table, want := GapTable(p), gapCounts(p)
		require.Len(t, table, len(want))
		bits := table.Bits()
		capacity := uint64(1) << (32 - bits)
		got := make([]uint64, len(table))
		for column, entry := range table {
			own := uint64(entry >> bits)
			require.LessOrEqual(t, own, capacity)
			got[column] += own
			got[entry&uint32(len(table)-1)] += capacity - own
		}
		assert.Equal(t, want, got, "p = %g", p)
		// The law itself, by another formula: P(distance > g) = (1-p)^g.
		sum := uint64(0)
		for g := range len(want) - 1 {
			sum += want[g]
			assert.InDelta(t, -math.Expm1(float64(g+1)*math.Log1p(-p)), float64(sum)/(1<<32), 0x1p-32, "p = %g, g = %d", p, g+1)
		}
		assert.True(t, len(table) == 4096 || float64(len(table)-1)*p >= 8, "p = %g: %d entries", p, len(table))
	}
}

func TestGapTableDrawsFromTheWord(t *testing.T) {
	table := GapTable(0.25)
	bits := table.Bits()
	for column, entry := range table {
		threshold, alias := entry>>bits, int(entry)&(len(table)-1)
		if threshold > 0 {
			assert.Equal(t, column, table.outcome((threshold-1)<<bits|uint32(column)))
		}
		assert.Equal(t, alias, table.outcome(threshold<<bits|uint32(column)))
		assert.Equal(t, alias, table.outcome(math.MaxUint32<<bits|uint32(column)))
	}
	step, synapse := GapTable(1).Next(0xdeadbeef)
	assert.Equal(t, 1, step)
	assert.True(t, synapse)
	step, synapse = GapTable(0).Next(0xdeadbeef)
	assert.Equal(t, 4095, step)
	assert.False(t, synapse)
}

// columnsOf collects a row.
func columnsOf(a ProcAttrs, seed [2]uint32, r int) (columns []int, drawn []float32) {
	for c, v := range a.Row(seed, r) {
		columns, drawn = append(columns, c), append(drawn, v)
	}
	return columns, drawn
}

func TestRowsAreAscendingAndInRange(t *testing.T) {
	for _, post := range []int{0, 1, 2, 15, 16, 17, 31, 33, 100, 1000} {
		for _, p := range probabilities {
			a := ProcAttrs{Pre: 3, Post: post, Prob: p, Weight: ProcConstant, SelfConnections: true}
			for r := range 3 {
				columns, _ := columnsOf(a, [2]uint32{1, 2}, r)
				for i, c := range columns {
					require.True(t, c >= 0 && c < post && (i == 0 || c > columns[i-1]), "%v", columns)
				}
				switch p {
				case 1:
					require.Len(t, columns, post)
				case 0:
					require.Empty(t, columns)
				}
			}
		}
	}
}

// naiveRow walks the definition again with other means: thresholds by linear search through the outcomes of each column, and the words
// of a lane drawn into a list first.
func naiveRow(a ProcAttrs, seed [2]uint32, r int) (columns []int, drawn []uint32) {
	counts := gapCounts(a.Prob)
	table := newGaps(counts)
	n := uint32(len(table))
	stripe := int(math.Ceil(float64(a.Post) / 16))
	for lane := range 16 {
		var words, second []uint32
		for block := range uint32(stripe + 2) {
			x0, x1 := threefry(seed[0], seed[1], uint32(r+a.FirstRow), uint32(lane)*(1<<28)+block)
			if a.Weight == ProcConstant {
				words, second = append(words, x0, x1), append(second, 0, 0)
			} else {
				words, second = append(words, x0), append(second, x1)
			}
		}
		next := lane * stripe // the first place not yet decided
		for i := 0; next < min((lane+1)*stripe, a.Post); i++ {
			entry := table[words[i]%n]
			outcome := words[i] % n
			if words[i]/n >= entry/n {
				outcome = entry % n
			}
			if outcome == n-1 {
				next += int(n) - 1
				continue
			}
			next += int(outcome) + 1
			if c := next - 1; c < min((lane+1)*stripe, a.Post) && (a.SelfConnections || c != r+a.FirstRow) {
				columns, drawn = append(columns, c), append(drawn, second[i])
			}
		}
	}
	return columns, drawn
}

func TestRowsFollowTheDefinition(t *testing.T) {
	for seed := range uint64(200) {
		a, words, _ := procSample(seeded(seed), dtype.Float32, 1+int(seed%12))
		s := seedOf(words)
		for r := range a.Pre {
			want, second := naiveRow(a, s, r)
			columns, drawn := columnsOf(a, s, r)
			require.Equal(t, want, columns, "%+v", a)
			for i, v := range drawn {
				switch a.Weight {
				case ProcConstant:
					require.Zero(t, v)
				case ProcUniform:
					require.Equal(t, float64(second[i]>>8)/(1<<24), float64(v))
				case ProcNormal:
					require.Equal(t, unitNormal(second[i]), v)
				}
			}
		}
	}
}

// The wiring is part of the file format of every saved model and the same on every backend: this number must never change.
func TestWiringIsFrozen(t *testing.T) {
	for _, c := range []struct {
		a    ProcAttrs
		want string
	}{
		{ProcAttrs{Pre: 100, Post: 1000, Prob: 0.02, Weight: ProcConstant}, "f7cc24e4556f64c4"},
		{ProcAttrs{Pre: 100, Post: 777, Prob: 0.1, Weight: ProcUniform, SelfConnections: true}, "126e4d48b846809e"},
		{ProcAttrs{Pre: 100, Post: 5000, Prob: 0.003, Weight: ProcNormal, FirstRow: 900}, "d6021fb68d0284ed"},
	} {
		h := fnv.New64a()
		indptr, indices, drawn, err := c.a.CSR([2]uint32{20, 26})
		require.NoError(t, err)
		for _, x := range []*tensor.Tensor{indptr, indices, drawn} {
			for _, word := range patterns(x) {
				fmt.Fprintln(h, word)
			}
		}
		assert.Equal(t, c.want, fmt.Sprintf("%016x", h.Sum64()), "%+v", c.a)
	}
}

// deviation is how many standard errors a mean of n samples of known variance lies from its expectation.
func deviation(mean, expected, variance float64, n int) float64 {
	return math.Abs(mean-expected) / math.Sqrt(variance/float64(n))
}

// chiSquare returns the statistic in units of its own standard deviation, from its expectation.
func chiSquare(observed, expected []float64) float64 {
	x := 0.0
	for i, e := range expected {
		x += (observed[i] - e) * (observed[i] - e) / e
	}
	free := float64(len(expected) - 1)
	return (x - free) / math.Sqrt(2*free)
}

func TestDegreesAreBinomial(t *testing.T) {
	for _, c := range []struct {
		post int
		p    float64
	}{{1000, 0.1}, {4000, 0.02}, {333, 0.7}, {20000, 0.0003}} {
		a := ProcAttrs{Pre: 4000, Post: c.post, Prob: c.p, Weight: ProcConstant, SelfConnections: true}
		if testing.Short() {
			a.Pre = 1000
		}
		var sum, squares float64
		lane := make([]float64, 16)
		var cross float64
		for r := range a.Pre {
			columns, _ := columnsOf(a, [2]uint32{5, 6}, r)
			d := float64(len(columns))
			sum, squares = sum+d, squares+d*d
			var per [16]float64
			for _, col := range columns {
				per[col/a.Stripe()]++
			}
			for j, k := range per {
				lane[j] += k
			}
			cross += (per[0] - c.p*float64(a.Stripe())) * (per[1] - c.p*float64(a.Stripe()))
		}
		n := float64(a.Pre)
		mean, variance := c.p*float64(c.post), c.p*(1-c.p)*float64(c.post)
		assert.Less(t, deviation(sum/n, mean, variance, a.Pre), 4.0, "mean degree, %+v", c)
		s2 := squares/n - (sum/n)*(sum/n)
		assert.InDelta(t, 1, s2/variance, 5*math.Sqrt((2+1/variance)/n), "variance of degrees, %+v", c)
		for j, k := range lane {
			width := float64(min((j+1)*a.Stripe(), c.post) - min(j*a.Stripe(), c.post))
			assert.Less(t, deviation(k/n, c.p*width, c.p*(1-c.p)*width, a.Pre), 4.5, "lane %d, %+v", j, c)
		}
		laneVariance := c.p * (1 - c.p) * float64(a.Stripe())
		assert.Less(t, math.Abs(cross/n)/(laneVariance/math.Sqrt(n)), 4.5, "lanes are uncorrelated, %+v", c)
	}
}

func TestEachPlaceIsEquallyLikely(t *testing.T) {
	a := ProcAttrs{Pre: 5000, Post: 500, Prob: 0.05, Weight: ProcConstant, SelfConnections: true}
	hits := make([]float64, a.Post)
	for r := range a.Pre {
		for c := range a.Row([2]uint32{7, 8}, r) {
			hits[c]++
		}
	}
	squares, n, places := 0.0, float64(a.Pre), float64(a.Post)
	for _, h := range hits {
		squares += (h - n*a.Prob) * (h - n*a.Prob) / (n * a.Prob * (1 - a.Prob))
	}
	assert.InDelta(t, places, squares, 4.5*math.Sqrt(2*places), "chi-square of binomial counts")
}

func TestDistancesAreGeometric(t *testing.T) {
	for _, p := range []float64{0.5, 0.1, 0.01} {
		// Distances that begin at least span before the end of the stripe are not cut off; longer ones fall into one class.
		span := int(6 / p)
		a := ProcAttrs{Pre: 20, Post: 16 * 40 * span, Prob: p, Weight: ProcConstant, SelfConnections: true}
		observed, n := make([]float64, span+1), 0
		for r := range a.Pre {
			columns, _ := columnsOf(a, [2]uint32{9, 10}, r)
			for i, c := range columns {
				end := (c/a.Stripe() + 1) * a.Stripe()
				if c+span >= end {
					continue
				}
				g := span + 1
				if i+1 < len(columns) {
					g = min(columns[i+1]-c, g)
				}
				observed[g-1]++
				n++
			}
		}
		expected, rest := make([]float64, span+1), float64(n)
		for g := range span {
			expected[g] = float64(n) * p * math.Pow(1-p, float64(g))
			rest -= expected[g]
		}
		expected[span] = rest
		assert.Less(t, math.Abs(chiSquare(observed, expected)), 5.0, "p = %g, %d distances", p, n)
	}
}

func TestRowsAreIndependent(t *testing.T) {
	a := ProcAttrs{Pre: 2001, Post: 2000, Prob: 0.05, Weight: ProcConstant, SelfConnections: true}
	row := func(seed [2]uint32, r int) []bool {
		hit := make([]bool, a.Post)
		for c := range a.Row(seed, r) {
			hit[c] = true
		}
		return hit
	}
	common := func(x, y []bool) (n float64) {
		for i := range x {
			if x[i] && y[i] {
				n++
			}
		}
		return n
	}
	var neighbours, seeds, keys float64
	for r := range a.Pre - 1 {
		x := row([2]uint32{1, 1}, r)
		neighbours += common(x, row([2]uint32{1, 1}, r+1))
		seeds += common(x, row([2]uint32{2, 1}, r))
		keys += common(x, row([2]uint32{1, 2}, r))
	}
	n := a.Pre - 1
	both := a.Prob * a.Prob
	for what, sum := range map[string]float64{"neighbouring rows": neighbours, "first seed word": seeds, "second seed word": keys} {
		assert.Less(t, deviation(sum/float64(n), both*float64(a.Post), both*(1-both)*float64(a.Post), n), 4.5, what)
	}
}

func TestRowsDependOnTheirNumberOnly(t *testing.T) {
	whole := ProcAttrs{Pre: 50, Post: 300, Prob: 0.1, Weight: ProcNormal}
	part := whole
	part.Pre, part.FirstRow = 10, 20
	for r := range part.Pre {
		want, w := columnsOf(whole, [2]uint32{3, 4}, part.FirstRow+r)
		got, g := columnsOf(part, [2]uint32{3, 4}, r)
		assert.Equal(t, want, got)
		assert.Equal(t, w, g)
	}
}

func TestSelfConnections(t *testing.T) {
	with := ProcAttrs{Pre: 64, Post: 64, Prob: 0.6, Weight: ProcUniform, SelfConnections: true}
	without := with
	without.SelfConnections = false
	own := 0
	for r := range 64 {
		all, v := columnsOf(with, [2]uint32{1, 0}, r)
		others, w := columnsOf(without, [2]uint32{1, 0}, r)
		if i := slices.Index(all, r); i >= 0 {
			own++
			all, v = slices.Delete(all, i, i+1), slices.Delete(v, i, i+1)
		}
		assert.Equal(t, all, others, "only the own column goes")
		assert.Equal(t, v, w)
	}
	assert.InDelta(t, 0.6*64, own, 4*math.Sqrt(0.6*0.4*64))
}

// kolmogorov returns sqrt(n) times the largest distance between the empirical distribution and cdf.
func kolmogorov(samples []float64, cdf func(float64) float64) float64 {
	slices.Sort(samples)
	worst, n := 0.0, float64(len(samples))
	for i, x := range samples {
		p := cdf(x)
		worst = max(worst, p-float64(i)/n, float64(i+1)/n-p)
	}
	return worst * math.Sqrt(n)
}

func TestWeightsFollowTheirLaw(t *testing.T) {
	for law, cdf := range map[ProcWeight]func(float64) float64{
		ProcUniform: func(x float64) float64 { return x },
		ProcNormal:  func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 },
	} {
		a := ProcAttrs{Pre: 400, Post: 5000, Prob: 0.05, Weight: law}
		var all []float64
		var cross, crossGap float64
		previous := 0.0
		for r := range a.Pre {
			columns, drawn := columnsOf(a, [2]uint32{11, 12}, r)
			for i, v := range drawn {
				all = append(all, float64(v))
				z := cdf(float64(v)) - 0.5
				cross += z * previous
				previous = z
				if i > 0 {
					crossGap += z * (math.Pow(1-a.Prob, float64(columns[i]-columns[i-1])) - 0.5)
				}
			}
		}
		n := math.Sqrt(float64(len(all)))
		assert.Less(t, kolmogorov(all, cdf), 2.0, law)
		assert.Less(t, math.Abs(cross)/n*12, 4.0, "%s: neighbours are uncorrelated", law)
		assert.Less(t, math.Abs(crossGap)/n*12, 4.0, "%s: weight and distance are uncorrelated", law)
	}
}

func TestUnitNormalIsTheInverseDistribution(t *testing.T) {
	r, worst := seeded(1), 0.0
	check := func(word uint32) {
		tail := (float64(word&0x7fffffff) + 0.5) / (1 << 32)
		want := math.Sqrt2 * math.Erfcinv(2*tail)
		if word>>31 != 0 {
			want = -want
		}
		worst = max(worst, math.Abs(float64(unitNormal(word))-want))
	}
	for word := range uint32(1 << 16) { // the far tail, and a grid over everything
		check(word)
		check(word | 1<<31)
		check(word << 16)
		check(word<<16 | 0xffff)
	}
	for range 1 << 18 {
		check(r.Uint32())
	}
	for k := range 32 {
		check(1<<k - 1)
		check(1 << k)
	}
	assert.Less(t, worst, 2e-6)
	assert.InDelta(t, 6.33, unitNormal(0), 0.01)
	assert.Equal(t, unitNormal(5), -unitNormal(5|1<<31))
	previous := unitNormal(0)
	for word := uint32(0); word < 1<<31-1<<20; word += 1 << 20 {
		assert.LessOrEqual(t, unitNormal(word), previous, "falls with the word")
		previous = unitNormal(word)
	}
}

// The primitives agree with the sparse ones on the matrix that CSR lists.
func TestProceduralAgreesWithCSR(t *testing.T) {
	synapses := 0
	for _, dt := range dtype.Floats.List() {
		for seed := range uint64(40) {
			r := seeded(seed)
			a, words, params := procSample(r, dt, 1+int(seed%6))
			indptr, indices, drawn, err := a.CSR(seedOf(words))
			require.NoError(t, err)
			synapses += indices.Size()
			p := params.Float64s()
			weights := tensor.Must(tensor.New(dtype.Float64, indices.Size()))
			for k, v := range drawn.Float64s() {
				weights.Set(k, p[0])
				if len(p) == 2 {
					weights.Set(k, p[0]+p[1]*v)
				}
			}
			wide := func(t *tensor.Tensor) *tensor.Tensor {
				if t.DType().IsBool() {
					return t
				}
				return t.AsType(dtype.Float64)
			}
			scale := 40 * float64(indices.Size()+1)
			acc, events, x := sampleTensor(r, dt, a.Post), sampleEvents(r, dt, a.Pre), sampleTensor(r, dt, a.Post)

			want := apply(t, EventCSRID, nil, nil, wide(acc), wide(events), indptr, indices, weights)[0]
			near(t, want.Float64s(), apply1(t, EventProcID, a, acc, events, words, params), scale)

			want = apply(t, CSRGatherID, nil, nil, wide(x), indptr, indices, weights)[0]
			near(t, want.Float64s(), apply1(t, ProcGatherID, a, x, words, params), scale)

			outer := apply(t, CSROuterID, nil, nil, wide(events), wide(x), indptr, indices)[0].Float64s()
			gradient := make([]float64, len(p))
			for k, g := range outer {
				gradient[0] += g
				if len(p) == 2 {
					gradient[1] += g * drawn.Float64s()[k]
				}
			}
			near(t, gradient, apply1(t, ProcOuterID, a, events, x, words), scale)
		}
	}
	assert.Greater(t, synapses, 1500)
}

func TestProceduralErrors(t *testing.T) {
	good := ProcAttrs{Pre: 3, Post: 4, Prob: 0.5, Weight: ProcNormal}
	change := func(f func(a *ProcAttrs)) ProcAttrs { a := good; f(&a); return a }
	in := []ir.Type{ir.T(dtype.Float32, 4), ir.T(dtype.Bool, 3), ir.T(dtype.Uint32, 2), ir.T(dtype.Float32, 2)}
	_, err := ir.CheckNode(EventProcID.Row(), in, good, nil)
	require.Nil(t, err)
	for _, c := range []struct {
		a    ProcAttrs
		want string
	}{
		{change(func(a *ProcAttrs) { a.Pre = -1 }), "pre: got -1, want 0 or more"},
		{change(func(a *ProcAttrs) { a.Post = 1<<31 + 1 }), "post: got 2147483649, want 0 to 1073741824"},
		{change(func(a *ProcAttrs) { a.FirstRow = math.MaxInt32 }), "first_row: got 2147483647, want 0 to 2147483644, so that row numbers fit 31 bits"},
		{change(func(a *ProcAttrs) { a.Prob = math.NaN() }), "prob: got NaN, want a probability from 0 to 1"},
		{change(func(a *ProcAttrs) { a.Prob = 1.5 }), "prob: got 1.5, want a probability from 0 to 1"},
		{change(func(a *ProcAttrs) { a.Weight = "gamma" }), `weight: got "gamma", want "constant", "uniform" or "normal"`},
		{change(func(a *ProcAttrs) { a.Weight = ProcConstant }), "weights: got f32[2], want f32[] for constant weights"},
		{change(func(a *ProcAttrs) { a.Post = 5 }), "acc: got f32[4], want f32[5]"},
		{change(func(a *ProcAttrs) { a.Pre = 5 }), "events: got i1[3], want i1[5]"},
	} {
		assert.Equal(t, "event_proc: "+c.want, typeError(t, EventProcID, c.a, in...))
	}
	assert.Equal(t, "event_proc: seed: got ui32[3], want ui32[2]", typeError(t, EventProcID, good, in[0], in[1], ir.T(dtype.Uint32, 3), in[3]))
	assert.Equal(t, "proc_gather: x: got f32[3], want f32[4]", typeError(t, ProcGatherID, good, ir.T(dtype.Float32, 3), in[2], in[3]))
	assert.Equal(t, "proc_outer: events: got f64[3], want a vector of i1 or f32", typeError(t, ProcOuterID, good, ir.T(dtype.Float64, 3), in[0], in[2]))
}
