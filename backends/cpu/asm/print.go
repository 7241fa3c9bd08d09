package asm

import (
	"fmt"
	"strings"
)

// text is an instruction in Intel syntax, as GNU as reads it. f, which tells the sizes of memory operands, may be nil.
func text(op Op, ops *[4]Operand, n int, round Rounding, f *form) string {
	var b strings.Builder
	b.WriteString(op.String())
	sep := " "
	immAt := n
	if n > 0 && ops[n-1].types&tImm != 0 {
		immAt = n - 1
	}
	for i := range n {
		if i == immAt && round != 0 {
			b.WriteString(sep + round.String())
			sep = ", "
		}
		b.WriteString(sep + ops[i].text(f))
		sep = ", "
	}
	if round != 0 && immAt == n {
		b.WriteString(sep + round.String())
	}
	return b.String()
}

func (o *Operand) text(f *form) string {
	s := ""
	switch {
	case o.bad != sound:
		return fmt.Sprintf("(%s: %s)", o.reg, o.bad)
	case o.types&tAnyReg != 0:
		s = o.reg.String()
	case o.types&tAnyMem != 0:
		s = o.memText(f)
	case o.types&tImm != 0:
		return fmt.Sprintf("%d", o.val)
	case o.types&tRel32 != 0:
		return o.label.String()
	default:
		return "(missing operand)"
	}
	if o.mask != 0 {
		s += fmt.Sprintf("{k%d}", o.mask)
	}
	if o.zero {
		s += "{z}"
	}
	return s
}

var sizeNames = map[uint8]string{1: "byte", 2: "word", 4: "dword", 8: "qword", 16: "xmmword", 32: "ymmword", 64: "zmmword"}

func (o *Operand) memText(f *form) string {
	size, times := o.size, uint8(0)
	if f != nil {
		if size = f.memSize; o.types&tBcast != 0 && f.bcast != 0 {
			size, times = f.bcast, f.memSize/f.bcast
		}
	}
	var parts []string
	if o.label != 0 {
		parts = append(parts, "rip+"+o.label.String())
	}
	if o.reg != 0 {
		parts = append(parts, o.reg.String())
	}
	if o.index != 0 {
		parts = append(parts, fmt.Sprintf("%s*%d", o.index, 1<<o.scale))
	}
	s := strings.Join(parts, "+")
	switch {
	case s == "":
		s = fmt.Sprintf("ds:%d", int32(o.val))
	case o.val != 0:
		s = fmt.Sprintf("[%s%+d]", s, o.val)
	default:
		s = "[" + s + "]"
	}
	if name := sizeNames[size]; name != "" {
		s = name + " ptr " + s
	}
	if times != 0 {
		s += fmt.Sprintf("{1to%d}", times)
	} else if o.types&tBcast != 0 {
		s += "{bcst}"
	}
	return s
}

// explain says why no form takes the operands.
func explain(op Op, ops *[4]Operand, n int, round Rounding) string {
	if op == 0 || op >= numOps {
		return "no such instruction"
	}
	var need needs
	need.of(ops, n, round)
	reason := ""
	rows := forms[opForms[op]:opForms[op+1]]
	for i := range n {
		if ops[i].bad != sound {
			return fmt.Sprintf("operand %d: %s", i+1, ops[i].bad)
		}
	}
	for i := range rows {
		if f := &rows[i]; int(f.n) == n && f.takes(ops) {
			reason = f.why(&need, ops)
		}
	}
	if reason != "" {
		return reason
	}
	var have []string
	for i := range rows {
		have = append(have, rows[i].signature())
	}
	return fmt.Sprintf("no form for these operands; want %s", strings.Join(have, " or "))
}

var typeNames = []struct {
	t    opType
	name string
}{
	{tR8, "r8"}, {tR16, "r16"}, {tR32, "r32"}, {tR64, "r64"}, {tX, "xmm"}, {tY, "ymm"}, {tZ, "zmm"}, {tK, "k"}, {tCL, "cl"},
	{tM8, "m8"}, {tM16, "m16"}, {tM32, "m32"}, {tM64, "m64"}, {tM128, "m128"}, {tM256, "m256"}, {tM512, "m512"},
	{tB16, "b16"}, {tB32, "b32"}, {tB64, "b64"}, {tVMX, "vm(xmm)"}, {tVMY, "vm(ymm)"}, {tVMZ, "vm(zmm)"},
	{tOne, "1"}, {tI8, "imm8"}, {tI8s, "imm8s"}, {tI16, "imm16"}, {tI32, "imm32"}, {tI32s, "imm32s"}, {tI64, "imm64"},
	{tRel8, "rel8"}, {tRel32, "rel32"},
}

// signature is the operand types that f takes, such as "zmm, zmm, zmm/m512/b32".
func (f *form) signature() string {
	if f.n == 0 {
		return "no operands"
	}
	var args []string
	for _, accept := range f.accept[:f.n] {
		var alts []string
		if accept&tMem == tMem {
			alts, accept = append(alts, "m"), accept&^tMem
		}
		for _, t := range typeNames {
			if accept&t.t != 0 {
				alts = append(alts, t.name)
			}
		}
		args = append(args, strings.Join(alts, "/"))
	}
	return strings.Join(args, ", ")
}
