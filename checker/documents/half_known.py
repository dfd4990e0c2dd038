r"""What a document says in words only, or not in words that are understood: a line that speaks of it may hold all the
same.

what z is was not understood            z = q \\star p
a unit vector u                         u^T u = 1 is no domain
subject to w^T b = 0                    what is supposed, and what follows from it
s^2 = \\frac1n \\sum_i (x_i - m)^2      an equation for s: its solution
"""

from __future__ import annotations

import re

from checker.answers.links import EQUALITIES, Link
from checker.answers.vocabulary import ancestors
from checker.documents.context import Context
from checker.documents.settling import number
from derivations.domains import Names
from derivations.formula import Add, Elem, Pow, names_in
from derivations.notation.errors import ReadError

ALSO_NUMBERS = ("E", "e", "I")
"""Letters that are read without a declaration."""


def unknown_in(link: Link, context: Context) -> str:
    """Why a link that is false under what is known may hold; "" where it may not."""
    direct = names_in(link.left.formula.body) | names_in(link.right.formula.body)
    for loss, gradient in context.upstream.items():
        bodies = [side.formula.body for side in (link.left, link.right)]
        terms = [term for body in bodies for term in (body.args if isinstance(body, Add) else (body,))]
        spoken = [not names_in(term).isdisjoint((loss, gradient)) for term in terms]
        if any(spoken) and not all(spoken):  # what ∂L/∂y is, or that L depends on more
            return f"nothing says what {loss} is: only derivatives of it are given"
    said = direct | {above for name in direct for above in ancestors(name, context.names)}
    for name in sorted(said & set(context.lost)):
        return f"what {name} is was not understood on line {context.lost[name].line}"
    for name in sorted(said & set(context.described)):
        return f"{name} is said to be {context.described[name]}, which is not used here"
    for names, line in context.supposed:
        if names <= said:
            return f"it may follow from what is supposed on line {line}"
    return _solved(link, context.names)


def mistaken(text: str, context: Context) -> str:
    """Why a text is not read that speaks of a name whose definition was not understood, where the reader would take it
    for another one, E for the number e; "" where there is none."""
    for name, place in context.lost.items():
        taken = name in ALSO_NUMBERS and name not in context.names
        if taken and re.search(rf"(?<![A-Za-z\\]){name}(?![A-Za-z])", text):
            return f"what {name} is was not understood on line {place.line}"
    return ""


def _solved(link: Link, names: Names) -> str:
    """An equation for a power of a letter need not hold for every value of it."""
    left, right = link.left.formula, link.right.formula
    if link.op not in EQUALITIES or not isinstance(left.body, Pow) or not isinstance(left.body.base, Elem):
        return ""
    name = left.body.base.name
    row = names.get(name)
    if row is None or row.role != "input" or name in names_in(right.body) or number(right) is not None:
        return ""
    return f"an equation for {name}: whether it follows is not checked"


def not_read(error: ReadError | None) -> str:
    """Why a statement is not read, and what to do."""
    said = str(error).split("\n")[0] if error is not None else ""
    if error is not None and error.tag == "unknown-name":
        return f"{said}: declare it in the document, or with --names"
    return said
