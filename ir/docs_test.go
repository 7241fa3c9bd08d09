package ir_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// moduleRoot is where go.mod is, seen from this folder.
const moduleRoot = ".."

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan     = regexp.MustCompile("`([^`\n]+)`")
	goRun        = regexp.MustCompile(`\bgo run (\.\.?/[\w./-]+)((?:[ \t]+[^\s#]+)*)`)
	flagName     = regexp.MustCompile(`^\[?--?([a-z][\w-]*)`)
)

// documents returns the text that is read by people, by file: Markdown, and the comments of Go files.
func documents(t *testing.T) map[string]string {
	texts := map[string]string{}
	require.NoError(t, filepath.WalkDir(moduleRoot, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name != ".." && (strings.HasPrefix(name, ".") || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		ext := filepath.Ext(path)
		if ext != ".md" && ext != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if ext == ".go" {
			text = []byte(comments(string(text)))
		}
		texts[path] = string(text)
		return nil
	}))
	return texts
}

// comments keeps the comment lines of a Go file, but for directives, which have a folder of their own.
func comments(source string) string {
	var kept strings.Builder
	for line := range strings.Lines(source) {
		if line = strings.TrimLeft(line, " \t"); strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "//go:") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// program returns the text of the Go files of a folder, and whether it is a command.
func program(folder string) (source string, isMain bool) {
	files, _ := filepath.Glob(filepath.Join(folder, "*.go"))
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && !strings.HasSuffix(file, "_test.go") {
			source += string(text)
			isMain = isMain || strings.Contains("\n"+string(text), "\npackage main\n")
		}
	}
	return source, isMain
}

// Links lead somewhere, commands exist and have the flags that are written behind them, and the paths in code spans are there.
func TestDocumentsAreTrue(t *testing.T) {
	links, commands, paths := 0, 0, 0
	for path, text := range documents(t) {
		for _, run := range goRun.FindAllStringSubmatch(text, -1) {
			commands++
			folder := filepath.Join(moduleRoot, run[1])
			if strings.HasPrefix(run[1], "../") {
				folder = filepath.Join(filepath.Dir(path), run[1])
			}
			source, isMain := program(folder)
			if !assert.True(t, isMain, "%s: %q: there is no such command", path, run[0]) {
				continue
			}
			for _, word := range strings.Fields(run[2]) {
				if name := flagName.FindStringSubmatch(word); name != nil && name[1] != "h" {
					assert.True(t, strings.Contains(source, `"`+name[1]+`"`), "%s: %q: the command has no flag -%s", path, run[0], name[1])
				}
			}
		}
		if filepath.Ext(path) != ".md" {
			continue
		}
		for _, link := range markdownLink.FindAllStringSubmatch(text, -1) {
			if target, _, _ := strings.Cut(link[1], "#"); target != "" && !strings.Contains(target, "://") {
				links++
				assert.FileExists(t, onlyFile(filepath.Join(filepath.Dir(path), target)), "%s links to %s", path, target)
			}
		}
		for _, span := range codeSpan.FindAllStringSubmatch(text, -1) {
			top, _, nested := strings.Cut(span[1], "/")
			if _, err := os.Stat(filepath.Join(moduleRoot, top)); !nested || err != nil || strings.ContainsAny(span[1], " ,") {
				continue
			}
			paths++
			found, err := filepath.Glob(filepath.Join(moduleRoot, strings.TrimSuffix(span[1], "/...")))
			assert.True(t, err == nil && len(found) > 0, "%s: `%s` is not there", path, span[1])
		}
	}
	assert.Greater(t, links, 5)
	assert.Greater(t, commands, 5)
	assert.Greater(t, paths, 10)
}

// Every environment variable that the module, or one of its tests, reads is in CONTRIBUTING.md, and no other.
func TestEnvironmentIsDocumented(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join(moduleRoot, "CONTRIBUTING.md"))
	require.NoError(t, err)
	variable := regexp.MustCompile(`\bRANVIER_[A-Z_]+`)
	read, written := map[string]bool{}, map[string]bool{}
	for _, name := range variable.FindAllString(string(guide), -1) {
		written[name] = true
	}
	for path := range documents(t) {
		if filepath.Ext(path) != ".go" {
			continue
		}
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, literal := range regexp.MustCompile(`"RANVIER_[A-Z_]+"`).FindAllString(string(source), -1) {
			read[strings.Trim(literal, `"`)] = true
		}
	}
	require.Equal(t, read, written)
}

// The first program of the README is one: it prints what stands behind it.
func TestFirstProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	readme, err := os.ReadFile(filepath.Join(moduleRoot, "README.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "```go\n")
	require.True(t, found)
	source, rest, found := strings.Cut(rest, "```\n")
	require.True(t, found)
	_, rest, found = strings.Cut(rest, "prints `")
	require.True(t, found)
	want, _, _ := strings.Cut(rest, "`")
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
	out, err := exec.Command("go", "run", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, want, strings.TrimSpace(string(out)))
}

// onlyFile turns a folder into the file that a reader sees there.
func onlyFile(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, "README.md")
	}
	return path
}
