"""Reports of marked documents: what stands on the page, in which form, and what can never stand there."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
import tomllib
from html import unescape
from html.parser import HTMLParser

import pytest
from marked_documents import marked

from checker import compare
from checker.documents.marks import Marked, PartMark
from checker.documents.reports import FORMATS, report
from checker.documents.reports.held import REST
from checker.documents.reports.marks_html import coloured, quoted_tex
from checker.documents.reports.prose_latex import prose
from checker.documents.reports.standalone import KATEX

TEXT = r"""# Problem 1

Let $p = \sigma(z)$. Then **surely** $\frac{dp}{dz} = p(1 + p)$ and `x + 1`.

\begin{align}
J &= \|Xw - y\|^2 \\
\nabla J &= X^T(Xw - y)
\end{align}

- (b) in words: the rate is 3

```python
dw = X.T @ r
```
"""
WRONG = compare("p (1 + p)", "p (1 - p)", "p: real")
LINES = (
    (r"p = \sigma(z)", "not_a_claim"),
    (
        r"\frac{dp}{dz} = p(1 + p)",
        "wrong",
        {"part": "7/1", "reason": "a sign: σ' = σ(1 - σ)", "reveal": "it is $p(1 - p)$", "verdict": WRONG},
    ),
    ("x + 1", "undecided", {"remark": "neither proved nor refuted"}),
    (r"J &= \|Xw - y\|^2", "correct", {"part": "7/2"}),
    (r"\nabla J &= X^T(Xw - y)", "carried", {"part": "7/2", "remark": "it rests on an earlier line"}),
    ("the rate is 3", "unreadable", {"part": "7/2", "remark": "what is the rate?"}),
    ("dw = X.T @ r", "correct", {"part": "7/3"}),
)
PARTS = (
    PartMark("7/1", "wrong", 0.0, 2, "a sign", "", (1,)),
    PartMark("7/2", "undecided", None, 1, "", "", (3, 4, 5)),
    PartMark("7/3", "correct", 1.0, 3, "", "", (6,)),
    PartMark("7/4", "missing", 0.0, 1),
    PartMark("7/5", "not_judged", None, 1, "", "words for a person"),
)


@pytest.fixture(scope="module")
def example() -> Marked:
    return marked(TEXT, *LINES, parts=PARTS)


class Elements(HTMLParser):
    """The elements of a page, their attributes and their text."""

    EMPTY = ("meta", "br", "hr")

    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text += data


TAGS = {
    "html", "head", "meta", "title", "style", "script", "body", "a", "header", "h1", "h2", "h3", "h4", "h5", "h6", "p",
    "ul", "ol", "li", "main", "div", "nav", "section", "table", "thead", "tbody", "tr", "th", "td", "article", "span",
    "code", "pre", "em", "strong", "s", "u", "blockquote", "br", "hr", "dl", "dt", "dd",
}  # fmt: skip
ATTRIBUTES = {
    "class", "id", "href", "role", "scope", "lang", "charset", "name", "content", "http-equiv", "hidden", "tabindex",
    "start", "data-marked", "aria-label", "aria-labelledby", "aria-hidden",
}  # fmt: skip


def sound(page: str) -> Elements:
    """The page holds elements and attributes of ours alone, each closed, and links to itself alone."""
    elements = Elements(page)
    assert not elements.open
    assert {tag for tag, _ in elements.found} <= TAGS
    assert {name for _, has in elements.found for name in has} <= ATTRIBUTES
    assert all((has.get("href") or "#").startswith("#") for _, has in elements.found)
    assert [tag for tag, _ in elements.found].count("script") == 1
    names = [has["id"] for _, has in elements.found if "id" in has]
    assert len(names) == len(set(names))
    assert {(has.get("href") or "#document")[1:] for tag, has in elements.found if tag == "a"} <= set(names)
    return elements


# ── what the page says ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_the_document_with_its_marks(example):
    page = report(example, "html", title="Ada: set 7", notes=["one picture is left out"])
    text = " ".join(sound(page).text.split())
    for said in ("Ada: set 7", "hw.md", "one picture is left out", "3 of 8 points", "2 not settled", "Problem 1"):
        assert said in text
    assert "<strong>surely</strong>" in page
    assert page.count('<a class="b wrong" id="line-2"') == 1
    assert 'role="img" aria-label="correct"' in page


def test_a_line_that_is_not_right_has_a_remark_with_its_reason_and_place(example):
    text = " ".join(sound(report(example)).text.split())
    assert "Wrong: a sign: σ' = σ(1 - σ)" in text
    assert re.search(r"it fails at\s*p = ", text)
    assert "Follows from an earlier error: it rests on an earlier line" in text
    assert "Not understood: what is the rate?" in text


@pytest.mark.parametrize("format", ["html", "md"])
def test_what_is_right_is_said_only_where_it_may_be(example, format):
    hidden, shown = report(example, format), report(example, format, reveal=True)
    assert "p(1 - p)" not in hidden
    assert "right is there" not in hidden
    assert "p(1 - p)" in shown.replace("\\", "")
    assert "right is there" in shown


def test_json_is_that_of_the_marked_document(example):
    assert json.loads(report(example, "json")) == json.loads(json.dumps(example.to_json()))


def test_markdown_lists_the_parts_and_what_is_said_of_the_lines(example):
    said = report(example, "md", title="Ada")
    assert "| 7/1 | ✗ wrong | 0 of 2 | a sign | 3 |" in said
    assert "- line 3: ✗ **wrong** `\\frac{dp}{dz} = p(1 + p)`\n  - a sign: σ' = σ(1 - σ)" in said


@pytest.mark.parametrize("format", FORMATS)
def test_a_format_says_what_it_is(format):
    assert FORMATS[format].suffix.startswith(".")
    assert FORMATS[format].meaning


def test_the_same_document_gives_the_same_bytes(example):
    assert report(example) == report(example)


def test_an_unknown_format_says_which_there_are(example):
    with pytest.raises(ValueError, match="no format 'doc': there are html, md, tex, pdf, json"):
        report(example, "doc")


def test_a_document_without_lines_or_parts_is_a_page():
    assert "No line was found to judge." in sound(report(marked("Only words."))).text


# ── formulas with the colours of their members ────────────────────────────────────────────────────────────────────────

COLOURED = [
    ("a = b = c", "= c", r"a = b \textcolor{#010f01}{= c}"),
    (r"a &= b \\ &= c", "&= c", r"a &= b \\ &\textcolor{#010f01}{= c}"),
    (r"a = \frac{b}{c}", "b}{c", r"a = \frac{b}{c}"),  # half a group: no colour
    (r"a = \sigma b", r"gma b", r"a = \sigma b"),  # half a command
    (r"a = \sigma b", "= \\sig", r"a = \sigma b"),
    (r"a = \sigma b", "= \\", r"a = \sigma b"),
    (r"a = b \\ c", "c", r"a = b \\ \textcolor{#010f01}{c}"),
    (r"a = \left( b = c \right)", "= c", r"a = \left( b \textcolor{#010f01}{= c} \right)"),
    (r"a = \left( b = c \right)", r"= c \right)", r"a = \left( b = c \right)"),
    (r"a = \begin{matrix} 1 & 2 \end{matrix}", "= \\begin{matrix} 1 & 2 \\end{matrix}",
     r"a \textcolor{#010f01}{= \begin{matrix} 1 & 2 \end{matrix}}"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "member", "shown"), COLOURED)
def test_a_false_member_is_coloured_where_a_group_can_hold_it(inside, member, shown):
    document = marked(f"${inside}$", (member, "wrong"))
    assert coloured(inside, 1, [(1, document.lines[0])]) == shown


QUOTED = [
    (r"&= X^T r \\", "= X^T r"),
    (r"\nabla J &= r", r"\nabla J  = r"),
    (r"= r \label{eq:one}", "= r"),
    (r"= \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", r"= \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"),
]


@pytest.mark.parametrize(("member", "shown"), QUOTED)
def test_a_member_stands_alone_in_its_remark(member, shown):
    assert quoted_tex(member) == shown


LATEX = [
    (r"\section{One} words", "<h3>One</h3><p>words</p>"),
    (r"\textbf{a \emph{b} c} d", "<p><strong>a <em>b</em> c</strong> d</p>"),
    ("\\textbf{a\n\nb} c", "<p><strong>a</strong></p><p><strong>b</strong> c</p>"),
    (r"\begin{enumerate}\item a \item[(b)] c\end{enumerate}",
     '<ol><li><p>a </p></li><li class="own"><p><strong>(b)</strong> c</p></li></ol>'),
    (r"\begin{theorem}[Chain] x\end{theorem}", '<div class="env"><p class="title">Theorem (Chain)</p><p>x</p></div>'),
    (r"by \eqref{one} \label{two}, 5\% \foo{x} --- ``y''", 'by (one) , 5% <code class="cmd">\\foo</code>{x} — “y”'),
    (r"a % b", 'a <code class="comment">% b</code>'),
    (r"Sch\"on, Poincar\'{e} \\ b", "Scho\u0308n, Poincare\u0301 <br> b"),
    (r"\begin{foo} a } b \end{bar}", '<code class="cmd">\\begin{foo}</code> a } b <code class="cmd">\\end{bar}</code>'),
    ("a\n\\end{document}", "<p>a\n</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "html"), LATEX)
def test_latex_is_shown_as_what_it_means_and_what_is_not_known_as_it_stands(text, html):
    assert html in prose(text).replace(REST, "")


@pytest.mark.parametrize(("text", "heading"), [(r"\section{One} \textbf{x}", "h3"), ("# One\n\n\\section{x}", "h3")])
def test_the_words_are_latex_by_their_structure_where_the_name_does_not_say_it(text, heading):
    page = report(marked(text, name="ada"))
    assert f"<{heading}>One</{heading}>" in page
    assert ("<strong>x</strong>" in page) == text.startswith("\\")


# ── what a document can never do ──────────────────────────────────────────────────────────────────────────────────────

HOSTILE = {
    "script": "<script>document.documentElement.dataset.pwned = 1</script>",
    "handler": '<img src="x" onerror="document.documentElement.dataset.pwned = 1">',
    "closing": "</article></main></body></html><iframe srcdoc='<script>1</script>'>",
    "style": "<style>body { display: none }</style> <link rel=stylesheet href=//evil.example>",
    "link": "[click](javascript:alert(1)) <javascript:alert(1)> https://evil.example ![p](https://evil.example/p.png)",
    "reference": "[a][b]\n\n[b]: javascript:alert(1)",
    "data": '[a](data:text/html,<script>1</script>) <a href="data:text/html,1">b</a>',
    "href": r"$\href{javascript:alert(1)}{x = 1}$ and $$\url{javascript:alert(1)}$$",
    "picture": r"$\includegraphics[height=1em]{https://evil.example/p.png} = 1$",
    "class": r'$\htmlClass{tex}{x} \htmlId{line-1}{y} \htmlStyle{position:fixed}{z} \htmlData{a=b}{w} = 1$',
    "formula": "$x = </span><script>1</script>$ and $$\" onmouseover=\"alert(1)$$",
    "code": "```html\"><script>1</script>\n</code></span><script>1</script>\n```",
    "ticks": "`</code><script>1</script>`",
    "comment": "<!-- </span><script>1</script> -->",
    "entities": "&lt;script&gt;1&lt;/script&gt; &#x3c;script>",
    "tokens": "\ue0000\ue001 $x = 1$ \ue0001\ue001 \ue002 \ue00099999999999\ue001 `\ue0000\ue001` $\ue0000\ue001$",
    "braces": "$a = {{{{$ and $b = }}}}$ and $$\\left( c = \\begin{matrix} d$$",
    "macros": "\\newcommand{\\x}{</code><script>1</script>}\n\\def\\a{\\a\\a}\n\n$\\a = \\x$",
    "table": "| a | b |\n|:--|--:|\n| <script>1</script> | $x = 1$ |",
    "heading": "# <script>1</script> $x = </script>$\n\n## [a](javascript:1)",
    "front": "---\n<script>1</script>\n---\nwords",
    "nested": "> " * 300 + "deep",
    "lists": "\n".join("  " * k + "- $x = 1$" for k in range(100)),
    "emphasis": "\\begin{document}\\textbf{never \\emph{closed <script>1</script>",
    "info": "x\n```<!-- \" onmouseover=\"alert(1) -->\n\n~~~ $x = \" onload=\"1$\n",
    "fence": "```\nnever closed <script>1</script>",
}  # fmt: skip


@pytest.mark.parametrize("name", ["hw.md", "hw.tex", "hw.txt"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_document_brings_no_element_of_its_own(text, name):
    document = marked(text, name=name)
    page = sound(report(document, title=text[:80], notes=[text[:80]]))
    assert page.text.count("evil.example") >= text.count("evil.example")  # it is shown, not followed


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_said_about_a_line_is_text(text):
    rest = {"part": text, "reason": text, "remark": text + "1", "reveal": text + "2"}
    parts = (PartMark(text, "wrong", 0.0, 1, text, text, (0, 7, -1)),)
    sound(report(marked("$x = 1$", ("x = 1", "wrong", rest), parts=parts), reveal=True))


@pytest.mark.parametrize("name", ["hw.md", "hw.tex"])
def test_no_word_of_a_document_is_lost(name):
    words = [f"word{k}" for k in range(400)]
    shapes = ["{} ", "**{}** ", "${}$ ", "\n\n# {}\n\n", "\n\n- {}\n", "\\textbf{{{}}} ", "\n\n$${}$$\n\n", "[{}](x) "]
    shapes += ["<b>{}</b> ", "\n\n> {}\n\n", "`{}` ", "\\foo{{{}}} ", "\\begin{{foo}}{}\\end{{bar}} ", "\\item {} "]
    text = "".join(shapes[(7 * k + k // 14) % len(shapes)].format(word) for k, word in enumerate(words))
    shown = unescape(sound(report(marked(text, name=name))).text)
    assert [word for word in words if not re.search(rf"{word}(?!\d)", shown)] == []


HUGE = {
    "words": "word $x = 1$ " * 20_000,
    "stars": "*" * 200_000,
    "brackets": "[" * 200_000,
    "ticks": "`a " * 60_000,
    "braces": "{" * 200_000,
    "lines": "- a\n" * 50_000,
    "commands": "\\textbf{" * 20_000,
    "environments": "\\begin{itemize}" * 10_000,
    "tables": "|a" * 10_000 + "\n" + "|-" * 10_000 + "\n" + "|b" * 10_000,
    "quotes": ">" * 20_000,
}


@pytest.mark.parametrize("name", ["hw.md", "hw.tex"])
@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
@pytest.mark.long
def test_a_huge_document_takes_seconds(text, name):
    document = marked(text, name=name)
    began = time.process_time()
    report(document)
    assert time.process_time() - began < 20


# ── what the page allows itself ───────────────────────────────────────────────────────────────────────────────────────


def test_the_policy_names_the_one_style_and_the_one_script(example):
    page = report(example)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    for element in ("style", "script"):
        (inside,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy[1]
        assert not re.search(r"url\((?!data:font)|@import|<!--|</(?:style|script)", inside)


def test_what_is_vendored_is_what_was_published():
    listed = tomllib.loads((KATEX / "VENDORED.toml").read_text(encoding="utf-8"))
    for name, digest in listed["sha256"].items():
        assert hashlib.sha256((KATEX / name).read_bytes()).hexdigest() == digest, name
    there = {str(path.relative_to(KATEX).as_posix()) for path in KATEX.rglob("*") if path.is_file()}
    assert there == {*listed["sha256"], "VENDORED.toml", "fonts/OFL.txt"}
    assert f'version:"{listed["version"]}"' in (KATEX / "katex.min.js").read_text(encoding="utf-8")


FONTS = [
    ("$a = b$", "KaTeX_Caligraphic", False),
    (r"$\mathcal N = b$", "KaTeX_Caligraphic", True),
    (r"$\mathbf x = b$", "KaTeX_Main;font-style:normal;font-weight:700", True),
    ("$a = b$", "KaTeX_Math", True),
    ("$𝒩 = b$", "KaTeX_Script", True),
    (r"in words \mathbb and \textit, $a = b$", "KaTeX_AMS", False),
    (r"$\mathbb 1 = b$", "KaTeX_AMS", True),
    (r"$\ab = b$", "KaTeX_AMS", True),
    (r"$\operatorname{so} = b$", "KaTeX_Main;font-style:italic;font-weight:400", False),
]


@pytest.mark.parametrize(("text", "font", "there"), FONTS)
def test_a_page_carries_the_fonts_that_its_formulas_need(text, font, there):
    page = report(marked(text))
    faces = "".join(re.findall(r"@font-face\{[^}]*\}", page))
    assert (f"font-family:{font}" in faces) == there
