# Runs StableHLO modules by jaxlib's CPU client, for RunJAX (jax.go). Argument: a folder with cases.json, and for each case k the
# module k.mlir and the bytes of its inputs k.in. Writes the bytes of the outputs to k.out, or what went wrong to k.err.
import json
import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import jax
import ml_dtypes
import numpy as np
from jax.extend import backend as extend

DTYPES = {"i1": np.bool_, "i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64, "ui8": np.uint8, "ui16": np.uint16,
          "ui32": np.uint32, "ui64": np.uint64, "f16": np.float16, "bf16": ml_dtypes.bfloat16, "f32": np.float32, "f64": np.float64,
          "complex<f32>": np.complex64, "complex<f64>": np.complex128}


def inputs(data, types):
    at, out = 0, []
    for t in types:
        dtype, shape = np.dtype(DTYPES[t["dtype"]]), t["shape"] or []
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        out.append(np.frombuffer(data[at:at + size], dtype=dtype).reshape(shape))
        at += size
    return out


def main(folder):
    client = extend.get_backend("cpu")
    device = client.devices()[0]
    with open(os.path.join(folder, "cases.json")) as f:
        cases = json.load(f)
    for k, types in enumerate(cases):
        base = os.path.join(folder, str(k))
        try:
            with open(base + ".mlir") as f:
                executable = client.compile_and_load(f.read(), [device])
            with open(base + ".in", "rb") as f:
                arrays = [jax.device_put(x, device) for x in inputs(f.read(), types or [])]
            outputs = [np.asarray(y) for y in executable.execute(arrays)]
            with open(base + ".out", "wb") as f:
                for y in outputs:
                    f.write(np.ascontiguousarray(y).tobytes())
        except Exception as e:
            with open(base + ".err", "w") as f:
                f.write(str(e))


main(sys.argv[1])
