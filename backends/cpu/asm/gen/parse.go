package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// table is the parsed forms.txt: mnemonics in order, the expanded forms of each, and second names.
type table struct {
	ops     []string
	forms   map[string][]*form
	aliases [][2]string
}

// line is one line of forms.txt before expansion over vector lengths and register sizes.
type line struct {
	op, layout string
	args       []string
	space      string // L, V, E or VE
	pp, opmap  int
	w          [2]string // of VEX (or legacy) and of EVEX: "0", "1", "r" (by operand size)
	opcode     int
	digit      int
	lengths    []int // 0, 1, 2 for 128, 256, 512 bits; nil: all that the encoding has
	fixedL     int
	sized      bool // some operand is relative to the vector length
	disp8      int  // bytes; 0: the size of the memory operand
	fixed      int  // last byte, -1: none
	flags      []string
}

func parse(text string) (*table, error) {
	t := &table{forms: map[string][]*form{}}
	for i, s := range strings.Split(text, "\n") {
		fields := strings.Fields(s)
		switch {
		case len(fields) == 0 || strings.HasPrefix(s, "#"):
			continue
		case fields[0] == "alias":
			t.aliases = append(t.aliases, [2]string{fields[1], fields[2]})
			continue
		}
		l, err := parseLine(fields)
		if err != nil {
			return nil, fmt.Errorf("forms.txt:%d: %w", i+1, err)
		}
		forms, err := l.expand()
		if err != nil {
			return nil, fmt.Errorf("forms.txt:%d: %w", i+1, err)
		}
		if _, ok := t.forms[l.op]; !ok {
			t.ops = append(t.ops, l.op)
		}
		t.forms[l.op] = append(t.forms[l.op], forms...)
	}
	for _, forms := range t.forms {
		markAmbiguous(forms)
	}
	return t, nil
}

func parseLine(fields []string) (*line, error) {
	if len(fields) < 5 {
		return nil, fmt.Errorf("want five columns, got %d", len(fields))
	}
	l := &line{op: fields[0], layout: fields[1], digit: -1, fixed: -1}
	if fields[2] != "-" {
		l.args = strings.Split(fields[2], ",")
	}
	if l.layout == "-" && l.args == nil {
		l.layout = ""
	}
	if len(l.layout) != len(l.args) {
		return nil, fmt.Errorf("layout %q does not fit %d operands", l.layout, len(l.args))
	}
	if err := l.parseEncoding(strings.Split(fields[3], ".")); err != nil {
		return nil, err
	}
	opcode, err := strconv.ParseUint(fields[4], 16, 8)
	if err != nil {
		return nil, fmt.Errorf("opcode: %w", err)
	}
	l.opcode = int(opcode)
	for _, attr := range fields[5:] {
		if err := l.parseAttribute(attr); err != nil {
			return nil, err
		}
	}
	return l, nil
}

var (
	prefixes = map[string]int{"NP": 0, "66": 1, "F3": 2, "F2": 3}
	maps     = map[string]int{"0F": 1, "0F38": 2, "0F3A": 3}
	widths   = map[string]int{"128": 0, "256": 1, "512": 2}
)

func (l *line) parseEncoding(parts []string) error {
	l.space = parts[0]
	if !slices.Contains([]string{"L", "V", "E", "VE"}, l.space) {
		return fmt.Errorf("encoding %q: want L, V, E or VE", l.space)
	}
	var w []string
	for _, p := range parts[1:] {
		if pp, ok := prefixes[p]; ok {
			l.pp = pp
		} else if m, ok := maps[p]; ok {
			l.opmap = m
		} else if rest, ok := strings.CutPrefix(p, "W"); ok {
			w = append(w, strings.Replace(rest, "IG", "0", 1))
		} else {
			return fmt.Errorf("encoding: unknown part %q", p)
		}
	}
	switch len(w) {
	case 0:
		l.w = [2]string{"0", "0"}
	case 1:
		l.w = [2]string{w[0], w[0]}
	case 2:
		l.w = [2]string{w[0], w[1]}
	}
	return nil
}

func (l *line) parseAttribute(attr string) error {
	number := func(s string, base int) int {
		n, err := strconv.ParseUint(s, base, 8)
		if err != nil {
			return -1
		}
		return int(n)
	}
	lo, hi, isRange := strings.Cut(attr, "-")
	switch {
	case attr[0] == '/':
		l.digit = number(attr[1:], 10)
	case attr[0] == '+':
		l.fixed = number(attr[1:], 16)
	case attr[0] == 'L':
		l.fixedL = widths[attr[1:]]
	case attr[0] == 'n':
		l.disp8 = number(attr[1:], 10)
	case attr == "128":
		l.lengths = []int{0}
	case isRange:
		for n := widths[lo]; n <= widths[hi]; n++ {
			l.lengths = append(l.lengths, n)
		}
	default:
		names := map[string][]string{"k": {"fMask"}, "kz": {"fMask", "fZero"}, "k!": {"fMask", "fMaskNeeded"},
			"er": {"fRound"}, "sae": {"fSAE"}, "c": {"fCommutes"}, "lock": {"fLock"}}[attr]
		if names == nil {
			return fmt.Errorf("unknown attribute %q", attr)
		}
		l.flags = append(l.flags, names...)
	}
	return nil
}
