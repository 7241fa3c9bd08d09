package trace

import "slices"

// Iterate is While for functions of arrays that have no scope: it repeats body on a list of arrays as long as cond holds, and returns
// the last list. cond and body compute with arrays only: no Variables, no printing. It is recorded where an operation on init and on
// reads would be; reads are the other arrays from outside that cond and body use.
func Iterate(op string, init, reads []Array, cond func([]Array) Array, body func([]Array) []Array) []Array {
	f := innermost(op, slices.Concat(init, reads))
	if f == nil {
		for cond(init).Bool() {
			init = body(init)
		}
		return init
	}
	current := f.tr.current
	f.tr.current = f
	defer func() { f.tr.current = current }()
	return While(&Scope{f: f}, init,
		func(_ *Scope, carry []Array) Array { return cond(carry) },
		func(_ *Scope, carry []Array) []Array { return body(carry) })
}
