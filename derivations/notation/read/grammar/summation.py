"""Σ, Π, max_i, mean_i: the index below, the end above, and the body as mathematicians read it."""

from __future__ import annotations

from dataclasses import replace

from derivations.notation.errors import ReadError, put
from derivations.notation.read.grammar.below import end_above, indices_below, value_between
from derivations.notation.read.grammar.cursor import Cursor, Primary
from derivations.notation.read.grammar.expressions import parse_product
from derivations.notation.read.grammar.letters import starts_operand
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.surface import Big, Binder, Negative, Product, Relation, Surface
from derivations.notation.read.token import Token
from derivations.notation.words import BINDERS


def big_operator(cursor: Cursor, op: str, token: Token) -> Surface:
    """Σ, Π, max_i, mean_i: the index below, the end above, and the body."""
    cursor.enter(token)
    binders: list[Binder] = []
    upper: Surface | None = None
    while True:
        t = cursor.toks[cursor.pos]
        if t.kind == "_" and not binders:
            binders = indices_below(cursor)
        elif t.kind == "^" and upper is None:
            cursor.pos += 1
            upper = end_above(cursor)
        else:
            break
    if upper is not None:
        if not binders:
            raise cursor.fail("a sum with an end and no index", token, "an index below, as in sum_{i=1}^n", tag="index")
        last = len(binders) - 1
        binders = [
            replace(b, upper=upper) if (k == last or b.lower is not None) and b.upper is None else b
            for k, b in enumerate(binders)
        ]
    below = cursor.toks[cursor.pos - 1].end
    made = body_of(cursor, op, token, binders)
    for b in binders:
        if b.beside and all(mentions(cursor, made.body, [letter]) for letter in (b.beside, b.letter)):
            condition = b.conditions[0]
            if not isinstance(condition, Relation) or condition.ops != ("!=",):
                raise over_pairs(cursor, b, token, below)
            cursor.note(
                "given-index", f"the sum was read to run over {b.letter}, for one {b.beside}", token.start, below
            )
    cursor.depth -= 1
    return made


def body_of(cursor: Cursor, op: str, token: Token, binders: list[Binder]) -> Big:
    """The body: the product that follows, as mathematicians read it."""
    letters = [b.letter for b in binders]
    for letter in letters:
        cursor.bound[letter] = cursor.bound.get(letter, 0) + 1
    t = cursor.toks[cursor.pos]
    seen = len(cursor.loose)
    start = t.start
    if not starts_operand(cursor, t) and t.kind not in ("-", "+") and t.kind not in ("|", "||"):
        raise cursor.fail(
            "a sum of nothing" if op == "sum" else f"{op} of nothing", t, "what is summed" if op == "sum" else "a value"
        )
    sign = False
    while t.kind in ("-", "+"):
        sign ^= t.kind == "-"
        cursor.pos += 1
        t = cursor.toks[cursor.pos]
    cursor.unnamed += not letters
    inner = parse_product(cursor)
    cursor.unnamed -= not letters
    if sign:
        inner = cursor.node(Negative(start, inner.end, inner))
    for letter in letters:
        cursor.bound[letter] -= 1
    if (
        op not in ("sum", "mean")
        and isinstance(inner, Product)
        and inner.signs[-1] == "/"
        and letters
        and not mentions(cursor, inner.factors[-1], letters)
    ):
        raise divided_body(cursor, token, inner)
    loose = cursor.loose[seen:] if not binders else []
    made = cursor.node(Big(token.start, inner.end, inner, op, tuple(binders), tuple(loose)))
    if not binders and loose:
        only = {letter for letter, _ in loose}
        if len(only) == 1:
            del cursor.loose[seen:]
    cursor.trailing = (cursor.pos, made)
    return made


def over_pairs(cursor: Cursor, b: Binder, token: Token, below: int) -> ReadError:
    """`Σ_{i<j} a_i a_j`, both declared: over all such pairs, or over i alone where j is given."""
    condition = cursor.source(b.conditions[0])
    head = cursor.text[token.start : token.end]
    return cursor.fail(
        f"{cursor.text[token.start : below]} reads two ways", span=(token.start, below), tag="ambiguous",
        expected=f"the indices that run before a colon: {{{b.letter} : {condition}}}",
        readings=put(cursor.text, (token.start, below), f"{head}_{{{b.letter},{b.beside} : {condition}}}",
            f"{head}_{{{b.letter} : {condition}}}"),
    )  # fmt: skip


def mentions(cursor: Cursor, t: Surface, letters: list[str]) -> bool:
    """Whether one of these letters may stand in what was written."""
    return any(
        tok.kind == "word" and any(letter in tok.value for letter in letters)
        for tok in cursor.toks
        if t.start <= tok.start < t.end
    )


def divided_body(cursor: Cursor, token: Token, inner: Product) -> ReadError:
    """`Π_j x_j / c`, `max_j x_j / c`: every entry is divided, or the whole is."""
    above, below = inner.factors[:-1], inner.factors[-1]
    head, factors = cursor.text[token.start : inner.start].rstrip(), cursor.text[inner.start : above[-1].end]
    return cursor.fail(
        f"{cursor.text[token.start : inner.end]} reads two ways", span=(token.start, inner.end), tag="ambiguous",
        expected="brackets around what is divided",
        readings=put(cursor.text, (token.start, inner.end), f"{head} ({cursor.source(inner)})",
            f"({head} {factors})/{cursor.source(below)}"),
    )  # fmt: skip


def called_binder(cursor: Cursor, name: str, token: Token) -> Surface | None:
    """max(z_k, k), mean(x_i, i): a binder written as a call; None for an ordinary call."""
    bracket = cursor.toks[cursor.pos]
    commas = cursor.commas(cursor.pos)
    if len(commas) == 1 and commas[0] == bracket.mate - 2:
        t = cursor.toks[bracket.mate - 1]
        if t.kind == "word" and not cursor.known(t.value) and len(t.value) == 1:
            return called_big(cursor, BINDERS[name], token)
    return None


def called_big(cursor: Cursor, op: str, token: Token) -> Surface:
    """sum(x_i, i), Sum(x_i, (i, 1, n)), sum(x_i, i, 1, n), Sum(x_i)."""
    at = cursor.pos
    bracket = cursor.toks[at]
    if bracket.mate == at + 1:
        raise cursor.fail(
            "a sum of nothing", bracket, "what is summed", span=(bracket.start, cursor.toks[bracket.mate].end)
        )
    cursor.enter(bracket)
    commas = cursor.commas(at)
    binders: list[Binder] = []
    stop = bracket.mate
    if commas:
        ends = [*commas[1:], stop]
        pieces = [(a + 1, b) for a, b in zip(commas, ends, strict=True)]
        k = 0
        while k < len(pieces):
            a, b = pieces[k]
            t = cursor.toks[a]
            if t.kind == "(" and t.mate == b - 1:
                inner = cursor.commas(a)
                if not inner or cursor.toks[a + 1].kind != "word":
                    raise cursor.fail("a range is (i, 1, n)", t, "(i, 1, n)", tag="index")
                binder = Binder(cursor.toks[a + 1].value, cursor.toks[a + 1].start, cursor.toks[a + 1].end)
                bounds = [(x + 1, y) for x, y in zip(inner, [*inner[1:], t.mate], strict=True)]
                if len(bounds) > 2:
                    raise cursor.fail("a range is (i, 1, n)", t, "(i, 1, n)", tag="index")
                if len(bounds) == 2:
                    binder = replace(binder, lower=value_between(cursor, *bounds[0]))
                binder = replace(binder, upper=value_between(cursor, *bounds[-1]))
                binders.append(binder)
            elif t.kind == "word" and (b == a + 1):
                binder = Binder(t.value, t.start, t.end)
                if k + 2 < len(pieces) and cursor.toks[pieces[k + 1][0]].kind == "num":
                    binder = replace(binder, lower=value_between(cursor, *pieces[k + 1]))
                    binder = replace(binder, upper=value_between(cursor, *pieces[k + 2]))
                    k += 2
                binders.append(binder)
            elif t.kind == "word" and cursor.toks[a + 1].kind == "rel" and cursor.toks[a + 1].value == "=":
                binder = Binder(t.value, t.start, t.end)
                binder = replace(binder, lower=value_between(cursor, a + 2, b))
                if k + 1 < len(pieces):
                    binder = replace(binder, upper=value_between(cursor, *pieces[k + 1]))
                    k += 1
                binders.append(binder)
            else:
                raise cursor.fail(
                    "the index of the sum was expected", t, "sum(x_i, i) or Sum(x_i, (i, 1, n))", tag="index"
                )
            k += 1
        stop = commas[0]
    letters = [b.letter for b in binders]
    for letter in letters:
        cursor.bound[letter] = cursor.bound.get(letter, 0) + 1
    cursor.pos = at + 1
    seen = len(cursor.loose)
    inner_tree = cursor.guarded(parse_full)
    for letter in letters:
        cursor.bound[letter] -= 1
    if cursor.pos != stop:
        raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "an operator, or the end of the sum")
    cursor.pos = bracket.mate + 1
    cursor.depth -= 1
    loose = cursor.loose[seen:] if not binders else []
    if not binders and len({letter for letter, _ in loose}) == 1:
        del cursor.loose[seen:]
    return cursor.node(Big(token.start, cursor.toks[bracket.mate].end, inner_tree, op, tuple(binders), tuple(loose)))


def big_sign(cursor: Cursor, token: Token) -> Surface:
    """Σ, Π"""
    cursor.pos += 1
    return big_operator(cursor, token.kind, token)


PRIMARY: dict[str, Primary] = {"sum": big_sign, "prod": big_sign}
"""What these kinds of token start."""
