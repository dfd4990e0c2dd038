"""Which answers to a part are the same: by their text, or proved equal in both directions with the same findings about
where they have a value. What only agrees is a neighbour, never merged.

    y_i - y_i^2   ~   y_i (1 - y_i)     the same: proved
    x             ?   sqrt(x)^2         neighbours: equal where both have a value
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from checker.compare import compare
from checker.documents.sheets import Asked
from checker.verdict import Verdict
from derivations.domains import Names
from derivations.frozen import frozen

Alike = Literal["same", "near", "apart"]

COMPARED = frozenset(["formula"])
"""Kinds of parts whose answers are formulas; those of others are the same when their text is."""

OF_DOMAIN = frozenset(["domain", "points", "boundary"])
"""Findings that say where one side has a value and the other none, or another one."""

MOST = 4_000
"""Comparisons for the answers of one part; what is not compared by then stays apart."""


@frozen
class Answer:
    """An answer of a hand-in: as it was written, as it was read ("" where it was not), and what it was worth."""

    text: str
    read: str
    status: str

    @property
    def shown(self) -> str:
        return self.read or self.text


@frozen
class Group:
    """Answers that are proved equal: one that stands for them, which they are (by number), and the groups that agree
    with this one without a proof."""

    first: Answer
    members: tuple[int, ...]
    near: tuple[int, ...] = ()


def groups(answers: Sequence[Answer], asked: Asked) -> tuple[Group, ...]:
    """The groups of the answers to a part, the largest first; those that were judged otherwise are never merged."""
    firsts: list[Answer] = []
    members: list[list[int]] = []
    near: list[set[int]] = []
    placed: dict[tuple[str, str], int] = {}
    spent = 0
    for number, answer in enumerate(answers):
        key = (answer.status, _bare(answer.shown))
        at = placed.get(key)
        if at is None:
            beside: set[int] = set()
            for k, first in enumerate(firsts):
                if first.status != answer.status or spent >= MOST:
                    continue
                spent += 1
                found = alike(first.shown, answer.shown, asked)
                if found == "same":
                    at = k
                    break
                if found == "near":
                    beside.add(k)
            if at is None:
                at = len(firsts)
                firsts.append(answer)
                members.append([])
                near.append(beside)
                for k in beside:
                    near[k].add(at)
            placed[key] = at
        members[at].append(number)
    order = sorted(range(len(firsts)), key=lambda k: (-len(members[k]), k))
    new = {old: position for position, old in enumerate(order)}
    return tuple(Group(firsts[k], tuple(members[k]), tuple(sorted(new[n] for n in near[k]))) for k in order)


def alike(left: str, right: str, asked: Asked) -> Alike:
    """How two answers to a part stand to each other."""
    if _bare(left) == _bare(right):
        return "same"
    if asked.part.kind not in COMPARED or not left or not right:
        return "apart"
    return _compared(left, right, asked.names)


@lru_cache(20_000)
def _compared(left: str, right: str, names: Names) -> Alike:
    there = compare(left, right, names)
    if there.status != "equal":
        back = compare(right, left, names)
        return "near" if back.status == "equal" else "apart"
    back = compare(right, left, names)
    if back.status == "equal" and _proved(there) and _proved(back) and _domain(there) == _domain(back):
        return "same"
    return "near"


def _proved(verdict: Verdict) -> bool:
    return verdict.evidence.strength == "proved"


def _domain(verdict: Verdict) -> list[Any]:
    """What was found about where the two have a value."""
    return sorted(finding.message for finding in verdict.findings if finding.tag in OF_DOMAIN)


def _bare(text: str) -> str:
    return " ".join(text.split())
