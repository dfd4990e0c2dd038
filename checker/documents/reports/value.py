"""What every report shows: the words and the sign of a mark, and what may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checker.documents.marks import Line, Marked, PartMark
from checker.render import counterexample, evidence
from derivations.frozen import frozen


class ReportError(RuntimeError):
    """A report that cannot be written here; says what is missing."""


@frozen
class Wanted:
    """What may be shown: `reveal` what would be right; `title` stands at the top, `notes` say what was not read."""

    reveal: bool = False
    title: str = ""
    notes: tuple[str, ...] = ()


SIGNS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "correct": ("✓", "correct"),
    "wrong": ("✗", "wrong"),
    "carried": ("↷", "follows from an earlier error"),
    "undecided": ("?", "undecided"),
    "unreadable": ("!", "not understood"),
    "not_a_claim": ("", "nothing to judge"),
    "not_judged": ("–", "for a person to read"),
    "missing": ("○", "missing"),
})  # fmt: skip
"""Status of a line or a part → its sign and its words."""


@frozen
class Points:
    """The points of a document: what was reached, of what is asked, and of how much it is not settled."""

    reached: float
    asked: float
    open: float


def points_of(parts: tuple[PartMark, ...]) -> Points:
    """Σ score × points, Σ points, and Σ points of the parts without a score."""
    reached = sum(part.score * part.points for part in parts if part.score is not None)
    return Points(reached, sum(p.points for p in parts), sum(p.points for p in parts if p.score is None))


def number(value: float) -> str:
    """2 for 2.0, 1.33 for 4/3."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def of_points(part: PartMark) -> str:
    """`1.5 of 2`; what has no score is `– of 2`."""
    return f"{'–' if part.score is None else number(part.score * part.points)} of {number(part.points)}"


@frozen
class Remark:
    """One thing that is said about a line: a label and words."""

    label: str
    text: str


def remarks(line: Line, reveal: bool) -> tuple[Remark, ...]:
    """What is said about a line besides its mark: why, where it fails, what is right where that may be told."""
    said: list[Remark] = []
    if line.reason:
        said.append(Remark("", line.reason))
    if line.remark and line.remark != line.reason:
        said.append(Remark("", line.remark))
    if line.verdict is not None:
        view = line.verdict.to_json()
        if line.status in ("wrong", "carried"):
            rows = dict(counterexample(view))
            where = rows.get("for example")
            if where and line.status == "wrong":
                said.append(Remark("it fails at", where))
                if yours := rows.get("yours gives"):
                    said.append(Remark("it gives there", yours))
                if reveal and (right := rows.get("right is")):
                    said.append(Remark("right is there", right))
        elif line.status == "undecided" and (shown := evidence(view)):
            said.append(Remark("looked at", shown))
    if reveal and line.reveal:
        said.append(Remark("right is", line.reveal))
    return tuple(said)


def lines_of(marked: Marked, part: PartMark) -> tuple[int, ...]:
    """The numbers of a part's lines, from 0, that the document has."""
    return tuple(k for k in part.lines if 0 <= k < len(marked.lines))
