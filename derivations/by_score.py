"""The gradient of means by the score: ∂/∂θ E_{z ~ p}[f(z)] = E_{z ~ p}[f(z) ∂ log p(z)/∂θ + ∂f(z)/∂θ].

The mean is a sum over values z_s with any weights v_s, in which the density has a name (`densities`): Σ_s v_s e^(ℓ_s)
f(z_s). θ moves it through ℓ, where it stands in the law, and through f; both go under the sum. What is under the sum is
differentiated by the rules of `calculus`, and finite differences of the whole are compared with the result.
"""

from __future__ import annotations

from collections.abc import Callable

from derivations import verify
from derivations.adjoint import adjoint_name, with_result
from derivations.calculus import NoDerivative, partial
from derivations.chain import Chain, axes_for
from derivations.densities import densities_in, is_density, scored
from derivations.derivation import Lemma
from derivations.domains import Declared, Names
from derivations.folding.fold import fold, inline, rules
from derivations.formula import ZERO, Elem, Formula, Node, add, mul, replace_elems
from derivations.kept_means import is_size
from derivations.model import Model, uses
from derivations.simplify.shapes import neat, recognise
from derivations.simplify.tidy import tidy
from derivations.target import Target

SCORE = "the derivative of a density is the density times that of its logarithm"
_MOVED = "moved by"


def by_score(
    model: Model, target: Target, over_symmetric: Callable[[Lemma, Names, Declared], Lemma]
) -> tuple[tuple[Lemma, ...], Names]:
    """The lemma of df/dθ, whose steps are the score and what it is; `over_symmetric` makes one by a symmetric matrix
    symmetric. Raises `NoDerivative` where no density depends on θ."""
    assert target.below is not None
    names, top, wrt = model.names, target.top.name, target.below.name
    row = names[top]
    if row.equation is None or row.recursion is not None:
        raise NoDerivative("a gradient by the score is of a formula, not of what goes round", Elem(top))
    nodes = frozenset(n for n in names if names[n].role == "node" and not is_density(n) and uses(names, n, wrt))
    body = recognise(inline(row.equation.body, names, nodes), names)
    axes = row.equation.axes
    entry = Elem(wrt, axes_for(names[wrt].sizes, names, axes))
    moving = {name for name in densities_in(body) if uses(names, name, wrt)}
    if not moving:
        raise NoDerivative(_why_none(body, top, wrt), entry)
    rows: dict[str, Declared] = {}

    def moved(elem: Elem) -> Node | None:
        """ℓ_s + t ∂ℓ_s/∂θ"""
        if elem.name not in moving:
            return None
        of = names[elem.name].definition
        assert of is not None
        own = Elem(elem.name, of.axes)
        slope = tidy(partial(inline(of.body, names, nodes), entry), names)
        made, score = scored(own, entry, slope)
        rows[made.name] = made
        return add(elem, mul(Elem(_MOVED), Elem(score.name, (*elem.at, *entry.at))))

    slope = partial(replace_elems(body, moved), Elem(_MOVED))
    through = replace_elems(slope, lambda e: ZERO if e.name == _MOVED else None)
    names = names.with_rows(*rows.values())
    direct = partial(body, entry)
    result_axes = (*axes, *entry.at)
    chain = Chain(names, result_axes, Elem(adjoint_name(top, wrt), result_axes))  # type: ignore[arg-type]
    chain.to("score function", tidy(add(through, direct), names), SCORE)
    chain.to("insert the score", inline(chain.node, names, frozenset(rows)))
    finite = frozenset(name for name in densities_in(chain.node) if not is_size(names[name].sizes[0]))
    chain.to("simplify", neat(tidy(inline(chain.node, names, finite), names), names))
    chain.fold(fold(chain.node, rules(names, top), names))
    lemma = Lemma(adjoint_name(top, wrt), tuple(chain.steps))
    numerator = Formula(Elem(top, axes), axes, names=names)
    checked = verify.check_adjoint(names, numerator, wrt, lemma.result)
    lemma = over_symmetric(lemma if checked else lemma.unchecked(), names, names[wrt])
    return (lemma,), with_result(names, lemma.target, lemma.result)


def _why_none(body: Node, top: str, wrt: str) -> str:
    if densities_in(body):
        return f"no law in {top} depends on {wrt}, and there is no score: leave it out"
    return (
        f"there is no mean in {top} that is kept with its density (a closed form stands in its place, or its law is "
        "a sum over few values): the gradient of what stands there needs no score"
    )
