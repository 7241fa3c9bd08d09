"""Arrays: element types, arithmetic, special functions, folds, convolutions, shapes."""

import jax
import jax.numpy as jnp
import jax.scipy as jsp
import numpy as np
from jax import lax

from program import normal, program


@program(lambda r: (np.array([7, -7, 2**31 - 1, -(2**31), 5, 0], "int32"), np.array([0, 0, -1, -1, 3, 0], "int32"), np.array([-128, 127, 5], "int8"), np.array([-1, 0, 2], "int8")))
def integer_division(x, y, a, b):
    """Division and remainder of integers by zero and of the smallest one by -1, in all rounding modes; none of it traps."""
    u, v = x.astype(jnp.uint32), y.astype(jnp.uint32)
    return (lax.div(x, y), lax.rem(x, y), lax.div(u, v), lax.rem(u, v), lax.div(a, b), lax.rem(a, b), x // jnp.where(y == 0, 2, y), x % jnp.where(y == 0, 2, y),
            jnp.divmod(x, jnp.array(3)), jnp.gcd(x[:1], jnp.array(21)), jnp.float32(1) / y.astype(jnp.float32))


@program(lambda r: (r.integers(-(2**31), 2**31, 12).astype("int32"), r.integers(0, 40, 12).astype("int32"), r.integers(0, 256, 9).astype("uint8")))
def bits_of_integers(x, s, b):
    """Logic and shifts (by more than the width too), bit casts, packed bits, wrapping arithmetic, powers."""
    return (x & s, x | s, x ^ s, ~x, lax.shift_left(x, s), lax.shift_right_arithmetic(x, s), lax.shift_right_logical(x, s), lax.bitcast_convert_type(x, jnp.float32) == 0,
            lax.bitcast_convert_type(b[:8].reshape(2, 4), jnp.uint32), jnp.unpackbits(b), jnp.packbits(b > 100), x * x, -x, jnp.abs(x), b + b, s**3, jnp.sign(x), b.astype(jnp.int8), x.astype(jnp.int16))


@program(lambda r: (r.integers(-128, 128, (4, 16)).astype("int8"), r.integers(-128, 128, (16, 5)).astype("int8"), r.standard_normal((4, 16)).astype("float32")))
def quantized_product(a, b, x):
    """int8 products into int32, and dynamic quantization of floats."""
    scale = jnp.max(jnp.abs(x)) / 127
    q = jnp.clip(jnp.round(x / scale), -127, 127).astype(jnp.int8)
    return jnp.dot(a, b, preferred_element_type=jnp.int32), q, jnp.dot(q, b, preferred_element_type=jnp.int32) * scale, a @ b


@program(lambda r: (r.standard_normal(20).astype("float32"), (100 * r.standard_normal(20)).astype("float32")), tolerance=1e-2)
def small_floats(x, y):
    """bfloat16 and f16: arithmetic, functions, sums, products, conversions through 8-bit floats."""
    out = []
    for t in (jnp.bfloat16, jnp.float16):
        a, b = x.astype(t), y.astype(t)
        out.append((a + b, a * b, a / b, jnp.exp(a), jnp.tanh(a), jnp.sum(a), jnp.dot(a, a), a.astype(jnp.float32), b.astype(jnp.int32), jnp.max(b), a < b, jnp.cumsum(a), jnp.round(b)))
    return out, x.astype(jnp.float8_e4m3fn).astype(jnp.float32), x.astype(jnp.float8_e5m2).astype(jnp.float32)


@program(lambda r: (r.standard_normal((3, 4)) + 1j * r.standard_normal((3, 4)), r.standard_normal(4) + 1j), tolerance=1e-11, x64=True)
def complex_numbers(z, w):
    """Complex arithmetic, functions, products, and derivatives."""
    f = [jnp.exp, jnp.log, jnp.sqrt, jnp.sin, jnp.cos, jnp.tan, jnp.tanh, jnp.sinh, jnp.abs, jnp.angle, jnp.conj, jnp.real, jnp.imag, jnp.reciprocal, jnp.square, lax.rsqrt, jnp.arctan, jnp.sign, jnp.log1p, jnp.expm1]
    return [g(z) for g in f], z * w, z / w, z**w, z @ w, jnp.sum(z), jnp.prod(z), z == z, jax.grad(lambda z: jnp.sum(jnp.abs(jnp.sin(z)) ** 2))(z), jnp.polyval(w, z)


@program(lambda r: (np.concatenate([r.uniform(-3, 3, 20), [0, np.inf, -np.inf, np.nan]]).astype("float32"), r.uniform(0.05, 0.95, 24).astype("float32")), tolerance=3e-5)
def functions32(x, p):
    """The elementary functions in f32."""
    f = [jnp.exp, jnp.exp2, jnp.expm1, jnp.sin, jnp.cos, jnp.tan, jnp.arctan, jnp.sinh, jnp.cosh, jnp.tanh, jnp.arcsinh, jnp.cbrt, jnp.abs, jnp.floor, jnp.ceil, jnp.round, jnp.trunc, jnp.sign,
         jnp.sinc, jsp.special.erf, jsp.special.erfc, jax.nn.sigmoid, jnp.isfinite, jnp.signbit, jnp.nan_to_num, jnp.deg2rad]
    g = [jnp.log, jnp.log2, jnp.log10, jnp.log1p, jnp.sqrt, lax.rsqrt, jnp.arcsin, jnp.arccos, jnp.arctanh, jsp.special.erfinv, jsp.special.logit, jsp.special.ndtri, jsp.special.entr, jnp.reciprocal]
    return [h(x) for h in f], [h(p) for h in g], jnp.arctan2(x, p), p**x, jnp.hypot(x, p), jnp.logaddexp(x, p), jnp.nextafter(x, p), jnp.fmod(x, p), jnp.mod(x, p), jnp.copysign(p, x), jnp.ldexp(p, 3), jnp.frexp(p), jnp.modf(p)


@program(lambda r: (r.uniform(0.1, 8, 16), r.uniform(0.1, 6, 16), r.uniform(0.02, 0.98, 16), r.uniform(-4, 4, 16)), tolerance=1e-9, x64=True)
def special_functions(a, x, p, y):
    """Gamma and beta functions, incomplete ones, zeta, Bessel functions, distributions, in f64."""
    s, st = jsp.special, jsp.stats
    return (s.gammaln(y), s.digamma(a), s.gamma(y), s.betaln(a, x), s.gammainc(a, x), s.gammaincc(a, x), s.betainc(a, x, p), s.zeta(a + 1.1, x), s.polygamma(2, x), s.i0(y), s.i0e(y), s.i1(y), s.i1e(y),
            s.erf(y), s.erfc(y), s.erfinv(2 * p - 1), s.ndtr(y), s.log_ndtr(y), s.ndtri(p), s.xlogy(a, x), s.xlog1py(a, x), s.factorial(a), s.multigammaln(a + 4, 3), s.rel_entr(a, x), s.logsumexp(y),
            s.exp1(x), st.norm.logpdf(y), st.gamma.cdf(x, a), st.beta.logpdf(p, a, x), st.t.logpdf(y, a), st.poisson.logpmf(jnp.floor(x), a))


@program(lambda r: (r.uniform(0.5, 4, 8), r.uniform(0.5, 4, 8)), tolerance=1e-7, x64=True)
def special_derivatives(a, x):
    """Derivatives of special functions: of the incomplete gamma function to both arguments, of Bessel functions, of lgamma."""
    total = lambda f: lambda *args: jnp.sum(f(*args))
    s = jsp.special
    return (jax.grad(total(s.gammainc), (0, 1))(a, x), jax.grad(total(s.gammaln))(x), jax.grad(total(s.digamma))(x), jax.grad(total(s.i0e))(x), jax.grad(total(s.i1))(x), jax.grad(total(s.erfinv))(a / 5),
            jax.grad(total(s.betaln), (0, 1))(a, x), jax.grad(total(s.log_ndtr))(-x))


@program(lambda r: (r.standard_normal((4, 5, 6)).astype("float32"), r.integers(-3, 4, (4, 7)).astype("int32")))
def folds(x, n):
    """Folds over axes: sums, products, extremes, logic, statistics, windows, a fold by a custom function."""
    own = lax.reduce((x, x * 2), (jnp.float32(0), jnp.float32(-1e9)), lambda a, b: (a[0] + b[0], jnp.maximum(a[1], b[1])), (1,))
    return (jnp.sum(x), jnp.sum(x, (0, 2)), jnp.prod(n, 1), jnp.max(x, 1), jnp.min(n), jnp.all(n > -3, 1), jnp.any(n > 2, 0), jnp.mean(x, 0), jnp.var(x, 2, ddof=1), jnp.std(x), jnp.ptp(x), own,
            lax.reduce_window(x, 0.0, lax.add, (1, 2, 3), (1, 1, 2), "SAME"), lax.reduce_window(n, jnp.int32(-100), lax.max, (2, 3), (2, 1), "VALID"), jnp.cov(x[0]), jnp.corrcoef(x[0]),
            jnp.count_nonzero(n), jnp.average(x, 0, weights=x[:, 0, 0] ** 2), jax.nn.logsumexp(x, 1), jnp.nanmean(jnp.where(x > 1, jnp.nan, x)), lax.reduce_xor(n, (1,)), lax.reduce_and(n, (0,)))


@program(lambda r: (r.standard_normal((3, 17)).astype("float32"), r.integers(-5, 6, (2, 12)).astype("int32")))
def cumulative(x, n):
    """Cumulative sums, products, extremes, logsumexp, in reverse, differences, trapezoids, and gradients."""
    return (jnp.cumsum(x, 1), jnp.cumprod(x, 1), lax.cummax(x, 1), lax.cummin(n, 1), lax.cumlogsumexp(x, 1), lax.cumsum(n, 1, reverse=True), jnp.cumsum(n), jnp.diff(x), jnp.diff(n, n=2), jnp.trapezoid(x),
            jax.grad(lambda x: jnp.sum(jnp.cumsum(x, 1) ** 2))(x), jax.grad(lambda x: jnp.sum(jnp.cumprod(x, 1)))(x), jax.grad(lambda x: jnp.sum(lax.cummax(x, 1) ** 2))(x), jnp.ediff1d(n), jnp.gradient(x[0]))


def convolution_inputs(r):
    f = lambda *s: r.standard_normal(s).astype("float32")
    return f(2, 13, 4), f(3, 4, 6), f(2, 9, 8, 4), f(3, 2, 4, 6), f(3, 2, 2, 6), f(1, 5, 6, 4, 2), f(2, 2, 2, 2, 3)


@program(convolution_inputs)
def convolutions(x1, w1, x2, w2, grouped, x3, w3):
    """Convolutions of one, two and three dimensions: strided, dilated on either side, padded unevenly, transposed, grouped, depthwise; gradients."""
    d1, d2, d3 = ("NWC", "WIO", "NWC"), ("NHWC", "HWIO", "NHWC"), ("NDHWC", "DHWIO", "NDHWC")
    c = lax.conv_general_dilated
    plain = lambda x, w: c(x, w, (2, 1), "SAME", dimension_numbers=d2)
    return (c(x1, w1, (1,), "SAME", dimension_numbers=d1), c(x1, w1, (2,), [(3, 0)], dimension_numbers=d1), c(x1, w1, (1,), "VALID", rhs_dilation=(2,), dimension_numbers=d1),
            c(x1, w1, (1,), [(2, 1)], lhs_dilation=(3,), dimension_numbers=d1), plain(x2, w2), c(x2, grouped, (1, 1), "VALID", feature_group_count=2, dimension_numbers=d2),
            c(x2, w2.reshape(3, 2, 1, 24), (1, 1), "SAME", feature_group_count=4, dimension_numbers=d2), lax.conv_transpose(x2, w2, (2, 2), "SAME", dimension_numbers=d2),
            c(x3, w3, (1, 2, 1), "VALID", dimension_numbers=d3), c(jnp.moveaxis(x2, 3, 1), jnp.transpose(w2, (3, 2, 0, 1)), (1, 1), [(1, 1), (0, -1)]),
            jax.grad(lambda x, w: jnp.sum(plain(x, w) ** 2), (0, 1))(x2, w2), jnp.convolve(x1[0, :, 0], w1[:, 0, 0]), jnp.correlate(x1[0, :, 0], w1[:, 0, 0], "same"),
            c(x2, w2, (1, 1), "SAME", batch_group_count=2, dimension_numbers=d2), jsp.signal.convolve2d(x2[0, :, :, 0], w2[:, :, 0, 0]))


@program(lambda r: (r.standard_normal((3, 4)).astype("float32"), np.zeros((0, 4), "float32"), r.integers(0, 9, (2, 3, 4)).astype("int32")))
def shapes(x, empty, n):
    """Movement: transposes, reshapes, pads (negative and interior), rolls, tiles, stacks, repeats, meshes, flips, triangles; arrays of no elements."""
    return (jnp.transpose(n, (2, 0, 1)), n.reshape(6, 4), lax.pad(x, 0.5, ((1, 2, 1), (-1, 0, 2))), jnp.pad(x, 2, mode="reflect"), jnp.pad(x, 1, mode="wrap"), jnp.pad(x, ((0, 1), (2, 0)), mode="edge"),
            jnp.roll(n, 3), jnp.roll(n, (1, -2), (0, 2)), jnp.tile(x, (2, 1, 2)), jnp.stack([x, x + 1], 1), jnp.repeat(x, 3, 1), jnp.repeat(x, jnp.array([1, 0, 2]), axis=0, total_repeat_length=4),
            jnp.meshgrid(x[0], x[:, 0]), jnp.flip(n, (0, 2)), jnp.tril(x), jnp.triu(x, 1), jnp.diag(x[0]), jnp.rot90(x), jnp.moveaxis(n, 0, -1), jnp.block([[x, x], [x, x]]), jnp.array_split(x, 2, 1),
            empty + 1, jnp.sum(empty, 0), jnp.concatenate([empty, x]), empty @ x.T, jnp.sort(empty), jnp.cumsum(empty, 0), jnp.max(empty, 1), jnp.squeeze(x[:1]), jnp.broadcast_to(x[:, None], (3, 2, 4)))


@program(lambda r: (r.standard_normal(9).astype("float32"), r.standard_normal(9).astype("float32"), np.float32(0.5)))
def selections(x, y, c):
    """where, clip, comparisons with NaN, maximum and minimum, piecewise functions, weak numbers and mixed types."""
    nan = x.at[0].set(jnp.nan)
    return (jnp.where(x > 0, x, y), jnp.clip(x, -0.5, 0.5), lax.clamp(y, x, y + 1), nan < y, nan != nan, jnp.maximum(nan, y), jnp.fmin(nan, y), jnp.heaviside(x, c), jnp.piecewise(x, [x < 0, x > 1], [lambda x: -x, 1, 0]),
            (x > 0).astype(int) + 2, x * 2 + jnp.arange(9), jnp.isclose(x, x + 1e-9), jnp.array_equal(x, y), jnp.allclose(x, x), jnp.bitwise_xor(x > 0, y > 0), c + jnp.int8(3))


@program(lambda r: (r.standard_normal((16, 16)).astype("float32"), r.standard_normal((8, 8, 3)).astype("float32")))
def images(x, rgb):
    """Images: resizing in several ways, map_coordinates, Sobel filters, patches, pooling."""
    coordinates = jnp.stack(jnp.meshgrid(jnp.linspace(0, 14, 9), jnp.linspace(1, 15, 7), indexing="ij"))
    patches = lax.conv_general_dilated_patches(x[None, None], (3, 3), (2, 2), "VALID")
    return (jax.image.resize(x, (8, 24), "bilinear"), jax.image.resize(rgb, (16, 4, 3), "nearest"), jax.image.resize(x, (20, 20), "cubic"), jsp.ndimage.map_coordinates(x, coordinates, 1), patches,
            jsp.signal.convolve(x, jnp.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]), "same"))
