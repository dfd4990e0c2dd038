"""One number, vector or small matrix, judged by the digits shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, given_data, own
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Rung
    from checker.verdict import Verdict
    from problems.truth import Truth


@frozen
class Asked(Payload):
    given: Mapping[str, Any] = given_data()
    digits: int | None = own("integer", "significant digits asked for")


class Number(Kind[Asked]):
    name = "number"
    meaning = "one number, vector or small matrix, judged by the digits shown"
    typing = "a number (0.42, 3e-4, 35%, 2/7) or an expression such as -log(0.3); a vector as [1, 2]"
    holds = Asked
    of_target = True
    given_away = True
    at_base = True

    def is_one(self, expected: list[Any]) -> bool:
        """A list of numbers is one vector."""
        return all(isinstance(value, int | float) for value in expected)

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """What is asked; then the derivation, in letters; then the value."""
        from checker.answers.given import point_of
        from checker.hints.derived import of_derivation, of_reading, valued
        from checker.hints.restated import asked

        yield asked(part, truth, "a number" if truth.asked.shape == () else "numbers", shape=bool(truth.asked.shape))
        yield from of_reading(truth) if truth.derivation is None else of_derivation(truth.derivation, told=False)
        yield valued(truth.asked, point_of(part.payload.given, truth.names))

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        """The answer against the value of the truth at the part's data. The slip in a formula that gives a wrong value
        is its reason."""
        from checker.answers.given import entries, point_of
        from checker.answers.numbers import is_another, judge_number, label_of
        from checker.answers.outcome import unreadable
        from checker.answers.text import known_to

        point, known = point_of(part.payload.given, truth.names), known_to(truth.names)
        shape, values = entries(truth.asked, point)
        verdict = judge_number(answer, values, shape, part.payload.digits, part.units, known)
        label = label_of(verdict)
        if label is not None and is_another(label, part.derives or "", truth.names):
            return unreadable(f"{label} is not what is asked", "the number alone", 0, len(label))
        if shape or not explain or verdict.diagnosis is None or verdict.diagnosis.tag != "value":
            return verdict
        from checker.answers.tables import by_rule

        return by_rule(verdict, answer, truth.asked, point, part.units, known)


KIND = Number()
