"""A training step of a spiking network in JAX, with the data, sizes and update of `benchmarks/run -w snntrain`.

Prints milliseconds of processor time and of wall time a step, best of the repeats."""

import argparse

import jax
import jax.numpy as jnp
import numpy as np

from clock import report

STEPS, BATCH, INPUTS, HIDDEN, CLASSES = 100, 128, 784, 256, 10


@jax.custom_vjp
def heaviside(x):
    return (x > 0).astype(x.dtype)


def heaviside_forward(x):
    return heaviside(x), x


def heaviside_backward(x, cotangent):
    return (cotangent / (1 + 10 * jnp.abs(x)) ** 2,)


heaviside.defvjp(heaviside_forward, heaviside_backward)


def loss(weights, spikes, labels):
    w_in, w_out = weights

    def advance(state, x):
        v, z, out, total = state
        v = 0.95 * v * (1 - z) + x @ w_in
        z = heaviside(v - 1)
        out = 0.95 * out + z @ w_out
        return (v, z, out, total + out), None

    hidden, readout = jnp.zeros((BATCH, HIDDEN)), jnp.zeros((BATCH, CLASSES))
    state, _ = jax.lax.scan(advance, (hidden, hidden, readout, readout), spikes)
    log_p = jax.nn.log_softmax(state[3] / STEPS)
    return -jnp.take_along_axis(log_p, labels[:, None], axis=1).mean()


@jax.jit
def train(weights, spikes, labels):
    value, grads = jax.value_and_grad(loss)(weights, spikes, labels)
    return jax.tree.map(lambda w, g: w - 1e-3 * g, weights, grads), value


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    repeats = parser.parse_args().repeats
    rng = np.random.default_rng(0)
    spikes = jnp.asarray((rng.random((STEPS, BATCH, INPUTS)) < 0.05).astype(np.float32))
    labels = jnp.asarray(rng.integers(0, CLASSES, BATCH))
    weights = (jnp.asarray(rng.normal(0, 0.05, (INPUTS, HIDDEN)).astype(np.float32)),
               jnp.asarray(rng.normal(0, 0.05, (HIDDEN, CLASSES)).astype(np.float32)))
    state = [weights]

    def step():
        state[0], value = train(state[0], spikes, labels)
        jax.block_until_ready((state[0], value))

    report("snn jax " + jax.__version__, step, repeats)


main()
