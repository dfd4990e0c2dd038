"""An integer generator of our own, so that no verdict depends on a version of NumPy.

z = seed + k·0x9E3779B97F4A7C15;  z = (z ⊕ z≫30)·0xBF58476D1CE4E5B9;  z = (z ⊕ z≫27)·0x94D049BB133111EB;  z ⊕ z≫31
"""

from __future__ import annotations

import numpy as np

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def splitmix(seed: int, count: int, start: int = 0) -> np.ndarray:
    """`count` integers of the SplitMix64 stream of a seed, from the one numbered `start`, as uint64."""
    base = np.uint64(mix(seed & _MASK))
    with np.errstate(over="ignore"):
        z = base + np.arange(start + 1, start + count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def mix(z: int) -> int:
    z = (z + _GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Stream:
    """The same integers one at a time, for decisions outside of arrays."""

    __slots__ = ("state",)

    def __init__(self, seed: int):
        self.state = mix(seed & _MASK)

    def next(self) -> int:
        """An integer in [0, 2⁶⁴)."""
        self.state = (self.state + _GOLDEN) & _MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def below(self, bound: int) -> int:
        """An integer in [0, bound); the bias is below bound/2⁶⁴."""
        return self.next() % bound


def seed_of(text: str) -> int:
    """A seed from text, the same everywhere (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & _MASK
    return value
