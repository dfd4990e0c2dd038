"""The bank: a folder of problem files. Its index of ids is cheap (no SymPy, no NumPy; a file is parsed when one of its
parts is asked for)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from derivations.sendable import Sendable
from problems.files import below, read_regular
from problems.loader import SHARED_SUFFIX, ProblemFileError, load, read_file
from problems.schema import Part, Problem
from problems.tables import Fault

HERE = Path(__file__).parent / "bank"
_ID_LINE = re.compile(r"""^\s*id\s*=\s*(["'])(.+?)\1""", re.MULTILINE)


class UnknownPart(Sendable, LookupError):
    """No part of that id; `near` has the nearest ones."""

    def __init__(self, part_id: str, near: tuple[str, ...]):
        self.part_id, self.near = part_id, near
        super().__init__(
            f"no part {part_id[:60]!r}"
            + (f"; did you mean {', '.join(near)}?" if near else "; `backproof problems` lists them")
        )


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Sorting key in which 2 comes before 10."""
    return tuple((0, int(t)) if t.isdecimal() and len(t) < 100 else (1, t) for t in re.split(r"(\d+)", text) if t)


@cache
def _load(path: Path, _changed: tuple[float, ...]) -> Problem:
    return load(path)


def _mentioned(path: Path) -> list[str]:
    """The ids as they stand in a file; none in one that cannot be read, which is said when it is asked for."""
    try:
        text = read_regular(path).decode("utf-8", "replace")
    except OSError:
        return []
    return [found[1] for found in _ID_LINE.findall(text)]


class Bank:
    """The problems of folders, by id. A problem that several have is that of the first."""

    def __init__(self, *folders: Path):
        self.folders = folders
        self._mentions: dict[Path, list[str]] = {}
        self._shared: list[Path] = []
        for folder in folders:
            if not folder.is_dir():
                raise FileNotFoundError(f"no folder {folder}")
            os.scandir(folder).close()  # one that may not be looked into says so
            before = {ids[0] for ids in self._mentions.values() if ids}
            for path in sorted(below(folder, ".toml"), key=lambda p: natural(str(p))):
                ids = _mentioned(path)
                if not ids or ids[0] not in before:
                    self._mentions[path] = ids
            self._shared += below(folder, SHARED_SUFFIX)
        self.files: tuple[Path, ...] = tuple(self._mentions)

    def contents(self) -> Iterator[tuple[str, Path]]:
        """Every file with the name that it has in a folder that holds all of them."""
        for number, folder in enumerate(self.folders, 1):
            for path in (*self.files, *self._shared):
                if path.is_relative_to(folder):
                    name = path.relative_to(folder).as_posix()
                    yield (name if len(self.folders) == 1 else f"{number}/{name}"), path

    def _problem(self, path: Path) -> Problem:
        try:
            changed = tuple(one.stat().st_mtime for one in (path, *self._shared))
        except OSError:
            return load(path)  # which says what is the matter
        return _load(path, changed)

    def _having(self, identity: str) -> Iterator[Problem]:
        return (self._problem(path) for path, mentioned in self._mentions.items() if identity in mentioned)

    def problems(self) -> Iterator[Problem]:
        """Every problem, in the order of ids. Raises `ProblemFileError` at a file that cannot be used."""
        yield from sorted((self._problem(path) for path in self.files), key=lambda p: natural(p.id))

    def ids(self) -> tuple[str, ...]:
        """The ids of all parts."""
        return tuple(part.id for problem in self.problems() for part in problem.parts)

    def part_ids(self) -> set[str]:
        """The ids of all parts as they stand in the files, without parsing them: a file's first id is the problem's."""
        return {i for mentioned in self._mentions.values() for i in mentioned[1:]}

    def part(self, part_id: str) -> Part:
        """The part with that id. Raises `UnknownPart`."""
        return self.find(part_id)[1]

    def find(self, part_id: str) -> tuple[Problem, Part]:
        """The problem and the part with that id. Raises `UnknownPart`."""
        for problem in self._having(part_id):
            for part in problem.parts:
                if part.id == part_id:
                    return problem, part
        parts = next((p.parts for p in self._having(part_id) if p.id == part_id), ())
        if parts:
            raise UnknownPart(part_id, tuple(p.id for p in parts))
        known = sorted(self.part_ids(), key=natural)
        folded = {k.lower(): k for k in known}
        near = [folded[k] for k in get_close_matches(part_id.lower(), list(folded), 3, 0.6)]
        raise UnknownPart(part_id, tuple(near))

    def faults(self) -> tuple[Fault, ...]:
        """The faults of all files, and of the folder as a whole: two parts with one id."""
        found: list[Fault] = []
        where: dict[str, str] = {}
        for path in self.files:
            problem, faults = read_file(path)
            found.extend(faults)
            for part in problem.parts if problem else ():
                if part.id in where:
                    found.append(
                        Fault(
                            f"two parts have the id {part.id}; the other is in {where[part.id]}",
                            str(path),
                            f"part[{part.id}]",
                        )
                    )
                where[part.id] = str(path)
        return tuple(found)


OURS = "ours"
"""What stands for the bank that comes with the package among folders."""


def load_bank(folder: str | Path | None = None) -> Bank:
    """The bank in a folder, or in several after commas, `mine,ours`: the first that has a problem counts. Without one,
    the bank that comes with the package."""
    if folder is None:
        return Bank(HERE)
    if isinstance(folder, Path) or "," not in folder or Path(folder).is_dir():
        return Bank(HERE if folder == OURS and not Path(folder).is_dir() else Path(folder))
    return Bank(*(HERE if name == OURS else Path(name) for name in map(str.strip, folder.split(","))))


def beside(here: Path, folders: str) -> str:
    """Folders as `load_bank` takes them, those that are written relative to one."""
    if (here / folders).is_dir() or "," not in folders:
        return folders if folders == OURS and not (here / folders).is_dir() else str(here / folders)
    return ",".join(name if name == OURS else str(here / name) for name in map(str.strip, folders.split(",")))


__all__ = ["Bank", "ProblemFileError", "UnknownPart", "load_bank"]
