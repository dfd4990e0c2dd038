r"""Relations that a document says in words: they are claims, and what is said in other words is none."""

from __future__ import annotations

import pytest

from checker.documents.proofreading import proofread_text
from checker.documents.scan import scan
from checker.documents.spoken_links import related

DECLARED = r"Let $X \in \mathbb{R}^{n \times d}$, $w \in \mathbb{R}^d$, $y \in \mathbb{R}^n$ and $f(x) = x^3$." + "\n\n"

SAID = [
    # sentence, the statuses of what it claims
    (r"The derivative of tanh is $1 - \tanh^2(x)$.", ["correct"]),
    (r"The derivative of tanh is $1 + \tanh^2(x)$.", ["wrong"]),
    (r"The slope of the sigmoid function is $\sigma(t)(1 - \sigma(t))$, which is at most 1/4.", ["correct"]),
    ("The derivative of ReLU is 1 where $x > 0$ and 0 otherwise.", ["correct"]),
    ("The derivative of ReLU is 0 where $x > 0$ and 1 elsewhere.", ["wrong"]),
    ("The derivative of $f$ is $3x^2$.", ["correct"]),
    ("The derivative of $f(x)$ is $3x$.", ["wrong"]),
    (r"The gradient of $\|w\|^2$ with respect to $w$ is $2w$.", ["correct"]),
    (r"The gradient of $\|w\|^2$ with respect to $w$ is given by $$w$$", ["wrong"]),
    (r"Differentiating $\|Xw - y\|^2$ w.r.t. $w$ gives $2 X^T (Xw - y)$.", ["correct"]),
    (r"Differentiating $\|Xw - y\|^2$ w.r.t. $w$ gives $2 X^T (y - Xw)$.", ["wrong"]),
    (r"$1 - \sigma(t)$ is the same as $\sigma(-t)$.", ["correct"]),
    (r"$\sigma(2t)$ is equal to $2\sigma(t)$.", ["wrong"]),
    ("With $a = 1$ and $b = 1/100$, so $a$ is 100 times larger than $b$.", ["correct"]),
    ("With $a = 1$ and $b = 1/100$, so $a$ is 10x higher than $b$.", ["wrong"]),
    ("With $a = 1$ and $b = 1/100$, so $b$ is 100 times smaller than $a$.", ["correct"]),
    # other words: nothing is claimed
    (r"The derivative of the sigmoid is $\sigma(t)$ times one minus it.", []),
    ("The derivative of the sigmoid is bounded by $1/4$.", []),
    (r"The gradient of $\|w\|^2$ w.r.t. $w$ is $w$, multiplied by $2$.", []),
    ("If $f(x)$ is equal to $x$, then $x$ is $0$ or $1$.", []),
    (r"The gradient of $\|w\|^2$ is equal to $2w$.", []),
    ("Twice $x$ is the same as $x$ plus $x$.", []),
]


@pytest.mark.parametrize(("sentence", "statuses"), SAID)
def test_what_words_relate_is_judged(sentence: str, statuses: list[str]) -> None:
    marked = proofread_text(DECLARED + sentence).marked
    start = len(DECLARED)
    said = [x.status for x in marked.lines if x.place.start >= start and x.status != "not_a_claim"]
    assert [s for s in said if s != "undecided"] == statuses, marked.lines


@pytest.mark.parametrize("sentence", [s for s, statuses in SAID if statuses])
def test_every_character_stays_in_its_place(sentence: str) -> None:
    for piece in related(scan(sentence), sentence):
        assert piece.text == sentence[piece.place.start : piece.place.end]
        assert piece.at + len(piece.inside) <= len(sentence)
        letters = [k for k, c in enumerate(piece.inside) if c in "x^σ" and sentence[piece.at + k] != c]
        assert all(piece.inside[k : k + 4] in ("x) =", "x)' ") or piece.inside[k] != "^" for k in letters)
