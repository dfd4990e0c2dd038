"""Products of arrays in answers: as a whole where nothing else is said, entry by entry where the setting says so, asked
about elsewhere.

And three more things that an answer may say beside what is asked, which make no right answer wrong.
"""

from __future__ import annotations

import pytest

from checker import check

JUDGED = [
    # the setting of batch normalisation is "all entry by entry"
    ("002/6a.xhat", "gamma * dL/dy", "correct", ""),
    ("002/6a.xhat", r"\frac{\partial L}{\partial y_i} \cdot \gamma", "correct", ""),
    ("002/6a.xhat", r"\frac{\partial L}{\partial y_i} \beta", "wrong", ""),
    ("002/6b", r"-\frac12 v^{-3/2} \sum_i (x_i - \mu) \cdot \frac{\partial L}{\partial \hat x_i}", "correct", ""),
    ("002/6b", r"-\frac12 v^{-3/2} \sum_i (x_i - \mu)^2 \cdot \frac{\partial L}{\partial \hat x_i}", "wrong", ""),
    ("002/6c", r"-\frac{1}{\sqrt{v}} \sum_i \frac{\partial L}{\partial \hat x_i}", "correct", ""),
    ("002/6c", r"-\frac{1}{v} \sum_i \frac{\partial L}{\partial \hat x_i}", "wrong", ""),
    # nothing is said of it elsewhere
    ("001/3.1", "y (1 - y)", "unreadable", "multiplied entry by entry"),
    ("001/3.1", "y (1 + y)", "wrong", ""),
    ("000/7", "dA 1[Z > 0]", "unreadable", "multiplied entry by entry"),
    ("000/7", "dA @ 1[Z > 0]", "wrong", ""),
    ("000/7", "dA ⊙ 1[Z > 0]", "correct", ""),
    # an index letter that runs over another axis
    ("001/7.6", "1 if z1_i > 0 else 0.01", "unreadable", "i runs over 1..K"),
    ("001/7.6", "1 if z1_j > 0 else 0.01", "correct", ""),
    # the name of the answer
    ("001/3.3", r"\delta_{ij} = y_i (1[i = j] - y_j)", "correct", ""),
    ("001/3.3", r"\delta_{ij} = y_i (1[i = j] + y_j)", "wrong", ""),
    ("001/3.3", r"\delta_{ij} - y_j = y_i (1[i = j] - y_j)", "wrong", ""),
    # two statements
    (
        "001/3.1",
        r"\frac{\partial y_i}{\partial x_i} = y_i(1-y_i), \quad \frac{\partial y_i}{\partial x_j} = -y_i y_j",
        "unreadable",
        "two statements",
    ),
    # with k the true class y_i is 1 for i = k
    ("001/7.4", "yhat_i - y_i", "correct", ""),
    ("001/7.4", "yhat_i + y_i", "wrong", ""),
]


@pytest.mark.parametrize(("part", "answer", "status", "says"), JUDGED)
def test_an_answer_is_judged(part: str, answer: str, status: str, says: str) -> None:
    found = check(part, answer)
    assert found.status == status, found
    assert says in (found.at.message if found.at is not None else ""), found


def test_what_is_read_entry_by_entry_is_said() -> None:
    assert "entrywise" in {f.tag for f in check("002/6a.xhat", "gamma * dL/dy").findings}
