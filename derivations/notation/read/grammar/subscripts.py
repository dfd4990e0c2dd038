"""Subscripts and labels: what stands after `_` and in `^{(i)}`, as items that a name or an entry takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from derivations.notation.read.grammar.cursor import MAX_SUBSCRIPTS, Cursor
from derivations.notation.read.grammar.letters import split_tail, starts_operand
from derivations.notation.read.surface import Identity, IndexedDelta, Item, Ones, Surface
from derivations.notation.read.token import Token
from derivations.notation.spelling import ACCENTS, GREEK, canonical, parts

_MARKS = {"infinity": "infty", "*": "star"}
"""Subscripts that are a mark: of a norm."""


def label_items(cursor: Cursor, bracket: Token) -> list[Item] | None:
    """The content of a label `(i)`, `[1]`: one letter, one number, or i+1; None where it is something else."""
    at = cursor.toks.index(bracket, cursor.pos)
    inside = cursor.toks[at + 1 : bracket.mate]
    if not inside or len(inside) > 5:
        return None
    if not all(t.kind in ("num", "word", "+", "-", ",") for t in inside):
        return None
    if any(t.kind == "num" and not t.value.isdigit() for t in inside) or any(
        t.kind == "word" and len(t.value) > 1 and t.value not in GREEK for t in inside
    ):
        return None
    if inside[0].kind == "-":
        return None
    save = len(cursor.loose)
    items = items_between(cursor, at + 1, bracket.mate)
    del cursor.loose[save:]
    return items


def subscript_at(cursor: Cursor, at: int) -> tuple[list[Item], int]:
    """The subscripts after the `_` at position `at`, and where reading goes on."""
    token = cursor.toks[at + 1]
    kind = token.kind
    if kind == "{" or kind == "(" or kind == "[":
        if token.mate == at + 2:
            raise cursor.fail(
                "an empty subscript", token, "an index", tag="index", span=(token.start, cursor.toks[token.mate].end)
            )
        return items_between(cursor, at + 2, token.mate), token.mate + 1
    if kind == "num":
        if not token.value.isdigit():
            raise cursor.fail("a subscript is an index or a whole number", token, "an index", tag="index")
        return [("num", token.value, token.start, token.end)], at + 2
    if kind == "word":
        value, end, k = token.value, token.end, at + 2
        while (
            cursor.toks[k].kind == "'"
            and not cursor.toks[k].space
            and len(value) == 1
            and cursor.bound.get(value + "'")
        ):
            value += "'"
            end = cursor.toks[k].end
            k += 1
        return [("word", value, token.start, end)], k
    if kind == "ones":
        return [("num", "1", token.start, token.end)], at + 2
    if kind in _MARKS:
        return [("raw", _MARKS[kind], token.start, token.end)], at + 2
    raise cursor.fail(
        "an empty subscript",
        token,
        "an index",
        tag="index",
        span=(cursor.toks[at].start, max(token.end, cursor.toks[at].end)),
    )


def items_between(cursor: Cursor, at: int, stop: int) -> list[Item]:
    """The subscripts between two positions: i, ij, 1,2, i+1, t-s, `:`."""
    out: list[Item] = []
    toks = cursor.toks
    begin = at
    while at < stop:
        token = toks[at]
        kind = token.kind
        if kind == ",":
            at += 1
            continue
        if kind == ":" or kind == "dot" or kind == "*":
            whole_axis(cursor, at, begin, stop)
            out.append(("slice", None, token.start, token.end))
            at += 1
            continue
        if (
            kind == "("
            and toks[begin - 1].kind == "{"
            and at == begin
            and token.mate == stop - 1
            and token.mate == at + 2
        ):
            shown = cursor.text[token.start : toks[token.mate].end]
            raise cursor.fail(
                (
                    f"the subscript {shown} is an order statistic, the entry at that place when they are "
                    "sorted, which is not read"
                ),
                token,
                f"_{cursor.shown(toks[at + 1])} for the entry",
                "index",
                span=(token.start, toks[token.mate].end),
            )
        if kind == "{" or kind == "(":
            out += items_between(cursor, at + 1, token.mate)
            at = token.mate + 1
            continue
        if kind == "text":
            out.append(("raw", canonical(token.value), token.start, token.end))
            at += 1
            continue
        if kind not in ("num", "word", "-", "+"):
            return [raw_item(cursor, begin, stop)]
        start = token.start
        terms: dict[str, int] = {}
        const = 0
        sign = 1
        pieces = 0
        simple: Item | None = None
        while True:
            while at < stop and toks[at].kind in ("-", "+"):
                sign = -sign if toks[at].kind == "-" else sign
                at += 1
                pieces += 1
            if at >= stop or toks[at].kind not in ("num", "word"):
                raise cursor.fail("a subscript ends where an index was expected", toks[at], "an index", tag="index")
            token = toks[at]
            at += 1
            pieces += 1
            if token.kind == "num":
                if not token.value.isdigit():
                    raise cursor.fail("a subscript is an index or a whole number", token, "an index", tag="index")
                simple = ("num", token.value, token.start, token.end)
                const += sign * int(token.value)
            else:
                value, end = token.value, token.end
                while at < stop and toks[at].kind == "'" and not toks[at].space:
                    value += "'"
                    end = toks[at].end
                    at += 1
                if at < stop and toks[at].kind in ("_", "^"):
                    return [raw_item(cursor, begin, stop)]
                simple = ("word", value, token.start, end)
                terms[value] = terms.get(value, 0) + sign
            sign = 1
            if at >= stop or toks[at].kind not in ("-", "+"):
                break
        if len(out) > MAX_SUBSCRIPTS:
            raise cursor.fail(f"more than {MAX_SUBSCRIPTS} subscripts", toks[at - 1], "fewer subscripts", tag="limit")
        if pieces == 1 and simple is not None:
            out.append(simple)
        else:
            out.append(("affine", (terms, const), start, toks[at - 1].end))
    if not out:
        raise cursor.fail("an empty subscript", toks[begin], "an index", tag="index")
    return out


def whole_axis(cursor: Cursor, at: int, begin: int, stop: int) -> None:
    """Refuse ranges, x_{1:t} and x[1:]: a colon stands for a whole axis."""
    before = cursor.toks[at - 1] if at > begin else None
    after = cursor.toks[at + 1] if at + 1 < stop else None
    ends = [t for t in (before, after) if t is not None and t.kind in ("num", "word", ")")]
    if (
        len(ends) == 2
        or any(t.kind == "num" for t in ends)
        or (ends and cursor.toks[begin - 1].kind == "[" and cursor.toks[at].kind == ":")
    ):
        raise cursor.fail(
            f"the range {cursor.text[cursor.toks[begin].start : cursor.toks[stop - 1].end]} is not read",
            cursor.toks[at],
            "one index, or : for the whole axis",
            "index",
            span=(cursor.toks[begin].start, cursor.toks[stop - 1].end),
        )


def raw_item(cursor: Cursor, at: int, stop: int) -> Item:
    """A subscript that is no index, kept as its spelling: it can only be part of a declared name."""
    start, end = cursor.toks[at].start, cursor.toks[stop - 1].end
    found = parts("x_{" + cursor.text[start:end] + "}").subscripts
    return ("raw", found[0] if found else "", start, end)


def count_loose(cursor: Cursor, items: Sequence[Item]) -> None:
    """Remember letters that are no index here: a later Σ may claim them."""
    for kind, payload, start, _ in items:
        if kind == "word":
            for letter in cursor.letters(payload):
                if not cursor.bound.get(letter):
                    claim(cursor, letter, start)
        elif kind == "affine":
            for letter in payload[0]:
                if not cursor.bound.get(letter):
                    claim(cursor, letter, start)


def claim(cursor: Cursor, letter: str, start: int) -> None:
    """Note the use of a letter that no Σ binds here."""
    if letter in cursor.scope.indices:
        cursor.used.append(letter)
    elif letter not in cursor.scope.sizes:
        cursor.loose.append((letter, start))


def sized_constant(cursor: Cursor, op: str, token: Token) -> Surface:
    r"""I or \mathbf 1 with its size: I_n, I_{d}; an entry of I, as I_{ij}, is δ_ij."""
    size: Any = None
    end = token.end
    if cursor.toks[cursor.pos].kind == "_":
        items, after = subscript_at(cursor, cursor.pos)
        texts = [i[1] for i in items if i[0] in ("word", "num", "raw")]
        name = "_".join(texts) if len(items) == 1 or op == "ones" else texts[0] if len(set(texts)) == 1 else ""
        size = cursor.scope.sizes.get(name) or (int(name) if name.isdigit() and len(name) < 6 else None)
        if size is None and cursor.toks[after].kind == "_":
            more, later = subscript_at(cursor, after)
            name += "_" + "".join(i[1] for i in more if i[0] in ("word", "num", "raw"))
            size, after = cursor.scope.sizes.get(name), later
        if size is None and op == "eye" and two_indices(cursor, items):
            count_loose(cursor, items)
            cursor.pos = after
            return cursor.node(IndexedDelta(token.start, items[-1][3], tuple(items)))
        if size is None:
            raise cursor.fail(
                f"{cursor.text[items[0][2] : items[-1][3]]} is no size",
                expected="one of " + ", ".join(cursor.scope.sizes.values()) if cursor.scope.sizes else "a number",
                span=(items[0][2], items[-1][3]),
                nearest=cursor.scope.nearest(name),
                tag="unknown-name",
            )
        cursor.pos = after
        end = items[-1][3]
    kind = Ones if op == "ones" else Identity
    return cursor.node(kind(token.start, end, size))


def two_indices(cursor: Cursor, items: list[Item]) -> bool:
    """Whether a subscript is two letters that run: ij."""
    letters = [x for kind, text, _, _ in items for x in (cursor.letters(text) if kind == "word" else ["?"])]
    return len(letters) == 2 and all(cursor.bound.get(x) or x in cursor.scope.indices for x in letters)


def glued(cursor: Cursor, items: list[Item], k: int, row: Any, whole: bool) -> int:
    """`h_2i` in one run is h_{2i}, unless h_2 is all there is room for, `h_i2` of a matrix is h_{i2}; `x_iy_i` is
    x_i y_i."""
    last = items[-1]
    token = cursor.toks[k]
    axes = len(row.sizes) if row is not None else 0
    before = cursor.toks[k - 1]
    if before.kind in ("}", ")", "]"):
        return k
    if (
        last[0] == "word"
        and axes == 2
        and len(items) == 1
        and token.kind == "num"
        and token.value.isdigit()
        and not token.space
        and token.start == last[3]
        and (cursor.bound.get(last[1]) or last[1] in cursor.scope.indices)
    ):
        items.append(("num", token.value, token.start, token.end))
        return k + 1
    if (
        last[0] == "num"
        and token.kind == "word"
        and not token.space
        and token.start == last[3]
        and len(token.value) <= 2
        and token.end - token.start == len(token.value)
    ):
        letters = cursor.letters(token.value)
        if all(cursor.bound.get(x) or x in cursor.scope.indices for x in letters) and (
            axes == 1 + len(letters) or (whole and axes < 2)
        ):
            items.append(("word", token.value, token.start, token.end))
            return k + 1
        return k
    if (
        last[0] != "word"
        or len(last[1]) < 2
        or last[1] in GREEK
        or last[3] - last[2] != len(last[1])
        or before.kind != "word"
    ):
        return k
    word = last[1]
    letters = cursor.letters(word)
    if len(letters) < 2 or word in ACCENTS:
        return k
    base = canonical(cursor.text[cursor.toks[k - 3].start : cursor.toks[k - 3].end]) if k >= 3 else ""
    if base + "_" + word in cursor.scope.rows or (axes >= len(letters) and not split_tail(cursor, word[axes:])):
        return k
    for keep in range(min(max(axes, 1), len(word) - 1), 0, -1):
        head, tail = word[:keep], word[keep:]
        if (axes >= keep or base + "_" + head in cursor.scope.rows) and split_tail(cursor, tail):
            cursor.split_word(before, keep)
            items[-1] = ("word", head, last[2], last[2] + keep)
            return k
    return k


def label_at(cursor: Cursor, k: int, tensor: bool, whole: bool) -> tuple[str, list[Item], int] | None:
    """A superscript that is a label: ^{(i)}, ^{[1]}, ^[1], ^(i), ^*, ^\\prime."""
    t = cursor.toks[k + 1]
    if t.kind == "'":
        return ("prime", [], k + 2)
    if t.kind == "{":
        inner = cursor.toks[k + 2]
        if inner.kind == "'" and t.mate == k + 3:
            return ("prime", [], t.mate + 1)
        if inner.kind == "*" and t.mate == k + 3 and whole:
            return ("sub", [("word", "star", inner.start, inner.end)], t.mate + 1)
        if inner.kind in ("(", "[") and inner.mate == t.mate - 1 and (tensor or whole):
            items = label_items_at(cursor, k + 2)
            return None if items is None else ("label", items, t.mate + 1)
        return None
    if t.kind == "*" and whole and not starts_operand(cursor, cursor.toks[k + 2]):
        return ("sub", [("word", "star", t.start, t.end)], k + 2)
    if t.kind == "[" and (tensor or whole):
        items = label_items_at(cursor, k + 1)
        return None if items is None else ("label", items, t.mate + 1)
    if (
        t.kind == "("
        and tensor
        and t.mate == k + 3
        and cursor.toks[k + 2].kind == "word"
        and (cursor.bound.get(cursor.toks[k + 2].value) or cursor.toks[k + 2].value in cursor.scope.indices)
    ):
        items = label_items_at(cursor, k + 1)
        return None if items is None else ("label", items, t.mate + 1)
    return None


def label_items_at(cursor: Cursor, at: int) -> list[Item] | None:
    bracket = cursor.toks[at]
    save, cursor.pos = cursor.pos, at
    items = label_items(cursor, bracket)
    cursor.pos = save
    return items
