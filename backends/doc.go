// Package backends says what it takes to run a graph: a [Backend] compiles an ir.Graph to an [Executable], which runs on tensors.
//
//	trace ──ir.Graph──▶ Backend.Compile ──▶ Executable.Run(inputs) ──▶ outputs
//
// Backends register themselves by name ([Register], or [RegisterFamily] for names such as pjrt:cpu) and are found with [Get].
// Package backends/all imports the ones that this platform has; package trace imports it. Which one runs when the user names
// none: the one of [SetDefault], else of the environment variable RANVIER_BACKEND, else cpu if it is registered, else interp.
//
// May import: ir and below. Implementations in the folders below import this package, and lower or ir/interp.
package backends
