package native

import (
	"fmt"
	"math"

	"github.com/ranvier-go/ranvier/backends/cpu/asm"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// product is a matrix product on its way to code: C[b,i,j] = sum over k of A[b,i,k] B[b,k,j].
//
// Every element of C is one chain of fused multiply-adds in the order of k, starting from zero. Blocking changes which chains run side
// by side, never the order within one: where k is cut into blocks, a chain waits in C and goes on with its exact value.
type product struct {
	*compiler
	f              floatOps
	batch, m, n, k int
	lhs, rhs, out  matrix // A, B, C
}

// matrix is an operand of a product: the bytes from one element to the next in each dimension.
type matrix struct {
	view            kernel.View
	batch, row, col int
}

func (m matrix) transposed() matrix {
	m.row, m.col = m.col, m.row
	return m
}

// floatOps are the instructions of an element type.
type floatOps struct {
	size                  int
	fma, move             asm.Op
	broadcast, broadcastX asm.Op // the second into an xmm register
	scalar                asm.Class
}

var (
	floatOps32 = floatOps{4, asm.VFMADD231PS, asm.VMOVUPS, asm.VBROADCASTSS, asm.VBROADCASTSS, asm.Dword}
	floatOps64 = floatOps{8, asm.VFMADD231PD, asm.VMOVUPD, asm.VBROADCASTSD, asm.VMOVDDUP, asm.Qword}
)

// matmul emits a matrix product.
func (c *compiler) matmul(m *kernel.MatMul) error {
	if m.Dst.Size() == 0 {
		return nil
	}
	p, pl, err := c.planProduct(m)
	if err != nil {
		return err
	}
	c.a.Comment(fmt.Sprintf("product %d x %d x %d x %d, %s", p.batch, p.m, p.k, p.n, pl))
	s, err := c.newProduct(m)
	if err != nil {
		return err
	}
	sp := s.sparse()
	if sp == nil {
		newNest(p, pl).emit()
		return nil
	}
	dense, done := c.a.NewLabel(), c.a.NewLabel()
	sp.emit(dense)
	c.a.Jump(asm.JMP, done)
	c.a.Bind(dense)
	newNest(p, pl).emit()
	c.a.Bind(done)
	return nil
}

// matmulCost estimates the nanoseconds that a product takes without polling.
func matmulCost(s *kernel.MatMul) int {
	ops := float64(s.Dst.Size()) * float64(s.A.Shape[2])
	elems := float64(s.A.Size() + s.B.Size())
	return 2 + nanoseconds(min(max(ops/16, elems/4), measured.pollCycles))
}

// planProduct brings the step to a form that there is code for: rows of C contiguous, and the cheaper way round.
func (c *compiler) planProduct(s *kernel.MatMul) (*product, *plan, error) {
	p, err := c.newProduct(s)
	if err != nil {
		return nil, nil, err
	}
	var best *plan
	chosen := p
	for _, q := range []*product{p, p.transposed()} {
		if q.n > 1 && q.out.col != q.f.size {
			continue
		}
		if pl := q.choose(); best == nil || pl.cycles < best.cycles {
			chosen, best = q, pl
		}
	}
	if best == nil {
		return nil, nil, fmt.Errorf("product into strides %v", s.Dst.Strides)
	}
	return chosen, best, nil
}

func (c *compiler) newProduct(s *kernel.MatMul) (*product, error) {
	p := &product{compiler: c, batch: s.Dst.Shape[0], m: s.Dst.Shape[1], n: s.Dst.Shape[2], k: s.A.Shape[2]}
	bufs := c.prog.Buffers
	switch dt := bufs[s.Dst.Buf].DType; {
	case bufs[s.A.Buf].DType != dt || bufs[s.B.Buf].DType != dt:
		return nil, fmt.Errorf("product of mixed types")
	case dt == dtype.Float32:
		p.f = floatOps32
	case dt == dtype.Float64:
		p.f = floatOps64
	default:
		return nil, fmt.Errorf("product of %s", dt)
	}
	for _, o := range []struct {
		to *matrix
		v  kernel.View
	}{{&p.lhs, s.A}, {&p.rhs, s.B}, {&p.out, s.Dst}} {
		st := o.v.Strides
		*o.to = matrix{o.v, st[0] * p.f.size, st[1] * p.f.size, st[2] * p.f.size}
		for d, n := range o.v.Shape {
			if span := float64(n) * math.Abs(float64(st[d])) * float64(p.f.size); span >= 1<<31 {
				return nil, fmt.Errorf("product of an operand of %g bytes", span)
			}
		}
	}
	p.mergeBatch()
	return p, nil
}

// mergeBatch makes a batch with one B a single product with more rows, where the rows follow each other evenly.
func (p *product) mergeBatch() {
	if p.m == 1 {
		p.lhs.row, p.out.row = p.lhs.batch, p.out.batch
	}
	if p.batch > 1 && p.rhs.batch == 0 && p.lhs.batch == p.m*p.lhs.row && p.out.batch == p.m*p.out.row {
		p.m, p.batch = p.m*p.batch, 1
	}
}

// transposed is the same product with the operands in each other's place.
func (p *product) transposed() *product {
	q := *p
	q.m, q.n = p.n, p.m
	q.lhs, q.rhs, q.out = p.rhs.transposed(), p.lhs.transposed(), p.out.transposed()
	return &q
}
