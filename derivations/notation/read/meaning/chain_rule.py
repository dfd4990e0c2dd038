r"""Products of the chain rule, by the names in their derivatives.

    ∂L/∂y · ∂y/∂β          Σ_ij ∂L/∂y_ij ∂y_ij/∂β_k        over all axes of y
    ∂L/∂y_i · ∂y_i/∂β      Σ_j  ∂L/∂y_ij ∂y_ij/∂β_k        over those that y_i has left
    ∂y/∂β · ∂L/∂y          the same, as it is written in denominator layout
    (δ ⊙ s) · ∂u/∂w        over the axes of u, where the first factor has just these

What stands between two derivatives says over which axes the product is; their layout does not matter.
"""

from __future__ import annotations

from derivations.formula import Elem, IndexExpr, Node, mul, total, walk
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.values import Rate, Val, find, indices_of, unify
from derivations.notation.read.surface import Derivative, Group, Indexed, Label, Name, Surface, Transposed
from derivations.notation.spelling import adjoint, canonical


def rate_of(meaning: Meaning, t: Surface, value: Val) -> Rate | None:
    """What a derivative that was written is of and by; None for anything else, and where it has no axes to
    contract."""
    if not value.sizes:
        return None
    while isinstance(t, Group) or (isinstance(t, Transposed) and len(value.sizes) > 2):
        t = t.body
    if isinstance(t, Derivative):
        outer = len(meaning.value(t.of).sizes)
        return Rate(_shown(meaning, t.of), _shown(meaning, t.wrt), outer, _entry_by_entry(t))
    base = t.base if isinstance(t, (Indexed, Label)) else t
    split = adjoint(base.row.name) if isinstance(base, Name) else None
    top = meaning.scope.rows.get(canonical(split[0])) if split is not None else None
    if split is None or (top is not None and top.sizes):
        return None
    return Rate(canonical(split[0]), canonical(split[1]) + _below(meaning, t), 0)


def factor_of(meaning: Meaning, t: Surface) -> Val:
    """A factor of a product; the transpose of a derivative with more than two axes is the derivative."""
    if isinstance(t, Transposed):
        inner = t.body
        while isinstance(inner, Group):
            inner = inner.body
        if isinstance(inner, Derivative):
            value = meaning.value(inner)
            if len(value.sizes) > 2:
                value.span = (t.start, t.end)
                return value
    return meaning.value(t)


def _entry_by_entry(t: Derivative) -> bool:
    """Whether A of ∂A/∂Z is computed from Z entry by entry."""
    if not isinstance(t.of, Name) or not isinstance(t.wrt, Name):
        return False
    made, by = t.of.row.definition, t.wrt.row.name
    if made is None:
        return False
    used = [n for n in walk(made.body) if isinstance(n, Elem) and n.name == by]
    return bool(used) and all(e.at == made.free + made.axes for e in used)


def _shown(meaning: Meaning, t: Surface) -> str:
    """What a derivative is of or by: a declared name with its subscripts, an expression as it is written."""
    while isinstance(t, Group):
        t = t.body
    base = t.base if isinstance(t, (Indexed, Label)) else t
    if isinstance(base, Name):
        return canonical(base.row.name) + _below(meaning, t)
    return "".join(meaning.source((t.start, t.end)).split())


def _below(meaning: Meaning, t: Surface) -> str:
    """The subscripts of a name, one spelling for x_i and x^{(i)}."""
    if not isinstance(t, (Indexed, Label)):
        return ""
    letters = [
        letter
        for item in t.items
        for letter in (
            meaning.scope.letters(item.text, meaning.letters) if item.kind == "word" else [meaning.source(item.span)]
        )
    ]
    return "_" + ",".join(letters)


def chained(meaning: Meaning, a: Val, b: Val, op: str) -> Val | None:
    """The product of two factors of the chain rule; None where they are none, and for a ⊙ that is none of entries."""
    first, second = a.rate, b.rate
    if second is None or op == "/" or (op == "odot" and not (meaning.entry_by_entry or second.entrywise)):
        return None
    if first is not None and first.by == second.of:
        return _contracted(meaning, a, len(a.sizes) - first.outer, b, Rate(first.of, second.by, first.outer))
    if first is not None and first.of == second.by:
        return _contracted(meaning, b, len(b.sizes) - second.outer, a, Rate(second.of, first.by, second.outer))
    if first is None and 0 < len(a.sizes) == second.outer and len(b.sizes) > 2:
        return _contracted(meaning, a, len(a.sizes), b, Rate("", second.by, 0))
    return None


def _contracted(meaning: Meaning, a: Val, over: int, b: Val, rate: Rate) -> Val | None:
    """Σ over the last axes of one and the first of the other; None where there are none or their sizes differ."""
    keep = len(a.sizes) - over
    if not over or len(b.sizes) < over or not all(map(unify, a.sizes[keep:], b.sizes[:over])):
        return None

    def at(*indices: IndexExpr) -> Node:
        inner = [1 if find(size) == 1 else meaning.index("k", size) for size in b.sizes[:over]]
        return total(indices_of(*inner), mul(a.entry(*indices[:keep], *inner), b.entry(*inner, *indices[keep:])))

    sizes = (*a.sizes[:keep], *b.sizes[over:])
    made = meaning.made(sizes, at, a, b) if sizes else Val(at())
    made.rate = rate
    return made
