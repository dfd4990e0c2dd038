"""Arithmetic of ranges: from a low end to a high one, each taken or not."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derivations.frozen import frozen

_ZERO, _ONE = Fraction(0), Fraction(1)


@frozen
class Range:
    """From `low` to `high` (None: unbounded); an open end is not taken."""

    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = True
    open_high: bool = True

    @property
    def positive(self) -> bool:
        return self.low is not None and (self.low > 0 or (self.low == 0 and self.open_low))

    @property
    def negative(self) -> bool:
        return self.high is not None and (self.high < 0 or (self.high == 0 and self.open_high))

    @property
    def nonnegative(self) -> bool:
        return self.low is not None and self.low >= 0

    @property
    def nonpositive(self) -> bool:
        return self.high is not None and self.high <= 0

    @property
    def nonzero(self) -> bool:
        return self.positive or self.negative

    def __neg__(self) -> Range:
        return Range(
            None if self.high is None else -self.high,
            None if self.low is None else -self.low,
            self.open_high,
            self.open_low,
        )

    def __add__(self, other: Range) -> Range:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Range(low, high, self.open_low or other.open_low, self.open_high or other.open_high)

    def meet(self, other: Range) -> Range:
        """In both."""
        low = _end(self.low, self.open_low, other.low, other.open_low, max)
        high = _end(self.high, self.open_high, other.high, other.open_high, min)
        return Range(low[0], high[0], low[1], high[1])

    def join(self, other: Range) -> Range:
        """In one of them."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        open_low = all(r.open_low for r in (self, other) if r.low == low)
        open_high = all(r.open_high for r in (self, other) if r.high == high)
        return Range(low, high, open_low, open_high)

    def times(self, by: Fraction) -> Range:
        """Multiplied by a number."""
        if by == 0:
            return Range(_ZERO, _ZERO, False, False)
        one = self if by > 0 else -self
        by = abs(by)
        return Range(
            None if one.low is None else one.low * by,
            None if one.high is None else one.high * by,
            one.open_low,
            one.open_high,
        )


def _end(
    a: Fraction | None, a_open: bool, b: Fraction | None, b_open: bool, of: Callable[..., Fraction]
) -> tuple[Fraction | None, bool]:
    if a is None or b is None:
        return (b, b_open) if a is None else (a, a_open)
    best = of(a, b)
    return best, any(o for e, o in ((a, a_open), (b, b_open)) if e == best)


ANY = Range()
POSITIVE = Range(_ZERO)
NONNEGATIVE = Range(_ZERO, open_low=False)
UNIT = Range(_ZERO, _ONE, False, False)
SIGNED_UNIT = Range(-_ONE, _ONE, False, False)
FROM_ONE = Range(_ONE, open_low=False)


def size_of(z: Range) -> Range:
    """|z|."""
    if z.nonnegative:
        return z
    if z.nonpositive:
        return -z
    high = None if z.low is None or z.high is None else max(-z.low, z.high)
    return Range(
        _ZERO,
        high,
        False,
        all(o for e, o in ((-z.low, z.open_low), (z.high, z.open_high)) if e == high)
        if high is not None and z.low is not None
        else True,
    )


def of_the_sign_of(z: Range) -> Range:
    """What has the sign of z."""
    if z.nonnegative:
        return POSITIVE if z.positive else NONNEGATIVE
    if z.nonpositive:
        return -POSITIVE if z.negative else -NONNEGATIVE
    return ANY


def inverse(z: Range) -> Range:
    """1/z, where it has a value."""
    if z.nonnegative:
        assert z.low is not None
        return Range(
            _ZERO if z.high is None else 1 / z.high if z.high else _ZERO,
            1 / z.low if z.low > 0 else None,
            z.high is None or z.open_high,
            z.open_low,
        )
    return -inverse(-z) if z.nonpositive else ANY


def product(a: Range, b: Range) -> Range:
    if a.low is not None and a.low == a.high:
        return b.times(a.low)
    if b.low is not None and b.low == b.high:
        return a.times(b.low)
    if a.nonnegative and b.nonnegative:
        assert a.low is not None
        assert b.low is not None
        high = None if a.high is None or b.high is None else a.high * b.high
        low = a.low * b.low
        # a product is 0 where a factor is
        open_low = (a.positive and b.positive) if low == 0 else a.open_low or b.open_low
        return Range(low, high, open_low, a.open_high or b.open_high)
    if a.nonpositive:
        return -product(-a, b)
    if b.nonpositive:
        return -product(a, -b)
    if None in (a.low, a.high, b.low, b.high):
        return ANY
    ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]  # type: ignore[operator]
    return Range(min(ends), max(ends), False, False)


def larger(a: Range, b: Range) -> Range:
    """max(a, b)."""
    low, open_low = _end(a.low, a.open_low, b.low, b.open_low, max)
    high = None if a.high is None or b.high is None else max(a.high, b.high)
    return Range(low, high, open_low, all(r.open_high for r in (a, b) if r.high == high))
