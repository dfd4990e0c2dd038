r"""What an answer says on its way to what is asked, line by line, put as the answer itself says it:

-log p = ||w||^2/2 ⇒ λ = 1/2      two lines: what stands in front of the arrow is of something else
∇_w J = 0 ⇒ X^T X w = X^T y       where the least point is asked: where it is sought, which is no step
X^T X w = X^T y ⇒ w_{MAP} = …     w by another name
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from checker.answers.compare import equal_to
from checker.answers.links import EQUALITIES, FOLLOWS
from checker.answers.quantities import of_asked
from checker.answers.vocabulary import SOUGHT, node_of
from derivations.domains import Names
from derivations.formula import ZERO, Formula, Note
from derivations.notation import Line, Statement, read
from derivations.notation.read.labels import is_sum_of_names, label_of
from derivations.notation.read.targets import same_target, spelled_target
from derivations.notation.spelling import canonical, parts


def steps(line: Line, derives: str, names: Names) -> Iterator[Line]:
    """The line, or the lines that it is."""
    asked, sought = node_of(derives), SOUGHT.match(derives)
    if sought is not None:
        line = _from_the_gradient(_by_its_name(line, asked, names), sought, names)
    goes_on = bool(line.ops) and line.ops[0] in FOLLOWS
    if line.target is None or not goes_on or _names_what_is_asked(line.target, asked, names):
        yield line
        return
    yield replace(line, parts=line.parts[:1], ops=())
    yield replace(line, parts=line.parts[1:], ops=line.ops[1:], target=None, label=None, remarks=())


def _by_its_name(line: Line, asked: str, names: Names) -> Line:
    """`θ_{MAP} = …`, `ŵ = …`, `w^* = …` as θ = …, w = …"""
    label = None if line.target is None else label_of(line.target, names)
    spelled = None if label is None or "/" in label.spelled else parts(label.spelled)
    base = "" if spelled is None else re.sub(r"(?:hat|star|bar)+\Z", "", spelled.base)
    if spelled is None or base != canonical(asked) or any(below in names for below in spelled.subscripts):
        return line
    return replace(line, parts=(read(asked, names), *line.parts), ops=("=", *line.ops), target=None)


def _from_the_gradient(line: Line, sought: re.Match[str], names: Names) -> Line:
    """The line behind `∇_w J = 0 ⇒`; one without members where that is all it says. Of `∇_w J = A = 0` what is left is
    A = 0, if that is what the gradient is."""
    named = line.target or (line.parts[0].source if len(line.parts) > 1 else None)
    label = label_of(named, names) if named else None
    begin, gradient = 0 if line.target else 1, f"d{canonical(sought['of'])}/d"
    if label is None or label.spelled not in (gradient, gradient + canonical(sought["over"])):
        return line
    value = line.parts[begin : begin + 1]
    if value and not is_zero(value[0]) and any(map(is_zero, line.parts[begin + 1 : begin + 2])):
        known = read(f"d{sought['of']}/d{sought['over']}", names)
        if equal_to(value[0], known, names).status == "correct":
            return replace(line, parts=line.parts[begin:], ops=line.ops[begin:], target=None, label=None)
    if not value or not is_zero(value[0]) or any(op not in FOLLOWS for op in line.ops[begin : begin + 1]):
        return line
    return replace(line, parts=line.parts[begin + 1 :], ops=line.ops[begin + 1 :], target=None, label=None, remarks=())


def until_zero(statement: Statement, derives: str, names: Names) -> Formula | None:
    """The derivative that an answer sets to 0 and solves, `A = 0 ⇒ w = …`, where the derivative is asked."""
    lines = [line for line in statement.lines if line.parts]
    if not lines or "/d" not in derives:
        return None
    line, *behind = lines
    follows = len(line.parts) - 1 if behind and behind[0].remarks[:1] and behind[0].remarks[0] in FOLLOWS else None
    at = next((k for k, op in enumerate(line.ops) if op in FOLLOWS), follows)
    if at is None or at < 1 or not is_zero(line.parts[at]) or any(op not in EQUALITIES for op in line.ops[:at]):
        return None
    named = line.target is not None or of_asked(line.parts[0], node_of(derives), names) is not None
    if at > 1 + named:
        return None
    note = Note("set-to-zero", "it is set to 0 afterwards; what is judged is the derivative, and not what follows")
    return replace(line.parts[at - 1], notes=(*line.parts[at - 1].notes, note))


def solving(statement: Statement) -> Statement:
    """Lines of equations as steps to a solution, each of which follows from the one before: `X^T X w = X^T y`, then
    `w = …`."""
    lines = [line for line in statement.lines if line.parts]
    ops = [op for line in lines for op in (*line.ops, "=>")][:-1]
    joined = replace(lines[0], parts=tuple(part for line in lines for part in line.parts), ops=tuple(ops), target=None)
    return replace(statement, lines=(joined,))


def is_zero(part: Formula) -> bool:
    """Whether a member is 0; one whose shapes do not conform has no value, and is held as 0."""
    return part.body == ZERO and part.shape_error is None


def _names_what_is_asked(target: str, asked: str, names: Names) -> bool:
    label = label_of(target, names)
    if label is None:
        return not is_sum_of_names(target, names)
    return same_target(label.spelled, spelled_target(asked) or canonical(asked))
