"""A binding uses what stands before it: what is said of one that uses itself, or what is bound below.

h_t = a h_{t-1} + x_t        is no definition of the array h by arrays that are there
u = v + x; v = a u           goes round
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from derivations.domains import Names
from derivations.formula import Node, names_in

STEPS = "recursions over time are not derived; write their steps as bindings, u = a c + x_1; v = a u + x_2"


def defined_late(node: str, body: Node, before: Iterable[tuple[str, Node]]) -> str:
    """What is wrong with the place of a binding among those before it; empty where nothing is.

    `node` may have been declared, so that it was read as an input where it is used.
    """
    if node in names_in(body):
        return _told(node, node)
    return next((_told(name, node) for name, other in before if node in names_in(other)), "")


def used_early(node: str, right: str, later: Iterable[str], names: Names) -> tuple[str, tuple[int, int]] | None:
    """What is said where a right side holds, with indices, a name that is not declared and is bound by this line or
    below it (`later`), and the place. Asked before it is read: R_{t+1} beside a declared r would be read as r_{t+1}."""
    for name in dict.fromkeys(later):
        if name in names:
            continue
        for found in re.finditer(rf"(?<![A-Za-z0-9\\_]){re.escape(name)}_(?P<below>\{{|[0-9]|[A-Za-z]+)", right):
            below = found["below"]
            if not below.isalpha() or all(c in names and names[c].index is not None for c in below):
                return _told(node, name), (found.start(), found.start() + len(name))
    return None


def _told(user: str, used: str) -> str:
    if user == used:
        return f"{used} is defined by itself: {STEPS}"
    return f"{user} uses {used}, which is bound after it: {STEPS}"
