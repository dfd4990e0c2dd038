"""Slips with cases, conditions and matrices: a row each, whose docstring is its formula."""

from __future__ import annotations

from collections.abc import Iterator

from checker.diagnosis.mutations.words import Change, Scene, diagonal_words, of
from checker.diagnosis.sites import Site
from derivations.formula import (
    ONE,
    ZERO,
    Cases,
    Delta,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Rel,
    call,
    free_indices,
    mul,
    over,
    reindex,
    sub,
    walk,
)


def cases(site: Site, scene: Scene) -> Iterator[Change]:
    """[c] a else b → [c] b else a;  → a;  → b"""
    match site.node:
        case Cases(((condition, a),), b) if b is not None:
            yield Change(
                site.put(Cases(((condition, b),), a)), "swapped-cases", f"the two cases are exchanged{of(site)}"
            )
            yield _only(site, scene, condition, a, True)
            if b != ZERO or not free_indices(condition) & set(site.outer):  # a sum that is gone is no case of it
                yield _only(site, scene, condition, b, False)
            if b != ZERO and a != ZERO:
                yield Change(site.put(Cases(((condition, a),), ZERO)), "missing-case", f"one case is not 0{of(site)}")
        case Cases(branches, otherwise) if len(branches) >= 2:
            values = [v for _, v in branches]
            for k in range(len(values)):
                for j in range(k + 1, len(values)):
                    turned = list(branches)
                    turned[k], turned[j] = (branches[k][0], values[j]), (branches[j][0], values[k])
                    yield Change(
                        site.put(Cases(tuple(turned), otherwise)),
                        "swapped-cases",
                        f"two cases are exchanged{of(site)}",
                    )
            for case, value in branches:
                yield _only(site, scene, case, value, True)


def _only(site: Site, scene: Scene, condition: Node, value: Node, holds: bool) -> Change:
    """The value of one case for all; of one that indices are equal, by where that is."""
    match condition:
        case Rel("==" | "!=" as op, IndexVal(a), IndexVal(b)) if not {a, b} & set(site.outer):
            equal, differ = diagonal_words(scene.truth, a, b)
            same = holds is (op == "==")
            tag = "only-diagonal" if same else "missing-diagonal"
            return Change(site.put(value), tag, f"it is right only {equal if same else differ}")
    return Change(site.put(value), "missing-case", one_case(site, site.node))


def one_case(site: Site, node: Node, words: str = "it is right in one case only") -> str:
    """What is seen where cases are not told apart; inside a sum over them no one case is seen."""
    return "a condition is missing inside the sum" if free_indices(node) & set(site.outer) else words


def cases_threshold(site: Site, scene: Scene) -> Iterator[Change]:
    """[z > 0] → [z > 1];  [z > 1] → [z > 0];  [a > b] → [a < b]"""
    if isinstance(site.node, Cases):
        for k, (condition, value) in enumerate(site.node.branches):
            if isinstance(condition, Rel) and condition.op in _TURNED and not isinstance(condition.left, IndexVal):

                def put(other: Rel, k: int = k, value: Node = value) -> Node:
                    assert isinstance(site.node, Cases)
                    changed = (*site.node.branches[:k], (other, value), *site.node.branches[k + 1 :])
                    return site.put(Cases(changed, site.node.otherwise))

                yield Change(
                    put(Rel(_TURNED[condition.op], condition.left, condition.right)),
                    "swapped-cases",
                    f"the condition of a case points the wrong way{of(site)}",
                )
                if condition.right in (ZERO, ONE):
                    other = ONE if condition.right == ZERO else ZERO
                    yield Change(
                        put(Rel(condition.op, condition.left, other)),
                        "wrong-threshold",
                        f"the threshold of a condition is wrong{of(site)}",
                    )


def value_for_slope(site: Site, scene: Scene) -> Iterator[Change]:
    """[a > b] → max(0, a - b)"""
    match site.node:
        case Cases(((Rel(">" | ">=" | "<" | "<=" as op, a, b), one),), zero) if (one, zero) == (ONE, ZERO):
            if not isinstance(a, IndexVal):
                above = sub(a, b) if op in (">", ">=") else sub(b, a)
                words = f"the value of the function stands where its slope is needed{of(site)}"
                yield Change(site.put(call("relu", above)), "value-for-derivative", words)


def own_condition(site: Site, scene: Scene) -> Iterator[Change]:
    """b·[a > 0] → b·[b > 0] = relu(b)"""
    if isinstance(site.node, Mul):
        for k, factor in enumerate(site.node.args):
            match factor:
                case Cases(((Rel(">" | ">=", _, Num(value)), one),), zero) if value == 0 and (one, zero) == (ONE, ZERO):
                    rest = mul(*site.node.args[:k], *site.node.args[k + 1 :])
                    yield Change(
                        site.put(call("relu", rest)),
                        "wrong-condition",
                        f"the condition is about the wrong quantity: about what it multiplies{of(site)}",
                    )


def conditions(site: Site, scene: Scene) -> Iterator[Change]:
    """Every z > 0 → z < 0"""
    if site.depth == 0 and sum(isinstance(n, Cases) for n in walk(site.node)) > 1:
        yield Change(_turned(site.node), "swapped-cases", "the cases are exchanged")


def _turned(node: Node) -> Node:
    if isinstance(node, Rel) and node.op in _TURNED and not isinstance(node.left, IndexVal):
        return Rel(_TURNED[node.op], node.left, node.right)
    return over(node, _turned)


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def matrix_atoms(site: Site, scene: Scene) -> Iterator[Change]:
    """A⁻¹ → A;  A⁻¹ → I;  log det A → det A"""
    match site.node:
        case MatrixAtom("inv", r, c, body, (a, b)):
            yield Change(site.put(reindex(body, {r: a, c: b})), "missing-inverse", f"an inverse is missing{of(site)}")
            yield Change(
                site.put(ONE if a == b else Delta(a, b)),
                "missing-factor",
                f"a factor is missing{of(site, site.node)}",
                "the factor with the inverse is missing",
            )
            if a != b:
                yield Change(
                    site.put(MatrixAtom("inv", r, c, body, (b, a))),
                    "swapped-index",
                    f"an inverse is transposed{of(site)}",
                )
        case MatrixAtom("logdet", r, c, body):
            yield Change(site.put(MatrixAtom("det", r, c, body)), "missing-log", f"log is missing{of(site)}")
