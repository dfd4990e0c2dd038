"""An integer that follows from sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, given_data
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Rung
    from checker.verdict import Verdict
    from problems.truth import Truth


@frozen
class Asked(Payload):
    given: Mapping[str, Any] = given_data()


class Count(Kind[Asked]):
    name = "count"
    meaning = "an integer that follows from sizes"
    typing = "an integer, or a product such as 300*80 + 80"
    holds = Asked
    of_target = True
    given_away = True

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """What is asked; the arrays that are counted, with their shapes; the sum in letters; the number."""
        from checker.answers.given import point_of
        from checker.hints.derived import valued
        from checker.hints.rungs import Line, Rung
        from derivations.formula import show_shape

        names = [n.strip() for n in (part.derives or "").removeprefix("entries of").split(",")]
        rows = [truth.names[name] for name in names if name in truth.names]
        yield Rung("asked", "What is asked is a number of entries, a whole number.")
        yield Rung("rule", "An array has as many entries as its sizes multiplied; those of several arrays are added.")
        shapes = ", ".join(f"`{row.name}` has the shape {show_shape(row.sizes)}" for row in rows)
        yield Rung("left", f"Here {shapes}.")
        yield Rung("line", "In letters.", (Line((truth.asked,)),))
        yield valued(truth.asked, point_of(part.payload.given, truth.names))

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        from checker.answers import counts
        from checker.answers.given import entries, point_of
        from checker.answers.outcome import undecided
        from checker.answers.text import known_to

        point = point_of(part.payload.given, truth.names)
        _, (value,) = entries(truth.asked, point)
        whole = counts.whole(value)
        if whole is None:
            return undecided("truth", "the truth of this part is no integer")
        terms = counts.terms(truth.asked, point)
        return counts.judge_count(answer, whole, terms, part.units, known_to(truth.names), point.sizes)


KIND = Count()
