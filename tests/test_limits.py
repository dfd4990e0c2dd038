"""Limits and infinite sums in closed form, each checked by numbers as well, and judged in documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.documents.limits import closed, speaks_of_limits
from checker.documents.proofreading import proofread_text
from derivations.domains import parse_names
from derivations.evaluate import floats
from derivations.evaluate.draw import assignments
from derivations.formula import Formula, Node, num, replace_elems
from derivations.limits import DOWN, UP, Infinity, limit
from derivations.notation import read
from derivations.series import infinite_sum
from tests.test_documents import graded

NAMES = parse_names("x: real; r: real; k: integer; a: positive; b: probability; u: real; m: positive[n]; i: index[n]")
POINT = next(iter(assignments(NAMES, 1)))
PLACES = {"oo": UP, "-oo": DOWN}


def same(left: Node, right: Node, formula: Formula) -> bool:
    """Whether two trees have one value at points that are drawn."""
    sides = [replace(formula, body=body, source=None) for body in (left, right)]
    for point in assignments(NAMES, 3):
        one, other = (float(floats.evaluate(side, point).flat[0]) for side in sides)
        if abs(one - other) > 1e-6 * (1 + abs(other)):
            return False
    return True


LIMITS = [
    # (of, x goes to, the limit; None where no rule has it)
    ("a e^x", "-oo", "0"),
    ("a (e^x - 1)", "-oo", "-a"),
    ("a e^x", 0, "a"),
    ("log(1 + e^{-x})", "oo", "0"),
    ("log(1 + e^{-x})", 0, "log 2"),
    ("sigmoid(x)", "-oo", "0"),
    ("1/(1 + exp(-x))", "oo", "1"),
    ("sum_i log(1 + exp(-x m_i))", "oo", "0"),
    ("1/(1 + x^2) + u", "-oo", "u"),
    ("tanh(x) u", "oo", "u"),
    ("max(0, x)", "-oo", "0"),
    ("b^x + 1", "oo", "1"),
    ("(1 - a x) u", 0, "u"),
    (r"\begin{cases} x & x > 0 \\ a (e^x - 1) & x \le 0 \end{cases}", "-oo", "-a"),
    ("-log(sigmoid(x))", "-oo", "oo"),
    ("x^3", "-oo", "-oo"),
    ("-a x", "oo", "-oo"),
    # nothing is guessed: 0/0, oo - oo, 0 oo, an unknown sign, a jump
    ("x/x", 0, None),
    ("sin(x)/x", 0, None),
    ("1/x", 0, None),
    ("x/(1 + x)", "oo", None),
    ("x^2 - x", "oo", None),
    ("x e^{-x}", "oo", None),
    ("u x", "oo", None),
    ("u^x", "oo", None),
    ("floor(x)", 0, None),
    ("sin(x)", "oo", None),
]


@pytest.mark.parametrize(("of", "to", "expected"), LIMITS)
def test_a_limit_is_what_a_rule_says(of, to, expected):
    formula = read(of, NAMES)
    place = num(to) if isinstance(to, int) else PLACES[to]
    found = limit(formula.body, "x", place, NAMES)
    if expected is None or expected in PLACES:
        assert found == (None if expected is None else PLACES[expected])
        return
    assert isinstance(found, Node)
    assert same(found, read(expected, NAMES).body, formula)
    near = num(60 * place.sign) if isinstance(place, Infinity) else num("0.00000001")
    there = replace_elems(formula.body, lambda e: near if e.name == "x" else None)
    if of not in ("1/(1 + x^2) + u", "b^x + 1") and not of.startswith("sum_i"):  # these are slow to come there
        assert same(there, found, formula)


def test_a_name_does_not_go_beyond_its_domain():
    formula = read("e^a", NAMES)
    assert limit(formula.body, "a", DOWN, NAMES) is None
    assert limit(formula.body, "a", UP, NAMES) == UP


SUMS = [
    # (term, the first k, the sum; None where no rule has it)
    ("r^k", 0, "1/(1 - r)"),
    ("r^k", 2, "r^2/(1 - r)"),
    ("k r^k", 0, "r/(1 - r)^2"),
    ("k^2 r^k", 0, "r (1 + r)/(1 - r)^3"),
    ("(k + 1) r^k", 1, "1/(1 - r)^2 - 1"),
    ("k (k - 1) r^{k - 2}", 2, "2/(1 - r)^3"),
    ("(1 - r) k r^k", 0, "r/(1 - r)"),
    ("(-1)^k r^k", 0, "1/(1 + r)"),
    ("r^{2 k + 1}", 0, "r/(1 - r^2)"),
    ("u r^k/k!", 0, "u e^r"),
    ("r^k/k!", 2, "e^r - 1 - r"),
    ("k r^k/k!", 0, "r e^r"),
    ("k^2 r^k/k!", 0, "(r + r^2) e^r"),
    ("e^{-r} r^k/k!", 0, "1"),
    ("2^{-k}", 1, "1"),
    (r"\frac{1}{3^k}", 0, "3/2"),
    ("e^{-k}", 0, "1/(1 - e^{-1})"),
    ("2^k", 0, None),
    ("1", 0, None),
    ("1/k^2", 1, None),
    ("r^{k^2}", 0, None),
    ("k^3 r^k", 0, None),
]


@pytest.mark.parametrize(("term", "start", "expected"), SUMS)
def test_an_infinite_sum_is_its_closed_form_and_its_partial_sums(term, start, expected):
    formula = read(term, NAMES)
    found = infinite_sum(formula.body, "k", start, NAMES)
    if expected is None:
        assert found is None
        return
    assert found is not None
    names = {"r": 0.3, "u": 1.7}

    def value(node: Node, k: int = 0) -> float:
        put = replace_elems(node, lambda e: num(k) if e.name == "k" else num(str(names[e.name])))
        return float(floats.evaluate(replace(formula, body=put, source=None), POINT).flat[0])

    partial = sum(value(formula.body, k) for k in range(start, start + 60))
    assert value(found) == pytest.approx(partial, rel=1e-9)
    assert value(found) == pytest.approx(value(read(expected, NAMES).body), rel=1e-9)


def test_what_has_no_closed_form_stays_as_it_is_written():
    names = parse_names("x: real; r: real")
    assert closed(r"\lim_{x \to 0} \sin(x)/x", names) == r"\lim_{x \to 0} \sin(x)/x"
    assert closed(r"\sum_{k=0}^\infty r^k + k", names) == r"\sum_{k=0}^\infty r^k + k"
    assert closed(r"2 \sum_{k=0}^{\infty} r^k - 1", names).replace(" ", "").startswith(r"2\left(")
    assert not speaks_of_limits(r"\sum_{k=0}^n r^k")


SAID = [
    # (a document, a line in it, its status)
    (r"$\lim_{x \to -\infty} \alpha e^x = 0$", "correct"),
    (r"$\lim_{x \to -\infty} \alpha (e^x - 1) = \alpha$", "wrong"),
    (r"$\lim_{c \to 0} \log(1 + e^{-c}) = 1$", "wrong"),
    (r"$\sum_{k=0}^{\infty} \gamma^k = \frac{1}{1 - \gamma}$", "correct"),
    (r"$\sum_{k=0}^\infty \gamma^k = \frac{1}{1 + \gamma}$", "wrong"),
    (r"$\sum_{k=1}^\infty \gamma^k = \frac{1}{1 - \gamma}$", "wrong"),
    (r"$\sum_{k=0}^\infty \frac{\lambda^k}{k!} = e^\lambda$", "correct"),
    (r"$\sum_{k=0}^\infty \frac{\lambda^k}{k!} = e^{-\lambda}$", "wrong"),
    (r"As $x \to \infty$, $\sigma(x) \to 1$", "correct"),
    (r"As $x \to \infty$, $\sigma(x) \to 0$", "wrong"),
    (r"We see that $\sigma(x) \to 0$ as $x \to -\infty$", "correct"),
    (r"We see that $\sigma(x) \to \frac12$ as $x \to -\infty$", "wrong"),
    (r"$\tanh(x) \to 1 \text{ as } x \to \infty$", "correct"),
    (r"$\lim_{x \to 0} \frac{\sin x}{x} = 1$", "unreadable"),
]


@pytest.mark.parametrize(("text", "status"), SAID)
def test_they_are_judged_in_a_document(text, status):
    claim = [line.status for line in proofread_text(text + ".\n").marked.lines if len(line.text) > 8]
    assert claim[-1:] == [status]
    found = graded("001", f"## Problem 8\n\n**8.8** {text}.\n").lines
    assert [line.status for line in found if len(line.text) > 8][-1:] == [status]


def test_the_value_of_a_letter_is_put_in():
    text = r"Take $\gamma = 0.5$. Then $\sum_{k=0}^\infty \gamma^k = 2$ and $\sum_{k=1}^\infty \gamma^k = 2$."
    lines = {line.text: line.status for line in proofread_text(text).marked.lines}
    assert lines[r"\sum_{k=0}^\infty \gamma^k = 2"] == "correct"
    assert lines[r"\sum_{k=1}^\infty \gamma^k = 2"] == "wrong"
    said = graded(
        "001", "## Problem 8\n\n**8.8** For $\\beta = 0.9$ we get $\\sum_{k=0}^\\infty \\beta^k = 10$.\n"
    ).lines
    assert [line.status for line in said if "sum" in line.text] == ["undecided"]


def test_zero_is_no_place_of_division():
    assert limit(read("(x^2 - x)/x", NAMES).body, "x", num(0), NAMES) is None
