"""The map of hints: a part in, its ladder out.

    restated → the author's hints → what the kind says, from the derivation → cut where the answer is told

Every rung below the last is judged as an answer would be, whole and piece by piece: the first line with a piece that is
right, and all behind it, are the last rung; other rungs with such a piece are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from checker.check import truth_of
from checker.conventions import readings
from checker.diagnosis.fingerprint import ground
from checker.equality.align import Misfit, align
from checker.hints.rungs import COSTS, OPEN, Ladder, Line, Rung
from checker.kinds.contract import kind_of
from derivations.atoms import forgets
from derivations.domains import Names
from derivations.formula import Formula
from derivations.notation import read
from problems.schema import Part
from problems.truth import Truth


def ladder(part: Part[Any], truth: Truth | None = None) -> Ladder:
    """The hints of a part, from what is asked to the answer. Raises `problems.truth.TruthError`."""
    truth = truth_of(part) if truth is None else truth
    first, *others = kind_of(part).rungs(part, truth)
    rungs = [first, *(Rung("hint", hint) for hint in part.hints), *others]
    kept: list[Rung] = []
    for n, rung in enumerate(rungs):
        tells = rung.stage != "answer" and gives_away(part, truth, rung)
        if rung.stage == "answer" or (tells and rung.stage in ("line", "hint")):
            return Ladder(part.id, (*kept, _last(rungs[n:])), {**COSTS, **part.costs})
        if not tells:  # a plan may name a result that is the answer: then it is left out
            kept.append(rung)
    raise AssertionError(f"{part.id}: the kind {part.kind} tells no answer")


ladder_of = lru_cache(maxsize=64)(ladder)
"""The ladder of a part of a loaded bank, built once."""
forgets(ladder_of.cache_clear)


def _last(rungs: Sequence[Rung]) -> Rung:
    """Rungs that tell the answer, as one."""
    lines: dict[str, Line] = {}
    for line in (line for rung in rungs for line in rung.lines):
        lines.setdefault(line.written("ascii"), line)
    said = dict.fromkeys(rung.says for rung in rungs if rung.says and rung.stage in ("hint", "answer"))
    return Rung("answer", " ".join(said), tuple(lines.values()))


def gives_away(part: Part[Any], truth: Truth, rung: Rung) -> str:
    """What of a rung is judged to be the answer; empty where nothing is."""
    kind = kind_of(part)
    asked = [(part, truth), *readings(part, truth)]
    for text, formula in pieces(rung, truth.names):
        if rung.stage == "asked" and _NAME.fullmatch(text):
            continue  # a name of the question itself
        for p, t in asked:
            if (formula is None or may_be(formula, p, t)) and kind.judge(p, t, text, False).status == "correct":
                return text
    return ""


def may_be(formula: Formula, part: Part[Any], truth: Truth) -> bool:
    """Whether a formula has to be judged at all: at some points it is the truth, or neither can be evaluated. Where
    answers may differ from the truth by more than their form it has to."""
    if truth.formula is None or truth.alternatives or part.kind != "formula" or part.payload.up_to:
        return True
    pair = align(formula, truth.formula)
    if isinstance(pair, Misfit):
        return True
    points = ground(truth.names)
    mine, asked = points.values(pair.student), points.values(pair.truth)
    if mine is None or asked is None or mine.shape != asked.shape:
        return True
    with np.errstate(all="ignore"):
        near = np.abs(mine - asked) <= NEAR * (np.abs(mine) + np.abs(asked))
    return bool(near[np.isfinite(mine) & np.isfinite(asked)].mean() > FEW) if np.isfinite(mine + asked).any() else True


NEAR, FEW = 1e-6, 0.5
"""Values within so much of one another may be equal; where fewer than so many are, two formulas differ."""

_NAME = re.compile(r"[^\W\d][\w']*")
_MATHEMATICS = re.compile(r"\$([^$]+)\$|`([^`]+)`|(\([^()]*\))")
_CLAUSES = re.compile(r"[;:.,](?:\s|\Z)|\s(?:is|are|as|at)\s")


def pieces(rung: Rung, names: Names) -> Iterator[tuple[str, Formula | None]]:
    """All of a rung that may be an answer: what it says, its clauses, the mathematics in it, its lines and their right
    sides; with the formula where it is one."""
    seen: dict[str, Formula | None] = {}
    if rung.says:
        seen[rung.says] = None
        said = [*_CLAUSES.split(rung.says), *(a or b or c for a, b, c in _MATHEMATICS.findall(rung.says))]
        seen |= {text: _named(text, names) for piece in said if (text := piece.strip(" `"))}
    for line in (line for line in rung.lines if OPEN not in line.sides):
        last = line.sides[-1]
        formula = last if isinstance(last, Formula) else None
        seen[line.written("ascii")] = formula
        seen[Line((last,), form=line.form).written("ascii")] = formula
    if len(rung.lines) > 1:
        seen["\n".join(line.written("ascii") for line in rung.lines)] = None
    yield from seen.items()


def _named(text: str, names: Names) -> Formula | None:
    """A name alone as a formula."""
    row = names.get(text)
    return read(text, names) if row is not None and row.role in ("input", "node", "adjoint") else None
