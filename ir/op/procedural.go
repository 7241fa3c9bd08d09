package op

import (
	"fmt"
	"iter"
	"math"
	"math/bits"
	"sync"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// ProcWeight says how the weights of procedural connectivity are drawn.
type ProcWeight string

// The laws of weights. The weights operand of the primitives is one number, or base and scale in a vector of two.
const (
	ProcConstant ProcWeight = "constant" // weights []
	ProcUniform  ProcWeight = "uniform"  // weights [2]: base + scale*u, u uniform on [0, 1) in steps of 2^-24
	ProcNormal   ProcWeight = "normal"   // weights [2]: base + scale*z, z standard normal up to 6.33, see unitNormal
)

// ProcAttrs describe a random matrix of Pre rows and Post columns that is never stored: each of its places is a synapse with
// probability Prob, independently of the others. It is a pure function of a seed (ui32[2]), the row and these attributes, and
// its definition uses integers only, so that it is the same wherever it runs:
//
// The columns fall into 16 stripes of Stripe() columns (the last ones shorter or empty), one for each lane of a vector. A lane
// starts before the first column of its stripe and draws the distance to the next synapse again and again, until it leaves the
// stripe. Distances come from 32-bit words by the table of GapTable, which follows the geometric distribution.
//
// The words of row r, lane j are Threefry-2x32 blocks with the seed as key and the counter (FirstRow+r, j<<28 | block), block
// 0, 1, 2, ... With constant weights draw d takes word d mod 2 of block d/2; else draw d takes word 0 of block d for the
// distance and word 1 for the weight. Draws that end outside of the stripe, or without a synapse, count too.
type ProcAttrs struct {
	Pre             int
	Post            int
	Prob            float64
	Weight          ProcWeight
	SelfConnections bool // if false, column FirstRow+r of row r is no synapse
	FirstRow        int  // number of row 0 in the population of the columns, for sub-populations and for parts of a matrix
}

// ProcLaneShift is where the lane stands in the counter, above the block.
const ProcLaneShift = 28

const (
	maxProcPost  = 1 << 30 // so that blocks stay below the lane's bits, and positions plus a distance fit 31 bits
	maxGapBits   = 12      // a table of 16 KiB at most
	minGapBits   = 4
	coveredGaps  = 8 // the table reaches to 8 mean distances where it can
	uniformScale = 0x1p-24
)

func init() {
	ir.Register(ir.Row{ID: EventProcID, Name: "event_proc", Class: ir.ClassSparse, Arity: 4, Attrs: ProcAttrs{}, Accepts: dtype.Floats,
		Types: eventProcTypes, Eval: evalFloats(0, eventProc[float32], eventProc[float64]), Domain: ir.Domain{Make: eventProcSample}})
	ir.Register(ir.Row{ID: ProcGatherID, Name: "proc_gather", Class: ir.ClassSparse, Arity: 3, Attrs: ProcAttrs{}, Accepts: dtype.Floats,
		Types: procGatherTypes, Eval: evalFloats(0, procGather[float32], procGather[float64]), Domain: ir.Domain{Make: procGatherSample}})
	ir.Register(ir.Row{ID: ProcOuterID, Name: "proc_outer", Class: ir.ClassSparse, Arity: 3, Attrs: ProcAttrs{}, Accepts: dtype.Floats,
		Types: procOuterTypes, Eval: evalFloats(1, procOuter[float32], procOuter[float64]), Domain: ir.Domain{Make: procOuterSample}})
}

// EventProc returns acc[post] with the rows of spiking neurons added: for r ascending, where events[r] is not zero,
// acc[column] += w*events[r] for the synapses of row r, the product rounded, then the sum. events are bool (true is 1) or floats of acc's
// type; seed is ui32[2]; weights are as ProcWeight says, and w = base + scale*v by one fused multiply-add. f16 and bf16
// compute in f32 and round once at the end.
func EventProc(b *ir.Builder, acc, events, seed, weights *ir.Value, attrs ProcAttrs) *ir.Value {
	return b.Emit1(EventProcID, attrs, acc, events, seed, weights)
}

// ProcGather returns y[pre] with y[r] the sum of w*x[column] over the synapses of row r. Each lane adds up its stripe from left to right with
// fused multiply-adds; then the lanes are added as in the tree of sums.
func ProcGather(b *ir.Builder, x, seed, weights *ir.Value, attrs ProcAttrs) *ir.Value {
	return b.Emit1(ProcGatherID, attrs, x, seed, weights)
}

// ProcOuter returns the derivative of sum(x * EventProc(0, events, seed, weights)) with respect to weights, of their shape: the sum over
// r ascending, where events[r] is not zero, of events[r]*y[r] by one fused multiply-add a row, where y is ProcGather of x with weight 1
// for the constant or the base, and with the drawn number for the scale.
func ProcOuter(b *ir.Builder, events, x, seed *ir.Value, attrs ProcAttrs) *ir.Value {
	return b.Emit1(ProcOuterID, attrs, events, x, seed)
}

// Stripe is the number of columns of a lane: lane j has the columns from j*Stripe() up to (j+1)*Stripe() and Post.
func (a ProcAttrs) Stripe() int { return (a.Post + lanes - 1) / lanes }

// Row lists the columns of row r in ascending order, each with the number v drawn for its weight: 0 for constant weights.
func (a ProcAttrs) Row(seed [2]uint32, r int) iter.Seq2[int, float32] {
	return func(yield func(int, float32) bool) {
		table := GapTable(a.Prob)
		self := a.FirstRow + r
		if a.SelfConnections {
			self = -1
		}
		for lane := range lanes {
			at, end := lane*a.Stripe()-1, min((lane+1)*a.Stripe(), a.Post)
			words := laneWords{attrs: &a, seed: seed, row: uint32(a.FirstRow + r), lane: uint32(lane) << ProcLaneShift}
			for at < end-1 {
				word, v := words.next()
				step, synapse := table.Next(word)
				at += step
				if synapse && at < end && at != self && !yield(at, v) {
					return
				}
			}
		}
	}
}

// laneWords are the random words of a lane of a row.
type laneWords struct {
	attrs     *ProcAttrs
	seed      [2]uint32
	row, lane uint32
	block     uint32 // the next one
	kept      uint32 // word 1 of the last block
	has       bool   // and whether it is still to be used for a distance
}

// next returns the word for the distance and the number for the weight of the next draw.
func (l *laneWords) next() (word uint32, v float32) {
	if l.has {
		l.has = false
		return l.kept, 0
	}
	x0, x1 := threefry(l.seed[0], l.seed[1], l.row, l.lane|l.block)
	l.block++
	switch l.attrs.Weight {
	case ProcUniform:
		return x0, float32(x1>>8) * uniformScale
	case ProcNormal:
		return x0, unitNormal(x1)
	}
	l.kept, l.has = x1, true
	return x0, 0
}

// CSR lists the whole matrix in compressed sparse row form: indptr i32[Pre+1], indices ui32[nnz] ascending in each row, and the
// drawn numbers f32[nnz]. More than 2^31-1 synapses are an error.
func (a ProcAttrs) CSR(seed [2]uint32) (indptr, indices, drawn *tensor.Tensor, err error) {
	n := a.expected()
	pointers, columns, numbers := make([]int32, 1, a.Pre+1), make([]uint32, 0, n), make([]float32, 0, n)
	for r := range a.Pre {
		for column, v := range a.Row(seed, r) {
			columns, numbers = append(columns, uint32(column)), append(numbers, v)
		}
		if len(columns) > math.MaxInt32 {
			return nil, nil, nil, fmt.Errorf("procedural connectivity: more than %d synapses in %d rows, want fewer for row pointers of type i32", math.MaxInt32, r+1)
		}
		pointers = append(pointers, int32(len(columns)))
	}
	return tensor.Of(pointers...), tensor.Of(columns...), tensor.Of(numbers...), nil
}

// expected is a number of synapses that a matrix seldom exceeds: the mean and four standard deviations.
func (a ProcAttrs) expected() int {
	mean := float64(a.Pre) * float64(a.Post) * a.Prob
	return int(min(mean+4*math.Sqrt(mean), math.MaxInt32)) + 1
}

// Gaps maps uniform 32-bit words to distances between synapses. It is an alias table (Walker, 1977) of 2^bits columns: the low bits of
// a word choose the column c, and the other bits, as a number below 2^(32-bits), are compared with its threshold: below,
// the outcome is c, else it is the column's alias. An entry is threshold<<bits | alias. Outcome g < 2^bits-1 is a synapse at
// distance g+1. The last outcome is none within 2^bits-1 places: the lane moves on by that much and draws again,
// which keeps the law, since the geometric distribution has no memory.
type Gaps []uint32

var gapTables sync.Map // probability -> Gaps

// GapTable returns the table for a probability. It has 16 to 4096 entries: at least 8 mean distances where the limit allows. Its outcomes have
// the probabilities of the geometric distribution rounded to multiples of 2^-32, exactly: F(g) = round((1-(1-p)^g) 2^32), by
// repeated multiplication in f64.
func GapTable(prob float64) Gaps {
	if t, ok := gapTables.Load(prob); ok {
		return t.(Gaps)
	}
	t := newGaps(gapCounts(prob))
	gapTables.Store(prob, t)
	return t
}

// Next returns how far a lane moves with a word, and whether there is a synapse where it arrives.
func (t Gaps) Next(word uint32) (step int, synapse bool) {
	outcome := t.outcome(word)
	if outcome == len(t)-1 {
		return outcome, false
	}
	return outcome + 1, true
}

// Bits is the logarithm of the number of entries.
func (t Gaps) Bits() int { return gapBits(len(t)) }

// gapBits is the logarithm of a power of two.
func gapBits(n int) int { return bits.Len(uint(n)) - 1 }

func (t Gaps) outcome(word uint32) int {
	mask, shift := uint32(len(t)-1), t.Bits()
	column := word & mask
	entry := t[column]
	if word>>shift < entry>>shift {
		return int(column)
	}
	return int(entry & mask)
}

// gapCounts returns how many of the 2^32 words have each outcome.
func gapCounts(prob float64) []uint64 {
	bits := minGapBits
	for bits < maxGapBits && float64(int(1)<<bits-1)*prob < coveredGaps {
		bits++
	}
	counts := make([]uint64, 1<<bits)
	missing, below := 1.0, uint64(0) // (1-p)^g, and F(g) so far
	for g := range len(counts) - 1 {
		missing = float64(missing * (1 - prob))
		upTo := uint64(math.RoundToEven(0x1p32 * (1 - missing)))
		counts[g], below = upTo-below, upTo
	}
	counts[len(counts)-1] = 1<<32 - below
	return counts
}

// newGaps fills the table: columns with too few words of their own get the rest from an outcome with too many. The outcomes are
// taken in ascending order from two stacks, so the table is unique.
func newGaps(counts []uint64) Gaps {
	bits := gapBits(len(counts))
	capacity := uint64(1) << (32 - bits)
	left := append([]uint64(nil), counts...)
	table := make(Gaps, len(counts))
	var poor, rich []int
	for i := len(left) - 1; i >= 0; i-- {
		if left[i] < capacity {
			poor = append(poor, i)
		} else {
			rich = append(rich, i)
		}
	}
	for len(poor) > 0 {
		p, r := poor[len(poor)-1], rich[len(rich)-1]
		poor = poor[:len(poor)-1]
		table[p] = uint32(left[p])<<bits | uint32(r)
		left[r] -= capacity - left[p]
		if left[r] < capacity {
			rich, poor = rich[:len(rich)-1], append(poor, r)
		}
	}
	for _, r := range rich {
		table[r] = uint32(r) // threshold 0: always the alias, which is the outcome itself
	}
	return table
}

// checkProc checks the attributes and the seed.
func checkProc(a ProcAttrs, seed ir.Type) error {
	switch {
	case a.Pre < 0:
		return ir.Mismatch("pre", fmt.Sprint(a.Pre), "0 or more")
	case a.Post < 0 || a.Post > maxProcPost:
		return ir.Mismatch("post", fmt.Sprint(a.Post), fmt.Sprintf("0 to %d", maxProcPost))
	case a.FirstRow < 0 || a.FirstRow > math.MaxInt32-a.Pre:
		return ir.Mismatch("first_row", fmt.Sprint(a.FirstRow), fmt.Sprintf("0 to %d, so that row numbers fit 31 bits", math.MaxInt32-a.Pre))
	case !(a.Prob >= 0 && a.Prob <= 1):
		return ir.Mismatch("prob", fmt.Sprint(a.Prob), "a probability from 0 to 1")
	case a.Weight != ProcConstant && a.Weight != ProcUniform && a.Weight != ProcNormal:
		return ir.Mismatch("weight", fmt.Sprintf("%q", a.Weight), fmt.Sprintf("%q, %q or %q", ProcConstant, ProcUniform, ProcNormal))
	}
	if want := ir.T(dtype.Uint32, 2); !seed.Equal(want) {
		return ir.Mismatch("seed", seed.String(), want.String())
	}
	return nil
}

// weightsType is the type of the weights operand.
func (a ProcAttrs) weightsType(dt dtype.DType) ir.Type {
	if a.Weight == ProcConstant {
		return ir.T(dt)
	}
	return ir.T(dt, 2)
}

// checkProcVector wants a vector of one number for each column or row.
func checkProcVector(arg string, t ir.Type, n int) error {
	if err := checkVector(arg, t); err != nil || t.Shape[0] == n {
		return err
	}
	return ir.Mismatch(arg, t.String(), ir.T(t.DType, n).String())
}

func checkProcEvents(events ir.Type, dt dtype.DType, n int) error {
	if err := checkEvents(events, dt); err != nil || events.Shape[0] == n {
		return err
	}
	return ir.Mismatch("events", events.String(), ir.T(events.DType, n).String())
}

func checkProcWeights(a ProcAttrs, weights ir.Type, dt dtype.DType) error {
	if want := a.weightsType(dt); !weights.Equal(want) {
		return ir.Mismatch("weights", weights.String(), fmt.Sprintf("%s for %s weights", want, a.Weight))
	}
	return nil
}

func eventProcTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, acc := attrs.(ProcAttrs), in[0]
	if err := firstError(checkProc(a, in[2]), checkProcVector("acc", acc, a.Post), checkProcEvents(in[1], acc.DType, a.Pre),
		checkProcWeights(a, in[3], acc.DType)); err != nil {
		return nil, err
	}
	return oneType(acc)
}

func procGatherTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, x := attrs.(ProcAttrs), in[0]
	if err := firstError(checkProc(a, in[1]), checkProcVector("x", x, a.Post), checkProcWeights(a, in[2], x.DType)); err != nil {
		return nil, err
	}
	return oneType(x.WithShape(a.Pre))
}

func procOuterTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	a, x := attrs.(ProcAttrs), in[1]
	if err := firstError(checkProc(a, in[2]), checkProcVector("x", x, a.Post), checkProcEvents(in[0], x.DType, a.Pre)); err != nil {
		return nil, err
	}
	return oneType(a.weightsType(x.DType))
}
