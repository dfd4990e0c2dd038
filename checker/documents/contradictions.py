"""The lines of a document once it is settled which definitions are at fault.

A definition is mended as the lines against it want it, and the whole document is read again with it: what was wrong
and holds now is left open, with both readings told. A mended definition that makes a line false is not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from checker.answers.links import Link
from checker.answers.outcome import undecided, wrong
from checker.documents.disputes import FALSE, Dispute, disputed, numbered
from checker.documents.doubts import ENOUGH, doubts, holds_with_less, otherwise
from checker.documents.known import Binding, Key
from checker.documents.marks import Line
from checker.documents.proofreader import Judgement, Proofreader
from checker.documents.setting import Setting
from derivations.domains import Declared
from derivations.formula import names_in
from derivations.frozen import frozen
from derivations.notation.write import write, write_body

MOST_MENDED = 4
"""Definitions of one document that are mended."""
MOST_DOUBTED = 3
"""Definitions that are looked at before one is mended."""
MOST_TRIED = 2
"""Readings of one definition with which the document is read again."""
CONTRADICTION = "contradiction"
"""The tag of what contradicts a definition, or is one that lines contradict."""

Read = Callable[[Mapping[Key, Declared]], Proofreader]


@frozen
class Mending:
    """A definition as lines want it: those that hold with it and did not without."""

    binding: Binding
    row: Declared
    resolved: tuple[Line, ...]
    rival: Binding | None = None
    """Another definition of which the same lines want another reading: one of the two is wrong."""

    def shown(self) -> str:
        """The definition as they want it."""
        made, letters = self.row.definition, self.binding.letters
        assert made is not None
        text = write_body(made, "latex", letters) if letters else write(made, "latex", "auto")
        return f"{self.binding.said.partition('=')[0].strip()} = {text}"

    def against(self) -> str:
        """Why the definition is marked."""
        several = len({line.place.line for line in self.resolved}) > 1
        told = numbered(line.place for line in self.resolved)
        return f"it contradicts {told}, which hold{'' if several else 's'} with {self.shown()}"


def weighed(first: Proofreader, read: Read) -> list[Line]:
    """The lines of a document with the definitions marked that several of them contradict."""
    mended: dict[Key, Declared] = {}
    made: list[Mending] = []
    last = first
    while len(made) < MOST_MENDED:
        best = _mending(last, mended, read)
        if best is None:
            break
        mending, last = best
        mended[mending.binding.key] = mending.row
        made.append(mending)
    against = disputed(last.lines, [b for b in last.context.bindings if b.key not in mended])
    lines = [_marked(judgement, made, first.context.bindings) for judgement in first.lines]
    return [_against(line, judgement, against) for line, judgement in zip(lines, first.lines, strict=True)]


def _mending(reader: Proofreader, mended: Mapping[Key, Declared], read: Read) -> tuple[Mending, Proofreader] | None:
    """The one definition by which most lines that are wrong hold; None where there is none."""
    found: list[tuple[Mending, Proofreader]] = []
    doubted = doubts(reader.lines, reader.context.bindings, mended)
    for doubt in doubted[:MOST_DOUBTED]:
        for row in islice(otherwise(doubt), MOST_TRIED):
            again = read({**mended, doubt.binding.key: row})
            resolved = _resolved(reader.lines, again.lines)
            if len(resolved) >= ENOUGH:
                found.append((Mending(doubt.binding, row, resolved), again))
                break
    found.sort(key=lambda one: -len(one[0].resolved))
    if not found:
        return None
    (mending, again), *others = found
    rival = next((m.binding for m, _ in others if len(m.resolved) == len(mending.resolved)), None)
    if rival is None:
        apart = (doubt for doubt in doubted if doubt.binding is not mending.binding)
        rival = next((doubt.binding for doubt in apart if holds_with_less(doubt)), None)
    return replace(mending, rival=rival), again


def _resolved(before: Sequence[Judgement], after: Sequence[Judgement]) -> tuple[Line, ...]:
    """The lines that hold now and were wrong; none where a line that held does not hold any more."""
    now = {(j.line.place.start, j.line.place.end): j.line.status for j in after}
    pairs = [(j.line, now.get((j.line.place.start, j.line.place.end), "undecided")) for j in before]
    if any(line.status == "correct" and status != "correct" for line, status in pairs):
        return ()
    return tuple(line for line, status in pairs if line.status in FALSE and status == "correct")


def _marked(judgement: Judgement, made: Sequence[Mending], bindings: Sequence[Binding]) -> Line:
    """A line with what is known of the definitions that it rests on."""
    line = judgement.line
    for mending in made:
        if judgement.defines is not None and judgement.defines in (mending.binding, mending.rival):
            return _defining(line, mending)
        if line in mending.resolved:
            where = mending.binding.place.line
            why = f"it holds with {mending.shown()}, not with what is defined on line {where}"
            return _open(line, why)
    if line.status != "wrong" or judgement.link is None or judgement.setting is None:
        return line
    return replace(line, remark=line.remark or _under(judgement.link, judgement.setting, bindings))


def _defining(line: Line, mending: Mending) -> Line:
    """A definition that lines contradict: wrong, unless it may be another one that is."""
    if mending.rival is None:
        found = wrong(CONTRADICTION, mending.against())
        return replace(line, status="wrong", reason=mending.against(), remark="", verdict=found)
    own, rival = mending.binding.place.line, mending.rival.place.line
    why = f"this definition or that on line {own if line.place.line != own else rival} is wrong: the one on line {own}"
    return _open(line, f"{why}, as it stands, {mending.against()[3:]}")


def _against(line: Line, judgement: Judgement, disputes: Sequence[Dispute]) -> Line:
    """A line, or a definition, that contradicts the other, where nothing says which of the two is wrong."""
    for dispute in disputes:
        if judgement.defines is not None and judgement.defines.key == dispute.binding.key and line.status != "wrong":
            return _open(line, f"{dispute.against()}: one of the two is wrong")
        if line.status in FALSE and line.place in dispute.places:
            said = " ".join(dispute.binding.said.split())
            seen = f"; as it stands, {line.reason}" if line.reason else ""
            return _open(
                line, f"it contradicts {said} on line {dispute.binding.place.line}: one of the two is wrong{seen}"
            )
    return line


def _open(line: Line, why: str) -> Line:
    return replace(line, status="undecided", reason="", remark=why, verdict=undecided(CONTRADICTION, why))


def contradicts(line: Line) -> bool:
    """Whether a line is one of several of which one is wrong."""
    return line.verdict is not None and any(f.tag == CONTRADICTION for f in line.verdict.findings)


def _under(link: Link, setting: Setting, bindings: Sequence[Binding]) -> str:
    """The definitions that a link speaks of, and where they stand."""
    said = names_in(link.left.formula.body) | names_in(link.right.formula.body)
    rows = {n: setting.names[n] for n in sorted(said) if n in setting.names and setting.names[n].role == "node"}
    found = [b for b in bindings if b.row.name in rows and rows[b.row.name].definition is b.row.definition]
    return "with " + " and ".join(f"{b.row.name} as on line {b.place.line}" for b in found[-2:]) if found else ""
