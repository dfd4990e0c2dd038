"""Word and HTML files: what pandoc finds in them as Markdown, and what is refused before pandoc sees it. What needs a
pandoc is skipped, with the reason, where there is none."""

from __future__ import annotations

import io
import os
import struct
import sys
import time
import zipfile

import pytest

from checker.documents.sources import SourceError, pandoc, source_of
from checker.documents.sources.archive import checked_docx
from checker.documents.sources.tree import as_markdown

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)


def docx(body: str, **more: str | bytes) -> bytes:
    """A Word file by hand: the body of its document, and members beside or in place of the usual ones."""
    document = f'<w:document xmlns:w="{W}" xmlns:m="{M}"><w:body>{body}</w:body></w:document>'
    members = {"[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS, "word/document.xml": document, **more}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def words(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def maths(text: str) -> str:
    return f"<m:oMath><m:r><m:t>{text}</m:t></m:r></m:oMath>"


POWER = (
    "<m:oMath><m:r><m:t>y=</m:t></m:r><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e>"
    "<m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
)


@pytest.fixture
def with_pandoc() -> None:
    if pandoc.pandoc() is None:
        pytest.skip("there is no pandoc (pip install 'backproof[documents]')")


# ── what is read ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("with_pandoc")
def test_a_word_file_keeps_its_words_and_formulas():
    data = docx(words("(a) Then $a = b$:") + f"<w:p>{POWER}</w:p>" + f"<w:p><m:oMathPara>{POWER}</m:oMathPara></w:p>")
    source = source_of(data, "hw.docx")
    assert source.text == "(a) Then $a = b$:\n\n$y = x^{2}$\n\n$$y = x^{2}$$"
    assert (source.kind, source.notes) == ("docx", ())


NESTED = [
    (r"\sum_{i = 1}^{k}{\sum_{j = 1}^{k}u_{i}}P_{ij}", r"\sum_{i = 1}^{k} \sum_{j = 1}^{k}u_{i} P_{ij}"),
    (r"\sum_{i}{a_{i} + b}", r"\sum_{i}{a_{i} + b}"),
    (r"\frac{1}{\sum_{i}x_{i}}", r"\frac{1}{\sum_{i}x_{i}}"),
    (r"\sum_{i}{\sum_{j", r"\sum_{i}{\sum_{j"),
]


@pytest.mark.parametrize(("word", "text"), NESTED)
def test_a_sum_reaches_as_far_as_it_is_seen_to(word, text):
    block = {"t": "Para", "c": [{"t": "Math", "c": [{"t": "InlineMath"}, word]}]}
    assert as_markdown([block], True)[0].strip() == f"${text}$"


HTML = [
    (r"<p>so \(a = b\) and $c = d$, at $5</p>", r"so $a = b$ and $c = d$, at \$5"),
    (r"<p>\[a = b\]</p>", "$$a = b$$"),
    ("<math><mi>a</mi><mo>=</mo><msup><mi>b</mi><mn>2</mn></msup></math>", "$a = b^{2}$"),
    ("<h2>Case <em>2</em></h2><p>x<br>y</p>", "## Case *2*\n\nx\ny"),
    ('<ol type="i" start="4"><li>x</li><li>y<ul><li>z</li></ul></li></ol>', "iv. x\n\nv. y\n\n  - z"),
    ("<ol><li>x</ol>", "1. x"),
    ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "| a | b |\n|---|---|\n| 1 | 2 |"),
    ("<pre><code class='python'>x = 1\n```</code></pre>", "````python\nx = 1\n```\n````"),
    ("<script>alert(1)</script><style>a</style><p>x</p>", "x"),
    ("<p># no heading</p><p>``` no code</p>", "\\# no heading\n\n\\``` no code"),
    ("<p>a &lt;!-- b</p>", "a < !-- b"),
    ('<p><a href="javascript:alert(1)">x</a></p>', "x"),
    ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
    ('<span class="katex"><span class="katex-mathml"><math><mi>a</mi></math></span>'
     '<span class="katex-html" aria-hidden="true">a</span></span>', "$a$"),
    ("<p>H<sub>ij</sub> x<sup>2</sup></p>", "H_{ij} x^2"),
]  # fmt: skip


@pytest.mark.usefixtures("with_pandoc")
@pytest.mark.parametrize(("data", "text"), HTML)
def test_a_page_is_its_words_formulas_and_structure(data, text):
    assert source_of(data.encode(), "hw.html").text == text


@pytest.mark.usefixtures("with_pandoc")
def test_pictures_are_left_out_and_nothing_is_fetched():
    source = source_of(
        b'<p><img src="file:///etc/passwd" alt="a plot"> <img src="http://127.0.0.1:1/x"></p>', "hw.html"
    )
    assert source.text == "[picture: a plot] [picture]"
    assert source.notes == ("hw.html: 2 pictures are left out",)


def test_without_pandoc_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(pandoc, "pandoc", lambda: None)
    with pytest.raises(SourceError, match=r"to read Word files, install pandoc \(pip install 'backproof\[documents\]'"):
        source_of(docx(words("x")), "hw.docx")
    with pytest.raises(SourceError, match="to read HTML files"):
        source_of(b"<html>", "hw.html")


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


def damaged(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


def lying() -> bytes:
    """A Word file whose directory says that its document is short."""
    data = docx(words("x" * 100_000))
    size = struct.pack("<I", zipfile.ZipFile(io.BytesIO(data)).getinfo("word/document.xml").file_size)
    return damaged(data, size, struct.pack("<I", 100))


def locked() -> bytes:
    data = bytearray(docx(words("x")))
    at = data.index(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 1)
    return bytes(data)


def twice() -> bytes:
    made = io.BytesIO(docx(words("x")))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(made, "a") as archive:
        archive.writestr("word/document.xml", "<other/>")
    return made.getvalue()


REFUSED = {
    "bomb": (lambda: docx(words("x"), **{"word/styles.xml": b" " * 80_000_000}), "larger than 60 MB"),
    "bombs": (lambda: docx("", **{f"word/h{k}.xml": b" " * 8_000_000 for k in range(8)}), "larger than 60 MB"),
    "many": (lambda: docx("", **{f"word/h{k}.xml": b"" for k in range(5001)}), "more than 5,000 members"),
    "entities": (
        lambda: docx("", **{"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        "declares entities",
    ),
    "wide": (lambda: docx("", **{"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]>'.encode("utf-16")}), "damaged"),
    "lying": (lying, "damaged"),
    "locked": (locked, "with a password"),
    "twice": (twice, "same name"),
    "half": (lambda: docx(words("x"))[:200], "no Word file, or a damaged one"),
    "none": (lambda: b"words", "no Word file, or a damaged one"),
    "sheet": (lambda: _zipped("xl/workbook.xml"), "a zip archive that is no Word file"),
}


def _zipped(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize(("made", "said"), REFUSED.values(), ids=REFUSED)
def test_a_word_file_is_looked_through_first(made, said):
    with pytest.raises(SourceError, match=said):
        checked_docx(made(), "hw.docx")


def test_what_is_no_text_of_the_document_is_not_passed_on():
    data = docx(words("x"), **{"word/media/a.png": b"\x89PNG", "docProps/app.xml": "<a/>", "word/vbaProject.bin": b"x"})
    names = zipfile.ZipFile(io.BytesIO(checked_docx(data, "hw.docx"))).namelist()
    assert names == ["[Content_Types].xml", "_rels/.rels", "word/document.xml"]


DEEP = [
    ("<div>" * 30_000 + "x", "hw.html"),
    ("<ul><li>" * 3_000 + "x", "hw.html"),
    ("<em><strong>" * 3_000 + "x", "hw.html"),
]


@pytest.mark.usefixtures("with_pandoc")
@pytest.mark.parametrize(("text", "name"), DEEP)
def test_what_is_nested_without_end_is_refused_or_read(monkeypatch, text, name):
    monkeypatch.setattr(pandoc, "SECONDS", 5)
    try:
        said = source_of(text.encode(), name).text.replace("*", "").strip()
    except SourceError as error:
        said = str(error)
    assert said.endswith(("x", "hand it in by its problems"))


def test_a_tree_too_deep_to_write_is_refused():
    block: dict[str, object] = {"t": "Para", "c": [{"t": "Str", "c": "x"}]}
    for _ in range(100):
        block = {"t": "BlockQuote", "c": [block]}
    with pytest.raises(ValueError, match="too deep"):
        as_markdown([block], dollars=True)


def program(tmp_path, body: str) -> str:
    """A program in the place of pandoc."""
    made = tmp_path / "pandoc"
    made.write_text(f"#!{sys.executable}\n{body}")
    made.chmod(0o755)
    return str(made)


PROGRAMS = [
    ("import time; time.sleep(60)", "did not read it in 1 s"),
    ("import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)", "did not read it in 1 s"),
    ("import sys\nwhile True: sys.stdout.write('x' * 1000000)", "larger than what is read"),
    ("import sys; sys.exit('pandoc: Heap exhausted; the limit is 512 MB')", "more than 512M of memory"),
    ("import sys; sys.exit('Unknown option --sandbox')", "too old"),
    ("import sys; sys.exit('no such thing')", "pandoc cannot read it: no such thing"),
    ("print('[')", "nested too deep"),
    ("print('{}')", "nested too deep"),
]


@pytest.mark.skipif(os.name == "nt", reason="a program in the place of pandoc is a script")
@pytest.mark.parametrize(("body", "said"), PROGRAMS)
def test_pandoc_is_held_to_its_limits(tmp_path, monkeypatch, body, said):
    monkeypatch.setattr(pandoc, "pandoc", lambda: program(tmp_path, body))
    monkeypatch.setattr(pandoc, "SECONDS", 1)
    monkeypatch.setattr(pandoc, "MAX_TREE", 10_000_000)
    began = time.monotonic()
    with pytest.raises(SourceError, match=said):
        source_of(b"<p>x</p>", "hw.html")
    assert time.monotonic() - began < 20
