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
      document.fonts.ready.then(() => axe.run()).then(found => {
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
