"""What a judged member comes to in a document without a key: claims are taken at their word, and what hangs on
something that was only inferred is not wrong."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from checker.answers.carry_out import NotCarriedOut, carried_out
from checker.answers.links import EQUALITIES, ORDERS, Asked, Link, judge_link
from checker.answers.outcome import wrong
from checker.documents.chains import Row
from checker.documents.introducing import Supposed
from checker.documents.marking import Judged
from checker.documents.setting import Setting
from derivations.domains import DOMAINS, Names
from derivations.evaluate.at_point import value_at
from derivations.evaluate.exact_values import NoValue, Untold
from derivations.formula import Deriv, Elem, Formula, names_in, walk

GUESSES = frozenset(["bar", "letter"])
"""Notes of a reading that takes a name for another one: what is wrong only so is not wrong."""

_PLAIN = Asked(None, None, "=", (), None, explain=False)
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:/\d+)?")


def settled(judged: Judged, setting: Setting, guessed: Collection[str], how: Supposed) -> Judged:
    """A member as it is marked. `guessed` are the letters whose domain is inferred; what is supposed is not claimed."""
    if judged.link is None:
        return judged
    if judged.status in ("not_a_claim", "undecided"):
        judged = _ordered(_equation(judged, how != ""), setting, how != "")
    if judged.status not in ("wrong", "carried"):
        return judged
    right = judged.link.right.formula if judged.link is not None else None
    if how == "if" or (how == "with" and right is not None and number(right) is not None):
        return replace(judged, status="not_a_claim", remark="it is supposed, not claimed")
    why = _open(judged, setting, guessed)
    return replace(judged, status="undecided", remark=why) if why else judged


def _equation(judged: Judged, introduced: bool) -> Judged:
    """What is set equal to a letter is a claim, unless the letter stands on the left."""
    if judged.remark != "a value given to a letter" or judged.link is None or introduced:
        return judged
    if bare_name(judged.link.left.formula) is None:
        return replace(judged, status="wrong", remark="")
    why = "an equation for a letter that others are defined by: whether it solves them is not checked"
    return replace(judged, status="undecided", remark=why)


def _ordered(judged: Judged, setting: Setting, introduced: bool) -> Judged:
    """An inequality that does not hold everywhere: one that is claimed is wrong. A letter beside a number is a
    condition."""
    link = judged.link
    if link is None or link.op not in ORDERS or introduced:
        return judged
    pairs = ((link.left.formula, link.right.formula), (link.right.formula, link.left.formula))
    if any(bare_name(a) is not None and number(b) is not None for a, b in pairs):
        return judged
    found = judge_link(link, replace(_PLAIN, relation=link.op), setting.names)
    return replace(judged, status="wrong", verdict=found, remark="") if found.status == "wrong" else judged


def _open(judged: Judged, setting: Setting, guessed: Collection[str]) -> str:
    """Why what does not hold may hold all the same; "" where it may not."""
    assert judged.link is not None
    sides = (judged.link.left.formula, judged.link.right.formula)
    shapes = [s.shape for s in sides]
    if shapes[0] != shapes[1] and len({tuple(n for n in shape if n != 1) for shape in shapes}) == 1:
        return "one side is a row, the other a column or a plain list"
    if _diagonal(*sorted(sides, key=lambda side: len(side.axes))):
        return "a vector is differentiated by a vector, entry by entry, perhaps: write it with indices"
    guess = next(filter(None, map(_guessed_in, sides)), "")
    if guess:
        return f"{guess}: declare it"
    letters = sorted(set().union(*(names_in(s.body) for s in sides)) & set(guessed) & set(setting.names))
    if letters:
        names = setting.names.with_rows(*(replace(setting.names[n], domain=DOMAINS["positive"]) for n in letters))
        if judge_link(_under(judged.link, names), _PLAIN, names).status != "wrong":
            return f"it does not hold for all real {', '.join(letters)}: declare what {', '.join(letters)} may be"
    if judged.link.op in EQUALITIES and _equal_there(*sides, setting):
        return "it holds for the values that were given, and not for all"
    return ""


def _diagonal(narrow: Formula, wide: Formula) -> bool:
    """Whether a vector is set equal to the table of the derivatives of one by another."""
    shapes = (len(narrow.axes), len(wide.axes)) == (1, 2) and len({i.size for i in (*narrow.axes, *wide.axes)}) == 1
    return shapes and any(isinstance(n, Deriv) for n in walk(wide.body))


def _equal_there(left: Formula, right: Formula, setting: Setting) -> bool:
    """Whether both sides have one value at the values that were given to their letters."""
    if setting.point is None or left.axes or right.axes or not (names_in(left.body) and names_in(right.body)):
        return False
    try:
        a, b = (value_at(carried_out(side, setting.names), setting.point) for side in (left, right))
    except (NotCarriedOut, NoValue, Untold, ArithmeticError, LookupError, ValueError):
        return False
    return abs(float(a) - float(b)) < 1e-9


def _under(link: Link, names: Names) -> Link:
    left, right = (replace(s, formula=replace(s.formula, names=names)) for s in (link.left, link.right))
    return replace(link, left=left, right=right)


def _guessed_in(formula: Formula) -> str:
    """The name that a reading takes for another one; "" where there is none."""
    return next((n.message for n in formula.notes if n.tag in GUESSES), "")


def conforming(row: Row) -> tuple[Row, list[Judged]]:
    """A row without the members whose shapes do not conform, and these."""
    false = []
    for k, m in enumerate(row.members):
        if m.formula.shape_error is None:
            continue
        start, told = row.members[0].start if k == 1 else m.start, wrong("shape", m.formula.shape_error.message)
        if (guess := _guessed_in(m.formula)) != "":
            false.append(Judged(start, m.end, "undecided", told, f"{guess}: declare it"))
        else:
            false.append(Judged(start, m.end, "wrong", told))
    if not false:
        return row, []
    members = tuple(m for m in row.members if m.formula.shape_error is None)
    label = None if row.members[0].formula.shape_error is not None else row.label
    return replace(row, members=members, label=label), false


def bare_name(formula: Formula) -> str | None:
    """The name that a formula is, the whole of it."""
    body = formula.body
    if formula.joint or not isinstance(body, Elem) or formula.names is None or body.name not in formula.names:
        return None
    free = (*formula.axes, *formula.free)
    whole = len(set(body.at)) == len(body.at) and all(i in free for i in body.at)
    return body.name if whole and (not formula.axes or tuple(body.at) == formula.axes) else None


def number(formula: Formula) -> str | None:
    """The number that a formula is, as it is written."""
    source = re.sub(r"\\,|[\s$]", "", formula.source or "")
    return source if _NUMBER.fullmatch(source) else None


def without_lost(judged: Judged, row: Row) -> Judged:
    """A judged stretch without members in it that were not understood: they are lines of their own."""
    inside = [lost.end for lost in row.lost if judged.start <= lost.start < judged.end]
    return replace(judged, start=max(inside)) if inside and max(inside) < judged.end else judged
