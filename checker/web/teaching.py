"""The pages of a teacher: a class with its assignments, an assignment with its marks, the answers to a part in groups."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from checker.course.gradebook import gradebook
from checker.web import drawing
from checker.web.frame import form
from checker.web.markup import Child, Element, el, prose, table
from checker.web.practising import best, clock, csv_file, failed, found, short, to, until
from checker.web.sessions import opened
from checker.web.site import Asked, Page, Refusal, Reply
from checker.web.store import Changed, now

MOST_PARTS = 100
"""Parts of an assignment."""

ALL_HINTS = 99


async def overview(asked: Asked) -> Reply:
    """The class of a teacher; who is none is asked for the token."""
    if not asked.session.taught:
        box = el("input", id="token", name="class_token", type="password", autocomplete="off", required=True)
        asking = form(
            "/class",
            asked.token,
            el("label", "The token of the class", for_="token"),
            " ",
            box,
            " ",
            el("button", "Open", type="submit"),
        )
        return Reply(
            Page(
                "Class",
                [
                    el("h1", "A class"),
                    el("p", "This is for teachers. Students join by the link that they were given."),
                    asking,
                ],
            )
        )
    course = await _course(asked)
    store = asked.site.store
    students = await asked.base(store.students, course.id)
    rows = await asked.base(store.assignments, course.id)
    listed = [
        [
            el("a", row.title, href=f"/class/assignment/{row.id}"),
            clock(row.due, course.zone) if row.due else "none",
            _hints(row.hints),
        ]
        for row in rows
    ]
    main = [
        el("h1", course.title),
        el(
            "p",
            "Students join at ",
            el("a", f"/join/{course.link}", href=f"/join/{course.link}"),
            f". {len(students)} have joined.",
        ),
        el("h2", "Assignments"),
        table(["Title", "Deadline", "Hints"], listed, aria_label="Assignments") if listed else el("p", "None yet."),
        el("p", el("a", "A new assignment", href="/class/new")),
        el("details", el("summary", "Students"), el("ul", [el("li", s.name) for s in students])),
        form("/leave", asked.token, el("button", "Leave", type="submit", class_="second")),
    ]
    return Reply(Page(course.title, main))


def _hints(most: int) -> str:
    return "all" if most >= ALL_HINTS else str(most) if most else "none"


async def enter(asked: Asked) -> Reply:
    """A teacher with the token of a class, which is posted and stands in no address."""
    course = await asked.base(asked.site.store.course_of_token, asked.form.get("class_token", "")[:100])
    if course is None:
        failed(asked)
        raise Refusal(403, "There is no such token.")
    return to("/class", opened("teacher", course.id, now()))


async def _course(asked: Asked) -> Any:
    course = await asked.base(asked.site.store.course, asked.session.taught)
    if course is None:
        raise Refusal(404, "There is no such class any more.")
    return course


async def _assignment(asked: Asked, identity: str) -> Any:
    row = await asked.base(asked.site.store.assignment, identity, asked.session.taught)
    if row is None:
        raise Refusal(404, "There is no such assignment of this class.")
    return row


# ---------------------------------------------------------------- assignments


async def new_assignment(asked: Asked) -> Reply:
    course = await _course(asked)
    return Reply(Page("A new assignment", [el("h1", "A new assignment"), _editing(asked, course, None, ())]))


async def edit_assignment(asked: Asked) -> Reply:
    course, row = await _course(asked), await _assignment(asked, asked.path["assignment"])
    parts = await asked.base(asked.site.store.asked, row.id)
    return Reply(Page(row.title, [el("h1", row.title), _editing(asked, course, row, parts)]))


def _editing(asked: Asked, course: Any, row: Any, parts: Sequence[Any]) -> Element:
    """The form of an assignment, new or not."""
    due = (
        datetime.fromtimestamp(row.due / 1000, ZoneInfo(course.zone)).strftime("%Y-%m-%dT%H:%M")
        if row and row.due
        else ""
    )
    told = "\n".join(f"{part.part} {part.points:g}" for part in parts)
    kept = (
        [
            el("input", type="hidden", name=name, value=value)
            for name, value in (("id", row.id), ("version", row.version))
        ]
        if row
        else []
    )
    return form(
        "/class/assignment", asked.token, kept,
        el("p", el("label", "Title", for_="title"), el("input", id="title", name="title", value=row.title if row else "", required=True, maxlength=100)),
        el(
            "p", el("label", "Parts, one a line, each with its points where they are others than its problem's", for_="parts"),
            el("textarea", told, id="parts", name="parts", rows=8, required=True, placeholder="001/3.1 2", spellcheck="false"),
        ),
        el("p", el("label", f"Deadline ({course.zone})", for_="due"), el("input", id="due", name="due", type="datetime-local", value=due)),
        el(
            "p", el("label", "Hints that may be seen before it: a number, or all", for_="hints"),
            el("input", id="hints", name="hints", value=_hints(row.hints).replace("none", "0") if row else "all"),
        ),
        el("button", "Save", type="submit"),
    )  # fmt: skip


async def save_assignment(asked: Asked) -> Reply:
    course, given = await _course(asked), asked.form
    title = " ".join(given.get("title", "").split())
    if not title or len(title) > 100:
        raise Refusal(422, "A title has 1 to 100 characters.")
    values = {"title": title, "due": _due(given.get("due", ""), course.zone), "hints": _most(given.get("hints", "all"))}
    parts = [_worth(asked, line) for line in given.get("parts", "").splitlines() if line.strip()]
    if not 0 < len(parts) <= MOST_PARTS or len({part for part, _ in parts}) < len(parts):
        raise Refusal(422, f"An assignment asks 1 to {MOST_PARTS} parts, each once.")
    change = None
    if given.get("id"):
        version = given.get("version", "")
        if not (version.isascii() and version.isdecimal() and len(version) < 10):
            raise Refusal(400, "That is no form of ours.")
        change = (given["id"], int(version))
    try:
        saved = await asked.base(asked.site.store.save_assignment, course.id, values, parts, change)
    except Changed as error:
        raise Refusal(
            409,
            "Somebody else has changed this assignment since you opened it. Open it again: nothing of theirs is lost, yours has to be put in once more.",
        ) from error
    return to(f"/class/assignment/{saved}")


def _due(text: str, zone: str) -> int | None:
    """A time of the day in the zone of the class."""
    if not text:
        return None
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise Refusal(422, "A deadline is written 2030-01-31T23:59.") from error


def _most(text: str) -> int:
    text = text.strip().casefold()
    if text == "all":
        return ALL_HINTS
    if not (text.isascii() and text.isdecimal() and len(text) <= 2):
        raise Refusal(422, "Hints are a number, or all.")
    return int(text)


def _worth(asked: Asked, line: str) -> tuple[str, float]:
    """`001/3.1 2`: a part and its points."""
    name, _, points = line.strip().partition(" ")
    _, part = found(asked.site, name)
    try:
        worth = float(points) if points.strip() else part.points
    except ValueError as error:
        raise Refusal(422, f"{short(line)}: points are a number.") from error
    if not 0 <= worth <= 1000:
        raise Refusal(422, f"{short(line)}: points are a number from 0 to 1000.")
    return part.id, worth


async def _points(asked: Asked, assignment: str, part: str) -> float:
    """What a part of an assignment is worth. Raises `Refusal`."""
    for row in await asked.base(asked.site.store.asked, assignment):
        if row.part == part:
            return row.points
    raise Refusal(404, "The assignment does not ask this part.")


async def _marks(
    asked: Asked, course: Any, row: Any
) -> tuple[Sequence[Any], Sequence[Any], dict[tuple[str, str], list[Any]]]:
    """(parts, students, what each has sent to each part in time) of an assignment."""
    store = asked.site.store
    parts, students = await asked.base(store.asked, row.id), await asked.base(store.students, course.id)
    sent: dict[tuple[str, str], list[Any]] = {}
    for one in await asked.base(store.handed_in, course.id, [part.part for part in parts], row.due):
        sent.setdefault((one.student_id, one.part), []).append(one)
    return parts, students, sent


async def assignment(asked: Asked) -> Reply:
    """Who has what, as it is now."""
    course, row = await _course(asked), await _assignment(asked, asked.path["assignment"])
    parts, students, sent = await _marks(asked, course, row)
    head: list[Child] = [
        "Student",
        *(el("a", p.part, href=f"/class/assignment/{row.id}/part/{p.part}") for p in parts),
        "Points",
    ]
    body, right = [], [0] * len(parts)
    for student in students:
        cells: list[Child] = []
        total = 0.0
        for k, part in enumerate(parts):
            share, status = best(sent.get((student.id, part.part), []), None)
            right[k] += status == "correct"
            total += (share or 0) * part.points
            cells.append(
                [drawing.mark(status), f" {share * part.points:.3g}" if share is not None else ""]
                if status != ""
                else ""
            )
        body.append([student.name, *cells, f"{total:.4g}"])
    possible = sum(part.points for part in parts)
    summary: list[Child] = ["right", *(f"{r} of {len(students)}" for r in right), f"of {possible:g}"]
    main = [
        el("h1", row.title, " ", el("span", until(row.due, course.zone), class_="quiet")),
        el(
            "p",
            el("a", "Change it", href=f"/class/assignment/{row.id}/edit"),
            " · ",
            el("a", "Grades as CSV", href=f"/class/assignment/{row.id}/grades.csv"),
        ),
        el("div", table(head, [*body, summary], aria_label="Marks"), data_live=True),
        el("p", "A part leads to its answers, in groups of those that are the same.", class_="quiet"),
    ]
    return Reply(Page(row.title, main))


async def grades(asked: Asked) -> Reply:
    """The marks as a spreadsheet takes them."""
    course, row = await _course(asked), await _assignment(asked, asked.path["assignment"])
    parts, students, sent = await _marks(asked, course, row)
    listed = [{"id": part.part, "points": part.points} for part in parts]
    rows = []
    for student in students:
        outcomes = [(part, *best(sent.get((student.id, part.part), []), None)) for part in parts]
        got = [
            {"id": part.part, "got": 0.0 if status == "" else None if share is None else share * part.points}
            for part, share, status in outcomes
        ]
        waits = [one["id"] for one in got if one["got"] is None]
        total = sum(one["got"] or 0.0 for one in got)
        possible = sum(part.points for part in parts)
        rows.append({"name": student.name, "parts": got, "points": total, "possible": possible, "awaiting": waits})
    return Reply(csv_file(gradebook(row.title, listed, rows, "plain"), "grades.csv"))


# ---------------------------------------------------------------- answers


async def answers(asked: Asked) -> Reply:
    """The answers to a part, in groups of those that are proved to be the same, each with a form to decide on it."""
    course, row = await _course(asked), await _assignment(asked, asked.path["assignment"])
    problem, part = found(asked.site, asked.path["part"])
    store = asked.site.store
    worth = await _points(asked, row.id, part.id)
    sent = [one for one in await asked.base(store.handed_in, course.id, [part.id], row.due) if one.status]
    names = {student.id: student.name for student in await asked.base(store.students, course.id)}
    views = [json.loads(one.view) for one in sent]
    given = [
        {"text": one.answer, "read": view.get("student_read") or "", "status": one.status}
        for one, view in zip(sent, views, strict=True)
    ]
    made = await asked.site.judge.long({"do": "group", "part": part.id, "answers": given}) if given else {"groups": []}
    if made is None:
        raise Refusal(503, "The answers could not be put into groups in time.")
    groups = [
        _group(asked, row.id, part.id, worth, [sent[k] for k in group["members"]], views[group["members"][0]], names)
        for group in made["groups"]
    ]
    main = [
        el("h1", problem.title, " ", el("span", part.id, class_="id")),
        el("div", prose(part.ask), class_="ask"),
        el("p", el("a", f"Back to {row.title}", href=f"/class/assignment/{row.id}")),
        form(
            "/class/regrade",
            asked.token,
            _where(row.id, part.id),
            el("button", "Judge all of them again", type="submit", class_="second"),
        ),
        groups or el("p", "Nobody has answered yet."),
    ]
    return Reply(Page(part.id, main))


def _where(assignment: str, part: str) -> list[Element]:
    return [
        el("input", type="hidden", name=name, value=value)
        for name, value in (("assignment", assignment), ("part", part))
    ]


def _group(
    asked: Asked, assignment: str, part: str, worth: float, members: Sequence[Any], view: Any, names: dict[str, str]
) -> Element:
    first = members[0]
    who = sorted({names.get(one.student_id, "") for one in members}, key=str.casefold)
    share = drawing.share_of(first)
    deciding = form(
        "/class/override", asked.token, _where(assignment, part), el("input", type="hidden", name="submission", value=first.id),
        el("label", "Points of ", f"{worth:g}", " ", el("input", name="points", inputmode="decimal", required=True, value="" if share is None else f"{share * worth:.6g}")),
        el("label", "A word to the student ", el("input", name="note", maxlength=500, value=first.note or "")),
        el("button", "Decide for all of them", type="submit"),
    )  # fmt: skip
    back = (
        form(
            "/class/override/drop",
            asked.token,
            _where(assignment, part),
            el("input", type="hidden", name="override", value=first.override_id),
            el("button", "Take the decision back", type="submit", class_="second"),
        )
        if first.override_id
        else None
    )
    return el(
        "section",
        el(
            "h2",
            drawing.mark(first.decided or first.status),
            f" {len(members)} answer{'s' * (len(members) != 1)}",
            " ",
            el("span", "decided by a teacher", class_="quiet") if first.decided else None,
        ),
        el("pre", first.answer, class_="place"),
        el("p", prose(drawing.reason(view))) if drawing.reason(view) else None,
        el("p", ", ".join(who), class_="quiet"),
        deciding,
        back,
        class_="group",
    )


async def override(asked: Asked) -> Reply:
    """A teacher decides about an answer, and about all that are the same, those that will come too."""
    course, given = await _course(asked), asked.form
    row = await _assignment(asked, given.get("assignment", ""))
    _, part = found(asked.site, given.get("part", ""))
    store = asked.site.store
    worth = await _points(asked, row.id, part.id)
    sent = await asked.base(store.handed_in, course.id, [part.id])
    first = next((one for one in sent if one.id == given.get("submission")), None)
    if first is None:
        raise Refusal(404, "There is no such answer in this class.")
    try:
        share = float(given.get("points", "")) / worth if worth else 0.0
    except ValueError as error:
        raise Refusal(422, "Points are a number.") from error
    if not 0 <= share <= 1:
        raise Refusal(422, f"Points are a number from 0 to {worth:g}.")
    note = " ".join(given.get("note", "").split())[:500]
    status = "correct" if share == 1 else "wrong"
    values = {"part": part.id, "answer": first.answer, "status": status, "score": share, "note": note}
    await asked.base(store.save_override, course.id, values, [first.id])
    await _again(asked, [one for one in sent if one.status])
    return to(f"/class/assignment/{row.id}/part/{part.id}")


async def drop_override(asked: Asked) -> Reply:
    course, given = await _course(asked), asked.form
    row = await _assignment(asked, given.get("assignment", ""))
    _, part = found(asked.site, given.get("part", ""))
    await asked.base(asked.site.store.drop_override, course.id, given.get("override", ""))
    return to(f"/class/assignment/{row.id}/part/{part.id}")


async def regrade(asked: Asked) -> Reply:
    """All answers of the class to a part are judged again: a problem was mended, or the program."""
    course, given = await _course(asked), asked.form
    row = await _assignment(asked, given.get("assignment", ""))
    _, part = found(asked.site, given.get("part", ""))
    asked.site.forget(part.id)
    await _again(asked, await asked.base(asked.site.store.handed_in, course.id, [part.id]))
    return to(f"/class/assignment/{row.id}/part/{part.id}")


async def _again(asked: Asked, sent: Sequence[Any]) -> None:
    """Have submissions judged again, and wait for the verdicts a while; each keeps the one it has until then."""
    judge = asked.site.judge
    for one in sent:
        await asked.base(judge.put, one.id, one.part, one.answer, one.student_id, True)
    for one in sent:
        await judge.settled(one.id, WAITED)


WAITED = 10.0
"""Seconds that a page waits for each verdict on what is judged again."""
