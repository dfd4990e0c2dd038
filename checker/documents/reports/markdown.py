"""The marks of a document as Markdown: the parts in a table, then every line that has something said about it."""

from __future__ import annotations

import re

from checker.documents.marks import Marked
from checker.documents.reports.value import SIGNS, Wanted, lines_of, number, of_points, points_of, remarks

_MEANS = re.compile(r"([\\`*_{}\[\]<>#!|~&$])")
_RUNS = re.compile(r"`+")


def write_markdown(marked: Marked, wanted: Wanted) -> str:
    """The report; text of the document stands in code, everything else is escaped."""
    out = [f"# {escaped(wanted.title or marked.name or 'Marks')}", ""]
    counts = {status: n for status, n in marked.counted().items() if n}
    out += ["; ".join(f"{n} {SIGNS[status][1]}" for status, n in counts.items()) or "no line was found to judge", ""]
    for note in wanted.notes:
        out += [f"> {escaped(note)}", ""]
    if marked.parts:
        total = points_of(marked.parts)
        out += [f"**{number(total.reached)} of {number(total.asked)} points**" + _open(total.open), ""]
        out += ["| part | mark | points | why | lines |", "|---|---|---|---|---|"]
        for part in marked.parts:
            sign, words = SIGNS[part.status]
            why = " ".join(filter(None, (part.reason, part.remark)))
            where = ", ".join(str(marked.lines[k].place.line) for k in lines_of(marked, part))
            out.append(f"| {escaped(part.id)} | {sign} {words} | {of_points(part)} | {escaped(why)} | {where} |")
        out.append("")
    for line in marked.lines:
        said = remarks(line, wanted.reveal)
        if line.status == "not_a_claim" or (line.status == "correct" and not said):
            continue
        sign, words = SIGNS[line.status]
        out.append(f"- line {line.place.line}: {f'{sign} ' if sign else ''}**{words}** {code(line.text)}")
        out += [f"  - {f'{one.label}: ' if one.label else ''}{escaped(one.text)}" for one in said]
    return "\n".join(out).rstrip("\n") + "\n"


def _open(points: float) -> str:
    return f", {number(points)} not settled" if points else ""


def escaped(text: str) -> str:
    """Words as Markdown that says them and nothing else."""
    return _MEANS.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """A stretch of the document in ticks, on one line."""
    said = " ".join(text.split())
    ticks = "`" * (1 + max((len(run) for run in _RUNS.findall(said)), default=0))
    pad = " " if said.startswith("`") or said.endswith("`") else ""
    return f"{ticks}{pad}{said}{pad}{ticks}"
