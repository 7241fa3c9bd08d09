package kernel

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// addMul returns a + b*c and whether it is the true value, for any signs.
func addMul(a, b, c int) (int, bool) {
	neg := (b < 0) != (c < 0)
	hi, lo := bits.Mul64(magnitude(b), magnitude(c))
	if hi != 0 || lo > 1<<62 {
		return 0, false
	}
	p := int(lo)
	if neg {
		p = -p
	}
	s := a + p
	if (s > a) != (p > 0) && p != 0 {
		return 0, false
	}
	return s, true
}

func magnitude(x int) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// Range returns the smallest and largest element of the buffer that the view can address, over all indices and all values of the
// scalars in Dyn; hi < lo for a view without elements. ok is false where the numbers overflow.
func (v *View) Range() (lo, hi int, ok bool) {
	if v.Size() == 0 {
		return 0, -1, true
	}
	lo, hi, ok = v.Offset, v.Offset, true
	extend := func(stride, most int) {
		end, fits := &hi, false
		if stride < 0 {
			end = &lo
		}
		*end, fits = addMul(*end, stride, most)
		ok = ok && fits
	}
	for d, n := range v.Shape {
		extend(v.Strides[d], n-1)
	}
	for _, x := range v.Dyn {
		extend(x.Stride, x.Max)
	}
	return lo, hi, ok
}

// use says what a step does with a view.
type use bool

const (
	reads  use = false
	writes use = true
)

// view checks that a view is well-formed and stays inside its buffer, and that the step may use it so. want is the element type, or
// Invalid for any. The error begins with the name and the text of the view.
func (v *verifier) view(name string, w *View, u use, want dtype.DType) error {
	if err := v.checkView(w, u, want); err != nil {
		return fmt.Errorf("%s %s: %w", name, *w, err)
	}
	return nil
}

func (v *verifier) checkView(w *View, u use, want dtype.DType) error {
	if !v.hasBuffer(w.Buf) {
		return fmt.Errorf("got buffer b%d, want one of %d", w.Buf, len(v.p.Buffers))
	}
	b := &v.p.Buffers[w.Buf]
	if want = stored(want); want != dtype.Invalid && b.DType != want {
		return fmt.Errorf("got a buffer of %s, want %s", b.DType, want)
	}
	if u == writes {
		if err := v.writable(w.Buf); err != nil {
			return err
		}
	}
	if len(w.Shape) != len(w.Strides) {
		return fmt.Errorf("got %d strides, want %d", len(w.Strides), len(w.Shape))
	}
	if slices.ContainsFunc(w.Shape, func(n int) bool { return n < 0 }) {
		return fmt.Errorf("got a negative extent")
	}
	for i := range w.Dyn {
		if err := v.index(&w.Dyn[i]); err != nil {
			return err
		}
	}
	if lo, hi, ok := w.Range(); !ok || lo < 0 || hi >= b.Elems {
		return fmt.Errorf("got elements %d to %d, want them within the %d of the buffer", lo, hi, b.Elems)
	}
	return nil
}

func (v *verifier) index(x *Index) error {
	if !v.hasBuffer(x.Buf) {
		return fmt.Errorf("dynamic offset: got buffer b%d, want one of %d", x.Buf, len(v.p.Buffers))
	}
	b := &v.p.Buffers[x.Buf]
	if !b.DType.IsInt() || x.At < 0 || x.At >= b.Elems || x.Max < 0 {
		return fmt.Errorf("dynamic offset: got element %d of b%d (%s) clamped to %d, want an integer inside the buffer and no negative maximum",
			x.At, x.Buf, b.text(), x.Max)
	}
	return nil
}

// rank refuses a view with another number of dimensions.
func rank(name string, w *View, want int) error {
	if len(w.Shape) != want {
		return fmt.Errorf("%s %s: got rank %d, want %d", name, *w, len(w.Shape), want)
	}
	return nil
}

func (v *verifier) copyStep(s *Copy) error {
	if err := v.view("src", &s.Src, reads, dtype.Invalid); err != nil {
		return err
	}
	if err := v.view("dst", &s.Dst, writes, v.p.Buffers[s.Src.Buf].DType); err != nil {
		return err
	}
	if !slices.Equal(s.Dst.Shape, s.Src.Shape) {
		return fmt.Errorf("dst %s: got another shape than src %s", s.Dst, s.Src)
	}
	return nil
}

func (v *verifier) deliver(s *Deliver) error {
	if err := v.view("acc", &s.Acc, writes, dtype.Invalid); err != nil {
		return err
	}
	acc := v.p.Buffers[s.Acc.Buf].DType
	if !acc.IsFloat() {
		return fmt.Errorf("acc %s: got %s, want a float type", s.Acc, acc)
	}
	for _, w := range []struct {
		name string
		view *View
		want dtype.DType
	}{{"events", &s.Events, dtype.Invalid}, {"indptr", &s.IndPtr, dtype.Int32}, {"indices", &s.Indices, dtype.Invalid}, {"weights", &s.Weights, acc}} {
		if err := v.view(w.name, w.view, reads, w.want); err != nil {
			return err
		}
	}
	if dt := v.p.Buffers[s.Events.Buf].DType; dt != dtype.Bool && dt != acc {
		return fmt.Errorf("events %s: got %s, want i1 or %s", s.Events, dt, acc)
	}
	if dt := v.p.Buffers[s.Indices.Buf].DType; dt != dtype.Uint16 && dt != dtype.Int32 && dt != dtype.Uint32 {
		return fmt.Errorf("indices %s: got %s, want ui16, i32 or ui32", s.Indices, dt)
	}
	return deliverShapes(s)
}

func deliverShapes(s *Deliver) error {
	for _, w := range []struct {
		name string
		view *View
	}{{"acc", &s.Acc}, {"events", &s.Events}, {"indptr", &s.IndPtr}, {"indices", &s.Indices}} {
		if err := rank(w.name, w.view, 1); err != nil {
			return err
		}
	}
	if got, want := s.IndPtr.Shape[0], s.Events.Shape[0]+1; got != want {
		return fmt.Errorf("indptr %s: got %d elements, want %d, one more than events", s.IndPtr, got, want)
	}
	if len(s.Weights.Shape) == 0 {
		return nil
	}
	if err := rank("weights", &s.Weights, 1); err != nil {
		return err
	}
	if got, want := s.Weights.Shape[0], s.Indices.Shape[0]; got != want {
		return fmt.Errorf("weights %s: got %d elements, want a scalar or %d as indices", s.Weights, got, want)
	}
	return nil
}

func (v *verifier) gather(s *Gather) error {
	if err := v.windows(&s.Windows, "src", s.Src, reads, s.Dst); err != nil {
		return err
	}
	return v.view("dst", &s.Dst, writes, v.p.Buffers[s.Src.Buf].DType)
}

func (v *verifier) scatter(s *Scatter) error {
	if err := v.windows(&s.Windows, "dst", s.Dst, writes, s.Updates); err != nil {
		return err
	}
	return v.view("updates", &s.Updates, reads, v.p.Buffers[s.Dst.Buf].DType)
}

// windows checks that the window at the largest indices lies inside of its buffer, and that there is one row of indices for each of rows.
func (v *verifier) windows(w *Windows, name string, window View, u use, rows View) error {
	if err := rank("index", &w.Index, 2); err != nil {
		return err
	}
	if err := v.view("index", &w.Index, reads, dtype.Invalid); err != nil {
		return err
	}
	if dt := v.p.Buffers[w.Index.Buf].DType; !dt.IsInt() {
		return fmt.Errorf("index %s: got %s, want integers", w.Index, dt)
	}
	k := w.Index.Shape[1]
	if len(w.Max) != k || len(w.Stride) != k || len(rows.Shape) == 0 || rows.Shape[0] != w.Index.Shape[0] || !slices.Equal(rows.Shape[1:], window.Shape) {
		return fmt.Errorf("got %d bounds, %d strides, rows %s, window %s for index %s", len(w.Max), len(w.Stride), rows, window, w.Index)
	}
	if w.Index.Size() == 0 && k > 0 {
		return v.view(name, &window, u, dtype.Invalid)
	}
	// The window moves as if each component were a scalar in memory.
	window.Dyn = slices.Clone(window.Dyn)
	for j := range k {
		window.Dyn = append(window.Dyn, Index{Buf: w.Index.Buf, At: w.Index.Offset, Max: w.Max[j], Stride: w.Stride[j]})
	}
	return v.view(name, &window, u, dtype.Invalid)
}

func (v *verifier) pack(s *Pack) error {
	if err := v.view("dst", &s.Dst, writes, dtype.Uint32); err != nil {
		return err
	}
	if err := v.view("src", &s.Src, reads, dtype.Bool); err != nil {
		return err
	}
	if err := errors.Join(rank("dst", &s.Dst, 1), rank("src", &s.Src, 1)); err != nil {
		return err
	}
	if got, want := s.Dst.Shape[0], (s.Src.Shape[0]+31)/32; got != want || !s.Src.Contiguous() || !s.Dst.Contiguous() {
		return fmt.Errorf("dst %s, src %s: got %d words, want %d, dense", s.Dst, s.Src, got, want)
	}
	return nil
}

func (v *verifier) matMul(s *MatMul) error {
	if err := v.view("dst", &s.Dst, writes, dtype.Invalid); err != nil {
		return err
	}
	dt := v.p.Buffers[s.Dst.Buf].DType
	if !dt.IsInt() && !dt.IsFloat() {
		return fmt.Errorf("dst %s: got %s, want an integer or float type", s.Dst, dt)
	}
	if err := v.view("a", &s.A, reads, dt); err != nil {
		return err
	}
	if err := v.view("b", &s.B, reads, dt); err != nil {
		return err
	}
	for name, w := range map[string]*View{"dst": &s.Dst, "a": &s.A, "b": &s.B} {
		if err := rank(name, w, 3); err != nil {
			return err
		}
	}
	batch, m, n, k := s.Dst.Shape[0], s.Dst.Shape[1], s.Dst.Shape[2], s.A.Shape[2]
	if !slices.Equal(s.A.Shape, []int{batch, m, k}) || !slices.Equal(s.B.Shape, []int{batch, k, n}) {
		return fmt.Errorf("got shapes %v = %v * %v, want [batch, m, n] = [batch, m, k] * [batch, k, n]", s.Dst.Shape, s.A.Shape, s.B.Shape)
	}
	return nil
}

func (v *verifier) eval(s *Eval) error {
	n := s.Node
	if len(s.In) != len(n.Inputs) || len(s.Out) != len(n.Results) {
		return fmt.Errorf("got %d operands and %d results, want %d and %d", len(s.In), len(s.Out), len(n.Inputs), len(n.Results))
	}
	check := func(name string, w *View, u use, t ir.Type) error {
		if err := v.view(name, w, u, t.DType); err != nil {
			return err
		}
		if !slices.Equal(w.Shape, t.Shape) {
			return fmt.Errorf("%s %s: got another shape than %s", name, *w, t)
		}
		return nil
	}
	for i := range s.In {
		if err := check(fmt.Sprintf("operand %d", i), &s.In[i], reads, n.Inputs[i].Type); err != nil {
			return err
		}
	}
	for i := range s.Out {
		if err := check(fmt.Sprintf("result %d", i), &s.Out[i], writes, n.Results[i].Type); err != nil {
			return err
		}
	}
	return nil
}
