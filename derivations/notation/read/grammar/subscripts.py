"""Subscripts and labels: what stands after `_` and in `^{(i)}`, as items that a name or an entry takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from derivations.domains import Declared
from derivations.notation.read.grammar.cursor import MAX_SUBSCRIPTS, Cursor
from derivations.notation.read.grammar.letters import is_a_name, split_tail, starts_operand
from derivations.notation.read.surface import Identity, Indexed, IndexedDelta, Name, Ones, Subscript, Surface
from derivations.notation.read.token import Token
from derivations.notation.spelling import ACCENTS, GREEK, canonical, parts

_MARKS = {"infinity": "infty", "*": "star"}
"""Subscripts that are a mark: of a norm."""


def label_items(cursor: Cursor, bracket: Token) -> list[Subscript] | None:
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


def subscript_at(cursor: Cursor, at: int) -> tuple[list[Subscript], int]:
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
        return [Subscript("num", token.start, token.end, token.value)], at + 2
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
        row = label_row(cursor, value)
        if row is not None and row.sizes and cursor.toks[k].kind in ("_", "^", "["):
            entry, after = entry_of_labels(cursor, row, token, k)
            if after > k:
                return [Subscript("affine", token.start, entry.end, "", ((entry, 1),))], after
        return [Subscript("word", token.start, end, value)], k
    if kind == "ones":
        return [Subscript("num", token.start, token.end, "1")], at + 2
    if kind in _MARKS:
        return [Subscript("raw", token.start, token.end, _MARKS[kind])], at + 2
    raise cursor.fail(
        "an empty subscript",
        token,
        "an index",
        tag="index",
        span=(cursor.toks[at].start, max(token.end, cursor.toks[at].end)),
    )


def items_between(cursor: Cursor, at: int, stop: int) -> list[Subscript]:
    """The subscripts between two positions: i, ij, 1,2, i+1, t-s, `:`."""
    out: list[Subscript] = []
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
            out.append(Subscript("slice", token.start, token.end))
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
            out.append(Subscript("raw", token.start, token.end, canonical(token.value)))
            at += 1
            continue
        if toks[begin - 1].kind == "[" and (picked := array_item(cursor, at, stop)) is not None:
            out.append(picked[0])
            at = picked[1]
            continue
        if kind not in ("num", "word", "-", "+"):
            return [raw_item(cursor, begin, stop)]
        start = token.start
        terms: dict[str | Surface, int] = {}
        const = 0
        sign = 1
        pieces = 0
        simple: Subscript | None = None
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
                simple = Subscript("num", token.start, token.end, token.value)
                const += sign * int(token.value)
            else:
                value, end = token.value, token.end
                while at < stop and toks[at].kind == "'" and not toks[at].space:
                    value += "'"
                    end = toks[at].end
                    at += 1
                term: str | Surface = value
                if at < stop and toks[at].kind in ("_", "^", "["):
                    row, before = label_row(cursor, value), ""
                    if row is None and len(value) > 1 and value not in GREEK and not terms and not const:
                        before, row = value[:-1], label_row(cursor, value[-1])  # f_{iy_i}
                    if row is None or not row.sizes or (before and pieces > 1):
                        return [raw_item(cursor, begin, stop)]
                    if before:
                        out.append(Subscript("word", token.start, end - 1, before))
                        start = token.start = end - 1
                    term, at = entry_of_labels(cursor, row, token, at)
                    pieces += 1
                simple = Subscript("word", token.start, end, value)
                terms[term] = terms.get(term, 0) + sign
            sign = 1
            if at >= stop or toks[at].kind not in ("-", "+"):
                break
        if len(out) > MAX_SUBSCRIPTS:
            raise cursor.fail(f"more than {MAX_SUBSCRIPTS} subscripts", toks[at - 1], "fewer subscripts", tag="limit")
        if pieces == 1 and simple is not None:
            out.append(simple)
        else:
            out.append(Subscript("affine", start, toks[at - 1].end, "", tuple(terms.items()), const))
    if not out:
        raise cursor.fail("an empty subscript", toks[begin], "an index", tag="index")
    return out


def array_item(cursor: Cursor, at: int, stop: int) -> tuple[Subscript, int] | None:
    """An array in the place of an index, as code has it: `y`, `np.arange(n)`; and where reading goes on."""
    token = cursor.toks[at]
    if token.kind == "code" and token.value == "arange":
        save, cursor.pos = cursor.pos, at
        tree: Surface = cursor.grammar.primary["code"](cursor, token)
        after, cursor.pos = cursor.pos, save
    elif token.kind == "word" and (row := label_row(cursor, token.value)) is not None and row.sizes:
        tree, after = cursor.node(Name(token.start, token.end, row)), at + 1
    else:
        return None
    if after < stop and cursor.toks[after].kind != ",":
        return None
    return Subscript("array", tree.start, tree.end, "", ((tree, 1),)), after


def label_row(cursor: Cursor, word: str) -> Declared | None:
    """The array of indices that a word names here; None where it is something else."""
    row = cursor.scope.rows.get(word)
    return row if row is not None and row.labels and not cursor.bound.get(word) else None


def entry_of_labels(cursor: Cursor, row: Declared, token: Token, at: int) -> tuple[Surface, int]:
    """y_i, y^{(i)}, y[i] from the position behind the name of an array of indices, and where reading goes on."""
    items: list[Subscript] = []
    cursor.enter(token)
    while at < len(cursor.toks):
        mark = cursor.toks[at]
        if mark.kind == "_" and not items:
            items, at = subscript_at(cursor, at)
        elif mark.kind == "[" and not mark.space and mark.mate > at + 1 and not items:
            items, at = items_between(cursor, at + 1, mark.mate), mark.mate + 1
        elif mark.kind == "^" and not items and (label := label_at(cursor, at, True, False)) is not None:
            if label[0] != "label":
                break
            items, at = label[1], label[2]
        else:
            break
    cursor.depth -= 1
    name = cursor.node(Name(token.start, token.end, row))
    if not items:
        return name, at
    return cursor.node(Indexed(token.start, max(cursor.toks[at - 1].end, items[-1].end), name, tuple(items))), at


_SIZED = re.compile(r"\\(?:left|[bB]igg?[lr]?)\s*\Z")


def sized(cursor: Cursor, bracket: Token) -> bool:
    r"""Whether a bracket is `\left[`, `\big[`: as large as what it holds, and no subscript."""
    before = cursor.text[max(0, bracket.start - 12) : bracket.start]
    return cursor.text.startswith("\\", bracket.start) or _SIZED.search(before) is not None


def below_too(cursor: Cursor, base: str, below: Token, k: int) -> int:
    r"""The position behind `(j)` at k, which becomes part of what stands below: the α_t(j) of ∂L/∂α_t(j); k where
    nothing of that kind stands there."""
    toks, bracket = cursor.toks, cursor.toks[k]
    row = cursor.scope.rows.get(base)
    if (
        row is None
        or not row.sizes
        or bracket.kind != "("
        or bracket.space
        or toks[k - 1].kind not in ("word", "num", "}")
    ):
        return k
    inside = toks[k + 1 : bracket.mate]
    if not inside or not all(t.kind == "," or t.value in cursor.scope.indices for t in inside):
        return k
    end = bracket.mate
    if toks[k - 1].kind != "}":  # α _ t ( j ) as α _ { t j }
        if toks[k - 2].kind != "_":
            return k
        toks[k - 1], toks[k], at = bracket, toks[k - 1], k - 1
        bracket.kind = "{"
    else:  # α _ { t + 1 } ( j ) as α _ { t + 1 , , j }
        at = toks[k - 1].mate
        toks[k - 1].kind = bracket.kind = ","
        toks[k - 1].mate = bracket.mate = -1
    toks[end].kind, toks[at].mate, toks[end].mate = "}", end, at
    return end + 1


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


def raw_item(cursor: Cursor, at: int, stop: int) -> Subscript:
    """A subscript that is no index, kept as its spelling: it can only be part of a declared name."""
    start, end = cursor.toks[at].start, cursor.toks[stop - 1].end
    found = parts("x_{" + cursor.text[start:end] + "}").subscripts
    return Subscript("raw", start, end, found[0] if found else "")


def count_loose(cursor: Cursor, items: Sequence[Subscript]) -> None:
    """Remember letters that are no index here: a later Σ may claim them."""
    for item in items:
        for letter in item.letters(cursor.letters):
            if not cursor.bound.get(letter) and label_row(cursor, letter) is None:
                claim(cursor, letter, item.start)


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
        texts = [i.text for i in items if i.kind in ("word", "num", "raw")]
        name = "_".join(texts) if len(items) == 1 or op == "ones" else texts[0] if len(set(texts)) == 1 else ""
        size = cursor.scope.sizes.get(name) or (int(name) if name.isdigit() and len(name) < 6 else None)
        if size is None and cursor.toks[after].kind == "_":
            more, later = subscript_at(cursor, after)
            name += "_" + "".join(i.text for i in more if i.kind in ("word", "num", "raw"))
            size, after = cursor.scope.sizes.get(name), later
        if size is None and op == "eye" and two_indices(cursor, items):
            count_loose(cursor, items)
            cursor.pos = after
            return cursor.node(IndexedDelta(token.start, items[-1].end, tuple(items)))
        if size is None:
            raise cursor.fail(
                f"{cursor.text[items[0].start : items[-1].end]} is no size",
                expected="one of " + ", ".join(cursor.scope.sizes.values()) if cursor.scope.sizes else "a number",
                span=(items[0].start, items[-1].end),
                nearest=cursor.scope.nearest(name),
                tag="unknown-name",
            )
        cursor.pos = after
        end = items[-1].end
    kind = Ones if op == "ones" else Identity
    return cursor.node(kind(token.start, end, size))


def two_indices(cursor: Cursor, items: list[Subscript]) -> bool:
    """Whether a subscript is two letters that run: ij."""
    letters = [x for i in items for x in (cursor.letters(i.text) if i.kind == "word" else ["?"])]
    return len(letters) == 2 and all(cursor.bound.get(x) or x in cursor.scope.indices for x in letters)


def glued(cursor: Cursor, items: list[Subscript], k: int, row: Any, whole: bool) -> int:
    """`h_2i` in one run is h_{2i}, unless h_2 is all there is room for, `h_i2` of a matrix is h_{i2}; `x_iy_i` is
    x_i y_i, and `m_ie^x` is m_i e^x."""
    last = items[-1]
    token = cursor.toks[k]
    axes = len(row.sizes) if row is not None else 0
    before = cursor.toks[k - 1]
    if before.kind in ("}", ")", "]"):
        return k
    if (
        last.kind == "word"
        and axes == 2
        and len(items) == 1
        and token.kind == "num"
        and token.value.isdigit()
        and not token.space
        and token.start == last.end
        and (cursor.bound.get(last.text) or last.text in cursor.scope.indices)
    ):
        items.append(Subscript("num", token.start, token.end, token.value))
        return k + 1
    if (
        last.kind == "num"
        and token.kind == "word"
        and not token.space
        and token.start == last.end
        and len(token.value) <= 2
        and token.end - token.start == len(token.value)
    ):
        letters = cursor.letters(token.value)
        if all(cursor.bound.get(x) or x in cursor.scope.indices for x in letters) and (
            axes == 1 + len(letters) or (whole and axes < 2)
        ):
            items.append(Subscript("word", token.start, token.end, token.value))
            return k + 1
        return k
    if (
        last.kind != "word"
        or len(last.text) < 2
        or last.text in GREEK
        or last.end - last.start != len(last.text)
        or before.kind != "word"
    ):
        return k
    word = last.text
    letters = cursor.letters(word)
    if len(letters) < 2 or word in ACCENTS:
        return k
    base = canonical(cursor.text[cursor.toks[k - 3].start : cursor.toks[k - 3].end]) if k >= 3 else ""
    run = axes >= len(letters) and not any(is_a_name(cursor, x) for x in letters)
    if base + "_" + word in cursor.scope.rows or (run and not split_tail(cursor, word[axes:])):
        return k
    for keep in range(min(max(axes, 1), len(word) - 1), 0, -1):
        head, tail = word[:keep], word[keep:]
        euler = tail == "e" and token.kind == "^" and not cursor.bound.get("e") and "e" not in cursor.scope.indices
        if (axes >= keep or base + "_" + head in cursor.scope.rows) and (euler or split_tail(cursor, tail)):
            cursor.split_word(before, keep)
            items[-1] = Subscript("word", last.start, last.start + keep, head)
            return k
    return k


def label_at(cursor: Cursor, k: int, tensor: bool, whole: bool) -> tuple[str, list[Subscript], int] | None:
    """A superscript that is a label: ^{(i)}, ^{[1]}, ^[1], ^(i), ^*, ^\\prime."""
    t = cursor.toks[k + 1]
    if t.kind == "'":
        return ("prime", [], k + 2)
    if t.kind == "{":
        inner = cursor.toks[k + 2]
        if inner.kind == "'" and t.mate == k + 3:
            return ("prime", [], t.mate + 1)
        if inner.kind == "*" and t.mate == k + 3 and whole:
            return ("sub", [Subscript("word", inner.start, inner.end, "star")], t.mate + 1)
        if inner.kind in ("(", "[") and inner.mate == t.mate - 1 and (tensor or whole):
            items = label_items_at(cursor, k + 2)
            return None if items is None else ("label", items, t.mate + 1)
        return None
    if t.kind == "*" and whole and not starts_operand(cursor, cursor.toks[k + 2]):
        return ("sub", [Subscript("word", t.start, t.end, "star")], k + 2)
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


def label_items_at(cursor: Cursor, at: int) -> list[Subscript] | None:
    bracket = cursor.toks[at]
    save, cursor.pos = cursor.pos, at
    items = label_items(cursor, bracket)
    cursor.pos = save
    return items
