r"""A LaTeX document with what it includes: `\input{file}` and `\include{file}` put in their places.

Files are looked for in the folder of the hand-in alone: no absolute paths, no `..`, no links to elsewhere, no pipes.
What is not followed stays as it stands, with a note.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path, PurePosixPath

from checker.documents.sources.value import Source
from problems.files import TooLarge, decoded, read_within

MAX_DEPTH = 8
MAX_FILES = 100
MAX_TEXT = 2_000_000
"""Characters of a document with all that it includes."""

SUFFIXES = (".tex", ".ltx", ".txt")

_INCLUDED = re.compile(r"\\(?:input|include|subfile)(?![A-Za-z])\s*(?:\{(?P<braced>[^{}\n]*)\}|(?P<bare>[^\s{}\\%$]+))")
_AWAY = re.compile(
    r"\\begin\{(?P<listing>verbatim|lstlisting|minted|comment)\}.*?\\end\{(?P=listing)\}|(?<!\\)%[^\n]*",
    re.DOTALL,
)
"""Where nothing is included: code and comments."""


class _NotFollowed(Exception):
    """Why a file is not included."""


def with_included(text: str, name: str, folder: Path | None) -> Source:
    """A document with what it includes from `folder`; None: nothing is looked for."""
    joined = _Joined(folder, len(text))
    return Source(joined.expand(text, name, 0), "latex", name, tuple(joined.notes))


class _Joined:
    def __init__(self, folder: Path | None, held: int):
        self.folder, self.held, self.files = folder, held, 0
        self.notes: list[str] = []

    def expand(self, text: str, name: str, depth: int) -> str:
        away = [found.span() for found in _AWAY.finditer(text)]
        out: list[str] = []
        done = near = 0
        for found in _INCLUDED.finditer(text):
            while near < len(away) and away[near][1] <= found.start():
                near += 1
            if near < len(away) and away[near][0] <= found.start():
                continue
            asked = (found["braced"] if found["braced"] is not None else found["bare"]).strip().strip('"')
            try:
                inner, inside = self.file(asked, depth)
            except _NotFollowed as why:
                line = text.count("\n", 0, found.start()) + 1
                self.notes.append(f"{name}, line {line}: {asked[:80]!r} is not included: {why}")
                continue
            out += [text[done : found.start()], self.expand(inside, inner, depth + 1)]
            done = found.end()
        return "".join([*out, text[done:]])

    def file(self, asked: str, depth: int) -> tuple[str, str]:
        """The name and the text of a file of the folder. Raises `_NotFollowed`."""
        if self.folder is None:
            raise _NotFollowed("the document came without its folder; hand in one file, or its path")
        path = PurePosixPath(asked)
        if not asked or "\\" in asked or "\0" in asked or path.is_absolute() or ".." in path.parts or ":" in asked:
            raise _NotFollowed("only files of the hand-in's own folder are")
        if os.open not in os.supports_dir_fd:
            raise _NotFollowed("this system cannot open it without following links: put it into the document")
        if depth >= MAX_DEPTH:
            raise _NotFollowed(f"files include each other more than {MAX_DEPTH} deep")
        if self.files >= MAX_FILES:
            raise _NotFollowed(f"at most {MAX_FILES} files are")
        for candidate in (f"{path}.tex", str(path)):
            if PurePosixPath(candidate).suffix.lower() not in SUFFIXES:
                continue
            text = _inside(self.folder, PurePosixPath(candidate), MAX_TEXT - self.held)
            if text is not None:
                self.files += 1
                self.held += len(text)
                return candidate, text
        raise _NotFollowed("there is no such file")


def _inside(folder: Path, path: PurePosixPath, limit: int) -> str | None:
    """The text of a file below a folder, None where there is none. Every step of the way is opened from the one
    before it, so that no link is followed, whatever changes meanwhile. Raises `_NotFollowed`."""
    here = os.open(folder, os.O_RDONLY | _FOLDER)
    try:
        for step in path.parts[:-1]:
            inner = os.open(step, os.O_RDONLY | _FOLDER | _NO_LINKS, dir_fd=here)
            os.close(here)
            here = inner
        with open(os.open(path.name, os.O_RDONLY | _NO_LINKS | _NO_WAIT, dir_fd=here), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _NotFollowed("it is no regular file")
            return decoded(read_within(file, max(limit, 0))).replace("\r", "\n").replace("\0", "\ufffd")
    except FileNotFoundError:
        return None
    except TooLarge as error:
        raise _NotFollowed(f"a document has at most {MAX_TEXT:,} characters with all that it includes") from error
    except UnicodeDecodeError as error:
        raise _NotFollowed("it is not UTF-8 text") from error
    except OSError as error:  # ELOOP and ENOTDIR are links
        raise _NotFollowed("it is a link, or cannot be opened") from error
    finally:
        os.close(here)


_FOLDER = getattr(os, "O_DIRECTORY", 0)
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
