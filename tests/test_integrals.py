"""Definite integrals: read, carried out in what is derived, confirmed in balls; refused else."""

from __future__ import annotations

import pytest

from checker import compare
from checker.proving import prove
from derivations import gradient
from derivations.formula import num
from derivations.model import ModelError
from derivations.notation import ReadError, read
from derivations.pipeline import derive, posed

CARRIED_OUT = [
    (r"\int_0^a x^2 dx", "a: positive", "a^3/3"),
    (r"∫_0^\infty e^{-a x} dx", "a: positive", "1/a"),
    (r"\int_{-\infty}^{\infty} e^{-(x-m)^2/(2 s)}\,dx", "m: real; s: positive", "sqrt(2 pi s)"),
    (r"\int_0^\pi \sin^2(t) \mathrm{d}t", "", "pi/2"),
    (r"2 \int_0^1 x dx + a", "a: real", "1 + a"),
    (r"\int_1^b 1/x dx", "b: positive", "log b"),
]
SLOW = [
    (r"\int_0^\infty x^{a-1} e^{-x} dx", "a: positive", r"\Gamma(a)"),
    (r"\int_0^1 x^{a-1} (1-x)^{b-1} dx", "a: positive; b: positive", r"\Gamma(a) \Gamma(b)/\Gamma(a+b)"),
    (r"\int_0^1 \log x\,dx", "", "-1"),
    (r"\int_0^1 (1/2 w^T A w x + x) dx", "w: real[d]; A: real[d,d]", "w^T A w/4 + 1/2"),
    (r"\int_{-\infty}^\infty 1/(1 + x^2) dx", "", "pi"),
]


@pytest.mark.parametrize(("formula", "names", "value"), CARRIED_OUT, ids=[row[0] for row in CARRIED_OUT])
def test_an_integral_that_is_derived_is_carried_out(formula: str, names: str, value: str):
    found = derive(*posed(formula, names))
    verdict = compare(found.result, value, names)
    assert (verdict.status, verdict.evidence.strength) == ("equal", "proved")


@pytest.mark.long
@pytest.mark.parametrize(("formula", "names", "value"), SLOW, ids=[row[0] for row in SLOW])
def test_an_integral_that_takes_longer_is_carried_out(formula: str, names: str, value: str):
    assert compare(derive(*posed(formula, names)).result, value, names).status == "equal"


def test_its_gradient_and_its_minimum():
    found = gradient(r"\int_0^1 (y - b x)^2 dx", "b", "y: real; b: real", argmin=True)
    assert compare(found.result, "3 y/2", "y: real").status == "equal"


def test_an_equation_with_an_integral_is_proved():
    assert prove(r"\int_0^\infty e^{-a x} dx = 1/a", names="a: positive").status == "equal"
    assert prove(r"\int_0^1 x^2 dx = 1/2", names="").status == "different"


REFUSED = [
    (r"\int_0^1 1/x dx", "", "no closed form"),
    (r"\int_{-1}^1 1/x dx", "", "no closed form"),
    (r"\int_0^1 f(x) dx", "f: function", "no closed form"),
    (r"\int_0^\infty e^{-a x} dx", "a: real", "no closed form"),
    (r"\int_0^x x^2 dx", "x: real", "does not depend"),
]


@pytest.mark.parametrize(("formula", "names", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_does_not_converge_or_is_not_known_is_refused(formula: str, names: str, words: str):
    with pytest.raises(ModelError, match=words):
        posed(formula, names)


UNREADABLE = [
    (r"\int x dx", "without limits"),
    (r"\int_0^1 x", "integrated over"),
    (r"\int_0^\infty e^{-x} dx", "infinite range in an answer"),
    (r"\int_0^1 1/x dx", "nor that it certainly exists"),
    (r"\int_0^1 |x - 1/2| dx", "nor that it certainly exists"),
]


@pytest.mark.parametrize(("text", "words"), UNREADABLE)
def test_what_is_no_integral_and_an_integral_in_an_answer_are_refused(text: str, words: str):
    with pytest.raises(ReadError, match=words):
        read(text, "a: real")


def test_a_closed_form_that_is_wrong_is_not_confirmed(monkeypatch: pytest.MonkeyPatch):
    from derivations.sympy_bridge import scalars

    monkeypatch.setattr(scalars, "back", lambda found, known: num("1/3"))
    with pytest.raises(ModelError, match="no closed form"):
        posed(r"\int_0^1 x^3 dx", "")
    monkeypatch.setattr(scalars, "back", lambda found, known: num("1/4"))
    assert posed(r"\int_0^1 x^3 dx", "")


# names, truth, answers that are proved equal, that agree in balls, that differ
ANSWERED = [
    (
        "a: positive; b: real; y: real",
        "b^2/3 - b y + y^2",
        [r"\int_0^1 (y - b x)^2 dx", r"\int_0^2 (y - b x/2)^2 dx/2", r"-\int_1^0 (y - b t)^2 dt"],
        [],
        [r"\int_0^1 (y + b x)^2 dx", r"\int_0^1 (y - x)^2 dx", r"\int_0^2 (y - b x)^2 dx"],
    ),
    (
        "a: positive",
        "log(cosh(a))",
        [],
        [r"\int_0^a \tanh(x) dx", r"a \int_0^1 \tanh(a x) dx", r"-\int_a^0 \tanh(t) dt"],
        [r"\int_0^1 \tanh(a x) dx", r"\int_0^a \tanh(2 x) dx", r"\int_{-a}^a \tanh(x) dx"],
    ),
    (
        "f: function",
        r"\int_0^1 f(x) dx",
        [r"\int_0^1 f(t) dt", r"\int_0^2 f(t/2) dt/2", r"\int_0^1 (f(t) + t) dt - 1/2"],
        [],
        [r"\int_0^1 2 f(t) dt", r"\int_0^2 f(t) dt", r"\int_0^1 f(1 + t) dt"],
    ),
]


@pytest.mark.parametrize(("names", "truth", "proved", "agreeing", "wrong"), ANSWERED, ids=[row[1] for row in ANSWERED])
def test_an_integral_in_an_answer_is_judged(
    names: str, truth: str, proved: list[str], agreeing: list[str], wrong: list[str]
):
    for strength, answers in (("proved", proved), ("agrees", agreeing)):
        for answer in answers:
            verdict = compare(answer, truth, names)
            assert (verdict.status, verdict.evidence.strength) == ("equal", strength), answer
    for answer in wrong:
        verdict = compare(answer, truth, names)
        if "function" in names:  # of an unknown function nothing is evaluated
            assert verdict.status == "undecided", answer
        else:
            assert verdict.status == "different", answer
            assert verdict.evidence.counterexample is not None
