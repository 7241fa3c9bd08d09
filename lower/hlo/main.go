// Command hlo works on StableHLO text: it runs programs, runs test modules that check themselves, and shows what they become.
//
//	hlo run [--backend B] [--in a.npy]... [--out DIR] prog.mlir   runs main (run.go)
//	hlo check [--backend B] [--skips FILE] PATH...                runs test modules, each isolated (check.go, worker.go, compare.go)
//	hlo check --stale --skips FILE [--backend B] PATH...          finds lines of a skip list that are no longer needed (stale.go)
//	hlo print [--generic] prog.mlir                               the functions as graphs, or as generic StableHLO (show.go)
//	hlo opt prog.mlir                                             the same after the passes
//	hlo cost prog.mlir                                            an estimate of operations and bytes of main
//	hlo dot prog.mlir                                             main for Graphviz
//
// Backends are those of package backends: cpu, interp, pjrt:PATH. The file conformance.sh runs the OpenXLA suite with it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ranvier-go/ranvier/backends"
	_ "github.com/ranvier-go/ranvier/backends/all"
	_ "github.com/ranvier-go/ranvier/backends/pjrt" // pjrt:cpu, pjrt:cuda, pjrt:PATH
)

// errFailed says that checks failed and that the reasons are printed already.
var errFailed = errors.New("checks failed")

func main() {
	err := command(os.Args[1:], os.Stdin, os.Stdout)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return
	case !errors.Is(err, errFailed):
		fmt.Fprintln(os.Stderr, "hlo:", err)
	}
	os.Exit(1)
}

const usage = "want: hlo run|check|print|opt|cost|dot [flags] FILE"

// command runs one subcommand.
func command(args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	name, args := args[0], args[1:]
	switch name {
	case "run":
		return runCommand(args, stdout)
	case "check":
		return checkCommand(args, stdout)
	case workerName:
		return worker(args, stdin, stdout)
	case "print", "opt", "cost", "dot":
		return showCommand(name, args, stdout)
	case "help", "-h", "-help", "--help":
		fmt.Fprintln(stdout, usage)
		return nil
	}
	return fmt.Errorf("got command %q; %s", name, usage)
}

// flagSet makes the flags of a subcommand, to be read by parse.
func flagSet(name string) *flag.FlagSet {
	fs := flag.NewFlagSet("hlo "+name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // errors are returned, so that there is one message
	return fs
}

// parse reads flags; asked for help it writes them to stdout and returns flag.ErrHelp.
func parse(fs *flag.FlagSet, args []string, stdout io.Writer) error {
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(stdout, "flags of", fs.Name())
		fs.SetOutput(stdout)
		fs.PrintDefaults()
	case err != nil:
		return fmt.Errorf("%s: %w", fs.Name(), err)
	}
	return err
}

// backendFlag adds --backend.
func backendFlag(fs *flag.FlagSet) *string {
	return fs.String("backend", "", "where to run: "+strings.Join(backends.Names(), ", ")+", pjrt:PATH (default: what "+
		backends.EnvVar+" says, or cpu)")
}

// backendOf finds the backend of that name, the default for "".
func backendOf(name string) (backends.Backend, error) {
	if name == "" {
		return backends.Default()
	}
	return backends.Get(name)
}

// oneFile returns the only argument behind the flags.
func oneFile(fs *flag.FlagSet) (string, error) {
	if fs.NArg() != 1 {
		return "", fmt.Errorf("%s: got %d files, want one (flags stand before it)", fs.Name(), fs.NArg())
	}
	return fs.Arg(0), nil
}
