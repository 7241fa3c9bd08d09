package stablehlo

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ranvier-go/ranvier/ir"
)

// Option changes how a graph is written.
type Option func(*writeOptions)

type writeOptions struct {
	module      string
	alias       map[int]int
	devices     int
	dropEffects bool
}

// ModuleName names the module; without it, it has the name of the graph. The entry function is always called main.
func ModuleName(name string) Option { return func(o *writeOptions) { o.module = name } }

// Alias gives the memory of a parameter of main to an output of the same type: the caller gives the parameter up (donation).
func Alias(param, output int) Option { return func(o *writeOptions) { o.alias[param] = output } }

// DropEffects leaves print and check out. Without it a graph that has them is refused: StableHLO has no form for them.
func DropEffects() Option { return func(o *writeOptions) { o.dropEffects = true } }

// Devices has XLA partition the program over n devices (SPMD): parameters and outputs whose first extent is a multiple of n are split along
// it, all others are whole on each device, and what is between is XLA's choice (Shardy). Results do not depend on it but for rounding.
func Devices(n int) Option { return func(o *writeOptions) { o.devices = n } }

// IsSplit reports whether an array of a type is split over n devices.
func IsSplit(t ir.Type, n int) bool {
	return n > 1 && t.Rank() > 0 && t.Shape[0] > 0 && t.Shape[0]%n == 0
}

// sharding is the attribute of a parameter or output.
func (o writeOptions) sharding(t ir.Type) []string {
	if o.devices <= 1 {
		return nil
	}
	axes := make([]string, t.Rank())
	for i := range axes {
		axes[i] = "{}"
	}
	if IsSplit(t, o.devices) {
		axes[0] = `{"d"}`
	}
	return []string{"sdy.sharding = #sdy.sharding<@mesh, [" + strings.Join(axes, ", ") + "]>"}
}

// SpecVersion is the version of the StableHLO specification whose forms are written; modules carry it as stablehlo.version.
const SpecVersion = "1.10.0"

// Text returns g as a StableHLO module; see Write.
func Text(g *ir.Graph, opts ...Option) (string, error) {
	var sb strings.Builder
	if err := Write(&sb, g, opts...); err != nil {
		return "", err
	}
	return sb.String(), nil
}

// Write writes g as a StableHLO module whose function main has the parameters and outputs of g. What has no operation of its own is
// decomposed (see Legalize). The error is an *ir.Error where a primitive cannot be written, or that of w.
func Write(w io.Writer, g *ir.Graph, opts ...Option) (err error) {
	defer ir.Catch(&err)
	o := writeOptions{module: g.Name, alias: map[int]int{}, devices: 1}
	for _, opt := range opts {
		opt(&o)
	}
	legal, err := legalize(g, o.dropEffects)
	if err != nil {
		return err
	}
	if err := o.check(legal); err != nil {
		return err
	}
	p := &printer{functions: map[uint64][]*function{}}
	p.module(legal, o)
	_, err = w.Write(p.out.Bytes())
	return err
}

// check compares the options with the graph.
func (o writeOptions) check(g *ir.Graph) error {
	for param, output := range o.alias {
		if param < 0 || param >= len(g.Params) || output < 0 || output >= len(g.Outputs) {
			return &ir.Error{Op: "stablehlo", Arg: "alias", Got: fmt.Sprintf("parameter %d to output %d", param, output),
				Want: fmt.Sprintf("one of %d parameters and of %d outputs", len(g.Params), len(g.Outputs))}
		}
		if a, b := g.Params[param].Type, g.Outputs[output].Type; !a.Equal(b) {
			return &ir.Error{Op: "stablehlo", Arg: "alias", Got: fmt.Sprintf("parameter %d of type %s to output %d of type %s", param, a, output, b), Want: "one type"}
		}
	}
	return nil
}

// printer writes a module. Names of values are numbers, counted anew in each function, so that equal graphs give equal texts.
type printer struct {
	out       bytes.Buffer
	indent    int
	next      int                    // number of the next value
	names     map[*ir.Value]string   // of the function that is being written
	functions map[uint64][]*function // called ones, by hash of their graph
	queue     []*function
}

// function is a private function of the module.
type function struct {
	name  string
	graph *ir.Graph
}

func (p *printer) line(format string, args ...any) {
	for range p.indent {
		p.out.WriteString("  ")
	}
	fmt.Fprintf(&p.out, format, args...)
	p.out.WriteByte('\n')
}

func (p *printer) module(g *ir.Graph, o writeOptions) {
	p.line("module @%s attributes {mhlo.num_partitions = %d : i32, mhlo.num_replicas = 1 : i32, stablehlo.version = %q} {",
		symbol(o.module), o.devices, SpecVersion)
	p.indent++
	if o.devices > 1 {
		p.line(`sdy.mesh @mesh = <["d"=%d]>`, o.devices)
	}
	p.function("public", "main", g, o)
	for len(p.queue) > 0 {
		f := p.queue[0]
		p.queue = p.queue[1:]
		p.function("private", f.name, f.graph, writeOptions{})
	}
	p.indent--
	p.line("}")
}

// symbol makes a name that needs no quotes.
func symbol(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	if clean == "" || clean[0] >= '0' && clean[0] <= '9' {
		return "m_" + clean
	}
	return clean
}

func (p *printer) function(visibility, name string, g *ir.Graph, o writeOptions) {
	p.next, p.names = 0, map[*ir.Value]string{}
	params := make([]string, len(g.Params))
	for i, v := range g.Params {
		p.names[v] = "%arg" + strconv.Itoa(i)
		attrs := o.sharding(v.Type)
		if k, ok := o.alias[i]; ok {
			attrs = append(attrs, fmt.Sprintf("tf.aliasing_output = %d : i32", k))
		}
		params[i] = p.names[v] + ": " + typeText(v.Type) + dictionary(attrs)
	}
	results := make([]string, len(g.Outputs))
	for i, v := range g.Outputs {
		results[i] = typeText(v.Type) + dictionary(o.sharding(v.Type))
	}
	arrow := ""
	if len(results) > 0 {
		arrow = " -> (" + strings.Join(results, ", ") + ")"
	}
	p.line("func.func %s @%s(%s)%s {", visibility, name, strings.Join(params, ", "), arrow)
	p.indent++
	p.nodes(g)
	p.terminate("return", g.Outputs)
	p.indent--
	p.line("}")
}

// dictionary writes attributes in braces, and nothing if there are none.
func dictionary(attrs []string) string {
	if len(attrs) == 0 {
		return ""
	}
	return " {" + strings.Join(attrs, ", ") + "}"
}

func (p *printer) nodes(g *ir.Graph) {
	for _, n := range g.Nodes {
		if len(n.Results) > 0 {
			emitterOf(n)(p, n)
		}
	}
}

// terminate writes the last operation of a function or region.
func (p *printer) terminate(mnemonic string, outputs []*ir.Value) {
	if len(outputs) == 0 {
		p.line("%s", mnemonic)
		return
	}
	p.line("%s %s : %s", mnemonic, p.list(outputs), typeListText(outputs))
}

// fresh names a value that no node of the graph has.
func (p *printer) fresh() string {
	p.next++
	return "%" + strconv.Itoa(p.next-1)
}

// define names the results of n and returns the left-hand side of its line.
func (p *printer) define(n *ir.Node) string {
	name := p.fresh()
	if len(n.Results) == 1 {
		p.names[n.Results[0]] = name
		return name
	}
	for i, r := range n.Results {
		p.names[r] = name + "#" + strconv.Itoa(i)
	}
	return name + ":" + strconv.Itoa(len(n.Results))
}

func (p *printer) name(v *ir.Value) string {
	name, ok := p.names[v]
	if !ok {
		panic("BUG: stablehlo: value used before it is written")
	}
	return name
}

// list names values, separated by commas.
func (p *printer) list(vs []*ir.Value) string {
	names := make([]string, len(vs))
	for i, v := range vs {
		names[i] = p.name(v)
	}
	return strings.Join(names, ", ")
}

// freeName is the name, or one with a number behind it where another function has it: names stay the same when a text is read and written.
func (p *printer) freeName(name string) string {
	taken := map[string]bool{"main": true}
	for _, fs := range p.functions {
		for _, f := range fs {
			taken[f.name] = true
		}
	}
	free := name
	for k := 0; taken[free]; k++ {
		free = fmt.Sprintf("%s_%d", name, k)
	}
	return free
}

// call returns the private function for a graph; equal graphs share one.
func (p *printer) call(name string, g *ir.Graph) string {
	h := ir.Hash(g)
	for _, f := range p.functions[h] {
		if ir.Equal(f.graph, g) {
			return f.name
		}
	}
	if name == "" {
		name = g.Name
	}
	f := &function{p.freeName(symbol(name)), g}
	p.functions[h] = append(p.functions[h], f)
	p.queue = append(p.queue, f)
	return f.name
}
