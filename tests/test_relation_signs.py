"""Signs of relations found in a text before it is read: all spellings of one, and none within a longer one."""

from __future__ import annotations

import re

import pytest

from derivations.notation.relations import OP_OF, ORDER, spelled


@pytest.mark.parametrize(
    ("text", "ops", "found"),
    [
        ("a = b == c", ("=",), ["=", "=="]),
        ("a <= b := c => d >= e != f", ("=",), []),
        (r"\left( a \le b \leq c \leqslant d ≤ e \leftarrow f", ("<=",), [r"\le", r"\leq", r"\leqslant", "≤"]),
        ("x<-1", ("<",), ["<"]),
        ("x -> 0, x => y, x >= y, x > y", (">",), [">"]),
        ("i <= n < m", ORDER, ["<=", "<"]),
        (r"p \approx 0.5 ≃ q ~= r", ("≈",), [r"\approx", "≃", "~="]),
        (r"L \propto x ∝ y", ("∝",), [r"\propto", "∝"]),
    ],
)
def test_a_sign_is_found_in_every_spelling_and_alone(text: str, ops: tuple[str, ...], found: list[str]) -> None:
    assert re.findall(spelled(*ops), text) == found


@pytest.mark.parametrize("sign", OP_OF)
def test_every_spelling_is_found_as_itself(sign: str) -> None:
    assert re.findall(spelled(OP_OF[sign]), f"a {sign} b") == [sign]
