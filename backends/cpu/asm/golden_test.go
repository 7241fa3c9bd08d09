package asm

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite testdata/golden.txt from GNU as and objdump")

const goldenFile = "testdata/golden.txt"

const goldenHeader = `# Instructions for which the Go assembler is no oracle: it lacks them or takes another legal encoding (see goDiffers).
# Made by GNU as; rows with "objdump" are encodings of ours that as does not choose, read back to the same text by objdump.
# Rewrite: go test ./backends/cpu/asm -run TestGolden -update
`

// goldenSamples takes, of every form that the Go assembler does not check, the first few samples.
func goldenSamples() []sample {
	var out []sample
	count := map[string]int{}
	for _, s := range allSamples(0, 5) {
		// A key for the form and the kind of its operands.
		key := fmt.Sprint(s.op, s.f.accept, s.ops[0].IsMem() || s.ops[max(s.n-1, 0)].IsMem(), s.ops[0].mask != 0, s.round)
		if s.goDiffers() && count[key] < 2 {
			count[key]++
			out = append(out, s)
		}
	}
	return out
}

func TestGolden(t *testing.T) {
	samples := goldenSamples()
	if *update {
		writeGolden(t, samples)
	}
	text, err := os.ReadFile(goldenFile)
	require.NoError(t, err)
	golden := map[string]string{}
	for l := range strings.Lines(string(text)) {
		if hex, inst, ok := strings.Cut(strings.TrimSpace(l), "  "); ok && l[0] != '#' {
			inst, _, _ = strings.Cut(inst, "  # ")
			golden[inst] = hex
		}
	}
	require.Greater(t, len(samples), 400)
	for _, s := range samples {
		require.Equal(t, golden[s.text()], fmt.Sprintf("%x", s.bytes), s.text())
	}
}

func writeGolden(t *testing.T, samples []sample) {
	lines := make([]string, len(samples))
	var own []byte
	starts := make([]int, len(samples))
	for i := range samples {
		lines[i] = samples[i].gasText()
		starts[i] = len(own)
		own = append(own, samples[i].bytes...)
	}
	code, msgs := assembleGas(t, lines)
	back := disassemble(t, own)
	var b strings.Builder
	b.WriteString(goldenHeader)
	for i, s := range samples {
		note := ""
		if msgs[i] != "" || !bytes.Equal(code[i], s.bytes) {
			require.True(t, s.choice(), "%s: %x, as makes %x %s", s.text(), s.bytes, code[i], msgs[i])
			require.Equal(t, plain(back[starts[i]]), plain(s.text()))
			note = "  # objdump"
		}
		fmt.Fprintf(&b, "%x  %s%s\n", s.bytes, s.text(), note)
	}
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	require.NoError(t, os.WriteFile(goldenFile, []byte(b.String()), 0o644))
}
