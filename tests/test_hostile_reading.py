"""Hostile and broken text: every one is answered, read or refused, quickly and without a crash."""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.domains import parse_names
from derivations.formula import Formula, count
from derivations.notation import ReadError, Statement, read, read_condition, read_statement, readings

NAMES = parse_names(
    "x: real[d]; a: real; b: real; y: real; A: real[d,d]; X: real[n,d]; P: real[n,K]; i: index[d]; e_1: real; "
    "f: function; w_1': real; yhat: probability"
)
SECONDS = 0.5
"""Generous: a reading takes 0.2 ms, the longest text allowed some 20 ms; a shared machine may be ten times slower."""

HOSTILE = {
    "tower of powers": "9^9^9^9",
    "factorial": "factorial(10^9)",
    "huge power": "2^(10^10)",
    "power of a power": "((10^9)^9)^9!",
    "open brackets": "(" * 5000,
    "brackets": "(" * 5000 + "a" + ")" * 5000,
    "braces": "{" * 4000 + "a" + "}" * 4000,
    "nested brackets that are read": "(" * 99 + "a" + ")" * 99,
    "nested sums of brackets": "(a+" * 99 + "a" + ")" * 99,
    "square brackets": "[" * 99 + "a" + "]" * 99,
    "fractions": r"\frac{1}{" * 300 + "a" + "}" * 300,
    "fractions without end": r"\frac" * 1600,
    "many terms": "+".join(["a"] * 20_000),
    "many terms that are read": "+".join(["a"] * 1990),
    "python": "__import__('os').system('true')",
    "lambda": "(lambda: 0)()",
    "format": "{0.__class__}%s",
    "surrogate": "a+\ud800",
    "marks": "a" + "\u0302" * 5000,
    "marked letters": "a\u0302" * 3000,
    "null": "a\x00b",
    "right to left": "a\u202eb\u200f",
    "minus signs": "-" * 9000 + "a",
    "minus signs that are read": "a" + "-" * 3000 + "a",
    "hats": "a^" * 4000 + "a",
    "fewer hats": "a^" * 1900 + "a",
    "functions": "sin " * 2400 + "a",
    "nested functions": "relu(" * 95 + "a" + ")" * 95,
    "roots": "√" * 3900 + "a",
    "subscripts": "x_" * 3000,
    "nested subscripts": "x_{" * 90 + "i" + "}" * 90,
    "many subscripts": "X_{" + "i," * 1900 + "i}",
    "long subscript": "x_" + "i" * 9000,
    "affine subscript": "x_{" + "i+" * 1900 + "i}",
    "bars": "|" * 4000,
    "bars around": "||" * 1500 + "a" + "||" * 1500,
    "bars between": "|a" * 1300,
    "double bars between": "||a" * 1000,
    "digits": "1" * 9000,
    "exponent": "1e999999999",
    "full stops": "." * 9000,
    "primes": "a" + "'" * 9000,
    "letters": "a" * 9999,
    "letters that split": "a" * 59,
    "letters that split in two ways": "ab" * 29,
    "sums of nothing": r"\sum_" * 1500,
    "sums": "sum_i " * 1500 + "x_i",
    "nested sums": "sum_i " * 40 + "x_i",
    "called sums": "Sum(" * 90 + "x_m" + ")" * 90,
    "dots between many terms": " + ".join(["x_1 + \\dots + x_d"] * 150),
    "dots behind many factors": "x_1 " * 600 + r"\cdots" + " x_d" * 600,
    "dots in a long list": "(" + ",".join(["x_1"] * 900) + r",\dots,x_d)",
    "dots in many rows": r"\begin{pmatrix}" + r"\\".join([r"x_1 & \dots & x_d"] * 200) + r"\end{pmatrix}",
    "nested labelled braces": r"\underbrace{" * 150 + "a" + "}" * 150,
    "labelled braces without end": r"\underbrace{" * 800,
    "colours": r"\color{red}" * 800 + "a",
    "commands that double": "".join(
        rf"\def\{c * 2}{{\{d * 2} \{d * 2}}}" for c, d in zip("abcdefghijkl", "bcdefghijklm", strict=True)
    )
    + r"\def\mm{a+}\aa a",
    "a command that uses itself": r"\def\q{\q\q}\q",
    "many uses of a command": r"\def\q{a}" + r"\q+" * 2500 + "a",
    "bars of places": "a|_{a=b}" * 400,
    "places without a bar": r"\left." * 900 + "a" + r"\right|_{a=b}" * 300,
    "memberships": "a, " + ", ".join([r"a \in \mathbb{R}"] * 300),
    "numbers of lines": r"\quad (1) " * 900,
    "nested binomials": "{" * 40 + r"a \choose 8" + "}" * 40,
    "sums from 0": r"\sum_{l=0}^{d}(" * 40 + "b^l" + ")" * 40,
    "matrix power": "A^8^8",
    "matrix powers": "((((A^8)^8)^8)^8)^8",
    "matrix products": "A" + "@A" * 1900,
    "juxtaposed matrices": "A" + " A" * 1900,
    "outer products": "x x^T" * 600,
    "transposes": "A" + ".T" * 1900,
    "raised transposes": "x" + "^T" * 3000,
    "nested softmax": "softmax(" * 20 + "x" + ")" * 20,
    "nested inverses": "inv(" * 40 + "A" + ")" * 40,
    "nested diagonals": "diag(" * 40 + "x" + ")" * 40,
    "accents": r"\hat" * 2000 + "a",
    "nested accents": r"\hat{" * 90 + "a" + "}" * 90,
    "styles": r"\mathbf" * 1400 + "a",
    "text": r"\text{" * 1500,
    "environments": r"\begin{cases}" * 700,
    "nested environments": r"\begin{cases}" * 50 + "a & a>0" + r"\end{cases}" * 50,
    "long matrix": r"\begin{pmatrix}" + "a & " * 1800 + r"a\end{pmatrix}",
    "words for signs": "a minus " * 1200,
    "words for sums": "the sum over i of " * 550,
    "large vector": "[" + ",".join(["a"] * 1900) + "]",
    "lefts": r"\left" * 1900,
    "commas": "," * 9000,
    "relations": "=" * 9000,
    "chain": "a=" * 1900 + "a",
    "comparisons": "a<" * 1900 + "a",
    "line breaks": "\n" * 9999,
    "lines": "a\n" * 1900,
    "spaces": " " * 9999,
    "dollars": "$" * 9999,
    "superscripts": "a" + "²" * 9000,
    "pictures": "😀" * 2000,
    "arrows": "i->" * 1300 + "a",
    "derivatives": "da/db" * 1900,
    "operators": r"\frac{d}{da}" * 300 + "a",
    "∂": "∂" * 3900,
    "∇": "∇_" * 1900,
    "if": "if " * 3000,
    "cases": "a if " * 1900,
    "nested cases": "{" * 90 + "a" + " if a>0 else b}" * 90,
    "not": "not " * 2400 + "a",
    "nested indicators": "1[" * 95 + "a>0" + "]" * 95,
    "fences": "```" * 3000,
    "answers": "Answer: " * 1200,
    "quotients": "a/" * 1950 + "a",
    "two readings": "1/2a" * 950,
    "labels": "x^{(i)}" * 1400,
    "backslashes": "\\" * 9999,
    "commands": r"\foo" * 2400,
    "titles": "A " * 4000 + ":",
    "quotes": '"' * 900,
}


def refusal(reader, text: str) -> ReadError | None:
    try:
        reader(text, NAMES)
    except ReadError as error:
        return error
    return None


@pytest.fixture
def uncollected():
    """No pause for what other tests have left behind: collecting that takes longer than reading does."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("reader", [read, readings, read_statement, read_condition], ids=lambda r: r.__name__)
@pytest.mark.long
def test_hostile_text_is_answered(name, reader):
    start = time.process_time()
    refused = refusal(reader, HOSTILE[name])
    assert time.process_time() - start < SECONDS
    if refused is not None:
        assert refused.message
        assert refused.show()
        assert refused.span[0] <= len(HOSTILE[name]) + 1


CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())


@pytest.mark.parametrize("path", CORPUS, ids=[p.name for p in CORPUS])
def test_what_fuzzing_found_is_answered(path):
    data = path.read_bytes()
    for handling in ("ignore", "replace"):
        answer(data.decode("utf-8", handling))


NAMES_THE_LIMIT = [
    ("(" * 5000, "more than 4,000 symbols"),
    ("(" * 200 + "a" + ")" * 200, "more than 100 deep"),
    (r"\frac{1}{" * 300 + "a" + "}" * 300, "more than 100 deep"),
    ("+".join(["a"] * 20_000), "at most 10,000 are read"),
    ("1" * 9000, "at most 40 are read"),
    ("1e999999999", "beyond 400"),
    ("((((A^8)^8)^8)^8)^8", "too large"),
    ("A^100", "beyond 8"),
]


@pytest.mark.parametrize(("text", "words"), NAMES_THE_LIMIT, ids=[t[:12] for t, _ in NAMES_THE_LIMIT])
def test_a_limit_is_named(text, words):
    with pytest.raises(ReadError, match=words) as caught:
        read(text, NAMES)
    assert caught.value.tag == "limit"


def test_no_power_and_no_factorial_is_evaluated():
    for text in ("9^9^9^9", "factorial(10^9)", "2^(10^10)", "10^(-10^10)", "(2^1000)^1000!"):
        assert count(read(text, NAMES).body) < 20


def test_a_hundred_brackets_are_read_from_deep_within_a_program():
    text = "(a+" * 99 + "b" + ")" * 99

    def deep(levels: int) -> Formula:
        return read(text, NAMES) if levels == 0 else deep(levels - 1)

    assert deep(60).body == read(text, NAMES).body


def test_cost_is_linear_in_the_length():
    def calls(terms: int) -> int:
        """How many functions a reading calls: the same on every machine."""
        text = " + ".join(f"a x_i^{k % 7 + 1}" for k in range(terms))
        seen = 0

        def count_call(_frame, event, _argument):
            nonlocal seen
            seen += event in ("call", "c_call")

        sys.setprofile(count_call)
        try:
            read(text, NAMES)
        finally:
            sys.setprofile(None)
        return seen

    calls(1)
    assert calls(320) < 17 * calls(20)


PIECES = [
    "a", "b", "x", "A", "X", "P", "f", "i", "n", "d", "e", "I", "E", "yhat", "ŷ", r"\hat{y}", "x_i", "X_i", "X_{ij}",
    "A_{ii}", "w_1'", "W^{[1]}", "^{(i)}", "^T", "ᵀ", "^2", "²", "^{-1}", "_1", "'",
    "1", "2", "0.5", "1e-3", "½", "+", "-", "−", "*", "/", "^", "_", r"\cdot", r"\times", "@", "⊙", ".*", "o", ".", ",",
    ";", ":", "!", "(", ")", "[", "]", "{", "}", r"\{", r"\}", "|", "||", r"\left(", r"\right)", r"\left|",
    r"\right|", r"\|", r"\frac", r"\frac{a}{b}", r"\sqrt", "√", r"\sqrt[3]", "log", r"\log", "exp", "σ(", "sigma",
    "softmax(", "max", "max_i", "tr", "det", "inv(", "diag(", "norm(", "relu(", "sum", r"\sum", "∑", "Σ", "sum_i",
    r"\sum_{i=1}^n",
    r"\sum_{j \le i}", "Sum(", "prod", "mean", "=", "<", ">", "≤", r"\le", "!=", ":=", "≈", r"\Rightarrow", r"\iff",
    "->", "if", "else", "otherwise", "and", "or", "not", "for all", "1[", r"\mathbf 1", r"\mathbb{1}", "δ_{ij}",
    r"\delta",
    r"\begin{cases}", r"\end{cases}", "&", r"\\", r"\begin{pmatrix}", r"\end{pmatrix}", r"\begin{aligned}",
    r"\end{aligned}", "dL/dx", r"\frac{\partial L}{\partial x}", "d/dx", "∂", r"\partial", r"\nabla_x", r"\text{since}",
    r"\text{if }", "Answer:",
    " ", " ", " ", "\n", "$", r"\,", r"\quad", "\u200b", "\u0302", "Piecewise(", "True", "where", "since", r"\mathbf",
    r"\hat", r"\vec", "T", "i=1", "n", "...", r"\dots", "0",
]  # fmt: skip


def answer(text: str) -> None:
    for reader in (read, readings, read_statement, read_condition):
        try:
            found = reader(text, NAMES)
        except ReadError as error:
            error.show()
            continue
        assert isinstance(found, (Formula, Statement, tuple))
        if isinstance(found, Formula):
            assert found == found
            hash(found)


@settings(derandomize=True, max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@pytest.mark.long
def test_no_arrangement_of_pieces_crashes(text):
    answer(text)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_no_arrangement_of_spaced_pieces_crashes(text):
    answer(text)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_crashes(text):
    answer(text)
