"""The map of this half: definition in, verified derivation out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from derivations import by_score, dual, implicit, products, slopes, verify
from derivations.adjoint import adjoint_name, forward, sweep, with_result
from derivations.atoms import forgets
from derivations.atoms.of_matrices import told
from derivations.calculus import NoDerivative
from derivations.chain import Chain, axes_for
from derivations.derivation import Derivation, EmptyLemma, Lemma, Step
from derivations.domains import Declared, Names, NamesError, parse_names
from derivations.evaluate import program as evaluate
from derivations.evaluate.entries import DrawError, TooLarge
from derivations.extremum import extremum
from derivations.folding.facts import FactError, facts_from
from derivations.folding.fold import fold, inline, over_one_bar, rules
from derivations.formula import (
    HALF,
    ZERO,
    Cases,
    Delta,
    Elem,
    Formula,
    Index,
    IndexVal,
    Node,
    Rel,
    add,
    map_down,
    mul,
    names_in,
    reindex,
    total,
)
from derivations.held import let_go
from derivations.kinks import eased
from derivations.labels import picked
from derivations.logs import open_logs, products_opened
from derivations.model import Model, build, with_node
from derivations.models import load
from derivations.pointwise import covers
from derivations.simplify.of_matrices import without_factors
from derivations.simplify.same import identity
from derivations.simplify.shapes import neat
from derivations.simplify.tidy import tidy
from derivations.target import Subscripted, Target, read_target
from derivations.work import TooMuchWork, limited

WORK = 40_000
"""Units of `work` for one derivation and its checks: some times what the dearest of the models' targets takes, about
two seconds."""

Derived = tuple[tuple[Lemma, ...], Names]


def derive(model: str | Model, target: str) -> Derivation:
    """The derivation of a target of a model: bind → sweep → fold → verify.

    model    a name such as `batch_norm:eps` (`models.MODELS` has them), or a `Model`
    target   `dL/dx` of the shape of x, a Jacobian `dy_i/dx_j`, `d2L/dw2` (w twice), a node, `argmin L over w`

    >>> print(derive("logistic", "dLL/dtheta").show(form="matrix", steps="brief", dressing="ascii"))
    dLL/dtheta_i
      = (y - p) x_i   insert dLL/dz
      = (y - p) x     in matrix form

    Raises `UnknownName` (model, variant, target, with the nearest), `NoDerivative`, `NoClosedForm`, `TooMuchWork`;
    `StepError` is our bug.
    """
    return _derive_named(model, target) if isinstance(model, str) else _derive(model, target)


@contextmanager
def _drawable() -> Iterator[None]:
    """What is checked at points needs points: sizes at which there are none, or too large ones, are no fault of the
    derivation."""
    try:
        yield
    except (TooLarge, evaluate.TooMuchWork) as error:
        raise TooMuchWork(f"{error}: declare the size by a letter, as in x: real[n]") from error
    except DrawError as error:
        raise NamesError(str(error)) from error


@lru_cache(maxsize=256)
def _derive_named(model: str, target: str) -> Derivation:
    return _derive(load(model), target)


forgets(_derive_named.cache_clear)


def _derive(model: Model, target: str) -> Derivation:
    wanted = read_target(target, model)
    with limited(WORK), _drawable():
        model, inner = _without_slopes(model)
        lemmas, names = _DERIVERS[wanted.kind](model, wanted)
        lemmas = (*inner, *lemmas[:-1], _told(let_go(lemmas[-1], wanted.top.name, names)))
        lemmas = _cases(lemmas, wanted, names)
        lemmas = tuple(verify.check_steps(lemma, names) for lemma in lemmas)
    return Derivation(model.name, target, lemmas, names)


def gradients(model: Model, top: str, wrts: Sequence[str], facts: Sequence[str] = ()) -> tuple[Derivation, ...]:
    """The gradients of one node by several names out of one sweep: the first derivation holds the lemmas that they
    share.

    `facts` are equations between the names (`sum_k t_k = 1`) that may be used as steps.
    """
    model, made = with_facts(model, facts), []
    with limited(WORK), _drawable():
        model, inner = _without_slopes(model)
        lemmas, names = _gradients(
            model, tuple(Target("", "gradient", Subscripted(top), Subscripted(model.find(w))) for w in wrts)
        )
        ends = {adjoint_name(top, model.find(w)) for w in wrts}
        lemmas = (*inner, *(_told(let_go(lemma, top, names)) if lemma.target in ends else lemma for lemma in lemmas))
        lemmas = tuple(verify.check_steps(lemma, names) for lemma in lemmas)
    ends = [adjoint_name(top, model.find(w)) for w in wrts]
    start = 0
    for end in ends:
        stop = 1 + max(k for k, lemma in enumerate(lemmas) if lemma.target == end)
        made.append(Derivation(model.name, f"d{top}/d{end.split('/d', 1)[1]}", lemmas[start:stop], names))
        start = stop
    return tuple(made)


def _told(lemma: Lemma) -> Lemma:
    """The lemma with what the functions of matrices in its result are."""
    said = told(lemma.result.body)
    return replace(lemma, condition="; ".join([lemma.condition] * bool(lemma.condition) + [*said])) if said else lemma


def _without_slopes(model: Model) -> tuple[Model, tuple[Lemma, ...]]:
    """The model with the derivatives inside of its formulas carried out, and the lemmas that do it."""
    names, lemmas = slopes.carried_out(model.names)
    return (replace(model, names=names), lemmas) if lemmas else (model, ())


def with_facts(model: Model, facts: Sequence[str]) -> Model:
    """The model with equations between its names that hold by statement. Raises `FactError`."""
    return replace(model, names=model.names.with_facts(facts_from(facts, model.names))) if facts else model


def posed(formula: Any, names: str | Mapping[str, str] | Names = "", let: str = "") -> tuple[Model, str]:
    """A formula that somebody gives (text, `Formula`, SymPy expression) as a model with one more node, and that node's
    name: `f`, or the next free letter."""
    if not isinstance(formula, str | Formula):
        from derivations.sympy_bridge.inward import (  # late: who types a formula need not wait for SymPy
            declared_by,
            from_sympy,
        )

        names = parse_names(names or declared_by(formula))
        model = build("formula", names, let)
        formula = from_sympy(formula, model.names)
    else:
        model = build(
            "formula", parse_names(names or (formula.names if isinstance(formula, Formula) else None) or ""), let
        )
    top = next(
        x for x in ("f", "F", "L", "J", "loss_", "value_") if x not in model.names and x not in model.names.sizes
    )
    model = with_node(model, top, formula)
    return replace(model, names=model.names.with_rows(replace(model.names[top], known=False))), top


def target_of(top: str, wrt: str, order: int = 1, along: str = "", second: str = "") -> str:
    """The target as it is written: `df/dw`, `d2f/dw2`, `d2f/dudv`, `d2f/dw2 along v`, `d3f/dw3`."""
    if order == 1:
        return f"d{top}/d{wrt}"
    below = f"d{wrt}{order}" if not second or second == wrt else f"d{wrt}d{second}"
    return f"d{order}{top}/{below}" + (f" along {along}" if along else "")


class TargetError(ValueError):
    """A target whose indices do not fit its names."""


# ---------------------------------------------------------------- one deriver a kind of target


def _axes(what: Subscripted, names: Names, taken: tuple[Index, ...]) -> tuple[Index, ...]:
    """The indices of a name, with the letters written at it; a letter that is taken gets another for the time being
    (`_cases`)."""
    sizes = names[what.name].sizes
    if what.letters:
        if len(what.letters) != len(sizes):
            raise TargetError(f"{what.name} has {len(sizes)} indices, {len(what.letters)} are written")
        own = tuple(Index(letter, size) for letter, size in zip(what.letters, sizes, strict=True))
        clash = tuple(i for i in own if i.name in {t.name for t in taken})
        spare = iter(axes_for([i.size for i in clash], names, (*taken, *own)))
        return tuple(next(spare) if i in clash else i for i in own)
    return axes_for(sizes, names, taken)


def _gradient(model: Model, target: Target) -> Derived:
    return _gradients(model, (target,))


def _gradients(model: Model, targets: tuple[Target, ...]) -> Derived:
    """One sweep for all targets (of one numerator); a lemma for each stands in their order after those that they
    share."""
    target = targets[-1]
    assert target.below is not None
    top, wrt = target.top.name, target.below.name
    names, opened = picked(model.names)
    names, smooth = eased(names)
    names, summed = products_opened(names)
    names, factored = without_factors(names)
    rewritten = {
        **dict.fromkeys(opened, "what is picked is opened"),
        **dict.fromkeys(summed, "the logarithm of a product is a sum"),
        **dict.fromkeys(factored, "what is known of a Cholesky factor is put in"),
        **dict.fromkeys(smooth, "kinks that cancel are left out"),
    }
    also = tuple(dict.fromkeys(t.below.name for t in targets[:-1] if t.below is not None and t.below.name != wrt))
    given = model.upstream if model.upstream is not None and top == model.loss else None
    root_axes = () if given else _axes(target.top, names, ())
    wrt_axes = _axes(target.below, names, root_axes)
    state = sweep(
        names,
        top,
        wrt,
        loss=top,
        upstream=given,
        root_axes=root_axes,
        wrt_axes=wrt_axes,
        full=names[wrt].role == "input",
        also=also,
        rewritten=rewritten,
    )
    reached = {lemma.target for lemma in state.lemmas}
    for fact in names.facts:
        if fact.name in (*also, wrt):
            raise FactError(
                (
                    f"the fact {fact.text!r} ties the entries of {fact.name}, by which is differentiated; "
                    "differentiate by a name that is free"
                ),
                fact.text,
            )
    for name in (*also, wrt):
        if adjoint_name(top, name) not in reached:
            raise NoDerivative(
                f"{top} does not depend on {name}: the gradient is 0 everywhere",
                Elem(name, axes_for(names[name].sizes, names, ())),
            )
    numerator = (
        verify.pseudo_loss(names, given, adjoint_name(top, given))
        if given
        else Formula(Elem(top, root_axes), root_axes, names=names)
    )
    lemmas = []
    for lemma in state.lemmas:
        node = lemma.target.removeprefix(f"d{top}/d")
        lemmas.append(lemma if verify.check_adjoint(state.names, numerator, node, lemma.result) else lemma.unchecked())
    names = state.names
    for k, lemma in enumerate(lemmas):
        node = lemma.target.removeprefix(f"d{top}/d")
        if node in (*also, wrt):
            lemmas[k] = _over_symmetric(lemma, names, names[node])
            names = names.with_rows(names[lemma.target].with_equation(lemmas[k].result))
    return tuple(lemmas), names


SYMMETRIC = (
    "`{0}` is symmetric: its entries ij and ji move together, and the gradient is the symmetric G with df = Σ "
    "G_ij d`{0}`_ij, that is (G + Gᵀ)/2 of the entrywise one"
)


def _over_symmetric(lemma: Lemma, names: Names, row: Declared) -> Lemma:
    """For a symmetric input: G → (G + Gᵀ)/2 over its two axes, the last of the result, where that is not G."""
    if row.role != "input" or not row.domain.has("symmetric"):
        return lemma
    result = lemma.result
    i, j = result.axes[-2:]
    swapped = reindex(result.body, {i: j, j: i})
    if identity(swapped, names) == identity(result.body, names):
        return replace(lemma, condition=SYMMETRIC.format(row.name))
    chain = Chain(names, result.axes, result.body)
    chain.steps.extend(lemma.steps)
    half = mul(HALF, add(result.body, swapped))
    step = Step(
        "symmetric part", result, replace(result, body=neat(half, names)), f"`{row.name}` is symmetric", solves=True
    )
    verify.check_symmetric(names, result, step.after)
    return replace(lemma, steps=(*lemma.steps, step), condition=SYMMETRIC.format(row.name))


def _second(model: Model, target: Target) -> Derived:
    assert target.below is not None
    assert target.second is not None
    first, names = _gradient(model, Target(target.text, "gradient", target.top, target.below))
    return _again(first, names, target.second)


def _again(first: tuple[Lemma, ...], names: Names, wrt: Subscripted) -> Derived:
    """The derivative of the last lemma's result by one more name."""
    result, name = first[-1].result, first[-1].target
    # Without the derivatives before it: a formula is not folded into the derivative that it is about to define.
    derived = [row.name for row in names.values() if "/" in row.name and row.role != "input"]
    own = with_result(names.without(*derived), name, result)
    wrt_axes = _axes(wrt, own, result.axes)
    try:
        lemmas, after = forward(own, name, Elem(wrt.name, wrt_axes), result.axes)
    except EmptyLemma:
        raise NoDerivative(
            f"{name} does not depend on {wrt.name}: the derivative is 0 everywhere", Elem(wrt.name, wrt_axes)
        ) from None
    if not verify.check_adjoint(after, replace(result, names=after), wrt.name, lemmas[-1].result):
        lemmas[-1] = lemmas[-1].unchecked()
    lemmas[-1] = _over_symmetric(lemmas[-1], after, after[wrt.name])
    known = {lemma.target for lemma in first}
    return (*first, *(lemma for lemma in lemmas if lemma.target not in known)), names.with_rows(
        *(row for row in after.values() if "/" in row.name)
    )


def _higher(model: Model, target: Target) -> Derived:
    """Order 3 or 4, one more derivative at a time."""
    assert target.below is not None
    lemmas, names = _gradient(model, Target(target.text, "gradient", target.top, target.below))
    for _ in range(target.order - 1):
        lemmas, names = _again(lemmas, names, target.below)
    return lemmas, names


def _along(model: Model, target: Target) -> Derived:
    """(∂²A/∂w²) v = Σ_k ∂²A/∂w_j∂w_k v_k; a direction that the model does not declare has the shape of w."""
    assert target.second is not None
    names = products.with_direction(
        model.names, target.along, model.names[target.second.name].sizes, target.second.name
    )
    model = replace(model, names=names)
    lemmas, names = _second(model, target)
    hessian, row = lemmas[-1].result, names[target.along]
    inner = hessian.axes[len(hessian.axes) - len(names[target.second.name].sizes) :]
    outer = hessian.axes[: len(hessian.axes) - len(inner)]
    chain = Chain(names, outer, total(inner, mul(Elem(lemmas[-1].target, hessian.axes), Elem(row.name, inner))))
    chain.to(f"insert `{lemmas[-1].target}`", tidy(total(inner, mul(hessian.body, Elem(row.name, inner))), names))
    chain.fold(fold(chain.node, rules(names, target.top.name), names))
    return (*lemmas, Lemma(target.text, tuple(chain.steps), (lemmas[-1].target,))), names


def _pushed(model: Model, target: Target) -> Derived:
    """(∂y/∂x) v, forwards."""
    assert target.below is not None
    return products.pushed(eased(model.names)[0], target.top.name, target.below.name, target.along)


def _pulled(model: Model, target: Target) -> Derived:
    """uᵀ (∂y/∂x), by the reverse sweep of Σ_i u_i y_i."""
    assert target.below is not None
    model, number = products.as_number(model, target.top.name, target.along)
    lemmas, names = _gradient(model, Target(target.text, "gradient", Subscripted(number), target.below))
    return (products.stated(names, number), *lemmas), names


def _value(model: Model, target: Target) -> Derived:
    """A node by its definition, then in the inputs, logarithms opened."""
    names = model.names
    row = names[target.top.name]
    if row.equation is None:
        raise NoDerivative(f"{row.name} is an input: it has no derivation", Elem(row.name))
    axes = _axes(target.top, names, ())
    chain = Chain(names, axes, Elem(row.name, axes))
    chain.to("definition", reindex(row.equation.body, dict(zip(row.equation.axes, axes, strict=True))))
    derived = frozenset(r.name for r in names.values() if r.role == "adjoint")
    if derived & names_in(chain.node):
        chain.to("insert the derivative", tidy(inline(chain.node, names, derived), names))
        chain.fold(fold(chain.node, rules(names, row.name), names))
    else:
        nodes = frozenset(r.name for r in names.values() if r.role == "node")
        chain.to("insert the definitions", inline(chain.node, names, nodes))
        chain.to("logarithm of a product", open_logs(chain.node, names))
        chain.to("simplify", neat(chain.node, names))
        given = Formula(chain.node, axes, names=names)
        one_bar = over_one_bar(chain.node, names, lambda new: covers(Formula(new, axes, names=names), given))
        chain.to("over a common denominator", one_bar)
    return (Lemma(row.name, tuple(chain.steps)),), names


def _argmin(model: Model, target: Target) -> Derived:
    lemmas, names = _gradient(model, Target(target.text, "gradient", target.top, target.below))
    lemma, names = extremum(lemmas[-1].result, names, target)
    return (*lemmas, lemma), names


_DERIVERS: Mapping[str, Callable[[Model, Target], Derived]] = {
    "gradient": _gradient,
    "pushed": _pushed,
    "pulled": _pulled,
    "implicit": lambda model, target: implicit.defined(model, target, _gradient),
    "score": lambda model, target: by_score.by_score(model, target, _over_symmetric),
    "second": _second,
    "along": _along,
    "higher": _higher,
    "value": _value,
    "argmin": _argmin,
    "dual": lambda model, target: dual.derived(model, target, _gradients),
}


# ---------------------------------------------------------------- the case i = j, the case i ≠ j


def _cases(lemmas: tuple[Lemma, ...], target: Target, names: Names) -> tuple[Lemma, ...]:
    """`dy_i/dx_i` is the diagonal of the result; `where i != j` what stands beside it."""
    result = lemmas[-1].result
    written = target.top.letters + (target.below.letters if target.below else ())
    if len(set(written)) < len(written) and len(written) == len(result.axes):
        keep: dict[str, Index] = {}
        for letter, axis in zip(written, result.axes, strict=True):
            keep.setdefault(letter, axis)
        onto = {axis: keep[letter] for letter, axis in zip(written, result.axes, strict=True)}
        chain = Chain(names, tuple(keep.values()), reindex(result.body, onto))
        chain.to("the case of equal indices", neat(chain.node, names))
        lemmas = (*lemmas, Lemma(target.text, tuple(chain.steps), (lemmas[-1].target,))) if chain.steps else lemmas
        result = lemmas[-1].result
    for a, b in target.distinct:
        pair = [next(i for i in result.axes if i.name == letter) for letter in (a, b)]
        apart = Rel("!=", IndexVal(pair[0]), IndexVal(pair[1]))
        chain = Chain(names, result.axes, Cases(((apart, result.body),)))
        chain.to(f"δ = 0 for {a} ≠ {b}", Cases(((apart, neat(_without_delta(result.body, set(pair)), names)),)))
        lemmas = (
            (*lemmas, Lemma(target.text, tuple(chain.steps), (lemmas[-1].target,), f"{a} ≠ {b}"))
            if chain.steps
            else lemmas
        )
    return lemmas


def _without_delta(node: Node, pair: set[Index]) -> Node:
    return map_down(node, lambda part: ZERO if isinstance(part, Delta) and {part.left, part.right} == pair else None)
