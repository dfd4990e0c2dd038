"""The statements of one pass over a block, each array into its place: a result, a buffer, or over an operand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from derivations.emit.blas import blas_form
from derivations.emit.blocked.cut import Cut
from derivations.emit.naming import description
from derivations.emit.printer import LETTERS, Printer, cheap
from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Input,
    Map,
    Permute,
    Reduce,
    Sliding,
    Softmax,
    operands,
)
from derivations.formula import Size

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


class Whole(Protocol):
    """What a block asks of the function that it belongs to."""

    printer: Printer
    cut: Cut | None
    roots: tuple[Array, ...]
    nodes: Mapping[Array, str]
    variables: dict[Array, str]
    results: dict[Array, str]
    buffers: list[tuple[str, tuple[Size, ...]]]
    work: str
    threaded: bool
    thread: str


class Block:
    """The statements of one pass."""

    def __init__(self, writer: Whole, arrays: list[Array], sums: list[Array], number: int):
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
            and not isinstance(a, (Input, Permute, Sliding))
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
