package irtest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/tensor"
)

//go:embed jaxrun.py
var jaxScript string

// PythonEnv is the environment variable that names a Python interpreter with jax.
const PythonEnv = "RANVIER_PYTHON"

// Python returns the interpreter that PythonEnv names, and skips the test where it names none.
func Python(tb testing.TB) string {
	tb.Helper()
	python := os.Getenv(PythonEnv)
	if python == "" {
		tb.Skip(PythonEnv + " names no Python interpreter with jax")
	}
	return python
}

// Program is a StableHLO module with inputs for its function main, and the types of its outputs.
type Program struct {
	Text    string
	Inputs  []*tensor.Tensor
	Outputs []ir.Type
}

// Outcome is what a program gave.
type Outcome struct {
	Outputs []*tensor.Tensor
	Err     error
}

// RunJAX runs programs one after the other by XLA's CPU client in jaxlib; it skips the test where there is no Python (see Python).
func RunJAX(tb testing.TB, programs []Program) []Outcome {
	tb.Helper()
	python, dir := Python(tb), tb.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	type typeJSON struct {
		DType string `json:"dtype"`
		Shape []int  `json:"shape"`
	}
	cases := make([][]typeJSON, len(programs))
	for k, p := range programs {
		var data []byte
		for _, x := range p.Inputs {
			cases[k] = append(cases[k], typeJSON{x.DType().String(), x.Shape()})
			data = append(data, x.Bytes()...)
		}
		write(strconv.Itoa(k)+".in", data)
		write(strconv.Itoa(k)+".mlir", []byte(p.Text))
	}
	list, err := json.Marshal(cases)
	if err != nil {
		tb.Fatal(err)
	}
	write("cases.json", list)
	write("run.py", []byte(jaxScript))
	// A crash of XLA ends the interpreter: the cases before it count, the one that did it fails.
	out, runErr := exec.Command(python, filepath.Join(dir, "run.py"), dir).CombinedOutput()
	outcomes := make([]Outcome, len(programs))
	for k, p := range programs {
		outcomes[k] = readOutcome(filepath.Join(dir, strconv.Itoa(k)), p.Outputs)
		if errors.Is(outcomes[k].Err, os.ErrNotExist) {
			outcomes[k].Err = fmt.Errorf("jax ended: %v\n%s", runErr, tail(out))
		}
	}
	return outcomes
}

func tail(out []byte) []byte { return out[max(0, len(out)-2000):] }

func readOutcome(base string, types []ir.Type) (o Outcome) {
	if text, err := os.ReadFile(base + ".err"); err == nil {
		return Outcome{Err: errors.New(string(bytes.TrimSpace(text)))}
	}
	data, err := os.ReadFile(base + ".out")
	if err != nil {
		return Outcome{Err: err}
	}
	for i, t := range types {
		x, err := tensor.New(t.DType, t.Shape...)
		if err != nil {
			return Outcome{Err: err}
		}
		n := copy(x.Bytes(), data)
		if n < len(x.Bytes()) {
			return Outcome{Err: fmt.Errorf("output %d: got %d bytes, want %d", i, n, len(x.Bytes()))}
		}
		data = data[n:]
		o.Outputs = append(o.Outputs, x)
	}
	if len(data) > 0 {
		return Outcome{Err: fmt.Errorf("%d bytes behind the outputs", len(data))}
	}
	return o
}
