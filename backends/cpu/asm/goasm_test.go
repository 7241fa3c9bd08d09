package asm

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The Go assembler as oracle: instructions are written in its syntax (source first, its own names for scalar instructions and
// conditions), assembled by the installed toolchain, and the bytes compared.

// goConditions are Go's names of the sixteen conditions, in the order of ours.
var goConditions = strings.Fields("OS OC CS CC EQ NE LS HI MI PL PS PC LT GE LE GT")

// goSuffix is the operand size letter of general registers and memory of so many bytes.
var goSuffix = map[int]string{1: "B", 2: "W", 4: "L", 8: "Q"}

// goRegister is r in Go syntax: general registers have one name for all widths.
func goRegister(r Reg) string {
	n := r.Num()
	switch c := r.Class(); {
	case c == Mask:
		return fmt.Sprintf("K%d", n)
	case r.IsVector():
		return fmt.Sprintf("%c%d", "XYZ"[c-XMM], n)
	case n < 8:
		if c == Byte && n < 4 {
			return strings.ToUpper(lowNames[n][:1]) + "L"
		}
		return strings.ToUpper(lowNames[n])
	}
	return fmt.Sprintf("R%d", n)
}

// goText is s in Go syntax.
func (s *sample) goText() string {
	name, suffix := s.goName(), ""
	var args []string
	for i := range s.n {
		o := &s.ops[i]
		switch {
		case o.types&tImm != 0:
			args = append(args, fmt.Sprintf("$%d", o.val))
		case o.IsMem():
			args = append(args, o.goMem())
			if o.types&tBcast != 0 {
				suffix = ".BCST"
			}
		default:
			args = append(args, goRegister(o.reg))
		}
		if o.mask != 0 { // stands before the destination once the order is reversed
			args = append(args, fmt.Sprintf("K%d", o.mask))
		}
	}
	if s.round != 0 {
		suffix = "." + strings.ToUpper(strings.NewReplacer("{", "", "}", "", "-", "_").Replace(s.round.String()))
	}
	if s.ops[0].zero {
		suffix += ".Z"
	}
	if s.op != CMP {
		for i, j := 0, len(args)-1; i < j; i, j = i+1, j-1 {
			args[i], args[j] = args[j], args[i]
		}
	}
	return name + suffix + " " + strings.Join(args, ", ")
}

func (o *Operand) goMem() string {
	s := fmt.Sprintf("%d", int32(o.val))
	if o.reg != 0 {
		s += "(" + goRegister(o.reg) + ")"
	}
	if o.index != 0 {
		s += fmt.Sprintf("(%s*%d)", goRegister(o.index), 1<<o.scale)
	}
	return s
}

// generalSize is the size in bytes of the general registers, or of the memory operand if there are none.
func (s *sample) generalSize(i int) int {
	if t := s.f.accept[i] & (tR8 | tR16 | tR32 | tR64); t != 0 {
		return map[opType]int{tR8: 1, tR16: 2, tR32: 4, tR64: 8}[t]
	}
	return int(s.f.memSize)
}

// goName is Go's mnemonic.
func (s *sample) goName() string {
	name := strings.ToUpper(strings.ReplaceAll(s.op.String(), " ", "_"))
	if s.f.space != legacy && name[0] == 'V' || name[0] == 'K' {
		return s.goVectorName(name)
	}
	if rest, ok := strings.CutPrefix(name, "LOCK_"); ok {
		return "LOCK; " + rest + goSuffix[s.generalSize(0)]
	}
	if s.n == 0 {
		return name
	}
	size := s.generalSize(0)
	for prefix, form := range map[string]string{"CMOV": "CMOV%[2]s%[1]s", "SET": "SET%[1]s"} {
		if cc, ok := strings.CutPrefix(name, prefix); ok {
			i := strings.Index(" O NO B AE E NE BE A S NS P NP L GE LE G ", " "+cc+" ")
			return fmt.Sprintf(form, goConditions[strings.Count(" O NO B AE E NE BE A S NS P NP L GE LE G "[:i], " ")], goSuffix[size])
		}
	}
	switch s.op {
	case MOVZX:
		return "MOV" + goSuffix[s.generalSize(1)] + goSuffix[size] + "ZX"
	case MOVSX, MOVSXD:
		return "MOV" + goSuffix[s.generalSize(1)] + goSuffix[size] + "SX"
	case MOVBE:
		return "MOVBE" + goSuffix[size] + goSuffix[size]
	case IMUL:
		if s.n == 3 {
			return "IMUL3" + goSuffix[size]
		}
	case SHLD, SHRD:
		return name[:3] + goSuffix[size]
	case PREFETCHNTA, PREFETCHT0, PREFETCHT1, PREFETCHT2, PREFETCHW, JMP, CALL:
		return name
	}
	return name + goSuffix[size]
}

func (s *sample) goVectorName(name string) string {
	switch s.op {
	case VCVTSI2SS, VCVTSI2SD, VCVTUSI2SS, VCVTUSI2SD:
		return name + goSuffix[s.generalSize(2)]
	case VCVTSS2SI, VCVTSD2SI, VCVTTSS2SI, VCVTTSD2SI:
		if s.generalSize(0) == 8 {
			name += "Q"
		}
	case VCVTSS2USI, VCVTSD2USI, VCVTTSS2USI, VCVTTSD2USI:
		return name + goSuffix[s.generalSize(0)]
	case VFPCLASSPS, VFPCLASSPD:
		return name + string("XYZ"[s.f.length])
	case VCVTPD2PS, VCVTPD2DQ, VCVTTPD2DQ, VCVTQQ2PS, VCVTUQQ2PS, VCVTPD2UDQ, VCVTTPD2UDQ, VCVTNEPS2BF16:
		if s.f.length < 2 {
			name += string("XY"[s.f.length])
		}
	}
	return name
}

// assembleGo assembles lines in Go syntax; a line that Go rejects has an error message instead of bytes.
func assembleGo(t *testing.T, lines []string) (code [][]byte, msgs []string) {
	t.Helper()
	code, msgs = make([][]byte, len(lines)), make([]string, len(lines))
	dir := t.TempDir()
	src := filepath.Join(dir, "in.s")
	run := func(flags ...string) (out, errs string) {
		var b strings.Builder
		b.WriteString("TEXT ·f(SB), 516, $0\n")
		for i, l := range lines {
			if msgs[i] == "" {
				b.WriteString(l)
			}
			b.WriteString("\n")
		}
		require.NoError(t, os.WriteFile(src, []byte(b.String()), 0o644))
		cmd := exec.Command("go", append([]string{"tool", "asm", "-p", "x", "-o", filepath.Join(dir, "out.o")}, append(flags, src)...)...)
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64")
		var o, e bytes.Buffer
		cmd.Stdout, cmd.Stderr = &o, &e
		_ = cmd.Run()
		return o.String(), e.String()
	}
	for {
		found := false
		out, errs := run("-e", "-S")
		for _, l := range strings.Split(errs+out, "\n") {
			_, rest, ok := strings.Cut(l, src+":")
			if !ok || strings.HasPrefix(strings.TrimSpace(l), "0x") {
				continue
			}
			number, msg, _ := strings.Cut(rest, ":")
			if number, _, _ = strings.Cut(number, ")"); number == "" {
				continue
			}
			if n, err := strconv.Atoi(number); err == nil && n >= 2 {
				if msgs[n-2] == "" {
					found = true
				}
				msgs[n-2] = strings.TrimSpace(msg + " rejected")
			}
		}
		if !found {
			splitGo(t, out, src, code)
			return code, msgs
		}
	}
}

// splitGo cuts the hexadecimal dump of asm -S at the offsets of the lines.
func splitGo(t *testing.T, out, src string, code [][]byte) {
	type at struct{ offset, line int }
	var starts []at
	var all []byte
	for _, l := range strings.Split(out, "\n") {
		f := strings.Fields(l)
		switch {
		case len(f) > 2 && strings.HasPrefix(f[2], "("+src+":"):
			offset, err := strconv.ParseInt(f[0], 0, 64)
			require.NoError(t, err)
			line, err := strconv.Atoi(strings.Trim(f[2][len(src)+2:], ")"))
			require.NoError(t, err)
			if line >= 2 {
				starts = append(starts, at{int(offset), line})
			}
		case len(f) > 1 && strings.HasPrefix(l, "\t0x") && len(f[1]) == 2:
			for _, h := range f[1:min(len(f), 17)] {
				b, err := hex.DecodeString(h)
				if err != nil || len(h) != 2 {
					break
				}
				all = append(all, b...)
			}
		}
	}
	for i, s := range starts {
		end := len(all)
		if i+1 < len(starts) {
			end = starts[i+1].offset
		}
		code[s.line-2] = append(code[s.line-2], all[s.offset:end]...) // a prefix is an instruction of its own
	}
}

func TestAgainstGo(t *testing.T) {
	samples := oracleSamples(0, 2)
	lines := make([]string, len(samples))
	for i := range samples {
		lines[i] = samples[i].goText()
	}
	code, msgs := assembleGo(t, lines)
	bad, same := map[Op]int{}, 0
	for i, s := range samples {
		switch {
		case msgs[i] == "" && bytes.Equal(code[i], s.bytes):
			same++
		case !s.goDiffers():
			if bad[s.op]++; bad[s.op] <= 2 {
				t.Errorf("%s | %s: got %x, Go makes %x %s", s.text(), lines[i], s.bytes, code[i], msgs[i])
			}
		}
	}
	t.Logf("%d of %d instructions have the bytes of the Go assembler", same, len(samples))
	require.Greater(t, same, len(samples)*95/100)
}

// goDiffers reports whether the Go assembler lacks the instruction or takes another legal encoding. These are in testdata/golden.txt.
func (s *sample) goDiffers() bool {
	registers := !s.ops[0].IsMem() && !s.ops[s.n-min(1, s.n)].IsMem()
	switch s.op {
	case VDPBF16PS, VCVTNE2PS2BF16, VCVTNEPS2BF16, INT3, PREFETCHW, NOP: // lacking, or no bytes
		return true
	case VMOVQ: // takes the opcode for general registers
		return true
	case VMOVUPS, VMOVUPD, VMOVAPS, VMOVAPD, VMOVDQU, VMOVDQA, VMOVDQU8, VMOVDQU16, VMOVDQU32, VMOVDQU64, VMOVDQA32, VMOVDQA64,
		VMOVSS, VMOVSD, VPEXTRW: // takes the opcode of the store between registers
		return registers
	}
	if strings.HasPrefix(s.op.String(), "lock ") && s.f.flags&fOpSize16 != 0 { // writes the two prefixes in the other order
		return true
	}
	if s.round == SuppressAll && s.f.length == 2 { // leaves the length bits set, which are ignored
		return true
	}
	return s.choice() // short forms for the accumulator
}
