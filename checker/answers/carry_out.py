"""Derivatives that stand in a line, carried out: ∂LL/∂p, ∂p/∂(θᵀx), d/dσ [ … ].

∂A/∂b is A with its nodes unfolded down to b, differentiated in index form. With respect to an expression, the
expression is first put in place of itself by a new name, wherever the unfolded A holds it.
"""

from __future__ import annotations

from dataclasses import replace

from checker.equality.unfold import unfold_names
from derivations.calculus import NoDerivative, partial
from derivations.domains import Names
from derivations.formula import Deriv, Elem, Formula, Node, children, free_indices, rebuild, replace_elems, walk

HELD = "∂"
"""Stands for the expression with respect to which is differentiated; no declared name has this spelling."""


class NotCarriedOut(ValueError):
    """A derivative that cannot be carried out: no rule, or the expression does not occur."""


def carried_out(formula: Formula, names: Names) -> Formula:
    """The formula with every derivative in it carried out. Raises `NotCarriedOut`."""
    if not any(isinstance(n, Deriv) for n in walk(formula.body)):
        return formula
    try:
        return replace(formula, body=_done(formula.body, names))
    except NoDerivative as error:
        raise NotCarriedOut(str(error)) from error


def _done(node: Node, names: Names) -> Node:
    below = children(node)
    if not below:
        return node
    if isinstance(node, Deriv):
        return derivative(_done(node.of, names), node.wrt, names)
    new = tuple(_done(c, names) for c in below)
    return node if all(a is b for a, b in zip(new, below, strict=True)) else rebuild(node, new)


def derivative(of: Node, wrt: Node, names: Names) -> Node:
    """∂of/∂wrt with all nodes between unfolded. Raises `NotCarriedOut`, `NoDerivative`."""
    if isinstance(wrt, Elem):
        unfolded = unfold_names(Formula(of, names=names), names, stop={wrt.name}).body
        return partial(unfolded, wrt)
    if free_indices(wrt) and not free_indices(wrt) <= free_indices(of):
        raise NotCarriedOut("differentiate with respect to one entry")
    target = unfold_names(Formula(wrt, names=names), names).body
    whole = unfold_names(Formula(of, names=names), names).body
    held, count = _put(whole, target)
    if count == 0:
        raise NotCarriedOut("what is differentiated does not depend on that expression as it is written")
    made = partial(held, Elem(HELD))
    return replace_elems(made, lambda e: target if e.name == HELD else None)


def _put(node: Node, target: Node) -> tuple[Node, int]:
    """The tree with every copy of `target` replaced by the name that stands for it, and how many there were."""
    if _same(node, target):
        return Elem(HELD), 1
    below = children(node)
    made = [_put(c, target) for c in below]
    count = sum(k for _, k in made)
    return (rebuild(node, tuple(m for m, _ in made)), count) if count else (node, 0)


def _same(a: Node, b: Node) -> bool:
    if type(a) is not type(b) or free_indices(a) != free_indices(b):
        return False
    free = tuple(sorted(free_indices(a), key=id))
    return Formula(a, free=free) == Formula(b, free=free)
