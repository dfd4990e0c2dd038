"""The rules by which one form of a formula becomes another in a chain that `prove` shows: a row each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from derivations.atoms import ATOMS, unfold
from derivations.chain import quoted
from derivations.domains import Names
from derivations.folding.facts import facts_of
from derivations.folding.fold import inline
from derivations.folding.matching import apply, fits
from derivations.formula import (
    HALF,
    ONE,
    TWO,
    Bound,
    Call,
    Elem,
    Index,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    add,
    call,
    key,
    map_up,
    mul,
    neg,
    power,
    reindex,
    sub,
    terms_of,
    total,
    walk,
)
from derivations.frozen import frozen
from derivations.logs import open_logs
from derivations.show_that.algebra import as_fraction, exponential_of, inverse_pair, multiply, one_sum
from derivations.signs import positive
from derivations.simplify.same import opened
from derivations.simplify.shapes import factor, neat
from derivations.simplify.tidy import tidy

DEPTH = 5
"""Rewritings of one side."""


WORK = 80_000
"""Units of `work` for one search: some seconds."""


@frozen
class Rule:
    """One direction of rewriting. `says` names it from left to right in the chain, `back` when the chain passes it from
    right to left.

    `rewrite` gives the forms that follow, each with what was used; that stands for {} in the rule's name.
    """

    says: str
    back: str
    rewrite: Callable[[Node, Side], Iterator[tuple[Node, str]]]


@frozen
class Side:
    """What a rule may look at besides the formula: the names, the axes, the inverses of the other side."""

    names: Names
    axes: tuple[Index, ...]
    inverses: tuple[MatrixAtom, ...]


SPELLED: Mapping[str, str] = {"log_sigmoid": "log σ", "relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU"}


def _definitions(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """tanh z = (e^2z - 1)/(e^2z + 1), σ(z) = 1/(1 + e^-z), logsumexp_k a_k = log Σ_k e^a_k, …"""
    used: dict[str, None] = {}

    def by(part: Node) -> Node | None:
        if isinstance(part, Call) and part.fn not in ("exp", "relu"):
            made = unfold(part)
            if made is not None:
                used[ATOMS[part.fn].symbol or SPELLED.get(part.fn, part.fn)] = None
            return made
        if isinstance(part, Bound) and part.op == "logsumexp":
            used["logsumexp"] = None
            return call("log", total(part.indices, call("exp", part.body)))
        return None

    made = map_up(node, by)
    if used:
        yield made, ", ".join(used)


def _bindings(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """A node by its definition."""
    nodes = frozenset(r.name for r in side.names.values() if r.role == "node" and r.definition is not None)
    there = sorted({n.name for n in walk(node) if isinstance(n, Elem)} & nodes)
    if there:
        yield inline(node, side.names, nodes), quoted(there)


def _multiplied(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    made = multiply(tidy(node, side.names), side.names)
    yield made, ""


def _merged(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """Σ_i a_i Σ_j b_ij c multiplied out as one sum: what a product of matrices is, entry by entry."""
    made = multiply(map_up(tidy(node, side.names), lambda n: one_sum(n)), side.names)
    yield made, ""


def _logarithms(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """log(ab) = log a + log b, log aʳ = r log a, where the parts are positive."""

    def by(part: Node) -> Node | None:
        if isinstance(part, Call) and part.fn == "log":
            inner = part.args[0]
            if isinstance(inner, Mul) and all(positive(a, side.names) for a in inner.args):
                return add(*(open_logs(call("log", a), side.names) for a in inner.args))
        return None

    yield tidy(map_up(open_logs(node, side.names), by), side.names), ""


def _exponentials(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """e^(a + b) = e^a e^b, e^(c log a) = a^c."""

    def by(part: Node) -> Node | None:
        if isinstance(part, Call) and part.fn == "exp":
            return mul(*(exponential_of(t) for t in terms_of(multiply(part.args[0], side.names))))
        return None

    yield tidy(map_up(node, by), side.names), ""


def _known_facts(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    for row in side.names.inputs():
        for fact in facts_of(row):
            if fits(fact, node):
                yield tidy(apply(fact, node), side.names), fact.rule


def _pythagoras(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """sin² a = 1 - cos² a"""

    def by(part: Node) -> Node | None:
        match part:
            case Pow(Call("sin", (a,)), Num(e)) if e.denominator == 1 and e >= 2:
                left = power(call("sin", a), Num(e - 2)) if e > 2 else ONE
                return mul(sub(ONE, Pow(call("cos", a), TWO)), left)
        return None

    made = map_up(node, by)
    if made != node:
        yield tidy(made, side.names), ""


def _double_angles(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """sin 2a = 2 sin a cos a, cos 2a = 1 - 2 sin² a"""

    def by(part: Node) -> Node | None:
        match part:
            case Call("sin" | "cos", (Mul((Num(two), *rest)),)) if two == 2:
                a = mul(*rest)
                return (
                    mul(TWO, call("sin", a), call("cos", a))
                    if part.fn == "sin"
                    else sub(ONE, mul(TWO, Pow(call("sin", a), TWO)))
                )
        return None

    made = map_up(node, by)
    if made != node:
        yield tidy(made, side.names), ""


def _simplified(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    yield neat(node, side.names), ""


def _factored(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    yield factor(tidy(node, side.names), side.names), ""


def _with_identity(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """a_i = Σ_kl M⁻¹_ik M_kl a_l, and from the right, for an inverse of the other side."""
    there = [n for n in walk(node) if isinstance(n, MatrixAtom) and n.op == "inv"]
    for inverse in side.inverses:
        if any(key(replace(n, at=inverse.at)) == key(inverse) for n in there):
            continue
        for place, at in enumerate(inverse.at):
            if isinstance(at, Index) and at in side.axes:
                inner, outer = Index("k", at.size), Index("l", at.size)
                matrix = reindex(
                    inverse.body,
                    {inverse.row: inner, inverse.col: outer}
                    if place == 0
                    else {inverse.row: outer, inverse.col: inner},
                )
                entry = reindex(
                    MatrixAtom(
                        "inv", inverse.row, inverse.col, inverse.body, (at, inner) if place == 0 else (inner, at)
                    ),
                    {},
                )
                rest = reindex(node, {at: outer})
                yield total((inner, outer), mul(entry, matrix, rest) if place == 0 else mul(rest, matrix, entry)), ""


def _inverse_times(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """Σ_k A⁻¹_ik A_kj = δ_ij, Σ_k A_ik A⁻¹_kj = δ_ij"""

    def by(part: Node) -> Node | None:
        if not (isinstance(part, Bound) and part.op == "sum"):
            return None
        indices, factors = opened(part)
        for one in factors:
            for two in factors:
                met = inverse_pair(one, two, indices, factors)
                if met is not None:
                    k, left = met
                    rest = [f for f in factors if f is not one and f is not two]
                    return tidy(total([i for i in indices if i is not k], mul(left, *rest)), side.names)
        return None

    made = map_up(tidy(node, side.names), by)
    if made != node:
        yield tidy(made, side.names), ""


def _largest(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """max(a, b) = (a + b + |a - b|)/2, min(a, b) = (a + b - |a - b|)/2, ReLU(a) = max(0, a)"""

    def by(part: Node) -> Node | None:
        match part:
            case Call("max" | "min", (a, b)):
                apart = call("abs", sub(a, b))
                return mul(HALF, add(a, b, apart if part.fn == "max" else neg(apart)))
            case Call("relu", (a,)):
                return mul(HALF, add(a, call("abs", a)))
        return None

    made = map_up(node, by)
    if made != node:
        yield made, ""


def _cancelled(node: Node, side: Side) -> Iterator[tuple[Node, str]]:
    """One fraction in lowest terms, inside functions and sums as well; e^-a is 1/e^a."""
    made = as_fraction(tidy(node, side.names), side.names)
    for form in made:
        yield tidy(form, side.names), ""


RULES: tuple[Rule, ...] = (
    Rule("definition of {}", "definition of {}", _bindings),
    Rule("definition of {}", "definition of {}", _definitions),
    Rule("multiply out", "factor", _multiplied),
    Rule("multiply out", "collect", _merged),
    Rule("{}", "{}", _known_facts),
    Rule("exponential of a sum", "exponential of a sum", _exponentials),
    Rule("logarithm of a product", "logarithm of a product", _logarithms),
    Rule("insert the identity M⁻¹M = I", "M⁻¹M = I", _with_identity),
    Rule("A⁻¹A = I", "insert A⁻¹A = I", _inverse_times),
    Rule("max(a, b) = (a + b + |a - b|)/2", "max(a, b) = (a + b + |a - b|)/2", _largest),
    Rule("sin² + cos² = 1", "sin² + cos² = 1", _pythagoras),
    Rule("double angle", "double angle", _double_angles),
    Rule("simplify", "rewrite", _simplified),
    Rule("factor", "multiply out", _factored),
)
"""The rules in the order in which they are tried."""


ALGEBRA: tuple[Rule, ...] = (Rule("common denominator, cancelled", "expand the fraction", _cancelled),)
"""The rules that need SymPy."""
