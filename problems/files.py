"""Files from outside, read within a limit that is checked while reading: what does not end (`/dev/zero`, a pipe) is
refused when it is passed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 1_000_000
"""Bytes of a file of answers, of data or of a problem; a formula is refused far below."""

MAX_ENTRIES = 50_000
"""Files and folders that are looked through for problem files."""


class TooLarge(OSError):
    """More than the limit."""

    def __init__(self, what: str):
        super().__init__(errno.EFBIG, what)


def read_within(source: BinaryIO, limit: int = MAX_BYTES) -> bytes:
    """All of a stream. Raises `TooLarge` once there is more than the limit."""
    held: list[bytes] = []
    left = limit + 1
    while left and (more := source.read(min(left, 1 << 20))):
        held.append(more)
        left -= len(more)
    if not left:
        raise TooLarge(f"more than {limit:,} bytes, the most that is read")
    return b"".join(held)


def read_bytes(path: str | os.PathLike[str], limit: int = MAX_BYTES) -> bytes:
    """All of a file. Raises `OSError`, `TooLarge` among them."""
    with open(path, "rb", buffering=0) as file:
        return read_within(file, limit)  # type: ignore[arg-type]


def read_regular(path: Path, limit: int = MAX_BYTES) -> bytes:
    """All of a file that is found in a folder: a pipe or a device there would be waited for. Raises `OSError`."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "no regular file")
    return read_bytes(path, limit)


def decoded(data: bytes) -> str:
    """UTF-8 text without a byte order mark, lines ended by a newline. Raises `UnicodeDecodeError`."""
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def below(folder: Path, suffix: str) -> Iterator[Path]:
    """The files of a folder and its folders, by the end of their names. Raises `TooLarge` where there is no end of
    them."""
    seen = 0
    for here, folders, files in os.walk(folder):
        seen += len(folders) + len(files)
        if seen > MAX_ENTRIES:
            raise TooLarge(f"{folder}: more than {MAX_ENTRIES:,} files and folders; is it a folder of problems?")
        yield from (Path(here, name) for name in files if name.endswith(suffix))
