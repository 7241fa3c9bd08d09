"""Writes cases.json: results of NumPy and jax.numpy (32-bit mode) that the functions of package num are checked against.

Run: python gen.py > cases.json, with numpy and jax (0.10) installed. The Go side is numpy_test.go: one function for each name.
"""
import json

import jax, jax.numpy as jnp, numpy as np

r = np.random.default_rng(7)
f = lambda *s: r.normal(size=s).astype(np.float32)
i = lambda hi, *s: r.integers(-hi, hi, size=s).astype(np.int32)
cases = []


def put(name, out, *inputs):
    def enc(a):
        a = np.asarray(a)
        data = [str(v) if isinstance(v, float) and not np.isfinite(v) else v for v in a.ravel().tolist()]
        if a.dtype.kind == 'c':
            data = [[v.real, v.imag] for v in a.ravel().tolist()]
        return {"dtype": str(a.dtype), "shape": list(a.shape), "data": data}
    cases.append({"name": name, "inputs": [enc(x) for x in inputs], "output": enc(out)})


x, y, m = f(3, 4), f(4), i(9, 3, 4)
v, w = f(6), f(6)
t = f(2, 3, 4)
b = m > 0
special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.5, -2.5], np.float32)

for n in ["sqrt", "exp", "exp2", "expm1", "log", "log1p", "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "arcsinh", "cbrt",
          "floor", "ceil", "trunc", "abs", "sign", "square", "log2", "log10", "sinc", "isfinite", "isnan", "isinf", "nan_to_num",
          "reciprocal", "deg2rad", "rad2deg"]:
    put(n, getattr(jnp, n)(special), special)
    put(n, getattr(jnp, n)(x), x)
put("round", jnp.round(special), special)
for n in ["arcsin", "arccos", "arctanh"]:
    put(n, getattr(jnp, n)(np.tanh(x)), np.tanh(x))
put("arccosh", jnp.arccosh(np.abs(x) + 1), np.abs(x) + 1)
put("exp", jnp.exp(m), m)
put("add", x + y, x, y)
put("add", jnp.add(x, m), x, m)
put("sub", jnp.subtract(m, b), m, b)
put("mul", jnp.multiply(b, b), b, b)
put("div", jnp.divide(m, 4), m, np.int32(4))
put("mod", jnp.mod(m, np.int32(-3)), m, np.int32(-3))
put("mod", jnp.mod(m, np.int32(5)), m, np.int32(5))
put("mod", jnp.mod(x, np.float32(-0.7)), x, np.float32(-0.7))
put("fmod", jnp.fmod(m, np.int32(5)), m, np.int32(5))
put("floor_divide", jnp.floor_divide(m, np.int32(-4)), m, np.int32(-4))
put("floor_divide", jnp.floor_divide(m, np.int32(4)), m, np.int32(4))
put("floor_divide", jnp.floor_divide(x, np.float32(0.3)), x, np.float32(0.3))
put("power", jnp.power(np.abs(x), y), np.abs(x), y)
for n in ["maximum", "minimum", "arctan2", "hypot", "copysign", "logaddexp", "nextafter"]:
    put(n, getattr(jnp, n)(x, y), x, y)
    put(n, getattr(jnp, n)(special, special[::-1]), special, special[::-1])
put("heaviside", jnp.heaviside(special, np.float32(0.5)), special, np.float32(0.5))
put("where", jnp.where(b, x, y), b, x, y)
put("clip", jnp.clip(m, -3, 4), m)
put("isclose", jnp.isclose(special, special), special, special)
for n in ["relu", "gelu", "silu", "softplus", "sigmoid", "selu", "elu", "celu", "hard_sigmoid", "hard_tanh", "relu6", "soft_sign",
          "log_sigmoid", "mish", "hard_silu", "leaky_relu"]:
    put(n, getattr(jax.nn, n)(x * 3), x * 3)
put("gelu_exact", jax.nn.gelu(x, approximate=False), x)
for n in ["erf", "erfc", "digamma"]:
    put(n, getattr(jax.scipy.special, n)(x), x)
put("lgamma", jax.scipy.special.gammaln(x), x)
put("erf_inv", jax.scipy.special.erfinv(np.tanh(x)), np.tanh(x))
put("rsqrt", jax.lax.rsqrt(np.abs(x)), np.abs(x))
put("exprel", ((np.exp(x.astype(np.float64)) - 1) / x).astype(np.float32), x)
put("xlogy", jax.scipy.special.xlogy(b.astype(np.float32), np.abs(x)), b.astype(np.float32), np.abs(x))
put("popcount", jax.lax.population_count(m), m)
put("clz", jax.lax.clz(m), m)
put("bits", ((m & 5) | (m << 2)) ^ (~m >> 1), m)
put("bits_unsigned", (m.astype(np.uint8) >> np.uint8(3)), m.astype(np.uint8))
put("complex", np.stack([np.abs(x + 1j * y) ** 2, np.imag(np.conj(x + 1j * y) * (1 + 2j))]).astype(np.float32), x, y)
put("angle", np.angle(x + 1j * y).astype(np.float32), x, y)
put("softmax", jax.nn.softmax(x, axis=1), x)
put("log_softmax", jax.nn.log_softmax(x, axis=0), x)
put("logsumexp", jax.scipy.special.logsumexp(x), x)
put("logsumexp_1", jax.scipy.special.logsumexp(x * 100, axis=1), x * 100)
put("one_hot", jax.nn.one_hot(np.array([0, 2, 5]), 4), np.array([0, 2, 5], np.int32))
for n in ["sum", "prod", "mean", "max", "min", "any", "all", "var", "std"]:
    put(n, getattr(jnp, n)(x), x)
    put(n, getattr(jnp, n)(m), m)
    put(n + "_1", getattr(jnp, n)(t, axis=1), t)
    put(n + "_m1_0", getattr(jnp, n)(t, axis=(-1, 0)), t)
put("sum", jnp.sum(b), b)
put("sum", jnp.sum(m.astype(np.int8)), m.astype(np.int8))
put("argmax", jnp.argmax(x), x)
put("argmax_1", jnp.argmax(x, axis=1), x)
put("argmin_0", jnp.argmin(x, axis=0), x)
put("argmax", jnp.argmax(special), special)
put("ptp", jnp.ptp(x, axis=0), x)
put("median", jnp.median(x), x)
put("median_1", jnp.median(x, axis=1), x)
put("quantile", jnp.quantile(v, 0.3), v)
put("average", jnp.average(x, axis=1, weights=np.abs(y)), x, np.abs(y))
put("nanmean", jnp.nanmean(special[4:]), special[4:])
put("count_nonzero", jnp.count_nonzero(m, axis=0), m)
for n in ["cumsum", "cumprod"]:
    put(n, getattr(jnp, n)(x, axis=0), x)
    put(n, getattr(jnp, n)(b, axis=0), b)
put("cummax", jax.lax.cummax(x, axis=0), x)
put("cummin", jax.lax.cummin(x, axis=0), x)
put("reshape", x.reshape(2, 6), x)
put("transpose", t.transpose(2, 0, 1), t)
put("t", t.T, t)
put("moveaxis", np.moveaxis(t, 0, -1), t)
put("swapaxes", np.swapaxes(t, 0, 2), t)
put("expand_dims", np.expand_dims(t, (0, 2, -1)), t)
put("squeeze", np.squeeze(t[:1, :, :1]), t[:1, :, :1])
put("flip", np.flip(t, (0, 2)), t)
put("flip_all", np.flip(t), t)
put("roll", np.roll(t, 2, 1), t)
put("roll_back", np.roll(t, -5, 2), t)
put("pad", np.pad(x, ((1, 0), (2, 3)), constant_values=7), x)
for mode in ["edge", "wrap", "reflect"]:
    put("pad_" + mode, np.pad(x, ((2, 1), (5, 9)), mode=mode), x)
put("repeat", np.repeat(x, 3, 1), x)
put("tile", np.tile(x, (2, 1, 3)), x)
put("tile_1", np.tile(t, (2,)), t)
put("concatenate", jnp.concatenate([x, m], 1), x, m)
put("stack", np.stack([v, w], 1), v, w)
put("vstack", np.vstack([v, w]), v, w)
put("hstack", np.hstack([x, x[:, :2]]), x, x[:, :2])
put("split", np.split(x, 2, 1)[1], x)
put("tril", np.tril(t, 1), t)
put("triu", np.triu(t, -1), t)
put("diag", np.diag(y, -2), y)
put("diag_1", np.diag(y, 1), y)
put("diagonal", np.diagonal(t, 1, -2, -1), t)
put("meshgrid", np.meshgrid(y, v, indexing="ij")[1], y, v)
put("eye", np.eye(3, 5, dtype=np.float32))
put("linspace", jnp.linspace(-1, 2, 7))
put("arange", jnp.arange(2, 11, 3))
put("arange_f", jnp.arange(0.5, 2, 0.25))
put("logspace", np.logspace(0, 2, 5).astype(np.float32))
put("matmul", x @ y, x, y)
put("matmul", y @ x.T, y, x.T)
put("matmul", y @ y, y, y)
put("matmul", x @ t.transpose(0, 2, 1), x, t.transpose(0, 2, 1))
put("matmul", t @ x.T, t, x.T)
put("matmul", m @ m.T, m, m.T)
put("dot", np.dot(t, t.transpose(0, 2, 1)), t, t.transpose(0, 2, 1))
put("dot", np.dot(y, y), y, y)
put("outer", np.outer(y, v), y, v)
put("inner", np.inner(t, x), t, x)
put("vdot", np.vdot(x, x), x, x)
put("kron", np.kron(x, x[:2]), x, x[:2])
put("trace", np.trace(t, axis1=-2, axis2=-1), t)
a3 = f(5, 3)
put("cross", np.cross(a3, a3[::-1]), a3, a3[::-1].copy())
put("tensordot", np.tensordot(t, t, ([2, 0], [2, 0])), t, t)
put("norm", np.linalg.norm(x), x)
sq = f(4, 4)
for spec, ops in {"ij,j->i": (x, y), "ij,ij": (x, x), "ii->i": (sq,), "ii": (sq,), "ij->ji": (x,), "ijk,lk->ijl": (t, x),
                                 "bij,bjk->bik": (t, t.transpose(0, 2, 1)), "...j,j": (t, y), "...ij,...jk->...ik": (t, x.T), "i,j->ij": (y, v),
                                 "ij,jk,k->i": (x, sq, y), "a,ab,b->": (y, sq, y), "ijk->": (t,), "iij->j": (f(3, 3, 2),)}.items():
    put("einsum:" + spec, np.einsum(spec, *ops), *ops)
put("sort", jnp.sort(special), special)
put("sort", jnp.sort(m, axis=0), m)
put("argsort", jnp.argsort(special), special)
put("argsort", jnp.argsort(m, axis=0), m)
put("top_k", jax.lax.top_k(x, 2)[0], x)
put("top_k_index", jax.lax.top_k(m, 3)[1], m)
keys = np.sort(v)
put("searchsorted", np.searchsorted(keys, np.append(w, keys[2])).astype(np.int32), keys, np.append(w, keys[2]))
put("searchsorted_right", np.searchsorted(keys, np.append(w, keys[2]), side="right").astype(np.int32), keys, np.append(w, keys[2]))
put("bincount", np.bincount(np.abs(m).ravel(), minlength=12)[:12].astype(np.int32), np.abs(m))
put("histogram", np.histogram(x, 5, (-1, 1.5))[0].astype(np.int32), x)
put("take", np.take(t, [2, 0, -1], 1), t)
put("take_2d", np.take(t, [[0, 1], [1, 0]], 0), t)
ix = np.argsort(t, axis=1).astype(np.int32)
put("take_along_axis", np.take_along_axis(t, ix, 1), t, ix)
z = t.copy()
np.put_along_axis(z, ix[:, :1], 9, 1)
put("put_along_axis", z, t, ix[:, :1])
put("diff", np.diff(t, 2, 1), t)
put("diff_1", np.diff(v), v)
put("interp", jnp.interp(np.linspace(-3, 3, 13).astype(np.float32), keys, w), np.linspace(-3, 3, 13).astype(np.float32), keys, w)
put("trapezoid", np.trapezoid(t, dx=0.5, axis=1).astype(np.float32), t)
put("gradient", np.gradient(v, 0.5).astype(np.float32), v)
put("polyval", np.polyval([2, -1, 0.5], v).astype(np.float32), v)

# Indexing: the part as it stands after "at:" in Go is named in numpy_test.go.
k1, k2 = np.array([2, 0, -1], np.int32), np.array([[1], [3]], np.int32)
for name, ixs in {"i": (1,), "neg": (-1, -2), "span": (slice(1, 3),), "span2": (slice(None), slice(-3, -1)), "step": (slice(0, 3, 2), slice(1, 4, 2)),
                  "new": (None, 1, None), "rest": (Ellipsis, 0), "rest2": (0, Ellipsis, None, 1), "vec": (k1,), "vec2": (slice(None), k2),
                  "pair": (k1, k2), "pair_span": (k1, slice(1, 3)), "front": (k1[:2],)}.items():
    put("at:" + name, x[ixs], x)
    if name in ("new", "rest2"):
        continue
    z = x.copy()
    part = x[ixs]
    val = r.normal(size=part.shape).astype(np.float32)
    z[ixs] = val
    put("set:" + name, z, x, val)
    z = jnp.asarray(x).at[ixs].add(val)
    put("add:" + name, z, x, val)
t4 = f(2, 3, 4, 5)
p1, p2 = np.array([0, 1, 1], np.int32), np.array([2, 0, 1], np.int32)
for name, ixs in {"mid": (slice(None), p2, p1), "split": (p1, slice(None), p2), "split_span": (p1, slice(0, 2), p2, slice(1, 5, 2)),
                  "pick_vec": (0, slice(None), p2), "vec_pick": (slice(None), p2, 1), "dyn_mid": (slice(0, 1), 2, p2)}.items():
    put("at4:" + name, t4[ixs], t4)
    val = r.normal(size=t4[ixs].shape).astype(np.float32)
    z = t4.copy()
    z[ixs] = val
    put("set4:" + name, z, t4, val)
    put("add4:" + name, jnp.asarray(t4).at[ixs].add(val), t4, val)

q = np.array([0.3, 1.0, 2.5, 7.0, 40.0], np.float32)
for n in ["i0e", "i1e"]:
    z = np.concatenate([x.ravel() * 8, np.array([0.0, 8.0, 30.0], np.float32)])
    put("bessel_" + n, getattr(jax.scipy.special, n)(z), z)
put("polygamma", jax.scipy.special.polygamma(np.arange(5), q), np.arange(5, dtype=np.float32), q)
put("zeta", jax.scipy.special.zeta(q + 1, q[::-1]), q + 1, q[::-1])
print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")
