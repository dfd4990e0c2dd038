"""The shape of a name or of a derivative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Rung
    from checker.verdict import Verdict
    from problems.truth import Truth


@frozen
class Asked(Payload):
    pass


class Shape(Kind[Asked]):
    name = "shape"
    meaning = "the shape of a name or of a derivative"
    typing = "a shape: (n, d), n x d, or scalar"
    holds = Asked
    of_target = True
    given_away = True

    def asked_shapes(self, part: Part[Asked]) -> frozenset[str]:
        """`shape of W` asks for the axes of W; those of a derivative are found from others."""
        wanted = (part.derives or "").removeprefix("shape of").strip()
        return frozenset({wanted}) if wanted and "/" not in wanted else frozenset()

    def right(self, part: Part[Asked], truth: Truth) -> Iterator[Any]:
        from derivations.formula import show_shape

        yield show_shape(truth.asked.shape)

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """What is asked, without the shape; where the name stands; the shapes of what stands beside it."""
        from checker.hints.rungs import Line, Name, Rung
        from checker.hints.sizes import beside, where_it_stands

        wanted = (part.derives or "").removeprefix("shape of").strip()
        yield Rung("asked", f"What is asked is the shape of `{wanted}`: its sizes, axis by axis.")
        if "/" in wanted:
            yield Rung("rule", "A derivative has the axes of what stands above, then those of what stands below.")
        else:
            yield from where_it_stands(wanted, truth.names)
        yield from beside(wanted, truth.names)
        yield Rung(
            "answer", "The answer.", tuple(Line((Name(wanted), text), (":",)) for text in self.right(part, truth))
        )

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        from checker.answers.shapes import judge_shape
        from checker.answers.text import known_to
        from derivations.notation.spelling import canonical

        names, hidden = truth.names, self.asked_shapes(part)
        shapes = {
            canonical(row.name): row.sizes
            for row in names.values()
            if row.role in ("input", "node", "adjoint") and row.name not in hidden
        }
        return judge_shape(answer, truth.asked.shape, names.sizes, part.units, known_to(names), shapes)


KIND = Shape()
