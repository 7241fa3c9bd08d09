"""Writes jax.json: results of JAX (64-bit mode) for programs made of transforms, which ../jax_test.go runs through the trace API.

Run: python gen.py > jax.json, with jax 0.10 installed. Each program is a function of arrays that returns a list of arrays; the Go side has
a function of the same name.
"""
import json

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from jax import grad, hessian, jacfwd, jacrev, jit, jvp, lax, linearize, vjp, vmap

rng = np.random.default_rng(11)
f = lambda *s: rng.normal(size=s)
programs = []


def enc(a):
    a = np.asarray(a)
    data = a.ravel().tolist()
    if a.dtype.kind == "c":
        data = [[v.real, v.imag] for v in data]
    return {"dtype": str(a.dtype), "shape": list(a.shape), "data": data}


def add(name, fn, *inputs):
    out = jit(fn)(*inputs)
    out = out if isinstance(out, (list, tuple)) else [out]
    programs.append({"name": name, "inputs": [enc(x) for x in inputs], "outputs": [enc(x) for x in out]})


def each(fn):
    """Derivatives of an elementwise function, first and second."""
    return lambda x: [vmap(grad(fn))(x), vmap(grad(grad(fn)))(x)]


x = f(7)
pos = np.abs(f(7)) + 0.3
add("tanh_sin", each(lambda x: jnp.tanh(jnp.sin(x) * x)), x)
add("cube_exp", each(lambda x: x**3 * jnp.exp(-x)), x)
add("log1p_sqrt", each(lambda x: jnp.log1p(x * x) / jnp.sqrt(x + 1)), pos)
add("softplus", each(jax.nn.softplus), x)
add("gelu", each(jax.nn.gelu), x)
add("sigmoid_erf", each(lambda x: jax.nn.sigmoid(x) * jax.scipy.special.erf(x)), x)
add("lgamma", each(jax.scipy.special.gammaln), pos)
add("expm1_over", each(lambda x: x / jnp.expm1(x)), pos)
add("hyperbolic", each(lambda x: jnp.arctan(jnp.sinh(x)) + jnp.arcsinh(x) * jnp.cosh(x)), x)
add("third_tanh", vmap(grad(grad(grad(jnp.tanh)))), x)
add("power_both", lambda x, y: list(grad(lambda x, y: jnp.sum(x**y), (0, 1))(x, y)), pos, x)
add("atan2_hypot", lambda x, y: list(grad(lambda x, y: jnp.sum(jnp.arctan2(x, y) * jnp.sqrt(x * x + y * y)), (0, 1))(x, y)), x, pos)
add("logaddexp", lambda x, y: list(grad(lambda x, y: jnp.sum(jnp.logaddexp(x, y)), (0, 1))(x, y)), x, pos)

m = f(4, 5)
edge = np.array([-1.0, 0.0, 2.0, 2.0, -3.0])
add("kinks", grad(lambda x: jnp.sum(jnp.abs(x) + jnp.maximum(x, 0) + jnp.minimum(x, 2) + jnp.clip(x, -1, 2))), edge)
add("max_ties", grad(lambda x: jnp.max(x) * 3 + jnp.min(x)), edge)
add("prod", lambda x, y: list(grad(lambda x, y: jnp.prod(x) + jnp.sum(jnp.prod(y, 1) ** 2), (0, 1))(x, y)), edge, m)
add("cumulative", grad(lambda x: jnp.sum(jnp.cumsum(x, 1) ** 2 * jnp.cumsum(x, 0))), m)
add("safe_where", grad(lambda x: jnp.sum(jnp.where(x > 0, jnp.log(jnp.where(x > 0, x, 1)), x * x))), edge)
add("norm_axis", grad(lambda x: jnp.sum(jnp.sqrt(jnp.sum(x * x, axis=1)))), m)
add("sort", grad(lambda x: jnp.sum(jnp.sort(x, axis=1) * jnp.arange(5.0))), m)
add("logsumexp", lambda x: [grad(lambda x: jnp.sum(jax.scipy.special.logsumexp(x, axis=1)))(x), hessian(jax.scipy.special.logsumexp)(x[0])], m)
add("softmax_jac", jacrev(jax.nn.softmax), x)
add("variance", grad(lambda x: jnp.sum(jnp.var(x, axis=0) * jnp.std(x, axis=0))), m)


def layer_norm(x, g, b):
    mu, var = x.mean(1, keepdims=True), x.var(1, keepdims=True)
    return jnp.sum(jnp.tanh((x - mu) / jnp.sqrt(var + 1e-5) * g + b))


add("layer_norm", lambda *a: list(grad(layer_norm, (0, 1, 2))(*a)), m, f(5), f(5))
idx = np.array([0, 2, 2, 3, 0], np.int32)
add("gather_repeated", lambda x, i: grad(lambda x: jnp.sum(x[i] ** 3))(x), m, idx)
add("scatter_add", lambda x, u, i: list(grad(lambda x, u: jnp.sum(x.at[i].add(u) ** 3), (0, 1))(x, u)), m, f(5, 5), idx)
add("shuffle", grad(lambda x: jnp.sum(jnp.concatenate([jnp.flip(x, 1), jnp.roll(x, 2, 1)]) * jnp.pad(x, ((2, 2), (0, 0))) ** 2)), m)
add("dynamic_index", lambda x, i: grad(lambda x: lax.dynamic_index_in_dim(x, i, 0, False)[1] ** 2 + jnp.sum(x[:, i]))(x), m, np.int32(2))
add("matmul", lambda a, b: list(grad(lambda a, b: jnp.sum(jnp.sin(a @ b)), (0, 1))(a, b)), f(3, 4), f(4, 2))
add("einsum", lambda a, b: list(grad(lambda a, b: jnp.sum(jnp.einsum("bij,bjk->bik", a, b) ** 3), (0, 1))(a, b)), f(2, 3, 4), f(2, 4, 2))
add("outer_power", lambda a: hessian(lambda a: jnp.sum(jnp.outer(a, a) ** 2))(a), f(3))


def attention(q, k, v):
    return jnp.sum(jnp.tanh(jax.nn.softmax(q @ k.T / 2, axis=1) @ v))


add("attention", lambda *a: list(grad(attention, (0, 1, 2))(*a)), f(3, 4), f(5, 4), f(5, 4))


def mlp(x, w1, b1, w2):
    return jnp.tanh(x @ w1 + b1) @ w2


net = f(3, 6), f(6), f(6, 2)
batch, target = f(8, 3), f(8, 2)
mse = lambda w1, b1, w2, x, y: jnp.mean((mlp(x, w1, b1, w2) - y) ** 2)
add("mlp_grad", lambda *a: list(grad(mse, (0, 1, 2))(*a)), *net, batch, target)
add("mlp_jvp", lambda w1, b1, w2, x, d: list(jvp(lambda x: mlp(x, w1, b1, w2), (x,), (d,))), *net, batch, f(8, 3))
add("mlp_vjp", lambda w1, b1, w2, x, c: vjp(lambda *a: mlp(x, *a), w1, b1, w2)[1](c), *net, batch, target)
add("mlp_hessian", lambda w1, b1, w2, x, y: hessian(lambda b: mse(w1, b, w2, x, y))(b1), *net, batch, target)
add("mlp_hvp", lambda w1, b1, w2, x, y: jvp(grad(lambda w: mse(w, b1, w2, x, y)), (w1,), (jnp.ones_like(w1),))[1], *net, batch, target)
add("mlp_linearize", lambda w1, b1, w2, x: vmap(lambda d: linearize(lambda x: mlp(x, w1, b1, w2), x)[1](d))(jnp.eye(3)), *net, batch[0])
add("mlp_jacobians", lambda w1, b1, w2, x: [jacfwd(lambda x: mlp(x, w1, b1, w2))(x), jacrev(lambda w: mlp(x, w, b1, w2))(w1)], *net, batch[0])


def clipped(w1, b1, w2, x, y):
    g = vmap(grad(mse), (None, None, None, 0, 0))(w1, b1, w2, x, y)
    return g / jnp.maximum(1, jnp.sqrt(jnp.sum(g * g, axis=(1, 2), keepdims=True)) / 0.1)


add("per_example_clipping", clipped, *net, batch, target)
add("cross_entropy", lambda w, x, l: grad(lambda w: -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x @ w), l[:, None], 1)))(w),
    f(3, 4), batch, np.array([0, 1, 2, 3, 3, 2, 1, 0], np.int32))
add("laplacian", lambda x: vmap(lambda p: jnp.trace(hessian(lambda p: jnp.sin(p[0]) * p[1] ** 3 * jnp.exp(p[2]))(p)))(x), batch)
add("mixed_axes", lambda a, b: vmap(lambda r, c: vmap(lambda e: jnp.sin(e) * c.sum())(r), (1, 0), 1)(a, b), m, f(5, 2))
add("grad_of_vmap", lambda w, x: grad(lambda w: vmap(lambda x: jnp.tanh(w @ x))(x).prod())(w), f(3), batch)

# control flow
seq, h0 = f(12, 3), np.zeros(4)


def rnn(w, u, xs):
    return lax.scan(lambda h, x: (jnp.tanh(h @ w + x @ u),) * 2, h0, xs)[1].sum()


add("rnn", lambda *a: list(grad(rnn, (0, 1, 2))(*a)), f(4, 4), f(3, 4), seq)
add("rnn_checkpointed", lambda w, u, xs: grad(lambda w: lax.scan(jax.checkpoint(lambda h, x: (jnp.tanh(h @ w + x @ u),) * 2), h0, xs)[1].sum())(w),
    f(4, 4), f(3, 4), seq)


def gru(w, u, xs):
    def cell(h, x):
        z, r = jax.nn.sigmoid(x @ w[0] + h @ u[0]), jax.nn.sigmoid(x @ w[1] + h @ u[1])
        n = jnp.tanh(x @ w[2] + (r * h) @ u[2])
        h = (1 - z) * n + z * h
        return h, h

    return jnp.sum(lax.scan(cell, h0, xs)[1] ** 2)


add("gru", lambda *a: list(grad(gru, (0, 1))(*a)), f(3, 3, 4), f(3, 4, 4), seq)


def lstm_cell(w, u, c, h, x):
    i, fo, g, o = jnp.split(x @ w + h @ u, 4)
    c = jax.nn.sigmoid(fo) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return c, jax.nn.sigmoid(o) * jnp.tanh(c)


def lstm_unrolled(w, u, xs):
    c = h = h0
    for x in xs[:6]:
        c, h = lstm_cell(w, u, c, h, x)
    return jnp.sum(h * h)


def lstm_scanned(w, u, xs):
    (c, h), _ = lax.scan(lambda s, x: (lstm_cell(w, u, *s, x), None), (h0, h0), xs, reverse=True)
    return jnp.sum(h * h)


lstm = f(3, 16), f(4, 16)
add("lstm_unrolled", lambda *a: list(grad(lstm_unrolled, (0, 1, 2))(*a)), *lstm, seq)
add("lstm_scanned_back", lambda *a: list(grad(lstm_scanned, (0, 1, 2))(*a)), *lstm, seq)
add("vmap_lstm", lambda w, u, xs: vmap(grad(lstm_scanned), (None, None, 0))(w, u, xs), *lstm, f(3, 5, 3))


def lorenz(p):
    x, y, z = p
    return jnp.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])


def rk4(p, dt=0.01):
    k1 = lorenz(p)
    k2 = lorenz(p + dt / 2 * k1)
    k3 = lorenz(p + dt / 2 * k2)
    k4 = lorenz(p + dt * k3)
    return p + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


flow = lambda p: lax.scan(lambda p, _: (rk4(p), None), p, None, length=40)[0]
add("rk4_flow", lambda p: [flow(p), jacfwd(flow)(p), jacrev(flow)(p)], np.array([1.0, 2.0, 20.0]))
add("logistic_map", lambda r: [grad(lambda r: lax.scan(lambda x, _: (r * x * (1 - x), None), 0.3, None, length=30)[0])(r),
                               grad(grad(lambda r: lax.scan(lambda x, _: (r * x * (1 - x), None), 0.3, None, length=30)[0]))(r)], np.float64(3.1))
add("nested_scan", lambda w, m: list(grad(lambda w, m: lax.scan(lambda a, r: (lax.scan(lambda b, e: (jnp.sin(b * e + w), b), a, r)[0], a), 0.5, m)[0] * 2, (0, 1))(w, m)),
    np.float64(0.7), m)
add("late_tangent", grad(lambda w: sum(lax.scan(lambda s, _: ((s[1], s[2], s[2] * w), None), (1.0, 2.0, 3.0), None, length=5)[0])), np.float64(0.9))
add("zero_steps", grad(lambda w: lax.scan(lambda c, x: (c * w, None), w * w, np.zeros((0, 2)))[0]), np.float64(1.5))
add("while_forward", lambda x: list(jvp(lambda x: lax.while_loop(lambda v: v < 100, lambda v: v * v + x, x), (x,), (1.0,))), np.float64(1.7))
add("vmap_while", vmap(lambda x: lax.while_loop(lambda v: v[0] < 100, lambda v: (v[0] * 1.7, v[1] + 1), (x, 0))[0]), pos)
add("cond", lambda x: [vmap(grad(lambda x: lax.cond(x > 0, jnp.sin, lambda x: x**3, x)))(x),
                       jnp.stack([grad(lambda x: lax.cond(x > 0, jnp.sin, lambda x: x**3, x))(e) for e in x])], x)
add("switch", lambda x, k: vmap(grad(lambda x, k: lax.switch(k, [jnp.sin, jnp.exp, lambda x: x * x], x)))(x, k), x[:5], np.array([0, 1, 2, -4, 9], np.int32))
add("descent_inside", grad(lambda lr: jnp.sum(lax.scan(lambda p, _: (p - lr * grad(lambda p: jnp.sum(p**4) + p[0] * p[1])(p), None), jnp.array([1.0, -0.5]), None, length=10)[0] ** 2)),
    np.float64(0.05))
add("newton", grad(lambda a: lax.scan(lambda x, _: (x - (x**3 - a) / (3 * x * x), None), 1.0, None, length=12)[0]), np.float64(5.0))
add("power_iteration", lambda a: grad(lambda a: (lambda v: v @ a @ v)(lax.scan(lambda v, _: ((a @ v) / jnp.linalg.norm(a @ v), None), jnp.ones(3), None, length=15)[0]))(a),
    f(3, 3) + 3 * np.eye(3))
add("sinkhorn", grad(lambda c: (lambda k, s: jnp.sum(s[0][:, None] * k * s[1] * c))(
    jnp.exp(-c), lax.scan(lambda s, _: ((1 / (jnp.exp(-c) @ s[1]), 1 / (jnp.exp(-c).T @ (1 / (jnp.exp(-c) @ s[1])))), None), (jnp.ones(4), jnp.ones(4)), None, length=8)[0])),
    np.abs(f(4, 4)))


# neurons
def hh_rates(v):
    am, bm = 0.1 * (v + 40) / (1 - jnp.exp(-(v + 40) / 10)), 4 * jnp.exp(-(v + 65) / 18)
    ah, bh = 0.07 * jnp.exp(-(v + 65) / 20), 1 / (1 + jnp.exp(-(v + 35) / 10))
    an, bn = 0.01 * (v + 55) / (1 - jnp.exp(-(v + 55) / 10)), 0.125 * jnp.exp(-(v + 65) / 80)
    return am, bm, ah, bh, an, bn


def hh(g, i):
    def step(s, _):
        v, m, h, n = s
        am, bm, ah, bh, an, bn = hh_rates(v)
        dv = i - g[0] * m**3 * h * (v - 50) - g[1] * n**4 * (v + 77) - g[2] * (v + 54.387)
        dt = 0.01
        return (v + dt * dv, m + dt * (am * (1 - m) - bm * m), h + dt * (ah * (1 - h) - bh * h), n + dt * (an * (1 - n) - bn * n)), v

    return lax.scan(step, (-64.0, 0.05, 0.6, 0.32), None, length=1000)[1][-1]


add("hh_1000_steps", lambda g, i: [hh(g, i), *grad(hh, (0, 1))(g, i)], np.array([120.0, 36.0, 0.3]), np.float64(10.0))


@jax.custom_vjp
def spike(v):
    return (v > 0).astype(v.dtype)


spike.defvjp(lambda v: (spike(v), v), lambda v, c: (c * 4 * jax.nn.sigmoid(4 * v) * (1 - jax.nn.sigmoid(4 * v)),))


def snn(w1, w2, x, labels):
    def step(s, x):
        v, o = s
        v = 0.9 * v + x @ w1
        z = spike(v - 1)
        v = v - z
        o = 0.95 * o + z @ w2
        return (v, o), o

    _, out = lax.scan(step, (jnp.zeros((4, 6)), jnp.zeros((4, 3))), x)
    logp = jax.nn.log_softmax(out.mean(0))
    return -jnp.mean(jnp.take_along_axis(logp, labels[:, None], 1))


add("snn", lambda w1, w2, x, l: [snn(w1, w2, x, l), *grad(snn, (0, 1))(w1, w2, x, l)],
    f(5, 6), f(6, 3), (rng.random((20, 4, 5)) < 0.3).astype(float), np.array([0, 1, 2, 1], np.int32))
add("surrogate_forms", lambda v: [grad(lambda v: jnp.sum(spike(v) * v))(v), vmap(grad(spike))(v)], x)


@jax.custom_jvp
def soft_abs(x):
    return jnp.abs(x)


soft_abs.defjvp(lambda p, t: (soft_abs(p[0]), t[0] * jnp.tanh(10 * p[0])))
add("custom_jvp", lambda x: [grad(lambda x: jnp.sum(soft_abs(x) ** 2))(x), jacfwd(soft_abs)(x), vmap(grad(grad(soft_abs)))(x)], x)
add("stop_gradient", lambda x: [grad(lambda x: jnp.sum(x * lax.stop_gradient(x) ** 2))(x),
                                hessian(lambda x: jnp.sum(lax.stop_gradient(jnp.sin(x)) * x**3))(x[:3])], x)

# complex numbers
z = f(4) + 1j * f(4)
add("complex_grad", lambda z: [grad(lambda z: jnp.sum(jnp.real(z * z * jnp.conj(z))))(z), grad(lambda z: jnp.sum(jnp.abs(jnp.exp(z)) ** 2))(z)], z)
add("complex_inside", lambda x: grad(lambda x: jnp.sum(jnp.abs(jnp.exp(1j * x) + x) ** 2))(x), x)
add("complex_vjp", lambda z, c: [jvp(lambda z: z * z * jnp.sin(z), (z,), (c,))[1], vjp(lambda z: z * z * jnp.sin(z), z)[1](c)[0]], z, f(4) + 1j * f(4))

# random numbers: the same keys in each lane as JAX has
key = jax.random.key_data(jax.random.key(5))
wrap = jax.random.wrap_key_data
add("reparametrised", lambda k, mu, s: list(grad(lambda mu, s: jnp.mean((mu + s * jax.random.normal(wrap(k), (9,))) ** 3), (0, 1))(mu, s)), key, 0.3, 1.2)
add("lanes_of_keys", lambda k: vmap(lambda k: jax.random.uniform(wrap(k), (3,)))(jax.random.key_data(jax.random.split(wrap(k), 5))), key)
add("euler_maruyama", lambda k, th: vmap(lambda k: grad(lambda th: lax.scan(lambda x, e: (x - 0.1 * th * x + 0.3 * x * e, None), 1.0, jax.random.normal(wrap(k), (15,)))[0])(th))(
    jax.random.key_data(jax.random.split(wrap(k), 4))), key, 0.8)

print("[\n" + ",\n".join(json.dumps(p, separators=(",", ":")) for p in programs) + "\n]")
