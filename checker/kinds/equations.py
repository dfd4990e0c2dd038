"""Update rules or bindings of the model, in any order."""

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


RATES = ("alpha", "eta")
"""Names of rates that a factor of the velocity may move into, where either velocity is right and none are named."""


@frozen
class Asked(Payload):
    equations: tuple[str, ...] = own("texts", "which bindings are asked: names of the model's nodes")
    rename: Mapping[str, str] = own("declarations", "letters that may be named otherwise → their domain (velocity: V)")
    rescale: tuple[str, ...] = own(
        "texts", "names that may absorb a constant factor: a factor in V against one in alpha"
    )


class Equations(Kind[Asked]):
    name = "equations"
    meaning = "update rules or bindings of the model, in any order"
    typing = "one equation a line, such as w := w + 2 c"
    of_formulas = True
    holds = Asked
    of_lines = True

    def asked_nodes(self, part: Part[Asked]) -> frozenset[str]:
        return frozenset(part.payload.equations)

    def truth(self, part: Part[Asked], source: Source) -> Truth:
        return source.bindings(part.payload.equations)

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """What is updated; of what each new value is made; then one equation after the other."""
        from checker.hints.derived import made_of
        from checker.hints.rungs import OPEN, Line, Name, Rung

        names = ", ".join(f"`{name}`" for name in truth.rows)
        count = len(truth.rows)
        yield Rung("asked", f"What is asked is {count} equation{'' if count == 1 else 's'}: one for {names}.")
        for name, formula in truth.rows.items():
            yield Rung("left", made_of(name, formula), (Line((Name(name), OPEN), (":=",)),))
        for name, formula in truth.rows.items():
            yield Rung("line", "One equation.", (Line((Name(name), formula), (":=",), "auto"),))
        yield Rung("answer", "The answer.")

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        """Every asked rule against the written one for the same name."""
        from functools import partial

        from checker.answers.equations import judge_equations
        from checker.answers.kinks import jump
        from checker.answers.vocabulary import multiplied

        asked, momentum = part.payload, part.conventions.get("momentum")
        rescale = asked.rescale or (RATES if momentum == "either" else ())
        if momentum in ("average", "heavy_ball"):
            rescale = ()
        fault = partial(jump, part.conventions.get("threshold"))
        return judge_equations(answer, truth.rows, multiplied(part, truth.names), asked.rename, rescale, fault, explain)


KIND = Equations()
