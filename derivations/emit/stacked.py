"""The readable form once more, for arguments with leading axes: where X @ w would misplace them.

    X @ w     → (X @ w[..., None])[..., 0]      mu (a number) - x → mu[..., None] - x
    w @ x     → np.vecdot(w, x)                 tensordot, vdot   → einsum("...")
    solve(A, b) → solve(A, b[..., None])[..., 0]    on a diagonal → where(eye, …)

Every operand of an entrywise operation has all axes of the result, counted from the end, and so the leading axes of all
meet.
"""

from __future__ import annotations

from derivations.emit.blas import blas_form
from derivations.emit.dialect import Dialect
from derivations.emit.plan import Plan, loose_sizes, new_scope, prologue, variables_of
from derivations.emit.printer import ATOM, PRODUCT, NotNative, Printer
from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Counter,
    Entry,
    Input,
    Map,
    Solve,
    Spread,
    Zeros,
    in_order,
)
from derivations.emit.statements import statements


class StackedPrinter(Printer):
    """`Printer` for any number of leading axes. Raises `NotNative` where an index is computed."""

    def fresh(self, a: Array) -> tuple[str, int]:
        match a:
            case Counter(size, "float"):
                return self.written("counter", stop=self.size(size)), ATOM
            case Entry(arg, axis, at):
                return (
                    f"{self.text(arg, ATOM)}[..., {', '.join([str(at - 1), *[':'] * (len(arg.shape) - axis - 1)])}]",
                    ATOM,
                )
            case Spread(arg, place, sizes) if arg.kind != "static":
                text = self.text(arg, ATOM) + self.alignment(place, len(sizes), True)
                for k, size in enumerate(sizes):
                    if k not in place:
                        text = f"np.repeat({text}, {self.size(size)}, axis={k - len(sizes)})"
                return text, ATOM
            case Spread(arg, _, sizes):
                return self.written("full", arg, shape=self.shape(sizes)), ATOM
            case Zeros(sizes):
                return self.written("zeros", shape=self.shape(sizes)), ATOM
            case Solve(m, b, transposed, how):
                matrix = (lambda _: self.written("swap_last", m)) if transposed else m
                solve = f"{how}_solve" if how else "solve"
                if len(b.shape) == 1:
                    return (
                        f"{self.written(solve, matrix, lambda _: f'{self.text(b, ATOM)}[..., None]')}[..., 0]",
                        ATOM,
                    )
                return self.written(solve, matrix, b), ATOM
            case _:
                return super().fresh(a)

    def aligned(self, arg: Array, places: tuple[int, ...], whole: Map | AddDiagonal):
        if not arg.shape and all(x.kind != "float" or not isinstance(x, Input) for x in in_order((arg,))):
            return lambda level: self.text(arg, level)  # a number of Python, which has no axes at all
        return super().aligned(arg, places, whole)

    def alignment(self, places: tuple[int, ...], rank: int, full: bool) -> str:
        if len(places) == rank:
            return ""
        start = next(k for k in range(rank) if k not in places)
        return "[" + ", ".join(["...", *(":" if k in places else "None" for k in range(start, rank))]) + "]"

    def _permute(self, arg: Array, order: tuple[int, ...]) -> str:
        n, text = len(order), self.text(arg, ATOM)
        if order == (*range(n - 2), n - 1, n - 2):
            return self.written("swap_last", arg)
        return (
            f"np.moveaxis({text}, ({', '.join(str(k - n) for k in order)}), "
            f"({', '.join(str(k - n) for k in range(n))}))"
        )

    def _contract(self, c: Contract) -> tuple[str, int]:
        form = blas_form(c)
        if form is None or form.kind != "matmul":
            return self._einsum(c, "..."), ATOM
        if form.native:
            return super()._contract(c)
        a, b = self.text(c.a, ATOM), self.text(c.b, ATOM)
        if len(c.la) == len(c.lb) == 1:
            return f"np.vecdot({self.text(c.a)}, {self.text(c.b)})", ATOM
        if len(c.lb) == 1:
            left = a if form.a == tuple(range(len(c.la))) else self._permute(c.a, form.a)
            return f"({left} @ {b}[..., None])[..., 0]", ATOM
        right = b if form.b == tuple(range(len(c.lb))) else self._permute(c.b, form.b)
        if len(c.la) > 2:
            return f"{a} @ {right}[..., {'None, ' * (len(c.la) - 2)}:, :]", PRODUCT
        return f"({a}[..., None, :] @ {right})[..., 0, :]", ATOM

    def diagonal(self, a: AddDiagonal, name: str) -> list[str]:
        """The statements of base + δ values: the sum where two indices agree, the base elsewhere."""
        rank = len(a.base.shape)
        axes = [k for k in range(rank) if k not in (a.p, a.q)] + [a.p]
        places = tuple(axes[k] for k in a.places)
        order = tuple(sorted(range(len(places)), key=places.__getitem__))
        inner = self.text(a.values, ATOM) if order == tuple(range(len(order))) else self._permute(a.values, order)
        values = inner if a.values.kind == "static" else inner + self.alignment(tuple(sorted(places)), rank, True)
        self.sizes |= {s for s in (a.base.shape[a.p],) if isinstance(s, str)}
        index = (
            ""
            if (a.p, a.q) == (rank - 2, rank - 1)
            else "[" + ", ".join(":" if k in (a.p, a.q) else "None" for k in range(a.p, rank)) + "]"
        )
        eye = f"np.eye({self.size(a.base.shape[a.p])}, dtype=bool){index}"
        if isinstance(a.base, Zeros):
            return [f"{name} = np.where({eye}, {values}, {self.fresh(a.base)[0]})"]
        return [f"{name} = {self.text(a.base)}", f"{name} = np.where({eye}, {name} + {values}, {name})"]


def stacked(plan: Plan, function: str, dialect: Dialect) -> tuple[list[str], StackedPrinter]:
    """The text of a function for arguments with leading axes. Raises `NotNative`."""
    needs = {frozenset(x for x in in_order((a,)) if isinstance(x, Input)) for a in plan.outputs.values()}
    if len(needs) > 1:
        raise NotNative  # a result would lack the leading axes of the arguments that it does not need
    scope, _, arguments = new_scope(plan, function, dialect)
    printer = StackedPrinter(variables_of(plan.outputs, arguments), scope, dialect, native=True)
    lines = statements(plan, printer)
    first = prologue(plan, printer, arguments, native=True)
    parameters = ", ".join([*arguments.values(), *(scope.of(s, "size") for s in loose_sizes(plan, printer.sizes))])
    doc = '"""The same for arguments with leading axes, which broadcast."""'
    return [f"def {function}({parameters}):", *("    " + line for line in [doc, *first, *lines])], printer
