package cpu

import "github.com/ranvier-go/ranvier/backends/cpu/native"

// Kernels is the loop-level program as text.
func (x *executable) Kernels() string { return x.prog.String() }

// Listing is the machine code as text, with the steps that have none, or "" in the portable tier.
func (x *executable) Listing() string {
	if x.code == nil {
		return ""
	}
	code, err := native.Compile(x.prog, native.Options{Tier: x.tier, Skip: skipFromEnv(), Divided: x.divided, Listing: true})
	if err != nil {
		return err.Error()
	}
	text := code.Listing
	for _, why := range code.Why {
		text += "; left to the portable executor: " + why + "\n"
	}
	return text
}
