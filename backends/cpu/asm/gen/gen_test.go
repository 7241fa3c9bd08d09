package main

import (
	"go/format"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGeneratedFilesAreCurrent compares the committed files with what forms.txt gives now.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	text, err := os.ReadFile("../forms.txt")
	require.NoError(t, err)
	table, err := parse(string(text))
	require.NoError(t, err)
	for name, src := range map[string][]byte{"../op_gen.go": opSource(table), "../forms_gen.go": formSource(table)} {
		want, err := format.Source(src)
		require.NoError(t, err)
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		require.True(t, string(want) == string(got), "%s is not what forms.txt gives: run go generate ./backends/cpu/asm", name)
	}
}

func TestWrongLines(t *testing.T) {
	for line, want := range map[string]string{
		"vaddps RVM v,v,vm VE.NP.0F":               "forms.txt:1: want five columns, got 4",
		"vaddps RV v,v,vm VE.NP.0F 58":             `forms.txt:1: layout "RV" does not fit 3 operands`,
		"vaddps RVM v,v,vm XE.NP.0F 58":            `forms.txt:1: encoding "XE": want L, V, E or VE`,
		"vaddps RVM v,v,vm VE.NP.1F 58":            `forms.txt:1: encoding: unknown part "1F"`,
		"vaddps RVM v,v,vm VE.NP.0F 158":           "forms.txt:1: opcode: strconv.ParseUint",
		"vaddps RVM v,v,vm VE.NP.0F 58 zk":         `forms.txt:1: unknown attribute "zk"`,
		"vaddps RVM v,v,wow VE.NP.0F 58":           `forms.txt:1: unknown operand "wow"`,
		"# fine\nvaddps RVM v,v,vm VE.NP.0F 58 ??": `forms.txt:2: unknown attribute "??"`,
	} {
		_, err := parse(line)
		require.Error(t, err)
		require.True(t, strings.HasPrefix(err.Error(), want), "got %v, want %s", err, want)
	}
}
