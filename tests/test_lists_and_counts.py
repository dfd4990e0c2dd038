r"""(a, b)^T as the column of its entries, and equal terms with dots that a brace counts."""

from __future__ import annotations

import pytest

from checker import compare
from derivations.notation import ReadError, read

NAMES = "a: real; b: real; P: real[2]; A: real[2,2]; x: real[d]; y: real[d]; R: real[2,d]; N: size"

COLUMNS = [
    # text, what it is, whether a column is noted
    ("(a, b)^T", "[a, b]", True),
    (r"(a, b)^\top", "[a, b]", True),
    ("[a, b]^T", "[a, b]", True),
    (r"(x_1, \dots, x_d)^T", "x", True),
    ("2 (a, b)^T", "[2a, 2b]", True),
    ("-(a, b)^T", "[-a, -b]", True),
    (r"\frac12 (a, b)^T", "[a/2, b/2]", True),
    ("(a, b)^T + P", "P + [a, b]", True),
    ("P - 2(a, b)^T", "P - [2a, 2b]", True),
    ("(a, b)^T - (b, a)^T", "[a - b, b - a]", True),
    ("R x + (a, b)^T", "[a, b] + R x", True),
    ("A^{-1} (a, b)^T", "inv(A) [a, b]", True),
    (r"(a, b)^T \odot P", "[a P_1, b P_2]", True),
    ("(a, b)^T P", "a P_1 + b P_2", False),
    ("(a, b)^T (a, b)", "a^2 + b^2", False),
    ("(a, b)^T A P", "[a, b]^T A P", False),
    ("(a, b)(a, b)^T", "[a, b] [a, b]^T", False),
    (r"\|(a, b)^T\|^2", "a^2 + b^2", False),
]


@pytest.mark.parametrize(("text", "meant", "noted"), COLUMNS)
def test_a_list_set_upright_is_a_column_unless_it_is_a_left_factor(text: str, meant: str, noted: bool):
    formula = read(text, NAMES)
    assert compare(formula, read(meant, NAMES), NAMES).status == "equal"
    assert any(n.tag == "column" for n in formula.notes) == noted


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("(a, b)^T", "[b, a]"),
        ("P^T", "P"),
        ("P^T + (a, b)^T", "P + [a, b]"),
        ("(P + P)^T", "2 P"),
        ("(i -> x_i)^T", "x"),
        (r"\begin{pmatrix} a \\ b \end{pmatrix}^T", "[a, b]"),
    ],
)
def test_a_transposed_name_stays_a_row(text: str, other: str):
    assert compare(text, other, NAMES).status == "different"


COUNTED = [
    (r"\underbrace{1 + \dots + 1}_{d}", "d"),
    (r"\underbrace{1 + 1 + \cdots + 1}_{N}", "N"),
    (r"\underbrace{a + a + \dots + a}_{N \text{ times}}", "N a"),
    (r"\underbrace{x + \dots + x}_d", "d x"),
    (r"\overbrace{(a + b) + \dots + (a + b)}^{N}", "N (a + b)"),
    (r"b + 2 \underbrace{\frac{a}{b} + \dots + \frac{a}{b}}_{\text{$N$ terms}}", "b + 2 N a / b"),
    (r"\underbrace{a + \dots + a}_{N-1}", "(N - 1) a"),
    (r"\underbrace{a \cdots a}_{3}", "a^3"),
    (r"\underbrace{a \cdot a \cdots a}_{5}", "a^5"),
    (r"\underbrace{a b \cdots a b}_{2 \text{ factors}}", "a^2 b^2"),
]


@pytest.mark.parametrize(("text", "meant"), COUNTED)
def test_equal_terms_with_dots_are_as_many_as_the_brace_says(text: str, meant: str):
    formula = read(text, NAMES)
    assert compare(formula, read(meant, NAMES), NAMES).status == "equal"
    assert any(n.tag == "dots" for n in formula.notes)


@pytest.mark.parametrize(
    "text",
    [
        r"\underbrace{a + a + \dots + a}_{2}",
        r"\underbrace{a \cdots a}_{0}",
        r"\underbrace{a + \dots + b}_{N}",
        r"\underbrace{a + b + \dots + a}_{N}",
        r"\underbrace{a - a + \dots + a}_{N}",
        r"\underbrace{-a - \dots - a}_{N}",
        r"\underbrace{a/b \cdots a/b}_{N}",
        r"\underbrace{a + \dots + a}_{\text{bias}}",
        r"\underbrace{a + \dots + a}_{q}",
        r"\underbrace{a + b \cdots a + b}_{N}",
        r"\underbrace{a + \dots + a, b}_{N}",
        r"a + \dots + a",
    ],
)
def test_other_dots_are_not_guessed(text: str):
    with pytest.raises(ReadError):
        read(text, NAMES)
