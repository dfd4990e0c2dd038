"""What a judgement says: a frozen value with its evidence, and its one JSON form (`format` 1; fields are only ever
added)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any, Literal

from checker.exit_codes import EXIT_CODES
from derivations.formula import shortened
from derivations.frozen import frozen

Status = Literal["correct", "wrong", "equal", "different", "undecided", "unreadable", "not_judged", "failed"]
Strength = Literal["proved", "proved_at_sizes", "agrees"]


@frozen
class Counterexample:
    """A point where two formulas differ: sizes and values by name, and what each side gives there (as text)."""

    sizes: Mapping[str, int]
    names: Mapping[str, Any]
    student: str
    truth: str

    def to_json(self) -> dict[str, Any]:
        return {"sizes": dict(self.sizes), "names": dict(self.names), "student": self.student, "truth": self.truth}


@frozen
class Evidence:
    """Why a verdict may be believed. `strength` is None unless the two are equal."""

    strength: Strength | None = None
    sizes: tuple[Mapping[str, int], ...] = ()
    points: int = 0
    digits: int | None = None
    counterexample: Counterexample | None = None
    error_bound: str | None = None

    def to_json(self) -> dict[str, Any]:
        shown = self.counterexample.to_json() if self.counterexample else None
        return {
            "strength": self.strength,
            "sizes": [dict(s) for s in self.sizes],
            "points": self.points,
            "digits": self.digits,
            "error_bound": self.error_bound,
            "counterexample": shown,
        }


@frozen
class Diagnosis:
    """Why a wrong answer is wrong: a stable tag and one plain sentence that does not give the answer away.

    `reveal` is the sentence that does, shown only when asked for.
    """

    tag: str
    message: str
    reveal: str = ""


TURNED = "it is the transpose"
"""The message of a diagnosis `transpose` where nothing else is wrong."""


@frozen
class Finding:
    """Something besides the verdict: `tag` is stable, `message` is for people."""

    tag: str
    message: str


@frozen
class At:
    """Where an unreadable text is at fault: side `student`, `truth` or `names`, a range of characters, what was
    expected."""

    side: Literal["student", "truth", "names"]
    start: int
    end: int
    expected: str
    message: str = ""


@frozen
class Verdict:
    """The outcome of one judgement. `score` is in [0, 1], None for what is not settled."""

    status: Status
    score: float | None = None
    evidence: Evidence = Evidence()
    diagnosis: Diagnosis | None = None
    findings: tuple[Finding, ...] = ()
    student_read: str | None = None
    truth_read: str | None = None
    at: At | None = None
    id: str | None = None
    ms: float | None = None
    seed: int | None = None
    parts: tuple[Verdict, ...] = ()
    """For answers of several values or lines: one verdict each, in order (their `id` says which)."""
    where: Literal["common"] | None = None
    """`common` where two formulas were compared only where both have a value, as was asked."""
    names_inferred: tuple[tuple[str, str], ...] | None = None
    """(name, domain) of what was inferred, where that was asked for."""

    def __bool__(self) -> bool:
        raise TypeError("a verdict is neither true nor false: ask for its .status")

    def __repr__(self) -> str:
        said = self.reason or (self.at.message if self.at is not None else "") or (self.evidence.strength or "")
        return f"<Verdict {self.status}{': ' if said else ''}{shortened(said)}>"

    @property
    def reason(self) -> str:
        """Why it is wrong, in the sentence of its diagnosis; "" where none is said."""
        return self.diagnosis.message if self.diagnosis is not None else ""

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.status]

    def __rich__(self) -> Any:
        """What the command line draws."""
        from checker.output import Terminal
        from checker.render import verdict

        return verdict(self.to_json(), Terminal(io.StringIO()))

    def _repr_markdown_(self) -> str:
        """For a notebook: what the command line draws, as it stands."""
        from checker.output import Terminal

        drawn = io.StringIO()
        Terminal(drawn).show(self)
        text = drawn.getvalue().rstrip("\n")
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        return f"{fence}text\n{text}\n{fence}"

    def to_json(self) -> dict[str, Any]:
        """The object that every `--json` and every line of `--jsonl` prints."""
        out: dict[str, Any] = {
            "format": 1,
            "id": self.id,
            "status": self.status,
            "score": self.score,
            "evidence": self.evidence.to_json(),
            "diagnosis": {"tag": self.diagnosis.tag, "message": self.diagnosis.message} if self.diagnosis else None,
            "findings": [{"tag": f.tag, "message": f.message} for f in self.findings],
            "student_read": self.student_read,
            "truth_read": self.truth_read,
            "at": {
                "side": self.at.side,
                "start": self.at.start,
                "end": self.at.end,
                "expected": self.at.expected,
                "message": self.at.message,
            }
            if self.at
            else None,
            "ms": self.ms,
        }
        if self.seed is not None:
            out["seed"] = self.seed
        if self.where is not None:
            out["where"] = self.where
        if self.names_inferred is not None:
            out["names_inferred"] = dict(self.names_inferred)
        if self.parts:
            out["parts"] = [p.to_json() for p in self.parts]
        return out
