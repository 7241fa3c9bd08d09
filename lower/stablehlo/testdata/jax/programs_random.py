"""Random numbers: JAX's keys and distributions. Bits, integers and choices must be equal."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax import random as rnd

from program import key, program


def keyed(r):
    return (key(r),)


@program(keyed)
def random_bits(k):
    """Bits of 8, 16 and 32 bits, of odd and even counts, and none."""
    return [rnd.bits(k, s, t) for t in (jnp.uint8, jnp.uint16, jnp.uint32) for s in ((7,), (4, 6), (0,), ())]


@program(keyed, x64=True)
def random_bits64(k):
    """Bits of 64 bits, integers in a range, in 64 bits, and keys."""
    return rnd.bits(k, (9,), jnp.uint64), rnd.randint(k, (20,), -5, 1000), rnd.split(k, 3), rnd.fold_in(k, 77), rnd.randint(k, (5,), 0, 10**17)


@program(lambda r: (r.integers(0, 2**31 - 1, dtype="int32"),))
def random_keys(seed):
    """Keys from a seed, split in several ways, folded in a scan and under vmap."""
    k = rnd.key(seed)
    a, b, c = rnd.split(k, 3)
    grid = rnd.split(a, (2, 3))
    folded = jax.vmap(rnd.fold_in, (None, 0))(b, jnp.arange(4))
    chain, bits = lax.scan(lambda k, _: (rnd.split(k)[0], rnd.bits(k)), c, None, length=5)
    return rnd.key_data(grid), rnd.key_data(folded), rnd.key_data(chain), bits, rnd.key_data(rnd.clone(k))


@program(keyed)
def random_uniform(k):
    """Uniform numbers in f32, f16 and bf16, in ranges."""
    return rnd.uniform(k, (33,)), rnd.uniform(k, (5, 3), jnp.float16), rnd.uniform(k, (8,), jnp.bfloat16), rnd.uniform(k, (6,), minval=-2, maxval=3)


@program(keyed)
def random_integers(k):
    """Integers, coins and signs."""
    return (rnd.randint(k, (40,), 0, 10), rnd.randint(k, (10,), -100, 100, jnp.int8), rnd.randint(k, (6,), 0, 255, jnp.uint8), rnd.bernoulli(k, 0.3, (30,)),
            rnd.rademacher(k, (12,)))


@program(keyed, tolerance=3e-5)
def random_normal(k):
    """Normal numbers: plain, truncated, complex, log-normal, of several dimensions."""
    cov = jnp.array([[2.0, 0.5], [0.5, 1.0]])
    return (rnd.normal(k, (50,)), rnd.truncated_normal(k, -1.0, 2.0, (20,)), rnd.normal(k, (7,), jnp.complex64), rnd.lognormal(k, 0.5, (9,)),
            rnd.multivariate_normal(k, jnp.array([1.0, -1.0]), cov, (6,)))


@program(keyed, tolerance=1e-12, x64=True)
def random_normal64(k):
    """Normal and uniform numbers in f64."""
    return rnd.normal(k, (30,)), rnd.uniform(k, (12,)), rnd.truncated_normal(k, -2.0, 0.5, (8,))


@program(keyed, tolerance=3e-5)
def random_inverse(k):
    """Distributions by inversion."""
    s = (15,)
    return (rnd.exponential(k, s), rnd.laplace(k, s), rnd.gumbel(k, s), rnd.cauchy(k, s), rnd.logistic(k, s), rnd.pareto(k, 2.5, s), rnd.weibull_min(k, 1.5, 2.0, s),
            rnd.rayleigh(k, 2.0, s), rnd.triangular(k, 0.0, 0.3, 1.0, s), rnd.maxwell(k, s), rnd.double_sided_maxwell(k, 0.1, 2.0, s))


@program(keyed, tolerance=1e-4)
def random_gamma(k):
    """Gamma numbers by rejection, and what is made of them."""
    a = jnp.array([0.2, 0.9, 1.0, 3.5, 40.0])
    return rnd.gamma(k, a), rnd.loggamma(k, a), rnd.beta(k, a, 2.0), rnd.dirichlet(k, a), rnd.t(k, 3.0, (5,)), rnd.chisquare(k, 4.0, shape=(5,)), rnd.f(k, 3.0, 6.0, shape=(5,))


@program(keyed)
def random_poisson(k):
    """Poisson numbers by Knuth's and by the transformed rejection method; binomial and geometric ones."""
    lam = jnp.array([0.0, 0.5, 3.0, 9.9, 12.0, 300.0])
    return (rnd.poisson(k, lam), rnd.poisson(k, 4.0, (20,)), rnd.binomial(k, jnp.array([5.0, 20.0, 200.0]), jnp.array([0.2, 0.5, 0.7])), rnd.geometric(k, 0.2, (10,)))


@program(keyed)
def random_order(k):
    """Permutations and choices, with weights and without replacement."""
    p = jnp.array([0.1, 0.2, 0.3, 0.05, 0.35])
    x = jnp.arange(30.0).reshape(10, 3)
    return (rnd.permutation(k, 37), rnd.permutation(k, x), rnd.permutation(k, x, axis=1, independent=True), rnd.choice(k, 12, (7,)),
            rnd.choice(k, 12, (7,), replace=False), rnd.choice(k, 5, (9,), p=p), rnd.choice(k, 5, (4,), replace=False, p=p),
            rnd.categorical(k, jnp.log(p), shape=(11,)))


@program(keyed, tolerance=1e-4)
def random_matrices(k):
    """Random orthogonal matrices and points of balls."""
    return rnd.orthogonal(k, 4), rnd.ball(k, 3, shape=(5,)), rnd.wald(k, 1.5, (6,)), rnd.generalized_normal(k, 1.7, (6,))


@program(keyed)
def random_bit_generator(k):
    """XLA's own generator, with the Threefry algorithm."""
    state = jnp.concatenate([k, k[::-1]])
    out = []
    for shape, dtype in (((5,), jnp.uint32), ((2, 3), jnp.uint32), ((4,), jnp.uint8)):
        out.append(lax.rng_bit_generator(state, shape, dtype, lax.RandomAlgorithm.RNG_THREE_FRY))
    return out


@program(keyed, tolerance=1e-4)
def random_large(k):
    """Everything at once, eight times: the text is the size that inlined generators have."""

    def draws(k):
        ks = rnd.split(k, 14)
        s = (6,)
        return (rnd.normal(ks[0], s), rnd.uniform(ks[1], s), rnd.gamma(ks[2], 2.0, s), rnd.poisson(ks[3], 3.0, s), rnd.permutation(ks[4], 6), rnd.choice(ks[5], 9, s, replace=False),
                rnd.beta(ks[6], 2.0, 3.0, s), rnd.categorical(ks[7], jnp.zeros((6, 3))), rnd.dirichlet(ks[8], jnp.ones(3)), rnd.truncated_normal(ks[9], -1.0, 1.0, s),
                rnd.t(ks[10], 4.0, s), rnd.randint(ks[11], s, 0, 50), rnd.bernoulli(ks[12], 0.4, s), rnd.binomial(ks[13], 30.0, 0.4, s))

    return [draws(rnd.fold_in(k, i)) for i in range(8)]


@program(keyed, tolerance=1e-4)
def random_initializers(k):
    """Initializers of jax.nn."""
    i = jax.nn.initializers
    fs = [i.glorot_uniform(), i.glorot_normal(), i.he_normal(), i.lecun_uniform(), i.orthogonal(), i.truncated_normal(0.1), i.variance_scaling(2.0, "fan_avg", "uniform")]
    return [f(k, (6, 4), jnp.float32) for f in fs], i.uniform()(k, (3,))
