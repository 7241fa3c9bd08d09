package main

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// form is one row for the encoder: every operand has fixed types.
type form struct {
	*line
	accept  []string // operand types of package asm, joined by "|"
	memBits int      // size of the memory operand, 0: none or any
	bcast   int      // bits of a broadcast element, 0: none
	length  int
	gpr     int // bits of the operand-size registers, 0: none
	spaces  []string
	vexW    int
	evexW   int
	extra   []string // flags found while expanding
}

// expand makes a form for each vector length and general register size that the line stands for.
func (l *line) expand() ([]*form, error) {
	lengths, sizes := []int{l.fixedL}, []int{0}
	relative := func(names ...string) bool {
		return slices.ContainsFunc(l.args, func(a string) bool {
			base, _, _ := strings.Cut(a, "/")
			return slices.Contains(names, base)
		})
	}
	l.sized = relative("v", "h", "q", "e", "vm", "hm", "qm", "em", "mv", "vsv", "vsh")
	if l.sized {
		if lengths = l.lengths; lengths == nil {
			lengths = []int{0, 1, 2}
		}
	}
	if relative("r", "rm", "mr") {
		sizes = []int{32, 64}
		if l.space == "L" && l.pp == 0 {
			sizes = []int{16, 32, 64}
		}
	}
	var forms []*form
	for _, length := range lengths {
		for _, size := range sizes {
			f, err := l.form(length, size)
			if err != nil {
				return nil, err
			}
			if len(f.spaces) > 0 {
				forms = append(forms, f)
			}
		}
	}
	return forms, nil
}

func (l *line) form(length, gpr int) (*form, error) {
	f := &form{line: l, length: length, gpr: gpr}
	switch {
	case l.space == "L":
		f.spaces = append(f.spaces, "legacy")
	case strings.Contains(l.space, "V") && length < 2:
		f.spaces = append(f.spaces, "vex")
	}
	if strings.Contains(l.space, "E") {
		f.spaces = append(f.spaces, "evex")
	}
	for i, w := range l.w {
		v := 0
		if w == "1" || w == "r" && gpr == 64 {
			v = 1
		}
		if i == 0 {
			f.vexW = v
		} else {
			f.evexW = v
		}
	}
	for _, a := range l.args {
		if err := f.addArg(a); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// sizes of the length-relative operand letters, as a shift of the vector size
var shifts = map[byte]int{'v': 0, 'h': 1, 'q': 2, 'e': 3}

// vectorType is the register class of a vector of so many bits; anything up to 128 is an xmm register.
func vectorType(n int) string {
	switch {
	case n <= 128:
		return "tX"
	case n == 256:
		return "tY"
	}
	return "tZ"
}

func (f *form) addArg(arg string) error {
	name, bcast, _ := strings.Cut(arg, "/b")
	if bcast != "" {
		fmt.Sscan(bcast, &f.bcast)
	}
	full := 128 << f.length
	var types []string
	mem := 0
	switch fixed := fixedTypes[name]; {
	case fixed != nil:
		types = fixed
	case name == "m":
		types = []string{"tMem"}
	case name == "r" || name == "rm":
		types = []string{fmt.Sprintf("tR%d", f.gpr)}
		if name == "rm" {
			mem = f.gpr
		}
	case name == "mr":
		mem = f.gpr
	case name == "mv":
		mem = full
	case name == "vsv" || name == "vsh":
		n := full
		if name == "vsh" {
			n /= 2
		}
		types = []string{"tVM" + vectorType(n)[1:]}
		f.memBits = f.disp8 * 8
	case len(name) <= 2 && strings.IndexByte("vhqe", name[0]) >= 0:
		n := full >> shifts[name[0]]
		types = []string{vectorType(n)}
		if len(name) == 2 {
			mem = n
		}
	default:
		reg, n, ok := strings.Cut(name, "m")
		if !ok {
			return fmt.Errorf("unknown operand %q", arg)
		}
		fmt.Sscan(n, &mem)
		switch reg {
		case "":
		case "r":
			types = []string{"tR" + n}
		default:
			types = fixedTypes[reg]
		}
	}
	if mem != 0 {
		f.memBits = mem
		types = append(slices.Clone(types), fmt.Sprintf("tM%d", mem))
	}
	if f.bcast != 0 && bcast != "" {
		types = append(types, fmt.Sprintf("tB%d", f.bcast))
	}
	f.accept = append(f.accept, strings.Join(types, "|"))
	return nil
}

var fixedTypes = map[string][]string{
	"x": {"tX"}, "y": {"tY"}, "z": {"tZ"}, "k": {"tK"}, "cl": {"tCL"}, "one": {"tOne"},
	"r8": {"tR8"}, "r16": {"tR16"}, "r32": {"tR32"}, "r64": {"tR64"},
	"i8": {"tI8"}, "i8s": {"tI8s"}, "i16": {"tI16"}, "i32": {"tI32"}, "i32s": {"tI32s"}, "i64": {"tI64"},
	"rel8": {"tRel8"}, "rel32": {"tRel32"},
}

// markAmbiguous flags the forms that differ from another form only in the size of memory: there the operand must say its size.
func markAmbiguous(forms []*form) {
	for i, f := range forms {
		for j, g := range forms {
			if i != j && len(f.accept) == len(g.accept) && sameButMemory(f, g) {
				f.extra = append(f.extra, "fNeedSize")
				break
			}
		}
	}
}

func sameButMemory(f, g *form) bool {
	found := false
	for i := range f.accept {
		a, b := strings.Split(f.accept[i], "|"), strings.Split(g.accept[i], "|")
		isMem := func(s string) bool { return strings.HasPrefix(s, "tM") || strings.HasPrefix(s, "tB") }
		isImm := func(s string) bool { return strings.HasPrefix(s, "tI") || s == "tOne" }
		switch {
		case slices.ContainsFunc(a, isMem) && slices.ContainsFunc(b, isMem) && f.memBits != g.memBits:
			found = true
		case isImm(a[0]) && isImm(b[0]):
		case !slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) }):
			return false
		}
	}
	return found
}

// source is the row as a Go literal.
func (f *form) source() string {
	pos := map[byte]int{}
	for _, c := range "RVMISOD" {
		pos[byte(c)] = strings.IndexRune(f.layout, c)
	}
	imm, immSize := max(pos['I'], pos['D']), 0
	if imm >= 0 {
		immSize = map[string]int{"i8": 1, "i8s": 1, "rel8": 1, "i16": 2, "i32": 4, "i32s": 4, "rel32": 4, "i64": 8}[f.args[imm]]
	}
	flags := slices.Concat(f.flags, f.extra)
	if f.gpr == 16 {
		flags = append(flags, "fOpSize16")
	}
	if f.fixed >= 0 {
		flags = append(flags, "fFixed")
	}
	if pos['D'] >= 0 {
		flags = append(flags, "fRelative")
	}
	if !f.sized && (slices.Contains(flags, "fRound") || slices.Contains(flags, "fSAE")) {
		flags = append(flags, "fScalar")
	}
	if strings.Contains(f.op, "gather") {
		flags = append(flags, "fDistinct")
	}
	if len(flags) == 0 {
		flags = []string{"0"}
	}
	nshift := 0
	if n := f.disp8 * 8; n != 0 {
		nshift = log2(n / 8)
	} else if f.memBits != 0 {
		nshift = log2(f.memBits / 8)
	}
	accept := slices.Clone(f.accept)
	for i := range accept {
		if accept[i] == "" {
			accept[i] = "0"
		}
	}
	return fmt.Sprintf("{[4]opType{%s}, %d, %s, %d, %d, 0x%02X, %d, %d, %d, %d, %d, %d, %d, [...]int8{%d, %d, %d, %d, %d, %d}, %d, 0x%02X, %s},",
		strings.Join(accept, ", "), len(accept), strings.Join(f.spaces, "|"), f.pp, f.opmap, f.opcode, f.digit, f.vexW, f.evexW, f.length,
		f.memBits/8, nshift, f.bcast/8, pos['R'], pos['V'], pos['M'], imm, pos['S'], pos['O'], immSize, max(f.fixed, 0), strings.Join(flags, "|"))
}

func log2(n int) int { return bits.Len(uint(n)) - 1 }
