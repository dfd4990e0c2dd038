"""The marked page in a browser: every formula is rendered, nothing of a hostile document runs or is fetched, and axe
finds no serious fault. Skipped, with the reason, where there is no Chromium or no axe-core."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest
from chromium import opened
from marked_documents import marked
from test_reports import HOSTILE, LINES, PARTS, TEXT

from checker.documents.reports import report

AXE = Path(__file__).parent.parent / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def listening():
    """A server that answers nothing and counts who calls: its address and the calls."""
    calls: list[object] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def accept() -> None:
            while True:
                try:
                    connection, where = server.accept()
                except OSError:
                    return
                calls.append(where)
                connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}", calls


def ready(dom: str) -> str:
    """The body of a page whose scripts are done, without the script."""
    assert 'data-ready="1"' in dom
    return re.sub(r"<script>.*?</script>", "", dom[dom.index("<body") :], flags=re.DOTALL)


def test_every_formula_is_rendered_and_its_false_members_are_coloured(tmp_path):
    (tmp_path / "page.html").write_text(report(marked(TEXT, *LINES, parts=PARTS), reveal=True), encoding="utf-8")
    dom, log = opened(tmp_path / "page.html")
    body = ready(dom)
    assert log == ""
    assert "katex-error" not in body
    assert not re.search(r'class="[^"]*\braw\b', body)
    assert len(re.findall(r'class="katex"', body)) >= 6
    assert "in-wrong" in body
    assert "in-carried" in body


SHOWN = [
    r"$\text{leaky_relu}(z) = \text{a\_b} + \mbox{c_d}$",
    r"$$\begin{eqnarray} a &=& b \label{one} \\ &=& c \end{eqnarray}$$",
    r"\begin{align*} a &= b \\ \intertext{so} &= c \end{align*}",
    r"\begin{multline} a \\ = b \end{multline}",
    r"$$\begin{aligned} a &= \mathcal N(\mu, \Sigma) \\ &= \bm x^\top \operatorname*{argmin}_w w^2 \end{aligned}$$",
    r"by \eqref{one}: $x \coloneqq \mathds{1}[a > 0]$ and $\foo{x} \in \R$",
    r"$$\begin{cases} 1 & a > 0 \\ 0 & \text{else} \end{cases} \tag{3}$$",
    r"$$\left[\begin{array}{cc} 1 & 2 \\ \hline 3 & 4 \end{array}\right]$$",
]


def test_formulas_as_they_are_handed_in_are_rendered(tmp_path):
    macros = "\\newcommand{\\R}{\\mathbb{R}}\n\\DeclareMathOperator{\\tr}{tr}\n\n"
    (tmp_path / "page.html").write_text(report(marked(macros + "\n\n".join([*SHOWN, r"$\tr(A)$"]))), encoding="utf-8")
    dom, _ = opened(tmp_path / "page.html")
    assert not re.search(r'class="[^"]*\braw\b', ready(dom))


# a document, and the fonts that a browser needs for it
ASKED_FOR = [
    (r"some words, $\operatorname{softmax}(z) = \frac{e^{z_i}}{\sum_k e^{z_k}}$", {"Main-Regular", "Math-Italic"}),
    ("$a_i ≤ b^2 ⊙ c, x₁ ∑ ∂ ᵀ$", {"Main-Regular", "Math-Italic", "Size1-Regular"}),
    (r"$\mathbb{1}[a \geqslant 0] \therefore \square$", {"Main-Regular", "Math-Italic", "AMS-Regular"}),
    (r"$\textit{so} + \mathit{ab} + \emph{c} + \mathsf{S} + \mathtt{T} + \mathfrak{g} + \mathscr{L} + \mathcal{N}$",
     {"Main-Italic", "SansSerif-Regular", "Typewriter-Regular", "Fraktur-Regular", "Script-Regular",
      "Caligraphic-Regular", "Main-Regular"}),
    (r"$\mathbf{x} + \boldsymbol{\theta} + \bm{w}$", {"Main-Bold", "Math-BoldItalic", "Main-Regular"}),
    ("\\newcommand{\\dom}{\\mathbb{D}}\n\n$x \\in \\dom$", {"AMS-Regular", "Main-Regular", "Math-Italic"}),
    (r"$\Bigl( \biggl[ \left( \begin{pmatrix} a \\ b \\ c \\ d \end{pmatrix} \right) \beth \hslash \lesssim$",
     {"Size2-Regular", "Size3-Regular", "AMS-Regular"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "faces"), ASKED_FOR)
@pytest.mark.long
def test_the_fonts_that_a_browser_takes_are_on_the_page(tmp_path, monkeypatch, text, faces):
    there = set(re.findall(r'font-family:"?(KaTeX_\w+)"?;font-style:(\w+);font-weight:(\d+)', report(marked(text))))
    with monkeypatch.context() as patch:
        patch.setattr("checker.documents.reports.standalone.fonts_for", lambda _page, every: frozenset(every))
        page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", report(marked(text)))
    taken = """
      const ready = go => document.body.dataset.ready ? go() : setTimeout(ready, 20, go);
      new Promise(ready).then(() => document.fonts.ready).then(() => {
        const faces = [...document.fonts].filter(face => face.status === "loaded");
        document.body.dataset.faces = faces.map(face => [face.family, face.style, face.weight].join()).join(" ");
      });
    """
    (tmp_path / "page.html").write_text(page.replace("</body>", f"<script>{taken}</script></body>"), encoding="utf-8")
    dom, _ = opened(tmp_path / "page.html")
    found = re.search(r'data-faces="([^"]*)"', dom)
    assert found is not None
    loaded = {tuple(face.split(",")) for face in found[1].split()}
    styles = {("normal", "400"): "Regular", ("italic", "400"): "Italic", ("normal", "700"): "Bold"}
    named = {
        f"{family.removeprefix('KaTeX_')}-{styles.get((style, weight), 'BoldItalic')}"
        for family, style, weight in loaded
    }
    assert faces <= named
    assert loaded <= there


LIVE = [
    '<script>document.documentElement.dataset.pwned = "1"; fetch("http://{}/a")</script>',
    '<img src="http://{}/b" onerror="document.documentElement.dataset.pwned = 1">',
    "![p](http://{}/c) [a](javascript:document.documentElement.dataset.pwned=1) <http://{}/d>",
    r"$\includegraphics{{http://{}/e}} \href{{http://{}/f}}{{x}} \url{{javascript:alert(1)}}$",
    r"$\htmlStyle{{background:url(http://{}/g)}}{{x}} \htmlId{{document}}{{y}}$",
    '<style>@import "http://{}/h"; body {{ background: url(http://{}/i) }}</style>',
    '<iframe src="http://{}/j"></iframe><object data="http://{}/k"></object><base href="http://{}/">',
    '<meta http-equiv="refresh" content="0; url=http://{}/l">',
    r"$\def\a{{\a\a}} \a$ $\rule{{9999em}}{{9999em}}$ $\kern-9999em x$ $\unicode{{x}}$",
    "$x = \" onmouseover=\"fetch('http://{}/m')$",
    '<form action="http://{}/n"><input autofocus onfocus="document.documentElement.dataset.pwned = 1"></form>',
    '<svg onload="document.documentElement.dataset.pwned = 1"><a xlink:href="javascript:1">x</a></svg>',
]


@pytest.mark.parametrize("name", ["hw.md", "hw.tex"])
def test_nothing_of_a_hostile_document_runs_or_is_fetched(tmp_path, listening, name):
    address, calls = listening
    text = "\n\n".join([row.replace("{}", address).replace("{{", "{").replace("}}", "}") for row in LIVE])
    text += "\n\n" + "\n\n".join(said for key, said in HOSTILE.items() if key not in ("fence", "front"))
    said = {"reason": LIVE[0], "remark": LIVE[1], "reveal": LIVE[3], "part": LIVE[1]}
    document = marked(text, ("x", "wrong", said), name=name)
    (tmp_path / "page.html").write_text(report(document, title=LIVE[0], notes=[LIVE[1]], reveal=True), encoding="utf-8")
    dom, log = opened(tmp_path / "page.html")
    body = ready(dom)
    assert "data-pwned" not in dom[: dom.index("<head")]
    assert calls == []
    assert not re.search(r"<(?:img|iframe|object|embed|link|form|input|base|style|script|audio|video)\b", body)
    assert not re.search(r"<[^>]*\s(?:on\w+|src|srcdoc|action|xlink:href)=", re.sub(r'data-\w+="[^"]*"', "", body))
    assert set(re.findall(r'<a\b[^>]*\bhref="(.)', body)) == {"#"}
    # Nothing was tried that the policy had to refuse, but the colour that KaTeX gives to what it does not understand.
    assert [line for line in log.splitlines() if "Applying inline style" not in line] == []


def test_axe_finds_no_serious_fault(tmp_path):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm install --prefix .venv/axe axe-core")
    page = report(marked(TEXT, *LINES, parts=PARTS), title="Ada", notes=["one note"], reveal=True)
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    report_in = """
      const ready = go => document.body.dataset.ready ? go() : setTimeout(ready, 20, go);
      new Promise(ready).then(() => document.fonts.ready).then(() => axe.run()).then(found => {
        const rows = found.violations.filter(one => ["serious", "critical"].includes(one.impact));
        const said = rows.map(one => one.id + ": " + one.nodes[0].html).join(" | ");
        document.documentElement.dataset.faults = encodeURIComponent(said) || "none";
      });
    """
    page = page.replace(
        "</body>", f"<script>{AXE.read_text(encoding='utf-8')}</script><script>{report_in}</script></body>"
    )
    for width in (400, 1400):
        (tmp_path / "page.html").write_text(page, encoding="utf-8")
        dom, _ = opened(tmp_path / "page.html", width=width)
        found = re.search(r'data-faults="([^"]*)"', dom)
        assert found is not None
        assert found[1] == "none"
