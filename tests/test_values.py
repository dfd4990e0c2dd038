"""What is handed out is a value: it can be pickled, copied, hashed and compared; so can an error that is raised, for
pools of processes."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from checker import check, compare
from checker.check import truth_of
from derivations import derive, gradient, parse_names, read
from derivations.evaluate.program import TooMuchWork
from derivations.models import MODELS, load
from derivations.pipeline import gradients, posed
from problems.bank import load_bank
from problems.loader import load as load_problem

ROOT = Path(__file__).parent.parent
NAMES = parse_names("X: real[n,d]; y: labelpm1[n]; w: real[d]; p: probability; q: interval(0,1); i: index[n]; n: size")


def with_fact():
    return gradients(*posed("sum_k t_k z_k", "t: real[K]; z: real[K]"), ["z"], ["sum_k t_k = 1"])[0]


VALUES = {
    "names": lambda: NAMES,
    "a declaration": lambda: NAMES["i"],
    "a formula": lambda: read("sum_j X_ij w_j + 1[p > q] + prod_k w_k", NAMES),
    "a formula whose shapes do not conform": lambda: read("X + w", parse_names("X: real[n,n]; w: real[m]")),
    "a derivation": lambda: derive("logistic", "dLL/dtheta"),
    "a Jacobian": lambda: derive("softmax", "dy_i/dx_j"),
    "a gradient of one's own": lambda: gradient("sum_i log(1 + exp(-y_i X_i^T w))", "w", NAMES),
    "a gradient with a let": lambda: gradient("z^T z", "w", NAMES, let="z = X w"),
    "a gradient with a fact": with_fact,
    "a step": lambda: derive("logistic", "dLL/dtheta").lemmas[-1].steps[-1],
    "a lemma": lambda: derive("softmax", "dy_i/dx_j").lemmas[-1],
    "equal": lambda: compare("p(1 - p)", "p - p^2", NAMES),
    "different, with a counterexample": lambda: compare("p", "p^2", NAMES),
    "unreadable": lambda: compare("p +", "p", NAMES),
    "a checked answer": lambda: check("001/3.2", "y_i*y_j"),
    "a part with its data": lambda: load_bank().part("001/3.2").derives,
    **{f"the model {name}": (lambda name=name: load(name)) for name in MODELS},
}


@pytest.mark.parametrize("what", VALUES)
def test_a_value_is_pickled_copied_hashed_and_compared(what):
    value = VALUES[what]()
    for again in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
        assert again == value
        assert hash(again) == hash(value)
        assert {again} == {value}
    assert value != object()


def test_values_that_say_something_else_differ():
    made = [
        derive("logistic", "dLL/dtheta"),
        derive("logistic", "dLL/dx"),
        derive("softmax", "dy_i/dx_j"),
        gradient("w^T w", "w", NAMES),
        gradient("2 w^T w", "w", NAMES),
    ]
    assert len(set(made)) == len(made)
    assert parse_names("x: real") != parse_names("x: real; y: real")
    assert parse_names("x: real") != parse_names("x: positive")
    assert parse_names("i: index[n]") == parse_names("i: index[n]") != parse_names("i: index[m]")
    assert with_fact().names != with_fact().names.with_facts(())


def test_a_pickled_derivation_prints_evaluates_and_emits_in_another_process(tmp_path):
    made = derive("logistic", "dLL/dtheta")
    (tmp_path / "made").write_bytes(pickle.dumps(made))
    script = "import pickle, sys; d = pickle.load(open(sys.argv[1], 'rb')); d.numpy(); print(d.show(dressing='ascii'))"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "made")], capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert done.stdout.rstrip("\n") == made.show(dressing="ascii"), done.stderr


def broken_problem(tmp_path):
    (tmp_path / "problem.toml").write_text("x = 1")
    load_problem(tmp_path / "problem.toml")


def too_much():
    raise TooMuchWork(7, 3)


ERRORS = {
    "unreadable": lambda _: read("x +", parse_names("x: real")),
    "two readings": lambda _: read("1/2x", parse_names("x: real")),
    "an unknown domain": lambda _: parse_names("x: rael"),
    "an unknown model": lambda _: derive("softmx", "dy/dx"),
    "an unknown target": lambda _: derive("softmax", "dq/dx"),
    "an unreadable loss": lambda _: gradient("x +", "x", "x: real"),
    "no derivative": lambda _: gradient("y", "x", "x: real; y: real"),
    "no closed form": lambda _: derive(posed("exp(x) - x^2 sin x", "x: real")[0], "argmin f over x"),
    "a false fact": lambda _: gradients(*posed("x", "x: real"), ["x"], ["x ="]),
    "no such part": lambda _: load_bank().find("001/99"),
    "a broken problem file": broken_problem,
    "too many entries": lambda _: too_much(),
}


@pytest.mark.parametrize("what", ERRORS)
def test_an_error_reaches_another_process_whole(what, tmp_path):
    with pytest.raises(Exception) as raised:  # noqa: PT011 (which error it is is no matter here)
        ERRORS[what](tmp_path)
    again = pickle.loads(pickle.dumps(raised.value))
    assert type(again) is type(raised.value)
    assert str(again) == str(raised.value)
    assert again.__dict__ == raised.value.__dict__


def test_a_formula_that_was_sent_is_judged_as_the_formula_is():
    """Its indices are others than those of the truth, of the same letters."""
    asked = [part for problem in load_bank().problems() for part in problem.parts if part.kind == "formula"]
    lettered = [(part, truth_of(part).asked) for part in asked if truth_of(part).asked.free]
    assert len(lettered) > 20
    for part, formula in lettered:
        sent = pickle.loads(pickle.dumps(formula))
        assert sent.free[0] is not formula.free[0]
        assert check(part, sent).status == "correct", part.id
