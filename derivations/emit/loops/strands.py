"""Loops over several rows at a time, interleaved line by line, so that memory is read as several streams.

    quarter = len(X) // 4
    for i in range(quarter):                              for i in range(len(X)):
        i2, i3, i4 = i + quarter, …                           z = 0.0
        z = z2 = z3 = z4 = 0.0                                for j in range(d):
        for j in range(d):                         from           z += X[i, j] * theta[j]
            z += X[i, j] * theta[j]                           …
            z2 += X[i2, j] * theta[j]                         for j in range(d):
            …                                                     total[j] += p * X[i, j]
        for j in range(d):
            total[j] += p * X[i, j] + p2 * X[i2, j] + …

A core that follows one row after the other waits for memory: with four far apart it reads about twice as fast, and the
totals are read and written once for four rows.
"""

from __future__ import annotations

from collections.abc import Sequence

STRANDS = 4


def woven(strands: Sequence[Sequence[str]]) -> list[str]:
    """The strands' lines as one text. They are the same but for their names, and no line depends on another
    strand's."""
    return [line for together in zip(*strands, strict=True) for line in _joined(together)]


def _joined(lines: tuple[str, ...]) -> list[str]:
    """What is the same stands once; what adds to the same place is added at once; names that become the same are set at
    once."""
    if len(set(lines)) == 1:
        return [lines[0]]
    for sign, between in ((" += ", " + "), (" = ", " = ")):
        parts = [line.partition(sign) for line in lines]
        left, right = ([p[k] for p in parts] for k in (0, 2))
        if all(p[1] for p in parts):
            if sign == " += " and len(set(left)) == 1:
                return [f"{left[0]} += {between.join(right)}"]
            if sign == " = " and len(set(right)) == 1:
                indent = left[0][: len(left[0]) - len(left[0].lstrip())]
                return [f"{indent}{between.join(name.strip() for name in left)} = {right[0]}"]
    return list(lines)
