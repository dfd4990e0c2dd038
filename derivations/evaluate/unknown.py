"""An unknown function of several arguments, and of arrays, by ones of a single number.

    φ(x, Z, a)_j = Σ_r φ_r(s_r)      s_r = Σ_i u_i x_i + Σ_ij v_ij z_ij + w a + t j

The weights are values of unknown functions themselves, so that different arguments give different numbers unless a
formula knows them. With one summand all gradients of a function would be along one vector. A derivative by an entry is
the weight of that entry times φ_r'(s_r).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derivations.formula import Apply, IndexExpr, IndexVal, Node, Tensor, add, mul, num, total

SUMMANDS = ("", ", second")


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
    return add(*made)


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
