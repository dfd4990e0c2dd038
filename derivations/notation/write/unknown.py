"""Unknown functions on a page, and their derivatives: f''(a), ∂f(x; w)/∂w_i, ∂_2 k(x, z)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derivations.atoms.of_matrices import OF_MATRICES
from derivations.formula import Apply, Elem, Slot, Tensor, index_exprs, names_in
from derivations.notation.write.layout import Fn, Lay, Partial
from derivations.notation.write.of_matrices import of_a_matrix

if TYPE_CHECKING:
    from derivations.notation.write.page import Page


def unknown(page: Page, node: Apply) -> Lay:
    """f''(a); ∂f(x; w)/∂w_i, where an argument is a name that stands nowhere else; else ∂_2 f(a, b)_i."""
    if node.fn in OF_MATRICES:
        return of_a_matrix(page, node)
    name, args, held = f"@{node.fn}", tuple(page.lay(a) for a in node.args), held_by(node.fn, page.names)
    if of_one_number(node):
        return Fn(name, args, primes=len(node.by))
    by = named_slot(node, node.by[0]) if len(node.by) == 1 else None
    if by is not None:
        return Partial(Fn(name, args, page.at(node.at), held=held), page.lay(by))
    slots = tuple(argument + 1 for argument, _ in node.by)
    return Fn(name, args, page.at(index_exprs(node)), held=held, slots=slots)


def of_one_number(node: Apply) -> bool:
    """Whether a function takes one number and gives one: its derivatives are primes."""
    return len(node.args) == 1 and not node.at and not isinstance(node.args[0], Tensor)


def named_slot(node: Apply, slot: Slot) -> Elem | None:
    """The entry of a name that a derivative is by, where its argument is that name and no other argument has it."""
    argument, places = slot
    arg = node.args[argument]
    body, indices = (arg.body, arg.indices) if isinstance(arg, Tensor) else (arg, ())
    if not isinstance(body, Elem) or body.at != indices:
        return None
    if any(body.name in names_in(other) for k, other in enumerate(node.args) if k != argument):
        return None
    return Elem(body.name, places)


def held_by(fn: str, names: Any) -> int:
    """How many arguments of a declared function are parameters, behind a `;`."""
    signature = names[fn].signature if names is not None and fn in names else None
    return 0 if signature is None else signature.held
