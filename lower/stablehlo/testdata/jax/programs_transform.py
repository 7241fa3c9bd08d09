"""Transforms of JAX, control flow, trees: what their traces look like."""

import jax
import jax.flatten_util
import jax.numpy as jnp
import jax.scipy.optimize
import numpy as np
from jax import lax

from program import key, normal, program


@program(normal((5,), dtype="float64"), tolerance=1e-10, x64=True)
def derivatives(x):
    """grad of grad, jacobians in both modes, Hessian, products with vectors, jvp of vjp, linearize."""
    f = lambda x: jnp.sum(jnp.sin(x) * jnp.roll(x, 1) ** 2) + jnp.prod(jnp.tanh(x))
    g = lambda x: jnp.outer(x, jnp.exp(x))[:, :2]
    hvp = lambda v: jax.jvp(jax.grad(f), (x,), (v,))[1]
    y, linear = jax.linearize(f, x)
    return (f(x), jax.grad(f)(x), jax.hessian(f)(x), jax.jacfwd(g)(x), jax.jacrev(g)(x), hvp(jnp.ones(5)), jax.grad(lambda x: jnp.sum(jax.grad(f)(x) ** 2))(x), y, linear(x),
            jax.vjp(g, x)[1](jnp.ones((5, 2))))


@program(normal((4, 6), (6, 3)))
def vmaps(x, w):
    """vmap over axes in and out, nested, of control flow, of gradients for each example."""
    loss = lambda w, x: jnp.sum(jnp.tanh(x @ w) ** 2)
    branch = lambda x: lax.cond(x[0] > 0, lambda x: jnp.sum(x), lambda x: x[1] * 2, x)
    scan = lambda x: lax.scan(lambda c, y: (c * 0.5 + y, c), 0.0, x)
    return (jax.vmap(jax.grad(loss), (None, 0))(w, x), jax.vmap(branch)(x), jax.vmap(scan)(x), jax.vmap(lambda c: c * 2, 1, 1)(x), jax.vmap(jax.vmap(jnp.add, (0, None)), (None, 0))(x[:, 0], w[:, 0]),
            jax.vmap(lambda x, i: x[i])(x, jnp.array([0, 5, 2, 3])), jax.vmap(lambda x, i: x.at[i].add(1))(x, jnp.array([0, 5, 2, 3])), jax.vmap(jnp.sort)(x))


@jax.custom_vjp
def clipped(x):
    return jnp.exp(x)


clipped.defvjp(lambda x: (jnp.exp(x), x), lambda x, g: (jnp.clip(g * jnp.exp(x), -1, 1),))


@jax.custom_jvp
def log1pexp(x):
    return jnp.log(1 + jnp.exp(x))


log1pexp.defjvp(lambda p, t: (log1pexp(p[0]), jax.nn.sigmoid(p[0]) * t[0]))


@program(normal((8,)))
def custom_derivatives(x):
    """custom_vjp, custom_jvp, stop_gradient, a straight-through estimator, an implicit function by custom_root."""
    ste = lambda x: x + lax.stop_gradient(jnp.round(x) - x)
    root = lambda a: lax.custom_root(lambda z: z**3 + z - a, jnp.zeros_like(a), lambda f, z: lax.fori_loop(0, 20, lambda i, z: z - f(z) / (3 * z**2 + 1), z), lambda g, y: y / g(jnp.ones_like(y)))
    return (jax.value_and_grad(lambda x: jnp.sum(clipped(x)))(x), jax.value_and_grad(lambda x: jnp.sum(log1pexp(3 * x)))(x), jax.grad(lambda x: jnp.sum(ste(x) ** 2))(x), jax.value_and_grad(lambda x: jnp.sum(root(x)))(x))


@program(normal((6, 6), (6,)))
def checkpoints(w, x):
    """Rematerialisation with policies, in a scan of scans."""
    layer = lambda h, _: (jnp.tanh(w @ h), None)
    f = lambda w, policy: jnp.sum(jax.checkpoint(lambda w, x: jnp.sin(w @ jnp.tanh(w @ x)), policy=policy)(w, x))
    block = jax.checkpoint(lambda h, _: lax.scan(lambda h, _: (jnp.tanh(w @ h), None), h, None, length=3))
    return (jax.grad(f)(w, None), jax.grad(f)(w, jax.checkpoint_policies.dots_saveable), jax.grad(lambda x: jnp.sum(lax.scan(block, x, None, length=3)[0]))(x), lax.scan(layer, x, None, length=2)[0])


@program(lambda r: (np.int32(2), np.int32(-3), np.bool_(True), r.standard_normal(5).astype("float32")))
def branches(i, j, p, x):
    """cond and switch: indices outside are clamped, branches that capture, nested, in gradients, with several results."""
    fs = [jnp.sin, jnp.cos, lambda x: x**2, lambda x: -x]
    pick = lambda i, x: lax.switch(i, fs, x)
    nested = lambda x: lax.cond(p, lambda: lax.cond(x[0] > 100, lambda: x, lambda: pick(i, x)), lambda: x * 0)
    return (pick(i, x), pick(j, x), pick(i + 50, x), nested(x), jax.grad(lambda x: jnp.sum(nested(x) ** 2))(x), lax.cond(p, lambda a, b: (a, b, i), lambda a, b: (b, a, j), x, x + 1),
            jax.vmap(pick, (0, None))(jnp.arange(-1, 6), x), lax.select_n(jnp.array([0, 2, 1, 0, 2]), x, x * 10, x * 100), lax.scan(lambda c, k: (lax.switch(k % 4, fs, c), c), x, jnp.arange(6)))


@program(lambda r: ({"b": r.standard_normal(3).astype("float32"), "a": [r.standard_normal((2, 2)).astype("float32"), np.int32(4)]}, (r.standard_normal(2).astype("float32"), {"z": np.bool_(False)})), donate=(0,))
def trees(params, state):
    """Trees with many leaves of several types in and out; one argument is donated, some results are arguments or the same array twice."""
    scaled = jax.tree.map(lambda x: x * 2, params)
    flat, _ = jax.flatten_util.ravel_pytree((params["b"], params["a"][0]))
    return scaled, state, {"twice": (scaled["b"], scaled["b"]), "flat": flat, "constant": jnp.arange(3), "none": None}, params["a"][1], jnp.float32(1.5)


@program(normal((12,), dtype="float64"), tolerance=1e-7, x64=True)
def gauss_newton(x):
    """Levenberg-Marquardt: Jacobian, damped normal equations, acceptance by cond in a while loop."""
    t = jnp.linspace(0, 1, 12)
    y = 2 * jnp.exp(-1.5 * t) + 0.5 + 0.01 * x
    residual = lambda p: p[0] * jnp.exp(-p[1] * t) + p[2] - y

    def step(s):
        p, lam, n = s
        r, j = residual(p), jax.jacfwd(residual)(p)
        q = p - jnp.linalg.solve(j.T @ j + lam * jnp.eye(3), j.T @ r)
        better = jnp.sum(residual(q) ** 2) < jnp.sum(r**2)
        return *lax.cond(better, lambda: (q, lam / 3), lambda: (p, lam * 2)), n + 1

    return lax.while_loop(lambda s: s[2] < 6, step, (jnp.array([1.0, 1.0, 0.0]), 1.0, 0))


@program(lambda r: (np.zeros(2),), tolerance=1e-6, x64=True)
def minimize(x):
    """BFGS with a line search, from jax.scipy: nested while loops with many carries."""
    rosenbrock = lambda x: (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2
    result = jax.scipy.optimize.minimize(rosenbrock, x, method="BFGS", tol=1e-8)
    return result.x, result.fun, result.success


@program(lambda r: (r.standard_normal((30, 4)), r.integers(0, 2, 30)), tolerance=1e-8, x64=True)
def logistic_regression(x, y):
    """Newton's method with a Hessian by jax.hessian, until the gradient vanishes."""
    loss = lambda w: jnp.mean(jax.nn.softplus(x @ w) - y * (x @ w)) + 0.01 * w @ w
    body = lambda s: (s[0] - jnp.linalg.solve(jax.hessian(loss)(s[0]), jax.grad(loss)(s[0])), s[1] + 1)
    return lax.while_loop(lambda s: (jnp.linalg.norm(jax.grad(loss)(s[0])) > 1e-8) & (s[1] < 20), body, (jnp.zeros(4), 0))


@program(lambda r: (0.7 + 0.2 * r.standard_normal((4, 5)), r.integers(0, 5, 12)), tolerance=1e-9, x64=True)
def hidden_markov(emissions, observed):
    """A hidden Markov model: forward algorithm in logarithms, its gradient (posteriors), Viterbi with back-pointers."""
    log_e = jax.nn.log_softmax(emissions)
    log_t = jax.nn.log_softmax(-jnp.abs(jnp.arange(4)[:, None] - jnp.arange(4)) * 1.0)

    def forward(log_e):
        step = lambda a, o: (jax.nn.logsumexp(a[:, None] + log_t, 0) + log_e[:, o], None)
        return jax.nn.logsumexp(lax.scan(step, log_e[:, observed[0]] - jnp.log(4.0), observed[1:])[0])

    def viterbi(a, o):
        scores = a[:, None] + log_t
        return jnp.max(scores, 0) + log_e[:, o], jnp.argmax(scores, 0)

    last, back = lax.scan(viterbi, log_e[:, observed[0]], observed[1:])
    _, path = lax.scan(lambda s, b: (b[s], s), jnp.argmax(last), back, reverse=True)
    return jax.value_and_grad(forward)(log_e), path


@program(lambda r: (r.standard_normal((16, 2)).astype("float32"), r.standard_normal((3, 2)).astype("float32")))
def k_means(x, centers):
    """Clustering: distances, assignment, segment means, until nothing changes."""

    def step(s):
        c, _, n = s
        label = jnp.argmin(jnp.sum((x[:, None] - c) ** 2, -1), 1)
        count = jnp.maximum(jax.ops.segment_sum(jnp.ones(16), label, 3), 1)
        return jax.ops.segment_sum(x, label, 3) / count[:, None], label, n + 1

    return lax.while_loop(lambda s: s[2] < 10, step, (centers, jnp.zeros(16, int), 0))
