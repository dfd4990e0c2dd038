"""The marked page: one HTML file that asks nothing of any other. The document, every formula with its mark, remarks
behind the paragraphs, the parts at the top.
The document's text is escaped; its formulas are the text of elements, which KaTeX reads with `trust: false`.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from checker.documents.marks import Line, Marked
from checker.documents.reports.body import body, macros
from checker.documents.reports.marks_html import remarked, words
from checker.documents.reports.standalone import standalone
from checker.documents.reports.value import SIGNS, Wanted, lines_of, number, of_points, points_of

_STYLE = Path(__file__).parent / "page.css"


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
    return standalone(title, f'<a class="skip" href="#document">To the document</a>\n{inside}', _STYLE)


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
