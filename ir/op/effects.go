package op

import (
	"fmt"
	"io"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
	"github.com/ranvier-go/ranvier/ir/dtype"
	"github.com/ranvier-go/ranvier/ir/tensor"
	"github.com/x448/float16"
)

func init() {
	ir.Register(ir.Row{ID: PrintID, Name: "print", Arity: -1, Attrs: PrintAttrs{}, Effect: true, Accepts: dtype.Any,
		Types: printTypes, Eval: printEval, Domain: ir.Domain{Make: printSample}})
	ir.Register(ir.Row{ID: CheckID, Name: "check", Arity: 1, Attrs: CheckAttrs{}, Effect: true, Accepts: dtype.Bools,
		Types: checkOKType, Eval: checkEval, Domain: ir.Domain{Make: checkSample}})
}

// PrintAttrs hold a format of package fmt with one verb for each operand.
type PrintAttrs struct{ Format string }

// CheckAttrs hold what to say when the check fails.
type CheckAttrs struct{ Message string }

// Print prints values when the run comes by. A verb with its flags formats a scalar as the Go number, and an array as nested
// lists of its elements; %v and %s print arrays as Tensor.String does. No line end is added here; who shows the text may.
func Print(b *ir.Builder, format string, values ...*ir.Value) {
	b.Emit(PrintID, PrintAttrs{Format: format}, nil, values...)
}

// Check stops the run with a *CheckError when ok (i1[]) is false.
func Check(b *ir.Builder, ok *ir.Value, message string) {
	b.Emit(CheckID, CheckAttrs{Message: message}, nil, ok)
}

// CheckError is a failed Check.
type CheckError struct {
	Message string
	Step    int // index of the innermost loop, -1 outside of loops
}

// Error returns the message, with the step inside of loops.
func (e *CheckError) Error() string {
	if e.Step < 0 {
		return e.Message
	}
	return fmt.Sprintf("%s (step %d)", e.Message, e.Step)
}

func checkOKType(in []ir.Type, _ ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	if want := ir.T(dtype.Bool); !in[0].Equal(want) {
		e := ir.Mismatch("ok", in[0].String(), want.String())
		e.Hint = "reduce an array with reduce_and"
		return nil, e
	}
	return nil, nil
}

func checkEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	if in[0].Item().(bool) {
		return nil, nil
	}
	return nil, &CheckError{Message: n.Attrs.(CheckAttrs).Message, Step: ev.Step}
}

// printTypes tries the format on zeros: package fmt marks what does not fit with "%!".
func printTypes(in []ir.Type, attrs ir.Attrs, _ []*ir.Graph) ([]ir.Type, error) {
	format := attrs.(PrintAttrs).Format
	values := make([]any, len(in))
	for i, t := range in {
		values[i] = printable{zeros(ir.T(t.DType))}
	}
	text := fmt.Sprintf(strings.ReplaceAll(format, "%%", ""), values...)
	if _, fault, found := strings.Cut(text, "%!"); found {
		fault, _, _ = strings.Cut(fault, ")")
		return nil, ir.Mismatch("format", fmt.Sprintf("%q, which gives %q", format, "%!"+fault+")"),
			fmt.Sprintf("one fitting verb for each of the operands %s", typeList(in)))
	}
	return nil, nil
}

func printEval(ev *ir.Eval, n *ir.Node, in []*tensor.Tensor) ([]*tensor.Tensor, error) {
	values := make([]any, len(in))
	for i, t := range in {
		values[i] = printable{t}
	}
	ev.Print(fmt.Sprintf(n.Attrs.(PrintAttrs).Format, values...))
	return nil, nil
}

// printable formats a tensor for Print.
type printable struct{ t *tensor.Tensor }

// Format implements fmt.Formatter.
func (p printable) Format(s fmt.State, verb rune) {
	if verb == 's' {
		verb = 'v'
	}
	if _, precise := s.Precision(); p.t.Rank() > 0 && verb == 'v' && !precise {
		io.WriteString(s, p.t.String())
		return
	}
	p.list(s, fmt.FormatString(s, verb), 0, 0)
}

// list writes the elements from flat position at on along axis, and inwards.
func (p printable) list(w io.Writer, verb string, axis, at int) {
	shape := p.t.Shape()
	if axis == len(shape) {
		fmt.Fprintf(w, verb, goNumber(p.t.Get(at)))
		return
	}
	inner := ir.T(0, shape[axis+1:]...).Size()
	io.WriteString(w, "[")
	for i := range shape[axis] {
		if i > 0 {
			io.WriteString(w, " ")
		}
		p.list(w, verb, axis+1, at+i*inner)
	}
	io.WriteString(w, "]")
}

// goNumber turns the 16-bit floats into numbers that package fmt knows.
func goNumber(v any) any {
	switch v := v.(type) {
	case float16.Float16:
		return v.Float32()
	case dtype.BF16:
		return v.Float32()
	}
	return v
}

func printSample(r *ir.Rand, dt dtype.DType, size int) ir.Sample {
	return ir.Sample{Attrs: PrintAttrs{Format: "%v and %v"}, Inputs: []*tensor.Tensor{sampleTensor(r, dt, size), sampleTensor(r, dt)}}
}

func checkSample(*ir.Rand, dtype.DType, int) ir.Sample {
	return ir.Sample{Attrs: CheckAttrs{Message: "never said"}, Inputs: []*tensor.Tensor{tensor.Scalar(true)}}
}
