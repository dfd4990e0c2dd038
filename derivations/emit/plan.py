"""What one function computes, and how every form of it begins: its arguments, its sizes, its dtype."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

from derivations.domains import Names
from derivations.emit import helpers
from derivations.emit.choose import chosen
from derivations.emit.coefficients import collected
from derivations.emit.dialect import Dialect
from derivations.emit.differences import without_differences
from derivations.emit.factors import factored
from derivations.emit.mangle import Scope, identifier
from derivations.emit.naming import after_its_operand
from derivations.emit.neater import neater
from derivations.emit.plainer import plainer
from derivations.emit.printer import Printer, cheap
from derivations.emit.program import Array, CannotEmit, Input, Loop, in_order
from derivations.emit.scatter import scattered
from derivations.emit.shared import shared
from derivations.formula import Formula, is_sum, size_terms, sizes_under
from derivations.frozen import frozen


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
            called = lowering.names[name].known or after_its_operand(value.array) is None
            if called and not cheap(value.array):
                nodes.setdefault(value.array, name)
        if not dialect.loops:
            arrays, nodes = shared(arrays, nodes)
        arrays, nodes, definite = without_differences(arrays, nodes, lowering.definite, dialect)
        arrays, nodes = factored(arrays, nodes, definite, dialect)
        self.outputs, self.nodes = plainer(*collected(*neater(*scattered(arrays, nodes, dialect))), dialect)
        used = {a.name for a in in_order(tuple(self.outputs.values())) if isinstance(a, Input)}
        self.inputs = [
            replace(row, sizes=row.sizes[:-1]) if row.labels else row for row in names.values() if row.name in used
        ]
        times = {a.body.size for a in in_order(tuple(self.outputs.values())) if isinstance(a, Loop)}
        self.nonzero = [*dict.fromkeys([*lowering.nonzero, *sorted(t for t in times if isinstance(t, str))])]

    @property
    def recurs(self) -> bool:
        """Whether something is computed place by place."""
        return any(isinstance(a, Loop) for a in in_order(tuple(self.outputs.values())))

    def where(self, size: str) -> tuple[str, int, int] | None:
        """An argument with an axis of that size: its name, the axis, its rank."""
        for row in self.inputs:
            if size in row.sizes:
                return row.name, row.sizes.index(size), len(row.sizes)
        return None

    def solved(self, size: str) -> tuple[str, int, Mapping[str, int], int] | None:
        """An argument with an axis from which a size follows, its others being read elsewhere, as m of (m+n-1,) beside
        (n,): its name, the axis from the end, what is taken off."""
        for row in self.inputs:
            for k, whole in enumerate(row.sizes):
                terms, const = size_terms(whole) if is_sum(whole) else ((), 0)
                others = {name: c for name, c in terms if name != size}
                if (size, 1) in terms and all(self.where(name) for name in others):
                    return row.name, k - len(row.sizes), others, const
        return None


def new_scope(plan: Plan, name: str, dialect: Dialect) -> tuple[Scope, str, dict[str, str]]:
    """A scope in which the function, its arguments and its sizes have their identifiers."""
    scope = Scope(helpers.all_names() | helpers.names_of(dialect) | {"functools", "inspect", "arrays", "diagonal_"})
    function = scope.fresh(identifier(name))
    return scope, function, {row.name: scope.of(row.name) for row in plan.inputs}


def variables_of(outputs: Mapping[str, Array], arguments: Mapping[str, str]) -> dict[Array, str]:
    """The arguments among the arrays of a program, with their identifiers."""
    return {a: arguments[a.name] for a in in_order(tuple(outputs.values())) if isinstance(a, Input)}


def loose_sizes(plan: Plan, sizes: set[str]) -> list[str]:
    """Sizes that no argument has and none tells: arguments of their own."""
    wanted = {name for s in sizes if plan.where(s) is None for name in sizes_under(s)}
    return sorted(s for s in wanted if plan.where(s) is None and plan.solved(s) is None)


def _counted(plan: Plan, sizes: set[str]) -> tuple[list[str], list[str], set[str]]:
    """The sizes that are computed: names that follow from an axis, sums; and those that are read for them."""
    missing = [s for s in sorted(sizes) if plan.where(s) is None]
    sums = [s for s in missing if is_sum(s)]
    names = {name for s in missing for name in sizes_under(s)}
    follow = {s: found for s in sorted(names) if plan.where(s) is None and (found := plan.solved(s)) is not None}
    read = {s for s in names if plan.where(s) is not None} | {s for found in follow.values() for s in found[2]}
    return [*follow], sums, read


def counted(plan: Plan, printer: Printer, arguments: Mapping[str, str]) -> list[str]:
    """`m = x.shape[-1] - n + 1`: statements for the sizes that no argument has and that follow from others."""

    def text(terms: Iterable[tuple[str, int]], const: int, begin: str = "") -> str:
        for name, c in terms:
            shown = ("" if abs(c) == 1 else f"{abs(c)} * ") + printer.scope.of(name, "size")
            begin += (" - " if c < 0 else " + " if begin else "") + shown
        return begin + (f" {'-' if const < 0 else '+'} {abs(const)}" if const else "")

    follow, sums, _ = _counted(plan, printer.sizes)
    lines = []
    for size in follow:
        found = plan.solved(size)
        assert found is not None
        row, axis, others, const = found
        taken = [(name, -c) for name, c in others.items()]
        lines.append(f"{printer.scope.of(size, 'size')} = {text(taken, -const, f'{arguments[row]}.shape[{axis}]')}")
    return lines + [f"{printer.scope.of(s, 'size')} = {text(*size_terms(s))}" for s in sums]


def specification(plan: Plan, arguments: Mapping[str, str]) -> str:
    """`X: n d; w: d`: the text that the decorator `arrays` checks arguments by."""
    parts = [f"{arguments[row.name]}: {' '.join(map(str, row.sizes))}".rstrip() for row in plan.inputs]
    return "; ".join(parts)


@frozen
class Reading:
    """A variable that a function reads from an argument before it begins: a size, the dtype."""

    name: str
    source: str
    """`X.dtype`, or the array of which it is a length."""
    axis: int | None = None
    rank: int = 0

    @property
    def text(self) -> str:
        return self.source if self.axis is None else f"{self.source}.shape[{self.axis}]"


def prologue(plan: Plan, printer: Printer, arguments: Mapping[str, str], batch: str = "") -> list[Reading]:
    """The dtype and the sizes that are used, with where they are read. `batch`: the name of the number of members,
    which are the first axis of every argument."""
    from_end = bool(printer.dots or batch)
    floating = [row for row in plan.inputs if not row.labels]
    first = next((row for row in floating if row.sizes), floating[0] if floating else None)
    readings = _opening(printer, [*arguments.values()], arguments[first.name] if first else None)
    if batch:
        readings.append(Reading(batch, f"len({next(iter(arguments.values()))})"))
    open_sizes = {s for s in printer.sizes if plan.where(s) is not None} | _counted(plan, printer.sizes)[2]
    for row in plan.inputs:
        rank = len(row.sizes)
        for s in dict.fromkeys(s for s in row.sizes if s in open_sizes):
            k = row.sizes.index(s)
            name = printer.scope.of(str(s), "size")
            readings.append(Reading(name, arguments[row.name], k - rank if from_end else k, rank))
        open_sizes -= set(row.sizes)
    return readings


def assigned(readings: list[Reading]) -> list[str]:
    """`n, d = X.shape`: readings as statements, all axes of one array in one of them."""
    lines = []
    for source, group in groupby(readings, lambda r: r.source if r.axis is not None else None):
        given = list(group)
        axes = [r.axis for r in given]
        rank = given[0].rank
        if source is None or len(given) < 2 or axes not in ([*range(rank)], [*range(-rank, 0)]):
            lines += [f"{r.name} = {r.text}" for r in given]
        else:
            lines.append(f"{', '.join(r.name for r in given)} = {source}.shape{f'[{-rank}:]' if axes[0] else ''}")
    return lines


def inlined(readings: list[Reading], lines: list[str]) -> list[str]:
    """The statements with their readings before them, or at their place what is read for one place."""
    kept, body = [], list(lines)
    for reading in readings:
        word = re.compile(rf'"[^"]*"|(?<![\w.]){re.escape(reading.name)}\b(?!=)')
        places = [k for k, line in enumerate(body) for m in word.finditer(line) if m[0] == reading.name]
        if len(places) == 1:
            k = places[0]
            body[k] = word.sub(lambda m, r=reading: r.text if m[0] == r.name else m[0], body[k])
        elif places:
            kept.append(reading)
    return [*assigned(kept), *body]


def _opening(printer: Printer, arguments: list[str], floating: str | None) -> list[Reading]:
    """How the dialect begins a function; `floating` is an argument that is no array of indices."""
    dialect = printer.dialect
    lines = dialect.opening if arguments else dialect.bare
    if lines is None:
        raise CannotEmit(f"a function of sizes alone has no {dialect.title} form here")
    first = floating or (arguments[0] if arguments else "")
    wanted = [line.format(first=first) for word, line in lines if not word or word in printer.mentioned]
    return [Reading(name, text) for name, _, text in (line.partition(" = ") for line in wanted)]
