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
	"time"
)

// sample is what one run says: us a step, or the number of the row's kind, by wall and by processor time.
type sample struct{ wall, cpu float64 }

// side runs one side once.
type side func() (sample, error)

// both is a sample with one number.
func both(x float64, err error) (sample, error) { return sample{x, x}, err }

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
	Steps      int     `json:"steps"`
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
	return func() (sample, error) {
		l, err := b.line(env, args...)
		return sample{l.UsPerStep, l.CPUPerStep}, err
	}
}

// gflops is the speed of a product, from its processor time.
func (b *bench) gflops(args ...string) side {
	return func() (sample, error) {
		l, err := b.line(nil, append([]string{"-w", "matmul"}, args...)...)
		return sample{l.Gflops, l.Gflops * l.UsPerStep / l.CPUPerStep}, err
	}
}

var (
	perStep = regexp.MustCompile(`([0-9.]+) us/step`)
	wallCPU = regexp.MustCompile(`wall ([0-9.]+) s cpu ([0-9.]+)`)
	counted = regexp.MustCompile(`(?:steps|T)=([0-9]+)`)
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

// limit is a limit program that prints its time a step, and perhaps its processor time; else that of the process is taken.
func (b *bench) limit(name string, args ...string) side {
	return func() (s sample, err error) {
		cmd := exec.Command(b.path(name), args...)
		out, err := output(cmd)
		if err != nil {
			return s, err
		}
		if s.wall, err = number(perStep, out); err != nil {
			return s, err
		}
		steps, err := number(counted, out)
		if err != nil {
			return s, err
		}
		if m := wallCPU.FindSubmatch(out); m != nil {
			seconds, err := strconv.ParseFloat(string(m[2]), 64)
			return sample{s.wall, seconds * 1e6 / steps}, err
		}
		used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		return sample{s.wall, float64(used) / float64(time.Microsecond) / steps}, nil
	}
}

// script is a Python program that prints "X us/step", its best.
func (b *bench) script(text string) side {
	return func() (sample, error) {
		cmd := exec.Command(b.python, "-c", text)
		cmd.Env = append(os.Environ(), "JAX_PLATFORMS=cpu", "OMP_NUM_THREADS=1",
			"XLA_FLAGS=--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
		out, err := output(cmd)
		if err != nil {
			return sample{}, err
		}
		return both(number(perStep, out))
	}
}

// peak is the speed of fused multiply-adds in GF/s: what the program peak says first. The rest of what it measures takes long.
func (b *bench) peak() side {
	return func() (sample, error) {
		cmd := exec.Command(b.path("peak"))
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			return sample{}, err
		}
		if err := cmd.Start(); err != nil {
			return sample{}, err
		}
		defer cmd.Wait()
		defer cmd.Process.Kill()
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			if fmaPeak.Match(lines.Bytes()) {
				return both(number(fmaPeak, lines.Bytes()))
			}
		}
		return sample{}, fmt.Errorf("peak ended without its f32 line")
	}
}

// firstSpikes is the time from the start of ei-balance to its first spikes in ms.
func (b *bench) firstSpikes() side {
	return func() (sample, error) {
		out, err := output(exec.Command(b.path("ei-balance"), "-output", "", "-duration", "20"))
		if err != nil {
			return sample{}, err
		}
		return both(number(firstMs, out))
	}
}

func (b *bench) binarySize() side {
	return func() (sample, error) {
		info, err := os.Stat(b.path("ei-balance"))
		if err != nil {
			return sample{}, err
		}
		return both(float64(info.Size())/1e6, nil)
	}
}
