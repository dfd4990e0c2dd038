"""What a person has answered so far: a small SQLite file in the user's data directory, safe to delete, whole after any
interruption."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from checker.commands.repeating import COUNTS, RIGHT, Event
from checker.course.gradebook import guarded

DATA_ENV = "BACKPROOF_DATA"

COLUMNS: tuple[str, ...] = ("part", "at", "answer", "status", "score", "tag", "hints", "told", "seed")
"""What is kept of an answer; the last three came later, and are added to a file that lacks them."""


def data_file() -> Path | None:
    """Where progress is kept: BACKPROOF_DATA, or the system's place for the data of programs; None where there is no
    home."""
    if os.environ.get(DATA_ENV):
        return Path(os.environ[DATA_ENV]) / "progress.sqlite"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "backproof" / "progress.sqlite"


class Progress:
    """Answers with their verdicts. A file that is no database is put aside, and one begins anew; where nothing can be
    kept, nothing is."""

    def __init__(self, path: Path | None):
        self.path = path
        self.kept = path is not None
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._prepare()
            except sqlite3.DatabaseError as error:
                if not _broken(error):
                    raise  # locked, full, or not ours to write: what it holds stays
                path.replace(path.with_suffix(".broken"))
                self._prepare()
        except (OSError, sqlite3.Error):
            self.kept = False

    def _open(self) -> sqlite3.Connection:
        assert self.path is not None
        return sqlite3.connect(self.path, timeout=2)

    def _prepare(self) -> None:
        with closing(self._open()) as base, base:
            base.execute(
                "CREATE TABLE IF NOT EXISTS answers (part TEXT NOT NULL, at REAL NOT NULL, answer TEXT NOT "
                "NULL, status TEXT NOT NULL, score REAL, tag TEXT)"
            )
            there = {row[1] for row in base.execute("PRAGMA table_info(answers)")}
            for name in ("hints", "told", "seed"):
                if name not in there:
                    base.execute(f"ALTER TABLE answers ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0")
            base.execute(f"SELECT {', '.join(COLUMNS)} FROM answers LIMIT 1")

    def add(
        self,
        part: str,
        answer: str,
        status: str,
        score: float | None,
        tag: str | None,
        *,
        hints: int = 0,
        told: bool = False,
        seed: int = 0,
    ) -> None:
        """Keep one answer, with how many hints had been seen, whether the answer had been told, and which variant it
        was: one transaction."""
        if not self.kept:
            return
        kept = answer.encode("utf-8", "replace").decode()
        try:
            with closing(self._open()) as base, base:
                base.execute(
                    f"INSERT INTO answers ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})",
                    (part, time.time(), kept, status, score, tag, hints, int(told), seed),
                )
        except sqlite3.Error:  # the disk is full, or another holds it: said at the end
            self.kept = False

    def done(self) -> set[str]:
        """The parts that were answered correctly, or in words."""
        return {
            part
            for (part,) in self._rows("SELECT DISTINCT part FROM answers WHERE status IN ('correct', 'not_judged')")
        }

    def tries(self) -> Counter[str]:
        """How often each part was answered right: which variant is asked next."""
        return Counter(
            part for (part,) in self._rows("SELECT part FROM answers WHERE status IN ('correct', 'not_judged')")
        )

    def tags(self) -> Counter[str]:
        """How often each kind of mistake was made in parts that are not yet right."""
        rows = self._rows("SELECT part, tag FROM answers WHERE tag IS NOT NULL")
        done = self.done()
        return Counter(tag for part, tag in rows if part not in done)

    def events(self) -> list[Event]:
        """All answers that were judged, in order."""
        rows = self._rows("SELECT part, at, status, tag, told FROM answers ORDER BY at")
        return [
            Event(part, at, status in RIGHT, tag, bool(told))
            for part, at, status, tag, told in rows
            if status in COUNTS
        ]

    def days(self) -> list[tuple[str, int, int]]:
        """(day, answers, right ones) of every day, in the time of this place."""
        found: dict[str, tuple[int, int]] = {}
        for event in (event for event in self.events() if not event.told):
            day = time.strftime("%Y-%m-%d", time.localtime(event.at))
            count, right = found.get(day, (0, 0))
            found[day] = (count + 1, right + event.right)
        return [(day, count, right) for day, (count, right) in sorted(found.items())]

    def exported(self, form: str) -> str:
        """Every answer, as CSV or as one JSON object a line; the time as ISO 8601 in UTC."""
        rows = list(self._history())
        if form == "jsonl":
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "answer": guarded(row["answer"])} for row in rows)
        return text.getvalue()

    def _history(self) -> Iterator[dict[str, Any]]:
        for row in self._rows(f"SELECT {', '.join(COLUMNS)} FROM answers ORDER BY at"):
            made = dict(zip(COLUMNS, row, strict=True))
            yield {
                **made,
                "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(made["at"])),
                "told": bool(made["told"]),
            }

    def _rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        if not self.kept:
            return []
        try:
            with closing(self._open()) as base:
                return base.execute(query).fetchall()
        except sqlite3.Error:
            self.kept = False
            return []

    def forget(self) -> None:
        """Delete the file. Raises `OSError`."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _broken(error: sqlite3.DatabaseError) -> bool:
    """Whether a file is no database, or none of ours."""
    return not isinstance(error, sqlite3.OperationalError) or "no such column" in str(error)
