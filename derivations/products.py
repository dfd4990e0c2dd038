"""Products of a Jacobian with one vector, each in one pass and without the Jacobian.

    forward    ẏ = (∂y/∂x) v     ḣ_i = Σ_b ∂h_i/∂g_b ġ_b over the nodes g that h uses, ẋ = v: one lemma a node; the
                                 ḣ_t of a recursion is one, from ḣ_{t-1}
    reverse    uᵀ (∂y/∂x)        the gradient of s = Σ_i u_i y_i: the reverse sweep of a number

Both have the cost of the function itself; each result is compared with differences of y along v, and of s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derivations import verify
from derivations.adjoint import before_first, started, under_ties
from derivations.calculus import NoDerivative, is_zero, partial
from derivations.chain import Chain, axes_for, quoted
from derivations.derivation import Lemma
from derivations.domains import DOMAINS, Declared, Names
from derivations.folding.fold import fold, inline, rules
from derivations.folding.matching import Fold
from derivations.formula import (
    Deriv,
    Elem,
    Formula,
    Node,
    Size,
    add,
    mul,
    names_in,
    reindex,
    show_shape,
    total,
)
from derivations.model import Model, round_of, uses, with_node
from derivations.recursion import Recursion
from derivations.simplify.shapes import recognise, with_softmax
from derivations.simplify.tidy import tidy

NUMBERS = ("s", "L", "J", "S", "a_", "s_")
"""Names of the number that is differentiated in the place of an array, the first that is free."""


def as_number(model: Model, top: str, direction: str) -> tuple[Model, str]:
    """The model with s = Σ_i u_i y_i as one more node, and its name; an u that the model does not declare has the shape
    of y."""
    sizes = model.names[top].sizes
    names = with_direction(model.names, direction, sizes, top)
    name = next(x for x in NUMBERS if x not in names and x not in names.sizes)
    axes = axes_for(sizes, names, ())
    body = total(axes, mul(Elem(direction, axes), Elem(top, axes)))
    return with_node(replace(model, names=names), name, Formula(body, (), names=names)), name


def with_direction(names: Names, direction: str, sizes: Sequence[Size], of: str) -> Names:
    """The names with a direction, which has the shape of what it goes with. Raises `NoDerivative` where it is declared
    with another."""
    row = names.get(direction)
    if row is None:
        return names.with_rows(Declared(direction, DOMAINS["real"], tuple(sizes)))
    if row.sizes != tuple(sizes):
        raise NoDerivative(
            f"{row.name} has the shape {show_shape(row.sizes)}, a direction for {of} has {show_shape(tuple(sizes))}",
            Elem(row.name, ()),
        )
    return names


def stated(names: Names, name: str) -> Lemma:
    """What a node is."""
    equation = names[name].equation
    assert equation is not None
    chain = Chain(names, equation.axes, Elem(name, equation.axes))
    chain.to("definition", equation.body)
    return Lemma(name, tuple(chain.steps))


def pushed(names: Names, top: str, wrt: str, direction: str) -> tuple[tuple[Lemma, ...], Names]:
    """The lemmas of Σ_k ∂y/∂x_k v_k, one for each node on the way, and the names with these. Raises `NoDerivative`."""
    names = with_direction(names, direction, names[wrt].sizes, wrt)
    known = {wrt: direction}
    folds = rules(names, None)
    direct = tuple(f for f in folds if f.direct)
    lemmas: list[Lemma] = []
    for row in list(names.values()):
        if row.role != "node" or row.name == wrt or not uses(names, row.name, wrt):
            continue
        if row.name != top and not uses(names, top, row.name):
            continue
        if row.recursion is not None and row.name not in known:
            names = _await_round(names, row.name, wrt, known)
        lemma = _tangent(names, row, known, wrt, last=row.name == top, folds=folds if row.name == top else direct)
        if lemma is None:
            continue
        lemmas.append(lemma)
        known[row.name] = lemma.target
        made = Declared(lemma.target, DOMAINS["real"], row.sizes, "adjoint")
        result = Formula(lemma.result.body, lemma.result.axes, names=names)
        round_ = row.recursion
        names = names.with_rows(
            replace(made, definition=result)
            if round_ is None
            else replace(made, recursion=Recursion(result, round_.over, round_.direction))
        )
    if top not in known or not lemmas:
        raise NoDerivative(
            f"{top} does not depend on {wrt}: the derivative is 0 everywhere",
            Elem(wrt, axes_for(names[wrt].sizes, names, ())),
        )
    axes = lemmas[-1].result.axes
    numerator = Formula(Elem(top, axes), axes, names=names)
    if not verify.check_along(names, numerator, wrt, direction, lemmas[-1].result):
        lemmas[-1] = lemmas[-1].unchecked()
    return tuple(lemmas), names


def _await_round(names: Names, node: str, wrt: str, known: dict[str, str]) -> Names:
    """The names with the derivatives of what goes round with a node, which use one another."""
    for other in round_of(names, node):
        if uses(names, other, wrt):
            known[other] = _target(names, other)
            names = names.with_rows(Declared(known[other], DOMAINS["real"], names[other].sizes, "adjoint"))
    return names


def _tangent(
    names: Names, row: Declared, known: dict[str, str], wrt: str, *, last: bool, folds: Sequence[Fold]
) -> Lemma | None:
    """ḣ = Σ_b ∂h/∂g_b ġ_b; None where it is 0."""
    equation = row.equation
    assert equation is not None
    axes = axes_for(row.sizes, names, ())
    body = recognise(reindex(equation.body, dict(zip(equation.axes, axes, strict=True))), names)
    if not row.known:  # a formula that names no nodes: there is no p into which its quotients would be folded
        body = with_softmax(body)
    through, formal, product = [], [], []
    used = names_in(body)
    for name in (n for n in known if n in used or used.intersection(started(names, n))):
        at = tuple(i.fresh() for i in axes_for(names[name].sizes, names, axes))
        ways = [Elem(name, at), *(before_first(names, other, at) for other in started(names, name))]
        try:
            local = add(*(partial(body, way) for way in ways))
        except NoDerivative as error:
            raise NoDerivative(f"{error} (in the derivative by {name})", error.node, row.name) from None
        if is_zero(tidy(local, names)):
            continue
        through.append(name)
        tangent = Elem(known[name], at)
        way = total(at, mul(Deriv(Elem(row.name, axes), Elem(name, at)), tangent))
        formal.append(under_ties(tidy(local, names), at, way))
        product.append(tidy(total(at, mul(local, tangent)), names))
    if not through:
        return None
    own = known.get(row.name) or _target(names, row.name)
    inner = axes_for(names[wrt].sizes, names, axes)
    start: Node = total(inner, mul(Deriv(Elem(row.name, axes), Elem(wrt, inner)), Elem(known[wrt], inner)))
    stated_by = start if last and row.recursion is None else Elem(own, axes)  # what goes round needs its letter
    chain = Chain(names, axes, stated_by)
    chain.to("chain rule", add(*formal), "through " + quoted(through))
    chain.to("local derivatives", tidy(add(*product), names))
    chain.fold(fold(chain.node, tuple(f for f in folds if f.direct), names))
    tangents = frozenset(t for t in known.values() if names.get(t) is not None and names[t].role == "adjoint")
    if last and (used := sorted(tangents & names_in(chain.node))):
        closed = tidy(inline(chain.node, names, tangents), names)
        chain.to("insert " + quoted(used), closed)
        chain.fold(fold(chain.node, folds, names))
    return Lemma(own, tuple(chain.steps)) if chain.steps else None


def _target(names: Names, node: str) -> str:
    """ḣ for h, the letter with a dot, where it is free."""
    base, bar, rest = node.partition("_")
    made = f"{base}dot{bar}{rest}"
    while made in names:
        made = f"{made}'"
    return made
