"""Printing for leading axes, any number of them, which broadcast: axes are counted from the end.

    X @ w       → matvec(X, w)          w @ X  → vecmat(w, X)          x @ y → vecdot(x, y)
    mu - x      → mu[..., None] - x     tensordot, vdot → einsum("...")
    solve(A, b) → solve(A, b[..., None])[..., 0]

An argument that is shared by all members (`shared_by`: a step size, the weights of a normalisation) has no leading
axes, and is written as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derivations.emit.blas import blas_form
from derivations.emit.dialect import Dialect
from derivations.emit.mangle import Scope
from derivations.emit.printer import ATOM, PRODUCT, UNARY, Printer, Text, solve_of
from derivations.emit.program import (
    AddDiagonal,
    Array,
    Contract,
    Diagonal,
    Entry,
    Gather,
    Input,
    Map,
    Permute,
    Reduce,
    Solve,
    Spread,
    Window,
    Zeros,
    in_order,
    shown,
)

ENTRIES, COLUMN = "[..., 0]", "[..., None]"
"""A column as a vector, and the reverse."""

MARK = "\0"
"""Stands behind a text that is a column already."""


class NotNative(Exception):
    """The program has no text that leading axes pass through."""


def needs(a: Array) -> frozenset[Input]:
    """The arguments that an array is computed from."""
    return frozenset(x for x in in_order((a,)) if isinstance(x, Input))


def shared_by(outputs: Mapping[str, Array]) -> frozenset[str]:
    """The arguments that every member shares: numbers that scale arrays, vectors that stand along the last axis of a
    matrix, arrays from which entries are picked.

    A number of Python has no axes to put at their place, and who normalises a batch has one set of weights.
    """
    found: set[str] = set()
    for a in in_order(tuple(outputs.values())):
        match a:
            case Map(_, args, places, sizes):
                whole = len(sizes)
                full = [x for x, p in zip(args, places, strict=True) if len(p) == whole]
                for x, at in zip(args, places, strict=True):
                    if len(at) < whole:
                        found |= _small(x, at, whole, bool(full))
            case AddDiagonal(base, values, _, _, at):
                whole = len(base.shape) - 1
                if len(at) < whole:
                    found |= _small(values, at, whole, True)
            case Spread(arg, at, sizes) if not at:
                found |= _small(arg, at, len(sizes), False)
            case Gather(arg, _, _) if isinstance(arg, Input):
                found.add(arg.name)
    return frozenset(found)


def _small(a: Array, at: tuple[int, ...], whole: int, beside_full: bool) -> set[str]:
    """The arguments of an operand that broadcasts as it stands if none of them has leading axes."""
    given = needs(a)
    trailing = at == tuple(range(whole - len(at), whole))
    if not at:
        return {x.name for x in given} if all(not x.shape for x in given) else set()
    small = all(len(x.shape) <= len(at) for x in given)
    return {x.name for x in given} if trailing and beside_full and small else set()


class NativePrinter(Printer):
    """`Printer` for any number of leading axes of all arguments but those that are shared. Raises `NotNative` where
    there is no such text."""

    dots = "..."

    def __init__(self, names: dict[Array, str], scope: Scope, dialect: Dialect, shared: frozenset[str] = frozenset()):
        super().__init__(names, scope, dialect)
        self.shared = shared
        self._fixed: dict[Array, bool] = {}

    def fixed(self, a: Array) -> bool:
        """Whether an array has no leading axes: all arguments that it is computed from are shared."""
        if a not in self._fixed:
            self._fixed[a] = all(x.name in self.shared for x in needs(a))
        return self._fixed[a]

    def fresh(self, a: Array) -> tuple[str, int]:
        match a:
            case Entry(arg, axis, at):
                behind = [":"] * (len(arg.shape) - axis - 1)
                return f"{self.text(arg, ATOM)}[..., {', '.join([str(at - 1), *behind])}]", ATOM
            case Window(arg, axis):
                behind = [":"] * (len(arg.shape) - axis - 1)
                return f"{self.text(arg, ATOM)}[..., {', '.join([self.window(a), *behind])}]", ATOM
            case Permute(Contract() as c, order) if (
                self.dialect.operation("einsum") and c not in self.names and (operation := self._by_einsum(c))
            ):
                return self._einsum(replace(c, out=tuple(c.out[k] for k in order)), self.dots, operation), ATOM
            case Gather(arg, axis, _) if axis or not self.fixed(arg):
                raise NotNative
            case Spread(arg, place, sizes) if arg.kind != "static" and not self.fixed(arg):
                return self._repeated(arg, place, sizes), ATOM
            case Solve(_, b):
                if len(b.shape) > 1:
                    return self._solved(a, self.entry(b)), ATOM
                return f"{self._as_column(a)}[..., 0]", ATOM
            case _:
                return super().fresh(a)

    def _solved(self, a: Solve, b: Text) -> str:
        """A solve for the columns of b."""
        if a.how:
            return self.written(solve_of(a), a.a, b)
        matrix = (lambda _: self.written("swap_last", a.a)) if a.transposed else self.entry(a.a)
        return self.written("solve", matrix, b)

    def _as_column(self, a: Array) -> str:
        """A vector as a column; that of a solve is what the library gives."""
        if not isinstance(a, Solve) or a in self.names:
            return f"{self.text(a, ATOM)}[..., None]"
        return self._solved(a, lambda _: self._as_column(a.b))

    def _repeated(self, arg: Array, place: tuple[int, ...], sizes: tuple) -> str:
        text = self.text(arg, ATOM) + self.alignment(place, len(sizes), True)
        for k, size in enumerate(sizes):
            if k not in place and (size != 1 or isinstance(shown(arg), Input)):
                inner, axis = text, str(k - len(sizes))
                text = self.written("repeat", lambda _, inner=inner: inner, size=self.size(size), axis=axis)
        return text

    def aligned(self, arg: Array, places: tuple[int, ...], whole: Map | AddDiagonal):
        rank = len(whole.shape) - isinstance(whole, AddDiagonal)
        at = tuple(sorted(places))
        order = tuple(places.index(p) for p in at)
        in_place = self.fixed(arg) and at == tuple(range(rank - len(at), rank))
        index = "" if in_place else self.alignment(at, rank, True)
        if index and (kept := self._kept(arg, at, rank)) is not None:
            return lambda _: kept
        if index and isinstance(arg, Map) and arg.fn == "negative" and arg not in self.names:
            inner = self.aligned(arg.args[0], places, whole)
            return lambda level: f"-{inner(ATOM)}" if level <= UNARY else f"(-{inner(ATOM)})"
        if order != tuple(range(len(order))):
            return lambda level: self._permute(arg, order) + index
        return (lambda level: self.text(arg, ATOM) + index) if index else (lambda level: self.text(arg, level))

    def _kept(self, arg: Array, at: tuple[int, ...], rank: int) -> str | None:
        """A sum or a mean with the axis that it sums kept, where it is to stand beside what it is the sum of."""
        inner = arg.args[0] if isinstance(arg, Map) and arg.fn == "divide" else arg
        if arg in self.names or not isinstance(inner, Reduce) or len(inner.arg.shape) != rank:
            return None
        if isinstance(inner.arg, Diagonal):  # a trace, which has a function of its own
            return None
        if tuple(k for k in range(rank) if k not in inner.axes) != at or inner.op not in ("sum", "max", "min"):
            return None
        return self._reduce(inner.op, inner.arg, inner.axes, True) if inner is arg else self._mean(arg, True)

    def alignment(self, places: tuple[int, ...], rank: int, full: bool) -> str:
        if len(places) == rank:
            return ""
        start = next(k for k in range(rank) if k not in places)
        return "[" + ", ".join(["...", *(":" if k in places else "None" for k in range(start, rank))]) + "]"

    def axis(self, arg: Array, k: int) -> str:
        return str(k - len(arg.shape))

    def _permute(self, arg: Array, order: tuple[int, ...]) -> str:
        n = len(order)
        if order == (*range(n - 2), n - 1, n - 2):
            return self.written("swap_last", arg)
        before, after = (", ".join(str(k - n) for k in axes) for axes in (order, range(n)))
        return self.written("moveaxis", arg, before=before, after=after)

    def _reduce(self, op: str, arg: Array, axes: tuple[int, ...], keepdims: bool = False) -> str:
        if (
            isinstance(arg, Diagonal)
            and op == "sum"
            and len(arg.arg.shape) == 2
            and not keepdims
            and arg not in self.names
        ):
            return self.written("traces", arg.arg)
        places = [self.axis(arg, k) for k in axes]
        where = places[0] if len(places) == 1 else f"({', '.join(places)})"
        axis = f"axis={where}"
        if op == "logsumexp" and where == "-1":
            axis = ""  # what it does unless it is told
        axis += ", keepdims=True" if keepdims else ""
        return self.written(op, arg, axis=axis, and_axis=axis and f", {axis}", dim=where)

    def _by_einsum(self, c: Contract) -> str:
        """The operation that einsum is for a contraction; empty where it is none."""
        form = blas_form(c)
        if form is None:
            return "einsum"
        return "einsum_by_products" if form.kind == "tensordot" else ""

    def _contract(self, c: Contract) -> tuple[str, int]:
        form = blas_form(c)
        if operation := self._by_einsum(c):
            if self.dialect.operation("einsum") is None:
                raise NotNative
            return self._einsum(c, self.dots, operation), ATOM
        assert form is not None
        if form.kind == "vdot":
            if self.dialect.operation("einsum") is not None:
                return self._einsum(c, self.dots), ATOM
            axes = ", ".join(str(k - len(c.la)) for k in range(len(c.la)))
            return self.written("vdots", c.a, c.b, axis=f"axis=({axes})"), ATOM
        if form.native:
            return super()._contract(c)
        a, b = self._operand(c.a, form.a), self._operand(c.b, form.b)
        if len(c.la) == len(c.lb) == 1:
            return self.written("vecdot", c.a, c.b), ATOM
        if len(c.lb) == 1:
            if self.fixed(c.b):
                return f"{a(PRODUCT)} @ {b(PRODUCT + 1)}", PRODUCT
            return self._times_vector("matvec", c.b, a, b), ATOM
        if self.fixed(c.b):
            return f"{a(PRODUCT)} @ {b(PRODUCT + 1)}", PRODUCT
        if len(c.la) > 2:
            return f"{a(PRODUCT)} @ {b(ATOM)}[..., {'None, ' * (len(c.la) - 2)}:, :]", PRODUCT
        if self.fixed(c.a):
            return f"{a(PRODUCT)} @ {b(PRODUCT + 1)}", PRODUCT
        return self._times_vector("vecmat", c.a, a, b), ATOM

    def _times_vector(self, operation: str, vector: Array, a: Text, b: Text) -> str:
        """A product with a vector; one that is a product itself stays the column that it is where libraries take
        vectors as columns."""
        template = self.dialect.operation(operation) or ""
        if isinstance(vector, Contract) and vector not in self.names and template.endswith(ENTRIES):
            text, level = self.fresh(vector)
            if level == ATOM and text.endswith(ENTRIES):
                column = lambda _: text.removesuffix(ENTRIES) + MARK  # noqa: E731
                a, b = (a, column) if operation == "matvec" else (column, b)
                return self.written(operation, a, b).replace(MARK + COLUMN, "")
        return self.written(operation, a, b)

    def _operand(self, a: Array, order: tuple[int, ...]):
        """An operand of a product, its axes in that order."""
        if order == tuple(range(len(order))):
            return self.entry(a)
        return lambda level: self._permute(a, order)

    def diagonal(self, a: AddDiagonal, name: str, *, placed: bool = False) -> list[str]:
        """The statements of base + δ values: in place where the base has all leading axes of the values."""
        rank = len(a.base.shape)
        alone = isinstance(a.base, Zeros) and bool(a.places)
        in_place = any("{own}" in line for line in self.dialect.diagonal)
        apart = in_place and any(x.name not in self.shared for x in needs(a.values) - needs(a.base))
        if (a.p, a.q) == (rank - 2, rank - 1) and not alone and not apart:
            return super().diagonal(a, name, placed=placed)
        axes = [k for k in range(rank) if k not in (a.p, a.q)] + [a.p]
        places = tuple(axes[k] for k in a.places)
        order = tuple(sorted(range(len(places)), key=places.__getitem__))
        inner = self.text(a.values, ATOM) if order == tuple(range(len(order))) else self._permute(a.values, order)
        scalar = not places and self.fixed(a.values)
        values = inner if scalar else inner + self.alignment(tuple(sorted(places)), rank, True)
        index = (
            ""
            if (a.p, a.q) == (rank - 2, rank - 1)
            else "[" + ", ".join(":" if k in (a.p, a.q) else "None" for k in range(a.p, rank)) + "]"
        )
        eye = self.written("eye", size=self.size(a.base.shape[a.p])) + index
        lines = self.dialect.apart[1:] if alone else self.dialect.apart
        base = "0" if alone else self.text(a.base)
        total = values if alone else f"{name} + {values}"
        words = {"name": name, "base": base, "eye": eye, "total": total, "rest": "0" if alone else name}
        return [str(self.dialect.spelled(line)).format(**words) for line in lines]
