"""Every wrong answer of the bank whose error has a known place is led to the right rung: not past the error, and not
before what already holds. The places are known in ways of their own: from values in a table, from the lines of a
derivation that are handed in with one slip behind them, from what was read by a person."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from checker import check
from checker.answers.given import exact
from checker.check import truth_of
from checker.diagnosis.mutations.table import mutants
from checker.hints.climbing import ladder_of
from checker.hints.placing import Nudge, nudge
from checker.hints.rungs import OPEN, Ladder, Rung
from checker.kinds.contract import kind_of
from checker.validation import thawed
from derivations.derivation import over
from derivations.evaluate import draw, floats
from derivations.formula import Formula, left_to_do
from derivations.notation import write
from problems.bank import load_bank
from problems.schema import Part

BANK = load_bank()
PARTS = {part.id: part for problem in BANK.problems() for part in problem.parts}


def uncut(part: Part[Any]) -> Ladder:
    """The rungs as the kind tells them, those that tell the answer apart."""
    first, *others = kind_of(part).rungs(part, truth_of(part))
    return Ladder(part.id, (first, *(Rung("hint", hint) for hint in part.hints), *others))


def led(part: Part[Any], answer: Any, ladder: Ladder | None = None) -> tuple[Nudge, Ladder, Any]:
    """The nudge for a wrong answer, the ladder on which it stands, and the verdict."""
    verdict, ladder = check(part, answer), ladder or ladder_of(part)
    assert verdict.status == "wrong", (answer, verdict.status)
    found = nudge(part, truth_of(part), ladder, verdict, answer)
    assert found is not None
    return found, ladder, verdict


def wrong_answers(part: Part[Any]) -> list[Any]:
    """What the author says is wrong, each once."""
    all_of_it = [thawed(answer) for answer in (*(m.answer for m in part.mistakes), *part.rejects)]
    return [answer for k, answer in enumerate(all_of_it) if answer not in all_of_it[:k]]


def shown(rung: Rung) -> str:
    return " ".join([rung.words("unicode"), *rung.written("unicode")])


# ---------------------------------------------------------------- read by a person

# part, a wrong answer, where it goes wrong: words of that rung
PLACES = [
    # a sign, a factor, a square: at the line that is differentiated
    ("001/3.1", "y_i (1 + y_i)", "Differentiate y."),
    ("001/3.1", "2 y_i (1 - y_i)", "Differentiate y."),
    ("001/7.2", "yhat_k^2", "Differentiate ŷ."),
    ("beyond/bernoulli.rate", "n/sum_i y_i", "Multiply by the denominators, and solve for the zero."),
    # all that holds is the first factor of the chain rule: at the chain rule, not before it
    ("004/Q3.2a", "I(w^T x > 0)", "Chain rule: through z. ∂h/∂wⱼ"),
    ("004/Q3.2a", "w_j I(w^T x > 0)", "Chain rule: through z. ∂h/∂wⱼ"),
    ("004/Q3.2b", "I(z > 0) + alpha I(z <= 0)", "Chain rule: through z. ∂h/∂wⱼ"),
    ("004/Q3.2c", "I(z > 0) + alpha exp(z) I(z <= 0)", "Chain rule: through z. ∂h/∂wⱼ"),
    # that first factor is wrong itself: where it is made, not behind it
    ("004/Q3.2c", "x_j (I(z > 0) + alpha (exp(z) - 1) I(z <= 0))", "The first step: differentiate h."),
    ("004/Q3.2c", "x_j (I(z > 0) - alpha exp(z) I(z <= 0))", "The first step: differentiate h."),
    # a result on the way is right, by name or written out
    ("003/2b.b", "I(g >= 0) ⊙ (f - y)", "Chain rule: through f. ∂L/∂gᵢ"),
    ("beyond/deep_linear.W1", "W2^T W3^T (yhat - y) h1^T", "Chain rule: through ŷ. ∂L/∂h2ᵢ"),
    ("beyond/embedding.vectors", "1/T dL/dh_a", "Chain rule: through h. ∂L/∂Eᵥₐ"),
    # nothing of it is known to hold: at the first step
    ("beyond/gmm.mu", "sum_i w_k (x_i - mu_k)/s_k^2", "The first step: differentiate LL."),
    ("002/5a.dW2", "2 h^T (o - y)", "The first step: differentiate L."),
    # a path that is missing: at the chain rule of what is asked
    ("002/6d", "dL/dxhat_i/sqrt(v)", "Chain rule: through μ, v, x̂."),
    # another thing than what is asked
    ("000/8e.value", "X^T (Yhat - Y)", "What is asked is the derivative of L by W₂"),
    ("beyond/attention.V", "dL/dO V^T", "What is asked is the derivative of L by"),
    # a rule of several, a value of several: the first that is wrong by itself
    ("001/8.7", "V := beta V + alpha g; W := W + V'", "V′ is made of"),
    ("001/8.7", "V := beta V + (1-beta) g; W := W - alpha g", "W′ is made of"),
    ("002/3a.iii", "beta' := alpha (g - t)", "β′ is made of"),
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(("part_id", "answer", "words"), PLACES)
def test_a_wrong_answer_is_led_to_the_place_of_its_error(part_id: str, answer: str, words: str) -> None:
    found, ladder, _ = led(PARTS[part_id], answer, uncut(PARTS[part_id]))
    assert shown(ladder.rungs[found.at - 1]).startswith(words)
    cut, ladder, _ = led(PARTS[part_id], answer)  # lines that tell the answer are one with it there
    assert ladder.rungs[cut.at - 1].stage == "answer" or shown(ladder.rungs[cut.at - 1]).startswith(words)
    assert cut.shows == min(cut.at, len(ladder.rungs) - 1)


# ---------------------------------------------------------------- the whole bank


def last_of(ladder: Ladder, left: Formula) -> int:
    """The number of the last rung about a result."""
    rows = [n for n, rung in enumerate(ladder.rungs, 1) for line in rung.lines if line.sides[0] == left]
    return max(rows, default=0)


def values(formula: Formula, names: Any) -> np.ndarray | None:
    points = draw.assignments(names, 7, points=6, count=1)[0]
    try:
        with np.errstate(all="ignore"):
            return floats.evaluate_node(formula.body, names, points, formula.free + formula.axes)
    except floats.NO_VALUE:
        return None


def is_result(part: Part[Any], answer: Any, result: Formula) -> bool:
    """Whether an answer is a result on the way and nothing more."""
    from derivations.notation import ReadError, read

    truth = truth_of(part)
    try:
        mine = values(read(str(answer), truth.names), truth.names)
    except ReadError:
        return False
    theirs = values(result, truth.names)
    return mine is not None and theirs is not None and mine.shape == theirs.shape and np.allclose(mine, theirs)


def places_of_a_formula(part: Part[Any], answer: Any, verdict: Any, ladder: Ladder) -> Iterator[tuple[int, int]]:
    """(the first rung, the last rung) between which a formula goes wrong, as far as it is known."""
    truth, tag = truth_of(part), verdict.diagnosis.tag if verdict.diagnosis else ""
    if tag in ("shape", "transpose", "free-index") and not verdict.parts:
        yield 1, 1
        return
    yield 2, len(ladder.rungs)
    if truth.derivation is None:
        return
    *before, last = truth.derivation.lemmas
    if tag.startswith("missing-path"):  # no path is missing before the chain rule of some result
        lines = [
            n
            for n, rung in enumerate(ladder.rungs, 1)
            for line in rung.lines
            if OPEN in line.sides or (isinstance(line.sides[-1], Formula) and left_to_do(line.sides[-1]))
        ]
        yield min(lines, default=2), len(ladder.rungs)
    for lemma in before:
        if is_result(part, answer, lemma.result) and not is_result(part, answer, last.result):
            yield last_of(ladder, lemma.statement) + 1, len(ladder.rungs)


def first_wrong_row(part: Part[Any], answer: Any, verdict: Any) -> str | None:
    """The first name of a table or of rules that is wrong by itself: it is worth nothing, where what follows from it
    is."""
    return next((row.id for row in verdict.parts if row.status == "wrong" and row.score == 0.0), None)


@pytest.mark.soak
@pytest.mark.parametrize("part_id", [i for i, part in PARTS.items() if part.mistakes or part.rejects])
def test_no_wrong_answer_of_the_bank_is_led_past_its_error_or_before_what_holds(part_id: str) -> None:
    part = PARTS[part_id]
    for answer in wrong_answers(part):
        found, ladder, verdict = led(part, answer)
        last = len(ladder.rungs)
        assert 1 <= found.shows < last, answer
        assert found.shows == min(found.at, last - 1), answer
        assert ladder.rungs[found.shows - 1].stage != "answer", answer
        if part.kind == "formula":
            for first, end in places_of_a_formula(part, answer, verdict, ladder):
                assert first <= found.at <= end, (answer, found.at, first, end)
        elif part.kind in ("trace", "equations"):
            name = first_wrong_row(part, answer, verdict)
            rows = [
                n
                for n, rung in enumerate(ladder.rungs, 1)
                for line in rung.lines
                if getattr(line.sides[0], "text", None) == name
            ]
            assert name is None or not rows or found.at == rows[0], answer


# ---------------------------------------------------------------- tables with one value that is wrong

TABLES = [part_id for part_id, part in PARTS.items() if part.kind == "trace" and part.expect]


@pytest.mark.long
@pytest.mark.parametrize("part_id", TABLES)
def test_a_table_is_led_to_the_value_that_was_changed(part_id: str) -> None:
    part = PARTS[part_id]
    right = thawed(part.expect[0].answer)
    for name, value in right.items():
        if not isinstance(value, int | float):
            continue
        off = exact(value) * Fraction(9, 7) + 1
        found, ladder, verdict = led(part, {**right, name: round(float(off), 6)})
        own = [
            n for n, rung in enumerate(ladder.rungs, 1) for s in rung.lines if getattr(s.sides[0], "text", "") == name
        ]
        assert own, name
        assert first_wrong_row(part, right, verdict) == name
        assert found.at == own[0], name


# ---------------------------------------------------------------- lines that hold, and one with a slip behind them


def chains(part_id: str) -> Iterator[tuple[str, int, int]]:
    """(lines of the derivation with a slip in the last of them, the rung of the last that holds, that of the slip)."""
    part = PARTS[part_id]
    truth, ladder = truth_of(part), uncut(part)
    assert truth.derivation is not None
    last = truth.derivation.lemmas[-1]
    lines = [
        (n, line.sides[-1])
        for n, rung in enumerate(ladder.rungs, 1)
        for line in rung.lines
        if line.sides[0] == last.statement and isinstance(line.sides[-1], Formula) and not left_to_do(line.sides[-1])
    ]
    for (held, good), (slip, next_) in pairwise(lines):
        for wrong in [m for m in mutants(next_) if m.tag in ("sign", "factor:2", "missing-term")][:2]:
            first, second = (write(over(f), "ascii", "index") for f in (good, wrong.formula))
            yield f"{first}\n= {second}", held, slip


CHAINED = [
    "001/3.1",
    "001/3.3",
    "002/6b",
    "002/6d",
    "001/7.4",
    "002/4c",
    "beyond/attention.S",
    "beyond/bernoulli.prior",
]


@pytest.mark.long
@pytest.mark.parametrize("part_id", CHAINED)
def test_lines_that_hold_are_left_behind_and_the_slip_is_not_passed(part_id: str) -> None:
    part, seen = PARTS[part_id], 0
    for text, held, slip in chains(part_id):
        verdict = check(part, text)
        if verdict.status != "wrong" or not verdict.parts:
            continue
        found, _, _ = led(part, text, uncut(part))
        assert held < found.at <= slip, (text, held, found.at, slip)
        assert "Line 1 holds. Line 2 does not." in found.says, text
        seen += 1
    assert seen
