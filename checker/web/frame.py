"""What stands around every page: its head, the way to the others, its scripts."""

from __future__ import annotations

from checker.web.assets import link
from checker.web.markup import Element, el
from checker.web.sessions import Session
from checker.web.site import Page

SCRIPTS = ("katex/katex.min.js", "page.js")
STYLES = ("katex/katex.min.css", "page.css")


def framed(page: Page, session: Session, token: str) -> Element:
    """The whole document."""
    return el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("title", f"{page.title} · backproof"),
            [el("link", rel="stylesheet", href=link(name)) for name in STYLES],
            el("link", rel="icon", href="data:,"),
            el("noscript", el("meta", http_equiv="refresh", content=page.again)) if page.again else None,
            [el("script", src=link(name), defer=True) for name in SCRIPTS],
        ),
        el(
            "body",
            el("a", "To the content", class_="skip", href="#main"),
            el(
                "header",
                el("a", "backproof", class_="home", href="/"),
                el("nav", _ways(session), aria_label="Pages"),
            ),
            el("main", page.main, id="main", tabindex=-1),
            data_mathlive=link("mathlive/mathlive.min.js"),
            data_fonts="/static/katex/fonts",
        ),
        lang="en",
    )


def _ways(session: Session) -> list[Element]:
    if session.taught:
        return [el("a", "Class", href="/class"), el("a", "Questions", href="/")]
    ways = [el("a", "Questions", href="/")]
    if session.student:
        ways.append(el("a", "History", href="/history"))
    return [*ways, el("a", "Me", href="/me")]


def hidden(**values: object) -> list[Element]:
    """Fields that are sent as they are."""
    return [el("input", type="hidden", name=name, value=str(value)) for name, value in values.items()]


def boxed(label: str, name: str, **attributes: str | int | bool | None) -> Element:
    """A line of a form: what is asked, and the box for it."""
    return el("p", el("label", label, for_=name), el("input", id=name, name=name, **attributes))


def form(action: str, token: str, *inside: object, **attributes: str) -> Element:
    """A form that is sent, with the token of its session."""
    return el("form", hidden(token=token), inside, method="post", action=action, **attributes)  # type: ignore[arg-type]
