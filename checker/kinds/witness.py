"""Values that satisfy a stated predicate; any correct ones are accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, own
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Rung
    from checker.verdict import Verdict
    from problems.truth import Source, Truth


@frozen
class Asked(Payload):
    unknowns: Mapping[str, str] = own(
        "declarations", "the names to be given, with domains", required=True, shown="to be given"
    )
    predicate: tuple[str, ...] = own(
        "texts",
        "what must hold, in the notation, over unknowns, data and bindings; all of them",
        required=True,
        shown="must hold",
    )
    data: Mapping[str, Any] = own("values", "the data set over which the predicate is checked, exactly", shown="data")
    example: Any = own("answer", "one witness, checked when the file is validated", required=True)


class Witness(Kind[Asked]):
    name = "witness"
    meaning = "values that satisfy a stated predicate; any correct one is accepted"
    typing = "one value a line or after commas, such as a = (1, 2), c = 3"
    holds = Asked
    of_lines = True
    by_name = True

    def truth(self, part: Part[Asked], source: Source) -> Truth:
        return source.names(part.payload.unknowns, ".unknowns")

    def right(self, part: Part[Asked], truth: Truth) -> Iterator[Any]:
        yield part.payload.example

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """What is to be given; that any values will do; those of the example, one after the other."""
        from checker.answers.lines import named_values
        from checker.hints.rungs import Line, Name, Rung

        unknowns = tuple(part.payload.unknowns)
        names = ", ".join(f"`{name}`" for name in unknowns)
        yield Rung("asked", f"What is asked is values of {names}; any will do for which holds what must hold.")
        for name, value in named_values(part.payload.example, unknowns).items():
            yield Rung("line", "Of one that will do.", (Line((Name(name), str(value)), ("=",)),))
        yield Rung("answer", "The answer, one of many.")

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        from checker.answers.witnesses import judge_witness, predicates

        asked = part.payload
        either_sign = part.conventions.get("scale") == "nonzero"
        stated = predicates(asked.predicate, truth.names)
        return judge_witness(answer, tuple(asked.unknowns), stated, asked.data, truth.names, either_sign, part.units)


KIND = Witness()
