"""The levels of the grammar from conditions down to factors: and, relations, terms, products, and what binds tighter by
the tables of the grammar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derivations.notation.errors import ReadError, put
from derivations.notation.read.grammar.cursor import MAX_ATTACHED, Cursor
from derivations.notation.read.grammar.letters import starts_operand
from derivations.notation.read.grammar.refusals import differential_of, mixed_number, not_applied
from derivations.notation.read.surface import (
    AllOf,
    AnyOf,
    Applied,
    Bars,
    Big,
    FunctionOf,
    Indexed,
    Name,
    Negation,
    Negative,
    Norm,
    Numeral,
    Power,
    Product,
    Relation,
    Root,
    SizeName,
    Surface,
    Terms,
    Transposed,
    is_condition,
    is_number,
    with_replaced,
)
from derivations.notation.read.token import Token
from derivations.notation.words import AND, COMPARISONS, ELSE, IF, NOT, OR, PRODUCT

_BRACKETS = frozenset(["(", "[", r"\{"])


def parse_logic(cursor: Cursor) -> Surface:
    """Relations joined by and, or, not."""
    first = parse_clause(cursor)
    token = cursor.toks[cursor.pos]
    if token.kind in ("and", "or") or (token.kind == "word" and token.value in AND | OR):
        return logic_from(cursor, first)
    return first


def logic_from(cursor: Cursor, first: Surface) -> Surface:
    """The rest of a condition whose first value or clause was read; `and` binds tighter than `or`."""
    clauses = [compared(cursor, first)]
    alternatives: list[Surface] = []
    while True:
        token = cursor.toks[cursor.pos]
        if token.kind == "and" or (token.kind == "word" and token.value in AND):
            if next_case(cursor):
                break
            cursor.pos += 1
            clauses.append(parse_clause(cursor))
        elif token.kind == "or" or (token.kind == "word" and token.value in OR):
            cursor.pos += 1
            alternatives.append(joined(cursor, AllOf, clauses))
            clauses = [parse_clause(cursor)]
        else:
            break
    return joined(cursor, AnyOf, [*alternatives, joined(cursor, AllOf, clauses)])


def next_case(cursor: Cursor) -> bool:
    """Whether the `and` here joins cases, not conditions: `a if c and b otherwise`."""
    k = cursor.pos + 1
    while k < len(cursor.toks) - 1:
        t = cursor.toks[k]
        if t.kind == "word" and t.value in IF | ELSE:
            return True
        if t.kind in ("rel", ",", ";", "and", "or", ")", "}", "]") or (t.kind == "word" and t.value in AND | OR | NOT):
            return False
        k = t.mate + 1 if t.mate > k else k + 1
    return False


def joined(cursor: Cursor, kind: type[AllOf] | type[AnyOf], parts: list[Surface]) -> Surface:
    return parts[0] if len(parts) == 1 else cursor.node(kind(parts[0].start, parts[-1].end, tuple(parts)))


def parse_clause(cursor: Cursor) -> Surface:
    """A relation, or not a relation."""
    token = cursor.toks[cursor.pos]
    if token.kind == "not" or (token.kind == "word" and token.value in NOT):
        cursor.enter(token)
        cursor.pos += 1
        below = parse_clause(cursor)
        cursor.depth -= 1
        return cursor.node(Negation(token.start, below.end, below))
    return compared(cursor, parse_additive(cursor))


def compared(cursor: Cursor, left: Surface) -> Surface:
    """A value compared with the values that follow: a < b <= c."""
    token = cursor.toks[cursor.pos]
    if token.kind != "rel" or token.value not in COMPARISONS or is_condition(left):
        return left
    args, ops = [left], []
    while token.kind == "rel" and token.value in COMPARISONS:
        cursor.pos += 1
        ops.append(COMPARISONS[token.value])
        args.append(parse_additive(cursor))
        token = cursor.toks[cursor.pos]
    return cursor.node(Relation(left.start, args[-1].end, tuple(args), tuple(ops)))


def parse_additive(cursor: Cursor) -> Surface:
    """Terms joined by + and -, a sign in front allowed."""
    token = cursor.toks[cursor.pos]
    start = token.start
    negative = False
    while token.kind in ("-", "+"):
        negative ^= token.kind == "-"
        cursor.pos += 1
        token = cursor.toks[cursor.pos]
    first = parse_product(cursor)
    if negative:
        first = cursor.node(Negative(start, first.end, first))
    kind = cursor.toks[cursor.pos].kind
    if kind != "+" and kind != "-":
        return first
    terms = [first]
    last: Big | None = None
    while kind == "+" or kind == "-":
        sums = cursor.trailing if cursor.trailing and cursor.trailing[0] == cursor.pos else None
        last = sums[1] if sums is not None else last
        cursor.pos += 1
        negative = kind == "-"
        kind = cursor.toks[cursor.pos].kind
        while kind == "-" or kind == "+":
            if cursor.toks[cursor.pos].start == cursor.toks[cursor.pos - 1].end:
                shown = cursor.text[cursor.toks[cursor.pos - 1].start : cursor.toks[cursor.pos].end]
                raise cursor.fail(
                    f"{shown} stands for two signs, which is not read",
                    expected="one sign, or brackets around a negative term",
                )
            negative ^= kind == "-"
            cursor.pos += 1
            kind = cursor.toks[cursor.pos].kind
        seen, used = len(cursor.loose), len(cursor.used)
        term = parse_product(cursor)
        if negative:
            term = cursor.node(Negative(term.start, term.end, term))
        kind = cursor.toks[cursor.pos].kind
        if sums is not None and (len(cursor.loose) > seen or len(cursor.used) > used):
            wider = extended(cursor, sums[1], term, seen, used)
            if wider is not None:
                terms[-1] = with_replaced(terms[-1], sums[1], wider)
                continue
        elif last is not None and (sums is None and len(cursor.used) > used):
            refuse_its_index(cursor, last, term, used)
        terms.append(term)
    if len(terms) == 1:
        return terms[0]
    return cursor.node(Terms(start, terms[-1].end, tuple(terms)))


def extended(cursor: Cursor, big: Big, term: Surface, seen: int, used: int) -> Big | None:
    """A term after Σ that uses its index belongs under the Σ: `Σ_i a_i + b_i`, where i means nothing outside.

    Where i is declared, it may mean something outside as well: then the text reads two ways.
    """
    letters = {b.letter for b in big.binders} or {letter for letter, _ in cursor.loose[:seen]}
    if not any(letter in letters for letter, _ in cursor.loose[seen:]):
        refuse_its_index(cursor, big, term, used)
        return None
    if big.binders:
        cursor.loose[seen:] = [pair for pair in cursor.loose[seen:] if pair[0] not in letters]
    body = big.body
    if isinstance(body, Terms):
        longer = replace(body, end=term.end, parts=(*body.parts, term))
    else:
        longer = cursor.node(Terms(body.start, term.end, (body, term)))
    wider = replace(big, end=term.end, body=longer)
    cursor.trailing = (cursor.pos, wider)
    cursor.note(
        "sum-extent", f"the sum was read to go on over {cursor.source(term)}, which uses its index", big.start, term.end
    )
    return wider


def refuse_its_index(cursor: Cursor, big: Big, term: Surface, used: int) -> None:
    """Refuse a term behind Σ_i that speaks of a declared i: it may stand under the sum, or speak of another."""
    letters = {b.letter for b in big.binders}
    twice = next((letter for letter in cursor.used[used:] if letter in letters), None)
    if twice is None:
        return
    between = cursor.text[big.end : term.start].strip()
    head = cursor.text[big.start : big.body.start]
    inner, rest = cursor.source(big.body), cursor.source(term)
    raise cursor.fail(
        f"{rest} after the sum uses its index {twice}, which is declared as well: this reads two ways",
        span=(term.start, term.end), tag="ambiguous", expected="brackets",
        readings=put(cursor.text, (big.start, term.end), f"({head}({inner})) {between} {rest}",
            f"{head}({inner} {between} {rest})"),
    )  # fmt: skip


def parse_product(cursor: Cursor, stop: bool = False) -> Surface:
    """Factors joined by juxtaposition and by * · @ ⊙ /. With `stop`, up to the next function or Σ."""
    first = juxtaposed(cursor, parse_factor(cursor), stop)
    kind = cursor.toks[cursor.pos].kind
    if kind not in PRODUCT and kind != "." and not (kind == "word" and cursor.hadamard_o()):
        return first
    args, ops = [first], []
    while True:
        token = cursor.toks[cursor.pos]
        kind = token.kind
        if kind in PRODUCT:
            op = PRODUCT[kind]
            after = cursor.toks[cursor.pos + 1]
            if stop and (
                (op == "/" and token.space)
                or after.kind in ("sum", "prod")
                or (after.kind == "word" and cursor.is_function(after, cursor.pos + 1))
            ):
                break  # ln a / a is (ln a)/a
            if stop and op != "/":
                cursor.note(
                    "function-extent",
                    f"a function without brackets was read to take {cursor.shown(token)} {cursor.shown(after)} as well",
                    token.start,
                    after.end,
                )
        elif kind == "." and cursor.toks[cursor.pos + 1].kind in ("word", "(", "["):
            op = "dot"
        elif kind == "word" and cursor.hadamard_o():
            op = "odot"
            cursor.note("hadamard", "o was read as the elementwise product ⊙", token.start, token.end)
        else:
            break
        cursor.pos += 1
        factor = signed_factor(cursor)
        if op == "/":
            factor, more = divisor_of(cursor, factor, stop)
            args.append(factor)
            ops.append(op)
            if more is not None:
                args.append(more)
                ops.append("jux")
        else:
            args.append(juxtaposed(cursor, factor, stop))
            ops.append(op)
    if len(args) == 1:
        return first
    return cursor.node(Product(first.start, args[-1].end, tuple(args), tuple(ops)))


def juxtaposed(cursor: Cursor, first: Surface, stop: bool) -> Surface:
    """A factor and those written beside it without a sign."""
    args = [first]
    while True:
        token = cursor.toks[cursor.pos]
        if not starts_operand(cursor, token):
            break
        if token.kind == "word" and token.value == "o" and cursor.hadamard_o():
            break
        if stop and (token.kind in ("sum", "prod") or (token.kind == "word" and cursor.is_function(token, cursor.pos))):
            break
        if token.kind == "num":
            before = cursor.toks[cursor.pos - 1]
            if before.kind == "num":
                raise cursor.fail("two numbers stand side by side", token, "an operator between them", tag="syntax")
            if before.kind == "word" and not token.space:
                raise cursor.unknown(before.value + token.value, before, token.end)
            if not cursor.indicates(token, cursor.pos + 1):
                cursor.note(
                    "juxtaposed-number",
                    f"{cursor.shown(before)} {cursor.shown(token)} was read as a product",
                    before.start,
                    token.end,
                )
        elif token.kind in _BRACKETS:
            not_applied(cursor, args[-1], token)
            if stop and token.space and token.kind != r"\{":
                cursor.apart = cursor.pos
        args.append(parse_factor(cursor))
        if token.kind == "frac" and isinstance(args[-2], Numeral):
            mixed_number(cursor, args[-2], args[-1])
        elif isinstance(args[-2], SizeName) and args[-2].end == args[-1].start:
            differential_of(cursor, args[-2], args[-1])
    if len(args) == 1:
        return first
    if Product in map(type, args):
        args = [x for a in args for x in (a.factors if isinstance(a, Product) and a.signs[0] == "split" else (a,))]
    return cursor.node(Product(first.start, args[-1].end, tuple(args), ("jux",) * (len(args) - 1)))


def divisor_of(cursor: Cursor, factor: Surface, stop: bool) -> tuple[Surface, Surface | None]:
    """What `/` divides by, and what stands beside it as a further factor: `a/b c` is (a/b)c, `a/bc` reads two
    ways."""
    token = cursor.toks[cursor.pos]
    if not starts_operand(cursor, token) or (token.kind == "word" and token.value == "o" and cursor.hadamard_o()):
        if isinstance(factor, Product) and factor.signs[0] == "split":
            raise two_ways(cursor, factor, factor.factors, None)
        return factor, None
    if stop and (token.kind in ("sum", "prod") or (token.kind == "word" and cursor.is_function(token, cursor.pos))):
        return factor, None
    before = cursor.toks[cursor.pos - 1]
    if token.kind in _BRACKETS:
        not_applied(cursor, factor, token)
    closed = before.kind in (")", "]", "}", r"\}") and not isinstance(factor, (Indexed, Power, Name))
    if closed and isinstance(factor, (Applied, FunctionOf, Root)):  # 1/f(x)g reads two ways, 1/√(2π)e^x does not
        closed = token.kind == "word" and (token.value in ("e", "E") or cursor.is_function(token, cursor.pos))
    if closed or (isinstance(factor, Transposed) and (factor.power is None or not is_number(factor.body))):
        more = juxtaposed(
            cursor, parse_factor(cursor), stop
        )  # 1/w^T w is 1/(w^T w): `product` of the meaning sees to it
        return factor, more
    if isinstance(factor, (Norm, Bars)) and token.kind in ("|", "||"):  # u^T v / |u| |v|
        raise two_ways(cursor, factor, [factor, parse_factor(cursor)], token)
    if token.space or token.kind in ("sum", "prod"):
        plain = not (
            token.space
            and (token.kind in ("sum", "prod") or (token.kind == "word" and cursor.is_function(token, cursor.pos)))
        )
        more = juxtaposed(cursor, parse_factor(cursor), stop)
        if plain:  # nobody means 2/(n Σ…) by 2/n Σ…, nor -N/(2 log …) by -N/2 log …
            cursor.note(
                "division",
                (
                    f"/{cursor.source(factor)} {cursor.source(more)} was read as (… / {cursor.source(factor)}) · "
                    f"{cursor.source(more)}"
                ),
                factor.start,
                more.end,
            )
        return factor, more
    raise two_ways(cursor, factor, [factor], token)


def two_ways(cursor: Cursor, factor: Surface, factors: Sequence[Surface], token: Token | None) -> ReadError:
    """`/2x`: (…/2)·x or …/(2x)."""
    group = list(factors)
    if token is not None:
        while True:
            beside = cursor.toks[cursor.pos]
            if beside.space or not starts_operand(cursor, beside) or beside.kind in ("sum", "prod"):
                break
            group.append(parse_factor(cursor))
    end = group[-1].end
    whole, rest = cursor.text[group[0].start : end], cursor.text[group[1].start : end]
    return cursor.fail(
        f"/{whole} reads two ways", span=(factor.start, end), tag="ambiguous",
        expected="brackets, or a space after the divisor",
        readings=put(cursor.text, (factor.start, end), f"{cursor.source(group[0])} * {rest}", f"({whole})"),
    )  # fmt: skip


def signed_factor(cursor: Cursor) -> Surface:
    token = cursor.toks[cursor.pos]
    negative = False
    start = token.start
    while token.kind in ("-", "+"):
        negative ^= token.kind == "-"
        cursor.pos += 1
        token = cursor.toks[cursor.pos]
    factor = parse_factor(cursor)
    return cursor.node(Negative(start, factor.end, factor)) if negative else factor


def parse_factor(cursor: Cursor) -> Surface:
    """A primary with what is attached to it: subscripts, powers, transposes, primes, factorials."""
    token = cursor.toks[cursor.pos]
    cursor.enter(token)
    base = parse_primary(cursor, token)
    attached = 0
    while True:
        token = cursor.toks[cursor.pos]
        attached += 1
        if attached > MAX_ATTACHED:
            raise cursor.fail(f"more than {MAX_ATTACHED} powers and subscripts on one value", token, tag="limit")
        rule = cursor.grammar.attached.get(token.kind)
        longer = None if rule is None else rule(cursor, base, token)
        if longer is None:
            break
        base = longer
    cursor.depth -= 1
    return base


def parse_primary(cursor: Cursor, token: Token) -> Surface:
    """What a token starts, by the rule of its kind."""
    rule = cursor.grammar.primary.get(token.kind)
    if rule is None:
        raise cursor.fail(
            cursor.unexpected(token),
            token,
            "a value: a number, a name, a function or a bracket",
            tag="relation" if token.kind == "rel" else "syntax",
        )
    return rule(cursor, token)
