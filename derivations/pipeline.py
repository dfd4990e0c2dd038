"""The map of this half: definition in, verified derivation out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from derivations import closed_form, verify
from derivations.adjoint import Chain, adjoint_name, axes_for, forward, sweep, with_result
from derivations.calculus import NoDerivative
from derivations.derivation import Derivation, Lemma
from derivations.domains import Names, parse_names
from derivations.folding import fold, inline, rules
from derivations.formula import ZERO, Cases, Delta, Elem, Formula, Index, IndexVal, Node, Rel, children, rebuild, reindex
from derivations.logs import open_logs
from derivations.model import Model, build
from derivations.models import load
from derivations.simplify import neat, tidy
from derivations.target import Subscripted, Target, read_target
from derivations.work import limited

WORK = 200_000
"""Units of `work` for one derivation: twenty times what the dearest of the models' targets takes, about ten seconds."""

Derived = tuple[tuple[Lemma, ...], Names]


def derive(model: str | Model, target: str) -> Derivation:
    """The derivation of a target of a model: bind → sweep → fold → verify.

    Raises `UnknownName` (model, variant, target, with the nearest), `NoDerivative`, `NoClosedForm`, `TooMuchWork`; `StepError` is our bug.
    """
    return _derive_named(model, target) if isinstance(model, str) else _derive(model, target)


@lru_cache(maxsize=256)
def _derive_named(model: str, target: str) -> Derivation:
    return _derive(load(model), target)


def _derive(model: Model, target: str) -> Derivation:
    wanted = read_target(target, model)
    with limited(WORK):
        lemmas, names = _DERIVERS[wanted.kind](model, wanted)
        lemmas = _cases(lemmas, wanted, names)
    for lemma in lemmas:
        verify.check_steps(lemma, names)
    return Derivation(model.name, target, lemmas, names)


def gradient(formula: str, wrt: str, names: str | Mapping[str, str] | Names, *, let: str = "", order: int = 1) -> Derivation:
    """The gradient (or Hessian, order 2) of a formula that somebody types; `let` holds bindings that become nodes.

    The formula becomes the node `f` (or the next free letter).
    """
    declared = parse_names(names)
    top = next(x for x in ("f", "F", "L", "J", "loss_", "value_") if x not in declared and f"{x} =" not in let)
    model = build("formula", declared, f"{let}\n{top} = {formula}".strip())
    return derive(model, f"d{top}/d{wrt}" if order == 1 else f"d2{top}/d{wrt}2")


class TargetError(ValueError):
    """A target whose indices do not fit its names."""


# ---------------------------------------------------------------- one deriver a kind of target


def _axes(what: Subscripted, names: Names, taken: tuple[Index, ...]) -> tuple[Index, ...]:
    """The indices of a name, with the letters written at it; a letter that is taken gets another for the time being (`_cases`)."""
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
    assert target.below is not None
    names, top, wrt = model.names, target.top.name, target.below.name
    given = model.upstream if model.upstream is not None and top == model.loss else None
    root_axes = () if given else _axes(target.top, names, ())
    wrt_axes = _axes(target.below, names, root_axes)
    state = sweep(names, top, wrt, loss=top, upstream=given, root_axes=root_axes, wrt_axes=wrt_axes, full=names[wrt].role == "input")
    if not state.lemmas or state.lemmas[-1].target != adjoint_name(top, wrt):
        raise NoDerivative(f"{top} does not depend on {wrt}", Elem(wrt, wrt_axes))
    numerator = verify.pseudo_loss(names, given, adjoint_name(top, given)) if given else Formula(Elem(top, root_axes), root_axes, names=names)
    for lemma in state.lemmas:
        node = lemma.target.removeprefix(f"d{top}/d")
        verify.check_adjoint(state.names, numerator, node, lemma.result)
    return tuple(state.lemmas), state.names


def _second(model: Model, target: Target) -> Derived:
    assert target.below is not None
    assert target.second is not None
    first, names = _gradient(model, Target(target.text, "gradient", target.top, target.below))
    result = first[-1].result
    name = first[-1].target
    names = with_result(names.without(name), name, result)
    wrt_axes = _axes(target.second, names, result.axes)
    lemmas, names = forward(names, name, Elem(target.second.name, wrt_axes), result.axes)
    verify.check_adjoint(names, replace(result, names=names), target.second.name, lemmas[-1].result)
    return (*first, *lemmas), names


def _value(model: Model, target: Target) -> Derived:
    """A node by its definition, then in the inputs, logarithms opened."""
    names = model.names
    row = names[target.top.name]
    if row.definition is None:
        raise NoDerivative(f"{row.name} is an input: it has no derivation", Elem(row.name))
    axes = _axes(target.top, names, ())
    chain = Chain(names, axes, Elem(row.name, axes))
    chain.to("definition", reindex(row.definition.body, dict(zip(row.definition.axes, axes, strict=True))))
    derived = frozenset(r.name for r in names.values() if r.role == "adjoint")
    if derived & _below(chain.node):
        chain.to("insert the derivative", tidy(inline(chain.node, names, derived), names))
        chain.fold(fold(chain.node, rules(names, row.name), names))
    else:
        nodes = frozenset(r.name for r in names.values() if r.role == "node")
        chain.to("insert the definitions", inline(chain.node, names, nodes))
        chain.to("logarithm of a product", open_logs(chain.node, names))
        chain.to("simplify", neat(chain.node, names))
    return (Lemma(row.name, tuple(chain.steps)),), names


def _below(node: Node) -> set[str]:
    found = {node.name} if isinstance(node, Elem) else set()
    return found.union(*(_below(c) for c in children(node)))


def _argmin(model: Model, target: Target) -> Derived:
    assert target.below is not None
    lemmas, names = _gradient(model, Target(target.text, "gradient", target.top, target.below))
    last, equation = closed_form.stationary(names, lemmas[-1].result, names[target.below.name])
    verify.check_stationary(names, equation, target.below.name, last.result)
    return (*lemmas, last), names


_DERIVERS: Mapping[str, Callable[[Model, Target], Derived]] = {"gradient": _gradient, "second": _second, "value": _value, "argmin": _argmin}


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
        lemmas = (*lemmas, Lemma(target.text, tuple(chain.steps), (lemmas[-1].target,), f"{a} ≠ {b}")) if chain.steps else lemmas
    return lemmas


def _without_delta(node: Node, pair: set[Index]) -> Node:
    if isinstance(node, Delta) and {node.left, node.right} == pair:
        return ZERO
    below = children(node)
    return rebuild(node, tuple(_without_delta(c, pair) for c in below)) if below else node
