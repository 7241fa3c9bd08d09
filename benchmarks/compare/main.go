package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
)

func main() {
	limits := flag.String("limits", "", "folder with the sources of the limit programs")
	repeats := flag.Int("repeats", 5, "runs of each side")
	python := flag.String("python", "", "Python interpreter with JAX; empty for none")
	torch := flag.String("torch", "", "Python interpreter with PyTorch; empty for none")
	peers := flag.String("peers", "benchmarks/peers", "folder of the peer programs; empty for none")
	only := flag.String("only", "", "regular expression: rows to measure")
	flag.Parse()
	if err := compare(*limits, *repeats, &bench{python: *python, torch: *torch, peers: *peers}, *only); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare(limits string, repeats int, b *bench, only string) error {
	if limits == "" || repeats < 1 {
		return fmt.Errorf("got -limits %q -repeats %d, want a folder with ref.c, hh_gcc.c and peak.c, and 1 or more repeats", limits, repeats)
	}
	choose, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("only: %w", err)
	}
	if b.dir, err = os.MkdirTemp("", "compare"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := b.build(limits); err != nil {
		return err
	}
	t := newTable(os.Stdout)
	for _, r := range b.rows() {
		if !choose.MatchString(r.name) {
			continue
		}
		m, err := r.measure(repeats)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		t.add(r, m)
	}
	return nil
}

// bench is where the programs are.
type bench struct {
	dir    string
	python string // interpreter with JAX, or ""
	torch  string // interpreter with PyTorch, or ""
	peers  string // folder of the peer programs, or ""
}

// path is the file of a built program.
func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// processorClock makes a limit program measure processor time with the clock that it takes for the wall's.
const processorClock = `
#define _GNU_SOURCE
#include <time.h>
#undef CLOCK_MONOTONIC
#define CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID
`

// build compiles both sides. ref knows its processor time and reads the clock in each step, so it keeps the cheap one.
func (b *bench) build(limits string) error {
	clock, none := b.path("clock.h"), b.path("none.h")
	for file, text := range map[string]string{clock: processorClock, none: ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	for name, header := range map[string]string{"ref": none, "hh_gcc": clock, "peak": clock} {
		src := filepath.Join(limits, name+".c")
		if err := command("gcc", "-O3", "-march=native", "-ffast-math", "-include", header, "-o", b.path(name), src, "-lm"); err != nil {
			return err
		}
	}
	for _, pkg := range []string{"benchmarks/run", "examples/ei-balance"} {
		if err := command("go", "build", "-o", b.path(filepath.Base(pkg)), modulePath()+"/"+pkg); err != nil {
			return err
		}
	}
	return nil
}

// modulePath is the import path of this module.
func modulePath() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path == "" {
		return "github.com/ranvier-go/ranvier"
	}
	return info.Main.Path
}

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return nil
}
