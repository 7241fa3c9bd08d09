package trace

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/rewrite"
)

// compile optimises a traced graph and hands it to a backend. Constraints on passes, the dump of RANVIER_DEBUG and timing are here, so
// that every program goes the same way.
func compile(g *ir.Graph, backend backends.Backend, opts backends.Options) (backends.Executable, error) {
	if list := os.Getenv("RANVIER_DISABLE"); list != "" { // as WithoutPasses, for bisecting without an edit
		opts.Disable = append(slices.Clone(opts.Disable), strings.Split(list, ",")...)
	}
	if opts.Threads < 0 {
		return nil, wrongOption("Threads", strconv.Itoa(opts.Threads), "0 or more", "")
	}
	for _, name := range opts.Disable {
		if names := rewrite.Names(); !slices.Contains(names, name) {
			return nil, wrongOption("WithoutPasses or RANVIER_DISABLE", name, "one of "+strings.Join(names, ", "), "")
		}
	}
	if d, ok := backend.(backends.MultiDevice); opts.Devices < 0 || opts.Devices > 1 && (!ok || !d.HasDevices(opts.Devices)) {
		return nil, wrongOption("Devices", strconv.Itoa(opts.Devices), "no more devices than backend "+backend.Name()+" has", "use trace.On with a pjrt backend")
	}
	level := debugLevel()
	start := time.Now()
	optimized := rewrite.Optimize(g, rewrite.Options{Disable: opts.Disable, OnPass: dumpPasses(os.Stderr, level)})
	passes := time.Since(start)
	exec, err := backend.Compile(optimized, opts)
	if err != nil {
		return nil, err
	}
	dumpProgram(os.Stderr, level, g.Name, optimized, exec, passes)
	return exec, nil
}

func wrongOption(arg, got, want, hint string) error {
	return &ir.Error{Op: "jit", Arg: arg, Got: got, Want: want, Hint: hint, Pos: locate()}
}

// debugLevel reads RANVIER_DEBUG: 1 compile times, 2 kernels, 3 the optimised graph, 4 the graph after each pass, 5 machine code.
func debugLevel() int {
	level, _ := strconv.Atoi(os.Getenv("RANVIER_DEBUG"))
	return level
}

// dumpPasses prints the graph after each pass that changed it.
func dumpPasses(w io.Writer, level int) func(rewrite.PassRun) {
	if level < 4 {
		return nil
	}
	return func(run rewrite.PassRun) {
		if run.After != run.Before {
			fmt.Fprintf(w, "-- after %s, round %d (%v)\n%s\n", run.Name, run.Round, run.Time, forPeople(run.After))
		}
	}
}

// forPeople is the text of a graph without the elements of large constants.
func forPeople(g *ir.Graph) string { return string(ir.Printer{Elide: true}.Append(nil, g)) }

// dumpProgram prints what was compiled.
func dumpProgram(w io.Writer, level int, name string, g *ir.Graph, exec backends.Executable, passes time.Duration) {
	if level < 1 {
		return
	}
	fmt.Fprintf(w, "-- %s: passes %v", name, passes)
	if m, ok := exec.(backends.Measured); ok {
		s := m.Stats()
		fmt.Fprintf(w, ", compile %v, %d kernels, %d bytes of code, workspace %d, constants %d", s.Compile, s.Kernels, s.CodeBytes, s.Workspace, s.Constants)
	}
	fmt.Fprintln(w)
	inspector, ok := exec.(backends.Inspector)
	if level >= 3 {
		fmt.Fprintln(w, forPeople(g))
	}
	if ok && level >= 2 {
		fmt.Fprintln(w, inspector.Kernels())
	}
	if ok && level >= 5 {
		fmt.Fprintln(w, inspector.Listing())
	}
}
