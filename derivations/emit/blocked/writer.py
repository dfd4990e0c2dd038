"""The body of a fast function: what stands before, between and after the passes over blocks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivations.emit.blas import blas_form
from derivations.emit.blocked.batching import NotBatched, with_batch
from derivations.emit.blocked.block import Block
from derivations.emit.blocked.cut import Cut, best_cut, pass_arrays, sums_of_pass
from derivations.emit.blocked.rewrite import in_fewer_passes
from derivations.emit.dialect import Dialect
from derivations.emit.dressing import Dressing
from derivations.emit.lines import laid_out
from derivations.emit.module import IN_PLACE, assemble_module, emit_readable
from derivations.emit.naming import description
from derivations.emit.plan import Plan, assigned, counted, loose_sizes, new_scope, prologue, variables_of
from derivations.emit.printer import Printer, cheap
from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Input,
    Sliding,
    in_order,
    operands,
)
from derivations.formula import Size

BLOCK_BYTES: Mapping[str, int] = MappingProxyType(
    {"matrices": 6_000_000, "vectors": 4_000_000, "again": 3_000_000, "passes": 6_000_000, "entrywise": 6_000_000}
)
"""Of all arrays that the blocks touch which are worked on at a time. Products of matrices and several passes: well
inside a last-level cache, large enough to use every core, small enough that much is still there for the next pass.
Matrix times vector: the vectors, not the matrix, which is streamed through; but one that is read again (X w, then Xᵀ r)
is counted, and its rows are still in the core's own cache. Entrywise: about the cores' own caches."""

BATCH = "members"
"""The size of the axis that is put in front of a function of vectors."""

THREADS = ", threads=None"


class Writer:
    """Writes the body of one fast function."""

    def __init__(
        self, plan: Plan, printer: Printer, outputs: Mapping[str, Array], nodes: Mapping[Array, str], cut: Cut | None
    ):
        self.plan, self.printer, self.outputs, self.cut = plan, printer, outputs, cut
        # z before its axes stand in the order of its left side is not the z that is returned
        self.nodes: Mapping[Array, str] = {a: name for a, name in nodes.items() if outputs.get(name, a) == a}
        self.variables: dict[Array, str] = printer.names
        self.lines: list[str] = []
        self.buffers: list[tuple[str, tuple[Size, ...]]] = []
        self.roots = tuple(dict.fromkeys(outputs.values()))
        self.order = list(in_order(self.roots))
        self.results: dict[Array, str] = {}
        self.work = self._work() if cut is not None else ""
        self.threaded = cut is not None and all(self.work == "vectors" and self._by_rows(a) for a in self._products())
        self.start, self.step, self.thread, self.blocks = (
            printer.scope.fresh(word) for word in ("start", "step", "thread", "blocks")
        )

    # ------------------------------------------------------------ the whole

    def body(self) -> list[str]:
        scope = self.printer.scope
        names, copies = [], []
        for key, a in self.outputs.items():
            names.append(scope.of(key))
            if a in self.results:
                copies.append(f"{names[-1]}[...] = {self.results[a]}")
            else:
                self.results[a] = names[-1]
        shapes = [self.printer.shape(a.shape) if a.shape else "()" for a in self.outputs.values()]
        self.printer.mentioned.add("dtype")
        self.printer.mentioned.add("results")
        joined = f"({names[0]},)" if len(names) == 1 else ", ".join(names)
        self.lines.append(f"{joined} = results(out, [{', '.join(shapes)}], dtype)")
        start = len(self.lines)
        if self.cut is None:
            self._whole(self.order, set())
            self._write_results(self.roots)
        else:
            done: set[Array] = set()
            for number in range(self.cut.passes):
                self._whole([a for a in self.order if a not in self.cut.blocked and self.cut.level[a] <= number], done)
                self._pass(number, done)
            self._whole([a for a in self.order if a not in self.cut.blocked], done)
            self._write_results([r for r in self.roots if r not in self.cut.blocked])
        if self.buffers:
            self.printer.mentioned.add("buffers")
            wanted = ", ".join(
                f"({'threads, ' * self.threaded}{self._buffer_shape(shape)})" for _, shape in self.buffers
            )
            names_ = f"({self.buffers[0][0]},)" if len(self.buffers) == 1 else ", ".join(n for n, _ in self.buffers)
            self.lines.insert(start, f"{names_} = buffers(workspace, [{wanted}], dtype)")
        if self.cut is not None:
            self.lines.insert(start, self._block_length())
        self.lines += copies
        returned = [
            name + ("[()]" if not a.shape else "") for name, a in zip(names, self.outputs.values(), strict=True)
        ]
        self.lines.append("return " + ", ".join(returned))
        return self.lines

    def _block_length(self) -> str:
        """How many rows a block has: all arrays it touches together take about BLOCK_BYTES."""
        assert self.cut is not None
        products = self._products() if self.work == "vectors" else []
        again = self.work == "vectors" and any(
            len(a.shape) > 1 and sum(a in operands(p) for p in products) > 1
            for a in self.cut.blocked
            if isinstance(a, Input)
        )
        products = [] if again else products
        read = [
            a for a in self.order if isinstance(a, Input) and a in self.cut.blocked and not self._only_in(a, products)
        ]
        shapes = [tuple(s for k, s in enumerate(a.shape) if k != self.cut.blocked[a]) for a in read]
        shapes += [
            tuple(s for k, s in enumerate(r.shape) if k != self.cut.blocked[r])
            for r in self.roots
            if r in self.cut.blocked
        ]
        shapes += [shape[1:] for _, shape in self.buffers if shape and shape[0] == ""]
        inner = {a.arg for a in self.order if isinstance(a, Sliding)}
        shapes += [  # of which a product makes a copy
            tuple(s for k, s in enumerate(a.shape) if k != self.cut.blocked[a])
            for a in self.order
            if isinstance(a, Sliding) and a in self.cut.blocked and a not in inner
        ]
        terms: dict[str, int] = {}
        for shape in shapes:
            text = " * ".join(self.printer.size(s) for s in shape) or "1"
            terms[text] = terms.get(text, 0) + 1
        numbers = terms.pop("1", 0)
        sum_ = " + ".join(
            [*(text if n == 1 else f"{n} * {text}" for text, n in terms.items()), *([str(numbers)] if numbers else [])]
        )
        row = (
            f"dtype.itemsize * max(1, {sum_})"
            if terms
            else f"{numbers} * dtype.itemsize"
            if numbers > 1
            else "dtype.itemsize"
        )
        size = f"{BLOCK_BYTES['again' if again else self.work]:_}"
        if not self.threaded:
            return f"{self.step} = max(1, {size} // ({row}))  # rows a block"
        self.printer.mentioned.add("shared")
        return f"threads, {self.step} = shared({self._rows()}, {row}, {size}, threads)"

    def _by_rows(self, a: Contract) -> bool:
        """Whether a product is of a vector and a matrix whose rows are cut, so that threads can share it."""
        assert self.cut is not None
        matrix = a.a if len(a.la) > 1 else a.b
        return len(matrix.shape) == 2 and self.cut.blocked.get(matrix) == 0

    def _only_in(self, a: Array, products: list[Contract]) -> bool:
        """Whether only these products read an array."""
        return all(b in products for b in self.order if a in operands(b))

    def _rows(self) -> str:
        """The length of the axis that is cut."""
        assert self.cut is not None
        a, k = self.cut.axis
        return self.printer.size(a.shape[k])

    def _products(self) -> list[Contract]:
        """The products of matrices and vectors in the blocks, which BLAS computes."""
        assert self.cut is not None
        inside = [
            a for a in self.order if isinstance(a, Contract) and (a.a in self.cut.blocked or a.b in self.cut.blocked)
        ]
        return [a for a in inside if a.out and blas_form(a) is not None]

    def _work(self) -> str:
        """What the blocks are mostly for: a key of BLOCK_BYTES."""
        assert self.cut is not None
        products = self._products()
        if any(min(len(a.la), len(a.lb)) > 1 for a in products):
            return "matrices"
        return "passes" if self.cut.passes > 1 else "vectors" if products else "entrywise"

    def _buffer_shape(self, shape: tuple[Size, ...]) -> str:
        parts = [self.step_size() if s == "" else self.printer.size(s) for s in shape]
        return ", ".join(parts) + ("," if len(parts) == 1 else "")

    def step_size(self) -> str:
        return f"min({self.step}, {self._rows()})"

    # ------------------------------------------------------------ what is not cut

    def _whole(self, arrays: list[Array], done: set[Array]) -> None:
        """Statements outside the loops, for nodes and for what is used twice or in a loop."""
        for a in arrays:
            if a in done or cheap(a):
                continue
            done.add(a)
            if a in self.variables:
                continue
            if self.cut is not None and any(o in self.cut.blocked for o in operands(a)):
                continue
            if (
                a in self.nodes
                or a in self.results
                or self._uses(a) > 1
                or isinstance(a, AddDiagonal)
                or self._used_in_loop(a)
            ):
                if a in self.results:
                    name = self.results[a]
                    made = (
                        self.printer.diagonal(a, name, placed=True)
                        if isinstance(a, AddDiagonal)
                        else [f"{name} = {self.printer.fresh(a)[0]}"]
                    )
                    self.lines += [made[0].replace(f"{name} = ", f"{name}[...] = ", 1), *made[1:]]
                    self.variables[a] = name
                    continue
                name = (
                    self.printer.scope.of(self.nodes[a])
                    if a in self.nodes
                    else self.printer.scope.fresh(description(a, self.variables))
                )
                self.lines += (
                    self.printer.diagonal(a, name)
                    if isinstance(a, AddDiagonal)
                    else [f"{name} = {self.printer.fresh(a)[0]}"]
                )
                self.variables[a] = name

    def _write_results(self, roots) -> None:
        for r in roots:
            if r in self.results and self.variables.get(r) != self.results[r]:
                form = blas_form(r) if isinstance(r, Contract) and r not in self.variables else None
                if form is not None and form.kind == "matmul" and r.shape:
                    text = self.printer.fresh(r)[0].split(" @ ")
                    if len(text) == 2:
                        self.lines.append(f"np.matmul({text[0]}, {text[1]}, out={self.results[r]})")
                        continue
                self.lines.append(f"{self.results[r]}[...] = {self.printer.text(r)}")

    def _uses(self, a: Array) -> int:
        return sum(operands(b).count(a) for b in self.order) + (a in self.roots)

    def _used_in_loop(self, a: Array) -> bool:
        return self.cut is not None and any(
            a in operands(b)
            for b in self.order
            if b in self.cut.blocked or any(o in self.cut.blocked for o in operands(b))
        )

    # ------------------------------------------------------------ one pass

    def _pass(self, number: int, done: set[Array]) -> None:
        assert self.cut is not None
        cut = self.cut
        arrays = pass_arrays(self.order, cut.level, cut.blocked, self.roots, number)
        sums = sums_of_pass(self.order, cut.level, cut.blocked, number)
        if not arrays and not sums:
            return
        block = Block(self, arrays, sums, number)
        kept = dict(self.variables)
        # every second pass runs backwards: it begins with the blocks that the one before has left in the cache
        write = self._in_threads if self.threaded else self._in_a_row
        totals = write(block, backwards=number % 2 == 1)
        self.variables.clear()
        self.variables.update(kept | totals)
        done.update(sums)

    def _in_a_row(self, block: Block, backwards: bool) -> dict[Array, str]:
        """One loop over all blocks, which adds to the totals that are returned."""
        for s in block.sums:
            block.totals[s] = self._total(s)
            self.lines.append(
                f"{block.totals[s]}[...] = 0"
                if s in self.results
                else f"{block.totals[s]} = np.zeros({self.printer.shape(s.shape) if s.shape else '()'}, dtype)"
            )
        blocks = f"range(0, {self._rows()}, {self.step})"
        self.lines.append(f"for {self.start} in {f'reversed({blocks})' if backwards else blocks}:")
        self.lines += [
            "    " + line for line in [f"rows = slice({self.start}, {self.start} + {self.step})", *block.statements()]
        ]
        return block.totals

    def _in_threads(self, block: Block, backwards: bool) -> dict[Array, str]:
        """A function that does the blocks of one thread, which adds to totals of its own; their sums are returned."""
        scope, printer = self.printer.scope, self.printer
        printer.mentioned |= {"in_threads", "pool"}
        parts: dict[Array, str] = {}
        for s in block.sums:
            parts[s] = scope.fresh("totals")
            block.totals[s] = f"{parts[s]}[{self.thread}]"
            shape = ", ".join(["threads", *map(self.printer.size, s.shape)])
            self.lines.append(f"{parts[s]} = np.zeros(({shape}{',' * (not s.shape)}), dtype)")
        work = scope.fresh("work")
        self.lines += [
            "",
            f"def {work}({self.thread}, {self.blocks}):",
            f"    for rows in {f'reversed({self.blocks})' if backwards else self.blocks}:",
        ]
        printer.in_thread = True
        self.lines += ["        " + line for line in block.statements()]
        printer.in_thread = False
        self.lines += ["", f"in_threads({work}, {self._rows()}, {self.step}, threads)"]
        totals = {s: self._total(s) for s in block.sums}
        for s, total in totals.items():
            self.lines.append(
                f"{parts[s]}.sum(axis=0, out={total})" if s in self.results else f"{total} = {parts[s]}.sum(axis=0)"
            )
        return totals

    def _total(self, s: Array) -> str:
        """The name of a sum over all blocks."""
        return (
            self.results[s]
            if s in self.results
            else self.printer.scope.of(self.nodes[s])
            if s in self.nodes
            else self.printer.scope.fresh("total")
        )


def emit_fast(plan: Plan, name: str, doc: str, dialect: Dialect, dressing: Dressing) -> str:
    """The module of the fast form: of what goes from place to place the readable one, with the same parameters."""
    if plan.recurs:
        note = (
            f"{doc.strip()}\n\nThe loop over places is as in the readable form: `out` takes arrays for the results, "
            "`workspace` nothing."
        )
        return emit_readable(plan, name, note, dialect, dressing, in_place=True)
    scope, function, arguments = new_scope(plan, name, dialect)
    outputs, nodes = in_fewer_passes(plan.outputs, plan.nodes)
    cut, batch = best_cut(tuple(outputs.values())), False
    if cut is None and plan.inputs:
        # nothing to cut in the function itself: it runs over many members at once, in blocks of them
        try:
            batched, became = with_batch(outputs, BATCH)
            wider = best_cut(tuple(batched.values()))
            if wider is not None:
                nodes = {became[a]: n for a, n in nodes.items() if a in became}
                outputs, cut, batch = batched, wider, True
        except NotBatched:
            pass
    printer = Printer(variables_of(outputs, arguments), scope, dialect)
    writer = Writer(plan, printer, outputs, nodes, cut)
    lines = writer.body()
    first = assigned(prologue(plan, printer, arguments, scope.of(BATCH, "size") if batch else ""))
    first += counted(plan, printer, arguments)
    loose = [s for s in loose_sizes(plan, printer.sizes) if s != BATCH]
    parameters = [*arguments.values(), *(scope.of(s, "size") for s in loose)]
    note = (
        f"{doc.strip()}\n\nFast form: `out` takes arrays for the results, `workspace` a dict whose buffers are "
        "used again by the next call."
    )
    if writer.threaded:
        note += "\n`threads` says how many share the rows: as many as there are cores, unless it is given."
    options = IN_PLACE + THREADS * writer.threaded
    return assemble_module(
        plan,
        function,
        arguments,
        parameters,
        note,
        laid_out([*first, *lines]),
        printer,
        dressing,
        batch="members" if batch else "each",
        options=options,
    )
