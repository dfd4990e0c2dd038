"""The rule by which entries go on: what changes between two of them, one number that runs up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from derivations.frozen import frozen
from derivations.notation.read.matching import rematch
from derivations.notation.read.scope import Scope
from derivations.notation.read.token import Token
from derivations.notation.spelling import GREEK

_OPERANDS = frozenset(["word", "num"])


def copied(t: Token) -> Token:
    return Token(t.kind, t.value, t.start, t.end, t.space)


def mark(kind: str, at: Token) -> Token:
    return Token(kind, kind, at.start, at.start)


@frozen
class Place:
    """Where an entry differs from the last one: a number, and what stands there at the end."""

    at: int
    number: int
    end: tuple[Token, ...]


@frozen
class Rule:
    """What entries are, by a letter that runs: their symbols, the places of the letter, from where to where."""

    body: tuple[Token, ...]
    places: tuple[Place, ...]

    @property
    def first(self) -> Place:
        return self.places[0]

    def starting(self, number: int) -> Rule:
        """The rule from another number on."""
        by = number - self.first.number
        return Rule(self.body, tuple(Place(p.at, p.number + by, p.end) for p in self.places))

    def written(self, letter: str) -> list[Token]:
        """The symbols of the entry at the letter."""
        shifts = {p.at: p.number - self.first.number for p in self.places}
        out: list[Token] = []
        for k, t in enumerate(self.body):
            if k not in shifts:
                out.append(copied(t))
                continue
            shift = shifts[k]
            out.append(mark("{", t))
            out.append(Token("word", letter, t.start, t.end))
            if shift:
                out += [mark("+" if shift > 0 else "-", t), Token("num", str(abs(shift)), t.start, t.end)]
            out.append(mark("}", t))
        return out


def rule_between(first: Sequence[Token], last: Sequence[Token], scope: Scope) -> Rule | None:
    """What changes from one entry to another; None where nothing does, or more than a number that runs."""
    one, other = _plain(first), _plain(last)
    return (
        _aligned(one, other, scope)
        or _aligned(_apart(one, scope), _apart(other, scope), scope)
        or _aligned(_with_powers(one, other), other, scope)
    )


def _with_powers(first: list[Token], last: list[Token]) -> list[Token]:
    r"""The γ of `\gamma r_2` as \gamma^1, where the last entry has a power of it: `\gamma^{T-1} r_T`."""
    raised = {t.value for t, after in pairwise(last) if t.kind == "word" and after.kind == "^"}
    out: list[Token] = []
    for t, after in zip(first, [*first[1:], None], strict=True):
        out.append(t)
        if t.kind == "word" and t.value in raised and (after is None or after.kind not in ("^", "_")):
            out += [Token("^", "^", t.end, t.end), Token("num", "1", t.end, t.end)]
    rematch(out)
    return out


def _aligned(first: list[Token], last: list[Token], scope: Scope) -> Rule | None:
    places: list[Place] = []
    i = j = 0
    while i < len(first) and j < len(last):
        x, y = first[i], last[j]
        if x.kind == y.kind and x.value == y.value:
            j += 1
        elif x.kind == "num" and x.value.isdigit() and len(x.value) < 7:
            if y.kind == "{":
                end, j = tuple(last[j + 1 : y.mate]), y.mate + 1
                if any(p.kind in _OPERANDS and q.kind in _OPERANDS for p, q in pairwise(end)):
                    return None  # X_{1d}: two indices
            elif y.kind in _OPERANDS:
                if y.kind == "word" and len(y.value) > 1 and scope.letters(y.value, {}) != [y.value]:
                    return None  # X_{nd}: two indices
                end, j = (y,), j + 1
            else:
                return None
            if not end:
                return None
            places.append(Place(i, int(x.value), end))
        else:
            return None
        i += 1
    if i < len(first) or j < len(last) or not places:
        return None
    base, shift = _linear(places[0].end)
    for p in places:
        other, by = _linear(p.end)
        if other != base or by - shift != p.number - places[0].number:
            return None
    top = number(places[0].end)
    return None if top is not None and top <= places[0].number else Rule(tuple(first), tuple(places))


def _plain(tokens: Sequence[Token]) -> list[Token]:
    """Copies, without braces around one symbol."""
    made = [copied(t) for t in tokens]
    rematch(made)
    inner = {k for k, t in enumerate(made) if t.kind == "{" and t.mate == k + 2}
    kept = [t for k, t in enumerate(made) if k not in inner and k - 2 not in inner]
    rematch(kept)
    return kept


def _apart(tokens: list[Token], scope: Scope) -> list[Token]:
    """Subscripts that are run together with a comma between them: X_{1d} as X_{1,d}."""
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        t = tokens[k]
        out.append(t)
        k += 1
        if t.kind != "_" or k >= len(tokens):
            continue
        stop = tokens[k].mate if tokens[k].kind == "{" else k + 1
        inside = tokens[k + 1 : stop] if tokens[k].kind == "{" else tokens[k:stop]
        if not inside or any(u.kind not in ("num", "word", ",") for u in inside):
            continue
        pieces = [
            Token(u.kind, c, u.start, u.end)
            for u in inside
            if u.kind != ","
            for c in (u.value if u.kind == "num" or not (u.value in GREEK or u.value in scope.sizes) else [u.value])
        ]
        if len(pieces) > 1:
            out.append(mark("{", t))
            for n, piece in enumerate(pieces):
                out += [*([mark(",", piece)] if n else []), piece]
            out.append(mark("}", t))
            k = stop + (tokens[k].kind == "{")
    rematch(out)
    return out


def _linear(end: Sequence[Token]) -> tuple[str, int]:
    """What an end is, and what is added to it: n - 1 is n, and -1."""
    values = [t.value for t in end]
    if len(end) == 1 and end[0].kind == "num":
        return "", int(values[0]) if values[0].isdigit() else 0
    if len(end) >= 3 and end[-1].kind == "num" and values[-1].isdigit() and end[-2].kind in ("+", "-"):
        return " ".join(values[:-2]), int(values[-1]) * (1 if end[-2].kind == "+" else -1)
    return " ".join(values), 0


def number(end: Sequence[Token]) -> int | None:
    return int(end[0].value) if len(end) == 1 and end[0].kind == "num" and end[0].value.isdigit() else None


def number_of(part: Sequence[Token], rule: Rule, scope: Scope) -> int | None:
    """The number at which an entry has the form of a rule; None where it has another form."""
    plain = _plain(part)
    for own in (plain, _apart(plain, scope)):
        if len(own) != len(rule.body):
            continue
        at = {p.at: p.number - rule.first.number for p in rule.places}
        numbers = {int(own[k].value) - by for k, by in at.items() if own[k].kind == "num" and own[k].value.isdigit()}
        pairs = enumerate(zip(own, rule.body, strict=True))
        same = all(x.kind == y.kind and (k in at or x.value == y.value) for k, (x, y) in pairs)
        if same and len(numbers) == 1:
            return numbers.pop()
    return None


def fits(cell: Sequence[Token], body: Sequence[Token], where: Mapping[int, str], scope: Scope) -> bool:
    """Whether a cell is an entry with these symbols at its places."""
    own = _apart(_plain(cell), scope)
    return len(own) == len(body) and all(
        x.value == where[k] if k in where else (x.kind, x.value) == (y.kind, y.value)
        for k, (x, y) in enumerate(zip(own, body, strict=True))
    )


def run_before(parts: Sequence[Sequence[Token]], rule: Rule, scope: Scope) -> int | None:
    """How many entries before the first of a rule have its form and go up to it by ones; None where others of its form
    stand before it."""
    numbers = [number_of(part, rule, scope) for part in parts]
    count = next((k for k, n in enumerate(reversed(numbers)) if n is None), len(numbers))
    first = rule.first.number
    run, rest = numbers[len(numbers) - count :], numbers[: len(numbers) - count]
    return count if run == list(range(first - count, first)) and rest.count(None) == len(rest) else None
