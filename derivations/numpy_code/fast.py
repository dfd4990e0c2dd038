"""The fast form: one pass over memory in blocks that stay in cache, in place, into `out=` and a workspace that is used
again, on every core.

    def cross_entropy_dZ(Z, T, *, out=None, workspace=None, threads=None):
        ...
        def work(thread, blocks):
            for rows in blocks:
                Z_b, T_b = Z[rows], T[rows]
                dZ_b = np.subtract(Z_b, row_max(Z_b), out=dZ[rows])
                np.exp(dZ_b, out=dZ_b)
                dZ_b *= 1 / np.einsum("ij->i", dZ_b)[..., None]
                np.subtract(dZ_b, T_b, out=dZ_b)

        in_threads(work, m, step, threads)

`blocks` says along which axis and in how many passes; `rewrite` moves small factors out of the way. Arrays of two or
more axes are
written into a block of the result, or into a buffer of the workspace, or over an operand that nobody needs any more; so
are vectors where only matrices times vectors are computed, else they are written as in the readable form. The rows are
shared among threads, products of a matrix and a vector too; those of two matrices are BLAS's, which has threads of its
own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivations.formula import Size
from derivations.numpy_code.batching import NotBatched, with_batch
from derivations.numpy_code.blocks import Cut, best_cut, pass_arrays, sums_of_pass
from derivations.numpy_code.dialect import Dialect
from derivations.numpy_code.module import assemble_module
from derivations.numpy_code.plan import Plan, loose_sizes, new_scope, prologue, variables_of
from derivations.numpy_code.printer import LETTERS, Printer, blas_form, cheap, description
from derivations.numpy_code.program import (
    AddDiagonal,
    Array,
    Contract,
    Input,
    Map,
    Permute,
    Reduce,
    Softmax,
    in_order,
    operands,
)
from derivations.numpy_code.rewrite import rewritten

UFUNCS: Mapping[str, str] = MappingProxyType({
    "add": "np.add({}, {}", "subtract": "np.subtract({}, {}", "multiply": "np.multiply({}, {}",
    "divide": "np.divide({}, {}", "power": "np.power({}, {}",
    "maximum": "np.maximum({}, {}", "minimum": "np.minimum({}, {}", "relu": "np.maximum({}, 0",
    "negative": "np.negative({}", "square": "np.square({}",
    "softplus": "np.logaddexp(0, {}", "exp": "np.exp({}", "log": "np.log({}", "log1p": "np.log1p({}",
    "expm1": "np.expm1({}", "sqrt": "np.sqrt({}", "cbrt": "np.cbrt({}",
    "sin": "np.sin({}", "cos": "np.cos({}", "tan": "np.tan({}", "tanh": "np.tanh({}", "sinh": "np.sinh({}",
    "cosh": "np.cosh({}", "abs": "np.abs({}", "sign": "np.sign({}",
    "asin": "np.arcsin({}", "acos": "np.arccos({}", "atan": "np.arctan({}", "asinh": "np.arcsinh({}",
    "acosh": "np.arccosh({}", "atanh": "np.arctanh({}", "floor": "np.floor({}", "ceil": "np.ceil({}",
})  # fmt: skip
"""Entrywise functions that write where they are told; `, out=…)` follows."""

BLOCK_BYTES: Mapping[str, int] = MappingProxyType(
    {"matrices": 6_000_000, "vectors": 4_000_000, "passes": 6_000_000, "entrywise": 6_000_000}
)
"""Of all arrays that the blocks touch which are worked on at a time. Products of matrices and several passes: well
inside a last-level cache, large enough to use every core, small enough that much is still there for the next pass.
Matrix times vector: the vectors, not the matrix, which is streamed through. Entrywise: about the cores' own caches."""

BATCH = "members"
"""The size of the axis that is put in front of a function of vectors."""

OPTIONS = ", *, out=None, workspace=None"
THREADS = ", threads=None"


class Writer:
    """Writes the body of one fast function."""

    def __init__(
        self, plan: Plan, printer: Printer, outputs: Mapping[str, Array], nodes: Mapping[Array, str], cut: Cut | None
    ):
        self.plan, self.printer, self.outputs, self.cut = plan, printer, outputs, cut
        self.nodes = nodes
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
        size = f"{BLOCK_BYTES[self.work]:_}"
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
                        self.printer.diagonal(a, name)
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


class Block:
    """The statements of one pass."""

    def __init__(self, writer: Writer, arrays: list[Array], sums: list[Array], number: int):
        assert writer.cut is not None
        self.writer, self.arrays, self.sums, self.number = writer, arrays, sums, number
        self.cut, self.printer = writer.cut, writer.printer
        self.totals: dict[Array, str] = {}
        self.goals = [r for r in writer.roots if r in self.cut.blocked and self.cut.level[r] == number]
        self.steps = [*arrays, *sums]
        self.uses = {a: sum(operands(b).count(a) for b in self.steps) + (a in self.goals) for a in arrays}
        self.last = self._last_uses()
        self.starts: set[Array] = set()
        self.slots = self._slots()

    def big(self, a: Array) -> bool:
        """Whether an array gets memory of its own choosing rather than a fresh one: floats of two or more axes, and
        vectors beside which no matrix is computed."""
        return (
            len(a.shape) >= (1 if self.writer.work == "vectors" else 2)
            and a.kind == "float"
            and not isinstance(a, (Input, Permute))
            and not cheap(a)
        )

    def statement(self, a: Array) -> bool:
        """Whether an array gets a statement of its own; others are written into the statement that uses them."""
        if isinstance(a, (Input, Permute)) or cheap(a):
            return False
        if isinstance(a, Map) and a.kind == "bool" and self.uses.get(a) == 1:
            return False
        return self.big(a) or a in self.goals or a in self.sums or a in self.writer.nodes or self.uses.get(a, 0) > 1

    def _last_uses(self) -> dict[Array, int]:
        """The number of the last statement that reads an array, directly or inside what is written into it."""
        last: dict[Array, int] = {}
        for n in range(len(self.steps) - 1, -1, -1):
            a = self.steps[n]
            here = n if self.statement(a) else last.get(a, n)
            for o in operands(a):
                last[o] = max(last.get(o, -1), here)
        return last

    def _slots(self) -> dict[Array, int | Array]:
        """Where each big array is written: a result (the root itself), or the number of a buffer. A chain of entrywise
        operations shares one place; places whose lives do not overlap and whose shapes agree share one buffer."""
        slot: dict[Array, Array] = {}
        position = {a: n for n, a in enumerate(self.steps)}
        for a in reversed(self.arrays):
            if not self.big(a):
                continue
            slot.setdefault(a, a)
            for o in self._over(a):
                if (
                    o not in slot
                    and o in position
                    and self.big(o)
                    and self.last[o] == position[a]
                    and o not in self.goals
                    and o.shape == a.shape
                ):
                    slot[o] = slot[a]
                    break
        chains: dict[Array, list[Array]] = {}
        for a in self.arrays:
            if a in slot:
                chains.setdefault(slot[a], []).append(a)
        self.starts = {members[0] for members in chains.values()}
        free: list[tuple[int, int, tuple[Size, ...]]] = []
        result: dict[Array, int | Array] = {}
        for root, members in sorted(chains.items(), key=lambda c: position[c[1][0]]):
            if root in self.goals:
                result.update(dict.fromkeys(members, root))
                continue
            born = position[members[0]]
            dies = max(self.last.get(m, position[m]) for m in members)
            shape = self._blocked_shape(root)
            fit = next((k for k, (number, until, held) in enumerate(free) if until < born and held == shape), None)
            if fit is None:
                number = self._buffer(shape, [f[0] for f in free])
                free.append((number, dies, shape))
            else:
                number = free[fit][0]
                free[fit] = (number, dies, shape)
            result.update(dict.fromkeys(members, number))
        return result

    def _buffer(self, shape: tuple[Size, ...], taken: list[int]) -> int:
        """A buffer of the workspace with that shape that this pass does not hold yet."""
        buffers = self.writer.buffers
        for n, (_, held) in enumerate(buffers):
            if held == shape and n not in taken:
                return n
        buffers.append((self.printer.scope.fresh("buffer"), shape))
        return len(buffers) - 1

    def _blocked_shape(self, a: Array) -> tuple[Size, ...]:
        k = self.cut.blocked[a]
        return (
            ("", *(s for n, s in enumerate(a.shape) if n != k))
            if k == 0
            else tuple("" if n == k else s for n, s in enumerate(a.shape))
        )

    @staticmethod
    def _over(a: Array) -> list[Array]:
        """The operands that an operation may overwrite."""
        if isinstance(a, Map) and (a.fn in UFUNCS or a.fn == "sigmoid"):
            whole = tuple(range(len(a.shape)))
            return [x for x, p in zip(a.args, a.places, strict=True) if p == whole and a.args.count(x) == 1]
        if isinstance(a, Softmax):
            return [a.arg]
        if isinstance(a, AddDiagonal):
            return [a.base]
        return []

    # ------------------------------------------------------------ text

    def statements(self) -> list[str]:
        lines: list[str] = []
        variables, printer, scope = self.writer.variables, self.printer, self.printer.scope
        inputs = [a for a in self.arrays if isinstance(a, Input)]
        sliced = []
        for a in inputs:
            name = variables[a]
            sliced.append((scope.of(f"{name}_b", "block"), f"{name}[{':, ' * self.cut.blocked[a]}rows]"))
            variables[a] = sliced[-1][0]
        lines.append(f"{', '.join(n for n, _ in sliced)} = {', '.join(t for _, t in sliced)}")
        count = (
            f"len({sliced[0][0]})"
            if self.cut.blocked[inputs[0]] == 0
            else f"{sliced[0][0]}.shape[{self.cut.blocked[inputs[0]]}]"
        )
        place: dict[int | Array, str] = {}
        for a in self.arrays:
            if isinstance(a, Input) or cheap(a):
                continue
            if a in self.slots:
                slot = self.slots[a]
                if slot not in place or a in self.starts:
                    if isinstance(slot, int):
                        buffer, shape = self.writer.buffers[slot]
                        k = shape.index("")
                        place[slot] = (
                            f"{buffer}[{f'{self.writer.thread}, ' * self.writer.threaded}{':, ' * k}: {count}]"
                        )
                    else:
                        result = self.writer.results[slot]
                        place[slot] = f"{result}[{':, ' * self.cut.blocked[slot]}rows]"
                wish = self.writer.nodes.get(a)
                name = (
                    scope.of(f"{wish}_b", "block")
                    if wish is not None and a in self.goals
                    else scope.of(wish)
                    if wish is not None
                    else None
                )
                if name is None:
                    name = (
                        place[slot]
                        if place[slot].isidentifier()
                        else scope.of(
                            f"{self.writer.results[slot]}_b" if not isinstance(slot, int) else f"t{slot + 1}", "block"
                        )
                    )
                lines += self._into(a, name, place[slot])
                variables[a] = place[slot] = name
            elif a in self.goals and not isinstance(a, Permute):
                result = self.writer.results[a]
                lines.append(f"{result}[{':, ' * self.cut.blocked[a]}rows] = {printer.fresh(a)[0]}")
                variables[a] = f"{result}[{':, ' * self.cut.blocked[a]}rows]"
            elif self.statement(a):
                name = (
                    scope.of(self.writer.nodes[a]) if a in self.writer.nodes else scope.fresh(description(a, variables))
                )
                lines.append(f"{name} = {printer.fresh(a)[0]}")
                variables[a] = name
        for a in self.goals:
            if cheap(a) or isinstance(a, Permute):
                lines.append(f"{self.writer.results[a]}[{':, ' * self.cut.blocked[a]}rows] = {printer.text(a)}")
        for s in self.sums:
            lines.append(f"{self.totals[s]} += {self._sum(s)}")
        return lines

    def _sum(self, s: Array) -> str:
        """A block's part of a sum: einsum adds along the first axis in one sweep."""
        if isinstance(s, Reduce) and len(s.arg.shape) > 1:
            letters = LETTERS[: len(s.arg.shape)]
            return (
                f'np.einsum("{letters}->{"".join(x for k, x in enumerate(letters) if k not in s.axes)}", '
                f"{self.printer.text(s.arg)})"
            )
        return self.printer.fresh(s)[0]

    def _into(self, a: Array, name: str, where: str) -> list[str]:
        """The statements that write a big array to its place, under its name."""
        printer = self.printer
        head = "" if name == where else f"{name} = "
        if isinstance(a, Map) and a.fn == "multiply" and _outer(a):
            (x, y), (px, py) = a.args, a.places
            pattern = f"{''.join(LETTERS[k] for k in px)},{''.join(LETTERS[k] for k in py)}->{LETTERS[: len(a.shape)]}"
            return [f'{head}np.einsum("{pattern}", {printer.text(x)}, {printer.text(y)}, out={where})']
        if isinstance(a, Map) and a.fn in UFUNCS:
            parts = [printer.aligned(arg, places, a)(0) for arg, places in zip(a.args, a.places, strict=True)]
            return [f"{head}{UFUNCS[a.fn].format(*parts)}, out={where})"]
        if isinstance(a, Map) and a.fn == "sigmoid":
            return [
                f"{head}np.negative({printer.text(a.args[0])}, out={where})",
                'with np.errstate(over="ignore"):  # 1/inf = 0 is right',
                f"    np.exp({name}, out={name})",
                f"{name} += 1",
                f"np.reciprocal({name}, out={name})",
            ]
        if isinstance(a, Softmax) and a.axis == len(a.shape) - 1:
            z = printer.text(a.arg)
            printer.mentioned.add("row_max")
            letters = LETTERS[: len(a.shape)]
            return [
                f"{head}np.subtract({z}, row_max({z}), out={where})",
                f"np.exp({name}, out={name})",
                f'{name} *= 1 / np.einsum("{letters}->{letters[:-1]}", {name})[..., None]  # softmax',
            ]
        if isinstance(a, AddDiagonal):
            base = printer.text(a.base)
            first = (
                []
                if base == where
                else [
                    f"{head}np.copyto({where}, {base})" if not head else f"{name} = {where}",
                    *([f"{name}[...] = {base}"] if head else []),
                ]
            )
            if base == where and head:
                first = [f"{name} = {where}"]
            view = printer.diagonal(a, name)
            return [*first, *view[1:]]
        if isinstance(a, Contract):
            form = blas_form(a)
            text = printer.fresh(a)[0]
            if text.startswith(("rows_times(", "np.einsum(")):
                return [f"{head}{text[:-1]}, out={where})"]
            if form is not None and form.kind == "matmul":
                left = printer.text(a.a) if form.a == tuple(range(len(a.la))) else printer._permute(a.a, form.a)
                right = printer.text(a.b) if form.b == tuple(range(len(a.lb))) else printer._permute(a.b, form.b)
                return [f"{head}np.matmul({left}, {right}, out={where})"]
        text = printer.fresh(a)[0]
        if where.endswith("]") and head:
            return [f"{name} = {where}", f"{name}[...] = {text}"]
        return [f"{where}[...] = {text}"]


def _outer(a: Map) -> bool:
    """Whether a product is a_ij b_ik, which einsum writes a quarter faster than a product by broadcasting."""
    return all(
        arg.kind == "float" and 0 < len(places) < len(a.shape) for arg, places in zip(a.args, a.places, strict=True)
    )


def emit_fast(plan: Plan, name: str, doc: str, dialect: Dialect) -> str:
    """The module of the fast form."""
    scope, function, arguments = new_scope(plan, name, dialect)
    outputs, nodes = rewritten(plan.outputs, plan.nodes)
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
    first = prologue(plan, printer, arguments, native=False, batch=scope.of(BATCH, "size") if batch else "")
    loose = [s for s in loose_sizes(plan, printer.sizes) if s != BATCH]
    parameters = [*arguments.values(), *(scope.of(s, "size") for s in loose)]
    note = (
        f"{doc.strip()}\n\nFast form: `out` takes arrays for the results, `workspace` a dict whose buffers are "
        "used again by the next call."
    )
    if writer.threaded:
        note += "\n`threads` says how many share the rows: as many as there are cores, unless it is given."
    options = OPTIONS + THREADS * writer.threaded
    return assemble_module(
        plan,
        function,
        arguments,
        parameters,
        note,
        [*first, *lines],
        printer,
        batch="members" if batch else "each",
        options=options,
    )
