r"""`y ∈ {0, 1}`, `z ∈ ℝ`, `X ∈ ℝ^{n×d}` behind a formula: what the declarations say already is left out with a note;
what says more is a condition.

    -y \log p, \quad y \in \{0, 1\}     -y \log p                       y is declared a label
    z^2, \quad z \in [0, 1]             z^2 if 0 <= z and z <= 1        z is declared real
    X w, \quad w \in \mathbb{R}^n       refused where w has d entries
    sum of it, \quad x \in \mathcal{D}  refused: the set is not known
"""

from __future__ import annotations

import re
from fractions import Fraction

from derivations.domains import Declared, Domain, Names
from derivations.formula import Note
from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.matching import rematch
from derivations.notation.read.scope import scope_of
from derivations.notation.read.token import Token, Tokens
from derivations.notation.spelling import canonical

_BOARD = re.compile(r"\\(?:mathbb|mathbf|mathds|bm)\s*\{?\s*.\Z|[\\ℝℕℤ𝐑]\Z")
"""What stands before the letter of a set of numbers, to its first character."""
_OPENERS = frozenset(["for", "where", "with", "when", "if", "all", "every", "any", "each", "let", "given", "and"])
_WIDE = (r"\quad", r"\qquad", "\u2003", "\n")


@frozen
class Meant:
    """What a set is: of reals, of integers; its ends, its values; the sizes of its arrays."""

    integer: bool = False
    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = False
    open_high: bool = False
    values: tuple[Fraction, ...] = ()
    sizes: tuple[str, ...] | None = None
    unsure: bool = False


def without_memberships(tokens: Tokens, text: str, names: Names, notes: list[Note]) -> None:
    """Rewrite the tokens in place. Raises `ReadError` where a set is not known, or is not that of the declaration."""
    k = 1
    while k < len(tokens) - 1:
        if (tokens[k].kind == "in" or tokens[k].value == "in") and _beside(tokens, k):
            k = _settled(tokens, k, text, names, notes)
        k += 1


def _beside(tokens: Tokens, k: int) -> bool:
    """Whether a sign stands outside all brackets, or in one that ends the text."""
    around = [m for m in range(k) if tokens[m].mate > k]
    if not around:
        return True
    close = tokens[around[0]].mate
    rest = tokens[close + 1 : -1]
    return len(around) == 1 and tokens[around[0]].kind == "(" and all(t.kind in (".", ",", ";") for t in rest)


def _settled(tokens: Tokens, k: int, text: str, names: Names, notes: list[Note]) -> int:
    """What one membership comes to, and where reading goes on."""
    begin = _name_before(tokens, k)
    if begin is None:
        return k
    rows = [_declared(tokens, begin, k, text, names)]
    while begin > 1 and tokens[begin - 1].kind == "," and (other := _name_before(tokens, begin - 1)) is not None:
        row = _declared(tokens, other, begin - 1, text, names)
        if row is None or not _apart(tokens, other, text):
            break  # the formula itself
        begin = other
        rows.append(row)
    known = [row for row in rows if row is not None]
    if len(known) != len(rows) or not _apart(tokens, begin, text):
        return k
    meant, end = _set_at(tokens, k + 1, text, names)
    shown = text[tokens[begin].start : tokens[end - 1].end]
    span = (tokens[begin].start, tokens[end - 1].end)
    conditions: list[Token] = []
    for row in known:
        if meant.sizes is not None and tuple(map(str, row.sizes)) != meant.sizes and _full(tokens, begin, k):
            sizes = "×".join(map(str, row.sizes)) or "no axes"
            raise _fault(text, span, f"{row.name} is declared with {sizes}, which {shown} is not")
        if not _holds(row.domain, meant):
            if row.sizes or meant.integer or meant.unsure or len(known) > 1 or not (meant.values or _bounded(meant)):
                raise _fault(text, span, f"{shown} says more than the declaration of {row.name}")
            conditions = _condition(tokens[begin:k], meant)
    start, stop = _clause(tokens, begin, end)
    made: list[Token] = []
    if conditions:
        made = [Token("word", "if", span[0], span[0], True), *conditions]
        notes.append(Note("condition", f"{shown} was read as the condition under which the value holds", span))
    else:
        notes.append(Note("membership", f"{shown}: that is declared", span))
    tokens[start:stop] = made
    rematch(tokens)
    return start + len(made) - 1


def _name_before(tokens: Tokens, k: int) -> int | None:
    """Where the name begins that ends before a position, with its subscripts and labels."""
    at = k - 1
    while at >= 0 and tokens[at].kind in ("}", ")", "]", "num", "word", "'"):
        if tokens[at].kind in ("}", ")", "]"):
            at = tokens[at].mate
        if at > 0 and tokens[at - 1].kind in ("_", "^"):
            at -= 2
            continue
        if tokens[at].kind == "'":
            at -= 1
            continue
        return at if tokens[at].kind == "word" else None
    return None


def _declared(tokens: Tokens, begin: int, end: int, text: str, names: Names) -> Declared | None:
    """The declared name, no index, that stands between two positions, entries of it included."""
    scope = scope_of(names)
    whole = scope.rows.get(canonical(text[tokens[begin].start : tokens[end - 1].end]))
    row = whole or scope.rows.get(tokens[begin].value)
    return None if row is None or row.role in ("index", "size", "function") else row


def _full(tokens: Tokens, begin: int, end: int) -> bool:
    """Whether a name stands without an entry."""
    return end == begin + 1


def _apart(tokens: Tokens, begin: int, text: str) -> bool:
    """Whether something sets a membership apart from the formula before it."""
    if begin < 1:
        return False
    before = tokens[begin - 1]
    between = text[before.end : tokens[begin].start]
    return (
        before.kind in (",", "forall", "text", "(", ";")
        or (before.kind == "word" and before.value.lower() in _OPENERS)
        or any(gap in between for gap in _WIDE)
    )


def _clause(tokens: Tokens, begin: int, end: int) -> tuple[int, int]:
    """A membership with what opens it, and the bracket around it."""
    while begin > 0 and (
        tokens[begin - 1].kind in ("forall", ",")
        or (tokens[begin - 1].kind == "text" and tokens[begin - 1].value.lower().rstrip(",") in _TEXTS)
        or (tokens[begin - 1].kind == "word" and tokens[begin - 1].value.lower() in _OPENERS)
    ):
        begin -= 1
    if begin > 0 and tokens[begin - 1].kind == "(" and tokens[end].kind == ")":
        begin, end = begin - 1, end + 1
        if begin > 0 and tokens[begin - 1].kind == ",":
            begin -= 1
    return begin, end


_TEXTS = frozenset(["for", "where", "with", "when", "if", "for all", "for any", "for every", "for each", "let", "and"])


def _set_at(tokens: Tokens, at: int, text: str, names: Names) -> tuple[Meant, int]:
    """The set that begins at a position, and where it ends."""
    t = tokens[at]
    if t.kind == "word" and t.value in ("R", "N", "Z") and _BOARD.search(text[: t.start + 1]):
        meant = Meant(integer=t.value != "R", low=Fraction(0) if t.value == "N" else None)
        end, sizes, sign = at + 1, (), ""
        while tokens[end].kind in ("^", "_"):
            mark, inner = tokens[end].kind, tokens[end + 1]
            stop = inner.mate + 1 if inner.mate > end else end + 2
            inside = [u for u in tokens[end + 1 : stop] if u.kind not in ("{", "}")]
            if mark == "^" and not all(u.kind in ("word", "num", "times", "+") for u in inside):
                raise _unknown(text, tokens, at, stop)
            if mark == "_" or any(u.kind == "+" for u in inside):
                sign = "".join(u.value for u in inside if u.kind in ("+", "rel", "num"))
            if mark == "^" and not any(u.kind == "+" for u in inside):
                spelled = scope_of(names).sizes
                sizes = tuple(spelled.get(u.value, u.value) for u in inside if u.kind != "times")
            end = stop
        if sign not in ("", "+", "++", ">0", ">=0"):
            raise _unknown(text, tokens, at, end)
        if sign:
            meant = Meant(low=Fraction(0), open_low=sign != ">=0", unsure=sign == "+", integer=meant.integer)
        return Meant(**{**_fields(meant), "sizes": sizes}), end
    if t.kind in ("{", r"\{", "(", "[") and t.mate > at:
        inside = tokens[at + 1 : t.mate]
        numbers = _numbers(inside)
        if numbers is not None and t.kind in ("{", r"\{"):
            return Meant(values=tuple(n for n in numbers if n is not None)), t.mate + 1
        if numbers is not None and len(numbers) == 2:
            opened = t.kind == "("
            return Meant(low=numbers[0], high=numbers[1], open_low=opened, open_high=opened), t.mate + 1
    raise _unknown(text, tokens, at, max(t.mate + 1, at + 1))


def _fields(meant: Meant) -> dict[str, object]:
    return {name: getattr(meant, name) for name in ("integer", "low", "high", "open_low", "open_high", "unsure")}


def _numbers(tokens: list[Token]) -> list[Fraction | None] | None:
    """Numbers with commas between; None for an infinity."""
    out: list[Fraction | None] = []
    sign, fresh = 1, True
    for t in tokens:
        if t.kind in ("+", "-") and fresh:
            sign = -sign if t.kind == "-" else sign
        elif t.kind in ("num", "infinity") and fresh:
            out.append(sign * Fraction(t.value) if t.kind == "num" else None)
            sign, fresh = 1, False
        elif t.kind == "," and not fresh:
            fresh = True
        else:
            return None
    return out or None


def _bounded(meant: Meant) -> bool:
    return meant.low is not None or meant.high is not None


def _holds(domain: Domain, meant: Meant) -> bool:
    """Whether every entry of a domain is in a set."""
    if meant.values:
        return bool(domain.values) and set(domain.values) <= set(meant.values)
    if meant.integer and not domain.integer:
        return False
    if domain.values:
        return all(_within(Fraction(v), meant) for v in domain.values)
    for bound, own, open_, own_open, over in (
        (meant.low, domain.low, meant.open_low, domain.open_low, 1),
        (meant.high, domain.high, meant.open_high, domain.open_high, -1),
    ):
        if bound is None:
            continue
        if own is None or (own - bound) * over < 0 or (own == bound and open_ and not own_open and not meant.unsure):
            return False
    return True


def _within(value: Fraction, meant: Meant) -> bool:
    return not (
        (meant.low is not None and (value < meant.low or (value == meant.low and meant.open_low and not meant.unsure)))
        or (meant.high is not None and (value > meant.high or (value == meant.high and meant.open_high)))
    )


def _condition(name: list[Token], meant: Meant) -> list[Token]:
    """0 < z and z < 1, y = 0 or y = 1, as tokens."""
    at = name[0].start

    def copy() -> list[Token]:
        return [Token(t.kind, t.value, t.start, t.end, t.space) for t in name]

    def number(value: Fraction) -> list[Token]:
        sign = [Token("-", "-", at, at)] if value < 0 else []
        return [*sign, Token("num", str(abs(value)), at, at, True)]

    parts: list[list[Token]] = []
    for value in meant.values:
        parts.append([*copy(), Token("rel", "=", at, at), *number(value)])
    if meant.low is not None:
        parts.append([*copy(), Token("rel", ">" if meant.open_low else ">=", at, at), *number(meant.low)])
    if meant.high is not None:
        parts.append([*copy(), Token("rel", "<" if meant.open_high else "<=", at, at), *number(meant.high)])
    joint = "or" if meant.values else "and"
    return [t for n, part in enumerate(parts) for t in (*([Token("word", joint, at, at, True)] if n else []), *part)]


def _unknown(text: str, tokens: Tokens, at: int, end: int) -> ReadError:
    span = (tokens[at].start, max(tokens[min(end, len(tokens)) - 1].end, tokens[at].start + 1))
    return _fault(text, span, f"the set {text[span[0] : span[1]]} is not read")


def _fault(text: str, span: tuple[int, int], message: str) -> ReadError:
    expected = "the formula alone, or a condition such as z > 0"
    return ReadError(message, (span[0], max(span[1], span[0] + 1)), expected, (), (), text, "relation")
