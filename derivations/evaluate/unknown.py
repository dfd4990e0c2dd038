"""An unknown function of several arguments, and of arrays, as one of a single number.

    φ(x, Z, a)_j = φ(Σ_i u_i x_i + Σ_ij v_ij z_ij + w a + t j)

The weights are values of unknown functions themselves, so that different arguments give different numbers unless a
formula knows them.
"""

from __future__ import annotations

from collections.abc import Iterator

from derivations.formula import Apply, IndexVal, Node, Tensor, add, mul, num, total


def of_one_number(node: Apply) -> Apply:
    """The application of an unknown function to one number, which all of its arguments make; itself where it is one."""
    if len(node.args) == 1 and not node.at and not isinstance(node.args[0], Tensor):
        return node
    return Apply(node.fn, (add(*_parts(node)),), 0, (), node.span)


def _parts(node: Apply) -> Iterator[Node]:
    for spot, arg in enumerate((*node.args, *(IndexVal(at) for at in node.at)), 1):
        weight = Apply(f"{node.fn}, argument {spot}", (num(spot),))
        if isinstance(arg, Tensor):
            for k, index in enumerate(arg.indices, 1):
                weight = Apply(f"{node.fn}, argument {spot}, axis {k}", (add(weight, IndexVal(index)),))
            yield total(arg.indices, mul(weight, arg.body))
        else:
            yield mul(weight, arg)
