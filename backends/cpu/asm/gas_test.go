package asm

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// assembleGas assembles Intel-syntax lines with GNU as and returns the bytes and the error message of each line.
func assembleGas(t *testing.T, lines []string) (code [][]byte, msgs []string) {
	t.Helper()
	const most = 4000 // so that offsets in the listing keep four digits and cannot be taken for code
	for len(lines) > 0 {
		k := min(len(lines), most)
		c, m := assembleChunk(t, lines[:k])
		code, msgs, lines = append(code, c...), append(msgs, m...), lines[k:]
	}
	return code, msgs
}

func assembleChunk(t *testing.T, lines []string) ([][]byte, []string) {
	t.Helper()
	if _, err := exec.LookPath("as"); err != nil {
		t.Skip("GNU as is not installed")
	}
	src := filepath.Join(t.TempDir(), "in.s")
	text := ".intel_syntax noprefix\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(src, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("as", "--64", "-aln", "--listing-lhs-width=4", "--listing-lhs-width2=4", "-o", os.DevNull, src)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // wrong lines are found below
	code, msgs := make([][]byte, len(lines)), make([]string, len(lines))
	for _, l := range strings.Split(errs.String(), "\n") {
		parts := strings.SplitN(l, ":", 4)
		if n := 0; len(parts) == 4 {
			if n, _ = strconv.Atoi(parts[1]); n >= 2 && strings.Contains(parts[2], "Error") {
				msgs[n-2] = parts[3]
			}
		}
	}
	for _, l := range strings.Split(out.String(), "\n") {
		fields := strings.Fields(l)
		if len(fields) < 2 {
			continue
		}
		n, err := strconv.Atoi(fields[0])
		if err != nil || n < 2 || n-2 >= len(lines) {
			continue
		}
		rest := fields[1:]
		if _, after, _ := strings.Cut(l, fields[0]); after[1] != ' ' { // the first line of an instruction starts with its offset
			rest = fields[2:]
		}
		for _, h := range rest { // the source text may follow
			b, err := hex.DecodeString(h)
			if err != nil || h != strings.ToUpper(h) {
				break
			}
			code[n-2] = append(code[n-2], b...)
		}
	}
	return code, msgs
}

// gasText is s for GNU as, which is told not to swap the roles of two registers where that saves a byte.
func (s *sample) gasText() string {
	if s.n >= 2 && s.f.space&legacy == 0 && !s.ops[0].IsMem() && !s.ops[s.n-1].IsMem() {
		return "{load} " + s.text()
	}
	return s.text()
}

func TestAgainstGas(t *testing.T) {
	samples := oracleSamples(1, 1)
	lines := make([]string, len(samples))
	for i := range samples {
		lines[i] = samples[i].gasText()
	}
	code, msgs := assembleGas(t, lines)
	bad, same := map[Op]int{}, 0
	for i, s := range samples {
		switch {
		case msgs[i] == "" && bytes.Equal(code[i], s.bytes):
			same++
		case msgs[i] != "" || !s.choice():
			if bad[s.op]++; bad[s.op] <= 2 {
				t.Errorf("%s: got %x, want %x %s", lines[i], s.bytes, code[i], msgs[i])
			}
		}
	}
	t.Logf("%d of %d instructions have the bytes of GNU as; in the others it takes another legal encoding", same, len(samples))
	if len(samples)-same > len(samples)/100 {
		t.Errorf("only %d of %d are the same", same, len(samples))
	}
}

// choice reports whether the instruction has another legal encoding which GNU as prefers: short forms for the accumulator, and
// vmovq between memory and xmm16 to xmm31.
func (s *sample) choice() bool {
	if s.op == VMOVQ {
		return s.ops[0].IsMem() || s.ops[1].IsMem()
	}
	immediate := s.ops[1].types&tImm != 0
	return s.f.space == legacy && (immediate && s.ops[0].reg.Num() == 0 || s.op == XCHG && (s.ops[0].reg.Num() == 0 || s.ops[1].reg.Num() == 0))
}
