"""What a worker does for the page. Text of students is read here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.answers.definitions import defined
from checker.answers.text import answer_text
from checker.answers.vocabulary import node_of
from checker.check import check, truth_of
from checker.course.alike import alike
from checker.documents.sheets import asked_of
from checker.hints.climbing import ladder_of
from checker.hints.placing import nudge
from checker.hints.rungs import with_target
from checker.telling import base_name, part_names, told
from checker.verdict import Verdict
from derivations.derivation import over
from derivations.formula import Note
from derivations.notation import ReadError, read, read_statement, spelling, write
from problems.bank import load_bank
from problems.schema import Part
from problems.truth import TruthError, model_of
from problems.varying import has, varied


def question(request: Mapping[str, Any]) -> dict[str, Any]:
    """The names of a part and the bindings that it tells, as LaTeX: `names`, `where`."""
    problem, part = load_bank(request.get("bank")).find(request["part"])
    part = varied(part, request.get("seed", 0))
    try:
        names, nodes = part_names(part)
        model = model_of(part)
    except (KeyError, TruthError) as error:
        return {"refused": str(error)}
    where = {}
    for left in told(problem, part, "where", nodes):
        row = model.names.get(base_name(left)) or model.names.get(left)
        if row is not None and row.definition is not None:
            where[left] = f"{spelling.latex(left)} = {write(over(row.definition), 'latex', 'index')}"
    return {"names": {name: spelling.latex(name) for name in names}, "where": where}


def reading(request: Mapping[str, Any]) -> dict[str, Any]:
    """How an answer to a part is read: its `lines` as LaTeX, and what is uncertain about them in `notes`; or `at`, the
    place that cannot be read."""
    part = load_bank(request.get("bank")).part(request["part"])
    text = answer_text(request["answer"])
    target = None if part.derives is None else node_of(part.derives)
    said = defined(text, truth_of(part).names, target)
    if said.fault is not None:
        return {"lines": [], "notes": [said.fault.reason or (said.fault.at.message if said.fault.at else "")]}
    try:
        formula = read(said.text, said.names, target=target)
        if formula.shape_error:
            return {"lines": [], "notes": [formula.shape_error.message]}
        return {"lines": [write(over(formula), "latex", "index")], "notes": _notes(formula.notes)}
    except ReadError as error:
        if error.tag != "relation":
            return _unread(error, said.text == text)
    try:
        statement = read_statement(said.text, said.names)
    except ReadError as error:
        return _unread(error, said.text == text)
    shown, notes = [], []
    for line in statement.lines:
        shown.append(with_target(line).written("latex"))
        notes += [note for side in line.parts for note in _notes(side.notes)]
    return {"lines": shown, "notes": list(dict.fromkeys(notes))}


def _notes(notes: tuple[Note, ...]) -> list[str]:
    return [note.message for note in notes]


def _unread(error: ReadError, own_text: bool) -> dict[str, Any]:
    """A text that cannot be read: why, and where in what was typed."""
    return {
        "lines": [],
        "notes": [str(error.args[0])],
        "at": list(error.span) if error.span and own_text else None,
        "readings": [str(reading) for reading in error.readings or ()],
    }


def judged(request: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict on an answer to a version of a part, and the id of the first of the teacher's `overrides`,
    {id, answer}, that is about an answer that is the same."""
    part, seed = load_bank(request.get("bank")).part(request["part"]), request.get("seed", 0)
    if not has(part, seed):
        return {"refused": f"{part.id} has no version {seed} any more"}
    part = varied(part, seed)
    try:
        verdict = check(part, request["answer"])
        asked = asked_of(part, ()) if request["overrides"] else None
    except TruthError as error:
        return {"refused": f"the problem of {part.id} has a fault, `backproof validate` shows it: {error}"}
    texts = [text for text in (verdict.student_read, request["answer"]) if text]
    same = [
        o["id"] for o in request["overrides"] if asked and any(alike(o["answer"], t, asked) == "same" for t in texts)
    ]
    view = {**verdict.to_json(), "nudge": _nudge(part, verdict, request["answer"])}
    return {"verdict": view, "override": same[0] if same else None}


def _nudge(part: Part[Any], verdict: Verdict, answer: str) -> dict[str, Any] | None:
    """For a wrong answer the number of the rung that helps it on."""
    if verdict.status != "wrong":
        return None
    found = nudge(part, truth_of(part), ladder_of(part), verdict, answer)
    return None if found is None else {"number": found.shows}


TASKS = {"question": question, "reading": reading, "judged": judged}
