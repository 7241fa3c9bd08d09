package irtest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write golden files anew")

// Golden runs every case of the txtar archives that match the pattern. A case is a section NAME.in and, behind it, sections
// NAME.KIND with what make must return for KIND given the input; kinds are free (want, hlo, error). With -update the results are
// written into the archives.
func Golden(t *testing.T, pattern string, make func(t *testing.T, kind, input string) string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("golden: no files match %s (%v)", pattern, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { goldenArchive(t, archive, make) })
		if *update {
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func goldenArchive(t *testing.T, archive *txtar.Archive, make func(t *testing.T, kind, input string) string) {
	name, input := "", ""
	for i := range archive.Files {
		f := &archive.Files[i]
		base, kind, _ := strings.Cut(f.Name, ".")
		if kind == "in" {
			name, input = base, string(f.Data)
			continue
		}
		if base != name {
			t.Fatalf("golden: section %s stands behind %s.in, want it behind %s.in", f.Name, name, base)
		}
		t.Run(f.Name, func(t *testing.T) {
			got := make(t, kind, input)
			if *update {
				f.Data = []byte(got)
			} else if got != string(f.Data) {
				t.Errorf("got:\n%s\nwant:\n%s\n(run the test with -update if the new text is right)", got, f.Data)
			}
		})
	}
}

// GoldenInputs returns the inputs of the cases of one archive: seeds for fuzzing.
func GoldenInputs(tb testing.TB, file string) []string {
	tb.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	var inputs []string
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".in") {
			inputs = append(inputs, string(f.Data))
		}
	}
	return inputs
}
