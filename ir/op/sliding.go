package op

import (
	"fmt"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// sliding describes windows that move over an array, as in ReduceWindow and Conv. Along each dimension the array's elements lie
// baseDilation apart with nothing between them, after low empty places and before high ones (negative: so many are cut off). A window
// has size places windowDilation apart, and windows begin stride places apart. Only windows that fit count.
type sliding struct {
	size, stride, baseDilation, windowDilation, low, high []int
}

// check checks the lists for an array of some rank.
func (s sliding) check(rank int) error {
	lists := []struct {
		name string
		list []int
		min  int
	}{{"window", s.size, 0}, {"strides", s.stride, 1}, {"base_dilation", s.baseDilation, 1}, {"window_dilation", s.windowDilation, 1}}
	for _, l := range lists {
		if err := checkLength(l.name, l.list, rank); err != nil {
			return err
		}
		for _, v := range l.list {
			if v < l.min {
				return ir.Mismatch(l.name, fmt.Sprint(l.list), fmt.Sprintf("numbers from %d on", l.min))
			}
		}
	}
	return firstError(checkLength("pad_low", s.low, rank), checkLength("pad_high", s.high, rank))
}

func checkLength(arg string, list []int, rank int) error {
	if len(list) == rank {
		return nil
	}
	return ir.Mismatch(arg, fmt.Sprint(list), count(rank, "number", "numbers"))
}

// dilated is the extent of n places that lie apart.
func dilated(n, apart int) int {
	if n == 0 {
		return 0
	}
	return (n-1)*apart + 1
}

// positions is the number of windows along each dimension of an array of this shape.
func (s sliding) positions(shape []int) []int {
	out := make([]int, len(shape))
	for d, n := range shape {
		room := s.low[d] + dilated(n, s.baseDilation[d]) + s.high[d] - dilated(s.size[d], s.windowDilation[d])
		if room >= 0 && s.low[d]+dilated(n, s.baseDilation[d])+s.high[d] > 0 {
			out[d] = room/s.stride[d] + 1
		}
	}
	return out
}

// element returns which element along dimension d, of extent n, lies at place k of window w; false for an empty place.
func (s sliding) element(d, n, w, k int) (int, bool) {
	place := w*s.stride[d] + k*s.windowDilation[d] - s.low[d]
	if place < 0 || place%s.baseDilation[d] != 0 || place/s.baseDilation[d] >= n {
		return 0, false
	}
	return place / s.baseDilation[d], true
}

// visit calls f for each place of window w that holds an element, in row-major order of the window, with the place and the
// element's position by strides.
func (s sliding) visit(shape, strides, w []int, f func(k []int, at int) error) error {
	for _, k := range tensor.Indices(s.size) {
		at, inside := 0, true
		for d := 0; d < len(k) && inside; d++ {
			var i int
			i, inside = s.element(d, shape[d], w[d], k[d])
			at += i * strides[d]
		}
		if !inside {
			continue
		}
		if err := f(k, at); err != nil {
			return err
		}
	}
	return nil
}
