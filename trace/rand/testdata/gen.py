"""Writes jax.json: random numbers of JAX (0.10, threefry_partitionable=True) that package rand is checked against.

Run: python gen.py > jax.json. 64-bit cases run under enable_x64.
"""
import json
import jax, jax.numpy as jnp, numpy as np

jax.config.update("jax_threefry_partitionable", True)
out = {}


def put(name, a):
    a = np.asarray(a)
    if a.dtype == jnp.bfloat16:
        a = a.astype(np.float32)
    data = a.ravel().tolist()
    if a.dtype == np.uint64:
        data = [str(v) for v in data]
    out[name] = {"shape": list(a.shape), "data": data}


k = jax.random.PRNGKey(42)
put("key", k)
put("key large", jax.random.PRNGKey(0xFFFFFFFF))
put("split", jax.random.split(k, 5))
put("fold_in", jax.random.fold_in(k, 7))
put("fold_in large", jax.random.fold_in(k, 0xFFFFFFF0))
for bits in (8, 16, 32):
    put(f"bits{bits}", jax.random.bits(k, (3, 4), f"uint{bits}"))
put("uniform", jax.random.uniform(k, (7,)))
put("uniform range", jax.random.uniform(k, (11,), minval=-3.0, maxval=5.5))
put("uniform rows", jax.random.uniform(k, (2, 3), minval=jnp.array([0.0, 1.0, -7.0]), maxval=jnp.array([1.0, 1.5, 7.7])))
put("uniform f16", jax.random.uniform(k, (7,), jnp.float16))
put("uniform bf16", jax.random.uniform(k, (7,), jnp.bfloat16))
put("randint", jax.random.randint(k, (9,), 0, 10))
put("randint wide", jax.random.randint(k, (9,), -2**31, 2**31 - 1))
put("randint span", jax.random.randint(k, (9,), -70000, 90001))
put("randint rows", jax.random.randint(k, (2, 3), jnp.array([0, 5, -3]), jnp.array([2, 5, 100])))
put("randint i8", jax.random.randint(k, (9,), -100, 100, jnp.int8))
put("randint u16", jax.random.randint(k, (9,), 0, 50000, jnp.uint16))
put("bernoulli", jax.random.bernoulli(k, 0.3, (20,)))
put("bernoulli rows", jax.random.bernoulli(k, jnp.array([0.1, 0.5, 0.9]), (4, 3)))
put("permutation", jax.random.permutation(k, 10))
put("permutation rows", jax.random.permutation(k, jnp.arange(12).reshape(6, 2)))
put("permutation long", jax.random.permutation(k, 3000)[:20])
put("choice", jax.random.choice(k, 10, (8,)))
put("sample", jax.random.choice(k, 10, (4,), replace=False))
put("choice weighted", jax.random.choice(k, 4, (12,), p=jnp.array([0.1, 0.2, 0.3, 0.4])))
put("categorical", jax.random.categorical(k, jnp.log(jnp.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])), axis=-1, shape=(4, 2)))
put("rademacher", jax.random.rademacher(k, (8,), jnp.float32))
put("normal", jax.random.normal(k, (16,)))
put("truncated normal", jax.random.truncated_normal(k, -1.0, 2.0, (9,)))
put("exponential", jax.random.exponential(k, (9,)))
put("gumbel", jax.random.gumbel(k, (9,)))
put("laplace", jax.random.laplace(k, (9,)))
with jax.enable_x64(True):
    put("bits64", jax.random.bits(k, (3,), "uint64"))
    put("uniform f64", jax.random.uniform(k, (5,), jnp.float64, -1.0, 3.0))
    put("normal f64", jax.random.normal(k, (5,), jnp.float64))
    put("randint i64", [str(v) for v in np.asarray(jax.random.randint(k, (5,), -2**40, 2**50, jnp.int64)).tolist()])
print(json.dumps(out, indent=0).replace(",\n", ", ").replace("[\n", "[").replace("\n]", "]").replace("}, ", "},\n"))
