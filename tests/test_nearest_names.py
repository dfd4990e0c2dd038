"""What is said about a name that is not declared, and letters that stand for a size."""

from __future__ import annotations

import pytest

from derivations.notation import ReadError, read

NEAREST = [
    ("1/NL sum_i x_i", "x: real[n]; NLL: real", ("NLL",)),
    ("-yhat_i yhat_j", "x: real[K]; y: simplex[K]; i: index[K]; j: index[K]", ("y",)),
    ("lamda w", "lambda: positive; w: real", ("lambda",)),
    ("Thta^T x", "theta: real[d]; x: real[d]", ("theta",)),
]


@pytest.mark.parametrize(("text", "names", "nearest"), NEAREST)
def test_the_nearest_name_is_shown(text: str, names: str, nearest: tuple[str, ...]) -> None:
    with pytest.raises(ReadError) as raised:
        read(text, names)
    assert raised.value.nearest == nearest


def test_sizes_stand_among_what_may_be_typed() -> None:
    with pytest.raises(ReadError) as raised:
        read("q x_i", "x: real[n]; i: index[n]")
    assert raised.value.expected.endswith("sizes: n")


@pytest.mark.parametrize(
    "answer",
    [
        r"\frac{N}{2} \log(2\pi\sigma^2) + \sum_{i=1}^{N} \frac{(x_i-\mu)^2}{2\sigma^2}",
        "n/2 log(2 pi sigma^2) + sum_{i=1}^n (x_i - mu)^2/(2 sigma^2)",
    ],
)
def test_the_number_of_draws_has_two_letters(answer: str) -> None:
    from checker import check

    verdict = check("004/Q0.1", answer)
    assert (verdict.status, verdict.evidence.strength) == ("correct", "proved")


INDICATORS = [
    ("x_j 1[z > 0]", "x_j 1[z > 0]"),
    ("x_j 1{z > 0}", "x_j 1[z > 0]"),
    ("x_j 1_{z > 0}", "x_j 1[z > 0]"),
    ("x_j (1{z > 0} - 1)", "x_j (1[z > 0] - 1)"),
]


@pytest.mark.parametrize(("text", "same"), INDICATORS)
def test_an_indicator_is_no_number_beside_a_name(text: str, same: str) -> None:
    names = "x: real[d]; z: real; j: index[d]"
    assert read(text, names) == read(same, names)
    assert not read(text, names).notes
