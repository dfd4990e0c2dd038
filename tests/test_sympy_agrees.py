"""A second way to each gradient: SymPy differentiates the written-out loss at small sizes, and both are evaluated at
one exact point."""

from __future__ import annotations

import random

import numpy as np
import pytest
import sympy

from derivations import derive
from derivations.adjoint import adjoint_name
from derivations.emit.mangle import identifier
from derivations.formula import Elem, Formula
from derivations.models import MODELS, load
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.outward import symbols, to_sympy
from derivations.target import read_target
from derivations.verify import pseudo_loss

MAX_ENTRIES = 24


def _first_order(model_name: str) -> list[tuple[str, str]]:
    """Targets dA/dB with B an input and A a scalar (or the loss of a layer)."""
    model = load(model_name)
    found = []
    for text in model.targets:
        target = read_target(text, model)
        if target.kind != "gradient" or target.below is None or target.below.letters or target.top.letters:
            continue
        scalar = (target.top.name == model.loss and model.upstream is not None) or not model.names[
            target.top.name
        ].sizes
        if scalar and model.names[target.below.name].role == "input":
            found.append((model_name, text))
    return found


TOO_LONG = ("lstm", "gru", "kalman")
"""Networks that SymPy takes seconds to write out, for two places of time; tests/test_recursions.py has loops. A
likelihood whose covariance is a product with three unknown matrices; tests/test_models.py has it by hand."""
CASES = [case for name in MODELS if name not in TOO_LONG for case in _first_order(name)]


@pytest.mark.parametrize(("model_name", "text"), CASES)
@pytest.mark.long
def test_sympy_gives_the_same_gradient(model_name: str, text: str) -> None:
    model = load(model_name)
    target = read_target(text, model)
    assert target.below is not None
    result = derive(model_name, text).result
    recurs = any(row.recursion is not None for row in model.names.values())
    # an entry of a recursion holds every one before it, written out as often as they are used
    sizes = {s: (1 + (s in "TK")) if recurs else 2 + k % 2 for k, s in enumerate(model.names.sizes)}
    if model.upstream is not None and target.top.name == model.loss:
        loss = pseudo_loss(model.names, model.upstream, adjoint_name(model.loss, model.upstream))
    else:
        loss = Formula(Elem(target.top.name), names=model.names)
    try:
        written = to_sympy(loss, sizes)
        ours = to_sympy(result, sizes)
    except NoSympy as reason:
        pytest.skip(str(reason))
    inputs = symbols(model.names, sizes)
    point = _point(inputs, model.names)
    flat = list(_flatten(inputs[target.below.name]))
    entries = list(_flatten(ours.tolist() if hasattr(ours, "tolist") else ours))
    assert len(flat) == len(entries)
    mirrored = (
        _mirrored(inputs[target.below.name])
        if model.names[target.below.name].domain.structure in ("symmetric", "posdef")
        else flat
    )
    for symbol, mirror, entry in list(zip(flat, mirrored, entries, strict=True))[:MAX_ENTRIES]:
        slopes = [_number(sympy.diff(written, s).subs(point)) for s in dict.fromkeys((symbol, mirror))]
        expected = sum(slopes) / len(slopes)  # of a symmetric matrix the symmetrised gradient
        assert abs(_number(entry.subs(point)) - expected) <= 1e-9 * (1 + abs(expected)), f"∂/∂{symbol}"


def _mirrored(values):
    """The transposed entries, in the order of the entries."""
    return [values[c][r] for r in range(len(values)) for c in range(len(values))]


def _number(value: object) -> float:
    return float(sympy.N(value, 30))


def _flatten(values):
    if isinstance(values, list):
        for v in values:
            yield from _flatten(v)
    else:
        yield values


def _point(inputs, names):
    """An exact point inside every domain, seeded."""
    rng = random.Random(7)
    point = {}
    for name, values in inputs.items():
        row = names[name]
        flat = list(_flatten(values))
        for k, symbol in enumerate(flat):
            if row.domain.values:
                value = sympy.Integer(
                    1
                    if row.domain.structure == "onehot"
                    and k % max(1, len(values) if isinstance(values, list) else 1) == 0
                    else row.domain.values[k % 2]
                )
            elif row.domain.high == 1:
                value = sympy.Rational(rng.randint(1, 9), 20)
            elif row.domain.low is not None:
                value = sympy.Rational(rng.randint(3, 29), 10)
            else:
                value = sympy.Rational(rng.choice([-1, 1]) * rng.randint(1, 29), 10)
            point[symbol] = value
    for name, values in inputs.items():
        if names[name].domain.structure in ("symmetric", "posdef"):
            point |= {
                values[r][c]: sympy.Rational(5 if r == c else 1, 2 + r + c)
                for r in range(len(values))
                for c in range(len(values))
            }
        if names[name].domain.structure in ("onehot", "simplex"):
            point |= _rows(values, names[name].domain.structure)
    return point


def _rows(values, structure):
    """One-hot or simplex along the last axis."""
    if values and isinstance(values[0], list):
        made = {}
        for shift, row in enumerate(values):
            made |= _row(row, structure, shift)
        return made
    return _row(values, structure, 0)


def _row(row, structure, shift):
    weights = (
        [1 if (k + shift) % len(row) == 0 else 0 for k in range(len(row))]
        if structure == "onehot"
        else list(range(1, len(row) + 1))
    )
    return {s: sympy.Rational(w, sum(weights)) for s, w in zip(row, weights, strict=True)}


def test_sizes_are_asked_for() -> None:
    loss = load("softmax").node("L")
    assert loss.to_sympy().has(sympy.Sum)
    with pytest.raises(NoSympy, match="give a value for the size K"):
        loss.to_sympy({"n": 2})


@pytest.mark.parametrize(
    ("model_name", "text"), [("batch_norm", "dL/dx"), ("softmax", "dL/dx"), ("logistic:batch", "dLL/dtheta")]
)
def test_the_lambdified_function_equals_the_emitted_one(model_name: str, text: str) -> None:
    derivation = derive(model_name, text)
    sizes = {s: 3 + k for k, s in enumerate(derivation.names.sizes)}
    function = derivation.numpy()
    rng = np.random.default_rng(5)
    shapes = {identifier(n): tuple(sizes[str(s)] for s in derivation.names[n].sizes) for n in derivation.inputs()}
    arrays = {name: rng.random(shape) for name, shape in shapes.items()}
    assert np.allclose(np.array(derivation.lambdify(sizes=sizes)(**arrays), float), function(**arrays))
