"""Constants, functions and their arguments, indicators, Piecewise."""

from __future__ import annotations

from derivations.notation.errors import put
from derivations.notation.read.case_lists import cases_of
from derivations.notation.read.grammar.along import along_axis
from derivations.notation.read.grammar.attached import raised
from derivations.notation.read.grammar.cursor import UPRIGHT, Cursor, Primary
from derivations.notation.read.grammar.expressions import joined, parse_logic, parse_product
from derivations.notation.read.grammar.letters import before_exp, starts_operand
from derivations.notation.read.grammar.refusals import expectation, refuse_numbered
from derivations.notation.read.grammar.subscripts import count_loose, sized_constant, subscript_at
from derivations.notation.read.grammar.summation import big_operator, called_big, called_binder
from derivations.notation.read.grammar.unit_vectors import unit_vector
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.surface import (
    AllOf,
    Applied,
    ArrayOf,
    Constant,
    Group,
    Indicator,
    Kronecker,
    Negative,
    Numeral,
    OfCode,
    Power,
    Product,
    Subscript,
    Surface,
)
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import number
from derivations.notation.words import ALONG, BINDERS, ELSE, FUNCTIONS, PREFIXES, PRODUCT, TRIG, TRUTH

_BRACKETS = frozenset(["(", "[", "{", r"\{"])


def ones_or_indicator(cursor: Cursor, token: Token) -> Surface:
    r"""\mathbf 1: an indicator before a condition, else the vector of ones; \mathbb I likewise the identity."""
    cursor.pos += 1
    after = cursor.toks[cursor.pos]
    if after.kind in ("(", "[", r"\{", "{") and cursor.relation_inside(after, cursor.pos):
        return indicator_of(cursor, token)
    if (
        after.kind == "_"
        and cursor.toks[cursor.pos + 1].kind in ("{", "(", "[")
        and cursor.relation_inside(cursor.toks[cursor.pos + 1], cursor.pos + 1)
    ):
        return indicator_of(cursor, token)
    return sized_constant(cursor, "ones" if token.value != "I" else "eye", token)


def indicator_of(cursor: Cursor, token: Token) -> Surface:
    """1[…], 1_{…}, I(…): the position stands behind the 1."""
    if cursor.toks[cursor.pos].kind == "_":
        cursor.pos += 1
    bracket = cursor.toks[cursor.pos]
    cursor.enter(bracket)
    cursor.pos += 1
    within = bracket
    while cursor.toks[cursor.pos].kind in _BRACKETS and cursor.toks[cursor.pos].mate == within.mate - 1:
        within = cursor.toks[cursor.pos]  # 1_{\\{a > 0\\}}
        cursor.pos += 1
    clauses = [cursor.guarded(parse_logic)]
    while cursor.toks[cursor.pos].kind == ",":  # a comma says `and` there
        cursor.pos += 1
        clauses.append(cursor.guarded(parse_logic))
    inner = joined(cursor, AllOf, clauses)
    if cursor.pos != within.mate:
        raise cursor.fail(cursor.unexpected(cursor.toks[cursor.pos]), None, "a condition in brackets")
    cursor.pos = bracket.mate + 1
    cursor.depth -= 1
    return cursor.node(Indicator(token.start, cursor.toks[bracket.mate].end, inner))


def builtin(cursor: Cursor, token: Token) -> Surface | None:
    """e, π, I, and functions; None where the word is none of them."""
    word = token.value
    after = cursor.toks[cursor.pos + 1]
    named = cursor.toks[0].value == word and cursor.toks[1].kind == "rel"  # e = e^x: the first is what it is called
    if word in cursor.own and not named and word in ("e", "E", "pi", "I"):
        return None  # the text says itself what it is
    if word in ("e", "E", "pi"):
        if word == "e" and after.kind == "_" and (unit := unit_vector(cursor, token)) is not None:
            return unit
        refuse_constant_look(cursor, token, after)
        cursor.pos += 1
        return cursor.node(Constant(token.start, token.end, "pi" if word == "pi" else "e"))
    if word == "I" or word == "Id":
        if cursor.dressing(token.start, token.end) in ("mathcal", "mathscr", "mathfrak"):
            raise cursor.unknown(word, token)
        cursor.pos += 1
        if after.kind in ("(", "[", r"\{") and cursor.relation_inside(after, cursor.pos):
            return indicator_of(cursor, token)
        return sized_constant(cursor, "eye", token)
    if word == "ones":
        cursor.pos += 1
        return sized_constant(cursor, "ones", token)
    if word == "zeros" and after.kind != "_":
        cursor.pos += 1
        return cursor.node(Numeral(token.start, token.end, number(Token("num", "0", 0, 0))))
    name = FUNCTIONS.get(word)
    if after.kind == "_" and cursor.toks[cursor.pos + 2].kind == "word" and not after.space:
        joined = FUNCTIONS.get(f"{word}_{cursor.toks[cursor.pos + 2].value}")
        if joined is not None:
            token.end = cursor.toks[cursor.pos + 2].end
            cursor.pos += 2
            name = joined
    if (
        name is None
        and word in PREFIXES
        and (after.kind in ("(", "'") or (after.kind == "^" and call_after_power(cursor, cursor.pos + 1)))
    ):
        name = PREFIXES[word]
    if name is None and word == "delta" and after.kind == "(":
        name = "kronecker"
    if name is None:
        return None
    cursor.pos += 1
    return function_applied(cursor, token, name)


def refuse_constant_look(cursor: Cursor, token: Token, after: Token) -> None:
    """Refuse what only looks like a constant: an expectation, a vector e or π in bold."""
    shown = cursor.shown(token)
    style = cursor.dressing(token.start, token.end)
    if token.value == "E" and (style or after.kind in ("(", "[", r"\{", "_")):
        raise expectation(cursor, token.start, token.end, after)
    if style not in UPRIGHT:
        raise cursor.fail(
            f"{shown} is not declared; the constant is written {'e' if token.value == 'e' else 'π'}",
            token,
            cursor.scope.known(),
            "unknown-name",
        )
    if after.kind == "_" and token.value == "e":
        raise cursor.fail(
            "e with a subscript is a unit vector, which is not declared",
            token,
            f"a declared name, or k -> [k = i] for the unit vector; {cursor.scope.known()}",
            "unknown-name",
        )


def call_after_power(cursor: Cursor, at: int) -> bool:
    """σ^2(z), σ^{2}(z): a power between a function and its bracket."""
    token = cursor.toks[at + 1]
    if token.kind == "{":
        return cursor.toks[token.mate + 1].kind == "(" and not cursor.toks[token.mate + 1].space
    return token.kind in ("num", "'") and cursor.toks[at + 2].kind == "("


def function_applied(cursor: Cursor, token: Token, name: str) -> Surface:
    """A function with primes, base, power and argument; or a binder such as max_i."""
    toks = cursor.toks
    word = token.value
    if name in ALONG and toks[cursor.pos].kind == "(":
        along = along_axis(cursor, name, token)
        if along is not None:
            return along
    if name in ("sum", "prod"):
        after = toks[cursor.pos]
        if after.kind == "(" and not after.space:
            return called_big(cursor, name, token)
        return big_operator(cursor, name, token)
    order = 0
    power: Surface | None = None
    base: list[Subscript] | None = None
    if (
        name == "log"
        and toks[cursor.pos].kind == "num"
        and not toks[cursor.pos].space
        and toks[cursor.pos].value.isdigit()
    ):
        t = toks[cursor.pos]
        base = [Subscript("num", t.start, t.end, t.value)]
        cursor.pos += 1
    while True:
        t = toks[cursor.pos]
        if t.kind == "'" and power is None:
            order += 1
            cursor.pos += 1
        elif t.kind == "_" and base is None:
            if name in BINDERS:
                return big_operator(cursor, BINDERS[name], token)
            base, cursor.pos = subscript_at(cursor, cursor.pos)
            if name not in ("log", "softmax", "norm", "log_softmax", "leaky_relu", "elu"):
                raise cursor.fail(f"{word} takes no subscript", t, f"{word}(…)")
            if name in ("softmax", "log_softmax"):
                count_loose(cursor, base)
        elif t.kind == "^" and power is None:
            if toks[cursor.pos + 1].kind == "'":
                order += 1
                cursor.pos += 2
                continue
            if (
                toks[cursor.pos + 1].kind == "{"
                and toks[cursor.pos + 2].kind == "'"
                and toks[cursor.pos + 1].mate == cursor.pos + 3
            ):
                order += 1
                cursor.pos += 4
                continue
            marker = cursor.node(Numeral(t.start, t.start, number(Token("num", "1", 0, 0))))
            powered = raised(cursor, marker)
            if not isinstance(powered, Power):
                raise cursor.fail("this power of a function is not read", t, "a number, as in sin^2 x")
            power = powered.exponent
            refuse_power_of(cursor, name, token, powered)
        else:
            break
    t = toks[cursor.pos]
    if name == "piecewise":
        return piecewise_call(cursor, token)
    if name == "indicator":
        if t.kind not in ("(", "[", "{", r"\{"):
            raise cursor.fail("an indicator needs its condition", t, "Indicator(x > 0)")
        return indicator_of(cursor, token)
    if name in ("argmax", "argmin"):
        raise cursor.fail(f"{word} is no formula here", token, "the value itself")
    if t.kind == "(" or t.kind == "{" or t.kind == r"\{" or (t.kind == "[" and name != "num"):
        if name in BINDERS and t.kind == "(":
            called = called_binder(cursor, name, token)
            if called is not None:
                return called
        if t.kind == "[" and toks[t.mate + 1].kind in ("(", "{") and not toks[t.mate + 1].space:
            raise cursor.fail(
                f"what stands in {cursor.text[t.start : toks[t.mate].end]} is not read",
                t,
                f"{word}(…)",
                span=(t.start, toks[t.mate].end),
            )
        seen = len(cursor.loose)
        args = arguments_in(cursor, t)
        if name == "diag" and len(args) == 1 and len(letters := {letter for letter, _ in cursor.loose[seen:]}) == 1:
            del cursor.loose[seen:]  # diag(p_i): of all i
            args[0] = cursor.node(ArrayOf(args[0].start, args[0].end, args[0], ((letters.pop(), None),), (1,)))
        if name == "log" and power is None:
            args = powered_log(cursor, token, t, args)
    else:
        if not starts_operand(cursor, t) and not (
            t.kind == "-" and not toks[cursor.pos + 1].space and (t.space or cursor.text[token.start] == "\\")
        ):
            raise cursor.fail(f"{word} needs its argument", t, f"{word}(…)")
        refuse_numbered(cursor, token, t)
        cursor.enter(t)
        if t.kind == "-":
            cursor.pos += 1
            inner = extent_of(cursor, token, t)
            inner = cursor.node(Negative(t.start, inner.end, inner))
        else:
            inner = extent_of(cursor, token, t)
        cursor.depth -= 1
        args = [inner]
    end = toks[cursor.pos - 1].end
    made: Surface
    if name == "kronecker":
        made = cursor.node(Kronecker(token.start, end, tuple(args)))
    else:
        if name in TRIG and power is not None and isinstance(power, Group) and isinstance(power.body, Negative):
            power = power.body
        if (
            name in TRIG
            and power is not None
            and isinstance(power, Negative)
            and isinstance(power.body, Numeral)
            and power.body.value == 1
        ):
            cursor.note(
                "inverse",
                f"{cursor.text[token.start : t.start]} was read as the inverse function",
                token.start,
                t.start,
            )
            name, power = "a" + name, None
        below = None if base is None else tuple(base)
        made = cursor.node(Applied(token.start, end, tuple(args), name, below, order))
    if power is not None:
        made = cursor.node(Power(token.start, end, made, power))
    return made


def extent_of(cursor: Cursor, token: Token, first: Token) -> Surface:
    """What a function without brackets takes: `ln a / a` ends before the /, `ln a/b` and `log p (1-p)` read two
    ways, and so does a logarithm in front of an exp."""
    before, cursor.apart = cursor.apart, -1
    inner = parse_product(cursor, stop=True)
    apart, cursor.apart = cursor.apart, before
    if (
        isinstance(inner, Numeral)
        and inner.value == 1
        and FUNCTIONS.get(token.value) == "log"
        and cursor.toks[cursor.pos].kind in ("+", "-")
    ):
        raise cursor.fail(
            f"{cursor.text[token.start : inner.end]} is 0: which terms does the logarithm take?",
            span=(token.start, inner.end),
            expected="brackets around what it takes",
            tag="ambiguous",
        )
    cut = None
    if isinstance(inner, Product) and "/" in inner.signs:
        cut = inner.factors[inner.signs.index("/")].end
    elif apart >= 0 and isinstance(inner, Product):
        cut = cursor.toks[apart - 1].end
    end = inner.end
    if cut is None and FUNCTIONS.get(token.value) == "log" and before_exp(cursor, inner):
        cut, cursor.pos = inner.end, cursor.pos + (cursor.toks[cursor.pos].kind in PRODUCT)
        end = parse_product(cursor).end
    if cut is None:
        return inner
    whole = (token.start, end)
    function, taken = cursor.text[token.start : first.start], cursor.text[first.start : end]
    raise cursor.fail(
        f"{cursor.text[token.start : end]} reads two ways", span=whole, tag="ambiguous",
        expected="brackets around what the function takes",
        readings=put(cursor.text, whole, f"({cursor.text[token.start : cut]}){cursor.text[cut : end]}",
            f"{function}({taken})"),
    )  # fmt: skip


def refuse_power_of(cursor: Cursor, name: str, token: Token, raised: Power) -> None:
    """Refuse exp^x, which is no power of a value, and f^-1, the inverse function or a reciprocal."""
    power = raised.exponent
    while isinstance(power, Group):
        power = power.body
    word, shown = token.value, cursor.text[token.start : raised.end]
    if name == "exp":
        raise cursor.fail(
            f"{shown} is no power of e",
            token,
            "e^x or exp(x); exp(x)^2 for a power of it",
            span=(token.start, raised.end),
        )
    if name in ("vec", "kron"):
        raise cursor.fail(
            f"{shown} is no power of a value",
            token,
            f"a power of {word}(…) in brackets",
            span=(token.start, raised.end),
        )
    if name not in TRIG and isinstance(power, Negative) and isinstance(power.body, Numeral) and power.body.value == 1:
        instead = {"sigmoid": "logit(x)", "log": "exp(x)"}.get(name, "the inverse function by its name")
        raise cursor.fail(
            f"{shown} is the inverse function, or one over the value",
            token,
            f"{instead}, or 1/{word}(x)",
            "operation",
            span=(token.start, raised.end),
        )


def of_code(cursor: Cursor, token: Token) -> Surface:
    """What only code has, which `read.code` marked: its arguments in brackets."""
    cursor.pos += 1
    bracket = cursor.toks[cursor.pos]
    if cursor.toks[bracket.mate - 1].kind in ("(", ","):
        raise cursor.fail("an argument is missing", token, "a value", span=(token.start, cursor.toks[bracket.mate].end))
    args = arguments_in(cursor, bracket)
    return cursor.node(OfCode(token.start, cursor.toks[bracket.mate].end, tuple(args), token.value))


def powered_log(cursor: Cursor, token: Token, bracket: Token, args: list[Surface]) -> list[Surface]:
    """`log (1-p)^{1-y}`: the logarithm of a power, or a power of the logarithm; log(p)^2, with no space and a
    number, is the latter."""
    hat = cursor.toks[cursor.pos]
    if hat.kind != "^" or len(args) != 1 or bracket.kind != "(":
        return args
    exponent = cursor.toks[cursor.pos + 1]
    inner = cursor.toks[cursor.pos + 2] if exponent.kind == "{" else exponent
    if not bracket.space and inner.kind == "num":
        return args
    start, mark = bracket.start, cursor.pos
    group = cursor.node(Group(start, cursor.toks[mark - 1].end, args[0], "("))
    powered = raised(cursor, group)
    if not isinstance(powered, Power):
        cursor.pos = mark
        return args
    inside, whole = cursor.text[start : powered.end], cursor.text[token.start : powered.end]
    function, power = cursor.text[token.start : start].rstrip(), cursor.text[hat.start : powered.end]
    raise cursor.fail(
        f"{whole} reads two ways", span=(token.start, powered.end), tag="ambiguous",
        expected="brackets around the power or around the logarithm",
        readings=put(cursor.text, (token.start, powered.end), f"{function}({inside})",
            f"({function}{cursor.text[start : hat.start]}){power}"),
    )  # fmt: skip


def arguments_in(cursor: Cursor, bracket: Token) -> list[Surface]:
    """The arguments in a bracket."""
    cursor.enter(bracket)
    cursor.pos += 1
    if bracket.mate == cursor.pos:
        raise cursor.fail("an empty argument", bracket, "a value", span=(bracket.start, cursor.toks[bracket.mate].end))
    bars, cursor.bars = cursor.bars, []
    args = [parse_full(cursor)]
    while cursor.toks[cursor.pos].kind == ",":
        cursor.pos += 1
        args.append(parse_full(cursor))
    cursor.bars = bars
    if cursor.pos != bracket.mate:
        close = cursor.toks[cursor.pos]
        raise cursor.fail(cursor.unexpected(close), close, "an operator, a comma, or the end of the argument")
    cursor.pos += 1
    cursor.depth -= 1
    return args


def piecewise_call(cursor: Cursor, token: Token) -> Surface:
    """Piecewise((a, c), (b, d), (v, True))."""
    bracket = cursor.expect("(", "Piecewise((value, condition), …)")
    pairs: list[tuple[Surface, Surface]] = []
    otherwise: Surface | None = None
    bars, cursor.bars = cursor.bars, []
    outer = cursor.toks.index(bracket, cursor.pos - 1)
    while cursor.pos < cursor.toks[outer].mate:
        pair = cursor.expect("(", "(value, condition)")
        at = cursor.pos - 1
        value = parse_logic(cursor)
        cursor.expect(",", "a comma and the condition")
        t = cursor.toks[cursor.pos]
        if t.kind == "word" and (t.value in TRUTH or t.value in ELSE):
            cursor.pos += 1
            otherwise = value
        else:
            pairs.append((parse_logic(cursor), value))
        if cursor.pos != cursor.toks[at].mate:
            raise cursor.fail(
                cursor.unexpected(cursor.toks[cursor.pos]),
                None,
                "the end of this case",
                span=(cursor.toks[cursor.pos].start, cursor.toks[cursor.pos].end),
            )
        assert pair is cursor.toks[at]
        cursor.pos += 1
        if cursor.toks[cursor.pos].kind == ",":
            cursor.pos += 1
            if otherwise is not None and cursor.pos < cursor.toks[outer].mate:
                raise cursor.fail("a case after the last one", None, "the end of Piecewise")
    cursor.bars = bars
    cursor.pos += 1
    if not pairs and otherwise is None:
        raise cursor.fail("cases without a case", token, "Piecewise((value, condition), …)")
    return cursor.node(cases_of(token.start, cursor.toks[cursor.pos - 1].end, pairs, otherwise))


PRIMARY: dict[str, Primary] = {"ones": ones_or_indicator, "code": of_code}
"""What these kinds of token start."""
