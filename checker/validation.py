"""What `validate` checks of one part: its truth can be derived, its expects hold, its examples are judged as they say,
its mistakes are mistakes.

The derived answer itself must be judged correct in every dressing in which it can be written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from checker.answers.given import faults as data_faults
from checker.conventions import verdict_on
from checker.demonstration import DemonstrationError, one
from checker.documents.sheets import settings_written
from checker.hints.climbing import gives_away as gives_away_answer
from checker.hints.climbing import ladder
from checker.hints.rungs import STAGES, Rung
from checker.kinds.contract import kind_of
from checker.telling import base_name, tables
from checker.verdict import Verdict
from derivations.calculus import NoDerivative
from derivations.closed_form import NoClosedForm
from derivations.domains import NamesError
from derivations.evaluate.exact_values import NoValue
from derivations.notation import ReadError, read
from derivations.notation.spelling import canonical
from problems import varying
from problems.schema import Part, Problem
from problems.truth import Truth, TruthError, truth


@dataclass(frozen=True, slots=True)
class Found:
    """One fault of a part; `path` is below the part: `.mistake[2].answer`."""

    what: str
    path: str
    warning: bool = False


def validate(part: Part, problem: Problem | None = None) -> tuple[Found, ...]:
    """All faults of a part; with its problem also what `show` gives away. A bug of ours raises."""
    try:
        derived = truth(part)
    except TruthError as error:
        return (Found(error.what, error.path or ".derives"),)
    except (NoDerivative, NoClosedForm) as error:
        return (Found(f"{part.derives!r} cannot be derived: {error}", ".derives"),)
    data = getattr(part.payload, "given", {})
    found = [Found(what, ".given") for what in data_faults(data, derived.names)]
    if found:
        return tuple(found)
    try:
        for fault in _faults(part, derived):
            found.append(fault)
        if problem is not None:
            found += given_away(problem, part, derived)
    except (ReadError, NamesError) as error:
        # What a student writes never raises: this is a text of the author's own, a predicate or a claim.
        found.append(Found(f"a text of the part cannot be read: {error}", ""))
    except NoValue as error:
        found.append(Found(f"it has no value at its data: {error}", ".given"))
    return tuple(found)


def _faults(part: Part, derived: Truth) -> Iterator[Found]:
    yield from _vocabulary(part, derived)
    yield from _demonstrations(part)
    yield from _written(part)
    yield from (Found(what, path) for what, path in kind_of(part).faults(part))
    open_part = replace(part, vocabulary=None, mistakes=())
    for number, expected in enumerate(part.expect, 1):
        verdict = judge(open_part, derived, expected.answer)
        if verdict.status != "correct":
            yield Found(
                f"expect {shown(expected.answer)} is not the derived answer: {words(verdict)}", f".expect[{number}]"
            )
    for number, answer in enumerate(part.accepts, 1):
        verdict = judge(part, derived, answer)
        if verdict.status != "correct":
            yield Found(f"{shown(answer)} should be judged correct: {words(verdict)}", f".accepts[{number}]")
    for number, answer in enumerate(part.rejects, 1):
        verdict = judge(part, derived, answer)
        if verdict.status != "wrong":
            yield Found(f"{shown(answer)} should be judged wrong: {words(verdict)}", f".rejects[{number}]")
    for number, mistake in enumerate(part.mistakes, 1):
        verdict = judge(part, derived, mistake.answer)
        path = f".mistake[{number}]"
        if verdict.status != "wrong":
            yield Found(f"the mistake {shown(mistake.answer)} is not judged wrong: {words(verdict)}", path)
        elif verdict.diagnosis is None or mistake.message not in (
            verdict.diagnosis.message,
            *(f.message for f in verdict.findings),
        ):
            said = verdict.diagnosis.message if verdict.diagnosis else "none"
            yield Found(
                (
                    f"the mistake {shown(mistake.answer)} is judged wrong, but its message is not given; the "
                    f"reason given is: {said}"
                ),
                path,
                warning=True,
            )
    yield from _hints(part, derived)
    yield from _variants(part, derived)
    for text in kind_of(part).right(part, derived):
        verdict = judge(replace(part, vocabulary=None), derived, text)
        # `R_1`, where the sum that R_1 is was asked: what is derived may only name what has a closed form elsewhere
        named = verdict.diagnosis is not None and verdict.diagnosis.tag == "restates-question" and part.expect
        if verdict.status not in ("correct", "not_judged") and not named:
            yield Found(
                f"the right answer, written {shown(text)}, is not judged correct: {words(verdict)}",
                ".derives" if part.derives else "",
            )


def _hints(part: Part, derived: Truth) -> Iterator[Found]:
    """A hint of the author that tells the answer; a stage that is none, or a cost that is no share."""
    for number, hint in enumerate(part.hints, 1):
        if text := gives_away_answer(part, derived, Rung("hint", hint)):
            yield Found(f"hint {number} tells the answer: {shown(text)}", f".hints[{number}]")
    for stage, cost in part.costs.items():
        if stage not in STAGES:
            yield Found(f"no stage {stage!r}; the stages are {', '.join(STAGES)}", f".costs.{stage}")
        elif not isinstance(cost, int | float) or not 0 <= cost <= 1:
            yield Found(f"the cost of {stage} is a share of the points, from 0 to 1", f".costs.{stage}")
    ladder(part, derived)


def _variants(part: Part, derived: Truth) -> Iterator[Found]:
    """What is wrong with how a part varies, with the data of a variant, or with its answer."""
    faulty = [Found(what, ".vary") for what in varying.faults(part)]
    yield from faulty
    yield from (Found(what, ".vary", warning=True) for what in varying.said(part))
    for seed in range(1, varying.variants(part) + 1 if not faulty else 1):
        other = varying.varied(part, seed)
        if varying.as_written(part, seed):
            yield from _in_letters(other, seed)
            continue
        try:
            own = truth(other) if other.lettered else derived
        except (TruthError, NoDerivative, NoClosedForm) as error:
            yield Found(f"variant {seed} cannot be derived: {error}", ".vary")
            continue
        wrong = list(data_faults(other.payload.given, own.names))
        yield from (Found(f"variant {seed}: {what}", ".vary") for what in wrong)
        if wrong:
            continue
        try:
            answer = ladder(other, own).rungs[-1]
        except NoValue as error:
            yield Found(f"variant {seed} has no value: {error}", ".vary")
            continue
        said = "\n".join(answer.written("ascii"))
        if judge(other, own, said).status != "correct":
            yield Found(f"variant {seed}: its own answer, {shown(said)}, is not judged correct", ".vary")
        elif judge(part, derived, said).status == "correct":
            yield Found(f"variant {seed} has the answer of the part as it is written", ".vary", warning=True)
        if kind_of(other).given_away:
            for name, value in varying.numbers_of(part, seed).items():
                if judge(other, own, str(thawed(value))).status == "correct":
                    yield Found(f"variant {seed} is given {name} = {shown(value)}, which is its answer", ".vary")


def _in_letters(part: Part, seed: int) -> Iterator[Found]:
    """What is wrong with a part in other letters: all that its author says of it holds in them too."""
    try:
        found = list(_faults(replace(part, vary={}, reletter=()), truth(part)))
    except (TruthError, NoDerivative, NoClosedForm, NamesError, ReadError) as error:
        found = [Found(f"it cannot be derived or read: {error}", "")]
    letters = ", ".join(f"{new} for {old}" for old, new in part.lettered.new.items())
    yield from (Found(f"variant {seed}, with {letters}: {one.what}", one.path) for one in found if not one.warning)
    for run in dict.fromkeys(run for text in (part.ask, *part.hints) for run in part.lettered.unsure(text)):
        yield Found(
            f"variant {seed}: {run} was left as it is; blanks tell letters apart, \\mathrm a word", ".ask", True
        )


def _written(part: Part) -> Iterator[Found]:
    """What is wrong with how hand-ins are said to write the part: names, bindings, spellings and densities."""
    for table in part.written:
        try:
            for setting in settings_written(replace(part, written=(table,))):
                for factor in setting.densities:
                    if factor.formula:
                        read(factor.formula, setting.names)
        except TruthError as error:
            yield Found(f"how hand-ins write it: {error.what}", ".written")
        except (ReadError, NamesError) as error:
            yield Found(f"how hand-ins write it cannot be read: {error}", ".written")


def given_away(problem: Problem, part: Part, derived: Truth) -> Iterator[Found]:
    """What `show` prints of this part, or of another of its problem, that is judged to be its answer."""
    if not kind_of(part).given_away:
        return
    seen: set[str] = set()
    plain = replace(part, vocabulary=None, mistakes=())
    at = next((k for k, other in enumerate(problem.parts) if other.id == part.id), 0)
    for k, other in enumerate(problem.parts):
        for label, table in tables(problem, other):
            for name, value in table.items():
                text = _axes_of(str(value)) if label == "names" else str(thawed(value))
                if not text or f"{name}: {text}" in seen:
                    continue
                seen.add(f"{name}: {text}")
                if label == "names" and (k > at or part.derives != f"shape of {name}"):
                    continue  # it is known by then, or the shape of another name as well
                if kind_of(plain).judge(plain, derived, text, explain=False).status == "correct":
                    hides = base_name(name) if label == "where" else name
                    yield Found(
                        f'`show {other.id}` prints {name}: {value}, which is the answer: hides = ["{hides}"]', ".hides"
                    )


def _axes_of(domain: str) -> str:
    """`n, d` of `real[n,d]`: what the shape of a name would be."""
    inside = domain.partition("[")[2].rpartition("]")[0]
    return f"({inside})" if inside and inside != "…" else ""


def _demonstrations(part: Part) -> Iterator[Found]:
    for number, demonstration in enumerate(part.demonstrations, 1):
        path = f".demonstration[{number}]"
        try:
            found = one(demonstration, part)
        except DemonstrationError as error:
            yield Found(str(error), path)
            continue
        if not found["holds"]:
            yield Found(
                f"the demonstration does not show what it should: {found.get('evidence') or found.get('says')}", path
            )


def judge(part: Part, derived: Truth, answer: Any) -> Verdict:
    """The verdict on an answer of a problem file."""
    return verdict_on(part, derived, thawed(answer))


def thawed(value: Any) -> Any:
    """An answer of a problem file as a student's would come: lists and tables."""
    if isinstance(value, Mapping):
        return {k: thawed(v) for k, v in value.items()}
    return [thawed(v) for v in value] if isinstance(value, tuple) else value


def _vocabulary(part: Part, derived: Truth) -> Iterator[Found]:
    if part.vocabulary is None or not len(derived.names):
        return
    known = {canonical(name): name for name in derived.names}
    for name in part.vocabulary:
        if canonical(name) not in known:
            near = get_close_matches(name, list(derived.names), 1)
            yield Found(
                f"no name {name}"
                + (f"; did you mean {near[0]}?" if near else f"; the names are {', '.join(derived.names)}"),
                ".names",
            )


def shown(answer: Any) -> str:
    """An answer in a message."""
    text = repr(thawed(answer)) if not isinstance(answer, str) else f"`{answer}`"
    return text if len(text) <= 120 else text[:117] + "..."


def words(verdict: Verdict) -> str:
    """A verdict with its reason, in a line."""
    why = (
        verdict.diagnosis.message
        if verdict.diagnosis
        else verdict.at.message
        if verdict.at
        else verdict.findings[0].message
        if verdict.findings
        else ""
    )
    example = verdict.evidence.counterexample
    point = f" (it gives {example.student}, right is {example.truth})" if example else ""
    return f"{verdict.status}" + (f": {why}" if why else "") + point
