"""What a part tells: its names, how its nodes are made, its data, its conventions; and what is kept back because it is
the answer of a part of its problem. No SymPy, no NumPy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from checker.kinds.contract import kind_of
from problems.schema import Part, Problem

_AXES = re.compile(r"\[.*\]")
_LETTERS = re.compile(r"_(?:[A-Za-z]+|\{[A-Za-z, ]+\})\Z")


def kept_back(problem: Problem, part: Part[Any]) -> frozenset[str]:
    """The nodes, data and conventions that a part of the problem asks for, or says that it hides: parts are shown in
    any order."""
    parts = (*problem.parts, part)
    asked = frozenset(base_name(node) for p in parts for node in kind_of(p).asked_nodes(p))
    return asked.union(*(p.hides for p in parts))


def told(problem: Problem, part: Part[Any], label: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """A table of what a part tells, without what is kept back; of a name whose shape this part or a later one asks for,
    without its axes."""
    if label == "names":
        at = next((k for k, other in enumerate(problem.parts) if other.id == part.id), 0)
        shapes = frozenset().union(*(kind_of(p).asked_shapes(p) for p in (*problem.parts[at:], part)))
        return {name: _AXES.sub("[…]", text) if name in shapes else text for name, text in table.items()}
    hidden = kept_back(problem, part)
    return {left: text for left, text in table.items() if base_name(left) not in hidden and left not in hidden}


def goes_on_from(problem: Problem, part: Part[Any]) -> str:
    """The question before one that begins with `And`: alone it would not say what is asked."""
    if not part.ask.startswith("And "):
        return ""
    ids = [other.id for other in problem.parts]
    before = problem.parts[: ids.index(part.id)] if part.id in ids else ()
    return next((other.ask for other in reversed(before) if not other.ask.startswith("And ")), "")


def behind(before: str, ask: str) -> str:
    """A question behind the one from which it goes on, if any."""
    return f"({before}) {ask}" if before else ask


def base_name(left: str) -> str:
    """`xhat` of `xhat_ij`; `V'` and `w_1` are names themselves."""
    return _LETTERS.sub("", left)


def part_names(part: Part[Any]) -> tuple[dict[str, str], dict[str, str]]:
    """(name → domain, node → its binding) of a part: those of its model and its own. Raises `UnknownName`."""
    names: dict[str, str] = {}
    nodes: dict[str, str] = {}
    if part.model:
        from derivations.domains import show_domain  # late: who states bindings in place loads no model
        from derivations.models import load

        model = load(part.model)
        names = {
            row.name: show_domain(row)
            for row in model.names.values()
            if row.role in ("input", "size", "function", "index")
        }
        nodes = {b.left: b.text for b in model.bindings}
    names |= dict(part.declared)
    for line in part.let:
        left, _, right = line.partition("=")
        nodes[left.rstrip(": ")] = right.strip()
    return names, nodes


def tables(problem: Problem, part: Part[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(label, table) of all that is told in tables, without what is kept back."""
    names, nodes = part_names(part)
    for label, table in (("names", names), ("where", nodes), *_described(part), ("conventions", part.conventions)):
        if isinstance(table, Mapping) and (found := told(problem, part, label, table)):
            yield label, found


def _described(part: Part[Any]) -> Iterator[tuple[str, Any]]:
    yield from kind_of(part).described(part)
