"""Files in: what each kind of file becomes, and what is refused before any work is done."""

from __future__ import annotations

import json
import os

import pytest

from checker.documents.sources import SourceError, read_source, source_of
from checker.documents.sources.latex import MAX_DEPTH


def notebook(*cells: tuple[str, object], **metadata: object) -> bytes:
    rows = [{"cell_type": kind, "metadata": {}, "source": said} for kind, said in cells]
    return json.dumps({"cells": rows, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


# ── which kind ────────────────────────────────────────────────────────────────────────────────────────────────────────

KINDS = [
    ("hw.md", b"# One\n\n$a = b$\n", "markdown"),
    ("hw.MD", b"x", "markdown"),
    ("hw.txt", b"a = b", "text"),
    ("hw.tex", b"\\section{One}", "latex"),
    ("hw.ipynb", notebook(("markdown", "a")), "notebook"),
    ("", b"$a = b$", "markdown"),
    ("", b"% mine\n\\documentclass{article}\n\\begin{document}x\\end{document}", "latex"),
    ("", notebook(("markdown", "a")), "notebook"),
    ("", b"{ not a notebook, a set }", "markdown"),
    ("ada.lovelace", b"$a = b$", "markdown"),
    ("homework.2", b"$a = b$", "markdown"),
]


@pytest.mark.parametrize(("name", "data", "kind"), KINDS, ids=lambda v: str(v)[:24])
def test_the_kind_is_that_of_the_name_or_of_the_beginning(name, data, kind):
    assert source_of(data, name).kind == kind


ENCODED = [
    ("a = σ(z)".encode(), "a = σ(z)"),
    ("\ufeffa = σ(z)".encode(), "a = σ(z)"),
    ("a = σ(z)".encode("utf-16"), "a = σ(z)"),
    (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
]


@pytest.mark.parametrize(("data", "text"), ENCODED)
def test_text_is_read_in_its_encoding(data, text):
    assert source_of(data, "hw.md").text == text


REFUSED = [
    ("hw.md", "Lösung".encode("latin-1"), "save it as UTF-8"),
    ("hw.md", b"one\ntwo \xe4", "line 2"),
    ("hw.md", b"a\0b", "zero bytes"),
    ("hw.pdf", b"%PDF-1.7", "PDF"),
    ("hw.md", b"%PDF-1.7", "PDF"),
    ("hw.png", b"\x89PNG\r\n", "picture"),
    ("hw.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", "save it as .docx"),
    ("hw.odt", b"PK\x03\x04", "no kind of document that is read; there are .md"),
    ("hw.md", b"x" * 4_000_001, "more than 4,000,000 bytes"),
    ("hw.ipynb", b"{", "not JSON"),
    ("hw.ipynb", b"[" * 100_000, "not JSON"),
    ("hw.ipynb", b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
    ("hw.ipynb", b"[]", 'no list "cells"'),
    ("hw.ipynb", b'{"worksheets": []}', "format 3"),
    ("hw.ipynb", b'{"cells": [{"cell_type": "code", "source": 3}]}', "neither text nor lines"),
    ("hw.ipynb", b'{"cells": [' + b"1," * 20_000 + b"1]}", "at most 20,000 cells"),
]


@pytest.mark.parametrize(("name", "data", "said"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_is_not_read_says_why_and_what_to_do(name, data, said):
    with pytest.raises(SourceError, match=said):
        source_of(data, name)


# ── notebooks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_notebook_is_its_markdown_and_its_code():
    data = notebook(
        ("markdown", ["## (a)\n", "$a = b$"]),
        ("code", "print('```')"),
        ("raw", "words"),
        ("code", "  "),
        kernelspec={"language": "julia"},
    )
    source = source_of(data, "hw.ipynb")
    assert source.text == "## (a)\n$a = b$\n\n````julia\nprint('```')\n````\n\n```\nwords\n```"


# ── LaTeX and what it includes ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret.tex").write_text("SECRET")
    inner = tmp_path / "hand-in"
    (inner / "parts").mkdir(parents=True)
    (inner / "parts" / "one.tex").write_text("ONE \\input{parts/two}\n")
    (inner / "parts" / "two.tex").write_text("TWO")
    (inner / "old.txt").write_text("OLD")
    (inner / "latin.tex").write_bytes("ä".encode("latin-1"))
    (inner / "loop.tex").write_text("(\\input{loop})")
    (inner / "leaf.sty").write_text("STYLE")
    os.symlink(tmp_path / "secret.tex", inner / "link.tex")
    os.symlink(tmp_path, inner / "away")
    os.mkfifo(inner / "pipe.tex")
    return inner


INCLUDED = [
    (r"a \input{parts/one} b", "a ONE TWO\n b"),
    (r"a \input parts/two b", "a TWO b"),
    (r"\include{parts/two.tex}", "TWO"),
    (r"\input{old.txt}", "OLD"),
    ("% \\input{parts/two}\nx", "% \\input{parts/two}\nx"),
    (r"50\% \input{parts/two}", r"50\% TWO"),
    (r"\begin{verbatim}\input{parts/two}\end{verbatim}", r"\begin{verbatim}\input{parts/two}\end{verbatim}"),
    (r"\includegraphics{plot} \inputs", r"\includegraphics{plot} \inputs"),
]


@pytest.mark.parametrize(("text", "joined"), INCLUDED)
def test_files_of_the_folder_are_put_in_place(folder, text, joined):
    (folder / "hw.tex").write_text(text)
    source = read_source(folder / "hw.tex")
    assert (source.text, source.notes, source.name) == (joined, (), "hw.tex")


NOT_FOLLOWED = [
    (r"\input{../secret}", "own folder"),
    (r"\input{parts/../../secret}", "own folder"),
    (r"\input{/etc/passwd}", "own folder"),
    (r"\input{C:/secret}", "own folder"),
    (r"\input{link}", "link"),
    (r"\input{away/secret}", "link"),
    (r"\input{pipe}", "no regular file"),
    ('\\input{|"id"}', "no such file"),
    (r"\input{nothing}", "no such file"),
    (r"\input{leaf.sty}", "no such file"),
    (r"\input{latin}", "not UTF-8"),
    (r"\input{}", "own folder"),
]


@pytest.mark.parametrize(("text", "said"), NOT_FOLLOWED)
def test_what_leads_elsewhere_stays_as_it_stands_with_a_note(folder, text, said):
    (folder / "hw.tex").write_text("\n" + text)
    source = read_source(folder / "hw.tex")
    assert source.text == "\n" + text
    (note,) = source.notes
    assert said in note
    assert "hw.tex, line 2" in note


def test_files_that_include_each_other_come_to_an_end(folder):
    source = source_of(b"\\input{loop}", "hw.tex", folder)
    assert source.text.count("(") == MAX_DEPTH
    assert len(source.notes) == 1


def test_a_document_without_its_folder_includes_nothing():
    assert "without its folder" in source_of(b"\\input{a}", "hw.tex").notes[0]
