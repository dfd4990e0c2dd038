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
    (r"\int_0^\infty 1/(1 + x) dx", "infinite range"),
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


ENDLESS = [
    (r"\int_0^\infty e^{-a x} dx", "1/a", "a: positive"),
    (r"\int_0^\infty x^{a-1} e^{-b x} dx", r"\Gamma(a)/b^a", "a: positive; b: positive"),
    (r"\int_0^\infty l e^{-l x} (x - 1/l)^2 dx", "1/l^2", "l: positive"),
    (r"\int_0^\infty x e^{x} e^{-2 x} dx", "1", ""),
    (r"\int_0^\infty x^2 e^{-x^2} dx", r"\sqrt{\pi}/4", ""),
    (r"\int_0^\infty x^{a} e^{-b x^2} dx", r"\Gamma((a+1)/2)/(2 b^{(a+1)/2})", "a: positive; b: positive"),
    (r"\int_{-\infty}^0 e^{x} dx", "1", ""),
    (r"\int_2^\infty x e^{-x} dx", "3 e^{-2}", ""),
    (r"\int_b^\infty e^{-a x} dx", "e^{-a b}/a", "a: positive; b: real"),
    (r"\int_1^\infty x^{-a} dx", "1/(a-1)", "a: interval(1,5)"),
    (r"\int_{-\infty}^\infty N(x; m, s^2) x dx", "m", "m: real; s: positive"),
    (r"\int_{-\infty}^\infty x^2 e^{-(x-m)^2/(2 s)} dx", r"(m^2+s) \sqrt{2 \pi s}", "m: real; s: positive"),
    (r"\int_{-\infty}^\infty x e^{-x^2} dx", "0", ""),
    (r"\int_0^\infty (e^{-x} - e^{-2x}) dx", "1/2", ""),
    (r"\int_0^\infty e^{-x} \tanh(x) dx", r"\int_0^\infty 2 e^{-2 x} \tanh(2 x) dx", ""),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "value", "names"), ENDLESS)
def test_an_endless_integral_in_an_answer_is_its_closed_form(answer: str, value: str, names: str):
    verdict = compare(answer, value, names)
    assert verdict.evidence is not None
    assert (verdict.status, verdict.evidence.strength) == ("equal", "proved")
    assert compare(answer, f"1/100 + {value}", names).status == "different"


WITHOUT_CLOSED_FORM = [
    (r"\int_{-\infty}^\infty \cos(x) e^{-x^2/2} dx", r"\sqrt{2 \pi} e^{-1/2}", "equal"),
    (r"\int_{-\infty}^\infty \cos(x) e^{-x^2/2} dx", r"\sqrt{2 \pi} e^{-1/3}", "different"),
    (r"\int_0^\infty e^{-x} \sigma(x) dx", r"\log 2", "equal"),
    (r"\int_0^\infty e^{-x} \sigma(x) dx", "7/10", "different"),
]


@pytest.mark.parametrize(("answer", "value", "status"), WITHOUT_CLOSED_FORM)
def test_an_endless_integral_without_a_closed_form_is_judged_by_quadrature(answer: str, value: str, status: str):
    assert compare(answer, value, "").status == status


NOT_CERTAIN = [
    (r"\int_0^\infty e^{-a x} dx", "a: real"),
    (r"\int_1^\infty x^{-a} dx", "a: positive"),
    (r"\int_0^\infty x^{a-2} e^{-x} dx", "a: positive"),
    (r"\int_0^\infty x^{-1} e^{-x} dx", ""),
    (r"\int_{-\infty}^\infty e^{-x} dx", ""),
    (r"\int_{-\infty}^\infty x^{-2} e^{-x^2} dx", ""),
    (r"\int_0^\infty \sin(x) dx", ""),
    (r"\int_0^\infty 1/(1 + x) dx", ""),
    (r"\int_0^\infty (1/(1 + x) - 1/(2 + x)) dx", ""),
    (r"\int_0^\infty 1 dx", ""),
]


@pytest.mark.parametrize(("answer", "names"), NOT_CERTAIN)
def test_what_may_diverge_is_refused(answer: str, names: str):
    verdict = compare(answer, "1", names)
    assert verdict.status == "unreadable"
