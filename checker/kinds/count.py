"""An integer that follows from sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, given_data
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
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
        return counts.judge_count(answer, whole, counts.terms(truth.asked, point), part.units, known_to(truth.names))


KIND = Count()
