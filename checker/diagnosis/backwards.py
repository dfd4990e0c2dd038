"""What was written, with one thing changed, is the truth; or it is another quantity of the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from checker.diagnosis.effects import Pair
from checker.diagnosis.fingerprint import alike
from checker.diagnosis.reasons import Reason, Same
from checker.diagnosis.sites import sites
from checker.equality.align import Aligned, align
from checker.verdict import Diagnosis
from derivations.atoms import ATOMS
from derivations.formula import (
    Add,
    Call,
    Elem,
    Formula,
    Mul,
    Node,
    Num,
    Pow,
    add,
    map_up,
    mul,
    walk,
)
from derivations.notation import write
from derivations.notation.read.labels import quantity

MOST = 40
"""Changes of what was written that are tried."""


def _changed(pair: Pair, bodies: Iterator[tuple[Node, Diagnosis]], same: Same) -> Reason | None:
    """The first change of what was written that is the truth."""
    for _, (body, said) in zip(range(MOST), bodies, strict=False):
        made = replace(pair.student, body=body, source=None)
        if alike(pair.ground.values(made), pair.t) and same(made, pair.truth):
            return Reason(said, made, pair.truth)
    return None


def literal(pair: Pair, truths: Sequence[Formula], same: Same) -> Reason | None:
    """A number where the truth has a name, or a product of names: what was written with it in its place is the
    truth."""
    mine = _coefficients(pair.student.body) - _coefficients(pair.truth.body)
    meant = tuple(dict.fromkeys(scalar for truth in truths for scalar in _scalars(truth.body)))

    def bodies() -> Iterator[tuple[Node, Diagnosis]]:
        for number in sorted(mine, key=lambda n: n.value):
            for scalar in meant:
                shown = write(replace(pair.truth, body=scalar, axes=(), free=(), joint=(), kron=None))
                said = Diagnosis(
                    "literal",
                    f"a number stands where {shown} is asked: the answer is for every value"
                    if isinstance(scalar, Elem)
                    else "a number stands where names are asked: the answer is for every value of theirs",
                    f"it is {shown}",
                )
                yield _with_coefficient(pair.student.body, number, scalar), said

    return _changed(pair, bodies(), same)


def _coefficients(body: Node) -> set[Num]:
    """The numbers of a tree that are factors, terms or all of it: those of its powers are their own."""
    found = {a for n in walk(body) if isinstance(n, Add | Mul) for a in n.args if isinstance(a, Num)}
    return found | ({body} if isinstance(body, Num) else set())


def _with_coefficient(body: Node, number: Num, to: Node) -> Node:
    """A tree with something else in the place of a number."""

    def by(node: Node) -> Node | None:
        if isinstance(node, Add | Mul) and number in node.args:
            return (add if isinstance(node, Add) else mul)(*(to if a == number else a for a in node.args))
        return None

    return to if body == number else map_up(body, by)


def _scalars(body: Node) -> Iterator[Node]:
    """The names of a tree that are numbers, their powers, and the products that they are in."""
    for node in walk(body):
        match node:
            case Elem(_, ()) | Pow(Elem(_, ()), Num()):
                yield node
            case Mul(args):
                own = [a for a in args if isinstance(a, Elem | Pow) and a in tuple(_scalars(a))]
                if len(own) > 1:
                    yield mul(*own)


def other_function(pair: Pair, truths: Sequence[Formula], same: Same) -> Reason | None:
    """f(a) where the truth has g(a)"""
    known = sorted({n.fn for truth in truths for n in walk(truth.body) if isinstance(n, Call)})

    def bodies() -> Iterator[tuple[Node, Diagnosis]]:
        for site in sites(pair.student.body):
            match site.node:
                case Call(fn, args):
                    for other in known:
                        if other != fn and ATOMS[other].arity == len(args):
                            message = f"{fn} stands where another function is needed"
                            yield site.put(Call(other, args)), Diagnosis("wrong-function", message, f"it is {other}")

    return _changed(pair, bodies(), same)


def other_quantity(pair: Pair, derivation: Any, same: Same) -> Reason | None:
    """The value of what is to be differentiated; an earlier derivative, at which the chain rule does not end"""
    if derivation is None or "/d" not in derivation.target:
        return None
    top = quantity(derivation.target).top
    row = pair.ground.names.get(top)
    if row is not None and row.definition is not None:
        message = f"that is {top} itself, not its derivative"
        found = _is(pair, row.definition, Diagnosis("value-for-derivative", message), same)
        if found is not None:
            return found
    for lemma in derivation.lemmas[:-1]:
        said = Diagnosis("ends-early", f"that is {lemma.target}: the chain rule goes on from there")
        found = _is(pair, lemma.result, said, same)
        if found is not None:
            return found
    return None


def _is(pair: Pair, formula: Formula, said: Diagnosis, same: Same) -> Reason | None:
    aligned = align(pair.student, replace(formula, names=pair.truth.names))
    if not isinstance(aligned, Aligned):
        return None
    values = [pair.ground.values(side) for side in (aligned.student, aligned.truth)]
    if values[0] is None or not alike(values[1], values[0]) or not same(aligned.student, aligned.truth):
        return None
    return Reason(said, aligned.truth, aligned.student)
