package syntax

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// cursor reads the source from left to right. There is no list of tokens: what a piece of text means depends on the rule that reads it
// (4x3xf32, [0:4:2], e8m10), so every rule scans what it expects.
type cursor struct {
	file  string
	src   string
	pos   int
	lines []int // offsets of the line ends
	op    string
	depth int
}

// failure carries an *Error from the rule that found it to Parse.
type failure struct{ err *Error }

func newCursor(file string, src []byte) cursor {
	c := cursor{file: file, src: string(src)}
	for i := 0; ; i++ {
		n := strings.IndexByte(c.src[i:], '\n')
		if n < 0 {
			return c
		}
		i += n
		c.lines = append(c.lines, i)
	}
}

// place returns the line and column of an offset.
func (c *cursor) place(offset int) Pos {
	line := sort.SearchInts(c.lines, offset)
	start := 0
	if line > 0 {
		start = c.lines[line-1] + 1
	}
	return Pos{Line: int32(line + 1), Col: int32(offset - start + 1)}
}

func (c *cursor) failAt(pos Pos, format string, args ...any) {
	panic(failure{&Error{File: c.file, Pos: pos, Op: c.op, Text: fmt.Sprintf(format, args...)}})
}

// fail reports what was expected here.
func (c *cursor) fail(expected string) {
	c.skip()
	c.failAt(c.place(c.pos), "expected %s, got %s", expected, c.next())
}

// next describes the text at the cursor.
func (c *cursor) next() string {
	if c.pos >= len(c.src) {
		return "the end of the text"
	}
	end := c.pos + 1
	for isWord(c.src[c.pos]) && end < len(c.src) && end < c.pos+40 && isWord(c.src[end]) {
		end++
	}
	if c.src[c.pos] == '%' || c.src[c.pos] == '@' || c.src[c.pos] == '#' || c.src[c.pos] == '!' {
		for end < len(c.src) && end < c.pos+40 && isWord(c.src[end]) {
			end++
		}
	}
	return strconv.Quote(c.src[c.pos:end])
}

func isWord(b byte) bool {
	return b == '_' || b == '$' || b == '.' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// skip passes over white space and comments.
func (c *cursor) skip() {
	for c.pos < len(c.src) {
		switch b := c.src[c.pos]; {
		case b == ' ' || b == '\n' || b == '\t' || b == '\r':
			c.pos++
		case b == '/' && strings.HasPrefix(c.src[c.pos:], "//"):
			n := strings.IndexByte(c.src[c.pos:], '\n')
			if n < 0 {
				c.pos = len(c.src)
				return
			}
			c.pos += n
		default:
			return
		}
	}
}

// peek returns the next byte behind white space, 0 at the end.
func (c *cursor) peek() byte {
	c.skip()
	return c.here()
}

// here returns the byte at the cursor, 0 at the end.
func (c *cursor) here() byte {
	if c.pos < len(c.src) {
		return c.src[c.pos]
	}
	return 0
}

// looking reports whether the text goes on with s; for a word, whether with that whole word.
func (c *cursor) looking(s string) bool {
	c.skip()
	if !strings.HasPrefix(c.src[c.pos:], s) {
		return false
	}
	end := c.pos + len(s)
	return !isWord(s[len(s)-1]) || end >= len(c.src) || !isWord(c.src[end])
}

// accept passes over s if the text goes on with it.
func (c *cursor) accept(s string) bool {
	if !c.looking(s) {
		return false
	}
	c.pos += len(s)
	return true
}

func (c *cursor) expect(s string) {
	if !c.accept(s) {
		c.fail(strconv.Quote(s))
	}
}

// word reads a run of letters, digits, _, $ and dots; "" if there is none.
func (c *cursor) word() string {
	c.skip()
	start := c.pos
	for c.pos < len(c.src) && isWord(c.src[c.pos]) {
		c.pos++
	}
	return c.src[start:c.pos]
}

func (c *cursor) needWord(what string) string {
	if b := c.peek(); !isWord(b) || isDigit(b) {
		c.fail(what)
	}
	return c.word()
}

// suffix reads a name behind % # ! or ^: like word, with dashes as well.
func (c *cursor) suffix(what string) string {
	start := c.pos
	for c.pos < len(c.src) && (isWord(c.src[c.pos]) || c.src[c.pos] == '-' && !strings.HasPrefix(c.src[c.pos:], "->")) {
		c.pos++
	}
	if c.pos == start {
		c.fail(what)
	}
	return c.src[start:c.pos]
}

// integer reads a decimal integer that fits an int64.
func (c *cursor) integer(what string) int64 {
	c.skip()
	start := c.pos
	if c.here() == '-' {
		c.pos++
	}
	for c.pos < len(c.src) && isDigit(c.src[c.pos]) {
		c.pos++
	}
	v, err := strconv.ParseInt(c.src[start:c.pos], 10, 64)
	if err != nil {
		c.pos = start
		c.fail(what)
	}
	return v
}

// stringLiteral reads "text" with MLIR's escapes: \n \t \" \\ and two hexadecimal digits.
func (c *cursor) stringLiteral(what string) string {
	if c.peek() != '"' {
		c.fail(what)
	}
	start := c.pos
	c.pos++
	plain := c.pos
	for c.pos < len(c.src) && c.src[c.pos] != '"' && c.src[c.pos] != '\\' && c.src[c.pos] != '\n' {
		c.pos++
	}
	if c.here() == '"' {
		c.pos++
		return c.src[plain : c.pos-1]
	}
	out := []byte(c.src[plain:c.pos])
	for {
		switch b := c.here(); {
		case c.pos >= len(c.src) || b == '\n':
			c.failAt(c.place(start), "expected the end of the string, got %s", c.next())
		case b == '"':
			c.pos++
			return string(out)
		case b == '\\':
			c.pos++
			out = append(out, c.escape())
		default:
			out = append(out, b)
			c.pos++
		}
	}
}

func (c *cursor) escape() byte {
	b := c.here()
	switch b {
	case '"', '\\':
		c.pos++
		return b
	case 'n':
		c.pos++
		return '\n'
	case 't':
		c.pos++
		return '\t'
	}
	if c.pos+2 <= len(c.src) {
		if v, err := strconv.ParseUint(c.src[c.pos:c.pos+2], 16, 8); err == nil {
			c.pos += 2
			return byte(v)
		}
	}
	c.fail(`an escape: \n, \t, \", \\ or two hexadecimal digits`)
	return 0
}

// balanced reads the text from an opening bracket to the one that closes it, brackets of all kinds and strings inside.
func (c *cursor) balanced() string {
	start := c.pos
	var open []byte
	for c.pos < len(c.src) {
		switch b := c.src[c.pos]; b {
		case '(', '[', '{', '<':
			open = append(open, b)
		case ')', ']', '}', '>':
			if b == '>' && c.pos > 0 && c.src[c.pos-1] == '-' {
				break // an arrow
			}
			if len(open) == 0 || open[len(open)-1] != opener(b) {
				c.fail("brackets that match")
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				c.pos++
				return c.src[start:c.pos]
			}
		case '"':
			c.stringLiteral("a string")
			continue
		}
		c.pos++
	}
	c.failAt(c.place(start), "expected the end of what opens here with %q, got the end of the text", c.src[start])
	return ""
}

func opener(closer byte) byte {
	return map[byte]byte{')': '(', ']': '[', '}': '{', '>': '<'}[closer]
}

// maxDepth bounds how deep regions, attributes and types nest.
const maxDepth = 200

// deeper counts nesting; the caller defers c.shallower().
func (c *cursor) deeper() {
	if c.depth++; c.depth > maxDepth {
		c.failAt(c.place(c.pos), "expected at most %d levels of nesting", maxDepth)
	}
}

func (c *cursor) shallower() { c.depth-- }

// list reads items between brackets, separated by commas.
func (c *cursor) list(open, closer string, item func()) {
	c.expect(open)
	if c.accept(closer) {
		return
	}
	for {
		item()
		if c.accept(",") {
			continue
		}
		if !c.accept(closer) {
			c.fail(strconv.Quote(",") + " or " + strconv.Quote(closer))
		}
		return
	}
}
