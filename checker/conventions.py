"""Conventions that a problem leaves open: an answer right under one reading only is `undecided`, and the verdict names the convention.

A row gives, for one open convention, the readings of the question: (value, part, truth). Conventions are data of the problem; here
stands only what a value of one changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from checker.kinds.numerals import NumeralError, read_numeral
from checker.verdict import Diagnosis, Finding, Verdict
from derivations.domains import Declared, Names, parse_domain
from derivations.formula import Call, Formula, Node, SizeVal, call, children, div, mul, num, power, rebuild

OPEN = "open"
Reading = tuple[str, Any, Any]
Row = Callable[[Any, Any], Iterator[Reading]]
Judge = Callable[[Any, Any, Any], Verdict]


def settle(part: Any, truth: Any, answer: Any, verdict: Verdict, judge: Judge) -> Verdict:
    """The verdict, unless readings under an open convention disagree."""
    for name, value in part.conventions.items():
        if value != OPEN or name not in ROWS or verdict.status not in ("correct", "wrong"):
            continue
        found = {reading: judge(p, t, answer) for reading, p, t in ROWS[name](part, truth)}
        right = [reading for reading, v in found.items() if v.status == "correct"]
        if right and len(right) < len(found):
            note = Finding("convention", f"it depends on the convention {name}, which the problem leaves open: right for {' or '.join(right)}")
            return Verdict("undecided", None, findings=(note, *verdict.findings), student_read=verdict.student_read, truth_read=verdict.truth_read)
        if right:
            return next(iter(found.values()))
    return known(part, answer, verdict)


def known(part: Any, answer: Any, verdict: Verdict) -> Verdict:
    """A wrong answer that is one of the problem's own mistakes as written gets the problem's own reason."""
    if verdict.status != "wrong":
        return verdict
    for mistake in part.mistakes:
        if _same_text(mistake.answer, answer):
            return replace(verdict, diagnosis=Diagnosis(mistake.tag, mistake.message))
    return verdict


def _same_text(a: Any, b: Any) -> bool:
    def plain(value: Any) -> str:
        if isinstance(value, Mapping):
            value = ",".join(f"{k}={v}" for k, v in value.items())
        elif isinstance(value, (list, tuple)):
            value = ",".join(map(str, value))
        return "".join(str(value).split()).strip("[]()$.").casefold()

    if plain(a) == plain(b):
        return True
    if any(isinstance(v, (Mapping, list, tuple, bool)) for v in (a, b)):
        return False
    try:
        one, two = read_numeral(str(a), grouped=True), read_numeral(str(b), grouped=True)
    except NumeralError:
        return False
    return one is not None and two is not None and one.value == two.value


def _with(truth: Any, body: Node | None = None, names: Names | None = None) -> Any:
    formula: Formula = truth.formula
    names = names if names is not None else truth.names
    return replace(truth, formula=replace(formula, body=formula.body if body is None else body, names=names), names=names)


def _kink(part: Any, truth: Any) -> Iterator[Reading]:
    """The derivative at a kink: the left one, the right one."""
    for value in ("left", "right"):
        yield value, replace(part, conventions={**part.conventions, "kink": value}), truth


def _alpha(part: Any, truth: Any) -> Iterator[Reading]:
    """The range of a slope α: α > 0, or 0 ≤ α ≤ 1."""
    for value, domain in (("positive", "positive"), ("at_most_1", "interval(0,1)")):
        rows = [_redeclared(r, domain) if r.name in ("alpha", "a", "α") else r for r in truth.names.values()]
        yield value, replace(part, conventions={**part.conventions, "alpha": value}), _with(truth, names=Names(rows))


def _redeclared(row: Declared, domain: str) -> Declared:
    return replace(row, domain=parse_domain(row.name, domain).domain)


def _reduction(part: Any, truth: Any) -> Iterator[Reading]:
    """Summed over the batch, or divided by its size."""
    yield "sum", part, truth
    for size in truth.names.sizes:
        yield f"mean over {size}", part, _with(truth, div(truth.formula.body, SizeVal(size)))


def _logarithm(part: Any, truth: Any) -> Iterator[Reading]:
    """The base of log: log x = ln x / ln b."""
    yield "natural", part, truth
    if part.kind == "number":
        for base in (2, 10):
            yield str(base), part, _with(truth, _based(truth.formula.body, base))


def _based(node: Node, base: int) -> Node:
    below = tuple(_based(c, base) for c in children(node))
    made = rebuild(node, below) if below else node
    return mul(made, power(call("log", num(base)), num(-1))) if isinstance(made, Call) and made.fn == "log" else made


def _layout(part: Any, truth: Any) -> Iterator[Reading]:
    """Numerator layout, or its transpose."""
    yield "numerator", part, truth
    if len(truth.formula.axes) == 2:
        yield "denominator", part, replace(truth, formula=replace(truth.formula, axes=truth.formula.axes[::-1]))


ROWS: Mapping[str, Row] = MappingProxyType({"kink": _kink, "alpha": _alpha, "reduction": _reduction, "logarithm": _logarithm, "layout": _layout})
"""Convention → its readings."""
