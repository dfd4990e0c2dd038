"""The overview of a class as one HTML file: how the parts came out, why answers are wrong, which answers were given.

Nothing is loaded and nothing runs: a policy allows the one style sheet by its hash. Every word from outside is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from problems.schema import Mistake

SHARES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "right": ("right", "#1a7f37"),
        "partial": ("in part", "#8fbc5a"),
        "wrong": ("wrong", "#c0392b"),
        "missing": ("no answer", "#8a8f98"),
        "waiting": ("for a person", "#d9a400"),
    }
)
"""What a part comes to → its words and its colour."""

MOST_REASONS, MOST_GROUPS, MOST_EXAMPLES = 12, 12, 3
MANY_UNREADABLE = 0.1
"""Share of the class from which a part with answers that were not understood is pointed at."""

LONGEST = 160

_TABLE = '<div class="wide" tabindex="0"><table>\n<thead>'
"""Scrolls sideways where it is narrow, by the keyboard too."""

STYLE = """
:root { color-scheme: light dark; --line: #d0d7de; --dim: #57606a; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --dim: #9198a1; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); } h3 { margin-bottom: .3rem; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--dim); }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font-size: .9em; overflow-wrap: anywhere; } .dim { color: var(--dim); }
.wide { overflow-x: auto; } svg { max-width: 100%; height: auto; } svg text { fill: currentColor; font-size: 12px; }
@media print { body { max-width: none; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
"""


def overview(
    found: Mapping[str, Any],
    graded: Sequence[Mapping[str, Any]],
    groups: Sequence[Mapping[str, Any]],
    mistakes: Mapping[str, Sequence[Mistake]],
) -> str:
    """The page: `found` are the grades of the class, `graded` its hand-ins, `groups` its answers part by part."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    body = "\n".join(
        (
            *_head(found),
            *_totals(found),
            *_parts(found),
            *_reasons(groups),
            *_unreadable(found),
            *_never(groups, mistakes),
            *_answers(groups),
            *_students(found),
        )
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(found['title'])}: overview</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    students = found["students"]
    waiting = sum(len(row["awaiting"]) for row in students)
    unread = sum(1 for row in students if row["fault"])
    yield f"<h1>{escape(found['title'])}</h1>"
    said = [f"{len(students)} hand-in{'s' * (len(students) != 1)}", f"{found['possible']:g} points possible"]
    if waiting:
        said.append(f"{waiting} answer{'s' * (waiting != 1)} for a person")
    if unread:
        said.append(f"{unread} document{'s' * (unread != 1)} that could not be read")
    yield f'<p class="dim">{", ".join(said)}</p>'


BINS = 10


def _totals(found: Mapping[str, Any]) -> Iterator[str]:
    """How many students reached which tenth of the points."""
    counts = [0] * BINS
    possible = found["possible"] or 1
    for row in found["students"]:
        counts[min(BINS - 1, int(BINS * row["points"] / possible))] += 1
    top = max(counts, default=0) or 1
    labels = [f"{possible * k / BINS:g}" for k in range(BINS)]
    told = ", ".join(f"from {label}: {count}" for label, count in zip(labels, counts, strict=True))
    yield "<h2>Points</h2>"
    yield f'<svg viewBox="0 0 620 170" width="620" role="img" aria-label="Students by points. {escape(told)}">'
    for k, count in enumerate(counts):
        height = round(120 * count / top, 2)
        yield f'<rect x="{10 + 60 * k}" y="{140 - height:g}" width="52" height="{height:g}" fill="#3572b0"/>'
        if count:
            yield f'<text x="{36 + 60 * k}" y="{134 - height:g}" text-anchor="middle">{count}</text>'
        yield f'<text x="{10 + 60 * k}" y="158">{labels[k]}</text>'
    yield '<line x1="10" x2="610" y1="140" y2="140" stroke="currentColor"/>\n</svg>'


def share_of(part: Mapping[str, Any]) -> str:
    """Which of `SHARES` a part of a hand-in is."""
    if part["got"] is None:
        return "waiting"
    if part["status"] == "missing":
        return "missing"
    return "wrong" if part["score"] <= 0 else "partial" if part["score"] < 1 else "right"


def _parts(found: Mapping[str, Any]) -> Iterator[str]:
    """Each part: a bar of what it came to, and the numbers."""
    students = found["students"]
    yield "<h2>Parts</h2>"
    yield _TABLE
    yield '<tr><th scope="col">part</th><th scope="col">distribution</th>'
    yield "".join(f'<th scope="col" class="number">{_swatch(colour)}{words}</th>' for words, colour in SHARES.values())
    yield '<th scope="col" class="number">mean</th></tr></thead>\n<tbody>'
    for number, part in enumerate(found["parts"]):
        rows = [student["parts"][number] for student in students]
        counts = Counter(share_of(row) for row in rows)
        settled = [row["got"] for row in rows if row["got"] is not None]
        mean = f"{sum(settled) / len(settled):.2f} / {part['points']:g}" if settled else "–"
        yield f'<tr><th scope="row">{escape(part["id"])}</th><td>{_bar(part["id"], counts)}</td>'
        yield "".join(f'<td class="number">{counts[share] or ""}</td>' for share in SHARES)
        yield f'<td class="number">{mean}</td></tr>'
    yield "</tbody></table></div>"


def _swatch(colour: str) -> str:
    """The colour of a share in the bars, beside its name."""
    square = f'<rect width="10" height="10" fill="{colour}"/>'
    return f'<svg viewBox="0 0 14 10" width="14" height="10" aria-hidden="true">{square}</svg>'


def _bar(identity: str, counts: Mapping[str, int]) -> str:
    """The shares of the class side by side."""
    whole = sum(counts.values()) or 1
    told = ", ".join(f"{words} {counts[share]}" for share, (words, _) in SHARES.items() if counts[share])
    x, out = 0.0, []
    for share, (words, colour) in SHARES.items():
        width = 240 * counts[share] / whole
        if width:
            out.append(
                f'<rect x="{x:.2f}" y="2" width="{width:.2f}" height="16" fill="{colour}">'
                f"<title>{words}: {counts[share]}</title></rect>"
            )
        x += width
    label = escape(f"{identity}: {told or 'nothing'}")
    return f'<svg viewBox="0 0 240 20" width="240" height="20" role="img" aria-label="{label}">{"".join(out)}</svg>'


def _reasons(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Why answers are wrong, the commonest first, each with answers that were given."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[str]] = {}
    for part in groups:
        for group in part["groups"]:
            if group["status"] == "wrong" and group["reason"]:
                told = (part["part"], group["reason"])
                counts[told] += group["count"]
                examples.setdefault(told, []).append(group["answer"])
    yield "<h2>Commonest reasons</h2>"
    if not counts:
        yield '<p class="dim">No answer is wrong.</p>'
        return
    yield _TABLE
    yield '<tr><th scope="col" class="number">answers</th><th scope="col">part</th>'
    yield '<th scope="col">reason</th><th scope="col">for example</th></tr></thead>\n<tbody>'
    for (identity, reason), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS]:
        shown = "<br>".join(_code(text) for text in examples[identity, reason][:MOST_EXAMPLES])
        yield f'<tr><td class="number">{count}</td><td>{escape(identity)}</td><td>{escape(reason)}</td>'
        yield f"<td>{shown}</td></tr>"
    yield "</tbody></table></div>"


def _unreadable(found: Mapping[str, Any]) -> Iterator[str]:
    """Parts with many answers that were not understood: the question may want a word about how to write."""
    students = found["students"]
    rows = []
    for number, part in enumerate(found["parts"]):
        count = sum(1 for student in students if student["parts"][number]["status"] == "unreadable")
        if count and count >= MANY_UNREADABLE * len(students):
            rows.append((part["id"], count))
    yield "<h2>Parts with many answers that were not understood</h2>"
    if not rows:
        yield '<p class="dim">None.</p>'
        return
    yield "<ul>"
    for identity, count in rows:
        yield f"<li>{escape(identity)}: {count} of {len(students)}</li>"
    yield "</ul>"


def _never(groups: Sequence[Mapping[str, Any]], mistakes: Mapping[str, Sequence[Mistake]]) -> Iterator[str]:
    """Reasons of the key that no answer met."""
    met = {(part["part"], group["mistake"]) for part in groups for group in part["groups"] if group["mistake"]}
    rows = [
        (identity, known)
        for identity, rows in mistakes.items()
        for number, known in enumerate(rows, 1)
        if (identity, number) not in met
    ]
    yield "<h2>Reasons of the key that never fired</h2>"
    if not rows:
        yield '<p class="dim">None.</p>'
        return
    yield "<ul>"
    for identity, known in rows:
        yield f"<li>{escape(identity)}, {escape(known.tag)}: {escape(known.message)} {_code(str(known.answer))}</li>"
    yield "</ul>"


def _answers(groups: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The answers to each part, those that are proved equal in one row."""
    yield "<h2>Answers</h2>"
    yield (
        '<p class="dim">Answers in one row are proved equal, with the same places without a value. Neighbours agree '
        "wherever they were evaluated, without a proof. To decide about a row, copy its part, key and answer into "
        "<code>overrides.toml</code>.</p>"
    )
    for part in groups:
        rows = part["groups"]
        yield f'<h3>{escape(part["part"])}</h3>\n<p class="dim">key <code>{escape(part["key"])}</code></p>'
        if not rows:
            yield '<p class="dim">No answer.</p>'
            continue
        yield _TABLE
        yield '<tr><th scope="col" class="number">no.</th>'
        yield '<th scope="col" class="number">count</th><th scope="col">verdict</th><th scope="col">answer</th>'
        yield '<th scope="col">reason</th><th scope="col">neighbours</th></tr></thead>\n<tbody>'
        for number, row in enumerate(rows[:MOST_GROUPS], 1):
            verdict = row["status"].replace("_", " ") + (" (set by the teacher)" if row["override"] is not None else "")
            near = ", ".join(str(k + 1) for k in row["near"])
            yield (
                f'<tr><td class="number">{number}</td><td class="number">{row["count"]}</td><td>{escape(verdict)}</td>'
                f"<td>{_code(row['answer'])}</td><td>{escape(row['reason'] or '')}</td><td>{near}</td></tr>"
            )
        yield "</tbody></table></div>"
        if len(rows) > MOST_GROUPS:
            rest = sum(row["count"] for row in rows[MOST_GROUPS:])
            yield f'<p class="dim">and {len(rows) - MOST_GROUPS} more, {rest} answers: groups.json has them all</p>'


def _students(found: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Students</h2>"
    yield _TABLE
    yield '<tr><th scope="col">student</th>'
    yield '<th scope="col" class="number">points</th><th scope="col">for a person</th></tr></thead>\n<tbody>'
    for row in found["students"]:
        said = row["fault"] or ", ".join(row["awaiting"])
        yield (
            f'<tr><th scope="row"><a href="{escape(quote(row["page"]))}">{escape(row["name"])}</a></th>'
            f'<td class="number">{row["points"]:g}</td><td>{escape(said)}</td></tr>'
        )
    yield "</tbody></table></div>"


def _code(text: str) -> str:
    text = " ".join(text.split())
    return f"<code>{escape(text if len(text) <= LONGEST else text[: LONGEST - 1] + '…')}</code>"
