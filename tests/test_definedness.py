"""Where a formula has a value, and what follows for equality: an answer is equal where it extends the truth.

Each row holds what is so of the first formula as an answer where the second is asked. `different` is so for its domain
alone.
"""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path

import pytest
import test_equality

from checker.__main__ import main
from checker.compare import compare
from checker.verdict import Verdict
from derivations.definedness import needs, unproved
from derivations.domains import parse_names
from derivations.notation import read

REAL = "x: real"
FACTS = (
    # roots and powers
    ("sqrt(x)^2", "x", REAL, "different"),
    ("x", "sqrt(x)^2", REAL, "equal"),
    ("|x|", "sqrt(x)^2", REAL, "equal"),
    ("relu(x)", "sqrt(x)^2", REAL, "equal"),
    ("sqrt(x)^2", "|x|", REAL, "different"),
    ("sqrt(x)^2", "relu(x)", REAL, "different"),
    ("sqrt(-x^2)", "x", REAL, "different"),
    ("x", "sqrt(-x^2)", REAL, "undecided"),
    ("sqrt(x) sqrt(y)", "sqrt(x y)", "x: real; y: real", "different"),
    ("sqrt(x y)", "sqrt(x) sqrt(y)", "x: real; y: real", "equal"),
    ("x^(1/2) x^(1/2)", "x", REAL, "different"),
    ("(x^(1/3))^3", "x", REAL, "equal"),
    ("x^(2/4)", "sqrt(x)", REAL, "equal"),
    ("(x^2)^(1/4)", "sqrt(x)", REAL, "equal"),
    ("sqrt(x)", "(x^2)^(1/4)", REAL, "different"),
    ("sqrt(x^2+x+1)^2", "x^2+x+1", REAL, "equal"),
    ("sqrt(x^2 - 10^-6)^2", "x^2 - 10^-6", REAL, "different"),
    ("sqrt(5000-x)^2", "5000-x", REAL, "different"),
    ("sqrt(x+5000)^2", "x+5000", REAL, "different"),
    ("sqrt(sqrt(x)-2)^2", "sqrt(x)-2", REAL, "different"),
    ("sqrt(p(1-p))^2", "p - p^2", "p: probability", "equal"),
    ("sqrt(1-p-q)^2", "1-p-q", "p: probability; q: probability", "different"),
    ("sqrt(x^2 - 2x y + y^2)", "|x-y|", "x: real; y: real", "equal"),
    ("x^y x^(-y)", "1", "x: real; y: real", "different"),
    ("1", "x^y x^(-y)", "x: real; y: real", "equal"),
    ("x^x", "x^x + sqrt(-x^2)", REAL, "undecided"),
    ("x^x + sqrt(-x^2)", "x^x", REAL, "different"),
    ("x^(1e-400)", "1", REAL, "different"),
    ("x^0", "1", REAL, "equal"),
    ("0^x", "0", REAL, "different"),
    ("0^x", "0", "x: positive", "equal"),
    ("x^(x-x)", "1", REAL, "different"),
    # logarithms
    ("exp(log(x))", "x", REAL, "different"),
    ("x", "exp(log(x))", REAL, "equal"),
    ("exp(log(p))", "p", "p: probability", "equal"),
    ("log(x^2)", "2 log(x)", REAL, "equal"),
    ("2 log(x)", "log(x^2)", REAL, "different"),
    ("log|x|", "log(x^2)/2", REAL, "equal"),
    ("log(x y)", "log(x) + log(y)", "x: real; y: real", "equal"),
    ("log(x) + log(y)", "log(x y)", "x: real; y: real", "different"),
    ("log(x) - log(x)", "0", REAL, "different"),
    ("log(relu(x)) - log(relu(x))", "0", REAL, "different"),
    ("log(1 - 2p + p^2)", "2 log(1-p)", "p: probability", "equal"),
    ("exp(log(1 - sin(x)))", "1 - sin(x)", REAL, "equal"),
    ("exp(log(1 - sin(x) - sin(2x)))", "1 - sin(x) - sin(2x)", REAL, "different"),
    ("log(x-100) - log(x-101)", "log((x-100)/(x-101))", REAL, "different"),
    ("exp(log(sum_k p_k))", "1", "p: simplex[K]", "equal"),
    ("exp(log(max_i x_i))", "max_i x_i", "x: real[n]", "different"),
    # inverse functions
    ("tan(x) cos(x)", "sin(x)", REAL, "equal"),
    ("sin(arcsin(x))", "x", REAL, "different"),
    ("x", "sin(arcsin(x))", REAL, "equal"),
    ("arcsin(x) + arccos(x)", "pi/2", REAL, "different"),
    ("arcsin(x) + arccos(x)", "pi/2", "x: interval(-1,1)", "equal"),
    ("tanh(artanh(x))", "x", REAL, "different"),
    ("cosh(arcosh(x))", "x", REAL, "different"),
    # quotients: a null set of continuous names, all of it where a denominator vanishes throughout, each value of a
    # discrete one
    ("1/(1/x)", "x", REAL, "equal"),
    ("x^2/x", "x", REAL, "equal"),
    ("1/x - 1/x", "0", REAL, "equal"),
    ("x/relu(x) relu(x)", "x", REAL, "different"),
    ("x", "x/relu(x) relu(x)", REAL, "equal"),
    ("1/floor(x) floor(x)", "1", REAL, "different"),
    ("x/(|x|-x) (|x|-x)", "x", REAL, "different"),
    ("1/(x-x)", "x", REAL, "different"),
    ("x", "1/(x-x)", REAL, "undecided"),
    ("1/(sin(x)^2 + cos(x)^2 - 1)", "x", REAL, "different"),
    ("1/y", "y", "y: label01", "different"),
    ("y", "1/y", "y: label01", "equal"),
    ("1/y", "y", "y: labelpm1", "equal"),
    ("y^2/y", "y", "y: label01", "different"),
    ("m/m", "1", "m: integer", "different"),
    ("1", "m/m", "m: integer", "equal"),
    ("(sum_i y_i x_i)/(sum_j y_j) * (sum_k y_k)", "sum_i y_i x_i", "x: real[n]; y: label01[n]", "different"),
    ("(w/||w||) ||w||", "w", "w: real[n]", "equal"),
    ("x (m-7)/(m-7)", "x", "x: real; m: integer", "different"),
    ("x (m-70)/(m-70)", "x", "x: real; m: integer", "different"),
    ("x (m^2+1)/(m^2+1)", "x", "x: real; m: integer", "equal"),
    ("x + (sum_i s_i)/(sum_i s_i)", "x + 1", "x: real; s: labelpm1[n]", "different"),
    ("x + log(y-0.5) - log(y-0.5)", "x", "x: real; y: label01", "different"),
    ("x + log(t_1) - log(t_1)", "x", "x: real; t: onehot[K]", "different"),
    ("x + log(2 - sum_k t_k)", "x", "x: real; t: onehot[K]", "equal"),
    ("f(x)/f(x)", "1", "f: function; x: real", "equal"),
    # far away
    ("x + log(x-50) - log(x-50)", "x", REAL, "different"),
    ("x + sqrt(x-10^6) - sqrt(x-10^6)", "x", REAL, "different"),
    ("x", "x + sqrt(x-10^6) - sqrt(x-10^6)", REAL, "equal"),
    ("x + sqrt(x^2-1000) - sqrt(x^2-1000)", "x", REAL, "different"),
    ("exp(log(x^2 + y^2 - 2.01 x y))", "x^2 + y^2 - 2.01 x y", "x: real; y: real", "different"),
    ("exp(log(x^2 + y^2 - 2 x y))", "(x-y)^2", "x: real; y: real", "equal"),
    ("sqrt(x-2) sqrt(x+2)", "sqrt(x^2-4)", REAL, "different"),
    ("sqrt(x)/sqrt(1-x)", "sqrt(x/(1-x))", REAL, "equal"),
    # cases
    ("x if x > 0", "x", REAL, "different"),
    ("x if x = 3", "x", REAL, "different"),
    ("x", "x if x = 3", REAL, "undecided"),
    ("x", "x if x > 0", REAL, "equal"),
    ("x if x > 0, x if x < 0", "x", REAL, "equal"),
    ("log(x) if x > 0 else 0", "log(relu(x)) if x > 0 else 0", REAL, "equal"),
    # factorials
    ("m!/m!", "1", "m: integer", "different"),
    ("1", "m!/m!", "m: integer", "equal"),
    ("n!/(n-1)!", "n", "n: size", "equal"),
    ("x!/x!", "1", REAL, "different"),
    # matrices
    ("A^-1 A", "I", "A: real[k,k]", "equal"),
    ("X (X^T X)^-1 X^T X", "X", "X: real[n,d]", "different"),
    ("log(det(A)) - log(det(A))", "0", "A: real[k,k]", "different"),
    ("log(det(A)) - log(det(A))", "0", "A: posdef[k]", "equal"),
    ("log(det(A)^2)/2", "log(abs(det(A)))", "A: real[k,k]", "equal"),
    ("exp(log(det(X^T X)))", "det(X^T X)", "X: real[n,d]", "different"),
    ("exp(log(det(A + B)))", "det(A + B)", "A: posdef[k]; B: posdef[k]", "equal"),
    ("exp(log(det(-A)))", "det(-A)", "A: posdef[k]", "different"),
    ("log(det(A))", "log(abs(det(A)))", "A: real[k,k]", "different"),
    # sizes and indices
    ("x (n-1)/(n-1)", "x", "x: real; n: size", "equal"),
    ("x_1 + x_3 - x_3", "x_1", "x: real[d]", "equal"),
    ("x sqrt(n-m)/sqrt(n-m)", "x", "x: real; n: size; m: size", "different"),
    ("x + sqrt((-1)^n) - sqrt((-1)^n)", "x", "x: real; n: size", "different"),
    ("x + sqrt(100-n) - sqrt(100-n)", "x", "x: real; n: size", "different"),
    ("x + log(n) - log(n)", "x", "x: real; n: size", "equal"),
    ("x_i + x_{i-1} - x_{i-1}", "x_i", "x: real[n]; i: index[n]", "different"),
    ("x_i", "x_i + x_{i-1} - x_{i-1}", "x: real[n]; i: index[n]", "equal"),
)  # fmt: skip


@pytest.mark.parametrize(("student", "truth", "names", "status"), FACTS)
def test_an_answer_is_equal_where_it_extends_the_truth(student: str, truth: str, names: str, status: str) -> None:
    found = compare(student, truth, names)
    assert found.status == status, found
    if status == "different":
        assert found.diagnosis is not None
        assert found.diagnosis.tag == "domain"
        assert "it has no value" in found.diagnosis.message
        assert "domain" in {f.tag for f in found.findings}
        assert found.evidence.counterexample is not None
        assert found.evidence.counterexample.student == "undefined"


def test_the_place_is_said() -> None:
    found = compare("sqrt(x+1)^2", "x + 1", REAL)
    assert found.diagnosis is not None
    assert found.diagnosis.message == "it has no value at x = -3/2, where the truth is -0.5"
    wider = compare("x + 1", "sqrt(x+1)^2", REAL)
    assert "it is -0.5 at x = -3/2, where the truth has no value" in [f.message for f in wider.findings]


COMMON = (
    ("sqrt(x)^2", "x", REAL, "equal", {"domain"}),
    ("x", "sqrt(x)^2", REAL, "equal", {"domain"}),
    ("sqrt(x)^2", "sqrt(x)^2", REAL, "equal", set()),
    ("log(x y)", "log(x) + log(y)", "x: real; y: real", "equal", {"domain"}),
    ("log(a) + log(b)", "log(a b)", "a: positive; b: positive", "equal", set()),
    ("sqrt(x)^2", "|x|", REAL, "equal", {"domain"}),
    ("sqrt(-x^2)", "x", REAL, "undecided", {"domain", "undefined"}),
    ("sqrt(x) + sqrt(-x)", "0", REAL, "undecided", {"domain", "undefined"}),
    ("x^x", "x^x + sqrt(-x^2)", REAL, "undecided", {"domain", "undefined"}),
    ("x^2/x", "x", REAL, "equal", {"points"}),
    ("sqrt(x)", "-sqrt(-x)", REAL, "undecided", {"domain", "undefined"}),
    ("sqrt(x)", "x", REAL, "different", {"domain"}),
)  # fmt: skip


@pytest.mark.parametrize(("student", "truth", "names", "status", "tags"), COMMON)
def test_in_common_two_are_compared_wherever_both_have_a_value(
    student: str, truth: str, names: str, status: str, tags: set[str]
) -> None:
    found = compare(student, truth, names, where="common")
    assert (found.status, found.where) == (status, "common")
    assert {f.tag for f in found.findings} == tags


def test_where_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="where is truth or common"):
        compare("x", "x", REAL, where="somewhere")  # type: ignore[arg-type]


def test_a_verdict_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match=r"\.status"):
        bool(Verdict("different"))


OPEN = (
    ("log(p/(1-p))", "p: probability", 0),
    ("sqrt(1 - tanh(x)^2)", REAL, 0),
    ("1/||w||", "w: real[n]", 0),
    ("log(det(X^T X + l I))", "X: real[n,d]; l: positive", 0),
    ("log(det(X^T X))", "X: real[n,d]", 1),
    ("sqrt(1/n sum_i (x_i - 1/n sum_j x_j)^2)", "x: real[n]", 0),
    ("log(x) if x > 0 else 0", REAL, 0),
    ("log(x) 1[x > 0]", REAL, 1),
    ("x^x", REAL, 1),
    ("arcsin(x)", REAL, 2),
    ("arcsin(2p - 1)", "p: probability", 0),
    ("1/relu(x)", REAL, 1),
    ("1/(1 + relu(x))", REAL, 0),
    ("1/(p - y)", "p: probability; y: label01", 0),
    ("log sum_j 1[j >= i] exp(s_j)", "s: real[n]; i: index[n]", 0),
    ("logsumexp(z) + softplus(z_1) + log_sigmoid(z_1)", "z: real[K]", 0),
)  # fmt: skip


@pytest.mark.parametrize(("text", "names", "count"), OPEN)
def test_what_always_has_a_value_is_known(text: str, names: str, count: int) -> None:
    declared = parse_names(names)
    assert len(unproved(needs(read(text, declared).body, declared), declared)) == count


# ---------------------------------------------------------------- an order


GROUPS = (
    ("x: real", ("x", "sqrt(x)^2", "|x|", "relu(x)", "sqrt(x^2)", "exp(log(x))", "x^2/x", "x if x > 0", "x if x > 1",
            "max(x, -x)", "(x^(1/3))^3", "sqrt(-x^2)", "x/relu(x) relu(x)", "log(exp(x))", "-x",
    "x + sqrt(x-1) - sqrt(x-1)", "-sqrt(-x)^2", "sin(arcsin(x))", "1/(x-x)", "1/(1/x)")),
    ("x: real; y: real", ("log(x y)", "log(x) + log(y)", "log|x| + log|y|", "log(x^2 y^2)/2",
            "log(x) + log(y) + sqrt(x-1) - sqrt(x-1)", "2 log(sqrt(x y))", "log(-x) + log(-y)", "log(x/y) + 2 log(y)",
    "log(x/y) + log(y^2)")),
    ("y: label01; p: probability", ("y", "y^2", "y p/p", "1 - (1-y)", "1/y", "y^2/y", "1[y = 1]", "1", "sqrt(y)",
            "exp(log(y))", "y log(p)/log(p)", "y/(y - 1) (y - 1)")),
    ("x: real; m: integer", ("x", "x m/m", "x + log(m) - log(m)", "x sqrt(m)^2/m", "x m!/m!", "x (m-1)/(m-1)",
            "sqrt(x)^2", "x |m|/m", "x + 0 m")),
    ("A: real[k,k]; X: real[n,k]", ("det(A)", "1/det(A^-1)", "det(A^T)", "exp(log(det(A)))", "|det(A)|",
            "sqrt(det(A)^2)", "-exp(log(-det(A)))", "det(A) + 0 det(X^T X)", "det(A) det(X^T X)/det(X^T X)")),
)  # fmt: skip
"""Formulas that are equal where they have values, or nearly: the triples of each group."""


def check_order(names: str, texts: tuple[str, ...], triples: int | None, seed: int = 7) -> int:
    """Reflexive, transitive, and symmetric where no finding speaks of domains. How many triples were looked at."""
    found: dict[tuple[str, str], Verdict] = {}

    def judged(a: str, b: str) -> Verdict:
        if (a, b) not in found:
            found[a, b] = compare(a, b, names)
        return found[a, b]

    for a in texts:
        assert judged(a, a).status in ("equal", "undecided"), a
        if judged(a, a).status == "undecided":
            assert {f.tag for f in judged(a, a).findings} & {"undefined", "unevaluated", "precision"}, a
    every = list(product(texts, repeat=3))
    if triples is not None and triples < len(every):
        every = random.Random(seed).sample(every, triples)
    for a, b, c in every:
        if judged(a, b).status == "equal":
            if "domain" not in {f.tag for f in judged(a, b).findings}:
                assert judged(b, a).status == "equal", (a, b)
            if judged(b, c).status == "equal":
                assert judged(a, c).status != "different", (a, b, c)
                assert judged(a, c).status == "equal", (a, b, c)
    return len(every)


@pytest.mark.parametrize(("names", "texts"), GROUPS)
@pytest.mark.long
def test_equality_is_an_order(names: str, texts: tuple[str, ...]) -> None:
    check_order(names, texts, 150)


def _tables() -> list[tuple[str, tuple[str, ...]]]:
    """The formulas of the tables by their declarations: those that are asked about the same names."""
    gathered: dict[str, dict[str, None]] = {}
    for student, truth, names, *_ in (*FACTS, *test_equality.EQUAL, *test_equality.DIFFERENT):
        gathered.setdefault(names, {}).update({student: None, truth: None})
    return [*GROUPS, *((names, tuple(texts)) for names, texts in gathered.items() if len(texts) > 1)]


@pytest.mark.soak
def test_equality_is_an_order_on_the_tables() -> None:
    """20,000 triples of the tables of cases, and every triple of the groups."""
    looked = 0
    for k, (names, texts) in enumerate(_tables()):
        looked += check_order(names, texts, None if k < len(GROUPS) else 12_000, k)
    assert looked >= 20_000


def test_the_relation_is_asked_for_on_the_command_line_and_in_a_stream(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pair = {"student": "sqrt(x)^2", "truth": "x", "names": REAL}
    assert main(["compare", "sqrt(x)^2", "x", "--names", REAL]) == 1
    assert main(["compare", "sqrt(x)^2", "x", "--names", REAL, "--where", "common"]) == 0
    assert "wherever both have a value" in capsys.readouterr().out
    lines = tmp_path / "pairs.jsonl"
    lines.write_text(
        "\n".join(
            json.dumps({"id": k, **pair, **more})
            for k, more in enumerate(({}, {"where": "common"}, {"where": "truth"}, {"where": "nowhere"}))
        )
    )
    for asked, wanted in (
        ((), ["different", "equal", "different", "unreadable"]),
        (("--where", "common"), ["equal", "equal", "different", "unreadable"]),
    ):
        assert main(["compare", "--jsonl", str(lines), "--workers", "1", *asked]) == 0
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [v["status"] for v in found] == wanted
        assert [v.get("where") for v in found] == ["common" if s == "equal" else None for s in wanted]
