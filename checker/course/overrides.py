"""What a teacher decides once about an answer, and with it about all that are proved to be the same.

[[override]]
part = "001/3.1"
key = "5f0c1d2e3a4b5c6d"        the key that the answer was judged by: after a change of it the override rests
answer = "y_i - y_i^2"
score = 0.5
note = "right, though the question asks for a product"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.course.alike import alike
from checker.course.keys import digest, key_of
from checker.course.scoring import Graded, Scored
from checker.documents.sheets import Asked, Sheet
from derivations.frozen import frozen
from derivations.sendable import Sendable
from problems.schema import Key
from problems.tables import Fault, Reader, nearest, tables_of

ROWS: tuple[Key, ...] = (
    Key("part", "text", "the part", required=True),
    Key("key", "text", "the hash of its key, as grades.json and the overview show it", required=True),
    Key("answer", "text", "an answer of the group, as the overview shows it", required=True),
    Key("status", "text", "the verdict on it: correct or wrong", choices=("correct", "wrong")),
    Key("score", "number", "the share of the points, from 0 to 1 (default: all or nothing, by the verdict)"),
    Key("note", "text", "a word to the student"),
)
TOP: tuple[Key, ...] = (Key("override", "tables", "the overrides", keys=ROWS),)


@frozen
class Override:
    """One decision of a teacher."""

    part: str
    key: str
    answer: str
    status: str | None = None
    score: float | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "part": self.part,
            "key": self.key,
            "answer": self.answer,
            "status": self.status,
            "score": self.score,
            "note": self.note,
        }


class OverridesError(Sendable, ValueError):
    """A file of overrides that cannot be used; `faults` has every reason."""

    def __init__(self, faults: Sequence[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def load_overrides(path: Path, keys: Mapping[str, str]) -> tuple[tuple[Override, ...], tuple[Override, ...]]:
    """The overrides of a file that count under the keys of the parts, and those that rest: their key was changed.

    Raises `OverridesError` with all faults.
    """
    data, faults = tables_of(path)
    if data is None:
        raise OverridesError(faults)
    reader = Reader(str(path))
    found: list[Override] = []
    for number, raw in enumerate(reader.table(data, TOP, "").get("override", []), 1):
        here = f"override[{number}]"
        row = reader.table(raw, ROWS, here)
        reader.share(row, "score", here)
        if "part" in row and row["part"] not in keys:
            reader.fault(f"{row['part']} is not asked{nearest(row['part'], keys)}", f"{here}.part")
        if "status" not in row and "score" not in row:
            reader.fault("it decides nothing: give a status or a score", here)
        if all(key.name in row for key in ROWS if key.required):
            found.append(Override(**row))
    if not reader.usable:
        raise OverridesError(reader.faults)
    return (
        tuple(o for o in found if keys[o.part] == o.key),
        tuple(o for o in found if keys[o.part] != o.key),
    )


def overridden(found: Graded, decided: Sequence[Override | None]) -> Graded:
    """A graded hand-in with what the teacher decided of each part."""
    made = zip(found.parts, decided, strict=True)
    return found.having(tuple(part if override is None else _decided(part, override) for part, override in made))


def decisions(
    answers: Sequence[tuple[str, str]], overrides: Sequence[Override], sheet: Sheet
) -> tuple[Override | None, ...]:
    """What the teacher decided of the answers to the parts of a sheet, each as it was written and as it was read; the
    first override that fits an answer counts."""
    return tuple(
        next((o for o in overrides if _fits(o, answer, read, asked)), None)
        for (answer, read), asked in zip(answers, sheet.asked, strict=True)
    )


def digest_of(decided: Sequence[Override | None]) -> str:
    """The hash of what was decided, "" where nothing was: a hand-in of which it is the same is graded the same."""
    return digest([override and override.to_json() for override in decided]) if any(decided) else ""


def _fits(override: Override, answer: str, read: str, asked: Asked) -> bool:
    if override.part != asked.id or override.key != key_of(asked.part):
        return False
    return bool(answer) and any(text and alike(override.answer, text, asked) == "same" for text in (read, answer))


def _decided(part: Scored, override: Override) -> Scored:
    status = override.status or part.mark.status
    score = override.score if override.score is not None else float(status == "correct")
    remark = override.note or part.mark.remark
    mark = replace(part.mark, status=status, score=score, remark=remark)  # type: ignore[arg-type]
    return replace(part, mark=mark, override=override.note)
