"""A whole formula or what stands in a bracket: a value or condition, cases in line, an array by its entries."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import Any

from derivations.notation.read.case_lists import cases_of
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.evaluated import evaluated_whole
from derivations.notation.read.grammar.expressions import logic_from, next_case, parse_additive, parse_logic
from derivations.notation.read.grammar.letters import is_evaluation, starts_operand
from derivations.notation.read.grammar.subscripts import subscript_at
from derivations.notation.read.surface import (
    Applied,
    ArrayOf,
    Group,
    Negative,
    Numeral,
    Product,
    Quotient,
    Subscript,
    Surface,
    Terms,
    is_condition,
)
from derivations.notation.read.token import Token
from derivations.notation.words import AND, ELSE, IF, NOT, OR, UNLESS


def parse_full(cursor: Cursor) -> Surface:
    """A value or condition, an array by its entries, or cases written in line."""
    token = cursor.toks[cursor.pos]
    if token.kind == "word" or token.kind == "(":
        heads = array_heads(cursor, token)
        if heads is not None:
            return array_by_entries(cursor, token, *heads)
    value = parse_additive(cursor) if token.kind != "not" and token.value not in NOT else parse_logic(cursor)
    token = cursor.toks[cursor.pos]
    kind = token.kind
    if kind == "rel" or kind == "and" or kind == "or" or (kind == "word" and token.value in AND | OR):
        value = logic_from(cursor, value)
        token = cursor.toks[cursor.pos]
    if token.kind == "word" and (token.value in IF or token.value in UNLESS) and not is_condition(value):
        return inline_cases(cursor, value)
    if kind == "over" or kind == "choose":
        return infix_fraction(cursor, value)
    if kind == "|" and is_evaluation(cursor, token):
        return evaluated_whole(cursor, value)
    return value


def infix_fraction(cursor: Cursor, above: Surface) -> Surface:
    r"""{a \over b}, {n \choose k}: the sign divides the whole group."""
    over = cursor.toks[cursor.pos].kind == "over"
    cursor.pos += 1
    below = parse_additive(cursor)
    token = cursor.toks[cursor.pos]
    if token.kind in ("over", "choose"):
        raise cursor.fail(cursor.unexpected(token), token, "braces around one of the two fractions")
    if over:
        return cursor.node(Quotient(above.start, below.end, above, below))
    return binomial(cursor, above.start, below.end, above, below)


MAX_FALLING = 8
"""Factors that a binomial of a number below is written out to."""


def binomial(cursor: Cursor, start: int, end: int, n: Surface, k: Surface) -> Surface:
    """n over k: n (n-1) … (n-k+1) / k! for a number k, n! / (k! (n-k)!) else."""
    bare = k
    while isinstance(bare, Group):
        bare = bare.body
    if isinstance(bare, Numeral) and bare.value.denominator == 1 and 0 <= bare.value <= MAX_FALLING:
        count = int(bare.value)

        def number(value: int) -> Surface:
            return cursor.node(Numeral(start, end, Fraction(value)))

        factors = [n, *(cursor.node(Terms(start, end, (n, number(-m)))) for m in range(1, count))]
        if count == 0:
            return number(1)
        above = factors[0] if count == 1 else cursor.node(Product(start, end, tuple(factors), ("*",) * (count - 1)))
        return cursor.node(Quotient(start, end, above, number(factorial(count))))

    def of(body: Surface) -> Surface:
        return cursor.node(Applied(start, end, (body,), "factorial"))

    rest = cursor.node(Terms(start, end, (n, cursor.node(Negative(start, end, k)))))
    under = cursor.node(Product(start, end, (of(k), of(rest)), ("*",)))
    return cursor.node(Quotient(start, end, of(n), under))


Head = tuple[str, Any, Token]
"""A letter before an arrow, its size where it is said, and where it stands."""


def array_heads(cursor: Cursor, token: Token) -> tuple[list[tuple[Head, ...]], int] | None:
    """The indices before an arrow, `j ->`, `(i, j:d) ->`, `((j, i), k) ->`, those of an axis together, and the position
    behind it; None where there is no arrow."""
    toks = cursor.toks
    if token.kind == "word":
        after = toks[cursor.pos + 1].kind
        if after not in ("mapsto", "rel", ":"):
            return None
        begin, stop = cursor.pos, cursor.pos + (3 if after == ":" else 1)
        if stop >= len(toks):
            return None
    else:
        begin, stop = cursor.pos + 1, token.mate
        if toks[stop + 1].kind not in ("mapsto", "rel"):
            return None
        stop += 1
    arrow = toks[stop]
    if arrow.kind != "mapsto" and not (arrow.kind == "rel" and cursor.shown(arrow) == "->"):
        return None
    heads = _heads_between(cursor, begin, stop - 1 if token.kind == "(" else stop)
    return (heads, stop + 1) if heads else None


def _heads_between(cursor: Cursor, k: int, last: int) -> list[tuple[Head, ...]] | None:
    """The heads between two positions, `i, (j, k:d)`; None where something else stands there."""
    toks = cursor.toks
    heads: list[tuple[Head, ...]] = []
    while k < last:
        t = toks[k]
        if t.kind == "(" and t.mate < last:
            within = _heads_between(cursor, k + 1, t.mate)
            if not within or any(len(group) > 1 for group in within):
                return None
            heads.append(tuple(head for group in within for head in group))
            k = t.mate + 1
        elif t.kind == "word":
            size, k = _size_of_head(cursor, k, last)
            heads.append(((t.value, size, t),))
        else:
            return None
        if k < last and toks[k].kind != ",":
            return None
        k += 1
    return heads


def _size_of_head(cursor: Cursor, k: int, last: int) -> tuple[Any, int]:
    """The d of `j:d`, None where it is not said, and the position behind."""
    toks = cursor.toks
    if toks[k + 1].kind != ":":
        return None, k + 1
    named = toks[k + 2]
    size: Any = cursor.scope.sizes.get(named.value) or (
        int(named.value) if named.kind == "num" and named.value.isdigit() and len(named.value) < 6 else None
    )
    k += 3
    if size is None and k < last and toks[k].kind in ("_", "num"):
        below, k = subscript_at(cursor, k) if toks[k].kind == "_" else ([Subscript("num", 0, 0, toks[k].value)], k + 1)
        size = cursor.scope.sizes.get(named.value + "_" + "".join(item.text for item in below))
    if size is None:
        raise cursor.fail(f"{cursor.shown(named)} is no size", named, "a size", "index")
    return size, k


def array_by_entries(cursor: Cursor, token: Token, heads: list[tuple[Head, ...]], after: int) -> Surface:
    """`j -> a_j b_j`: the array with these entries."""
    letters = [(letter, size) for group in heads for letter, size, _ in group]
    cursor.enter(token)
    cursor.pos = after
    for letter, _ in letters:
        cursor.bound[letter] = cursor.bound.get(letter, 0) + 1
    body = parse_full(cursor)
    for letter, _ in letters:
        cursor.bound[letter] -= 1
    cursor.depth -= 1
    return cursor.node(ArrayOf(token.start, body.end, body, tuple(letters), tuple(map(len, heads))))


def inline_cases(cursor: Cursor, first: Surface) -> Surface:
    """`v if c, w if d, u otherwise`, `v if c else w`, `v for c; w for d`, `v unless c`."""
    pairs: list[tuple[Surface, Surface]] = []
    otherwise: Surface | None = None
    beside = False
    value = first
    while True:
        token = cursor.toks[cursor.pos]
        if token.kind == "word" and (token.value in IF or token.value in UNLESS):
            cursor.pos += 1
            condition = parse_logic(cursor)
            pairs.append((cursor.denied(condition) if token.value in UNLESS else condition, value))
        elif token.kind == "word" and token.value in ELSE:
            cursor.pos += 1
            otherwise = value
            break
        else:
            raise cursor.fail(cursor.unexpected(token), token, "if with a condition, or otherwise")
        save = cursor.pos
        token = cursor.toks[cursor.pos]
        comma = token.kind in (",", ";")
        if comma:
            cursor.pos += 1
            token = cursor.toks[cursor.pos]
        if token.kind == "word" and token.value in (AND | OR) and (comma or next_case(cursor)):
            comma = True
            cursor.pos += 1
            token = cursor.toks[cursor.pos]
        if token.kind == "word" and token.value in ELSE:
            cursor.pos += 1
            if cursor.toks[cursor.pos].kind == ":":
                cursor.pos += 1
            otherwise = parse_logic(cursor)
            after = cursor.toks[cursor.pos]
            if after.kind == "word" and after.value in IF and not is_condition(otherwise):
                value, otherwise = otherwise, None
                continue
            break
        if not comma or not (starts_operand(cursor, token) or token.kind in ("-", "+", "|", "||")):
            cursor.pos = save
            break
        value, beside = parse_logic(cursor), True
        if cursor.toks[cursor.pos].kind == ",":
            cursor.pos += 1
    if beside:
        cursor.beside([c for c, _ in pairs])
    args = [t for pair in pairs for t in pair] + ([otherwise] if otherwise else [])
    return cursor.node(cases_of(min(a.start for a in args), max(a.end for a in args), pairs, otherwise))
