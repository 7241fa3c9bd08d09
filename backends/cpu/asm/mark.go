package asm

// Mark is a place to which the assembler can go back.
type Mark struct {
	code, fixups, lines int
}

// Mark remembers the current place.
func (a *Assembler) Mark() Mark {
	m := Mark{code: len(a.buf), fixups: len(a.fixups)}
	if a.lines != nil {
		m.lines = len(a.lines.items)
	}
	return m
}

// Rewind takes back everything emitted since the mark, including the first error. Labels bound since then must not be used again;
// constants stay in the pool.
func (a *Assembler) Rewind(m Mark) {
	a.buf, a.fixups = a.buf[:m.code], a.fixups[:m.fixups]
	if a.lines != nil {
		a.lines.items = a.lines.items[:m.lines]
		a.lines.comment = ""
	}
}
