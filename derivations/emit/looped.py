"""The text of a loop over places: lists that grow by one entry a step, and are arrays behind it.

h = [h_0]
for t in range(T):
    h.append(np.tanh(W @ h[-1] + p[t]))
h = np.stack(h)
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping

from derivations.emit.naming import description
from derivations.emit.native import NotNative
from derivations.emit.printer import Printer, cheap
from derivations.emit.program import AddDiagonal, Array, Body, Carried, Loop, in_order, operands, within


def looped(printer: Printer, body: Body, wishes: Mapping[str, str], wanted: frozenset[int]) -> list[str]:
    """The statements that make the `wanted` members of a loop variables; all are named as `wishes` has it."""
    if printer.dots:
        raise NotNative
    lists = {m.name: printer.scope.of(wishes[m.name]) for m in body.members}
    printer.place = printer.scope.of("t", "places")
    lines = []
    for m in body.members:
        begin = [printer.text(m.start)] if m.start is not None else []
        if m.first is not None:
            begin.append(printer.text(m.first))
        lines.append(f"{lists[m.name]} = [{', '.join(begin)}]")
        _now(printer, m.name, m.step.shape, lists[m.name], 1)
    inner = twice(tuple(m.step for m in body.members))
    lines.append(f"for {printer.place} in {_places(printer, body)}:")
    for m in body.members:
        _now(printer, m.name, m.step.shape, lists[m.name], 0)
    for m in body.members:
        for a in in_order((m.step,)):
            if a in inner and a not in printer.names:
                target = printer.scope.fresh(description(a, printer.names))
                made = (
                    printer.diagonal(a, target) if isinstance(a, AddDiagonal) else [f"{target} = {printer.fresh(a)[0]}"]
                )
                lines += [f"    {line}" for line in made]
                printer.names[a] = target
        lines.append(f"    {lists[m.name]}.append({printer.text(m.step)})")
        _now(printer, m.name, m.step.shape, lists[m.name], 1)
    for k, m in enumerate(body.members):
        if k not in wanted:
            continue
        name = lists[m.name] + ("[::-1]" if body.direction < 0 else "")
        axis = f", axis={m.axis}" if m.axis else ""
        lines.append(f"{lists[m.name]} = {printer.written('stack', name=name, and_axis=axis, dim=str(m.axis))}")
        printer.names[Loop(body, k)] = lists[m.name]
    return lines


def _now(printer: Printer, name: str, sizes: tuple, entries: str, made: int) -> None:
    """What the entries of a member are called, before a step has made its own and behind."""
    printer.names[Carried(name, sizes, 0)] = f"{entries}[-1]"
    printer.names[Carried(name, sizes, 1)] = f"{entries}[-2]" if made else f"{entries}[-1]"


def twice(steps: tuple[Array, ...]) -> set[Array]:
    """The arrays of a step that are used more than once, and those that are statements."""
    uses: Tally[Array] = Tally(steps)
    order = [a for a in in_order(steps) if within(a) and not cheap(a)]
    for a in order:
        uses.update(operands(a))
    return {a for a in order if uses[a] > 1 or isinstance(a, AddDiagonal)}


def _places(printer: Printer, body: Body) -> str:
    """`range(1, T)`, `reversed(range(T))`."""
    peeled = any(m.first is not None for m in body.members)
    end = printer.size(body.size)
    if body.direction > 0:
        return f"range(1, {end})" if peeled else f"range({end})"
    return f"reversed(range({end} - 1))" if peeled else f"reversed(range({end}))"
