"""A training step of a spiking network in PyTorch, with the data, sizes and update of `benchmarks/run -w snntrain`.

Prints milliseconds of processor time and of wall time a step, best of the repeats. With --adam the update is Adam, as in the peer program that the
project's bars were measured with."""

import argparse

import numpy as np
import torch

from clock import report

STEPS, BATCH, INPUTS, HIDDEN, CLASSES = 100, 128, 784, 256, 10


class Heaviside(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, cotangent):
        (x,) = ctx.saved_tensors
        return cotangent / (1 + 10 * x.abs()) ** 2


def loss(w_in, w_out, spikes, labels):
    v = z = torch.zeros(BATCH, HIDDEN)
    out = total = torch.zeros(BATCH, CLASSES)
    for t in range(STEPS):
        v = 0.95 * v * (1 - z) + spikes[t] @ w_in
        z = Heaviside.apply(v - 1)
        out = 0.95 * out + z @ w_out
        total = total + out
    return torch.nn.functional.cross_entropy(total / STEPS, labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--adam", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rng = np.random.default_rng(0)
    spikes = torch.from_numpy((rng.random((STEPS, BATCH, INPUTS)) < 0.05).astype(np.float32))
    labels = torch.from_numpy(rng.integers(0, CLASSES, BATCH))
    w_in = torch.from_numpy(rng.normal(0, 0.05, (INPUTS, HIDDEN)).astype(np.float32)).requires_grad_()
    w_out = torch.from_numpy(rng.normal(0, 0.05, (HIDDEN, CLASSES)).astype(np.float32)).requires_grad_()
    optimizer = torch.optim.Adam([w_in, w_out], 1e-3) if args.adam else torch.optim.SGD([w_in, w_out], 1e-3)

    def step():
        optimizer.zero_grad()
        loss(w_in, w_out, spikes, labels).backward()
        optimizer.step()

    report("snn torch " + torch.__version__, step, args.repeats)


main()
