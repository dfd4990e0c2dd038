"""What a person has answered so far: a small SQLite file in the user's data directory, safe to delete, whole after any
interruption."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

DATA_ENV = "BACKPROOF_DATA"


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
            base.execute("SELECT part, at, answer, status, score, tag FROM answers LIMIT 1")

    def add(self, part: str, answer: str, status: str, score: float | None, tag: str | None) -> None:
        """Keep one answer: one transaction."""
        if not self.kept:
            return
        try:
            with closing(self._open()) as base, base:
                base.execute(
                    "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)",
                    (part, time.time(), answer.encode("utf-8", "replace").decode(), status, score, tag),
                )
        except sqlite3.Error:  # the disk is full, or another holds it: said at the end
            self.kept = False

    def done(self) -> set[str]:
        """The parts that were answered correctly, or in words."""
        return {
            part
            for (part,) in self._rows("SELECT DISTINCT part FROM answers WHERE status IN ('correct', 'not_judged')")
        }

    def tags(self) -> Counter[str]:
        """How often each kind of mistake was made in parts that are not yet right."""
        rows = self._rows("SELECT part, tag FROM answers WHERE tag IS NOT NULL")
        done = self.done()
        return Counter(tag for part, tag in rows if part not in done)

    def _rows(self, query: str) -> list[tuple[str, ...]]:
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
