"""The assignment: which parts are asked, what each is worth, where a hand-in answers it. One row a key.

    title = "Homework 3"
    sheet = "001"                         all parts of a sheet; or those that are listed:
    [[part]]
    id = "001/3.1"
    points = 2
    under = ["2(a)", "Diagonal entries"]  the label or heading that stands over the answer

The assignment fixes the denominator: a part that a hand-in does not answer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from derivations.frozen import frozen
from derivations.sendable import Sendable
from problems.bank import Bank, UnknownPart, beside, load_bank
from problems.schema import Key, Part
from problems.tables import Fault, Reader, nearest, tables_of

Credit = Literal["answer", "lines"]
Reveal = Literal["nothing", "reasons", "answers"]

ASKED: tuple[Key, ...] = (
    Key("id", "text", "the part, as `backproof problems` lists it", required=True),
    Key("points", "number", "what it is worth (default: as its problem says)"),
    Key(
        "under",
        "texts",
        "the label or heading that stands over the answer in a hand-in, where it is not the part's own: `2(b)`, "
        "`Question 5`, `Diagonal entries`",
    ),
    Key("credit", "text", "how this part is credited (default: as the assignment says)", choices=("answer", "lines")),
)

ASSIGNMENT: tuple[Key, ...] = (
    Key("title", "text", "a few words: the name of its column in a gradebook", required=True),
    Key("sheet", "text", "the sheet that is asked: all its parts, unless `part` lists them"),
    Key("bank", "text", "a folder of problem files of your own, seen from this file (default: the bank)"),
    Key("points", "number", "what a part is worth that does not say (default: as its problem says)"),
    Key(
        "credit",
        "text",
        "answer: a part is right or wrong by its answer; lines: a wrong one gets the share of its lines that are right",
        choices=("answer", "lines"),
        default="answer",
    ),
    Key(
        "carried",
        "number",
        'with credit = "lines": what a line counts that follows from an earlier error, from 0 to 1',
        default=1,
    ),
    Key(
        "reveal",
        "text",
        "what a student's page tells of a wrong line: nothing but the mark, the reasons, or the answers as well",
        choices=("nothing", "reasons", "answers"),
        default="reasons",
    ),
    Key("part", "tables", "the parts that are asked, in order", keys=ASKED),
)


@frozen
class Asked:
    """One part of an assignment: what it is worth, how it is credited, and the labels that stand over its answer."""

    id: str
    points: float
    credit: Credit
    under: tuple[str, ...] = ()


@frozen
class Assignment:
    """What is asked of a class. `bank`: a folder of one's own, None for the bank that comes with the package."""

    title: str
    parts: tuple[Asked, ...]
    credit: Credit = "answer"
    carried: float = 1
    reveal: Reveal = "reasons"
    bank: str | None = None

    @property
    def possible(self) -> float:
        return sum(part.points for part in self.parts)

    def to_json(self) -> dict[str, Any]:
        """All of it but where it stands: what a worker is told, and what the results rest on."""
        return {
            "title": self.title,
            "parts": [{"id": p.id, "points": p.points, "credit": p.credit, "under": list(p.under)} for p in self.parts],
            "credit": self.credit,
            "carried": self.carried,
            "reveal": self.reveal,
        }


def assignment_from(view: Mapping[str, Any]) -> Assignment:
    """An assignment from its JSON."""
    parts = tuple(Asked(p["id"], p["points"], p["credit"], tuple(p["under"])) for p in view["parts"])
    return Assignment(view["title"], parts, view["credit"], view["carried"], view["reveal"])


class AssignmentError(Sendable, ValueError):
    """The assignment cannot be used; `faults` has every reason."""

    def __init__(self, faults: tuple[Fault, ...]):
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


def load_assignment(path: Path) -> tuple[Assignment, Bank]:
    """The assignment in a file, and the bank that it asks from. Raises `AssignmentError` with all faults,
    `ProblemFileError` for a bank that cannot be used."""
    data, faults = tables_of(path)
    if data is None:
        raise AssignmentError(faults)
    reader = _Reader(str(path))
    found = reader.assignment(data, path.parent)
    if found is None or not reader.usable:
        raise AssignmentError(tuple(f for f in reader.faults if not f.warning))
    return found


def whole_sheet(name: str, bank: Bank, folder: str | None = None) -> Assignment:
    """All parts of a sheet, as their problems value them. Raises `LookupError` naming the sheets there are."""
    parts = _of_sheet(name, bank)
    if not parts:
        raise LookupError(f"no sheet {name!r}{nearest(name, sheets(bank))}")
    return Assignment(f"sheet {name}", tuple(Asked(p.id, p.points, "answer") for p in parts), bank=folder)


def sheets(bank: Bank) -> list[str]:
    """The sheets of a bank."""
    return list(dict.fromkeys(part.sheet for problem in bank.problems() for part in problem.parts))


def _of_sheet(name: str, bank: Bank) -> list[Part[Any]]:
    return [part for problem in bank.problems() for part in problem.parts if part.id.startswith(name.rstrip("/") + "/")]


class _Reader(Reader):
    """Reads an assignment."""

    def assignment(self, data: Mapping[str, Any], here: Path) -> tuple[Assignment, Bank] | None:
        top = self.table(data, ASSIGNMENT, "")
        self.share(top, "carried", "")
        if "title" in top and not top["title"].strip():
            self.fault("an empty title", "title")
        folder = beside(here, top["bank"]) if "bank" in top else None
        rows = [self.table(raw, ASKED, f"part[{n}]") for n, raw in enumerate(top.get("part", []), 1)]
        try:
            bank = load_bank(folder)
        except OSError as error:
            self.fault(f"no folder of problem files: {error.strerror or error}", "bank")
            return None
        if "sheet" not in top and not rows:
            self.fault("nothing is asked: name a sheet, or list the parts, [[part]] with an id each", "-")
        listed = self.listed(rows, bank)
        if "sheet" in top:
            of_sheet = _of_sheet(top["sheet"], bank)
            if not of_sheet:
                self.fault(f"no sheet {top['sheet']!r}{nearest(top['sheet'], sheets(bank))}", "sheet")
            if not rows:
                listed = [(part, {}) for part in of_sheet]
        credit = top.get("credit", "answer")
        parts = tuple(
            Asked(
                part.id,
                row.get("points", top.get("points", part.points)),
                row.get("credit", credit),
                _texts(row.get("under")),
            )
            for part, row in listed
        )
        if parts and not any(part.points for part in parts):
            self.fault("no part is worth a point", "points")
        return (
            Assignment(
                top.get("title", ""), parts, credit, top.get("carried", 1), top.get("reveal", "reasons"), folder
            ),
            bank,
        )

    def listed(self, rows: list[dict[str, Any]], bank: Bank) -> list[tuple[Part[Any], dict[str, Any]]]:
        """The parts that are listed, each once, each with labels of its own."""
        out: list[tuple[Part[Any], dict[str, Any]]] = []
        labels: dict[str, str] = {}
        for number, row in enumerate(rows, 1):
            path = f"part[{row.get('id', number)}]"
            for text in _texts(row.get("under")):
                folded = " ".join(text.split()).casefold()
                if not folded:
                    self.fault("an empty label", f"{path}.under")
                elif labels.setdefault(folded, path) != path:
                    self.fault(f"{text!r} stands over {labels[folded]} already", f"{path}.under")
            if "id" not in row:
                continue
            try:
                part = bank.part(row["id"])
            except UnknownPart as error:
                self.fault(str(error), f"{path}.id")
                continue
            if any(part.id == other.id for other, _ in out):
                self.fault(f"{part.id} is asked twice", f"{path}.id")
                continue
            out.append((part, row))
        return out


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())
