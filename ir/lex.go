package ir

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseError is text that Parse cannot read.
type ParseError struct {
	Line, Col int // from 1; the column counts bytes
	Text      string
}

// Error writes "parse: line 3, column 7: text".
func (e *ParseError) Error() string {
	return fmt.Sprintf("parse: line %d, column %d: %s", e.Line, e.Col, e.Text)
}

// scanner reads words and marks of the text form. Its methods panic with a *ParseError, which Parse returns.
type scanner struct {
	src string
	pos int
}

// failAt stops the parse at a byte offset.
func (s *scanner) failAt(pos int, format string, args ...any) {
	before := s.src[:pos]
	panic(&ParseError{
		Line: strings.Count(before, "\n") + 1,
		Col:  pos - strings.LastIndexByte(before, '\n'),
		Text: fmt.Sprintf(format, args...),
	})
}

// unexpected stops the parse at the next word.
func (s *scanner) unexpected(want string) {
	s.skipSpace()
	got := "the end of the text"
	if s.pos < len(s.src) {
		end := s.pos + 1
		for end < len(s.src) && end < s.pos+20 && isIdentByte(s.src[s.pos]) && isIdentByte(s.src[end]) {
			end++
		}
		got = strconv.Quote(s.src[s.pos:end])
	}
	s.failAt(s.pos, "got %s, want %s", got, want)
}

// skipSpace skips white space and comments.
func (s *scanner) skipSpace() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\n', '\t', '\r':
			s.pos++
		case '/':
			if !strings.HasPrefix(s.src[s.pos:], "//") {
				return
			}
			if end := strings.IndexByte(s.src[s.pos:], '\n'); end >= 0 {
				s.pos += end
			} else {
				s.pos = len(s.src)
			}
		default:
			return
		}
	}
}

// peek returns the next byte that is not space, or 0 at the end.
func (s *scanner) peek() byte {
	s.skipSpace()
	if s.pos == len(s.src) {
		return 0
	}
	return s.src[s.pos]
}

// accept skips the mark if it comes next.
func (s *scanner) accept(mark byte) bool {
	if s.peek() != mark || s.pos == len(s.src) {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) expect(mark byte) {
	if !s.accept(mark) {
		s.unexpected(strconv.Quote(string(mark)))
	}
}

// list reads items separated by commas up to the closing mark.
func (s *scanner) list(closing byte, item func()) {
	if s.accept(closing) {
		return
	}
	for {
		item()
		if s.accept(closing) {
			return
		}
		if !s.accept(',') {
			s.unexpected(fmt.Sprintf(`"," or "%c"`, closing))
		}
	}
}

func isIdentByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.'
}

// ident reads an identifier, or returns "" if none comes next.
func (s *scanner) ident() string {
	s.skipSpace()
	start := s.pos
	for s.pos < len(s.src) && isIdentByte(s.src[s.pos]) {
		s.pos++
	}
	return s.src[start:s.pos]
}

// word reads an identifier or stops the parse.
func (s *scanner) word(want string) string {
	w := s.ident()
	if w == "" {
		s.unexpected(want)
	}
	return w
}

// keyword skips the identifier if it comes next.
func (s *scanner) keyword(word string) bool {
	s.skipSpace()
	end := s.pos + len(word)
	if !strings.HasPrefix(s.src[s.pos:], word) || end < len(s.src) && isIdentByte(s.src[end]) {
		return false
	}
	s.pos = end
	return true
}

// number reads a number of any kind as a word: sign, digits, exponent, inf, nan, nan(0x...).
func (s *scanner) number() string {
	s.skipSpace()
	start := s.pos
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		if !isIdentByte(c) && c != '-' && c != '+' {
			break
		}
		s.pos++
	}
	if s.src[start:s.pos] == "nan" && strings.HasPrefix(s.src[s.pos:], "(0x") {
		if end := strings.IndexByte(s.src[s.pos:], ')'); end >= 0 {
			s.pos += end + 1
		}
	}
	if s.pos == start {
		s.unexpected("a number")
	}
	return s.src[start:s.pos]
}

// int reads a number from 0 to max.
func (s *scanner) int(what string, max int) int {
	s.skipSpace()
	start := s.pos
	word := s.word(what)
	n, err := strconv.ParseUint(word, 10, 63)
	if err != nil || n > uint64(max) {
		s.failAt(start, "got %q, want %s, at most %d", word, what, max)
	}
	return int(n)
}

// quoted reads a Go string literal in double quotes.
func (s *scanner) quoted() string {
	if s.peek() != '"' {
		s.unexpected("a string in double quotes")
	}
	start := s.pos
	// Most strings have no escapes; base64 data can be megabytes.
	for end := start + 1; end < len(s.src); end++ {
		switch s.src[end] {
		case '\\':
			end++
		case '"':
			s.pos = end + 1
			text, err := strconv.Unquote(s.src[start:s.pos])
			if err != nil {
				s.failAt(start, "got %.40s, want a string as Go writes it", s.src[start:s.pos])
			}
			return text
		case '\n':
			s.failAt(start, "the string is not closed on its line")
		}
	}
	s.failAt(start, "the string is not closed")
	return ""
}
