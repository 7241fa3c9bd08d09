package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// side runs one side once and returns its number: us of processor time a step, or what the row says.
type side func() (float64, error)

// output runs a program and returns what it prints.
func output(cmd *exec.Cmd) ([]byte, error) {
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, exit.Stderr)
	}
	return out, err
}

// line is what we read of the line that benchmarks/run prints.
type line struct {
	UsPerStep  float64 `json:"us_per_step"`
	CPUPerStep float64 `json:"cpu_us_per_step"`
	Gflops     float64 `json:"gflops"`
}

func (b *bench) line(env []string, args ...string) (l line, err error) {
	cmd := exec.Command(b.path("run"), args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := output(cmd)
	if err != nil {
		return l, err
	}
	return l, json.Unmarshal(out, &l)
}

// run is benchmarks/run.
func (b *bench) run(args ...string) side { return b.with(nil, args...) }

// nojit is benchmarks/run with the portable executor.
func (b *bench) nojit(args ...string) side { return b.with([]string{"RANVIER_NOJIT=1"}, args...) }

func (b *bench) with(env []string, args ...string) side {
	return func() (float64, error) {
		l, err := b.line(env, args...)
		return l.CPUPerStep, err
	}
}

// gflops is the speed of a product.
func (b *bench) gflops(args ...string) side {
	return func() (float64, error) {
		l, err := b.line(nil, append([]string{"-w", "matmul"}, args...)...)
		return l.Gflops * l.UsPerStep / l.CPUPerStep, err
	}
}

var (
	perStep = regexp.MustCompile(`([0-9.]+) us/step`)
	perMs   = regexp.MustCompile(`([0-9.]+) cpu ms/step`)
	counted = regexp.MustCompile(`steps=([0-9]+)`)
	cpuTime = regexp.MustCompile(`cpu ([0-9.]+)`)
	fmaPeak = regexp.MustCompile(`f32 zmm FMA: ([0-9.]+) GFLOP/s`)
	firstMs = regexp.MustCompile(`first spikes after ([0-9.]+) ms`)
)

// number reads the first group of a match.
func number(re *regexp.Regexp, text []byte) (float64, error) {
	m := re.FindSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("got output %q, want something like %s", text, re)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// ref is the limit program of the networks, which prints the seconds of processor time of all steps.
func (b *bench) ref(args ...string) side {
	return func() (float64, error) {
		out, err := output(exec.Command(b.path("ref"), args...))
		if err != nil {
			return 0, err
		}
		steps, err := number(counted, out)
		if err != nil {
			return 0, err
		}
		seconds, err := number(cpuTime, out)
		return seconds / steps * 1e6, err
	}
}

// limit is a limit program that prints us a step.
func (b *bench) limit(name string, args ...string) side {
	return func() (float64, error) {
		out, err := output(exec.Command(b.path(name), args...))
		if err != nil {
			return 0, err
		}
		return number(perStep, out)
	}
}

// script is a Python program, given as text, that prints us a step.
func (b *bench) script(text string) side { return pythonSide(b.python, perStep, 1, "-c", text) }

// peer is a peer program, which prints ms a step.
func (b *bench) peer(python, file string) side {
	return pythonSide(python, perMs, 1e3, filepath.Join(b.peers, file))
}

// pythonSide runs Python with one thread and reads a time in units of scale us.
func pythonSide(python string, re *regexp.Regexp, scale float64, args ...string) side {
	return func() (float64, error) {
		cmd := exec.Command(python, args...)
		cmd.Env = append(os.Environ(), "JAX_PLATFORMS=cpu", "OMP_NUM_THREADS=1",
			"XLA_FLAGS=--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
		out, err := output(cmd)
		if err != nil {
			return 0, err
		}
		x, err := number(re, out)
		return x * scale, err
	}
}

// peak is the speed of fused multiply-adds in GF/s: what the program peak says first. The rest of what it measures takes long.
func (b *bench) peak() side {
	return func() (float64, error) {
		cmd := exec.Command(b.path("peak"))
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			return 0, err
		}
		if err := cmd.Start(); err != nil {
			return 0, err
		}
		defer cmd.Wait()
		defer cmd.Process.Kill()
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			if fmaPeak.Match(lines.Bytes()) {
				return number(fmaPeak, lines.Bytes())
			}
		}
		return 0, fmt.Errorf("peak ended without its f32 line")
	}
}

// firstSpikes is the time from the start of ei-balance to its first spikes in ms.
func (b *bench) firstSpikes() side {
	return func() (float64, error) {
		out, err := output(exec.Command(b.path("ei-balance"), "-output", "", "-duration", "20"))
		if err != nil {
			return 0, err
		}
		return number(firstMs, out)
	}
}

func (b *bench) binarySize() side {
	return func() (float64, error) {
		info, err := os.Stat(b.path("ei-balance"))
		if err != nil {
			return 0, err
		}
		return float64(info.Size()) / 1e6, nil
	}
}
