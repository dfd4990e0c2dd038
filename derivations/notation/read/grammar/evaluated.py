r"""Values at a place: a^2 \big|_{a = b}, \left. f \right|_{a=0}^{a=c}."""

from __future__ import annotations

from derivations.notation.errors import put
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.expressions import parse_additive, parse_factor
from derivations.notation.read.grammar.letters import is_evaluation
from derivations.notation.read.surface import At, Group, Name, Negative, Product, Surface, Terms
from derivations.notation.read.token import Token


def evaluated_group(cursor: Cursor, base: Surface, token: Token) -> Surface | None:
    """(a + b) |_{a = c}: the bracket before it is what is evaluated; None where no bracket stands there."""
    if not isinstance(base, Group) or not is_evaluation(cursor, token):
        return None
    return evaluated(cursor, base)


def evaluated_whole(cursor: Cursor, value: Surface) -> Surface:
    """a + b |_{b = c}: all that stands before it, unless that makes a difference."""
    mark = cursor.pos
    made = evaluated(cursor, value)
    if isinstance(value, Product):
        shown = cursor.text[value.start : made.end]
        cursor.note("place", f"{shown} was read as the whole product at that place", value.start, made.end)
    elif isinstance(value, Terms):
        parts = value.below()
        names = {n.row.name for n in first_place(made).names}
        if any(isinstance(x, Name) and x.row.name in names for part in parts[:-1] for x in all_below(part)):
            last = parts[-1]
            head, tail = cursor.text[value.start : value.end], cursor.text[cursor.toks[mark].start : made.end]
            before, end = cursor.text[value.start : last.start], cursor.text[last.start : value.end]
            raise cursor.fail(
                f"{cursor.text[value.start : made.end]} reads two ways", span=(value.start, made.end),
                tag="ambiguous", expected="brackets around what is evaluated",
                readings=put(cursor.text, (value.start, made.end), f"({head}){tail}", f"{before}({end}){tail}"),
            )  # fmt: skip
    return made


def evaluated(cursor: Cursor, body: Surface) -> Surface:
    """What stands below, and above, the bar that the cursor is at."""
    places: dict[str, Surface] = {}
    cursor.pos += 1
    while cursor.toks[cursor.pos].kind in ("_", "^") and cursor.toks[cursor.pos].kind not in places:
        sign = cursor.toks[cursor.pos].kind
        places[sign] = place(cursor, body)
    if "^" not in places:
        return places["_"]
    high, low = places["^"], places["_"]
    return cursor.node(Terms(body.start, high.end, (high, cursor.node(Negative(low.start, low.end, low)))))


def place(cursor: Cursor, body: Surface) -> Surface:
    """{a = b, c = d}"""
    group = cursor.toks[cursor.pos + 1]
    if group.kind != "{":
        raise cursor.fail("a place is written {a = 0}", group, "the name and its value, in braces")
    cursor.pos += 2
    names: list[Name] = []
    values: list[Surface] = []
    while True:
        name = parse_factor(cursor)
        sign = cursor.toks[cursor.pos]
        if not isinstance(name, Name) or sign.value != "=":
            raise cursor.fail("a place is a name and its value", sign, "the name and its value, as in {a = 0}")
        cursor.pos += 1
        names.append(name)
        values.append(cursor.guarded(parse_additive))
        if cursor.toks[cursor.pos].kind != ",":
            break
        cursor.pos += 1
    close = cursor.expect("}", "the end of the place")
    return cursor.node(At(body.start, close.end, body, tuple(names), tuple(values)))


def first_place(made: Surface) -> At:
    """The place of a value, the upper one of two."""
    if isinstance(made, Terms):
        made = made.parts[0]
    assert isinstance(made, At)
    return made


def all_below(tree: Surface) -> list[Surface]:
    """A tree and all its parts."""
    return [tree, *(x for part in tree.below() for x in all_below(part))]
