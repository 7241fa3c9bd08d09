// Command compare puts benchmarks/run beside the limit programs: small C programs that show what the machine can do.
//
//	go run ./benchmarks/compare -limits DIR [-repeats 5] [-python PYTHON] [-torch PYTHON] [-peers DIR] [-only REGEXP]
//
// It builds the command and the programs (with gcc, from DIR), runs ours and theirs in turn, so that both meet the same state of the
// machine, and prints a markdown table with the best and the median of each side and the median of the ratios of neighbouring runs. With
// -python, an interpreter that has JAX, the elementwise workload and the training steps are compared with JAX too, and with -torch, one that has
// PyTorch, the spiking network with that; see benchmarks/peers.
//
// All times are processor time: others on the machine stretch wall time without limit, and all runs have one thread.
//
//	main.go     flags, building, the loop over rows
//	rows.go     the table of comparisons and their bars
//	sides.go    running one side and reading what it prints
//	table.go    statistics and markdown
package main
