"""Pages as trees of elements. Text is escaped where it is written, and nothing else is ever written: no page can hold
markup that came from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from checker.marked import mathematics
from derivations.frozen import frozen

_VOID = frozenset(["br", "hr", "img", "input", "link", "meta"])
_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?|`([^`]+)`")


@frozen
class Element:
    """A tag with its attributes and what stands in it."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Any, ...]

    def pieces(self) -> Iterator[str]:
        """Its HTML, piece by piece."""
        yield "<" + self.tag + "".join(f' {name}="{escape(value)}"' for name, value in self.attributes) + ">"
        if self.tag in _VOID:
            return
        for child in self.children:
            yield from _written(child)
        yield f"</{self.tag}>"


Child = Element | str | int | None | Iterable["Child"]


def el(tag: str, *children: Child, **attributes: str | int | float | bool | None) -> Element:
    """An element. `class_` and `for_` are `class` and `for`, `aria_label` is `aria-label`; an attribute that is True
    has no value, one that is False or None is left out."""
    rows = ((n.rstrip("_").replace("_", "-"), v) for n, v in attributes.items())
    shown = tuple((n, "" if v is True else str(v)) for n, v in rows if v is not None and v is not False)
    return Element(tag, shown, children)


def _written(child: Any) -> Iterator[str]:
    match child:
        case None:
            return
        case Element():
            yield from child.pieces()
        case str() | int():
            yield escape(str(child), quote=False)
        case _:
            for one in child:
                yield from _written(one)


def html(element: Element) -> str:
    """A whole document."""
    return "<!DOCTYPE html>\n" + "".join(element.pieces())


def tex(latex: str, display: bool = False) -> Element:
    """A formula: as Unicode until a script sets it."""
    return el("span", mathematics(latex), class_="tex display" if display else "tex", data_tex=latex)


def prose(text: str) -> list[Child]:
    """An author's text: mathematics between $ signs, names between backticks, paragraphs at ends of lines."""
    out: list[Child] = []
    at = 0
    for found in _FORMULA.finditer(text):
        out += [text[at : found.start()], tex(found[1]) if found[1] else el("code", found[2])]
        at = found.end()
    return [*out, text[at:]]


def lines(text: str) -> list[Child]:
    """A marked text, each of its lines a paragraph."""
    return [el("p", prose(line)) for line in text.splitlines() if line.strip()]


def table(head: Iterable[Child], rows: Iterable[Iterable[Child]], **attributes: Any) -> Element:
    """A table; the first cell of a row is its heading."""
    body = []
    for row in rows:
        first, *others = row
        body.append(el("tr", el("th", first, scope="row"), [el("td", cell) for cell in others]))
    shown = el(
        "table", el("thead", el("tr", [el("th", name, scope="col") for name in head])), el("tbody", body), **attributes
    )
    return el(
        "div", shown, class_="scrolled", tabindex=0, role="region", aria_label=attributes.get("aria_label", "Table")
    )
