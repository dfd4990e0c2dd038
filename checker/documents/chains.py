"""A claim read under the names of a part: rows of members, each with its place in the document, joined by relations."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from itertools import islice, pairwise

from checker.answers.definitions import defined
from checker.answers.links import Chain as Links
from checker.answers.links import Expression, Link, without_extrema, without_numbers
from checker.answers.reading import each_reading
from checker.documents.definitions import NOTHING, SINGLE, Definitions
from checker.documents.left_sides import without_blanks
from checker.documents.limits import closed, speaks_of_limits
from checker.documents.relations import begins_with_relation
from checker.documents.statements import listed
from checker.documents.stretches import outside
from checker.equality.cases import partial
from derivations.domains import Names
from derivations.formula import Cases, Formula, reindex
from derivations.frozen import frozen
from derivations.notation import Line, Statement, read_statement
from derivations.notation import read as read_formula
from derivations.notation.errors import ReadError
from derivations.notation.read.labels import label_of
from derivations.notation.relations import OP_OF, ORDER, spelled
from derivations.notation.spelling import ACCENT_COMMANDS, STYLES, canonical

MOST_READINGS = 4


@frozen
class Sought:
    """That the place of an extremum is meant, `max` or `min`, and over which name."""

    kind: str
    over: str


@frozen
class Member:
    """One side of a relation: what it is, the relation in front of it ("" for the first of a row), and where in the
    claim it stands."""

    formula: Formula
    op: str
    start: int
    end: int
    sought: Sought | None = None


@frozen
class Lost:
    """A member that is not understood, and why."""

    start: int
    end: int
    why: str


@frozen
class Row:
    """Members joined by relations. `label`: a left side that is no formula; `continues`: the first member is joined to
    the row before; `lost`: members that are not understood, which those around them are said to be equal to."""

    members: tuple[Member, ...]
    label: str | None = None
    continues: bool = False
    lost: tuple[Lost, ...] = ()
    ways: int = 1
    """In how many ways a member of it may be read."""

    def under(self, case: Formula) -> Row:
        """The row with what stands behind its left side said in one case only."""
        whole = self.label is not None or self.continues
        first, *others = (None, *self.members) if whole else self.members
        said = [replace(m, formula=_said(m.formula, case)) for m in others if m is not None]
        return replace(self, members=(*((first,) if first is not None else ()), *said))


def rows_in(
    text: str, names: Names, condition: str = "", below: Collection[str] | None = None
) -> Iterator[tuple[Row, ...]]:
    """The rows of a claim, once for each way in which it may be read; with a condition, each in that case. Of several
    ways those count in which all members have the same indices, which are those `below` a name on the left, if there is
    one. Raises `ReadError`."""
    if speaks_of_limits(text):
        for side in sides(text):
            read_formula(closed(side, names), names)  # what it does not understand, the whole is refused for
        yield rows_apart(text, names, condition, expand=lambda side: closed(side, names))
        return
    said = defined(text, names)
    if said.fault is not None:
        raise ReadError("its definitions are not those of the question", (0, len(text)), "", (), (), text)

    case = _case(condition, names) if condition else None

    def read(source: str) -> Statement:
        return said.inlined(read_statement(source, said.names), names)

    def placed(statement: Statement) -> tuple[Row, ...]:
        rows = _placed(statement, text)
        return rows if case is None else tuple(row.under(case) for row in rows)

    try:
        yield placed(read(said.text))
    except ReadError as error:
        if not error.readings:
            raise
        ways = [placed(found) for found in islice(each_reading(said.text, read), MOST_READINGS)]
        yield from [rows for rows in ways if all(_even(row, below) for row in rows)] or ways


def _even(row: Row, below: Collection[str] | None) -> bool:
    """Whether all members of a row have the same indices."""
    said = [frozenset(index.name for index in member.formula.free) for member in row.members]
    return len({*said, *([frozenset(below)] if below is not None else [])}) <= 1


def _placed(statement: Statement, text: str) -> tuple[Row, ...]:
    rows: list[Row] = []
    at = 0
    for line in statement.lines:
        if not line.parts:
            continue
        chain = _without_number(line)
        found: list[tuple[int, int]] = []
        before = at
        label = line.target
        named = text.find(label, at) if label is not None else -1
        at = named + len(label) if label is not None and named >= 0 else at
        for side in chain.parts:
            source = side.formula.source or ""
            here = text.find(source, at) if source else -1
            at = here if here >= 0 else at
            found.append((at, at + len(source)))
            at += len(source)
        begin = _dressed(text, before, min(found[0][0], named) if named >= 0 else found[0][0])
        joined = label is None and _joined(text[before:begin])
        members: list[Member] = []
        for k, (side, op) in enumerate(zip(chain.parts, ("", *chain.ops), strict=True)):
            start = begin if k == 0 and not joined else _after(text, found[k - 1][1] if k else before, found[k][0])
            stop = _after(text, found[k][1], found[k + 1][0]) if k + 1 < len(found) else found[k][1]
            stop = max(stop, found[k][1])
            tail = _TAIL.search(text, start, stop)
            members.append(Member(side.formula, op, start, tail.start() if tail is not None else stop))
        last = members[-1]
        members[-1] = Member(last.formula, last.op, last.start, last.end + len(_CLOSING.match(text, last.end)[0]))  # type: ignore[index]
        at = max(at, members[-1].end)
        rows.append(Row(tuple(members), label, joined))
    return tuple(rows)


def _dressed(text: str, start: int, at: int) -> int:
    r"""Where a member begins with the accents of its first letter, `\hat y`, or the size of its first bracket."""
    while (found := _ACCENT.search(text, start, at)) is not None:
        at = found.start()
    return at


_ACCENT = re.compile(rf"\\(?:left|{'|'.join(sorted((*ACCENT_COMMANDS, *STYLES)))})(?![A-Za-z])\s*\{{?\s*\Z")
_CLOSING = re.compile(r"(?:\s*(?:\\(?:right|mright|Big|big|Bigg|bigg)r?\s*[)\]}|.]|[)\]}]))*")
_SIGN = re.compile(spelled("=", "≈", *ORDER, "=>", "<=>", "∝", ":="))


def _after(text: str, start: int, stop: int) -> int:
    """Where, between two members, the relation of the second one begins."""
    sign = _SIGN.search(text, start, stop)
    return sign.start() if sign is not None else stop


_TAIL = re.compile(
    r"(?:\\\\(?:\[[^\]]*\])?|&|\s|\\end\{(?:align|gather|equation|split|multline|eqnarray)[a-z]*\*?\})+\Z"
)
"""Breaks of lines and marks of columns behind a member."""


def rows_apart(
    text: str,
    names: Names,
    condition: str = "",
    known: Definitions = NOTHING,
    expand: Callable[[str], str] = str,
    densities: bool = False,
    way: int | None = None,
) -> tuple[Row, ...]:
    """The rows of a claim read member by member, where it cannot be read as a whole: a = ? = c says that a is c.

    `known` are the document's own names, of which a row may give more to those behind it; `expand` puts its own
    commands back; `densities`: they are known, and none is a mere name. A member that may be read in several ways is
    read in the one of that number, where one is given. Raises `ReadError` where nothing is left to
    compare."""
    case = _case(condition, names) if condition else None
    rows: list[Row] = []
    first: ReadError | None = None
    breaks = (*(m.start() for m in outside(text, _BREAK)), len(text))
    for at, end in (bounds for row in pairwise((0, *breaks)) for bounds in listed(text, *row)):
        row, error = _apart(text, at, end, names, known, expand, densities, way)
        first = first or error
        if row is not None and not row.members:  # nothing of it is understood: it hangs on the row before
            if not rows:
                raise error or first or ReadError("not understood", (at, end), "", (), (), text)
            rows[-1] = replace(rows[-1], lost=(*rows[-1].lost, *row.lost))
        elif row is not None:
            rows.append(row if case is None else row.under(case))
            if row.label is not None:
                known = known.with_row(sides(expand(_TAIL.sub("", text[at:end]))))
    if sum(len(row.members) for row in rows) < 2 and all(row.label is None and not row.continues for row in rows):
        raise first or ReadError("there is nothing to compare", (0, len(text)), "", (), (), text)
    return tuple(rows)


def sides(text: str) -> list[str]:
    """What stands between the signs of equality of a row."""
    bounds = [(m.start(), m.end()) for m in outside(text, _JOINED)]
    starts, ends = [0, *(end for _, end in bounds)], [*(start for start, _ in bounds), len(text)]
    return [_plain(text[a:b]) for a, b in zip(starts, ends, strict=True)]


def _plain(text: str) -> str:
    r"""A side without the signs of its sentence; the full stop of `\right.` is its own."""
    bare = text.strip(" &\n\t.,;")
    return bare + "." if bare.endswith(r"\right") else bare


def _apart(
    text: str,
    start: int,
    stop: int,
    names: Names,
    known: Definitions,
    expand: Callable[[str], str],
    densities: bool,
    way: int | None,
) -> tuple[Row | None, ReadError | None]:
    edge = _EDGE.match(text, start)
    begin = min(edge.end() if edge else start, stop)
    signs = [m for m in outside(text[:stop], _JOINED) if m.end() - len(m[0].lstrip(" &\n\t")) >= begin]
    bounds = [(begin, ""), *((m.end(), m[0].strip("& ")) for m in signs)]
    ends = [*(m.start() for m in signs), stop]
    members: list[Member] = []
    lost: list[Lost] = []
    label, error = None, None
    ways = 1
    extremum = bool(signs) and bool(without_extrema(expand(text[signs[0].end() : stop])).at)
    for k, ((at, op), end) in enumerate(zip(bounds, ends, strict=True)):
        inside = _plain(_TAIL.sub("", text[at:end]))
        if not inside:
            continue
        tail = _TAIL.search(text, at, end)
        sign = signs[k - 1][0] if k else ""
        start = at if k == 0 else signs[k - 1].start() + len(sign) - len(sign.lstrip("& \n\t"))
        place = (start, tail.start() if tail is not None else end)
        try:
            if (
                k == 0 and extremum and SINGLE.fullmatch(inside)
            ):  # that a name is where an extremum is says nothing of it
                label = inside
                continue
            if k == 0 and not densities and _DENSITY.fullmatch(inside) and known.put_in(inside) == inside:
                label = inside
                continue
            inside = expand(inside)
            is_derivative = k == 0 and _DERIVATIVE.match(inside) is not None  # by a name, not by its value
            extrema = without_extrema(known.put_in(inside, numbers=not is_derivative))
            sought = next((Sought(kind, canonical(over)) for _, kind, over in extrema.at), None)
            formula, several = _one_way(extrema.text.strip(), names, way)
            ways = max(ways, several)
            members.append(Member(formula, OP_OF.get(op.strip(" &\n\t"), "=") if op else "", *place, sought))
        except ReadError as fault:
            error = error or fault
            if k == 0 and _is_label(inside, names):
                label = inside
            else:
                lost.append(Lost(*place, str(fault).split("\n")[0]))
    if not members:
        return (Row((), None, True, tuple(lost)) if lost else None), error
    if label is not None:
        members[0] = replace(members[0], start=begin, op="")
    joined = bool(bounds[0][0] and not text[begin : ends[0]].strip(" &"))
    return Row(tuple(members), label, joined, tuple(lost), ways), error


def _one_way(text: str, names: Names, way: int | None) -> tuple[Formula, int]:
    """A member read in one of the ways in which it may be, and how many there are. Raises `ReadError`."""
    try:
        return read_formula(text, names), 1
    except ReadError as error:
        if way is None or not error.readings:
            raise
        ways = list(islice(each_reading(text, lambda one: read_formula(one, names)), MOST_READINGS))
        return ways[min(way, len(ways) - 1)], len(ways)


def _is_label(left: str, names: Names) -> bool:
    left = without_blanks(left)
    return label_of(left, names) is not None or any(p.fullmatch(left) for p in (_DENSITY, SINGLE, _DERIVATIVE_OF))


_DERIVATIVE = re.compile(r"\\[dt]?frac\s*\{\s*(?:\\partial|d(?![a-z]))")
_BELOW = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"
_DERIVATIVE_OF = re.compile(rf"\\[dt]?frac\s*\{{\s*(?:\\partial|d){_BELOW}\}}\s*\{{\s*(?:\\partial|d){_BELOW}\}}")
_DENSITY = re.compile(
    r"-?\s*(?:\\?(?:log|ln)\s*)?\\?[A-Za-z]{1,3}\s*(?:\\left)?\([^()=]{1,80}(?:\([^()=]*\)[^()=]*)*\)"
)
"""`-\\log p(y \\mid X, \\theta)`: what stands for a density."""
_BREAK = re.compile(r"\\\\(?:\[[^\]]*\])?|\n")
_JOINED = re.compile(rf"&?\s*{spelled('=')}\s*&?|{spelled('≈', '∝', *ORDER)}")
_EDGE = re.compile(r"(?:\s|\\\\(?:\[[^\]]*\])?|\\begin\{[a-z*]+\}(?:\{\d\})?)*")


def _case(condition: str, names: Names) -> Formula:
    """A condition as the formula that is 0 where it holds. Raises `ReadError`."""
    found = read_formula(f"0, {condition}", names)
    if not partial(found):
        raise ReadError("no condition", (0, len(condition)), "a condition", (), (), condition)
    return found


def _said(formula: Formula, case: Formula) -> Formula:
    if partial(formula) or not isinstance(case.body, Cases):
        return formula
    ((condition, _),) = case.body.branches
    if case.axes and [i.size for i in case.axes] == [i.size for i in formula.axes]:  # entry by entry
        condition = reindex(condition, dict(zip(case.axes, formula.axes, strict=True)))
    free = (*formula.free, *(i for i in case.free if i not in formula.free))
    return replace(formula, body=Cases(((condition, formula.body),), None), free=free)


def _without_number(line: Line) -> Links:
    """The members of a line, without the number of a formula that stands for it: `d/dz (2) = …`."""
    parts = tuple(Expression(part, 1) for part in line.parts)
    return without_numbers([Links(parts, tuple(line.ops), line.named)])[0]


def _joined(between: str) -> bool:
    """Whether a relation stands between a row and what is before it."""
    return begins_with_relation(re.sub(r"\\\\(?:\[[^\]]*\])?|&|\s|\\(?:right|Big|big)", "", between) or " ")


def link(left: Formula, op: str, right: Formula, sought: tuple[Sought | None, Sought | None] = (None, None)) -> Link:
    """A relation between two formulas, or between the places of their extrema, as it is judged everywhere."""
    kinds = [one.kind if one is not None else "" for one in sought]
    return Link(Expression(left, 1, kinds[0]), op, Expression(right, 1, kinds[1]))
