r"""A line against a definition, with nothing else in the document that speaks for one of the two.

    M = 2 \sum_i (e^{z_i} - k_i z_i)          the definition
    \nabla_z M = e^z - k                      a line that does not hold under it: which of the two has the slip?

A definition is spoken for by a line that holds and would not hold under another one. Then what contradicts it is
wrong. Else each of the two may be: where the definition with one slip mended makes the line hold, and where the line
is not what it should be but for one slip of its own, they are said to contradict each other, and neither is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from checker.answers.links import Link
from checker.documents.doubts import Doubt, mended_for, rests_on, still_holds
from checker.documents.known import Binding
from checker.documents.proofreader import Judgement
from checker.documents.scan import Place
from checker.documents.setting import Setting
from derivations.domains import Declared
from derivations.formula import MINUS_ONE, ONE, add, mul, names_in, num, power
from derivations.frozen import frozen

FALSE = ("wrong", "carried")
NOT_OWN = ("extra-", "where:", "zero", "value")
"""Beginnings of the tags of reasons that are no slip of the line alone: it says what the definition lacks, perhaps."""
SURE = 3
"""Lines that speak for a definition from which on it is beyond doubt."""
MOST_TOLD = 6
"""Lines that a reason names."""


@frozen
class Dispute:
    """A definition, and the places of the lines that contradict it."""

    binding: Binding
    places: tuple[Place, ...]

    def against(self) -> str:
        """Why the definition is open."""
        return f"it contradicts {numbered(self.places)}"


def disputed(lines: Sequence[Judgement], bindings: Sequence[Binding]) -> list[Dispute]:
    """The definitions that lines contradict, where either of the two may be the mistake. What follows from such a line
    in its chain goes with it."""
    held = [line for line in lines if line.line.status == "correct"]
    spoken: dict[int, list[tuple[Link, Setting]]] = {}
    found: dict[int, list[Place]] = {}
    last: int | None = None
    for line in lines:
        if line.line.status == "wrong":
            last = _contradicted(line, bindings, held, spoken)
        if last is not None and line.line.status in FALSE:
            found.setdefault(last, []).append(line.line.place)
    return [Dispute(bindings[k], tuple(places)) for k, places in found.items()]


def _contradicted(
    line: Judgement,
    bindings: Sequence[Binding],
    held: Sequence[Judgement],
    spoken: dict[int, list[tuple[Link, Setting]]],
) -> int | None:
    """The definition, by its number, that a wrong line contradicts, if that may be at fault as well as the line."""
    if line.link is None or line.setting is None:
        return None
    for k, binding in reversed(list(enumerate(bindings))):
        if not rests_on(line.link, binding.row, line.setting):
            continue
        if k not in spoken:
            spoken[k] = [
                (one.link, one.setting)
                for one in held
                if one.link is not None and one.setting is not None and speaks_for(one.link, one.setting, binding)
            ]
        own = _own_slip(line, binding)
        if own and len(spoken[k]) >= SURE:
            continue
        doubt = Doubt(binding, ((line.link, line.setting),), tuple(spoken[k]))
        if (not own and not spoken[k]) or mended_for(doubt):
            return k
    return None


def numbered(places: Iterable[Place]) -> str:
    """`lines 3, 5 and 7`."""
    numbers = sorted({place.line for place in places})
    more = len(numbers) - MOST_TOLD
    told = [str(n) for n in numbers[:MOST_TOLD]] + ([f"{more} more"] if more > 0 else [])
    return f"lines {', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else f"line {told[0]}"


def speaks_for(link: Link, setting: Setting, binding: Binding) -> bool:
    """Whether a link that holds would not hold under another definition: u/(1 + u^2) for u, say."""
    return rests_on(link, binding.row, setting) and not still_holds(link, setting, _other(binding.row))


def _other(row: Declared) -> Declared:
    old = row.definition
    assert old is not None
    body = mul(old.body, power(add(ONE, power(old.body, num(2))), MINUS_ONE))
    return replace(row, definition=replace(old, body=body, source=None))


def _own_slip(line: Judgement, binding: Binding) -> bool:
    """Whether a line is what it should be but for one slip, none that says too much. A shape rests on the shapes of the
    names that stand in it."""
    told = line.line.verdict.diagnosis if line.line.verdict is not None else None
    if told is None or line.link is None:
        return False
    if told.tag == "shape":
        said = names_in(line.link.left.formula.body) | names_in(line.link.right.formula.body)
        return not (binding.row.sizes and binding.row.name in said)
    return not told.tag.startswith(NOT_OWN)
