"""The hand-ins of a class: a file or a folder each, named by the student. Links are not followed."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from checker.documents.sources import SUFFIXES
from derivations.frozen import frozen
from problems.bank import natural
from problems.files import TooLarge

MOST_STUDENTS = 10_000
MOST_FILES = 2_000
"""Files of one hand-in."""

MOST_BYTES = 200_000_000
"""Bytes of one hand-in."""

PASSED_OVER = ("__MACOSX", "Thumbs.db", "desktop.ini")


@frozen
class HandIn:
    """What one student handed in: the document that is graded, or why there is none; `page` is what its report is
    called, `digest` the hash of all its files."""

    name: str
    page: str
    document: str | None
    digest: str
    fault: str = ""


class ClassError(ValueError):
    """A folder that is no class; says what to do."""


def handins_in(folder: Path, but: Sequence[Path] = ()) -> tuple[HandIn, ...]:
    """The hand-ins of a folder, in the order of their names; `but` are files and folders in it that are none.

    Raises `ClassError`, `OSError`.
    """
    passed = {os.path.realpath(path) for path in but}
    entries = [
        entry
        for entry in os.scandir(folder)
        if not entry.name.startswith(".")
        and entry.name not in PASSED_OVER
        and os.path.realpath(entry.path) not in passed
    ]
    if not entries:
        raise ClassError(f"{folder}: no hand-in in this folder")
    if len(entries) > MOST_STUDENTS:
        raise ClassError(f"{folder}: more than {MOST_STUDENTS:,} hand-ins")
    named: dict[str, str] = {}
    for entry in entries:
        name = _student(entry)
        if (other := named.setdefault(name.casefold(), entry.name)) != entry.name:
            raise ClassError(f"{folder}: {other} and {entry.name} are of one student: put them into a folder {name}")
    taken: set[str] = set()
    return tuple(_handin(entry, taken) for entry in sorted(entries, key=lambda e: (natural(_student(e)), e.name)))


def handin_at(path: Path) -> HandIn:
    """One hand-in: a file, or a folder that holds its document."""
    try:
        if path.is_dir():
            files = list(_files(path))
            document, fault = _document(files, path)
            return HandIn(path.name, _page(path.name, set()), document, _digest(files, path), fault)
        return HandIn(path.name, _page(path.name, set()), str(path), _digest([path], path.parent))
    except OSError as error:
        return HandIn(path.name, _page(path.name, set()), None, "", str(error.strerror or error))


def _student(entry: os.DirEntry[str]) -> str:
    """The student's name: the folder's, or the file's without the end that says its kind."""
    if entry.is_dir(follow_symlinks=False):
        return entry.name
    stem, suffix = os.path.splitext(entry.name)
    return stem if stem and suffix else entry.name


def _handin(entry: os.DirEntry[str], taken: set[str]) -> HandIn:
    name = _student(entry).encode("utf-8", "replace").decode()
    page = _page(name, taken)
    document: str | None = None
    fault = digest = ""
    try:
        if entry.is_symlink():
            fault = "a link, which is not followed: hand in the file itself"
        elif entry.is_dir(follow_symlinks=False):
            files = list(_files(Path(entry.path)))
            document, fault = _document(files, Path(entry.path))
            digest = _digest(files, Path(entry.path))
        elif stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
            document, digest = entry.path, _digest([Path(entry.path)], Path(entry.path).parent)
        else:
            fault = "neither a file nor a folder"
    except OSError as error:
        document, fault = None, str(error.strerror or error)
    return HandIn(name, page, document, digest, fault)


def _files(folder: Path) -> Iterator[Path]:
    """The regular files of a hand-in, in order."""
    count = 0
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in PASSED_OVER)
        for name in sorted(files):
            path = Path(here, name)
            if not name.startswith(".") and stat.S_ISREG(path.lstat().st_mode):
                count += 1
                if count > MOST_FILES:
                    raise TooLarge(f"more than {MOST_FILES:,} files")
                yield path


def _document(files: Sequence[Path], folder: Path) -> tuple[str | None, str]:
    """The document of a folder: the only one, or the one that is called main or like the folder."""
    found = [path for path in files if path.suffix.lower() in SUFFIXES]
    if not found:
        return None, f"no document in the folder: {', '.join(SUFFIXES)} are read"
    top = [path for path in found if path.parent == folder] or found
    called = [path for path in top if path.stem.casefold() in ("main", folder.name.casefold())]
    for choice in (top, called):
        if len(choice) == 1:
            return str(choice[0]), ""
    names = ", ".join(str(path.relative_to(folder)) for path in top[:5])
    return None, f"several documents ({names}): call the one to be graded main"


def _digest(files: Sequence[Path], folder: Path) -> str:
    found, size = hashlib.sha256(), 0
    for path in files:
        found.update(str(path.relative_to(folder)).encode("utf-8", "surrogatepass") + b"\0")
        with open(path, "rb") as file:
            while more := file.read(1 << 20):
                size += len(more)
                if size > MOST_BYTES:
                    raise TooLarge(f"more than {MOST_BYTES:,} bytes")
                found.update(more)
        found.update(b"\0")
    return found.hexdigest()


def _page(name: str, taken: set[str]) -> str:
    """What the report of a student is called: safe in every file system, and nobody else's."""
    plain = re.sub(r"[^\w.-]+", "_", name).strip("._")[:80] or "student"
    if plain != name or plain.casefold() in taken:
        plain += "-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    taken.add(plain.casefold())
    return plain
