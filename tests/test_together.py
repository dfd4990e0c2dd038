"""Several targets in one function: each value is that of its own derivation, also at extreme inputs, and common work is
done once."""

from __future__ import annotations

import ast
import inspect
import warnings

import mpmath
import numpy as np
import pytest
from every_target import BASE
from test_numpy_code import arguments
from test_stability import entries, extreme

from checker.__main__ import main
from derivations import derive, gradient, write
from derivations.closed_form import NoClosedForm
from derivations.derivation import Derivation
from derivations.emit import build
from derivations.emit.mangle import identifier
from derivations.evaluate import draw, floats
from derivations.evaluate.assignment import Assignment
from derivations.formula import is_sum
from derivations.functions import function, name_together, together
from derivations.models import load
from derivations.pipeline import posed
from derivations.together import shareable

NETWORK = ("L", "dL/dW1", "dL/db1", "dL/dW2", "dL/db2")


def body(source: str) -> list[str]:
    return [line.strip() for line in source.rpartition('"""')[2].split("\n") if line.strip()]


def derivable(model: str) -> tuple[str, ...]:
    found = []
    for target in load(model).targets:
        try:
            derive(model, target)
        except NoClosedForm:
            continue
        found.append(target)
    return tuple(found)


# ---------------------------------------------------------------- the text


def test_a_training_step_is_what_a_person_would_write():
    assert body(together("two_layer:batch", NETWORK)) == [
        "if X.shape[-2] != Y.shape[-2] or W2.shape[-1] != Y.shape[-1]:",
        'raise ValueError(f"shapes that do not fit: X {X.shape}, Y {Y.shape}, W2 {W2.shape}")',
        "Z1 = X @ W1 + b1",
        "A1 = np.maximum(Z1, 0)",
        "Z2 = A1 @ W2 + b2",
        "total = Z2.max(axis=-1)",
        "exponential = np.exp(Z2 - total[..., None])",
        "total2 = exponential.sum(axis=-1)",
        "dL_dZ2 = exponential / total2[..., None] - Y",
        "dL_dZ1 = dL_dZ2 @ W2.mT * (Z1 > 0)",
        'L = np.einsum("...ij,...ij->...", Y, (total + np.log(total2))[..., None] - Z2)',
        "dL_dW1 = X.mT @ dL_dZ1",
        "dL_db1 = dL_dZ1.sum(axis=-2)",
        "dL_dW2 = A1.mT @ dL_dZ2",
        "dL_db2 = dL_dZ2.sum(axis=-2)",
        "return L, dL_dW1, dL_db1, dL_dW2, dL_db2",
    ]


ONCE = [
    ("two_layer:batch", NETWORK, ("X @ W1", "np.matmul(X_b, W1", "dL_dZ2 @ W2.mT", "np.matmul(dL_dZ2, W2.T")),
    ("attention:heads", ("dL/dQ", "dL/dK", "dL/dV"), ("softmax(", "dL_dO @ V")),
    ("logistic:batch", ("NLL", "dNLL/dtheta"), ("np.matvec(X, theta)", "X_b @ theta")),
    ("batch_norm:eps", ("y", "dL/dx", "dL/dgamma", "dL/dbeta"), ("np.sqrt(", "dL_dy.sum(axis=-2)")),
]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("model", "targets", "work"), ONCE)
def test_common_work_is_done_once(model, targets, work, fast):
    source = "\n".join(body(together(model, targets, fast=fast)))
    assert all(source.count(piece) <= 1 for piece in work)
    if not fast:
        assert any(source.count(piece) == 1 for piece in work)


@pytest.mark.parametrize(("model", "target", "names", "kept"), [
    ("two_layer:batch", "dL/dW1", {"dL/dZ1"}, True),
    ("attention:heads", "dL/dQ", {"dL/dS"}, True),
    ("two_layer:batch", "dL/dW1", {"dL/dYhat"}, False),  # -Y/Yhat
    ("logistic:batch", "dNLL/dtheta", {"dNLL/dp"}, False),  # y/p
    ("batch_norm:eps", "dL/dx", {"dL/dv"}, False),  # 1/(v + ε)^(3/2)
])  # fmt: skip
def test_an_adjoint_that_divides_is_not_kept(model, target, names, kept):
    assert shareable(names, derive(model, target)) is kept


def test_the_name_says_model_and_targets():
    assert name_together("two_layer:batch", NETWORK) == "two_layer_batch_L_dW1_db1_dW2_db2"
    assert name_together("softmax", ("dy_i/dx_j",)) == "softmax_dy_dx"


def test_a_target_twice_is_one_result():
    assert together("softmax", ("y", "y")) == together("softmax", ("y",))


def test_no_target_is_refused():
    with pytest.raises(ValueError, match="name one or more"):
        together("softmax", ())


def test_equal_results_share_no_memory():
    f = function("two_layer", ("dL/db1", "dL/dz1"))
    rng = np.random.default_rng(0)
    one, two = f(
        x=rng.normal(size=2),
        W1=rng.normal(size=(3, 2)),
        b1=np.ones(3),
        W2=rng.normal(size=(4, 3)),
        b2=np.ones(4),
        y=np.eye(4)[0],
    )
    assert np.array_equal(one, two)
    assert not np.shares_memory(one, two)


# ---------------------------------------------------------------- the values


@pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
@pytest.mark.parametrize("model", BASE)
@pytest.mark.long
def test_all_targets_of_a_model_in_one_function(model, fast):
    targets = derivable(model)
    made = function(model, targets, fast=fast)
    names = derive(model, targets[0]).names.with_rows(
        *(row for t in targets for row in derive(model, t).names.values())
    )
    at = draw.assignments(names, 3, None)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # drawn points may lie where a formula is undefined
        got = made(**arguments(made, names, at, 5))
    for target, one in zip(targets, got if len(targets) > 1 else (got,), strict=True):
        want = floats.evaluate(derive(model, target).result, Assignment(at.sizes, at.values, at.points))[5]
        finite = np.isfinite(want)
        size = 1 + np.abs(want[finite]).max(initial=0)
        assert np.allclose(np.broadcast_to(one, want.shape)[finite], want[finite], rtol=1e-8, atol=1e-9 * size), (
            model,
            target,
        )


@pytest.mark.parametrize("model", BASE)
@pytest.mark.long
def test_shared_work_keeps_the_bound_at_extreme_inputs(model):
    """Each result of a common function is as exact as that of a function of its own has to be: 8 u Σ|terms|."""
    targets = derivable(model)
    if len(targets) < 2:
        pytest.skip("one target")
    results = {t: derive(model, t).result for t in targets}
    inputs = [row for f in results.values() for row in f.names.inputs()]
    if any(row.labels or any(map(is_sum, row.sizes)) for row in inputs):
        pytest.skip("labels, and sizes made of others, are drawn at moderate values only")
    if model == "cox":
        pytest.skip("the exponentials at risk are a node, which overflows")
    sizes: dict[str, int] = {}
    for f in results.values():
        for size in [s for row in f.names.inputs() for s in row.sizes if isinstance(s, str)] + list(f.names.sizes):
            sizes.setdefault(size, 2 + len(sizes) % 2)
    rng = np.random.default_rng(2)
    values = {
        row.name: np.asarray(extreme(model, row, sizes, "logits", "float64", rng))
        for f in results.values()
        for row in f.names.inputs()
    }
    made = build(together(model, targets))
    wanted = inspect.signature(made).parameters
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # some targets are undefined here, and left out below
        try:
            got = made(
                **{identifier(k): v for k, v in values.items() if identifier(k) in wanted},
                **{k: v for k, v in sizes.items() if k in wanted},
            )
        except np.linalg.LinAlgError:
            pytest.skip("a matrix that is singular at this point")
    unit = mpmath.mpf(2) ** -53
    for target, one in zip(targets, got, strict=True):
        try:
            value, scale, lost = entries(results[target], values, sizes)
        except (ZeroDivisionError, NotImplementedError):  # undefined at this point, or a matrix atom
            continue
        alone = derive(model, target).numpy()
        with np.errstate(all="ignore"):
            least = np.asarray(
                alone(
                    **{
                        identifier(k): v
                        for k, v in {**values, **sizes}.items()
                        if identifier(k) in inspect.signature(alone).parameters
                    }
                )
            )
        for cell in np.ndindex(value.shape):
            if not (
                np.isfinite(least[cell]) and mpmath.isfinite(scale[cell])
            ):  # undefined, or -t/y where y is less than the smallest float
                continue
            error = abs(mpmath.mpf(float(one[cell])) - value[cell])
            assert error <= 8 * unit * scale[cell] + 8 * lost[cell] + 1e-307, (
                model,
                target,
                cell,
                float(error / (unit * scale[cell])) if scale[cell] else float(error),
            )


# ---------------------------------------------------------------- of a formula that is typed

FACTORS = ("||U V - A||^2", "A: real[n,m]; U: real[n,k]; V: real[k,m]")
LOSS = ("sum_i log(1 + exp(-y_i x_i^T w)) + c ||w||^2", "x: real[n,d]; y: labelpm1[n]; w: real[d]; c: positive")

ASKED = [
    (FACTORS, ["U", "V"], {}, ["df/dU", "df/dV"]),
    (FACTORS, ["U", "V"], {"value": True}, ["f", "df/dU", "df/dV"]),
    (FACTORS, ["U"], {"along": "D"}, ["d2f/dU2 along D"]),
    (LOSS, ["w"], {"value": True, "along": "v"}, ["f", "df/dw", "d2f/dw2 along v"]),
    (LOSS, ["w"], {"hessian": True}, ["d2f/dw2"]),
    (LOSS, ["w"], {"value": True, "hessian": True, "along": "v"}, ["f", "df/dw", "d2f/dw2 along v", "d2f/dw2"]),
]


@pytest.mark.parametrize(("formula", "wrt", "how", "targets"), ASKED)
def test_one_function_of_what_was_asked(formula, wrt, how, targets):
    both = gradient(formula[0], wrt, formula[1], **how)
    assert [d.target for d in both] == targets
    assert both[targets[-1]] is both[len(both) - 1]
    text = both.source(name="step")
    functions = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert functions[-1] == "step"
    assert len(set(functions)) == len(functions)
    rng, f = np.random.default_rng(0), both.numpy()
    sizes = {"n": 4, "m": 5, "k": 2, "d": 3}
    given = {
        row.name: rng.choice([-1.0, 1.0], 4) if row.name == "y" else rng.uniform(0.5, 1, [sizes[s] for s in row.sizes])
        for d in both
        for row in d.names.inputs()
        if row.name in inspect.signature(f).parameters
    }
    got = f(**given)
    for result, d in zip(got if len(both) > 1 else [got], both, strict=True):
        alone = d.numpy()
        wanted = alone(**{k: v for k, v in given.items() if k in inspect.signature(alone).parameters})
        assert np.allclose(result, wanted, rtol=1e-12), d.target


@pytest.mark.parametrize("backend", ["numpy", "numba", "jax", "torch", "array_api", "cupy"])
def test_the_command_prints_what_python_gives(backend, tmp_path, capsys):
    file, (formula, names) = tmp_path / "step.py", FACTORS
    flag = f"--{backend.replace('_', '-')}"
    argv = ["gradient", formula, "--wrt", "U,V", "--names", names, "--value", flag, "--name", "step", "-o", str(file)]
    assert main(argv) == 0
    assert not capsys.readouterr().out
    assert file.read_text() == gradient(formula, ["U", "V"], names, value=True).source(backend, name="step")


def test_one_name_gives_a_derivation_as_before():
    assert isinstance(gradient(FACTORS[0], "U", FACTORS[1]), Derivation)
    assert [d.target for d in gradient(FACTORS[0], "U", FACTORS[1], value=True)] == ["f", "df/dU"]


def test_bindings_facts_and_minima_are_asked_in_python_too():
    let = "z_i = w^T x_i; L = 1/2 sum_i (z_i - y_i)^2"
    names = "x: real[n,d]; w: real[d]; y: real[n]; i: index[n]"
    assert gradient(None, "w", names, let=let).target == "dL/dw"
    assert gradient(None, "w", names, let=let, of="L", argmin=True).target == "argmin L over w"
    one = gradient("-sum_k t_k log softmax(z)_k", "z", "z: real[K]; t: real[K]; k: index[K]", facts=["sum_k t_k = 1"])
    assert write(one.result, "ascii", "auto") == "softmax(z) - t"


@pytest.mark.parametrize(("how", "message"), [
    ({"formula": "w^2", "of": "L"}, "names a binding"),
    ({"formula": None}, "neither a formula nor a binding"),
    ({"formula": "w^2", "wrt": []}, "no name to differentiate by"),
])  # fmt: skip
def test_what_does_not_go_together_is_refused(how, message):
    with pytest.raises(ValueError, match=message):
        gradient(**{"wrt": "w", "names": "w: real", **how})


@pytest.mark.parametrize(
    "more", [["--name", "a b", "--numpy"], ["--name", "step"], ["--torch", "--standalone-checked"]]
)
def test_source_that_cannot_be_asked_for_is_refused(more, capsys):
    assert main(["gradient", "w^2", "--wrt", "w", "--names", "w: real", *more]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert any(words in said for words in ("is no Python name", "are about source", "is for NumPy's code"))


def test_a_typed_loss_is_called_after_itself_where_nobody_names_it():
    model = posed("1/2 ||X w - y||^2", "X: real[n,d]; w: real[d]; y: real[n]", "")[0]
    source = together(model, ["f", "df/dw"])
    assert "def formula_f_dw(" in source
    assert '"""f, df/dw.' in source
