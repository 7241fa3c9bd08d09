"""Writes jax_rules.json: values and derivatives of primitives by JAX, at branch points and at ordinary ones.

    python3 -m venv /tmp/jax && /tmp/jax/bin/pip install jax==0.10.2
    /tmp/jax/bin/python autodiff/testdata/jax_rules.py

Each case has a name that the Go test knows a graph for, inputs, results, a cotangent for each result, the gradients with respect to the
inexact inputs (reverse mode), tangents for those inputs, and the tangents of the results (forward mode). Numbers are strings, so that they can be nan
and inf; complex numbers are pairs.
"""
import json
import os

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

jax.config.update("jax_enable_x64", True)
nan, inf = np.nan, np.inf
cases = []


def numbers(x):
    x = np.asarray(x)
    if np.iscomplexobj(x):
        flat = np.stack([x.real, x.imag], -1).ravel()
    else:
        flat = x.astype(np.float64).ravel() if x.dtype != bool else x.astype(int).ravel()
    return {"dtype": str(x.dtype), "shape": list(x.shape), "data": [repr(float(v)) for v in flat]}


def direction(x, k):
    """A tangent or cotangent that differs from element to element."""
    t = 1 + 0.25 * (np.arange(x.size) % 7) + 0.5 * k
    t = t.reshape(x.shape)
    return jnp.asarray(t * (1 + 0.5j) if jnp.iscomplexobj(x) else t, x.dtype)


def case(name, f, *args):
    args = [jnp.asarray(a) for a in args]
    moving = [i for i, a in enumerate(args) if jnp.issubdtype(a.dtype, jnp.inexact)]

    def of_moving(*xs):
        full = list(args)
        for i, x in zip(moving, xs):
            full[i] = x
        return f(*full)

    xs = [args[i] for i in moving]
    tangents = [direction(x, k) for k, x in enumerate(xs)]
    out, dout = jax.jvp(of_moving, xs, tangents)
    _, back = jax.vjp(of_moving, *xs)
    ct = direction(out, 2)
    cases.append({
        "name": name, "in": [numbers(a) for a in args], "out": numbers(out), "ct": numbers(ct),
        "grad": [numbers(g) for g in back(ct)], "direction": [numbers(t) for t in tangents], "tangent": numbers(dout)})


# Elementwise, one operand.
wide = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.5, inf, -inf, nan, 1e-300, 30.0])
units = np.array([0.0, 1.0, -1.0, 0.5, -0.25, nan])
positive = np.array([0.0, 1e-30, 0.5, 1.0, 4.0, inf, nan])
unary = {
    "abs": (lax.abs, wide), "neg": (lax.neg, wide), "sign": (lax.sign, wide), "floor": (lax.floor, wide),
    "sqrt": (lax.sqrt, positive), "rsqrt": (lax.rsqrt, positive), "cbrt": (lax.cbrt, np.array([0.0, 1.0, -8.0, 0.125, inf, nan])),
    "exp": (lax.exp, wide), "exp2": (lax.exp2, wide), "expm1": (lax.expm1, wide),
    "log": (lax.log, positive), "log1p": (lax.log1p, np.array([-1.0, 0.0, 1.0, inf, nan])),
    "sin": (lax.sin, wide), "cos": (lax.cos, wide), "tan": (lax.tan, np.array([0.0, 1.0, -1.5, nan])),
    "asin": (lax.asin, units), "acos": (lax.acos, units), "atan": (lax.atan, wide),
    "sinh": (lax.sinh, wide), "cosh": (lax.cosh, wide), "tanh": (lax.tanh, wide),
    "asinh": (lax.asinh, wide), "acosh": (lax.acosh, np.array([1.0, 1.5, 4.0, nan])), "atanh": (lax.atanh, units),
    "logistic": (lax.logistic, wide), "erf": (lax.erf, wide), "erfc": (lax.erfc, wide), "erf_inv": (lax.erf_inv, units),
    "lgamma": (lax.lgamma, np.array([0.5, 1.0, 2.0, 3.5, -0.5, -1.5, 10.0, nan])),
    "digamma": (lax.digamma, np.array([0.5, 1.0, 2.0, 3.5, 10.0, 100.0, nan])),
    "stop_gradient": (lax.stop_gradient, wide),
}
for name, (f, x) in unary.items():
    case(name, f, x)

# Elementwise, two operands: all pairs of special numbers.
def pairs(a, b):
    return tuple(v.ravel() for v in np.meshgrid(np.array(a, float), np.array(b, float), indexing="ij"))

special = [0.0, -0.0, 1.0, -1.0, 2.0, nan, inf]
case("add", lax.add, *pairs(special, special))
case("sub", lax.sub, *pairs(special, special))
case("mul", lax.mul, *pairs(special, special))
case("div", lax.div, *pairs([1.0, -2.0, 0.5], [1.0, -0.5, 3.0]))
case("rem", lax.rem, *pairs([5.5, -5.5, 2.0], [2.0, -1.5, 3.0]))
case("pow", lax.pow, *pairs([0.0, 0.5, 1.0, 2.0], [-1.0, 0.0, 0.5, 1.0, 2.0, 3.0]))
case("max", lax.max, *pairs(special, special))
case("min", lax.min, *pairs(special, special))
case("atan2", lax.atan2, *pairs([0.0, 1.0, -1.0], [1.0, -1.0, 2.0]))
case("select", lambda p, x, y: lax.select(p, x, y), np.array([True, False, True, False]), np.array([1.0, nan, inf, 2.0]), np.array([nan, 1.0, 2.0, -inf]))

# Composites with two branches, of which one is not taken.
points = np.array([-1.0, 0.0, 0.5, 2.0])
case("where sqrt", lambda x: jnp.where(x > 0, jnp.sqrt(x), 0.0), points)
case("double where sqrt", lambda x: jnp.where(x > 0, jnp.sqrt(jnp.where(x > 0, x, 1.0)), 0.0), points)
case("where log", lambda x: jnp.where(x > 0, jnp.log(x), x), points)
case("clip", lambda x: jnp.minimum(jnp.maximum(x, 0.0), 1.0), np.array([-1.0, 0.0, 0.5, 1.0, 2.0, nan]))
case("norm", lambda x: jnp.sqrt(jnp.sum(x * x)), np.array([3.0, 0.0, 4.0]))
case("norm", lambda x: jnp.sqrt(jnp.sum(x * x)), np.zeros(3))

# Complex numbers.
z = np.array([0j, 1 + 0j, -1 + 0j, 1j, 0.5 - 2j, -1.5 + 0.25j])
for name, f in {"abs": lax.abs, "neg": lax.neg, "sqrt": lax.sqrt, "exp": lax.exp, "sin": lax.sin, "cos": lax.cos, "real": lax.real, "imag": lax.imag,
                "conj": lax.conj, "sign": lax.sign, "tanh": lax.tanh, "logistic": lax.logistic}.items():
    case(name, f, z[1:] if name in ("sqrt",) else z)
case("log", lax.log, z[1:])
case("complex", lax.complex, np.array([1.0, 0.0, -2.0]), np.array([0.5, 0.0, 3.0]))
case("mul", lax.mul, z, z[::-1].copy())
case("div", lax.div, z, z[::-1].copy() + 1 + 1j)
case("to real", lambda x: lax.convert_element_type(jnp.real(x), jnp.float64), z)
case("to complex", lambda x: lax.convert_element_type(x, jnp.complex128), points)

# Folds.
rows = np.array([[1.0, 3.0, 3.0, 2.0], [-1.0, -1.0, -1.0, -1.0], [0.0, 2.0, nan, 5.0], [0.0, -0.0, 1.0, -2.0]])
case("reduce_sum", lambda x: jnp.sum(x, 1), rows)
case("reduce_max", lambda x: lax.reduce_max(x, (1,)), rows)
case("reduce_min", lambda x: lax.reduce_min(x, (1,)), rows)
factors = np.array([[2.0, 3.0, 0.5, -1.0], [0.0, 3.0, 0.5, -1.0], [0.0, 3.0, 0.0, -1.0], [0.0, 0.0, 0.0, 2.0]])
case("reduce_prod", lambda x: jnp.prod(x, 1), factors)
for n in range(1, 10):
    ties = np.array([1.0, 1.0, 0.0, 2.0, 2.0, 2.0, 1.0, 3.0, 3.0])[:n]
    for reverse in (False, True):
        tag = " reverse" if reverse else ""
        case("cummax" + tag, lambda x: lax.cummax(x, reverse=reverse), ties)
        case("cummin" + tag, lambda x: lax.cummin(x, reverse=reverse), -ties)
        case("cumsum" + tag, lambda x: lax.cumsum(x, reverse=reverse), ties)
        case("cumprod" + tag, lambda x: lax.cumprod(x, reverse=reverse), np.array([2.0, 0.0, 3.0, 0.5, 0.0, 1.0, -1.0, 2.0, 4.0])[:n])
case("sort", lambda x: lax.sort(x, dimension=1), rows[:3])  # row 3 has zeros of both signs, which are equal for JAX
case("argmax then take", lambda x: jnp.take_along_axis(x, jnp.argmax(x, 1)[:, None], 1)[:, 0], rows)

# Indexing: repeated places, places outside.
x, places = np.arange(1.0, 6.0), np.array([0, 3, 3, 1, 3])
updates = np.array([10.0, 4.0, 4.0, 2.0, 1.0])
case("take", lambda x, i: jnp.take(x, i, mode="clip"), x, np.array([0, 4, 4, 9, -3, 2]))
case("put add", lambda x, i, u: x.at[i].add(u, mode="drop"), x, np.array([0, 3, 3, 7, 1]), updates)
case("put set", lambda x, i, u: x.at[i].set(u, mode="drop"), x, np.array([0, 3, 2, 7, 1]), updates)
case("put max", lambda x, i, u: x.at[i].max(u, mode="drop"), x, places, updates)
case("put min", lambda x, i, u: x.at[i].min(u, mode="drop"), x, places, updates)
case("put mul", lambda x, i, u: x.at[i].mul(u, mode="drop", unique_indices=True), x, np.array([0, 3, 2, 4, 1]), np.array([2.0, 0.0, 0.5, -1.0, 0.0]))
case("dynamic_slice", lambda x, i: lax.dynamic_slice(x, (i,), (3,)), x, np.array(4))
case("dynamic_update_slice", lambda x, u, i: lax.dynamic_update_slice(x, u, (i,)), x, np.array([7.0, 8.0]), np.array(-2))

# Windows.
image = np.array([[1.0, 2.0, 2.0], [2.0, 2.0, 0.0], [1.0, 5.0, 5.0]])
window = dict(window_dimensions=(2, 2), window_strides=(1, 1), padding="VALID")
case("window max", lambda x: lax.reduce_window(x, -jnp.inf, lax.max, **window), image)
case("window sum", lambda x: lax.reduce_window(x, 0.0, lax.add, **window), image)

# Control flow.
case("scan", lambda w, x: lax.scan(lambda c, _: (jnp.sin(c) * w + 0.1, None), x, None, length=20)[0], 0.9, 0.3)
case("cond", lambda x: lax.cond(x > 0, jnp.sin, lambda x: x * x, x), 0.0)
case("surrogate", lambda x: x * jax.nn.relu(x), points)

if __name__ == "__main__":
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jax_rules.json")
    with open(path, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
    print(len(cases), "cases,", os.path.getsize(path), "bytes, JAX", jax.__version__)
