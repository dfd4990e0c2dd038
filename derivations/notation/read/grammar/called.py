r"""Entries written as calls: V(s), α_t(i), π(a|s) of names that are declared over those indices.

The order of the axes is that of the bracket where its letters run over them so; else the one other order that fits.
What stands before a bar is given what stands behind it: the last axis of a simplex, and asked about where both orders
fit.
"""

from __future__ import annotations

from itertools import permutations

from derivations.domains import Declared
from derivations.formula import Size
from derivations.notation.errors import put
from derivations.notation.read.grammar.attached import places
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.subscripts import items_between, label_row
from derivations.notation.read.surface import Indexed, Name, Subscript
from derivations.notation.read.token import Token

MOST_AXES = 4
"""Orders of so many axes are tried."""


def called_entry(cursor: Cursor, token: Token, row: Declared, items: list[Subscript]) -> Indexed | None:
    """The entry that a call of an array is; None where its bracket lists anything but the indices that are left."""
    bracket = cursor.toks[cursor.pos]
    left = row.sizes[places(cursor, items) if items else 0 :]
    if bracket.kind != "(" or bracket.space or not 1 <= len(left) <= MOST_AXES or row.labels:
        return None
    sides = _sides(cursor, bracket)
    args = [arg for side in sides or () for arg in side]
    if sides is None or len(args) != len(left):
        return None
    end = cursor.toks[bracket.mate].end
    shown = cursor.text[token.start : end]
    order = _order(cursor, sides, left, row)
    if order is None:
        return None
    name = cursor.text[token.start : items[0].start if items else bracket.start].rstrip("_{([ ")
    given = [cursor.text[item.start : item.end] for item in items]
    ways = [f"{name}_{{{','.join([*given, *(cursor.text[a.start : a.end] for a in way)])}}}" for way in order]
    if len(order) > 1:
        raise cursor.fail(
            f"{shown} reads two ways: which axis of {row.name} is given the other?", None, "the indices below",
            "ambiguous", readings=put(cursor.text, (token.start, end), *ways), span=(token.start, end),
        )  # fmt: skip
    cursor.note("entry", f"{shown} was read as the entry {ways[0]}", token.start, end)
    cursor.pos = bracket.mate + 1
    made = cursor.node(Name(token.start, token.end, row))
    return cursor.node(Indexed(token.start, end, made, (*items, *order[0])))


def _sides(cursor: Cursor, bracket: Token) -> list[list[Subscript]] | None:
    """The indices that a bracket lists, before and behind a bar; None where something else stands there."""
    toks, at = cursor.toks, cursor.pos + 1
    sides: list[list[Subscript]] = [[]]
    while at < bracket.mate:
        stop = at
        while stop < bracket.mate and toks[stop].kind not in (",", ";", "|"):
            stop = toks[stop].mate + 1 if toks[stop].mate > stop else stop + 1
        if stop == at or toks[at].kind != "word" or any(t.kind in ("+", "-", "num", "^") for t in toks[at:stop]):
            return None
        if not _runs(cursor, toks[at].value + "'" * (stop - at - 1 if toks[at + 1].kind == "'" else 0)):
            return None
        found = items_between(cursor, at, stop)
        if len(found) != 1 or found[0].kind not in ("word", "affine"):
            return None
        sides[-1].append(found[0])
        if stop < bracket.mate and toks[stop].kind == "|":
            sides.append([])
        at = stop + 1
    return sides if len(sides) <= 2 and all(sides) else None


def _runs(cursor: Cursor, word: str) -> bool:
    """Whether a word is an index, or a label."""
    return bool(cursor.bound.get(word)) or word in cursor.scope.indices or label_row(cursor, word) is not None


def _order(
    cursor: Cursor, sides: list[list[Subscript]], left: tuple[Size, ...], row: Declared
) -> list[tuple[Subscript, ...]] | None:
    """The orders in which the indices of a bracket may be those of the axes: one, or two that nothing decides
    between."""
    args = tuple(arg for side in sides for arg in side)
    if len(sides) == 1:
        if _fits(cursor, args, left):
            return [args]
    else:
        straight, turned = args, (*sides[1], *sides[0])
        fitting = [way for way in (straight, turned) if _fits(cursor, way, left)]
        if len(fitting) == 2 and len(sides[0]) == 1 and row.domain.has("partition"):
            return [turned]
        if fitting:
            return fitting
    others = [way for way in permutations(args) if _fits(cursor, way, left)]
    return [others[0]] if len(others) == 1 else None


def _fits(cursor: Cursor, way: tuple[Subscript, ...], left: tuple[Size, ...]) -> bool:
    return all(_size(cursor, arg) in (None, size) for arg, size in zip(way, left, strict=True))


def _size(cursor: Cursor, arg: Subscript) -> Size | None:
    """The size that an index runs over; None where that is for the sum to say."""
    scope = cursor.scope
    term = arg.text if arg.kind == "word" else arg.terms[0][0]
    if isinstance(term, str):
        row = label_row(cursor, term)
        index = scope.indices.get(term)
        return scope.labels[row.name] if row is not None else index.size if index is not None else None
    base = term.base if isinstance(term, Indexed) else term
    return scope.labels[base.row.name] if isinstance(base, Name) else None
