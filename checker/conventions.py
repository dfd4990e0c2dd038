"""Conventions: what an answer that is right under one reading only gets.

    left open   `undecided`, and the verdict names the convention
    stated      `wrong`, and the reason is the convention: it would be right under another one

A row gives, for one convention, the readings of the question: (value, part, truth). Conventions are data of the
problem; here stands only what a value of one changes. Those without a row (spread, wiring, index_order, rounding,
claim_about) say in words what the model and the data of the problem already fix; they are shown with the question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from checker.answers.numerals import NumeralError, read_numeral
from checker.answers.outcome import unreadable
from checker.answers.vocabulary import wrt_of
from checker.as_on_the_sheet import as_on_the_sheet
from checker.kinds.contract import kind_of
from checker.marked import as_shown
from checker.verdict import TURNED, Diagnosis, Finding, Verdict
from derivations.domains import Declared, Names, parse_domain
from derivations.formula import (
    HALF,
    Call,
    Elem,
    Formula,
    Node,
    Rel,
    SizeVal,
    add,
    call,
    children,
    div,
    mul,
    num,
    power,
    rebuild,
    replace_elems,
)
from problems.conventions import CONVENTIONS, OPEN
from problems.schema import Part
from problems.truth import Truth

Reading = tuple[str, Part[Any], Truth]
Row = Callable[[Part[Any], Truth], Iterator[Reading]]


def verdict_on(part: Part[Any], truth: Truth, answer: Any) -> Verdict:
    """The verdict of the part's kind, its open conventions settled: what `check` and `validate` ask for."""

    def judge(text: Any) -> Verdict:
        return row_or_column(part, truth, settle(part, truth, text, kind_of(part).judge(part, truth, text)))

    return as_on_the_sheet(part, answer, judge(answer), judge)


def row_or_column(part: Part[Any], truth: Truth, verdict: Verdict) -> Verdict:
    """The transpose of what is asked is wrong where a layout or a shape is stated: a matrix has the shape that is
    declared. Whether the gradient of a vector is a row or a column is asked about where no layout is; and where one
    is, w^T is no column beside ⊙."""
    told = verdict.diagnosis
    if verdict.status == "correct" and part.conventions.get("layout") in CONVENTIONS["layout"].says:
        if all(f.tag != "row" for f in verdict.findings):
            return verdict
        fault = Diagnosis("shape", "a row and a column are multiplied entry by entry: is a transpose too much?")
        evidence = replace(verdict.evidence, strength=None)
        return replace(verdict, status="wrong", score=0.0, evidence=evidence, diagnosis=fault)
    if verdict.status != "wrong" or told is None or (told.tag, told.message) != ("transpose", TURNED):
        return verdict
    layout = part.conventions.get("layout")
    column = truth.formula is not None and sum(i.size != 1 for i in truth.formula.axes) == 1
    if column and layout is None and "/d" in (part.derives or ""):
        return unreadable(
            "it is right as a column, and written as a row, where no layout is stated",
            "the column, without its transpose",
        )
    jacobian = any(value == "denominator" for value, _, _ in _layout(part, truth))
    said = (
        f"here {CONVENTIONS['layout'].says[str(layout)]}" if jacobian and layout in CONVENTIONS["layout"].says else ""
    )
    if column:
        said = "a row, where a column is asked"
    message = f"{TURNED}: {said}" if said else TURNED
    return replace(verdict, diagnosis=Diagnosis(told.tag, message, told.reveal))


def settle(part: Part[Any], truth: Truth, answer: Any, verdict: Verdict) -> Verdict:
    """The verdict, unless readings under an open convention disagree."""
    for name, value in part.conventions.items():
        if name not in ROWS or verdict.status not in ("correct", "wrong"):
            continue
        if value != OPEN:
            verdict = _by_another(name, str(value), part, truth, answer, verdict)
            continue
        found = {reading: kind_of(p).judge(p, t, answer, explain=False) for reading, p, t in ROWS[name](part, truth)}
        right = [reading for reading, v in found.items() if v.status == "correct"]
        if right and len(right) < len(found):
            note = Finding(
                "convention",
                f"it depends on the convention {name}, which the problem leaves open: right for {' or '.join(right)}",
            )
            return Verdict(
                "undecided",
                None,
                findings=(note, *verdict.findings),
                student_read=verdict.student_read,
                truth_read=verdict.truth_read,
            )
        if right:
            return next(iter(found.values()))
    return known(part, answer, verdict)


def readings(part: Part[Any], truth: Truth) -> Iterator[tuple[Part[Any], Truth]]:
    """The part and its truth under each value of each convention that it leaves open."""
    for name, value in part.conventions.items():
        if value == OPEN and name in ROWS:
            yield from ((p, t) for _, p, t in ROWS[name](part, truth))


def _by_another(name: str, stated: str, part: Part[Any], truth: Truth, answer: Any, verdict: Verdict) -> Verdict:
    """A wrong answer that is right under another value of a stated convention is told so, unless the problem itself
    says why it is wrong."""
    told = verdict.diagnosis
    if verdict.status != "wrong" or (
        told is not None
        and (told.tag in ("shape", "kink", "threshold") or told.message in [m.message for m in part.mistakes])
    ):
        return verdict
    for value, p, t in ROWS[name](part, truth):
        if value.split()[0] == stated or kind_of(p).judge(p, t, answer, explain=False).status != "correct":
            continue
        message = f"it is right where {_words(name, value)}; here {_words(name, stated)}"
        reveal = told.reveal if told is not None else ""
        return replace(verdict, diagnosis=Diagnosis(f"convention:{name}", message, reveal))
    return verdict


def _words(name: str, value: str) -> str:
    """`mean over n` as: the loss is averaged over n."""
    first, _, rest = value.partition(" ")
    return f"{as_shown(CONVENTIONS[name].says[first])} {rest}".rstrip()


def known(part: Part[Any], answer: Any, verdict: Verdict) -> Verdict:
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


def _with(truth: Truth, body: Node | None = None, names: Names | None = None) -> Truth:
    names = truth.names if names is None else names
    formula = truth.formula  # none where nothing is derived: then only the names are others
    if formula is not None:
        formula = replace(formula, body=formula.body if body is None else body, names=names)
    return replace(truth, formula=formula, names=names)


def _kink(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """The derivative at a kink: the left one, the right one."""
    for value in ("left", "right"):
        yield value, _stating(part, "kink", value), truth


def _alpha(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """The range of a slope α: α > 0, or 0 ≤ α ≤ 1."""
    for value, domain in (("positive", "positive"), ("at_most_1", "interval(0,1)")):
        rows = [
            _redeclared(r, domain) if r.name in ("alpha", "a", "α") and r.role == "input" and not r.sizes else r
            for r in truth.names.values()
        ]
        yield value, _stating(part, "alpha", value), _with(truth, names=Names(rows))


def _redeclared(row: Declared, domain: str) -> Declared:
    return replace(row, domain=parse_domain(row.name, domain).domain)


def _reduction(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """Summed over the batch, or divided by its size: truth · n or truth / n where the other is stated."""
    if truth.formula is None:
        return
    stated_mean = part.conventions.get("reduction") == "mean"
    yield "mean" if stated_mean else "sum", part, truth
    for size in truth.names.sizes:
        body = mul(SizeVal(size), truth.formula.body) if stated_mean else div(truth.formula.body, SizeVal(size))
        yield f"sum over {size}" if stated_mean else f"mean over {size}", part, _with(truth, body)


def _logarithm(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """The base of log: log x = ln x / ln b."""
    yield "natural", part, truth
    if kind_of(part).at_base and truth.formula is not None:
        for base in (2, 10):
            yield str(base), part, _with(truth, _based(truth.formula.body, base))


def _based(node: Node, base: int) -> Node:
    below = tuple(_based(c, base) for c in children(node))
    made = rebuild(node, below) if below else node
    return mul(made, power(call("log", num(base)), num(-1))) if isinstance(made, Call) and made.fn == "log" else made


def _layout(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """The derivative of a vector by a vector: numerator layout, or its transpose. A gradient of a scalar has no layout
    here."""
    yield "numerator", part, truth
    top = re.match(r"\s*d([^/\d]\w*?)(?:_\w+)?\s*/", part.derives or "")
    row = truth.names.get(top[1]) if top else None
    if (
        row is not None
        and row.sizes
        and truth.formula is not None
        and len(truth.formula.axes) == 2
        and not truth.formula.joint
    ):
        yield "denominator", part, replace(truth, formula=replace(truth.formula, axes=truth.formula.axes[::-1]))


def _momentum(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """The velocity as the problem has it, or equal to it after the rate is rescaled."""
    stated = part.conventions.get("momentum")
    yield "average" if stated in (OPEN, "either") else str(stated), _stating(part, "momentum", "average"), truth
    yield "either", _stating(part, "momentum", "either"), truth


def _stating(part: Part[Any], name: str, value: str) -> Part[Any]:
    return replace(part, conventions={**part.conventions, name: value})


def _variable(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """d/dσ, or d/dσ² = (1/2σ) d/dσ; for a variance v: d/dv, or d/d√v = 2√v d/dv."""
    name = wrt_of(part.derives, truth.names)
    if truth.formula is None or name is None or name not in truth.names or truth.names[name].sizes:
        return
    scalar = Elem(name)
    if part.conventions.get("variable") == "sigma^2":
        yield "sigma^2", part, truth
        yield "sigma", part, _with(truth, mul(num(2), power(scalar, HALF), truth.formula.body))
    else:
        yield "sigma", part, truth
        yield "sigma^2", part, _with(truth, div(truth.formula.body, mul(num(2), scalar)))


def _labels(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """Classes coded 0 and 1, or -1 and 1: in every formula y becomes (y+1)/2, or 2y-1."""
    coded = {
        r.name: r.domain.name
        for r in truth.names.values()
        if r.role == "input" and r.domain.name in ("label01", "labelpm1")
    }
    if truth.formula is None or len(set(coded.values())) != 1:
        return
    from_01 = "label01" in coded.values()
    yield "01" if from_01 else "pm1", part, truth

    def recoded(formula: Formula) -> Formula:
        def by(elem: Elem) -> Node | None:
            if elem.name not in coded:
                return None
            return mul(HALF, add(elem, num(1))) if from_01 else add(mul(num(2), elem), num(-1))

        return replace(formula, body=replace_elems(formula.body, by))

    rows = [
        _redeclared(r, "labelpm1" if from_01 else "label01")
        if r.name in coded
        else r
        if r.equation is None
        else r.with_equation(recoded(r.equation))
        for r in truth.names.values()
    ]
    yield "pm1" if from_01 else "01", part, _with(truth, recoded(truth.formula).body, Names(rows))


def _threshold(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """g(0) of a step: with ≥ it is 1, with > it is 0. The other one turns every comparison of the truth."""
    if truth.formula is None:
        return
    stated = part.conventions.get("threshold")
    yield "0" if stated == "0" else "1", _stating(part, "threshold", "0" if stated == "0" else "1"), truth
    turned = replace(truth, formula=replace(truth.formula, body=_turned(truth.formula.body)))
    yield "1" if stated == "0" else "0", _stating(part, "threshold", "1" if stated == "0" else "0"), turned


def _turned(node: Node) -> Node:
    below = tuple(_turned(c) for c in children(node))
    made = rebuild(node, below) if below else node
    return (
        replace(made, op={">=": ">", ">": ">=", "<=": "<", "<": "<="}[made.op])
        if isinstance(made, Rel) and made.op in (">=", ">", "<=", "<")
        else made
    )


def _scale(part: Part[Any], truth: Truth) -> Iterator[Reading]:
    """Weights up to a positive factor, or up to any that is not 0: then the opposite ones do as well."""
    for value in ("positive", "nonzero"):
        yield value, _stating(part, "scale", value), truth


ROWS: Mapping[str, Row] = MappingProxyType({
    "kink": _kink, "alpha": _alpha, "reduction": _reduction, "logarithm": _logarithm, "layout": _layout,
    "momentum": _momentum, "variable": _variable,
    "labels": _labels, "threshold": _threshold, "scale": _scale,
})  # fmt: skip
"""Convention → its readings."""
