"""Hints: every part has a ladder that ends with the answer and tells it nowhere else, each line of which is true; a
wrong answer is led to the step where it went wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from checker import check
from checker.answers.carry_out import carried_out
from checker.check import truth_of
from checker.diagnosis.fingerprint import ground
from checker.equality.align import Aligned, align
from checker.hints.climbing import ladder, ladder_of
from checker.hints.placing import nudge
from checker.hints.rungs import STAGES, Ladder, Line, Name
from checker.hints.trying import example
from checker.kinds.contract import kind_of
from checker.marked import as_shown, mathematics
from checker.validation import thawed, validate
from derivations.formula import Elem, Formula, left_to_do
from derivations.notation import write
from problems.bank import load_bank
from problems.loader import read_text
from problems.schema import Part
from problems.varying import varied

BANK = load_bank()
PARTS = {part.id: part for problem in BANK.problems() for part in problem.parts}

# ---------------------------------------------------------------- the ladders of the bank

SHAPES = """
000/1a asked answer                             | 000/3.1 asked answer
000/7 asked hint rule left line answer          | 000/6c asked hint hint left answer
000/8a asked hint rule line answer              | 000/8e asked hint rule line answer
001/5.1 asked rule left line answer             | 001/8.7 asked hint left left line line answer
002/1c.i asked answer                           | 002/4b.lambda asked hint hint rule left answer
003/4a asked hint rule left line answer         | 003/4c asked hint left answer
004/Q1.1A asked answer                          | 004/Q1.3a.sign asked rule left answer
004/Q3.3 asked hint left answer                 | beyond/momentum.step asked left left line line answer
"""
"""Part → the stages of its ladder; every kind of answer is among them."""

ROWS = [entry.split() for line in SHAPES.strip().splitlines() for entry in line.split("|")]


@pytest.mark.parametrize(("part_id", "stages"), [(row[0], row[1:]) for row in ROWS], ids=lambda v: str(v)[:20])
def test_a_kind_tells_its_rungs(part_id: str, stages: list[str]) -> None:
    part = PARTS[part_id]
    found = ladder_of(part)
    assert [rung.stage for rung in found.rungs] == stages
    holds(part_id, found)


def holds(part_id: str, found: Ladder) -> None:
    """A ladder begins with what is asked and ends with the answer; no rung before it is right, each line is true."""
    part, truth = PARTS[part_id], truth_of(PARTS[part_id])
    assert found.rungs[0].stage == "asked"
    assert [rung.stage for rung in found.rungs].count("answer") == 1
    assert found.rungs[-1].stage == "answer"
    assert found.cost(len(found.rungs)) == 1
    for rung in found.rungs[:-1]:
        said = "\n".join([rung.words("ascii"), *rung.written("ascii")])
        assert kind_of(part).judge(part, truth, said, explain=False).status != "correct", said
        for line in rung.lines if rung.stage in ("line", "rule") else ():
            assert is_true(line, truth), line.written("ascii")
        for side in (side for line in rung.lines for side in (line.sides[1:] or line.sides)):
            assert not is_answer(side, part, truth), rung.written("ascii")
    for dressing in ("ascii", "unicode", "latex"):
        texts = [text for rung in found.rungs for text in rung.written(dressing)]
        assert all(texts)
        assert dressing != "ascii" or all(text.isascii() for text in texts)
    assert all("$" not in rung.words("unicode") for rung in found.rungs)


def is_true(line: Line, truth) -> bool:
    """Both sides have the same values at drawn points, derivatives carried out: a way beside the derivation's own. What
    is no identity is true as the answer is: a name beside a formula, a solution. Recursions are left to `verify`."""
    names = truth.derivation.names if truth.derivation is not None else truth.names
    sides = [side for side in line.sides if isinstance(side, Formula)]
    if len(sides) < 2 or line.signs != ("=",):
        return True
    first = sides[0].body
    solved = isinstance(first, Elem) and first.name in names and names[first.name].role == "input"
    if solved or any(row.recursion is not None for row in names.values()):
        return True
    pair = align(carried_out(sides[0], names), carried_out(sides[-1], names, direct=True))
    assert isinstance(pair, Aligned)
    points = ground(names)
    left, right = points.values(pair.student), points.values(pair.truth)
    assert left is not None
    assert right is not None
    seen = np.isfinite(left) & np.isfinite(right)
    return bool(seen.any()) and np.allclose(
        left[seen], right[seen], rtol=1e-6, atol=1e-6 * np.median(np.abs(right[seen]))
    )


def is_answer(side: object, part: Part, truth) -> bool:
    """Whether a side of a line has the values of the answer at drawn points, as it stands: a way beside the judge. What
    is still to be differentiated is no answer yet."""
    if part.kind != "formula" or truth.formula is None or part.payload.up_to or part.vocabulary is not None:
        return False
    if not isinstance(side, Formula) or left_to_do(side):
        return False
    pair = align(side, truth.formula)
    if not isinstance(pair, Aligned):
        return False
    points = ground(truth.names)
    mine, right = points.values(pair.student), points.values(pair.truth)
    if mine is None or right is None or mine.shape != right.shape:
        return False
    seen = np.isfinite(mine) & np.isfinite(right)
    if not seen.any() or not np.allclose(mine[seen], right[seen], rtol=1e-9, atol=0):
        return False
    said = check(part, write(side, "ascii")).diagnosis
    return said is None or said.tag != "restates-question"  # `R_1`, where the sum that R_1 is is asked


def test_a_rung_that_is_the_answer_is_seen() -> None:
    part = PARTS["001/3.1"]
    found = ladder(part)
    told = Ladder(part.id, (*found.rungs[:-1], replace(found.rungs[-1], stage="line"), found.rungs[-1]))
    with pytest.raises(AssertionError):
        holds(part.id, told)
    false = replace(found.rungs[-2], lines=(Line((found.rungs[-2].lines[0].sides[0], truth_of(part).formula), ("=",)),))
    assert is_answer(false.lines[0].sides[-1], part, truth_of(part))


@pytest.mark.soak
@pytest.mark.parametrize("part_id", PARTS)
def test_every_part_of_the_bank_has_a_ladder(part_id: str) -> None:
    holds(part_id, ladder(PARTS[part_id]))


@pytest.mark.soak
@pytest.mark.parametrize("part_id", [i for i, part in PARTS.items() if part.mistakes or part.rejects])
def test_every_wrong_answer_of_the_bank_is_led_to_a_rung(part_id: str) -> None:
    part, found = PARTS[part_id], ladder_of(PARTS[part_id])
    for answer in (*(m.answer for m in part.mistakes), *part.rejects):
        verdict = check(part, thawed(answer))
        told = nudge(part, truth_of(part), found, verdict, thawed(answer))
        assert told is not None
        assert 1 <= told.shows < len(found.rungs)
        assert told.shows == min(told.at, len(found.rungs) - 1)


def unjudged(part_id: str) -> Ladder:
    """The rungs as the kind tells them, the answer's lines apart: what is cut together is not looked for."""
    part = PARTS[part_id]
    return Ladder(part_id, tuple(kind_of(part).rungs(part, truth_of(part))))


BATCH_NORM = """
asked   | What is asked is the derivative of L by xᵢⱼ: one number for each i from 1 to m and j from 1 to d.
plan    | On the way: ∂L/∂x̂, then ∂L/∂v, then ∂L/∂μ. From there to what is asked: chain rule, through μ, v, x̂.
rule    | The first step: chain rule, through y. yᵢⱼ = γⱼ x̂ᵢⱼ + βⱼ
left    | It begins here. ∂L/∂x̂ᵢⱼ = …
line    | Chain rule: through y. ∂L/∂x̂ᵢⱼ = ∂L/∂yᵢⱼ · ∂yᵢⱼ/∂x̂ᵢⱼ
line    | Local derivatives. ∂L/∂x̂ᵢⱼ = ∂L/∂yᵢⱼ · γⱼ
line    | Chain rule: through x̂. ∂L/∂vⱼ = ∑ᵢ ∂L/∂x̂ᵢⱼ · ∂x̂ᵢⱼ/∂vⱼ
"""


def test_the_rungs_of_batch_normalisation_go_from_what_is_asked_to_the_answer() -> None:
    rungs = unjudged("002/6d").rungs
    shown = [f"{r.stage:<7} | {' '.join([r.words('unicode'), *r.written('unicode')])}" for r in rungs]
    assert shown[:7] == BATCH_NORM.strip().splitlines()
    assert shown[10].startswith("line    | Chain rule: through μ, v, x̂. ∂L/∂xᵢⱼ = ∂L/∂μⱼ")
    assert r"$\frac{\partial L}{\partial \hat{x}_{ij}} = \ldots$" in rungs[3].marked
    assert all(is_true(line, truth_of(PARTS["002/6d"])) for r in rungs if r.stage == "line" for line in r.lines)


# ---------------------------------------------------------------- where it went wrong

SHAPE = "What is asked is the derivative of L by W₂: an array of shape (h, K)."
THREE_LINES = """-log((2 pi eta^2)^(-d/2) exp(-||theta||^2/(2 eta^2)))
= -log((2 pi eta^2)^(-d/2)) - log(exp(-||theta||^2/(2 eta^2)))
= d/2 log(2 pi eta^2) - ||theta||^2/(2 eta^2)"""
WRONG = [
    # part, answer → the words of the rung, what is said of the answer
    ("002/6d", "dL/dxhat_i/sqrt(v)", "Chain rule: through μ, v, x̂.", "at this step"),
    ("002/6d", "dL/dxhat_i/sqrt(v) + 2 (x_i - mu)/m ⊙ dL/dv", "Chain rule: through μ, v, x̂.", "at this step"),
    ("002/6d", "dL/dxhat_i/sqrt(v) + 2 (x_i - mu) ⊙ dL/dv + 1/m dL/dmu", "Local derivatives.", "at this step"),
    ("002/6b", "1/2 v^(-3/2) ⊙ sum_i dL/dxhat_i ⊙ (x_i - mu)", "Local derivatives.", "at this step"),
    ("001/3.1", "y_i (1 + y_i)", "Differentiate y.", "at this step"),
    ("000/8e.value", "A1^T (Y - Yhat)", "Local derivatives.", "at this step"),
    ("000/8e.value", "X^T (Yhat - Y)", SHAPE, ""),
    ("000/6b", "(y-p) theta_i", "Definition.", "at this step"),
    ("002/4c", "(X^T X)^-1 X^T y", "Solve the linear equation", "at this step"),
    ("beyond/momentum.step", "V := beta V + g; W := W + alpha V", "W′ is made of", "at this step"),
    ("002/4b", THREE_LINES, "One line.", "Lines 1 to 2 hold. Line 3 does not."),
]


@pytest.mark.parametrize(("part_id", "answer", "words", "said"), WRONG)
@pytest.mark.long
def test_a_wrong_answer_is_led_to_the_step_where_it_went_wrong(part_id, answer, words, said) -> None:
    part, found = PARTS[part_id], unjudged(part_id)
    told = nudge(part, truth_of(part), found, check(part, answer), answer)
    assert told is not None
    assert found.rungs[told.shows - 1].words("unicode").startswith(words)
    assert said in told.says


def test_the_answer_is_not_shown_where_it_goes_wrong_at_the_last_step() -> None:
    part, found = PARTS["004/Q3.2a"], ladder_of(PARTS["004/Q3.2a"])
    told = nudge(part, truth_of(part), found, check(part, part.rejects[0]), part.rejects[0])
    assert told is not None
    assert told.shows < len(found.rungs)


def test_what_is_right_or_cannot_be_read_needs_no_hint() -> None:
    part, found = PARTS["001/3.1"], unjudged("001/3.1")
    for answer in ("y_i (1 - y_i)", "y_i (1 -"):
        assert nudge(part, truth_of(part), found, check(part, answer), answer) is None


def test_a_table_is_led_to_its_first_value_that_is_wrong_by_itself() -> None:
    part = PARTS["001/2"]
    answer = thawed(part.expect[0].answer) | {"delta_1": -0.2}
    told = nudge(part, truth_of(part), unjudged(part.id), check(part, answer), answer)
    assert told is not None
    assert unjudged(part.id).rungs[told.shows - 1].lines[0].sides[0] == Name("delta_1")


# ---------------------------------------------------------------- numbers to try


@pytest.mark.parametrize("part_id", ["001/3.1", "002/6d", "000/8e.value", "002/4c", "004/Q0.1"])
def test_an_example_is_small_and_gives_what_the_answer_gives(part_id: str) -> None:
    found = example(PARTS[part_id], truth_of(PARTS[part_id]))
    assert found is not None
    assert max(found.sizes.values(), default=2) <= 3
    assert len(str(found.to_json()["values"])) < 200
    assert example(PARTS[part_id], truth_of(PARTS[part_id])) == found


def test_the_example_of_a_softmax_is_its_derivative_there() -> None:
    found = example(PARTS["001/3.1"], truth_of(PARTS["001/3.1"]))
    assert found is not None
    assert (found.to_json()["values"], found.gives) == ({"x": [-2, -1]}, [0.196612, 0.196612])


@pytest.mark.parametrize("part_id", ["000/8a", "003/4a", "001/2", "000/3.1"])
def test_what_is_no_formula_has_no_example(part_id: str) -> None:
    assert example(PARTS[part_id], truth_of(PARTS[part_id])) is None


# ---------------------------------------------------------------- what an author says

OWN = """
id = "h/1"
title = "A rate"
names = {{ w = "real", eta = "positive", g = "real" }}
let = "u = w - eta g"
[[part]]
id = "h/1a"
kind = "number"
ask = 'One step with the rate {ask} from $w = 1$ with $g = 2$.'
derives = "value of u"
given = {{ w = 1, eta = 0.5, g = 2 }}
{more}
"""


def own(more: str = "", ask: str = "$\\eta = {{{{eta}}}}$"):
    problem, faults = read_text(OWN.format(more=more, ask=ask.format()), "h.toml")
    assert not faults, faults
    assert problem is not None
    return problem.parts[0]


FAULTS = [
    ('hints = ["The answer is 0."]', "hint 1 tells the answer"),
    ("costs = { lines = 0.5 }", "no stage 'lines'"),
    ("costs = { line = 2 }", "from 0 to 1"),
    ("vary = { rate = [1] }", "rate varies, but is not under given"),
    ("vary = { eta = [1], g = [1, 2] }", "as many values as the others"),
    ("vary = { w = [2] }", "the question says 1, which varies"),
    ("vary = { eta = [0.5] }", "has the answer of the part as it is written"),
]


@pytest.mark.parametrize(("more", "fault"), FAULTS)
def test_validate_holds_the_hints_of_an_author(more: str, fault: str) -> None:
    assert fault in " ".join(found.what for found in validate(own(more)))


def test_hints_that_tell_nothing_are_no_fault() -> None:
    assert validate(own('hints = ["Put the numbers in."]\ncosts = { line = 0.25 }\nvary = { eta = [0.1, 0.2] }')) == ()


def test_a_hint_costs_what_its_author_says() -> None:
    found = ladder(own("costs = { line = 0.25, answer = 0.75 }"))
    stages = [rung.stage for rung in found.rungs]
    assert found.cost(0) == 0
    assert found.cost(stages.index("line") + 1) == 0.25
    assert found.cost(len(stages)) == 0.75


DATA = """
id = "d/1"
title = "Data"
names = { x = "real[n]", y = "real[n]", p = "probability", c = "real" }
let = "s = sum_i x_i y_i - log p"
[[part]]
id = "d/1a"
kind = "number"
ask = "What is s?"
derives = "value of s"
given = { x = [1, 2], y = [3, 1], p = 0.5, c = 1 }
vary = { VARY }
"""
SIX = "6.693147"
DATA_FAULTS = [
    ("x = [[2, 2]]", []),
    ("x = [[2, 2], [1, 2, 3]]", [("variant 2: y has 2 entries along n, which is 3, by x", ".vary")]),
    ("x = [[2, 2], 7]", [("variant 2: x is declared real[n], and is given as 7", ".vary")]),
    ("x = [[[1, 2], [3, 4]]]", [("variant 1: x is declared real[n], and is given as [[1, 2], [3, 4]]", ".vary")]),
    ('x = ["many"]', [("variant 1: x = many is no number", ".vary")]),
    ("p = [0.25, 1]", [("variant 2: p has 1, but is probability: a real number strictly between 0 and 1", ".vary")]),
    ("x = [[1, 1]], c = [SIX]", []),
    ("x = [[3, 0]], c = [9.693147]", [("variant 1 is given c = 9.693147, which is its answer", ".vary")]),
    ("x = [[1, 2]], c = [3]", [("variant 1 has the answer of the part as it is written", ".vary")]),
]


@pytest.mark.parametrize(("vary", "faults"), DATA_FAULTS)
def test_validate_derives_every_variant(vary: str, faults: list[tuple[str, str]]) -> None:
    problem, _ = read_text(DATA.replace("VARY", vary.replace("SIX", SIX)), "d.toml")
    assert problem is not None
    assert [(found.what, found.path) for found in validate(problem.parts[0], problem)] == faults


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ("x = [1, 2, 3], y = [3, 1], p = 0.5", "y has 2 entries along n, which is 3, by x"),
        ("x = [1, 2], y = [3, 1], p = -1", "p has -1, but is probability"),
        ("x = [[1], [1, 2]], y = [3, 1], p = 0.5", "x is declared real[n], and is given as [[1], [1, 2]]"),
    ],
)
def test_validate_holds_the_data_to_their_domains(data: str, fault: str) -> None:
    text = DATA.replace("x = [1, 2], y = [3, 1], p = 0.5, c = 1", data).replace("vary = { VARY }", "")
    problem, _ = read_text(text, "d.toml")
    assert problem is not None
    (found,) = validate(problem.parts[0], problem)
    assert fault in found.what
    assert found.path == ".given"


def test_validate_says_where_a_variant_has_no_value() -> None:
    text = DATA.replace("- log p", "- 1/c").replace("VARY", "c = [2, 0]")
    problem, _ = read_text(text, "d.toml")
    assert problem is not None
    assert [found.what for found in validate(problem.parts[0], problem)] == ["variant 2 has no value: division by zero"]


SEEDS = [(0, "0.5", "0"), (1, "0.1", "0.8"), (2, "0.2", "0.6"), (3, "0.5", "0"), (4, "0.1", "0.8")]


@pytest.mark.parametrize(("seed", "rate", "answer"), SEEDS)
def test_a_seed_is_a_variant_with_its_own_answer(seed: int, rate: str, answer: str) -> None:
    part = own("vary = { eta = [0.1, 0.2] }")
    assert f"= {rate}$" in varied(part, seed).ask
    for other in ("0", "0.8", "0.6"):
        assert (check(part, other, seed=seed).status == "correct") == (other == answer)


def test_what_does_not_vary_is_the_same_for_every_seed() -> None:
    assert varied(PARTS["003/4a"], 7) is PARTS["003/4a"]


# ---------------------------------------------------------------- mathematics on a terminal

SHOWN = [
    (r"What is $\partial L/\partial \hat x_i$?", "What is ∂L/∂x̂ᵢ?"),
    (r"$y_i = e^{x_i} / \sum_k e^{x_k}$", "yᵢ = e^xᵢ / ∑ₖ e^xₖ"),
    (r"$x \in \mathbb R^d$ and $\eta = 0.5$", "x ∈ ℝᵈ and η = 0.5"),
    (r"$\frac{1}{2\eta^2}\|\theta\|^2$", "1/(2η²)‖θ‖²"),
    (r"$\arg\max_\theta f(\theta)\,g(\theta)$", "arg max_θ f(θ) g(θ)"),
    (r"$\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}$", "[ 1 2 ; 3 4 ]"),
    (r"costs 5 and `w^T x` stays", "costs 5 and `w^T x` stays"),
    (r"$\sqrt{a+b} \le \sqrt v$", "√(a+b) ≤ √v"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_marked_text_is_shown_in_unicode(text: str, shown: str) -> None:
    assert as_shown(text) == shown
    assert as_shown(text, "ascii").isascii()


@pytest.mark.parametrize("text", ["}{^_", r"\frac", "{" * 500, r"\hat" * 300, r"\left", "^", r"\x00" + "\x00"])
def test_no_latex_breaks_what_is_shown(text: str) -> None:
    assert isinstance(mathematics(text), str)


def test_no_question_of_the_bank_shows_latex() -> None:
    shown = [as_shown(text) for p in PARTS.values() for text in (p.ask, *p.hints)]
    assert [text for text in shown if "\\" in text or "$" in text] == []


def test_the_stages_are_those_of_the_schema() -> None:
    from problems.schema import PART

    meaning = next(key.meaning for key in PART if key.name == "costs")
    assert all(stage in meaning for stage in STAGES)
