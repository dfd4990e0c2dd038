"""Derivatives that stand inside of a formula, carried out before it is differentiated: ½ ‖∇ log p(x)‖², Σ_j ∂²g/∂x_j².

Each is a derivative of its own: nodes between are put in, the rules of `calculus` differentiate, and finite differences
of what it is of are compared with it.
"""

from __future__ import annotations

from dataclasses import replace

from derivations import verify
from derivations.calculus import NoDerivative, partial
from derivations.chain import Chain
from derivations.derivation import Lemma
from derivations.domains import Declared, Names
from derivations.folding.fold import inline
from derivations.formula import Deriv, Elem, Formula, Index, Node, free_indices, left_to_do, map_up, names_in, reindex
from derivations.model import uses
from derivations.simplify.shapes import neat, recognise
from derivations.simplify.tidy import tidy


def carried_out(names: Names) -> tuple[Names, tuple[Lemma, ...]]:
    """The names with the derivatives in the definitions of their nodes carried out, and a lemma for each such node."""
    lemmas = []
    for row in names.values():
        equation = row.equation
        if row.role != "node" or equation is None or not left_to_do(equation):
            continue
        if row.recursion is not None:
            raise NoDerivative("a derivative inside of a recursion is not carried out", equation.body)
        chain = Chain(names, equation.axes, Elem(row.name, equation.axes))
        chain.to("definition", equation.body)
        body = map_up(equation.body, lambda part, row=row, names=names: _done(part, row, names))
        chain.to("carry out the derivatives", tidy(recognise(body, names), names))
        chain.to("simplify", neat(chain.node, names))
        names = names.with_rows(row.with_equation(replace(equation, body=chain.node)))
        lemmas.append(Lemma(row.name, tuple(chain.steps)))
    return names, tuple(lemmas)


def _done(part: Node, row: Declared, names: Names) -> Node | None:
    """∂a/∂x_j carried out, and compared with differences of a."""
    if not isinstance(part, Deriv):
        return None
    of, wrt = part.of, part.wrt
    if not isinstance(wrt, Elem) or wrt.name not in names:
        raise NoDerivative("a derivative by a formula is not carried out: give the formula a name", part, row.name)
    between = frozenset(name for name in names_in(of) if name in names and uses(names, name, wrt.name))
    whole = inline(of, names, between) if between else of
    places = tuple(Index("s", size) for size in names[wrt.name].sizes)
    made = tidy(partial(whole, Elem(wrt.name, places)), names)
    own = tuple(sorted(free_indices(whole), key=lambda i: i.name))
    verify.check_adjoint(names, Formula(whole, own, names=names), wrt.name, Formula(made, own + places, names=names))
    return reindex(made, dict(zip(places, wrt.at, strict=True)))
