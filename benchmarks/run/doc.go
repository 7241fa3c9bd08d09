// Command run measures one workload and prints one line of JSON.
//
//	go run ./benchmarks/run -w WORKLOAD [-n N] [-ms T] [-dtype f32|f64] [-threads K] [-backend cpu|interp|eager] [-seed S] [-load FILE] [-keep]
//
// Each workload is plain user code in a file of its own, and one row in the table of workloads:
//
//	flags ──config──▶ workload.run ──┬ simulate: a model over biological time, in one call of compiled code
//	                                 └ repeat:   one call of a function, again and again
//	                  ──result──▶ JSON
//
// What is measured: us_per_step is the wall time of one warm run over its steps. Trace, compile and build are excluded and told on
// their own; the result of a single call is released before the next (-keep leaves it to the garbage collector); the call from Go and the counting of spikes are included; nothing is recorded. rate_hz is spikes / neurons / time over the
// whole run. rss_mb is the peak of resident memory of the process. cpu_us_per_step is the processor time of all threads: what to compare on a
// machine that others use too.
//
//	main.go        flags, result
//	workload.go    the table of workloads
//	measure.go     timing of trace, compile and run
//	network.go     wiring and initial values of the two networks
//	coba.go ...    the workloads
//	usage*.go      peak memory, processor time
package main
