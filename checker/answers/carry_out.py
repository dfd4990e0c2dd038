"""Derivatives that stand in a line, carried out: ∂LL/∂p, ∂p/∂(θᵀx), d/dσ [ … ].

∂A/∂b is A with its nodes unfolded down to b, differentiated in index form. With respect to an expression, the
expression is first put in place of itself by a new name, wherever the unfolded A holds it.

In the chain rule over several paths, ∂L/∂x̂ · ∂x̂/∂x + ∂L/∂v · ∂v/∂x, the second factor of each is the direct one: x̂ as
its definition has it, the other nodes held fixed.
"""

from __future__ import annotations

from dataclasses import replace

from checker.answers.vocabulary import ancestors
from checker.equality.unfold import unfold_names
from derivations.calculus import NoDerivative, partial
from derivations.domains import Names
from derivations.formula import (
    Deriv,
    Elem,
    Formula,
    Node,
    children,
    free_indices,
    instantiate,
    names_in,
    rebuild,
    replace_elems,
    walk,
)
from derivations.notation.spelling import adjoint

HELD = "∂"
"""Stands for the expression with respect to which is differentiated; no declared name has this spelling."""


class NotCarriedOut(ValueError):
    """A derivative that cannot be carried out: no rule, or the expression does not occur."""


def carried_out(formula: Formula, names: Names, direct: bool = False) -> Formula:
    """The formula with every derivative in it carried out; with `direct`, those along a path as the chain rule over
    several paths has them. Raises `NotCarriedOut`."""
    if not any(isinstance(n, Deriv) for n in walk(formula.body)):
        return formula
    try:
        return replace(formula, body=_done(formula.body, names, _along(formula.body, names) if direct else frozenset()))
    except NoDerivative as error:
        raise NotCarriedOut(str(error)) from error


def has_paths(formula: Formula, names: Names) -> bool:
    """Whether a derivative in it may be meant with the nodes between held fixed."""
    return bool(_along(formula.body, names))


def held_fixed(formula: Formula, names: Names) -> Formula | None:
    """∂x̂/∂x alone with the nodes between held fixed, where x̂ is on the way to another node: a factor of a chain rule.
    None for anything else: that of a loss is the whole one."""
    node = formula.body
    if not isinstance(node, Deriv) or not isinstance(node.of, Elem):
        return None
    if not any(node.of.name in ancestors(other, names) for other in names):
        return None
    try:
        body = _directly(node, names)
    except NoDerivative:
        return None
    return None if body is None else replace(formula, body=body, source=None)


def _along(body: Node, names: Names) -> frozenset[Node]:
    """The derivatives ∂x̂/∂x in it whose x̂ is what another one is by, and depends on x in more than one way."""
    every = [n for n in walk(body) if isinstance(n, Deriv) and isinstance(n.of, Elem) and isinstance(n.wrt, Elem)]
    by = {n.wrt.name for n in every if isinstance(n.wrt, Elem)}
    by |= {split[1] for n in walk(body) if isinstance(n, Elem) and (split := adjoint(n.name)) is not None}
    return frozenset(n for n in every if n.of.name in by and _directly(n, names) is not None)  # type: ignore[union-attr]


def _directly(node: Deriv, names: Names) -> Node | None:
    """∂x̂/∂x of the definition of x̂ as it stands; None where that is all there is, and where x is not in it."""
    of, wrt = node.of, node.wrt
    if not isinstance(of, Elem) or not isinstance(wrt, Elem):
        return None
    row = names.get(of.name)
    if row is None or row.definition is None:
        return None
    used = names_in(row.definition.body)
    if wrt.name not in used or not any(wrt.name in ancestors(other, names) for other in used):
        return None
    return partial(instantiate(row.definition, of.at), wrt)


def _done(node: Node, names: Names, direct: frozenset[Node]) -> Node:
    below = children(node)
    if not below:
        return node
    if isinstance(node, Deriv):
        made = _directly(node, names) if node in direct else None
        return made if made is not None else derivative(_done(node.of, names, direct), node.wrt, names)
    new = tuple(_done(c, names, direct) for c in below)
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
    held, count = _held(whole, target)
    if count == 0:
        raise NotCarriedOut("what is differentiated does not depend on that expression as it is written")
    made = partial(held, Elem(HELD))
    return replace_elems(made, lambda e: target if e.name == HELD else None)


def put_for(node: Node, old: Node, new: Node) -> Node | None:
    """The tree with every copy of one expression replaced by another; None where it does not hold it."""
    held, count = _held(node, old)
    return replace_elems(held, lambda e: new if e.name == HELD else None) if count else None


def _held(node: Node, target: Node) -> tuple[Node, int]:
    """The tree with every copy of `target` replaced by the name that stands for it, and how many there were."""
    if _same(node, target):
        return Elem(HELD), 1
    below = children(node)
    made = [_held(c, target) for c in below]
    count = sum(k for _, k in made)
    return (rebuild(node, tuple(m for m, _ in made)), count) if count else (node, 0)


def _same(a: Node, b: Node) -> bool:
    if type(a) is not type(b) or free_indices(a) != free_indices(b):
        return False
    free = tuple(sorted(free_indices(a), key=id))
    return Formula(a, free=free) == Formula(b, free=free)
