"""An answer in words: not judged. The model answer and its demonstration are shown to a person."""

from __future__ import annotations

from typing import Any

from checker.verdict import Finding, Verdict


def judge(part: Any, truth: Any, answer: Any) -> Verdict:
    """`not_judged`, with the model answer and how it is demonstrated as findings."""
    findings = [Finding("model-answer", str(part.payload.get("model_answer", "")))]
    findings += [
        Finding("demonstration", d.says or d.statement or f"{d.form} of {d.experiment or d.target}")
        for d in part.demonstrations
    ]
    return Verdict("not_judged", None, findings=tuple(findings), student_read=str(answer))
