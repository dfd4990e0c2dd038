"""What a label or a condition picks: log(y p + (1 - y)(1 - p)) is y log p + (1 - y) log(1 - p) for a label y that is 0
or 1.

Written the first way, the derivative divides by y p + (1 - y)(1 - p), which is 0 in floats where the logit is far on
the wrong side; written the second, the p of the denominator meets the p of σ′.
"""

from __future__ import annotations

from collections.abc import Callable

from derivations.domains import Names
from derivations.folding.fold import inline
from derivations.formula import (
    ONE,
    ZERO,
    Call,
    Cases,
    Elem,
    Formula,
    Node,
    Num,
    Pow,
    add,
    call,
    key,
    mul,
    over,
    power,
    replace_elems,
    sub,
    walk,
)
from derivations.signs import away_from_zero, positive
from derivations.simplify.shapes import expand, neat


def picked(names: Names) -> tuple[Names, frozenset[str]]:
    """The names with logarithms and reciprocals of what a label picks opened, and the nodes whose definitions were
    changed."""
    labels = [row.name for row in names.inputs() if row.domain.values == (0, 1) and row.domain.structure == "plain"]
    changed = []
    for row in names.values():
        if row.role == "node" and (equation := row.equation) is not None:
            made = _opened(equation.body, names, labels)
            if made is not equation.body:
                changed.append(row.with_equation(Formula(made, equation.axes, equation.free, equation.names)))
    return (names.with_rows(*changed) if changed else names), frozenset(r.name for r in changed)


def _opened(node: Node, names: Names, labels: list[str]) -> Node:
    node = over(node, lambda child: _opened(child, names, labels))
    match node:
        case Call("log", (inner,)):
            return _each(inner, lambda value: call("log", value), names, labels) or node
        case Pow(inner, Num(e)) if e < 0:
            return _each(inner, lambda value: power(value, Num(e)), names, labels) or node
        case _:
            return node


def _each(inner: Node, of: Callable[[Node], Node], names: Names, labels: list[str]) -> Node | None:
    """y f(a) + (1 - y) f(b) for f of a quantity that is a > 0 at y = 1 and b > 0 at y = 0, where one of the two may
    come near 0; {f(a) if c, f(b) otherwise} for f of {a if c, b otherwise}."""
    row = names.get(inner.name) if isinstance(inner, Elem) else None
    body = inline(inner, names, frozenset({row.name})) if row is not None and row.definition is not None else inner
    if isinstance(body, Cases) and body.otherwise is not None:
        values = [v for _, v in body.branches] + [body.otherwise]
        if all(away_from_zero(v, names) for v in values):
            return None
        return Cases(tuple((c, of(v)) for c, v in body.branches), of(body.otherwise))
    entries = {n for n in walk(body) if isinstance(n, Elem) and n.name in labels}
    if len(entries) != 1:
        return None
    (label,) = entries
    sides = [
        neat(replace_elems(body, lambda e, value=value: value if e == label else None), names) for value in (ONE, ZERO)
    ]
    mixed = add(mul(label, sides[0]), mul(sub(ONE, label), sides[1]))
    if (
        key(expand(body, names)) != key(expand(mixed, names))
        or not all(positive(s, names) for s in sides)
        or all(away_from_zero(s, names) for s in sides)
    ):
        return None
    return add(mul(label, of(sides[0])), mul(sub(ONE, label), of(sides[1])))
