"""A training step of a recurrent network in JAX, with the data, sizes and Adam of `benchmarks/run -w rnntrain`.

Prints milliseconds of processor time and of wall time a step, best of the repeats; each is the mean over 50 steps."""

import argparse

import jax
import jax.numpy as jnp
import numpy as np

from clock import report

STEPS, BATCH, UNITS = 25, 128, 100


def loss(weights, x, y):
    recurrent, into, out = weights

    def advance(h, x):
        h = jnp.maximum(h @ recurrent + x @ into, 0)
        return h, h @ out

    _, o = jax.lax.scan(advance, jnp.zeros((BATCH, UNITS)), x)
    return ((o - y) ** 2).mean()


@jax.jit
def train(weights, first, second, count, x, y):
    value, grads = jax.value_and_grad(loss)(weights, x, y)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, grads)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, grads)

    def adam(w, m, v):
        return w - 1e-3 * m / (1 - 0.9 ** count) / (jnp.sqrt(v / (1 - 0.999 ** count)) + 1e-8)

    return jax.tree.map(adam, weights, first, second), first, second, value


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    repeats, inner = parser.parse_args().repeats, 50
    rng = np.random.default_rng(0)
    weights = tuple(jnp.asarray(rng.normal(0, std, shape).astype(np.float32))
                    for std, shape in [(0.1, (UNITS, UNITS)), (1, (1, UNITS)), (0.1, (UNITS, 1))])
    x = jnp.asarray(rng.normal(size=(STEPS, BATCH, 1)).astype(np.float32))
    y = jnp.cumsum(x, 0) * 0.1
    zero = jax.tree.map(jnp.zeros_like, weights)
    state, count = [(weights, zero, zero)], [0.0]

    def steps():
        for _ in range(inner):
            count[0] += 1
            *state[0], value = train(*state[0], count[0], x, y)
        jax.block_until_ready(value)

    report("rnn jax " + jax.__version__, steps, repeats, inner)


main()
