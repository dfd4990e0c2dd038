r"""Infinite sums in closed form.

    Σ_{k≥0} r^k           1/(1 - r)              |r| < 1
    Σ_{k≥0} k r^k         r/(1 - r)²
    Σ_{k≥0} k² r^k        r (1 + r)/(1 - r)³
    Σ_{k≥0} r^k/k!        e^r
    Σ_{k≥0} k r^k/k!      r e^r
    Σ_{k≥0} k² r^k/k!     (r + r²) e^r

with factors that do not depend on k in front, and from another k on. The letters of r are supposed to be such that the
sum converges; where r is certainly 1 or more there is no sum.
"""

from __future__ import annotations

from collections.abc import Sequence

from derivations.domains import Names
from derivations.formula import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Call,
    Elem,
    Mul,
    Node,
    Num,
    Pow,
    add,
    call,
    mul,
    names_in,
    neg,
    num,
    power,
    replace_elems,
    sub,
)
from derivations.frozen import frozen
from derivations.signs import nonnegative
from derivations.simplify.tidy import tidy

MOST_TERMS = 8
"""Terms in front of the first one that are put in by themselves."""
HIGHEST = 2
"""The power of k up to which sums are known."""


@frozen
class _Term:
    """c · r^k · (p_0 + p_1 k + p_2 k²), over k! perhaps."""

    front: Node = ONE
    ratio: Node = ONE
    polynomial: tuple[Node, ...] = (ONE,)
    over_factorial: bool = False


def infinite_sum(term: Node, k: str, start: int, names: Names) -> Node | None:
    """Σ of a term over k = start, start + 1, …; None where no row above has it, or where it has no value."""
    found = _taken_apart(tidy(term, names), k, names)
    if found is None or len(found.polynomial) > HIGHEST + 1:
        return None
    r = tidy(found.ratio, names)
    if found.over_factorial:
        if not 0 <= start <= MOST_TERMS:
            return None
        whole = _together(found, (ONE, r, add(r, power(r, num(2)))), call("exp", r))
        early = (replace_elems(term, lambda e, j=j: num(j) if e.name == k else None) for j in range(start))
        return tidy(add(whole, *(neg(t) for t in early)), names)
    if _diverges(r, names):
        return None
    shifted = _shifted(found, start)
    rest = sub(ONE, r)
    sums = (power(rest, MINUS_ONE), mul(r, power(rest, num(-2))), mul(r, add(ONE, r), power(rest, num(-3))))
    front = mul(found.front, power(r, num(start))) if start else found.front
    return tidy(mul(front, add(*(mul(p, s) for p, s in zip(shifted, sums, strict=True)))), names)


def _together(found: _Term, sums: Sequence[Node], factor: Node) -> Node:
    return mul(found.front, factor, add(*(mul(p, s) for p, s in zip(found.polynomial, sums, strict=False))))


def _diverges(r: Node, names: Names) -> bool:
    """Whether |r| ≥ 1 for certain."""
    if isinstance(r, Num):
        return abs(r.value) >= 1
    return nonnegative(tidy(sub(r, ONE), names), names) or nonnegative(tidy(sub(neg(r), ONE), names), names)


def _shifted(found: _Term, start: int) -> tuple[Node, ...]:
    """The polynomial in m, for k = start + m."""
    p = (*found.polynomial, ZERO, ZERO)[: HIGHEST + 1]
    s = num(start)
    return add(p[0], mul(s, p[1]), mul(s, s, p[2])), add(p[1], mul(num(2), s, p[2])), p[2]


def _taken_apart(term: Node, k: str, names: Names) -> _Term | None:
    found: _Term | None = _Term()
    for factor in term.args if isinstance(term, Mul) else (term,):
        found = None if found is None else _with_factor(found, factor, ONE, k, names)
    return found


def _with_factor(found: _Term, factor: Node, exponent: Node, k: str, names: Names) -> _Term | None:
    """A term times a factor^exponent, whose exponent is free of k."""
    once = exponent == ONE
    if k not in names_in(factor):
        return _Term(mul(found.front, power(factor, exponent)), found.ratio, found.polynomial, found.over_factorial)
    match factor:
        case Pow(base, above) if k not in names_in(base):
            line = _linear(mul(above, exponent), k, names)
            return None if line is None else _grown(found, base, *line)
        case Call("exp", (above,)):
            line = _linear(mul(above, exponent), k, names)
            return (
                None
                if line is None
                else _Term(
                    mul(found.front, call("exp", line[0])),
                    mul(found.ratio, call("exp", line[1])),
                    found.polynomial,
                    found.over_factorial,
                )
            )
        case Call("factorial", (Elem(name, ()),)) if name == k and exponent == MINUS_ONE and not found.over_factorial:
            return _Term(found.front, found.ratio, found.polynomial, True)
        case Pow(base, Num(value)) if not (once and value.denominator == 1 and 0 < value <= HIGHEST):
            return _with_factor(found, base, mul(exponent, num(value)), k, names)
        case Pow(base, Num(value)):
            line = _linear(base, k, names)
            return None if line is None else _multiplied(found, [line] * int(value))
        case Mul(args):
            out: _Term | None = found
            for a in args:
                out = None if out is None else _with_factor(out, a, exponent, k, names)
            return out
        case _ if once:
            line = _linear(factor, k, names)
            return None if line is None else _multiplied(found, [line])
        case _:
            return None


def _grown(found: _Term, base: Node, constant: Node, slope: Node) -> _Term | None:
    if not (isinstance(slope, Num) and slope.value.denominator == 1):
        return None
    return _Term(
        mul(found.front, power(base, constant)),
        mul(found.ratio, power(base, slope)),
        found.polynomial,
        found.over_factorial,
    )


def _multiplied(found: _Term, lines: Sequence[tuple[Node, Node]]) -> _Term:
    made = found.polynomial
    for constant, slope in lines:
        low = (*(mul(constant, p) for p in made), ZERO)
        high = (ZERO, *(mul(slope, p) for p in made))
        made = tuple(add(a, b) for a, b in zip(low, high, strict=True))
    return _Term(found.front, found.ratio, made, found.over_factorial)


def _linear(node: Node, k: str, names: Names) -> tuple[Node, Node] | None:
    """a and b of a + b k."""
    constant: list[Node] = []
    slope: list[Node] = []
    node = tidy(node, names)
    for one in node.args if isinstance(node, Add) else (node,):
        if k not in names_in(one):
            constant.append(one)
            continue
        factors = one.args if isinstance(one, Mul) else (one,)
        held = [f for f in factors if k in names_in(f)]
        if len(held) != 1 or not (isinstance(held[0], Elem) and not held[0].at):
            return None
        slope.append(mul(*(f for f in factors if f is not held[0])))
    return add(*constant), add(*slope)
