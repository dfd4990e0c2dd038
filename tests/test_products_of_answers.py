"""Products of arrays in answers: as a whole where nothing else is said, entry by entry where the setting says so, asked
about elsewhere.

And three more things that an answer may say beside what is asked, which make no right answer wrong.
"""

from __future__ import annotations

import re

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
    ("002/6b", r"-\frac{1}{2\sqrt{v}^3} \sum_i (x_i - \mu) \frac{\partial L}{\partial \hat x_i}", "correct", ""),
    ("003/2b.b", "(1[g >= 0] + alpha 1[g < 0])(f - y)", "correct", ""),
    ("003/2b.b", "(1[g >= 0] + 1[g < 0])(f - y)", "wrong", ""),
    ("beyond/dropout.h", r"\frac{1}{q} r \frac{\partial L}{\partial a}", "correct", ""),
    ("beyond/dropout.h", r"\frac{1}{q} (1 - r) \frac{\partial L}{\partial a}", "wrong", ""),
    # the axis of the batch may be left out of all that has it
    ("002/6a.beta", r"\sum_{i=1}^m \frac{\partial L}{\partial y}", "correct", ""),
    ("002/6a.gamma", r"\sum_{i=1}^m \frac{\partial L}{\partial y} \hat x", "correct", ""),
    ("002/6a.gamma", r"\sum_{i=1}^m \frac{\partial L}{\partial y} x", "wrong", ""),
    ("002/6a.gamma", r"\frac{\partial L}{\partial y} \hat x", "wrong", ""),
    ("002/6a.gamma", r"\sum_{i=1}^d \frac{\partial L}{\partial y} \hat x", "wrong", ""),
    # one entry is asked, and the answer leaves its index out: two columns have no other product
    ("001/3.1", "y (1 - y)", "correct", ""),
    ("001/3.1", "y (1 + y)", "wrong", ""),
    ("001/7.2", r"\hat y (1 - \hat y)", "correct", ""),
    ("001/3.1", r"y \cdot (1 - y)", "unreadable", "multiplied entry by entry"),
    # nothing is said of it elsewhere
    ("000/7", "dA 1[Z > 0]", "unreadable", "multiplied entry by entry"),
    ("000/7", "dA @ 1[Z > 0]", "wrong", ""),
    ("000/7", "dA ⊙ 1[Z > 0]", "correct", ""),
    # an index letter that runs over another axis in the question
    ("001/7.6", "1 if z1_i > 0 else 0.01", "correct", ""),
    ("001/7.6", "1 if z1_i > 0 else 0.1", "wrong", ""),
    ("001/7.6", "1 if z1_j > 0 else 0.01", "correct", ""),
    # the name of the answer
    ("001/3.3", r"\delta_{ij} = y_i (1[i = j] - y_j)", "correct", ""),
    ("001/3.3", r"\delta_{ij} = y_i (1[i = j] + y_j)", "wrong", ""),
    ("001/3.3", r"\delta_{ij} - y_j = y_i (1[i = j] - y_j)", "wrong", ""),
    # two statements, told apart by their left sides
    (
        "001/3.1",
        r"\frac{\partial y_i}{\partial x_i} = y_i(1-y_i), \quad \frac{\partial y_i}{\partial x_j} = -y_i y_j",
        "correct",
        "",
    ),
    # with k the true class y_i is 1 for i = k
    ("001/7.4", "yhat_i - y_i", "correct", ""),
    ("001/7.4", "yhat_i + y_i", "wrong", ""),
]


@pytest.mark.parametrize(("part", "answer", "status", "says"), JUDGED)
@pytest.mark.long
def test_an_answer_is_judged(part: str, answer: str, status: str, says: str) -> None:
    found = check(part, answer)
    assert found.status == status, found
    assert says in (found.at.message if found.at is not None else ""), found


def test_what_is_read_entry_by_entry_is_said() -> None:
    assert "entrywise" in {f.tag for f in check("002/6a.xhat", "gamma * dL/dy").findings}


CHAIN_RULE = [
    # <L/y> is the fraction of a derivative, as it is pasted from a sheet
    ("002/6a.gamma", r"<L/\gamma> = <L/y> \cdot <y/\gamma> = \sum_{i=1}^m <L/y_i> \cdot \hat x_i", "correct"),
    ("002/6a.xhat", r"<L/\hat x_i> = <L/y_i> <y_i/\hat x_i> = \gamma <L/y_i>", "correct"),
    (
        "002/6b",
        r"<L/v> = \sum_i <L/\hat x_i> <\hat x_i/v> = -\frac12 \sum_i <L/\hat x_i> (x_i-\mu) v^{-3/2}",
        "correct",
    ),
    # every path with its direct derivative, the other nodes held fixed
    (
        "002/6d",
        r"<L/x> = <L/\hat x><\hat x/x> + <L/v><v/x> + <L/\mu><\mu/x>"
        r" = \frac{1}{\sqrt v} <L/\hat x> + \frac{2(x - \mu)}{m} <L/v> + \frac1m <L/\mu>",
        "correct",
    ),
    # a path is missing, or another one is written
    (
        "002/6d",
        r"<L/x_i> = <L/\hat x_i> <\hat x_i/x_i>"
        r" = \frac{1}{\sqrt v} <L/\hat x_i> + \frac{2(x_i - \mu)}{m} <L/v> + \frac1m <L/\mu>",
        "wrong",
    ),
    ("002/6a.beta", r"<L/\beta> = <L/y> \cdot <y/\gamma> = \sum_i <L/y_i>", "wrong"),
    ("002/6a.beta", r"<L/y> \cdot <y/\beta>", "wrong"),
    # in any setting, in either order, and not where the names do not meet
    ("001/7.7b", r"<L/b_1> = <L/z_2><z_2/a_1><a_1/z_1><z_1/b_1> = (\delta_1^T \delta_0) \odot \delta_2", "correct"),
    ("001/7.4.vector", r"<L/z_2> = <\hat y/z_2> <L/\hat y> = \hat y - y", "correct"),
    ("000/8e.value", r"<L/W_2> = <Z_2/W_2>^T <L/Z_2> = A_1^T (\hat Y - Y)", "correct"),
    ("000/8e.value", r"<L/W_2> = <Z_2/W_2>^T <L/Z_2> = A_1^T (Y - \hat Y)", "wrong"),
    # beside ⊙ where the one is computed from the other entry by entry, as by ReLU and not by softmax
    ("000/7", r"<L/Z> = <L/A> \odot <A/Z> = <L/A> \odot 1[Z > 0]", "correct"),
    ("000/7", r"<L/Z> = <L/A> \odot <A/Z> = <L/A> \odot 1[Z < 0]", "wrong"),
    ("001/7.4.vector", r"<L/z_2> = <L/\hat y> \odot <\hat y/z_2> = \hat y - y", "wrong"),
    ("001/7.7a", r"<L/W_1> = <L/z_2><z_2/a_1><z_1/W_1> = ((\delta_1^T \delta_0) \odot \delta_2) x^T", "wrong"),
]


@pytest.mark.parametrize(("part", "answer", "status"), CHAIN_RULE)
@pytest.mark.long
def test_products_of_the_chain_rule_are_over_what_stands_between(part: str, answer: str, status: str) -> None:
    pasted = re.sub(r"<([^/<>]+)/([^<>]+)>", r"\\frac{\\partial \1}{\\partial \2}", answer)
    assert check(part, pasted).status == status, check(part, pasted)


def test_a_square_is_entry_by_entry_in_a_rule_of_such_a_setting() -> None:
    rest = "m' = beta1 m + (1-beta1) g; mhat = m'/(1-beta1^t); vhat = v'/(1-beta2^t)"
    rest += "; W' = W - alpha mhat/(sqrt(vhat) + epsilon)"
    assert check("beyond/adam.update", f"v' = beta2 v + (1-beta2) g^2; {rest}").status == "correct"
    assert check("beyond/adam.update", f"v' = beta2 v + (1-beta2) g; {rest}").status == "wrong"


TURNED = [
    # where a layout or a shape is stated the transpose is wrong, and says so
    ("001/7.4.vector", r"(\hat y - y)^\top", "wrong", "a row, where a column is asked"),
    ("001/7.7b", "delta_0^T delta_1 diag(delta_2)", "wrong", "a row, where a column is asked"),
    ("000/8e.value", "(Yhat - Y)^T A1", "wrong", "it is the transpose"),
    ("002/4c", "y^T X (X^T X + (sigma^2/eta^2) I)^-1", "wrong", "a row, where a column is asked"),
    ("001/7.7b", "(delta_1^T delta_0) ⊙ delta_2^T", "wrong", "a row and a column"),
    ("001/7.7b", "(delta_0^T delta_1) ⊙ delta_2", "wrong", "a row and a column"),
    # where none is, a gradient may be a row, and a vector by its one axis too
    ("002/5a.dW1", r"\frac2n \sum_i (o_i - y_i) (W_2^T \odot h_i \odot (1 - h_i)) x_i^T", "correct", "read as a row"),
    ("002/5a.dW1", r"\frac2n \sum_i (o_i - y_i) (W_2^T \odot h_i \odot (1 + h_i)) x_i^T", "wrong", "sign"),
    ("beyond/ridge_regression.gradient", "(X w - y)^T X + lambda w^T", "unreadable", "no layout is stated"),
    ("beyond/ridge_regression.gradient", "(X w - y)^T X - lambda w^T", "wrong", "rows and columns"),
]


@pytest.mark.parametrize(("part", "answer", "status", "says"), TURNED)
@pytest.mark.long
def test_a_row_for_a_column(part: str, answer: str, status: str, says: str) -> None:
    found = check(part, answer)
    assert found.status == status, found
    said = [*(f.message for f in found.findings), getattr(found.at or found.diagnosis, "message", "")]
    assert any(says in message for message in said), found
