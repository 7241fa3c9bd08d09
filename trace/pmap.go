package trace

// Pmap returns f compiled for many lanes spread over n devices: Jit of Vmap, partitioned by Devices. Each array of the argument has an axis 0
// for the lanes, as many as a multiple of n, and so has each array of the result. Give On a backend that has several devices.
func Pmap[A, R any](f func(*Scope, A) R, n int, opts ...Option) *Compiled[A, R] {
	return Jit(Vmap(f), append([]Option{Devices(n), Name(functionName(f))}, opts...)...)
}
