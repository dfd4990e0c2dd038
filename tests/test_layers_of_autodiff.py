"""Emitted layers: autodiff goes through the derived forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from checker.__main__ import main
from derivations import derive, gradient
from derivations.emit import CannotEmit, emit

CLASSES = 4

LAYERS = [
    ("linear_regression", ("L", "dL/dw"), {"X": (5, 3), "y": (5,), "w": (3,)}),
    ("batch_norm", ("y", "dL/dx", "dL/dgamma", "dL/dbeta"), {"x": (5, 3), "gamma": (3,), "beta": (3,)}),
    (
        "gru",
        ("L", "dL/dW", "dL/dU_z", "dL/dh_0"),
        {
            "W_z": (3, 3),
            "U_z": (3, 2),
            "b_z": (3,),
            "W_r": (3, 3),
            "U_r": (3, 2),
            "b_r": (3,),
            "W": (3, 3),
            "U": (3, 2),
            "b": (3,),
            "h_0": (3,),
            "x": (4, 2),
            "y": (4, 3),
        },
    ),
]
TYPED = [
    (
        "sum_i log(1 + exp(-y_i w^T x_i)) + l/2 ||w||^2",
        ["w", "l"],
        "y: real[n]; x: real[n,d]; w: real[d]; l: positive",
        {"y": (5,), "x": (5, 3), "w": (3,), "l": ()},
    ),
    (
        "log(abs(det(A))) + b^T inv(A) b",
        ["A", "b"],
        "A: real[n,n]; b: real[n]",
        {"A": (4, 4), "b": (4,)},
    ),
    (
        "-sum_i log softmax(W x_i + b)_{c_i}",
        ["W", "b"],
        "W: real[K,d]; b: real[K]; x: real[n,d]; c: index[K] of [n]",
        {"W": (4, 3), "b": (4,), "x": (5, 3), "c": None},
    ),
]


def sources(library: str) -> list[tuple[str, dict[str, Any], str]]:
    made = [
        (
            emit({t: derive(model, t).result for t in targets}, "layer", "", backend=library, dressing="layer"),
            shapes,
            "",
        )
        for model, targets, shapes in LAYERS
    ]
    for text, wrt, names, shapes in TYPED:
        whole = gradient(text, wrt, names, value=True)
        made.append((whole.source(library, name="layer", dressing="layer"), shapes, "c" if "c_i" in text else ""))
    return made


def differentiated(source: str) -> list[str]:
    """The arguments that a layer is differentiated by, as its docstring says."""
    told = source.split("differentiated by ")[1].split(";")[0].split(".")[0].replace("\n", " ").split(", ")
    return [name.strip() for name in told]


def values(shapes: dict[str, Any], labels: str) -> dict[str, Any]:
    rng = np.random.default_rng(11)
    return {
        name: rng.integers(0, CLASSES, 5) if name == labels else np.abs(rng.normal(size=shape)) + 0.3
        for name, shape in shapes.items()
    }


def run(text: str) -> Any:
    space: dict[str, Any] = {}
    exec(compile(text, "<backproof>", "exec"), space)  # our own text
    return space["layer"]


@pytest.mark.oracle
@pytest.mark.parametrize("which", range(len(LAYERS) + len(TYPED)))
def test_torch_checks_the_gradients_of_a_layer(which: int) -> None:
    torch = pytest.importorskip("torch")
    source, shapes, labels = sources("torch")[which]
    layer = run(source)
    wanted = differentiated(source)
    given = {name: torch.tensor(value, requires_grad=name in wanted) for name, value in values(shapes, labels).items()}
    order = list(layer.__code__.co_varnames[: layer.__code__.co_argcount])
    assert torch.autograd.gradcheck(layer, [given[name] for name in order])


@pytest.mark.oracle
@pytest.mark.parametrize("which", range(len(LAYERS) + len(TYPED)))
def test_jax_differentiates_a_layer_as_its_forward(which: int) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    source, shapes, labels = sources("jax")[which]
    space: dict[str, Any] = {}
    exec(compile(source, "<backproof>", "exec"), space)  # our own text
    given = values(shapes, labels)
    order = list(space["layer_forward"].__code__.co_varnames[: space["layer_forward"].__code__.co_argcount])
    at = tuple(order.index(name) for name in differentiated(source))
    arrays = [jax.numpy.asarray(given[name]) for name in order]

    def plain(*a: Any) -> Any:
        return (space["layer_forward"](*a)[0] ** 2).sum()

    def derived(*a: Any) -> Any:
        return (space["layer"](*a) ** 2).sum()

    for mine, theirs in zip(jax.jit(jax.grad(derived, at))(*arrays), jax.grad(plain, at)(*arrays), strict=True):
        assert np.allclose(mine, theirs, rtol=1e-9, atol=1e-10)


@pytest.mark.oracle
def test_leading_axes_pass_through_a_layer_and_torch_maps_it() -> None:
    torch = pytest.importorskip("torch")
    layer = run(sources("torch")[0][0])
    x, y = torch.randn(7, 5, 3, dtype=torch.double), torch.randn(7, 5, dtype=torch.double)
    w = torch.randn(3, dtype=torch.double, requires_grad=True)
    layer(x, y, w).sum().backward()
    assert torch.allclose(w.grad, torch.einsum("bnd,bn->d", x, x @ w.detach() - y))
    mapped = torch.func.vmap(torch.func.grad(layer, argnums=2), in_dims=(0, 0, None))(x, y, w.detach())
    assert torch.allclose(mapped.sum(0), w.grad)


@pytest.mark.oracle
def test_jax_maps_a_layer() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    layer = run(sources("jax")[0][0])
    rng = np.random.default_rng(3)
    x, y, w = rng.normal(size=(7, 5, 3)), rng.normal(size=(7, 5)), rng.normal(size=3)
    slopes = jax.vmap(jax.grad(layer, 2), (0, 0, None))(x, y, w)
    assert np.allclose(slopes, np.einsum("bnd,bn->bd", x, x @ w - y))


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_forward_and_backward_share_one_factorisation(library: str) -> None:
    """Of PyTorch the factors are kept as two tensors, which is all that it keeps."""
    text = gradient(TYPED[1][0], ["A", "b"], TYPED[1][2], value=True).source(library, dressing="layer")
    assert text.count("lu_factor(") == 1
    assert "linalg.solve(" not in text
    assert "linalg.inv(" not in text
    if library == "torch":
        assert "ctx.save_for_backward(A, b, lu, exchanged, solution)" in text
        assert "factors = lu, exchanged" in text


def test_a_layer_is_printed_with_its_value_first(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["gradient", "||X w - y||^2", "--wrt", "w", "--names", "X: real[n,d]; y: real[n]; w: real[d]"]
    assert main([*asked, "--torch", "--as-layer", "--name", "squares"]) == 0
    text = capsys.readouterr().out
    assert "class Squares(torch.autograd.Function):" in text
    assert "def squares(X, y, w):" in text
    compile(text, "squares.py", "exec")


def test_what_is_no_layer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    results = {t: derive("linear_regression", t).result for t in ("dL/dw", "L")}
    with pytest.raises(CannotEmit, match="name the value first"):
        emit(results, "f", "", backend="torch", dressing="layer")
    assert main(["code", "linear_regression", "L", "dL/dw", "--as-layer"]) == 2
    assert "add --torch or --jax" in capsys.readouterr().err


@pytest.mark.oracle
@pytest.mark.parametrize("which", range(len(LAYERS) + len(TYPED)))
def test_torch_compiles_a_layer_as_one_graph(which: int) -> None:
    """The graph is captured whole, forward and backward; which compiler makes machine code of it is not ours."""
    torch = pytest.importorskip("torch")
    source, shapes, labels = sources("torch")[which]
    layer = run(source)
    order = list(layer.__code__.co_varnames[: layer.__code__.co_argcount])
    wanted = differentiated(source)

    def gradients(by: Any) -> list[Any]:
        given = {
            name: torch.tensor(value, requires_grad=name in wanted) for name, value in values(shapes, labels).items()
        }
        (by(*(given[name] for name in order)) ** 2).sum().backward()
        return [given[name].grad for name in wanted]

    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    for mine, plain in zip(gradients(compiled), gradients(layer), strict=True):
        assert torch.allclose(mine, plain)
