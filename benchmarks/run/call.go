package main

import (
	"github.com/ranvier-go/ranvier/trace"
	"github.com/ranvier-go/ranvier/trace/num"
)

// runCall measures what it costs to call compiled code from Go.
func runCall(c *config, r *result) error {
	return repeat(c, r, func(_ *trace.Scope, x num.Array) num.Array { return x.Add(1) }, num.Full(1.0))
}
