"""What stands side by side and is no product: V(s), E[x], dX, 2\\frac12."""

from __future__ import annotations

import re

from derivations.notation.errors import ReadError, put
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.surface import (
    Constant,
    Group,
    Identity,
    Indexed,
    Name,
    Numeral,
    Ones,
    Power,
    Product,
    Quotient,
    SizeName,
    Surface,
)
from derivations.notation.read.token import Token

_HEADS = (Name, Indexed, Constant, SizeName, Identity, Ones)
"""What a bracket with names in it may be the argument of."""


def not_applied(cursor: Cursor, head: Surface, bracket: Token) -> None:
    """Refuse V(s), P(y|x), α_t(i), E[…]: a bracket that lists declared names is the argument of what stands before
    it, not a factor."""
    start = head.start
    while isinstance(head, Product) and head.signs[-1] == "split":
        head = head.factors[-1]
    if isinstance(head, Power):
        base, above = head.base, head.exponent
        start, head = (
            (above.start, above)
            if above.end == bracket.start and not isinstance(above, Numeral)
            else (start, base if isinstance(base, Name) and not base.row.sizes else head)
        )
    if not isinstance(head, _HEADS):
        return
    toks = cursor.toks
    shown, inside = (
        cursor.text[start : toks[toks.index(bracket, cursor.pos) - 1].end],
        cursor.text[bracket.end : toks[bracket.mate].start].strip(),
    )
    span = (start, toks[bracket.mate].end)
    named, listed, plain = listing_in(cursor, bracket)
    if isinstance(head, Name) and cursor.dressing(head.start, head.end) in ("mathbb", "operatorname"):
        if cursor.source(head).strip("{} ")[-1] in "E𝔼":
            raise expectation(cursor, head.start, head.end, bracket)
        named = plain = True
    if isinstance(head, (Identity, Ones)) and plain and not listed:
        letter = "I" if isinstance(head, Identity) else "ones"
        raise cursor.fail(
            f"{shown}({inside}) is no product",
            bracket,
            f"{letter}_{{{inside}}} for its size, {shown} * {inside} for the product",
            span=span,
        )
    row = (
        head.row
        if isinstance(head, Name)
        else head.base.row
        if isinstance(head, Indexed) and isinstance(head.base, Name)
        else None
    )
    tensor = row is not None and bool(row.sizes)
    entry = tensor and bracket.kind == "(" and not plain and counts_in(cursor, bracket)
    if (
        not (named or tensor)
        or not (plain or entry or (listed and named and bracket.kind == "("))
        or (bracket.kind == "[" and listed == ",")
    ):
        return
    if isinstance(head, Indexed) and plain and not listed and toks[bracket.mate + 1].kind == "_":
        return  # b_i(A)_{ij}: an entry of what stands in the bracket
    instead = "" if listed else f"{shown} * {inside if plain else f'({inside})'} for the product"
    if tensor:
        instead = (
            f"{cursor.source(head.base if isinstance(head, Indexed) else head)}_{{…}} with all indices for an entry"
            + (f", {instead}" if instead else "")
        )
    raise cursor.fail(
        (
            f"{shown}{cursor.shown(bracket)}{inside}{cursor.shown(toks[bracket.mate])} is {shown} as a function "
            f"of {inside}, which is not read"
        ),
        bracket,
        instead,
        "application",
        span=span,
    )


def counts_in(cursor: Cursor, bracket: Token) -> bool:
    """Whether a bracket holds an index and numbers, as in x(t-1)."""
    inside = cursor.toks[cursor.toks.index(bracket, cursor.pos) + 1 : bracket.mate]
    return all(
        t.kind in ("num", "+", "-", ",")
        or (t.kind == "word" and (t.value in cursor.scope.indices or cursor.bound.get(t.value)))
        for t in inside
    )


def listing_in(cursor: Cursor, bracket: Token) -> tuple[bool, str, bool]:
    """What a bracket lists: whether a declared name is among it, the sign that separates, whether each entry is one
    name or number."""
    toks, k, stop = cursor.toks, cursor.toks.index(bracket, cursor.pos) + 1, bracket.mate
    scope = cursor.scope
    named, sign, plain = False, "", True
    fresh = True
    bars = sum(t.kind in ("|", "||") for t in toks[k:stop])
    while k < stop:
        token = toks[k]
        kind = token.kind
        if kind in (",", ";") or (kind in ("|", "||") and bars == 1):  # more bars are absolute values
            sign = sign if sign and sign != "," else kind
            fresh = True
            k += 1
            continue
        word = kind == "word" and (
            token.value in scope.bases or token.value in scope.indices or bool(cursor.bound.get(token.value))
        )
        named = named or word
        if not fresh or not (word or (kind == "num" and token.value.isdigit())):
            plain = False
            k = token.mate + 1 if token.mate > k else k + 1
            fresh = False
            continue
        fresh = False
        k += 1
        while k < stop and toks[k].kind in ("_", "'", "^", "num") and (toks[k].kind != "num" or not toks[k].space):
            if toks[k].kind in ("'", "num"):
                k += 1
            elif (
                toks[k].kind == "^"
                and toks[k + 1].kind != "*"
                and not (toks[k + 1].kind == "{" and toks[k + 2].kind in ("(", "[", "*", "'"))
            ):
                plain = False  # a power, no label
                k = toks[k + 1].mate + 1 if toks[k + 1].mate > k else k + 2
            else:
                k = toks[k + 1].mate + 1 if toks[k + 1].mate > k else k + 2
    return named, sign, plain


def mixed_number(cursor: Cursor, before: Numeral, fraction: Surface) -> None:
    r"""2\frac12: two and a half, or two times a half."""
    above, below = (
        (part.body if isinstance(part, Group) else part for part in (fraction.above, fraction.under))
        if isinstance(fraction, Quotient)
        else (fraction, fraction)
    )
    if (
        isinstance(above, Numeral)
        and isinstance(below, Numeral)
        and before.value.denominator == 1
        and 0 < above.value < below.value
    ):
        shown, part = cursor.source(before), cursor.source(fraction)
        raise cursor.fail(
            f"{cursor.text[before.start : fraction.end]} reads two ways", span=(before.start, fraction.end),
            tag="ambiguous", expected="+ or * between the two",
            readings=put(cursor.text, (before.start, fraction.end), f"({shown} + {part})", f"{shown} * {part}"),
        )  # fmt: skip


def differential_of(cursor: Cursor, before: SizeName, factor: Surface) -> None:
    """Refuse dX where d is a size: the differential of X is no product."""
    name = factor.base if isinstance(factor, Indexed) else factor
    fraction = re.match(r"\\[dt]?frac(?![A-Za-z])", cursor.text[factor.start :]) is not None  # d ∂L/∂x is a product
    if before.size == "d" and isinstance(name, Name) and name.row.sizes and not fraction:
        shown = cursor.source(factor)
        raise cursor.fail(
            f"d{shown} is a differential, which is not read",
            span=(before.start, factor.end),
            expected=f"d * {shown} for the product",
        )


_MEANS = {"Var": "a variance", "var": "a variance", "V": "a variance", "Cov": "a covariance", "cov": "a covariance"}


def expectation(cursor: Cursor, start: int, end: int, after: Token, word: str = "E") -> ReadError:
    r"""E[x], \mathbb{E}_p[x], Var(x): nobody says how what is drawn is distributed."""
    stop = cursor.toks[after.mate].end if after.mate >= 0 else end
    what = _MEANS.get(word, "an expectation")
    return cursor.fail(
        f"{cursor.text[start:stop]} is {what}, and the law of what is drawn is not said"
        + ("; Euler's number is e" if word == "E" else ""),
        None,
        "the variable and its law below, as in E_{x ~ N(mu, s^2)}[x^2], or the sum or mean that is meant",
        "unsaid-law",
        span=(start, stop),
    )


def refuse_entry(cursor: Cursor, token: Token, split: list[str]) -> None:
    """Refuse `yi`, where y has axes and i is an index: an entry is y_i, and no product of y and i is meant."""
    for k, piece in enumerate(split):
        row = cursor.scope.rows.get(piece)
        letters = split[k + 1 : k + 1 + len(row.sizes)] if row is not None else []
        if letters and all(cursor.bound.get(x) or x in cursor.scope.indices for x in letters):
            written, meant = (
                piece + "".join(letters),
                f"{piece}_{letters[0] if len(letters) == 1 else ''.join(letters)}",
            )
            raise cursor.fail(
                f"{written} is {piece} beside {' and '.join(letters)}, which is no entry of it",
                token,
                f"{meant} for the entry",
                "unknown-name",
                nearest=(meant,),
            )


def refuse_numbered(cursor: Cursor, token: Token, t: Token) -> None:
    """exp2(a), relu6(a), norm1(x): functions of some library, or multiples, or powers; nothing tells."""
    bracket = cursor.toks[cursor.pos + 1]
    glued = t.kind == "num" and not t.space and bracket.kind == "(" and not bracket.space
    if glued and cursor.text[token.start] != "\\":
        word, called = cursor.shown(token), cursor.text[token.start : t.end]
        raise cursor.fail(
            f"{called} is no function here", t, f"{word}({t.value} …) or {word}(…)^{t.value}", span=(token.start, t.end)
        )
