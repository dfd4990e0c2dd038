"""Σ, Π, max_i, mean_i: the index below, the end above, and the body as mathematicians read it."""

from __future__ import annotations

from dataclasses import replace

from derivations.notation.errors import ReadError, put
from derivations.notation.read.grammar.cursor import Cursor, Primary
from derivations.notation.read.grammar.expressions import parse_additive, parse_logic, parse_primary, parse_product
from derivations.notation.read.grammar.letters import split_tail, starts_operand
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.surface import Big, Binder, Negative, Numeral, Product, SizeName, Surface
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number
from derivations.notation.spelling import GREEK
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
            replace(b, upper=upper) if k == last or (b.lower is not None and b.upper is None) else b
            for k, b in enumerate(binders)
        ]
    made = body_of(cursor, op, token, binders)
    cursor.depth -= 1
    return made


def body_of(cursor: Cursor, op: str, token: Token, binders: list[Binder]) -> Surface:
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
    inner = parse_product(cursor)
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


def indices_below(cursor: Cursor) -> list[Binder]:
    """What stands below a Σ: i, ij, i=1, j≤i, k≠i, 1≤i≤n."""
    mark = cursor.toks[cursor.pos]
    t = cursor.toks[cursor.pos + 1]
    if t.kind in ("{", "(", "["):
        begin, stop = cursor.pos + 2, t.mate
        if begin == stop:
            raise cursor.fail("an empty subscript", t, "an index", tag="index")
        binders: list[Binder] = []
        at = begin
        while at < stop:
            end = at
            while end < stop and cursor.toks[end].kind not in (",", "newline"):
                end = cursor.toks[end].mate + 1 if cursor.toks[end].mate > end else end + 1
            binders += one_index_below(cursor, at, end)
            at = end + 1
        cursor.pos = stop + 1
        return binders
    if t.kind != "word":
        raise cursor.fail(
            "an index was expected below",
            t,
            "an index, as in sum_i",
            tag="index",
            span=(mark.start, max(t.end, mark.end)),
        )
    cursor.pos += 2
    after = cursor.toks[cursor.pos]
    value, end = t.value, t.end
    while after.kind == "'" and not after.space:
        value += "'"
        end = after.end
        cursor.pos += 1
        after = cursor.toks[cursor.pos]
    if (
        len(value) > 1
        and value not in GREEK
        and "'" not in value
        and end - t.start == len(value)
        and value not in cursor.scope.indices
        and split_tail(cursor, value[1:])
    ):
        # sum_ix_i: one letter is the index, as LaTeX has it, unless the run is letters of indices
        cursor.split_word(t, 1)
        value, end = t.value, t.end
    letters = cursor.letters(value)
    made = [Binder(letter, t.start, end) for letter in letters]
    after = cursor.toks[cursor.pos]
    if (
        after.kind == "rel"
        and after.value == "="
        and len(made) == 1
        and not after.space
        and cursor.toks[cursor.pos + 1].kind == "num"
    ):
        cursor.pos += 1
        n = cursor.toks[cursor.pos]
        made[0] = replace(made[0], lower=cursor.node(Numeral(n.start, n.end, number(n))))
        cursor.pos += 1
    return made


def one_index_below(cursor: Cursor, at: int, end: int) -> list[Binder]:
    toks = cursor.toks
    rels = [k for k in range(at, end) if toks[k].kind == "rel"]
    words = [k for k in range(at, end) if toks[k].kind == "word"]
    if not words:
        raise cursor.fail("an index was expected below", toks[at], "an index, as in sum_{i=1}^n", tag="index")
    if not rels:
        made: list[Binder] = []
        k = at
        while k < end:
            t = toks[k]
            if t.kind == "'" and made:
                made[-1] = replace(made[-1], letter=made[-1].letter + "'")
            elif t.kind == "word":
                made += [Binder(letter, t.start, t.end) for letter in cursor.letters(t.value)]
            elif t.kind in ("in", ":"):
                return condition_below(cursor, made, k, end)
            else:
                raise cursor.fail(
                    f"{cursor.shown(t)!r} does not belong below a sum", t, "an index, as in sum_{i=1}^n", tag="index"
                )
            k += 1
        return made
    first = rels[0]
    for k in range(at, first):
        if toks[k].kind in (":", "|"):
            made = [Binder(letter, toks[at].start, toks[at].end) for letter in cursor.letters(toks[at].value)]
            return condition_below(cursor, made, k, end)
    alone = first == at + 1 and toks[at].kind == "word"
    if alone and toks[first].value == "=" and len(rels) == 1:
        binder = Binder(toks[at].value, toks[at].start, toks[first].end)
        binder = replace(binder, lower=value_between(cursor, first + 1, end))
        return [binder]
    if (
        len(rels) == 2
        and toks[rels[0]].value in ("<=", "<")
        and toks[rels[1]].value in ("<=", "<")
        and rels[1] == rels[0] + 2
        and toks[rels[0] + 1].kind == "word"
    ):
        t = toks[rels[0] + 1]
        if not cursor.bound.get(t.value):
            binder = Binder(t.value, t.start, t.end)
            if toks[rels[0]].value == "<=" and toks[rels[1]].value == "<=":
                binder = replace(binder, lower=value_between(cursor, at, rels[0]))
                binder = replace(binder, upper=value_between(cursor, rels[1] + 1, end))
                return [binder]
            return condition_below(cursor, [binder], at - 1, end)
    candidates = [
        k
        for k in (at, rels[-1] + 1)
        if k < end
        and toks[k].kind == "word"
        and ((k == at and alone) or k == end - 1)
        and not cursor.bound.get(toks[k].value)
    ]
    fresh = [k for k in candidates if toks[k].value not in cursor.scope.indices] or candidates
    if not fresh:
        raise cursor.fail(
            "no index stands below this sum",
            toks[at],
            "an index, as in sum_{j <= i}",
            tag="index",
            span=(toks[at].start, toks[end - 1].end),
        )
    t = toks[fresh[0]]
    return condition_below(cursor, [Binder(t.value, t.start, t.end)], at - 1, end)


def condition_below(cursor: Cursor, made: list[Binder], mark: int, end: int) -> list[Binder]:
    """Indices with a condition on them, which stands after position `mark`."""
    if (mark >= 0 and cursor.toks[mark].kind == "in") or not made:
        raise cursor.fail(
            "a set below a sum is not read",
            cursor.toks[mark],
            "an index with its ends or a condition, as in sum_{j <= i}",
            tag="index",
        )
    for b in made:
        cursor.bound[b.letter] = cursor.bound.get(b.letter, 0) + 1
    cursor.pos = mark + 1
    condition = parse_logic(cursor)
    for b in made:
        cursor.bound[b.letter] -= 1
    if cursor.pos != end:
        raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "the end of the condition", tag="index")
    made[-1] = replace(made[-1], conditions=(*made[-1].conditions, condition))
    return made


def value_between(cursor: Cursor, at: int, end: int) -> Surface:
    """The value between two positions, whole."""
    cursor.pos = at
    if at >= end:
        raise cursor.fail("an empty end of a range", cursor.toks[at], "a number or a size", tag="index")
    found = parse_additive(cursor)
    if cursor.pos != end:
        raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "the end of the range", tag="index")
    return found


def end_above(cursor: Cursor) -> Surface:
    """What stands above a Σ."""
    t = cursor.toks[cursor.pos]
    if t.kind in ("{", "("):
        stop = t.mate
        found = value_between(cursor, cursor.pos + 1, stop)
        cursor.pos = stop + 1
        return found
    if t.kind == "num":
        cursor.pos += 1
        return cursor.node(Numeral(t.start, t.end, number(t)))
    if t.kind == "word":
        if (
            len(t.value) > 1
            and t.value not in cursor.scope.sizes
            and t.value not in cursor.scope.rows
            and t.end - t.start == len(t.value)
            and (
                t.value[0] in cursor.scope.sizes
                or t.value[0] in cursor.scope.rows
                or t.value[0] in cursor.scope.indices
            )
        ):
            cursor.split_word(t, 1)
        if t.value in cursor.scope.sizes and cursor.toks[cursor.pos + 1].kind != "_":
            cursor.pos += 1
            return cursor.node(SizeName(t.start, t.end, cursor.scope.sizes[t.value]))
        return parse_primary(cursor, t)
    raise cursor.fail("an empty end of a range", t, "a number or a size", tag="index")


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
