package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// workerName is the subcommand that check starts processes with.
const workerName = "check-worker"

// task is one module to check: the k-th of a file, from 1.
type task struct {
	File string
	K    int
}

// verdict is what became of a task: "" for a pass, or why not, and the number of checks that there were.
type verdict struct {
	Failure string
	Checks  int
}

// worker checks the modules that arrive on stdin, one JSON task a line, and answers each with a verdict.
func worker(args []string, stdin io.Reader, stdout io.Writer) error {
	fs := flagSet(workerName)
	backend := backendFlag(fs)
	if err := parse(fs, args, stdout); err != nil {
		return err
	}
	b, err := backendOf(*backend)
	if err != nil {
		return err
	}
	tensor.SetLimit(2 << 30)
	lines := bufio.NewScanner(stdin)
	answers := json.NewEncoder(stdout)
	var open string
	var modules [][]byte
	for lines.Scan() {
		var t task
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return err
		}
		if t.File != open {
			src, err := os.ReadFile(t.File)
			if err != nil {
				return err
			}
			open, modules = t.File, split(src)
		}
		v := verdict{}
		var err error
		if v.Checks, err = checkModule(b, t.File, modules[t.K-1]); err != nil {
			v.Failure = err.Error()
		}
		if err := answers.Encode(v); err != nil {
			return err
		}
	}
	return lines.Err()
}

// checkModule runs the entry of a module and its checks, and counts them. A panic is an error here; faults end the process and are seen by its parent.
func checkModule(b backends.Backend, file string, src []byte) (checks int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v at %s", r, panicSite(string(debug.Stack())))
		}
	}()
	m, err := stablehlo.Read(file, src)
	if err != nil {
		return checks, err
	}
	funcs, err := entries(m)
	if err != nil {
		return checks, err
	}
	for _, f := range funcs {
		if len(f.Graph.Params) != 0 {
			return checks, fmt.Errorf("entry @%s takes %d inputs, want none", f.Name, len(f.Graph.Params))
		}
		// Most of these programs compute with constants only; folding would have the reference rules compute them before any backend does.
		outputs, err := execute(context.Background(), b, f.Graph, nil, backends.Options{Disable: []string{"fold"}}, io.Discard)
		if err != nil {
			return checks, err
		}
		checks += len(f.Checks)
		if err := compareAll(f.Checks, outputs, file); err != nil {
			return checks, err
		}
	}
	return checks, nil
}

// entries are the functions to run: the module's entry or, where it has none, each function with checks.
func entries(m *stablehlo.Module) ([]*stablehlo.Func, error) {
	f, err := m.Entry()
	if err == nil {
		return []*stablehlo.Func{f}, nil
	}
	var funcs []*stablehlo.Func
	for _, f := range m.Funcs {
		if len(f.Checks) > 0 {
			funcs = append(funcs, f)
		}
	}
	if len(funcs) == 0 {
		return nil, err
	}
	return funcs, nil
}

// panicSite finds the first line of a stack below the panic that is in this module.
func panicSite(stack string) string {
	_, below, found := strings.Cut(stack, "panic(")
	if !found {
		below = stack
	}
	for line := range strings.Lines(below) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, ".go:") && !strings.Contains(line, "/runtime/") {
			return strings.Fields(line)[0]
		}
	}
	return "an unknown place"
}

// split cuts a file at the lines "// -----" and leaves out parts without any text. Lines keep their numbers: each part starts with as
// many empty lines as lie before it.
func split(src []byte) [][]byte {
	var parts [][]byte
	var part strings.Builder
	before, text := 0, false
	end := func() {
		if text {
			parts = append(parts, []byte(part.String()))
		}
		part.Reset()
		part.WriteString(strings.Repeat("\n", before))
		text = false
	}
	for line := range strings.Lines(string(src)) {
		before++
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "// -----") {
			end()
			continue
		}
		text = text || trimmed != "" && !strings.HasPrefix(trimmed, "//")
		part.WriteString(line)
	}
	end()
	return parts
}
