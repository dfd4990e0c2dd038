"""Whole hand-ins, written for the sheets of the bank as students and staff write them: every line has its true verdict
beside it (`tests/handins/NAME.jsonl`), and no right line may be marked wrong, no wrong line right.

A judged line is found in the document by its place, and what the marks say of it is what the lines say that it is made
of, the worst first; where it is a part of a longer line, what that says.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from checker.documents.grading import grade_text
from checker.documents.marks import Line, Marked
from checker.documents.sheets import sheet_of
from checker.documents.sources import read_source
from derivations.frozen import frozen
from problems.bank import load_bank

HANDINS = Path(__file__).parent / "handins"
NAMES = sorted(path.stem for path in HANDINS.glob("*.jsonl"))

WORST_FIRST = ("wrong", "carried", "unreadable", "undecided", "correct", "not_a_claim")
HITS = {
    "correct": {"correct", "not_a_claim"},
    "not_a_claim": {"correct", "not_a_claim"},
    "wrong": {"wrong"},
    "carried": {"carried", "wrong"},
}
HARMFUL = ("right marked wrong", "wrong marked right", "wrong passed over")

QUICK = {"000_student", "003_text", "004_boxed"}
"""Hand-ins that are read in every run; the others are long, and read in a soak."""

FLOOR: dict[str, int] = {
    "000_notes": 21,
    "000_student": 20,
    "000_written": 29,
    "001_bold": 49,
    "001_list": 23,
    "001_ocr": 101,
    "001_plain": 88,
    "001_running": 76,
    "001_sheet": 102,
    "001_spaced": 43,
    "001_staff": 142,
    "001_student": 116,
    "002_cells": 26,
    "002_inline": 33,
    "002_model": 21,
    "002_notes": 23,
    "002_ocr": 29,
    "002_sheet": 43,
    "002_staff": 55,
    "002_student": 45,
    "002_tags": 31,
    "002_tables": 24,
    "003_student": 21,
    "003_text": 16,
    "004_boxed": 24,
    "004_cells": 17,
    "004_staff": 22,
    "004_student": 28,
    "004_written": 29,
}
"""Lines of each hand-in that get their true verdict, at least."""

KNOWN: tuple[tuple[str, int, str, str], ...] = (
    (
        "000_written",
        24,
        r"$$\frac{\sum_i c x_i y_i}{c \sum_i x_i^2 + \lambda}$$",
        "a formula that words give as a minimum, of a loss in letters that the sheet does not have",
    ),
)
"""Lines that are marked against the rule, and why: hand-in, line, what stands there, reason."""


@frozen
class Judged:
    """A line with its true verdict, and where it stands in the document."""

    text: str
    start: int
    line: int
    part: str | None
    verdict: str
    why: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def document(name: str) -> Path:
    return next(path for path in HANDINS.glob(f"{name}.*") if path.suffix != ".jsonl")


def judged_lines(name: str) -> list[Judged]:
    text = read_source(document(name)).text
    beginnings = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
    out: list[Judged] = []
    done = 0
    for row in (HANDINS / f"{name}.jsonl").read_text().splitlines():
        said = json.loads(row)
        done = text.index(said["text"], max(done, beginnings[said["line"] - 1]))
        assert text.count("\n", 0, done) + 1 == said["line"], said
        out.append(Judged(said["text"], done, said["line"], said["part"], said["verdict"], said["why"]))
        done += len(said["text"])
    return out


@cache
def marked(name: str) -> Marked:
    path = document(name)
    return grade_text(read_source(path).text, sheet_of(name.split("_")[0], load_bank(None)), path.name)


def said_of(judged: Judged, together: Sequence[Judged], lines: Sequence[Line]) -> Line | None:
    """What the marks say of a judged line; None where it is in none of them. The members of a chain of which the marks
    know the place of the whole alone are told apart by their order."""
    inside = [at for at in lines if judged.start <= at.place.start and at.place.end <= judged.end]
    around = [at for at in lines if at.place.start <= judged.start and judged.end <= at.place.end]
    if not inside and around:
        least = min(around, key=lambda at: at.place.end - at.place.start).place
        inside = [at for at in around if at.place == least]
        members = [at for at in together if least.start <= at.start and at.end <= least.end]
        if len(members) == len(inside):
            return inside[members.index(judged)]
    if not inside:  # the dollars around it are its own, or a sign at its edge is not
        inside = [at for at in lines if max(at.place.start, judged.start) < min(at.place.end, judged.end)]
    return min(inside, key=lambda at: WORST_FIRST.index(at.status), default=None)


def outcomes(name: str) -> list[tuple[Judged, Line | None, str]]:
    """Every judged line with what was said of it, and what that comes to."""
    rows: list[tuple[Judged, Line | None, str]] = []
    together = judged_lines(name)
    for judged in together:
        line = said_of(judged, together, marked(name).lines)
        status = line.status if line is not None else "not placed"
        right = judged.verdict in ("correct", "not_a_claim")
        if status in HITS[judged.verdict]:
            outcome = "hit"
        elif right and status in ("wrong", "carried"):
            outcome = "right marked wrong"
        elif not right and status == "correct":
            outcome = "wrong marked right"
        elif not right and status == "carried":
            outcome = "wrong marked carried"
        elif not right and status == "not_a_claim":
            outcome = "wrong passed over"
        else:
            outcome = status
        rows.append((judged, line, outcome))
    return rows


def table(names: list[str], verbose: bool = False) -> str:
    kinds = ("hit", "right marked wrong", "wrong marked right", "wrong marked carried", "wrong passed over")
    kinds += ("undecided", "unreadable", "not placed")
    out, whole = [], Counter[str]()
    for name in names:
        started = time.process_time()
        rows = outcomes(name)
        took = time.process_time() - started
        count = Counter(outcome for _, _, outcome in rows)
        whole.update(count)
        wrong = sum(judged.verdict == "wrong" for judged, _, _ in rows)
        said = ", ".join(f"{kind} {count[kind]}" for kind in kinds if count[kind])
        out.append(f"{name}: {len(rows)} lines, {wrong} wrong: {said} ({took:.0f} s)")
        if verbose:
            for judged, line, outcome in rows:
                if outcome != "hit":
                    told = f"{line.status} [{line.part}] {line.reason or line.remark}" if line is not None else ""
                    out.append(
                        f"  {judged.line}: {outcome}: {judged.text!r} is {judged.verdict} [{judged.part}]"
                        f" {judged.why}\n      {told}"
                    )
    total = whole.total()
    share = f"{whole['hit']} of {total} hit ({whole['hit'] / max(total, 1):.1%})"
    return "\n".join([*out, share, ", ".join(f"{kind} {whole[kind]}" for kind in kinds if whole[kind])])


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.soak) for name in NAMES]
)
@pytest.mark.long
def test_no_right_line_is_marked_wrong_no_wrong_line_right_and_most_get_their_true_verdict(name: str):
    rows = outcomes(name)
    harmful = {(judged.line, judged.text) for judged, _, outcome in rows if outcome in HARMFUL}
    known = {(line, text) for of, line, text, _ in KNOWN if of == name}
    assert harmful - known == set(), table([name], verbose=True)
    assert known - harmful == set(), "mended: take them out of KNOWN"
    assert sum(outcome == "hit" for _, _, outcome in rows) >= FLOOR[name], table([name], verbose=True)


def test_every_handin_has_its_lines_and_enough_of_them_are_wrong():
    assert sorted(FLOOR) == NAMES
    for name in NAMES:
        verdicts = Counter(judged.verdict for judged in judged_lines(name))
        assert set(verdicts) <= set(HITS)
        assert all(judged.why for judged in judged_lines(name) if judged.verdict in ("wrong", "carried"))
        assert verdicts["wrong"] >= 2


if __name__ == "__main__":
    print(table([name for name in NAMES if not sys.argv[1:] or name in sys.argv[1:]], verbose=True))
