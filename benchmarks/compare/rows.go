package main

// row is one comparison.
type row struct {
	name         string
	ours, theirs side
	theirName    string
	bar          float64
	kind         kind
}

// kind says what a row's number is.
type kind int

const (
	ratio    kind = iota // our time over theirs, at most the bar
	share                // our speed over theirs, at least the bar
	absolute             // our number by itself, at most the bar
)

// jaxGelu prints the processor time of one call in us.
const jaxGelu = `
import time, jax, jax.numpy as jnp
x = jnp.linspace(-4, 4, 100000)
f = jax.jit(lambda x: 0.5 * x * (1 + jnp.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))))
f(x).block_until_ready()
for _ in range(1000): f(x).block_until_ready()
t = time.process_time()
for _ in range(4000): f(x).block_until_ready()
print((time.process_time() - t) / 4000 * 1e6, "us/step")
`

// rows are the comparisons, with the bars that the project has set itself.
func (b *bench) rows() []row {
	net := b.path("net")
	rows := []row{
		{"coba 4,000, 10 s", b.run("-w", "coba", "-load", net, "-ms", "10000"), b.ref("lif", "4000", "10", net), "ref lif", 2.5, ratio},
		{"coba 4,000, f64, 10 s", b.run("-w", "coba", "-load", net, "-ms", "10000", "-dtype", "f64"), b.ref("lif", "4000", "10", net), "ref lif (f32)", 0, ratio},
		{"coba 40,000, 2 s", b.run("-w", "coba", "-load", net, "-ms", "2000"), b.ref("lif", "40000", "2", net), "ref lif", 2.5, ratio},
		{"cobahh 4,000, 1 s", b.run("-w", "cobahh", "-load", net, "-ms", "1000"), b.ref("hh", "4000", "1", net), "ref hh", 2, ratio},
		{"hh 1,000", b.run("-w", "hh"), b.limit("hh_gcc", "1000", "10000"), "hh_gcc", 1.2, ratio},
		{"coba 4,000, RANVIER_NOJIT=1", b.nojit("-w", "coba", "-load", net, "-ms", "1000"), b.ref("lif", "4000", "10", net), "ref lif", 40, ratio},
		{"elementwise / eager", b.run("-w", "elementwise"), b.run("-w", "elementwise", "-backend", "eager"), "our eager mode", 0.4, ratio},
	}
	if b.python != "" {
		rows = append(rows, row{"elementwise / JAX", b.run("-w", "elementwise"), b.script(jaxGelu), "JAX jit", 1, ratio})
	}
	if b.python != "" && b.peers != "" {
		rows = append(rows,
			row{"rnntrain / JAX", b.run("-w", "rnntrain"), b.peer(b.python, "rnn_jax.py"), "rnn_jax.py", 0.75, ratio},
			row{"snntrain / JAX", b.run("-w", "snntrain"), b.peer(b.python, "snn_jax.py"), "snn_jax.py", 0.8, ratio},
		)
	}
	if b.torch != "" && b.peers != "" {
		rows = append(rows, row{"snntrain / PyTorch", b.run("-w", "snntrain"), b.peer(b.torch, "snn_torch.py"), "snn_torch.py", 0.45, ratio})
	}
	return append(rows,
		row{"scangrad / scan", b.run("-w", "scangrad"), b.run("-w", "scan"), "its forward run", 3, ratio},
		row{"hh / vmaphh", b.run("-w", "hh", "-n", "10000", "-ms", "10"), b.run("-w", "vmaphh", "-n", "10000", "-ms", "10"), "vmap of one neuron", 0.8, share},
		row{"matmul 256 x 256 x 256", b.gflops("-n", "256"), b.peak(), "FMA peak, GF/s", 0.65, share},
		row{"matmul 128 x 100 x 100", b.gflops("-m", "128", "-k", "100", "-n", "100"), b.peak(), "FMA peak, GF/s", 0.65, share},
		row{name: "matmul 256 x 256 x 256, results kept", ours: b.gflops("-n", "256", "-keep"), theirs: b.peak(), theirName: "FMA peak, GF/s", kind: share},
		row{name: "matmul 128 x 100 x 100, results kept", ours: b.gflops("-m", "128", "-k", "100", "-n", "100", "-keep"), theirs: b.peak(), theirName: "FMA peak, GF/s", kind: share},
		row{name: "loop1000, us", ours: b.run("-w", "loop1000"), kind: absolute},
		row{name: "call, us", ours: b.run("-w", "call"), bar: 1, kind: absolute},
		row{name: "ei-balance, first spikes, ms", ours: b.firstSpikes(), bar: 300, kind: absolute},
		row{name: "ei-balance, binary, MB", ours: b.binarySize(), bar: 30, kind: absolute},
	)
}
