"""The statements of the readable form: one for every node and for what is used again, in order."""

from __future__ import annotations

from derivations.emit.plan import Plan
from derivations.emit.printer import Printer, cheap, chosen_names, description
from derivations.emit.program import AddDiagonal, Array, Input, Permute


def statements(plan: Plan, printer: Printer) -> list[str]:
    """The statements of the readable form, `return` included."""
    scope, variables = printer.scope, printer.names
    lines: list[str] = []
    results = {array: key for key, array in plan.outputs.items() if not cheap(array)}
    for a in chosen_names(plan.outputs, plan.nodes):
        wish = plan.nodes.get(a) or results.get(a)
        target = scope.of(wish) if wish is not None else scope.fresh(description(a, variables))
        if isinstance(a, AddDiagonal):
            lines += printer.diagonal(a, target)
        else:
            lines.append(f"{target} = {printer.fresh(a)[0]}")
        variables[a] = target
    returned = [printer.text(a) for a in plan.outputs.values()]
    seen: set[Array] = set()
    for k, a in enumerate(plan.outputs.values()):
        if not _owned(a, seen):
            returned[k] = printer.written("copy", printer.entry(a))
    lines.append("return " + ", ".join(returned))
    return lines


def _owned(a: Array, seen: set[Array]) -> bool:
    """Whether a result is nobody else's: an argument, another result, or a view of one is copied, so that the caller
    owns what is returned."""
    while isinstance(a, Permute):
        a = a.arg
    shared = isinstance(a, Input) or a in seen
    seen.add(a)
    return not shared
