package main

import (
	"context"
	"testing"

	"github.com/ranvier-go/ranvier/brain/run"
)

func BenchmarkRun(b *testing.B) {
	net := NewEINet(1)
	r := run.New(net, run.Config{Inputs: run.Constant(20), Monitors: run.Monitors{"spike": run.Events(net.N.Spike)}})
	for b.Loop() {
		if _, err := r.Run(context.Background(), 1000); err != nil {
			b.Fatal(err)
		}
	}
}
