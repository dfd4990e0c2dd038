"""Norms that neither overflow nor vanish: √Σ_i a_i² is computed over the largest |a_i|.

    √Σ_i a_i² → norm_i a_i        √(a² + b²) → hypot(a, b)        √(c + Σ_i a_i²) → hypot(√c, norm_i a_i)
    a_i / norm_i a_i is one factor, also inside a sum beside it: Σ_i a_i b_i / norm_i a_i → Σ_i (a_i / norm_i a_i) b_i

`norm` is a binder and `hypot` a function that only emitted code knows.
"""

from __future__ import annotations

from fractions import Fraction

from derivations.emit.stable.exponents import growing, whole
from derivations.emit.stable.shares import entry_of, same
from derivations.formula import (
    HALF,
    MINUS_ONE,
    Add,
    Bound,
    Call,
    Index,
    Mul,
    Node,
    Num,
    Pow,
    SizeVal,
    call,
    free_indices,
    mul,
    power,
    reindex,
    walk,
)


def root_of_squares(node: Node) -> Node | None:
    """√node where the node is a sum of squares and of positive numbers, at least one of them no number."""
    terms = node.args if isinstance(node, Add) else (node,)
    roots = [_root(t) for t in terms]
    if (
        any(r is None for r in roots)
        or all(isinstance(t, Num) for t in terms)
        or (len(terms) == 1 and not isinstance(_bare(node), Bound))
    ):
        return None
    made = roots[0]
    for r in roots[1:]:
        made = call("hypot", made, r)  # type: ignore[arg-type]
    return made


def _bare(node: Node) -> Node:
    """A term without the number in front of it. A mean of squares, with a size below it, is no square of a norm:
    `_deviation`."""
    return (
        node.args[1]
        if isinstance(node, Mul) and len(node.args) == 2 and isinstance(node.args[0], Num) and node.args[0].value > 0
        else node
    )


def _root(node: Node) -> Node | None:
    """√ of c, of a², of Σ_i a_i²; of those times positive numbers."""
    match node:
        case Num(value) if value > 0:
            return Num(Fraction(1)) if value == 1 else Pow(node, HALF)
        case Pow(base, Num(p)) if p == 2:
            return base
        case Bound("sum", indices, Pow(base, Num(p))) if p == 2 and not _deviation(base, indices):
            return Bound("norm", indices, base)
        case Mul((c, _)) if (inner := _bare(node)) is not node:
            made = _root(inner)
            return None if made is None else mul(Pow(c, HALF), made)
    return None


def _deviation(node: Node, indices: tuple[Index, ...]) -> bool:
    """Whether what is squared holds a mean over the same range: its square is a variance, which the models have as a
    number of its own."""
    return any(isinstance(n, SizeVal) and n.size in {i.size for i in indices} for n in walk(node))


def rooted(node: Pow) -> Node:
    """(Σ a²)^(p/2) → norm^p for odd p, and for every p < 0."""
    if (
        isinstance(node.exponent, Num)
        and node.exponent.value.denominator <= 2
        and (node.exponent.value.denominator == 2 or node.exponent.value < 0)
    ):
        made = None if any(growing(n) for n in walk(node.base)) else root_of_squares(node.base)
        if made is not None:
            return power(made, Num(2 * node.exponent.value))
    return node


def unit_factors(factors: list[Node]) -> bool:
    """a_i norm^-p → (a_i/norm) norm^(1-p) for one factor, or one inside a sum beside it; whether one was found."""
    for q, b in enumerate(factors):
        if not (isinstance(b, Pow) and isinstance(b.exponent, Num) and b.exponent.value <= -1):
            continue
        length = b.base
        if not (
            (isinstance(length, Bound) and length.op == "norm") or (isinstance(length, Call) and length.fn == "hypot")
        ):
            continue
        for p, f in enumerate(factors):
            made = _unit(f, length) if p != q else None
            if made is None:
                continue
            factors[p] = made
            if b.exponent.value == -1:
                del factors[q]
            else:
                factors[q] = Pow(length, Num(b.exponent.value + 1))
            return True
    return False


def _unit(node: Node, length: Node) -> Node | None:
    """The factor, or the sum, divided by the length of which it is an entry; None where it is none."""
    if _entry(node, length):
        return whole(mul(node, power(reindex(length, {}), MINUS_ONE)))
    if (
        isinstance(node, Pow)
        and isinstance(node.exponent, Num)
        and node.exponent.value.denominator == 1
        and node.exponent.value >= 2
        and _entry(node.base, length)
    ):
        one = whole(mul(node.base, power(reindex(length, {}), MINUS_ONE)))
        return mul(one, power(node.base, Num(node.exponent.value - 1)))
    if isinstance(node, Bound) and node.op == "sum":
        inner = list(node.body.args) if isinstance(node.body, Mul) else [node.body]
        for k, f in enumerate(inner):
            if (made := _unit(f, length)) is not None:
                return Bound("sum", node.indices, mul(*inner[:k], made, *inner[k + 1 :]))
    return None


def _entry(node: Node, length: Node) -> bool:
    """Whether a factor is one of the numbers that a length is of."""
    match length:
        case Bound("norm", (k,), body):
            return entry_of(body, k, node) is not None
        case Bound("norm", (k, l), body):
            return any(
                same(reindex(body, {k: i, l: j}), node)
                for i in free_indices(node)
                for j in free_indices(node)
                if i is not j and i.size == k.size and j.size == l.size and not {i, j} & free_indices(body)
            )
        case Call("hypot", args):
            return any(same(a, node) or _entry(node, a) for a in args)
    return False


__all__ = ["root_of_squares", "rooted", "unit_factors"]
