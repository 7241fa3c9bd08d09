// Command autodiff is a tour of the transforms of functions. Each stop computes something by a transform and prints it beside
// the value from a formula.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ranvier-go/ranvier/trace"
)

// stop is one stop of the tour.
type stop struct {
	what      string
	got, want []float64
}

func main() {
	backend := flag.String("backend", "", "cpu (compiled, the default) or interp (the reference interpreter)")
	flag.Parse()
	if err := run(*backend, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "autodiff:", err)
		os.Exit(1)
	}
}

func run(backend string, out io.Writer) error {
	if err := trace.SetBackend(backend); err != nil {
		return err
	}
	for _, visit := range tour {
		s, err := visit()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n  computed %s\n  formula  %s\n", s.what, numbers(s.got), numbers(s.want))
	}
	return nil
}

func numbers(xs []float64) string {
	words := make([]string, len(xs))
	for i, x := range xs {
		words[i] = fmt.Sprintf("%.4g", x)
	}
	return strings.Join(words, " ")
}
