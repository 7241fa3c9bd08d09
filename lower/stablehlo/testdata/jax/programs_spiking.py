"""Brain dynamics: spiking neurons and networks, rates, reservoirs."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from program import key, normal, program


@jax.custom_vjp
def spike(v):
    return (v > 0).astype(v.dtype)


spike.defvjp(lambda v: (spike(v), v), lambda v, g: (g / (1 + 10 * jnp.abs(v)) ** 2,))


def snn_inputs(r):
    f = lambda *s: (0.5 * r.standard_normal(s)).astype("float32")
    return {"w1": f(12, 20), "rec": 0.3 * f(20, 20), "w2": f(20, 3)}, (r.random((40, 6, 12)) < 0.2).astype("float32"), r.integers(0, 3, 6).astype("int32")


@program(snn_inputs, tolerance=1e-3)
def snn_surrogate(p, xs, y):
    """A step of training of a recurrent network of LIF neurons, with surrogate gradients through 40 steps."""

    def loss(p):
        def step(s, x):
            v, z, o = s
            v = 0.9 * v + x @ p["w1"] + z @ p["rec"] - z
            z = spike(v - 1.0)
            o = 0.95 * o + z @ p["w2"]
            return (v, z, o), (z, o)

        zero = jnp.zeros((6, 20))
        _, (z, o) = lax.scan(step, (zero, zero, jnp.zeros((6, 3))), xs)
        logp = jax.nn.log_softmax(o.mean(0))
        return -jnp.mean(jnp.take_along_axis(logp, y[:, None], 1)) + 1e-3 * jnp.mean(z), z.sum()

    (value, count), g = jax.value_and_grad(loss, has_aux=True)(p)
    return jax.tree.map(lambda p, g: p - 0.1 * g, p, g), value, count


@program(lambda r: (r.uniform(-65, -50, 60), (r.random((60, 60)) < 0.1) * r.uniform(0, 1, (60, 60))), tolerance=1e-9, x64=True)
def lif_delays(v, w):
    """LIF neurons with refractory times and delays of 0.5 to 1.5 ms in a ring buffer written by dynamic updates."""
    delays = jnp.arange(60) % 11 + 5

    def step(s, i):
        v, refractory, g, ring = s
        arriving = ring[(i - delays) % 16, jnp.arange(60)]
        g = g * jnp.exp(-0.1 / 5) + w.T @ arriving
        active = refractory <= 0
        v = jnp.where(active, v + 0.1 * (-(v + 60) + 20 + g) / 20, v)
        z = v >= -50
        v = jnp.where(z, -60, v)
        ring = ring.at[i % 16].set(z.astype(v.dtype))
        return (v, jnp.where(z, 50, refractory - 1), g, ring), (z, v[:5])

    return lax.scan(step, (v, jnp.zeros(60, int), jnp.zeros(60), jnp.zeros((16, 60))), jnp.arange(300))


@program(lambda r: (r.normal(-65, 3, 12), (r.random((12, 12)) < 0.3).astype(float)), tolerance=1e-7, x64=True)
def hodgkin_huxley(v, w):
    """Hodgkin-Huxley neurons with synapses; exponential Euler through linearisation by jvp, 400 steps of 0.01 ms."""
    ratio = lambda x: jnp.where(jnp.abs(x) < 1e-6, 1 - x / 2, x / jnp.expm1(jnp.where(jnp.abs(x) < 1e-6, 1.0, x)))
    rates = {"m": (lambda v: ratio(-(v + 40) / 10), lambda v: 4 * jnp.exp(-(v + 65) / 18)),
             "h": (lambda v: 0.07 * jnp.exp(-(v + 65) / 20), lambda v: 1 / (1 + jnp.exp(-(v + 35) / 10))),
             "n": (lambda v: 0.1 * ratio(-(v + 55) / 10), lambda v: 0.125 * jnp.exp(-(v + 65) / 80))}

    def exp_euler(f, x, dt):
        value, slope = jax.jvp(f, (x,), (jnp.ones_like(x),))
        z = dt * slope
        return x + dt * value * jnp.where(jnp.abs(z) < 1e-8, 1.0, jnp.expm1(z) / jnp.where(z == 0, 1.0, z))

    def step(s, i):
        v, gates, g = s
        current = jnp.where(i > 50, 12.0, 0.0) + g * (0 - v) * 0.05
        dv = lambda v, gates=gates: (current - 120 * gates["m"] ** 3 * gates["h"] * (v - 50) - 36 * gates["n"] ** 4 * (v + 77) - 0.3 * (v + 54.4))
        new = exp_euler(dv, v, 0.01)
        gates = {k: exp_euler(lambda x: a(v) * (1 - x) - b(v) * x, gates[k], 0.01) for k, (a, b) in rates.items()}
        z = (v < 0) & (new >= 0)
        return (new, gates, g * 0.998 + z @ w), (z, new)

    gates = {"m": jnp.full(12, 0.05), "h": jnp.full(12, 0.6), "n": jnp.full(12, 0.32)}
    end, (z, vs) = lax.scan(step, (v, gates, jnp.zeros(12)), jnp.arange(400))
    return end, z.sum(0), vs[::20]


@program(lambda r: (key(r), r.random(50), r.uniform(0, 0.5, (50, 50))), tolerance=1e-8, x64=True)
def izhikevich(k, mix, w):
    """Izhikevich's network of excitatory and inhibitory neurons with noise, 100 ms."""
    excitatory = jnp.arange(50) < 40
    a = jnp.where(excitatory, 0.02, 0.02 + 0.08 * mix)
    b = jnp.where(excitatory, 0.2, 0.25 - 0.05 * mix)
    c = jnp.where(excitatory, -65 + 15 * mix**2, -65)
    d = jnp.where(excitatory, 8 - 6 * mix**2, 2)
    weights = jnp.where(excitatory[:, None], w, -2 * w)

    def step(s, i):
        v, u = s
        z = v >= 30
        v, u = jnp.where(z, c, v), jnp.where(z, u + d, u)
        current = jnp.where(excitatory, 5, 2) * jax.random.normal(jax.random.fold_in(k, i), (50,)) + z @ weights
        for _ in range(2):
            v = v + 0.5 * (0.04 * v * v + 5 * v + 140 - u + current)
        return (v, u + a * (b * v - u)), z

    v = jnp.full(50, -65.0)
    end, z = lax.scan(step, (v, b * v), jnp.arange(100))
    return end, z


def coba_inputs(r):
    return r.uniform(-60, -50, 200), r.integers(0, 200, (200, 10)).astype("int32")


@program(coba_inputs, tolerance=1e-7, x64=True)
def coba_network(v, targets):
    """Conductance-based network of 160 excitatory and 40 inhibitory neurons; spikes are delivered by scatter-add over targets."""
    excitatory = jnp.arange(200) < 160

    def step(s, _):
        v, ge, gi, refractory = s
        active = refractory <= 0
        v = v + jnp.where(active, 0.1 * (-(v + 60) + ge * (0 - v) + gi * (-80 - v) + 20) / 20, 0)
        z = v > -50
        v = jnp.where(z, -60, v)
        send = lambda z, w: jnp.zeros(200).at[targets].add(jnp.where(z, w, 0.0)[:, None])
        ge = ge * jnp.exp(-0.1 / 5) + send(z & excitatory, 0.1)
        gi = gi * jnp.exp(-0.1 / 10) + send(z & ~excitatory, 0.8)
        return (v, ge, gi, jnp.where(z, 50, refractory - 1)), jnp.sum(z)

    return lax.scan(step, (v, jnp.zeros(200), jnp.zeros(200), jnp.zeros(200, int)), None, length=300)


@program(lambda r: ((r.random((100, 8)) < 0.1), (r.random((100, 6)) < 0.1), r.uniform(0, 1, (8, 6))), tolerance=1e-10, x64=True)
def stdp(pre, post, w):
    """Spike-timing dependent plasticity with traces and bounded weights."""

    def step(s, z):
        w, x, y = s
        x, y = x * 0.95 + z[0], y * 0.95 + z[1]
        w = jnp.clip(w + 0.05 * jnp.outer(x, z[1]) - 0.06 * jnp.outer(z[0], y), 0, 1)
        return (w, x, y), jnp.mean(w)

    return lax.scan(step, (w, jnp.zeros(8), jnp.zeros(6)), (pre.astype(float), post.astype(float)))


@program(lambda r: (np.float64(0.3), r.uniform(0, 0.1, (8, 2))), tolerance=1e-9, x64=True)
def wilson_cowan(strength, s):
    """Populations of rates on a ring by a circulant product in Fourier space, and the gradient to the coupling."""

    def run(strength):
        distance = jnp.minimum(jnp.arange(8), 8 - jnp.arange(8))
        kernel = strength * jnp.exp(-distance / 2.0)
        f = lambda x: 1 / (1 + jnp.exp(-1.3 * (x - 4)))

        def step(s, _):
            e, i = s[:, 0], s[:, 1]
            far = jnp.fft.irfft(jnp.fft.rfft(kernel) * jnp.fft.rfft(e), 8)
            de = -e + f(12 * e - 4 * i + 1.25 + far)
            di = -i + f(13 * e - 11 * i)
            return s + 0.1 * jnp.stack([de, di], 1), e.mean()

        return lax.scan(step, s, None, length=40)

    return run(strength), jax.jacrev(lambda g: run(g)[1])(strength)


def reservoir_inputs(r):
    w = r.standard_normal((30, 30))
    return 0.9 * w / np.abs(np.linalg.eigvals(w)).max(), r.standard_normal(30), np.sin(np.arange(121) * 0.3) + 0.3 * np.sin(np.arange(121) * 0.71)


@program(reservoir_inputs, tolerance=1e-6, x64=True)
def reservoir(w, w_in, u):
    """An echo state network: states, ridge regression by solve, prediction, free run."""
    step = lambda h, x: ((1 - 0.3) * h + 0.3 * jnp.tanh(w @ h + w_in * x),) * 2
    h, states = lax.scan(step, jnp.zeros(30), u[:-1])
    s, y = states[20:], u[21:]
    out = jnp.linalg.solve(s.T @ s + 1e-3 * jnp.eye(30), s.T @ y)

    def free(c, _):
        h, x = c
        h, _ = step(h, x)
        return (h, h @ out), h @ out

    return s @ out, lax.scan(free, (h, u[-1]), None, length=10)[1]


@program(lambda r: (r.uniform(-70, -50, (16, 8)), r.uniform(0, 1, (16, 8))), tolerance=1e-8, x64=True)
def cable(v, current):
    """Multi-compartment neurons: implicit diffusion by a tridiagonal solver (Thomas) as two scans, vmapped over neurons."""

    def thomas(lower, diag, upper, rhs):
        def forward(c, x):
            lo, d, up, r = x
            m = 1 / (d - lo * c[0])
            return (up * m, (r - lo * c[1]) * m),  (up * m, (r - lo * c[1]) * m)

        _, (cs, ds) = lax.scan(forward, (0.0, 0.0), (lower, diag, upper, rhs))
        return lax.scan(lambda x, s: (s[1] - s[0] * x,) * 2, 0.0, (cs, ds), reverse=True)[1]

    n = 8
    off = jnp.full(n, -0.5)
    lower, upper = off.at[0].set(0), off.at[-1].set(0)
    diag = 1 + 0.05 - lower - upper
    step = lambda v, _: (jax.vmap(lambda r: thomas(lower, diag, upper, r))(v + current + 0.05 * -65),) * 2
    return lax.scan(step, v, None, length=20)


@program(lambda r: ((r.random((60, 9)) < 0.15).astype("float32"), (0.4 * r.standard_normal((9, 7))).astype("float32"), r.random((60, 7)).astype("float32")), tolerance=1e-4)
def eligibility_propagation(xs, w, target):
    """Online learning by eligibility traces: filtered inputs times pseudo-derivatives, weights in the carry."""

    def step(s, x):
        w, v, trace, out = s
        v = 0.9 * v + x[0] @ w
        z = (v > 0.6).astype(v.dtype)
        pseudo = jnp.maximum(0, 1 - jnp.abs(v - 0.6)) * 0.3
        v = v - 0.6 * z
        trace = 0.9 * trace + x[0]
        out = 0.8 * out + z
        error = out - x[1]
        return (w - 0.01 * jnp.outer(trace, pseudo * error), v, trace, out), jnp.mean(error**2)

    return lax.scan(step, (w, jnp.zeros(7), jnp.zeros(9), jnp.zeros(7)), (xs, target))
