"""What a hint is: frozen values. A ladder is a tuple of rungs, each a few words and lines of formulas; nothing here
says how it is drawn.

Words hold names between backticks, as the rules of a derivation do, and mathematics of the author between $ signs, as
what is asked does. `Rung.marked` turns both, and the lines, into one text with LaTeX between $ signs, for pages and
documents; `words` and `written` give them as a terminal shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Literal, get_args

from checker.marked import as_shown
from derivations.derivation import over
from derivations.domains import Names
from derivations.formula import Formula
from derivations.frozen import frozen
from derivations.notation import Line as Read
from derivations.notation import ReadError, read_statement, spelling, write
from derivations.notation.write import Dressing, WrittenForm
from derivations.spoken import latex_text, marked, spoken

Stage = Literal["asked", "hint", "plan", "rule", "left", "line", "answer"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""asked   what is asked, restated            hint    a hint of the author
plan    the results on the way, in order    rule    what the first step does
left    where it begins                     line    one line, with what leads to it
answer  the rest, and the answer itself"""

COSTS: Mapping[str, float] = MappingProxyType({"answer": 1.0})
"""The share of a part's points that a rung costs where its author says nothing: the answer, all of them."""

_SIGNS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "<=": ("≤", r"\leq"), ">=": ("≥", r"\geq"), "!=": ("≠", r"\neq"), "=>": ("⇒", r"\Rightarrow"),
    "<=>": ("⇔", r"\Leftrightarrow"), "∝": ("∝", r"\propto"), "≈": ("≈", r"\approx"), ":=": (":=", ":="),
})  # fmt: skip
"""Relation → how it is written in Unicode and in LaTeX, where that is not as it is typed."""

OPEN = "…"
"""The side of a line that is still to be found."""


@frozen
class Name:
    """A name on a line: a row of a table, a letter that a rule updates."""

    text: str


Side = Formula | Name | str
"""What stands on one side of a relation; a string is a number, or what is still open."""


@frozen
class Line:
    """One line: sides with the relations between them; `note` stands behind them, in words."""

    sides: tuple[Side, ...]
    signs: tuple[str, ...] = ()
    form: WrittenForm = "index"
    note: str = ""

    def written(self, dressing: Dressing) -> str:
        """The line in a dressing."""
        said = rf"\quad\text{{{latex_text(self.note)}}}" if dressing == "latex" else f"   {self.note}"
        return self._sides(dressing) + (said if self.note else "")

    def _sides(self, dressing: Dressing) -> str:
        texts = [_side(side, dressing, self.form) for side in self.sides]
        out = texts[:1]
        for sign, text in zip(self.signs, texts[1:], strict=True):
            out += [_sign(sign, dressing), text]
        return " ".join(out)


def typed(text: str, names: Names) -> Line:
    """A line as an author types it, read; what cannot be read so stands as it is typed."""
    try:
        read = [line for line in read_statement(text, names).lines if line.parts and line.target is None]
    except ReadError:
        read = []
    return Line(read[0].parts, read[0].ops) if len(read) == 1 else Line((text,))


def with_target(line: Read) -> Line:
    """A line that was read, its left side in front where it defines a name."""
    if line.target is None:
        return Line(line.parts, line.ops)
    return Line((Name(line.target), *line.parts), (line.by, *line.ops))


def _side(side: Side, dressing: Dressing, form: WrittenForm) -> str:
    if isinstance(side, Formula):
        return write(over(side) if form == "index" else side, dressing, form)
    if isinstance(side, Name):
        return {"ascii": spelling.ascii, "unicode": spelling.unicode, "latex": spelling.latex}[dressing](side.text)
    if side == OPEN:
        return {"ascii": "...", "unicode": "…", "latex": r"\ldots"}[dressing]
    return rf"\text{{{latex_text(side)}}}" if dressing == "latex" and any(map(str.isalpha, side)) else side


def _sign(sign: str, dressing: Dressing) -> str:
    own = _SIGNS.get(sign)
    return sign if own is None or dressing == "ascii" else own[dressing == "latex"]


@frozen
class Rung:
    """One hint: its stage, what it says, and the lines that it shows."""

    stage: Stage
    says: str = ""
    lines: tuple[Line, ...] = ()

    def words(self, dressing: Dressing) -> str:
        """What it says, on a terminal."""
        return as_shown(spoken(self.says, dressing), dressing)

    def written(self, dressing: Dressing) -> tuple[str, ...]:
        """Its lines in a dressing."""
        return tuple(line.written(dressing) for line in self.lines)

    @property
    def marked(self) -> str:
        """All of it, mathematics as LaTeX between $ signs; each line stands on a line of its own."""
        return "\n".join(
            [*([marked(self.says)] if self.says else []), *(f"${text}$" for text in self.written("latex"))]
        )

    def to_json(self) -> dict[str, Any]:
        """What it says in every dressing."""
        return {
            "stage": self.stage,
            "marked": self.marked,
            "unicode": [self.words("unicode"), *self.written("unicode")],
            "ascii": [self.words("ascii"), *self.written("ascii")],
        }


@frozen
class Ladder:
    """The hints of a part in order; the last tells the answer, and no other does."""

    part: str
    rungs: tuple[Rung, ...]
    costs: Mapping[str, float] = field(default_factory=lambda: COSTS)

    def cost(self, number: int) -> float:
        """The share of the points that is lost once so many rungs have been seen: the most that one of them costs."""
        return max((self.costs.get(rung.stage, 0.0) for rung in self.rungs[:number]), default=0.0)

    def to_json(self) -> dict[str, Any]:
        return {
            "format": 1,
            "id": self.part,
            "rungs": [{**rung.to_json(), "cost": self.cost(n)} for n, rung in enumerate(self.rungs, 1)],
        }
