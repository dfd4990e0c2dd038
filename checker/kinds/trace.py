"""A table of values that depend on one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, given_data, own
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Rung
    from checker.verdict import Verdict
    from problems.truth import Source, Truth


@frozen
class Asked(Payload):
    given: Mapping[str, Any] = given_data()
    values: Mapping[str, str] = own(
        "declarations",
        "in order: the name of a value → what it derives (`value of z1`, `dE/dw5`, `value of w5 - eta dE/dw5`)",
        required=True,
    )
    digits: int | None = own("integer", "digits after which a value counts as right, where fewer than shown are asked")


class Trace(Kind[Asked]):
    name = "trace"
    meaning = "a table of values that depend on one another"
    typing = "one line a value: name = number"
    holds = Asked
    of_lines = True
    by_name = True

    def described(self, part: Part[Asked]) -> Iterator[tuple[str, Any]]:
        yield from super().described(part)
        yield "values", ", ".join(part.payload.values)

    def truth(self, part: Part[Asked], source: Source) -> Truth:
        return source.values(part.payload.values)

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """How many values are asked; then the step of each, in letters; then the values."""
        from checker.answers.given import point_of
        from checker.hints.derived import steps_of, tabled
        from checker.hints.rungs import Rung

        names = ", ".join(f"`{name}`" for name in truth.rows)
        yield Rung("asked", f"What is asked is {len(truth.rows)} numbers, one after the other: {names}.")
        yield from steps_of(truth)
        yield tabled(truth.rows, point_of(part.payload.given, truth.names))

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        from checker.answers.given import point_of
        from checker.answers.tables import Row, judge_trace

        rows = tuple(Row(name, formula) for name, formula in truth.rows.items())
        return judge_trace(answer, rows, point_of(part.payload.given, truth.names), part.payload.digits, part.units)


KIND = Trace()
