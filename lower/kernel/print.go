package kernel

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/op"
	"github.com/x448/float16"
)

// String writes the program as text: buffers, then steps, nested blocks indented. The text is the same for equal programs.
//
//	program "decay": arena 128
//	b0 input 0 f32[4000] "v"
//	b1 output 0 f32[4000]
//	b2 arena 64 i32[1] "i"
//	inputs b0
//	outputs b1
//	copy b1@0[4000:1] <- b0@0[4000:1]
//	loop 10 counter b2 {
//	  map 0 [4000] {
//	    u0 = imm f32 0.5
//	    v1 = load f32 b1@0[4000:1]
//	    v2 = mul f32 v1, u0
//	    store v2 -> b1@0[4000:1]
//	  }
//	}
//
// Instructions that do not depend on the index are named u, the others v. A view is buffer@offset[size:stride, ...], with
// +stride*clamp(buffer[element], max) for each dynamic part of the offset.
func (p *Program) String() string {
	w := &printer{}
	w.line("program %q: arena %d", p.Name, p.Arena)
	for id := range p.Buffers {
		w.line("b%d %s", id, p.Buffers[id].text())
	}
	w.line("inputs%s", bufList(p.Inputs))
	w.line("outputs%s", bufList(p.Outputs))
	w.block(p.Body)
	return w.sb.String()
}

// StepString writes one step as it stands in the text of its program, blocks included.
func StepString(s Step) string {
	w := &printer{}
	w.step(s)
	return strings.TrimSuffix(w.sb.String(), "\n")
}

// String writes the view as in the text of a program.
func (v View) String() string {
	var sb strings.Builder
	fmt.Fprintf(&sb, "b%d@%d[", v.Buf, v.Offset)
	for d, n := range v.Shape {
		if d > 0 {
			sb.WriteString(", ")
		}
		sb.WriteString(strconv.Itoa(n))
		if d < len(v.Strides) { // a malformed view prints too: errors show it
			sb.WriteString(":" + strconv.Itoa(v.Strides[d]))
		}
	}
	sb.WriteByte(']')
	for _, x := range v.Dyn {
		fmt.Fprintf(&sb, "+%d*clamp(b%d[%d], %d)", x.Stride, x.Buf, x.At, x.Max)
	}
	return sb.String()
}

var storageNames = [...]string{Arena: "arena", Input: "input", Output: "output", Constant: "const"}

// String is the storage's name in the text form.
func (s Storage) String() string {
	if int(s) < len(storageNames) {
		return storageNames[s]
	}
	return fmt.Sprintf("storage(%d)", uint8(s))
}

var dirNames = [...]string{EQ: "eq", NE: "ne", LT: "lt", LE: "le", GT: "gt", GE: "ge",
	TotalEQ: "total_eq", TotalNE: "total_ne", TotalLT: "total_lt", TotalLE: "total_le", TotalGT: "total_gt", TotalGE: "total_ge"}

// String is the direction's name in the text form.
func (d Dir) String() string {
	if int(d) < len(dirNames) {
		return dirNames[d]
	}
	return fmt.Sprintf("dir(%d)", uint8(d))
}

func (b *Buffer) text() string {
	place := b.Slot
	if b.Storage == Arena {
		place = b.Offset
	}
	s := fmt.Sprintf("%s %d %s[%d]", b.Storage, place, b.DType, b.Elems)
	if b.Name != "" {
		s += " " + strconv.Quote(b.Name)
	}
	return s
}

func bufList(ids []BufID) string {
	var sb strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&sb, " b%d", id)
	}
	return sb.String()
}

// printer collects lines at the current depth of blocks.
type printer struct {
	sb    strings.Builder
	depth int
}

func (w *printer) line(format string, args ...any) {
	for range w.depth {
		w.sb.WriteString("  ")
	}
	fmt.Fprintf(&w.sb, format, args...)
	w.sb.WriteByte('\n')
}

func (w *printer) block(b Block) {
	for _, s := range b {
		w.step(s)
	}
}

// braced writes a head line, the block indented, and the closing brace.
func (w *printer) braced(b Block, format string, args ...any) {
	w.line(format+" {", args...)
	w.depth++
	w.block(b)
	w.depth--
	w.line("}")
}

func (w *printer) step(s Step) {
	switch s := s.(type) {
	case *Map:
		w.mapStep(s)
	case *Copy:
		w.line("copy %s <- %s", s.Dst, s.Src)
	case *Scan:
		w.line("scan %s %s <- %s", s.Op, s.Dst, s.Src)
	case *LoopStep:
		w.braced(s.Body, "%s", s.head())
	case *Guard:
		w.braced(s.Body, "guard b%d every %d row b%d", s.Counter, s.Every, s.Row)
	case *WhileStep:
		w.line("while b%d {", s.Pred)
		w.depth++
		w.braced(s.Cond, "cond")
		w.braced(s.Body, "body")
		w.depth--
		w.line("}")
	case *SwitchStep:
		w.line("switch b%d {", s.Index)
		w.depth++
		for i, b := range s.Branches {
			w.braced(b, "case %d", i)
		}
		w.depth--
		w.line("}")
	case *Deliver:
		w.line("deliver %s += events %s, indptr %s, indices %s, weights %s", s.Acc, s.Events, s.IndPtr, s.Indices, s.Weights)
	case *Gather:
		w.line("gather %s <- %s at %s", s.Dst, s.Src, s.Windows.text())
	case *Scatter:
		w.line("scatter %s %s= %s at %s", s.Dst, s.Combine, s.Updates, s.Windows.text())
	case *Pack:
		w.line("pack %s <- %s", s.Dst, s.Src)
	case *MatMul:
		w.line("matmul %s <- %s, %s", s.Dst, s.A, s.B)
	case *Sparse:
		w.line("%s %s <- %s", s.Node.Op, s.Dst, viewTexts(s.In))
	case *Eval:
		w.line("eval %s %s <- %s", s.Node.Op, viewTexts(s.Out), viewTexts(s.In))
	default:
		w.line("unknown step %T", s)
	}
}

// head is the line of a loop without its block.
func (s *LoopStep) head() string {
	t := fmt.Sprintf("loop %d", s.Trip)
	if s.Reverse {
		t += " reverse"
	}
	t += fmt.Sprintf(" counter b%d", s.Counter)
	if s.User {
		t += " user"
	}
	return t
}

func viewTexts(vs []View) string {
	texts := make([]string, len(vs))
	for i, v := range vs {
		texts[i] = v.String()
	}
	return strings.Join(texts, ", ")
}

func (w *printer) mapStep(m *Map) {
	w.line("map %d %s {", m.ID, strings.ReplaceAll(fmt.Sprint(m.Shape), " ", ", "))
	w.depth++
	for i := range m.Insts {
		for _, r := range m.Rare {
			if r.From == i {
				w.line("unless %s: skip to %s", m.name(r.Cond), m.name(int32(r.To)))
			}
		}
		w.line("%s", m.instText(i))
	}
	for _, st := range m.Stores {
		w.line("store %s -> %s", m.name(st.Inst), st.View)
	}
	for _, f := range m.Folds {
		w.line("fold %s %s over %d -> %s", f.Op, m.name(f.Inst), f.Dims, f.View)
	}
	w.depth--
	w.line("}")
}

// name is u and the number of an instruction that does not depend on the index, else v and the number.
func (m *Map) name(i int32) string {
	if int(i) < m.Uni {
		return fmt.Sprintf("u%d", i)
	}
	return fmt.Sprintf("v%d", i)
}

func (m *Map) instText(i int) string {
	in := &m.Insts[i]
	head := m.name(int32(i)) + " = "
	switch in.Op {
	case OpLoad:
		if in.Imm >= uint64(len(m.Loads)) {
			return fmt.Sprintf("%sload %s ?%d", head, in.DT, in.Imm)
		}
		return fmt.Sprintf("%sload %s %s", head, in.DT, m.Loads[in.Imm])
	case OpImm:
		return fmt.Sprintf("%simm %s %s", head, in.DT, immText(in.DT, in.Imm))
	case OpIndex:
		return fmt.Sprintf("%sindex %s %d", head, in.DT, in.Imm)
	}
	row, known := ir.RowByName(in.Op.String())
	if !known || row.Arity > len(in.Args) {
		return fmt.Sprintf("%s%s %s ?", head, in.Op, in.DT)
	}
	name := row.Name
	switch in.Op {
	case op.CompareID:
		name += "." + in.Dir.String()
	case op.Threefry2x32ID:
		name += "." + strconv.FormatUint(in.Imm, 10)
	case op.LookupID:
		if in.Table != nil {
			name += fmt.Sprint(in.Table.Float64s())
		}
	}
	args := make([]string, row.Arity)
	for k := range args {
		args[k] = m.name(in.Args[k])
	}
	return fmt.Sprintf("%s%s %s %s", head, name, in.DT, strings.Join(args, ", "))
}

// immText writes a constant as a number that reads back to the same bits, NaN as its bits.
func immText(dt dtype.DType, bits uint64) string {
	var f float64
	width := 32
	switch {
	case dt == dtype.Bool:
		return strconv.FormatBool(bits != 0)
	case dt.IsSigned():
		unused := 64 - dt.Bits()
		return strconv.FormatInt(int64(bits<<unused)>>unused, 10)
	case dt == dtype.Float16:
		f = float64(float16.Frombits(uint16(bits)).Float32())
	case dt == dtype.BFloat16:
		f = dtype.BF16(bits).Float64()
	case dt == dtype.Float32:
		f = float64(math.Float32frombits(uint32(bits)))
	case dt == dtype.Float64:
		f, width = math.Float64frombits(bits), 64
	default:
		return strconv.FormatUint(bits, 10)
	}
	if f != f {
		return fmt.Sprintf("nan(%#x)", bits)
	}
	return strconv.FormatFloat(f, 'g', -1, width)
}

func (w *Windows) text() string {
	return fmt.Sprintf("%s max %v stride %v", w.Index, w.Max, w.Stride)
}
