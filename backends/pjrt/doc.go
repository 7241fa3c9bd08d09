// Package pjrt runs graphs by XLA, through PJRT plugins: shared libraries for CPU, GPU and TPU. Import it for its side effect; it registers
// the family of backends "pjrt":
//
//	pjrt:cpu                        the CPU plugin
//	pjrt:cuda                       the CUDA plugin
//	pjrt:/path/to/plugin.so         any plugin
//
// # Data flow
//
//	ir.Graph ──big constants become parameters──▶ stablehlo.Write ──▶ text ──▶ XLA ──▶ executable; one execute a run
//
// Outputs stay on the devices: they are copied when somebody looks at them (resident.go). Inputs that were outputs are taken as they lie there; others are
// uploaded, and found there by later runs.
//
// # Plugins
//
// A plugin is looked for by absolute path; by name in the folders of PJRT_PLUGIN_LIBRARY_PATH, ~/.local/lib/go-xla,
// /usr/local/lib/go-xla and LD_LIBRARY_PATH; and in Python environments (that of RANVIER_PYTHON, VIRTUAL_ENV, and the python3 of PATH),
// as installed by pip: xla-cpu-pjrt for CPU, jax-cuda12-pjrt or jax-cuda13-pjrt for CUDA (with the packages that 'jax[cuda12]' brings, whose folders
// the plugin knows; prepareCUDA tells it the one it does not). See Find.
//
// # What is different
//
// XLA cannot be interrupted: when a context ends, Run returns at once and the execution goes on unseen; runs in chunks (brain/run) are
// stopped between chunks and show progress there. Print and floats of 6 bits are refused; other numbers of
// 2 to 8 bits travel in a wider type. A failed check is reported when the execution is over. Numbers agree
// with the interpreter but for the differences that ir/irtest lists. XLA on CPU flushes denormals.
//
// Only this package needs cgo: without it, or on platforms that go-xla does not serve, the family is there and says why it cannot open.
//
// May import: backends, backends/interp, lower/stablehlo, ir and below.
package pjrt
