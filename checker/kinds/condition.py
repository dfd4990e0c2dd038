"""An inequality or a quantified condition, compared with the truth as a set of points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, own
from derivations.frozen import frozen
from problems.schema import DEMONSTRATION, Demonstration, Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Rung
    from checker.verdict import Verdict
    from problems.truth import Truth


@frozen
class Asked(Payload):
    condition: str | None = own(
        "text",
        "the condition itself in the notation, where it is not derived from `derives`; it must be shown by `shown_by`",
    )
    shown_by: tuple[Demonstration, ...] = own(
        "tables", "demonstrations that the condition is the right one", keys=DEMONSTRATION
    )


class Condition(Kind[Asked]):
    name = "condition"
    meaning = "an inequality or a quantified condition, compared as sets"
    typing = "a condition, such as a_i + c > 1 for all i"
    of_formulas = True
    holds = Asked
    needs = (("derives", "condition"),)

    def right(self, part: Part[Asked], truth: Truth) -> Iterator[Any]:
        if part.payload.condition:
            yield part.payload.condition

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """What is asked; what it speaks of; the condition."""
        from checker.hints.derived import spoken_of
        from checker.hints.rungs import Line, Rung, typed

        yield Rung("asked", "What is asked is a condition: it holds at exactly the points at which it should.")
        lines = [typed(text, truth.names) for text in self.right(part, truth)]
        if not lines and truth.formula is not None:
            lines = [Line((truth.formula,))]
        yield from spoken_of(lines)
        yield Rung("answer", "The answer.", tuple(lines))

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        from checker.answers.conditions import judge_text
        from derivations.notation import read_condition

        true = truth.formula
        if true is None:
            true = read_condition(str(part.payload.condition), truth.names)
        return judge_text(answer, true, truth.names)


KIND = Condition()
