"""Arrays as indices, as code has them: `f[np.arange(n), y]`, `E[w]`, `np.eye(K)[y]`.

They are read together, as NumPy reads them: one axis for each of theirs, in the place of the first. Labels count from 0
there and entries do as well, so that an array alone picks what y_i does below a name; `y - 1` would be one or the
other.
"""

from __future__ import annotations

from derivations.formula import IndexExpr, IndexVal, Node
from derivations.notation.read.meaning.arrays import position, size_of
from derivations.notation.read.meaning.context import Meaning
from derivations.notation.read.meaning.entries import check_axis, entries, index_expressions
from derivations.notation.read.meaning.values import AnySize, Val, find, squeeze, unify
from derivations.notation.read.surface import Indexed, OfCode, Subscript


def indexed(meaning: Meaning, t: Indexed) -> Val:
    """Entries; where arrays stand as indices, the array of the entries that they pick."""
    return picked(meaning, t) if any(item.kind == "array" for item in t.items) else entries(meaning, t)


def picked(meaning: Meaning, t: Indexed) -> Val:
    """The array of the entries that arrays of indices pick."""
    base = meaning.value(t.base)
    shown = meaning.source((t.base.start, t.base.end))
    axes = len(base.sizes)
    if len(t.items) > axes:
        said = f"{shown} has {axes} {'axis' if axes == 1 else 'axes'}; here are {len(t.items)} indices"
        raise meaning.fail(said, t, "an index for each axis", "index")
    arrays = [_array(meaning, item) for item in t.items]
    at = [k for k, array in enumerate(arrays) if array is not None]
    if at != list(range(at[0], at[-1] + 1)):
        raise meaning.fail(
            "arrays of indices stand apart: where their axis goes is NumPy's to say", t, "them side by side", "index"
        )
    lead = next(array for array in arrays if array is not None)
    for array in arrays:
        if array is not None and not _same(array.sizes, lead.sizes):
            raise meaning.shape_fault("indices", [lead, array], (t.start, t.end), "one index of each is taken together")
    plain: list[IndexExpr | None] = []
    for item, array, size in zip(t.items, arrays, base.sizes, strict=False):
        if array is not None:
            check_axis(meaning, position(meaning, array, _any(meaning, array), t), size, len(plain) + 1, t, shown)
            plain.append(None)
            continue
        (one,) = index_expressions(meaning, [item], 1, t, shown)
        if one is not None:
            check_axis(meaning, one, size, len(plain) + 1, t, shown)
        plain.append(one)
    rest = len(base.sizes) - len(arrays)
    left: list[AnySize] = []
    for k, one in enumerate(plain):
        if k == at[0]:
            left += lead.sizes
        elif arrays[k] is None and one is None:
            left.append(base.sizes[k])
    left += base.sizes[len(arrays) :]

    def entry(*where: IndexExpr) -> Node:
        given, taken = list(where), None
        place: list[IndexExpr] = []
        for k, one in enumerate(plain):
            array = arrays[k]
            if array is not None:
                if taken is None:
                    taken = tuple(given[: len(lead.sizes)])
                    del given[: len(lead.sizes)]
                place.append(position(meaning, array, taken, t))
            else:
                place.append(given.pop(0) if one is None else one)
        return base.entry(*place, *given[:rest])

    return meaning.made(*squeeze(tuple(left), entry), base)


def _array(meaning: Meaning, item: Subscript) -> Val | None:
    """The array that an index is: labels, or 0, 1, 2, …; None for a single index and a whole axis."""
    if item.kind != "array":
        return None
    tree = item.terms[0][0]
    assert not isinstance(tree, str)
    if isinstance(tree, OfCode):
        made = meaning.made((size_of(meaning, tree.parts[0]),), lambda i: IndexVal(i))
        made.span = item.span
        return made
    return meaning.value(tree)


def _same(a: tuple[AnySize, ...], b: tuple[AnySize, ...]) -> bool:
    return len(a) == len(b) and all(unify(x, y) for x, y in zip(a, b, strict=True))


def _any(meaning: Meaning, v: Val) -> tuple[IndexExpr, ...]:
    """Indices of an array, to see over what its entries run."""
    return tuple(meaning.index("i", find(s)) for s in v.sizes)
