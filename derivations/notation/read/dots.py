r"""Dots with an evident rule, as the sum, product or array that they stand for, before a text is parsed.

    u_1 + \dots + u_n               \sum_{m=1}^{n} {u_m}
    a + u_1 + u_2 + \cdots + u_n    a + u_1 + \sum_{m=2}^{n} {u_m}
    u_1 u_2 \cdots u_n              u_1 {\prod_{m=2}^{n} {u_m}}
    (u_1, \dots, u_n)               (m:n ↦ u_m)
    rows and columns of matrices with \vdots, \cdots, \ddots, from corner to corner

The rule is what changes between the entry before the dots and the one behind them: one number, which runs up by ones.
Dots without such a rule are left where they stand, and the grammar refuses them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derivations.formula import Note
from derivations.notation.read.matching import rematch
from derivations.notation.read.progressions import Rule, copied, fits, mark, number, number_of, rule_between, run_before
from derivations.notation.read.scope import Scope
from derivations.notation.read.symbols import MATRIX
from derivations.notation.read.token import Token, Tokens, outside_brackets

MAX_DOTS = 20
"""More dots of one text are not looked through."""
MAX_FACTOR = 60
"""The longest factor before dots, in symbols."""

_TIMES = frozenset(["dot", "times", "*"])
_HELD = frozenset(["_", "^", "frac", "sqrt", "."])
"""What a factor does not begin behind."""
_APART = frozenset(["rel", ",", ";", "newline", "&", ":"])
_LETTERS = ("m", "l", "r", "s", "t", "q", "v", "o", "z", "k", "j", "i")
_STARTS = frozenset(["word", "num", "(", "[", "{", r"\{", "frac", "sqrt", "|", "||", "lfloor", "lceil"])


def without_dots(tokens: Tokens, start: int, stop: int, text: str, scope: Scope, notes: list[Note]) -> int:
    """Rewrite the tokens between two positions in place; where they end now."""
    if "dots" not in text and text.isascii():
        return stop
    k, count = start, 0
    while k < stop and count < MAX_DOTS:
        if tokens[k].kind != "dots":
            k += 1
            continue
        count += 1
        found = _region(tokens, k, start, stop, text, scope)
        if found is None:
            k += 1
            continue
        (a, b), made, said = found
        span = tokens[a].start, tokens[b - 1].end
        notes.append(Note("dots", f"{text[span[0] : span[1]]} was read as {said}", span))
        stop += len(made) - (b - a)
        tokens[a:b] = made
        rematch(tokens)
        k = a + len(made)
    return stop


Found = tuple[tuple[int, int], list[Token], str]
"""What is replaced, by what, and what is said of it."""


def _region(tokens: Tokens, k: int, start: int, stop: int, text: str, scope: Scope) -> Found | None:
    """What the dots at a position stand for."""
    low, high = start, stop
    for m in range(k - 1, start - 1, -1):
        if tokens[m].mate > k:
            low, high = m + 1, tokens[m].mate
            break
    opened = tokens[low - 1] if low > start else None
    letters = _letters(tokens, scope)
    if len(letters) < 2:
        return None
    if opened is not None and opened.kind == "begin":
        return _matrix(tokens, low, high, letters, scope) if opened.value in MATRIX else None
    before, behind = tokens[k - 1].kind if k > low else "", tokens[k + 1].kind if k + 1 < high else ""
    if before == behind == "," and opened is not None:
        if low - 2 >= start and (tokens[low - 2].kind in ("in", "notin") or tokens[low - 2].value == "in"):
            return None  # a set
        return _listed(tokens, low, high, k, letters[0], scope)
    outside = list(_outside(tokens, low, high))
    a = max((m + 1 for m in outside if m < k and tokens[m].kind in _APART), default=low)
    b = min((m for m in outside if m > k and tokens[m].kind in _APART), default=high)
    if before in ("+", "-") and behind in ("+", "-"):
        return _added(tokens, a, b, k, letters[0], scope)
    signs = [m for m in outside if tokens[m].kind in ("+", "-")]
    a = max((m + 1 for m in signs if a <= m < k), default=a)
    b = min((m for m in signs if k < m < b), default=b)
    return _multiplied(tokens, a, b, k, letters[0], scope)


def _letters(tokens: Sequence[Token], scope: Scope) -> list[str]:
    """Letters that mean nothing in a text."""
    used = {t.value for t in tokens if t.kind == "word"}
    return [x for x in _LETTERS if not (x in used or x in scope.bases or x in scope.indices or x in scope.sizes)]


def _outside(tokens: Tokens, a: int, b: int) -> Iterator[int]:
    """The positions outside all brackets and bars."""
    inside = ""
    for k in outside_brackets(tokens, a, b):
        t = tokens[k]
        if t.kind in ("|", "||"):
            inside = "" if inside == t.kind else inside or t.kind
        elif not inside:
            yield k


# ---------------------------------------------------------------- sums, products, lists


def _added(tokens: Tokens, a: int, b: int, k: int, letter: str, scope: Scope) -> Found | None:
    """u_1 + … + u_n"""
    terms: list[tuple[str, int, int]] = []
    sign, begin = "+", a
    for m in [*(m for m in _outside(tokens, a, b) if tokens[m].kind in ("+", "-")), b]:
        if m > begin:
            terms.append((sign, begin, m))
            sign = tokens[m].kind if m < b else ""
        elif m < b and tokens[m].kind == "-":
            sign = "-" if sign == "+" else "+"
        begin = m + 1
    at = next((n for n, (_, x, y) in enumerate(terms) if (x, y) == (k, k + 1)), 0)
    if not 0 < at < len(terms) - 1 or len({terms[n][0] for n in (at - 1, at, at + 1)}) != 1:
        return None
    parts = [tokens[x:y] for _, x, y in terms]
    rule = rule_between(parts[at - 1], parts[at + 1], scope)
    count = None if rule is None else run_before(parts[: at - 1], rule, scope)
    if rule is None or count is None or any(terms[n][0] != terms[at][0] for n in range(at - 1 - count, at)):
        return None
    x, y = terms[at - 1 - count][1], terms[at + 1][2]
    rule = rule.starting(rule.first.number - count)
    return (x, y), _over("sum", rule, letter, tokens[x], tokens[y - 1]), _said("a sum", rule, letter)


def _multiplied(tokens: Tokens, a: int, b: int, k: int, letter: str, scope: Scope) -> Found | None:
    """u_1 u_2 … u_n, u_1 · … · u_n"""
    end = k - (k > a and tokens[k - 1].kind in _TIMES)
    begin = k + 1 + (k + 1 < b and tokens[k + 1].kind in _TIMES)
    for s in range(end - 1, max(a, end - MAX_FACTOR) - 1, -1):
        t = tokens[s]
        if t.kind not in _STARTS or (s > a and tokens[s - 1].kind in _HELD):
            continue
        if any(not s <= u.mate < end for u in tokens[s:end] if u.mate >= 0):
            continue
        for stop in range(begin + 1, min(b, begin + 2 * MAX_FACTOR) + 1):
            if stop < b and tokens[stop].kind in ("_", "^", "'", "!"):
                continue
            if any(not begin <= u.mate < stop for u in tokens[begin:stop] if u.mate >= 0):
                continue
            rule = rule_between(tokens[s:end], tokens[begin:stop], scope)
            if rule is None:
                continue
            found = _factors_before(tokens, a, s, rule, scope)
            if found is None:
                return None
            count, s = found
            rule, t = rule.starting(rule.first.number - count), tokens[s]
            made = _over("prod", rule, letter, t, tokens[stop - 1])
            return (s, stop), [mark("{", t), *made, mark("}", tokens[stop - 1])], _said("a product", rule, letter)
    return None


def _factors_before(tokens: Tokens, a: int, s: int, rule: Rule, scope: Scope) -> tuple[int, int] | None:
    """How many factors before a position go up to the first of a rule by ones, and where they begin; None where one of
    its form breaks off the run."""
    count = 0
    while True:
        stop = s - (s > a and tokens[s - 1].kind in _TIMES)
        reach = range(stop - 1, max(a, stop - MAX_FACTOR) - 1, -1)
        starts = [x for x in reach if x == a or tokens[x - 1].kind not in _HELD]
        found = next(((n, x) for x in starts if (n := number_of(tokens[x:stop], rule, scope)) is not None), None)
        if found is None:
            return count, s
        if found[0] != rule.first.number - count - 1:
            return None
        count, s = count + 1, found[1]


def _listed(tokens: Tokens, low: int, high: int, k: int, letter: str, scope: Scope) -> Found | None:
    """(u_1, …, u_n): all of an array."""
    places = [m for m in _outside(tokens, low, high) if tokens[m].kind == ","]
    if any(tokens[m].kind in (";", "rel", ":") for m in _outside(tokens, low, high)):
        return None
    parts = [tokens[x:y] for x, y in zip([low, *(m + 1 for m in places)], [*places, high], strict=True)]
    rule = _whole_list(parts, scope)
    if rule is None:
        return None
    made = [*_head([(letter, rule.first.end)], tokens[low]), *rule.written(letter)]
    return (low, high), made, _said("an array", rule, letter)


def _whole_list(parts: Sequence[Sequence[Token]], scope: Scope) -> Rule | None:
    """The rule of a list, one entry of which is dots; None where it does not begin at 1."""
    at = next((n for n, part in enumerate(parts) if len(part) == 1 and part[0].kind == "dots"), 0)
    if at < 1 or at != len(parts) - 2:
        return None
    rule = rule_between(parts[at - 1], parts[at + 1], scope)
    if rule is None or rule.first.number != at or len(rule.first.end) != 1:
        return None
    numbers = [number_of(part, rule, scope) for part in parts[: at - 1]]
    return rule.starting(1) if numbers == list(range(1, at)) else None


# ---------------------------------------------------------------- matrices


def _matrix(tokens: Tokens, low: int, high: int, letters: list[str], scope: Scope) -> Found | None:
    """Rows and columns with dots."""
    grid: list[list[list[Token]]] = [[[]]]
    inside = 0
    for k in range(low, high):
        t = tokens[k]
        inside += (t.mate > k) - (0 <= t.mate < k)
        if t.kind == "newline" and not inside:
            grid.append([[]])
        elif t.kind == "&" and not inside:
            grid[-1].append([])
        else:
            grid[-1][-1].append(t)
    grid = [row for row in grid if any(row)]
    if not grid:
        return None
    whole = (low - 1, high + 1)
    first, last = tokens[low - 1], tokens[high]
    if all(len(row) == 1 for row in grid) or len(grid) == 1:
        rule = _whole_list([row[0] for row in grid] if len(grid) > 1 else grid[0], scope)
        if rule is None:
            return None
        made = [
            mark("(", first),
            *_head([(letters[0], rule.first.end)], first),
            *rule.written(letters[0]),
            mark(")", last),
        ]
        if len(grid) == 1:
            made += [mark("^", last), mark("top", last)]
        return whole, made, _said("a column" if len(grid) > 1 else "a row", rule, letters[0])
    if len({len(row) for row in grid}) != 1:
        return None
    ends = (first, last)
    return _diagonal(grid, whole, ends, letters[0], scope) or _rectangle(grid, whole, ends, letters, scope)


def _diagonal(
    grid: list[list[list[Token]]], whole: tuple[int, int], ends: tuple[Token, Token], letter: str, scope: Scope
) -> Found | None:
    """A matrix of zeros, blanks and dots with an evident diagonal."""
    if len(grid) != len(grid[0]):
        return None
    beside = [cell for r, row in enumerate(grid) for c, cell in enumerate(row) if r != c]
    zeros = [cell for cell in beside if len(cell) == 1 and cell[0].value == "0"]
    blank = all(not cell or (len(cell) == 1 and (cell[0].kind == "dots" or cell[0].value == "0")) for cell in beside)
    rule = _whole_list([grid[r][r] for r in range(len(grid))], scope) if blank and (zeros or not any(beside)) else None
    if rule is None:
        return None
    first, last = ends
    made = [Token("word", "diag", first.start, first.start, True), mark("(", first)]
    made += [*_head([(letter, rule.first.end)], first), *rule.written(letter), mark(")", last)]
    return whole, made, _said("a diagonal matrix", rule, letter)


def _dots_in(cells: Sequence[Sequence[Token]]) -> int | None:
    """Which of some cells is dots."""
    return next((k for k, cell in enumerate(cells) if len(cell) == 1 and cell[0].kind == "dots"), None)


def _place(at: int, dots: int | None, end: tuple[Token, ...]) -> str:
    """What stands at the place of an index in a row or column."""
    return str(at + 1) if dots is None or at < dots else end[0].value


def _rectangle(
    grid: list[list[list[Token]]], whole: tuple[int, int], ends: tuple[Token, Token], letters: list[str], scope: Scope
) -> Found | None:
    """A matrix from corner to corner: what changes along the first row, and along the first column."""
    one = grid[0][0]
    along, down = (rule_between(one, other, scope) for other in (grid[0][-1], grid[-1][0]))
    if along is None or down is None or [t.value for t in along.body] != [t.value for t in down.body]:
        return None
    columns, rows = {p.at for p in along.places}, {p.at for p in down.places}
    if columns & rows:
        return None
    if along.first.number != 1 or down.first.number != 1 or not len(along.first.end) == len(down.first.end) == 1:
        return None
    dotted = [_dots_in(cells) for cells in (grid[0], [row[0] for row in grid])]
    ends_at = (along.first.end, down.first.end)
    for size, dots, end in zip((len(grid[0]), len(grid)), dotted, ends_at, strict=True):
        if (dots is None and number(end) != size) or (dots is not None and dots != size - 2):
            return None
    if dotted == [None, None]:
        return None
    for r, row in enumerate(grid):
        for c, cell in enumerate(row):
            if cell and not (len(cell) == 1 and cell[0].kind == "dots"):
                where = {**dict.fromkeys(columns, _place(c, dotted[0], ends_at[0])),
                    **dict.fromkeys(rows, _place(r, dotted[1], ends_at[1]))}  # fmt: skip
                if not fits(cell, along.body, where, scope):
                    return None
    (letter, other), (first, last) = letters[:2], ends
    made = [mark("(", first), mark("(", first)]
    made += _heads([(letter, down.first.end), (other, along.first.end)], first)
    made += [mark(")", first), Token("mapsto", "↦", first.start, first.start)]
    for k, t in enumerate(along.body):
        runs = letter if k in rows else other if k in columns else ""
        made.append(Token("word", runs, t.start, t.end) if runs else copied(t))
    made.append(mark(")", last))
    high, wide = _shown(down.first.end), _shown(along.first.end)
    return whole, made, f"a matrix over {letter} = 1, …, {high} and {other} = 1, …, {wide}"


# ---------------------------------------------------------------- what is put in their place


def _over(op: str, rule: Rule, letter: str, first: Token, last: Token) -> list[Token]:
    r"""\sum_{m=1}^{n} {u_m}"""
    place = rule.first
    end = last.end
    return [
        Token(op, op, first.start, first.start, True),
        *(mark(kind, first) for kind in ("_", "{")),
        Token("word", letter, first.start, first.start),
        Token("rel", "=", first.start, first.start),
        Token("num", str(place.number), first.start, first.start),
        *(mark(kind, first) for kind in ("}", "^", "{")),
        *map(copied, place.end),
        *(mark(kind, first) for kind in ("}", "{")),
        *rule.written(letter),
        Token("}", "}", end, end),
    ]


def _head(heads: list[tuple[str, tuple[Token, ...]]], at: Token) -> list[Token]:
    """m:n ↦"""
    return [*_heads(heads, at), Token("mapsto", "↦", at.start, at.start)]


def _heads(heads: list[tuple[str, tuple[Token, ...]]], at: Token) -> list[Token]:
    out: list[Token] = []
    for letter, end in heads:
        out += [
            *([mark(",", at)] if out else []),
            Token("word", letter, at.start, at.start, True),
            mark(":", at),
            *map(copied, end),
        ]
    return out


def _shown(end: Sequence[Token]) -> str:
    return " ".join(t.value for t in end)


def _said(what: str, rule: Rule, letter: str) -> str:
    return f"{what} over {letter} = {rule.first.number}, …, {_shown(rule.first.end)}"
