package op

import (
	"errors"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// printed runs one Print.
func printed(t *testing.T, format string, in ...*tensor.Tensor) string {
	t.Helper()
	b, text := ir.NewBuilder("test"), ""
	Print(b, format, b.Params(typesOf(in))...)
	_, err := newEval(&text).Run(b.Build(), in)
	require.NoError(t, err)
	return text
}

func TestPrintFormats(t *testing.T) {
	x := filled(dtype.Float32, []float64{1, 2.5, -3, 1e-3, 0, 6}, 2, 3)
	assert.Equal(t, "x = 2.50 at 7", printed(t, "x = %.2f at %d", tensor.Scalar(2.5), tensor.Scalar[int32](7)))
	assert.Equal(t, "[[1.0 2.5 -3.0] [0.0 0.0 6.0]]", printed(t, "%.1f", x))
	assert.Equal(t, x.String()+"|"+x.String(), printed(t, "%v|%s", x, x))
	assert.Equal(t, "[true false] yes 100%", printed(t, "%t yes 100%%", tensor.Of(true, false)))
	assert.Equal(t, "1.5 0.25", printed(t, "%g %v", filled(dtype.Float16, []float64{1.5}), filled(dtype.BFloat16, []float64{0.25})))
	assert.Equal(t, "(1+2i)", printed(t, "%v", tensor.Scalar(complex64(1+2i))))
	assert.Equal(t, "[  1  20]", printed(t, "%3d", tensor.Of[uint8](1, 20)))
	assert.Equal(t, "[] no operands", printed(t, "%d no operands", tensor.Of[int32]()))
	assert.Equal(t, "plain", printed(t, "plain"))
	assert.Equal(t, "2 then 1", printed(t, "%[2]d then %[1]d", tensor.Scalar[int64](1), tensor.Scalar[int64](2)))
}

func TestPrintRefusesFormatsThatDoNotFit(t *testing.T) {
	f := f32Scalar
	for _, c := range []struct {
		format string
		in     []ir.Type
		want   string
	}{
		{"%d", []ir.Type{f}, `print: format: got "%d", which gives "%!d(float32=0)", want one fitting verb for each of the operands (f32[])`},
		{"%v %v", []ir.Type{f}, `print: format: got "%v %v", which gives "%!v(MISSING)", want one fitting verb for each of the operands (f32[])`},
		{"100%%", []ir.Type{f}, `print: format: got "100%%", which gives "%!(EXTRA op.printable=0)", want one fitting verb for each of the operands (f32[])`},
	} {
		assert.Equal(t, c.want, buildError(t, func(b *ir.Builder) { Print(b, c.format, b.Params(c.in)...) }))
	}
}

func TestCheckStopsTheRun(t *testing.T) {
	run := func(g *ir.Graph, ok ...bool) error {
		_, err := newEval(nil).Run(g, []*tensor.Tensor{tensor.Of(ok...)})
		return err
	}
	b := ir.NewBuilder("test")
	flags := b.Param(ir.T(dtype.Bool, 3))
	body := region([]ir.Type{indexType, flag}, func(b *ir.Builder, p []*ir.Value) []*ir.Value { Check(b, p[1], "v is NaN"); return nil })
	Loop(b, LoopAttrs{Trip: 3, Xs: 1}, body, flags)
	g := b.Build()
	assert.NoError(t, run(g, true, true, true))
	var failed *CheckError
	require.ErrorAs(t, run(g, true, true, false), &failed)
	assert.Equal(t, CheckError{"v is NaN", 2}, *failed)
	assert.EqualError(t, failed, "v is NaN (step 2)")

	b = ir.NewBuilder("test")
	Check(b, b.Param(flag), "broken")
	_, err := newEval(nil).Run(b.Build(), []*tensor.Tensor{tensor.Scalar(false)})
	require.True(t, errors.As(err, &failed))
	assert.EqualError(t, failed, "broken")
	assert.Equal(t, "check: ok: got i1[3], want i1[] (reduce an array with reduce_and)",
		buildError(t, func(b *ir.Builder) { Check(b, b.Param(ir.T(dtype.Bool, 3)), "x") }))
}

func TestEffectsAreMarked(t *testing.T) {
	assert.True(t, PrintID.Row().Effect)
	assert.True(t, CheckID.Row().Effect)
}
