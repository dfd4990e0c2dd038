"""Bindings that refer to themselves along an index: refused with the reason, never taken for something else; their
steps, written out, are derived."""

from __future__ import annotations

import numpy as np
import pytest

from derivations import gradient
from derivations.domains import parse_names
from derivations.model import ModelError, build
from derivations.pipeline import derive

SCALAR = "a: real; c: real; g: real; r: real[T]; u: real[T]; t: index[T]"
LAYER = "W: real[d,d]; U: real[d,k]; b: real[d]; c: real[d]; u: real[T,k]; t: index[T]"

ITSELF = [
    # names, bindings, the name that is defined by itself
    (SCALAR, "m_t = a m_{t-1} + u_t; L = sum_t m_t", "m"),
    (SCALAR, "m_0 = c; m_t = a m_{t-1} + u_t; L = sum_t m_t", "m"),
    (SCALAR + "; m: real[T]", "m_t = a m_{t-1} + u_t; L = sum_t m_t", "m"),
    (SCALAR + "; m: real[T]", "m_t = a m_t + u_t; L = sum_t m_t", "m"),
    (SCALAR, "v_t = a v_{t-1} + (1 - a) u_t", "v"),
    (SCALAR, "R_t = r_t + a R_{t+1}; L = R_1", "R"),
    (SCALAR, r"m_t = \tanh(a m_{t-1})", "m"),
    (SCALAR + "; s: real", "s = a s + c; L = s^2", "s"),
    (LAYER, "h_t = tanh(W h_{t-1} + U u_t + b); h_0 = c; L = sum_t ||h_t||^2", "h"),
    (LAYER + "; h: real[T,d]", "h_t = tanh(W h_{t-1} + U u_t + b); L = sum_t ||h_t||^2", "h"),
]


@pytest.mark.parametrize(("names", "bindings", "name"), ITSELF)
def test_a_binding_that_refers_to_itself_is_refused(names, bindings, name):
    with pytest.raises(ModelError, match=f"binding of {name}: {name} is defined by itself: recursions over time"):
        build("m", parse_names(names), bindings)


LATE = [
    # names, bindings, who uses, what is bound after it
    (SCALAR + "; q: real[T]", "p_t = q_t + u_t; q_t = a p_t; L = sum_t q_t", "p", "q"),
    (SCALAR, "p_t = a q_{t-1} + u_t; q_t = a p_t; L = sum_t q_t", "p", "q"),
    (LAYER, "z_t = W h_{t-1} + U u_t; h_t = tanh(z_t); h_0 = c", "z", "h"),
    (SCALAR + "; q: real", "L = q^2; q = a c", "L", "q"),
]


@pytest.mark.parametrize(("names", "bindings", "user", "used"), LATE)
def test_a_binding_that_uses_what_is_bound_below_it_is_refused(names, bindings, user, used):
    with pytest.raises(ModelError, match=f"{user} uses {used}, which is bound after it"):
        build("m", parse_names(names), bindings)


OTHERWISE = [
    # names, bindings, words of the refusal: what is not declared and bound nowhere keeps its own message
    (SCALAR, "m_t = a z_{t-1} + u_t", "z is not declared"),
    (SCALAR, "m_t = a u_t + (; z_t = m_t", "binding of m"),
]


@pytest.mark.parametrize(("names", "bindings", "words"), OTHERWISE)
def test_other_refusals_keep_their_words(names, bindings, words):
    with pytest.raises(ModelError) as caught:
        build("m", parse_names(names), bindings)
    assert words in str(caught.value)
    assert "recursions" not in str(caught.value)


def test_the_place_is_shown():
    with pytest.raises(ModelError) as caught:
        build("m", parse_names(SCALAR), "m_t = a m_{t-1} + u_t")
    span = caught.value.span
    assert span is not None
    assert "a m_{t-1} + u_t"[slice(*span)] == "m"


def test_lines_that_look_alike_and_are_no_recursions():
    """A shifted input, a letter within a longer one, a letter that is used as a name of its own below."""
    names = parse_names(SCALAR)
    assert build("m", names, "m_t = u_t u_t; e_t = m_t - u_t; L = sum_t e_t^2").nodes == ("m", "e", "L")
    assert build("m", names, "w_t = u_{t-1} - u_t; L = sum_t w_t^2").nodes == ("w", "L")
    assert build("m", names, "s_t = tanh(u_t); h = c; L = sum_t s_t").nodes == ("s", "h", "L")


STEPS = "h = tanh(W c + U u_1 + b); z = tanh(W h + U u_2 + b); L = sum_j z_j^2"


@pytest.mark.parametrize("wrt", ["W", "U", "b", "c", "u"])
def test_steps_that_are_written_out_are_derived(wrt):
    """∂L/∂(each input) of two steps of a layer, by the emitted function and by differences of a loop of our own."""
    model = build(
        "two", parse_names("W: real[d,d]; U: real[d,k]; b: real[d]; c: real[d]; u: real[2,k]; j: index[d]"), STEPS
    )
    derived = derive(model, f"dL/d{wrt}")
    rng = np.random.default_rng(7)
    at = {
        "W": rng.normal(size=(3, 3)), "U": rng.normal(size=(3, 2)), "b": rng.normal(size=3),
        "c": rng.normal(size=3), "u": rng.normal(size=(2, 2)),
    }  # fmt: skip
    got = derived.numpy()(**{name: at[name] for name in derived.inputs()})

    def loss(values):
        state = values["c"]
        for row in values["u"]:
            state = np.tanh(values["W"] @ state + values["U"] @ row + values["b"])
        return (state**2).sum()

    expected = np.zeros_like(at[wrt])
    for cell in np.ndindex(expected.shape):
        sides = []
        for sign in (1, -1):
            moved = at[wrt].copy()
            moved[cell] += sign * 1e-5
            sides.append(loss({**at, wrt: moved}))
        expected[cell] = (sides[0] - sides[1]) / 2e-5
    assert np.allclose(got, expected, atol=1e-7)


def test_momentum_written_out():
    """v_2 = β (β v_0 + g_1) + g_2: ∂v_2/∂β = 2 β v_0 + g_1."""
    slope = gradient("b (b v + g) + h", "b", "b: real; v: real; g: real; h: real")
    assert slope.result == gradient("b^2 v + b g + h", "b", "b: real; v: real; g: real; h: real").result
