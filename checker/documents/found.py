"""What is found of a stretch: its rows judged in a setting, the answer it gives, and a row as it is written."""

from __future__ import annotations

from dataclasses import replace

from checker.answers.links import Link
from checker.documents.chains import Row
from checker.documents.marking import Judged, Thread
from checker.documents.marks import LineStatus
from checker.documents.placing import Answer
from checker.documents.sheets import Asked, Path
from derivations.formula import names_in
from derivations.frozen import frozen


@frozen
class Found:
    """A stretch judged in the setting of a part: its rows, and what the members of each come to."""

    asked: Asked
    rows: tuple[Row, ...]
    judged: tuple[tuple[Judged, ...], ...]
    thread: Thread
    joined: bool = False
    """Whether it goes on from what stands before it."""
    anew: bool = False
    """Whether a name of the sheet was taken for what the document supposes of it."""

    def count(self, status: LineStatus) -> int:
        return sum(j.status == status for row in self.judged for j in row)

    @property
    def holds(self) -> bool:
        return self.count("correct") > 0 and not any(self.count(s) for s in ("wrong", "carried", "undecided"))

    @property
    def settled(self) -> bool:
        """Whether every member is right: no other setting says more of it."""
        members = [j.status for row in self.judged for j in row]
        return self.understood and not self.unknown and all(status == "correct" for status in members)

    @property
    def understood(self) -> bool:
        """Whether every member is understood, and something is said."""
        return self.unknown == 0 and any(self.judged) and not any(row.lost for row in self.rows)

    @property
    def unknown(self) -> int:
        """Left sides that mean nothing in this setting."""
        named = [row.label for row in self.rows if row.label is not None and row.members[0].sought is None]
        return sum(self.asked.setting.meant(label) is None for label in named)

    @property
    def rank(self) -> tuple[int, ...]:
        """What speaks for the setting: that its left sides mean something there, that all holds, how much of it does,
        and how little stays open."""
        lost = sum(len(row.lost) for row in self.rows)
        return (
            -self.unknown,
            not self.joined or any(self.judged),  # else it goes on from nothing there
            self.holds and not lost,
            self.count("correct"),
            -self.count("undecided"),
            -self.count("unreadable") - lost,
        )


@frozen
class Given:
    """An answer to a part that was found, and the number of its line."""

    answer: Answer
    line: int
    bare: bool = False
    """Whether it is a display without a left side."""


@frozen
class Written:
    """A row as it stands, its left side and its last member, the label it stands under, and the number of its first
    line."""

    text: str
    left: str
    last: str
    path: Path
    line: int


def only_elsewhere(judged: Judged) -> Judged:
    """A member that does not hold with the letters of another problem than it stands under: here they may be others."""
    if judged.status not in ("wrong", "carried") or (judged.link is not None and _of_numbers(judged.link)):
        return judged
    return replace(judged, status="undecided", remark="it does not hold with the letters of another problem", link=None)


def _of_numbers(link: Link) -> bool:
    """Whether a relation is one between numbers: no letters can be others."""
    return not any(names_in(side.formula.body) or side.extremum for side in (link.left, link.right))


def only_supposed(judged: Judged, condition: bool) -> Judged:
    """A member that holds with what a document supposes of a name of the sheet: whether it may, a person says. A
    condition claims nothing."""
    if judged.status != "correct":
        return judged
    if condition:
        return replace(judged, status="not_a_claim", remark="a condition")
    return replace(judged, status="undecided", remark="it holds with what was supposed of a name of the sheet")
