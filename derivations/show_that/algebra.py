"""What the rules of a chain do to one place of a tree."""

from __future__ import annotations

from collections.abc import Sequence

from derivations.domains import Names
from derivations.formula import (
    ONE,
    Add,
    Bound,
    Call,
    Delta,
    Elem,
    Index,
    Key,
    MatrixAtom,
    Mul,
    Node,
    Num,
    Pow,
    add,
    binders,
    call,
    children,
    count,
    free_indices,
    key,
    map_up,
    mul,
    power,
    rebuild,
    reindex,
    terms_of,
    total,
    walk,
)
from derivations.simplify.same import opened
from derivations.simplify.tidy import tidy

LARGEST = 600
"""Nodes of a form that is looked at."""
MAX_PRODUCT = 60
"""Terms of a product that is multiplied out."""


def multiply(node: Node, names: Names) -> Node:
    """(a + b)c = ac + bc, (a + b)² = a² + 2ab + b², Σ (a + b) = Σ a + Σ b, everywhere; tidied."""
    below = children(node)
    if below:
        node = tidy(rebuild(node, tuple(multiply(c, names) for c in below)), names)
    match node:
        case Mul(args) | Pow(Mul(args), _) if any(_opens(a) for a in args):
            factors = args if isinstance(node, Mul) else ()
        case Pow() if _opens(node):
            factors = (node,)
        case Bound("sum", indices, Add(terms)):
            return tidy(add(*(multiply(reindex(total(indices, t), {}), names) for t in terms)), names)
        case _:
            return node
    made: list[Node] = [ONE]
    for part in factors:
        base, times = (
            (part.base, int(part.exponent.value))
            if _opens(part) and isinstance(part, Pow) and isinstance(part.exponent, Num)
            else (part, 1)
        )
        for _ in range(times):
            made = [tidy(mul(a, reindex(b, {})), names) for a in made for b in terms_of(base)]
            if len(made) > MAX_PRODUCT:
                return node
    return tidy(add(*made), names)


def _opens(node: Node) -> bool:
    match node:
        case Add():
            return True
        case Pow(Add(), Num(e)):
            return e.denominator == 1 and 2 <= e <= 4
        case _:
            return False


def one_sum(node: Node) -> Node | None:
    if isinstance(node, Bound) and node.op == "sum":
        indices, factors = opened(node)
        return Bound("sum", tuple(indices), mul(*factors)) if len(indices) > len(node.indices) else None
    return None


def exponential_of(term: Node) -> Node:
    factors = term.args if isinstance(term, Mul) else (term,)
    for k, part in enumerate(factors):
        if isinstance(part, Call) and part.fn == "log":
            return power(part.args[0], mul(*factors[:k], *factors[k + 1 :]))
    return call("exp", term)


def inverses_in(node: Node, axes: tuple[Index, ...]) -> tuple[MatrixAtom, ...]:
    """The inverses of a formula that one of its axes stands at, and whose matrix holds no other index."""
    found: dict[Key, MatrixAtom] = {}
    for part in walk(node):
        if (
            isinstance(part, MatrixAtom)
            and part.op == "inv"
            and set(part.at) & set(axes)
            and not free_indices(part.body) - {part.row, part.col}
        ):
            found.setdefault(key(part), part)
    return tuple(found.values())


def inverse_pair(one: Node, two: Node, indices: Sequence[Index], factors: Sequence[Node]) -> tuple[Index, Node] | None:
    """The index that joins A⁻¹ and A when nothing else stands at it, and the δ that is left."""
    if not (
        isinstance(one, MatrixAtom)
        and one.op == "inv"
        and isinstance(two, Elem)
        and isinstance(one.body, Elem)
        and one.body.name == two.name
    ):
        return None
    at = two.at if one.body.at == (one.row, one.col) else two.at[::-1] if one.body.at == (one.col, one.row) else None
    if at is None:
        return None
    for k, i, j in ((one.at[1], one.at[0], at[1]), (one.at[0], one.at[1], at[0])):
        joins = at[0] if k is one.at[1] else at[1]
        if (
            isinstance(k, Index)
            and k is joins
            and k in indices
            and sum(k in free_indices(f) for f in factors) == 2
            and k not in (i, j)
        ):
            return k, Delta(i, j)
    return None


def as_fraction(node: Node, names: Names) -> tuple[Node, ...]:
    from derivations.sympy_bridge.algebra import rational  # late: SymPy takes 0.3 s to import

    inner = _below_arithmetic(node, names)
    if not isinstance(inner, Add | Mul | Pow) or count(inner) > LARGEST // 2:
        return (inner,)
    return rational(map_up(inner, _one_exponential))


def _below_arithmetic(node: Node, names: Names) -> Node:
    """The tree with the arguments of functions and sums as fractions in lowest terms."""
    below = children(node)
    if isinstance(node, Add | Mul) or (isinstance(node, Pow) and isinstance(node.exponent, Num)):
        return rebuild(node, tuple(_below_arithmetic(c, names) for c in below))
    if not below or (binders(node) and isinstance(node, MatrixAtom)):
        return node
    return tidy(rebuild(node, tuple(tidy(as_fraction(c, names)[0], names) for c in below)), names)


def _one_exponential(node: Node) -> Node | None:
    """e^(c a) as (e^a)^c for whole c, so that e^z and e^-z are one quantity."""
    if isinstance(node, Call) and node.fn == "exp":
        a = node.args[0]
        factors = a.args if isinstance(a, Mul) else (a,)
        if (
            isinstance(factors[0], Num)
            and len(factors) > 1
            and factors[0].value.denominator == 1
            and abs(factors[0].value) <= 8
        ):
            return Pow(call("exp", mul(*factors[1:])), factors[0])
    return None
