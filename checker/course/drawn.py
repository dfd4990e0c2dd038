"""A graded hand-in on the terminal, from its JSON: the parts with their points, the lines that are wrong, what was not
understood. What a student wrote is never markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from checker.output import Terminal
from checker.render import NARROW, grid, mark

LONGEST = 160
"""Characters of a line of a hand-in that are shown."""

SHOWN = (
    ("wrong", "lines that are wrong"),
    ("carried", "lines that follow from an earlier error"),
    ("unreadable", "lines that were not understood"),
    ("undecided", "lines that are not settled"),
)
"""What is listed below the parts, in this order."""


def handin(view: Mapping[str, Any], terminal: Terminal, reveal: bool = False) -> RenderableType:
    """One hand-in: its name and points, its parts, its lines that a person should look at."""
    head = Text(terminal.fit(view["name"] or "the hand-in"), style="bold")
    head.append(f"  {points(view)}", style="not bold")
    drawn: list[RenderableType] = [head]
    if view["fault"]:
        drawn.append(Padding(Text(terminal.fit(f"cannot be read: {view['fault']}")), (0, 0, 0, 2)))
        return Group(*drawn)
    drawn.append(Padding(parts(view["parts"], terminal), (0, 0, 0, 2)))
    for status, title in SHOWN:
        lines = [line for line in view["lines"] if line["status"] == status]
        if lines:
            drawn += [Text(""), Text(title, style="bold"), Padding(listed(lines, terminal, reveal), (0, 0, 0, 2))]
    return Group(*drawn)


def points(view: Mapping[str, Any]) -> str:
    """`7 of 9 points`, with what waits for a person."""
    waiting = len(view["awaiting"])
    if not waiting:
        return f"{view['points']:g} of {view['possible']:g} points"
    return (
        f"{view['points']:g} of {view['settled']:g} points settled, {view['possible']:g} possible; "
        f"{waiting} part{'s' * (waiting > 1)} for a person"
    )


def parts(found: Sequence[Mapping[str, Any]], terminal: Terminal) -> RenderableType:
    """The parts, each with its mark, its points and the reason."""
    rows = [
        (
            part["id"],
            mark(part["status"], terminal),
            f"{'?' if part['got'] is None else format(part['got'], 'g')}/{part['points']:g}",
            Text("\n".join(terminal.fit(text) for text in _told(part))),
        )
        for part in found
    ]
    return grid(("part", "verdict", "points", "why"), rows, terminal, keep=3)


def _told(part: Mapping[str, Any]) -> Iterator[str]:
    for text in (part["reason"], part["remark"]):
        if text:
            yield text
    if part["override"] is not None:
        yield ": ".join(filter(None, ("set by the teacher", part["override"])))


def listed(lines: Sequence[Mapping[str, Any]], terminal: Terminal, reveal: bool) -> RenderableType:
    """Lines of a hand-in, each with its number and why."""
    drawn: list[RenderableType] = []
    indent = 6 if terminal.width >= NARROW else 2
    for line in lines:
        text = " ".join(line["text"].split())
        text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        number = Text(f"{line['line']:>4}  " if terminal.width >= NARROW else f"{line['line']}  ", style="dim")
        drawn.append(number.append(terminal.fit(text), style="not dim"))
        why = [line["reason"], line["remark"], line.get("reveal") if reveal else None]
        drawn += [Padding(Text(terminal.fit(said), style="italic"), (0, 0, 0, indent)) for said in why if said]
    return Group(*drawn)
