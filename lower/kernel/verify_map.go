package kernel

import (
	"fmt"
	"slices"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
)

// Attrs returns the attributes with which the instruction's primitive stands in a graph.
func (in *Inst) Attrs() ir.Attrs {
	switch in.Op {
	case op.CompareID:
		dir, total := in.Dir, in.Dir >= TotalEQ
		if total {
			dir -= TotalEQ
		}
		names := [...]op.Dir{EQ: op.DirEq, NE: op.DirNe, LT: op.DirLt, LE: op.DirLe, GT: op.DirGt, GE: op.DirGe}
		return op.CompareAttrs{Dir: names[dir], Total: total}
	case op.ConvertID:
		return op.ConvertAttrs{DType: in.DT}
	case op.BitcastID:
		return op.BitcastAttrs{DType: in.DT}
	case op.LookupID:
		return op.LookupAttrs{Table: in.Table}
	}
	return nil
}

func (v *verifier) mapStep(m *Map) error {
	if slices.ContainsFunc(m.Shape, func(n int) bool { return n < 0 }) {
		return fmt.Errorf("got shape %v, want no negative extents", m.Shape)
	}
	if m.Uni < 0 || m.Uni > len(m.Insts) {
		return fmt.Errorf("got %d uniform instructions, want at most %d", m.Uni, len(m.Insts))
	}
	for i := range m.Loads {
		if err := v.mapView(m, fmt.Sprintf("load %d", i), &m.Loads[i], reads, len(m.Shape), dtype.Invalid); err != nil {
			return err
		}
	}
	for i := range m.Insts {
		if err := v.inst(m, i); err != nil {
			return fmt.Errorf("%s: %w", m.instText(i), err)
		}
	}
	for i := range m.Stores {
		st := &m.Stores[i]
		if err := m.hasInst(st.Inst, len(m.Insts)); err != nil {
			return fmt.Errorf("store %d: %w", i, err)
		}
		if err := v.mapView(m, fmt.Sprintf("store %d", i), &st.View, writes, len(m.Shape), m.Insts[st.Inst].DT); err != nil {
			return err
		}
	}
	for i := range m.Folds {
		if err := v.fold(m, &m.Folds[i]); err != nil {
			return fmt.Errorf("fold %d: %w", i, err)
		}
	}
	if err := v.rareStretches(m); err != nil {
		return err
	}
	return v.hazards(m)
}

// mapView checks a view over the first dims dimensions of the space.
func (v *verifier) mapView(m *Map, name string, w *View, u use, dims int, want dtype.DType) error {
	if err := v.view(name, w, u, want); err != nil {
		return err
	}
	if !slices.Equal(w.Shape, m.Shape[:dims]) {
		return fmt.Errorf("%s %s: got another shape than %v of the map", name, *w, m.Shape[:dims])
	}
	return nil
}

func (m *Map) hasInst(i int32, limit int) error {
	if i < 0 || int(i) >= limit {
		return fmt.Errorf("got instruction %d, want one of the %d before", i, limit)
	}
	return nil
}

func (v *verifier) inst(m *Map, i int) error {
	in := &m.Insts[i]
	if !in.DT.Valid() || in.DT.IsComplex() {
		return fmt.Errorf("got type %s, want bool, an integer or a float", in.DT)
	}
	switch in.Op {
	case OpImm:
		return nil
	case OpIndex:
		if in.Imm >= uint64(len(m.Shape)) {
			return fmt.Errorf("got dimension %d, want one of %d", in.Imm, len(m.Shape))
		}
		if !in.DT.IsNumeric() {
			return fmt.Errorf("got type %s, want a number", in.DT)
		}
		if i < m.Uni && m.Shape[in.Imm] > 1 {
			return fmt.Errorf("got an index among the %d uniform instructions", m.Uni)
		}
		return nil
	case OpLoad:
		return v.load(m, i)
	}
	return v.primitive(m, i)
}

func (v *verifier) load(m *Map, i int) error {
	in := &m.Insts[i]
	if in.Imm >= uint64(len(m.Loads)) {
		return fmt.Errorf("got load %d, want one of %d", in.Imm, len(m.Loads))
	}
	w := &m.Loads[in.Imm]
	if dt := v.p.Buffers[w.Buf].DType; dt != in.DT {
		return fmt.Errorf("got a buffer of %s, want %s", dt, in.DT)
	}
	if i < m.Uni {
		for d, n := range w.Shape {
			if n > 1 && w.Strides[d] != 0 {
				return fmt.Errorf("got a load that moves with dimension %d among the %d uniform instructions", d, m.Uni)
			}
		}
	}
	return nil
}

// primitive checks arity, types and attributes of an instruction by the type rule of its row, on scalars.
func (v *verifier) primitive(m *Map, i int) error {
	in := &m.Insts[i]
	row, ok := ir.RowByName(in.Op.String())
	if !ok || row.Class != ir.ClassElementwise || row.Arity > len(in.Args) {
		return fmt.Errorf("got op %s, want an elementwise primitive", in.Op)
	}
	types := make([]ir.Type, row.Arity)
	key := []byte{byte(in.Op), byte(in.Op >> 8), byte(in.DT), byte(in.Dir), byte(in.Imm)}
	for k := range types {
		a := in.Args[k]
		if err := m.hasInst(a, i); err != nil {
			return fmt.Errorf("argument %d: %w", k, err)
		}
		if i < m.Uni && int(a) >= m.Uni {
			return fmt.Errorf("argument %d: got v%d, which depends on the index, in a uniform instruction", k, a)
		}
		types[k] = ir.T(m.Insts[a].DT)
		key = append(key, byte(m.Insts[a].DT))
	}
	if v.rules[string(key)] {
		return nil
	}
	if in.Op == op.CompareID && in.Dir > TotalGE {
		return fmt.Errorf("got direction %s", in.Dir)
	}
	results, err := ir.CheckNode(row, types, in.Attrs(), nil)
	if err != nil {
		return err
	}
	which := 0
	if len(results) > 1 {
		which = int(min(in.Imm, uint64(len(results))))
	}
	if which >= len(results) || results[which].DType != in.DT || len(results[which].Shape) != 0 {
		return fmt.Errorf("got type %s, want that of result %d of %v", in.DT, in.Imm, results)
	}
	v.rules[string(key)] = true
	return nil
}

func (v *verifier) fold(m *Map, f *Fold) error {
	if err := m.hasInst(f.Inst, len(m.Insts)); err != nil {
		return err
	}
	if f.Dims < 1 || f.Dims > len(m.Shape) {
		return fmt.Errorf("got %d dimensions, want 1 to %d", f.Dims, len(m.Shape))
	}
	dt := m.Insts[f.Inst].DT
	row, ok := ir.RowByName(f.Op.String())
	if !ok || !isFoldOp(f.Op) {
		return fmt.Errorf("got op %s, want reduce_sum, _prod, _max, _min, _and, _or or _xor", f.Op)
	}
	if !row.Accepts.Has(dt) {
		return fmt.Errorf("got %s of %s, want one of %v", f.Op, dt, row.Accepts.List())
	}
	return v.mapView(m, "view", &f.View, writes, len(m.Shape)-f.Dims, dt)
}

func isFoldOp(id ir.OpID) bool {
	switch id {
	case op.ReduceSumID, op.ReduceProdID, op.ReduceMaxID, op.ReduceMinID, op.ReduceAndID, op.ReduceOrID, op.ReduceXorID:
		return true
	}
	return false
}
