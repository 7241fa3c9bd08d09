package cpu

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/backends/cpu/exec"
	"github.com/ranvier-go/ranvier/backends/cpu/native"
	"github.com/ranvier-go/ranvier/backends/cpu/portable"
	"github.com/ranvier-go/ranvier/backends/interp"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/lower"
	"github.com/ranvier-go/ranvier/lower/kernel"
)

// The tiers: how a program is executed.
const (
	AVX512   = "avx512"
	AVX2     = "avx2"
	Portable = "portable"
)

// Tiers lists the tiers that this machine can run, best first. It ignores the environment.
func Tiers() []string {
	var tiers []string
	if exec.Supported() {
		f := exec.Features()
		if f.HasAVX512() {
			tiers = append(tiers, AVX512)
		}
		if f.HasAVX2() {
			tiers = append(tiers, AVX2)
		}
	}
	return append(tiers, Portable)
}

// DefaultTier is the best tier, or the one that the environment asks for.
func DefaultTier() (string, error) {
	tiers := Tiers()
	if off, err := strconv.ParseBool(os.Getenv("RANVIER_NOJIT")); err == nil && off {
		return Portable, nil
	}
	want := os.Getenv("RANVIER_CPU")
	if want == "" {
		return tiers[0], nil
	}
	if !slices.Contains(tiers, want) {
		return "", fmt.Errorf("RANVIER_CPU: got %q, want one of %s", want, strings.Join(tiers, ", "))
	}
	return want, nil
}

func init() { backends.Register(backend{}) }

// New returns the backend with a fixed tier, for tests and benchmarks that compare tiers.
func New(tier string) (backends.Backend, error) {
	if !slices.Contains(Tiers(), tier) {
		return nil, fmt.Errorf("cpu: got tier %q, want one of %s", tier, strings.Join(Tiers(), ", "))
	}
	return backend{tier: tier}, nil
}

type backend struct {
	tier      string
	divideAll bool // divide all steps among threads, for tests
}

// Name is "cpu", or "cpu-" and the tier for a fixed one.
func (b backend) Name() string {
	if b.tier != "" {
		return "cpu-" + b.tier
	}
	return "cpu"
}

// Compile lowers and compiles a graph.
func (b backend) Compile(g *ir.Graph, opts backends.Options) (backends.Executable, error) {
	start := time.Now()
	if opts.CheckNaN { // a tool for finding mistakes: the interpreter knows each operation and its place in the source
		return interp.New().Compile(g, opts)
	}
	tier := b.tier
	if tier == "" {
		var err error
		if tier, err = DefaultTier(); err != nil {
			return nil, err
		}
	}
	prog, err := kernel.Lower(lower.Expand(g, lower.Target{Keep: native.Keeps(tier), Fast: opts.FastMath}))
	if err != nil {
		return nil, err
	}
	if b.divideAll {
		kernel.CutLong(prog, 1, 1)
	} else {
		kernel.CutLong(prog, kernel.LongStep, 64)
	}
	port, err := portable.New(prog)
	if err != nil {
		return nil, err
	}
	x := &executable{graph: g, prog: prog, portable: port, tier: tier, flush: opts.FlushDenormals}
	x.inputs, x.outputs = g.InTypes(), g.OutTypes()
	if tier != Portable {
		if n := threads(opts.Threads); n > 1 {
			divide := kernel.Divide
			if b.divideAll {
				divide = kernel.DivideAll
			}
			x.divided = divide(prog, n)
		}
		if err := x.compileNative(); err != nil {
			return nil, err
		}
	}
	x.prepare()
	x.stats.Compile = time.Since(start)
	return x, nil
}

func (x *executable) compileNative() error {
	code, err := native.Compile(x.prog, native.Options{Tier: x.tier, Skip: skipFromEnv(), Divided: x.divided})
	if err != nil {
		return err
	}
	x.code = code
	if x.exe, err = exec.Map(code.Bytes); err != nil {
		return err
	}
	if perf, err := strconv.ParseBool(os.Getenv("RANVIER_PERF")); err == nil && perf {
		return x.exe.WritePerfMap("ranvier:"+x.prog.Name, 0, len(code.Bytes))
	}
	return nil
}

// maxThreads bounds the threads that are taken without being asked for: each has code of its own, and what they gain levels off.
const maxThreads = 8

// threads is the number of threads to compile for; 0 asks for the environment's choice, or as many as there are processors.
func threads(want int) int {
	if want == 0 {
		want, _ = strconv.Atoi(os.Getenv("RANVIER_THREADS"))
	}
	if want <= 0 {
		want = min(runtime.GOMAXPROCS(0), maxThreads)
	}
	return want
}

// skipFromEnv is the bisection switch RANVIER_SKIP.
func skipFromEnv() func(kernel.Step) bool {
	list := os.Getenv("RANVIER_SKIP")
	if list == "" {
		return nil
	}
	ids := strings.Split(list, ",")
	return func(s kernel.Step) bool {
		m, ok := s.(*kernel.Map)
		return ok && (slices.Contains(ids, strconv.Itoa(m.ID)) || list == "all")
	}
}
