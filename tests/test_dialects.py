"""The code for libraries that are not NumPy: its values and dtypes are those of NumPy's code, for the array API
standard over its strict implementation, for CuPy over NumPy under CuPy's name. And the list of backends."""

from __future__ import annotations

import inspect
import math
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from every_target import EVERY, targets
from random_formulas import NAMES as RANDOM_NAMES
from random_formulas import SIZES, formula, values
from test_dtypes import FORMULAS, arguments, formulas
from test_numpy_code import arguments as arguments_of_target
from test_ties_in_code import CASES as TIES
from test_typed_stability import NAMES as TYPED_NAMES
from test_typed_stability import TYPED

from derivations import derive, gradient, parse_names
from derivations.atoms import ATOMS
from derivations.emit import CannotEmit, emit, guarded
from derivations.emit.dialect import Dialect
from derivations.emit.dialects import added, backends
from derivations.emit.mangle import identifier
from derivations.evaluate import draw
from derivations.formula import Call, Elem, Formula, Index, walk

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(autouse=True)
def _cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for CuPy: NumPy under its name, and what it has of SciPy's functions in Python."""
    special = types.SimpleNamespace(
        erf=lambda z: np.vectorize(math.erf)(z).astype(z.dtype),
        erfc=lambda z: np.vectorize(math.erfc)(z).astype(z.dtype),
        gamma=lambda z: np.vectorize(math.gamma)(z).astype(z.dtype),
        gammaln=lambda z: np.vectorize(lambda x: math.lgamma(x) if x > 0 else math.inf)(z).astype(z.dtype),
    )
    scipy = types.SimpleNamespace(special=special)
    for name, module in {"cupy": np, "cupyx": types.SimpleNamespace(scipy=scipy), "cupyx.scipy": scipy}.items():
        monkeypatch.setitem(sys.modules, name, module)


def run(text: str) -> Callable[..., Any]:
    """The function `f` of a module."""
    space: dict[str, Any] = {}
    exec(compile(text, "<backproof>", "exec"), space)  # our own text
    return space["f"]


def into(backend: str, value: Any) -> Any:
    """An array of the backend's library; sizes stay numbers."""
    if isinstance(value, int):
        return value
    return pytest.importorskip("array_api_strict").asarray(value) if backend == "array_api" else value


def back(value: Any) -> np.ndarray:
    return np.asarray(value._array if hasattr(value, "_array") else value)


def value(backend: str, form: Formula, given: dict[str, Any]) -> np.ndarray:
    """What the code of a backend gives, in silence."""
    function = run(emit({"result": form}, "f", "", backend=backend))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return back(function(**{k: into(backend, v) for k, v in given.items()}))


def value_or_lack(backend: str, form: Formula, given: dict[str, Any]) -> tuple[np.ndarray | None, str]:
    """The value, or the name of the function that the library has not."""
    try:
        return value(backend, form, given), ""
    except CannotEmit as refusal:
        return None, str(refusal).split()[0]


OTHERS = ["array_api", "cupy"]
HARD = "sum_i sum_j G_ij (sum_k M_ik exp((Q K^T)_ik) V_kj)/(sum_k M_ik exp((Q K^T)_ik))"


@pytest.mark.parametrize("backend", ["torch", *OTHERS])
@pytest.mark.parametrize("wrt", ["Q", "V"])
def test_attention_under_a_mask(backend: str, wrt: str) -> None:
    library = pytest.importorskip("torch") if backend == "torch" else None
    names = "Q: real[n,d]; K: real[n,d]; V: real[n,d]; M: mask[n,n]; G: real[n,d]"
    form = gradient(HARD, wrt, names).result
    r = np.random.default_rng(5)
    given = {name: r.normal(size=(4, 3)) for name in "QKVG"} | {"M": np.tril(np.ones((4, 4)))}
    ours = guarded({"result": form}, "f", "")
    given = {k: v for k, v in given.items() if k in inspect.signature(ours).parameters}
    if library is None:
        got = value(backend, form, given)
    else:
        got = np.asarray(run(emit({"result": form}, "f", "", backend=backend))(
            **{k: library.tensor(v) for k, v in given.items()}))  # fmt: skip
    assert np.allclose(got, ours(**given), rtol=1e-12, atol=1e-12)


LACKING = {"array_api": {"erf", "erfc", "lgamma", "factorial"}, "cupy": set()}
OF_ONE = sorted(fn for fn, row in ATOMS.items() if row.arity == 1 and fn != "factorial")


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize("fn", OF_ONE)
def test_every_function_runs_or_is_refused_by_name(fn: str, backend: str) -> None:
    """Its helpers too: none calls what only NumPy has, or a library that nothing has named."""
    i, x = Index("i", "d"), parse_names("x: positive[d]")
    form = Formula(Call(fn, (Elem("x", (i,)),)), (i,), names=x)
    given = {"x": np.array([0.25, 0.5, 0.75]) ** (-1 if fn in ("acosh", "acsc", "asec") else 1)}
    try:
        ours = guarded({"result": form}, "f", "")
        want = ours(**given)
    except CannotEmit:
        pytest.skip("NumPy's code has none")
    got, lacking = value_or_lack(backend, form, given)
    if got is None:
        assert lacking in LACKING[backend]
        return
    assert np.allclose(got, want, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize("model", EVERY)
@pytest.mark.long
def test_every_target_has_the_value_of_numpys_code(model: str, backend: str) -> None:
    for name, target in targets(model):
        form = derive(name, target).result
        function = run(emit({"result": form}, "f", "", backend=backend))
        assignment = draw.assignments(form.names, 3, None)[0]
        given = arguments_of_target(function, form.names, assignment, 33)
        labels = {identifier(row.name) for row in form.names.inputs() if row.labels}
        given = {k: v if k in assignment.sizes or k in labels else np.asarray(v, float) for k, v in given.items()}
        want = guarded({"result": form}, "f", "")(**given)
        got = back(function(**{k: into(backend, v) for k, v in given.items()}))
        assert got.shape == want.shape, (name, target)
        assert np.allclose(got, want, rtol=1e-9, atol=1e-9 * (1 + np.abs(want).max(initial=0)), equal_nan=True), (
            name, target)  # fmt: skip


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=[t for t, _ in FORMULAS])
@pytest.mark.long
def test_typed_formulas_keep_the_dtype(text: str, wrt: str, backend: str) -> None:
    for form in formulas(text, wrt):
        ours = guarded({"result": form}, "f", "")
        given = arguments(form, ours)
        if not given:
            continue
        sizes = {s: 2 for s in inspect.signature(ours).parameters if s in form.names.sizes}
        for dtype in ("float32", "float64"):
            cast = {k: v.astype(dtype) for k, v in given.items()}
            if backend == "array_api" and any(isinstance(n, Call) and n.fn == "erf" for n in walk(form.body)):
                with pytest.raises(CannotEmit, match=r"erfc? has no array-API form"):
                    value(backend, form, cast | sizes)
                continue
            got = value(backend, form, cast | sizes)
            assert got.dtype == dtype
            assert np.allclose(got, ours(**cast, **sizes), rtol=1e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize(("text", "wrt"), TYPED, ids=[t for t, _ in TYPED])
@pytest.mark.long
def test_typed_formulas_are_finite_and_silent_at_large_logits(text: str, wrt: str, backend: str) -> None:
    r = np.random.default_rng(8)
    for name in wrt.split():
        form = gradient(text, name, TYPED_NAMES).result
        ours = guarded({"result": form}, "f", "")
        wanted, lengths = inspect.signature(ours).parameters, {"K": 3, "n": 3, "d": 2}
        given = {}
        for row in form.names.inputs():
            if row.name in wanted:
                shape = tuple(s if isinstance(s, int) else lengths[s] for s in row.sizes)
                plain = row.domain.name == "real"
                given[row.name] = r.choice([-1000.0, 1000.0, 0.5], shape) if plain else np.full(shape, 0.5)
        sizes = {s: lengths[s] for s in wanted if s not in given}
        with np.errstate(all="ignore"):
            want = ours(**given, **sizes)
            got = value(backend, form, given | sizes) if given else want
        assert np.allclose(got, want, rtol=1e-9, equal_nan=True), name


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize(("text", "wrt", "names"), TIES, ids=[t for t, _, _ in TIES])
def test_ties_are_shared_as_by_numpys_code(text: str, wrt: str, names: str, backend: str) -> None:
    form = gradient(text, wrt, names).result
    ours = guarded({"result": form}, "f", "")
    wanted = inspect.signature(ours).parameters
    rows = {row.name: row for row in form.names.inputs() if row.name in wanted}
    given = {k: np.ones(tuple(s if isinstance(s, int) else 3 for s in row.sizes)) for k, row in rows.items()}
    sizes = {s: 3 for s in wanted if s not in given}
    assert np.allclose(value(backend, form, given | sizes), ours(**given, **sizes))


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.long
def test_random_formulas_have_the_value_of_numpys_code(seed: int, backend: str) -> None:
    made, wrt = formula(seed)
    if not wrt:
        pytest.skip("the formula is a constant")
    form = gradient(made.text, wrt, RANDOM_NAMES).result
    ours = guarded({"result": form}, "f", "")
    every = {**{k: np.asarray(v, float) for k, v in values(seed).items()}, **SIZES}
    given = {k: v for k, v in every.items() if k in inspect.signature(ours).parameters}
    try:
        got = value(backend, form, given)
    except CannotEmit as refusal:
        pytest.skip(str(refusal))
    want = ours(**given)
    assert np.allclose(got, want, rtol=1e-9, atol=1e-9 * (1 + np.abs(want).max(initial=0)), equal_nan=True), made.text


# ---------------------------------------------------------------- as text


def test_the_array_api_form_takes_its_library_from_the_arguments() -> None:
    result = {"J": derive("softmax", "dy_i/dx_j").result}
    body = emit(result, "jacobian", "", backend="array_api").rpartition('"""')[2]
    assert body.strip().startswith("xp = x.__array_namespace__()")
    assert "import" not in body
    assert "einsum" not in body
    with pytest.raises(ValueError, match="no fast form"):
        emit(result, "f", "", backend="array_api", fast=True)


def test_the_cupy_form_writes_in_place_where_numpys_view_would() -> None:
    source = emit({"J": derive("softmax", "dy_i/dx_j").result}, "jacobian", "", backend="cupy")
    body = source.rpartition('"""')[2]
    assert source.startswith("import cupy as cp\n")
    assert "y = softmax(x)" in body
    assert "[..., k, k] += y" in body
    assert "np." not in source


def test_a_function_of_sizes_alone_has_no_library_to_be_of() -> None:
    form = gradient("sum_i w_i", "w", "w: real[n]").result
    with pytest.raises(CannotEmit, match="sizes alone"):
        emit({"dw": form}, "f", "", backend="array_api")
    assert np.array_equal(run(emit({"dw": form}, "f", "", backend="cupy"))(3), np.ones(3))


# ---------------------------------------------------------------- the list


AUTOGRAD = Dialect(
    name="autograd",
    title="Autograd",
    about="over autograd.numpy",
    module="anp",
    imports=("import autograd.numpy as anp",),
    opening=(("dtype", "dtype = {first}.dtype"),),
    bare=(("dtype", "dtype = anp.float64"),),
    diagonal=("{name} = {base}", "{name} = anp.where(anp.eye({name}.shape[-1]) > 0, {name} + {column}, {name})"),
    functions={"erf": "autograd.scipy.special.erf({})"},
    no_fast="its derivatives need new arrays",
)
"""HIPS Autograd, which is none of the backends: everything that a backend is."""


def test_a_backend_is_one_value() -> None:
    result = derive("softmax", "dy_i/dx_j").result
    with added(AUTOGRAD):
        source = emit({"J": result}, "f", "", backend="autograd")
        assert "autograd" in backends()
        with pytest.raises(ValueError, match="its derivatives need new arrays"):
            emit({"J": result}, "f", "", backend="autograd", fast=True)
        from checker.commands import code
        from checker.commands.base import Parser, backend

        parser = Parser("code", code)
        assert "--autograd over autograd.numpy" in " ".join(parser.format_help().split())
        assert backend(parser.parse_args(["softmax", "y", "--autograd"])) == "autograd"
    assert "autograd" not in backends()
    assert "anp.exp" in source
    space: dict[str, Any] = {}
    exec(compile(source.replace("import autograd.numpy", "import numpy"), "<backproof>", "exec"), space)
    x = np.array([0.3, -1.0, 2.0])
    assert np.allclose(space["f"](x), guarded({"J": result}, "f", "")(x), rtol=1e-14)


def test_every_backend_is_documented() -> None:
    page = (DOCS / "numpy.md").read_text()
    for name, dialect in backends().items():
        assert dialect.name == name
        assert name == "numpy" or f"`--{name.replace('_', '-')}`" in page
