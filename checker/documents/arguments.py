r"""Names that a document introduces with arguments, `J(\theta) = …`, and uses with them.

With the same arguments they are the name itself; with other ones they are not read.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from derivations.domains import Names
from derivations.formula import Formula, names_in
from derivations.notation.read.labels import label_of
from derivations.notation.spelling import canonical

_NAMED = r"(?P<name>\\?[A-Za-z]+(?:_(?:\{[^{}]{1,8}\}|\w))?)\s*(?:\\left)?\("
_CALL = re.compile(_NAMED + r"(?P<inside>[^()]{1,40})(?:\\right)?\)")
_LEFT = re.compile(rf"\s*{_NAMED}(?P<inside>[^()=]{{1,40}}?)(?:\\right)?\)\s*:?=")
_DRESSING = re.compile(r"\\(?:mathbf|boldsymbol|bm|right)(?![A-Za-z])|[\s{}]")


def arguments_of(text: str, names: Names, known: Mapping[str, str]) -> str:
    """The arguments with which the left side of a statement introduces a name; "" where it does not."""
    left = _LEFT.match(text)
    if left is None:
        return ""
    label = label_of(f"{left['name']}({left['inside']})", names)
    return left["inside"] if label is not None and label.certain and label.spelled not in known else ""


def at_a_number(text: str, known: Container[str]) -> str:
    """Why a statement `g(1) = 3` does not say what g is, of which nothing is known; "" for any other one."""
    left = _LEFT.match(text)
    if left is None or not _NUMBER.fullmatch(left["inside"].strip()) or canonical(left["name"]) in known:
        return ""
    return f"nothing says what {left['name']} is, of which this is the value at {left['inside'].strip()}"


_NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?")


def without_arguments(text: str, known: Mapping[str, str]) -> tuple[str, str]:
    """The text with the arguments of known names blank, and why it is not read, where one has other arguments."""
    why = ""

    def put(found: re.Match[str]) -> str:
        nonlocal why
        name = canonical(found["name"])
        if name not in known:
            return found[0]
        if _bare(found["inside"]) == _bare(known[name]):
            return found["name"] + " " * (len(found[0]) - len(found["name"]))
        why = f"{name} was introduced as {name}({known[name]}): with {found['inside']} it is not read"
        return found[0]

    return (_CALL.sub(put, text) if known else text), why


def _bare(text: str) -> str:
    return _DRESSING.sub("", text)


_TAKEN = re.compile(
    r"(?<![A-Za-z\\_^])(?P<name>\\?[A-Za-z]+)\s*(?:\*\s*)?(?:\\left)?\(\s*(?P<at>\\?[A-Za-z]+|\d+)(?:_(?:\w|\{\w+\}))?(?:\^\{?\(\w+\)\}?)?"
    r"\s*(?:[,;|][^()]*)?(?:\\right)?\)"
)
"""A name with a name or a number in brackets behind it: `f(x_i)`, `f(x_i; \\mu)`, `f(0)`."""


def taken_at(formula: Formula, names: Names) -> bool:
    """Whether a quantity stands in front of another one in brackets: its value there is meant, perhaps, and no
    product."""
    for found in _TAKEN.finditer(formula.source or ""):
        row, at = names.get(canonical(found["name"])), names.get(canonical(found["at"]))
        there = at is not None or found["at"].isdecimal()
        if row is not None and row.role == "node" and there and row.name in names_in(formula.body):
            return True
    return False
