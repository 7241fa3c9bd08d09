"""Writes the coefficients of coef_gamma.go: Chebyshev fits, as polynomials in t from -1/2 to 1/2.

Usage: pip install mpmath; python gamma.py
"""
from mpmath import mp, mpf, cos, pi

mp.dps = 60
ROOT = mp.findroot(mp.digamma, mpf("1.46"))


def fit(f, tol):
    """Polynomial in t: coefficients, lowest power first."""
    n = 60
    xs = [cos(pi * (j + mpf(1) / 2) / n) for j in range(n)]
    fx = [f(x / 2) for x in xs]
    c = [2 / mpf(n) * sum(fx[j] * cos(pi * k * (j + mpf(1) / 2) / n) for j in range(n)) for k in range(n)]
    c[0] /= 2
    while abs(c[-1]) < tol * abs(c[0]):
        c.pop()
    a, b = [mpf(1)], [mpf(0), mpf(1)]  # T0, T1 as polynomials in u = 2t
    out = [mpf(0)] * len(c)
    for k, ck in enumerate(c):
        t = a if k == 0 else b
        for i, v in enumerate(t):
            out[i] += ck * v
        if k >= 1:
            a, b = b, [2 * x - y for x, y in zip([mpf(0)] + b, a + [mpf(0)] * (len(b) + 1 - len(a)))]
    return [v * mpf(2) ** i for i, v in enumerate(out)]


def show(name, c):
    print("var %s = []float64{" % name)
    for i in range(0, len(c), 5):
        print("\t" + ", ".join(float(v).hex() for v in c[i : i + 5]) + ",")
    print("}\n")


def lg(t):
    if abs(t) < mpf(10) ** -25:
        return mp.digamma(2) / (1 + t)
    return mp.loggamma(2 + t) / (t * (1 + t))


def psi(t):
    d = mpf("1.5") + t - ROOT
    return mp.digamma(mpf("1.5") + t) / d


for suffix, tol in (("F32", mpf(2) ** -27), ("F64", mpf(2) ** -57)):
    show("lgamma" + suffix, fit(lg, tol))
    show("digamma" + suffix, fit(psi, tol))
hi = mpf(float(ROOT))
print("// root:", float(hi).hex(), float(ROOT - hi).hex())
import struct
h32 = mpf(struct.unpack("f", struct.pack("f", float(ROOT)))[0])
print("// root f32:", float(h32).hex(), float(ROOT - h32).hex())
