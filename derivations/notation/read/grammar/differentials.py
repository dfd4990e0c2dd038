r"""Derivatives as written: dL/dv, ∂L/∂v, \frac{\partial L}{\partial v}, d/dz (…), and declared adjoints by their
names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from derivations.domains import Declared
from derivations.notation.read.grammar.alike import example_of, settled
from derivations.notation.read.grammar.cursor import Cursor, Primary, joined_texts
from derivations.notation.read.grammar.expressions import parse_factor, parse_primary, parse_product
from derivations.notation.read.grammar.letters import starts_operand
from derivations.notation.read.grammar.subscripts import below_too, count_loose, label_at, subscript_at
from derivations.notation.read.surface import At, Derivative, FunctionOf, Indexed, Name, Subscript, Surface, Terms
from derivations.notation.read.token import Token
from derivations.notation.spelling import ACCENTS, GREEK, canonical
from derivations.notation.words import FUNCTIONS


def skip_target(cursor: Cursor, k: int, offset: int = 0) -> int | None:
    """The position behind a name or bracket that starts at k, its subscripts and labels included; None if there is
    none."""
    t = cursor.toks[k]
    if t.kind in ("(", "{"):
        k = t.mate + 1
    elif t.kind == "word":
        k += 1
        if t.value[offset:] in FUNCTIONS and cursor.toks[k].kind == "(":
            return cursor.toks[k].mate + 1
        row = cursor.scope.rows.get(t.value[offset:])
        if row is not None and row.role == "function" and cursor.toks[k].kind == "(":
            k = cursor.toks[k].mate + 1
        if cursor.toks[k].kind == "num" and not cursor.toks[k].space:
            k += 1
    else:
        return None
    while cursor.toks[k].kind in ("_", "^", "'"):
        if cursor.toks[k].kind == "'":
            k += 1
            continue
        after = cursor.toks[k + 1]
        if after.kind in ("{", "(", "["):
            k = after.mate + 1
        elif after.kind in ("word", "num", "top", "*"):
            k += 2
        else:
            return None
        k = below_too(cursor, t.value[offset:], after, k)
    return k


def differential_at(cursor: Cursor, k: int) -> tuple[int, int] | None:
    """A `dX` or `∂X` at k: (offset of letters of d in the word, position behind); None if there is none."""
    t = cursor.toks[k]
    if t.kind == "partial" or (t.kind == "word" and t.value == "d"):
        end = skip_target(cursor, k + 1)
        return None if end is None else (0, end)
    if (
        t.kind == "word"
        and t.value[0] == "d"
        and len(t.value) > 1
        and t.value not in cursor.scope.rows
        and t.value not in FUNCTIONS
        and t.value not in GREEK
    ):
        end = skip_target(cursor, k, 1)
        return None if end is None else (1, end)
    return None


def derivative(cursor: Cursor) -> Surface | None:
    """dL/dv, ∂L/∂v, d/dz(…), d(…)/dx, or a declared `dv`; None where it is none of these."""
    start = cursor.pos
    t = cursor.toks[start]
    if (count := twice(cursor, start + 1)) and cursor.toks[start + 1 + count].kind == "/":
        below = differential_at(cursor, start + 2 + count)
        if below is None or not (last := ends_twice(cursor, below[1])):
            return None
        return again(cursor, ((start + 1, count), (below[1] - last, last)), derivative)
    if (t.kind == "partial" or t.value == "d") and cursor.toks[start + 1].kind == "/":
        below = differential_at(cursor, start + 2)
        if below is None:
            return None
        return operator_derivative(cursor, start, start + 2, below)
    above = differential_at(cursor, start)
    if above is None:
        return None
    if cursor.toks[above[1]].kind == "/":
        below = differential_at(cursor, above[1] + 1)
        if below is not None:
            return derivative_quotient(cursor, start, above, above[1] + 1, below, None)
    return short_adjoint(cursor, start)


def twice(cursor: Cursor, at: int) -> int:
    """How many tokens ^2 or ^{2} has at a position; 0 where something else stands there."""
    kinds = [t.value if t.kind == "num" else t.kind for t in cursor.toks[at : at + 4]]
    return 2 if kinds[:2] == ["^", "2"] else 4 if kinds == ["^", "{", "2", "}"] else 0


def ends_twice(cursor: Cursor, end: int) -> int:
    """The same for what ends at a position."""
    return next((n for n in (2, 4) if twice(cursor, end - n) == n), 0)


def again(
    cursor: Cursor, squares: tuple[tuple[int, int], ...], read: Callable[[Cursor], Surface | None]
) -> Surface | None:
    """d²/dz² (…), ∂²L/∂z²: the derivative that is left without each ^2, where so many tokens are, of itself."""
    for at, count in reversed(squares):
        for k in reversed(range(count)):
            cursor.drop(at + k)
    found = read(cursor)
    return cursor.node(Derivative(found.start, found.end, found, found.wrt)) if isinstance(found, Derivative) else found


def short_adjoint(cursor: Cursor, at: int) -> Surface | None:
    """`dv` where it is not declared and one adjoint ends so."""
    t = cursor.toks[at]
    if t.kind != "word":
        return None
    short = cursor.scope.short
    if t.value[0] == "d" and f"d{cursor.scope.meant(t.value[1:])}" in short:
        settled(cursor, t, 1)
    row, end, items = (
        match_adjoint(cursor, at, 1, t.value, "", {k[1:]: v for k, v in short.items()})
        if t.value[0] == "d"
        else (None, 0, [])
    )
    if row is None:
        return None
    cursor.pos = end
    made = cursor.node(Name(t.start, t.end, row))
    if items:
        count_loose(cursor, items)
        return cursor.node(Indexed(t.start, cursor.toks[end - 1].end, made, tuple(items)))
    return made


def match_adjoint(
    cursor: Cursor, at: int, offset: int, word: str, prefix: str, table: Any
) -> tuple[Any, int, list[Subscript]]:
    """The longest key of `table` that is prefix + the name at `at`; what is left of its subscripts are entries.

    A brace before `at` closes behind the name: {z_2}_i.
    """
    base = word[offset:] if offset else cursor.toks[at].value
    braced = not offset and cursor.toks[at - 1].kind == "{"
    k = at + 1
    current = prefix + base
    best: tuple[Any, int, list[Subscript]] = (table.get(current), k, [])
    rest: list[Subscript] = []
    exact = best[0] is not None
    name = Token("word", base, cursor.toks[at].start, cursor.toks[at].end)
    below = cursor.scope.rows.get(base) if exact else None
    while True:
        t = cursor.toks[k]
        behind = example_of(cursor, name, below, (), k) if below is not None and t.kind in ("^", "_") else None
        if behind is not None:
            k = behind
            best = (best[0], k, rest)
            continue
        if t.kind == "num" and k == at + 1 and not t.space and t.value.isdigit():
            items, k2 = [Subscript("num", t.start, t.end, t.value)], k + 1
        elif t.kind == "_":
            items, k2 = subscript_at(cursor, k)
        elif t.kind == "'" and not t.space:
            current += "'"
            k += 1
            if current in table:
                best, rest = (table[current], k, []), []
            continue
        elif t.kind == "^":
            label = label_at(cursor, k, True, True)
            if label is None:
                break
            items, k2 = label[1], label[2]
        elif t.kind == "}" and braced:
            k, braced = k + 1, False
            best = (best[0], k, rest)
            continue
        else:
            break
        texts = [i.text if i.kind in ("word", "num", "raw") else "?" for i in items]
        if len(texts) == 1 and texts[0] in ACCENTS:
            current += texts[0]
        else:
            current += "_" + joined_texts(texts)
        k = k2
        if current in table:
            best, rest = (table[current], k, []), []
            exact = True
        else:
            rest = rest + items
            if best[0] is not None:
                best = (best[0], k, rest)
    return best if exact or best[0] is not None else (None, k, [])


def derivative_quotient(
    cursor: Cursor, start: int, above: tuple[int, int], at: int, below: tuple[int, int], end: int | None
) -> Surface:
    """A derivative as a quotient: a declared adjoint, or ∂of/∂wrt as written. `end`: the position behind the
    fraction."""
    first = cursor.toks[start]
    begin = start + (0 if above[0] else 1)
    wrt_at = at + (0 if below[0] else 1)
    name_at = wrt_at + (cursor.toks[wrt_at].kind == "{")
    of_text = cursor.text[
        cursor.toks[begin].start + above[0] if above[0] else cursor.toks[begin].start : cursor.toks[above[1] - 1].end
    ]
    if cursor.scope.adjoints and cursor.toks[name_at].kind == "word":
        if cursor.toks[name_at].value not in cursor.scope.rows:
            settled(cursor, cursor.toks[name_at], below[0])
        top = canonical(of_text)
        squared = of_a_square(cursor, name_at, below[1], top)
        if squared is not None:
            cursor.pos = below[1] if end is None else end
            return cursor.node(Name(first.start, cursor.toks[cursor.pos - 1].end, squared))
        row, after, items = match_adjoint(
            cursor, name_at, below[0], cursor.toks[name_at].value, f"d{top}/d", cursor.scope.adjoints
        )
        if row is None and top not in cursor.scope.bases and of_text.lstrip("\\").isalpha():
            row, after, items = of_another_letter(cursor, name_at, below[0], of_text)
        by = cursor.text[cursor.toks[wrt_at].start + below[0] : cursor.toks[below[1] - 1].end]
        if row is not None and not (
            items and canonical(by) in cursor.scope.rows
        ):  # dL/dtheta_0 is no entry of dL/dtheta
            cursor.pos = after if end is None else end
            made = cursor.node(Name(first.start, cursor.toks[cursor.pos - 1].end, row))
            if items:
                count_loose(cursor, items)
                return cursor.node(Indexed(first.start, cursor.toks[cursor.pos - 1].end, made, tuple(items)))
            return made
    # A run of letters that is split on the way adds tokens: what lies behind moves.
    many = len(cursor.toks)
    of = target_of(cursor, begin, above[0], above[1])
    wrt = target_of(cursor, wrt_at + len(cursor.toks) - many, below[0], below[1] + len(cursor.toks) - many)
    cursor.pos = (below[1] if end is None else end) + len(cursor.toks) - many
    return cursor.node(Derivative(first.start, cursor.toks[cursor.pos - 1].end, of, wrt))


def of_a_square(cursor: Cursor, at: int, end: int, top: str) -> Declared | None:
    """dL/dv for `\\partial L/\\partial\\sigma^2`, where sigma = sqrt(v)."""
    of = cursor.scope.squares.get(cursor.toks[at].value)
    last = end - (cursor.toks[end - 1].kind == "}" and cursor.toks[end - 1].mate < at)
    count = ends_twice(cursor, last)
    if of is None or not count:
        return None
    found = [row for name, row in cursor.scope.adjoints.items() if name.endswith(f"/d{of}")]
    exact = [row for row in found if canonical(row.name) == f"d{top}/d{of}"]
    if exact or top in cursor.scope.bases or len(found) != 1:
        return exact[0] if exact else None
    cursor.note(
        "letter", f"{top} was read as {found[0].name[1:].split('/')[0]}", cursor.toks[at].start, cursor.toks[at].end
    )
    return found[0]


def of_another_letter(cursor: Cursor, at: int, offset: int, letter: str) -> tuple[Any, int, list[Subscript]]:
    """The adjoint that `∂J/∂y` is, where J is the writer's own letter for the only thing that has a derivative by y."""
    tops = dict.fromkeys(name.partition("/d")[0] for name in cursor.scope.adjoints)
    every = [
        (t, match_adjoint(cursor, at, offset, cursor.toks[at].value, f"{t}/d", cursor.scope.adjoints)) for t in tops
    ]
    found = [(top, one) for top, one in every if one[0] is not None]
    if len(found) != 1:
        return None, at, []
    ((top, one),) = found
    cursor.note("letter", f"{letter} was read as {top[1:]}", cursor.toks[at].start, cursor.toks[at].end)
    return one


def target_of(cursor: Cursor, at: int, offset: int, end: int) -> Surface:
    """The name or bracket of a differential, without its d."""
    t = cursor.toks[at]
    if offset:
        t = Token("word", t.value[1:], t.start + 1, t.end)
        t.space = True
        cursor.toks[at] = t
    cursor.pos = at
    cursor.enter(t)
    many = len(cursor.toks)
    found = parse_factor(cursor)
    cursor.depth -= 1
    if cursor.pos != end + len(cursor.toks) - many:
        raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "the end of the differential")
    return found


def operator_derivative(cursor: Cursor, start: int, at: int, below: tuple[int, int]) -> Surface:
    """d/dz (…): the operator takes the bracket or the factors that follow."""
    wrt = target_of(cursor, at + (0 if below[0] else 1), below[0], below[1])
    return operated(cursor, start, wrt)


def operated(cursor: Cursor, start: int, wrt: Surface) -> Surface:
    t = cursor.toks[cursor.pos]
    if not starts_operand(cursor, t):
        raise cursor.fail("a derivative of nothing", t, "what is differentiated")
    cursor.enter(t)
    of = parse_factor(cursor) if t.kind in ("(", "[", "{", r"\{") else parse_product(cursor)
    cursor.depth -= 1
    if isinstance(of, Terms) and isinstance(of.parts[0], At):  # d/dw (w^2) |_{w=0}^{w=1}
        raise cursor.fail(
            "a derivative is taken before it is evaluated at two places",
            t,
            "the derivative in brackets, and the places behind them",
            "operation",
            span=(t.start, of.end),
        )
    if isinstance(of, At):  # d/dw (w^2) |_{w=a}: the derivative, evaluated there
        made = cursor.node(Derivative(cursor.toks[start].start, of.body.end, of.body, wrt))
        return cursor.node(replace(of, start=made.start, body=made))
    return cursor.node(Derivative(cursor.toks[start].start, of.end, of, wrt))


def fraction_derivative(cursor: Cursor, token: Token) -> Surface | None:
    r"""\frac{\partial L}{\partial v}, \frac{d}{dz}(…); the position stands behind \frac."""
    a = cursor.toks[cursor.pos]
    if a.kind != "{":
        return None
    b = cursor.toks[a.mate + 1]
    if b.kind != "{":
        return None
    start = cursor.pos
    k = start + 1
    first = cursor.toks[k]
    if not (
        first.kind == "partial"
        or (first.kind == "word" and first.value[0] == "d" and first.value not in cursor.scope.rows)
    ):
        return None
    below = differential_at(cursor, a.mate + 2)
    if below is None or below[1] != b.mate:
        return None
    if (count := twice(cursor, k + 1)) and (last := ends_twice(cursor, below[1])):
        squares = ((k + 1, count), (below[1] - last, last))
        return again(cursor, squares, lambda cursor: fraction_derivative(cursor, token))
    if k + 1 == a.mate and (first.kind == "partial" or first.value == "d"):
        wrt = target_of(cursor, a.mate + 2 + (0 if below[0] else 1), below[0], below[1])
        cursor.pos = b.mate + 1
        return operated(cursor, start - 1, wrt)
    above = differential_at(cursor, k)
    if above is None or above[1] != a.mate:
        return function_above(cursor, k, below)
    begin = cursor.pos
    made = derivative_quotient(cursor, k, above, a.mate + 2, below, b.mate + 1)
    return replace(made, start=cursor.toks[begin - 1].start)


def function_above(cursor: Cursor, at: int, below: tuple[int, int]) -> Surface | None:
    r"""\frac{\partial \log y}{\partial z}: a function without brackets above, `at` the sign in front of it; None for
    anything else."""
    sign, word = cursor.toks[at], cursor.toks[at + 1]
    close = cursor.toks[at - 1]
    single = sign.kind == "partial" or sign.value == "d"
    if not single or word.kind != "word" or word.value not in FUNCTIONS or word.value in cursor.scope.rows:
        return None
    many = len(cursor.toks)
    start, cursor.pos = cursor.pos, at + 1
    cursor.enter(word)
    of = parse_product(cursor)
    cursor.depth -= 1
    if cursor.pos != close.mate:
        cursor.pos = start
        return None
    moved = len(cursor.toks) - many
    wrt = target_of(cursor, close.mate + 2 + (0 if below[0] else 1), below[0], below[1] + moved)
    cursor.pos += 1
    return cursor.node(Derivative(cursor.toks[at - 2].start, cursor.toks[cursor.pos - 1].end, of, wrt))


def slot_derivative(cursor: Cursor) -> Surface | None:
    """∂_2 k(x, z), the derivative of a declared function by its second argument; None for anything else."""
    toks, at = cursor.toks, cursor.pos
    braced = toks[at + 1].kind == "_" and toks[at + 2].kind == "{"
    number = toks[at + 2 + braced] if toks[at + 1].kind == "_" else None
    if number is None or number.kind != "num" or number.value not in "123456" or len(number.value) != 1:
        return None
    behind = toks[at + 3 + 2 * braced]
    cursor.enter(toks[at])
    cursor.pos = at + 3 + 2 * braced
    inner = behind.kind == "partial" or (behind.value == "partial" and toks[cursor.pos + 1].kind == "_")
    found = slot_derivative(cursor) if inner else parse_primary(cursor, behind)
    cursor.depth -= 1
    if not isinstance(found, FunctionOf):
        raise cursor.fail("∂ with a number stands before a declared function", toks[at], "∂_1 f(x)")
    return cursor.node(replace(found, start=toks[at].start, slots=(int(number.value), *found.slots)))


def partial_sign(cursor: Cursor, token: Token) -> Surface:
    """∂L/∂v"""
    found = slot_derivative(cursor) or derivative(cursor)
    if found is None:
        raise cursor.fail("a ∂ without a derivative", token, "∂L/∂v")
    return found


PRIMARY: dict[str, Primary] = {"partial": partial_sign}
"""What this kind of token starts."""
