"""The marked page: one HTML file that asks nothing of any other. The document, every formula with its mark, remarks
behind the paragraphs, the parts at the top.

Its own policy lets nothing load and nothing run but the style and the script that stand in it, and the KaTeX that the
script unpacks, named by their hashes. The document's text is escaped; its formulas are the text of elements, which
KaTeX reads with `trust: false`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from functools import cache
from html import escape
from pathlib import Path

from checker.documents.marks import Line, Marked
from checker.documents.reports.body import body, macros
from checker.documents.reports.fonts import fonts_for
from checker.documents.reports.marks_html import remarked, words
from checker.documents.reports.value import SIGNS, Wanted, lines_of, number, of_points, points_of

_HERE = Path(__file__).parent
KATEX = _HERE / "katex"

_FACE = re.compile(r"@font-face\{[^}]*?url\(fonts/([\w-]+)\.woff2\)[^}]*\}")
_SOURCES = re.compile(r"src:[^}]*")


def write_page(marked: Marked, wanted: Wanted) -> str:
    """The whole file."""
    title = wanted.title or marked.name or "Marked document"
    inside = (
        f"<header>\n{_head(marked, wanted, title)}</header>\n<main>\n"
        f"{_summary(marked, wanted)}"
        '<section id="document" aria-labelledby="the-document" tabindex="-1">\n'
        f'<h2 id="the-document">The document</h2>\n<article>\n{body(marked, wanted.reveal)}\n</article>\n</section>\n'
        f"</main>\n{macros(marked)}\n"
    )
    style, script = _style(fonts_for(inside, _every_font())), _script()
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}' '{_hash(_katex())}'; "
        "font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#document">To the document</a>\n{inside}<script>{script}</script>\n</body>\n</html>\n'
    )


def _head(marked: Marked, wanted: Wanted, title: str) -> str:
    out = [f"<h1>{escape(title)}</h1>\n"]
    if marked.name and marked.name != title:
        out.append(f'<p class="file">{escape(marked.name)}</p>\n')
    if marked.parts:
        total = points_of(marked.parts)
        rest = f' <span class="open">{number(total.open)} not settled</span>' if total.open else ""
        reached = f"<strong>{number(total.reached)}</strong> of {number(total.asked)} points"
        out.append(f'<p class="total">{reached}{rest}</p>\n')
    counts = [(status, n) for status, n in marked.counted().items() if n]
    chips = "".join(f'<li class="{status}">{_sign(status)}{n} {SIGNS[status][1]}</li>' for status, n in counts)
    out.append(
        f'<ul class="counts" aria-label="Lines">{chips}</ul>\n' if chips else "<p>No line was found to judge.</p>\n"
    )
    out += [f'<p class="left-out">{escape(note)}</p>\n' for note in wanted.notes]
    return "".join(out)


def _sign(status: str) -> str:
    sign = SIGNS[status][0]
    return f'<span aria-hidden="true">{sign}</span> ' if sign else ""


def _summary(marked: Marked, wanted: Wanted) -> str:
    look = [
        f"<li>{_link(k, line)}</li>"
        for k, line in enumerate(marked.lines, 1)
        if line.status != "correct" and remarked(line, wanted.reveal)
    ]
    parts = _parts(marked, wanted)
    if not parts and not look:
        return ""
    out = ['<div class="summary">\n']
    if look:
        out.append(
            '<nav aria-labelledby="to-look-at">\n<h2 id="to-look-at">Lines to look at</h2>\n'
            f'<ul class="look">{"".join(look)}</ul>\n</nav>\n'
        )
    return "".join([*out, parts, "</div>\n"])


def _parts(marked: Marked, wanted: Wanted) -> str:
    if not marked.parts:
        return ""
    rows = []
    for part in marked.parts:
        why = " ".join(words(said) for said in (part.reason, part.remark) if said)
        where = _where(marked, wanted, lines_of(marked, part))
        detail = "".join(f"<p>{said}</p>" for said in (why, where) if said)
        rows.append(
            f'<tr role="row" class="{part.status}"><th role="rowheader" scope="row">{escape(part.id)}</th>'
            f'<td role="cell" class="mark">{_sign(part.status)}{SIGNS[part.status][1]}</td>'
            f'<td role="cell" class="points">{of_points(part)}</td>'
            f'<td role="cell" class="why">{detail}</td></tr>\n'
        )
    head = "".join(f'<th role="columnheader" scope="col">{name}</th>' for name in ("Part", "Mark", "Points", "Why"))
    return (
        '<section aria-labelledby="the-parts">\n<h2 id="the-parts">Parts</h2>\n'
        f'<table class="parts" role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{"".join(rows)}</tbody></table>\n</section>\n'
    )


def _link(k: int, line: Line) -> str:
    """From the summary to a line that something is said about."""
    sign, said = SIGNS[line.status]
    return f'<a class="b {line.status}" href="#line-{k}" aria-label="{k}, {said}">{sign}&nbsp;{k}</a>'


def _where(marked: Marked, wanted: Wanted, numbers: tuple[int, ...]) -> str:
    """Links to the lines that a part's mark rests on: by number where something is said, else once a line of the
    file."""
    out: dict[str, str] = {}
    for k in numbers:
        line = marked.lines[k]
        if remarked(line, wanted.reveal):
            out[f"#{k}"] = _link(k + 1, line)
        else:
            out.setdefault(f"line {line.place.line}", f'<a href="#line-{k + 1}">line {line.place.line}</a>')
    return " ".join(out.values())


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _style(fonts: frozenset[str]) -> str:
    """KaTeX's style with the fonts as data, and ours."""

    def face(found: re.Match[str]) -> str:
        if found[1] not in fonts:
            return ""
        data = base64.b64encode((KATEX / "fonts" / f"{found[1]}.woff2").read_bytes()).decode()
        return _SOURCES.sub(f'src:url(data:font/woff2;base64,{data}) format("woff2")', found[0])

    katex = _FACE.sub(face, (KATEX / "katex.min.css").read_text(encoding="utf-8"))
    return katex.strip() + "\n" + (_HERE / "page.css").read_text(encoding="utf-8")


@cache
def _every_font() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in KATEX.glob("fonts/*.woff2")))


@cache
def _katex() -> str:
    return (KATEX / "katex.min.js").read_text(encoding="utf-8").strip()


@cache
def _script() -> str:
    """What unpacks KaTeX, and renders the formulas with it. Packed, it is a third as long."""
    packed = base64.b64encode(gzip.compress(_katex().encode(), 9, mtime=0)).decode()
    return f'var packed = "{packed}";\n' + (_HERE / "page.js").read_text(encoding="utf-8").strip()
