package stablehlo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
	"github.com/stretchr/testify/require"
)

// words are what mutations exchange: names of operations, types, values, attributes, numbers.
var words = regexp.MustCompile(`stablehlo\.\w+|chlo\.\w+|tensor<[^<>]*>|%\w+(#\d+)?|\w+ = |-?\b\d+(\.\d+)?\b|\b(true|false)\b|\b[A-Z_]{2,}\b`)

// TestMutationsNeverPanic changes words of good modules: unlike random bytes, most of the results have a valid syntax.
func TestMutationsNeverPanic(t *testing.T) {
	src, err := os.ReadFile("testdata/ops.mlir")
	require.NoError(t, err)
	modules := strings.Split(string(src), "// -----\n")
	for _, line := range strings.Split(operations, "\n") {
		modules = append(modules, "func.func @main(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>, %i: tensor<2xi32>, %j: tensor<i32>, %s: tensor<f32>) {\n"+line+"\n  return\n}")
	}
	rounds := 200
	if testing.Short() {
		rounds = 30
	}
	r := rand.New(rand.NewPCG(1, 2))
	accepted, refused := 0, 0
	for _, text := range modules {
		for range rounds {
			mutated := mutate(r, text)
			m, err := readSafely(t, mutated)
			if err != nil {
				refused++
				continue
			}
			accepted++
			for _, f := range m.Funcs {
				require.NoError(t, ir.Verify(f.Graph), mutated)
			}
		}
	}
	t.Logf("%d accepted, %d refused", accepted, refused)
	require.Greater(t, accepted, 0)
	require.Greater(t, refused, accepted/10)
}

// readSafely reads a module and shows the text that makes the reader panic.
func readSafely(t *testing.T, text string) (m *stablehlo.Module, err error) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("panic: %v\n%s", p, text)
		}
	}()
	m, err = stablehlo.Read("mutated.mlir", []byte(text))
	var own *stablehlo.Error
	var wrong *syntax.Error
	if err != nil && !errors.As(err, &own) && !errors.As(err, &wrong) {
		t.Fatalf("error of type %T: %v\n%s", err, err, text)
	}
	return m, err
}

// mutate replaces one to three words by others of the same kind, by edge cases, or by nothing.
func mutate(r *rand.Rand, text string) string {
	for range 1 + r.IntN(3) {
		at := words.FindAllStringIndex(text, -1)
		if len(at) == 0 {
			return text
		}
		place := at[r.IntN(len(at))]
		word := text[place[0]:place[1]]
		text = text[:place[0]] + other(r, text, at, word) + text[place[1]:]
	}
	return text
}

func other(r *rand.Rand, text string, at [][]int, word string) string {
	switch c := word[0]; {
	case c == '-' || '0' <= c && c <= '9':
		numbers := []string{"-1", "0", "1", "2", "3", "4", "7", "64", "2147483648", "4611686018427387904", "9223372036854775807", "1.5"}
		return numbers[r.IntN(len(numbers))]
	case strings.HasPrefix(word, "tensor<") && r.IntN(3) == 0:
		types := []string{"tensor<f32>", "tensor<0xf32>", "tensor<2x3xf64>", "tensor<i1>", "tensor<2x3xi32>", "tensor<3xcomplex<f32>>", "!stablehlo.token", "tensor<?xf32>", "tensor<2xi4>", "tensor<9223372036854775807xf32>"}
		return types[r.IntN(len(types))]
	case r.IntN(8) == 0:
		return ""
	}
	kind := func(w string) string {
		return fmt.Sprint(w[0] == '%', w[0] == 's' && strings.Contains(w, "."), strings.HasSuffix(w, "= "))
	}
	for range 20 {
		p := at[r.IntN(len(at))]
		if w := text[p[0]:p[1]]; kind(w) == kind(word) && w != word {
			return w
		}
	}
	names := []string{"stablehlo.add", "stablehlo.sort", "stablehlo.reduce", "stablehlo.while", "stablehlo.case", "stablehlo.map", "stablehlo.scatter", "chlo.top_k", "stablehlo.fft"}
	if slices.Contains([]byte("sc"), word[0]) && strings.Contains(word, ".") {
		return names[r.IntN(len(names))]
	}
	return word
}
