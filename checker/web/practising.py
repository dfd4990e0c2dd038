"""The pages of a student: topics, a question, its outcome, hints, history."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse

from checker.commands.repeating import COUNTS, RIGHT, Event, order, taught
from checker.course.gradebook import guarded
from checker.kinds.contract import kind_of
from checker.web import drawing
from checker.web.frame import form, hidden
from checker.web.markup import Child, Element, el, table
from checker.web.sessions import Session, new_id, opened
from checker.web.site import Asked, Page, Refusal, Reply, csv_file, place, to
from checker.web.store import now
from problems.schema import Part, Problem
from problems.varying import variants

SEVERAL = frozenset(["choice"])
"""Fields of which a form may hold several, which are then one with commas between."""

WAITED = 8.0
"""Seconds that a page waits for a verdict before it says that there is none yet."""

SHOWN = 10
"""Answers to a part that its page lists."""

MOST_WAITING = 4
"""Submissions of one student that may wait at once."""


# ---------------------------------------------------------------- topics


async def home(asked: Asked) -> Reply:
    rows = await asked.base(asked.site.store.outcomes, asked.session.student) if asked.session.student else []
    done = {row.part for row in rows if row.status in RIGHT}
    tried = {row.part for row in rows} - done
    parts = await asked.base(asked.site.parts)
    again = due(rows, parts)
    main: list[Child] = [el("h1", "Questions")]
    main += await _assignments(asked)
    if again:
        last = {row.part: row.seed for row in rows}
        counts = {part.id: variants(part) + 1 for _, part in parts}
        links = [
            el("li", el("a", part, href=place(part, (last.get(part, -1) + 1) % counts[part]))) for part in again[:12]
        ]
        main.append(
            el("section", el("h2", "To do again today"), el("ul", links, class_="chips"), aria_label="To do again")
        )
    latest = rows[-1].part.partition("/")[0] if rows else parts[0][1].sheet if parts else ""
    for sheet, of_sheet in groupby(parts, key=lambda row: row[1].sheet):
        held = list(of_sheet)
        right = sum(part.id in done for _, part in held)
        problems = [_problem(problem, [p for _, p in group], done, tried) for problem, group in _by_problem(held)]
        main.append(
            el(
                "details",
                el(
                    "summary",
                    el("b", f"Sheet {sheet}"),
                    " ",
                    el("span", f"{right} of {len(held)} right", class_="quiet"),
                ),
                problems,
                open=sheet == latest,
            )
        )
    return Reply(Page("Questions", main))


def due(rows: Sequence[Any], parts: Sequence[tuple[Problem, Part[Any]]]) -> list[str]:
    """The parts that are to be asked again, in order: by what was wrong in them, and by kinds of mistakes."""
    judged = [row for row in rows if row.status in COUNTS]
    events = [Event(r.part, r.at / 1000, r.status in RIGHT, r.tag, r.cost >= 1) for r in judged]
    teaches = taught(part for _, part in parts)
    return [part for part in order(events, teaches, now() / 1000) if part in teaches]


def _by_problem(held: list[tuple[Problem, Part[Any]]]) -> list[tuple[Problem, list[tuple[Problem, Part[Any]]]]]:
    return [(group[0][0], group) for _, rows in groupby(held, key=lambda row: row[0].id) if (group := list(rows))]


def _problem(problem: Problem, parts: list[Part[Any]], done: set[str], tried: set[str]) -> Element:
    def one(part: Part[Any]) -> Element:
        state = "done" if part.id in done else "tried" if part.id in tried else ""
        sign = {"done": "✓", "tried": "…", "": ""}[state]
        name = part.id.removeprefix(problem.id).strip("./") or "the question"
        said = {"done": ", right", "tried": ", not right yet", "": ""}[state]
        seen = [el("span", said, class_="vh"), el("span", sign, aria_hidden="true")] if state else None
        link = el("a", name, seen, href=f"/part/{part.id}")
        return el("li", link, class_=state or None)

    return el("section", el("h2", problem.title), el("ul", [one(part) for part in parts], class_="chips"))


async def _assignments(asked: Asked) -> list[Child]:
    """The assignments of a student's class, with what is reached."""
    me = await asked.me()
    if me is None or me.course_id is None:
        return []
    store = asked.site.store
    course = await asked.base(store.course, me.course_id)
    out: list[Child] = []
    sent = await asked.base(store.history, me.id)
    for row in await asked.base(store.assignments, me.course_id):
        parts = await asked.base(store.asked, row.id)
        cells = []
        for part in parts:
            share, status = best([s for s in sent if s.part == part.part], row.due)
            cells.append(
                [
                    el("a", part.part, href=f"/part/{part.part}"),
                    drawing.mark(status) if status != "" else "",
                    drawing.points(share, part.points) or drawing.worth(part.points),
                ]
            )
        title = el("h2", row.title, " ", el("span", until(row.due, course.zone) if course else "", class_="quiet"))
        out.append(
            el("section", title, table(["Part", "Verdict", "Points"], cells, aria_label=row.title), class_="assignment")
        )
    return out


def best(sent: list[Any], due_at: int | None) -> tuple[float | None, str | None]:
    """(share of the points, status) of the best of some submissions until a time; status "" where there is none."""
    in_time = [row for row in sent if due_at is None or row.at <= due_at]
    if not in_time:
        return None, ""
    top = max(in_time, key=lambda row: (-1.0 if drawing.share_of(row) is None else drawing.share_of(row), row.at))
    return drawing.share_of(top), top.decided or top.status


def until(due_at: int | None, zone: str) -> str:
    """A deadline, with its time zone."""
    return "" if due_at is None else f"due {clock(due_at, zone)}"


def clock(at: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(at / 1000, ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"


# ---------------------------------------------------------------- a question


async def question(asked: Asked) -> Reply:
    problem, part, seed = asked.site.version(asked.path["part"], "0")
    return Reply(Page(part.id, await _question(asked, problem, part, seed, {}, None)))


async def version(asked: Asked) -> Reply:
    """A question with other numbers."""
    problem, part, seed = asked.site.version(asked.path["part"], asked.path["seed"])
    return Reply(Page(f"{part.id}, version {seed}", await _question(asked, problem, part, seed, {}, None)))


async def example(asked: Asked) -> Reply:
    """A question with small numbers to try by hand."""
    problem, part, seed = asked.site.version(asked.path["part"], asked.path.get("seed", "0"))
    if not kind_of(part).tried:
        raise Refusal(404, "Only formulas can be tried at numbers.")
    tried = el(
        "section",
        el("h2", "Numbers to try by hand"),
        drawing.example(await asked.site.example(part.id, seed)),
        id="example",
    )
    return Reply(Page(f"{part.id}: numbers to try", await _question(asked, problem, part, seed, {}, None, tried)))


async def _question(
    asked: Asked,
    problem: Problem,
    part: Part[Any],
    seed: int,
    typed: Mapping[str, str],
    row: Any,
    tried: Child = None,
) -> list[Child]:
    """The page of a version of a part: the question, the box, the outcome of `row`, the hints, numbers to try, what was
    sent before."""
    site, student = asked.site, asked.session.student
    rows, formulas = await site.question(problem, part, seed)
    seen = await asked.base(site.store.rungs, student, part.id, seed) if student else 0
    view = await site.ladder(part.id, seed) if seen else None
    most = await _hints_allowed(asked, part.id)
    before = await asked.base(site.store.sent, student, part.id, seed, SHOWN) if student else []
    answering = form(
        "/answer", asked.token,
        hidden(part=part.id, seed=seed, once=new_id()),
        drawing.fields(part, typed),
        el("p", el("button", "Check", type="submit"), el("span", id="busy", role="status")),
        id="answering",
    )  # fmt: skip
    hints = form(
        "/hint",
        asked.token,
        hidden(part=part.id, seed=seed),
        hidden(after=row.id) if row is not None else None,
        drawing.ladder(view, seen, most, drawing.nudged(row)),
        id="hinting",
    )
    return [
        el("article", drawing.asked(problem, part, rows, formulas), _versions(part, seed), class_="question"),
        el("section", el("h2", "Your answer", class_="vh"), answering, class_="answering"),
        el("section", _outcome(row, part), id="outcome", aria_live="polite"),
        el("section", el("h2", "Hints"), hints, id="hints"),
        tried or _to_try(part, seed),
        el("section", _before(before), id="before"),
        el("nav", _beside(problem, part), class_="beside", aria_label="Other parts"),
    ]


def _versions(part: Part[Any], seed: int) -> Child:
    """Which version of a part it is, and the way to the next."""
    count = variants(part)
    if not count:
        return None
    here = f"Version {seed} of {count}. " if seed else ""
    following = (seed + 1) % (count + 1)
    differs = " and ".join(["other numbers"] * bool(part.vary) + ["other letters"] * bool(part.reletter))
    named = f"Another version, with {differs}" if following else "Back to the version of the sheet"
    return el("p", here, el("a", named, href=place(part.id, following)), class_="versions")


def _to_try(part: Part[Any], seed: int) -> Child:
    if not kind_of(part).tried:
        return None
    there = f"/version/{seed}/example/{part.id}" if seed else f"/example/{part.id}"
    return el("p", el("a", "Numbers to try by hand", href=f"{there}#example"), class_="quiet to-try")


def _outcome(row: Any, part: Part[Any]) -> Child:
    if row is None:
        return None
    if row.status is None:
        return el("p", "Your answer is kept. It waits to be judged.", class_="pending", data_again=f"/answer/{row.id}")
    return drawing.verdict(row, json.loads(row.view), part)


def _before(rows: Any) -> Child:
    if not rows:
        return None
    shown = [
        el(
            "li",
            drawing.mark(row.decided or row.status),
            " ",
            el("a", el("code", short(row.answer)), href=f"/answer/{row.id}"),
        )
        for row in rows
    ]
    return [el("h2", "What you sent"), el("ul", shown, class_="sent")]


def short(text: str) -> str:
    """The beginning of an answer, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= 70 else line[:69] + "…"


def _beside(problem: Problem, part: Part[Any]) -> list[Child]:
    ids = [other.id for other in problem.parts]
    at = ids.index(part.id)
    ways = [("← ", ids[at - 1])] if at else []
    out: list[Child] = [el("a", sign, other, href=f"/part/{other}", rel="prev") for sign, other in ways]
    if at + 1 < len(ids):
        out.append(el("a", ids[at + 1], " →", href=f"/part/{ids[at + 1]}", rel="next"))
    return out


async def answer(asked: Asked) -> Reply:
    """An answer is kept, then judged; who has sent the first one is somebody from then on."""
    site = asked.site
    _, part, seed = site.version(asked.form.get("part", ""), asked.form.get("seed", "0"))
    text, once = drawing.composed(part, asked.form), asked.form.get("once", "")
    if not text.strip():
        raise Refusal(422, "There is no answer yet.")
    if len(text) > drawing.MOST_SIGNS:
        raise Refusal(422, f"An answer has at most {drawing.MOST_SIGNS:,} characters.")
    if not re.fullmatch(r"[\w-]{8,64}", once):
        raise Refusal(400, "That is no form of ours.")
    student, session = await _somebody(asked)
    if site.judge.waiting_of(student) >= MOST_WAITING:
        raise Refusal(429, "Your earlier answers are still being judged. Wait for them, then send this one.")
    submission = await asked.base(site.store.submit, student, part.id, seed, text, once)
    await asked.base(site.judge.put, submission, part.id, seed, text, student)
    return to(f"/answer/{submission}", session)


async def _somebody(asked: Asked) -> tuple[str, Session | None]:
    """(id of who asks, the session that goes on): who is nobody yet becomes somebody without a class."""
    if asked.session.student:
        return asked.session.student, None
    if not asked.site.newcomers.take(asked.address):
        raise Refusal(429, "Too many begin at once. Try again in a minute.")
    student, _ = await asked.base(asked.site.store.add_student, "")
    return student, opened("student", student, now())


async def outcome(asked: Asked) -> Reply:
    """The question again, with what an answer came to; it is waited for, not for long."""
    site, submission, me = asked.site, asked.path["submission"], asked.session.student
    row = await asked.base(site.store.submission, submission, me)
    if row is None:
        raise Refusal(404, "There is no such answer of yours.")
    if row.status is None:
        await site.judge.settled(submission, WAITED)
        row = await asked.base(site.store.submission, submission, me) or row
    problem, part, seed = site.version(row.part, str(row.seed))
    main = await _question(asked, problem, part, seed, _typed(part, row.answer), row)
    return Reply(Page(part.id, main, again=0 if row.status else 2))


def _typed(part: Part[Any], answer: str) -> dict[str, str]:
    """The form that an answer came from."""
    pairs = dict(re.findall(r"^(.+?) = (.*)$", answer, re.MULTILINE)) if part.kind == "trace" else {}
    return {"answer": answer, "choice": answer, **{f"value.{name}": text for name, text in pairs.items()}}


async def reading(asked: Asked) -> Reply:
    """How an answer is read, while it is typed; nothing is kept, nothing is judged. A busy server leaves it out."""
    site, text = asked.site, asked.form.get("answer", "")
    _, part = site.find(asked.form.get("part", ""))
    if not kind_of(part).of_formulas or not text.strip() or len(text) > drawing.MOST_SIGNS:
        return Reply(JSONResponse({"lines": [], "notes": []}))
    read = await site.judge.aside_of({"do": "reading", "part": part.id, "answer": text})
    return Reply(JSONResponse({"busy": True} if read is None else read))


async def hint(asked: Asked) -> Reply:
    """One rung further up, or to the one at which an answer went wrong."""
    site = asked.site
    _, part, seed = site.version(asked.form.get("part", ""), asked.form.get("seed", "0"))
    student, session = await _somebody(asked)
    seen = await asked.base(site.store.rungs, student, part.id, seed)
    after = asked.form.get("after", "")
    row = await asked.base(site.store.submission, after, student) if after else None
    nudge = drawing.nudged(row) if row is not None and (row.part, row.seed) == (part.id, seed) else None
    there = nudge["number"] if nudge and asked.form.get("to") == str(nudge["number"]) else 0
    wanted = max(seen + 1, there)
    most = await _hints_allowed(asked, part.id)
    if most is not None and wanted > most:
        raise Refusal(403, "There are no more hints until the deadline.")
    view = await site.ladder(part.id, seed)
    if view is None:
        raise Refusal(503, "The hints could not be worked out in time. Try again in a moment.")
    if wanted <= len(view["rungs"]):
        await asked.base(site.store.climb, student, part.id, seed, wanted, view["rungs"][wanted - 1]["cost"])
    return to(f"{place(part.id, seed)}#hints" if row is None else f"/answer/{after}#hints", session)


async def _hints_allowed(asked: Asked, part: str) -> int | None:
    """How many rungs may be seen, while an assignment that asks the part is open; None: all."""
    me = await asked.me()
    if me is None or me.course_id is None:
        return None
    rows = await asked.base(asked.site.store.open_hints, me.course_id, part, now())
    return min(rows, default=None)


# ---------------------------------------------------------------- history


async def history(asked: Asked) -> Reply:
    rows = await asked.base(asked.site.store.history, asked.session.student)
    done = {row.part for row in rows if (row.decided or row.status) in RIGHT}
    tags = Counter(row.tag for row in rows if row.tag and row.part not in done)
    main: list[Child] = [el("h1", "History")]
    main.append(
        el(
            "p",
            f"{many(len(done), 'question')} right, {many(len(rows), 'answer')} sent. ",
            el("a", "All of it as CSV", href="/history.csv"),
        )
    )
    if tags:
        said = ", ".join(f"{in_words(tag)} ({count})" for tag, count in tags.most_common(5))
        main.append(el("p", "Mistakes in what is not right yet: ", said))
    cells = [
        [
            el("time", datetime.fromtimestamp(row.at / 1000).strftime("%Y-%m-%d %H:%M")),
            el("a", named(row), href=place(row.part, row.seed)),
            drawing.mark(row.decided or row.status),
            el("a", el("code", short(row.answer)), href=f"/answer/{row.id}"),
        ]
        for row in rows[:500]
    ]
    main.append(
        table(["When", "Question", "Verdict", "Answer"], cells, aria_label="History")
        if rows
        else el("p", "Nothing has been sent yet.")
    )
    return Reply(Page("History", main))


def many(count: int, what: str) -> str:
    """`1 answer`, `2 answers`."""
    return f"{count} {what}{'s' * (count != 1)}"


def in_words(tag: str) -> str:
    """`missing-path:mu` as people say it."""
    return tag.replace("-", " ").replace(":", " ")


def named(row: Any) -> str:
    """What a submission answers: its part, and which version of it."""
    return f"{row.part}, version {row.seed}" if row.seed else row.part


async def export(asked: Asked) -> Reply:
    rows = await asked.base(asked.site.store.history, asked.session.student)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("at", "part", "seed", "answer", "status", "share", "mistake"))
    for row in rows:
        at = datetime.fromtimestamp(row.at / 1000, ZoneInfo("UTC")).isoformat()
        share = drawing.share_of(row)
        writer.writerow(
            (
                at,
                row.part,
                row.seed,
                guarded(row.answer),
                row.decided or row.status or "",
                "" if share is None else f"{share:.6g}",
                row.tag or "",
            )
        )
    return Reply(csv_file(out.getvalue(), "history.csv"))
