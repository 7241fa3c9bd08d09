package main

import (
	_ "github.com/ranvier-go/ranvier/backends/pjrt" // pjrt:cpu and others

	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/trace"
)

func main() {
	err := bench(os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

// config is what the flags say.
type config struct {
	workload *workload
	n, m, k  int
	ms       float64
	dtype    string
	threads  int
	keep     bool
	backend  string
	seed     uint64
	load     string
	show     string
	notes    io.Writer // where -show goes
}

// eagerBackend is the value of -backend that runs operation by operation.
const eagerBackend = "eager"

// result is the line that is printed.
type result struct {
	Workload   string  `json:"workload"`
	N          int     `json:"n"`
	M          int     `json:"m,omitempty"`
	K          int     `json:"k,omitempty"`
	Dtype      string  `json:"dtype"`
	Backend    string  `json:"backend"`
	Threads    int     `json:"threads"`
	Steps      int     `json:"steps"`
	UsPerStep  float64 `json:"us_per_step"`
	CPUPerStep float64 `json:"cpu_us_per_step"`
	RateHz     float64 `json:"rate_hz"`
	Synapses   int     `json:"synapses"`
	TraceMs    float64 `json:"trace_ms"`
	CompileMs  float64 `json:"compile_ms"`
	BuildMs    float64 `json:"build_ms"`
	RssMb      float64 `json:"rss_mb"`
	Gflops     float64 `json:"gflops,omitempty"`
}

// bench is the command: it measures what args ask for and writes the line to out.
func bench(args []string, out, notes io.Writer) error {
	c, err := parse(args, notes)
	if err != nil {
		return err
	}
	r, err := c.measure()
	if err != nil {
		return fmt.Errorf("%s: %w", c.workload.name, err)
	}
	return json.NewEncoder(out).Encode(r)
}

func parse(args []string, notes io.Writer) (*config, error) {
	c := &config{notes: notes}
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	fs.SetOutput(notes)
	name := fs.String("w", "", "workload: "+strings.Join(workloadNames(), ", "))
	fs.IntVar(&c.n, "n", 0, "size: neurons or elements; 0 for the workload's default")
	fs.IntVar(&c.m, "m", 0, "rows of the product (matmul); 0 for n")
	fs.IntVar(&c.k, "k", 0, "inner size of the product (matmul); 0 for n")
	fs.Float64Var(&c.ms, "ms", 0, "biological time in ms, or for workloads of single calls the ms to measure for; 0 for the default")
	fs.StringVar(&c.dtype, "dtype", "f32", "f32 or f64")
	fs.IntVar(&c.threads, "threads", 1, "worker threads")
	fs.BoolVar(&c.keep, "keep", false, "leave results of single calls to the garbage collector instead of releasing them")
	fs.StringVar(&c.backend, "backend", "", "cpu (the default), interp, or eager: operation by operation")
	fs.Uint64Var(&c.seed, "seed", 1, "seed of wiring and initial values")
	fs.StringVar(&c.load, "load", "", "file with wiring and initial values, as the limit program ref writes it (coba, cobahh)")
	fs.StringVar(&c.show, "show", "", "also write to standard error: ir, kernels or listing")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("arguments: got %q, want flags only", fs.Args())
	}
	var err error
	if c.workload, err = findWorkload(*name); err != nil {
		return nil, err
	}
	return c, c.complete()
}

// complete fills in defaults and checks the values.
func (c *config) complete() error {
	w := c.workload
	if c.load != "" && !w.loads {
		return fmt.Errorf("load: workload %s has no wiring to load", w.name)
	}
	if c.n == 0 && c.load == "" {
		c.n = w.n
	}
	if c.load == "" && (c.n < w.minN || c.n > w.maxN) {
		return fmt.Errorf("n: got %d, want %d to %d for %s", c.n, w.minN, w.maxN, w.name)
	}
	if (c.m != 0 || c.k != 0) && w.name != "matmul" {
		return fmt.Errorf("m and k: only matmul has them, got workload %s", w.name)
	}
	if c.ms == 0 {
		c.ms = w.ms
	}
	if !(c.ms > 0) || math.IsInf(c.ms, 0) {
		return fmt.Errorf("ms: got %v, want a positive time", c.ms)
	}
	if c.dtype != "f32" && c.dtype != "f64" {
		return fmt.Errorf("dtype: got %q, want f32 or f64", c.dtype)
	}
	if c.threads < 1 {
		return fmt.Errorf("threads: got %d, want 1 or more", c.threads)
	}
	if c.backend == "" || c.backend == eagerBackend {
		return nil
	}
	_, err := backends.Get(c.backend)
	return err
}

// measure runs the workload.
func (c *config) measure() (r *result, err error) {
	defer ir.Catch(&err)
	trace.SetX64(c.dtype == "f64")
	if c.backend != eagerBackend {
		if err := trace.SetBackend(c.backend); err != nil {
			return nil, err
		}
	}
	r = &result{Workload: c.workload.name, N: c.n, Dtype: c.dtype, Threads: c.threads, Backend: c.backend}
	if r.Backend == "" {
		b, err := backends.Default()
		if err != nil {
			return nil, err
		}
		r.Backend = b.Name()
	}
	if err := c.workload.run(c, r); err != nil {
		return nil, err
	}
	r.RssMb = float64(peakMemory()) / (1 << 20)
	return r, nil
}
