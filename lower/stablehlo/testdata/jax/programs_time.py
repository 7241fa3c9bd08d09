"""Time: scans, while loops, solvers of differential equations, filters."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from program import key, normal, program


@program(normal((50, 4)))
def scan_filter(xs):
    """A leaky integrator over time, forwards and in reverse, with what it records."""
    step = lambda c, x: (0.9 * c + x, (c, jnp.sum(x)))
    zero = jnp.zeros(4)
    return lax.scan(step, zero, xs), lax.scan(step, zero, xs, reverse=True)


@program(normal((6, 5, 3)))
def scan_nested(xs):
    """A scan in a scan; the inner one reads what stands around it."""

    def outer(c, rows):
        inner = lambda d, row: (jnp.tanh(d + row * c), d)
        d, trace = lax.scan(inner, c, rows)
        return d + 0.1, trace

    return lax.scan(outer, jnp.ones(3), xs)


@program(normal((30,)))
def scan_unrolled(xs):
    """A scan unrolled by four, with a remainder."""
    return lax.scan(lambda c, x: (jnp.cos(c) + x, c * x), 0.5, xs, unroll=4)


@program(normal((7,)))
def fori_nested(x):
    """fori_loop in fori_loop, with dynamic bounds."""
    n = (jnp.abs(x[0]) * 10).astype(jnp.int32)
    body = lambda i, c: lax.fori_loop(0, i, lambda j, d: d * 0.99 + j, c + i)
    return lax.fori_loop(0, n, body, x), n


@program(lambda r: (r.uniform(0.1, 100, 20),), tolerance=1e-13, x64=True)
def newton_sqrt(a):
    """Newton's method for all elements until the last has converged; iterations are counted."""

    def cond(s):
        return jnp.max(jnp.abs(s[0] ** 2 - a) / a) > 1e-14

    return lax.while_loop(lambda s: cond(s) & (s[1] < 100), lambda s: (0.5 * (s[0] + a / s[0]), s[1] + 1), (jnp.ones_like(a), 0))


@program(normal((3,), dtype="float64"), tolerance=1e-9, x64=True)
def newton_system(x):
    """Newton's method for a system: Jacobian by jacfwd, solve by LU."""
    f = lambda x: jnp.array([x[0] ** 3 + x[1] - 1, x[1] ** 3 - x[0] + 1 + x[2], x[2] + jnp.sin(x[0])])
    body = lambda s: (s[0] - jnp.linalg.solve(jax.jacfwd(f)(s[0]), f(s[0])), s[1] + 1)
    return lax.while_loop(lambda s: (jnp.linalg.norm(f(s[0])) > 1e-12) & (s[1] < 50), body, (x, 0))


@program(lambda r: (r.uniform(1, 3, 8),), tolerance=1e-12, x64=True)
def bisection(c):
    """Bisection of batched functions: vmap of a while loop."""

    def solve(c):
        f = lambda x: x * jnp.exp(x) - c

        def body(s):
            lo, hi, n = s
            mid = 0.5 * (lo + hi)
            return jnp.where(f(mid) > 0, lo, mid), jnp.where(f(mid) > 0, mid, hi), n + 1

        return lax.while_loop(lambda s: s[1] - s[0] > 1e-10 * c, body, (0.0, 2.0, 0))

    return jax.vmap(solve)(c)


@program(lambda r: (r.integers(1, 200, 24).astype("int32"),))
def collatz(n):
    """Lengths of Collatz sequences: vmap of a while loop of integers."""
    return jax.vmap(lambda n: lax.while_loop(lambda s: s[0] != 1, lambda s: (jnp.where(s[0] % 2 == 0, s[0] // 2, 3 * s[0] + 1), s[1] + 1), (n, 0)))(n)


@program(lambda r: (np.linspace(-2, 0.5, 24), np.linspace(-1.2, 1.2, 16)), tolerance=1e-12, x64=True)
def mandelbrot(re, im):
    """Escape times of complex numbers."""
    c = re + 1j * im[:, None]
    step = lambda i, s: (jnp.where(jnp.abs(s[0]) <= 2, s[0] ** 2 + c, s[0]), s[1] + (jnp.abs(s[0]) <= 2))
    return lax.fori_loop(0, 30, step, (jnp.zeros_like(c), jnp.zeros(c.shape, int)))


def lorenz(t, y):
    return jnp.array([10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]])


def rk4(f, t, y, h):
    k1 = f(t, y)
    k2 = f(t + h / 2, y + h / 2 * k1)
    k3 = f(t + h / 2, y + h / 2 * k2)
    k4 = f(t + h, y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@program(normal((3,), dtype="float64"), tolerance=1e-10, x64=True)
def rk4_lorenz(y):
    """Runge-Kutta of order four for the Lorenz system."""
    return lax.scan(lambda y, i: (rk4(lorenz, i * 0.01, y, 0.01), y), y, jnp.arange(100))


A5 = [[], [1 / 5], [3 / 40, 9 / 40], [44 / 45, -56 / 15, 32 / 9], [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
      [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656], [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]]
B4 = [5179 / 57600, 0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40]


def embedded_step(f, t, y, h, a, low):
    """One step of an embedded pair whose last stage is the solution: solution and estimate of the error."""
    ks = []
    for row in a:
        ks.append(f(t + sum(row) * h, y + h * sum((c * k for c, k in zip(row, ks) if c), jnp.zeros_like(y))))
    error = h * sum((hi - lo) * k for hi, lo, k in zip([*a[-1], 0], low, ks))
    return y + h * sum(c * k for c, k in zip(a[-1], ks)), error


def adaptive(f, y, t1, h, tol, a, low):
    def body(s):
        t, y, h, accepted, rejected = s
        h = jnp.minimum(h, t1 - t)
        new, error = embedded_step(f, t, y, h, a, low)
        ratio = jnp.sqrt(jnp.mean((error / (tol + tol * jnp.maximum(jnp.abs(y), jnp.abs(new)))) ** 2))
        ok = ratio <= 1
        factor = jnp.clip(0.9 * ratio**-0.2, 0.2, 5.0)
        return jnp.where(ok, t + h, t), jnp.where(ok, new, y), h * factor, accepted + ok, rejected + ~ok

    return lax.while_loop(lambda s: (s[0] < t1 - 1e-12) & (s[3] + s[4] < 1000), body, (0.0, y, h, 0, 0))


@program(lambda r: (np.array([2.0, 0.0]), np.float64(5.0)), tolerance=1e-8, x64=True)
def dopri5_vanderpol(y, mu):
    """Adaptive Dormand-Prince 5(4) with control of the error, van der Pol's oscillator; steps taken and refused are counted."""
    return adaptive(lambda t, y: jnp.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]), y, 10.0, 0.1, 1e-6, A5, B4)


@program(lambda r: (r.uniform(0.5, 1.5, (5, 2)),), tolerance=1e-9, x64=True)
def dopri5_batched(y):
    """The same solver under vmap: Lotka-Volterra from five starts."""
    f = lambda t, y: jnp.array([1.5 * y[0] - y[0] * y[1], y[0] * y[1] - 3 * y[1]])
    return jax.vmap(lambda y: adaptive(f, y, 3.0, 0.05, 1e-7, A5, B4))(y)


TSIT5 = [[], [0.161], [-0.008480655492356989, 0.335480655492357], [2.8971530571054935, -6.359448489975075, 4.3622954328695815],
         [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
         [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
         [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774]]
TSIT5_ERROR = [-0.00178001105222577714, -0.0008164344596567469, 0.007880878010261995, -0.1447110071732629, 0.5823571654525552, -0.45808210592918697, 1 / 66]


@program(lambda r: (np.array([1.0, 0.5]), np.array([1.5, 1.0])), tolerance=1e-8, x64=True)
def tsit5_sensitivity(y, p):
    """Tsitouras 5(4) with fixed steps; sensitivities of the end to start and parameters by reverse mode."""
    f = lambda p: lambda t, y: jnp.array([p[0] * y[0] - p[1] * y[0] * y[1], y[0] * y[1] - 2 * y[1]])

    def end(y, p):
        def step(y, i):
            new, error = embedded_step(f(p), i * 0.05, y, 0.05, TSIT5, [b - e for b, e in zip([*TSIT5[-1], 0], TSIT5_ERROR)])
            return new, jnp.linalg.norm(error)

        return lax.scan(step, y, jnp.arange(40.0))

    return end(y, p), jax.jacrev(lambda y, p: end(y, p)[0], argnums=(0, 1))(y, p)


@program(lambda r: (r.uniform(0.5, 1, 4), r.uniform(0, 1, (4, 4))), tolerance=1e-8, x64=True)
def implicit_euler(y, a):
    """Backward Euler of a stiff system: Newton with a Jacobian and LU in each step of a scan."""
    f = lambda y: -100 * y**3 + jnp.tanh(a @ y)

    def step(y, _):
        residual = lambda z: z - y - 0.05 * f(z)
        z = lax.fori_loop(0, 4, lambda i, z: z - jnp.linalg.solve(jax.jacfwd(residual)(z), residual(z)), y)
        return z, z

    return lax.scan(step, y, None, length=10)


@program(normal((2, 6), dtype="float64"), tolerance=1e-9, x64=True)
def leapfrog(s):
    """Symplectic integration of a chain of oscillators; forces by grad of the energy."""
    potential = lambda q: jnp.sum((jnp.roll(q, 1) - q) ** 2) / 2 + jnp.sum(q**4) / 4

    def step(s, _):
        q, p = s
        p = p - 0.01 * jax.grad(potential)(q)
        q = q + 0.02 * p
        p = p - 0.01 * jax.grad(potential)(q)
        return (q, p), jnp.sum(p * p) / 2 + potential(q)

    return lax.scan(step, (s[0], s[1]), None, length=50)


@program(normal((24, 24)))
def heat_equation(u):
    """Explicit diffusion on a torus by rolling, 20 steps."""
    lap = lambda u: sum(jnp.roll(u, s, a) for s in (1, -1) for a in (0, 1)) - 4 * u
    return lax.fori_loop(0, 20, lambda i, u: u + 0.1 * lap(u), u)


@program(lambda r: ((r.random((20, 20)) < 0.4).astype("int32"),))
def game_of_life(board):
    """Ten generations of the game of life, all recorded."""

    def step(b, _):
        near = sum(jnp.roll(b, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)) - b
        b = ((near == 3) | ((near == 2) & (b == 1))).astype(jnp.int32)
        return b, b

    return lax.scan(step, board, None, length=10)


def kalman_inputs(r):
    return 0.9 * np.eye(3) + 0.05 * r.standard_normal((3, 3)), r.standard_normal((2, 3)), r.standard_normal((25, 2))


@program(kalman_inputs, tolerance=1e-9, x64=True)
def kalman_filter(a, c, ys):
    """A Kalman filter with its log likelihood, and the gradient of that."""

    def run(a):
        def step(s, y):
            m, p = a @ s[0], a @ s[1] @ a.T + 0.1 * jnp.eye(3)
            cov = c @ p @ c.T + 0.2 * jnp.eye(2)
            gain = jnp.linalg.solve(cov, c @ p).T
            e = y - c @ m
            ll = -0.5 * (e @ jnp.linalg.solve(cov, e) + jnp.linalg.slogdet(cov)[1])
            return (m + gain @ e, p - gain @ c @ p), (m, ll)

        _, (ms, lls) = lax.scan(step, (jnp.zeros(3), jnp.eye(3)), ys)
        return jnp.sum(lls), ms

    return jax.value_and_grad(run, has_aux=True)(a)


@program(lambda r: (key(r), r.standard_normal(5)), tolerance=1e-9, x64=True)
def metropolis(k, x):
    """A Markov chain: a key in the carry, cond on acceptance."""
    energy = lambda x: jnp.sum(x**4 / 4 - x**2)

    def step(s, _):
        k, x = s
        k, k1, k2 = jax.random.split(k, 3)
        y = x + 0.3 * jax.random.normal(k1, x.shape)
        ok = jnp.log(jax.random.uniform(k2)) < energy(x) - energy(y)
        x = lax.cond(ok, lambda: y, lambda: x)
        return (k, x), (ok, energy(x))

    return lax.scan(step, (k, x), None, length=60)


@program(normal((3, 40)))
def associative_scans(x):
    """Prefix sums and a linear recurrence by associative_scan, and in reverse."""
    combine = lambda a, b: (a[0] * b[0], a[1] * b[0] + b[1])
    return (lax.associative_scan(jnp.add, x, axis=1), lax.associative_scan(jnp.maximum, x, axis=1, reverse=True),
            lax.associative_scan(combine, (jax.nn.sigmoid(x), x), axis=1))


@program(lambda r: (key(r), r.uniform(0, 6.28, 30), r.normal(1, 0.2, 30)), tolerance=1e-8, x64=True)
def kuramoto(k, theta, omega):
    """Coupled oscillators with noise: Euler-Maruyama; order parameter by complex exponentials."""

    def step(s, i):
        z = jnp.mean(jnp.exp(1j * s))
        noise = jax.random.normal(jax.random.fold_in(k, i), s.shape)
        s = s + 0.05 * (omega + 2 * jnp.abs(z) * jnp.sin(jnp.angle(z) - s)) + 0.02 * noise
        return s % (2 * jnp.pi), jnp.abs(z)

    return lax.scan(step, theta, jnp.arange(80))
