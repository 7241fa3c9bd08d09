package asm

// Mark is a place to which the assembler can go back.
type Mark struct {
	code, fixups, lines int
	err                 error
}

// Mark remembers the current place.
func (a *Assembler) Mark() Mark {
	m := Mark{code: len(a.buf), fixups: len(a.fixups), err: a.err}
	if a.lines != nil {
		m.lines = len(a.lines.items)
	}
	return m
}

// Rewind takes back everything emitted since the mark, including an error. Labels bound since then must not be used again;
// constants stay in the pool.
func (a *Assembler) Rewind(m Mark) {
	a.buf, a.fixups, a.err = a.buf[:m.code], a.fixups[:m.fixups], m.err
	if a.lines != nil {
		a.lines.items = a.lines.items[:m.lines]
		a.lines.comment = ""
	}
}
