package main

import (
	"fmt"
	"io"
	"os"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/rewrite"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
	"github.com/ranvier-go/ranvier/lower/stablehlo/syntax"
	"github.com/ranvier-go/ranvier/trace"
)

// showCommand is hlo print, opt, cost and dot.
func showCommand(name string, args []string, stdout io.Writer) error {
	fs := flagSet(name)
	generic := false
	if name == "print" {
		fs.BoolVar(&generic, "generic", false, "print StableHLO in the generic form instead of graphs")
	}
	if err := parse(fs, args, stdout); err != nil {
		return err
	}
	file, err := oneFile(fs)
	if err != nil {
		return err
	}
	switch name {
	case "print":
		return printModule(file, generic, stdout)
	case "opt":
		return printGraphs(file, stdout, func(g *ir.Graph) *ir.Graph { return rewrite.Optimize(g, rewrite.Options{}) })
	}
	entry, err := readEntry(file)
	if err != nil {
		return err
	}
	low := trace.Inspect(entry.Graph)
	if name == "cost" {
		_, err = fmt.Fprintln(stdout, low.Cost())
		return err
	}
	_, err = io.WriteString(stdout, low.Dot())
	return err
}

func printModule(file string, generic bool, stdout io.Writer) error {
	if !generic {
		return printGraphs(file, stdout, func(g *ir.Graph) *ir.Graph { return g })
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	tree, err := syntax.Parse(file, src)
	if err != nil {
		return err
	}
	return syntax.Print(stdout, tree)
}

// printGraphs prints the functions of a module after a change to each.
func printGraphs(file string, stdout io.Writer, change func(*ir.Graph) *ir.Graph) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	m, err := stablehlo.Read(file, src)
	if err != nil {
		return err
	}
	for _, f := range m.Funcs {
		if _, err := io.WriteString(stdout, ir.Print(change(f.Graph))); err != nil {
			return err
		}
	}
	return nil
}
