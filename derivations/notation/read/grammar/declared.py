r"""Declared functions at their arguments: f(x), f'(x), k(x, z), f(x; w), f_w(x), φ_l(x)."""

from __future__ import annotations

from collections.abc import Sequence

from derivations.domains import Declared
from derivations.notation.read.grammar.attached import places
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.subscripts import count_loose
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.surface import FunctionOf, Indexed, Name, Subscript, Surface
from derivations.notation.read.token import Token


def application_of(cursor: Cursor, token: Token, row: Declared, items: Sequence[Subscript] = ()) -> Surface:
    """A function at what its bracket lists. What follows a `;` are parameters: of a function that is declared with
    them they are arguments as well."""
    order = 0
    while cursor.toks[cursor.pos].kind == "'":
        order += 1
        cursor.pos += 1
    bracket = cursor.toks[cursor.pos]
    if bracket.kind not in ("(", "{", "["):
        raise cursor.fail(f"{row.name} is a function and needs its argument", bracket, f"{row.name}(…)")
    _bar_apart(cursor, bracket)
    cursor.pos += 1
    args = [cursor.guarded(parse_full)]
    between = (",",) if row.signature is None else (",", ";")
    while cursor.toks[cursor.pos].kind in between:
        cursor.pos += 1
        args.append(cursor.guarded(parse_full))
    if cursor.toks[cursor.pos].kind == ";":
        cursor.note(
            "parameters",
            f"the parameters after {cursor.shown(cursor.toks[cursor.pos])} in {row.name}(…) were left out",
            cursor.toks[cursor.pos].start,
            cursor.toks[bracket.mate].start,
        )
        cursor.pos = bracket.mate
    if cursor.pos != bracket.mate:
        raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "the end of the argument")
    cursor.pos += 1
    end = cursor.toks[bracket.mate].end
    if items:
        return _below(cursor, token, row, items, args, order, end)
    return cursor.node(FunctionOf(token.start, end, tuple(args), row, order))


def _bar_apart(cursor: Cursor, bracket: Token) -> None:
    """The one bar of f(x | w) stands before parameters, as `;` does; two are an absolute value."""
    bars, k = [], cursor.pos + 1
    while k < bracket.mate:
        token = cursor.toks[k]
        if token.kind == "|":
            bars.append(token)
        k = token.mate + 1 if token.mate > k else k + 1
    if len(bars) == 1:
        bars[0].kind = ";"


def _below(
    cursor: Cursor, token: Token, row: Declared, items: Sequence[Subscript], args: list[Surface], order: int, end: int
) -> Surface:
    """f_w(x), whose parameters stand below its name, and φ_l(x), an entry of its value."""
    signature = row.signature
    if signature is None:
        raise no_index(cursor, row, items)
    shown, within = cursor.text[token.start : end], ", ".join(map(cursor.source, args))
    given = ", ".join(cursor.text[i.start : i.end] for i in items)
    held = _named(cursor, items)
    if held and len(held) == signature.held == len(signature.takes) - len(args):
        cursor.note("parameters", f"{shown} was read as {row.name}({within}; {given})", token.start, end)
        return cursor.node(FunctionOf(token.start, end, (*args, *held), row, order))
    if signature.gives and places(cursor, items) == len(signature.gives):
        cursor.note("entry", f"{shown} was read as the entry {given} of {row.name}({within})", token.start, end)
        count_loose(cursor, list(items))
        made = cursor.node(FunctionOf(token.start, end, tuple(args), row, order))
        return cursor.node(Indexed(token.start, end, made, tuple(items)))
    raise no_index(cursor, row, items)


def _named(cursor: Cursor, items: Sequence[Subscript]) -> list[Surface]:
    """The declared arrays and numbers that subscripts name; none where one of them is an index."""
    found: list[Surface] = []
    for item in items:
        row = cursor.scope.rows.get(item.text) if item.kind == "word" else None
        if row is None or row.role in ("index", "function", "size") or cursor.bound.get(item.text):
            return []
        found.append(cursor.node(Name(item.start, item.end, row)))
    return found


def no_index(cursor: Cursor, row: Declared, items: Sequence[Subscript]) -> Exception:
    """The refusal of what stands below the name of a scalar or of a function of numbers."""
    kind = "function" if row.role == "function" else "scalar"
    return cursor.fail(
        f"{row.name} is a {kind}: it takes no index",
        expected="a name with axes",
        span=(items[0].start, items[-1].end),
        tag="index",
    )
