"""Files in: a path or its bytes → the text of a document, Markdown or LaTeX, and what kind of file it was.

notebook    Markdown and code cells, joined
latex       what a document includes, from its own folder
pandoc      Word and HTML files, where there is a pandoc
archive     a Word file looked through before anything reads it
tree        what pandoc finds, as Markdown

    read_source(path) -> Source        a file
    source_of(data, name) -> Source    its bytes, standard input for one
"""

from __future__ import annotations

import codecs
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from checker.documents.sources.latex import with_included
from checker.documents.sources.notebook import from_notebook
from checker.documents.sources.pandoc import from_pandoc
from checker.documents.sources.value import Kind, Source, SourceError
from problems.files import TooLarge, read_bytes

__all__ = ["SUFFIXES", "Kind", "Source", "SourceError", "read_source", "source_of"]

SUFFIXES: Mapping[str, Kind] = MappingProxyType({
    ".md": "markdown", ".markdown": "markdown", ".qmd": "markdown", ".rmd": "markdown", ".myst": "markdown",
    ".txt": "text", ".text": "text",
    ".tex": "latex", ".ltx": "latex", ".latex": "latex",
    ".ipynb": "notebook",
    ".docx": "docx",
    ".html": "html", ".htm": "html", ".xhtml": "html",
})  # fmt: skip
"""The end of a file's name and what it is read as."""

LIMITS: Mapping[Kind, int] = MappingProxyType({
    "markdown": 4_000_000, "text": 4_000_000, "latex": 4_000_000, "notebook": 30_000_000, "docx": 30_000_000,
    "html": 10_000_000,
})  # fmt: skip
"""Bytes of a file. Notebooks and Word files hold pictures, which are left out."""

_ELSEWHERE: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF file: hand in what it was made from, or the text that a scanner makes of it"),
    (b"\x89PNG", "a picture: hand in the text that a scanner makes of it"),
    (b"\xff\xd8\xff", "a picture: hand in the text that a scanner makes of it"),
    (b"{\\rtf", "an RTF file: save it as .docx"),
    (b"\xd0\xcf\x11\xe0", "an old Word file (.doc), or one with a password: save it as .docx without one"),
    (b"\x1f\x8b", "a compressed file: unpack it first"),
)
"""The first bytes of what is no document, and what to do."""


def read_source(path: str | os.PathLike[str]) -> Source:
    """The document in a file. Raises `SourceError`, `OSError`."""
    where = Path(path)
    kind = SUFFIXES.get(where.suffix.lower())
    limit = LIMITS[kind] if kind else max(LIMITS.values())
    try:
        data = read_bytes(where, limit)
    except TooLarge as error:
        raise SourceError(f"{where.name}: more than {limit:,} bytes: hand it in by its problems") from error
    return source_of(data, where.name, where.parent)


def source_of(data: bytes, name: str = "", folder: Path | None = None) -> Source:
    r"""The document in the bytes of a file; its kind by `name`, or by how it begins where that has no suffix.

    `folder` is where LaTeX finds what it includes. Raises `SourceError`.
    """
    label = name or "the document"
    for sign, what in _ELSEWHERE:
        if data.startswith(sign):
            raise SourceError(f"{label}: {what}")
    suffix = Path(name).suffix.lower()
    kind = SUFFIXES.get(suffix)
    if kind is None and suffix and len(suffix) <= 6 and not re.fullmatch(r"\.\d*", suffix):
        known = ", ".join(SUFFIXES)
        raise SourceError(f"{label}: no kind of document that is read; there are {known}")
    kind = kind or _kind(data)
    if len(data) > LIMITS[kind]:
        raise SourceError(f"{label}: more than {LIMITS[kind]:,} bytes: hand it in by its problems")
    if kind == "docx":
        return from_pandoc(data, kind, name)
    text = _text(data, label)
    if kind == "notebook":
        return from_notebook(text, name)
    if kind == "latex":
        return with_included(text, name, folder)
    if kind == "html":
        return from_pandoc(text.encode(), kind, name)
    return Source(text, kind, name)


def _kind(data: bytes) -> Kind:
    """What a document without a name looks like."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    if re.match(rb"(?i)<!doctype html|<html\b", head):
        return "html"
    if head.startswith(b"{") and b'"cells"' in data and _is_object(data):
        return "notebook"
    if re.search(rb"^[^%\n]*\\(?:documentclass|begin\{document\})", data[:100_000], re.MULTILINE):
        return "latex"
    return "markdown"


def _is_object(data: bytes) -> bool:
    try:
        found = json.loads(data)
    except (RecursionError, ValueError):
        return False
    return isinstance(found, dict) and "cells" in found


def _text(data: bytes, label: str) -> str:
    """The text of a file, lines ended by a newline. Raises `SourceError`."""
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{label}: not UTF-8 text ({error.reason}, line {line}): save it as UTF-8, "
            f"or convert it: iconv -f latin1 -t utf-8"
        ) from error
    if "\0" in text:
        raise SourceError(f"{label}: it holds zero bytes, as no text does: is it a document?")
    return text.replace("\r\n", "\n").replace("\r", "\n")
