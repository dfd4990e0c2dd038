"""The statements of the readable form: one for what is used again and for what would be long at its place, in order."""

from __future__ import annotations

from collections import Counter as Tally

from derivations.emit.looped import looped
from derivations.emit.mangle import identifier
from derivations.emit.naming import description
from derivations.emit.plan import Plan
from derivations.emit.printer import FEW, Printer, cheap
from derivations.emit.program import AddDiagonal, Array, Input, Loop, Permute, in_order, operands, outside, shown
from derivations.emit.scanned import scannable, scanned

WIDTH = 90
"""The columns of the results behind `return`."""


def statements(plan: Plan, printer: Printer) -> list[str]:
    """The statements of the readable form, `return` included."""
    lines = [line for a in named(plan) for line in assigned(plan, printer, a)]
    return _at_once([*lines, *_returned(plan, printer)])


def _at_once(lines: list[str]) -> list[str]:
    """What the last statement makes is returned by it: no `h = np.stack(h)` before `return h`."""
    *before, last = lines
    target = last.removeprefix("return ")
    if before and target.isidentifier() and before[-1].startswith(f"{target} = "):
        return [*before[:-1], f"return {before[-1].removeprefix(f'{target} = ')}"]
    return lines


def assigned(plan: Plan, printer: Printer, a: Array) -> list[str]:
    """The statements that make an array a variable."""
    if a in printer.names:
        return []
    if isinstance(a, Loop):
        return _looped(plan, printer, a)
    results = {array: key for key, array in plan.outputs.items() if not cheap(array)}
    wish = plan.nodes.get(a) or results.get(a)
    target = printer.scope.of(wish) if wish is not None else printer.scope.fresh(description(a, printer.names))
    lines = printer.diagonal(a, target) if isinstance(a, AddDiagonal) else [f"{target} = {printer.fresh(a)[0]}"]
    printer.names[a] = target
    return lines


def _looped(plan: Plan, printer: Printer, a: Loop) -> list[str]:
    every = [x for x in in_order(tuple(plan.outputs.values())) if isinstance(x, Loop) and x.body == a.body]
    wishes = {m.name: plan.nodes.get(Loop(a.body, k), m.name) for k, m in enumerate(a.body.members)}
    written = scanned if printer.dialect.scans and scannable(a.body) else looped
    return written(printer, a.body, wishes, frozenset(x.which for x in every))


def results(plan: Plan, printer: Printer) -> dict[str, str]:
    """The text of every result."""
    seen: set[Array] = set()
    return {
        key: printer.text(a) if _owned(a, seen) else printer.written("copy", printer.entry(a))
        for key, a in plan.outputs.items()
    }


def _returned(plan: Plan, printer: Printer) -> list[str]:
    """`return` with all results; where that is too long for a line, with their names."""
    texts = results(plan, printer)
    lines: list[str] = []
    if len(texts) > 1 and len(", ".join(texts.values())) > WIDTH:
        for key, text in texts.items():
            if not text.isidentifier():
                texts[key] = printer.scope.fresh(identifier(key))
                lines.append(f"{texts[key]} = {text}")
    return [*lines, f"return {', '.join(texts.values())}"]


def named(plan: Plan) -> list[Array]:
    """The arrays that become variables, in order of computation: what is used twice, diagonals, and nodes that are not
    short where they are used."""
    roots = tuple(plan.outputs.values())
    uses: Tally[Array] = Tally(roots)
    order = [a for a in in_order(roots) if not cheap(a)]
    for a in order:
        uses.update(operands(a))
    loops = [a for a in order if isinstance(a, Loop)]
    before = {shown(o) for a in loops for o in outside(m.step for m in a.body.members)}
    weight: dict[Array, int] = {}
    chosen: list[Array] = []
    for a in order:
        weight[a] = 1 + sum(weight.get(o, 0) for o in operands(a))
        long = a in plan.nodes and a not in roots and weight[a] > FEW
        if uses[a] > 1 or isinstance(a, AddDiagonal | Loop) or long or a in before:
            chosen.append(a)
            weight[a] = 0
    return chosen


def _owned(a: Array, seen: set[Array]) -> bool:
    """Whether a result is nobody else's: an argument, another result, or a view of one is copied, so that the caller
    owns what is returned."""
    while isinstance(a, Permute):
        a = a.arg
    shared = isinstance(a, Input) or a in seen
    seen.add(a)
    return not shared
