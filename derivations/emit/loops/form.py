"""The form for numba: what BLAS does not do becomes loops that are compiled, fused and run on every core.

    def logistic_dtheta(theta, y, X):
        ...
        totals = np.zeros((chunks, d), dtype)
        logistic_dtheta_pass(rows, chunks, theta, y, X, totals)
        return totals.sum(axis=0)

`stages` says what is left to NumPy, `blocks` along which axis the rest is cut and in how many passes, `row_loops`
writes the loops of
a pass. Rows are dealt out in chunks that depend on the sizes alone, and sums are added up chunk by chunk in their
order: the result does not depend on the number of cores. Where nothing can be cut, the statements are those of the
readable form.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from derivations.emit import helpers
from derivations.emit.blocked.batching import NotBatched, with_batch
from derivations.emit.blocked.cut import Cut, best_cut
from derivations.emit.blocked.rewrite import in_fewer_passes
from derivations.emit.dialect import Dialect
from derivations.emit.docstring import docstring
from derivations.emit.dressing import Dressing
from derivations.emit.lines import laid_out
from derivations.emit.loops.row_loops import RowLoops
from derivations.emit.loops.stages import in_single_steps, staged
from derivations.emit.mangle import Scope, identifier
from derivations.emit.module import OF_ARRAYS, decorator, import_block, indented
from derivations.emit.naming import description
from derivations.emit.plan import Plan, assigned, counted, loose_sizes, prologue, variables_of
from derivations.emit.printer import Printer, cheap
from derivations.emit.program import (
    AddDiagonal,
    Array,
    Diagonal,
    Entry,
    Input,
    Length,
    Permute,
    in_order,
    operands,
)
from derivations.emit.shapes import all_checks_of

RUNTIME = "numba.py"
"""The functions that the module carries besides those over NumPy."""

BATCH = "members"
"""The size of the axis that is put in front of a function of vectors."""

FLAGS = ('{"contract"}', '{"contract", "reassoc"}')
"""What LLVM may do with sums: round a product and a sum once; where a row is added up to a number, add in several lanes
as well. Infinities, nan and the order of subtractions inside a function of numbers stay as they are."""


class StatementPrinter(Printer):
    """`Printer`, for what loops were to compute and NumPy does after all."""

    def _reduce(self, op: str, arg: Array, axes: tuple[int, ...], keepdims: bool = False) -> str:
        return super()._reduce("max" if op == "top" else op, arg, axes, keepdims)


class Outside:
    """The statements around the loops, and the loops of every stage."""

    def __init__(
        self, plan: Plan, printer: Printer, function: str, outputs: Mapping[str, Array], nodes: Mapping[Array, str]
    ):
        self.plan, self.printer, self.function, self.outputs = plan, printer, function, outputs
        self.variables = printer.names
        self.wishes = {**{a: key for key, a in outputs.items()}, **nodes}
        self.lines: list[str] = []
        self.kernels: list[str] = []
        self.helpers: set[str] = set()
        self.math = False
        self.read: dict[str, None] = {}
        """Arguments whose rows the loops read."""
        self._named: dict[Array, str] = {}
        self._taken: set[str] = set()
        self._uses: Tally[Array] = Tally()

    def body(self) -> list[str]:
        """The statements, `return` included."""
        parts = staged(tuple(dict.fromkeys(self.outputs.values())))
        for stage in parts.stages:
            single = in_single_steps(tuple(stage.fused.values()))
            names = {stage.became[a]: name for a, name in self.wishes.items() if a in stage.became}
            self._named = names | {single[a]: name for a, name in names.items() if a in single}
            for group in _groups(tuple(stage.fused), {a: single[new] for a, new in stage.fused.items()}):
                roots = tuple(dict.fromkeys(single[stage.fused[a]] for a in group))
                cut = self._cut(roots)
                made = {a: single[stage.fused[a]] if cut else stage.fused[a] for a in group}
                self._uses = _tally(tuple(made.values()))
                if cut is not None:
                    self._loops(cut, roots)
                for a, new in made.items():
                    self.variables[parts.leaves[a]] = self._variable(new)
            for a, new in stage.numpy.items():
                self._uses = _tally((new,))
                self.variables[parts.leaves[a]] = self._variable(new)
        returned, seen = [], set()
        for a in self.outputs.values():
            text = self.printer.text(parts.results[a])
            while isinstance(a, Permute):
                a = a.arg
            returned.append(f"{text}.copy()" if isinstance(a, Input) or a in seen else text)
            seen.add(a)
        return [*self.lines, f"return {', '.join(returned)}"]

    def _cut(self, roots: tuple[Array, ...]) -> Cut | None:
        """How results are cut into rows; None where it cannot be, or is not worth compiling: one operation is NumPy's,
        and so are vectors beside matrices."""
        cut = best_cut(roots)
        if cut is None:
            return None
        work = [
            a
            for a in in_order(roots)
            if not isinstance(a, (Input, Permute, Entry, Diagonal)) and any(x in cut.blocked for x in (a, *operands(a)))
        ]
        rank = max(len(a.shape) for a in cut.blocked)
        return cut if len(work) > 1 and rank >= min(2, max(len(row.sizes) for row in self.plan.inputs)) else None

    # ------------------------------------------------------------ statements

    def _variable(self, a: Array) -> str:
        """The variable of an array outside the loops, computed by NumPy now if it has none."""
        if a not in self.variables:
            for o in operands(a):
                self._prepare(o)
            name = self._name(a)
            self.lines += (
                self.printer.diagonal(a, name)
                if isinstance(a, AddDiagonal)
                else [f"{name} = {self.printer.fresh(a)[0]}"]
            )
            self.variables[a] = name
        return self.variables[a]

    def _prepare(self, a: Array) -> None:
        """Variables for what lies below an expression and is a node, or is used again."""
        if a in self.variables or cheap(a):
            return
        for o in operands(a):
            self._prepare(o)
        if a in self._named or self._uses[a] > 1 or isinstance(a, AddDiagonal):
            self._variable(a)

    def _name(self, a: Array) -> str:
        wish = self._named.get(a)
        if wish is None or wish in self._taken:
            return self.printer.scope.fresh(description(a, self.variables))
        self._taken.add(wish)
        return self.printer.scope.of(wish)

    # ------------------------------------------------------------ loops

    def _loops(self, cut: Cut, roots: tuple[Array, ...]) -> None:
        """The passes over the rows, with what NumPy computes between them."""
        printer = self.printer
        printer.mentioned.add("dtype")
        order = list(in_order(roots))
        width = Tally(
            " * ".join(printer.size(s) for k, s in enumerate(a.shape) if k != cut.blocked[a]) or "1"
            for a in order
            if a in cut.blocked and (isinstance(a, Input) or a in roots)
        )
        total = " + ".join(text if n == 1 else f"{n} * {text}" if text != "1" else str(n) for text, n in width.items())
        array, axis = cut.axis
        self.helpers.add("chunked")
        self.lines.append(f"rows, chunks = chunked({printer.size(array.shape[axis])}, {total})")
        for number in range(cut.passes):
            self._pass(cut, order, roots, number)

    def _pass(self, cut: Cut, order: list[Array], roots: tuple[Array, ...], number: int) -> None:
        printer = self.printer
        inner, outer = (printer.scope.fresh(f"{self.function}_{what}") for what in ("rows", "pass"))
        scope = Scope(
            helpers.all_names() | helpers.all_names(RUNTIME) | {"njit", "prange", "chunk", "chunks", "at", inner}
        )
        loops = RowLoops(cut, order, roots, number, self._named, self._argument, scope)
        text = loops.function(inner)
        self.helpers |= loops.helpers
        self.math = self.math or loops.math
        passed, given, parts = [], [], []
        for p in loops.parameters.values():
            passed.append(p.name)
            given.append(p.text)
            parts.append(p.name if p.cut is None else f"{p.name}[{':, ' * p.cut}at]")
        made = []
        for a, name in loops.results.items():
            passed.append(name)
            if a in cut.blocked:
                result = self._name(a)
                self.lines.append(f"{result} = np.empty({printer.shape(a.shape)}, dtype)")
                self.variables[a] = result
                parts.append(f"{name}[{':, ' * cut.blocked[a]}at]")
            else:
                result = printer.scope.fresh("totals")
                self.lines.append(
                    f"{result} = "
                    f"np.zeros(({', '.join(['chunks', *(printer.size(s) for s in a.shape)])}{'' if a.shape else ','}), "
                    ""
                    "dtype)"
                )
                made.append((a, f"{result}.sum({'axis=0' if a.shape else ''})"))
                parts.append(f"{name}[chunk]" if a.shape else f"{name}[chunk : chunk + 1]")
            given.append(result)
        self.kernels.append("\n".join([f'@njit(error_model="numpy", fastmath={FLAGS[loops.lanes]})', *text]))
        self.kernels.append("\n".join([
            "@njit(parallel=True, cache=True)",
            f"def {outer}(rows, chunks, {', '.join(passed)}):",
            "    for chunk in prange(chunks):",
            "        at = slice(chunk * rows, (chunk + 1) * rows)",
            f"        {inner}({', '.join(parts)})",
        ]))  # fmt: skip
        self.lines.append(f"{outer}({', '.join(['rows', 'chunks', *given])})")
        for a, text_ in made:
            self.variables[a] = self._name(a)
            self.lines.append(f"{self.variables[a]} = {text_}")

    def _argument(self, a: Array) -> str:
        """What is passed to the loops for an array: a number as one of the dtype, a Python number as a float."""
        if isinstance(a, Length):
            return self.printer.size(a.size)
        if a.kind == "static":
            return f"float({self.printer.text(a)})"
        name = self._variable(a)
        if isinstance(a, Input) and a.shape and any(a.name == row.name for row in self.plan.inputs):
            self.read.setdefault(name)
        if a.shape:
            return name
        return f"bool({name})" if a.kind == "bool" else f"dtype.type({name})"


def _tally(roots: tuple[Array, ...]) -> Tally[Array]:
    """How often arrays are used."""
    uses = Tally(roots)
    for a in in_order(roots):
        uses.update(operands(a))
    return uses


def _groups(roots: tuple[Array, ...], single: Mapping[Array, Array]) -> list[tuple[Array, ...]]:
    """All results in loops together if one cut fits them all, else each alone."""
    if not roots or best_cut(tuple(single[a] for a in roots)) is not None:
        return [roots] if roots else []
    return [(a,) for a in roots]


CALLED_FROM_OUTSIDE = frozenset({"contiguous", "chunked"})
"""Helpers that are not compiled."""


def emit_numba(plan: Plan, name: str, doc: str, dialect: Dialect, dressing: Dressing) -> str | None:
    """The module for numba; None where there is nothing to put in loops."""
    if not plan.inputs:
        return None
    outputs, nodes = in_fewer_passes(plan.outputs, plan.nodes)
    text = _module(plan, name, doc, dialect, dressing, outputs, nodes, "each")
    if text is None:
        with suppress(NotBatched):
            batched, became = with_batch(outputs, BATCH)
            nodes = {became[a]: n for a, n in nodes.items() if a in became}
            text = _module(plan, name, doc, dialect, dressing, batched, nodes, "members")
    return text


def _module(
    plan: Plan,
    name: str,
    doc: str,
    dialect: Dialect,
    dressing: Dressing,
    outputs: Mapping[str, Array],
    nodes: Mapping[Array, str],
    batch: str,
    of_arrays: frozenset[str] = frozenset(),
) -> str | None:
    """The module, None where it would have no loops. `of_arrays`: helpers of arrays that get another name beside those
    of entries, which the loops call."""
    scope = Scope(
        helpers.all_names() | helpers.all_names(RUNTIME) | {"functools", "inspect", "njit", "prange", "chunks"}
    )
    function = scope.fresh(identifier(name))
    arguments = {row.name: scope.of(row.name) for row in plan.inputs}
    renamed = {h: str(dialect.function(h)).replace(f"{h}(", f"{h}{OF_ARRAYS}(") for h in of_arrays}
    printer = StatementPrinter(variables_of(outputs, arguments), scope, replace(dialect, functions=renamed))
    outside = Outside(plan, printer, function, outputs, nodes)
    body = outside.body()
    if not outside.kernels:
        return None
    both = printer.mentioned & outside.helpers
    if both:
        return _module(plan, name, doc, dialect, dressing, outputs, nodes, batch, frozenset(both))
    if outside.read:
        outside.helpers.add("contiguous")
        given = ", ".join(outside.read)
        body.insert(0, f"{given if len(outside.read) > 1 else f'({given},)'} = contiguous({given})")
    members = scope.of(BATCH, "size") if batch == "members" else ""
    body = [
        *([] if dressing.checks else all_checks_of(plan, arguments)),
        *assigned(prologue(plan, printer, arguments, members)),
        *counted(plan, printer, arguments),
        *body,
    ]
    parameters = [*arguments.values(), *(scope.of(s, "size") for s in loose_sizes(plan, printer.sizes) if s != BATCH)]
    used = printer.mentioned | ({"arrays"} if dressing.carried else set())
    carried = helpers.texts_for(dialect, {h.removesuffix(OF_ARRAYS) for h in used}, body)
    for h in of_arrays:
        carried = [text.replace(f"def {h}(", f"def {h}{OF_ARRAYS}(", 1) for text in carried]
    note = f"{doc.strip()}\nThe loops are compiled at the first call, for each dtype, and run on every core."
    text = [
        *([decorator(plan, arguments, "", batch)] if dressing.checks else []),
        f"def {function}({', '.join(parameters)}):",
        *indented([*docstring(plan, note, printer, batch, dressing), *laid_out(body)]),
    ]
    called = helpers.texts(outside.helpers & CALLED_FROM_OUTSIDE, RUNTIME)
    compiled = [
        f'@njit(error_model="numpy")\n{text}' for text in helpers.texts(outside.helpers - CALLED_FROM_OUTSIDE, RUNTIME)
    ]
    kernels = ["\n".join(laid_out(kernel.split("\n"))) for kernel in outside.kernels]
    blocks = [*carried, *called, *compiled, *kernels, "\n".join(text)]
    return "\n\n\n".join([import_block(dialect, blocks, dressing.checks and not dressing.carried), *blocks]) + "\n"
