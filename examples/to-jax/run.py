"""Runs the module that `go run ./examples/to-jax` writes, in JAX: python run.py network.mlir"""
import os
import sys

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_ENABLE_X64", "1")

import numpy as np
from jax.extend import backend

client = backend.get_backend()
with open(sys.argv[1]) as file:
    program = client.compile_and_load(file.read(), client.devices()[:1])
spikes, v = (np.asarray(x) for x in program.execute([])[:2])
print(f"{spikes.sum()} spikes in {len(spikes)} steps")
print(f"mean membrane potential {v.mean():.9f} mV")
