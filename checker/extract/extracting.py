"""The map: a text in, its final answer out."""

from __future__ import annotations

import re

from checker.documents.scan import scan
from checker.extract.found import Extracted, Found, Source, Status, alike
from checker.extract.rules import RULES
from checker.verdict import Finding

LONGEST = 1_000_000
"""Characters that are looked through, from the end of a text: what is asked stands there."""

_THOUGHT = re.compile(r"</?think(?:ing)?>", re.IGNORECASE)


def extract(text: str) -> Extracted:
    r"""The final answer that a text states, `\boxed{2x}` of a page of reasoning: what, by which rule, and where.

    Thinking, up to the last `</think>`, holds no answer. Raises `TypeError` where it is given no text.
    """
    if not isinstance(text, str):
        raise TypeError(f"a text is looked through, not {type(text).__name__}")
    begin = max(0, len(text) - LONGEST)
    findings = [Finding("long", f"only the last {LONGEST:,} characters were looked through")] if begin else []
    for mark in _THOUGHT.finditer(text, begin):
        begin = mark.end() if mark[0].startswith("</") else len(text)
    source = Source(text[begin:], scan(text[begin:]))
    named = [(rule, tuple(rule.find(source))) for rule in RULES if rule.says]
    chosen = next(((rule.name, found[-1]) for rule, found in named if found), None)
    if chosen is None:
        by_place = ((rule, tuple(rule.find(source))) for rule in RULES if not rule.says)
        chosen = next(((rule.name, found[-1]) for rule, found in by_place if found), None)
    if chosen is None:
        why = "nothing in it is marked as an answer, and there is no display, code or single line"
        return Extracted("none", findings=(*findings, Finding("none", why)))
    rule, answer = chosen
    if answer.fault:
        return Extracted("none", rule=rule, findings=(*findings, Finding("fault", answer.fault)))
    others = _others(answer, [found for _, found in named])
    if others:
        said = " and ".join(repr(o.text[:60]) for o in others[:3])
        findings.append(Finding("several", f"it also says {said}"))
    status: Status = "several" if others else "found"
    return Extracted(status, answer.moved(begin), rule, tuple(o.moved(begin) for o in others), tuple(findings))


def _others(answer: Found, found: list[tuple[Found, ...]]) -> tuple[Found, ...]:
    """What a text marks as its answer too, and that reads differently: each once, in order."""
    boxed = found[0]
    other: dict[str, Found] = {}
    for rule, answers in enumerate(found):
        for one in answers:
            framed = rule > 0 and any(one.start <= box.start and box.end <= one.end for box in boxed)
            if not framed and not one.fault and alike(one.text) != alike(answer.text):
                other.setdefault(alike(one.text), one)
    return tuple(other.values())
