package tensor

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir/dtype"
)

// The .npy format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. A magic string, a
// version, the length of a header, the header (a Python dictionary in text), the data.

const (
	npyMagic     = "\x93NUMPY"
	npyMaxHeader = 1 << 20 // bytes; NumPy writes about a hundred
	npyMaxRank   = 64      // NumPy's own
)

// npyHeader is what the header of a .npy file says.
type npyHeader struct {
	dt        dtype.DType
	bigEndian bool
	fortran   bool
	shape     []int
}

// npyKinds maps the type letters and bytes of a .npy file to element types.
var npyKinds = map[string]dtype.DType{
	"b1": dtype.Bool,
	"i1": dtype.Int8, "i2": dtype.Int16, "i4": dtype.Int32, "i8": dtype.Int64,
	"u1": dtype.Uint8, "u2": dtype.Uint16, "u4": dtype.Uint32, "u8": dtype.Uint64,
	"f2": dtype.Float16, "f4": dtype.Float32, "f8": dtype.Float64,
	"c8": dtype.Complex64, "c16": dtype.Complex128,
}

// npyDescr returns the type of a .npy file for elements of type dt, little-endian. BFloat16 has none.
func npyDescr(dt dtype.DType) (string, error) {
	for kind, d := range npyKinds {
		switch {
		case d != dt:
		case dt.Size() == 1:
			return "|" + kind, nil
		default:
			return "<" + kind, nil
		}
	}
	if dt.IsNarrow() {
		return "", errorf("write npy", "got dtype %s, which .npy files do not have; write t.AsType(dtype.%s), its numbers, or t.Bitcast(dtype.Uint8), its bits", dt, narrowCarriers[dt.Wide()])
	}
	return "", errorf("write npy", "got dtype %s, which .npy files do not have; write t.Bitcast(dtype.Uint16), its bit patterns", dt)
}

// narrowCarriers has the constants of dtype.Wide.
var narrowCarriers = map[dtype.DType]string{dtype.Int8: "Int8", dtype.Uint8: "Uint8", dtype.Float32: "Float32"}

// parseDescr reads a type as .npy files write it: byte order, kind, size.
func (h *npyHeader) parseDescr(descr string) error {
	kind := descr
	if descr != "" && strings.Contains("<>|=", descr[:1]) {
		h.bigEndian = descr[0] == '>' || descr[0] == '=' && hostBigEndian
		kind = descr[1:]
	}
	dt, ok := npyKinds[kind]
	if !ok {
		return fmt.Errorf("got element type %q, want a bool, integer, float (2, 4 or 8 bytes) or complex type%s", descr, descrHint(kind))
	}
	h.dt = dt
	return nil
}

// descrHint says what to do about types that people do meet.
func descrHint(kind string) string {
	switch {
	case kind == "V2":
		return "; bfloat16 is saved without its name: save x.view(numpy.uint16) and use Bitcast"
	case strings.HasPrefix(kind, "O"):
		return "; object arrays are Python pickles: save with a number type"
	}
	return ""
}

// readNpyHeader reads everything before the data.
func readNpyHeader(r io.Reader) (npyHeader, error) {
	start := make([]byte, len(npyMagic)+2)
	if _, err := io.ReadFull(r, start); err != nil {
		return npyHeader{}, fmt.Errorf("truncated before the end of the magic string: %w", unexpected(err))
	}
	if string(start[:len(npyMagic)]) != npyMagic {
		return npyHeader{}, fmt.Errorf("got %q at the start, want %q: not a .npy file", start[:len(npyMagic)], npyMagic)
	}
	version := start[len(npyMagic)]
	width := map[byte]int{1: 2, 2: 4, 3: 4}[version]
	if width == 0 {
		return npyHeader{}, fmt.Errorf("got format version %d, want 1, 2 or 3", version)
	}
	length := make([]byte, 4)
	if _, err := io.ReadFull(r, length[:width]); err != nil {
		return npyHeader{}, fmt.Errorf("truncated in the length of the header: %w", unexpected(err))
	}
	n := binary.LittleEndian.Uint32(length)
	if n > npyMaxHeader {
		return npyHeader{}, fmt.Errorf("got a header of %d bytes, want at most %d", n, npyMaxHeader)
	}
	text := make([]byte, n)
	if got, err := io.ReadFull(r, text); err != nil {
		return npyHeader{}, fmt.Errorf("truncated in the header: got %d bytes, want %d: %w", got, n, unexpected(err))
	}
	h, err := parseNpyHeader(string(text))
	if err != nil {
		return npyHeader{}, fmt.Errorf("header %.200q: %w", text, err)
	}
	return h, nil
}

// unexpected makes the end of a file an error also where nothing was read.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parseNpyHeader reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
func parseNpyHeader(text string) (npyHeader, error) {
	p := literalParser{rest: text}
	h := npyHeader{}
	var seen []string
	p.expect("{")
	for p.err == nil && !p.accept("}") {
		key := p.quoted()
		p.expect(":")
		if slices.Contains(seen, key) {
			p.fail("key %q twice", key)
		}
		seen = append(seen, key)
		switch key {
		case "descr":
			p.descr(&h)
		case "fortran_order":
			h.fortran = p.boolean()
		case "shape":
			h.shape = p.tuple()
		default:
			p.fail("unknown key %q", key)
		}
		if !p.accept(",") {
			p.expect("}")
			break
		}
	}
	if p.err == nil && strings.Trim(p.rest, " \n\x00") != "" {
		p.fail("text behind the dictionary: %.40q", p.rest)
	}
	if p.err == nil && len(seen) != 3 {
		p.fail("got keys %q, want descr, fortran_order and shape", seen)
	}
	return h, p.err
}

// literalParser reads the few Python literals that headers are made of. After the first error it only says no.
type literalParser struct {
	rest string
	err  error
}

func (p *literalParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.rest = ""
}

func (p *literalParser) accept(token string) bool {
	p.rest = strings.TrimLeft(p.rest, " \t\n")
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *literalParser) expect(token string) {
	if !p.accept(token) {
		p.fail("got %.20q, want %q", p.rest, token)
	}
}

func (p *literalParser) quoted() string {
	quote := "'"
	if !p.accept(quote) {
		quote = `"`
		p.expect(quote)
	}
	text, rest, ok := strings.Cut(p.rest, quote)
	if !ok || strings.Contains(text, `\`) {
		p.fail("got %.20q, want a plain string in quotes", p.rest)
		return ""
	}
	p.rest = rest
	return text
}

func (p *literalParser) descr(h *npyHeader) {
	if p.accept("[") {
		p.fail("got a structured element type, want a plain one: save each field as an array")
		return
	}
	text := p.quoted()
	if p.err == nil {
		if err := h.parseDescr(text); err != nil {
			p.fail("%w", err)
		}
	}
}

func (p *literalParser) boolean() bool {
	if p.accept("True") {
		return true
	}
	p.expect("False")
	return false
}

// tuple reads (), (3,) or (3, 4); a number may end in L, as Python 2 wrote it.
func (p *literalParser) tuple() []int {
	shape := []int{}
	p.expect("(")
	for p.err == nil && !p.accept(")") {
		p.accept("") // skip space
		digits := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
		n, err := strconv.Atoi(p.rest[:digits])
		if err != nil {
			p.fail("got %.20q, want an extent from 0 on in the shape", p.rest)
			return nil
		}
		p.rest = p.rest[digits:]
		p.accept("L")
		if shape = append(shape, n); len(shape) > npyMaxRank {
			p.fail("got a shape of more than %d axes", npyMaxRank)
		}
		if !p.accept(",") {
			p.expect(")")
			break
		}
	}
	return shape
}
