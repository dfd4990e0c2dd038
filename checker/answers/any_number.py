"""A letter for any number in the place of the number of the question: `(c w)^T x = c w^T x`, where `(2 w)^T x =
2 w^T x` was to be shown. What holds for every positive number holds for that one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from checker.verdict import Finding, Verdict
from derivations.domains import Names, parse_names
from derivations.notation.read.scope import scope_of
from derivations.notation.spelling import GREEK

Ends = tuple[str | None, str | None]
_NUMERAL = re.compile(r"(?<![\w^_.{\\])\d+(?![\w.])")
_RUN = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{1,4}(?![A-Za-z])")
_GREEK = re.compile(r"\\([a-z]+)")
_COMMAND = re.compile(r"\\[A-Za-z]+|_\s*\{[^{}]*\}")


def for_any_number(
    text: str, ends: Ends, names: Names, judge: Callable[[Ends, Names], Verdict], found: Verdict
) -> Verdict:
    """The verdict on a chain that cannot be read: where it has one letter that nobody declared, and holds from end to
    end with it in the place of the one number there, it is right."""
    start, end = ends
    if found.status != "unreadable" or start is None or end is None:
        return found
    numbers = {m[0] for side in (start, end) for m in _NUMERAL.finditer(side)}
    letter = _unknown(text, names)
    if letter is None or len(numbers) != 1 or numbers <= {"0"}:
        return found
    general = _NUMERAL.sub(f"{letter} ", start), _NUMERAL.sub(f"{letter} ", end)
    verdict = judge(general, names.with_rows(*parse_names(f"{letter}: positive").values()))
    if verdict.status != "correct":
        return found
    note = Finding("any-number", f"{letter} was read as any positive number in the place of {min(numbers)}")
    return replace(verdict, findings=(*verdict.findings, note))


def _unknown(text: str, names: Names) -> str | None:
    """The one letter of a text that nobody declared; None where there are more, or none."""
    scope = scope_of(names)
    letters = {c for run in _RUN.findall(_COMMAND.sub(" ", text)) if scope.spells(run) is False for c in run}
    greek = {name for name in _GREEK.findall(text) if name in GREEK and not {name} & (scope.rows.keys() | scope.bases)}
    new = [*greek, *(c for c in letters if scope.spells(c) is False and c not in "TeEI")]
    return new[0] if len(new) == 1 else None
