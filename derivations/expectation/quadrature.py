"""The value of a formula with means that have no closed form, at a point: quadrature in balls over one number.

    E_{e ~ N(0, 1)}      from -40 to 40, beyond which the density is below e^-800
    E_{u ~ U(0, 1)}      u = σ(x) for x from -45 to 45, with σ(x) (1 - σ(x)) beside it

What is kept grows at most as a power or as e to a linear form (`existing`), and at the ends it has to be as good as 0
with its weight: then nothing beyond them is left. Unknown functions, means of vectors and means in means have no value
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise, product
from typing import Any

from flint import acb, arb

from derivations.evaluate.balls.single import precision
from derivations.expectation.integrals import NoValueError, value
from derivations.formula import (
    Bound,
    Elem,
    IndexVal,
    Key,
    Node,
    SizeVal,
    add,
    count,
    key,
    map_up,
    num,
    reindex,
    value_of,
    walk,
)
from derivations.kept_means import in_variables, is_size

BITS = 80
NEAR = arb("1e-13")
"""What a quadrature aims at."""
SMALL = arb("1e-15")
"""Of what stands at the ends."""
SHARP = arb("1e-11")
"""How wide a ball may be that counts as a value."""
EVALUATIONS = 20_000
MOST_PARTS = 4_000
_VARIABLE = "the value"


def _normal(z: Any) -> tuple[Any, Any]:
    return z, (-z * z / 2).exp() / (2 * acb.pi()).sqrt()


def _uniform(x: Any) -> tuple[Any, Any]:
    u = 1 / (1 + (-x).exp())
    return u, u / (1 + x.exp())


_LAWS: Mapping[str, tuple[Callable[[Any], tuple[Any, Any]], tuple[int, ...]]] = {
    "normal": (_normal, (-40, -8, 0, 8, 40)),
    "uniform": (_uniform, (-45, -8, 0, 8, 45)),
}
"""Of a standard law what is integrated over: (the variable, the weight) there, and the ends of the parts."""


def value_at(body: Node, point: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    """The value at inputs given as nested fractions, None where it is not found."""
    try:
        with precision(BITS):
            found = _of(_written_out(body, sizes), point)
    except (NoValueError, ValueError, ZeroDivisionError, KeyError, IndexError, TypeError):
        return None
    return found.real if found.is_finite() and found.real.rad() < SHARP * (1 + abs(found.real)) else None


def _written_out(body: Node, sizes: Mapping[str, int]) -> Node:
    """The tree with its finite sums term by term."""

    def by(part: Node) -> Node | None:
        match part:
            case SizeVal(size):
                return num(value_of(size, sizes))
            case Bound("sum", indices, inner) if not any(is_size(i.size) for i in indices):
                ranges = [range(1, value_of(i.size, sizes) + 1) for i in indices]
                terms = [reindex(inner, dict(zip(indices, at, strict=True))) for at in product(*ranges)]
                if len(terms) * count(inner) > MOST_PARTS:
                    raise NoValueError
                return add(*terms)
        return None

    return map_up(body, by)


def _of(body: Node, point: Mapping[str, Any]) -> Any:
    at: dict[Key, Any] = {}
    for part in walk(body):
        match part:
            case Elem(name, place) if name in point and all(isinstance(k, int) for k in place):
                found = point[name]
                for k in place:
                    found = found[k - 1]  # type: ignore[operator]
                at[key(part)] = acb(arb(found.numerator) / found.denominator)
            case IndexVal(int() as k):
                at[key(part)] = acb(k)

    def by(part: Node) -> Node | None:
        if not isinstance(part, Bound):
            return None
        known = in_variables(part, _VARIABLE)
        if known is None or known[1] or known[0] not in _LAWS:
            raise NoValueError
        made = Elem(f"mean {len(at)}")
        at[key(made)] = _mean(known[0], known[2], at)
        return made

    return value(map_up(body, by), at, _VARIABLE, acb(0))


def _mean(law: str, body: Node, at: Mapping[Key, Any]) -> Any:
    weighed, ends = _LAWS[law]

    def integrand(z: Any, analytic: bool) -> Any:
        variable, weight = weighed(z)
        return weight * value(body, at, _VARIABLE, variable, analytic)

    for end in (ends[0], ends[-1]):
        there = integrand(acb(end), False)
        if not (there.is_finite() and abs(there) < SMALL):
            raise NoValueError
    parts = [
        acb.integral(integrand, acb(low), acb(high), rel_tol=NEAR, abs_tol=NEAR, eval_limit=EVALUATIONS)
        for low, high in pairwise(ends)
    ]
    return sum(parts, acb(0))
