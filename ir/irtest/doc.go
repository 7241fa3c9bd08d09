// Package irtest is test support for whoever transforms or runs graphs. Nothing but tests imports it.
//
//	r := irtest.Seeded(seed)                       // or irtest.FromBytes(data) in a fuzz target
//	c := irtest.Random(r, irtest.Config{Nodes: 20}) // a graph with inputs
//	got, err := backend.Run(c.Graph, c.Inputs)
//	if err := irtest.Check(c, got); err != nil {   // against the interpreter
//		c = irtest.Shrink(c, func(c *irtest.Case) bool { ... })
//		t.Fatal(err, c)                            // prints the graph and the inputs as text, which ParseCase reads
//	}
//
// What is here, one file each:
//
//	rand.go       sources of randomness: a seed, or the bytes of a fuzzer
//	values.go     random tensors with the numbers that break things
//	case.go       Case: a graph with inputs, as text and back
//	generate.go, operands.go, control.go   Random: graphs from the registry, from Row.Accepts and Domain.Make
//	run.go        Run by the interpreter; runs with disturbed rounding
//	compare.go    Compare and Check: equality bit for bit, or within what the documented errors of the rows allow
//	shrink.go, extents.go   Shrink: the smallest case that still fails
//	guard.go      memory with guard cells
//	golden.go     golden files
//
// May import: everything of ir but ir/rewrite.
package irtest
