"""Brackets, bars, fractions, roots, matrices and cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from derivations.notation.errors import ReadError, put
from derivations.notation.read.case_lists import cases_of
from derivations.notation.read.grammar.attached import raised
from derivations.notation.read.grammar.counts import is_set, number_of
from derivations.notation.read.grammar.cursor import Cursor, Primary
from derivations.notation.read.grammar.expressions import parse_factor, parse_logic, parse_primary
from derivations.notation.read.grammar.letters import starts_operand
from derivations.notation.read.grammar.subscripts import subscript_at
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.surface import (
    AllOf,
    Applied,
    Bars,
    Determinant,
    Group,
    Indicator,
    InnerProduct,
    Matrix,
    Norm,
    Numeral,
    Product,
    Root,
    Row,
    Surface,
    Vector,
    is_condition,
)
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number
from derivations.notation.words import ELSE, IF, UNLESS


def bracketed(cursor: Cursor, token: Token) -> Surface:
    """(…), […], {…}: a group, a vector, an indicator, cases."""
    close_kind = {"(": ")", "{": "}", "[": "]", r"\{": r"\}"}[token.kind]
    opened = cursor.pos
    cursor.pos += 1
    if token.mate == cursor.pos:
        raise cursor.fail("an empty bracket", token, "a value", span=(token.start, cursor.toks[token.mate].end))
    bars, cursor.bars = cursor.bars, []
    inner = parse_full(cursor)
    if cursor.toks[cursor.pos].kind in (",", ";") and cursor.toks[cursor.pos].kind != close_kind:
        inner = listed_entries(cursor, inner, token, opened)
    cursor.bars = bars
    close = cursor.toks[cursor.pos]
    if close.kind != close_kind or cursor.pos != token.mate:
        raise cursor.fail(cursor.unexpected(close), close, f"an operator, or the {close_kind} of this bracket")
    cursor.pos += 1
    if token.kind == "[" and is_condition(inner):
        return cursor.node(Indicator(token.start, close.end, inner))
    if isinstance(inner, (Vector, Matrix)):
        return replace(inner, start=token.start, end=close.end)
    return cursor.node(Group(token.start, close.end, inner, token.kind))


def listed_entries(cursor: Cursor, first: Surface, token: Token, opened: int) -> Surface:
    """The rest of a vector or matrix in brackets: 1, 0, 1 or rows of them; or cases: v, c; w, d."""
    entries, rows = [first], []
    while cursor.toks[cursor.pos].kind in (",", ";", "newline"):
        kind = cursor.toks[cursor.pos].kind
        cursor.pos += 1
        if cursor.pos == token.mate:
            raise cursor.fail(
                cursor.unexpected(cursor.toks[cursor.pos - 1]), cursor.toks[cursor.pos - 1], "another entry"
            )
        if kind == ";":
            rows.append(entries)
            entries = []
        entries.append(parse_full(cursor))
    rows.append(entries)
    if any(is_condition(e) for row in rows for e in row):
        pairs: list[tuple[Surface, Surface]] = []
        for row in rows if len(rows) > 1 else [rows[0][k : k + 2] for k in range(0, len(rows[0]), 2)]:
            if len(row) != 2 or is_condition(row[0]) == is_condition(row[1]):
                raise cursor.fail("a case is a value and its condition", cursor.toks[cursor.pos], "value, condition")
            pairs.append((row[0], row[1]) if is_condition(row[0]) else (row[1], row[0]))
        return cursor.node(cases_of(token.start, cursor.toks[cursor.pos].end, pairs, None))
    if len(rows) == 1:
        vectors = [e for e in rows[0] if isinstance(e, Vector)]
        if len(vectors) == len(rows[0]):
            made = tuple(cursor.node(Row(v.start, v.end, v.parts)) for v in vectors)
            return cursor.node(Matrix(token.start, cursor.toks[cursor.pos].end, made))
        return cursor.node(Vector(token.start, cursor.toks[cursor.pos].end, tuple(rows[0])))
    if all(len(r) == 1 for r in rows):
        return cursor.node(Vector(token.start, cursor.toks[cursor.pos].end, tuple([r[0] for r in rows])))
    return cursor.node(
        Matrix(
            token.start,
            cursor.toks[cursor.pos].end,
            tuple([cursor.node(Row(r[0].start, r[-1].end, tuple(r))) for r in rows]),
        )
    )


def root_sign(cursor: Cursor, token: Token) -> Surface:
    cursor.pos += 1
    degree: Surface | None = None
    after = cursor.toks[cursor.pos]
    if token.kind == "sqrt" and after.kind == "[" and token.value == r"\sqrt":
        cursor.pos += 1
        degree = cursor.guarded(parse_full)
        cursor.expect("]", "the end of the degree of the root")
    after = cursor.toks[cursor.pos]
    if not starts_operand(cursor, after):
        raise cursor.fail("an empty root", after, "a value under the root")
    if after.kind == "{" and after.mate == cursor.pos + 1:
        raise cursor.fail(
            "an empty root", after, "a value under the root", span=(after.start, cursor.toks[after.mate].end)
        )
    command = token.value == r"\sqrt"
    if command and after.kind == "num" and len(after.value) > 1 and after.value.isdigit():
        raise cursor.fail(
            f"{cursor.text[token.start : after.end]} reads two ways: printed, the root is over one digit", after,
            "braces around what is under the root", "ambiguous",
            readings=put(cursor.text, (after.start, after.end), f"{{{after.value}}}",
                f"{{{after.value[0]}}} * {after.value[1:]}"),
        )  # fmt: skip
    if (
        command
        and after.kind == "word"
        and len(after.value) == after.end - after.start > 1
        and not cursor.known(after.value)
    ):
        cursor.split_word(after, 1)  # \sqrt ab is (√a) b, as it prints
    elif not command and after.kind == "[" and cursor.toks[after.mate + 1].kind in ("(", "{"):
        raise cursor.fail(
            "the degree of this root is not read",
            after,
            r"\sqrt[3]{a}, or a^(1/3)",
            span=(after.start, cursor.toks[after.mate].end),
        )
    cursor.enter(after)
    inner = parse_primary(cursor, after)
    cursor.depth -= 1
    if not command and after.kind in ("word", "num"):
        root_ends(cursor, token, inner)
    if token.kind == "sqrt" and degree is None:
        return cursor.node(Root(token.start, inner.end, inner, None))
    if degree is None:
        degree = cursor.node(
            Numeral(token.start, token.end, number(Token("num", "3" if token.kind == "cbrt" else "4", 0, 0)))
        )
    return cursor.node(Root(token.start, inner.end, inner, degree))


def root_ends(cursor: Cursor, token: Token, inner: Surface) -> None:
    """√2π, √ab, √x²: the sign has no line over what it takes, so these read two ways."""
    end = inner.factors[0].end if isinstance(inner, Product) else inner.end
    after = cursor.toks[cursor.pos]
    stop = inner.end
    if not after.space and after.kind in ("word", "num", "^") and after.start == inner.end:
        while not after.space and (starts_operand(cursor, after) or after.kind == "^"):
            if after.kind == "^":
                raised(cursor, inner)
            else:
                parse_factor(cursor)
            stop, after = cursor.toks[cursor.pos - 1].end, cursor.toks[cursor.pos]
    if stop > end:
        sign = cursor.text[token.start : inner.start]
        raise cursor.fail(
            f"{cursor.text[token.start : stop]} reads two ways", span=(token.start, stop), tag="ambiguous",
            expected="brackets around what is under the root",
            readings=put(cursor.text, (token.start, stop),
                f"({sign}({cursor.text[inner.start : end]})){cursor.text[end:stop]}",
            f"{sign}({cursor.text[inner.start : stop]})"),
        )  # fmt: skip


def bars(cursor: Cursor, token: Token) -> Surface:
    """|x|, ‖x‖. `||` opens a norm, or two bars; it closes one or the other."""
    if token.kind == "|" and is_set(cursor, cursor.pos + 1):
        return number_of(cursor, token)
    save, notes, loose = cursor.pos, len(cursor.notes), len(cursor.loose)
    try:
        return bar_as(cursor, token, token.kind)
    except ReadError as error:
        if token.kind != "||" or token.value or cursor.retries >= 4 or error.tag != "brackets":
            raise
        cursor.retries += 1
        cursor.pos = save
        del cursor.notes[notes:], cursor.loose[loose:]
        token.kind = "|"
        middle = (token.start + token.end) // 2
        second = Token("|", "", middle, token.end)
        token.end = middle
        cursor.insert(save + 1, second)
        try:
            return bar_as(cursor, token, "|")
        except ReadError as second_error:
            raise (error if second_error.tag == "brackets" else second_error) from None


def bar_as(cursor: Cursor, token: Token, kind: str) -> Surface:
    depth = len(cursor.bars)
    cursor.bars.append(kind)
    level = cursor.depth
    cursor.enter(token)
    try:
        cursor.pos += 1
        inner = parse_full(cursor)
        close = cursor.toks[cursor.pos]
        if close.kind == "||" and kind == "|":
            # |a||b|: one bar closes, the other is left for what follows
            close.kind = "|"
            middle = (close.start + close.end) // 2
            rest = Token("|", "", middle, close.end)
            close.end = middle
            cursor.insert(cursor.pos + 1, rest)
        elif close.kind == "|" and kind == "||" and cursor.toks[cursor.pos + 1].kind == "|":
            cursor.pos += 1
        elif close.kind != kind or close.value == "open":
            raise cursor.fail(
                cursor.unexpected(close)
                if close.kind != "end of text"
                else f"this {cursor.shown(token)} is never closed",
                close if close.kind != "end of text" else token,
                "‖" if kind == "||" else "|",
                tag="brackets",
            )
        cursor.pos += 1
    finally:
        del cursor.bars[depth:]
        cursor.depth = level
    end = cursor.toks[cursor.pos - 1].end
    if kind == "|":
        return cursor.node(Bars(token.start, end, inner))
    degree: Any = ""
    if cursor.toks[cursor.pos].kind == "_":
        items, cursor.pos = subscript_at(cursor, cursor.pos)
        shown = cursor.text[items[0].start : items[-1].end].strip("{} ")
        degree = _DEGREES.get(shown, items[0].text)
        end = items[-1].end
        read = degree in ("1", "2", "F", "infty", "star")
        if len(items) != 1 or items[0].kind == "affine" or not read:
            what = _NORMS.get(degree, f"the norm {shown[:20]}") if len(items) == 1 else f"the norm {shown[:20]}"
            raise cursor.fail(
                f"{what} is not read",
                expected="_1, _2, _* or _F, or _\\infty of a vector",
                span=(items[0].start, items[-1].end),
            )
    return cursor.node(Norm(token.start, end, inner, degree))


def angles(cursor: Cursor, token: Token) -> Surface:
    """⟨x, y⟩"""
    cursor.pos += 1
    args = [cursor.guarded(parse_full)]
    while cursor.toks[cursor.pos].kind == ",":
        cursor.pos += 1
        args.append(cursor.guarded(parse_full))
    close = cursor.toks[token.mate]
    if cursor.pos != token.mate or len(args) != 2:
        raise cursor.fail(
            f"{cursor.text[token.start : close.end]} is no inner product of two values",
            token,
            "⟨x, y⟩ with one comma; a mean is written mean(x)",
            "application",
            span=(token.start, close.end),
        )
    cursor.pos += 1
    after = cursor.toks[cursor.pos]
    if after.kind == "_":
        items, end = subscript_at(cursor, cursor.pos)
        if len(items) != 1 or items[0].text != "F":
            shown = cursor.text[items[0].start : items[-1].end]
            raise cursor.fail(f"the inner product {shown[:20]} is not read", after, "⟨x, y⟩, or x^T A y written out")
        cursor.pos = end
    return cursor.node(InnerProduct(token.start, cursor.toks[cursor.pos - 1].end, (args[0], args[1])))


_DEGREES = {
    **dict.fromkeys(("inf", r"\infty", "∞", "infinity"), "infty"),
    **dict.fromkeys(("*", r"\ast", r"\star"), "star"),
    **dict.fromkeys(("op", r"\mathrm{op}", r"\text{op}", "sigma", r"\sigma"), "2"),
    "fro": "F", r"\mathrm{F}": "F", r"\text{F}": "F",
}  # fmt: skip
"""What stands below a norm, by how it is written."""
_NORMS = {
    "0": "the number of entries that are not 0",
}
"""Norms that are not read, by what stands below them."""


def matrix_or_cases(cursor: Cursor, token: Token) -> Surface:
    if token.value == "cases":
        return cases_environment(cursor, token)
    cursor.pos += 1
    rows: list[list[Surface]] = [[]]
    bars, cursor.bars = cursor.bars, []
    while cursor.pos < token.mate:
        kind = cursor.toks[cursor.pos].kind
        if kind == "newline":
            if rows[-1]:
                rows.append([])
            cursor.pos += 1
        elif kind == "&":
            cursor.pos += 1
        else:
            rows[-1].append(parse_full(cursor))
            if cursor.pos < token.mate and cursor.toks[cursor.pos].kind not in ("&", "newline"):
                raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "& or the next row")
    cursor.bars = bars
    if not rows[-1]:
        rows.pop()
    end = cursor.toks[token.mate].end
    cursor.pos = token.mate + 1
    if not rows:
        raise cursor.fail("an empty matrix", token, "entries")
    made = cursor.node(
        Matrix(token.start, end, tuple([cursor.node(Row(r[0].start, r[-1].end, tuple(r))) for r in rows]))
    )
    if token.value == "vmatrix":
        return cursor.node(Determinant(token.start, end, made))
    return made


def cases_environment(cursor: Cursor, token: Token) -> Surface:
    r"""\begin{cases}: rows of a value and its condition, either first."""
    cursor.pos += 1
    pairs: list[tuple[Surface, Surface]] = []
    otherwise: Surface | None = None
    bars, cursor.bars = cursor.bars, []
    while cursor.pos < token.mate:
        if cursor.toks[cursor.pos].kind == "newline":
            cursor.pos += 1
            continue
        start = cursor.toks[cursor.pos]
        found: list[Surface] = []
        rest = False
        braces: set[int] = set()  # those around a whole cell: { 1 } & { z > 0 }
        while cursor.pos < token.mate and cursor.toks[cursor.pos].kind != "newline":
            here = cursor.toks[cursor.pos]
            if here.kind == "{" and (
                here.mate + 1 == token.mate or cursor.toks[here.mate + 1].kind in ("&", ",", "newline")
            ):
                braces |= {cursor.pos, here.mate}
            if (
                cursor.pos in braces
                or here.kind in ("&", ",", ";", ".", ":")
                or (here.kind == "word" and here.value in IF)
            ):
                cursor.pos += 1
            elif here.kind == "word" and here.value in UNLESS:
                cursor.pos += 1
                found.append(cursor.denied(parse_logic(cursor)))
            elif (here.kind == "word" and here.value in ELSE) or (
                here.kind == "text"
                and here.value.rstrip(".,").lower() in ("otherwise", "else", "o.w", "o.w.", "if not")
            ):
                rest = True
                cursor.pos += 1
            elif here.kind == "text" and here.value.startswith(("if", "for", "when")) and len(here.value) < 6:
                cursor.pos += 1
            else:
                found.append(parse_logic(cursor))
        conditions = [f for f in found if is_condition(f)]
        values = [f for f in found if not is_condition(f)]
        if len(values) != 1 or (rest and conditions) or (not rest and not conditions):
            raise cursor.fail(
                "a case is a value and its condition", start, r"value & condition \\ or value & otherwise"
            )
        if rest:
            if otherwise is not None:
                raise cursor.fail("a second otherwise", start, "one otherwise, at the end")
            otherwise = values[0]
        else:
            condition = (
                conditions[0]
                if len(conditions) == 1
                else cursor.node(AllOf(conditions[0].start, conditions[-1].end, tuple(conditions)))
            )
            pairs.append((condition, values[0]))
    cursor.bars = bars
    end = cursor.toks[token.mate].end
    cursor.pos = token.mate + 1
    if not pairs and otherwise is None:
        raise cursor.fail("cases without a case", token, r"value & condition")
    cursor.beside([condition for condition, _ in pairs])
    return cursor.node(cases_of(token.start, end, pairs, otherwise))


def dots(cursor: Cursor, token: Token) -> Surface:
    """Dots whose rule is not evident."""
    raise cursor.fail(
        "what these dots stand for cannot be told",
        token,
        r"a sum or product with its index, as in \sum_{i=1}^n x_i, or x_1 + \dots + x_n",
    )


def rounded(cursor: Cursor, token: Token) -> Surface:
    """⌊x⌋, ⌈x⌉."""
    down = token.kind == "lfloor"
    cursor.pos += 1
    inner = cursor.guarded(parse_full)
    close = cursor.expect("rfloor" if down else "rceil", "the closing bracket")
    return cursor.node(Applied(token.start, close.end, (inner,), "floor" if down else "ceil"))


PRIMARY: dict[str, Primary] = {
    "(": bracketed,
    "[": bracketed,
    "{": bracketed,
    r"\{": bracketed,
    "|": bars,
    "||": bars,
    "sqrt": root_sign,
    "cbrt": root_sign,
    "qdrt": root_sign,
    "begin": matrix_or_cases,
    "langle": angles,
    "dots": dots,
    "lfloor": rounded,
    "lceil": rounded,
}
"""What these kinds of token start."""
