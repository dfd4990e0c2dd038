"""Right and wrong answers as people dress them: left sides, chains, words, letters, fences."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from derivations.notation.spelling import latex


def left_sides(derives: str) -> list[str]:
    """Ways to write what is asked in front of an answer."""
    found = re.fullmatch(r"d(\w+)/d(\w+)", derives)
    if found is None:
        return ["ans", r"\text{answer}"]
    top, by = (_dressed(name) for name in found.groups())
    return [
        rf"\frac{{\partial {top}}}{{\partial {by}}}",
        rf"\dfrac{{\partial {top}}}{{\partial {by}}}",
        rf"\partial {top}/\partial {by}",
        f"d{found[1]}/d{found[2]}",
        rf"\nabla_{{{by}}} {top}",
        r"\delta_9",
        r"\mathcal{G}",
    ]


def _dressed(name: str) -> str:
    base, _, letters = name.partition("_")
    stem, below = latex(base), rf"_{{{letters}}}" if letters else ""
    if re.search(r"_\{\d+\}\Z", stem) and letters:
        return f"{stem[:-1]}, {letters}}}"
    return stem + below


ANSWER = "@"
SENTENCES = (
    "@",
    "So @.",
    "Answer: @",
    "The answer is @",
    "Hence, the gradient is @.",
    "We get $@$",
    "$$@$$",
    r"\[ @ \]",
    r"\boxed{@}",
    r"Therefore $\boxed{@}$.",
    r"\begin{aligned} & @ \end{aligned}",
    "**Answer:** $@$",
)
LABELLED = ("# = @", "# &= @", "# := @", "# = @ = @", "= @", r"\Rightarrow # = @")


def dressings(answer: str, derives: str, rng: random.Random, count: int) -> Iterator[str]:
    """The answer in some of its dressings."""
    lefts = left_sides(derives)
    for _ in range(count):
        text = answer
        if rng.random() < 0.7:
            text = rng.choice(LABELLED).replace("#", rng.choice(lefts)).replace(ANSWER, text)
        yield rng.choice(SENTENCES).replace(ANSWER, text)
