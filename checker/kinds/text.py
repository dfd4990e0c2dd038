"""An answer in words: not judged. The model answer and its demonstration are shown to a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, own
from checker.verdict import Finding, Verdict
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Rung
    from problems.truth import Truth


@frozen
class Asked(Payload):
    model_answer: str = own("text", "a good answer (stated)", required=True)


class Text(Kind[Asked]):
    name = "text"
    meaning = "an answer in words; not judged: the model answer and its demonstration are shown"
    typing = "a sentence or two; it is not judged by machine"
    holds = Asked
    derived = False

    def right(self, part: Part[Asked], truth: Truth) -> Iterator[Any]:
        yield part.payload.model_answer

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """That it is a sentence; the model answer."""
        from checker.hints.rungs import Rung

        yield Rung("asked", "What is asked is a sentence or two, which a person judges.")
        yield Rung("answer", part.payload.model_answer)

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        """`not_judged`, with the model answer and how it is demonstrated as findings."""
        shown = (d.says or d.statement or f"{d.form} of {d.experiment or d.target}" for d in part.demonstrations)
        findings = (
            Finding("model-answer", part.payload.model_answer),
            *(Finding("demonstration", what) for what in shown),
        )
        return Verdict("not_judged", None, findings=findings, student_read=str(answer))


KIND = Text()
