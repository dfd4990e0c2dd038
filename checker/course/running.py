"""The map of a class: its hand-ins through workers, a record and a page each; then the tables and the overview.

    out/students/NAME.html     the marked page
    out/students/NAME.json     every judged line and every part, and the hashes of what they rest on
    out/grades.csv, grades.json, groups.json, index.html; changes.csv where scores were compared with earlier ones

Each file is written beside and moved into place, a student's page before the record: a record that stands there says
that the page does. So a run that was killed goes on where it was, and ends with the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from checker.course.gradebook import changebook, gradebook
from checker.course.handins import HandIn
from checker.course.keys import digest, key_of, program
from checker.course.overrides import Override
from checker.course.overview import overview
from checker.course.scoring import left_to_a_person
from checker.process import Outcome
from checker.stream import AHEAD, Pool
from derivations.frozen import frozen
from problems.assignment import Assignment
from problems.bank import Bank
from problems.files import read_regular

STUDENTS = "students"
MARK = "grades.json"
MAX_RECORD = 64_000_000
"""Bytes of a record that is read back."""

Write = Callable[[Path, str | bytes], None]


@frozen
class Class:
    """What is graded, into which folder, and in which form the pages are."""

    handins: tuple[HandIn, ...]
    assignment: Assignment
    bank: Bank
    out: Path
    overrides: tuple[Override, ...] = ()
    format: str = "html"
    suffix: str = ".html"
    style: str = "plain"

    @property
    def keys(self) -> dict[str, str]:
        """Part → the hash of its key."""
        return {part.id: key_of(self.bank.part(part.id)) for part in self.assignment.parts}

    def rests_on(self) -> str:
        """The hash of what every verdict rests on, but the overrides: of those, each record holds which count."""
        return digest([program(), self.assignment.to_json(), self.keys, self.format])

    def request(self, handin: HandIn) -> dict[str, Any]:
        return {
            "do": "grade",
            "name": handin.name,
            "path": handin.document,
            **self._asked,
            "reveal": self.assignment.reveal,
            "format": self.format,
        }

    def question(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Which overrides count for a hand-in that was judged before."""
        answers = [(part["answer"] or "", part["read"] or "") for part in record["graded"]["parts"]]
        return {"do": "decide", "answers": answers, **self._asked}

    @property
    def _asked(self) -> dict[str, Any]:
        overrides = [override.to_json() for override in self.overrides]
        return {"assignment": self.assignment.to_json(), "bank": self.assignment.bank, "overrides": overrides}


def judge_all(
    what: Class, pool: Pool, resume: bool, write: Write, done: Callable[[], None], bug: Callable[[str], None]
) -> bool:
    """A page and a record for each hand-in; whether all were judged without a bug of ours. `done` is called after
    each. With `resume`, one that was judged already stays as it is, unless other overrides count for it."""
    rests_on = what.rests_on()
    folder = what.out / STUDENTS
    waiting: deque[tuple[HandIn, Future[Outcome] | Mapping[str, Any]]] = deque()
    asked: deque[tuple[HandIn, str, Future[Outcome]]] = deque()
    sound = True

    def settle() -> None:
        handin, decided, future = asked.popleft()
        answer = future.result().answer
        if answer is not None and answer["decided"] == decided:
            done()
        else:
            submit(handin)

    def submit(handin: HandIn) -> None:
        if handin.document is None:
            waiting.append((handin, {"graded": left_to_a_person(handin.name, what.assignment, handin.fault)}))
        else:
            waiting.append((handin, pool.submit(what.request(handin))))
        while len(waiting) > pool.count * AHEAD:
            finish()

    def finish() -> None:
        nonlocal sound
        handin, future = waiting.popleft()
        view = future if isinstance(future, Mapping) else _view(future.result(), handin, what, bug)
        sound = sound and not view["graded"].get("failed")
        page = base64.b64decode(view["bytes"]) if "bytes" in view else view.get("report", "").encode()
        if page:
            write(folder / (handin.page + what.suffix), page)
        record = {
            "format": 1,
            "handin": handin.digest,
            "rests_on": rests_on if not view["graded"].get("limit") else "",
            "decided": view.get("decided", ""),
            "page": hashlib.sha256(page).hexdigest(),
            "graded": view["graded"],
        }
        write(folder / (handin.page + ".json"), json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        done()

    for handin in what.handins:
        record = _standing(what, handin, rests_on) if resume else None
        if record is None:
            submit(handin)
        elif not what.overrides and not record["decided"]:
            done()
        else:
            asked.append((handin, record["decided"], pool.submit(what.question(record))))
        while len(asked) > pool.count * AHEAD:
            settle()
    while asked:
        settle()
    while waiting:
        finish()
    return sound


class Refusal(ValueError):
    """What a worker refuses for every hand-in alike: a fault of the key."""


def _view(outcome: Outcome, handin: HandIn, what: Class, bug: Callable[[str], None]) -> Mapping[str, Any]:
    if outcome.answer is not None:
        if "refused" in outcome.answer:
            raise Refusal(outcome.answer["refused"])
        return outcome.answer
    if outcome.limit:
        fault = f"not graded within the limit of {outcome.limit}"
        return {"graded": {**left_to_a_person(handin.name, what.assignment, fault), "limit": True}}
    bug(outcome.bug or "")
    return {"graded": {**left_to_a_person(handin.name, what.assignment, "a bug of ours stopped it"), "failed": True}}


def _standing(what: Class, handin: HandIn, rests_on: str) -> dict[str, Any] | None:
    """The record of a hand-in that was judged already: the same files by the same key, and its page is there."""
    folder = what.out / STUDENTS
    try:
        record = _record(folder / (handin.page + ".json"))
        if (record["handin"], record["rests_on"]) != (handin.digest, rests_on) or record["graded"].get("failed"):
            return None
        page = folder / (handin.page + what.suffix)
        found = read_regular(page, MAX_RECORD) if page.exists() else b""
        what.question(record)
        return record if hashlib.sha256(found).hexdigest() == record["page"] and "decided" in record else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _record(path: Path) -> dict[str, Any]:
    return json.loads(read_regular(path, MAX_RECORD))


def records(what: Class) -> list[dict[str, Any]]:
    """The graded hand-ins, as they were written, in order."""
    return [_record(what.out / STUDENTS / (handin.page + ".json"))["graded"] for handin in what.handins]


def summary(what: Class, graded: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The grades of the class as JSON."""
    keys = what.keys
    return {
        "format": 1,
        "title": what.assignment.title,
        "possible": what.assignment.possible,
        "parts": [{"id": part.id, "points": part.points, "key": keys[part.id]} for part in what.assignment.parts],
        "students": [
            {
                "name": view["name"],
                "page": f"{STUDENTS}/{handin.page}{what.suffix}",
                **{name: view[name] for name in ("points", "settled", "possible", "awaiting", "fault")},
                "parts": [
                    {name: part[name] for name in ("id", "status", "score", "got", "reason", "override")}
                    for part in view["parts"]
                ],
            }
            for handin, view in zip(what.handins, graded, strict=True)
        ],
    }


def grouped(what: Class, graded: Sequence[Mapping[str, Any]], pool: Pool) -> list[dict[str, Any]]:
    """The groups of the answers to each part, as JSON; where they cannot be told within the limit, those of the same
    text."""
    futures = []
    for number, part in enumerate(what.assignment.parts):
        given = [
            (view["name"], view["parts"][number])
            for view in graded
            if view["parts"][number]["answer"] and not view["fault"]
        ]
        answers = [{"text": row["answer"], "read": row["read"] or "", "status": row["status"]} for _, row in given]
        request = {"do": "group", "part": part.id, "bank": what.assignment.bank, "answers": answers}
        futures.append((part.id, given, answers, pool.submit(request)))
    out = []
    keys = what.keys
    for identity, given, answers, future in futures:
        found = future.result().answer
        rows = found["groups"] if found is not None else _by_text(answers)
        out.append({
            "part": identity,
            "key": keys[identity],
            "compared": found is not None,
            "groups": [
                {
                    "answer": answers[row["members"][0]]["read"] or answers[row["members"][0]]["text"],
                    "status": answers[row["members"][0]]["status"],
                    "score": given[row["members"][0]][1]["score"],
                    "reason": given[row["members"][0]][1]["reason"],
                    "tag": given[row["members"][0]][1]["tag"],
                    "mistake": given[row["members"][0]][1]["mistake"],
                    "override": given[row["members"][0]][1]["override"],
                    "count": len(row["members"]),
                    "students": [given[k][0] for k in row["members"]],
                    "near": row["near"],
                }
                for row in rows
            ],
        })  # fmt: skip
    return out


def _by_text(answers: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], list[int]] = {}
    for number, answer in enumerate(answers):
        found.setdefault((answer["status"], answer["read"] or answer["text"]), []).append(number)
    return [{"members": members, "near": []} for members in sorted(found.values(), key=lambda m: (-len(m), m[0]))]


def write_class(what: Class, pool: Pool, write: Write, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The tables and the overview of a class whose hand-ins are judged; the grades as JSON, written last. `before`: the
    grades of an earlier run, of which the changes are listed."""
    graded = records(what)
    found = summary(what, graded)
    groups = grouped(what, graded, pool)
    mistakes = {part.id: what.bank.part(part.id).mistakes for part in what.assignment.parts}
    _sweep(what)
    write(what.out / "groups.json", json.dumps(groups, ensure_ascii=False, indent=1) + "\n")
    write(what.out / "grades.csv", gradebook(found["title"], found["parts"], found["students"], what.style))
    write(what.out / "index.html", overview(found, graded, groups, mistakes))
    if before is not None:
        write(what.out / "changes.csv", changebook(changes(before, found)))
    write(what.out / MARK, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return found


_BESIDE = re.compile(r".+\.\d+")


def _sweep(what: Class) -> None:
    """What is nobody's any more goes: pages of students who left, and what a killed run left half written."""
    kept = {handin.page + suffix for handin in what.handins for suffix in (what.suffix, ".json")}
    for entry in list(_entries(what.out / STUDENTS)):
        if entry.name not in kept and entry.name.endswith((".html", ".md", ".tex", ".pdf", ".json")):
            os.unlink(entry.path)
    for folder in (what.out, what.out / STUDENTS):
        for entry in list(_entries(folder)):
            if _BESIDE.fullmatch(entry.name) and entry.name.rpartition(".")[0].endswith(
                (".html", ".md", ".tex", ".pdf", ".json", ".csv")
            ):
                os.unlink(entry.path)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    return (entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))


def earlier(out: Path) -> dict[str, Any] | None:
    """The grades of an earlier run that ended; None where there is none."""
    try:
        found = json.loads(read_regular(out / MARK, MAX_RECORD))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("format") == 1 else None


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The scores that are others than before: student, part, old and new points (None: not settled, or not asked)."""
    before = {(s["name"], p["id"]): p["got"] for s in old["students"] for p in s["parts"]}
    after = {(s["name"], p["id"]): p["got"] for s in new["students"] for p in s["parts"]}
    order = list(dict.fromkeys((*after, *before)))
    return [
        {"student": name, "part": part, "old": before.get((name, part)), "new": after.get((name, part))}
        for name, part in order
        if before.get((name, part)) != after.get((name, part))
    ]
