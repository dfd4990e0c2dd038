r"""How a document lays its arrays out: whether its W_2 has the rows and columns of the sheet's.

A product that does not conform with the sheet's shapes is no mistake where the writer's arrays lie another way. A line
that holds shows how they lie, where they are multiplied as matrices or differentiated by; so does a shape that is
right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from checker.answers.links import Link
from derivations.domains import Names
from derivations.formula import Bound, Deriv, Elem, Formula, Mul, ShapeError, names_in, walk
from derivations.notation import read
from derivations.notation.errors import ReadError

_AXIS = re.compile(r"axis \d+ of (?P<name>\w+)\Z")


def shown_by(links: Iterable[Link | None], names: Names) -> frozenset[str]:
    """The arrays of which relations that hold show the layout."""
    sides = (side.formula for link in links if link is not None for side in (link.left, link.right))
    return frozenset(name for formula in sides for name in _shown(formula, names))


def _shown(formula: Formula, names: Names) -> Iterator[str]:
    for node in walk(formula.body):
        if isinstance(node, Elem) and "/d" in node.name:
            yield node.name.partition("/d")[2]
        elif isinstance(node, Deriv) and isinstance(node.wrt, Elem):
            yield node.wrt.name
        elif isinstance(node, Bound) and node.op == "sum" and isinstance(node.body, Mul):
            factors = [{n for n in names_in(arg) if _is_table(n, names)} for arg in node.body.args]
            if sum(map(bool, factors)) > 1:
                yield from set().union(*factors)


def is_of(laid_out: frozenset[str], error: ShapeError, names: Names) -> bool:
    """Whether all arrays that do not conform are laid out as those of the sheet."""
    clash = _clash(error, names) if laid_out else None
    return clash is not None and clash <= laid_out


def _clash(error: ShapeError, names: Names) -> frozenset[str] | None:
    """The tables whose layouts clash; None where that is not known, and where a small letter may be one example, x
    beside the x_i or their X."""
    axes = [axis["name"] for operand in error.operands if (axis := _AXIS.match(operand)) is not None]
    if axes:  # W_{2,jk}, where j runs over the units and W_2 has a row a class
        return frozenset(axes)
    found: set[str] = set()
    for operand, shape in zip(error.operands, error.shapes, strict=True):
        if len(shape) < 2:  # a row or a column, as it is needed
            return None
        try:
            formula = read(operand, names)
        except ReadError:
            return None
        if any(note.tag == "letter" for note in formula.notes):
            return None
        found |= names_in(formula.body)
    tables = frozenset(name for name in found if _is_table(name, names))
    return None if not tables or any(name[0].islower() for name in tables) else tables


def _is_table(name: str, names: Names) -> bool:
    row = names.get(name)
    return row is not None and len(row.sizes) > 1
