"""The steps between two forms of one thing: rewritings from both sides, searched breadth first until they meet.

Whether the forms are equal is `checker.equality`'s to say; here only a way between them is looked for, on a budget. Each step of
a way that is found is compared once more, and nothing is shown that is not equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from derivations.atoms import unfold
from derivations.domains import Names
from derivations.folding import inline
from derivations.formula import ONE, Add, Call, Formula, Mul, Node, Num, Pow, add, call, children, count, mul, rebuild, reindex
from derivations.simplify import expand, factor, key, neat, positive, recognise, split_sums, tidy

DEPTH, FORMS, LARGEST = 3, 60, 400
"""Steps from each side, forms of each side, nodes of a form: beyond them no way is looked for."""

Rewriting = Callable[[Node, Names], Node]


def _unfolded(node: Node, names: Names) -> Node:
    """Every stable function by its definition."""
    below = children(node)
    if below:
        node = rebuild(node, tuple(_unfolded(c, names) for c in below))
    if isinstance(node, Call) and (found := unfold(node)) is not None and node.fn not in ("exp", "cosh", "sinh", "tan"):
        return found
    return node


def _inlined(node: Node, names: Names) -> Node:
    return inline(node, names, frozenset(r.name for r in names.values() if r.role == "node"))


def _opened(node: Node, names: Names) -> Node:
    """log(a b^k) = log a + k log b, of factors that are certainly positive."""
    below = children(node)
    if below:
        node = rebuild(node, tuple(_opened(c, names) for c in below))
    if isinstance(node, Call) and node.fn == "log" and isinstance(node.args[0], (Mul, Pow)):
        inside = node.args[0]
        factors = inside.args if isinstance(inside, Mul) else (inside,)
        bases = [(f.base, f.exponent) if isinstance(f, Pow) else (f, ONE) for f in factors]
        if all(positive(base, names) for base, _ in bases):
            return add(*(mul(exponent, call("log", base)) for base, exponent in bases))
    return node


def _multiplied(node: Node, names: Names) -> Node:
    """(a + b)² = a² + 2ab + b², also under a sum; products distributed; Σ split."""
    return split_sums(_distributed(node), names)


def _distributed(node: Node) -> Node:
    below = children(node)
    if below:
        node = rebuild(node, tuple(_distributed(c) for c in below))
    if isinstance(node, Pow) and isinstance(node.base, Add) and isinstance(node.exponent, Num) and node.exponent.value in (2, 3):
        node = Mul(tuple(reindex(node.base, {}) for _ in range(int(node.exponent.value))))
    if isinstance(node, Mul) and any(isinstance(f, Add) for f in node.args):
        terms: list[Node] = [ONE]
        for f in node.args:
            terms = [mul(t, reindex(u, {})) for t in terms for u in (f.args if isinstance(f, Add) else (f,))]
            if len(terms) > LARGEST:
                return node
        return add(*terms)
    return node


def _together(node: Node, names: Names) -> Node:
    """Over one denominator, common factors cancelled."""
    import sympy

    from derivations.tensor import freeze, thaw

    atoms: dict[Any, Any] = {}
    return tidy(thaw(sympy.factor(freeze(node, atoms)), atoms), names)


RULES: Mapping[str, tuple[Rewriting, str]] = MappingProxyType({
    "simplify": (tidy, "rewrite"),
    "write the functions out": (_unfolded, "recognise the functions"),
    "recognise the functions": (recognise, "write the functions out"),
    "expand": (expand, "factor"),
    "multiply out": (_multiplied, "complete the square"),
    "split the sums": (split_sums, "join the sums"),
    "factor": (factor, "expand"),
    "open the logarithms": (_opened, "join the logarithms"),
    "common denominator": (_together, "separate the fractions"),
    "insert the definitions": (_inlined, "fold the definitions"),
    "shorten": (neat, "rewrite"),
})  # fmt: skip
"""Rule → what it does, and what it is called backwards."""


@dataclass(frozen=True, slots=True)
class _Form:
    node: Node
    rule: str
    before: _Form | None


def way(a: Formula, b: Formula, names: Names) -> list[tuple[Formula, str]] | None:
    """a = … = b as (form, rule that leads to it), the first with no rule; None where none was found."""
    if a.shape_error or b.shape_error or a.shape != b.shape or set(a.free) != set(b.free):
        return None
    start = _Form(a.body, "", None)
    goal = _Form(reindex(b.body, dict(zip(b.axes, a.axes, strict=True))), "", None)
    met = _meet(start, goal, names)
    if met is None:
        return None
    steps = [(form.node, form.rule) for form in reversed(list(_back(met[0])))]
    back = list(_back(met[1]))
    steps += [(form.before.node, RULES[form.rule][1]) for form in back if form.before is not None]
    return [(replace(a, body=node, source=None, notes=()), rule) for node, rule in _short(steps)]


def _back(form: _Form | None) -> Iterator[_Form]:
    while form is not None:
        yield form
        form = form.before


def _short(steps: list[tuple[Node, str]]) -> list[tuple[Node, str]]:
    """Without loops: between two equal forms nothing happened."""
    out: list[tuple[Node, str]] = []
    seen: list[Any] = []
    for node, rule in steps:
        here = key(node)
        if here in seen:
            at = seen.index(here)
            del out[at + 1 :], seen[at + 1 :]
            continue
        out.append((node, rule))
        seen.append(here)
    return out


def _meet(start: _Form, goal: _Form, names: Names) -> tuple[_Form, _Form] | None:
    sides: list[dict[Any, _Form]] = [{key(start.node): start}, {key(goal.node): goal}]
    edges = [[start], [goal]]
    if key(start.node) == key(goal.node):
        return start, goal
    for _ in range(DEPTH):
        for side in (0, 1):
            fresh: list[_Form] = []
            for form in edges[side]:
                for rule, (act, _) in RULES.items():
                    if len(sides[side]) >= FORMS:
                        break
                    made = act(form.node, names)
                    here = key(made)
                    if here in sides[side] or count(made) > LARGEST:
                        continue
                    found = _Form(made, rule, form)
                    sides[side][here] = found
                    fresh.append(found)
                    other = sides[1 - side].get(here)
                    if other is not None:
                        return (found, other) if side == 0 else (other, found)
            edges[side] = fresh
    return None


def checked_way(a: Formula, b: Formula, names: Names) -> list[tuple[Formula, str]] | None:
    """A way whose every step is equal, compared once more; None otherwise."""
    from checker.equality import compare

    found = way(a, b, names)
    if found is None:
        return None
    for (one, _), (two, _) in pairwise(found):
        if compare(one, two, names).status != "equal":
            return None
    return found
