"""Writes narrow.txt: what ml_dtypes makes of narrow floats.

Usage: pip install ml_dtypes; python narrow.py > narrow.txt
Lines: "decode TYPE" with the number of each byte from 0 on, and "encode TYPE" with pairs number:byte.
"""
import random

import ml_dtypes
import numpy as np

random.seed(3)
TYPES = {
    "f8E5M2": (ml_dtypes.float8_e5m2, 8), "f8E4M3": (ml_dtypes.float8_e4m3, 8), "f8E3M4": (ml_dtypes.float8_e3m4, 8),
    "f8E4M3FN": (ml_dtypes.float8_e4m3fn, 8), "f8E8M0FNU": (ml_dtypes.float8_e8m0fnu, 8), "f8E4M3FNUZ": (ml_dtypes.float8_e4m3fnuz, 8),
    "f8E5M2FNUZ": (ml_dtypes.float8_e5m2fnuz, 8), "f8E4M3B11FNUZ": (ml_dtypes.float8_e4m3b11fnuz, 8),
    "f6E2M3FN": (ml_dtypes.float6_e2m3fn, 6), "f6E3M2FN": (ml_dtypes.float6_e3m2fn, 6), "f4E2M1FN": (ml_dtypes.float4_e2m1fn, 4),
}

for name, (t, bits) in TYPES.items():
    codes = np.arange(2**bits, dtype=np.uint8)
    values = codes.view(t).astype(np.float64)
    print("decode", name, *(float(v).hex() for v in values))
    finite = sorted(abs(v) for v in values if np.isfinite(v))
    xs = [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1e-30, -1e-30, 1e30, 2.0**-149]
    top = finite[-1]
    xs += [top, top * (1 + 2**-20), top * 1.0625, top * 1.125, top * 1.25, top * 1.5, top * 2]
    for a, b in zip(finite, finite[1:]):  # around the middles
        if random.random() < 0.5 and a != b:
            m = (a + b) / 2
            xs += [m, m * (1 + 2**-20), m * (1 - 2**-20)]
    xs += [float(np.float32(2.0 ** random.uniform(-20, 12))) for _ in range(60)]
    xs = [x * random.choice([1, -1]) for x in xs]
    got = np.array(xs).astype(t).view(np.uint8)
    print("encode", name, *(f"{float(x).hex()}:{int(c)}" for x, c in zip(xs, got)))
