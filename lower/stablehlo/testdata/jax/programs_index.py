"""Sorting, searching, gathering, scattering."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from program import normal, program


def with_specials(r, *shape):
    x = r.standard_normal(shape).astype("float32")
    flat = x.reshape(-1)
    flat[:6] = [np.nan, -np.inf, np.inf, -0.0, 0.0, 1.0]
    return r.permutation(flat).reshape(shape)


@program(lambda r: (with_specials(r, 5, 9), r.integers(0, 6, (4, 11)).astype("int32"), r.integers(0, 3, 30).astype("int32")))
def sort(x, n, keys):
    """Sorts: NaN last, -0 with 0, descending, stable with values, along other axes, lexicographic, complex."""
    return (jnp.sort(x), jnp.sort(x, axis=0), jnp.sort(n, descending=True), jnp.argsort(n), jnp.argsort(n, descending=True), lax.sort_key_val(keys, jnp.arange(30)),
            lax.sort((keys, keys[::-1], jnp.arange(30)), num_keys=2), jnp.lexsort((keys, keys[::-1])), jnp.sort(n[0] + 1j * n[1]), jnp.sort(n > 2), jnp.median(x[0, 6:]),
            jnp.percentile(n.astype(float), jnp.array([10.0, 50.0, 99.0])))


@program(lambda r: (r.standard_normal((4, 20)).astype("float32"), r.integers(0, 5, (3, 15)).astype("int32")))
def top_k(x, n):
    """The largest elements and their indices, with ties; arg folds; approximate ones."""
    return lax.top_k(x, 5), lax.top_k(n, 4), jnp.argmax(x, 1), jnp.argmin(n, 0), jnp.argmax(n), lax.approx_max_k(x, 3), jax.grad(lambda x: jnp.sum(lax.top_k(x, 3)[0] ** 2))(x)


@program(lambda r: (np.sort(r.standard_normal(20)).astype("float32"), r.standard_normal(9).astype("float32"), r.integers(0, 10, 40).astype("int32")))
def search(grid, x, n):
    """searchsorted in three ways, digitize, histogram, bincount, unique with a size, interpolation, isin, nonzero."""
    return (jnp.searchsorted(grid, x), jnp.searchsorted(grid, x, side="right", method="sort"), jnp.searchsorted(grid, x, method="compare_all"), jnp.digitize(x, grid),
            jnp.histogram(x, 5), jnp.bincount(n, length=12), jnp.unique(n, size=12, fill_value=-1, return_index=True, return_inverse=True, return_counts=True),
            jnp.interp(x, grid, grid**2), jnp.isin(n, jnp.array([1, 5])), jnp.nonzero(n > 5, size=25, fill_value=99), jnp.where(n > 6, size=5), jnp.setdiff1d(n, jnp.arange(5), size=8),
            jnp.intersect1d(n, jnp.arange(5), size=5))


@program(lambda r: (r.standard_normal((12, 3)).astype("float32"), r.integers(-1, 7, 12).astype("int32")))
def segments(x, ids):
    """Segment sums, products, extremes, means; ids outside are dropped."""
    return (jax.ops.segment_sum(x, ids, 6), jax.ops.segment_prod(x, ids, 6), jax.ops.segment_max(x, ids, 6), jax.ops.segment_min(x, ids, 6),
            jax.ops.segment_sum(x, jnp.sort(ids), 6, indices_are_sorted=True), jax.grad(lambda x: jnp.sum(jax.ops.segment_max(x, jnp.abs(ids), 7)))(x))


@program(lambda r: (r.standard_normal((8, 5)).astype("float32"), r.integers(-12, 12, 6).astype("int32"), r.standard_normal((6, 5)).astype("float32")))
def scatter(x, i, u):
    """Scatters: set, add, mul, min, max, power and apply; indices twice, negative, out of bounds in modes drop, clip and promise; windows."""
    unique = jnp.array([0, 3, 5])
    dims = lax.ScatterDimensionNumbers(update_window_dims=(0,), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0, 1))
    return (x.at[i].add(u), x.at[i].mul(u), x.at[i].min(u), x.at[i].max(u), x.at[unique].set(u[:3]), x.at[i, 1].add(1), x.at[i].add(u, mode="clip"), x.at[i].add(u, mode="drop"),
            x.at[unique].add(u[:3], mode="promise_in_bounds", unique_indices=True), x.at[2:5, ::2].set(0), x.at[unique].power(2), x.at[unique].apply(jnp.tanh),
            x.at[jnp.array([100, -100])].set(7), lax.scatter_add(x, jnp.array([[0, 3], [1, 1], [-1, 0]]), u[:3, :3], dims), x.at[..., -1].multiply(3), x.at[3].set(u[0]))


@program(lambda r: (r.standard_normal((8, 5)).astype("float32"), r.integers(-12, 12, 6).astype("int32")))
def gather(x, i):
    """Gathers: by arrays, in modes fill, clip and wrap, along axes, by masks and steps, windows, and gradients."""
    dims = lax.GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0, 1))
    return (x[i], x.at[i].get(mode="fill", fill_value=-1), x.at[i].get(mode="clip"), jnp.take(x, i, axis=1, mode="wrap"), x[i % 8, i % 5], x[:, i % 5], x[i % 8][:, None, ::-2],
            jnp.take_along_axis(x, jnp.argsort(x, 1), 1), lax.gather(x, jnp.array([[0, 3], [7, 1], [-1, 9]]), dims, (1, 3), mode="clip"),
            lax.gather(x, jnp.array([[0, 3], [7, 1], [-1, 9]]), dims, (1, 3), mode="fill"), x[..., None, 2], jnp.choose(i % 3, [i, -i, 2 * i], mode="clip"), jnp.select([i > 3, i < -3], [i, -i], 0),
            jax.grad(lambda x: jnp.sum(jnp.sin(x[i])))(x), x[x.shape[0] // 2 :, jnp.newaxis, 1:4:2])


@program(lambda r: (r.standard_normal((6, 7)).astype("float32"), np.int32(4), np.int32(-2)))
def dynamic_slices(x, i, j):
    """Dynamic slices and updates, clamped at the borders, batched, with gradients."""
    return (lax.dynamic_slice(x, (i, j), (3, 4)), lax.dynamic_slice(x, (j, i), (2, 6)), lax.dynamic_update_slice(x, jnp.ones((3, 2)), (i, i)), lax.dynamic_index_in_dim(x, i, 1),
            jax.vmap(lambda i: lax.dynamic_slice(x, (i, 2), (2, 2)))(jnp.arange(5)), lax.dynamic_update_index_in_dim(x, jnp.full(7, 9.0), j, 0),
            jax.vmap(lambda i: lax.dynamic_update_slice(x, jnp.zeros((2, 2)), (i, i)))(jnp.arange(4)), jax.grad(lambda x: jnp.sum(lax.dynamic_slice(x, (i, j), (3, 4)) ** 2))(x))


@program(lambda r: (r.integers(0, 8, 24).astype("int32"), r.integers(0, 8, 24).astype("int32"), r.random(24).astype("float32")))
def shortest_paths(src, dst, w):
    """Graph algorithms: Bellman-Ford by scatter-min in a while loop, degrees, components, PageRank."""
    start = jnp.full(8, jnp.inf).at[0].set(0)
    relax = lambda s: (s[0].at[dst].min(s[0][src] + w), s[0], s[2] + 1)
    dist, _, n = lax.while_loop(lambda s: jnp.any(s[0] != s[1]) & (s[2] < 20), relax, (start, start + 1, 0))
    labels = lax.fori_loop(0, 8, lambda i, c: c.at[dst].min(c[src]).at[src].min(c[dst]), jnp.arange(8))
    degree = jnp.zeros(8).at[src].add(1)
    rank = lax.fori_loop(0, 20, lambda i, p: 0.15 / 8 + 0.85 * jnp.zeros(8).at[dst].add(p[src] / degree[src]), jnp.full(8, 1 / 8))
    return dist, n, labels, rank


@program(lambda r: (r.integers(0, 100, 32).astype("int32"),))
def sorting_network(x):
    """Algorithms on integers: bubble sort by fori_loop, prefix counts, bit reversal, a sieve, a run-length code."""

    def bubble(i, x):
        step = lambda j, x: x.at[j].set(jnp.minimum(x[j], x[j + 1])).at[j + 1].set(jnp.maximum(x[j], x[j + 1]))
        return lax.fori_loop(0, 31, step, x)

    sieve = lax.fori_loop(2, 10, lambda i, s: jnp.where((jnp.arange(100) % i == 0) & (jnp.arange(100) > i), False, s), jnp.ones(100, bool))
    starts = jnp.concatenate([jnp.array([True]), (x[1:] > 50) != (x[:-1] > 50)])
    return lax.fori_loop(0, 31, bubble, x), jnp.cumsum(x > 50), sieve, jnp.cumsum(starts) - 1, lax.population_count(x), lax.clz(x)
