"""Rewritings of array programs that save passes over memory; each leaves the value as it is up to rounding.

Σ_i a_ij (b_ij / s_j)          → (Σ_i a_ij b_ij) / s_j           what the sum does not touch comes out of it
g_j (m a_ij - u_j - b_ij v_j)  → (g_j m) a_ij - b_ij (g_j v_j) - g_j u_j    small arrays are multiplied first
a_ij / s_j                     → a_ij (1/s_j)                     one division a column
Xᵀ (s ∘ X)                     → (√s ∘ X)ᵀ (√s ∘ X) for s ≥ 0     BLAS computes half of a symmetric product
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from derivations.emit.program import (
    Array,
    Contract,
    Literal,
    Map,
    Reduce,
    Softmax,
    in_order,
    operands,
    over,
    rewritten,
)


def in_fewer_passes(
    outputs: Mapping[str, Array], nodes: Mapping[Array, str]
) -> tuple[dict[str, Array], dict[Array, str]]:
    """The outputs and the names of nodes after all rewritings."""
    roots = tuple(outputs.values())
    uses: Tally[Array] = Tally(roots)
    for a in in_order(roots):
        uses.update(operands(a))
    whole: set[Array] = set()
    """What is computed anyway, because several arrays use it."""

    def step(a: Array, visit: Callable[[Array], Array]) -> Array:
        whole.update(visit(x) for x in operands(a) if uses[x] > 1)
        return _rules(over(a, visit), whole)

    return rewritten(outputs, nodes, step)


def _rules(a: Array, whole: Collection[Array]) -> Array:
    a = _spread_out(_out_of_sum(a), whole)
    for rule in (_by_reciprocal, _symmetric):
        a = rule(a)
    return a


def _out_of_sum(a: Array) -> Array:
    """Σ a·(b∘s) → (Σ a·b)∘s where every axis of s is kept, ∘ a product or a quotient, and the sum has fewer axes than
    b: a product of two matrices may be larger than either."""
    if not isinstance(a, Contract):
        return a
    for side, other, labels, own in ((a.a, a.b, a.la, a.lb), (a.b, a.a, a.lb, a.la)):
        if not (isinstance(side, Map) and side.fn in ("multiply", "divide") and len(side.args) == 2):
            continue
        x, s = side.args
        px, ps = side.places
        if side.fn == "multiply" and len(px) < len(ps):
            x, s, px, ps = s, x, ps, px
        if side.fn == "divide" and _length(s):
            continue  # x_i / |x| neither overflows nor vanishes, a sum of x_i does
        if len(px) != len(side.shape) or len(ps) >= len(px) or s.kind == "bool" or x.kind == "bool":
            continue
        if len(a.out) >= len(px) and ps:
            continue
        kept = [labels[p] for p in ps]
        if not all(k in a.out for k in kept):
            continue
        inner_labels = tuple(labels[p] for p in px)
        inner = (
            Contract(x, other, inner_labels, own, a.out)
            if side is a.a
            else Contract(other, x, own, inner_labels, a.out)
        )
        return Map(
            side.fn, (_out_of_sum(inner), s), (tuple(range(len(a.out))), tuple(a.out.index(k) for k in kept)), a.shape
        )
    return a


def _symmetric(a: Array) -> Array:
    """Σ_i x_ij (s_i x_ik) → Σ_i r_ij r_ik, r = √s ∘ x, where s is certainly not negative."""
    if not (isinstance(a, Contract) and len(a.la) == len(a.lb) == len(a.out) == 2 and len({*a.la, *a.lb}) == 3):
        return a
    for x, y, labels, own in ((a.a, a.b, a.la, a.lb), (a.b, a.a, a.lb, a.la)):
        summed = next(k for k in labels if k in own)
        if not (isinstance(y, Map) and y.fn == "multiply" and labels.index(summed) == own.index(summed)):
            continue
        for s, places, other in ((*pair, y.args[1 - k]) for k, pair in enumerate(zip(y.args, y.places, strict=True))):
            if other == x and places == (own.index(summed),) and _not_negative(s):
                root = Map("sqrt", (s,), ((0,),), s.shape)
                new = Map("multiply", (root, x), (places, (0, 1)), x.shape)
                return Contract(new, new, a.la, a.lb, a.out)
    return a


def _not_negative(a: Array) -> bool:
    """Whether all entries are certainly at least 0."""
    match a:
        case Softmax() | Map("sigmoid" | "sigmoid_slope" | "exp" | "square" | "sqrt" | "abs" | "relu" | "softplus"):
            return True
        case Literal(value):
            return value >= 0
        case Map("multiply" | "divide" | "add", args):
            return all(map(_not_negative, args))
        case Map("subtract", (Literal(value), b)):
            return value == 1 and (isinstance(b, Softmax) or (isinstance(b, Map) and b.fn == "sigmoid"))
        case _:
            return False


def _length(a: Array) -> bool:
    return (isinstance(a, Reduce) and a.op == "norm") or (isinstance(a, Map) and a.fn == "hypot")


Term = tuple[
    int, list[tuple[Array, tuple[int, ...]]], list[tuple[Array, tuple[int, ...]]], tuple[Array, tuple[int, ...]] | None
]
"""sign, small factors above, small factors below, the large factor (None: the term is small), each with its places."""


def _spread_out(a: Array, whole: Collection[Array]) -> Array:
    """small · (Σ of small · large) with the outer factor multiplied into the small ones; large factors that are sums
    stay whole, and so do sums that are computed anyway."""
    if not (isinstance(a, Map) and a.fn in ("multiply", "divide") and len(a.args) == 2 and len(a.shape) >= 2):
        return a
    inner = next((x for x, p in zip(a.args, a.places, strict=True) if len(p) == len(a.shape)), None)
    if not (isinstance(inner, Map) and inner.fn in ("add", "subtract")):
        return a
    terms = _terms(a, tuple(range(len(a.shape))), len(a.shape), whole)
    if terms is None or sum(1 for t in terms if t[3] is not None) < 2:
        return a
    if any(t[3] is not None and not t[1] and not t[2] for t in terms):
        return a
    if any(len({k for _, p in (*up, *down) for k in p}) == len(a.shape) for _, up, down, _ in terms):
        return a  # g_j / s_i is as large as what it would be multiplied by
    return _combined(terms, a)


def _terms(a: Array, places: tuple[int, ...], rank: int, whole: Collection[Array]) -> list[Term] | None:
    """A sum as signed products of small arrays and at most one large one."""
    if len(places) < rank:
        return [(1, [(a, places)], [], None)]
    if isinstance(a, Map) and a.kind == "float":
        parts = [(x, tuple(places[k] for k in p)) for x, p in zip(a.args, a.places, strict=True)]
        if a.fn == "negative":
            inner = _terms(*parts[0], rank, whole)
            return None if inner is None else [(-s, u, d, x) for s, u, d, x in inner]
        apart = a not in whole and all(len(p) == rank or _small(x) for x, p in parts)
        if a.fn in ("add", "subtract") and apart and _spreads(a, rank):
            left, right = _terms(*parts[0], rank, whole), _terms(*parts[1], rank, whole)
            if left is None or right is None:
                return None
            return left + [(s if a.fn == "add" else -s, u, d, x) for s, u, d, x in right]
        if a.fn in ("multiply", "divide"):
            (x, px), (y, py) = parts
            if a.fn == "multiply" and len(px) < rank == len(py):
                (x, px), (y, py) = (y, py), (x, px)
            if len(py) < rank == len(px) and y.kind != "bool":
                inner = _terms(x, px, rank, whole)
                if inner is None:
                    return None
                return [
                    (s, [*u, (y, py)] if a.fn == "multiply" else u, d if a.fn == "multiply" else [*d, (y, py)], big)
                    for s, u, d, big in inner
                ]
    return [(1, [], [], (a, places))]


def _small(a: Array) -> bool:
    return True


def _spreads(a: Map, rank: int) -> bool:
    """Whether a sum may be multiplied out: x - μ may not (its digits would cancel later), m·y - u - v·x may."""
    large = [x for x, p in zip(a.args, a.places, strict=True) if len(p) == rank]
    return len(large) == 2 or any(
        isinstance(x, Map) and x.fn in ("add", "subtract", "multiply", "divide") for x in large
    )


def _product(
    parts: list[tuple[Array, tuple[int, ...]]], below: list[tuple[Array, tuple[int, ...]]], sizes: tuple
) -> tuple[Array, tuple[int, ...]]:
    """Π parts / Π below of small arrays, the number first, then the smallest."""
    number = Fraction(1)
    for x, _ in parts:
        number *= x.value if isinstance(x, Literal) else 1
    work = [(x, p, "multiply") for x, p in parts if not isinstance(x, Literal)]
    work = sorted([*work, *((x, p, "divide") for x, p in below)], key=lambda t: (len(t[1]), t[2] == "divide"))
    first = next((k for k, row in enumerate(work) if row[2] == "multiply"), None)
    if number != 1 or first is None:
        work.insert(first := 0, (Literal(number), (), "multiply"))
    array, places, _ = work.pop(first)
    for x, p, fn in work:
        union = tuple(sorted({*places, *p}))
        here = (tuple(union.index(k) for k in places), tuple(union.index(k) for k in p))
        array, places = (
            Map(
                fn,
                (array, x),
                here,
                tuple(sizes[k] for k in union),
                "static" if array.kind == x.kind == "static" else "float",
            ),
            union,
        )
    return array, places


def _combined(terms: list[Term], a: Map) -> Array:
    sizes = a.shape
    whole = tuple(range(len(sizes)))
    large = [t for t in terms if t[3] is not None]
    small = [t for t in terms if t[3] is None]
    pieces: list[tuple[int, Array, tuple[int, ...]]] = []
    for sign, up, down, big in large:
        assert big is not None
        c, pc = _product(up, down, sizes)
        pieces.append((sign, Map("multiply", (big[0], c), (big[1], pc), sizes), whole))
    pieces.sort(key=lambda t: -t[0])
    for sign, up, down, _ in small:
        c, pc = _product(up, down, sizes)
        pieces.append((sign, c, pc))
    sign, result, _ = pieces[0]
    if sign < 0:
        result = Map("negative", (result,), (whole,), sizes)
    for s, x, p in pieces[1:]:
        result = Map("add" if s > 0 else "subtract", (result, x), (whole, p), sizes)
    return result


def _by_reciprocal(a: Array) -> Array:
    """a / s → a · (1/s) where s is smaller than a; 2 a / s → a · (2/s), also for a number s."""
    match a:
        case Map("divide", (Map("multiply", (Literal() as number, x), ((), px)), s), (every, ps), sizes, "float") if (
            len(every) == len(px) == len(sizes) >= 2 and not ps and s.kind == "float"
        ):
            share = Map("divide", (number, s), ((), ps), s.shape)
            return Map("multiply", (x, share), (tuple(every[k] for k in px), ps), sizes)
        case Map("divide", (x, s), (px, ps), sizes, "float") if (
            len(sizes) >= 2 and 0 < len(ps) < len(px) == len(sizes) and s.kind == "float"
        ):
            one = Map("divide", (Literal(Fraction(1)), s), ((), tuple(range(len(ps)))), s.shape)
            return Map("multiply", (x, one), (px, ps), sizes)
    return a
