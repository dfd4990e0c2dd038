"""A formula: scalar, indexed, matrix, or by cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, own
from derivations.frozen import frozen
from problems.schema import Part, Payload

if TYPE_CHECKING:
    from checker.hints.rungs import Ladder, Rung
    from checker.verdict import Verdict
    from problems.truth import Source, Truth


@frozen
class Asked(Payload):
    up_to: str | None = own(
        "text",
        "two answers count as equal up to this",
        choices=("nothing", "constant", "positive_factor", "nonzero_factor"),
    )
    either: tuple[str, ...] = own(
        "texts", "further targets or formulas that are right as well (another convention): each as in `derives`"
    )


class Formula(Kind[Asked]):
    name = "formula"
    meaning = "a formula: scalar, indexed, matrix or by cases"
    typing = "a formula, in plain text, Unicode or LaTeX"
    of_formulas = True
    holds = Asked
    of_target = True
    given_away = True
    tried = True

    def asked_nodes(self, part: Part[Asked]) -> frozenset[str]:
        """`value of LL` asks for the binding of LL."""
        wanted = (part.derives or "").removeprefix("value of").strip()
        return frozenset({wanted.partition(" ")[0]}) if wanted and "/" not in wanted else frozenset()

    def truth(self, part: Part[Asked], source: Source) -> Truth:
        return source.target(part.derives, part.payload.either)

    def right(self, part: Part[Asked], truth: Truth) -> Iterator[Any]:
        """The truth in every dressing, in index form and in matrix form."""
        from derivations.notation import NoMatrixForm, write

        seen: set[str] = set()
        for form in ("index", "matrix"):
            for dressing in ("ascii", "unicode", "latex"):
                try:
                    text = write(truth.asked, dressing, form)
                except NoMatrixForm:
                    break
                if text not in seen:
                    seen.add(text)
                    yield text

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """What is asked, with its shape; then the derivation. A formula that is only read has its names instead."""
        from checker.hints.derived import of_derivation, of_reading
        from checker.hints.restated import asked

        yield asked(part, truth)
        yield from of_reading(truth) if truth.derivation is None else of_derivation(truth.derivation)

    def went_wrong(self, part: Part[Asked], truth: Truth, ladder: Ladder, verdict: Verdict, answer: Any) -> int:
        from checker.hints.placing import in_a_derivation

        return in_a_derivation(part, truth, ladder, verdict, answer)

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        from checker.answers.as_meant import judge
        from checker.answers.formulas import Question, judge_formula
        from checker.answers.spoken_cases import said_in_cases
        from checker.answers.text import answer_text
        from derivations.formula import Formula as Read

        question = Question(part, truth, part.payload.up_to or "nothing", explain)
        if isinstance(answer, Read):
            return judge_formula(question, answer)
        verdict = judge(question, answer)
        if verdict.status != "unreadable":
            return verdict
        found = said_in_cases(answer_text(answer), lambda text: judge(question, text))
        return verdict if found is None else found


KIND = Formula()
