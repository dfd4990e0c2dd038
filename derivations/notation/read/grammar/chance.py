r"""Random variables: E_{x ~ N(mu, s^2)}[x^2], Var, Cov, KL(p || q), H(p), N(x; mu, S).

A variable is named below the E, and stands for its entries inside the bracket alone. Its shape is that of its
declaration, else that of the parameters of its law. Drawn from a vector of probabilities it is an index:
E_{a ~ p}[R_a].
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from derivations.domains import DOMAINS, Declared
from derivations.laws.row import Law
from derivations.laws.table import LAWS, SPELLINGS
from derivations.notation.read.drawings import Averaged, Density, Drawing, LawOf, OfLaws
from derivations.notation.read.grammar.cursor import Cursor
from derivations.notation.read.grammar.expressions import parse_additive
from derivations.notation.read.grammar.refusals import expectation
from derivations.notation.read.grammar.whole import parse_full
from derivations.notation.read.surface import ArrayOf, Group, Numeral, Quotient, SizeName, Surface
from derivations.notation.read.token import Token
from derivations.notation.read.tokens import tokenize
from derivations.notation.spelling import canonical
from derivations.notation.words import FUNCTIONS

AVERAGES = {"E": "E", "Var": "Var", "var": "Var", "Cov": "Cov", "cov": "Cov", "V": "Var"}
"""What a mean is written with, and what it is of."""
_BRACKETS = ("(", "[", r"\{")


def of_chance(cursor: Cursor, token: Token) -> Surface | None:
    """What a word says of random variables; None where it is another word."""
    word = token.value
    after = cursor.toks[cursor.pos + 1]
    if word in AVERAGES:
        return _average(cursor, token, after)
    if word in ("KL", "D", "H"):
        return _of_laws(cursor, token, after)
    size = word in cursor.scope.sizes and word not in cursor.scope.rows  # N examples, and N(x; mu, S)
    if word in SPELLINGS and after.kind == "(" and (size or not _is_name(cursor, token)):
        return _density(cursor, token, after)
    return None


WORDS = frozenset(AVERAGES) | frozenset(SPELLINGS) | {"KL", "D", "H"}
"""Words that may say something of random variables."""


def _is_name(cursor: Cursor, token: Token) -> bool:
    """Whether a word is a declared name, a size or an index, and not set in a style that says what it is."""
    if token.value in FUNCTIONS and token.value not in cursor.scope.bases:  # Γ(z), beside the law Gamma(a, b)
        return False
    known = token.value in cursor.scope.bases or token.value in cursor.scope.sizes or cursor.known(token.value)
    return known and not (
        token.value not in FUNCTIONS
        and cursor.dressing(token.start, token.end) in ("mathbb", "mathcal", "operatorname")
    )


# ---------------------------------------------------------------- E, Var, Cov


def _average(cursor: Cursor, token: Token, after: Token) -> Surface | None:
    if _is_name(cursor, token) and not (token.value == "E" and after.kind == "_" and _draws(cursor, cursor.pos + 1)):
        return None
    styled = bool(cursor.dressing(token.start, token.end))
    if after.kind != "_" and after.kind not in _BRACKETS:
        return None
    if token.value == "V" and not (styled or _draws(cursor, cursor.pos + 1)):
        return None
    cursor.enter(token)
    cursor.pos += 1
    drawings: list[Drawing] = []
    with own_names(cursor):
        if after.kind == "_":
            drawings = _below(cursor, token)
        bracket = cursor.toks[cursor.pos]
        if bracket.kind not in _BRACKETS:
            raise cursor.fail(
                f"what {cursor.shown(token)} takes is not said", bracket, "brackets around what the mean is of"
            )
        drawings = drawings or _declared(cursor, token)
        if not drawings:
            raise expectation(cursor, token.start, token.end, bracket, token.value)
        bars = [k for k in _outside(cursor, bracket) if cursor.toks[k].kind == "|"]
        if len(bars) == 1:
            raise cursor.fail(
                "a conditional mean is not read",
                cursor.toks[bars[0]],
                "the law of the variable given the rest, below it",
            )
        cursor.pos += 1
        parts = [cursor.guarded(parse_full)]
        while cursor.toks[cursor.pos].kind == ",":
            cursor.pos += 1
            parts.append(cursor.guarded(parse_full))
        close = cursor.toks[cursor.pos]
        if cursor.pos != bracket.mate:
            raise cursor.fail(cursor.unexpected(close), close, "an operator, or the end of what the mean is of")
        cursor.pos += 1
    kind = AVERAGES[token.value]
    wanted = 2 if kind == "Cov" else 1
    if len(parts) != wanted:
        raise cursor.fail(f"{cursor.shown(token)} is of {wanted}, here are {len(parts)}", bracket, "one formula")
    cursor.depth -= 1
    return cursor.node(Averaged(token.start, close.end, tuple(drawings), tuple(parts), kind))


def _outside(cursor: Cursor, bracket: Token) -> list[int]:
    """The positions directly inside a bracket."""
    found, k = [], cursor.toks.index(bracket, cursor.pos) + 1
    while k < bracket.mate:
        found.append(k)
        k = cursor.toks[k].mate + 1 if cursor.toks[k].mate > k else k + 1
    return found


def _draws(cursor: Cursor, at: int) -> bool:
    """Whether a `~` stands below."""
    group = cursor.toks[at + 1]
    return cursor.toks[at].kind == "_" and any(t.kind == "sim" for t in cursor.toks[at + 1 : max(group.mate, at + 1)])


@contextmanager
def own_names(cursor: Cursor) -> Iterator[None]:
    """What is named below an E is a name inside it alone."""
    scope, bound = cursor.scope, dict(cursor.bound)
    yield
    cursor.scope = scope
    cursor.bound = bound


def _below(cursor: Cursor, token: Token) -> list[Drawing]:
    """x ~ N(mu, s^2), a ~ p: each may stand in the laws of those behind it."""
    group = cursor.toks[cursor.pos + 1]
    if not _draws(cursor, cursor.pos):
        raise expectation(cursor, token.start, token.end, group, token.value)
    cursor.pos += 2
    stop, drawings = group.mate, []
    while cursor.pos < stop:
        drawings += _drawing(cursor)
        stop = group.mate
        if cursor.pos < stop:
            cursor.expect(",", "a comma, or the end of what is drawn")
    cursor.pos = stop + 1
    return drawings


def _declared(cursor: Cursor, token: Token) -> list[Drawing]:
    """All that is declared with a law, each behind those that its law speaks of."""
    waiting = {row.name: row for row in cursor.scope.names.values() if row.law}
    drawings: list[Drawing] = []
    while waiting:
        laws = {name: tokenize(row.law) for name, row in waiting.items()}
        spoken = {name: {cursor.scope.rows.get(t.value) for t in tokens} for name, tokens in laws.items()}
        ready = [name for name, rows in spoken.items() if not any(row and row.name in waiting for row in rows)]
        if not ready:
            raise cursor.fail(f"the laws of {', '.join(waiting)} speak of each other", token, "one that stands alone")
        for name in ready:
            row = waiting.pop(name)
            for t in laws[name]:  # what stands there is told at the E
                t.start = t.end = token.end
            within = Cursor(cursor.text, laws[name], cursor.scope, cursor.grammar)
            within.sizes_of_law, within.bound = cursor.sizes_of_law, cursor.bound
            law = law_at(within)
            if within.toks[within.pos].kind != "end of text":
                raise cursor.fail(f"the law of {name}, {row.law}, is not read to its end", token, "one law")
            head = Token("word", canonical(name), token.end, token.end)
            drawings.append(_named(cursor, head, (), law, token.end))
    return drawings


def _drawing(cursor: Cursor) -> list[Drawing]:
    """x ~ p; x, y ~ p are two of one law, drawn apart."""
    start = cursor.toks[cursor.pos].start
    heads: list[tuple[Token, tuple[str, ...]]] = []
    while True:
        t = cursor.toks[cursor.pos]
        if t.kind != "word":
            raise cursor.fail("the name of a variable was expected here", t, "a variable and its law, x ~ N(mu, s^2)")
        cursor.pos += 1
        heads.append((t, _indices_of_head(cursor)))
        after = cursor.toks[cursor.pos]
        if after.kind != ",":
            break
        cursor.pos += 1
    cursor.expect("sim", "~ and a law")
    if len({letters for _, letters in heads}) > 1:
        raise cursor.fail("variables of one law have the same indices", heads[0][0], "a ~ and a law for each")
    letters = heads[0][1]
    for letter in letters:
        cursor.bound[letter] = cursor.bound.get(letter, 0) + 1
    law = law_at(cursor)
    for letter in letters:
        cursor.bound[letter] -= 1
    return [_named(cursor, t, letters, law, start) for t, _ in heads]


def _indices_of_head(cursor: Cursor) -> tuple[str, ...]:
    """The i of x_i ~ …, over which the entries are drawn."""
    if cursor.toks[cursor.pos].kind != "_":
        return ()
    inner = cursor.toks[cursor.pos + 1]
    inside = cursor.toks[cursor.pos + 2 : inner.mate] if inner.kind == "{" else [inner]
    if any(t.kind not in ("word", ",") for t in inside):
        raise cursor.fail("the indices of a variable are letters", inner, "x_i ~ N(mu_i, s^2)")
    cursor.pos = (inner.mate if inner.kind == "{" else cursor.pos + 1) + 1
    return tuple(letter for t in inside if t.kind == "word" for letter in cursor.letters(t.value))


def _named(cursor: Cursor, t: Token, letters: tuple[str, ...], law: LawOf, start: int) -> Drawing:
    """A variable with its shape, which is a name from here on; from a vector of probabilities it is an index."""
    word, row = t.value, cursor.scope.rows.get(t.value)
    end = law.end
    if row is not None and (row.role in ("function", "node") or row.labels):
        raise cursor.fail(f"{row.name} is a {row.role}, and nothing that is drawn", t, "another letter")
    if law.family == "categorical" and (row is None or row.domain.name != "onehot"):
        if row is not None or letters:
            raise cursor.fail(
                f"drawn from {cursor.source(law)}, {word} is an index, and is declared as something else",
                t,
                f"another letter, or {word}: onehot[K]",
            )
        cursor.bound[word] = cursor.bound.get(word, 0) + 1
        return cursor.node(Drawing(start, end, law, word, None))
    if row is None and letters:
        raise cursor.fail(
            f"how many {word}_{''.join(letters)} there are is not said",
            t,
            f"{word} among the names, as {word}: real[n]",
        )
    if row is None:
        sizes = cursor.sizes_of_law(law)
        row = Declared(word, DOMAINS[LAWS[law.family].domain], sizes)
    if letters and len(letters) != len(row.sizes):
        raise cursor.fail(f"{row.name} has {len(row.sizes)} axes, {len(letters)} indices stand below it", t, "x_i ~ …")
    cursor.scope = cursor.scope.with_row(word, row)
    return cursor.node(Drawing(start, end, law, word, row, letters))


# ---------------------------------------------------------------- laws


def law_at(cursor: Cursor) -> LawOf:
    """N(mu, s^2), or a vector of probabilities."""
    t = cursor.toks[cursor.pos]
    after = cursor.toks[cursor.pos + 1]
    family = SPELLINGS.get(t.value) if t.kind == "word" else None
    if family is not None and after.kind == "(":
        cursor.pos += 1
        return _parameters(cursor, t, LAWS[family], after)
    if t.kind == "word" and after.kind == "(" and not cursor.known(t.value) and t.value not in cursor.scope.indices:
        raise cursor.fail(
            f"{cursor.shown(t)} is no law that is known", t, ", ".join(law.show() for law in LAWS.values())
        )
    p = parse_additive(cursor)
    return cursor.node(LawOf(p.start, p.end, (p,), "categorical"))


def _parameters(cursor: Cursor, t: Token, law: Law, bracket: Token) -> LawOf:
    """The parameters of a law, from the sign before them."""
    cursor.enter(bracket)
    cursor.pos += 1
    parts: list[Surface] = []
    while cursor.pos < bracket.mate:
        parts.append(cursor.guarded(parse_full))
        if cursor.pos < bracket.mate:
            sign = cursor.toks[cursor.pos]
            if sign.kind not in (",", ";"):
                raise cursor.fail(cursor.unexpected(sign), sign, "a comma, or the end of the parameters")
            cursor.pos += 1
    end = cursor.toks[bracket.mate].end
    if law.name == "uniform" and len(parts) == 1 and (size := _size_in(parts[0])) is not None:
        cursor.pos = bracket.mate + 1
        cursor.depth -= 1
        return _one_of(cursor, t.start, end, size)
    if len(parts) != len(law.parameters):
        raise cursor.fail(
            f"{cursor.text[t.start : end]} has {len(parts)} parameters", t, law.show(), span=(t.start, end)
        )
    cursor.pos = bracket.mate + 1
    cursor.depth -= 1
    return cursor.node(LawOf(t.start, end, tuple(parts), law.name))


def _size_in(tree: Surface) -> SizeName | None:
    """The n of Uniform(n) and Uniform([n])."""
    while isinstance(tree, Group):
        tree = tree.body
    return tree if isinstance(tree, SizeName) else None


def _one_of(cursor: Cursor, start: int, end: int, size: SizeName) -> LawOf:
    """An index of which each value is as likely: the vector of n times 1/n."""
    one = cursor.node(Numeral(start, end, Fraction(1)))
    each = cursor.node(Quotient(start, end, one, size))
    return cursor.node(
        LawOf(start, end, (cursor.node(ArrayOf(start, end, each, (("k", size.size),), (1,))),), "categorical")
    )


def _density(cursor: Cursor, token: Token, bracket: Token) -> Surface | None:
    """N(x; mu, S), N(x | mu, S), the value of a density; None where the bracket is not such."""
    toks = cursor.toks
    signs = [toks[k] for k in _outside(cursor, bracket) if toks[k].kind in (";", "|")]
    if not signs or (signs[0].kind == "|" and len(signs) > 1):
        return None
    signs[0].kind = ";"
    law = LAWS[SPELLINGS[token.value]]
    cursor.enter(bracket)
    cursor.pos += 2
    place = cursor.guarded(parse_full)
    if toks[cursor.pos] is not signs[0]:
        raise cursor.fail(cursor.unexpected(toks[cursor.pos]), toks[cursor.pos], f"{token.value}(x; …), then its law")
    made = _parameters(cursor, token, law, bracket)
    cursor.depth -= 1
    return cursor.node(Density(token.start, made.end, made, place))


# ---------------------------------------------------------------- divergences and entropies


def _of_laws(cursor: Cursor, token: Token, after: Token) -> Surface | None:
    """KL(p || q), D_{KL}(p || q), H(p), H(p, q)."""
    mark = cursor.pos
    word = token.value
    at = cursor.pos + 1
    if word == "D":
        if after.kind != "_":
            return None
        inner = cursor.toks[at + 1]
        named = cursor.toks[at + 2] if inner.kind == "{" else inner
        if named.value != "KL":
            return None
        at = (inner.mate if inner.kind == "{" else at + 1) + 1
    elif _is_name(cursor, token):
        return None
    bracket = cursor.toks[at]
    if bracket.kind not in _BRACKETS or (word == "H" and bracket.space):
        return None
    if word == "H" and cursor.scope.meant(word) is not None and not _of_a_law(cursor, at + 1):
        return None  # H may stand for h
    cursor.enter(token)
    _separated(cursor, at)
    cursor.pos = at + 1
    kind = "H" if word == "H" else "KL"
    laws = [_law_inside(cursor)]
    while cursor.toks[cursor.pos].kind in (",", ";"):
        cursor.pos += 1
        laws.append(_law_inside(cursor))
    close = cursor.toks[cursor.pos]
    if cursor.pos != bracket.mate:
        raise cursor.fail(cursor.unexpected(close), close, "KL(p || q), H(p) or H(p, q)")
    cursor.pos += 1
    if len(laws) > 2 or (kind == "KL" and len(laws) != 2):
        cursor.pos = mark
        raise cursor.fail(f"{cursor.shown(token)} is of two laws", token, "KL(p || q)", span=(token.start, close.end))
    if len({law.family for law in laws}) > 1:
        raise cursor.fail(
            "the divergence of two laws of different families is not taken", token, "two laws of one family",
            "operation", span=(token.start, close.end),
        )  # fmt: skip
    cursor.depth -= 1
    return cursor.node(OfLaws(token.start, close.end, tuple(laws), "cross" if kind == "H" and len(laws) == 2 else kind))


def _of_a_law(cursor: Cursor, at: int) -> bool:
    """Whether a law, or what is declared as a probability, stands at a position."""
    word = cursor.toks[at].value
    row = cursor.scope.rows.get(word)
    named = row is not None and row.domain.has("share")
    return named or (cursor.toks[at + 1].kind == "(" and (word in SPELLINGS or word == "softmax"))


def _law_inside(cursor: Cursor) -> LawOf:
    """A law in brackets: bars outside do not close here."""
    bars, cursor.bars = cursor.bars, []
    law = law_at(cursor)
    cursor.bars = bars
    return law


def _separated(cursor: Cursor, at: int) -> None:
    """p || q, in bars of any kind: the one bar outside of brackets separates, and is no norm."""
    toks = cursor.toks
    cursor.pos = at
    bars = [k for k in _outside(cursor, toks[at]) if toks[k].kind in ("|", "||")]
    if len(bars) == 2 and bars[1] == bars[0] + 1:
        cursor.drop(bars.pop())
    if len(bars) == 1:
        toks[bars[0]].kind = ";"
