"""Writes functions.txt: values of the transcendental primitives, computed by mpmath with 60 digits and rounded once to float64.

Usage: pip install mpmath; python functions.py > functions.txt
A line is: name x y (real) or name re(x) im(x) re(y) im(y) (complex), all hexadecimal floats; two-operand functions have x1 x2 y.
Lines parts_NAME are complex ones of which each part is to be accurate by itself, from the smallest to the largest numbers.
"""
import random
import struct

from mpmath import mp, mpc, mpf

mp.dps = 60
random.seed(20)

# Numbers with at most 8 significant bits: every float type has them.
SHORT = [2.0**-20, 2.0**-7, 13 / 128, 0.25, 0.5, 0.75, 127 / 128, 1.0, 129 / 128, 1.5, 2.0, 2.5, 3.0, 5.5, 10.0, 20.0, 60.0]

REAL = {  # name: function, range of the arguments
    "sqrt": (mp.sqrt, 0, 1e30),
    "rsqrt": (lambda x: 1 / mp.sqrt(x), 0, 1e30),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), -1e30, 1e30),
    "exp": (mp.exp, -700, 700),
    "exp2": (lambda x: mpf(2) ** x, -1000, 1000),
    "expm1": (mp.expm1, -50, 700),
    "log": (mp.log, 0, 1e300),
    "log1p": (mp.log1p, -1, 1e30),
    "logistic": (lambda x: 1 / (1 + mp.exp(-x)), -700, 40),
    "sin": (mp.sin, -1e5, 1e5),
    "cos": (mp.cos, -1e5, 1e5),
    "tan": (mp.tan, -1e5, 1e5),
    "asin": (mp.asin, -1, 1),
    "acos": (mp.acos, -1, 1),
    "atan": (mp.atan, -1e10, 1e10),
    "sinh": (mp.sinh, -700, 700),
    "cosh": (mp.cosh, -700, 700),
    "tanh": (mp.tanh, -30, 30),
    "asinh": (mp.asinh, -1e20, 1e20),
    "acosh": (mp.acosh, 1, 1e20),
    "atanh": (mp.atanh, -1, 1),
    "erf": (mp.erf, -7, 7),
    "erfc": (mp.erfc, -7, 26),
    "erf_inv": (mp.erfinv, -1, 1),
    "lgamma": (lambda x: mp.log(abs(mp.gamma(x))), -20, 1e15),
    "digamma": (mp.digamma, -20, 1e15),
}

LATER = {  # drawn after the others, which so keep their arguments
    "bessel_i0e": (lambda x: mp.exp(-abs(x)) * mp.besseli(0, x), -500, 500),
    "bessel_i1e": (lambda x: mp.exp(-abs(x)) * mp.besseli(1, x), -500, 500),
}

def hurwitz(s, q):
    with mp.workdps(250):  # mp.zeta has absolute errors: with 60 digits small values are wrong in the 14th
        return mp.zeta(s, q)


ZETAS = {
    "zeta": (hurwitz, lambda: (random.uniform(1.001, 60), 2.0 ** random.uniform(-4, 7))),
    "polygamma": (lambda n, x: mp.psi(int(n), x), lambda: (float(random.randint(0, 12)), 2.0 ** random.uniform(-4, 7))),
}

PAIRS = {  # name: function, test of the arguments
    "pow": (lambda x, y: x**y, lambda x, y: x > 0 or (x < 0 and y == int(y))),
    "atan2": (mp.atan2, lambda x, y: x != 0 or y != 0),
}

COMPLEX = {
    "sqrt": mp.sqrt,
    "rsqrt": lambda z: 1 / mp.sqrt(z),
    "exp": mp.exp,
    "expm1": lambda z: mp.exp(z) - 1,
    "log": mp.log,
    "log1p": lambda z: mp.log(1 + z),
    "logistic": lambda z: 1 / (1 + mp.exp(-z)),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sign": lambda z: z / abs(z),
}

COMPLEX_PAIRS = {
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
}


COMPLEX_INVERSE = {
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "cbrt": lambda z: z ** (mpf(1) / 3),
}

PARTS = {name: COMPLEX_INVERSE[name] for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")} | {
    "sqrt": mp.sqrt,
    "log": mp.log,
    "log1p": lambda z: mp.log(1 + z),
}

EDGES = [2.0**-1074, 2.0**-600, 2.0**-30, 0.6, 1 - 2.0**-53, 1.0, 1 + 2.0**-52, 1.5, 2.0**30, 2.0**600, (2 - 2.0**-52) * 2.0**1023]


def draw(lo, hi):
    """Half of the arguments uniform, half with a uniform logarithm of their magnitude."""
    if random.random() < 0.5:
        return random.uniform(max(lo, -20), min(hi, 20))
    x = 2.0 ** random.uniform(-30, 300) if random.random() < 0.2 else 2.0 ** random.uniform(-8, 8)
    return x if lo >= 0 else x * random.choice([-1, 1])


def usable(y):
    return y != 0 and mp.isfinite(y) and 1e-290 < abs(y) < 1e290


def emit(name, *numbers):
    print(name, *(float(v).hex() for v in numbers))


def main():
    for name, (f, lo, hi) in REAL.items():
        xs = [s for x in SHORT for s in (x, -x) if lo < s < hi]
        while len(xs) < 50:
            x = draw(lo, hi)
            if lo < x < hi:
                xs.append(x)
        for x in xs:
            pole = name in ("lgamma", "digamma") and x <= 0 and x == int(x)
            if not pole and usable(f(mpf(x))):
                emit(name, x, f(mpf(x)))
    for name, (f, ok) in PAIRS.items():
        for i in range(100):
            x, y = (random.choice(SHORT) * random.choice([-1, 1]), random.choice(SHORT) * random.choice([-1, 1])) if i % 2 else (
                draw(-30, 30), draw(-30, 30))
            if ok(x, y) and usable(f(mpf(x), mpf(y))):
                emit(name, x, y, f(mpf(x), mpf(y)))

    def part():
        return struct.unpack("f", struct.pack("f", random.uniform(-4, 4)))[0]  # a float32

    def point():
        return mpc(part(), part()) * random.choice([1, 1, 2.0**-9, 2.0**-25, 4])

    for name, f in COMPLEX.items():
        for _ in range(24):
            z = point()
            emit("complex_" + name, z.real, z.imag, f(z).real, f(z).imag)
    for z in (mpc(1 + 2.0**-20, 2.0**-15), mpc(1, 2.0**-15), mpc(-13, 9) / 16):  # |z| near 1: the real part of log z is small
        emit("complex_log", z.real, z.imag, mp.log(z).real, mp.log(z).imag)
    for name, f in COMPLEX_PAIRS.items():
        for _ in range(24):
            x, y = point(), point()
            w = f(x, y)
            emit("complex_" + name, x.real, x.imag, y.real, y.imag, w.real, w.imag)
    for name, f in COMPLEX_INVERSE.items():
        for _ in range(24):
            z = point()
            emit("complex_" + name, z.real, z.imag, f(z).real, f(z).imag)
    for _ in range(24):
        y, x = point(), point()
        w = -mpc(0, 1) * mp.log((x + mpc(0, 1) * y) / mp.sqrt(x * x + y * y))
        emit("complex_atan2", y.real, y.imag, x.real, x.imag, w.real, w.imag)
    for name, (f, lo, hi) in LATER.items():
        for x in [s for x in SHORT for s in (x, -x)] + [draw(lo, hi) for _ in range(30)]:
            if lo < x < hi and usable(f(mpf(x))):
                emit(name, x, f(mpf(x)))
    for name, (f, pick) in ZETAS.items():
        for _ in range(60):
            x, y = pick()
            emit(name, x, y, f(mpf(x), mpf(y)))
    mp.dps = 1500  # squares of the smallest beside squares of the largest
    for name, f in PARTS.items():
        for x in EDGES:
            for y in EDGES:
                z = mpc(x * random.choice([-1, 1]), y * random.choice([-1, 1]))
                emit("parts_" + name, z.real, z.imag, f(z).real, f(z).imag)


main()
