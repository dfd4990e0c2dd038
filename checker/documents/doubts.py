r"""Where lines contradict a definition: which of the two is at fault.

    E = \frac12 (p - t)^3                     the definition, and lines that do not hold under it
    \nabla_p E = p - t,  E = \frac12 (t - p)^2

One line against a definition is wrong: it is judged under what the document says. Two or more of them, which all hold
under one other reading of the definition that no line speaks against, agree with each other: then the definition is
marked, and they are left open. What they leave out of it, a term or a factor, is their own mistake all the same, which
is often made more than once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice

from checker.answers.carry_out import NotCarriedOut, carried_out
from checker.answers.links import EQUALITIES, Link
from checker.answers.vocabulary import ancestors
from checker.diagnosis.fingerprint import alike, ground
from checker.diagnosis.mutations.table import mutants
from checker.documents.figures import by_digits
from checker.documents.known import Binding, Key
from checker.documents.marking import linked
from checker.documents.proofreader import Judgement
from checker.documents.setting import Setting
from checker.documents.settling import bare_name
from derivations.domains import Declared, Names
from derivations.evaluate.at_point import Point
from derivations.formula import (
    MINUS_ONE,
    Add,
    Cases,
    Elem,
    Formula,
    Index,
    Mul,
    Node,
    Num,
    SizeVal,
    add,
    map_up,
    mul,
    names_in,
    num,
    power,
    reindex,
    sizes_in,
    walk,
)
from derivations.frozen import frozen
from derivations.simplify.tidy import tidy

ENOUGH = 2
"""Lines that have to agree against a definition."""
MOST_READINGS = 160
"""Other readings of a definition that are tried."""
MOST_LINKS = 6
"""Lines against a definition by which a reading is tried, and as many that speak for it."""


@frozen
class Doubt:
    """A definition, the links that are false under it, and those that hold and speak of it."""

    binding: Binding
    against: tuple[tuple[Link, Setting], ...]
    held: tuple[tuple[Link, Setting], ...]


def doubts(lines: Sequence[Judgement], bindings: Sequence[Binding], settled: Mapping[Key, Declared]) -> list[Doubt]:
    """The definitions that several false lines rest on, the one with most of them first."""
    out: list[Doubt] = []
    for binding in bindings:
        if binding.key in settled:
            continue
        resting = [
            (line.line.status, line.link, line.setting)
            for line in lines
            if line.link is not None and line.setting is not None and rests_on(line.link, binding.row, line.setting)
        ]
        against = tuple((link, setting) for status, link, setting in resting if status == "wrong")
        held = tuple((link, setting) for status, link, setting in resting if status == "correct")
        if len(against) >= ENOUGH:
            out.append(Doubt(binding, against[:MOST_LINKS], held[-MOST_LINKS:]))
    return sorted(out, key=lambda doubt: -len(doubt.against))


def rests_on(link: Link, row: Declared, setting: Setting) -> bool:
    names = setting.names
    said = names_in(link.left.formula.body) | names_in(link.right.formula.body)
    here = names.get(row.name)
    if here is None or here.definition is not row.definition:
        return False
    return row.name in said or any(row.name in ancestors(name, names) for name in said)


def otherwise(doubt: Doubt) -> Iterator[Declared]:
    """The other readings of a definition under which lines against it hold, and none stops to hold. One of another
    shape is given untried: lines are read anew with it."""
    made = (_everywhere, _scaled, _term_more, _slips)
    yield from _holding(doubt, chain(_said_again(doubt), *(readings(doubt.binding.row) for readings in made)))


def holds_with_less(doubt: Doubt) -> bool:
    """Whether lines against a definition hold without something that it says. That is no reading of it, as they may
    all leave it out; but neither are they then evidence against another definition."""
    return any(True for _ in _holding(doubt, _left_out(doubt.binding.row)))


def mended_for(doubt: Doubt) -> bool:
    """Whether a line against a definition holds under it with one slip mended. That is no sign or factor before the
    whole of it that nobody wrote: a line has that too much, or not."""
    row = doubt.binding.row
    made = chain(*(readings(row) for readings in (_everywhere, _scaled, _term_more, _slips)))
    return any(
        any(_holds(*one, other) and not _by_values_alone(*one, other) for one in doubt.against)
        and all(still_holds(*held, other) for held in doubt.held)
        for other in islice(made, MOST_READINGS)
        if not _only_scaled(row, other)
    )


def _only_scaled(row: Declared, other: Declared) -> bool:
    """Whether another reading has a sign or a factor more before the whole."""
    if row.definition is None or other.definition is None:
        return False
    (one, a), (two, b) = (_factored(tidy(r.body, r.names)) for r in (row.definition, other.definition))
    return a == b and one in (1, two, -two) and two != 1


def _factored(body: Node) -> tuple[Fraction, Node]:
    """The number before a tree, and the tree without it."""
    if isinstance(body, Mul) and isinstance(body.args[0], Num):
        return body.args[0].value, mul(*body.args[1:])
    return Fraction(1), body


def _holding(doubt: Doubt, tried: Iterable[Declared]) -> Iterator[Declared]:
    for row in islice(tried, MOST_READINGS):
        other_shape = row.sizes != doubt.binding.row.sizes
        if other_shape or (_agreed(doubt.against, row) and all(_judged(*held, row) for held in doubt.held)):
            yield row


def _agreed(against: Sequence[tuple[Link, Setting]], row: Declared) -> bool:
    """Whether enough links hold under a reading, one of them for more than the values of the document; no more are
    judged than are needed to know."""
    found, for_all = 0, False
    for k, (link, setting) in enumerate(against):
        if found + len(against) - k < ENOUGH:
            return False
        if _holds(link, setting, row):
            found += 1
            for_all = for_all or not _by_values_alone(link, setting, row)
        if found >= ENOUGH and for_all:
            return True
    return False


def still_holds(link: Link, setting: Setting, row: Declared) -> bool:
    """Whether a link holds under a reading, as far as points that are drawn tell."""
    left, right, there = _beside(link, setting, row)
    if link.op not in EQUALITIES:
        return _judged(link, setting, row)
    try:
        sides = carried_out(left, there.names), carried_out(right, there.names)
    except NotCarriedOut:
        return False
    if _alike(*sides, there.names):
        return True
    figures = by_digits(*sides, there.point)
    return figures is not None and figures.status == "correct"


def _by_values_alone(link: Link, setting: Setting, row: Declared) -> bool:
    """Whether a link holds under a reading only where letters have the values that the document gave them. Such links
    agree with any reading that happens to have the same value there, and a value may be what is wrong."""
    if setting.point is None or link.op not in EQUALITIES:
        return False
    left, right, there = _beside(link, setting, row)
    try:
        return not _alike(carried_out(left, there.names), carried_out(right, there.names), there.names)
    except NotCarriedOut:
        return True


def _holds(link: Link, setting: Setting, row: Declared) -> bool:
    """Whether a link holds under a reading. At points drawn most are seen to differ, and need no judge."""
    return still_holds(link, setting, row) and _judged(link, setting, row)


def _beside(link: Link, setting: Setting, row: Declared) -> tuple[Formula, Formula, Setting]:
    """Both sides of a link and its setting under another definition of one of the names."""
    names = _under(setting.names, row)
    point = None if setting.point is None else Point(setting.point.sizes, setting.point.values, names)
    left, right = (replace(side.formula, names=names) for side in (link.left, link.right))
    return left, right, replace(setting, names=names, point=point)


def _under(names: Names, row: Declared) -> Names:
    """Names with another definition of one of them, also where the others were defined by it."""
    made = names.with_rows(row)
    for other in names.values():
        if other.definition is not None and row.name in ancestors(other.name, names):
            held = replace(other.definition, names=made.without(other.name))
            made = made.with_rows(replace(other, definition=held))
    return made


def _judged(link: Link, setting: Setting, row: Declared) -> bool:
    left, right, there = _beside(link, setting, row)
    return linked(left, link.op, right, there).status == "correct"


def _alike(left: Formula, right: Formula, names: Names) -> bool:
    if len(left.axes) != len(right.axes):
        return False
    body = reindex(right.body, dict(zip(right.axes, left.axes, strict=True)))
    slots = (*dict.fromkeys((*left.free, *right.free)), *left.axes)
    points = ground(names, sizes_in(left.body) | sizes_in(body))
    return alike(points.node(left.body, slots), points.node(body, slots))


def _said_again(doubt: Doubt) -> Iterator[Declared]:
    """What false lines say that the name is, `q = …` or `… = q`."""
    row = doubt.binding.row
    for link, _ in doubt.against:
        if link.op not in EQUALITIES:
            continue
        for one, other in ((link.left.formula, link.right.formula), (link.right.formula, link.left.formula)):
            if bare_name(one) == row.name and (made := _meaning(row, one, other)) is not None:
                yield made


def _meaning(row: Declared, name: Formula, said: Formula) -> Declared | None:
    """A name that stands for what is said of it; None where that speaks of what was not there when it was defined."""
    old = row.definition
    if not isinstance(name.body, Elem) or old is None or old.names is None:
        return None
    if any(n not in old.names for n in names_in(said.body)):
        return None
    at = [i for i in name.body.at if isinstance(i, Index)]
    if len(at) != len(name.body.at) or any(i not in at for i in said.free):
        return None
    axes = tuple(i.fresh() for i in at) if name.free else tuple(i.fresh() for i in said.axes if i.size != 1)
    slots = tuple(at) if name.free else tuple(i for i in said.axes if i.size != 1)
    if len(slots) != len(axes) or (name.free and said.axes):
        return None
    body = reindex(said.body, dict(zip(slots, axes, strict=True)))
    definition = replace(said, body=body, axes=axes, free=(), names=old.names)
    return replace(row, sizes=tuple(i.size for i in axes), definition=definition)


def _everywhere(row: Declared) -> Iterator[Declared]:
    """What a definition says in one case, a sum from 2 on, said in every one."""
    old = row.definition
    if old is None:
        return

    def by(node: Node) -> Node | None:
        return node.branches[0][1] if isinstance(node, Cases) and len(node.branches) == 1 else None

    body = map_up(old.body, by)
    if body != old.body:
        yield replace(row, definition=replace(old, body=body, source=None))


def _scaled(row: Declared) -> Iterator[Declared]:
    """A factor more: -1, 1/2, 2, 1/n."""
    old = row.definition
    if old is None or old.names is None:
        return
    sizes = sorted(set(old.names.sizes))
    for factor in (MINUS_ONE, power(num(2), MINUS_ONE), num(2), *(power(SizeVal(s), MINUS_ONE) for s in sizes)):
        body = mul(factor, old.body)
        if factor != MINUS_ONE or not _negative(old.body):
            yield replace(row, definition=replace(old, body=body, source=None))


def _term_more(row: Declared) -> Iterator[Declared]:
    """A name more, added or taken away: y = a z + b, where it says y = a z."""
    old = row.definition
    if old is None or old.names is None:
        return
    for other in old.names.values():
        if other.role in ("input", "node") and other.sizes in ((), row.sizes) and other.name not in names_in(old.body):
            term = Elem(other.name, old.axes if other.sizes else ())
            for body in (add(old.body, term), add(old.body, mul(MINUS_ONE, term))):
                yield replace(row, definition=replace(old, body=body, source=None))


def _slips(row: Declared) -> Iterator[Declared]:
    """The definition with one slip, unless that leaves something out."""
    return (made for made, less in _mutated(row) if not less)


def _left_out(row: Declared) -> Iterator[Declared]:
    """The definition without something that it says."""
    return (made for made, less in _mutated(row) if less)


def _mutated(row: Declared) -> Iterator[tuple[Declared, bool]]:
    """The definition with one slip, and whether that leaves something out."""
    old = row.definition
    if old is None:
        return
    turned, least = tidy(mul(MINUS_ONE, old.body), old.names), _weight(tidy(old.body, old.names))
    for mutant in mutants(old):
        body = mutant.formula.body
        tidied = tidy(body, old.names)
        if tidied != turned and row.name not in names_in(body):
            less = _weight(body) < least or _weight(tidied) < least
            yield replace(row, definition=replace(old, body=body, source=None)), less


def _weight(node: Node) -> int:
    """How much a formula says, numbers and signs apart: a wrong one may stand on either side."""
    return sum(not isinstance(n, Add | Mul | Num) for n in walk(node))


def _negative(node: Node) -> bool:
    return isinstance(node, Mul) and any(isinstance(n, Num) and n.value < 0 for n in node.args)
