"""In which order bindings are read, and which of them recur.

A binding uses what stands before it. What uses itself, or goes round with others, is a recursion where each time round
leads one place on: h_t = tanh(W h_{t-1} + U x_t), h_0 = c. What goes round in any other way is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from derivations.domains import Declared, Names
from derivations.formula import (
    Cases,
    Elem,
    Formula,
    IndexVal,
    Node,
    Rel,
    children,
    minus,
    names_in,
    num,
    size_node,
    walk,
)
from derivations.frozen import frozen
from derivations.recursion import Recursion

Span = tuple[int, int]


@frozen
class Line:
    """One binding as it is written: `h_tj = …` binds h over t and j."""

    name: str
    letters: tuple[str, ...]
    right: str
    after: str = ""
    """The letter of R_{T+1} = …, which names what stands behind the last place."""

    @property
    def left(self) -> str:
        return self.name + ("_" + "".join(self.letters) if self.letters else "")


_LEFT = re.compile(
    r"\s*(?P<name>[^\s=_:]+)(?P<number>_(?:[0-9]+|\{[0-9]+\}))?"
    r"(?:_(?:\{(?P<place>[0-9]+),?(?P<first>[A-Za-z, ]+)\}|(?P<at>[0-9]+)(?P<entry>[A-Za-z]+)"
    r"|\{(?P<many>[A-Za-z, ]+)\}|\{(?P<size>[A-Za-z]+)\s*\+\s*1\}|(?P<few>[A-Za-z]+)))?"
    r"\s*:?=\s*(?P<right>.+)\Z",
    re.DOTALL,
)


def line_of(text: str) -> Line | None:
    """A binding as it is written; None for what is none."""
    found = _LEFT.match(text)
    if found is None:
        return None
    first = found["first"] or found["entry"]
    number = (found["number"] or "").strip("_{}") or found["place"] or found["at"]
    name = found["name"].strip() + (f"_{number}" if number else "") + ("_end" if found["size"] else "")
    letters = tuple(re.findall(r"[A-Za-z]", first or found["many"] or found["few"] or ""))
    return Line(name, letters, found["right"].strip(), (found["size"] or "").strip())


def lines_of(text: str) -> list[str]:
    """The bindings of a text, one a line or between semicolons; within brackets a `;` stands before parameters."""
    lines, depth, start = [], 0, 0
    for k, char in enumerate(text):
        depth = 0 if char == "\n" else depth + (char in "([{") - (char in ")]}")
        if char == "\n" or (char == ";" and depth <= 0):
            lines.append(text[start:k])
            start = k + 1
    return [line.strip() for line in (*lines, text[start:]) if line.strip()]


def left_side(line: str) -> str:
    """The name that a line binds; the line itself where it is none."""
    found = line_of(line)
    return line if found is None else found.name


class Circular(ValueError):
    """Bindings that go round and are no recursion. `span` is the place in the right side of `binding`."""

    def __init__(self, message: str, binding: str, span: Span | None = None):
        super().__init__(message)
        self.binding, self.span = binding, span


def with_last(line: Line, names: Names) -> Line:
    """`beta_Tk = …`, where T is a size and no index, as the last entry of beta. Raises `Circular` for `h_{t+1} = …`."""
    if line.after in names and names[line.after].index is not None:
        name, t = line.name.removesuffix("_end"), line.after
        raise Circular(
            f"a step is bound at {t}, by what stands before it: write {name}_{t} = … {name}_{{{t}-1}} …", name
        )
    if line.letters and line.letters[0] in names.sizes and line.letters[0] not in names:
        return Line(f"{line.name}_last", line.letters[1:], line.right)
    return line


def in_order(lines: Sequence[Line], names: Names) -> list[tuple[Line, ...]]:
    """The lines in the order in which they are read, alone or with those they go round with: these behind their starts,
    and behind what stands before a line that uses it, though it may stand behind the first of them."""
    bound = {line.name for line in lines}
    uses = [[any(_places(line.right, other.name, names, bound)) for other in lines] for line in lines]
    reach = [row[:] for row in uses]
    for k in range(len(lines)):
        for row in reach:
            if row[k]:
                row[:] = [a or b for a, b in zip(row, reach[k], strict=True)]
    out: list[tuple[Line, ...]] = []
    taken: set[int] = set()

    def take(k: int) -> None:
        if k in taken:
            return
        together = [j for j in range(len(lines)) if j == k or (reach[k][j] and reach[j][k])]
        taken.update(together)
        if reach[k][k]:
            for j, line in enumerate(lines):
                if any(_starts(line.name, lines[m].name) or (uses[m][j] and j < m) for m in together):
                    take(j)
        out.append(tuple(lines[j] for j in together))

    for k in range(len(lines)):
        take(k)
    return out


def goes_round(group: Sequence[Line], names: Names) -> bool:
    """Whether the lines of a group use one another."""
    bound = {line.name for line in group}
    return any(any(_places(line.right, other.name, names, bound)) for line in group for other in group)


def _places(right: str, name: str, names: Names, bound: set[str]) -> Iterable[Span]:
    """Where a right side holds a name with indices."""
    for found in re.finditer(rf"(?<![A-Za-z0-9\\_]){re.escape(name)}_(?P<below>\{{|[0-9]+|[A-Za-z]+)", right):
        below = found["below"]
        if below.isdigit() and (f"{name}_{below}" in names or f"{name}_{below}" in bound):
            continue
        if not below.isalpha() or all(c in names and names[c].index is not None for c in below):
            yield found.start(), found.start() + len(name)


def _starts(start: str, name: str, direction: int = 0) -> bool:
    return start in [f"{name}_{which}" for way, ends in STARTS.items() if direction in (0, way) for which in ends]


ENTRIES = ("1", "last")
"""What names the entry at the first place, or the last."""
STARTS = {1: ("0", "1"), -1: ("end", "last")}
"""What a recursion starts with, by its direction: what stands before the first place or behind the last, or that entry
itself. The other end is no start of it."""


def start_of(line: Line, names: Names, direction: int = 0) -> Declared | None:
    """The row of the value before the first place, h_0, or R_{n+1}; or at it, a_1, or R_n; of either direction, or of
    one."""
    known = [row for row in names.values() if row.role in ("input", "node")]
    found = [row for row in known if _starts(row.name, line.name, direction)]
    return min(found, key=lambda row: row.name.endswith(tuple(f"_{e}" for e in ENTRIES)), default=None)


def awaited(group: Sequence[Line], names: Names) -> list[Line]:
    """The bindings of a group that are used before they are read: they have the shape of their start, or one number a
    place."""
    bound = {line.name for line in group}
    return [
        line
        for k, line in enumerate(group)
        if start_of(line, names) or any(any(_places(o.right, line.name, names, bound)) for o in group[: k + 1])
    ]


def used_early(line: Line, later: Iterable[str], names: Names) -> None:
    """Refuses a right side that holds, with indices, a name that is not declared and is bound below. Asked before it is
    read: R_{t+1} beside a declared r would be read as r_{t+1}."""
    later = list(dict.fromkeys(later))
    for name in later:
        if name not in names:
            for span in _places(line.right, name, names, set(later)):
                _circular(line.name, name, span)


def defined_late(node: str, body: Node, before: Iterable[tuple[str, Node]]) -> str:
    """What is wrong with the place of a binding among those before it; empty where nothing is.

    `node` may have been declared, so that it was read as an input where it is used.
    """
    if node in names_in(body):
        return f"{node} is defined by itself: {STEPS}"
    using = (name for name, other in before if node in names_in(other))
    return next((f"{name} uses {node}, which is bound after it" for name in using), "")


STEPS = "a recursion uses the place before or after, m_t = a m_{t-1} + u_t, and says where it starts, m_0 = 0"


def _circular(user: str, used: str, span: Span | None = None) -> NoReturn:
    if user == used:
        raise Circular(f"{used} is defined by itself: {STEPS}", user, span)
    raise Circular(f"{user} uses {used}, which is bound after it", user, span)


# ---------------------------------------------------------------- what recurs


def recursions(group: Sequence[Line], formulas: Mapping[str, Formula], names: Names) -> dict[str, Recursion]:
    """The recursion of each binding of a group that goes round. Raises `Circular`."""
    uses = [(line, elem) for line in group for elem in _entries(formulas[line.name], formulas)]
    shifts = {s for line, elem in uses for s in _shifts(line, elem, formulas)}
    if len(shifts) != 1:
        line, elem = uses[0]
        _refuse(line, elem) if not shifts else _two_ways(line)
    ((letter, step),) = shifts
    found = {}
    for line in group:
        if letter not in line.letters:
            raise Circular(f"{line.name} goes round with others over {letter} and has no index {letter}", line.name)
        found[line.name] = _recursion(line, formulas[line.name], line.letters.index(letter), -step, names)
    for line, elem in uses:
        _lag(line, elem, found)
    for line in group:
        _guarded(line, found[line.name].step.body, found)
    _within_a_step(group, formulas, found)
    return found


def _recursion(line: Line, step: Formula, over: int, direction: int, names: Names) -> Recursion:
    """A step with its start; where the first entry itself is given, a choice between it and the step."""
    row = start_of(line, names, direction)
    if row is None or row.name.rpartition("_")[2] not in ENTRIES:
        return Recursion(step, over, direction, row.name if row else "")
    r = Recursion(step, over, direction)
    time = IndexVal(r.time)
    later = Rel(">=", time, num(2)) if direction > 0 else Rel("<", time, size_node(r.time.size))
    return replace(r, step=replace(step, body=Cases(((later, step.body),), Elem(row.name, r.rest(step.axes)))))


def _entries(formula: Formula, formulas: Mapping[str, Formula]) -> Iterator[Elem]:
    """The entries of the members of a group that a formula uses."""
    return (node for node in walk(formula.body) if isinstance(node, Elem) and node.name in formulas)


def _shifts(line: Line, elem: Elem, formulas: Mapping[str, Formula]) -> Iterable[tuple[str, int]]:
    """The letters of a left side that an entry holds one place on, with the way: (t, -1) of h_{t-1}."""
    own = formulas[line.name].axes[: len(line.letters)]
    for at in elem.at:
        for letter, index in zip(line.letters, own, strict=True):
            gap = minus(at, index)
            if isinstance(gap, int) and gap in (1, -1):
                yield letter, gap


def _lag(line: Line, elem: Elem, found: Mapping[str, Recursion]) -> int:
    """How many places before its own a step uses an entry: 0 or 1."""
    r = found[line.name]
    lag = r.lag(elem.at[found[elem.name].over])
    if lag is None:
        _refuse(line, elem)
    return lag


def _refuse(line: Line, elem: Elem) -> NoReturn:
    if elem.name == line.name:
        _circular(line.name, line.name)
    raise Circular(f"{line.name} and {elem.name} go round: {STEPS}", line.name)


def _two_ways(line: Line) -> NoReturn:
    raise Circular(f"{line.name} goes round in more than one way: {STEPS}", line.name)


def _guarded(line: Line, body: Node, found: Mapping[str, Recursion]) -> None:
    """Refuses a use of the place before the first one where nothing says what stands there."""
    if isinstance(body, Elem) and body.name in found and not found[body.name].start and _lag(line, body, found):
        r = found[body.name]
        before = f"{body.name}_0" if r.direction > 0 else f"{body.name}_{{{r.time.size}+1}}"
        raise Circular(f"say where {body.name} starts: {before} = …", line.name)
    for part in () if isinstance(body, Cases) else children(body):
        _guarded(line, part, found)


def _within_a_step(group: Sequence[Line], formulas: Mapping[str, Formula], found: Mapping[str, Recursion]) -> None:
    """Refuses what goes round without a step in time."""
    by_name = {line.name: line for line in group}
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            _circular(name, name)
        if name in done:
            return
        line = by_name[name]
        for elem in _entries(formulas[name], formulas):
            if not _lag(line, elem, found):
                visit(elem.name, (*above, name))
        done.add(name)

    for line in group:
        visit(line.name, ())
