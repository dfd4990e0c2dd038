"""Counts are integers; a wrong one is told what kind of wrong."""

from __future__ import annotations

import pytest

from checker.answers.counts import judge_count

TABLE = [
    # written          truth  its terms      verdict       tag
    ("24080", 24080, (24000, 80), "correct", None),
    ("24,080", 24080, (24000, 80), "correct", None),
    ("24 080 weights", 24080, (24000, 80), "correct", None),
    (24080, 24080, (24000, 80), "correct", None),
    ("24081", 24080, (24000, 80), "wrong", "off-by-one"),
    ("24000", 24080, (24000, 80), "wrong", "missing-term"),
    ("80", 24080, (24000, 80), "wrong", "missing-term"),
    ("24160", 24080, (24000, 80), "wrong", "extra-term"),
    ("24800", 24080, (24000, 80), "wrong", "transposition"),
    ("48160", 24080, (24000, 80), "wrong", "factor:2"),
    ("12", 24080, (24000, 80), "wrong", "value"),
    ("24080.5", 24080, (24000, 80), "wrong", "value"),
    (r"300 \times 80 + 80 \times 1 = 24{,}080", 24080, (24000, 80), "correct", None),
    ("24,000 + 80 = 24,080.", 24080, (24000, 80), "correct", None),
    (r"\boxed{24080}", 24080, (24000, 80), "correct", None),
    ("-24080", 24080, (24000, 80), "wrong", "sign"),
    ("24000 weights + 80 weights = 24080", 24080, (24000, 80), "correct", None),
    ("24000 hidden weights + 80 output weights = 24080", 24080, (24000, 80), "correct", None),
    ("24000 biases", 24080, (24000, 80), "unreadable", None),
    ("24000 weights + 80 = 24080 biases", 24080, (24000, 80), "unreadable", None),
    ("24000 flowers + 80 = 24080", 24080, (24000, 80), "unreadable", None),
    ("24,08", 24080, (24000, 80), "unreadable", None),
]


@pytest.mark.parametrize(
    ("written", "status"),
    [
        (r"n_x \cdot 80 + 80 \cdot 1 = 24{,}000 + 80 = 24{,}080", "correct"),
        ("n_{x} h + h = 24080", "correct"),
        ("h n_x = 24080", "wrong"),
        ("n_x h + h", "unreadable"),
    ],
)
def test_sizes_stand_for_what_they_are_before_the_number(written, status):
    assert judge_count(written, 24080, (24000, 80), sizes={"n_x": 300, "h": 80}).status == status


@pytest.mark.parametrize(("written", "truth", "terms", "status", "tag"), TABLE)
def test_count(written, truth, terms, status, tag):
    verdict = judge_count(written, truth, terms, ("weights",))
    assert verdict.status == status
    assert (verdict.diagnosis.tag if verdict.diagnosis else None) == tag
