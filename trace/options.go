package trace

import (
	"fmt"
	_ "github.com/ranvier-go/ranvier/backends/all"
	"os"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir/dtype"
)

// Option says how Jit compiles and runs a function.
type Option func(*options)

type options struct {
	backend backends.Backend // nil: the default at each call
	compile backends.Options
	print   func(text string)
	name    string
	donate  bool
}

func newOptions(opts []Option) options {
	o := options{print: printLine}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		opt(&o)
	}
	return o
}

func printLine(text string) { fmt.Fprintln(os.Stdout, text) }

// On runs the function on this backend, whatever the default is. See backends.Get.
func On(b backends.Backend) Option { return func(o *options) { o.backend = b } }

// Threads bounds the threads of one call. 0, the default, takes up to as many as there are processors where the work is big enough to gain; the
// environment variable RANVIER_THREADS changes that default. The results do not depend on it.
func Threads(n int) Option { return func(o *options) { o.compile.Threads = n } }

// Devices partitions each call over n devices of a backend that has several (pjrt): arrays of the argument and the result, and Variables, whose
// first extent is a multiple of n are split along it. The results are the same but for rounding. Other backends refuse n above 1.
func Devices(n int) Option { return func(o *options) { o.compile.Devices = n } }

// Donate gives the memory of a Variable's old value to the new one while the new one is computed, on backends with memory of their own (pjrt): state takes
// device memory once instead of twice. A call that fails or is cancelled may then leave Variables that it writes without a value, until SetValue;
// without Donate they stay as they were. Where somebody holds the old value, a copy is made. The embedded compiler and the interpreter do not
// need it: the old memory serves the call after the next one.
func Donate() Option { return func(o *options) { o.donate = true } }

// FastMath allows faster approximations of transcendental functions. Their errors, in units in the last place of f32 or f64, are at most: 1.5 for
// Log, Log1p and Rsqrt, 2 for Expm1, 3 for Exp and Tanh, 4.5 for Sigmoid; all others are as without it.
func FastMath() Option { return func(o *options) { o.compile.FastMath = true } }

// FlushDenormals treats denormal numbers (below 1.2e-38 in f32) as zero, as XLA does. Processors take a hundred cycles and more for arithmetic with them:
// where much decays to nothing, as in saturated sigmoids, a program is several times as fast with it. The portable executor and the interpreter do not look at it.
func FlushDenormals() Option { return func(o *options) { o.compile.FlushDenormals = true } }

// CheckNaN stops a call at the first operation whose result has a NaN.
func CheckNaN() Option { return func(o *options) { o.compile.CheckNaN = true } }

// WithoutPasses leaves out the named passes of the compiler.
func WithoutPasses(names ...string) Option {
	return func(o *options) { o.compile.Disable = append(o.compile.Disable, names...) }
}

// PrintTo sends the lines of Print to f; without it they go to standard output.
func PrintTo(f func(line string)) Option { return func(o *options) { o.print = f } }

// Name names the function in messages and in the text of its graph; without it, it has the name of the Go function.
func Name(name string) Option { return func(o *options) { o.name = name } }

// SetBackend makes the named backend the default of the process: "cpu", "interp", or one that an import has registered. "" goes back
// to the automatic choice (see package backends).
func SetBackend(name string) error { return backends.SetDefault(name) }

// SetX64 sets whether numbers without a stated dtype have 64 bits, in the whole process; the default is 32. Compiled functions compile
// anew under the other setting.
func SetX64(on bool) { dtype.SetX64(on) }
