"""What one function computes, and how every form of it begins: its arguments, its sizes, its dtype."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derivations.domains import Names
from derivations.emit import helpers
from derivations.emit.choose import chosen
from derivations.emit.dialect import Dialect, mentions
from derivations.emit.factors import factored
from derivations.emit.mangle import Scope, identifier
from derivations.emit.plainer import plainer
from derivations.emit.printer import Printer, cheap
from derivations.emit.program import Array, CannotEmit, Input, in_order
from derivations.formula import Formula


class Plan:
    """What one function computes: its outputs and nodes as arrays, its arguments, its sizes."""

    def __init__(self, outputs: Mapping[str, Formula], dialect: Dialect):
        if not outputs:
            raise ValueError("nothing to emit: outputs is empty")
        self.formulas = dict(outputs)
        names = Names()
        for f in outputs.values():
            names = names.with_rows(*(f.names or Names()).values())
        self.names = names
        made = chosen(outputs, names)
        arrays, lowering = made.arrays, made.lowering
        nodes: dict[Array, str] = {}
        for name, value in lowering.nodes.items():
            if not cheap(value.array):
                nodes.setdefault(value.array, name)
        self.outputs, self.nodes = plainer(*factored(arrays, nodes, lowering.definite, dialect), dialect)
        used = {a.name for a in in_order(tuple(self.outputs.values())) if isinstance(a, Input)}
        self.inputs = [
            replace(row, sizes=row.sizes[:-1]) if row.labels else row for row in names.values() if row.name in used
        ]
        self.nonzero = lowering.nonzero

    def where(self, size: str) -> tuple[str, int, int] | None:
        """An argument with an axis of that size: its name, the axis, its rank."""
        for row in self.inputs:
            if size in row.sizes:
                return row.name, row.sizes.index(size), len(row.sizes)
        return None


def new_scope(plan: Plan, name: str, dialect: Dialect) -> tuple[Scope, str, dict[str, str]]:
    """A scope in which the function, its arguments and its sizes have their identifiers."""
    scope = Scope(helpers.all_names() | helpers.names_of(dialect) | {"functools", "inspect", "diagonal_"})
    function = scope.fresh(identifier(name))
    return scope, function, {row.name: scope.of(row.name) for row in plan.inputs}


def variables_of(outputs: Mapping[str, Array], arguments: Mapping[str, str]) -> dict[Array, str]:
    """The arguments among the arrays of a program, with their identifiers."""
    return {a: arguments[a.name] for a in in_order(tuple(outputs.values())) if isinstance(a, Input)}


def loose_sizes(plan: Plan, sizes: set[str]) -> list[str]:
    """Sizes that no argument has: arguments of their own."""
    return sorted(s for s in sizes if plan.where(s) is None)


def specification(plan: Plan, arguments: Mapping[str, str]) -> str:
    """`X: n d; w: d`: the text that the decorator `arrays` checks arguments by."""
    parts = [f"{arguments[row.name]}: {' '.join(map(str, row.sizes))}".rstrip() for row in plan.inputs]
    return "; ".join(parts)


def prologue(plan: Plan, printer: Printer, arguments: Mapping[str, str], native: bool, batch: str = "") -> list[str]:
    """`n, d = X.shape`: the statements that read the dtype and the sizes that are used."""
    floating = next((arguments[row.name] for row in plan.inputs if not row.labels), None)
    lines = _opening(printer, list(arguments.values()), floating)
    open_sizes = {s for s in printer.sizes if plan.where(s) is not None}
    if batch:
        lines.append(f"{batch} = len({next(iter(arguments.values()))})")
    for row in plan.inputs:
        here = [s for s in row.sizes if s in open_sizes]
        if not here:
            continue
        x = arguments[row.name]
        wanted = dict.fromkeys(here)
        if not native and not batch and len(row.sizes) > 1 and len(wanted) == len(row.sizes):
            lines.append(f"{', '.join(printer.scope.of(str(s), 'size') for s in row.sizes)} = {x}.shape")
        else:
            for s in wanted:
                k = row.sizes.index(s)
                lines.append(
                    f"{printer.scope.of(str(s), 'size')} = {x}.shape[{k - len(row.sizes) if native or batch else k}]"
                )
        open_sizes -= set(here)
    return lines


def _opening(printer: Printer, arguments: list[str], floating: str | None) -> list[str]:
    """How the dialect begins a function; `floating` is an argument that is no array of indices."""
    dialect = printer.dialect
    if not arguments:
        if dialect.bare is None:
            raise CannotEmit(f"a function of sizes alone has no {dialect.title} form here")
        return [line for word, line in dialect.bare if not word or word in printer.mentioned]
    given = ", ".join(arguments)
    every = f"({given})" if len(arguments) > 1 else f"({given},)"
    words = {
        "given": given,
        "all": every,
        "left": given if len(arguments) > 1 else every,
        "first": floating or arguments[0],
    }
    wanted = [line for word, line in dialect.opening if not word or word in printer.mentioned]
    printer.mentioned.update(*map(mentions, wanted))
    return [line.format(**words) for line in wanted]
