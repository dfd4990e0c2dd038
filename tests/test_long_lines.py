"""Statements that are broken into lines say what they said."""

from __future__ import annotations

import ast
import random

import pytest

from derivations import functions
from derivations.emit.lines import WIDTH, fitted, laid_out

TABLE = [
    ("x = f(a, b)", 20, ["x = f(a, b)"]),
    ("x = function(first, second)", 20, ["x = function(", "    first, second", ")"]),
    ("x = function(first_one, second)", 20, ["x = function(", "    first_one,", "    second,", ")"]),
    ("return first + second - third", 20, ["return (", "    first", "    + second", "    - third", ")"]),
    ("if first == second or third:", 20, ["if (", "    first == second", "    or third", "):"]),
    ("x = max(1, n)  # rows of a block", 20, ["# rows of a block", "x = max(1, n)"]),
    ("x = (first * second)[..., None]", 25, ["x = (", "    first * second", ")[..., None]"]),
]


@pytest.mark.parametrize(("line", "width", "lines"), TABLE)
def test_long_statements(line: str, width: int, lines: list[str]) -> None:
    assert fitted(line, width) == lines


def expression(rng: random.Random, depth: int) -> str:
    """An expression as the printer writes one."""
    if not depth:
        return rng.choice(["x", "gamma", "2", "x.mT", "h**2", 'np.einsum("...ij->...", x, y)', "z[..., None]"])
    one, two = (expression(rng, depth - 1) for _ in range(2))
    sign = rng.choice(["+", "-", "*", "/", "@", "==", "&"])
    forms = [
        f"({one}) {sign} ({two})",
        f"{one} {sign} ({two})",
        f"{one} {sign} -({two})",
        f"-({one})",
        f"({one})[..., None, :]",
        f"f({one}, axis=-1)",
        f"g(lambda x: {one}, {two})",
    ]
    return rng.choice(forms)


@pytest.mark.parametrize("seed", range(150))
def test_statements_keep_their_meaning(seed: int) -> None:
    rng = random.Random(seed)
    line = rng.choice(["x = ", "return ", "x[...] = ", "a, b = "]) + expression(rng, rng.randrange(2, 6))
    broken = fitted(line, rng.randrange(30, 90))
    module = "def f():\n" + "\n".join("    " + part for part in broken)
    assert ast.dump(ast.parse(module)) == ast.dump(ast.parse(f"def f():\n    {line}"))


def test_lines_further_in_keep_their_place() -> None:
    long = "    total = " + " + ".join(["exponential"] * 12)
    lines = laid_out(["for k in range(3):", long])
    assert lines[1] == "    total = ("
    assert {len(line) - len(line.lstrip()) for line in lines[2:-1]} == {8}
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize("backend", ["numpy", "jax", "torch", "array_api"])
def test_nothing_that_is_printed_is_wider_than_a_hundred_columns(backend: str) -> None:
    for name in ("adam_W", "attention_heads_dK", "batch_norm_eps_y", "deep_linear_tanh_dW1", "layer_norm_dx"):
        text = functions.derivation(name).source(backend, name=name)
        assert max(map(len, text.split("\n"))) <= 100
