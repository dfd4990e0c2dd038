"""Sheets and keys as values: what authors' words become, what stands above the questions, what is in the key."""

from __future__ import annotations

import re

import pytest

from checker.handouts import choose, handout
from checker.handouts.making import _letter
from checker.handouts.numerals import latex_value
from checker.handouts.prose import on_paper, prose, reason
from checker.handouts.setting import domain_of, is_defined
from checker.handouts.value import Chain, Options, Paragraph, Result, Room, Short, Table, Tex, Typed, Words
from derivations.domains import parse_names
from derivations.notation.breaking import LINE, breakable, unbroken, width
from problems.bank import load_bank
from problems.loader import read_text

BANK = load_bank()


def of(*parts, **how):
    return handout(choose(BANK, parts), **how)


def plain(said):
    return "".join(piece.source if isinstance(piece, Tex) else piece.text for piece in said)


def text_of(blocks):
    return "\n".join(plain(one.prose) for one in blocks if isinstance(one, Paragraph))


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

PROSE = [
    ("What is $x_i$?", (Words("What is "), Tex("x_i"), Words("?"))),
    ("type `dL/dx`", (Words("type "), Typed("dL/dx"))),
    (r"5 \$ and $\text{\$}$", (Words("5 $ and "), Tex(r"\text{\$}"))),
    ("one\ntwo   three", (Words("one two three"),)),
    ("a $ alone", (Words("a $ alone"),)),
]


@pytest.mark.parametrize(("text", "said"), PROSE)
def test_words_hold_formulas_and_what_is_typed(text, said):
    assert prose(text) == said


ON_PAPER = [
    (r"What is $z_{2,k}$? (Type $z_{2,k}$ as `z2_k`.)", "What is z_{2,k}?"),
    ("known (type `dL/dO`). More", "known. More"),
    ("which sign? (Type an inequality.)", "which sign?"),
    ("vectors (`sum_i dL/dy_i`) or entries (`sum_i dL/dy_ij`).", "vectors or entries."),
    ("a batch (of $m$ examples) is given", "a batch (of m examples) is given"),
    (r"of $f(x)$ (numerator layout, $K \times D$)", r"of f(x) (numerator layout, K \times D)"),
    ("first\n\nsecond", "first\nsecond"),
]


@pytest.mark.parametrize(("text", "said"), ON_PAPER)
def test_how_answers_are_typed_is_left_out_on_paper(text, said):
    assert text_of(on_paper(text)) == said


def test_reasons_have_names_as_formulas():
    assert reason("insert `dL/dmu`, `xhat`") == (
        Words("insert "), Tex(r"\partial L/\partial \mu"), Words(", "), Tex(r"\hat{x}"),
    )  # fmt: skip


VALUES = [
    (0.5, "0.5"), (3, "3"), ("2/7", "0.285714"), (1.5e-7, r"1.5 \cdot 10^{-7}"), ((1, 2.5), "(1, 2.5)"),
    (((1, 0), (0, 1)), r"\begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "shown"), VALUES)
def test_numbers_have_six_digits_and_arrays_are_matrices(value, shown):
    assert latex_value(value) == shown


# ── above the questions ───────────────────────────────────────────────────────────────────────────────────────────────

DOMAINS = [
    ("real", (r"\mathbb{R}", "")),
    ("real[n,d]", (r"\mathbb{R}^{n \times d}", "")),
    ("positive", (r"(0,\infty)", "")),
    ("label01[n]", (r"\{0,1\}^{n}", "")),
    ("onehot[K]", (r"\{0,1\}^{K}", "one-hot")),
    ("onehot[n,K]", (r"\{0,1\}^{n \times K}", "each row one-hot")),
    ("posdef[k]", (r"\mathbb{R}^{k \times k}", "symmetric positive definite")),
    ("interval(0,1)", ("[0,1]", "")),
    ("real[D_x]", (r"\mathbb{R}^{D_{x}}", "")),
    ("index[K] of [n]", (r"\{1,\dots,K\}^{n}", "")),
    ("function", ("", "")),
]


@pytest.mark.parametrize(("domain", "shown"), DOMAINS)
def test_a_domain_is_a_set(domain, shown):
    assert domain_of(parse_names({"v": domain})["v"]) == shown


DEFINED = [
    ("xhat", r"$\hat x_i = (x_i - \mu)/\sqrt v$", True),
    ("mu", r"$\mu = \frac1m \sum_i x_i$", True),
    ("x", r"$\hat x = 1$", False),
    ("a1", r"$a_1 = \mathrm{ReLU}(z_1)$", True),
    ("L", r"$L(w) = 1$", True),
    ("L", r"$LL = 1$", False),
    ("b", r"$w^T x + b$ is known", False),
    ("e", "the error e = 1 in words", False),
]


@pytest.mark.parametrize(("name", "said", "is_so"), DEFINED)
def test_a_binding_that_the_author_states_is_known(name, said, is_so):
    assert is_defined(name, said) == is_so


SETTINGS = [
    (("002/6d",), [r"x \in \mathbb{R}^{m \times d}", r"\gamma, \beta \in \mathbb{R}^{d}"], ["Let ", "dL/dv", "type"]),
    (("001/7.1a", "001/7.2"), [r"b_{1} \in \mathbb{R}^{D_{a}}"], [r"W_{2} \in"]),  # the shape of W2 is asked
    (("003/4a",), ["Logarithms are natural."], [r"\log p", "p_{1}"]),  # L1 is the answer, p1 a name of ours
    (("beyond/reinforce.number",), [r"Data:", r"R = (1, 3)"], []),
    (("001/1",), ["keep at least six"], [r"\mathbb{R}"]),
    (("beyond/discounted_return.sum",), [r"r \in \mathbb{R}^{T}"], ["end"]),
]


@pytest.mark.parametrize(("parts", "said", "unsaid"), SETTINGS)
def test_the_setting_says_what_the_author_leaves_to_the_declarations(parts, said, unsaid):
    (exercise,) = of(*parts).exercises
    text = "\n".join(f"{one.label} {plain(one.prose)}" for one in exercise.setting)
    for part in said:
        assert part in text
    for part in unsaid:
        assert part not in text


def test_without_words_of_the_author_every_binding_is_told():
    problem, faults = read_text(
        """
        id = "r/1"
        title = "A unit"
        names = { w = "real[d]", x = "real[d]" }
        let = ["z = w^T x", "h = sigmoid(z)"]
        [[part]]
        id = "r/1a"
        kind = "formula"
        ask = 'What is $\\partial h/\\partial w$?'
        derives = "dh/dw"
        """,
        "r.toml",
    )
    assert not faults
    (exercise,) = handout([(problem, problem.parts[0])]).exercises
    assert text_of(exercise.setting) == (
        "Here w, x \\in \\mathbb{R}^{d}.\nLet z = \\sum_{k=1}^d w_k x_k and h = \\sigma(z)."
    )


# ── the key ───────────────────────────────────────────────────────────────────────────────────────────────────────────

KEYS = [
    ("001/3.1", r"\frac{\partial y_i}{\partial x_i} = y_i (1 - y_i)"),
    ("001/3.2", r"\frac{\partial y_i}{\partial x_j} = -y_i y_j"),
    ("001/3.3", r"\frac{\partial y_i}{\partial x_j} = y_i (\delta_{ij} - y_j)"),
    ("001/7.2", r"\frac{\partial \hat{y}_k}{\partial z_{2,k}} = \hat{y}_k (1 - \hat{y}_k)"),
    ("001/7.1a", r"W_{2} \in \mathbb{R}^{K \times D_{a}}"),
    ("001/5.4a", r"h + h n_{x} = {80} + {80} \cdot {300} = 24080"),
    ("003/4a", r"L_{1} = -\log p_{1} = 1.20397"),
    ("beyond/discounted_return.sum", r"J = \sum_{t=1}^T \gamma^{t - 1} r_t"),
    ("beyond/discounted_return.reward", r"\frac{\partial J}{\partial r_t} = \gamma^{t - 1}"),
    ("001/7.7a", r"\frac{\partial L}{\partial W_{1,jl}} = \delta_{2,j} x_l \sum_{k=1}^K \delta_{0,k} \delta_{1,kj}"),
    ("000/7", r"\frac{\partial L}{\partial Z} = \frac{\partial L}{\partial A} \odot \mathbf{1}[Z > 0]"),
    ("001/8.7", "V' = (1 - \\beta) g + \\beta V"),
    ("004/Q3.1a", r"\frac{\partial h}{\partial z} = \mathbf{1}[z > 0]"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "boxed"), KEYS)
def test_the_result_stands_in_a_box(part, boxed):
    (question,) = of(part).exercises[0].questions
    shown = [formula for block in question.key if isinstance(block, Result) for formula in block.formulas]
    assert boxed in shown


def test_the_key_has_every_step_with_its_reason():
    (question,) = of("002/6d").exercises[0].questions
    chains = [block for block in question.key if isinstance(block, Chain)]
    assert [chain.left for chain in chains] == [
        rf"\frac{{\partial L}}{{\partial {name}}}" for name in (r"\hat{x}_{ij}", "v_j", r"\mu_j", "x_{ij}")
    ]
    assert all(line.reason for chain in chains for line in chain.lines)
    assert plain(chains[-1].lines[0].reason) == r"chain rule: through \mu, v, \hat{x}"


def test_what_an_earlier_question_derived_is_referred_to():
    *_, last = of("002/6a.xhat", "002/6b", "002/6c", "002/6d").exercises[0].questions
    assert text_of(last.key).startswith(
        r"With \frac{\partial L}{\partial \hat{x}} from (a), \frac{\partial L}{\partial v} from (b) and"
    )
    assert sum(isinstance(block, Chain) for block in last.key) == 1


def test_an_expected_form_is_printed_only_where_it_is_judged_to_be_equal():
    problem, _ = read_text(
        """
        id = "r/1"
        title = "A sum"
        names = { w = "real", x = "real" }
        let = ["a = w x", "L = a^2"]
        [[part]]
        id = "r/1a"
        kind = "formula"
        ask = "What is it?"
        derives = "dL/dw"
        names = ["w", "x"]
        expect = "3 w x^2"
        """,
        "r.toml",
    )
    (question,) = handout([(problem, problem.parts[0])]).exercises[0].questions
    assert "3 w" not in str(question.key)


def test_a_trace_is_a_table_with_its_formulas_and_values():
    (question,) = of("001/1").exercises[0].questions
    (table,) = [block for block in question.key if isinstance(block, Table)]
    rows = {plain(name): (plain(formula), plain(value)) for name, formula, value in table.rows}
    assert rows["z_{1}"] == ("i_{1} w_{1} + i_{2} w_{3} + b_{1}", "0.3825")
    assert rows["w_{5}'"] == (r"w_{5} - \eta \frac{\partial E}{\partial w_{5}}", "0.359152")
    (empty,) = question.room
    assert len(empty.rows) == len(rows) == 23
    assert all(row[1:] == ((), ()) for row in empty.rows)


KINDS_OF_ROOM = [("001/7.1a", Short), ("003/3a", Options), ("001/8.4", Table), ("002/6d", Room), ("000/1a", Room)]


@pytest.mark.parametrize(("part", "kind"), KINDS_OF_ROOM)
def test_each_kind_has_its_room(part, kind):
    assert isinstance(of(part).exercises[0].questions[0].room[0], kind)


# ── the sheet ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_problems_are_numbered_and_their_parts_lettered_in_the_order_that_is_named():
    sheet = of("001/3.3", "003/3a", "001/3.1")
    assert [(e.number, e.title, [(q.letter, q.id) for q in e.questions]) for e in sheet.exercises] == [
        (1, "Derivative of softmax", [("a", "001/3.3"), ("b", "001/3.1")]),
        (2, "Choosing and regularising", [("", "003/3a")]),
    ]
    assert sheet.points == 3


TITLES = [
    (("001/3",), "Derivative of softmax"), (("001/7.1a", "001/3"), "Exercise sheet 001"),
    (("001/7.1a", "003/3a"), "Exercises"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "title"), TITLES)
def test_a_sheet_has_a_title(parts, title):
    assert of(*parts).title == title


def test_another_version_has_the_same_questions_in_another_order():
    parts = ("001/7.1a", "003/3a", "beyond/vae.best", "000/8a", "001/5.1")
    plain_sheet, versions = of(*parts), [of(*parts, seed=k) for k in range(4)]
    assert versions[1] == of(*parts, seed=1)
    ids = [[q.id for e in sheet.exercises for q in e.questions] for sheet in versions]
    assert all(sorted(found) == sorted(parts) for found in ids)
    assert len(set(map(tuple, ids))) > 1
    for sheet in (plain_sheet, *versions):
        for question in (q for e in sheet.exercises for q in e.questions if q.id == "003/3a"):
            (options,) = [block for block in question.key if isinstance(block, Options)]
            assert [letter for letter, _ in options.rows] == ["a", "b", "c"]
            assert [plain(text) for letter, text in options.rows if letter in options.right] == ["validation data"]


def test_a_version_has_the_numbers_of_its_seed():
    problem, faults = read_text(
        """
        id = "r/1"
        title = "A step"
        about = "The rate is ${{eta}}$."
        names = { w = "real", eta = "positive" }
        let = "v = w - eta w"
        [[part]]
        id = "r/1a"
        kind = "number"
        ask = "What is $v$ at $w = 2$, with the rate ${{eta}}$?"
        derives = "value of v"
        given = { w = 2, eta = 0.5 }
        vary = { eta = [0.25] }
        """,
        "r.toml",
    )
    assert not faults
    for seed, rate, value in ((None, "0.5", "= 1"), (1, "0.25", "= 1.5"), (2, "0.5", "= 1")):
        (exercise,) = handout([(problem, problem.parts[0])], seed=seed).exercises
        (question,) = exercise.questions
        assert f"The rate is {rate}." in text_of(exercise.setting)
        assert f"the rate {rate}?" in text_of(question.asked)
        (box,) = [block for block in question.key if isinstance(block, Result)]
        assert box.formulas[0].endswith(value)


def test_letters_go_on_after_z():
    assert [_letter(k) for k in (0, 25, 26, 27)] == ["a", "z", "aa", "ab"]


# ── widths ────────────────────────────────────────────────────────────────────────────────────────────────────────────

LONG = " + ".join(["a_{i} b"] * 20)
BROKEN = [
    ("a + b", "a + b"),
    (rf"x \left({LONG}\right)", rf"x \bigl({LONG}\bigr)"),
    (rf"x \left(\frac{{1}}{{2}} + {LONG}\right)", rf"x \biggl(\frac{{1}}{{2}} + {LONG}\biggr)"),
    (rf"\frac{{\left({LONG}\right)}}{{2}}", rf"\frac{{\left({LONG}\right)}}{{2}}"),
    (rf"a + \begin{{cases}} {LONG} & \text{{if }} t < T \\ 0 & \text{{otherwise}} \end{{cases}}",
     rf"a + \mathbf{{1}}[t < T] \bigl({LONG}\bigr)"),
    (rf"\left(\left(a\right) + {LONG}\right)", rf"\bigl(\left(a\right) + {LONG}\bigr)"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "shown"), BROKEN)
def test_a_wide_formula_may_break_within_its_outer_brackets(source, shown):
    assert breakable(source) == shown


def test_the_widest_piece_is_measured():
    assert width("a + b") == pytest.approx(4.2)
    assert width(r"\frac{a b c}{d}") == pytest.approx(3)
    assert width(r"\begin{cases} a b & c \\ d \end{cases}") == pytest.approx(3)
    assert unbroken(rf"x \left({LONG}\right)") < LINE < unbroken(rf"\frac{{{LONG}}}{{2}}")


def test_a_question_that_goes_on_from_another_is_not_alone() -> None:
    def asked(*parts: str) -> list[str]:
        return [str(q.asked) for q in handout([BANK.find(part) for part in parts]).exercises[0].questions]

    (alone,) = asked("000/8e.value")
    _, behind = asked("000/8e", "000/8e.value")
    assert "What is the shape of" in alone
    assert "What is the shape of" not in behind


def test_a_count_says_no_number_twice_and_a_witness_each_value_by_itself() -> None:
    count, witness = (str(handout([BANK.find(part)]).exercises[0].questions[0].key) for part in ("001/5.2a", "001/4.2"))
    assert "300 = 300" not in count
    assert "= 300" in count
    assert "w_{1} = " in witness
    assert "b1 = 2 w2" not in witness


RAW = re.compile(r"[A-Za-zα-ω]_[A-Za-z{0-9]|\be\^")


def test_our_own_words_have_their_mathematics_marked_or_in_characters() -> None:
    """`x_i` outside of $ signs is printed so on paper, and told so by a hint."""
    found = []
    for problem in BANK.problems():
        for part in problem.parts:
            said = [problem.about, part.ask, part.figure or "", *part.hints]
            said += [one.message for one in part.mistakes] + [one.says for one in part.demonstrations]
            said += [getattr(part.payload, name, None) or "" for name in ("because", "model_answer")]
            plain = [re.sub(r"\$[^$]*\$|`[^`]*`|\S+/\S+|\(\w+_\w+=", "", text) for text in said]
            found += [f"{part.id}: {text}" for text in plain if RAW.search(text)]
    assert found == []
