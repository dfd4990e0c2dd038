"""The marked document as LaTeX and as a PDF: no text of a document becomes a command. What needs pdfLaTeX or a browser
is skipped, with the reason, where there is none."""

from __future__ import annotations

import random
import re
import shutil
import subprocess

import pytest
from marked_documents import marked
from test_reports import HOSTILE, LINES, PARTS, TEXT
from test_reports import sound as sound_page

from checker.documents.marks import Line, Marked
from checker.documents.reports import ReportError, pdf, report
from checker.documents.reports.latex import _HEAD as HEAD
from checker.documents.reports.texmath import COMMANDS, SYMBOLS, live, shown
from checker.documents.scan import Place, is_tex, scan

OURS = set(re.findall(r"\\([A-Za-z]+)", HEAD + "".join(SYMBOLS.values())))
OURS |= {
    "document", "par", "nl", "textbf", "emph", "underline", "texttt", "textcolor", "marginpar", "raggedright", "small",
    "footnotesize", "color", "leftskip", "item", "section", "subsection", "subsubsection", "paragraph", "hrule", "quad",
    "longtable", "hline", "endhead", "textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater",
    "textbar", "ensuremath", "allowbreak", "LARGE", "bfseries", "ttfamily", "noindent", "arraybackslash", "ss", "ae",
    "AE", "oe", "OE", "o", "O", "l", "L", "i", "S", "copyright", "u", "H", "v", "c", "r",
}  # fmt: skip


def sound(text: str) -> str:
    """The file holds commands of ours, and those that draw mathematics, alone."""
    words = set(re.findall(r"\\([A-Za-z]+)", text.replace("\\\\", "  ")))
    assert words <= OURS | COMMANDS
    assert "^^" not in text
    assert text.count("\\begin{document}") == text.count("\\end{document}") == 1
    return text


TEX = {
    "input": r"\input{secret} $\input{secret} = 1$ \openin5=secret \read5 to \x",
    "write": r"$\write18{touch pwned} x$ \immediate\write18{touch pwned} \openout5=pwned",
    "hats": "$x^^5cinput{secret}$ ^^5cinput{secret} `^^5cinput` $$a^^5c^^5c b$$",
    "define": r"$\def\x{\x\x} \x$ $\catcode`\%=12 x$ $\csname input\endcsname$ \newcommand{\x}{\x}",
    "end": r"\end{document} $\end{document} = x$ $$\begin{document} x \end{document}$$",
    "texts": r"$\text{\input{secret}} \text{a_b} \text{$x$} \tag{#1} \mbox{a^b}$",
    "signs": r"50\% & # $ _ ^ ~ { } \ | < > `` '' -- --- ?` !` \\ [x] % the rest",
    "letters": "naïve Łódź façade 中文 ½ x² → ∑ 𝟙 🙂 ð ŋ",
    "verbatim": "```\n\\end{verbatim}\\input{secret}\n```\n\n`\\end{verbatim}`",
    "arguments": r"$\frac{}{} \sqrt[3]{x} \begin{array}{c|c} 1 & 2 \end{array} \left( x \right.$",
    "divided": r"$a & b \\ c$ $$a &= b \\ &= c$$ $\begin{align} a \end{align}$",
    "unknown": r"$\foo{x} + \sigma_\theta$ \href{javascript:1}{x} \includegraphics{p} \url{x}",
    "open": r"$\left( x$ $\frac{a$ $$\begin{matrix} a$$ $x_$ $x^$ ${}_{}$",
    "list": "- a\n  - b\n    - c\n      - d\n        - e\n          - f $x = 1$\n\n7. seven\n8. eight",
    "table": "| a & b | $x & y$ |\n|---|---|\n| % | \\\\ |",
}


@pytest.mark.parametrize("name", ["hw.md", "hw.tex"])
@pytest.mark.parametrize("text", [*TEX.values(), *HOSTILE.values()], ids=[*TEX, *HOSTILE])
def test_no_text_of_a_document_is_a_command(text, name):
    said = {"part": text, "reason": text, "remark": f"{text} ", "reveal": f"${text}$"}
    document = marked(f"{text}\n\n$q = 1$", ("q = 1", "wrong", said), parts=(*PARTS[3:],), name=name)
    sound(report(document, "tex", title=text, notes=[text], reveal=True))


DRAWN = [
    (r"\frac{\partial L}{\partial x} = \sigma'(z)", True),
    (r"\sum_{i=1}^n x_i^2 \le \left\| x \right\|", True),
    ("σ(z) ≤ ½", True),
    (r"\operatorname{softmax}(z) \quad \text{for all } z", True),
    (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", True),
    (r"\begin{verbatim} x \end{verbatim}", False),
    (r"x \input{y}", False), ("x^^41", False), ("x # y", False), ("x % y", False), ("x ~ y", False), ("$x", False),
    (r"\left( x", False), ("x}{", False), (r"\text{a_b}", False), ("x_", False), ("中 = 1", False), ("a & b", False),
    ("a\n\nb", False),
]  # fmt: skip


@pytest.mark.parametrize(("source", "drawn"), DRAWN)
def test_a_formula_is_drawn_where_it_is_mathematics_and_nothing_else(source, drawn):
    assert (live(source) is not None) == drawn


SHOWN = [
    ("a_b^c", r"a\_b\textasciicircum{}c"),
    ("50% & #1", r"50\% \& \#1"),
    ("\\input", r"\textbackslash{}input"),
    ("é ł ß", r"\'{e} \l{} \ss{}"),
    ("σ → 2", r"\ensuremath{\sigma} \ensuremath{\to} 2"),
    ("中", "[U+4E2D]"),
]


@pytest.mark.parametrize(("text", "latex"), SHOWN)
def test_words_are_escaped(text, latex):
    assert shown(text) == latex


def compiled(folder, text: str) -> str:
    """The log of pdfLaTeX."""
    compiler = shutil.which("pdflatex")
    if compiler is None:
        pytest.skip("pdflatex is not installed (Debian: texlive-latex-base)")
    (folder / "page.tex").write_text(text, encoding="utf-8")
    run = subprocess.run(
        [compiler, "-no-shell-escape", "-interaction=nonstopmode", "page.tex"],
        cwd=folder, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert (folder / "page.pdf").exists()
    return run.stdout.decode("utf-8", "replace")


def test_the_document_compiles_without_an_error(tmp_path):
    text = report(marked(TEXT, *LINES, parts=PARTS), "tex", title="Ada", notes=["one note"], reveal=True)
    assert "\\textcolor{wrong}" in text
    assert "\\marginpar" in text
    assert "\n!" not in compiled(tmp_path, text)


def test_hostile_documents_compile_and_do_nothing_else(tmp_path):
    (tmp_path / "secret.tex").write_text("\\errmessage{SECRET}")
    text = "\n\n".join([said for name, said in TEX.items() if name != "verbatim"] + [TEX["verbatim"]])
    for name in ("hw.md", "hw.tex"):
        log = compiled(tmp_path, report(marked(text, name=name), "tex"))
        assert "SECRET" not in log
    assert {path.name for path in tmp_path.iterdir()} == {"secret.tex", "page.tex", "page.pdf", "page.aux", "page.log"}


@pytest.mark.parametrize("browsers", [pdf.BROWSERS, ()], ids=["browser", "pdflatex"])
def test_a_pdf_is_made_and_is_the_same_bytes_again(monkeypatch, browsers):
    monkeypatch.setattr(pdf, "BROWSERS", browsers)
    if not any(map(shutil.which, browsers or ("pdflatex",))):
        pytest.skip("there is no Chromium, or no pdflatex")
    made = [report(marked(TEXT, *LINES, parts=PARTS), "pdf") for _ in range(2)]
    assert made[0].startswith(b"%PDF")
    assert made[0] == made[1]


def test_without_a_browser_and_latex_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(ReportError, match="install Chromium, Chrome or pdflatex"):
        report(marked("x"), "pdf")


BITS = [
    *HOSTILE.values(), *TEX.values(), "\n", "\n\n", "$", "$$", "`", "```\n", "~~~\n", r"\[", r"\]", r"\(", r"\)", "{",
    "}", r"\begin{align}", r"\end{align}", r"\begin{itemize}", r"\item ", r"\end{itemize}", r"\begin{document}",
    r"\end{document}", "# ", "- ", "1. ", "> ", "| a | b |\n|---|---|\n", "*", "**", "_", "~~", "a", "x = 1", "\\", "&",
    r"\\", "<b>", r"\section{", r"\textbf{", "%", "\t", "    ", "\x0c", "\u2028", "<!--", "-->", "---\n", "===\n",
    "[a]: b\n", "\ue000", "\ue001", "\ue002", "0", r"\left(", r"\right)",
]  # fmt: skip
MARKS = ("correct", "wrong", "carried", "undecided", "unreadable", "not_a_claim")


@pytest.mark.parametrize("seed", range(8))
def test_documents_put_together_at_random_with_marks_anywhere(seed):
    for k in range(12):
        draw = random.Random(100 * seed + k)
        text = "".join(
            bit if draw.random() < 0.9 else bit[: draw.randrange(1, 9)]
            for bit in draw.choices(BITS, k=draw.randrange(1, 60))
        )
        starts = sorted(draw.randrange(len(text)) for _ in range(draw.randrange(6)))
        lines = tuple(
            Line(text[at : at + draw.randrange(30)], Place(at, min(at + draw.randrange(30), len(text)), 1),
                 draw.choice(MARKS), part=text[:5], reason=text[at:][:30], reveal=text[-20:])  # type: ignore[arg-type]
            for at in starts
        )  # fmt: skip
        name = draw.choice(["hw.md", "hw.tex", "hw.txt", "ada"])
        document = Marked(name, text, scan(text, is_tex(text, name)), lines)
        sound_page(report(document, reveal=True))
        sound(report(document, "tex", reveal=True))
