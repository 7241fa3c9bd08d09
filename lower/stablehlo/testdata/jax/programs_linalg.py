"""Linear algebra and Fourier transforms. Factors whose signs or phases are free are compared through what does not depend on them."""

import jax
import jax.numpy as jnp
import jax.scipy as jsp
import numpy as np
from jax import lax

from program import normal, program


def positive(r, n, *batch):
    a = r.standard_normal((*batch, n, n))
    return a @ np.swapaxes(a, -1, -2) + n * np.eye(n)


def complex_normal(r, *shape):
    return r.standard_normal(shape) + 1j * r.standard_normal(shape)


@program(lambda r: (positive(r, 6), positive(r, 4, 3).astype("float32"), r.standard_normal(6)), tolerance=3e-6, x64=True)
def cholesky(a, batch, y):
    """Cholesky factors, of a batch, of a matrix that has none, cho_solve, and the gradient of a Gaussian likelihood."""

    def likelihood(a):
        l = jnp.linalg.cholesky(a)
        z = jsp.linalg.solve_triangular(l, y, lower=True)
        return 0.5 * z @ z + jnp.sum(jnp.log(jnp.diag(l)))

    return (jnp.linalg.cholesky(a), jsp.linalg.cholesky(a), jnp.linalg.cholesky(batch), jnp.linalg.cholesky(-a),
            jsp.linalg.cho_solve(jsp.linalg.cho_factor(a), y), jax.value_and_grad(likelihood)(a))


@program(lambda r: (r.standard_normal((5, 5)), r.standard_normal((5, 2)), r.standard_normal((3, 4, 4)).astype("float32")), tolerance=1e-5, x64=True)
def solve(a, b, batch):
    """Linear equations, inverses, determinants, least squares and their derivatives."""
    return (jnp.linalg.solve(a, b), jnp.linalg.inv(batch), jnp.linalg.det(batch), jnp.linalg.slogdet(a), jax.grad(lambda a: jnp.sum(jnp.linalg.solve(a, b) ** 2))(a),
            jax.jacfwd(jnp.linalg.det)(a), jnp.linalg.matrix_power(a, 5), jnp.linalg.lstsq(jnp.vstack([a, a + 1]), jnp.vstack([b, b]))[0])


@program(lambda r: (r.standard_normal((5, 5)), r.standard_normal((2, 4, 6)), complex_normal(r, 4, 4)), tolerance=1e-10, x64=True)
def lu(a, batch, c):
    """LU: packed, and as P, L, U, of wide and complex matrices, and of a singular one."""
    return jsp.linalg.lu(a), lax.linalg.lu(batch), lax.linalg.lu(c), lax.linalg.lu(jnp.ones((3, 3))), jsp.linalg.lu_solve(jsp.linalg.lu_factor(a), a[0])


@program(lambda r: (r.standard_normal((6, 4)), r.standard_normal((2, 3, 5)).astype("float32"), complex_normal(r, 5, 3)), tolerance=1e-5, x64=True)
def qr(a, batch, c):
    """QR: reduced, complete, R alone, batched, complex, raw reflectors, and its derivative."""
    return (jnp.linalg.qr(a), jnp.linalg.qr(a, "complete"), jnp.linalg.qr(a, "r"), jnp.linalg.qr(batch), jnp.linalg.qr(c), jnp.linalg.qr(a, "raw"),
            jax.grad(lambda a: jnp.sum(jnp.linalg.qr(a)[0] ** 3))(a))


@program(lambda r: (r.standard_normal((6, 4)), r.standard_normal((2, 3, 5)).astype("float32")), tolerance=2e-5, x64=True)
def svd(a, batch):
    """Singular values, projectors of singular vectors, norms, rank, pseudoinverse, derivative of the nuclear norm."""
    u, s, vt = jnp.linalg.svd(a, full_matrices=False)
    full = jnp.linalg.svd(batch)
    return (s, jnp.abs(u), jnp.abs(vt), u @ jnp.diag(s) @ vt, full[1], jnp.abs(full[0]), jnp.einsum("bij,bj,bjk->bik", full[0], full[1], full[2][:, :3]),
            jnp.linalg.svd(a, compute_uv=False), jnp.linalg.pinv(a), jnp.linalg.matrix_rank(a), jnp.linalg.cond(a), jnp.linalg.norm(a, 2), jnp.linalg.norm(a, "nuc"),
            jax.grad(lambda a: jnp.sum(jnp.linalg.svd(a, compute_uv=False)))(a))


@program(lambda r: (positive(r, 5), positive(r, 3, 2).astype("float32"), complex_normal(r, 4, 4)), tolerance=2e-5, x64=True)
def eigh(a, batch, c):
    """Eigenvalues of symmetric and Hermitian matrices, projectors, functions of matrices, derivatives."""
    w, v = jnp.linalg.eigh(a)
    h = c + c.conj().T
    wh, vh = jnp.linalg.eigh(h)
    return (w, jnp.abs(v), (v * jnp.sqrt(w)) @ v.T, jnp.linalg.eigvalsh(batch), wh, jnp.abs(vh), (vh * wh) @ vh.conj().T,
            jax.grad(lambda a: jnp.sum(jnp.log(jnp.linalg.eigvalsh(a))))(a), jax.grad(lambda a: jnp.linalg.eigh(a)[1][0, 0] ** 2)(a))


@program(lambda r: (r.standard_normal((5, 5)), complex_normal(r, 4, 4)), tolerance=1e-8, x64=True)
def eig(a, c):
    """Eigenvalues of general matrices, sorted, and how well vectors fulfil their equation."""
    out = []
    for m in (a, c):
        w, v = jnp.linalg.eig(m)
        order = jnp.argsort(w.real * 1000 + w.imag)
        out.append((w[order], jnp.abs(v[:, order]), jnp.linalg.norm(v, axis=0), jnp.abs(m @ v - v * w) < 1e-9))
    return out, jnp.sort(jnp.abs(jnp.linalg.eigvals(a))), jnp.sort_complex(jnp.roots(jnp.array([1.0, -6, 11, -6.1]), strip_zeros=False))


@program(lambda r: (0.5 * r.standard_normal((4, 4)), 0.3 * r.standard_normal((3, 3)).astype("float32")), tolerance=1e-5, x64=True)
def expm(a, b):
    """The exponential of matrices, with a number of squarings that depends on the norm, and its derivative."""
    return jsp.linalg.expm(a), jsp.linalg.expm(8 * a), jsp.linalg.expm(b), jax.jvp(jsp.linalg.expm, (a,), (jnp.ones_like(a),))[1]


@program(lambda r: (r.standard_normal((2, 4, 4)) + 3 * np.eye(4), r.standard_normal((2, 4, 3)), complex_normal(r, 3, 3) + 3 * np.eye(3)), tolerance=1e-10, x64=True)
def triangular(a, b, c):
    """Triangular equations: both sides, triangles, transposed, conjugated, unit diagonal."""
    ts = lax.linalg.triangular_solve
    return ([ts(a, b, left_side=True, lower=lo, transpose_a=tr, unit_diagonal=u) for lo in (0, 1) for tr in (0, 1) for u in (0, 1)],
            ts(a, jnp.swapaxes(b, 1, 2), left_side=False, lower=True), ts(c, c, left_side=True, lower=True, transpose_a=True, conjugate_a=True))


@program(lambda r: (positive(r, 12), r.standard_normal(12)), tolerance=1e-7, x64=True)
def iterative(a, b):
    """Conjugate gradients, GMRES and BiCGSTAB, and a power iteration."""
    solvers = jsp.sparse.linalg
    power = lax.fori_loop(0, 50, lambda i, v: a @ v / jnp.linalg.norm(a @ v), jnp.ones(12))
    return solvers.cg(a, b, tol=1e-10)[0], solvers.gmres(a, b, tol=1e-10)[0], solvers.bicgstab(a, b, tol=1e-10)[0], power


@program(lambda r: (r.standard_normal((3, 16)), complex_normal(r, 12), r.standard_normal((6, 10)), r.standard_normal(15).astype("float32")), tolerance=1e-6, x64=True)
def fft(x, z, image, odd):
    """Fourier transforms: complex, real, inverse, of odd length, two-dimensional, shifted, padded; convolution and derivative through them."""
    f = jnp.fft
    return (f.fft(x), f.ifft(z), f.rfft(x), f.irfft(f.rfft(x)), f.fft2(image), f.rfft2(image), f.irfft2(f.rfft2(image)), f.ifftn(f.fftn(image)), f.rfft(odd), f.irfft(f.rfft(odd), 15),
            f.fft(z, n=20), f.fft(z, n=7), f.fftshift(f.fft(z)), f.fftfreq(9), f.hfft(z[:5]), f.fft(z, norm="ortho"), jsp.signal.fftconvolve(odd, odd[:4]),
            jax.grad(lambda x: jnp.sum(jnp.abs(f.rfft(x)) ** 3))(x))


@program(lambda r: (r.standard_normal((3, 4)), r.standard_normal((4, 5)), r.standard_normal((2, 3, 4)), r.standard_normal((2, 4, 4))), tolerance=1e-11, x64=True)
def einsum(a, b, c, d):
    """Contractions of all kinds."""
    e = jnp.einsum
    return (e("ij,jk->ik", a, b), e("bij,bjk->bik", c, d), e("bij,jk,bkl->bil", c, b, jnp.ones((2, 5, 2))), e("ii->i", d[0]), e("bii", d), e("ij->ji", a), e("i,j->ij", a[0], b[:, 0]),
            e("bij,bij->", c, c), e("...ij,...jk", c, d), jnp.tensordot(c, d, [[0, 2], [0, 1]]), jnp.kron(a, b[:2]), jnp.inner(a, a), jnp.outer(a[0], a[1]), jnp.vdot(a, a),
            jnp.cross(a[:, :3], a[:, 1:]), jnp.linalg.multi_dot([a, b, b.T]))


@program(lambda r: (r.uniform(1, 2, 8), r.standard_normal((20, 3)), r.standard_normal(20)), tolerance=1e-7, x64=True)
def gaussian_process(scales, x, y):
    """Gaussian process regression: kernel by vmap of vmap, Cholesky, prediction, gradient to the length scales."""

    def kernel(s):
        k = lambda a, b: jnp.exp(-jnp.sum((a - b) ** 2 / s[:3] ** 2) / 2)
        return jax.vmap(lambda a: jax.vmap(lambda b: k(a, b))(x))(x) + 0.1 * jnp.eye(20)

    def loss(s):
        c, low = jsp.linalg.cho_factor(kernel(s), lower=True)
        return 0.5 * y @ jsp.linalg.cho_solve((c, low), y) + jnp.sum(jnp.log(jnp.diag(c)))

    return jax.value_and_grad(loss)(scales)
