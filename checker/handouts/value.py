"""What a handout is: exercises with numbered questions, what is asked and the key, as blocks that printers write down.

The blocks are a closed set, and hold no text of any format: words are words, a formula is its LaTeX. A printer is a
function from these values to a file.

    Paragraph  Code       prose; lines that are typed
    Chain      Result     left = a = b with a reason each; what is boxed
    Table      Options    rows of cells; boxes to tick
    Room       Short      space for an answer, in lines; one for a short one
"""

from __future__ import annotations

from derivations.frozen import frozen


@frozen
class Words:
    """Plain text."""

    text: str


@frozen
class Tex:
    """A formula in LaTeX, among words."""

    source: str


@frozen
class Typed:
    """What is typed as it stands."""

    text: str


Prose = tuple[Words | Tex | Typed, ...]


@frozen
class Paragraph:
    """Words with formulas among them, behind a label in emphasis where there is one."""

    prose: Prose
    label: str = ""


@frozen
class Code:
    """A line that is typed as it stands."""

    text: str


@frozen
class Line:
    """One step of a chain: `relation` and the formula behind it, and why."""

    right: str
    reason: Prose = ()
    relation: str = "="


@frozen
class Chain:
    """left = a = b = …, each with its reason; `where`: what must hold."""

    left: str
    lines: tuple[Line, ...]
    where: Prose = ()


@frozen
class Result:
    """Formulas, or words, in a box."""

    formulas: tuple[str, ...] = ()
    prose: Prose = ()


@frozen
class Table:
    """Cells under their heads; an empty cell is for the student to fill in."""

    head: tuple[Prose, ...]
    rows: tuple[tuple[Prose, ...], ...]


@frozen
class Options:
    """What is chosen among: (letter, text), and in the key the letters that are right."""

    rows: tuple[tuple[str, Prose], ...]
    right: frozenset[str] = frozenset()


@frozen
class Room:
    """Space for an answer of so many lines of handwriting."""

    lines: int


@frozen
class Short:
    """Space for an answer in a word or a number."""


Block = Paragraph | Code | Chain | Result | Table | Options | Room | Short


@frozen
class Question:
    """One part: its letter ("" where it stands alone), its id in the bank, its points, what is asked, the room for the
    answer, and the key."""

    letter: str
    id: str
    points: float
    asked: tuple[Block, ...]
    room: tuple[Block, ...]
    key: tuple[Block, ...]


@frozen
class Exercise:
    """The parts of one problem that are asked, under its setting."""

    number: int
    title: str
    setting: tuple[Block, ...]
    questions: tuple[Question, ...]

    @property
    def points(self) -> float:
        return sum(question.points for question in self.questions)


@frozen
class Handout:
    """A sheet with its key. `version` is the seed that it was shuffled with, None for the order of the bank."""

    title: str
    exercises: tuple[Exercise, ...]
    version: int | None = None

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)

    @property
    def below(self) -> str:
        """What stands below the title: `12 points, version 3`."""
        return said_points(self.points) + ("" if self.version is None else f", version {self.version}")


def said_points(points: float) -> str:
    """`1 point`, `2.5 points`."""
    return f"{points:g} point{'' if points == 1 else 's'}"
