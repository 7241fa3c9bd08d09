"""Prints what XLA on CPU takes to compile programs of this folder: python compiletime.py NAME ...; see BenchmarkJAXPrograms for ours."""

import gzip
import os
import sys
import time

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_ENABLE_X64", "1")

import jax
from jax._src import compiler
from jax.extend.backend import get_backend

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    client = get_backend("cpu")
    options = compiler.get_compile_options(num_replicas=1, num_partitions=1)
    for name in sys.argv[1:]:
        with gzip.open(os.path.join(HERE, name + ".mlir.gz"), "rt") as f:
            text = f.read()
        start = time.perf_counter()
        client.compile_and_load(text, client.devices()[:1], options)
        print(f"{name}: {1000 * (time.perf_counter() - start):.0f} ms for {len(text)} bytes")


if __name__ == "__main__":
    main()
