"""A model's whole answer against the truth: the final answer is taken out, then compared. This is the worker's side of
`checker.reward`.

    1.0   the answer equals the truth       None   not settled: no answer, one that is not read, undecided, several
    0.0   it differs from the truth                that are judged differently
"""

from __future__ import annotations

from typing import Any

from checker.compare import INFER, compare
from checker.extract import Extracted, Found, extract
from checker.verdict import Verdict
from derivations.frozen import frozen

MOST = 8
"""Answers of one text that are judged; a text with more says nothing certain."""


@frozen
class Scored:
    """The score of a text, and why it is that."""

    score: float | None
    why: str

    def to_json(self) -> dict[str, Any]:
        return {"score": self.score, "why": self.why}


def score(gold: str, text: str, names: Any) -> Scored:
    """The score of a text. An answer that cannot be read is not settled: it may be right in a notation that is not
    known here."""
    found = extract(text)
    if found.answer is None:
        return Scored(None, found.findings[-1].message)
    verdict = _judged(gold, found.answer, names)
    if verdict.status not in ("equal", "different"):
        return Scored(None, f"{found.rule}: {_why(verdict)}")
    return _agreed(gold, found, verdict.status, names)


def _agreed(gold: str, found: Extracted, status: str, names: Any) -> Scored:
    """The score where the text's other answers, as far as they can be read, have the same verdict."""
    if len(found.others) >= MOST:
        return Scored(None, f"more than {MOST} answers are marked as such")
    for other in found.others:
        verdict = _judged(gold, other, names)
        if verdict.status not in (status, "unreadable"):
            return Scored(None, f"{other.text[:60]!r} is marked as an answer too, and judged otherwise")
    return Scored(1.0 if status == "equal" else 0.0, f"{found.rule}: {status}")


def _judged(gold: str, answer: Found, names: Any) -> Verdict:
    return compare(answer.code or answer.text, gold, INFER if names is None else names)


def _why(verdict: Verdict) -> str:
    if verdict.at is not None:
        return f"{verdict.at.side}: {verdict.at.message}"
    return verdict.findings[0].message if verdict.findings else verdict.status
