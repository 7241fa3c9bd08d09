package backends

import (
	"context"
	"fmt"
	"time"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

// Backend turns graphs into executables. Its methods may be called from several goroutines at once.
type Backend interface {
	// Name is the name that Get finds it by.
	Name() string
	// Compile makes a graph ready to run. The graph is immutable; so are the tensors of its constants.
	Compile(g *ir.Graph, opts Options) (Executable, error)
}

// Executable is a compiled graph. Run may be called from several goroutines at once.
type Executable interface {
	// Run computes the outputs of the graph from one tensor for each parameter, of exactly its type.
	// It keeps neither the inputs slice nor writes to an input; nobody may write to one later, since a copy on a device may stay in use. An output may be an
	// input itself; one that was made by tensor.Result or tensor.Remote and not shared is the caller's alone.
	// When ctx ends, Run stops soon and returns an error that wraps ctx.Err(); a failed check returns an error with an *op.CheckError in it.
	Run(ctx context.Context, inputs []*tensor.Tensor, opts RunOptions) ([]*tensor.Tensor, error)
}

// CheckInputs compares the inputs of a run with the parameters of the graph, for executables; the error names the first that does not fit.
func CheckInputs(want []ir.Type, inputs []*tensor.Tensor) error {
	if len(inputs) != len(want) {
		return &ir.Error{Op: "run", Arg: "inputs", Got: fmt.Sprint(len(inputs)), Want: fmt.Sprint(len(want))}
	}
	for i, t := range inputs {
		if t != nil && t.DType() == want[i].DType && t.HasShape(want[i].Shape) {
			continue
		}
		got := "nil"
		if t != nil {
			got = ir.TypeOf(t).String()
		}
		return &ir.Error{Op: "run", Arg: fmt.Sprintf("input %d", i), Got: got, Want: want[i].String()}
	}
	return nil
}

// Options say how to compile. The zero value is the default.
type Options struct {
	Threads        int      // threads of one run where the work is big enough to gain; 0: as many as processors. Results do not depend on it
	FastMath       bool     // faster approximations of transcendental functions, with a stated bound
	FlushDenormals bool     // read and write denormal numbers as zero
	Devices        int      // partition one run over so many devices, where the backend has several; 0 and 1: one device
	CheckNaN       bool     // stop the run at the first operation whose result has a NaN; such programs run interpreted
	Disable        []string // names of passes to leave out
	Aliases        []Alias  // memory that outputs may take over. Backends with memory of their own do so
}

// Alias says that an output may be computed into the memory of an input of the same type, for a caller that does not need the input after the
// run, whether it succeeds or not: if the input is a tensor that nobody else holds (see tensor.Result), it is released then.
type Alias struct{ Input, Output int }

// RunOptions are what one run needs besides its inputs.
type RunOptions struct {
	// Progress is called now and then by outermost loops with the steps done and the trip count. It may be nil.
	Progress func(done, total int)
	// Print receives the text of print operations, one line a call; nil drops it.
	Print func(text string)
}

// MultiDevice is a Backend that can partition a run over several devices.
type MultiDevice interface {
	// HasDevices reports whether there are n.
	HasDevices(n int) bool
}

// Inspector is an Executable that can show what was compiled.
type Inspector interface {
	// Kernels is the loop-level program as text.
	Kernels() string
	// Listing is the machine code as text.
	Listing() string
}

// Measured is an Executable that knows what compiling it took.
type Measured interface{ Stats() Stats }

// Stats describe a compiled program.
type Stats struct {
	Compile   time.Duration // wall time of Compile
	Kernels   int           // loops over elements
	CodeBytes int           // machine code
	Workspace int           // bytes of temporary memory of one run
	Constants int           // bytes of constants
}
