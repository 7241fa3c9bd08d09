package portable

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// Matrix products. A panel of B, all rows of some columns, is copied into scratch memory as working numbers: float64 for f32,
// where the product of two is exact. Then each row of A runs over the panel, tile by tile: a tile is eight columns, whose sums stay
// in registers while k ascends. So every sum is formed in the order of k.

const (
	tile       = 8
	panelBytes = 256 << 10 // of the panel, for a second-level cache
	maxColumns = 256
)

// product is a prepared MatMul.
type product struct {
	dst, a, b  place
	batch      int
	m, n, k    int
	ds, as, bs [3]int // strides in bytes
	columns    int    // of a panel, a multiple of tile
	store      mover
	kit        productKit
}

// productKit computes with working numbers; sums have the lane type of the result.
type productKit struct {
	work int // bytes of a working number
	sum  int // bytes of a sum
	// widen loads n elements of memory, a stride in bytes apart, as working numbers.
	widen mover
	// row computes the sums over k of a[k] * tile[k][j] for the tiles of a panel, whose numbers have these magnitudes.
	row func(sums, a, panel unsafe.Pointer, tiles, k int, b magnitudes)
	// inspect finds the magnitudes of n working numbers; nil where row has no use for them.
	inspect func(w unsafe.Pointer, n int) magnitudes
}

// magnitudes are the least that is not zero and the largest; NaN is largest.
type magnitudes struct{ least, largest float64 }

func (pr *preparer) matMul(s *kernel.MatMul) (action, error) {
	dt := pr.p.Buffers[s.Dst.Buf].DType
	if !dt.IsInt() && !dt.IsFloat() {
		return nil, fmt.Errorf("matmul: got type %s, want an integer or float type", dt)
	}
	if s.Dst.Size() == 0 {
		return nothing{}, nil
	}
	x := &product{
		dst: newPlace(pr.p, &s.Dst), a: newPlace(pr.p, &s.A), b: newPlace(pr.p, &s.B),
		batch: s.Dst.Shape[0], m: s.Dst.Shape[1], n: s.Dst.Shape[2], k: s.A.Shape[2],
		store: moversOf(dt).store, kit: productKitOf(dt),
	}
	size := dt.Size()
	for d := range 3 {
		x.ds[d] = s.Dst.Strides[d] * size
		if x.k > 0 { // else there is nothing to point at
			x.as[d], x.bs[d] = s.A.Strides[d]*size, s.B.Strides[d]*size
		}
	}
	if x.n < min(tile, x.m) {
		x.transpose()
	}
	x.columns = min(panelBytes/(x.kit.work*max(x.k, 1)), maxColumns, x.n+tile-1) / tile * tile
	x.columns = max(x.columns, tile)
	pr.ex.panel = max(pr.ex.panel, max(x.k, 1)*(x.columns+1)*x.kit.work+x.columns*x.kit.sum)
	return x, nil
}

// transpose exchanges rows and columns: few columns would leave most of a tile empty.
func (x *product) transpose() {
	swapped := func(s [3]int) [3]int { return [3]int{s[0], s[2], s[1]} }
	x.m, x.n = x.n, x.m
	x.a, x.b = x.b, x.a
	x.as, x.bs, x.ds = swapped(x.bs), swapped(x.as), swapped(x.ds)
}

func productKitOf(dt dtype.DType) productKit {
	load := moversOf(dt).load
	switch laneOf(dt) {
	case laneF32:
		return productKit{8, 4, widenFloats(dt), productRow32, inspect}
	case laneF64:
		return productKit{8, 8, load, productRow64, nil}
	case laneI32, laneU32: // sums wrap, and are stored in the width of the type
		return productKit{4, 4, load, productRowInt[uint32], nil}
	default:
		return productKit{8, 8, load, productRowInt[uint64], nil}
	}
}

// widenFloats loads floats of at most 32 bits as float64.
func widenFloats(dt dtype.DType) mover {
	if dt == dtype.Float32 {
		return func(w, p unsafe.Pointer, stride, n int) {
			to := vec[float64](w, n)
			for i := range to {
				to[i] = float64(*(*float32)(unsafe.Add(p, i*stride)))
			}
		}
	}
	load := moversOf(dt).load
	return func(w, p unsafe.Pointer, stride, n int) {
		to := vec[float64](w, n)
		for i := range to {
			var x float32
			load(unsafe.Pointer(&x), unsafe.Add(p, i*stride), stride, 1)
			to[i] = float64(x)
		}
	}
}

func (x *product) run(r *run) error {
	dst := x.dst.start(r)
	var a, b unsafe.Pointer
	if x.k > 0 {
		a, b = x.a.start(r), x.b.start(r)
	}
	for i := range x.batch {
		if err := x.matrix(r, unsafe.Add(dst, i*x.ds[0]), unsafe.Add(a, i*x.as[0]), unsafe.Add(b, i*x.bs[0])); err != nil {
			return err
		}
	}
	return nil
}

// matrix computes one product of the batch, panel by panel.
func (x *product) matrix(r *run, dst, a, b unsafe.Pointer) error {
	panel := unsafe.Pointer(unsafe.SliceData(r.panel))
	row := unsafe.Add(panel, x.k*x.columns*x.kit.work)
	sums := unsafe.Add(row, x.k*x.kit.work)
	for j := 0; j < x.n; j += x.columns {
		n := min(x.columns, x.n-j)
		if err := x.pack(r, panel, unsafe.Add(b, j*x.bs[2]), n); err != nil {
			return err
		}
		var sizes magnitudes
		tiles := (n + tile - 1) / tile
		if x.kit.inspect != nil {
			sizes = x.kit.inspect(panel, tiles*tile*x.k)
		}
		for i := range x.m {
			if x.k > 0 {
				x.kit.widen(row, unsafe.Add(a, i*x.as[1]), x.as[2], x.k)
			}
			x.kit.row(sums, row, panel, tiles, x.k, sizes)
			x.store(sums, unsafe.Add(dst, i*x.ds[1]+j*x.ds[2]), x.ds[2], n)
			if err := r.spend(n * x.k); err != nil {
				return err
			}
		}
	}
	return nil
}

// pack copies n columns of B into the panel: tile after tile, each with k rows of eight numbers. Missing columns of the last tile
// are zero; their sums are not stored.
func (x *product) pack(r *run, panel, b unsafe.Pointer, n int) error {
	for t := 0; t < n; t += tile {
		wide := min(tile, n-t)
		to, from := unsafe.Add(panel, t*x.k*x.kit.work), unsafe.Add(b, t*x.bs[2])
		if wide < tile {
			clear(vec[uint8](to, x.k*tile*x.kit.work))
		}
		for k := range x.k {
			x.kit.widen(unsafe.Add(to, k*tile*x.kit.work), unsafe.Add(from, k*x.bs[1]), x.bs[2], wide)
		}
		if err := r.spend(wide * x.k); err != nil {
			return err
		}
	}
	return nil
}

func productRowInt[T unsigned](sums, a, panel unsafe.Pointer, tiles, k int, _ magnitudes) {
	x, z := vec[T](a, k), vec[T](sums, tiles*tile)
	for t := range tiles {
		rows := vec[[tile]T](unsafe.Add(panel, t*k*tile*int(unsafe.Sizeof(z[0]))), k)
		var s [tile]T
		for i, b := range rows {
			for j := range s {
				s[j] += x[i] * b[j]
			}
		}
		copy(z[t*tile:], s[:])
	}
}

func productRow64(sums, a, panel unsafe.Pointer, tiles, k int, _ magnitudes) {
	x, z := vec[float64](a, k), vec[[tile]float64](sums, tiles)
	for t := range z {
		rows := vec[[tile]float64](unsafe.Add(panel, t*k*tile*8), k)
		var s0, s1, s2, s3, s4, s5, s6, s7 float64
		for i := range rows {
			v, b := x[i], &rows[i]
			s0 = math.FMA(v, b[0], s0)
			s1 = math.FMA(v, b[1], s1)
			s2 = math.FMA(v, b[2], s2)
			s3 = math.FMA(v, b[3], s3)
			s4 = math.FMA(v, b[4], s4)
			s5 = math.FMA(v, b[5], s5)
			s6 = math.FMA(v, b[6], s6)
			s7 = math.FMA(v, b[7], s7)
		}
		z[t] = [tile]float64{s0, s1, s2, s3, s4, s5, s6, s7}
	}
}
