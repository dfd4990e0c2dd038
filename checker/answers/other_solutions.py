"""Whether a line leaves solutions out: `x² = 4 ⇒ x = 2` loses x = -2.

What is set equal satisfies the lines before; it follows from them where nothing else does. Polynomials in a number are
solved, and equations affine in the entries of an array counted, at a few exact points; in other equations nothing is
looked for. What is lost only where another number is 0, as in `x y = 0 ⇒ x = 0`, is lost on a null set of these: it is
said, and no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, product
from typing import Any, Literal

from flint import arb, fmpq, fmpq_mat, fmpq_poly

from checker.answers.carry_out import NotCarriedOut, carried_out
from checker.answers.sets import allowed, placed
from checker.answers.vocabulary import ancestors
from derivations.domains import Declared, Names
from derivations.evaluate import draw
from derivations.evaluate.at_point import Point, value_at
from derivations.evaluate.exact_values import NoValue, Untold
from derivations.formula import Add, Bound, Elem, Formula, Mul, Node, Num, Pow, names_in

HIGHEST, WIDEST = 6, 40
"""The degree of a polynomial and the entries of an array up to which solutions are looked for."""
POINTS = 6
OTHERS = tuple(map(Fraction, ("1", "2", "1/2", "-1", "3")))
"""What a number is tried to be where every one satisfies an equation."""


def other_solution(
    gaps: Sequence[Formula], unknown: Elem, value: Formula, names: Names
) -> tuple[Literal["wrong", "undecided"], str] | None:
    """What a line is that leaves out how the equations gap = 0 are satisfied by something else than a value where that
    has one, and what that is; None where they are not, or where it is not looked for."""
    row = names.get(unknown.name)
    try:
        gaps = [carried_out(gap, names) for gap in gaps]
    except NotCarriedOut:
        return None
    depends = {n for gap in gaps for n in names_in(gap.body) if row is not None and row.name in ancestors(n, names)}
    if row is None or row.role != "input" or row.labels or depends or row.domain.structure != "plain":
        return None
    degrees = [_degree(gap.body, row.name) for gap in gaps]
    known = [d for d in degrees if d is not None]
    if len(known) < len(degrees) or not 0 < max(known) <= HIGHEST or (row.sizes and max(known) > 1):
        return None
    find = _of_array if row.sizes else _of_number
    for status, point, where in _points(gaps, row, names):
        try:
            found = find(gaps, row, value, max(known), point)
        except (NoValue, Untold, ValueError):  # the value says nothing there
            continue
        if found is not None:
            return status, f"{found} satisfies the line before as well{where}"
    return None


def _degree(node: Node, name: str) -> int | None:
    """The degree of a polynomial in a name; None where it is none."""
    match node:
        case Elem(own):
            return int(own == name)
        case Add(args) | Mul(args):
            below = [_degree(a, name) for a in args]
            known = [d for d in below if d is not None]
            if len(known) < len(below):
                return None
            return max(known) if isinstance(node, Add) else sum(known)
        case Pow(base, Num(k)) if k.denominator == 1 and k > 0:
            below = _degree(base, name)
            return None if below is None else below * int(k)
        case Bound("sum", _, body):
            return _degree(body, name)
    return None if name in names_in(node) else 0


def _points(
    gaps: Sequence[Formula], row: Declared, names: Names
) -> Iterator[tuple[Literal["wrong", "undecided"], Point, str]]:
    """Exact points, then those at which another number is 0."""
    used = {n for gap in gaps for n in names_in(gap.body)} - {row.name}
    zeros = [r for r in names.inputs() if r.name in used and not r.sizes and allowed(Fraction(0), r.domain)]
    drawn = [
        Point(assignment.sizes, assignment.exact(p), names)
        for assignment in draw.assignments(names, 5, points=POINTS, count=2)
        for p in range(assignment.points)
    ]
    for point in drawn:
        yield "wrong", point, _said(point, used, names)
    for point in drawn:
        for other in zeros:
            there = placed(point, other.name, (), Fraction(0))
            yield "undecided", there, _said(there, used, names)


def _said(point: Point, used: set[str], names: Names) -> str:
    shown = [f"{n} = {point.values[n]}" for n in sorted(used) if n in point.values and not names[n].sizes]
    return f" (where {', '.join(shown)})" if shown else ""


def _of_number(gaps: Sequence[Formula], row: Declared, value: Formula, degree: int, point: Point) -> str | None:
    """Another root that all equations have in common."""
    if value.axes or value.free:
        return None
    own = value_at(value, point, ())
    common = fmpq_poly([0])
    for gap in gaps:
        at = [placed(point, row.name, (), Fraction(k)) for k in range(degree + 1)]
        for column in zip(*(_entries(gap, there) for there in at), strict=True):
            common = common.gcd(_through(column))
    if common == 0:
        return next((f"{row.name} = {x}" for x in OTHERS if allowed(x, row.domain) and _apart(x, own)), None)
    for factor, _ in common.numer().factor()[1]:
        if factor.degree() == 1:
            root = Fraction(-int(factor[0]), int(factor[1]))
            if allowed(root, row.domain) and _apart(root, own):
                return f"{row.name} = {root}"
            continue
        for root, _ in factor.complex_roots():  # type: ignore[misc]
            if root.imag == 0 and allowed(Fraction(float(root.real)), row.domain) and _apart(root.real, own):
                return f"{row.name} = {float(root.real):.6g}"
    return None


def _of_array(gaps: Sequence[Formula], row: Declared, value: Formula, _: int, point: Point) -> str | None:
    """Whether the equations leave entries of an array open."""
    if row.domain.name != "real":
        return None
    lengths = [point.size(s) for s in row.sizes]
    keys = list(product(*(range(n) for n in lengths)))
    slots = value.free + value.axes
    if len(keys) > WIDEST or (slots and len(slots) != len(lengths)):
        return None
    for key in keys:
        value_at(value, point, tuple(k + 1 for k in key) if slots else ())
    nothing = _filled(lengths)
    start = [x for gap in gaps for x in _entries(gap, _with(point, row.name, nothing))]
    columns = []
    for key in keys:
        moved = placed(_with(point, row.name, nothing), row.name, key, Fraction(1))
        columns.append([x - y for x, y in zip((x for g in gaps for x in _entries(g, moved)), start, strict=True)])
    matrix = fmpq_mat(len(keys), len(start), [fmpq(x.numerator, x.denominator) for c in columns for x in c])
    return f"another {row.name}" if matrix.rank() < len(keys) else None


def _with(point: Point, name: str, value: Any) -> Point:
    return Point(point.sizes, {**point.values, name: value}, point.names)


def _filled(lengths: Sequence[int]) -> Any:
    return Fraction(0) if not lengths else tuple(_filled(lengths[1:]) for _ in range(lengths[0]))


def _entries(gap: Formula, point: Point) -> list[Fraction]:
    """The entries of a gap at a point. Raises `Untold` where one is no rational."""
    ranges = [range(1, point.size(i.size) + 1) for i in gap.free + gap.axes]
    found = [value_at(gap, point, at) for at in product(*ranges)]
    exact = [x for x in found if isinstance(x, Fraction)]
    if len(exact) < len(found):
        raise Untold
    return exact


def _through(values: Sequence[Fraction]) -> fmpq_poly:
    """The polynomial with values at 0, 1, 2, …, by Newton's differences."""
    total, basis, left = fmpq_poly([0]), fmpq_poly([1]), list(values)
    for k in range(len(values)):
        total += basis * fmpq(left[0].numerator, left[0].denominator)
        basis *= fmpq_poly([fmpq(-k, k + 1), fmpq(1, k + 1)])
        left = [b - a for a, b in pairwise(left)]
    return total


def _apart(a: Any, b: Any) -> bool:
    """Whether a root is another value for certain."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a != b
    first, second = (arb(fmpq(x.numerator, x.denominator)) if isinstance(x, Fraction) else x for x in (a, b))
    return not (first - second).contains(0)
