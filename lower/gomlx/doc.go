// Package gomlx makes graph functions of the framework gomlx from graphs, so that a model can sit inside of a gomlx model, be trained there
// and run on gomlx's backends. It is also an independent check of ours: gomlx's backend in Go shares no code with our executors, and its XLA backend
// writes StableHLO by itself; tests run every row on both (on the second where backends/pjrt finds a plugin).
//
//	ir.Graph ──lower.Expand (what gomlx lacks)──▶ ir.Graph ──a rule for each row──▶ func(g, inputs) outputs of gomlx nodes
//
//	export.go            Export; graphs, calls, loops, branches
//	refuse.go            what is refused, with reasons
//	convert.go           element types, shapes, tensors
//	rules_elementwise.go, rules_move.go, rules_index.go, rules_fold.go   the rules
//
// Loops are unrolled, branches are all computed and one is selected, since gomlx has no control flow. What depends on data in its extent or
// its number of steps (while), decompositions, sorting and effects are refused. Nothing imports this package, so that only programs
// that want gomlx build it; it needs no cgo.
//
// May import: lower, ir and below, and gomlx.
package gomlx
