"""The statements of the readable form: one for every node and for what is used again, in order."""

from __future__ import annotations

from collections.abc import Callable

from derivations.numpy_code.plan import Plan
from derivations.numpy_code.program import AddDiagonal, Array, Input, Permute
from derivations.numpy_code.source import Printer, cheap, chosen_names, description


def statements(plan: Plan, printer: Printer, diagonal: Callable[[Printer, AddDiagonal, str], list[str]]) -> list[str]:
    """The statements of the readable form, `return` included; `diagonal` writes additions on a diagonal."""
    scope, variables = printer.scope, printer.names
    lines: list[str] = []
    results = {array: key for key, array in plan.outputs.items() if not cheap(array)}
    for a in chosen_names(plan.outputs, plan.nodes):
        wish = plan.nodes.get(a) or results.get(a)
        target = scope.of(wish) if wish is not None else scope.fresh(description(a, variables))
        if isinstance(a, AddDiagonal):
            lines += diagonal(printer, a, target)
        else:
            lines.append(f"{target} = {printer.fresh(a)[0]}")
        variables[a] = target
    returned = [printer.text(a) for a in plan.outputs.values()]
    seen: set[Array] = set()
    for k, a in enumerate(plan.outputs.values()):
        returned[k] = _owned(a, returned[k], seen)
    lines.append("return " + ", ".join(returned))
    return lines


def _owned(a: Array, text: str, seen: set[Array]) -> str:
    """A result that is an argument, or another result, or a view of one, is copied: the caller owns what is
    returned."""
    while isinstance(a, Permute):
        a = a.arg
    shared = isinstance(a, Input) or a in seen
    seen.add(a)
    return f"{text}.copy()" if shared else text
