"""The list of programs, and what makes their arguments."""

from dataclasses import dataclass
from typing import Any, Callable

programs = []


@dataclass
class Program:
    name: str
    function: Callable
    inputs: Callable[[Any], tuple]  # arguments from a NumPy generator
    tolerance: float
    x64: bool
    donate: tuple


def program(inputs, tolerance=1e-5, x64=False, donate=()):
    """Marks a function of arrays as a program. Its docstring says what it shows.

    tolerance: |got - want| <= tolerance max(|want|, rms of the array) for floats; integers and bools must be equal.
    """

    def mark(f):
        programs.append(Program(f.__name__, f, inputs, tolerance, x64, donate))
        return f

    return mark


def normal(*shapes, scale=1.0, dtype="float32"):
    """Arguments: normal numbers of these shapes."""
    return lambda r: tuple((scale * r.standard_normal(s)).astype(dtype) for s in shapes)


def key(r):
    """The data of a random key."""
    return r.integers(0, 2**32, 2, dtype="uint32")
