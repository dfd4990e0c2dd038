"""The answers of a class to a part, in groups of those that are the same; what a teacher decides about a group."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from checker.web import drawing
from checker.web.frame import form, hidden
from checker.web.markup import Child, Element, el, prose
from checker.web.site import Asked, Page, Refusal, Reply, place, to
from checker.web.teaching import assignment_of, class_of
from problems.schema import Part
from problems.varying import has, letters_of, numbers_of


async def _points(asked: Asked, assignment: str, part: str) -> float:
    """What a part of an assignment is worth. Raises `Refusal`."""
    for row in await asked.base(asked.site.store.asked, assignment):
        if row.part == part:
            return row.points
    raise Refusal(404, "The assignment does not ask this part.")


async def answers(asked: Asked) -> Reply:
    """The answers to a part, in groups of those that are proved to be the same, each with a form to decide on it."""
    course, row = await class_of(asked), await assignment_of(asked, asked.path["assignment"])
    problem, part = asked.site.find(asked.path["part"])
    store = asked.site.store
    worth = await _points(asked, row.id, part.id)
    sent = [one for one in await asked.base(store.handed_in, course.id, [part.id], row.due) if one.status]
    names = {student.id: student.name for student in await asked.base(store.students, course.id)}
    groups: list[Child] = []
    for seed in sorted({one.seed for one in sent}):
        groups += await _of_version(asked, row.id, part, seed, worth, [one for one in sent if one.seed == seed], names)
    main = [
        el("h1", problem.title, " ", el("span", part.id, class_="id")),
        el("div", prose(part.ask), class_="ask"),
        el("p", el("a", f"Back to {row.title}", href=f"/class/assignment/{row.id}")),
        form(
            "/class/regrade",
            asked.token,
            hidden(assignment=row.id, part=part.id),
            el("button", "Judge all of them again", type="submit", class_="second"),
        ),
        groups or el("p", "Nobody has answered yet."),
    ]
    return Reply(Page(part.id, main))


async def _of_version(
    asked: Asked,
    assignment: str,
    part: Part[Any],
    seed: int,
    worth: float,
    sent: Sequence[Any],
    names: Mapping[str, str],
) -> list[Child]:
    """The groups of the answers to a version of a part, below its question where it is another one than the sheet's:
    what is right in one version is wrong in the next."""
    views = [json.loads(one.view) for one in sent]
    given = [
        {"text": one.answer, "read": view.get("student_read") or "", "status": one.status}
        for one, view in zip(sent, views, strict=True)
    ]
    made = await asked.site.judge.long({"do": "group", "part": part.id, "seed": seed, "answers": given})
    if made is None:
        raise Refusal(503, "The answers could not be put into groups in time.")
    groups: list[Child] = [
        _group(
            asked, assignment, part.id, worth, [sent[k] for k in group["members"]], views[group["members"][0]], names
        )
        for group in made["groups"]
    ]
    if not seed:
        return groups
    question = el("a", f"Version {seed}", href=place(part.id, seed))
    told = [f"{name} = {value}" for name, value in numbers_of(part, seed).items()]
    told += [f"{new} for {old}" for old, new in letters_of(part, seed).items()]
    return [el("p", question, ": ", el("code", ", ".join(told)), class_="versions"), *groups]


def _group(
    asked: Asked, assignment: str, part: str, worth: float, members: Sequence[Any], view: Any, names: Mapping[str, str]
) -> Element:
    """A group: an answer that stands for it, who gave it, and the form to decide on it."""
    first = members[0]
    who = sorted({names.get(one.student_id, "") for one in members}, key=str.casefold)
    share = drawing.share_of(first)
    given = "" if share is None else f"{share * worth:.6g}"
    points = el("input", name="points", inputmode="decimal", required=True, value=given)
    deciding = form(
        "/class/override",
        asked.token,
        hidden(assignment=assignment, part=part, submission=first.id),
        el("label", f"Points of {worth:g} ", points),
        el("label", "A word to the student ", el("input", name="note", maxlength=500, value=first.note or "")),
        el("button", "Decide for all of them", type="submit"),
    )
    back = form(
        "/class/override/drop",
        asked.token,
        hidden(assignment=assignment, part=part, override=first.override_id),
        el("button", "Take the decision back", type="submit", class_="second"),
    )
    count = f" {len(members)} answer{'s' * (len(members) != 1)} "
    decided = el("span", "decided by a teacher", class_="quiet") if first.decided else None
    return el(
        "section",
        el("h2", drawing.mark(first.decided or first.status), count, decided),
        el("pre", first.answer, class_="place"),
        el("p", prose(drawing.reason(view))) if drawing.reason(view) else None,
        el("p", ", ".join(who), class_="quiet"),
        deciding,
        back if first.override_id else None,
        class_="group",
    )


async def _about(asked: Asked) -> tuple[Any, Any, Part[Any]]:
    """(class, assignment, part) that a form is about. Raises `Refusal`."""
    course, given = await class_of(asked), asked.form
    row = await assignment_of(asked, given.get("assignment", ""))
    return course, row, asked.site.find(given.get("part", ""))[1]


async def override(asked: Asked) -> Reply:
    """A teacher decides about an answer, and about all that are the same, those that will come too."""
    course, row, part = await _about(asked)
    store = asked.site.store
    worth = await _points(asked, row.id, part.id)
    sent = await asked.base(store.handed_in, course.id, [part.id])
    first = next((one for one in sent if one.id == asked.form.get("submission")), None)
    if first is None:
        raise Refusal(404, "There is no such answer in this class.")
    try:
        share = float(asked.form.get("points", "")) / worth if worth else 0.0
    except ValueError as error:
        raise Refusal(422, "Points are a number.") from error
    if not 0 <= share <= 1:
        raise Refusal(422, f"Points are a number from 0 to {worth:g}.")
    note = " ".join(asked.form.get("note", "").split())[:500]
    status = "correct" if share == 1 else "wrong"
    values = {
        "part": part.id,
        "seed": first.seed,
        "answer": first.answer,
        "status": status,
        "score": share,
        "note": note,
    }
    await asked.base(store.save_override, course.id, values, [first.id])
    await _again(asked, part, [one for one in sent if one.status and one.seed == first.seed])
    return to(f"/class/assignment/{row.id}/part/{part.id}")


async def drop_override(asked: Asked) -> Reply:
    course, row, part = await _about(asked)
    await asked.base(asked.site.store.drop_override, course.id, asked.form.get("override", ""))
    return to(f"/class/assignment/{row.id}/part/{part.id}")


async def regrade(asked: Asked) -> Reply:
    """All answers of the class to a part are judged again: a problem was mended, or the program."""
    course, row, part = await _about(asked)
    asked.site.forget(part.id)
    await _again(asked, part, await asked.base(asked.site.store.handed_in, course.id, [part.id]))
    return to(f"/class/assignment/{row.id}/part/{part.id}")


async def _again(asked: Asked, part: Part[Any], sent: Sequence[Any]) -> None:
    """Have submissions judged again, and wait for the verdicts a while; each keeps the one it has until then, and for
    good where its version is no more."""
    judge = asked.site.judge
    sent = [one for one in sent if has(part, one.seed)]
    for one in sent:
        await asked.base(judge.put, one.id, one.part, one.seed, one.answer, one.student_id, True)
    until = time.monotonic() + WAITED
    for one in sent:
        await judge.settled(one.id, max(0.0, until - time.monotonic()))


WAITED = 10.0
"""Seconds that a page waits for the verdicts on what is judged again."""
