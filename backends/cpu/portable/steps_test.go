package portable

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// tieNumber has few significant bits, so that sums of products are ties, exact, or just beside a tie; some are tiny or huge.
func tieNumber(r *rand.Rand) float32 {
	x := math.Ldexp(float64(r.IntN(1<<(1+r.IntN(24)))), r.IntN(30)-15)
	switch r.IntN(8) {
	case 0:
		x = math.Ldexp(x, -r.IntN(150))
	case 1:
		x = math.Ldexp(x, r.IntN(110))
	case 2:
		x = []float64{0, 1, math.Inf(1), math.NaN(), math.MaxFloat32, 0x1p-149, 0x1p-126, 0x1p-125}[r.IntN(8)]
	}
	return float32(math.Copysign(x, r.Float64()-0.5))
}

// spikeNumber is a zero, a one, or a number of modest size whose products and sums are often ties.
func spikeNumber(r *rand.Rand) float32 {
	switch r.IntN(4) {
	case 0:
		return float32(r.IntN(2))
	case 1:
		return float32(math.Copysign(0, r.Float64()-0.5))
	}
	return float32(math.Ldexp(float64(r.IntN(1<<24)-1<<23), r.IntN(4)-12))
}

// nearTie returns x, y and z with x*y + z so near to a tie of float32 that float64 takes it for one: z is odd in its last place and x*y
// is half of that place, but for one part in 2^46. A third of them have subnormal sums.
func nearTie(r *rand.Rand) (x, y, z float32) {
	last := r.IntN(200) - 140 // exponent of the last place of z
	m := float64(1<<23 + 2*r.IntN(1<<22) + r.IntN(2))
	if r.IntN(3) == 0 {
		last, m = -149, float64(1+r.IntN(1<<22))
	}
	e := last - 1
	more, less := 1+0x1p-23, 1-0x1p-23
	if r.IntN(4) == 0 {
		less = 1 // above the tie
	}
	a, b := math.Ldexp(more, e/2), math.Ldexp(less, e-e/2)
	if r.IntN(2) == 0 {
		a = -a
	}
	return float32(a), float32(b), float32(math.Ldexp(m, last))
}

// TestFusedMultiplyAddForms compares all forms of the float32 strips with the scalar function on numbers that make ties.
func TestFusedMultiplyAddForms(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	vector := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = tieNumber(r)
		}
		return x
	}
	at := func(x []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(x)) }
	rounds := 4000
	if testing.Short() {
		rounds = 500
	}
	for range rounds {
		n := 1 + r.IntN(70)
		x, y, z, got := vector(n), vector(n), vector(n), make([]float32, n)
		for i := range n {
			if r.IntN(3) == 0 {
				x[i], y[i], z[i] = nearTie(r)
			}
		}
		for form, f := range map[string]strip{"VVV": fma32VVV, "VSV": fma32VSV, "VVS": fma32VVS, "VSS": fma32VSS} {
			f(at(got), at(x), at(y), at(z), n)
			for i := range got {
				b, c := y[i], z[i]
				if form[1] == 'S' {
					b = y[0]
				}
				if form[2] == 'S' {
					c = z[0]
				}
				want := dtype.FMA32(x[i], b, c)
				if math.Float32bits(want) != math.Float32bits(got[i]) && (want == want || got[i] == got[i]) {
					t.Fatalf("%s: fma(%b, %b, %b) is %b, want %b", form, x[i], b, c, got[i], want)
				}
			}
		}
	}
}

func TestMatMul(t *testing.T) {
	for _, dt := range dtype.Real.List() {
		t.Run(dt.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(dt), 4))
			turns := 40
			if dt == dtype.Float32 {
				turns = 120
			}
			for turn := range turns {
				batch, m, n, k := r.IntN(3), 1+r.IntN(6), 1+r.IntN(40), r.IntN(50)
				if turn == 0 {
					m, n, k = 3, 300, 150
				}
				var b builder
				operand := func(shape ...int) kernel.View {
					v, size := randomView(r, shape, true)
					x := randomTensor(r, dt, size)
					for i := range size {
						switch {
						case dt != dtype.Float32 || turn%3 == 0:
						case turn%3 == 1:
							x.Set(i, tieNumber(r))
						default:
							x.Set(i, spikeNumber(r))
						}
					}
					v.Buf = b.input(x)
					return v
				}
				x, y := operand(batch, m, k), operand(batch, k, n)
				dst, size := randomView(r, []int{batch, m, n}, false)
				dst.Buf = b.output(dt, size)
				b.step(&kernel.MatMul{Dst: dst, A: x, B: y})
				agree(t, &b.p, b.inputs...)
			}
		})
	}
}

// TestMatMulNearTies forms 1*z + x*y, in that order, with other columns beside.
func TestMatMulNearTies(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 4))
	for range 3000 {
		x, y, z := nearTie(r)
		n := 1 + r.IntN(9)
		rows := tensor.Must(tensor.New(dtype.Float32, 2*n))
		column := r.IntN(n)
		rows.Set(column, z)
		rows.Set(n+column, y)
		var b builder
		view := func(id kernel.BufID, m, n int) kernel.View {
			return kernel.View{Buf: id, Shape: []int{1, m, n}, Strides: []int{0, n, 1}}
		}
		b.step(&kernel.MatMul{Dst: view(b.output(dtype.Float32, n), 1, n),
			A: view(b.input(tensor.Of(1, x)), 1, 2), B: view(b.input(rows), 2, n)})
		got := tensor.Flat[float32](execute(t, &b.p, b.inputs...)[0])[column]
		require.Equal(t, dtype.FMA32(x, y, z), got, "%b*%b + %b", x, y, z)
	}
}

func TestCopy(t *testing.T) {
	for _, dt := range dtype.All() {
		r := rand.New(rand.NewPCG(uint64(dt), 5))
		for range 60 {
			shape := randomShape(r)
			var b builder
			src, size := randomView(r, shape, true)
			x := tensor.Must(tensor.New(dt, size))
			for i := range x.Bytes() {
				x.Bytes()[i] = byte(r.Uint32())
			}
			src.Buf = b.input(x)
			dst, size := randomView(r, shape, false)
			dst.Buf = b.output(dt, size)
			b.step(&kernel.Copy{Dst: dst, Src: src})
			agree(t, &b.p, b.inputs...)
		}
	}
}

// deliverProgram adds events into rows of a random matrix; spread lays the operands out with gaps.
func deliverProgram(r *rand.Rand, acc, events, index dtype.DType, oneWeight, spread bool) *builder {
	pre, post := r.IntN(70), 1+r.IntN(300)
	indptr := []int32{int32(r.IntN(3))}
	for range pre {
		indptr = append(indptr, indptr[len(indptr)-1]+int32(r.IntN(9)))
	}
	nnz := int(indptr[pre]) + r.IntN(3)
	indices := tensor.Must(tensor.New(index, nnz))
	for i := range nnz {
		indices.Set(i, r.IntN(post))
	}
	b := &builder{}
	b.p.Name = "deliver"
	stride := 1
	if spread {
		stride = 2
	}
	operand := func(x *tensor.Tensor) kernel.View {
		n := x.Size()
		y := tensor.Must(tensor.New(x.DType(), n*stride))
		for i := range n {
			y.Set(i*stride, x.Get(i))
		}
		return kernel.View{Buf: b.input(y), Shape: []int{n}, Strides: []int{stride}}
	}
	ev := randomTensor(r, events, pre)
	for i := range pre {
		if r.IntN(3) > 0 {
			ev.Set(i, 0)
		}
	}
	s := &kernel.Deliver{Events: operand(ev), IndPtr: operand(tensor.Of(indptr...)), Indices: operand(indices)}
	if oneWeight {
		s.Weights = kernel.View{Buf: b.input(randomTensor(r, acc, 1))}
	} else {
		s.Weights = operand(randomTensor(r, acc, nnz))
	}
	from := operand(randomTensor(r, acc, post))
	s.Acc = from
	s.Acc.Buf = b.arena(acc, post*stride)
	b.step(&kernel.Copy{Dst: s.Acc, Src: from})
	b.step(s)
	out := b.output(acc, post)
	b.step(&kernel.Copy{Dst: kernel.View{Buf: out, Shape: []int{post}, Strides: []int{1}}, Src: s.Acc})
	return b
}

func TestDeliver(t *testing.T) {
	for _, acc := range dtype.Floats.List() {
		for _, events := range []dtype.DType{dtype.Bool, acc} {
			for _, index := range []dtype.DType{dtype.Uint16, dtype.Int32, dtype.Uint32} {
				for variant := range 4 {
					t.Run(fmt.Sprintf("%s %s %s %d", acc, events, index, variant), func(t *testing.T) {
						r := rand.New(rand.NewPCG(uint64(acc)<<8|uint64(index), 6))
						for range 10 {
							b := deliverProgram(r, acc, events, index, variant&1 == 0, variant&2 != 0)
							agree(t, &b.p, b.inputs...)
						}
					})
				}
			}
		}
	}
}

func TestDeliverRefusesPlacesOutside(t *testing.T) {
	for _, c := range []struct {
		indptr  []int32
		indices []int32
		want    string
	}{
		{[]int32{0, 1, 2}, []int32{0, 3}, "indices: got a number outside of 0 to 2 at position 1 (row 1)"},
		{[]int32{0, 1, 2}, []int32{-1, 0}, "indices: got a number outside of 0 to 2 at position 0 (row 0)"},
		{[]int32{0, 2, 1}, []int32{0, 0}, "indptr: got 2 and 1 for row 1"},
		{[]int32{-1, 0, 1}, []int32{0, 0}, "indptr: got -1 and 0 for row 0"},
		{[]int32{0, 1, 3}, []int32{0, 0}, "indptr: got 1 and 3 for row 1"},
	} {
		for _, weights := range []*tensor.Tensor{tensor.Scalar[float32](1), tensor.Of[float32](1, 2)} {
			var b builder
			vector := func(buf kernel.BufID, n int) kernel.View {
				return kernel.View{Buf: buf, Shape: []int{n}, Strides: []int{1}}
			}
			s := &kernel.Deliver{
				Acc: vector(b.output(dtype.Float32, 3), 3), Events: vector(b.input(tensor.Of(true, true)), 2),
				IndPtr: vector(b.input(tensor.Of(c.indptr...)), 3), Indices: vector(b.input(tensor.Of(c.indices...)), 2),
				Weights: kernel.View{Buf: b.input(weights)},
			}
			if weights.Rank() == 1 {
				s.Weights = vector(s.Weights.Buf, 2)
			}
			b.step(s)
			_, err := tryExecute(t, &b.p, b.inputs...)
			assert.ErrorContains(t, err, c.want)
		}
	}
}

// Scalars of every integer type move views; whatever they hold, the view stays inside.
func TestDynamicOffsetsAreClamped(t *testing.T) {
	for _, dt := range dtype.Ints.List() {
		for _, at := range []float64{0, 1, 3, 4, 100, -1, -1e30, 1e30} {
			var b builder
			x := b.input(tensor.Of[int32](10, 11, 12, 13, 14, 15))
			index := tensor.Must(tensor.New(dt, 3))
			index.Set(2, at)
			dyn := []kernel.Index{{Buf: b.input(index), At: 2, Max: 4, Stride: 1}}
			out := b.output(dtype.Int32, 6)
			all := kernel.View{Buf: out, Shape: []int{6}, Strides: []int{1}}
			b.step(&kernel.Copy{Dst: all, Src: kernel.View{Buf: x, Shape: []int{6}, Strides: []int{1}}})
			b.step(&kernel.Map{
				Shape: []int{2},
				Insts: []kernel.Inst{{Op: kernel.OpLoad, DT: dtype.Int32}},
				Loads: []kernel.View{{Buf: x, Shape: []int{2}, Strides: []int{1}, Dyn: dyn}},
				Stores: []kernel.Store{{View: kernel.View{Buf: out, Offset: 5, Shape: []int{2}, Strides: []int{-1},
					Dyn: []kernel.Index{{Buf: dyn[0].Buf, At: 2, Max: 4, Stride: -1}}}}},
			})
			got := tensor.Flat[int32](execute(t, &b.p, b.inputs...)[0])
			k := int(min(max(at, 0), 4))
			if dt.IsUnsigned() && at < 0 { // saturates to 0 when set
				k = 0
			}
			want := []int32{10, 11, 12, 13, 14, 15}
			want[5-k], want[4-k] = int32(10+k), int32(11+k)
			require.Equal(t, want, got, "%s %g", dt, at)
		}
	}
}

// randomWindows lays a small window at random places of an array of the given shape. It returns the view of the window at index 0.
func randomWindows(r *rand.Rand, b *builder, shape []int, rows int) (kernel.Windows, kernel.View) {
	w := kernel.Windows{}
	window := kernel.View{}
	strides := kernel.RowMajor(shape)
	for d, n := range shape {
		size := 1 + r.IntN(n)
		if d == 0 || r.IntN(3) > 0 { // a component moves the window along d
			w.Max, w.Stride = append(w.Max, n-size), append(w.Stride, strides[d])
		}
		if size > 1 || r.IntN(2) == 0 {
			window.Shape, window.Strides = append(window.Shape, size), append(window.Strides, strides[d])
		}
	}
	dt := dtype.Ints.List()[r.IntN(8)]
	index := tensor.Must(tensor.New(dt, max(rows*len(w.Max), 1)))
	for i := range rows * len(w.Max) {
		x := float64(r.IntN(w.Max[i%len(w.Max)] + 1))
		if r.IntN(6) == 0 {
			x = []float64{-1, -100, 100, 1e9, -1e18, 1e18}[r.IntN(6)]
		}
		index.Set(i, x)
	}
	w.Index = kernel.View{Buf: b.input(index), Shape: []int{rows, len(w.Max)}, Strides: []int{len(w.Max), 1}}
	return w, window
}

func TestGatherAndScatter(t *testing.T) {
	for seed := range 400 {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		var b builder
		b.p.Name = fmt.Sprint("windows ", seed)
		shape := []int{1 + r.IntN(6), 1 + r.IntN(5), 1 + r.IntN(40)}[:1+r.IntN(3)]
		size := 1
		for _, n := range shape {
			size *= n
		}
		rows := r.IntN(5)
		w, window := randomWindows(r, &b, shape, rows)
		dt := randomType(r)
		array, all := b.input(randomTensor(r, dt, size)), []int{size}
		line, lineSize := randomView(r, append([]int{rows}, window.Shape...), false)
		if seed%2 == 0 {
			line.Buf, window.Buf = b.output(dt, lineSize), array
			b.step(&kernel.Gather{Dst: line, Src: window, Windows: w})
		} else {
			line.Buf, window.Buf = b.input(randomTensor(r, dt, lineSize)), b.output(dt, size)
			b.step(&kernel.Copy{Dst: kernel.View{Buf: window.Buf, Shape: all, Strides: []int{1}}, Src: kernel.View{Buf: array, Shape: all, Strides: []int{1}}})
			s := &kernel.Scatter{Dst: window, Updates: line, Windows: w}
			if dt.IsNumeric() && dt.Size() >= 4 {
				s.Combine = []ir.OpID{ir.OpInvalid, op.AddID, op.MulID, op.MaxID, op.MinID}[r.IntN(5)]
			}
			b.step(s)
		}
		agree(t, &b.p, b.inputs...)
	}
}

func TestScatterRefusesNarrowSums(t *testing.T) {
	var b builder
	index := b.input(tensor.Of[int32](0))
	s := &kernel.Scatter{Dst: kernel.View{Buf: b.output(dtype.Int8, 1)}, Updates: kernel.View{Buf: b.input(tensor.Of[int8](1)), Shape: []int{1}, Strides: []int{1}}}
	s.Index, s.Max, s.Stride, s.Combine = kernel.View{Buf: index, Shape: []int{1, 1}, Strides: []int{1, 1}}, []int{0}, []int{1}, op.AddID
	b.step(s)
	_, err := New(&b.p)
	assert.ErrorContains(t, err, "scatter: got add of i8")
}

func TestPack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 10))
	for _, n := range []int{0, 1, 31, 32, 33, 64, 100} {
		var b builder
		words := (n + 31) / 32
		b.step(&kernel.Pack{
			Dst: kernel.View{Buf: b.output(dtype.Uint32, words), Shape: []int{words}, Strides: []int{1}},
			Src: kernel.View{Buf: b.input(randomTensor(r, dtype.Bool, n)), Shape: []int{n}, Strides: []int{1}},
		})
		agree(t, &b.p, b.inputs...)
	}
}
