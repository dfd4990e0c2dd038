"""Arrays of indices: `y: index[K] of [n]` below names, in conditions, in gradients and in code."""

from __future__ import annotations

import inspect
import time
from typing import Any

import numpy as np
import pytest

from checker import check, compare
from derivations import gradient
from derivations.domains import NamesError, parse_names
from derivations.emit import emit, guarded
from derivations.emit.dialects import backends
from derivations.model import ModelError
from derivations.notation import ReadError, read
from derivations.notation.write import write
from derivations.pipeline import posed
from problems.loader import read_text

NAMES = (
    "y: index[K] of [n]; a: index[V] of [n]; z: index[n] of [n]; c: index[K] of []; f: real[n,K]; g: real[K]; "
    "E: real[V,d]; t: real[K]; q: real[n]; i: index[n]; k: index[K]; j: index[d]; yhat: index[K] of [n,m]; r: index[m]"
)

SAME = [
    ("f_{i,y_i}", r"f_{iy_i}"),
    ("f_{i,y_i}", "f[i, y[i]]"),
    ("f_{i,y_i}", r"f_{i, y^{(i)}}"),
    ("f_{i,y_i}", "sum_k 1[y_i = k] f_{ik}"),
    ("g_{y_i}", "g_y_i"),
    ("g_{y_i}", "sum_k δ_{k,y_i} g_k"),
    ("g_{y_{z_i}}", "sum_k 1[y_{z_i} = k] g_k"),
    (r"g_{\hat y_{i,r}}", "sum_k 1[yhat_{i,r} = k] g_k"),
    ("E_{a_i}", "l -> E_{a_i,l}"),
    ("1[y_i = k]", r"\mathbf 1_{\{k = y_i\}}"),
    ("1[y_i = k]", r"\delta_{y_i,k}"),
    ("1[y_i = k]", r"1 - 1[y_i \ne k]"),
    ("sum_k 1[y_i = k]", "1"),
    (r"\sum_{k \ne y_i} f_{ik}", "sum_k f_{ik} - f_{i,y_i}"),
    (r"\sum_{l \ne y_i} \max(0, f_{il} - f_{i,y_i} + 1)", r"\sum_l \max(0, f_{il} - f_{i,y_i} + 1) - 1"),
    ("sum_i q_i E_{a_i}", "l -> sum_v sum_i q_i 1[a_i = v] E_{v,l}"),
    ("g_k 1[y_i = k]", "g_{y_i} 1[y_i = k]"),
    ("-g_c + log sum_k e^{g_k}", "-log softmax(g)_c"),
    ("y_i", "sum_k k 1[y_i = k]"),
    ("q_{z_i}", "sum_l q_l 1[z_i = l]"),
    ("{t_{y_i - 1} if y_i > 1, 0 otherwise}", "sum_{k >= 2} 1[y_i = k] t_{k-1}"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same(one: str, other: str):
    assert compare(one, other, NAMES).status == "equal", (one, other)


DIFFERENT = [
    ("f_{i,y_i}", "f_{ik}"),
    ("f_{i,y_i}", "f_{z_i,y_i}"),
    ("g_{y_i}", "g_{y_{z_i}}"),
    ("g_{y_i}", "g_c"),
    ("1[y_i = k]", r"1[y_i \ne k]"),
    ("1[y_i = k]", "1[y_i = 1]"),
    (r"\sum_{k \ne y_i} f_{ik}", "sum_k f_{ik}"),
    (r"\sum_{k \ne y_i} f_{ik}", "sum_k f_{ik} - g_{y_i}"),
    ("sum_i q_i E_{a_i}", "l -> sum_i q_i E_{1,l}"),
    ("-g_c + log sum_k e^{g_k}", "g_c + log sum_k e^{g_k}"),
    ("-g_c + log sum_k e^{g_k}", "-g_k + log sum_l e^{g_l}"),
    ("y_i", "y_i + 1[y_i = 3]"),
    ("g_{y_i}", "{t_{y_i} if y_i > 1, g_1 otherwise}"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_not_the_same(one: str, other: str):
    assert compare(one, other, NAMES).status == "different", (one, other)


def test_a_counterexample_shows_the_labels():
    verdict = compare("sum_i f_{i,y_i}", "sum_i f_{i,y_i} + 1[y_1 = 2]", NAMES)
    point = verdict.evidence.counterexample if verdict.evidence is not None else None
    assert point is not None
    assert point.names["y"][0] == "2"
    assert set(point.names["y"]) <= {str(k + 1) for k in range(point.sizes["K"])}


REFUSED = [
    ("f_{i,y}", "which entry of it is meant"),
    ("g_y", "which entry of it is meant"),
    ("g_{y_i,k}", "one index too many"),
    ("y_{i,k}", "one index too many"),
    ("f_{i,b_i}", "is no index"),
    ("c_i", "takes no index"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_refused(text: str, said: str):
    with pytest.raises(ReadError, match=said):
        read(text, NAMES)


@pytest.mark.parametrize("text", ["f_{i,a_i}", "f_{y_i,i}", "E_{y_i}", "g_{y_k}"])
def test_labels_of_another_range_do_not_fit(text: str):
    error = read(text, NAMES).shape_error
    assert error is not None
    assert "the subscript" in error.message


@pytest.mark.parametrize("text", [one for one, _ in SAME])
@pytest.mark.parametrize("dressing", ["ascii", "unicode", "latex"])
def test_written_and_read_again(text: str, dressing: str):
    formula = read(text, NAMES)
    assert read(write(formula, dressing), NAMES) == formula


@pytest.mark.parametrize(
    "declaration", ["y: index[K] of [n]", "w: index[V] of [n,T]", "c: index[K] of []", "y: index[3] of [n]"]
)
def test_a_declaration_is_shown_as_it_is_read(declaration: str):
    names = parse_names(declaration)
    assert names.show() == declaration
    assert parse_names(names.show()) == names


@pytest.mark.parametrize("declaration", ["y: real[K] of [n]", "y: index of [n]", "y: index[K,V] of [n]"])
def test_only_one_range_can_be_declared(declaration: str):
    with pytest.raises(NamesError, match="array of indices"):
        parse_names(declaration)


GRADIENTS = [
    # the multiclass hinge through its scores
    (
        r"sum_i sum_{j \ne y_i} max(0, s_{i,j} - s_{i,y_i} + 1)", "W", "X: real[n,d]; W: real[d,K]; y: index[K] of [n]",
        "s = X W", "",
    ),
    # softmax cross-entropy with integer labels, by the scores and by the weights
    (
        "sum_i (log sum_k e^{s_{ik}} - s_{i,y_i})", "s", "s: real[n,K]; y: index[K] of [n]", "",
        "(i, k) -> softmax(s_i)_k - 1[y_i = k]",
    ),
    (
        "1/n sum_i (log sum_k e^{s_{ik}} - s_{i,y_i})", "W", "X: real[n,d]; W: real[d,K]; y: index[K] of [n]",
        "s = X W", "(j, k) -> 1/n sum_i X_{ij} (softmax((X W)_i)_k - 1[y_i = k])",
    ),
    # an embedding layer: the gradient adds up what every place sends to its word
    (
        "sum_t sum_j E_{w_t,j} v_{t,j}", "E", "E: real[V,d]; w: index[V] of [T]; v: real[T,d]", "",
        "(u, j) -> sum_t 1[w_t = u] v_{tj}",
    ),
    ("sum_t (E_{w_t}^T u - b_t)^2", "E", "E: real[V,d]; w: index[V] of [T]; u: real[d]; b: real[T]", "", ""),
    # one label
    ("-s_y + log sum_j e^{s_j}", "s", "s: real[K]; y: index[K]", "", ""),
    ("-log softmax(s)_c", "s", "s: real[K]; c: index[K] of []", "", "k -> softmax(s)_k - 1[k = c]"),
    # ordered classes, labels as numbers, labels of labels, texts of words
    ("sum_i log(sigmoid(t_{y_i} - z_i))", "t", "t: real[K]; z: real[n]; y: index[K] of [n]", "", ""),
    ("sum_i y_i z_i^2", "z", "z: real[n]; y: index[K] of [n]", "", "i -> 2 y_i z_i"),
    ("sum_i c_{y_{z_i}} q_i", "c", "c: real[K]; q: real[n]; y: index[K] of [m]; z: index[m] of [n]", "", ""),
    ("sum_i sum_j T_{i,w_{i,j}}^2 z_{w_{i,j}}", "T", "T: real[n,V]; w: index[V] of [n,m]; z: real[V]", "", ""),
]  # fmt: skip
SIZES = {"n": 5, "K": 4, "d": 3, "T": 6, "V": 7, "m": 8}


def drawn(names: str) -> dict[str, Any]:
    rng = np.random.default_rng(7)
    made: dict[str, Any] = {}
    for row in parse_names(names).values():
        shape = [SIZES[str(s)] for s in row.sizes]
        if row.labels or row.index is not None:
            runs = SIZES[str(row.sizes[-1] if row.labels else row.index.size)]  # type: ignore[union-attr]
            made[row.name] = rng.integers(0, runs, shape[:-1])
        else:
            made[row.name] = rng.normal(size=shape)
    return made


def called(function: Any, given: dict[str, Any]) -> Any:
    wanted = [p for p in inspect.signature(function).parameters if p in given or p in SIZES]
    return function(*(given[p] for p in wanted if p in given), **{p: SIZES[p] for p in wanted if p not in given})


def slopes(formula: str, wrt: str, names: str, let: str, given: dict[str, Any]) -> np.ndarray:
    """Central differences of the formula as code."""
    model, top = posed(formula, names, let)
    value = guarded({"f": model.node(top).formula}, "value", "")
    made = np.zeros_like(given[wrt])
    for at in np.ndindex(made.shape):
        for step in (1e-6, -1e-6):
            moved = given[wrt].copy()
            moved[at] += step
            made[at] += called(value, {**given, wrt: moved}) / (2 * step)
    return made


@pytest.mark.parametrize(("formula", "wrt", "names", "let", "expected"), GRADIENTS)
@pytest.mark.long
def test_gradients(formula: str, wrt: str, names: str, let: str, expected: str):
    found = gradient(formula, wrt, names, let=let)
    if expected:
        assert compare(expected, found.result, names).status == "equal"
    given = drawn(names)
    wanted = slopes(formula, wrt, names, let, given)
    for fast in (False, True):
        function = guarded({"g": found.result}, "gradient", "", fast=fast)
        assert np.abs(called(function, given) - wanted).max() < 1e-7
    space: dict[str, Any] = {}
    exec(emit({"g": found.result}, "gradient", "", backend="array_api"), space)  # NumPy is such a library
    assert np.abs(called(space["gradient"], given) - wanted).max() < 1e-7
    for backend in backends():
        assert emit({"g": found.result}, "gradient", "", backend=backend)


def test_code_indexes_with_the_labels():
    text = emit(
        {"g": gradient("sum_i (log sum_k e^{s_{ik}} - s_{i,y_i})", "s", "s: real[n,K]; y: index[K] of [n]").result},
        "gradient",
        "",
    )
    assert "(y[..., None] == np.arange(s.shape[-1]))" in text
    assert "index[K] of [n], counted from 0" in text


EMBEDDED = "E: real[V,d]; t: real[n,d]; y: index[V] of [n]; s: real[n]; b: real[V]"
SUMS_BY_LABEL = [
    # formula, by what, and by hand
    ("1/2 sum_i ||E_{y_i} - t_i||^2", "E", lambda E, t, y, **_: (E[y] - t, E.shape[0])),
    ("1/2 sum_i s_i ||E_{y_i} - t_i||^2", "E", lambda E, t, y, s, **_: (s[:, None] * (E[y] - t), E.shape[0])),
    ("sum_i s_i b_{y_i}^2", "b", lambda y, s, b, **_: ((2 * s * b[y])[:, None], b.shape[0])),
]


@pytest.mark.parametrize(("formula", "wrt", "by_hand"), SUMS_BY_LABEL)
@pytest.mark.parametrize("fast", [False, True])
def test_what_is_picked_gets_sums_by_label(formula: str, wrt: str, by_hand: Any, fast: bool):
    found, rng = gradient(formula, wrt, EMBEDDED), np.random.default_rng(5)
    text = found.source(fast=fast).rpartition('"""')[2]
    assert "sum_by_label(y, " in text
    assert "arange" not in text
    E, t, y, s, b = rng.normal(size=(6, 3)), rng.normal(size=(9, 3)), rng.integers(6, size=9), *rng.normal(size=(2, 9))
    given = {"E": E, "t": t, "y": y, "s": s, "b": b[:6]}
    rows, size = by_hand(**given)
    wanted = np.zeros((size, rows.shape[1]))
    np.add.at(wanted, y, rows)
    function = found.numpy(fast=fast)
    assert np.allclose(called(function, given).reshape(wanted.shape), wanted)
    names = [name for name in found.inputs() if name != wrt]
    many = {**given, **{name: np.stack([given[name], given[name][::-1]]) for name in names}}
    both = called(function, many)
    assert np.allclose(both[0].reshape(wanted.shape), wanted)
    assert np.allclose(both[1], called(function, {**given, **{name: many[name][1] for name in names}}))


@pytest.mark.oracle
@pytest.mark.parametrize("library", ["jax", "torch"])
@pytest.mark.parametrize(("formula", "wrt", "by_hand"), SUMS_BY_LABEL)
def test_sums_by_label_in_other_libraries(formula: str, wrt: str, by_hand: Any, library: str):
    pytest.importorskip(library)
    space: dict[str, Any] = {}
    exec(gradient(formula, wrt, EMBEDDED).source(library, name="made", with_test=True), space)  # our own text
    space["test_made"]()


@pytest.mark.parametrize("labels", [[0, 6], [-1, 0], [0.5, 1]])
def test_labels_out_of_their_range_are_refused(labels: list[float]):
    function = gradient("1/2 sum_i ||E_{y_i} - t_i||^2", "E", EMBEDDED).numpy()
    with pytest.raises(ValueError, match="y is not all whole numbers from 0 to below V"):
        function(E=np.zeros((6, 3)), y=np.array(labels), t=np.zeros((2, 3)))


def test_labels_do_not_widen_the_results():
    found = gradient("sum_i (log sum_k e^{s_{ik}} - s_{i,y_i})", "s", "s: real[n,K]; y: index[K] of [n]")
    function = guarded({"g": found.result}, "gradient", "")
    assert function(np.zeros((2, 3), np.float32), np.array([0, 2])).dtype == np.float32


PART = """
id = "labels/1"
title = "Labels"
names = { X = "real[n,d]", W = "real[d,K]", s = "real[n,K]", y = "index[K] of [n]", i = "index[n]", j = "index[K]" }
let = "s = X W; L = sum_i (log sum_k e^{s_{i,k}} - s_{i,y_i})"
[[part]]
id = "labels/1a"
kind = "formula"
ask = "dL/ds_ij"
derives = "dL/ds_ij"
"""
ANSWERS = [
    ("softmax(s_i)_j - 1[y_i = j]", "correct", None),
    (r"\frac{e^{s_{ij}}}{\sum_k e^{s_{ik}}} - \mathbf 1\{y_i = j\}", "correct", None),
    (r"\frac{\partial L}{\partial s_{ij}} = softmax(s_i)_j - \delta_{j,y_i}", "correct", None),
    ("{softmax(s_i)_j - 1 if y_i = j, softmax(s_i)_j otherwise}", "correct", None),
    ("softmax(s_i)_j", "wrong", "missing-diagonal"),
    ("softmax(s_i)_j - 1", "wrong", "only-diagonal"),
    ("softmax(s_i)_j + 1[y_i = j]", "wrong", "sign"),
    ("softmax(s_i)_j - 1[y_j = i]", "unreadable", None),
]


@pytest.mark.parametrize(("answer", "status", "tag"), ANSWERS)
def test_answers(answer: str, status: str, tag: str | None):
    problem, faults = read_text(PART, "labels.toml")
    assert problem is not None
    assert not faults
    verdict = check(problem.parts[0], answer)
    assert verdict.status == status
    assert tag is None or (verdict.diagnosis is not None and verdict.diagnosis.tag == tag)


ONE_LABEL = """
id = "labels/2"
title = "One label"
names = { s = "real[K]", y = "index[K]", j = "index[K]", k = "index[K]" }
let = "L = -s_y + log sum_k e^{s_k}"
[[part]]
id = "labels/2a"
kind = "formula"
ask = "dL/ds_j"
derives = "dL/ds_j"
"""
OF_ONE_LABEL = [
    ("softmax(s)_j - 1[j = y]", "correct"),
    (r"\frac{e^{s_j}}{\sum_k e^{s_k}} - \delta_{jy}", "correct"),
    ("softmax(s)_j if j != y else softmax(s)_j - 1", "correct"),
    ("softmax(s)_j - 1", "wrong"),
    ("softmax(s)_y - 1[j = y]", "wrong"),
    ("softmax(s)_j - 1[j = k]", "wrong"),
]


@pytest.mark.parametrize(("answer", "status"), OF_ONE_LABEL)
def test_an_index_on_the_right_side_alone_is_one_label(answer: str, status: str):
    problem, faults = read_text(ONE_LABEL, "labels.toml")
    assert problem is not None
    assert not faults
    assert check(problem.parts[0], answer).status == status


IN_CODE = [
    ("f[np.arange(n), y]", "i -> f_{i,y_i}"),
    ("f[torch.arange(len(y)), y]", "i -> f_{i,y_i}"),
    ("g[y]", "i -> g_{y_i}"),
    ("g[c]", "g_c"),
    ("E[a]", "(i, l) -> E_{a_i,l}"),
    ("E[a, :].sum(axis=0)", "l -> sum_i E_{a_i,l}"),
    ("f[:, y]", "(i, l:n) -> f_{i,y_l}"),
    ("np.exp(f)[np.arange(n), y]", "i -> e^{f_{i,y_i}}"),
    ("-np.log(f[np.arange(n), y]).mean()", "-1/n sum_i log f_{i,y_i}"),
    ("np.eye(K)[y]", "(i, k) -> 1[y_i = k]"),
    ("jax.nn.one_hot(y, K)", "(i, k) -> 1[y_i = k]"),
    ("torch.nn.functional.one_hot(y, num_classes=K)", "(i, k) -> 1[y_i = k]"),
    ("softmax(f, axis=1) - np.eye(K)[y]", "(i, k) -> softmax(f_i)_k - 1[y_i = k]"),
    ("E[yhat]", None),
    ("g[yhat]", "(i, r) -> g_{yhat_{i,r}}"),
]


@pytest.mark.parametrize(("text", "same"), IN_CODE)
def test_arrays_of_indices_in_code(text: str, same: str | None):
    found = read(text, NAMES)
    if same is None:
        assert found.shape_error is not None
    else:
        assert compare(found, read(same, NAMES), NAMES).status == "equal"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("g[y - 1]", "which entry of it is meant"),
        ("np.arange(n)", "is read as an index alone"),
        ("f[np.arange(n), :, y]", "indices"),
        ("f[np.arange(K), y]", "shapes do not conform"),
        ("f[y, np.arange(n)]", "shapes do not conform"),
        ("E[y]", "shapes do not conform"),
    ],
)
def test_code_that_picks_nothing(text: str, said: str):
    try:
        error = read(text, NAMES).shape_error
        message = error.message if error is not None else "read"
    except ReadError as caught:
        message = caught.message
    assert said in message


@pytest.mark.parametrize(
    "text",
    [
        "q_" + "z_" * 1900 + "i",
        "q_{" + "z_{" * 90 + "i" + "}" * 91,
        "q[" + "z[" * 90 + "i" + "]" * 91,
        "q(" + "z_" * 300 + "i)",
        "q[" + "z," * 1500 + "z]",
        "q_{" + "+".join(["z_i"] * 900) + "}",
    ],
)
def test_labels_of_labels_take_no_time(text: str):
    start = time.perf_counter()
    try:
        read(text, NAMES)
    except ReadError as error:
        assert error.tag in ("limit", "index")  # noqa: PT017
    assert time.perf_counter() - start < 2


def test_labels_of_labels_are_judged():
    deep = "q_{" + "z_{" * 12 + "i" + "}" * 13
    assert compare(deep, deep, NAMES).status == "equal"
    assert compare(deep, "q_{z_i}", NAMES).status == "different"


def test_a_label_that_is_declared_as_an_index_is_told_how_a_label_is_declared() -> None:
    with pytest.raises(ModelError, match=r"y is on the right side only; .* y: index\[K\] of \[\]"):
        gradient(None, "z", "z: real[K]; y: index[K]", let="p = softmax(z); L = -log p_y")
    right = gradient(None, "z", "z: real[K]; y: index[K] of []", let="p = softmax(z); L = -log p_y").result
    assert write(right, "ascii", "index") == "i -> p_i - 1[y = i]"
