"""Arguments that are one number, which callers give as Python's own: `f(x, 0.5)`.

Arithmetic with a number of Python keeps the dtype of an array, functions and choices do not: NumPy's log of 0.5 is a
float64, PyTorch has none, and `where(c, 1, 0.5)` is of the default dtype. What meets one of them becomes an array.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from derivations.emit.plan import Plan
from derivations.emit.printer import Printer
from derivations.emit.program import Array, Input, Loop, Map, Spread, in_order, operands

_ARITHMETIC = frozenset({
    "add", "subtract", "multiply", "divide", "negative", "square", "power",
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
})  # fmt: skip
"""What Python's numbers do by themselves, and beside arrays as these do it."""


def converted(plan: Plan, printer: Printer, arguments: Mapping[str, str]) -> list[str]:
    """The statements that make arrays of such arguments, where another one has the dtype."""
    template = printer.dialect.of_number
    if not template or not any(row.sizes and not row.labels for row in plan.inputs):
        return []
    met = met_by_functions(plan.outputs.values())
    lines = [template.format(name=arguments[row.name]) for row in plan.inputs if row.name in met]
    if lines:
        printer.mentioned |= {"dtype", "device"}
    return lines


def met_by_functions(outputs: Iterable[Array]) -> set[str]:
    """The arguments without axes that a function or a choice is applied to, alone or in arithmetic of their own."""
    of_numbers: dict[Array, frozenset[str]] = {}
    met: set[str] = set()
    for a in in_order(tuple(outputs)):
        given = operands(a)
        inputs = frozenset().union(*(of_numbers.get(o, frozenset()) for o in given))
        if isinstance(a, Input):
            if not a.shape:
                of_numbers[a] = frozenset({a.name})
        elif isinstance(a, Map) and a.fn in _ARITHMETIC:
            if not a.shape and all(o in of_numbers or o.kind == "static" for o in given):
                of_numbers[a] = inputs
        elif isinstance(a, (Map, Spread, Loop)):
            met |= inputs
    return met
