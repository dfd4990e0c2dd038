"""Who one is: a code to come back with, the link of a class."""

from __future__ import annotations

from typing import Any

from checker.web.frame import boxed, form
from checker.web.markup import Child, Element, el
from checker.web.sessions import opened
from checker.web.site import Asked, Page, Refusal, Reply, to
from checker.web.store import now

MOST_NAME = 80
"""Characters of a name."""


async def me(asked: Asked) -> Reply:
    return Reply(Page("Me", await _about(asked, "")))


async def _about(asked: Asked, code: str) -> list[Child]:
    """Who asks, with a new code where there is one: it is shown once."""
    row = await asked.me()
    main: list[Child] = [el("h1", row.name if row is not None and row.name else "Me"), _told(code) if code else None]
    if row is not None:
        course = await asked.base(asked.site.store.course, row.course_id) if row.course_id else None
        if course is not None:
            main.append(el("p", "In the class ", el("b", course.title), "."))
        main += [
            form("/me/code", asked.token, el("button", "A new code to come back with", type="submit", class_="second")),
            form("/leave", asked.token, el("button", "Leave on this device", type="submit", class_="second")),
        ]
    else:
        main.append(el("p", "You are nobody here yet: you become somebody with your first answer, or with a code."))
    main.append(_enter(asked.token))
    return main


def _told(code: str) -> Element:
    """A code, the one time that it is known."""
    keep = ". Write it down: with it you come back, on any device. It is shown this once."
    return el("p", "Your code: ", el("strong", code, class_="code"), keep)


def _enter(token: str) -> Element:
    box = boxed("Code", "code", autocomplete="off", autocapitalize="off", spellcheck="false", required=True)
    return form("/enter", token, el("h2", "Come back with a code"), box, el("button", "Go on", type="submit"))


async def another_code(asked: Asked) -> Reply:
    code = await asked.base(asked.site.store.new_code, asked.session.student)
    return Reply(Page("Me", await _about(asked, code)))


async def enter(asked: Asked) -> Reply:
    """Somebody comes back with their code."""
    row = await asked.base(asked.site.store.student_of_code, asked.form.get("code", "")[:100])
    if row is None:
        asked.failed()
        raise Refusal(403, "There is no such code.")
    return to("/", opened("student", row.id, now()))


async def leave(asked: Asked) -> Reply:
    return to("/me", opened("", "", now()))


async def _invited(asked: Asked) -> Any:
    course = await asked.base(asked.site.store.course_of_link, asked.path["link"])
    if course is None:
        asked.failed()
        raise Refusal(404, "There is no such class. Ask for its link again.")
    return course


async def invitation(asked: Asked) -> Reply:
    course = await _invited(asked)
    name = boxed("Your name, as your teacher knows it", "name", required=True, maxlength=MOST_NAME, autocomplete="name")
    main = [
        el("h1", course.title),
        form(f"/join/{course.link}", asked.token, name, el("button", "Join", type="submit")),
        el("p", "You are in it already? Then come back with your code."),
        _enter(asked.token),
    ]
    return Reply(Page(course.title, main))


async def join(asked: Asked) -> Reply:
    """Somebody joins a class, and is told the code to come back with."""
    course = await _invited(asked)
    name = " ".join(asked.form.get("name", "").split())
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise Refusal(422, f"A name has 1 to {MOST_NAME} characters.")
    if not asked.site.newcomers.take(asked.address):
        raise Refusal(429, "Too many join at once. Try again in a minute.")
    store, row = asked.site.store, await asked.me()
    if row is not None and row.course_id is None:
        session, code = None, await asked.base(store.enrol, row.id, name, course.id)
    else:
        student, code = await asked.base(store.add_student, name, course.id)
        session = opened("student", student, now())
    main = [el("h1", f"Welcome, {name}"), _told(code), el("p", el("a", "To the questions", href="/"))]
    return Reply(Page(course.title, main), session)
