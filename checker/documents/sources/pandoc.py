"""Word and HTML files, read by pandoc: a process of its own, without files, network or raw pieces, in bounded memory
and time. What it finds comes back as a tree, which we write as Markdown ourselves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checker.documents.sources.archive import checked_docx
from checker.documents.sources.tree import as_markdown
from checker.documents.sources.value import Kind, Source, SourceError
from problems.files import TooLarge, read_within

SECONDS = 60
HEAP = "512M"
MAX_TREE = 100_000_000
"""Bytes of the tree that pandoc answers with."""

READERS: Mapping[Kind, str] = MappingProxyType({
    "docx": "docx",
    "html": "html-raw_html-raw_tex+tex_math_dollars+tex_math_single_backslash",
})  # fmt: skip
"""How pandoc reads each kind: the formulas of a web page stand between dollars or `\\(…\\)`, or are MathML."""

_MISSING = (
    "{label}: to read {kind} files, install pandoc (pip install 'backproof[documents]', or from pandoc.org), "
    "or save it as Markdown, LaTeX or plain text"
)


def from_pandoc(data: bytes, kind: Kind, name: str) -> Source:
    """A Word or an HTML file as Markdown. Raises `SourceError`."""
    label = name or "the document"
    program = pandoc()
    if program is None:
        raise SourceError(_MISSING.format(label=label, kind={"docx": "Word", "html": "HTML"}[kind]))
    if kind == "docx":
        data = checked_docx(data, label)
    answer = _run(program, READERS[kind], data, label)
    try:
        tree: Any = json.loads(answer)
        text, notes = as_markdown(tree["blocks"], dollars=kind == "docx")
    except (RecursionError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise SourceError(f"{label}: nested too deep to be read: hand it in by its problems") from error
    return Source(text, kind, name, tuple(f"{label}: {note}" for note in notes))


def pandoc() -> str | None:
    """The program: that of the package `pypandoc-binary`, else the one on the path; None where there is none."""
    spec = find_spec("pypandoc")
    if spec is not None and spec.origin:
        for file in ("pandoc", "pandoc.exe"):
            shipped = Path(spec.origin).parent / "files" / file
            if shipped.is_file():
                return str(shipped)
    return shutil.which("pandoc")


def _run(program: str, reader: str, data: bytes, label: str) -> bytes:
    """What pandoc answers, in JSON. It reads nothing but its standard input."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory() as empty:
        given.write(data)
        given.seek(0)
        try:
            process = subprocess.Popen(
                [program, "+RTS", f"-M{HEAP}", "-RTS", "--sandbox", "--from", reader, "--to", "json"],
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=said,
                cwd=empty,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": empty, "XDG_DATA_HOME": empty},
                start_new_session=True,
            )
        except OSError as error:
            raise SourceError(f"{label}: pandoc cannot be started ({error.strerror or error}): {program}") from error
        assert process.stdout is not None
        late = threading.Event()
        clock = threading.Timer(SECONDS, lambda: (late.set(), _end(process)))
        clock.start()
        try:
            answer = read_within(process.stdout, MAX_TREE)  # type: ignore[arg-type]
            code = process.wait()
        except TooLarge as error:
            raise SourceError(f"{label}: larger than what is read: hand it in by its problems") from error
        finally:
            clock.cancel()
            _end(process)
            process.stdout.close()
        if code == 0 and not late.is_set():
            return answer
        said.seek(0)
        why = said.read(400).decode("utf-8", "replace").strip()
    if late.is_set():
        raise SourceError(f"{label}: pandoc did not read it in {SECONDS} s: hand it in by its problems")
    if "heap" in why.lower() or code in (251, 2, -signal.SIGABRT):
        raise SourceError(f"{label}: pandoc needs more than {HEAP} of memory for it: hand it in by its problems")
    if "sandbox" in why or "rtsopts" in why:
        raise SourceError(
            f"{label}: this pandoc is too old or built without limits (2.15 or later is needed): {program}"
        )
    raise SourceError(f"{label}: pandoc cannot read it: {' '.join(why.split())[:200] or f'exit code {code}'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and what it started are ended, if they have not been."""
    if process.poll() is None:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        process.wait()
