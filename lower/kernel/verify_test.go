package kernel_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

func vector(buf kernel.BufID, n int) kernel.View {
	return kernel.View{Buf: buf, Shape: []int{n}, Strides: []int{1}}
}

// decay is ten steps of v = 0.5 v + i on eight numbers, recorded every second step. All kinds of views stand in it.
func decay() *kernel.Program {
	const n = 8
	m := &kernel.Map{
		Shape: []int{n},
		Insts: []kernel.Inst{
			{Op: kernel.OpImm, DT: dtype.Float32, Imm: 0x3f000000},
			{Op: kernel.OpLoad, DT: dtype.Int32, Imm: 1},
			{Op: op.ConvertID, DT: dtype.Float32, Args: [4]int32{1}},
			{Op: kernel.OpLoad, DT: dtype.Float32, Imm: 0},
			{Op: op.FMAID, DT: dtype.Float32, Args: [4]int32{3, 0, 2}},
			{Op: op.CompareID, DT: dtype.Bool, Args: [4]int32{4, 0}, Dir: kernel.GT},
		},
		Loads:  []kernel.View{vector(1, n), {Buf: 2, Shape: []int{n}, Strides: []int{0}}},
		Stores: []kernel.Store{{Inst: 4, View: vector(1, n)}},
		Folds:  []kernel.Fold{{Op: op.ReduceOrID, Inst: 5, Dims: 1, View: kernel.View{Buf: 5}}},
		Uni:    3,
	}
	row := vector(4, n)
	row.Dyn = []kernel.Index{{Buf: 3, Max: 4, Stride: n}}
	return &kernel.Program{
		Name: "decay",
		Buffers: []kernel.Buffer{
			{DType: dtype.Float32, Elems: n, Storage: kernel.Input, Name: "v0"},
			{DType: dtype.Float32, Elems: n, Storage: kernel.Arena, Offset: 64, Name: "v"},
			{DType: dtype.Int32, Elems: 1, Storage: kernel.Arena, Offset: 0},
			{DType: dtype.Int32, Elems: 1, Storage: kernel.Arena, Offset: 128},
			{DType: dtype.Float32, Elems: 5 * n, Storage: kernel.Output},
			{DType: dtype.Bool, Elems: 1, Storage: kernel.Arena, Offset: 192},
		},
		Inputs:  []kernel.BufID{0},
		Outputs: []kernel.BufID{4},
		Arena:   256,
		Body: kernel.Block{
			&kernel.Copy{Dst: vector(1, n), Src: vector(0, n)},
			&kernel.LoopStep{Trip: 10, Counter: 2, User: true, Body: kernel.Block{
				m, &kernel.Guard{Counter: 2, Every: 2, Row: 3, Body: kernel.Block{&kernel.Copy{Dst: row, Src: vector(1, n)}}},
			}},
		},
	}
}

func TestVerifyAcceptsAndPrints(t *testing.T) {
	p := decay()
	require.NoError(t, kernel.Verify(p))
	want := `program "decay": arena 256
b0 input 0 f32[8] "v0"
b1 arena 64 f32[8] "v"
b2 arena 0 i32[1]
b3 arena 128 i32[1]
b4 output 0 f32[40]
b5 arena 192 i1[1]
inputs b0
outputs b4
copy b1@0[8:1] <- b0@0[8:1]
loop 10 counter b2 user {
  map 0 [8] {
    u0 = imm f32 0.5
    u1 = load i32 b2@0[8:0]
    u2 = convert f32 u1
    v3 = load f32 b1@0[8:1]
    v4 = fma f32 v3, u0, u2
    v5 = compare.gt i1 v4, u0
    store v4 -> b1@0[8:1]
    fold reduce_or v5 over 1 -> b5@0[]
  }
  guard b2 every 2 row b3 {
    copy b4@0[8:1]+8*clamp(b3[0], 4) <- b1@0[8:1]
  }
}
`
	assert.Equal(t, want, p.String())
}

// Each case breaks one thing; the error must name the step and what is wrong.
func TestVerifyRefuses(t *testing.T) {
	loop := func(p *kernel.Program) *kernel.LoopStep { return p.Body[1].(*kernel.LoopStep) }
	theMap := func(p *kernel.Program) *kernel.Map { return loop(p).Body[0].(*kernel.Map) }
	record := func(p *kernel.Program) *kernel.Copy { return loop(p).Body[1].(*kernel.Guard).Body[0].(*kernel.Copy) }
	for name, c := range map[string]struct {
		change func(p *kernel.Program)
		want   string
	}{
		"load beyond the buffer":    {func(p *kernel.Program) { theMap(p).Loads[0].Offset = 1 }, "step 1 (loop): step 0 (map 0): load 0 b1@1[8:1]: got elements 1 to 8"},
		"load before the buffer":    {func(p *kernel.Program) { theMap(p).Loads[0].Strides = []int{-1} }, "elements -7 to 0"},
		"stride too large":          {func(p *kernel.Program) { theMap(p).Loads[0].Strides = []int{2} }, "elements 0 to 14"},
		"overflow":                  {func(p *kernel.Program) { theMap(p).Loads[0].Strides = []int{1 << 62} }, "load 0"},
		"dynamic offset too large":  {func(p *kernel.Program) { record(p).Dst.Dyn[0].Max = 5 }, "step 1 (guard): step 0 (copy): dst b4@0[8:1]+8*clamp(b3[0], 5): got elements 0 to 47"},
		"dynamic offset from float": {func(p *kernel.Program) { record(p).Dst.Dyn[0].Buf = 1 }, "dynamic offset"},
		"dynamic offset outside":    {func(p *kernel.Program) { record(p).Dst.Dyn[0].At = 1 }, "dynamic offset"},
		"store to input":            {func(p *kernel.Program) { theMap(p).Stores[0].View.Buf = 0 }, "store 0 b0@0[8:1]: b0: got a store to storage input"},
		"store to counter":          {func(p *kernel.Program) { theMap(p).Folds[0].View.Buf = 2 }, "got a buffer of i32, want i1"},
		"copy to counter":           {func(p *kernel.Program) { *record(p) = kernel.Copy{Dst: vector(2, 1), Src: vector(3, 1)} }, "counter or row of an enclosing loop"},
		"copy of another shape":     {func(p *kernel.Program) { record(p).Src.Shape = []int{4} }, "another shape"},
		"store of no instruction":   {func(p *kernel.Program) { theMap(p).Stores[0].Inst = 6 }, "store 0: got instruction 6"},
		"store of another type":     {func(p *kernel.Program) { theMap(p).Stores[0].Inst = 1 }, "want i32"},
		"later argument":            {func(p *kernel.Program) { theMap(p).Insts[4].Args[0] = 4 }, "v4 = fma f32 v4, u0, u2: argument 0: got instruction 4"},
		"operands of two types":     {func(p *kernel.Program) { theMap(p).Insts[4].Args[0] = 1 }, "fma"},
		"result type":               {func(p *kernel.Program) { theMap(p).Insts[5].DT = dtype.Int32 }, "compare"},
		"no elementwise op":         {func(p *kernel.Program) { theMap(p).Insts[4].Op = op.ReduceSumID }, "want an elementwise primitive"},
		"moving uniform load":       {func(p *kernel.Program) { theMap(p).Loads[1].Strides = []int{1}; p.Buffers[2].Elems = 8 }, "moves with dimension 0"},
		"uniform from moving":       {func(p *kernel.Program) { theMap(p).Uni = 5 }, "uniform"},
		"fold op":                   {func(p *kernel.Program) { theMap(p).Folds[0].Op = op.AddID }, "fold 0: got op add"},
		"fold of a wrong type":      {func(p *kernel.Program) { theMap(p).Folds[0].Op = op.ReduceSumID }, "fold 0: got reduce_sum of i1"},
		"fold view":                 {func(p *kernel.Program) { theMap(p).Folds[0].View = vector(5, 1) }, "another shape"},
		"fold dims":                 {func(p *kernel.Program) { theMap(p).Folds[0].Dims = 2 }, "got 2 dimensions"},
		"arena end":                 {func(p *kernel.Program) { p.Arena = 192 }, "buffer b5"},
		"arena alignment":           {func(p *kernel.Program) { p.Buffers[1].Offset = 32 }, "buffer b1"},
		"missing buffer":            {func(p *kernel.Program) { theMap(p).Loads[0].Buf = 9 }, "buffer b9"},
		"counter type":              {func(p *kernel.Program) { p.Buffers[2].DType = dtype.Int64 }, "counter b2"},
		"guard of another loop":     {func(p *kernel.Program) { loop(p).Body[1].(*kernel.Guard).Counter = 3 }, "guard"},
		"output twice":              {func(p *kernel.Program) { p.Outputs = append(p.Outputs, 4) }, "output 1"},
		"constant without value":    {func(p *kernel.Program) { p.Buffers[0].Storage = kernel.Constant }, "buffer b0"},
		"empty switch":              {func(p *kernel.Program) { p.Body = append(p.Body, &kernel.SwitchStep{Index: 2}) }, "switch"},
		"while without bool":        {func(p *kernel.Program) { p.Body = append(p.Body, &kernel.WhileStep{Pred: 2}) }, "pred b2"},
	} {
		t.Run(name, func(t *testing.T) {
			p := decay()
			c.change(p)
			assert.ErrorContains(t, kernel.Verify(p), c.want)
			assert.NotPanics(t, func() { _ = p.String() })
		})
	}
}

func TestVerifyEmptyViewsAreAnywhere(t *testing.T) {
	p := decay()
	p.Body = kernel.Block{&kernel.Copy{
		Dst: kernel.View{Buf: 1, Offset: 8, Shape: []int{0}, Strides: []int{1}},
		Src: kernel.View{Buf: 0, Offset: -3, Shape: []int{0}, Strides: []int{1}}}}
	assert.NoError(t, kernel.Verify(p))
}

// Every program that Lower makes of a valid node passes.
func TestLoweredRowsVerify(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, row := range ir.Rows() {
		for _, dt := range row.Accepts.List() {
			for _, size := range []int{0, 1, 5} {
				s, ok := sample(row, r, dt, size)
				if !ok {
					continue
				}
				b := ir.NewBuilder(row.Name)
				types := make([]ir.Type, len(s.Inputs))
				for i, x := range s.Inputs {
					types[i] = ir.T(x.DType(), x.Shape()...)
				}
				out := b.Emit(row.ID, s.Attrs, s.Regions, b.Params(types)...)
				p, err := kernel.Lower(b.Build(out...))
				require.NoError(t, err, row.Name)
				if err := kernel.Verify(p); err != nil {
					t.Errorf("%s of %s: %v\n%s", row.Name, dt, err, p)
				}
			}
		}
	}
}

// sample is a valid application of a row.
func sample(row *ir.Row, r *rand.Rand, dt dtype.DType, size int) (ir.Sample, bool) {
	if row.Domain.Make != nil {
		return row.Domain.Make(r, dt, size), true
	}
	if row.Class != ir.ClassElementwise || row.Arity < 0 {
		return ir.Sample{}, false
	}
	s := ir.Sample{Attrs: row.Attrs}
	for range row.Arity {
		s.Inputs = append(s.Inputs, tensor.Must(tensor.New(dt, size)))
	}
	return s, true
}

func TestStepStringIsPartOfTheProgram(t *testing.T) {
	p := decay()
	text := p.String()
	for _, s := range p.Body {
		assert.True(t, strings.Contains(text, kernel.StepString(s)))
	}
}

// update is a Map that loads one view and stores another one, both of the f32 arena buffers 0 and 1, which begin at the given bytes.
func update(shape []int, load, store kernel.View, offset1 int) *kernel.Program {
	load.Shape, store.Shape = shape, shape
	m := &kernel.Map{Shape: shape, Loads: []kernel.View{load}, Insts: []kernel.Inst{{Op: kernel.OpLoad, DT: dtype.Float32}}}
	m.Stores = []kernel.Store{{View: store}}
	return &kernel.Program{Name: "update", Arena: 1024, Body: kernel.Block{m}, Buffers: []kernel.Buffer{
		{DType: dtype.Float32, Elems: 64}, {DType: dtype.Float32, Elems: 64, Offset: offset1}, {DType: dtype.Int32, Elems: 1, Offset: 960},
	}}
}

func TestVerifyFindsHazards(t *testing.T) {
	view := func(buf kernel.BufID, offset int, strides ...int) kernel.View {
		return kernel.View{Buf: buf, Offset: offset, Strides: strides}
	}
	moving := func(v kernel.View) kernel.View {
		v.Dyn = []kernel.Index{{Buf: 2, Max: 8, Stride: 4}}
		return v
	}
	for name, c := range map[string]struct {
		shape       []int
		load, store kernel.View
		offset1     int
		want        string
	}{
		"in place":                   {[]int{16}, view(0, 0, 1), view(0, 0, 1), 256, ""},
		"in place, reversed both":    {[]int{16}, view(0, 15, -1), view(0, 15, -1), 256, ""},
		"in place by shared bytes":   {[]int{16}, view(0, 16, 1), view(1, 0, 1), 64, ""},
		"beside":                     {[]int{16}, view(0, 0, 1), view(0, 16, 1), 256, ""},
		"interleaved":                {[]int{16}, view(0, 0, 2), view(0, 1, 2), 256, ""},
		"columns of one matrix":      {[]int{4, 4}, view(0, 0, 8, 1), view(0, 4, 8, 1), 256, ""},
		"moving alike":               {[]int{16}, moving(view(0, 0, 1)), moving(view(0, 0, 1)), 256, ""},
		"moving, perhaps apart":      {[]int{16}, view(0, 0, 1), moving(view(0, 1, 1)), 256, ""},
		"shifted":                    {[]int{16}, view(0, 0, 1), view(0, 1, 1), 256, "load 0"},
		"shifted, moving alike":      {[]int{16}, moving(view(0, 0, 1)), moving(view(0, 1, 1)), 256, "load 0"},
		"reversed in place":          {[]int{16}, view(0, 0, 1), view(0, 15, -1), 256, "load 0"},
		"transposed in place":        {[]int{4, 4}, view(0, 0, 4, 1), view(0, 0, 1, 4), 256, "load 0"},
		"broadcast of an element":    {[]int{16}, view(0, 3, 0), view(0, 0, 1), 256, "load 0"},
		"one element for all":        {[]int{16}, view(1, 0, 1), view(0, 0, 0), 256, "two indices for one element"},
		"diagonal neighbours":        {[]int{4, 4}, view(1, 0, 4, 1), view(0, 0, 1, 1), 256, "two indices for one element"},
		"arena neighbours, one over": {[]int{17}, view(0, 0, 1), view(1, 0, 1), 64, "load 0"},
	} {
		t.Run(name, func(t *testing.T) {
			err := kernel.Verify(update(c.shape, c.load, c.store, c.offset1))
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
	p := update([]int{16}, view(1, 0, 1), view(0, 0, 1), 256)
	m := p.Body[0].(*kernel.Map)
	m.Stores = append(m.Stores, kernel.Store{View: kernel.View{Buf: 0, Offset: 15, Shape: []int{16}, Strides: []int{1}}})
	require.ErrorContains(t, kernel.Verify(p), "store 0")
}

func TestVerifyWindows(t *testing.T) {
	program := func(change func(g *kernel.Gather)) *kernel.Program {
		g := &kernel.Gather{
			Dst: kernel.View{Buf: 1, Shape: []int{3, 2}, Strides: []int{2, 1}},
			Src: kernel.View{Buf: 0, Shape: []int{2}, Strides: []int{1}},
			Windows: kernel.Windows{
				Index: kernel.View{Buf: 2, Shape: []int{3, 1}, Strides: []int{1, 1}}, Max: []int{8}, Stride: []int{1}},
		}
		change(g)
		return &kernel.Program{Name: "gather", Arena: 256, Body: kernel.Block{g}, Buffers: []kernel.Buffer{
			{DType: dtype.Float32, Elems: 10}, {DType: dtype.Float32, Elems: 6, Offset: 64}, {DType: dtype.Int32, Elems: 3, Offset: 128},
		}}
	}
	require.NoError(t, kernel.Verify(program(func(*kernel.Gather) {})))
	for want, change := range map[string]func(g *kernel.Gather){
		"elements 0 to 10":            func(g *kernel.Gather) { g.Max[0] = 9 },
		"elements -8 to 1":            func(g *kernel.Gather) { g.Stride[0] = -1 },
		"no negative maximum":         func(g *kernel.Gather) { g.Max[0] = -1 },
		"got a buffer of i32":         func(g *kernel.Gather) { g.Dst.Buf = 2 },
		"got 1 bounds, 2 strides":     func(g *kernel.Gather) { g.Stride = []int{1, 1} },
		"src b9@0":                    func(g *kernel.Gather) { g.Src.Buf = 9 },
		"want integers":               func(g *kernel.Gather) { g.Index.Buf = 1 },
		"index b2@1[3:1, 1:1]: got e": func(g *kernel.Gather) { g.Index.Offset = 1 },
	} {
		require.ErrorContains(t, kernel.Verify(program(change)), want)
	}
}
