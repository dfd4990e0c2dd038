"""There and back: what goes out to SymPy and comes in again is proved equal to what went out, and SymPy's own
evaluation of it agrees with ours. Every model, node, target and step, and formulas at random under letters that mean
something in SymPy or are those of other things in the formula."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import random_formulas
import sympy
from every_target import BASE

from checker.equality.judge import judge
from derivations import derive, read
from derivations.domains import DOMAINS, Declared, Names, parse_names
from derivations.evaluate import floats
from derivations.evaluate.assignment import Assignment
from derivations.formula import (
    Bound,
    Deriv,
    Elem,
    Formula,
    Index,
    MatrixAtom,
    Node,
    SizeVal,
    map_down,
    over,
    reindex,
    renamed,
)
from derivations.formula.sizes import is_sum
from derivations.models import load
from derivations.normal_form import prove_equal
from derivations.sympy_bridge import NoSympy
from derivations.sympy_bridge.inward import from_sympy
from derivations.sympy_bridge.outward import carried_out, definitions, letters, to_sympy, writer

FORMS = ({}, {"nodes": "keep"}, {"form": "matrix"}, {"form": "matrix", "nodes": "keep"})


def with_indices(formula: Formula) -> Names:
    """The names of a formula with the letters of its free indices in SymPy, in their order."""
    making = writer(formula)
    free = [(str(making.letters.indices[i].label), i.size) for i in formula.free + formula.axes]
    kept = [row for row in formula.names.values() if row.role != "index"]
    return Names(
        [*kept, *(Declared(name, DOMAINS["index"], (), "index", Index(name, size)) for name, size in free)],
        formula.names.facts,
    )


def the_same(there: Formula, back: Formula) -> bool:
    """Whether two formulas are one tree, or proved equal with their derivatives carried out."""
    open_ = [replace(f, free=f.free + f.axes, axes=()) for f in (there, back)]
    if open_[0] == open_[1]:
        return True
    done = [replace(f, body=map_down(f.body, _carried(there.names)), names=there.names) for f in open_]
    return prove_equal(*done) is True


def _carried(names: Names):
    """Written derivatives by the names that a derivation gives them, others carried out."""

    def by(part: Node) -> Node | None:
        if not isinstance(part, Deriv):
            return None
        if isinstance(part.of, Elem) and (name := f"d{part.of.name}/d{part.wrt.name}") in names:
            return Elem(name, part.of.at + part.wrt.at)
        return carried_out(part.of, part.wrt, names)

    return by


def there_and_back(formula: Formula, **form: str) -> str:
    """`proved`, in matrix form perhaps at some sizes, or why there is no such form; fails where what comes back is not
    proved equal."""
    try:
        written = to_sympy(formula, **form)
    except NoSympy as reason:
        return str(reason)
    names = with_indices(formula)
    back = from_sympy(written, names)
    free = tuple(row.index for row in names.values() if row.index is not None)
    if not back.axes and set(back.free) < set(free):  # an axis along which all is the same
        back = replace(back, free=free)
    try:
        if the_same(formula, back):
            return "proved"
    except NoSympy as reason:  # a derivative that would have to be carried out, through a recursion
        return str(reason)
    verdict = judge(back, formula, formula.names)
    assert verdict.evidence.strength in ("proved", "proved_at_sizes"), f"{form}: {written}"
    return verdict.evidence.strength.replace("_", " ")


# ---------------------------------------------------------------- every model

WITHOUT_MATRIX_FORM = {
    ("softmax_regression", "d2L/dTheta2"): ("an array of 4 axes",),
    ("infonce", "L"): ("logsumexp along one axis",),
}
OVER_TIME = ("matrix form", "matrices")
"""Entries of a recursion one place before have none, nor have windows, entries at labels and arrays of three axes."""
LEFT = {
    "conv1d": "a window in a sum is read back as leaving its range",
    "conv2d": "a window in a sum is read back as leaving its range",
    "cox": "the cases of a sum within a sum have no SymPy form at symbolic sizes",
    "embedding": "labels in an exponential are not proved",
    "factor_analysis": "an inverse beside a diagonal comes back as another, and is not proved",
    "gp": "the inverse of a kernel that is written out comes back as another, and is not proved",
    "ppo": "a condition on cases has no SymPy form",
    "pooling": "a maximum over a symbolic size has no SymPy form",
}
"""What does not come back."""


def has_no_matrices(names: Names) -> bool:
    return any(
        row.recursion is not None or row.labels or len(row.sizes) > 2 or any(map(is_sum, row.sizes))
        for row in names.values()
    )


@pytest.mark.parametrize("name", BASE)
@pytest.mark.long
def test_every_node_and_target_of_a_model_comes_back(name):
    model = load(name)
    bent = has_no_matrices(model.names)
    if name in LEFT:
        pytest.xfail(LEFT[name])
    values = {binding.name: replace(binding.formula, names=model.names) for binding in model.bindings}
    values |= {target: derive(name, target).result for target in model.targets}
    for what, formula in values.items():
        for form in FORMS:
            found = there_and_back(formula, **form)
            expected = (WITHOUT_MATRIX_FORM.get((name, what)) or (bent and OVER_TIME)) if "form" in form else ()
            assert found == "proved" or (expected and any(e in found for e in expected)), (what, form, found)


DRAWN_OUT = "would draw the cases of a sum within a sum out of it"
"""Steps that open a whole two-layer network before anything is simplified."""

THROUGH_TIME = "is defined by a recursion over time, is another recursion"
"""Derivatives that a step is about to take; with nodes kept they are names."""


@pytest.mark.parametrize("name", BASE)
@pytest.mark.long
def test_every_step_of_a_model_comes_back_and_is_an_equation(name):
    if name in LEFT:
        pytest.xfail(LEFT[name])
    steps = {
        (lemma.target, k): (step, derivation.names)
        for derivation in (derive(name, target) for target in load(name).targets)
        for lemma in derivation.lemmas
        for k, step in enumerate(lemma.steps)
    }
    for step, names in steps.values():
        kept = [there_and_back(replace(side, names=names), nodes="keep") for side in step.sides()]
        if any(THROUGH_TIME in found for found in kept):
            continue
        assert kept == ["proved", "proved"]
        assert isinstance(step.equation, sympy.Eq)
        for side in (replace(step.before, names=names), replace(step.after, names=names)):
            found = there_and_back(side)
            assert found == "proved" or DRAWN_OUT in found or THROUGH_TIME in found


def test_definitions_unfold_the_nodes_that_are_kept():
    for name in ("softmax", "logistic", "two_layer", "batch_norm"):
        for target in load(name).targets:
            result = derive(name, target).result
            kept = to_sympy(result, nodes="keep")
            opened = kept.subs(definitions(result))
            assert the_same(result, from_sympy(opened, with_indices(result)))


# ---------------------------------------------------------------- formulas at random

LETTERS = (
    *("S", "N", "I", "E", "O", "Q", "C", "lambda", "beta", "gamma", "zeta", "pi", "e", "i", "j", "k", "n", "d", "x"),
    *("x_1", "i_1", "n_1", "k_1", "z", "Sum", "Symbol", "def", "r", "c"),
)
"""Names of SymPy, of Python, of what the bridge itself makes."""


def relettered(seed: int) -> Formula:
    """The formula of a seed, its names, sizes and indices under other letters; indices share theirs with names."""
    made, _ = random_formulas.formula(seed)
    rng = random.Random(seed)
    formula = read(made.text, parse_names(random_formulas.NAMES))
    old = [*formula.names, *formula.names.sizes]
    to = dict(zip(old, rng.sample(LETTERS, len(old)), strict=True))

    def index(i: Index) -> Index:
        return Index(rng.choice(LETTERS), to.get(i.size, i.size) if isinstance(i.size, str) else i.size)

    def by(node: Node) -> Node:
        match node:
            case SizeVal(size):
                return SizeVal(to[size])
            case Bound(op, indices, body):
                new = tuple(map(index, indices))
                return Bound(op, new, by(reindex(body, dict(zip(indices, new, strict=True)))))
            case MatrixAtom(op, row, col, body, at):
                new = (index(row), index(col))
                return MatrixAtom(op, *new, by(reindex(body, dict(zip((row, col), new, strict=True)))), at)
        return over(node, by)

    rows = [
        replace(row, name=to[row.name], sizes=tuple(to.get(s, s) for s in row.sizes)) for row in formula.names.values()
    ]
    return Formula(renamed(by(formula.body), to), names=Names(rows))


def comes_back(seeds: range) -> dict[str, int]:
    """How many formulas are proved in index form and in matrix form; some have none of the latter."""
    count = {"index": 0, "matrix": 0}
    for seed in seeds:
        formula = relettered(seed)
        for form in count:
            found = there_and_back(formula, form=form)
            assert form == "matrix" or found == "proved", (seed, found)
            count[form] += found.startswith("proved")
    return count


@pytest.mark.long
def test_formulas_at_random_come_back():
    assert comes_back(range(200))["matrix"] > 150


@pytest.mark.parametrize("text", ["abs(max(x^T w - sum_i x_i, a))", "sign(x^T w - a)", "log(cosh(x^T w) + abs(x^T w))"])
def test_functions_of_traces_stay_as_they_were_written_in_matrix_form(text):
    """SymPy's own evaluation of |max(tr A - a, b)| ends in an error of its own."""
    names = "x: real[n]; w: real[n]; a: real"
    assert there_and_back(read(text, parse_names(names)), form="matrix") == "proved"


@pytest.mark.soak
def test_many_formulas_at_random_come_back():
    assert comes_back(range(2_000))["matrix"] > 1_500


def agrees(seed: int) -> None:
    """SymPy's `doit` and `lambdify` at sizes of 2 and 3 against our evaluator."""
    formula = relettered(seed)
    names = formula.names
    sizes = {size: 2 + k for k, size in enumerate(names.sizes)}
    draw = np.random.default_rng(seed)
    at = {
        row.name: (
            draw.choice([-1.0, 1.0], (1, *(sizes[s] for s in row.sizes)))
            if row.domain.name == "labelpm1"
            else draw.uniform(0.2, 1.2, (1, *(sizes[s] for s in row.sizes)))
        )
        for row in names.inputs()
    }
    ours = float(np.ravel(floats.evaluate(formula, Assignment(sizes, at, 1, names)))[0])
    known = letters(formula)
    written = to_sympy(formula).subs({known[size]: value for size, value in sizes.items()}).doit()
    entries = {}
    for row in names.inputs():
        symbol = known[row.name]
        if not row.sizes:
            entries[symbol] = float(at[row.name][0])
    for element in written.atoms(sympy.Indexed):
        entries[element] = float(at[str(element.base.label)][0][tuple(int(i) - 1 for i in element.indices)])
    places = {e: sympy.Symbol(f"entry_{k}", real=True) for k, e in enumerate(entries)}
    theirs = sympy.lambdify([*places.values()], written.xreplace(places))(*entries.values())
    assert np.isclose(float(theirs), ours, 1e-7, 1e-8), (seed, written)


@pytest.mark.parametrize("part", range(4))
@pytest.mark.long
def test_sympy_evaluates_what_is_written_as_we_do(part):
    for seed in range(50 * part, 50 * part + 50):
        agrees(seed)


@pytest.mark.soak
def test_sympy_evaluates_much_that_is_written_as_we_do():
    for seed in range(2_000):
        agrees(seed)


def test_an_element_stays_an_element():
    assert to_sympy(Formula(Elem("a"), names=parse_names("a: positive"))) == sympy.Symbol("a", positive=True)
