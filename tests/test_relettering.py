"""The same problem in other letters: what changes and what stays, the truth of each version, where it is asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.__main__ import main
from checker.check import check
from checker.handouts.making import handout
from checker.telling import told
from checker.validation import validate
from problems.bank import load_bank
from problems.loader import read_text
from problems.relettering import VERSIONS, Letters
from problems.varying import letters_of, numbers_of, variants, varied, varied_problem

BANK = Path(__file__).parent.parent / "problems" / "bank"
LETTERS = Letters(
    {"w": "u", "X": "C", "y": "v", "lambda": "tau", "J": "Q"},
    frozenset(["w", "X", "y", "lambda", "J", "i", "a", "eta"]),
    frozenset(["w", "X", "y", "yhat", "w1", "loss", "lambda", "J", "eta"]),
)

FORMULAS = [
    ("X^T (yhat - y) + lambda w", "C^T (vhat - v) + tau u"),
    ("dJ/dw + d2J/dw2 + dJ/dyhat", "dQ/du + d2Q/du2 + dQ/dvhat"),
    ("Xw - y", "Cu - v"),
    ("2w + w_i + w1 + w'", "2u + u_i + u1 + u'"),
    ("max(w, 0) + leaky_relu(y) + log y + exp(w)", "max(u, 0) + leaky_relu(v) + log v + exp(u)"),
    ("loss - yw", "loss - vu"),
    (r"\frac{\partial J}{\partial w} = \frac{dJ}{dw}", r"\frac{\partial Q}{\partial u} = \frac{dQ}{du}"),
    (r"\hat{\mathbf y} + \hat y_i + \lambda w", r"\hat{\mathbf v} + \hat v_i + \tau u"),
    (
        r"\text{where } y > 0, \mathrm{yw}, \operatorname{sgn} w",
        r"\text{where } v > 0, \mathrm{yw}, \operatorname{sgn} u",
    ),
    (r"X \in \mathbb R^{n \times d}, y \in \{0, 1\}", r"C \in \mathbb R^{n \times d}, v \in \{0, 1\}"),
    ("λ w + ŷ ≠ 0", "τ u + v̂ ≠ 0"),
    (r"\theta_{MAP} + \log w", r"\theta_{MAP} + \log u"),
]

PROSE = [
    ("the rate λ, a vector w and Xᵀ", "the rate τ, a vector u and Cᵀ"),
    ("through ŷ: a part of w₁", "through v̂: a part of u₁"),
    ("Polyak's w, an X-ray, e.g. y", "Polyak's u, an X-ray, e.g. v"),
    ("type `dJ/dw1`, or $w^\\top X$ (not w2)", "type `dQ/du1`, or $u^\\top C$ (not w2)"),
    ("why you answer", "why you answer"),
]


@pytest.mark.parametrize(("text", "other"), FORMULAS)
def test_formulas(text, other) -> None:
    assert LETTERS.formula(text) == other


@pytest.mark.parametrize(("text", "other"), PROSE)
def test_words(text, other) -> None:
    assert LETTERS.prose(text) == other


def test_what_could_not_be_told_is_named() -> None:
    assert list(LETTERS.unsure(r"$\theta_{wMAP} + wq + \mathrm{wo}$ and wq")) == ["wMAP", "wq"]


RIDGE = r"""
id = "r/1"
title = "Ridge"
names = { X = "real[n,d]", y = "real[n]", w = "real[d]", lambda = "positive", i = "index[n]" }
let = ["yhat = X w", "J = 1/2 ||y - yhat||^2 + lambda/2 ||w||^2"]
about = 'Ridge regression of $y$ on $X$: $\hat y = Xw$ and $J = \frac12\|y - \hat y\|^2 + \frac{\lambda}{2}\|w\|^2$.'
reletter = "all"
[[part]]
id = "r/1a"
kind = "formula"
ask = 'What is $\partial J/\partial w$?'
derives = "dJ/dw"
hints = ['Chain rule through ŷ: $\partial\hat y/\partial w = X$.']
expect = "X^T (yhat - y) + lambda w"
accepts = ["X^T(Xw - y) + lambda w", "X^T dJ/dyhat + lambda w"]
rejects = ["X^T (y - yhat) + lambda w"]
[[part.mistake]]
answer = "X^T (yhat - y)"
tag = "missing-term"
message = "The penalty λ‖w‖²/2 depends on w too."
[[part]]
id = "r/1b"
kind = "formula"
ask = 'And $\hat y$?'
derives = "value of yhat"
vary_line = 1
"""
RIDGE = RIDGE.replace("vary_line = 1\n", "")

STEP = """
id = "r/2"
title = "A step"
names = { w = "real", g = "real", eta = "positive" }
let = "u = w - eta g"
about = 'A step from $w = {{w}}$ with the rate $\\eta$.'
reletter = ["w", "eta"]
[[part]]
id = "r/2a"
kind = "number"
ask = 'With $g = 2$ and $\\eta = {{eta}}$: what is the new weight?'
derives = "value of u"
given = { w = 1, g = 2, eta = 0.5 }
vary = { w = [2, 3], eta = [0.1, 0.25] }
expect = 0
"""


def problem(text: str):
    made, faults = read_text(text, "r.toml")
    assert made is not None, faults
    assert not faults
    return made


@pytest.mark.parametrize("seed", range(1, VERSIONS + 1))
def test_a_version_asks_and_judges_in_its_own_letters(seed) -> None:
    ridge = problem(RIDGE)
    part = varied(ridge.parts[0], seed)
    new = letters_of(ridge.parts[0], seed)
    assert set(new) == {"X", "y", "w", "lambda", "J"}
    assert not {*new.values()} & {"X", "y", "w", "lambda", "J", "n", "d", "i", "a"}
    assert part.ask == rf"What is $\partial {new['J']}/\partial {new['w']}$?"
    answer = "X^T (X w - y) + lambda w"
    other = part.lettered.formula(answer)
    assert check(part, other).evidence.strength == "proved"
    assert check(part, answer).status == "unreadable"
    known = check(part, part.lettered.formula("X^T (yhat - y)")).diagnosis
    assert known is not None
    assert known.message == part.lettered.prose("The penalty λ‖w‖²/2 depends on w too.")
    shown = varied_problem(ridge, part)
    assert all(f"${letter}$" not in shown.about for letter in ("X", "y"))
    assert shown.about.startswith(f"Ridge regression of ${new['y']}$ on ${new['X']}$: $\\hat {new['y']} = ")


def test_versions_differ_and_stay_the_same() -> None:
    one, again = problem(RIDGE).parts[0], problem(RIDGE).parts[0]
    drawn = [dict(letters_of(one, seed)) for seed in range(1, VERSIONS + 1)]
    assert drawn == [dict(letters_of(again, seed)) for seed in range(1, VERSIONS + 1)]
    assert len({tuple(new.items()) for new in drawn}) == VERSIONS
    assert varied(one, 0) is one
    assert varied(one, VERSIONS + 1) is one


def test_what_is_kept_back_is_kept_back_in_other_letters() -> None:
    ridge = problem(RIDGE)
    part = varied(ridge.parts[0], 1)
    other = varied_problem(ridge, part)
    hidden = {part.lettered.formula("yhat"): "-", part.lettered.formula("J"): "-"}
    assert list(told(other, part, "where", hidden)) == [part.lettered.formula("J")], "yhat is asked in r/1b"


def test_numbers_and_letters_go_round_by_themselves() -> None:
    step = problem(STEP)
    (part,) = step.parts
    assert variants(part) + 1 == 3 * (VERSIONS + 1)
    seen = set()
    for seed in range(variants(part) + 1):
        other = varied(part, seed)
        numbers, new = numbers_of(part, seed), letters_of(part, seed)
        seen.add((tuple(numbers.values()), tuple(new.values())))
        w, eta = (numbers[new.get(name, name)] for name in ("w", "eta"))
        assert varied_problem(step, other).about.startswith(f"A step from ${new.get('w', 'w')} = {w}$")
        assert f"= {eta}$" in other.ask
        assert check(other, f"{w - 2 * eta:.6g}").status == "correct"
    assert len(seen) == variants(part) + 1


@pytest.mark.parametrize("text", [RIDGE, STEP], ids=["ridge", "step"])
def test_all_versions_are_validated(text) -> None:
    made = problem(text)
    assert [found for part in made.parts for found in validate(part, made)] == []


def test_a_version_whose_answers_do_not_hold_is_a_fault() -> None:
    text = RIDGE.replace("J = 1/2 ||y - yhat||^2", "J = 1/2 ||y - yhat||^2 + 0 q").replace(
        'lambda = "positive",', 'lambda = "positive", q = "real", Xw = "real[n]",'
    )  # Xw is a name of its own now, and no product: it is left as it is
    made, _ = read_text(
        text.replace('"X^T(Xw - y) + lambda w"', '"X^T(X w - y) + lambda w", "X^T(Xw - y) + lambda w"'), "r"
    )
    assert made is not None
    found = [one for part in made.parts for one in validate(part) if "variant 1, with" in one.what]
    assert found
    assert found[0].path == ".accepts[2]"


REFUSED = [
    ('reletter = "all"', 'reletter = ["w", "q"]', "q is no letter that can change; those are X, y, w, lambda, J"),
    ('reletter = "all"', 'reletter = "i"', "i is no letter that can change"),
    ('id = "r/1"\n', 'id = "r/1"\nmodel = "logistic"\n', "reletter needs bindings in place, under `let`"),
]


@pytest.mark.parametrize(("old", "new", "words"), REFUSED)
def test_letters_that_cannot_change_are_faults(old, new, words) -> None:
    _, faults = read_text(RIDGE.replace(old, new, 1), "r.toml")
    assert any(words in fault.what and fault.path == "reletter" for fault in faults), faults


def test_a_run_that_could_not_be_told_is_a_warning() -> None:
    made = problem(RIDGE.replace("What is $", r"With $\theta_{wML}$: what is $"))
    warned = [found for found in validate(made.parts[0]) if found.warning]
    assert len(warned) == VERSIONS
    assert "wML was left as it is" in warned[0].what


# ---------------------------------------------------------------- where it is asked


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "1.toml").write_text(RIDGE, encoding="utf-8")
    return tmp_path


def test_show_and_check_take_a_version_by_its_seed(folder, capsys) -> None:
    part = varied(load_bank(folder).part("r/1a"), 2)
    assert main(["show", "r/1a", "--bank", str(folder), "--seed", "2"]) == 0
    shown = capsys.readouterr().out
    new = part.lettered.new
    assert f"∂{new['J']}/∂{new['w']}" in shown
    assert re.search(rf"^ *{new['w']}: real\[d\]$", shown, re.M)
    answer = part.lettered.formula("X^T (X w - y) + lambda w")
    assert main(["check", "r/1a", answer, "--bank", str(folder), "--seed", "2"]) == 0


def test_a_sheet_has_one_set_of_letters_with_its_key(folder) -> None:
    chosen = [load_bank(folder).find(part) for part in ("r/1a", "r/1b")]
    as_written, other = handout(chosen), handout(chosen, seed=1)
    new = chosen[0][1].reletter[0].new
    tex = str(other)
    assert str(as_written) != tex
    assert rf"\partial {new['J']}" in tex
    for old in ("J", "w"):
        assert rf"\partial {old}" not in tex


# ---------------------------------------------------------------- our own problems


OWN = sorted(
    path
    for path in BANK.glob("*/*.toml")
    if (text := path.read_text(encoding="utf-8"))
    and re.search(r"^let =", text, re.M)
    and not re.search(r"^(?:model|use) =", text, re.M)
)
SOME = [pytest.param(path, marks=() if k % 6 == 0 else pytest.mark.long) for k, path in enumerate(OWN)]


@pytest.mark.parametrize("path", SOME, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_problem_with_its_own_bindings_holds_in_other_letters(path) -> None:
    text = re.sub(r"^reletter = .*\n", "", path.read_text(encoding="utf-8"), flags=re.M)
    text = re.sub(r"^(id = .*\n)", r'\1reletter = "all"' + "\n", text, count=1, flags=re.M)
    if path.stem == "5c":
        _, (fault,) = read_text(text, "r.toml")
        assert fault.what == "no other letter is free"
        return
    made = problem(text)
    assert made.parts[0].reletter
    faults = [f"{part.id}: {found.what}" for part in made.parts for found in validate(part) if not found.warning]
    assert faults == []
