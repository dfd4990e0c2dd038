"""Random matrix identities, sound and false ones: what is proved must hold at drawn points (and most of what holds is
proved)."""

from __future__ import annotations

import random

import numpy as np
import pytest

from derivations.domains import parse_names
from derivations.evaluate import draw, floats
from derivations.formula import Formula
from derivations.normal_form import prove_equal
from derivations.notation import ReadError, read

NAMES = parse_names(
    "A: invertible[k]; B: invertible[k]; S: symmetric[k]; G: posdef[k]; X: real[n,k]; l: positive; v: "
    "real[k]; w: real[k]; Q: orthonormal[n,k]"
)

FACTORS = (
    "A", "B", "S", "G", "A^T", "A^-1", "B^-1", "G^-1", "(A^T)^-1", "(A B)^-1", "X^T X", "(X^T X + l I)^-1",
    "(A + B)^-1", "(A+B)",
    "(I + A)^-1", "Q^T Q", "v w^T", "(2 A)^-1", "diag(v)", "(S + l I)^-1", "(S + l I)",
)  # fmt: skip

REWRITINGS = (
    ("A A^-1", "I"), ("A^-1 A", "I"), ("A", "B"), ("A^-1", "B^-1"), ("(A B)^-1", "B^-1 A^-1"),
    ("(A B)^-1", "A^-1 B^-1"), ("S", "S^T"), ("G^-1", "(G^-1)^T"),
    ("A^T", "A"), ("Q^T Q", "I"), ("(A^T)^-1", "(A^-1)^T"), ("(2 A)^-1", "1/2 A^-1"),
    ("(A + B)^-1", "(A + B)^-1 A A^-1"), ("v w^T", "w v^T"),
    ("(I + A)^-1", "I - A (I + A)^-1"), ("(I + A)^-1", "I - (I + A)^-1 A"),
    ("(X^T X + l I)^-1", "(1/l)(I - X^T X (X^T X + l I)^-1)"),
    ("(X^T X + l I)^-1", "(1/l)(I + X^T X (X^T X + l I)^-1)"), ("diag(v)", "diag(v)^T"),
)  # fmt: skip


def expression(rng: random.Random, depth: int) -> str:
    def factor() -> str:
        if depth and rng.random() < 0.3:
            inner = expression(rng, depth - 1)
            return rng.choice((f"({inner})", f"({inner})^T"))
        return rng.choice(FACTORS)

    return " + ".join(" ".join(factor() for _ in range(rng.randint(1, 3))) for _ in range(rng.choice((1, 1, 2))))


def pair_of(seed: int) -> tuple[Formula, Formula] | None:
    rng = random.Random(seed)
    text = other = expression(rng, rng.choice((0, 0, 1)))
    for _ in range(rng.randint(1, 2)):
        choices = [(a, b) for a, b in REWRITINGS if a in other]
        if choices:
            a, b = rng.choice(choices)
            at = rng.choice([k for k in range(len(other)) if other.startswith(a, k)])
            other = f"{other[:at]}({b}){other[at + len(a) :]}"
    frame = rng.choice(("tr({})", "{}", "v^T ({}) w", "det({})"))
    try:
        left, right = read(frame.format(text), NAMES), read(frame.format(other), NAMES)
    except ReadError:
        return None
    return None if left.shape_error or right.shape_error or left.shape != right.shape else (left, right)


def agree(left: Formula, right: Formula) -> bool:
    for assignment in draw.assignments(NAMES, 5, points=16, count=2):
        with np.errstate(all="ignore"):
            a, b = floats.evaluate(left, assignment), floats.evaluate(right, assignment)
            both = np.isfinite(a) & np.isfinite(b)
            if (np.abs(a - b)[both] > 1e-5 * (1 + np.abs(a) + np.abs(b))[both]).mean() > 0.2:
                return False
    return True


def run(seeds: range) -> None:
    proved = 0
    for seed in seeds:
        pair = pair_of(seed)
        if pair is not None and prove_equal(*pair, 20_000):
            proved += 1
            assert agree(*pair), f"a false proof, seed {seed}"
    assert proved > len(seeds) // 8


@pytest.mark.long
def test_no_false_proof_among_random_matrix_identities() -> None:
    run(range(150))


@pytest.mark.soak
def test_no_false_proof_among_five_thousand_random_matrix_identities() -> None:
    run(range(1_000, 6_000))
