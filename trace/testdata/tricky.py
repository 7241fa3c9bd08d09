"""Writes tricky.json: results of JAX 0.10.2 for programs that are easy to get wrong, which ../jax_tricky_test.go runs through the trace API.

Run: python tricky.py > tricky.json. Each program is a function of arrays that returns a list of arrays; the Go side has a function of the same
name. Numbers that JSON cannot hold are strings.
"""
import json
import math

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from jax import checkpoint, custom_jvp, custom_vjp, grad, hessian, jacfwd, jacrev, jit, jvp, lax, value_and_grad, vjp, vmap

rng = np.random.default_rng(23)
f = lambda *s: rng.normal(size=s)
programs = []


def number(v):
    if isinstance(v, complex):
        return [number(v.real), number(v.imag)]
    if isinstance(v, float) and not math.isfinite(v):
        return str(v)
    return v


def enc(a):
    a = np.asarray(a)
    name = str(a.dtype)
    wide = a if a.dtype.kind in "biuc" else a.astype(np.float64)
    return {"dtype": name, "shape": list(a.shape), "data": [number(v) for v in wide.ravel().tolist()]}


def add(name, fn, *inputs):
    inputs = [jnp.asarray(x) for x in inputs]
    out = jit(fn)(*inputs)
    programs.append({"name": name, "inputs": [enc(x) for x in inputs], "outputs": [enc(x) for x in jax.tree.leaves(out)]})


x = f(5)
edge = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
sums = lambda fn: lambda *a: grad(lambda *a: jnp.sum(fn(*a)), tuple(range(len(a))))(*a)

# integer and bool carries in loops that are differentiated
def int_carry(x):
    def step(c, _):
        x, n, flip = c
        return (jnp.where(flip, jnp.sin(x) * n, x + n), n + 1, ~flip), n * x
    (x, n, _), ys = lax.scan(step, (x, jnp.int32(1), False), None, length=6)
    return jnp.sum(x) * n + jnp.sum(ys[::2])
add("int_carry", grad(int_carry), x)
add("int_carry_jvp", lambda x: jvp(int_carry, (x,), (jnp.cos(x),)), x)
add("int_xs", lambda x, k: grad(lambda x: lax.scan(lambda c, k: (c.at[k].set(c[k] * c[(k + 1) % 5]), c[k]), x, k)[0].sum())(x), x, np.array([0, 3, 3, 1], np.int32))
add("switch_carry", lambda x: grad(lambda x: lax.fori_loop(0, 7, lambda i, c: (lax.switch(c[1] % 3, [jnp.sin, lambda v: jnp.exp(-v), lambda v: v * v], c[0]), c[1] + 2), (x, jnp.int32(0)))[0].sum())(x), x)
add("while_in_scan", lambda x: jvp(lambda x: lax.scan(lambda c, y: (lax.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1] * jnp.sin(y)), (0, c))[1] + y, c), 1.0, x)[0], (x,), (jnp.ones(5),)), x)
add("while_no_turn", lambda x: jvp(lambda x: lax.while_loop(lambda s: jnp.all(s > 1e9), lambda s: s * 2, x), (x,), (x + 1,)), x)
add("vmap_while_jvp", lambda x: vmap(lambda x: jvp(lambda x: lax.while_loop(lambda s: s[0] < 4, lambda s: (s[0] + jnp.abs(s[1]) + 0.5, s[1] * 1.1), (x, x))[1], (x,), (1.0,))[1])(x), x)

# nothing in it
add("no_rows", lambda x, w: sums(lambda x, w: jnp.tanh(x @ w))(x, w), np.zeros((0, 3)), f(3, 2))
add("no_columns", lambda x, w: sums(lambda x, w: jnp.tanh(x @ w + 1))(x, w), np.zeros((3, 0)), np.zeros((0, 2)))
add("empty_product", lambda x, y: [jnp.prod(x) * y, *grad(lambda x, y: jnp.prod(x) * y, (0, 1))(x, y)], np.zeros(0), 3.0)
add("empty_lanes", lambda x: vmap(grad(lambda v: lax.scan(lambda c, e: (jnp.sin(c * e), c), 1.0, v)[0]))(x), np.zeros((0, 4)))
add("empty_scan_of_empty", lambda x, y: grad(lambda x, y: lax.scan(lambda c, e: (c * jnp.sum(e), c), y, x)[0], (0, 1))(x, y), np.zeros((0, 2, 0)), 1.5)

# types
add("two_widths", lambda x, y: sums(lambda x, y: jnp.sin(x) * y)(x, y), f(4).astype(np.float32), f(4))
add("half", lambda x: sums(lambda x: jnp.exp(x) * x)(x), np.array([0.5, -1, 2, 0], np.float16))
add("half_product", lambda x, y: sums(lambda x, y: x @ y)(x, y), np.array([[1, 2], [3, 4]], np.float16), np.array([[0.5], [2]], np.float16))
add("brain_half", lambda x, l: grad(lambda x: -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), l[:, None], 1)))(x), jnp.asarray([[1, 2, 3.5], [0.25, -1, 4]], jnp.bfloat16), np.array([2, 0], np.int32))
add("half_scan", lambda x: grad(lambda x: lax.scan(lambda c, e: (c * 0.5 + e, None), jnp.float16(0), x)[0])(x), np.array([1, 2, 3], np.float16))
add("cast_inside", lambda x: sums(lambda x: jnp.square(x.astype(jnp.float32)).astype(jnp.float64) * x)(x), x)
add("cast_to_int", lambda x: sums(lambda x: x.astype(jnp.int32) * x)(x), x * 3)
add("complex_loop", lambda z: grad(lambda z: jnp.abs(lax.fori_loop(0, 5, lambda i, c: c * z + 0.1, z)) ** 2)(z), 0.6 + 0.5j)
add("complex_lanes", lambda z: vmap(grad(lambda z: jnp.real(z * jnp.conj(z)) + jnp.imag(z**3)))(z), f(4) + 1j * f(4))
add("real_and_complex", lambda x, z: sums(lambda x, z: jnp.real(jnp.exp(1j * x * z)))(x, z), f(3), f(3) + 1j * f(3))
add("complex64", lambda z: grad(lambda z: jnp.sum(jnp.abs(jnp.sqrt(z))))(z), (f(3) + 1j * f(3)).astype(np.complex64))

# results beside the loss, in loops and branches
def aux_loss(w, x):
    def step(h, e):
        h = jnp.tanh(h * w + e)
        return h, (h, jnp.argmax(jnp.stack([h, e])))
    h, (hs, best) = lax.scan(step, 0.0, x)
    return h**2, (hs, best, w * 3)
add("aux", lambda w, x: value_and_grad(aux_loss, (0, 1), has_aux=True)(w, x), 0.7, x)
add("aux_of_lanes", lambda w, x: vmap(grad(aux_loss, has_aux=True), (0, None))(w, x), f(3), x)
add("cond_outer", lambda x, y: vmap(grad(lambda x, y: lax.cond(x > y, lambda v: (v * y, jnp.log(y)), lambda v: (jnp.sin(v), v * 0), x)[0], (0, 1)), (0, None))(x, y), x, 0.1)
add("cond_unused", lambda x: grad(lambda x: lax.cond(x > 10, lambda v: (jnp.sqrt(-v), v), lambda v: (v, v * v), x)[1])(x), 2.0)

# orders and nestings
g2 = lambda x: jnp.sum(lax.scan(lambda c, e: (jnp.sin(c * e) + c, c), x, jnp.arange(1.0, 4.0))[0] ** 2)
add("hessians", lambda x: [hessian(g2)(x), jacrev(jacrev(g2))(x), jacrev(jacfwd(g2))(x)], x[:3])
add("jvp_of_vjp", lambda x, v: jvp(lambda x: vjp(g2, x)[1](2.0)[0], (x,), (v,)), x, f(5))
add("vjp_of_jvp", lambda x, v: vjp(lambda x: jvp(g2, (x,), (v,))[1], x)[1](1.5)[0], x, f(5))
add("third_of_scan", grad(lambda w: grad(lambda w: grad(lambda w: lax.fori_loop(0, 4, lambda i, c: jnp.sin(c * w), w))(w))(w)), 0.8)
add("lanes_both_ways", lambda x, y: vmap(vmap(grad(lambda a, b: jnp.sin(a * b) * b, (0, 1)), (0, None)), (None, 0))(x, y), x, f(3))
add("lanes_in_loop_in_lanes", lambda m: vmap(lambda r: lax.scan(lambda c, e: (c + vmap(lambda a: jnp.sin(a * e))(r).sum(), c * e), 0.0, r)[1])(m), f(3, 4))
add("checkpoint_nest", lambda m: grad(lambda m: vmap(lambda r: lax.scan(checkpoint(lambda c, e: (checkpoint(jnp.sin)(c * e) + jnp.exp(c), c)), 0.1, r)[0])(m).sum())(m), f(3, 4) * 0.3)
add("loop_grad_in_loop", lambda x: grad(lambda x: lax.fori_loop(0, 3, lambda i, c: c - 0.1 * grad(lambda p: jnp.sum(lax.scan(lambda q, e: (q * e, None), p, jnp.arange(1.0, 3.0))[0] ** 2) + jnp.sum(p**4))(c), x).sum())(x), x)
add("late_lanes", lambda x: vmap(lambda e: lax.scan(lambda c, i: ((c[1], c[2], c[0] * e), c[0]), (1.0, 2.0, 3.0), jnp.arange(5))[1])(x), x)
add("stopped_carry", lambda x: grad(lambda x: lax.scan(lambda c, e: (lax.stop_gradient(c) * e + c, c), 1.0, x)[0])(x), x)
add("reverse_ys", lambda x: grad(lambda x: jnp.sum(lax.scan(lambda c, e: (c * 0.5, c * e * e), 2.0, x, reverse=True)[1] * jnp.arange(5.0)))(x), x)

# derivatives where they break
add("kinks", lambda x: [vmap(grad(g))(x) for g in (jnp.abs, jnp.sign, lambda v: jnp.maximum(v, v), lambda v: jnp.maximum(v, 0.0), lambda v: jnp.minimum(v, 1.0), lambda v: jnp.clip(v, -1.0, 1.0),
                                                     jax.nn.relu, jax.nn.leaky_relu, jax.nn.elu, jax.nn.relu6, jax.nn.celu, jax.nn.selu, jax.nn.hard_tanh, jax.nn.soft_sign, jax.nn.softplus, jnp.sinc, jnp.round, jnp.exp2)], edge)
add("roots", lambda x: [vmap(grad(g))(x) for g in (jnp.sqrt, jnp.cbrt, lambda v: jnp.where(v > 0, jnp.sqrt(v), 0.0), lambda v: jnp.where(v > 0, jnp.sqrt(jnp.where(v > 0, v, 1.0)), 0.0))], edge)
add("powers", lambda x: [vmap(grad(lambda v, p=p: v**p))(x) for p in (0, 1, 2, 3, -1)], edge)
add("power_of_zero", lambda x, y: sums(lambda x, y: jnp.power(x, y))(x, y), np.array([0.0, 0.0, 2.0, 1.0]), np.array([2.0, 1.0, 0.0, 3.0]))
add("norm_of_zero", lambda x: [grad(lambda x: jnp.linalg.norm(x))(x), grad(lambda x: jnp.sqrt(jnp.sum(x * x)))(x)], np.zeros(3))
add("ties", lambda m: [sums(lambda m: g(m, 1) * jnp.arange(1.0, 4.0))(m)[0] for g in (jnp.max, jnp.min, jnp.prod)] + [sums(lambda m: jnp.sort(m, 1) * jnp.arange(4.0))(m)[0]],
    np.array([[1, 2, 2, 1], [0, 0, 3, 3], [5, 5, 5, 5.0]]))
add("zeros_in_product", lambda x: hessian(jnp.prod)(x), np.array([2.0, 0, 3]))
add("logs_of_nothing", lambda x: [grad(jax.scipy.special.logsumexp)(x), grad(lambda x: jax.nn.log_softmax(x)[1])(x), sums(jax.nn.softplus)(x)[0]], np.array([-np.inf, 800.0, 1.0]))
add("remainders", lambda x, y: [*sums(jnp.mod)(x, y), *sums(jnp.fmod)(x, y), *sums(jnp.floor_divide)(x, y)], np.array([5.5, -5.5, 3.0]), np.array([2.0, 2.0, -1.7]))
add("angles", lambda x, y: [*sums(jnp.arctan2)(x, y), *sums(jnp.hypot)(x, y)], np.array([0.0, 1.0, -1.0, 3.0]), np.array([2.0, 0.0, -1.0, 4.0]))
add("constant_spread", lambda x: [grad(jnp.var)(x), grad(jnp.std)(x + jnp.arange(4))], np.full(4, 2.5))

# places
add("repeated_max", lambda x, u: sums(lambda x, u: x.at[jnp.array([0, 0, 3])].max(u) * jnp.arange(1.0, 6.0))(x, u), x, np.array([5.0, 4.0, -9.0]))
add("updates_multiply", lambda x, u: sums(lambda x, u: x.at[jnp.array([1, 4])].multiply(u, unique_indices=True) ** 2)(x, u), x, f(2))
add("negative_places", lambda x: grad(lambda x: x[-1] * x[-2] + jnp.sum(x[jnp.array([-1, 0, -1])] ** 2))(x), x)
add("strides", lambda m: grad(lambda m: jnp.sum(jnp.sin(m[::-2, 1::2]) @ m[:2, ::-1][:, :2].T))(m), f(4, 4))
add("along_axis", lambda m: grad(lambda m: jnp.sum(jnp.take_along_axis(m, jnp.argsort(m, 1), 1) ** 2 * jnp.arange(4.0)))(m), f(3, 4))
add("einsums", lambda a, b: sums(lambda a, b: jnp.einsum("iij,jk,k->i", a, b, b[0]) * jnp.einsum("ii", b))(a, b), f(3, 3, 2), f(2, 2))

# rules of one's own
@custom_vjp
def clipped(x, lo):
    return x
clipped.defvjp(lambda x, lo: (x, lo), lambda lo, g: (jnp.clip(g, lo, -lo), None))
add("clipped_in_scan", lambda m: grad(lambda m: vmap(lambda r: lax.scan(lambda c, e: (clipped(c * e * 3, -1.0), None), 1.0, r)[0])(m).sum() * 2)(m), f(3, 4))


@custom_jvp
def powi(x, n):
    return x**n
powi.defjvp(lambda p, t: (powi(*p), t[0] * p[1] * powi(p[0], p[1] - 1)))
add("integer_argument", lambda x: [vmap(grad(lambda v: powi(v, 3)))(x), vmap(grad(grad(lambda v: powi(v, 3))))(x), vmap(lambda n: grad(lambda v: powi(v, n))(1.7))(jnp.arange(1, 4))], x)

key = jax.random.key_data(jax.random.key(8))
wrap = jax.random.wrap_key_data
def noisy(key, x):
    def step(c, _):
        k, v = c
        k, sub = jax.random.split(k)
        return (k, v + 0.1 * jax.random.normal(sub) * v), v
    return lax.scan(step, (wrap(key), x), None, length=6)[0][1]
add("keys_in_carry", lambda k, x: vmap(value_and_grad(noisy, 1), (0, None))(jax.random.key_data(jax.random.split(wrap(k), 3)), x), key, 1.3)

print("[\n" + ",\n".join(json.dumps(p, separators=(",", ":")) for p in programs) + "\n]")
