package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/backends"
	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/ranvier-go/ranvier/lower/stablehlo"
)

// files collects the values of a flag that may be given more than once.
type files []string

func (f *files) String() string     { return strings.Join(*f, " ") }
func (f *files) Set(s string) error { *f = append(*f, s); return nil }

// runCommand is hlo run.
func runCommand(args []string, stdout io.Writer) error {
	fs := flagSet("run")
	backend := backendFlag(fs)
	var in files
	fs.Var(&in, "in", "a .npy file for the next parameter")
	out := fs.String("out", "", "folder for the results as 0.npy, 1.npy, ...; without it they are printed")
	if err := parse(fs, args, stdout); err != nil {
		return err
	}
	file, err := oneFile(fs)
	if err != nil {
		return err
	}
	b, err := backendOf(*backend)
	if err != nil {
		return err
	}
	entry, err := readEntry(file)
	if err != nil {
		return err
	}
	inputs, err := loadInputs(entry.Graph, in)
	if err != nil {
		return err
	}
	results, err := execute(context.Background(), b, entry.Graph, inputs, backends.Options{}, stdout)
	if err != nil {
		return err
	}
	if err := compareAll(entry.Checks, results, file); err != nil {
		return err
	}
	return writeResults(results[:entry.Results], *out, stdout)
}

// readEntry reads a file and finds its entry function.
func readEntry(file string) (*stablehlo.Func, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m, err := stablehlo.Read(file, src)
	if err != nil {
		return nil, err
	}
	f, err := m.Entry()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return f, nil
}

// execute compiles and runs a graph. What the program prints goes to stdout.
func execute(ctx context.Context, b backends.Backend, g *ir.Graph, inputs []*tensor.Tensor, opts backends.Options,
	stdout io.Writer) ([]*tensor.Tensor, error) {
	exe, err := b.Compile(g, opts)
	if err != nil {
		return nil, err
	}
	return exe.Run(ctx, inputs, backends.RunOptions{Print: func(text string) { fmt.Fprintln(stdout, text) }})
}

// loadInputs reads one file for each parameter.
func loadInputs(g *ir.Graph, in []string) ([]*tensor.Tensor, error) {
	if len(in) != len(g.Params) {
		return nil, fmt.Errorf("run: got %d inputs, want %d, one --in for each parameter of @%s: %s", len(in), len(g.Params), g.Name,
			paramTypes(g))
	}
	inputs := make([]*tensor.Tensor, len(in))
	for i, path := range in {
		t, err := tensor.LoadNpy(path)
		if err != nil {
			return nil, fmt.Errorf("run: input %d: %w", i, err)
		}
		if inputs[i], err = asParam(t, g.Params[i].Type); err != nil {
			return nil, fmt.Errorf("run: input %d, %s: %w", i, path, err)
		}
	}
	return inputs, nil
}

func paramTypes(g *ir.Graph) string {
	types := make([]string, len(g.Params))
	for i, p := range g.Params {
		types[i] = p.Type.String()
	}
	return "(" + strings.Join(types, ", ") + ")"
}

// carrier is the type that stands for dt in .npy files, which have no bfloat16 and no small floats: the unsigned integer of the same
// size. Integers of less than 8 bits are stored a byte each.
func carrier(dt dtype.DType) dtype.DType {
	small := dt.Size() == 1 && dt.Bits() < 8 && !dt.IsFloat()
	switch {
	case dt == dtype.BFloat16:
		return dtype.Uint16
	case dt.IsFloat() && dt.Size() == 1, small && dt.IsUnsigned():
		return dtype.Uint8
	case small && dt.IsSigned():
		return dtype.Int8
	}
	return dt
}

// asParam checks what a file holds against a parameter's type, and reads bit patterns as what they stand for.
func asParam(t *tensor.Tensor, want ir.Type) (*tensor.Tensor, error) {
	stored := carrier(want.DType)
	if t.DType() != stored || !t.HasShape(want.Shape) {
		hint := ""
		if stored != want.DType {
			hint = fmt.Sprintf(" (%s travels as its bits in %s)", want.DType, stored)
		}
		return nil, fmt.Errorf("got %s%s, want %s%s%s", t.DType(), tensor.ShapeString(t.Shape()), want.DType,
			tensor.ShapeString(want.Shape), hint)
	}
	if stored == want.DType {
		return t, nil
	}
	return t.Bitcast(want.DType)
}

// writeResults writes DIR/0.npy, DIR/1.npy, ..., or prints the results.
func writeResults(results []*tensor.Tensor, dir string, stdout io.Writer) error {
	if dir == "" {
		for i, t := range results {
			fmt.Fprintf(stdout, "%d: %s%s\n%v\n", i, t.DType(), tensor.ShapeString(t.Shape()), t)
		}
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for i, t := range results {
		stored := t
		if c := carrier(t.DType()); c != t.DType() {
			var err error
			if stored, err = t.Bitcast(c); err != nil {
				return fmt.Errorf("run: result %d: %w", i, err)
			}
		}
		if err := tensor.SaveNpy(filepath.Join(dir, strconv.Itoa(i)+".npy"), stored); err != nil {
			return fmt.Errorf("run: result %d: %w", i, err)
		}
	}
	return nil
}
