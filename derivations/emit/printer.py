"""Array programs as readable, straight-line text of the library that a `Dialect` spells.

A node of the model becomes a named variable, and so does what is used more than once; everything else is written where
it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from derivations.emit.blas import blas_form
from derivations.emit.dialect import (
    ATOM,
    COMPARE,
    INFIX,
    OF_NUMBERS,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Dialect,
    filled,
    level_of,
    mentions,
)
from derivations.emit.mangle import Scope
from derivations.emit.numerals import number
from derivations.emit.program import (
    AddDiagonal,
    Array,
    CannotEmit,
    Carried,
    Constant,
    Contract,
    Counter,
    Cumulative,
    Diagonal,
    Distances,
    Entry,
    Gather,
    Input,
    Length,
    Literal,
    Loop,
    Map,
    Matrix,
    Padded,
    Permute,
    Place,
    Reduce,
    Scatter,
    Slice,
    Sliding,
    Softmax,
    Solve,
    Spread,
    Window,
    Zeros,
    in_order,
    size_gap,
    size_plus,
)
from derivations.formula import Size

EMPTY: Mapping[str, str] = MappingProxyType({})
LETTERS = "ijklmnopqrstuvwxyz"


def solve_of(a: Solve) -> str:
    """The operation that solves from factors."""
    return f"{a.how}_solve{'_transposed' * a.transposed}"


Text = Callable[[int], str]
"""An array as an expression that holds together at least at a level."""


class Printer:
    """Prints the arrays of one function for the shapes that are declared (`native` prints for leading axes too).

    While `in_thread`, products are computed by the thread itself: BLAS would start threads of its own for a large one.
    """

    dots = ""
    """What stands for leading axes in the patterns of einsum."""
    place = "t"
    """The variable of a loop over places, which counts from 0."""
    shared: frozenset[str] = frozenset()
    """Arguments without leading axes, where the others have them."""

    def __init__(self, names: dict[Array, str], scope: Scope, dialect: Dialect):
        self.names = names
        self.scope = scope
        self.dialect = dialect
        self.in_thread = False
        self.sizes: set[str] = set()
        self.mentioned: set[str] = set()
        """What the text calls by a name alone, and `dtype`, `device`, `math`: who writes the module knows which are
        helpers."""

    # ------------------------------------------------------------ templates

    def written(self, operation: str, *arrays: Array | Text, **words: str) -> str:
        """An operation as the dialect spells it."""
        return self._filled(self.dialect.operation(operation), operation, arrays, words)

    def _filled(
        self, template: str | None, what: str, arrays: tuple[Array | Text, ...], words: Mapping[str, str] = EMPTY
    ) -> str:
        if template is None:
            raise CannotEmit(f"{what} has no {self.dialect.title} form here")
        self.mentioned |= mentions(template)
        return filled(template, tuple(self.entry(a) if isinstance(a, Array) else a for a in arrays), words)

    def entry(self, a: Array) -> Text:
        """An array as the text of an operand."""
        return lambda level: self.text(a, level)

    # ------------------------------------------------------------ one array

    def text(self, a: Array, level: int = COMPARE) -> str:
        """The array as an expression that holds together at least at `level`."""
        if a in self.names:
            return self.names[a]
        text, own = self.fresh(a)
        return text if own >= level else f"({text})"

    def fresh(self, a: Array) -> tuple[str, int]:
        """The operation itself as text (not its variable), and how tightly it holds together."""
        match a:
            case Literal(value):
                return number(value)
            case Constant(name):
                if name in ("nan", "inf"):
                    return f"{self.dialect.module}.{name}", ATOM
                self.mentioned.add("math")
                return f"math.{name}", ATOM
            case Length(size):
                return self.size(size), ATOM
            case Place(shift):
                return f"{self.place} + {shift + 1}" if shift + 1 else self.place, SUM
            case Map():
                return self._map(a)
            case Contract():
                return self._contract(a)
            case _:
                return self._operation(a), ATOM

    def _operation(self, a: Array) -> str:
        """An operation that is written as a call, a method or an index."""
        match a:
            case Counter(size, kind):
                operation = {"float": "counter", "place": "places"}.get(kind, "positions")
                return self.written(operation, stop=self.size(size))
            case Reduce(op, arg, axes):
                return self._reduce(op, arg, axes)
            case Softmax(arg, axis):
                where = self.axis(arg, axis)
                default = where in ("-1", str(len(arg.shape) - 1))
                return self.written("softmax", arg, and_axis="" if default else f", axis={where}", dim=where)
            case Permute(arg, order):
                return self._permute(arg, order)
            case Entry(arg, axis, at):
                return f"{self.text(arg, ATOM)}[{', '.join([*[':'] * axis, str(at - 1)])}{self.whole(arg, axis)}]"
            case Window(arg, axis, _, _):
                return f"{self.text(arg, ATOM)}[{', '.join([*[':'] * axis, self.window(a)])}{self.whole(arg, axis)}]"
            case Padded(arg, axis, start, size):
                where = self.axis(arg, axis)
                last = axis == len(arg.shape) - 1
                words = {"start": str(start), "size": self.size(size), "and_axis": "" if last else f", axis={where}"}
                return self.written("padded", arg, **words)
            case Sliding(arg, axis, size, reaches):
                words = {"size": self.size(size), "axis": str(axis - len(arg.shape))}
                return self.written("reaching" if reaches else "sliding", arg, **words)
            case Cumulative(arg, axis, backward):
                return self.written("cumsum_back" if backward else "cumsum", arg, axis=str(axis - len(arg.shape)))
            case Slice(arg, axis, shift):
                at = self.place + (f" {'+' if shift > 0 else '-'} {abs(shift)}" if shift else "")
                return f"{self.text(arg, ATOM)}[{', '.join([*[':'] * axis, at])}{self.whole(arg, axis)}]"
            case Gather(arg, 0, Map("add", (Input() as label, Literal(one)))) if one == 1 and self._picks:
                return self.written("pick", arg, label)
            case Gather(arg, axis, at):
                return self.written("gather", arg, at, axis=str(axis))
            case Scatter(at, values, size):
                return self._by_label(at, values, size)
            case Diagonal():
                return self._diagonal_of(a)
            case Spread():
                return self._spread(a)
            case Zeros(sizes):
                return self.written("zeros", shape=self.shape(sizes))
            case Distances(x, z):
                return self.written("distances", x, z)
            case Solve(m, b, transposed, ""):
                return self.written("solve", (lambda _: self._permute(m, (1, 0))) if transposed else m, b)
            case Solve(m, b):
                return self.written(solve_of(a), m, b)
            case Matrix(op, arg, place):
                return self.written(op, arg, place=str(place))
            case _:
                raise AssertionError(f"{type(a).__name__} is written as a statement")

    def whole(self, arg: Array, axis: int) -> str:
        """What stands for the axes behind one, where an index must name every axis."""
        return ", ..." if self.dialect.whole_index and axis < len(arg.shape) - 1 else ""

    def window(self, a: Window) -> str:
        """`1:`, `:-1`, `1:n + 1`: positions as a slice counts them."""
        behind = size_gap(a.arg.shape[a.axis], size_plus(a.size, a.start))
        begin = str(a.start) if a.start else ""
        if behind is None:
            return f"{begin}:{self.size(a.size)}" + (f" + {a.start}" if a.start else "")
        return f"{begin}:" + (f"-{behind}" if behind else "")

    # ------------------------------------------------------------ entrywise

    def _map(self, a: Map) -> tuple[str, int]:
        fn, parts = a.fn, self._arguments(a)
        if (choice := self._choice(a)) is not None:
            return choice, ATOM
        if fn in OF_NUMBERS and not a.shape and not any(isinstance(x, Input) or x.shape for x in in_order((a,))):
            template, level = OF_NUMBERS[fn]
            return self._filled(template, fn, parts), level
        if (mean := self._mean(a)) is not None:
            return mean, ATOM
        if fn in INFIX:
            sign, level = INFIX[fn]
            tight = level + 1
            return f"{parts[0](level + (level == COMPARE))} {sign} {parts[1](tight)}", level
        if fn == "negative":
            inner = a.args[0]
            return f"-{parts[0](ATOM if isinstance(inner, Map) and inner.fn == 'negative' else UNARY)}", UNARY
        if fn == "square":
            return f"{parts[0](ATOM)}**2", POWER
        if fn == "power":
            exponent = a.args[1]
            whole = isinstance(exponent, Literal) and exponent.value.denominator == 1
            return f"{parts[0](ATOM)} ** {parts[1](POWER if whole else ATOM)}", POWER
        template = self.dialect.function(fn)
        return self._filled(template, fn, parts), level_of(template or "x")

    def _mean(self, a: Array, keepdims: bool = False) -> str | None:
        """Σ_i x_i / n as the mean."""
        match a:
            case Map("divide", (Reduce("sum", arg, axes) as total, count)) if total not in self.names:
                lengths = [arg.shape[k] for k in axes]
                if len(axes) == 1 and lengths == [_as_length(count)]:
                    return self._reduce("mean", arg, axes, keepdims)
        return None

    def _arguments(self, a: Map) -> tuple[Text, ...]:
        """The arguments of an entrywise function, aligned."""
        return tuple(self.aligned(arg, places, a) for arg, places in zip(a.args, a.places, strict=True))

    def _choice(self, a: Map) -> str | None:
        """A choice for a library that takes no Python values in one: a condition on sizes becomes an array, and so
        does one of two numbers, or the choice would be of a dtype of its own."""
        inner = a.args[0] if a.fn == "as_dtype" else a
        if self.dialect.operation("number") is None or not (isinstance(inner, Map) and inner.fn == "where"):
            return None
        condition, value, otherwise = self._arguments(inner)
        if _of_sizes(inner.args[0]):
            on_sizes = condition
            condition = lambda _: self.written("condition", on_sizes)  # noqa: E731
        if a.fn == "as_dtype":
            of_numbers = value
            value = lambda _: self.written("number", of_numbers)  # noqa: E731
        return self._filled(self.dialect.function("where"), "where", (condition, value, otherwise))

    def aligned(self, arg: Array, places: tuple[int, ...], whole: Map | AddDiagonal):
        """The argument as text at any level, transposed and indexed so that it broadcasts to the places of its axes."""
        if isinstance(whole, Map):
            rank, others = (
                len(whole.shape),
                [p for p, o in zip(whole.places, whole.args, strict=True) if o is not arg or p != places],
            )
        else:
            rank, others = len(whole.shape) - 1, [tuple(range(len(whole.shape) - 1))]
        order = tuple(sorted(range(len(places)), key=places.__getitem__))
        index = (
            ""
            if arg.kind == "static"
            else self.alignment(tuple(sorted(places)), rank, any(len(p) == rank for p in others))
        )
        if order == tuple(range(len(places))):
            return (lambda level: self.text(arg, ATOM) + index) if index else (lambda level: self.text(arg, level))
        return lambda level: self._permute(arg, order) + index

    def alignment(self, places: tuple[int, ...], rank: int, full: bool) -> str:
        """`[:, None]`: the index that puts axes at their places, empty where broadcasting does it. `full`: another
        operand has every axis."""
        r = len(places)
        if r == rank:
            return ""
        trailing = places == tuple(range(rank - r, rank))
        if trailing:
            return ""
        return "[" + ", ".join(":" if k in places else "None" for k in range(places[0], rank)) + "]"

    def _permute(self, arg: Array, order: tuple[int, ...]) -> str:
        n = len(order)
        if n >= 2 and order == (*range(n - 2), n - 1, n - 2):
            return self.written("transpose" if n == 2 else "swap_last", arg)
        return self.written("permute", arg, order=", ".join(map(str, order)))

    # ------------------------------------------------------------ reductions and products

    def axis(self, arg: Array, k: int) -> str:
        return str(k - len(arg.shape)) if k == len(arg.shape) - 1 and k > 0 else str(k)

    def _reduce(self, op: str, arg: Array, axes: tuple[int, ...], keepdims: bool = False) -> str:
        everything = len(axes) == len(arg.shape)
        if (
            isinstance(arg, Diagonal)
            and op == "sum"
            and len(arg.arg.shape) == 2
            and not keepdims
            and arg not in self.names
        ):
            return self.written("trace", arg.arg)
        where = self.axis(arg, axes[0]) if len(axes) == 1 else "(" + ", ".join(self.axis(arg, k) for k in axes) + ")"
        if op == "logsumexp":
            everything = len(axes) == 1 and axes[0] == len(arg.shape) - 1  # what the helper does unless it is told
        axis = "" if everything else f"axis={where}"
        axis += ", keepdims=True" if keepdims else ""
        return self.written(op, arg, axis=axis, and_axis=axis and f", {axis}", dim=where)

    def _contract(self, c: Contract) -> tuple[str, int]:
        form = blas_form(c)
        if form is None or (self.in_thread and not c.out):
            return self._einsum(c, ""), ATOM
        if form.kind == "vdot":
            return self.written("vdot", c.a, c.b), ATOM
        if form.kind == "tensordot":
            return self.written("tensordot", c.a, c.b, first=str(list(form.a)), second=str(list(form.b))), ATOM
        if self.in_thread:
            matrix, labels, vector = (c.a, c.la, c.b) if len(c.la) > 1 else (c.b, c.lb, c.a)
            name = "rows_times" if labels[0] in c.out else "times_rows"
            self.mentioned.add(name)
            given = [self.text(matrix), self.text(vector)]
            return f"{name}({', '.join(given if name == 'rows_times' else given[::-1])}, threads)", ATOM
        a = (
            self.text(c.a, PRODUCT if isinstance(c.a, Contract) else UNARY)
            if form.a == tuple(range(len(c.la)))
            else self._permute(c.a, form.a)
        )
        b = self.text(c.b, UNARY) if form.b == tuple(range(len(c.lb))) else self._permute(c.b, form.b)
        return f"{a} @ {b}", PRODUCT

    def _einsum(self, c: Contract, dots: str, operation: str = "einsum") -> str:
        letters = {k: LETTERS[n] for n, k in enumerate(dict.fromkeys((*c.la, *c.lb)))}
        a, b, out = ("".join(letters[k] for k in labels) for labels in (c.la, c.lb, c.out))
        return self.written(operation, c.a, c.b, pattern=f"{dots}{a},{dots}{b}->{dots}{out}")

    # ------------------------------------------------------------ the rest

    @property
    def _picks(self) -> bool:
        return self.dialect.operation("pick") is not None

    def _by_label(self, at: Array, values: Array, size: Size) -> str:
        """A sum by label; numbers as a column, whose entries are taken out again."""
        if len(values.shape) > 1:
            return self.written("sum_by_label", at, values, size=self.size(size))
        column = lambda _: f"{self.text(values, ATOM)}[..., None]"  # noqa: E731
        return f"{self.written('sum_by_label', at, column, size=self.size(size))}[..., 0]"

    def _diagonal_of(self, a: Diagonal) -> str:
        rank = len(a.arg.shape)
        if "{pattern}" not in (self.dialect.operation("diagonal") or "{pattern}") and (a.p, a.q) != (
            rank - 2,
            rank - 1,
        ):
            order = (*(k for k in range(rank) if k not in (a.p, a.q)), a.p, a.q)
            return self.written("diagonal", lambda _: self._permute(a.arg, order))
        inner = [LETTERS[k] for k in range(rank)]
        inner[a.q] = inner[a.p]
        out = [LETTERS[k] for k in range(rank) if k not in (a.p, a.q)] + [LETTERS[a.p]]
        return self.written("diagonal", a.arg, pattern=f"{self.dots}{''.join(inner)}->{self.dots}{''.join(out)}")

    def _spread(self, a: Spread) -> str:
        shape = self.shape(a.sizes)
        if a.arg.kind == "static" or (self.dialect.operation("number") is None and _of_sizes(a.arg)):
            return self.written("full", a.arg, shape=shape)
        index = self.alignment(a.place, len(a.sizes), True)
        inner = (lambda _: self.text(a.arg, ATOM) + index) if index else a.arg
        return self.written("broadcast", inner, shape=shape)

    def _column(self, a: AddDiagonal) -> str:
        """The values of a diagonal as columns, which broadcast with the matrices."""
        values = self.aligned(a.values, a.places, a)
        return values(ATOM) if a.values.kind == "static" else f"{values(ATOM)}[..., None]"

    def size(self, size: Size) -> str:
        """A size as text; a symbolic one must be read from a shape first."""
        if isinstance(size, int):
            return str(size)
        self.sizes.add(size)
        return self.scope.of(size, "size")

    def shape(self, sizes: Iterable[Size]) -> str:
        parts = [self.size(s) for s in sizes]
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"

    def diagonal(self, a: AddDiagonal, name: str, *, placed: bool = False) -> list[str]:
        """The statements of base + δ values, in the variable `name`; `placed` says that it has an array already."""
        n = len(a.base.shape)
        dialect = self.dialect
        lines = dialect.spread_diagonal if dialect.spread_diagonal and len(a.places) < n - 1 else dialect.diagonal
        any_axes = any("{pattern}" in line for line in lines)
        if not any_axes and (a.p, a.q) != (n - 2, n - 1):
            raise CannotEmit(f"a diagonal of axes that are not the last two has no {dialect.title} form here")
        letters = [LETTERS[k] for k in range(n)]
        letters[a.q] = letters[a.p]
        out = [letters[k] for k in range(n) if k not in (a.p, a.q)] + [letters[a.p]]
        pattern = "...ii->...i" if (a.p, a.q) == (n - 2, n - 1) else f"{''.join(letters)}->{''.join(out)}"
        base, values = self.text(a.base), self.aligned(a.values, a.places, a)(COMPARE)
        shared = a.base in self.names or isinstance(a.base, (Input, Permute, Diagonal, Entry))
        words = {"name": name, "pattern": pattern, "values": values, "base": base}
        words["own"] = self.written("copy", a.base) if shared and not placed else base
        words["column"] = self._column(a) if any("{column}" in line for line in lines) else ""
        words["view"] = self.scope.fresh("diagonal") if any("{view}" in line for line in lines) else ""
        words["k"] = self.scope.of("k", "positions") if any("{k}" in line for line in lines) else ""
        self.mentioned.update(*map(mentions, lines))
        return [line.format(**words) for line in lines]


def _as_length(a: Array) -> Size | None:
    return a.size if isinstance(a, Length) else None


FEW = 2
"""Operations that stand within another: a node of more has a line of its own, under its name."""


def cheap(a: Array) -> bool:
    """Whether an array is written out wherever it is used: arguments, numbers, views of them or of a loop's."""
    return (
        isinstance(a, (Input, Literal, Constant, Length))
        or a.kind == "static"
        or (isinstance(a, (Permute, Entry, Window)) and (cheap(a.arg) or isinstance(a.arg, Loop)))
        or isinstance(a, (Slice, Carried))
    )


def _of_sizes(a: Array) -> bool:
    """Whether a value is one of numbers and sizes alone: a Python number, also where it is chosen by a condition."""
    return not any(isinstance(x, (Input, Counter)) for x in in_order((a,)))
