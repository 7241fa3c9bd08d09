// Package integrate solves differential equations, one step at a time.
//
//	equation func(v, t, args...) dv/dt, Method ──New──▶ ODE.Step(s, v, args...) ──▶ v one step later
//
// An equation is an ordinary traced function of the variable, the time in ms, and what it is driven by. A step evaluates it at arguments that
// are held during the step; t and dt come from the scope (brain.T, brain.Dt), so steps belong in brain.ForLoop or run.Run.
//
//	ode.go       New and Step
//	method.go    the methods: Runge-Kutta tables and exponential Euler
//	closed.go    closed steps of linear equations written by hand, as the models of brain/neuron and brain/synapse use them
//
// [ExpEuler] finds the linear part of an equation by differentiating it. Where the derivative of dv with respect to v does not depend on v,
// the equation is linear and the step is exact, and what does not change is computed once in front of the loop.
//
// May import: trace and below, brain.
package integrate
