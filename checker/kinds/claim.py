"""A claim: a sign, a monotone, a limit or an invariance, under hypotheses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, own
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Rung
    from checker.verdict import Verdict
    from problems.truth import Truth


@frozen
class Asked(Payload):
    claim: str = own("text", "the claim in the notation", required=True)
    hypotheses: tuple[str, ...] = own("texts", "what may be used, in the notation")


class Claim(Kind[Asked]):
    name = "claim"
    meaning = "a sign, a monotone, a limit or an invariance, under hypotheses"
    typing = "a statement, such as f(c) > 1, or in words: increasing in c"
    holds = Asked

    def right(self, part: Part[Asked], truth: Truth) -> Iterator[Any]:
        yield part.payload.claim

    def faults(self, part: Part[Asked]) -> Iterator[tuple[str, str]]:
        """The claim itself, under its hypotheses."""
        from checker.demonstration import DemonstrationError, claimed

        try:
            found = claimed(part, part.payload.claim, part.payload.hypotheses)
        except DemonstrationError as error:
            yield str(error), ".claim"
            return
        if not found["holds"]:
            yield f"the claim does not hold: {found.get('evidence')}", ".claim"

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """What kind of statement is asked; what may be used; what it is about; the claim."""
        from checker.hints.rungs import OPEN, Line, Rung, typed

        yield Rung(
            "asked", "What is asked is a statement: how two things compare, which sign one has, or how it changes."
        )
        if part.payload.hypotheses:
            used = tuple(typed(text, truth.names) for text in part.payload.hypotheses)
            yield Rung("rule", "This may be used.", used)
        line = typed(part.payload.claim, truth.names)
        if len(line.sides) == 2:
            yield Rung("left", "It is about this.", (Line((line.sides[0], OPEN), ("?",)),))
        yield Rung("answer", "The answer.", (line,))

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        """The answer against the claim, which was checked under its hypotheses when the file was validated."""
        from checker.answers.claims import judge_claim
        from checker.answers.text import answer_text

        return judge_claim(answer_text(answer), part.payload.claim, truth.names, part.units)


KIND = Claim()
