"""Neural networks: forward passes, gradients and steps of optimisers."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from program import key, normal, program


def dense(r, n_in, n_out):
    return {"w": (r.standard_normal((n_in, n_out)) / np.sqrt(n_in)).astype("float32"), "b": np.zeros(n_out, "float32")}


def zeros_like(tree):
    return jax.tree.map(np.zeros_like, tree)


def cross_entropy(logits, labels):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1))


def adam(params, grads, m, v, t, rate=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, m, grads)
    v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, v, grads)
    step = lambda p, m, v: p - rate * (m / (1 - b1**t)) / (jnp.sqrt(v / (1 - b2**t)) + eps)
    return jax.tree.map(step, params, m, v), m, v


def mlp(params, x, f=jax.nn.relu):
    for layer in params[:-1]:
        x = f(x @ layer["w"] + layer["b"])
    return x @ params[-1]["w"] + params[-1]["b"]


def mlp_params(r, *sizes):
    return [dense(r, a, b) for a, b in zip(sizes, sizes[1:])]


def batch(r, n, features, classes):
    return r.standard_normal((n, features)).astype("float32"), r.integers(0, classes, n).astype("int32")


@program(lambda r: (mlp_params(r, 20, 32, 32, 5), *batch(r, 16, 20, 5)), donate=(0,))
def mlp_sgd(params, x, y):
    """A step of SGD of a perceptron with relu; parameters are donated."""
    loss, grads = jax.value_and_grad(lambda p: cross_entropy(mlp(p, x), y))(params)
    return jax.tree.map(lambda p, g: p - 0.1 * g, params, grads), loss


def adam_inputs(r):
    p = mlp_params(r, 12, 24, 4)
    return p, zeros_like(p), zeros_like(p), np.float32(1), *batch(r, 8, 12, 4)


@program(adam_inputs, tolerance=1e-4, donate=(0, 1, 2))
def mlp_adam(params, m, v, t, x, y):
    """A step of Adam of a perceptron with gelu."""
    loss, grads = jax.value_and_grad(lambda p: cross_entropy(mlp(p, x, jax.nn.gelu), y))(params)
    return *adam(params, grads, m, v, t), loss


@program(lambda r: (mlp_params(r, 10, 16, 3), *batch(r, 40, 10, 3)), tolerance=1e-4)
def mlp_epoch(params, x, y):
    """Five epochs of SGD with momentum over minibatches, as nested scans."""

    def step(carry, b):
        p, m = carry
        loss, g = jax.value_and_grad(lambda p: cross_entropy(mlp(p, b[0], jnp.tanh), b[1]))(p)
        m = jax.tree.map(lambda m, g: 0.9 * m + g, m, g)
        return (jax.tree.map(lambda p, m: p - 0.05 * m, p, m), m), loss

    def epoch(carry, _):
        return lax.scan(step, carry, (x.reshape(5, 8, 10), y.reshape(5, 8)))

    (params, _), losses = lax.scan(epoch, (params, jax.tree.map(jnp.zeros_like, params)), None, length=5)
    return params, losses


def conv(x, w, stride=1, padding="SAME"):
    return lax.conv_general_dilated(x, w, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def cnn_inputs(r):
    p = {"c1": 0.3 * r.standard_normal((3, 3, 1, 4)), "c2": 0.2 * r.standard_normal((3, 3, 4, 6)), "w": 0.1 * r.standard_normal((54, 4))}
    p = {k: x.astype("float32") for k, x in p.items()}
    return p, r.standard_normal((5, 12, 12, 1)).astype("float32"), r.integers(0, 4, 5).astype("int32")


@program(cnn_inputs, tolerance=3e-5)
def cnn_step(p, x, y):
    """A step of SGD of a convolutional network with max and mean pooling."""

    def loss(p):
        h = jax.nn.relu(conv(x, p["c1"]))
        h = lax.reduce_window(h, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        h = jnp.tanh(conv(h, p["c2"]))
        h = lax.reduce_window(h, 0.0, lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4
        return cross_entropy(h.reshape(5, -1) @ p["w"], y)

    value, g = jax.value_and_grad(loss)(p)
    return jax.tree.map(lambda p, g: p - 0.1 * g, p, g), value


def resnet_inputs(r):
    f = lambda *s: (0.2 * r.standard_normal(s)).astype("float32")
    return f(4, 8, 8, 6), f(3, 3, 6, 6), f(3, 3, 6, 6), 1 + f(6), f(6), f(3, 3, 6, 8)


@program(resnet_inputs, tolerance=1e-4)
def resnet_block(x, w1, w2, scale, shift, down):
    """A residual block with batch normalisation in training, then a strided convolution; gradients of all."""

    def norm(h):
        mean = h.mean((0, 1, 2))
        var = jnp.var(h, (0, 1, 2))
        return (h - mean) * lax.rsqrt(var + 1e-5) * scale_shift[0] + scale_shift[1], mean, var

    def f(x, w1, w2, down):
        h, mean, var = norm(conv(x, w1))
        h = x + conv(jax.nn.relu(h), w2)
        return jnp.sum(conv(h, down, 2) ** 2), (mean, var)

    scale_shift = (scale, shift)
    return jax.value_and_grad(f, argnums=(0, 1, 2, 3), has_aux=True)(x, w1, w2, down)


def rnn_inputs(r):
    f = lambda *s: (0.4 * r.standard_normal(s)).astype("float32")
    return {"wx": f(3, 16), "wh": f(16, 16), "b": f(16), "wo": f(16, 2)}, f(20, 8, 3), f(20, 8, 2)


@program(rnn_inputs, tolerance=1e-4)
def rnn_step(p, xs, ys):
    """Back-propagation through time of a simple recurrent network, with clipping by the global norm."""

    def loss(p):
        def step(h, x):
            h = jnp.tanh(x @ p["wx"] + h @ p["wh"] + p["b"])
            return h, h @ p["wo"]

        return jnp.mean((lax.scan(step, jnp.zeros((8, 16)), xs)[1] - ys) ** 2)

    value, g = jax.value_and_grad(loss)(p)
    norm = jnp.sqrt(sum(jnp.sum(x * x) for x in jax.tree.leaves(g)))
    return jax.tree.map(lambda p, g: p - 0.1 * g * jnp.minimum(1.0, 0.1 / norm), p, g), value, norm


def lstm_inputs(r):
    f = lambda *s: (0.4 * r.standard_normal(s)).astype("float32")
    return {"w": f(4 + 12, 48), "b": f(48), "o": f(12, 1)}, f(15, 6, 4), f(6, 1)


@program(lstm_inputs, tolerance=1e-4)
def lstm_step(p, xs, y):
    """Back-propagation through an LSTM."""

    def loss(p):
        def step(carry, x):
            h, c = carry
            i, f, g, o = jnp.split(jnp.concatenate([x, h], -1) @ p["w"] + p["b"], 4, axis=-1)
            c = jax.nn.sigmoid(f + 1) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), None

        zero = jnp.zeros((6, 12))
        (h, _), _ = lax.scan(step, (zero, zero), xs)
        return jnp.mean((h @ p["o"] - y) ** 2)

    value, g = jax.value_and_grad(loss)(p)
    return jax.tree.map(lambda p, g: p - 0.1 * g, p, g), value


@program(lambda r: tuple((0.4 * r.standard_normal(s)).astype("float32") for s in ((5 + 10, 30), (5 + 10, 10), (12, 4, 5))), tolerance=1e-4)
def gru_gradient(w, u, xs):
    """Gradients of a GRU, run backwards over the sequence too, rematerialised in each step."""

    def run(w, u, reverse):
        @jax.checkpoint
        def step(h, x):
            z, r, _ = jnp.split(jax.nn.sigmoid(jnp.concatenate([x, h], -1) @ w), 3, axis=-1)
            n = jnp.tanh(jnp.concatenate([x, r * h], -1) @ u)
            h = (1 - z) * h + z * n
            return h, h

        return lax.scan(step, jnp.zeros((4, 10)), xs, reverse=reverse)[1]

    loss = lambda w, u: jnp.sum(run(w, u, False) * run(w, u, True))
    return jax.value_and_grad(loss, argnums=(0, 1))(w, u)


@program(normal((2, 10, 16), (16, 48), (16, 16), scale=0.4), tolerance=3e-5)
def attention(x, w, wo):
    """Causal self-attention with four heads, and its gradients."""

    def f(x, w, wo):
        q, k, v = (a.reshape(2, 10, 4, 4) for a in jnp.split(x @ w, 3, axis=-1))
        scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) / 2.0
        scores = jnp.where(jnp.tril(jnp.ones((10, 10), bool)), scores, -jnp.inf)
        out = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), v)
        return out.reshape(2, 10, 16) @ wo

    return f(x, w, wo), jax.grad(lambda *a: jnp.sum(f(*a) ** 2), argnums=(0, 1, 2))(x, w, wo)


def transformer_inputs(r):
    f = lambda *s: (0.2 * r.standard_normal(s)).astype("float32")
    layers = {"qkv": f(3, 12, 36), "o": f(3, 12, 12), "up": f(3, 12, 24), "down": f(3, 24, 12), "g": 1 + f(3, 2, 12)}
    return {"embed": f(30, 12), "layers": layers}, r.integers(0, 30, (2, 9)).astype("int32")


@program(transformer_inputs, tolerance=1e-4)
def transformer_step(p, tokens):
    """A small language model: embedding, scan over checkpointed layers, rotary positions, tied output; loss and gradients."""

    def rms(x, g):
        return x * lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-6) * g

    def rotate(x):
        half = x.shape[-1] // 2
        angle = jnp.arange(x.shape[1])[:, None] / 100.0 ** (jnp.arange(half) / half)
        c, s = jnp.cos(angle)[:, None], jnp.sin(angle)[:, None]
        a, b = x[..., :half], x[..., half:]
        return jnp.concatenate([a * c - b * s, a * s + b * c], -1)

    @jax.checkpoint
    def layer(x, p):
        n = x.shape[1]
        q, k, v = (a.reshape(2, n, 3, 4) for a in jnp.split(rms(x, p["g"][0]) @ p["qkv"], 3, axis=-1))
        s = jnp.einsum("bqhd,bkhd->bhqk", rotate(q), rotate(k)) * 0.5
        s = jnp.where(jnp.arange(n)[:, None] >= jnp.arange(n), s, -1e9)
        x = x + jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(s), v).reshape(2, n, 12) @ p["o"]
        return x + jax.nn.silu(rms(x, p["g"][1]) @ p["up"]) @ p["down"], None

    def loss(p):
        x, _ = lax.scan(layer, p["embed"][tokens[:, :-1]], p["layers"])
        logits = x @ p["embed"].T
        return cross_entropy(logits.reshape(-1, 30), tokens[:, 1:].reshape(-1))

    return jax.value_and_grad(loss)(p)


@program(normal((6, 15), (15,), (15,)), tolerance=3e-5)
def layer_norm(x, scale, shift):
    """Layer normalisation and its gradients."""

    def f(x, scale, shift):
        h = (x - x.mean(-1, keepdims=True)) * lax.rsqrt(x.var(-1, keepdims=True) + 1e-5)
        return h * scale + shift

    y = f(x, scale, shift)
    return y, jax.grad(lambda *a: jnp.sum(jnp.sin(f(*a))), argnums=(0, 1, 2))(x, scale, shift)


@program(lambda r: (key(r), *normal((16, 20), (20, 8), (8, 20))(r)), tolerance=3e-5)
def dropout_autoencoder(k, x, w, v):
    """Gradients of a denoising autoencoder: noise and dropout from a key."""
    k1, k2 = jax.random.split(k)

    def loss(w, v):
        noisy = x + 0.1 * jax.random.normal(k1, x.shape)
        h = jax.nn.elu(noisy @ w)
        h = jnp.where(jax.random.bernoulli(k2, 0.8, h.shape), h / 0.8, 0)
        return jnp.mean((h @ v - x) ** 2)

    return jax.value_and_grad(loss, argnums=(0, 1))(w, v)


@program(lambda r: (key(r), *normal((8, 10), (10, 12), (6, 10), scale=0.3)(r)), tolerance=1e-4)
def vae_step(k, x, enc, dec):
    """A variational autoencoder: reparametrised normal numbers, divergence, gradients."""

    def loss(enc, dec):
        mean, log_var = jnp.split(x @ enc, 2, axis=1)
        z = mean + jnp.exp(0.5 * log_var) * jax.random.normal(k, mean.shape)
        kl = -0.5 * jnp.sum(1 + log_var - mean**2 - jnp.exp(log_var), 1)
        return jnp.mean(jnp.sum(jax.nn.softplus(z @ dec) - x * (z @ dec), 1) + kl)

    return jax.value_and_grad(loss, argnums=(0, 1))(enc, dec)


@program(normal((6, 9)), tolerance=3e-5)
def activations(x):
    """The activation functions of jax.nn, and their derivatives."""
    nn = jax.nn
    fs = [nn.relu, nn.relu6, nn.sigmoid, nn.softplus, nn.silu, nn.log_sigmoid, nn.leaky_relu, nn.hard_tanh, nn.hard_swish, nn.elu, nn.celu,
          nn.selu, nn.gelu, lambda x: nn.gelu(x, approximate=False), nn.soft_sign, nn.mish, nn.squareplus, nn.softmax, nn.logsumexp, nn.standardize]
    return [(f(x), jax.grad(lambda x: jnp.sum(jnp.cos(f(x))))(x)) for f in fs]


@program(lambda r: (*normal((8, 12), (12, 6))(r), r.integers(0, 6, 8).astype("int32")), tolerance=2e-2)
def bf16_step(x, w, y):
    """Mixed precision: products in bfloat16, loss scaled, master weights in f32."""

    def loss(w):
        logits = (x.astype(jnp.bfloat16) @ w.astype(jnp.bfloat16)).astype(jnp.float32)
        return 128 * cross_entropy(logits, y)

    value, g = jax.value_and_grad(loss)(w)
    return w - 0.1 * g / 128, value / 128
