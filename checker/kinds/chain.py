"""A derivation of several lines, judged link by link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, own
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Ladder, Rung
    from checker.verdict import Verdict
    from derivations.domains import Names
    from problems.truth import Source, Truth


@frozen
class Asked(Payload):
    start: str | None = own("text", "where the chain begins, in the notation", shown="from")
    end: str | None = own(
        "text",
        "where it must arrive; checked against `derives` or against `start` when the file is validated",
        shown="to",
    )
    relation: str = own(
        "text",
        "how start and end are related",
        choices=("=", "proportional", "argmax", "argmin", "<=", ">=", "=>"),
        default="=",
    )
    model_chain: tuple[str, ...] = own("texts", "one complete right answer, judged when the file is validated")


class Chain(Kind[Asked]):
    name = "chain"
    meaning = "a derivation of several lines, judged link by link"
    typing = "one line a step, each with = or another relation"
    of_formulas = True
    holds = Asked
    needs = (("derives", "start"), ("derives", "end"))
    of_lines = True
    tried = True

    def truth(self, part: Part[Asked], source: Source) -> Truth:
        return source.target(part.derives or part.payload.end)

    def right(self, part: Part[Asked], truth: Truth) -> Iterator[Any]:
        if part.payload.model_chain:
            yield "\n".join(part.payload.model_chain)

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """From where to where; where it begins; then the lines of the author's chain, or of one that is searched."""
        from checker.hints.chained import lines_of
        from checker.hints.rungs import OPEN, Line, Rung

        asked = part.payload
        yield Rung(
            "asked", "What is asked is a chain of lines that ends at what is to be shown, each from the one before."
        )
        lines = lines_of(asked.model_chain, asked.start, asked.end, truth)
        if lines:
            yield Rung("left", "It begins here.", (Line((lines[0].sides[0], OPEN), ("=",)),))
        for line in lines:
            yield Rung("line", "One line.", (line,))
        yield Rung("answer", "The answer.")

    def went_wrong(self, part: Part[Asked], truth: Truth, ladder: Ladder, verdict: Verdict, answer: Any) -> int:
        from checker.hints.placing import in_a_chain

        return in_a_chain(truth, ladder, verdict, answer)

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        """The lines against one another, and against the two ends of the part."""
        from checker.answers.any_number import for_any_number
        from checker.answers.statements import judge_chain
        from checker.answers.text import answer_text
        from checker.answers.vocabulary import multiplied
        from derivations.notation import read

        text = "\n".join(map(str, answer)) if isinstance(answer, list | tuple) else answer_text(answer)
        asked = part.payload
        ends, names = (asked.start, asked.end), multiplied(part, truth.names)
        found = judge_chain(text, ends, truth.formula, asked.relation, part.derives, names, explain)

        def in_general(ends: tuple[str | None, str | None], names: Names) -> Verdict:
            return judge_chain(text, ends, read(ends[1] or "", names), asked.relation, part.derives, names, explain)

        return for_any_number(text, ends, names, in_general, found)


KIND = Chain()
