"""Writes what TestJAXPrograms (../../jax_programs_test.go) reads: programs of JAX, their inputs and JAX's numbers.

    python export.py [NAME ...]      with JAX 0.10.2 on CPU; without names all programs, and programs.json anew

For each function in the files programs_*.py that the decorator `program` marks:

    NAME.mlir.gz     the StableHLO text of jax.jit(f).lower(*args)
    NAME.npz         in0, in1, ... and out0, out1, ... : leaves of the arguments and of the result, in JAX's order

and in programs.json its name, its tolerance and what it shows. bfloat16 and 8-bit floats travel as bit patterns in unsigned integers.
"""

import gzip
import importlib
import json
import os
import sys
import zlib

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FAMILIES = ["nn", "time", "spiking", "random", "linalg", "index", "array", "transform"]


def leaves(tree):
    """The arrays of a tree as NumPy has them."""
    result = []
    for x in jax.tree.leaves(tree):
        if jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key):
            x = jax.random.key_data(x)
        x = np.asarray(x)
        if x.dtype.kind == "V" or x.dtype.name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4"):
            x = x.view(np.uint16 if x.dtype.itemsize == 2 else np.uint8)
        result.append(x)
    return result


def export(p):
    with jax.enable_x64(p.x64):
        args = p.inputs(np.random.default_rng(zlib.crc32(p.name.encode())))
        args = jax.tree.map(jax.numpy.asarray, args)
        ins = leaves(args)
        jitted = jax.jit(p.function, donate_argnums=p.donate, keep_unused=True)
        text = jitted.lower(*args).as_text()
        outs = leaves(jitted(*args))
    with open(os.path.join(HERE, p.name + ".mlir.gz"), "wb") as f:
        f.write(gzip.compress(text.encode(), 9, mtime=0))
    arrays = {f"in{i}": x for i, x in enumerate(ins)} | {f"out{i}": x for i, x in enumerate(outs)}
    np.savez_compressed(os.path.join(HERE, p.name + ".npz"), **arrays)
    for i, x in enumerate(outs):
        if x.dtype.kind in "fc" and not np.isfinite(x).all():
            print(f"  {p.name}: result {i} has values that are not finite")
    return len(text)


def main():
    sys.path.insert(0, HERE)
    sys.dont_write_bytecode = True
    from program import programs

    for family in FAMILIES:
        importlib.import_module("programs_" + family)
    wanted = sys.argv[1:]
    for p in programs:
        if not wanted or p.name in wanted:
            print(p.name, export(p), "bytes of text", flush=True)
    listed = [{"name": p.name, "tolerance": p.tolerance, "about": " ".join(p.function.__doc__.split())} for p in programs]
    with open(os.path.join(HERE, "programs.json"), "w") as f:
        f.write("[\n" + ",\n".join("  " + json.dumps(x) for x in listed) + "\n]\n")
    print(len(programs), "programs")


if __name__ == "__main__":
    main()
