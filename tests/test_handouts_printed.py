"""Sheets and keys as files: what stands in each format, that nothing of a problem file becomes a command, and that no
line runs over the margin. What needs pdfLaTeX or a browser is skipped, with the reason, where there is none."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from chromium import opened
from test_reports import HOSTILE, Elements
from test_reports_in_chromium import ready
from test_reports_in_latex import OURS, TEX

from checker.documents.reports.texmath import COMMANDS, live
from checker.handouts import FORMATS, choose, handout, write
from checker.handouts.latex import HEAD
from checker.handouts.value import Chain, Paragraph, Result, Table, Tex
from problems.bank import load_bank
from problems.loader import read_text

TEN = ("002/6b", "002/6d", "001/3.2", "001/1", "001/7.1a", "003/3a", "003/4a", "001/5.4a", "beyond/reinforce.baseline",
       "001/8.7", "beyond/poisson.hessian", "004/Q2.1", "002/5b", "000/1a")  # fmt: skip
"""Parts of all kinds: batch normalisation, a softmax, a trace, a shape, a choice, a number, a count, a chain, …"""

MINE = OURS | set(re.findall(r"\\([A-Za-z]+)", HEAD)) | {
    "exercise", "behind", "question", "steps", "step", "smaller", "result", "resultwords", "blank", "ticked", "vspace",
    "dimexpr", "relax", "hspace", "fill", "hfill", "endhead", "tabular", "qquad", "displaystyle", "nopagebreak",
    "onepage", "biggl", "biggr", "Name",
}  # fmt: skip


@pytest.fixture(scope="module")
def ten():
    return handout(choose(load_bank(), TEN), "Week 3")


def hostile(text):
    """A handout in which a text stands wherever an author's words do."""
    quoted = text.replace("'''", "").replace("\0", "").replace("\x0c", "").rstrip("'")
    problem, faults = read_text(
        f"""
        id = "r/1"
        title = '''{quoted}'''
        about = '''{quoted} ${quoted}$ `{quoted}`'''
        [[part]]
        id = "r/1a"
        kind = "choice"
        ask = '''{quoted} ${quoted}$'''
        figure = '''{quoted}'''
        key = "a"
        options = {{ a = '''{quoted}''', b = '''${quoted}$''' }}
        because = '''{quoted}'''
        [[part]]
        id = "r/1b"
        kind = "text"
        ask = '''${quoted}$'''
        model_answer = '''{quoted}'''
        [[part]]
        id = "r/1c"
        kind = "witness"
        ask = '''{quoted}'''
        unknowns = {{ a = "real" }}
        predicate = "a > 0"
        example = '''{quoted}'''
        """,
        "r.toml",
    )
    assert problem is not None, faults
    return handout([(problem, part) for part in problem.parts], quoted)


# ── what stands in a file ─────────────────────────────────────────────────────────────────────────────────────────────

SAID = {
    "md": (r"## 1 Backward through batch normalisation (3 points)",
           r"**(b)** What is $\partial L/\partial x_i$? (2 points)"),
    "tex": (r"\exercise{1}{Backward through batch normalisation}{3 points}", r"a4paper,portrait"),
    "html": ("<h2>1 Backward through batch normalisation", '<span class="letter">(b)</span>'),
}  # fmt: skip


@pytest.mark.parametrize("format", SAID)
def test_a_sheet_has_titles_points_and_no_answer(ten, format):
    sheet, key = write(ten, format), write(ten, format, key=True)
    assert isinstance(sheet, str)
    assert isinstance(key, str)
    for said in (*SAID[format], "Week 3"):
        assert said in sheet
        assert said in key
    for answer in ("0.303658", "24080", "1.20397", "local derivatives", "flexible model"):
        assert answer not in sheet
        assert answer in key


@pytest.mark.parametrize("format", SAID)
def test_no_name_has_an_index_below_its_number(ten, format):
    text = write(ten, format, key=True)
    assert not re.search(r"_\{\w_\w\}|\{\w+_\{\w+\}\}_", text)
    assert "proof:" not in text


def test_the_same_handout_gives_the_same_file(ten):
    assert all(write(ten, format, True) == write(ten, format, True) for format in SAID)


def test_every_formula_of_ours_is_drawn(ten):
    for question in (q for exercise in ten.exercises for q in exercise.questions):
        for block in question.key:
            shown = {
                Chain: lambda b: [b.left, *(line.right for line in b.lines)],
                Result: lambda b: b.formulas,
                Table: lambda b: [p.source for row in b.rows for cell in row for p in cell if isinstance(p, Tex)],
                Paragraph: lambda b: [p.source for p in b.prose if isinstance(p, Tex)],
            }.get(type(block), lambda b: [])(block)
            assert all(live(formula) is not None for formula in shown), block


def test_an_unknown_format_says_which_there_are(ten):
    with pytest.raises(ValueError, match="no format 'doc': there are md, tex, html, pdf"):
        write(ten, "doc")
    assert all(row.meaning and row.suffix == f".{name}" for name, row in FORMATS.items())


# ── hostile words ─────────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = {**TEX, **HOSTILE}


@pytest.mark.parametrize("name", WORDS)
def test_no_word_of_a_problem_is_a_command(name):
    sheet = hostile(WORDS[name])
    for key in (False, True):
        text = write(sheet, "tex", key)
        assert set(re.findall(r"\\([A-Za-z]+)", text.replace("\\\\", "  "))) <= MINE | COMMANDS
        assert "^^" not in text
        assert text.count("\\begin{document}") == text.count("\\end{document}") == 1
        page = Elements(write(sheet, "html", key))
        assert not page.open
        assert [tag for tag, _ in page.found].count("script") == 1
        assert not {"iframe", "img", "a", "object", "form", "svg"} & {tag for tag, _ in page.found}
        assert not any(
            name.startswith("on") or name in ("style", "src", "href") for _, has in page.found for name in has
        )


def test_hostile_problems_compile_and_do_nothing_else(tmp_path):
    (tmp_path / "secret.tex").write_text("\\errmessage{SECRET}")
    text = write(hostile("\n\n".join(TEX.values())), "tex", True)
    assert "SECRET" not in compiled(tmp_path, text)
    assert {p.name for p in tmp_path.iterdir()} == {"secret.tex", "page.tex", "page.pdf", "page.aux", "page.log"}


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def compiled(folder, text):
    """The log of pdfLaTeX."""
    if shutil.which("pdflatex") is None:
        pytest.skip("there is no pdflatex (Debian: apt-get install texlive-latex-recommended)")
    (folder / "page.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "page.tex"]
    subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    return (folder / "page.log").read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("key", [False, True], ids=["sheet", "key"])
def test_nothing_runs_over_the_margin_of_a_page(tmp_path, ten, key):
    log = compiled(tmp_path, write(ten, "tex", key))
    assert "\n!" not in log
    assert "Overfull \\hbox" not in log
    assert "Missing character" not in log


def test_a_formula_that_cannot_break_is_made_smaller(tmp_path):
    terms = " + ".join(f"x^{k}" for k in range(2, 40))
    problem, _ = read_text(
        f"""
        id = "r/1"
        title = "Long"
        names = {{ x = "positive", w = "positive" }}
        let = "L = w/({terms})"
        [[part]]
        id = "r/1a"
        kind = "formula"
        ask = "What is it?"
        derives = "dL/dw"
        """,
        "r.toml",
    )
    log = compiled(tmp_path, write(handout([(problem, problem.parts[0])]), "tex", True))
    assert "\n!" not in log
    assert "Overfull \\hbox" not in log


@pytest.mark.parametrize("key", [False, True], ids=["sheet", "key"])
@pytest.mark.long
def test_a_browser_draws_every_formula(tmp_path, ten, key):
    (tmp_path / "page.html").write_text(write(ten, "html", key), encoding="utf-8")
    dom, log = opened(tmp_path / "page.html")
    body = ready(dom)
    assert log == ""
    assert "katex-error" not in body
    assert not re.search(r'class="[^"]*\braw\b', body)
    assert len(re.findall(r'class="katex"', body)) > 50


def test_a_pdf_is_made_and_is_the_same_bytes_again(ten):
    if shutil.which("pdflatex") is None:
        pytest.skip("there is no pdflatex")
    made = [write(ten, "pdf", True) for _ in range(2)]
    assert made[0].startswith(b"%PDF")
    assert made[0] == made[1]
