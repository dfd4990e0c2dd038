"""Show that A = B: a chain of steps between two forms, found by rewriting both sides until they meet.

Each rule of `RULES` rewrites a whole formula in one direction (a definition put in, a product multiplied out, an
inverse of the other side inserted as M M⁻¹, …). From both sides the forms that the rules reach are collected, nearest
first; where a form is reached from both, the steps of the left side down to it and those of the right side back from it
are the chain. Nothing here says whether A = B holds: that is the judge's, and every step is evaluated before it is
shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from derivations import verify
from derivations.derivation import Lemma, Step
from derivations.domains import Names
from derivations.formula import Add, Bound, Delta, Formula, Index, Key, Node, count, walk
from derivations.frozen import frozen
from derivations.show_that.algebra import LARGEST, inverses_in
from derivations.show_that.rules import ALGEBRA, DEPTH, RULES, WORK, Rule, Side
from derivations.simplify.same import identity
from derivations.simplify.shapes import cost
from derivations.simplify.tidy import tidy
from derivations.work import TooMuchWork, limited

FORMS = 48
"""Forms that are rewritten on each side before the search ends: a chain that is longer convinces nobody."""


@frozen
class Reached:
    """A form and how it was reached."""

    node: Node
    before: Reached | None = None
    rule: Rule | None = None
    used: str = ""

    @property
    def depth(self) -> int:
        return 0 if self.before is None else self.before.depth + 1


def chain(left: Formula, right: Formula, names: Names) -> Lemma | None:
    """The steps from `left` to `right` (both over the same axes), each verified; None where none were found.

    Raises `StepError` where a step does not hold: our bug.
    """
    left = replace(left, names=names)
    for rules in (RULES, RULES + ALGEBRA):  # SymPy takes 0.3 s to import: only where nothing else meets
        try:
            with limited(WORK):
                met = _meet(left.body, right.body, names, left.axes, rules)
        except TooMuchWork:
            return None
        if met is not None:
            lemma = _lemma(*met, left, names)
            return verify.check_steps(lemma, names, gentle=True)
    return None


def _meet(
    left: Node, right: Node, names: Names, axes: tuple[Index, ...], rules: Sequence[Rule]
) -> tuple[Reached, Reached] | None:
    """A form that both sides reach, with the fewest steps and then the shortest forms."""
    sides = (Side(names, axes, inverses_in(right, axes)), Side(names, axes, inverses_in(left, axes)))
    known: tuple[dict[Key, Reached], dict[Key, Reached]] = ({}, {})
    waiting = ([Reached(left)], [Reached(right)])
    for mine, start in zip(known, waiting, strict=True):
        mine[identity(start[0].node, names)] = start[0]
    for depth in range(2 * DEPTH + 1):
        common = [(known[0][k], known[1][k]) for k in known[0].keys() & known[1].keys()]
        if common:
            return min(common, key=lambda pair: (pair[0].depth + pair[1].depth, cost(pair[0].node)))
        which = depth % 2
        waiting[which][:] = list(_next(waiting[which], known[which], sides[which], rules))
    return None


def _next(forms: Sequence[Reached], known: dict[Key, Reached], side: Side, rules: Sequence[Rule]) -> Iterator[Reached]:
    for form in sorted(forms, key=lambda f: cost(f.node)):
        if len(known) > FORMS:
            return
        for rule in rules:
            for node, used in rule.rewrite(form.node, side):
                if count(node) > LARGEST:
                    continue
                k = identity(node, side.names)
                if k not in known:
                    known[k] = Reached(node, form, rule, used)
                    yield known[k]


def _lemma(left: Reached, right: Reached, formula: Formula, names: Names) -> Lemma:
    down = list(_way(left))[::-1]
    up = list(_way(right))
    steps: list[Step] = []
    here = replace(formula, names=names)

    def to(rule: str, node: Node) -> None:
        nonlocal here
        after = Formula(node, formula.axes, names=names, joint=formula.joint)
        if after != here:
            steps.append(Step(rule, here, after))
            here = after

    for form in down[1:]:
        assert form.rule is not None
        to(form.rule.says.replace("{}", form.used), form.node)
    met, other = tidy(here.body, names), tidy(up[0].node, names)
    parts = [*walk(here.body), *walk(up[0].node)]
    sifted = any(isinstance(n, Delta) for n in parts)
    out = any(isinstance(n, Add) for n in parts)
    to(("multiply out" if out else "sift δ") if sifted else "simplify", met)
    to("rename and reorder the sums" if any(isinstance(n, Bound) for n in walk(other)) else "rearrange", other)
    to(("factor" if out else "sift δ") if sifted else "rewrite", up[0].node)
    for one, two in pairwise(up):
        assert one.rule is not None
        to(one.rule.back.replace("{}", one.used), two.node)
    if not steps:
        steps.append(Step("the same by the notation", here, here))
    return Lemma("proof", tuple(steps))


def _way(form: Reached) -> Iterator[Reached]:
    at: Reached | None = form
    while at is not None:
        yield at
        at = at.before
