package asm

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// disassemble returns GNU objdump's text of each instruction of code, by offset.
func disassemble(t *testing.T, code []byte) map[int]string {
	t.Helper()
	if _, err := exec.LookPath("objdump"); err != nil {
		t.Skip("objdump is not installed")
	}
	file := filepath.Join(t.TempDir(), "code")
	require.NoError(t, os.WriteFile(file, code, 0o644))
	var out bytes.Buffer
	cmd := exec.Command("objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn", file)
	cmd.Stdout = &out
	require.NoError(t, cmd.Run())
	text := map[int]string{}
	for _, l := range strings.Split(out.String(), "\n") {
		offset, inst, ok := strings.Cut(l, ":\t")
		if n, err := strconv.ParseInt(strings.TrimSpace(offset), 16, 64); ok && err == nil {
			inst, _, _ = strings.Cut(inst, "#")
			text[int(n)] = strings.TrimSpace(inst)
		}
	}
	return text
}

var (
	times     = regexp.MustCompile(`\{1to\d+\}`)
	predicate = regexp.MustCompile(`^(vp?cmp)(?:eq|lt|le|unord|neq|nlt|nle|ord|nge|ngt|false|ge|gt|true)(?:_[a-z]+?)?(u?[bwdq]|[ps][sd]) `)
	// predicated are our texts of the instructions whose immediate objdump may write into the mnemonic.
	predicated = regexp.MustCompile(`^(vp?cmp(?:u?[bwdq]|[ps][sd]) .*),\d+$`)
)

var number = regexp.MustCompile(`0x[0-9a-f]+|\b\d+\b`)

// plain brings our text and objdump's into one form.
func plain(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, ", ", ","))
	s = number.ReplaceAllStringFunc(s, func(d string) string {
		n, err := strconv.ParseUint(d, 0, 64)
		if err != nil {
			return d
		}
		return fmt.Sprint(n)
	})
	s = strings.NewReplacer("+0]", "]", " bcst ", " ptr ", ",{", "{", "{evex} ", "", "movabs", "mov").Replace(times.ReplaceAllString(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// TestListingAgainstObjdump reads our listing back: each line's offset and bytes must disassemble to its text.
func TestListingAgainstObjdump(t *testing.T) {
	samples := allSamples(0, 4)
	a := New()
	a.KeepListing()
	for i := 0; i < len(samples); i += 37 {
		s := &samples[i]
		if s.n < 4 && s.op != VLDDQU { // objdump writes predicates into the name, and no size for lddqu
			a.Comment("sample " + fmt.Sprint(i))
			a.emit(s.op, &s.ops, s.n, s.round)
		}
	}
	code, err := a.Bytes()
	require.NoError(t, err)
	text := disassemble(t, code)
	lines, end := 0, int64(0)
	for l := range strings.Lines(a.Listing()) {
		l, comment, _ := strings.Cut(l, " ; ")
		require.Contains(t, comment, "sample ")
		offset, err := strconv.ParseInt(strings.TrimSpace(l[:6]), 16, 64)
		require.NoError(t, err)
		require.Equal(t, end, offset, "the lines follow each other")
		hexBytes, inst, _ := strings.Cut(strings.TrimSpace(l[6:]), " ")
		end += int64(len(hexBytes) / 2)
		require.Equal(t, fmt.Sprintf("%x", code[offset:end]), hexBytes)
		want := plain(text[int(offset)])
		require.Equal(t, want, plain(inst))
		lines++
	}
	require.Equal(t, int64(len(code)), end)
	require.Greater(t, lines, 1000)
}

func TestAgainstObjdump(t *testing.T) {
	samples := oracleSamples(0, 3)
	var code []byte
	starts := make([]int, len(samples))
	for i, s := range samples {
		starts[i] = len(code)
		code = append(code, s.bytes...)
	}
	text := disassemble(t, code)
	bad := map[Op]int{}
	for i, s := range samples {
		got, want := plain(s.text()), plain(text[starts[i]])
		if s.op == VLDDQU { // objdump prints no size here
			got = strings.Replace(strings.Replace(got, "xmmword ptr ", "", 1), "ymmword ptr ", "", 1)
		}
		if short := predicate.ReplaceAllString(want, "$1$2 "); short != want && s.n == 4 {
			got, want = predicated.ReplaceAllString(got, "$1"), short
		}
		if got != want {
			if bad[s.op]++; bad[s.op] <= 2 {
				t.Errorf("%x: got %q, want %q", s.bytes, got, want)
			}
		}
	}
}
