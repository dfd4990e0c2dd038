"""The pages of a teacher: a class, its assignments with their marks, the answers to a part in groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from checker.course.gradebook import gradebook
from checker.web import drawing
from checker.web.frame import boxed, form, hidden
from checker.web.markup import Child, Element, el, table
from checker.web.practising import best, clock, short, until
from checker.web.sessions import opened
from checker.web.site import Asked, Page, Refusal, Reply, csv_file, to
from checker.web.store import Changed, now

MOST_PARTS = 100
"""Parts of an assignment."""

ALL_HINTS = 99
TIME = "%Y-%m-%dT%H:%M"
"""A deadline as a form holds it."""


async def overview(asked: Asked) -> Reply:
    """The class of a teacher; who is none is asked for the token."""
    if not asked.session.taught:
        box = boxed("The token of the class", "class_token", type="password", autocomplete="off", required=True)
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
    course = await class_of(asked)
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
        asked.failed()
        raise Refusal(403, "There is no such token.")
    return to("/class", opened("teacher", course.id, now()))


async def class_of(asked: Asked) -> Any:
    course = await asked.base(asked.site.store.course, asked.session.taught)
    if course is None:
        raise Refusal(404, "There is no such class any more.")
    return course


async def assignment_of(asked: Asked, identity: str) -> Any:
    row = await asked.base(asked.site.store.assignment, identity, asked.session.taught)
    if row is None:
        raise Refusal(404, "There is no such assignment of this class.")
    return row


# ---------------------------------------------------------------- assignments


async def new_assignment(asked: Asked) -> Reply:
    course = await class_of(asked)
    return Reply(Page("A new assignment", [el("h1", "A new assignment"), _editing(asked, course, {"hints": "all"})]))


async def edit_assignment(asked: Asked) -> Reply:
    course, row = await class_of(asked), await assignment_of(asked, asked.path["assignment"])
    held = await _written(asked, course, row)
    return Reply(Page(row.title, [el("h1", row.title), _editing(asked, course, held, row)]))


async def _written(asked: Asked, course: Any, row: Any) -> dict[str, str]:
    """An assignment as its form holds it."""
    parts = await asked.base(asked.site.store.asked, row.id)
    return {
        "title": row.title,
        "parts": "\n".join(f"{part.part} {part.points:g}" for part in parts),
        "due": datetime.fromtimestamp(row.due / 1000, ZoneInfo(course.zone)).strftime(TIME) if row.due else "",
        "hints": "all" if row.hints >= ALL_HINTS else str(row.hints),
    }


def _editing(asked: Asked, course: Any, held: Mapping[str, str], row: Any = None) -> Element:
    """The form of an assignment: of a new one, or of the last version of `row`."""
    parts = el(
        "textarea", held.get("parts", ""), id="parts", name="parts", rows=8, required=True, placeholder="001/3.1 2",
        spellcheck="false",
    )  # fmt: skip
    return form(
        "/class/assignment",
        asked.token,
        hidden(id=row.id, version=row.version) if row is not None else None,
        boxed("Title", "title", value=held.get("title", ""), required=True, maxlength=100),
        el("p", el("label", "Parts, one a line, each with its points where they are not its own", for_="parts"), parts),
        boxed(f"Deadline ({course.zone})", "due", type="datetime-local", value=held.get("due", "")),
        boxed("Hints that may be seen before it: a number, or all", "hints", value=held["hints"]),
        el("button", "Save", type="submit"),
    )


async def save_assignment(asked: Asked) -> Reply:
    course, given = await class_of(asked), asked.form
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
    except Changed:
        return await _changed_meanwhile(asked, course)
    return to(f"/class/assignment/{saved}")


async def _changed_meanwhile(asked: Asked, course: Any) -> Reply:
    """The form once more, with what was typed, beside what somebody else has saved."""
    row = await assignment_of(asked, asked.form["id"])
    theirs = await _written(asked, course, row)
    told = [[name, el("pre", theirs[name] or "none")] for name in ("title", "parts", "due", "hints")]
    main = [
        el("h1", "Somebody else has changed it meanwhile"),
        table(["Field", "as it is now"], told, aria_label="As it is now"),
        el("p", "What you typed stands below. Saving it replaces theirs."),
        _editing(asked, course, {"hints": "all", **asked.form}, row),
    ]
    return Reply(Page(row.title, main, 409))


def _due(text: str, zone: str) -> int | None:
    """A time of the day in the zone of the class."""
    if not text:
        return None
    try:
        return int(datetime.strptime(text, TIME).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
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
    _, part = asked.site.find(name)
    try:
        worth = float(points) if points.strip() else part.points
    except ValueError as error:
        raise Refusal(422, f"{short(line)}: points are a number.") from error
    if not 0 <= worth <= 1000:
        raise Refusal(422, f"{short(line)}: points are a number from 0 to 1000.")
    return part.id, worth


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
    course, row = await class_of(asked), await assignment_of(asked, asked.path["assignment"])
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
    course, row = await class_of(asked), await assignment_of(asked, asked.path["assignment"])
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
