"""Verdicts, readings and derivations as rich renderables, from their JSON views. Nothing here computes; outside text is
never markup.

Wide terminals get a label column; below `NARROW` columns labels stand above what they label.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checker.output import Terminal

NARROW = 64

STYLES: Mapping[str, tuple[str, str, str]] = MappingProxyType({
    "correct": ("✓", "correct", "bold green"),
    "equal": ("✓", "equal", "bold green"),
    "wrong": ("✗", "wrong", "bold red"),
    "different": ("✗", "different", "bold red"),
    "undecided": ("?", "undecided", "bold yellow"),
    "unreadable": ("!", "unreadable", "bold magenta"),
    "not_judged": ("–", "not judged by machine", "bold cyan"),
    "carried": ("~", "follows from an earlier error", "bold yellow"),
    "missing": ("–", "no answer", "bold red"),
    "not_a_claim": ("", "no claim", "dim"),
    "failed": ("!", "failed (a bug of ours)", "bold red"),
    "derived": ("✓", "derived", "bold green"),
    "refused": ("!", "refused", "bold magenta"),
    "proved": ("✓", "proved", "bold green"),
})  # fmt: skip
"""Status → mark, words, style."""

STRENGTHS: Mapping[str, str] = MappingProxyType(
    {"proved": "proved for every size", "agrees": "agrees wherever it was evaluated; not proved"}
)


def mark(status: str, terminal: Terminal, words: bool = True) -> Text:
    """`✓ correct`; on a stream without ✓, the word alone."""
    sign, text, style = STYLES.get(status, ("", status, "bold"))
    sign = f"{sign} " if terminal.unicode or sign.isascii() else ""
    return Text(terminal.fit(f"{sign}{text}" if words else sign.strip() or text), style=style)


def evidence(view: Mapping[str, Any]) -> str:
    """The evidence of a verdict in a line; `` where there is none. What was not sampled is a number, or counted out."""
    found = view.get("evidence") or {}
    strength, points = found.get("strength"), found.get("points") or 0
    sizes = [s for s in found.get("sizes") or [] if s]
    if strength == "proved_at_sizes":
        at = "; ".join(", ".join(f"{k} = {v}" for k, v in s.items()) for s in sizes)
        bound = found.get("error_bound")
        return "proved" + (f" at {at}" if at else "") + (f" (chance of error below {bound})" if bound else "")
    if strength and not points and not sizes:
        digits = found.get("digits")
        return (
            "exact"
            if strength == "proved"
            else f"right to the {digits} digit{'s' * (digits > 1)} shown"
            if digits
            else "right to as many digits as are computed"
        )
    if strength:
        return STRENGTHS[strength] + (f", {points} points" if points and strength == "agrees" else "")
    if found.get("digits"):
        return f"judged to {found['digits']} digits"
    return ""


def show_value(value: Any) -> str:
    """A value of a counterexample: numbers short, arrays nested."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(show_value(v) for v in value) + "]"
    return str(value)


YOURS = ("yours gives", "right is")
"""What the two sides of a counterexample are called."""


def brief(value: str) -> str:
    """A number to six digits; what is none as it is."""
    try:
        return f"{float(value):.6g}"
    except ValueError:
        return value


def apart(one: str, other: str) -> tuple[str, str]:
    """Two values to six digits, or to as many as tell them apart."""
    try:
        a, b = float(one), float(other)
    except ValueError:
        return one, other
    shown = next((k for k in range(6, 16) if a == b or f"{a:.{k}g}" != f"{b:.{k}g}"), None)
    return (one, other) if shown is None else (f"{a:.{shown}g}", f"{b:.{shown}g}")


def counterexample(view: Mapping[str, Any], sides: tuple[str, str] = YOURS) -> list[tuple[str, str]]:
    """The point where the two differ, as labelled lines."""
    found = (view.get("evidence") or {}).get("counterexample")
    if not found:
        return []
    where = [f"{k} = {v}" for k, v in (found.get("sizes") or {}).items()] + [
        f"{k} = {show_value(v)}" for k, v in (found.get("names") or {}).items()
    ]
    mine, right = apart(str(found.get("student")), str(found.get("truth")))
    return [("for example", ", ".join(where) or "always"), (sides[0], mine), (sides[1], right)]


def labelled(rows: Iterable[tuple[str, Any]], terminal: Terminal, indent: int = 2) -> RenderableType:
    """Labels beside their values, or above them where it is narrow."""
    shown = [(label, value if isinstance(value, Text) else Text(terminal.fit(str(value)))) for label, value in rows]
    if terminal.width < NARROW:
        parts: list[RenderableType] = []
        for label, value in shown:
            parts.extend((Text(label, style="dim"), Padding(value, (0, 0, 0, 2))))
        return Padding(Group(*parts), (0, 0, 0, indent))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in shown:
        table.add_row(label, value)
    return Padding(table, (0, 0, 0, indent))


def characters(start: int, end: int) -> str:
    """`character 6`, `characters 6 to 9` of a half-open range that counts from 0."""
    return f"characters {start + 1} to {end}" if end > start + 1 else f"character {start + 1}"


def caret(text: str, start: int, end: int, width: int = 0) -> list[str]:
    """The line of the text that a place is on, and carets under the place; of a line longer than `width` the part
    around it."""
    start = max(0, min(start, len(text)))
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    line = text[first : last if last >= 0 else len(text)]
    at, count = start - first, max(1, min(end, first + len(line)) - start)
    if 0 < width < len(line):
        count = min(count, width - 2)
        cut = max(0, min(at - (width - count) // 2, len(line) - width))
        shown = line[cut : cut + width]
        shown = ("…" + shown[1:]) if cut else shown
        line, at = (shown[:-1] + "…" if cut + width < len(line) else shown), at - cut
    return [line, " " * at + "^" * count]


def verdict(
    view: Mapping[str, Any],
    terminal: Terminal,
    texts: Mapping[str, str] | None = None,
    reveal: bool = False,
    sides: tuple[str, str] = YOURS,
    tags: bool = False,
) -> RenderableType:
    """One verdict: its word, why, how it was read, the counterexample, the evidence. `texts` has the texts that `at`
    points into; `tags` are our own words for reasons and notes."""
    head = mark(view["status"], terminal)
    score = view.get("score")
    if score is not None and 0 < score < 1:
        head.append(f"  {round(100 * score)} %", style="not bold")
    rows: list[tuple[str, Any]] = []
    diagnosis = view.get("diagnosis")
    if diagnosis:
        rows.append(
            (
                "why",
                Text(terminal.fit(diagnosis["message"])).append(
                    f"  [{terminal.fit(diagnosis['tag'])}]" if tags else "", style="dim"
                ),
            )
        )
        if reveal and view.get("reveal"):
            rows.append(("that is", view["reveal"]))
    at = view.get("at")
    if at:
        side = {"student": "the answer", "truth": "the truth", "names": "the names"}.get(at["side"], at["side"])
        rows.append(
            (
                "where",
                f"{side}, {characters(at['start'], at['end'])}: {at.get('message') or 'cannot be read'}",
            )
        )
        text = (texts or {}).get(at["side"])
        if text:
            room = terminal.width - (4 if terminal.width < NARROW else 16)
            shown = caret(text, at["start"], at["end"], room)
            rows.append(("", Text("\n".join(terminal.fit(line) for line in shown), no_wrap=True)))
        if at.get("expected"):
            rows.append(("expected", at["expected"]))
    rows += counterexample(view, sides)
    parts = view.get("parts") or []
    told = {reason(part) for part in parts} | ({diagnosis["message"]} if diagnosis else set())
    rows += [
        (f["tag"] if tags else f["tag"].replace("-", " "), f["message"])
        for f in view.get("findings") or []
        if f["message"] not in told
    ]
    if view.get("student_read") is not None:
        rows.append(("read as", view["student_read"]))
    if "value" in view:
        rows.append(("value", show_value(view["value"])))
    if reveal and view.get("truth_read"):
        rows.append(("the answer", view["truth_read"]))
    said = evidence(view)
    if said and view.get("where") == "common":
        said += ", wherever both have a value"
    if said:
        rows.append(("evidence", said))
    body: list[RenderableType] = [head]
    if rows:
        body.append(labelled(rows, terminal))
    if view.get("hint"):
        body.append(Padding(hint(view["hint"], terminal), (0, 0, 0, 2)))
    if parts:
        body.append(Padding(part_table(parts, terminal, diagnosis["message"] if diagnosis else ""), (0, 0, 0, 2)))
    return Group(*body)


def hint(view: Mapping[str, Any], terminal: Terminal) -> RenderableType:
    """One hint: its number, what is said of the answer, its words, its lines."""
    words, *lines = view[terminal.dressing]
    head = f"hint {view['number']} of {view['of']}"
    if cost := view.get("cost"):
        head += f", which costs {'all' if cost >= 1 else f'{round(100 * cost)} %'} of the points"
    body: list[RenderableType] = [Text(head, style="dim")]
    body += [Padding(Text(terminal.fit(text)), (0, 0, 0, 2)) for text in (view.get("says"), words) if text]
    body += [hanging(terminal.fit(line), terminal.width - 4, 4, 8) for line in lines]
    return Group(*body)


def reason(view: Mapping[str, Any]) -> str:
    """Why, in one line: the diagnosis, the first finding, or the place that cannot be read."""
    if view.get("diagnosis"):
        return str(view["diagnosis"]["message"])
    if view.get("at"):
        return str(view["at"].get("message") or f"expected {view['at'].get('expected')}")
    if view.get("findings"):
        return str(view["findings"][0]["message"])
    return ""


def evidence_or_point(view: Mapping[str, Any]) -> str:
    """The evidence, or for what differs the point that shows it."""
    rows = counterexample(view)
    if rows:
        return f"{rows[0][1]}: {brief(rows[1][1])}, not {brief(rows[2][1])}"
    return evidence(view)


def grid(headings: Sequence[str], rows: Iterable[Sequence[Any]], terminal: Terminal, keep: int = 2) -> RenderableType:
    """A table; where it is narrow, the first `keep` columns stand on a line and the others below it."""
    cells = [[c if isinstance(c, Text) else Text(terminal.fit(str(c))) for c in row] for row in rows]
    if terminal.width < NARROW:
        parts: list[RenderableType] = []
        for row in cells:
            parts.append(Text("  ").join(row[:keep]))
            parts.extend(Padding(c, (0, 0, 0, 2)) for c in row[keep:] if c.plain)
        return Group(*parts)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    wide = (
        sum(max((c.cell_len for c in column), default=0) + 2 for column in zip(*cells, strict=True)) <= terminal.width
    )
    for number, heading in enumerate(headings):
        # Of what is left, the last column gets half as much again as each of the others.
        table.add_column(
            heading,
            no_wrap=number < keep,
            overflow="fold",
            ratio=None if number < keep or wide else 3 if number == len(headings) - 1 else 2,
        )
    for row in cells:
        table.add_row(*row)
    return table


def part_table(parts: Sequence[Mapping[str, Any]], terminal: Terminal, said: str = "") -> RenderableType:
    """The values or lines of one answer. A reason that is `said` already is not given again, nor the name of a value
    that stands beside it; what was not given stands on one line."""
    rows, absent = [], []
    for n, part in enumerate(parts, 1):
        why, name = reason(part), str(part.get("id") or n)
        if (part.get("diagnosis") or {}).get("tag") == "missing":
            absent.append(name)
            continue
        told = not why or said == why or said.endswith(f": {why}")
        shown = evidence_or_point(part) if told else why.removeprefix(f"{name}: ")
        rows.append((name, mark(part["status"], terminal), shown))
    given = [grid(("", "", ""), rows, terminal)] if rows else []
    return Group(*given, *([labelled([("not given", ", ".join(absent))], terminal, indent=0)] if absent else []))


def formulas(rows: Iterable[tuple[str, str]], terminal: Terminal) -> RenderableType:
    """name = formula, aligned at the relation."""
    return labelled([(name, Text(terminal.fit(text))) for name, text in rows], terminal)


def hanging(text: str, width: int, first: int, later: int) -> Text:
    """A long formula broken at spaces, its later lines further in."""
    pieces = textwrap.wrap(
        text,
        width,
        initial_indent=" " * first,
        subsequent_indent=" " * later,
        break_long_words=True,
        break_on_hyphens=False,
    )
    return Text("\n".join(pieces))


def derivation(blocks: Sequence[Mapping[str, Any]], terminal: Terminal) -> RenderableType:
    """A derivation: each lemma its statement, then one line a step with its rule beside it, or below it where it is
    narrow.

    A block is {"head", "lines": [[formula, rule], …], "condition"} in the terminal's dressing.
    """
    drawn: list[RenderableType] = []
    for block in blocks:
        drawn.append(Text(terminal.fit(block["head"]), style="bold"))
        lines = [
            (Text(terminal.fit(f"= {formula}")), Text(terminal.fit(rule), style="italic dim"))
            for formula, rule in block["lines"]
        ]
        longest = max((line.cell_len for line, _ in lines), default=0)
        if terminal.width < NARROW or longest > terminal.width * 2 // 3:
            for line, rule in lines:
                drawn.append(hanging(line.plain, terminal.width, 2, 6))
                if rule.plain:
                    drawn.append(Padding(rule, (0, 0, 0, 10 if terminal.width >= NARROW else 6)))
        else:
            table = Table.grid(padding=(0, 3))
            table.add_column(overflow="fold")
            table.add_column(overflow="fold")
            for line, rule in lines:
                table.add_row(line, rule)
            drawn.append(Padding(table, (0, 0, 0, 2)))
        if block["condition"]:
            drawn.append(Padding(Text(terminal.fit(f"where {block['condition']}")), (0, 0, 0, 2)))
        drawn.append(Text(""))
    return Group(*drawn[:-1])
