package main

import (
	"fmt"
	"strings"
)

// workload is one row of the table.
type workload struct {
	name       string
	n          int // default size
	minN, maxN int
	ms         float64 // default: biological time, or how long to measure
	loads      bool    // whether -load makes sense
	run        func(c *config, r *result) error
}

// workloads is the table, in the order in which they are listed to users.
var workloads = []*workload{
	{name: "coba", n: 4000, minN: fanOut, maxN: 20_000_000, ms: 1000, loads: true, run: runCoba},
	{name: "cobahh", n: 4000, minN: fanOut, maxN: 20_000_000, ms: 1000, loads: true, run: runCobaHH},
	{name: "hh", n: 1000, minN: 1, maxN: 100_000_000, ms: 100, run: runHH},
	{name: "vmaphh", n: 1000, minN: 1, maxN: 100_000_000, ms: 100, run: runVmapHH},
	{name: "elementwise", n: 100_000, minN: 1, maxN: 100_000_000, ms: 300, run: runElementwise},
	{name: "matmul", n: 256, minN: 1, maxN: 20_000, ms: 300, run: runMatmul},
	{name: "loop1000", n: 16, minN: 1, maxN: 100_000_000, ms: 300, run: runLoop1000},
	{name: "call", n: 1, minN: 1, maxN: 1, ms: 300, run: runCall},
	{name: "rnntrain", n: 100, minN: 1, maxN: 10_000, ms: 1000, run: runRNNTrain},
	{name: "snntrain", n: 256, minN: 1, maxN: 10_000, ms: 1000, run: runSNNTrain},
	{name: "scan", n: 10_000, minN: 1, maxN: 10_000_000, ms: 300, run: runScan},
	{name: "scangrad", n: 10_000, minN: 1, maxN: 10_000_000, ms: 300, run: runScanGrad},
}

func workloadNames() []string {
	names := make([]string, len(workloads))
	for i, w := range workloads {
		names[i] = w.name
	}
	return names
}

func findWorkload(name string) (*workload, error) {
	for _, w := range workloads {
		if w.name == name {
			return w, nil
		}
	}
	return nil, fmt.Errorf("w: got workload %q, want one of %s", name, strings.Join(workloadNames(), ", "))
}
