"""Verdicts, questions and hints as elements. Nothing here computes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checker.kinds.contract import kind_of
from checker.render import STYLES, apart, evidence, evidence_or_point, reason, show_value
from checker.telling import goes_on_from
from checker.web.markup import Child, Element, el, lines, prose, table, tex
from problems.conventions import CONVENTIONS
from problems.schema import Part, Problem


def mark(status: str | None) -> Element:
    """A verdict in a word, with its sign."""
    if status is None:
        return el("span", "waits", class_="mark waiting")
    sign, words, _ = STYLES[status]
    return el("span", el("span", sign, aria_hidden="true"), " ", words, class_=f"mark {status}")


def worth(of: float) -> str:
    """`2 points`."""
    return f"{of:g} point{'s' * (of != 1)}"


def points(share: float | None, of: float) -> str:
    """`1.5 of 2 points`; nothing where it is not settled."""
    return "" if share is None else f"{share * of:.6g} of {worth(of)}"


def share_of(row: Any) -> float | None:
    """The share of the points of a submission: what a teacher gave, else the verdict's, less what hints cost."""
    if row.decided is not None:
        return row.given
    return None if row.score is None else row.score * (1 - row.cost)


def verdict(row: Any, view: Mapping[str, Any], part: Part[Any]) -> Iterator[Child]:
    """All that is said of an answer."""
    status = row.decided or row.status
    share = share_of(row)
    less = f", less {row.cost:.0%} for hints" if row.cost and row.decided is None and row.score else ""
    yield el("h2", mark(status), id="verdict", tabindex=-1)
    if share is not None:
        yield el("p", points(share, part.points) + less, class_="points")
    if row.decided is not None:
        yield el("p", "Your teacher has decided this one. ", row.note, class_="teacher")
    elif said := reason(view):
        yield el("p", prose(said), class_="reason")
    yield from _place(view, row.answer)
    if view.get("parts"):
        above = "" if row.decided is not None else reason(view)  # it is said once
        rows = [
            [
                str(p.get("id") or n),
                mark(p["status"]),
                prose("" if reason(p) and reason(p) == above else reason(p) or evidence_or_point(p)),
            ]
            for n, p in enumerate(view["parts"], 1)
        ]
        yield table(["Part", "Verdict", "Why"], rows, class_="parts", aria_label="Line by line")
    yield from _counterexample(view)
    told = {reason(one) for one in (view, *(view.get("parts") or ()))}
    for found in view.get("findings") or ():
        if found["message"] not in told:
            yield el("p", found["tag"].replace("-", " "), ": ", prose(found["message"]), class_="finding")
    if view.get("student_read") is not None and status not in ("unreadable", "not_judged"):
        yield el("p", "Read as ", el("code", view["student_read"]), class_="read")
    if proof := evidence(view):
        yield el("p", proof, class_="evidence")


def nudged(row: Any) -> Mapping[str, Any] | None:
    """What helps a wrong answer on; none where a teacher has decided, or there is no verdict yet."""
    if row is None or row.status is None or row.decided is not None:
        return None
    return json.loads(row.view).get("nudge")


def _place(view: Mapping[str, Any], answer: str) -> Iterator[Child]:
    """Where an answer cannot be read."""
    at = view.get("at")
    if not at or at["side"] != "student" or at["end"] > len(answer):
        return
    start, end = at["start"], max(at["end"], at["start"] + 1)
    fault = answer[start:end] or "␣"
    yield el("pre", answer[:start], el("mark", fault), answer[end:], class_="place")
    if at.get("expected"):
        yield el("p", "Expected: ", at["expected"], class_="expected")


def example(view: Mapping[str, Any] | None) -> Iterator[Child]:
    """Small numbers to try an answer at by hand, and what the right one gives there."""
    if view is None or "gives" not in view:
        yield el("p", "There are no numbers for this part that would not give its answer away.", class_="quiet")
        return
    given = [*view["sizes"].items(), *view["values"].items()]
    rows = [[el("code", name), _numbers(value)] for name, value in given]
    yield table(["Given", "value"], rows, class_="counterexample", aria_label="Numbers to try by hand")
    yield el("p", "There the answer gives ", el("strong", _numbers(view["gives"])), ".")


def _numbers(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_numbers, value))}]"
    return "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _counterexample(view: Mapping[str, Any]) -> Iterator[Child]:
    """The point at which the answer and the truth differ, as a small table."""
    found = (view.get("evidence") or {}).get("counterexample")
    if not found:
        return
    given = [*(found.get("sizes") or {}).items(), *(found.get("names") or {}).items()]
    rows = [[el("code", name), show_value(value)] for name, value in given]
    mine, right = apart(str(found.get("student")), str(found.get("truth")))
    rows += [["yours gives", mine], ["right is", right]]
    yield table(["For example", "value"], rows, class_="counterexample", aria_label="For example")


def asked(
    problem: Problem, part: Part[Any], rows: Sequence[tuple[str, Any]], formulas: Mapping[str, Any]
) -> Iterator[Child]:
    """The question: the setting, what is asked, and the names with which it is answered."""
    held = dict(rows)
    yield el("h1", problem.title, " ", el("span", part.id, class_="id"))
    if "setting" in held:
        yield el("div", lines(held["setting"]), class_="setting")
    if before := goes_on_from(problem, part):
        yield el("div", lines(before), class_="setting")
    yield el("div", lines(part.ask), class_="ask")
    if "figure" in held:
        yield el("p", "Figure: ", prose(held["figure"]), class_="figure")
    where = [formulas["where"].get(left) for left in held.get("where", {})]
    if held.get("where"):
        shown = [
            el("li", tex(latex) if latex else el("code", f"{left} = {text}"))
            for latex, (left, text) in zip(where, held["where"].items(), strict=True)
        ]
        yield el("section", el("h2", "Where"), el("ul", shown, class_="where"))
    if held.get("names"):
        told = [
            [el("code", name), tex(formulas["names"][name]) if name in formulas["names"] else "", el("code", domain)]
            for name, domain in held["names"].items()
        ]
        beside = [_row(label, value) for label, value in rows if label in _BESIDE and value]
        yield from (_row(label, value) for label, value in rows if label not in _DRAWN | _BESIDE and value)
        named = table(["Typed", "set", "what it is"], told, class_="names", aria_label="Names")
        yield el("details", el("summary", "Names and how to type them"), named, beside, open=len(told) <= 6)
    else:
        yield from (_row(label, value) for label, value in rows if label not in _DRAWN and value)


_DRAWN = frozenset(["setting", "asked", "figure", "names", "where", "options", "points", "to type", "values"])
"""Rows with a place of their own."""

_BESIDE = frozenset(["in terms of", "letters", "conventions"])
"""Rows beside the names."""


def _row(label: str, value: Any) -> Element:
    if label == "conventions":
        said = (text if CONVENTIONS[name].says else f"{name}: {text}" for name, text in value.items())
        return el("p", prose(" ".join(f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in said)), class_="told")
    if isinstance(value, Mapping):
        pairs = (f"{name} = {show_value(held)}" for name, held in value.items())
        return el("p", el("b", f"{label}: "), el("code", ", ".join(pairs)), class_="told")
    return el("p", el("b", f"{label}: "), prose(str(value)), class_="told")


def fields(part: Part[Any], form: Mapping[str, str]) -> Child:
    """Where an answer is given; `form` holds what was typed before."""
    kind, held = part.kind, part.payload
    if kind == "choice" and not isinstance(held.key, Mapping):
        several = isinstance(held.key, tuple)
        chosen = {one.strip() for one in form.get("choice", "").split(",")}
        boxes = [
            el(
                "label",
                el(
                    "input",
                    type="checkbox" if several else "radio",
                    name="choice",
                    value=letter,
                    checked=letter in chosen,
                ),
                el("span", el("b", letter, ". ") if letter != text else None, prose(str(text))),
                class_="option",
            )
            for letter, text in held.options.items()
        ]
        return el("fieldset", el("legend", "Several may be right" if several else "Your answer"), boxes)
    rows = list(held.values) if kind == "trace" else list(held.options) if kind == "choice" else []
    if rows:
        options = held.options if kind == "choice" else {}
        cells = [
            [
                el("label", el("code", name), " ", prose(str(options.get(name, ""))), for_=f"v{k}"),
                el(
                    "input", id=f"v{k}", name=f"value.{name}", value=form.get(f"value.{name}", ""), autocomplete="off",
                    autocapitalize="off", spellcheck="false", inputmode=None if kind == "choice" else "decimal",
                ),
            ]
            for k, name in enumerate(rows)
        ]  # fmt: skip
        head = "Value" if kind == "trace" else "Option"
        return table([head, "Your answer"], cells, class_="trace", aria_label="Your answer")
    long = kind_of(part).of_lines or kind == "text"
    box = el(
        "textarea", form.get("answer", ""), id="typed", name="answer", rows=5 if long else 2, autocomplete="off",
        spellcheck="true" if kind == "text" else "false", autocapitalize="off", maxlength=MOST_SIGNS,
        aria_describedby="how preview", data_kind=kind, data_lines=kind_of(part).of_lines,
    )  # fmt: skip
    ways = (
        el(
            "fieldset",
            el("legend", "How you type", class_="vh"),
            [
                el(
                    "label",
                    el("input", type="radio", name="way", value=way, checked=way == "text"),
                    el("span", words),
                    class_="way",
                )
                for way, words in (
                    ("text", "Text or LaTeX"),
                    ("editor", "Formula editor"),
                    *((("code", "NumPy"),) if kind == "formula" else ()),
                )
            ],
            class_="ways",
            hidden=True,
        )
        if kind_of(part).of_formulas
        else None
    )
    how = kind_of(part).typed(part)
    return [
        ways,
        el("label", "Your answer", for_="typed", class_="vh"),
        box,
        el("div", id="editor", hidden=True),
        el("p", f"{how[:1].upper()}{how[1:]}." + (" Ctrl+Enter sends it." if long else " Enter sends it."), id="how"),
        el("div", id="preview", aria_live="polite", data_on=True)
        if kind_of(part).of_formulas
        else el("div", id="preview", hidden=True),
    ]


MOST_SIGNS = 20_000
"""Characters of an answer."""


def composed(part: Part[Any], form: Mapping[str, str]) -> str:
    """The answer that a form holds, as one would type it."""
    if part.kind == "choice" and not isinstance(part.payload.key, Mapping):
        return form.get("choice", "") or form.get("answer", "")
    rows = {name.removeprefix("value."): text.strip() for name, text in form.items() if name.startswith("value.")}
    if part.kind == "choice" and rows:
        return ", ".join(f"{name}={text}" for name, text in rows.items() if text)
    if part.kind == "trace" and rows:
        return "\n".join(f"{name} = {text}" for name, text in rows.items() if text)
    return form.get("answer", "")


def ladder(
    view: Mapping[str, Any] | None, seen: int, most: int | None, nudge: Mapping[str, Any] | None
) -> Iterator[Child]:
    """The hints that have been seen; a button for the next, and one for where a wrong answer goes wrong."""
    rungs = view["rungs"] if view else []
    if seen and rungs:
        yield el("ol", [el("li", lines(rung["marked"]), class_=rung["stage"]) for rung in rungs[:seen]], class_="rungs")
    if view is not None and seen >= len(rungs):
        return
    if most is not None and seen >= most:
        when = "There are no more hints until the deadline." if seen else "There are no hints until the deadline."
        yield el("p", when, class_="quiet")
        return
    there = nudge["number"] if nudge else 0
    if there > seen + 1 and (most is None or there <= most):
        yield el("button", "A hint at the step that went wrong", type="submit", name="to", value=there, class_="second")
    last = bool(rungs) and seen + 1 == len(rungs)
    text = "Show the answer" if last else "Next hint" if seen else "A hint"
    yield el("button", text, type="submit", name="to", value=seen + 1, class_="second")
    cost = rungs[seen]["cost"] if rungs else 0
    if cost:
        yield el("span", f"It costs {'all' if cost >= 1 else f'{cost:.0%}'} of the points.", class_="quiet")
