r"""An answer by cases that is said as a sentence, as the one formula that it is.

when z is positive the derivative is 1, otherwise \alpha     1 if z > 0, \alpha otherwise
for $z > 0$: $1$, for $z < 0$: $0$                           1 if z > 0, 0 if z < 0
It is 1 if z > 0. Otherwise it is 0.                         1 if z > 0, 0 otherwise

Every word has to be one of these; a sentence that says more is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from checker.verdict import Finding, Verdict
from derivations.frozen import frozen

LONGEST = 400
"""Characters of a sentence."""
MOST = 6
"""Cases of one answer."""

_IF = r"(?:if|when|whenever|for|where|as\s+long\s+as|provided(?:\s+that)?)"
_ELSE = r"(?:otherwise|elsewhere|else|in\s+(?:all|the)\s+other\s+cases?)"
_OF_WHAT = (
    r"(?:(?:its|the|this|that|our|then|so)\s+)*(?:(?:partial\s+)?(?:derivative|gradient|slope|value|function|output|"
    r"result|answer)(?:\s+of\s+(?:the\s+)?[\w\\()_^]+)?|it|this|that|we\s+(?:get|have|obtain))"
)
_IS = rf"(?:(?:then\s+)?{_OF_WHAT}\s*(?:(?:is|equals|becomes|will\s+be|is\s+equal\s+to)\s+)?|(?:is|equals|=)\s+)?"
_JUST = r"(?:(?:just|simply|also|always|equal\s+to)\s+)?"
_NOT_A_VALUE = rf"(?!(?:{_IF}|{_ELSE}|is|it|the|then|and|but)\b)"
_VALUE = rf"(?P<value>{_NOT_A_VALUE}[^,;:]+?)"
_SIGNS = {
    ">": r"(?:strictly\s+)?positive|(?:greater|larger|bigger)\s+than\s+(?:0|zero)|above\s+(?:0|zero)",
    "<": r"(?:strictly\s+)?negative|(?:less|smaller|lower)\s+than\s+(?:0|zero)|below\s+(?:0|zero)",
    ">=": r"non-?\s?negative|not\s+negative|at\s+least\s+(?:0|zero)",
    "<=": r"non-?\s?positive|not\s+positive|at\s+most\s+(?:0|zero)",
}
_KINDS = tuple(_SIGNS)
_SIGNED = "|".join(rf"(?P<s{k}>{_SIGNS[op]})" for k, op in enumerate(_KINDS))
_BARE = "|".join(_SIGNS.values())
_ORDER = r"(?:<=|>=|<|>|≤|≥|\\l(?:eq?|t)(?![A-Za-z])|\\g(?:eq?|t)(?![A-Za-z]))"
_CASE = (
    rf"(?:(?P<of>[^\s,;:]+(?:\s+[^\s,;:]+){{0,3}}?)\s+is\s+(?P<how>{_BARE})|(?P<how2>{_BARE})\s+(?P<of2>\\?\w+)"
    rf"|(?P<relation>[^,;:<>≤≥]{{1,60}}?\s*{_ORDER}\s*[^\s,;:]+))"
)
_ENDS = rf"(?=\s*(?:\Z|[,;]|\.(?=\s|\Z)|\b(?:and|but|while|whereas)\b|\b{_ELSE}\b))"
_SKIP = re.compile(r"(?:[\s,;]|\.(?=\s|\Z)|\b(?:and|but|while|whereas)\b)*", re.IGNORECASE)
_CLAUSES = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"{_IF}\s+{_CASE}\s*[,:]?\s*(?:then\b\s*,?\s*)?{_IS}{_JUST}{_VALUE}{_ENDS}",
        rf"{_IS}{_JUST}{_VALUE}\s*,?\s*\b{_IF}\s+{_CASE}{_ENDS}",
        rf"{_ELSE}\s*,?\s*{_IS}{_JUST}{_VALUE}{_ENDS}",
        rf"{_IS}{_JUST}{_VALUE}\s*,?\s*\b{_ELSE}{_ENDS}",
    )
)
_WORDS = re.compile(
    rf"(?<![\\\w])(?:{_IF}|{_ELSE}|is|the|it|then|positive|negative|derivative|gradient|slope|value)(?![\w])",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"it|this|that|the\s+input", re.IGNORECASE)
_SIGN_OF = re.compile(_SIGNED, re.IGNORECASE)


@frozen
class _Said:
    """A value, and the case that it is said in; "" for every other one."""

    value: str
    case: str


def said_in_cases(text: str, judge: Callable[[str], Verdict]) -> Verdict | None:
    """A sentence judged as the formula by cases that it is, with a note of how it was read; None where it is none. What
    has another shape than what is asked speaks of another letter, perhaps: that is not judged."""
    said = in_cases(text)
    verdict = judge(said) if said is not None else None
    tag = verdict.diagnosis.tag if verdict is not None and verdict.diagnosis is not None else ""
    if said is None or verdict is None or verdict.status == "unreadable" or tag == "shape":
        return None
    return replace(verdict, findings=(*verdict.findings, Finding("cases", f"read as {said}")))


def in_cases(text: str) -> str | None:
    """A sentence as a formula by cases; None where it is anything else."""
    flat = " ".join(re.sub(r"\\[()]|[$`]", " ", text).split())
    if len(flat) > LONGEST or _WORDS.search(flat) is None:
        return None
    found: list[_Said] = []
    at, of = _SKIP.match(flat).end(), ""  # type: ignore[union-attr]
    while at < len(flat):
        one = next((m for clause in _CLAUSES if (m := clause.match(flat, at)) is not None and _plain(m)), None)
        if one is None or len(found) == MOST:
            return None
        case, of = _case(one, of)
        if case is None:
            return None
        found.append(_Said(one["value"].strip(), case))
        at = _SKIP.match(flat, one.end()).end()  # type: ignore[union-attr]
    others = [one for one in found if not one.case]
    if len(found) < 2 or len(others) > 1 or (others and found[-1].case):
        return None
    return ", ".join(f"{one.value} if {one.case}" if one.case else f"{one.value} otherwise" for one in found)


def _plain(found: re.Match[str]) -> bool:
    """Whether the formulas of a clause hold no words that mean something in it."""
    groups = found.groupdict()
    return not any(groups.get(name) and _WORDS.search(groups[name]) for name in ("value", "relation", "of2")) and (
        not groups.get("of") or _PRONOUN.fullmatch(groups["of"]) is not None or _WORDS.search(groups["of"]) is None
    )


def _case(found: re.Match[str], of: str) -> tuple[str | None, str]:
    """The condition of a clause in signs, None where nothing says of what it is one; and what it is a condition of."""
    groups = found.groupdict()
    if groups.get("relation"):
        return groups["relation"], re.split(_ORDER, groups["relation"])[0].strip()
    how = groups.get("how") or groups.get("how2")
    if how is None:
        return "", of
    said = groups.get("of") or groups["of2"]
    said = of if _PRONOUN.fullmatch(said) else said
    sign = _SIGN_OF.fullmatch(how)
    assert sign is not None
    op = next(op for k, op in enumerate(_KINDS) if sign[f"s{k}"])
    return (f"{said} {op} 0" if said else None), said
