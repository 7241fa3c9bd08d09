// Package brain builds models of brain dynamics from dynamical systems.
//
//	connect, initial ──▶ neuron, synapse ──AlignPost──▶ a network's Update(s, x) ──ForLoop, run──▶ spikes, traces
//
// A dynamical system is a struct whose state is in trace.Variables and whose Update(s, x) advances it by one step. Updates are
// traced: a network of them, looped over time by [ForLoop] or by package run, is one compiled program.
//
// # Time
//
// [ForLoop] puts the step index, the time and dt into the scope; [I], [T] and [Dt] read them. Time is the index times dt, never
// accumulated; dt is static. What counts steps (refractory periods, delays) is an integer number of steps. Units are ms, mV and what
// the model says, unless a model says otherwise.
//
// # Parameters
//
// Parameter fields have type [Param]: nil for the documented default, a number, an Array, an [Initializer], a *trace.Variable or a
// func(shape ...int) trace.Array. So 0 is 0, and heterogeneous populations need no other interface.
//
// # Folders
//
//	neuron     spiking neurons                       connect   who is connected to whom
//	synapse    conductances and their outputs        initial   initial values and weights
//	integrate  solvers of differential equations     run       long runs: inputs, monitors, progress, cancellation
//	plot       pictures; no computing package imports it
//
// May import: trace and below.
package brain
