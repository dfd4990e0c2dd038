"""The map of judging: an answer to a part of a problem in, a verdict out."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from checker.answer_values import fault
from checker.answers.outcome import unreadable
from checker.conventions import verdict_on
from checker.verdict import At, Verdict
from derivations.atoms import forgets
from derivations.formula import Formula
from derivations.notation.read.tokens import MAX_CHARS
from problems.bank import Bank, load_bank
from problems.schema import Part
from problems.truth import truth
from problems.varying import varied


def check(part: str | Part, answer: Any, bank: Bank | str | Path | None = None, seed: int = 0) -> Verdict:
    """The verdict on an answer to a part: found in its bank, its truth derived, judged by its kind, its open
    conventions settled.

    `part` is an id such as "000/6b" (an unknown one raises `problems.bank.UnknownPart`), `answer` what was written:
    text, for some kinds a number, a list or a table, for a formula also a `Formula` or a SymPy expression in the names
    of the part. An answer never raises: what cannot be read is `unreadable`. The judge of a kind reads, compares
    shapes, judges, and has a wrong answer diagnosed. `bank` is a folder or file of problems, or one that was
    loaded. `seed` names a variant of the part.

    >>> check("001/3.2", "-y_i y_j").status
    'correct'
    """
    start = time.perf_counter()
    asked = varied(find(part, bank), seed)
    if asked.kind == "formula" and (isinstance(answer, Formula) or hasattr(answer, "free_symbols")):
        return replace(_expression(asked, answer), id=asked.id, ms=round((time.perf_counter() - start) * 1000, 3))
    if why := fault(answer):
        return Verdict("unreadable", id=asked.id, at=At("student", 0, 0, "", why))
    if len(str(answer)) > MAX_CHARS:
        return Verdict(
            "unreadable",
            id=asked.id,
            at=At("student", MAX_CHARS, MAX_CHARS, "", f"an answer has at most {MAX_CHARS} characters"),
        )
    verdict = verdict_on(asked, truth_of(asked), answer)
    return replace(verdict, id=asked.id, ms=round((time.perf_counter() - start) * 1000, 3))


def _expression(asked: Part, answer: Any) -> Verdict:
    """The verdict on a formula that is none as text."""
    names = truth_of(asked).names
    if not isinstance(answer, Formula):
        from derivations.sympy_bridge import NoSympy  # late: only who has SymPy's expressions judged waits for SymPy
        from derivations.sympy_bridge.inward import from_sympy

        try:
            answer = from_sympy(answer, names)
        except NoSympy as error:
            return unreadable(str(error), "a SymPy expression in the names of the part")
    return verdict_on(asked, truth_of(asked), answer)


truth_of = lru_cache(maxsize=256)(truth)
"""The truth of a part of a loaded bank, derived once."""
forgets(truth_of.cache_clear)


def find(part: str | Part, bank: Bank | str | Path | None = None) -> Part:
    """A part by its id, in the bank given or in our own."""
    if isinstance(part, Part):
        return part
    return (bank if isinstance(bank, Bank) else load_bank(bank)).part(part)
