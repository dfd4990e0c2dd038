"""The verdicts that answer kinds give, spelled once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from checker.verdict import At, Diagnosis, Evidence, Finding, Status, Verdict

NO_EVIDENCE = Evidence()


def right(*findings: Finding, evidence: Evidence = NO_EVIDENCE, read: str | None = None) -> Verdict:
    """Correct, score 1."""
    return Verdict("correct", 1.0, evidence, findings=tuple(findings), student_read=read)


def wrong(
    tag: str,
    message: str,
    reveal: str = "",
    *findings: Finding,
    evidence: Evidence = NO_EVIDENCE,
    read: str | None = None,
) -> Verdict:
    """Wrong, score 0, with its reason."""
    return Verdict("wrong", 0.0, evidence, Diagnosis(tag, message, reveal), tuple(findings), student_read=read)


def undecided(tag: str, message: str, *findings: Finding, read: str | None = None) -> Verdict:
    """Neither; the first finding says what is missing."""
    return Verdict("undecided", None, findings=(Finding(tag, message), *findings), student_read=read)


def unreadable(message: str, expected: str, start: int = 0, end: int = 0) -> Verdict:
    """The answer cannot be read: what is wrong with it, where, and what was expected."""
    return Verdict("unreadable", None, at=At("student", start, end, expected, message))


def place_in(answer: Any, piece: str) -> tuple[int, int]:
    """(start, end) of a piece in an answer; all of the answer where it does not stand there as it is, or more than
    once."""
    text = str(answer)
    at = text.find(piece) if piece and isinstance(answer, str) and text.count(piece) == 1 else -1
    return (at, at + len(piece)) if at >= 0 else (0, len(text))


def undeclared(error: Exception) -> Verdict:
    """The declarations cannot be read."""
    return Verdict("unreadable", None, at=At("names", 0, 0, "declarations such as x: real[n,d]", str(error)))


def together(parts: Iterable[Verdict], *findings: Finding, weights: Sequence[float] | None = None) -> Verdict:
    """One verdict over several: unreadable or undecided where a part is, correct when all are, else wrong with the
    share of right ones as score.

    The diagnosis is that of the first wrong part.
    """
    parts = tuple(parts)
    weights = weights or [1.0] * len(parts)
    order: tuple[Status, ...] = ("failed", "unreadable", "wrong", "undecided", "not_judged")
    found: list[Status] = [s for s in order if any(p.status == s for p in parts)]
    worst: Status = found[0] if found else "correct"
    first = next((p for p in parts if p.status == worst), None)
    if worst == "wrong":
        settled = sum(w for p, w in zip(parts, weights, strict=True) if p.status == "correct")
        score: float | None = settled / sum(weights)
        if any(p.score is None for p in parts):
            score = None
    else:
        score = 1.0 if worst == "correct" else None
    notes = findings or (first.findings if first is not None else ())
    evidence, diagnosis, at = (
        (first.evidence, first.diagnosis, first.at) if first is not None else (NO_EVIDENCE, None, None)
    )
    return Verdict(worst, score, evidence, diagnosis, tuple(notes), at=at, parts=parts)


def named(verdict: Verdict, name: str) -> Verdict:
    """The same verdict as a part called `name`."""
    return replace(verdict, id=name)
