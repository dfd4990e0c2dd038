"""Bindings that use themselves one place before: their gradients in the form of the books, by loops of our own, and
what is refused."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import numpy as np
import pytest
import sympy

from derivations import gradient, read
from derivations.closed_form import NoClosedForm
from derivations.derivation import over
from derivations.domains import parse_names
from derivations.evaluate import draw, floats
from derivations.formula import Elem, Formula
from derivations.functions import function
from derivations.model import ModelError, build
from derivations.normal_form import prove_equal
from derivations.notation.write import write
from derivations.pipeline import NoDerivative, derive
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.inward import from_sympy
from derivations.verify import gentled
from derivations.work import TooMuchWork

SCALAR = "a: real; c: real; b: probability; g: real; r: real[T]; u: real[T]; t: index[T]"
LAYER = "W: real[d,d]; U: real[d,k]; b: real[d]; c: real[d]; u: real[T,k]; y: real[T,d]; t: index[T]; i: index[d]"
CHAIN = "A: simplex[K,K]; B: positive[T,K]; q: simplex[K]; t: index[T]; j: index[K]; l: index[K]"
TANH = "h_t = tanh(W h_{t-1} + U u_t + b); h_0 = c; L = 1/2 sum_t ||h_t - y_t||^2"

ADJOINTS = [
    # names, bindings, target, its last lemma in index form
    (LAYER, TANH, "dL/dh", "h_{ti} + {sum_j dL/dh_{t+1,j} * W_{ji} (1 - h_{t+1,j}^2) if t < T, 0 otherwise} - y_{ti}"),
    (LAYER, TANH, "dL/dW", "sum_t dL/dh_{ti} * h_{t-1,j} (1 - h_{ti}^2)"),
    (LAYER, TANH, "dL/dU", "sum_t dL/dh_{ti} * u_{tj} (1 - h_{ti}^2)"),
    (LAYER, TANH, "dL/db", "sum_t dL/dh_{ti} * (1 - h_{ti}^2)"),
    (LAYER, TANH, "dL/dc", "sum_j dL/dh_{1,j} * W_{ji} (1 - h_{1,j}^2)"),
    (SCALAR, "v_0 = 0; v_t = b v_{t-1} + u_t; J = v_T", "dJ/dv",
     "delta_{Tt} + {b * dJ/dv_{t+1} if t < T, 0 otherwise}"),
    (SCALAR, "v_0 = 0; v_t = b v_{t-1} + u_t; J = v_T", "dJ/db", "sum_t dJ/dv_t * v_{t-1}"),
    (SCALAR, "v_0 = c; v_t = b v_{t-1} + (1 - b) u_t; J = 1/2 sum_t v_t^2", "dJ/dc", "b * dJ/dv_1"),
    (SCALAR, "R_{T+1} = 0; R_t = r_t + a R_{t+1}; J = R_1", "dJ/dR",
     "delta_{t,1} + {a * dJ/dR_{t-1} if t >= 2, 0 otherwise}"),
    (SCALAR, "R_{T+1} = 0; R_t = r_t + a R_{t+1}; J = R_1", "dJ/da", "sum_t dJ/dR_t * R_{t+1}"),
    (CHAIN, "p_1j = q_j B_1j; p_tj = B_tj sum_l p_{t-1,l} A_lj; L = log sum_j p_Tj", "dL/dp",
     "{sum_i dL/dp_{t+1,i} * A_{ji} B_{t+1,i} if t < T, 0 otherwise} + delta_{Tt}/(sum_i p_{Ti})"),
    (CHAIN, "p_1j = q_j B_1j; p_tj = B_tj sum_l p_{t-1,l} A_lj; L = log sum_j p_Tj", "dL/dq", "(dL/dp)_{1,j} B_{1,j}"),
    (SCALAR, "m_t = u_t + {a m_{t-1} if t >= 2, 0 otherwise}; J = sum_t m_t", "dJ/dm",
     "1 + {a * dJ/dm_{t+1} if t < T, 0 otherwise}"),
]  # fmt: skip


def test_bindings_that_go_round_may_be_mixed():
    """m goes round with e, P with A; m uses A, which stands before it, but behind e. It was read as a_t."""
    names = parse_names(SCALAR.replace("a: real", "a: real[T]"))
    mixed = "e_t = u_t - b m_{t-1}; A_t = b P_{t-1} + c^2; m_t = b m_{t-1} + A_t e_t; P_t = A_t/(1 + A_t)"
    starts = "m_0 = 0; P_0 = 1; "
    apart = "A_t = b P_{t-1} + c^2; P_t = A_t/(1 + A_t); e_t = u_t - b m_{t-1}; m_t = b m_{t-1} + A_t e_t"
    values = {"b": 0.5, "c": 0.7, "u": np.array([0.3, -1.2, 2.0, 0.4])}
    one, other = (
        derive(build("m", names, f"{starts}{order}; L = sum_t (m_t^2 + a_t m_t)"), "dL/dc").numpy()
        for order in (mixed, apart)
    )
    given = {**values, "a": np.array([1.0, 0.5, -2.0, 0.1])}
    assert one(**given) == pytest.approx(other(**given), rel=1e-12)


@pytest.mark.parametrize(("names", "bindings", "target", "form"), ADJOINTS)
def test_adjoints_run_the_other_way(names, bindings, target, form):
    derived = derive(build("m", parse_names(names), bindings), target)
    assert derived.checked
    assert write(over(derived.result), "ascii", "index") == form


# ---------------------------------------------------------------- a second way: loops of our own, moved by differences


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _layer(v):
    h, total = v["c"], 0.0
    for u, y in zip(v["u"], v["y"], strict=True):
        h = np.tanh(v["W"] @ h + v["U"] @ u + v["b"])
        total += ((h - y) ** 2).sum() / 2
    return total


def _momentum(v):
    speed = v["c"]
    for u in v["u"]:
        speed = v["b"] * speed + (1 - v["b"]) * u
    return speed**2


def _return(v):
    total, value = 0.0, 0.0
    for r in v["r"][::-1]:
        total = r + v["a"] * total
        value += np.sin(total)
    return value


def _forward(v):
    p = v["q"] * v["B"][0]
    for row in v["B"][1:]:
        p = row * (p @ v["A"])
    return np.log(p.sum())


def _backward(v):
    p = np.ones_like(v["q"])
    for row in v["B"][:0:-1]:
        p = v["A"] @ (row * p)
    return np.log((v["q"] * v["B"][0] * p).sum())


def _cell(v):
    h, c, total = v["h_0"], v["c_0"], 0.0
    for x in v["x"]:
        f, w, o = (_sigmoid(v[f"W_{g}"] @ h + v[f"U_{g}"] @ x) for g in "fwo")
        c = f * c + w * np.tanh(v["W_g"] @ h + v["U_g"] @ x)
        h = o * np.tanh(c)
        total += (h**2).sum()
    return total


def _two_layers(v):
    h, k, total = v["h_0"], v["k_0"], 0.0
    for x in v["x"]:
        h = np.tanh(v["W"] @ h + x)
        k = np.tanh(v["V"] @ k + h)
        total += ((k - h) ** 2).sum()
    return total


def _differences(v):
    last, total = v["c"], 0.0
    for t, u in enumerate(v["u"], 1):
        now = np.sin(v["a"] * last + u)
        total += t * (now - last) ** 2
        last = now
    return total


CELL = "h_0: real[d]; c_0: real[d]; x: real[T,m]; t: index[T]; j: index[d]" + "".join(
    f"; W_{g}: real[d,d]; U_{g}: real[d,m]" for g in "fwog"
)
LOOPS = [
    # names, bindings, the same as a loop, what is differentiated by
    (LAYER, TANH, _layer, "W U b c u"),
    (SCALAR, "v_t = b v_{t-1} + (1 - b) u_t; v_0 = c; J = v_T^2", _momentum, "b c u"),
    (SCALAR, "R_{T+1} = 0; R_t = r_t + a R_{t+1}; J = sum_t sin(R_t)", _return, "a r"),
    (CHAIN, "p_1j = q_j B_1j; p_tj = B_tj sum_l p_{t-1,l} A_lj; L = log sum_j p_Tj", _forward, "A B q"),
    (CHAIN, "p_Tj = 1; p_tj = sum_l A_jl B_{t+1,l} p_{t+1,l}; L = log sum_j q_j B_1j p_1j", _backward, "A B q"),
    (CELL, "f_t = sigmoid(W_f h_{t-1} + U_f x_t); w_t = sigmoid(W_w h_{t-1} + U_w x_t); "
     "o_t = sigmoid(W_o h_{t-1} + U_o x_t); c_t = f_t ⊙ c_{t-1} + w_t ⊙ tanh(W_g h_{t-1} + U_g x_t); "
     "h_t = o_t ⊙ tanh(c_t); L = sum_t ||h_t||^2", _cell, "W_f U_g h_0 c_0 x"),
    ("W: real[d,d]; V: real[d,d]; h_0: real[d]; k_0: real[d]; x: real[T,d]; t: index[T]",
     "h_t = tanh(W h_{t-1} + x_t); k_t = tanh(V k_{t-1} + h_t); J = sum_t ||k_t - h_t||^2", _two_layers, "W V h_0 x"),
    (SCALAR, "v_0 = c; v_t = sin(a v_{t-1} + u_t); J = sum_t t (v_t - v_{t-1})^2", _differences, "a c u"),
]  # fmt: skip
CASES = [(names, bindings, loop, wrt) for names, bindings, loop, by in LOOPS for wrt in by.split()]


def _drawn(names, seed=7):
    """Inputs at sizes of our own: T = 4, the others 2 and 3."""
    rng = np.random.default_rng(seed)
    rows = parse_names(names)
    sizes = dict(zip(rows.sizes, (4 if s == "T" else 2 + k % 2 for k, s in enumerate(rows.sizes)), strict=True))
    made = {}
    for row in rows.inputs():
        shape = tuple(sizes[s] for s in row.sizes)
        value = rng.normal(size=shape) if row.domain.name == "real" else rng.uniform(0.2, 0.8, size=shape)
        made[row.name] = value / value.sum(-1, keepdims=True) if row.domain.name == "simplex" else value
    return made


def _by_differences(loss, values, wrt):
    out = np.zeros_like(values[wrt], dtype=float)
    for cell in np.ndindex(out.shape):
        sides = []
        for sign in (1, -1):
            moved = np.array(values[wrt], dtype=float)
            moved[cell] += sign * 1e-5
            sides.append(loss({**values, wrt: moved}))
        out[cell] = (sides[0] - sides[1]) / 2e-5
    return out


@pytest.mark.parametrize(("names", "bindings", "loop", "wrt"), CASES)
def test_gradients_and_their_code_agree_with_loops(names, bindings, loop, wrt):
    model = build("m", parse_names(names), bindings)
    derived = derive(model, f"d{model.bindings[-1].name}/d{wrt}")
    assert derived.checked
    values = _drawn(names)
    got = derived.numpy()(**{name: values[name] for name in derived.inputs()})
    assert np.allclose(got, _by_differences(loop, values, wrt), atol=1e-7)


@pytest.mark.parametrize(("names", "bindings", "loop"), [row[:3] for row in LOOPS])
def test_values_are_those_of_the_loops(names, bindings, loop):
    """In floats at drawn points, and as code."""
    model = build("m", parse_names(names), bindings)
    top = model.bindings[-1].name
    points = draw.assignments(model.names, seed=3, points=4)[0]
    got = floats.evaluate(Formula(Elem(top), names=model.names), points)
    expected = [loop({name: value[p] for name, value in points.values.items()}) for p in range(4)]
    assert np.allclose(got, expected)
    values = _drawn(names)
    derived = derive(model, top)
    assert np.allclose(derived.numpy()(**{name: values[name] for name in derived.inputs()}), loop(values))


@pytest.mark.oracle
@pytest.mark.parametrize(("names", "bindings", "loop", "wrt"), CASES)
@pytest.mark.parametrize("backend", ["jax", "torch", "array_api"])
def test_other_libraries_run_the_same_loops(names, bindings, loop, wrt, backend):
    model = build("m", parse_names(names), bindings)
    derived = derive(model, f"d{model.bindings[-1].name}/d{wrt}")
    values = {name: np.asarray(value) for name, value in _drawn(names).items()}
    if backend == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
        convert = jax.numpy.asarray
    elif backend == "torch":
        convert = pytest.importorskip("torch").as_tensor
    else:
        convert = np.asarray
    function = _loaded(derived.source(backend, name="g"))
    got = function(*(convert(values[name]) for name in derived.inputs()))
    assert np.allclose(np.asarray(got), derived.numpy()(**{name: values[name] for name in derived.inputs()}))


def _loaded(source):
    space = {}
    exec(compile(source, "emitted", "exec"), space)
    return space["g"]


@pytest.mark.parametrize("target", ["h", "dL/dh"])
def test_states_and_their_adjoints_are_computed_too(target):
    """h and ∂L/∂h are functions of the inputs; the adjoint by differences of a term added to every state."""
    values = _drawn(LAYER)
    values["e"] = np.zeros_like(values["y"])
    derived = derive(build("m", parse_names(LAYER), TANH), target)
    assert set(derived.inputs()) <= {"W", "U", "b", "c", "u", "y"}

    def states(v):
        h, out = v["c"], []
        for u, e in zip(v["u"], v["e"], strict=True):
            h = np.tanh(v["W"] @ h + v["U"] @ u + v["b"]) + e
            out.append(h)
        return np.array(out)

    def loss(v):
        return ((states(v) - v["y"]) ** 2).sum() / 2

    got = derived.numpy()(**{name: values[name] for name in derived.inputs()})
    assert np.allclose(got, states(values) if target == "h" else _by_differences(loss, values, "e"), atol=1e-7)


def test_a_recursion_uses_another_at_a_place_that_is_not_time():
    """g runs over the units j of h, which runs over t: h_tj is taken at j, its first entry left where it is."""
    names = "W: real[d,d]; h_0: real[d]; x: real[T,d]; a: real; g_0: real; t: index[T]; j: index[d]; i: index[d]"
    let = "h_ti = tanh(sum_j W_ij h_{t-1,j} + x_ti); g_j = a g_{j-1} h_{T,j} + h_{1,j} h_{T-1,j}; L = sum_j g_j^2"

    def loss(v):
        h, rows = v["h_0"], []
        for x in v["x"]:
            h = np.tanh(v["W"] @ h + x)
            rows.append(h)
        g, total = v["g_0"], 0.0
        for j in range(len(h)):
            g = v["a"] * g * rows[-1][j] + rows[0][j] * rows[-2][j]
            total += g**2
        return total

    values, model = _drawn(names), build("m", parse_names(names), let)
    for wrt in ("W", "a", "x"):
        derived = derive(model, f"dL/d{wrt}")
        got = derived.numpy()(**{name: values[name] for name in derived.inputs()})
        assert np.allclose(got, _by_differences(loss, values, wrt), atol=1e-7)


def test_code_is_one_loop_each_way():
    """What no step changes stands before the loops; each place is computed once."""
    model = build("m", parse_names(LAYER), TANH)
    text = derive(model, "dL/dW").source(name="g")
    assert re.findall(r"for .*:", text) == ["for t in range(T):", "for t in reversed(range(T - 1)):"]
    before, _, _ = text.partition("for t in range(T):")
    assert "u @ U.T" in before
    assert "U" not in text.partition("for t in range(T):")[2]


def test_no_product_of_a_step_is_computed_again_by_the_next():
    source = inspect.getsource(function("gru", ["dL/dU"]))
    backward = source[source.index("reversed(") :]
    assert [backward.count(f"@ {w}\n") for w in ("W", "W_r", "W_z")] == [0, 1, 1]
    assert backward.count(") @ W)") == 1
    assert "carried.append(" in backward


def test_what_is_computed_before_a_loop_is_called_after_what_it_is_made_of():
    source = inspect.getsource(function("gru", ["dL/dU"]))
    assert [line for line in ("one_minus_n_squared = 1 - n**2", "r_slope = r * (1 - r)", "n_input = x @ U.T")
            if line not in source] == []  # fmt: skip


def test_a_step_of_a_scan_is_not_called_after_the_first_place():
    """dL/da = dL/dm - dL/de at the last place and before it: in JAX the step returned that of the last place."""
    source = derive("kalman:line", "dLL/dF").source("jax")
    assert "dLL_da_now = dLL_dm_now - dLL_de_now" in source


def test_code_of_a_single_place():
    values = {name: value[:1] if name in ("u", "y") else value for name, value in _drawn(LAYER).items()}
    derived = derive(build("m", parse_names(LAYER), TANH), "dL/dW")
    got = derived.numpy()(**{name: values[name] for name in derived.inputs()})
    assert np.allclose(got, _by_differences(_layer, values, "W"), atol=1e-7)


# ---------------------------------------------------------------- what is refused

REFUSED = [
    # names, bindings, words
    (SCALAR, "m_t = a m_{t-1} + u_t; L = sum_t m_t", "say where m starts: m_0 = …"),
    (SCALAR, "R_t = r_t + a R_{t+1}; L = R_1", "say where R starts: R_{T+1} = …"),
    (SCALAR, "m_0 = c; m_t = a m_t + u_t; L = sum_t m_t", "m is defined by itself"),
    (SCALAR, "m_0 = c; m_t = a m_{t-2} + u_t; L = sum_t m_t", "a recursion uses the place before"),
    (SCALAR, "m_0 = c; m_t = a m_{t-1} + m_{t+1}; L = sum_t m_t", "m goes round in more than one way"),
    (SCALAR, "m_0 = c; p_t = a m_t; m_t = p_t + m_{t-1}; L = sum_t m_t", "is defined by itself"),
    (SCALAR + "; s: real", "s = a s + c; L = s^2", "s is defined by itself"),
    (SCALAR + "; q: real[T]", "p_t = q_t + u_t; q_t = a p_t; L = sum_t q_t", "defined by itself|go round"),
    (SCALAR + "; q: real", "L = q^2; q = a c", "L uses q, which is bound after it"),
    (SCALAR, "m_{t+1} = a m_t + u_t; L = sum_t m_t", "a step is bound at t, by what stands before it: write m_t = …"),
    (SCALAR, "m_t = a z_{t-1} + u_t", "z is not declared"),
    (SCALAR, "m_0 = c; m_t = m_{t-1} + U_t; U_t = a u_t; L = sum_t m_t", "m uses U, which is bound after it"),
    (SCALAR, "m_t = a u_t + (; z_t = m_t", "binding of m"),
]  # fmt: skip


@pytest.mark.parametrize(("names", "bindings", "words"), REFUSED)
def test_what_is_no_recursion_is_refused(names, bindings, words):
    with pytest.raises(ModelError, match=re.escape(words) if "|" not in words else words):
        build("m", parse_names(names), bindings)


def test_the_place_is_shown():
    with pytest.raises(ModelError) as caught:
        build("m", parse_names(SCALAR), "p_t = q_t + u_t; q_t = a u_t")
    span = caught.value.span
    assert span is not None
    assert "q_t + u_t"[slice(*span)] == "q"


def test_lines_that_look_alike_and_are_no_recursions():
    """A shifted input, a letter within a longer one, a letter that is used as a name of its own below."""
    names = parse_names(SCALAR)
    assert build("m", names, "m_t = u_t u_t; e_t = m_t - u_t; L = sum_t e_t^2").nodes == ("m", "e", "L")
    assert build("m", names, "w_t = u_{t-1} - u_t; L = sum_t w_t^2").nodes == ("w", "L")
    assert build("m", names, "s_t = tanh(u_t); h = c; L = sum_t s_t").nodes == ("s", "h", "L")


def test_second_derivatives_and_closed_forms_through_a_recursion_are_refused():
    let = "v_0 = 0; v_t = a v_{t-1} + u_t; J = v_T"
    with pytest.raises(NoDerivative, match="through the recursion of v"):
        gradient(None, "a", SCALAR, let=let, hessian=True)
    with pytest.raises(NoClosedForm, match="enters the recursion of v"):
        gradient(None, "a", SCALAR, let=let, argmin=True)


def test_a_given_length_may_be_too_long_to_check():
    with pytest.raises(
        TooMuchWork, match="recursions over 600 places exceed the limit of 128: declare the size by a letter"
    ):
        gradient(None, "g", "b: real; g: real[300]; t: index[300]", let="v_0 = 0; v_t = b v_{t-1} + g_t; J = v_300")


def test_a_start_is_read_wherever_it_stands():
    one = build("m", parse_names(LAYER), TANH)
    other = build("m", parse_names(LAYER), "h_0 = c; h_t = tanh(W h_{t-1} + U u_t + b); L = 1/2 sum_t ||h_t - y_t||^2")
    given = build(
        "m", parse_names(LAYER + "; h_0: real[d]"), "h_t = tanh(W h_{t-1} + U u_t + b); L = 1/2 sum_t ||h_t - y_t||^2"
    )
    results = {write(over(derive(m, "dL/dW").result), "ascii", "index") for m in (one, other, given)}
    assert len(results) == 1


STEPS = "h = tanh(W c + U u_1 + b); z = tanh(W h + U u_2 + b); L = 1/2 ||h - y_1||^2 + 1/2 ||z - y_2||^2"


@pytest.mark.parametrize("wrt", ["W", "U", "b", "c", "u"])
@pytest.mark.long
def test_two_places_are_the_two_steps_written_out(wrt):
    """∂L/∂(each input) of the recursion at T = 2, and of its steps as bindings."""
    model = build("two", parse_names(LAYER.replace("[T", "[2")), STEPS)
    values = {n: v[:2] if n in ("u", "y") else v for n, v in _drawn(LAYER).items()}
    written, recurs = derive(model, f"dL/d{wrt}"), derive(build("m", parse_names(LAYER), TANH), f"dL/d{wrt}")
    one, other = (d.numpy()(**{n: values[n] for n in d.inputs()}) for d in (written, recurs))
    assert np.allclose(one, other)


# ---------------------------------------------------------------- what else is made of a recursion


@pytest.mark.parametrize(("names", "bindings", "loop", "by"), LOOPS)
@pytest.mark.long
def test_the_fast_form_is_the_loop_with_its_parameters(names, bindings, loop, by):
    """Results go where they are wanted; there is nothing to keep in a workspace."""
    model = build("m", parse_names(names), bindings)
    top, wrt = model.bindings[-1].name, by.split()[0]
    values = _drawn(names)
    step = function(model, [top, f"d{top}/d{wrt}"], fast=True)
    given = {k: v for k, v in values.items() if k in inspect.signature(step).parameters}
    out = (np.empty(()), np.empty_like(values[wrt], dtype=float))
    value, slope = step(**given, out=out, workspace={})
    assert value == out[0]
    assert slope is out[1] or not slope.shape
    assert np.isclose(value, loop(values))
    assert np.allclose(out[1], step(**given)[1])


@pytest.mark.parametrize(("bindings", "equations"), [
    ("v_0 = c; v_t = b v_{t-1} + u_t; J = v_T^2", ["Eq(v[t], b*v[t - 1] + u[t])", "Eq(v[0], v_0)"]),
    ("R_{T+1} = 0; R_t = r_t + a R_{t+1}; J = R_1", ["Eq(R[t], a*R[t + 1] + r[t])", "Eq(R[T + 1], R_end)"]),
])  # fmt: skip
def test_a_recursion_is_an_equation_of_sympy(bindings, equations):
    node = build("m", parse_names(SCALAR), bindings)["J"]
    assert list(map(str, node.sympy_recurrences())) == equations


def test_sympy_has_a_recursion_as_a_name_or_written_out():
    model = build("m", parse_names(SCALAR), "v_0 = c; v_t = sin(a v_{t-1} + u_t); J = v_T^2")
    assert derive(model, "dJ/da").to_sympy() == derive(model, "dJ/da").sympy
    assert str(derive(model, "J").to_sympy({"T": 2})) == "sin(a*sin(a*c + u_1) + u_2)**2"
    slope = derive(model, "dJ/da").lambdify(["a", "c", "u"], {"T": 3}, "math")
    assert np.isclose(slope(0.3, 0.4, [0.1, 0.2, 0.3]), derive(model, "dJ/da").numpy()(a=0.3, c=0.4, u=[0.1, 0.2, 0.3]))
    with pytest.raises(NoSympy, match="h is too long where it is written out"):
        derive("rnn:last", "L").to_sympy({"T": 12, "d": 3, "m": 1})


def test_a_case_of_sympy_keeps_its_entries_inside():
    """What stands under t < n may use the entry behind its own; without the condition it is refused."""
    n, t = sympy.Symbol("n", integer=True, positive=True), sympy.Symbol("t", integer=True, positive=True)
    x = sympy.IndexedBase(sympy.Symbol("x", real=True), (n,))
    guarded = sympy.Sum(sympy.Piecewise((x[t] * x[t + 1], t < n), (0, True)), (t, 1, n))
    assert prove_equal(from_sympy(guarded, "x: real[n]"), read("sum_{t < n} x_t x_{t+1}", "x: real[n]; t: index[n]"))
    with pytest.raises(NoSympy, match="leaves the range 1 to n"):
        from_sympy(sympy.Sum(sympy.Piecewise((x[t] * x[t + 1], t <= n), (0, True)), (t, 1, n)), "x: real[n]")


def test_a_derivation_says_what_recurs():
    model = build("m", parse_names(SCALAR), "R_{T+1} = 0; R_t = r_t + a R_{t+1}; J = R_1")
    assert derive(model, "dJ/da").definitions("ascii")[:2] == [("R_t", "a R_{t+1} + r_t"), ("R_{T+1}", "0")]


SCANNED = "h_t = tanh(W h_{t-1} + x_t)"


def test_a_loop_is_one_step_in_jax() -> None:
    made = gradient("sum_t ||h_t - y_t||^2", "W", SCANNED_NAMES, let=SCANNED, value=True).source("jax")
    assert made.count("jax.lax.scan") == 2
    assert "for t in" not in made
    assert "reverse=True" in made


SCANNED_NAMES = "W: real[d,d]; h_0: real[d]; x: real[T,d]; y: real[T,d]; t: index[T]"


@pytest.mark.oracle
@pytest.mark.parametrize("T", [1, 2, 7])
def test_scans_pass_through_jit_grad_and_vmap(T: int) -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    derived = gradient("sum_t ||h_t - y_t||^2", "W", SCANNED_NAMES, let=SCANNED, value=True)
    space: dict = {}
    exec(derived.source("jax"), space)
    f = space["gradient"]
    rng = np.random.default_rng(T)
    given = {
        "W": rng.normal(size=(3, 3)),
        "h_0": rng.normal(size=3),
        "x": rng.normal(size=(T, 3)),
        "y": rng.normal(size=(T, 3)),
    }
    value, slope = derived.numpy()(**given)
    mine = jax.jit(f)(**given)
    np.testing.assert_allclose(mine[0], value, rtol=1e-12)
    np.testing.assert_allclose(mine[1], slope, rtol=1e-10)
    by = jax.jit(jax.grad(lambda W: f(**{**given, "W": W})[0]))(given["W"])
    np.testing.assert_allclose(by, slope, rtol=1e-10)
    many = jax.vmap(lambda x: f(**{**given, "x": x}))(np.stack([given["x"], 2 * given["x"]]))
    np.testing.assert_allclose(many[1][0], slope, rtol=1e-10)
    assert jax.make_jaxpr(lambda W: f(**{**given, "W": W}))(given["W"]).pretty_print().count("scan[") == 2


FORWARDS = [
    ("rnn", "dL/dU"), ("lstm", "dL/dx"), ("lstm", "dL/dc_0"), ("gru", "dL/dW"), ("hmm", "dL/dA"),
    ("discounted_return", "dJ/dr"), ("discounted_return", "dJ/dgamma"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "target"), FORWARDS)
def test_the_derivative_along_a_direction_is_the_gradient_times_it(model: str, target: str):
    """Forwards through the recursion, against the reverse sweep."""
    along, gradient_ = derive(model, f"{target} along way"), derive(model, target)
    assert along.checked
    for drawn in draw.assignments(along.names, seed=3, points=4):
        at = gentled(drawn, along.names)
        got = np.asarray(floats.evaluate(replace(along.result, names=along.names), at), float)
        slope = np.asarray(floats.evaluate(replace(gradient_.result, names=gradient_.names), at), float)
        expected = (slope * at.values["way"]).reshape(len(slope), -1).sum(1)
        finite = np.isfinite(got) & np.isfinite(expected)
        assert finite.any()
        assert np.allclose(got[finite], expected[finite], rtol=1e-6, atol=1e-9)


def test_a_tangent_is_a_loop():
    names = "a: real; c: real; x: real[T]; t: index[T]"
    let = "h_0 = c; h_t = tanh(a h_{t-1} + x_t)"
    x = np.random.default_rng(0).normal(size=6)

    def states(a: float, c: float) -> np.ndarray:
        h, made = c, []
        for entry in x:
            h = np.tanh(a * h + entry)
            made.append(h)
        return np.array(made)

    by_a = gradient(None, "a", names, let=let, of="h", jvp="v")
    by_c = gradient(None, "c", names, let=let, of="h", jvp="v")
    assert [lemma.target for lemma in by_c.lemmas] == ["hdot_0", "hdot"]
    width = 1e-6
    for derivation, ends in (
        (by_a, [states(0.7 + s * width, 0.3) for s in (1, -1)]),
        (by_c, [states(0.7, 0.3 + s * width) for s in (1, -1)]),
    ):
        got = derivation.numpy()(a=0.7, c=0.3, x=x, v=2.0)
        assert np.allclose(got, (ends[0] - ends[1]) / width, atol=1e-8)


def test_a_declared_start_of_the_other_end_is_none():
    """Backwards from R_{T+1}: a declared R_0 is another name, and was taken for what stands behind the last place."""
    names = f"{SCALAR}; R_0: real"
    derivation = gradient(None, "a", names, let="R_{T+1} = c; R_t = r_t + a R_{t+1}; J = R_1", of="J")
    r, c, a = np.random.default_rng(0).normal(size=5), 0.3, 0.7
    slope = sum(k * a ** (k - 1) * r[k] for k in range(1, 5)) + 5 * a**4 * c
    assert np.isclose(derivation.numpy()(a=a, c=c, r=r), slope)
    with pytest.raises(ModelError, match="say where R starts"):
        gradient(None, "r", names, let="R_t = r_t + a R_{t+1}; J = R_1", of="J")


def test_what_a_label_picks_of_a_state_is_in_its_step():
    """h_{t,p_t}: the indicators 1[p_t = k] of all places are computed before the loop; code of them within failed."""
    names = "x: real[T,d]; A: real[d,d]; c: real[d]; p: index[d] of [T]; y: real[T]; t: index[T]"
    let = "h_0 = c; h_t = tanh(A h_{t-1} + x_t); L = sum_t (h_{t,p_t} - y_t)^2"
    made = gradient(None, "A", names, let=let, of="L").numpy()
    rng = np.random.default_rng(0)
    x, A, c, y = rng.normal(size=(4, 3)), rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=4)
    p = rng.integers(3, size=4)

    def loss(A: np.ndarray) -> float:
        h, total = c, 0.0
        for row, label, target in zip(x, p, y, strict=True):
            h = np.tanh(A @ h + row)
            total += (h[label] - target) ** 2
        return total

    way, width = rng.normal(size=(3, 3)), 1e-6
    slope = (loss(A + width * way) - loss(A - width * way)) / (2 * width)
    assert np.isclose((made(x=x, A=A, c=c, p=p, y=y) * way).sum(), slope, rtol=1e-6)
