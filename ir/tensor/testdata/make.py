"""Writes numpy.npz and numpy.json: arrays as NumPy saves them, their values and how NumPy prints them.

Run with NumPy 2: python make.py (in this folder).
"""
import json
import numpy as np

rng = np.random.default_rng(1)
small = [0, 1, -1, 2.5, 1e-3]
arrays = {
    "bool": np.array([[True, False, True], [False, False, True]]),
    "scalar": np.array(1.5, "<f4"),
    "scalar_one": np.array(1.0),
    "scalar_small": np.array(1e-5),
    "scalar_int": np.array(-7, "<i2"),
    "scalar_complex": np.array(1 - 2j),
    "one": np.array([3], "<i8"),
    "fortran": np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)),
    "fortran_big": np.asfortranarray(np.arange(6, dtype=">i2").reshape(3, 2)),
    "row_and_fortran": np.asfortranarray(np.arange(5, dtype="<f8").reshape(1, 5)),
    "ones": np.ones((2, 2), "<f4"),
    "thirds": np.arange(6, dtype="<f4").reshape(2, 3) / 3,
    "thirds64": np.arange(6).reshape(2, 3) / 3,
    "half_thirds": (np.arange(6) / 3).astype("<f2"),
    "special": np.array([np.nan, np.inf, -np.inf, 1.25, -0.0], "<f4"),
    "special_half": np.array([np.nan, np.inf, -np.inf, 1.25, -0.0, 6e-8, 65504], "<f2"),
    "only_special": np.array([np.nan, np.inf]),
    "wide_range": np.array([1e-3, 1.0, 12345.678]),
    "tiny": np.array([1e-5, 2.5e-5]),
    "huge": np.array([1e8, 123456789.0, 1.0]),
    "exponents": np.array([1e-300, 1.5e300, -2e5]),
    "mixed": np.array([0.1, 22.25, -333.125]),
    "nine_digits": np.array([0.123456789123, 1.0]),
    "carry": np.array([0.999999999999, 99.9999999999]),
    "wrapped": np.arange(60, dtype="<i4"),
    "wrapped_float": np.linspace(0, 1, 40).astype("<f4"),
    "wrapped_2d": (np.arange(80).reshape(2, 40) * 1001).astype("<i8"),
    "three_axes": np.arange(12, dtype="<i4").reshape(2, 3, 2),
    "four_axes": np.arange(16, dtype="<u1").reshape(2, 2, 2, 2),
    "summary": np.arange(1001, dtype="<i4"),
    "summary_2d": np.arange(2400, dtype="<f4").reshape(40, 60),
    "summary_3d": np.arange(4 * 7 * 50, dtype="<u2").reshape(4, 7, 50),
    "summary_narrow": np.arange(2000, dtype="<i4").reshape(1000, 2),
    "thousand": np.arange(1000, dtype="<i2"),
    "complex": np.array([1 + 2j, -3.5 + 0.25j, 0 - 1j], "<c8"),
    "complex128": np.array([[1e-9 + 2j, -3.5], [np.nan + 1j, 1 + np.inf * 1j]]),
    "empty": np.zeros((0,), "<f4"),
    "empty_2d": np.zeros((0, 3), "<f4"),
    "empty_inner": np.zeros((2, 0, 3), "<i4"),
}
for order in "<>":
    for kind in "i1 i2 i4 i8 u1 u2 u4 u8".split():
        info = np.iinfo(kind)
        arrays[("little_" if order == "<" else "big_") + kind] = np.array([info.min, info.max, 1, 100], order + kind)
    for kind in "f2 f4 f8 c8 c16".split():
        arrays[("little_" if order == "<" else "big_") + kind] = np.array(small, order + kind)

def flat(a):
    a = a.ravel(order="C")
    if a.dtype.kind == "c":
        return [[repr(float(v.real)), repr(float(v.imag))] for v in a]
    return [repr(float(v)) if a.dtype.kind == "f" else str(int(v)) for v in a]

np.savez("numpy.npz", **arrays)
with open("numpy.json", "w") as f:
    json.dump({name: {"dtype": a.dtype.name, "shape": a.shape, "values": flat(a), "text": str(a)}
               for name, a in arrays.items()}, f, indent=0)
