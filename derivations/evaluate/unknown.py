"""An unknown function of several arguments, and of arrays, by ones of a single number.

    φ(x, Z, a)_j = Σ_r φ_r(s_r) + Σ_i ψ(x_i + u_i + t j) + …     s_r = Σ_i u_i x_i + Σ_ij v_ij z_ij + w a + t j

The weights are values of unknown functions themselves, so that different arguments give different numbers unless a
formula knows them. With one summand all gradients of a function would be along one vector, and without those of each
entry alone no Jacobian or Hessian of more than two rows could be inverted. A derivative by an entry is the weight of
that entry times φ_r'(s_r), and ψ' there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derivations.formula import Apply, Delta, IndexExpr, IndexVal, Node, Tensor, add, mul, num, reindex, total

SUMMANDS = ("", ", second")
ALONE = ", entries of argument {}"
"""The functions of single entries of an array."""


def of_one_number(node: Apply) -> Node:
    """The application of an unknown function by such to one number, which all of its arguments make; itself where it is
    one."""
    if len(node.args) == 1 and not node.at and not isinstance(node.args[0], Tensor):
        return node
    made = []
    for which in SUMMANDS:
        name = node.fn + which
        slopes = (_weight(name, argument + 1, places) for argument, places in node.by)
        made.append(mul(*slopes, Apply(name, (add(*_parts(node, name)),), ((0, ()),) * len(node.by), (), node.span)))
    return add(*made, *_by_entries(node))


def _by_entries(node: Apply) -> Iterator[Node]:
    """ψ of each entry of each array, or its derivative by one entry, which others do not move."""
    for spot, arg in enumerate(node.args):
        if not isinstance(arg, Tensor) or any(argument != spot for argument, _ in node.by):
            continue
        name = node.fn + ALONE.format(spot + 1)
        places = node.by[0][1] if node.by else arg.indices
        entry = reindex(arg.body, dict(zip(arg.indices, places, strict=True)))
        moved = (_weight(name, spot + 1, places), *(IndexVal(at) for at in node.at))
        one = Apply(name, (add(entry, *moved),), ((0, ()),) * len(node.by), (), node.span)
        same = (Delta(a, b) for _, also in node.by[1:] for a, b in zip(places, also, strict=True))
        yield mul(*same, one) if node.by else total(arg.indices, one)


def _parts(node: Apply, name: str) -> Iterator[Node]:
    for spot, arg in enumerate((*node.args, *(IndexVal(at) for at in node.at)), 1):
        if isinstance(arg, Tensor):
            yield total(arg.indices, mul(_weight(name, spot, arg.indices), arg.body))
        else:
            yield mul(_weight(name, spot, ()), arg)


def _weight(name: str, spot: int, places: Sequence[IndexExpr]) -> Node:
    """That of an entry of an argument."""
    weight: Node = Apply(f"{name}, argument {spot}", (num(spot),))
    for k, place in enumerate(places, 1):
        weight = Apply(f"{name}, argument {spot}, axis {k}", (add(weight, IndexVal(place)),))
    return weight
