package asm

import (
	"fmt"
	"strings"
)

// listing keeps what was emitted, in order, for reading.
type listing struct {
	items   []listingItem
	comment string // for the next instruction
}

// listingItem is an instruction, raw bytes (op 0), or a label (label not 0).
type listingItem struct {
	start, end int
	label      Label
	inst       instruction
	comment    string
}

// instruction is an emitted instruction with its operands and the form that was taken.
type instruction struct {
	op    Op
	f     *form
	ops   [4]Operand
	n     int
	round Rounding
}

// KeepListing makes a remember its instructions for Listing; call it before the first one. It costs time and memory, so compilers
// do it only when somebody wants to read the code.
func (a *Assembler) KeepListing() {
	if a.lines == nil {
		a.lines = &listing{}
	}
}

// Comment attaches text to the next instruction in the listing. Without KeepListing it does nothing.
func (a *Assembler) Comment(text string) {
	if a.lines == nil {
		return
	}
	if a.lines.comment != "" {
		text = a.lines.comment + "; " + text
	}
	a.lines.comment = text
}

func (l *listing) bind(label Label, offset int) {
	l.items = append(l.items, listingItem{start: offset, end: offset, label: label})
}

func (l *listing) data(start, end int) {
	l.items = append(l.items, listingItem{start: start, end: end})
}

func (l *listing) add(start, end int, inst instruction) {
	l.items = append(l.items, listingItem{start: start, end: end, inst: inst, comment: l.comment})
	l.comment = ""
}

// Listing is the code as text: offset, bytes, instruction in Intel syntax, comment; labels stand on lines of their own, and the
// constant pool follows. It is empty without KeepListing.
func (a *Assembler) Listing() string {
	if a.lines == nil {
		return ""
	}
	code, err := a.Bytes()
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for i := range a.lines.items {
		it := &a.lines.items[i]
		switch {
		case it.label != 0:
			fmt.Fprintf(&b, "%s:\n", it.label)
		case it.inst.op != 0:
			in := &it.inst
			row(&b, it.start, code[it.start:it.end], text(in.op, &in.ops, in.n, in.round, in.f), it.comment)
		default:
			row(&b, it.start, code[it.start:it.end], ".byte", "")
		}
	}
	a.listPool(&b, code)
	return b.String()
}

func (a *Assembler) listPool(b *strings.Builder, code []byte) {
	starts, _ := a.pool.place(code[:len(a.buf):len(a.buf)])
	for i, l := range a.labels {
		if l >= -1 {
			continue
		}
		k := -2 - l
		start := int(starts[k])
		fmt.Fprintf(b, "%s:\n", Label(i+1))
		row(b, start, code[start:start+len(a.pool.data[k].bytes)], ".byte", "")
	}
}

// row writes one line of a listing; long data is cut.
func row(b *strings.Builder, offset int, bytes []byte, inst, comment string) {
	const most = 16
	hex := fmt.Sprintf("%x", bytes[:min(len(bytes), most)])
	if len(bytes) > most {
		hex += "..."
	}
	line := fmt.Sprintf("%6x  %-24s  %s", offset, hex, inst)
	if comment != "" {
		line = fmt.Sprintf("%-76s ; %s", line, comment)
	}
	b.WriteString(line)
	b.WriteByte('\n')
}
