"""Conditions between quantities that are one and the same, decided: what no precision tells, since the difference is 0.

1[sin² a + cos² a ≥ 1]    1[0 ≥ 0]              floor(e^(log 3))    3
1[log(m + 1) ≥ log 2]     1[m = 1 and 0 ≥ 0 or m = 0 and log 1 ≥ log 2]      for a label m
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

from derivations.domains import Names
from derivations.formula import (
    ZERO,
    And,
    Call,
    Cases,
    Const,
    Elem,
    Formula,
    Node,
    Or,
    Pow,
    Rel,
    SizeVal,
    children,
    free_indices,
    map_down,
    num,
    over,
    walk,
)  # fmt: skip
from derivations.normal_form.prove import prove_equal

BUDGET = 4_000
MOST_ASKED = 40
MOST_VALUES = 9
"""Combinations of values of labels that a condition is taken apart into."""

TRUE, FALSE = Rel("==", ZERO, ZERO), Rel("!=", ZERO, ZERO)
Estimate = Callable[[Node], float | None]


class Settling:
    """Decides the conditions of formulas at one point; `whole` are the values of discrete names, `sizes` those of
    sizes."""

    def __init__(self, names: Names, whole: Mapping[str, int], sizes: Mapping[str, int], estimate: Estimate):
        self.names, self.whole, self.sizes, self.estimate = names, whole, sizes, estimate
        self.left = MOST_ASKED

    def __call__(self, node: Node) -> Node:
        """The node with what can be decided decided."""
        match node:
            case Elem(name, ()) if name in self.whole:
                return num(self.whole[name])
            case SizeVal(size) if size in self.sizes:
                return num(self.sizes[size])
        node = over(node, self)
        match node:
            case Rel() | Call("floor" | "ceil" | "sign") if self._doubtful(node):
                return self._decided(node) or self._by_values(node) or node
        return node

    def _doubtful(self, node: Node) -> bool:
        """Whether rounding can stand between a condition and its value: no sums and products of rationals alone."""
        return any(isinstance(n, Const | Call | Pow) for c in children(node) for n in walk(c))

    def _decided(self, node: Node) -> Node | None:
        match node:
            case Rel(op, left, right) if self._same(left, right):
                return TRUE if op in (">=", "<=", "==") else FALSE
            case Call("sign", (arg,)) if self._same(arg, ZERO):
                return ZERO
            case Call("floor" | "ceil", (arg,)) if not free_indices(arg):
                near = self.estimate(arg)
                if near is not None and abs(near) < 2.0**50 and self._same(arg, num(round(near))):
                    return num(round(near))
        return None

    def _same(self, left: Node, right: Node) -> bool:
        if self.left <= 0:
            return False
        self.left -= 1
        slots = tuple(sorted(free_indices(left) | free_indices(right), key=lambda i: i.name))
        return prove_equal(Formula(left, (), slots, self.names), Formula(right, (), slots, self.names), BUDGET) is True

    def _by_values(self, node: Node) -> Node | None:
        """A condition on labels as one for each of their values."""
        labels = list(
            dict.fromkeys(n for n in walk(node) if isinstance(n, Elem) and n.name in self.names and self._values(n))
        )
        combinations = list(product(*(self._values(n) for n in labels)))
        if not labels or len(combinations) > MOST_VALUES:
            return None
        parts: list[tuple[Node, Node]] = []
        changed = False
        for values in combinations:
            inside = _with(node, dict(zip(labels, values, strict=True)))
            found = self._decided(inside)
            changed |= found is not None
            parts.append(
                (
                    And(tuple(Rel("==", n, num(v)) for n, v in zip(labels, values, strict=True)))
                    if len(labels) > 1
                    else Rel("==", labels[0], num(values[0])),
                    found or inside,
                )
            )
        if not changed:
            return None
        return (
            Or(tuple(And((at, found)) for at, found in parts))
            if isinstance(node, Rel)
            else Cases(tuple(parts[:-1]), parts[-1][1])
        )

    def _values(self, node: Elem) -> tuple[int, ...]:
        row = self.names[node.name]
        return (0, 1) if row.domain.structure == "onehot" else tuple(int(v) for v in row.domain.values or ())


def _with(node: Node, values: Mapping[Node, int]) -> Node:
    return map_down(node, lambda part: num(values[part]) if part in values else None)


__all__ = ["Settling"]
