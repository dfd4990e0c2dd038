"""A formula as a sum of products, with the sums in a product pulled to its front."""

from __future__ import annotations

from collections.abc import Set
from fractions import Fraction

from derivations.formula import (
    Add,
    Apply,
    Bound,
    Call,
    Cases,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    free_indices,
    reindex,
)
from derivations.frozen import frozen
from derivations.notation.write.layout import NoMatrixForm

WIDEST = 48
"""Products of sums are multiplied out while they give no more terms than this."""

WORK = 4_000
"""Sums and products looked into before a formula is called too large for matrix notation."""


@frozen
class Raw:
    """A term of the expanded formula: number · Π factors, summed over the bound indices."""

    number: Fraction
    factors: tuple[Node, ...]
    bound: tuple[Index, ...]


def apart(raw: Raw, taken: Set[Index | None]) -> Raw:
    """The term with bound indices of its own where others have them."""
    clash: dict[Index, IndexExpr] = {i: i.fresh() for i in raw.bound if i in taken}
    if not clash:
        return raw
    return Raw(raw.number, tuple(reindex(f, clash) for f in raw.factors), tuple(clash.get(i, i) for i in raw.bound))  # type: ignore[misc]


def multiplied(a: Raw, b: Raw) -> Raw:
    """The product of two terms; sums that share an index object keep apart."""
    if b.bound:
        b = apart(b, {*a.bound, *(i for f in a.factors for i in free_indices(f))})
    if a.bound:
        a = apart(a, {i for f in b.factors for i in free_indices(f)} - set(b.bound))
    return Raw(a.number * b.number, a.factors + b.factors, a.bound + b.bound)


def equal(one: Node, two: Node) -> bool:
    free = tuple(free_indices(one) | free_indices(two))
    return Formula(one, (), free) == Formula(two, (), free)


def same_body(one: Node, body: Node, k: Index, along: Index) -> bool:
    """Whether a term is the body of a binder at another index of the same range."""
    return k.size == along.size and along not in free_indices(body) and equal(one, reindex(body, {k: along}))


class Expansion:
    """The products that a formula is the sum of. `spread`: products of sums are multiplied out first."""

    def __init__(self, fixed: Set[Index], spread: bool):
        self.fixed = fixed
        self.spread = spread
        self.work = 0

    def terms(self, node: Node) -> list[Raw]:
        """A node as a sum of products, with the sums in a product pulled to its front."""
        self.work += 1
        if self.work > WORK:
            raise NoMatrixForm("too large a formula")
        match node:
            case Add():
                return [raw for a in self.softened(node) for raw in self.terms(a)]
            case Num(value):
                return [Raw(value, (), ())]
            case Bound("sum", indices, body):
                return [Raw(r.number, r.factors, (*indices, *r.bound)) for r in self.terms(body)]
            case Mul(args):
                return self.product([self.operand(a) for a in args])
            case Pow(base, Num(value)) if (
                value.denominator == 1 and 2 <= value <= 3 and free_indices(base) - self.fixed
            ):
                whole = isinstance(base, (Elem, Call, Apply, Cases, MatrixAtom, Pow))
                return self.product(
                    [
                        [Raw(Fraction(1), (base,), ())] if whole else self.operand(reindex(base, {}))
                        for _ in range(int(value))
                    ]
                )
            case _:
                return [Raw(Fraction(1), (node,), ())]

    def operand(self, node: Node) -> list[Raw]:
        """A factor of a product: a sum stays whole unless products are multiplied out."""
        open_here = free_indices(node) - self.fixed
        match node:
            case Add() if not (self.spread and open_here):
                return [Raw(Fraction(1), (node,), ())]
            case Bound("sum", indices, Add() as body) if not self.spread:
                return (
                    [Raw(Fraction(1), (reindex(node, {}),), ())]
                    if not open_here
                    else [Raw(Fraction(1), (body,), indices)]
                )
            case Bound("sum") if not open_here:
                found = self.terms(node)
                return found if len(found) == 1 else [Raw(Fraction(1), (node,), ())]
            case _:
                return self.terms(node)

    def product(self, operands: list[list[Raw]]) -> list[Raw]:
        out = [Raw(Fraction(1), (), ())]
        for operand in operands:
            if len(out) * len(operand) > WIDEST:
                raise NoMatrixForm("too many terms")
            out = [multiplied(a, b) for a in out for b in operand]
        return out

    def softened(self, node: Add) -> tuple[Node, ...]:
        """The terms of a sum, log_softmax(z)_i for z_i - logsumexp_k z_k (as a call of z_i and i)."""
        for two in node.args:
            match two:
                case Mul((Num(value), Bound("logsumexp", (k,), body))) if value == -1:
                    for along in sorted(free_indices(node) - self.fixed, key=lambda i: (i.name, str(i.size))):
                        whole = reindex(body, {k: along})
                        parts = whole.args if isinstance(whole, Add) else (whole,)
                        left = [t for t in node.args if t is not two]
                        for part in parts:
                            hit = next((t for t in left if equal(t, part)), None)
                            if hit is None:
                                break
                            left = [t for t in left if t is not hit]
                        else:
                            if along.size == k.size and along not in free_indices(body):
                                return (*left, Call("log_softmax", (whole, IndexVal(along))))
        return node.args
