"""Straight lines of code are read as what they compute; what is no straight line is refused with its reason."""

from __future__ import annotations

import inspect
import random
import warnings

import numpy as np
import pytest

from checker import check, compare
from checker.answers.definitions import defined
from checker.answers.programs import Lines, last_value
from derivations import read
from derivations.domains import parse_names
from derivations.emit import guarded
from derivations.notation.errors import ReadError
from derivations.notation.read.code import program_of

RELU, LAYER = "000/7", "002/5a.dW1"

JUDGED = [
    (RELU, "dZ = dA.copy()\ndZ[Z <= 0] = 0\nreturn dZ", "correct", None),
    (RELU, "dZ = np.array(dA, copy=True)\ndZ[Z <= 0] = 0", "correct", None),
    (RELU, "g = dA.copy()\ng[Z <= 0] *= 0.0\ng", "correct", None),
    (RELU, "dA[Z <= 0] = 0\nreturn dA", "correct", None),
    (RELU, "g = np.zeros_like(Z)\ng[Z > 0] = dA[Z > 0]\nreturn g", "correct", None),
    (RELU, "g = dA.copy()\ng[Z <= 0] = 0.1 * dA[Z <= 0]\nreturn g", "wrong", "where:case"),
    (RELU, "dA *= (Z > 0)", "correct", None),
    (RELU, "mask = Z > 0\nreturn dA * mask", "correct", None),
    (RELU, "mask = (Z > 0).astype(float)\nreturn np.multiply(dA, mask)", "correct", None),
    (RELU, "g = np.zeros_like(Z)\ng[Z > 0] = 1\ng *= dA\nreturn g", "correct", None),
    (RELU, "A = np.maximum(0, Z)\nreturn dA * (A > 0)", "correct", None),
    (RELU, "import numpy as np\n\ndef back(dA, Z):\n    # gradient\n    dZ = dA * (Z > 0)\n    return dZ", "correct",
     None),
    (RELU, "def back(dA: np.ndarray, Z) -> np.ndarray: return dA * (Z > 0)", "correct", None),
    (RELU, "dZ = dA * (Z > 0)  # upstream gradient dL/dA, elementwise, shape (m, h)\nreturn dZ", "correct", None),
    (RELU, "dZ = dA.copy()\ndZ[Z > 0] = 0\nreturn dZ", "wrong", "swapped-cases"),
    (RELU, "dZ = dA.copy()\ndZ[Z <= 0] = 1\nreturn dZ", "wrong", "where:case"),
    (RELU, "dZ = dA @ (Z > 0)\nreturn dZ", "unreadable", None),
    (LAYER, "do = 2/n * (o - y)\nd_h = np.outer(do, W2)\nd_z = d_h * h * (1 - h)\nreturn d_z.T @ x", "correct", None),
    (LAYER, "r = o - y\nr *= 2\nr /= len(x)\ng = r[:, None] * W2\ng *= h * (1 - h)\nreturn g.T @ x", "correct", None),
    (LAYER, "r = o - y\nr = 2*r/n\nreturn (np.outer(r, W2) * h * (1 - h)).T @ x", "correct", None),
    (LAYER, "n, d = x.shape\nh = 1/(1 + np.exp(-(x @ W1.T + b1)))\nr = 2*(h @ W2 + b2 - y)/n\n"
            "return (np.outer(r, W2) * h * (1 - h)).T @ x", "correct", None),
    (LAYER, "r = 2/n * (o - y)\ng = np.outer(r, W2) * h * (1-h)\ndW1 = g.T @ x\ndb1 = g.sum(axis=0)", "correct", None),
    (LAYER, "r = 2/n * (o - y)\ng = np.outer(r, W2) * h * (1-h)\ndW1 = g.T @ x\nreturn dW1, g.sum(0)", "correct", None),
    (LAYER, "r = 2/n * (o - y)\ng = np.outer(r, W2) * h * (1 - h)\nreturn g.sum(axis=0)", "wrong", "missing-factor"),
    (LAYER, "r = 2/n * (o - y)\ng = np.outer(r, W2) * h * (1 + h)\nreturn g.T @ x", "wrong", "sign"),
]  # fmt: skip


ENTRIES = [
    # at the place of a label; p - onehot(y), over n
    ("q = softmax(z)\nq[np.arange(n), y] -= 1\nq /= n", "equal"),
    ("q = softmax(z)\nm = z.shape[0]\nq[range(m), y] -= 1\nreturn q/m", "equal"),
    ("q = softmax(z)\nq[np.arange(len(z)), y] = q[np.arange(len(z)), y] - 1\nreturn q/n", "equal"),
    ("q = softmax(z)\nq[np.arange(n), y] += 1\nq /= n", "different"),
    ("q = softmax(z)\nq[np.arange(K), y] -= 1\nq /= n", "unreadable"),
    ("q = softmax(z)\nq[np.arange(n), k] -= 1\nq /= n", "unreadable"),
    ("q = softmax(z)\nq[y] -= 1\nq /= n", "unreadable"),
]


@pytest.mark.parametrize(("code", "status"), ENTRIES)
def test_one_entry_of_every_row_is_changed_at_the_place_of_its_label(code: str, status: str) -> None:
    names = parse_names("z: real[n,K]; y: index[K] of [n]; i: index[n]; j: index[K]; k: index[K] of []")
    assert compare(code, "(softmax(z)_{ij} - 1[y_i = j])/n", names=names).status == status


def test_one_entry_of_a_vector_is_changed_at_the_place_of_a_label() -> None:
    names = parse_names("p: simplex[K]; k: index[K] of []; j: index[K]")
    truth = "p_j - 1[k=j]"
    assert compare("d = p.copy()\nd[k] -= 1", truth, names=names).status == "equal"
    assert compare("d = p.copy()\nd[k] = p[k] - 1\nreturn d", truth, names=names).status == "equal"
    assert compare("d = p.copy()\nd[k] = 1 - p[k]\nreturn d", truth, names=names).status == "different"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("t = s.reshape(-1, 1)\nreturn np.diagflat(t) - np.dot(t, t.T)", "equal"),
        ("def jacobian(s):\n    s = s.reshape(-1, 1)\n    return np.diagflat(s) - np.dot(s, s.T)", "equal"),
        ("s = s[:, None]\nreturn np.diagflat(s) - s @ s.T", "equal"),
        ("t = s.reshape(-1, 1)\nreturn np.diagflat(t) - np.dot(t.T, t)", "different"),
        ("return np.diagflat(s) - np.dot(s, s.T)", "different"),
    ],
)
def test_a_column_stays_a_column(code: str, status: str) -> None:
    names = parse_names("s: simplex[K]; j: index[K]; k: index[K]")
    assert compare(code, "s_j (1[j=k] - s_k)", names=names).status == status


@pytest.mark.parametrize(("part", "code", "status", "tag"), JUDGED)
@pytest.mark.long
def test_lines_of_code_are_judged_by_what_they_compute(part: str, code: str, status: str, tag: str | None) -> None:
    verdict = check(part, code)
    assert (verdict.status, verdict.diagnosis.tag if verdict.diagnosis else None) == (status, tag), verdict


REFUSED = [
    ("dZ = dA\ndZ[Z <= 0] = 0\nreturn dZ", "one array here"),
    ("g = dA * 1.0\nf = g\nf *= (Z > 0)\nreturn g", "one array here"),
    ("g = (dA * 1.0)\nf = g.T\nf *= 2\nreturn g", "one array here"),
    ("dZ = np.zeros_like(Z)\nfor i in range(m):\n    dZ[i] = dA[i] * (Z[i] > 0)\nreturn dZ", "a loop is not read"),
    ("while True:\n    dA *= 2", "a loop is not read"),
    ("if Z > 0:\n    return dA\nelse:\n    return 0", "a branch is not read"),
    ("dZ = foo(dA)\nreturn dZ", "foo is not declared"), ("dZ = np.foo(dA)\nreturn dZ", "np.foo is not read"),
    ("dZ = dA.copy()\ndZ[0] = 0\nreturn dZ", "only a condition"),
    ("dZ = dA.copy()\ndZ[Z.sum(axis=1) > 0] = 0\nreturn dZ", "has not the shape of dZ"),
    ("dZ = dA.copy()\ndZ[Z <= 0] = dA\nreturn dZ", "more than one value"),
    ("s = np.sum(dA)\ns += dA\nreturn s", "another shape"),
    ("return dA\ndA *= 2", "behind return is never reached"), ("def f(dA):\n    return", "it returns nothing"),
    ("def f(dA, s=2):\n    return s * dA", "the argument s=2 is not read"),
    ("g = dA * 1.0\nreturn g(Z > 0)", "g is a value here, and no function"),
    ("g = dA * 2\nreturn g, dA", "several values"), ("g = dA * (Z > 0)  # times two\nreturn g", "'times'"),
    ("dA //= 2\nreturn dA", "//= is not read"), ("with grad():\n    dA *= 2\nreturn dA", "a block is not read"),
    ("g = dA * (Z > 0)  # 2 dA\nreturn g", "a formula in a comment"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "says"), REFUSED)
def test_what_is_no_straight_line_is_refused_with_its_reason(code: str, says: str) -> None:
    verdict = check(RELU, code)
    assert verdict.status == "unreadable", verdict
    assert verdict.at is not None
    assert any(part in verdict.at.message for part in says.split("|")), verdict.at


@pytest.mark.parametrize(
    "text", ["p = sigmoid(z)\np - y", "a = b = c", "w[i] = 2 y_i", "L = z**2", "**a + b**", "if i = j: y_i (1 - y_i)",
             "for all i in [n]: w.T @ x_i", "r = X w - y\nX.T @ r"]
)  # fmt: skip
def test_what_is_written_on_paper_is_no_code(text: str) -> None:
    assert program_of(text) is None


# ---------------------------------------------------------------- against NumPy

DECLARED = "X: real[n,d]; Z: real[n,d]; w: real[d]; y: real[n]; b: real"
RANDOM = np.random.default_rng(11)


def values() -> dict[str, np.ndarray]:
    """Fresh arrays, which a run may change."""
    rng = np.random.default_rng(11)
    return {k: rng.standard_normal(s) for k, s in {"X": (4, 3), "Z": (4, 3), "w": 3, "y": 4, "b": ()}.items()}


def program(rng: random.Random) -> str:
    """Lines of code at random; not every one has shapes that conform."""
    names = ["X", "Z", "w", "y", "b"]
    lines = []
    for k in range(rng.randint(2, 6)):
        one, two = rng.choice(names), rng.choice(names)
        kind = rng.random()
        new = f"v{k}"
        if kind < 0.5:
            made = rng.choice([f"{one}.copy()", f"{one} * {two}", f"{one} + 2.0 * {two}", f"np.exp(-{one})", one,
                               f"{one}.T", f"{one} @ {two}", f"{one}.sum(axis=0)",
                               f"np.zeros_like({one})", f"{one}[:, None]", f"np.maximum({one}, 0)",
                               f"{one} > 0"])  # fmt: skip
            lines.append(f"{new} = {made}")
            names.append(new)
        elif kind < 0.75:
            lines.append(f"{one} {rng.choice(['+=', '-=', '*=', '/='])} {rng.choice([two, '2.0'])}")
        else:
            condition, op = f"{two} {rng.choice(['<', '>='])} 0", rng.choice(["=", "+=", "*="])
            lines.append(f"{one}[{condition}] {op} {rng.choice(['0', '3.0', 'b', f'2.0 * {one}[{condition}]'])}")
    return "\n".join([*lines, f"return {names[-1]}"])


def agreements(seeds: range) -> int:
    """How many of the random programs are read, each as what Python computes."""
    agreed = 0
    names = parse_names(DECLARED)
    for seed in seeds:
        text = program(random.Random(seed))
        steps = program_of(text)
        assert steps is not None
        lines = Lines(names, text)
        try:
            for step in steps.steps:
                lines.take(step)
            made = defined(text, names)
            assert made.fault is None, (text, made.fault)
            read_as = made.inline(read(last_value(steps, lines, None), made.names), names)
        except ReadError:
            continue
        if read_as.shape_error is not None:
            continue
        room = {"np": np, **values()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                exec(text.replace("return ", "result = "), room)  # the text is made above
            except ValueError:  # a number times an array by @, which is read with a note
                continue
            function = guarded({"f": read_as}, "f", "")
            got = np.asarray(
                function(**{k: {**values(), "n": 4, "d": 3}[k] for k in inspect.signature(function).parameters})
            )
        want = np.asarray(room["result"], dtype=float)
        assert got.size == want.size, (seed, text)
        assert np.allclose(got.reshape(want.shape), want, equal_nan=True), (seed, text)
        agreed += 1
    return agreed


@pytest.mark.long
def test_what_is_read_is_what_python_computes() -> None:
    assert agreements(range(500)) > 60


@pytest.mark.soak
def test_what_is_read_is_what_python_computes_in_many_programs() -> None:
    assert agreements(range(2_000)) > 250


@pytest.mark.parametrize(
    "same", ["(r)", "((r))", "(r)[:]", "np.transpose(r)", "r if 1 > 0 else r", "np.array(r, copy=False)"]
)
def test_an_array_under_two_names_is_not_changed_in_place(same):
    verdict = check("beyond/linear_regression.gradient", f"r = X @ w - y\ns = {same}\ns *= 2\nX.T @ r")
    assert verdict.status == "unreadable"
