"""Array programs as readable, straight-line NumPy text.

A node of the model becomes a named variable, and so does what is used more than once; everything else is written where
it is used.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType

from derivations.formula import Size
from derivations.numpy_code.mangle import Scope
from derivations.numpy_code.program import (
    AddDiagonal,
    Array,
    Constant,
    Contract,
    Counter,
    Diagonal,
    Entry,
    Gather,
    Input,
    Length,
    Literal,
    Map,
    Matrix,
    Permute,
    Reduce,
    Softmax,
    Solve,
    Spread,
    Zeros,
    in_order,
    operands,
)

COMPARE, SUM, PRODUCT, UNARY, POWER, ATOM = range(6)
"""How tightly a text holds together."""

INFIX: Mapping[str, tuple[str, int]] = MappingProxyType({
    "add": ("+", SUM), "subtract": ("-", SUM), "multiply": ("*", PRODUCT), "divide": ("/", PRODUCT),
    "less": ("<", COMPARE), "less_equal": ("<=", COMPARE), "greater": (">", COMPARE), "greater_equal": (">=", COMPARE),
    "equal": ("==", COMPARE), "not_equal": ("!=", COMPARE),
})  # fmt: skip
"""Entrywise functions that are written between their arguments."""

FUNCTIONS: Mapping[str, str] = MappingProxyType({
    "exp": "np.exp({})", "log": "np.log({})", "log1p": "np.log1p({})", "expm1": "np.expm1({})", "sqrt": "np.sqrt({})",
    "cbrt": "np.cbrt({})",
    "sin": "np.sin({})", "cos": "np.cos({})", "tan": "np.tan({})", "cot": "1 / np.tan({})", "sec": "1 / np.cos({})",
    "csc": "1 / np.sin({})",
    "asin": "np.arcsin({})", "acos": "np.arccos({})", "atan": "np.arctan({})", "acot": "np.arctan(1 / {})",
    "asec": "np.arccos(1 / {})", "acsc": "np.arcsin(1 / {})",
    "sinh": "np.sinh({})", "cosh": "np.cosh({})", "tanh": "np.tanh({})", "coth": "1 / np.tanh({})",
    "asinh": "np.arcsinh({})", "acosh": "np.arccosh({})", "atanh": "np.arctanh({})",
    "abs": "np.abs({})", "sign": "np.sign({})", "floor": "np.floor({})", "ceil": "np.ceil({})",
    "softplus": "np.logaddexp(0, {})", "log_sigmoid": "-np.logaddexp(0, -{})", "relu": "np.maximum({}, 0)",
    "maximum": "np.maximum({}, {})", "minimum": "np.minimum({}, {})", "where": "np.where({}, {}, {})",
    "logical_not": "~{}",
    "logical_and": "{} & {}", "logical_or": "{} | {}", "as_float": "{}.astype(dtype)", "as_dtype": "{}.astype(dtype)",
    "sigmoid": "sigmoid({})", "sech": "sech({})", "csch": "csch({})", "erf": "erf({})", "factorial": "factorial({})",
    "root_power": "root_power({}, {})",
    "xlogy": "xlogy({}, {})", "xlog1py": "xlog1py({}, {})", "xdivy": "xdivy({}, {})",
    "logaddexp": "np.logaddexp({}, {})", "log1mexp": "log1mexp({})", "log_cosh": "log_cosh({})",
    "hypot": "np.hypot({}, {})",
})  # fmt: skip
"""Every other entrywise function; an argument inside brackets or after a comma stands as it is, elsewhere as an atom.
"""

HELPERS = frozenset(
    {"sigmoid", "sech", "csch", "erf", "factorial", "root_power", "xlogy", "xlog1py", "xdivy", "log1mexp", "log_cosh"}
)
OF_NUMBERS: Mapping[str, tuple[str, int]] = MappingProxyType({
    **{fn: (f"math.{fn}({{}})", ATOM) for fn in ("exp", "log", "log1p", "expm1", "sqrt", "cbrt", "sin", "cos", "tan",
            "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "floor", "ceil")},
    "cot": ("1 / math.tan({})", PRODUCT), "sec": ("1 / math.cos({})", PRODUCT), "csc": ("1 / math.sin({})", PRODUCT),
    "coth": ("1 / math.tanh({})", PRODUCT), "sech": ("1 / math.cosh({})", PRODUCT),
    "csch": ("1 / math.sinh({})", PRODUCT),
    "sigmoid": ("1 / (1 + math.exp(-{}))", PRODUCT), "softplus": ("math.log1p(math.exp({}))", ATOM),
    "log_sigmoid": ("-math.log1p(math.exp(-{}))", UNARY), "factorial": ("math.gamma({} + 1)", ATOM),
    "abs": ("abs({})", ATOM), "relu": ("max({}, 0)", ATOM), "maximum": ("max({}, {})", ATOM),
    "minimum": ("min({}, {})", ATOM), "where": ("({1} if {0} else {2})", ATOM), "logical_not": ("not {}", COMPARE),
    "as_float": ("float({})", ATOM), "as_dtype": ("float({})", ATOM),
    "logaddexp": ("math.log(math.exp({}) + math.exp({}))", ATOM), "log1mexp": ("math.log(-math.expm1(-{}))", ATOM),
    "log_cosh": ("math.log(math.cosh({}))", ATOM), "hypot": ("math.hypot({}, {})", ATOM),
})  # fmt: skip
"""Entrywise functions of numbers and sizes alone, and how tightly they hold together: Python's own, since a NumPy
number would turn float32 into float64."""
LETTERS = "ijklmnopqrstuvwxyz"


_NAMED_BY_FUNCTION = MappingProxyType(
    {
        "add": "total",
        "subtract": "difference",
        "multiply": "product",
        "divide": "ratio",
        "sqrt": "root",
        "exp": "exponential",
        "negative": "negated",
        "where": "chosen",
    }
)
"""What a variable is called that no node names."""


def description(a: Array, names: Mapping[Array, str]) -> str:
    """A name for an array that is used more than once and is no node: `sigma_squared`, `difference`."""
    if isinstance(a, Map) and a.fn == "square" and names.get(a.args[0], "").isidentifier():
        return f"{names[a.args[0]]}_squared"
    if isinstance(a, Map):
        return _NAMED_BY_FUNCTION.get(a.fn, "common")
    return {Contract: "product", Reduce: "total", AddDiagonal: "matrix", Solve: "solution"}.get(type(a), "common")


class NotNative(Exception):
    """The program as printed would misplace leading batch dimensions."""


class Printer:
    """Prints the arrays of one function. `native`: axes are counted from the end, so leading batch dimensions pass
    through.

    While `in_thread`, products are computed by the thread itself: BLAS would start threads of its own for a large one.
    """

    def __init__(self, names: dict[Array, str], scope: Scope, native: bool):
        self.names = names
        self.scope = scope
        self.native = native
        self.in_thread = False
        self.helpers: set[str] = set()
        self.sizes: set[str] = set()
        self.dtype = False
        self.math = False

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
                self.math = self.math or name not in ("nan", "inf")
                return (f"np.{name}" if name in ("nan", "inf") else f"math.{name}"), ATOM
            case Length(size):
                return self.size(size), ATOM
            case Counter(size, kind):
                self._not_native()
                if kind == "float":
                    self.dtype = True
                    return f"np.arange(1, {self.size(size)} + 1, dtype=dtype)", ATOM
                return f"np.arange(1, {self.size(size)} + 1)", ATOM
            case Map():
                return self._map(a)
            case Reduce(op, arg, axes):
                return self._reduce(op, arg, axes), ATOM
            case Softmax(arg, axis):
                self.helpers.add("softmax")
                where = self.axis(arg, axis)
                return (
                    f"softmax({self.text(arg)}{'' if where in ('-1', str(len(arg.shape) - 1)) else f', axis={where}'})",
                    ATOM,
                )
            case Contract():
                return self._contract(a)
            case Permute(arg, order):
                return self._permute(arg, order), ATOM
            case Entry(arg, axis, at):
                self._plain_axes(arg)
                return f"{self.text(arg, ATOM)}[{', '.join([*[':'] * axis, str(at - 1)])}]", ATOM
            case Gather():
                return self._gather(a), ATOM
            case Diagonal(arg, p, q):
                n = len(arg.shape)
                inner = [LETTERS[k] for k in range(n)]
                inner[q] = inner[p]
                out = [LETTERS[k] for k in range(n) if k not in (p, q)] + [LETTERS[p]]
                dots = "..." if self.native else ""
                return f'np.einsum("{dots}{"".join(inner)}->{dots}{"".join(out)}", {self.text(arg)})', ATOM
            case Spread():
                return self._spread(a), ATOM
            case Zeros(sizes):
                self._not_native()
                self.dtype = True
                return f"np.zeros({self.shape(sizes)}, dtype)", ATOM
            case Solve(m, b, transposed):
                self._not_native()
                return (
                    f"np.linalg.solve({self.text(m, ATOM) + '.T' if transposed else self.text(m)}, {self.text(b)})",
                    ATOM,
                )
            case Matrix("logdet", arg):
                self.helpers.add("log_determinant")
                return f"log_determinant({self.text(arg)})", ATOM
            case Matrix(op, arg):
                return f"np.linalg.{op}({self.text(arg)})", ATOM
            case _:
                raise AssertionError(f"{type(a).__name__} is written as a statement")

    # ------------------------------------------------------------ entrywise

    def _map(self, a: Map) -> tuple[str, int]:
        parts = [self.aligned(arg, places, a) for arg, places in zip(a.args, a.places, strict=True)]
        fn = a.fn
        if fn in OF_NUMBERS and not a.shape and not any(isinstance(x, Input) or x.shape for x in in_order((a,))):
            template, level = OF_NUMBERS[fn]
            self.math = self.math or "math." in template
            return template.format(
                *(
                    p(ATOM if fn in ("sigmoid", "log_sigmoid", "factorial", "logical_not", "log1mexp") else COMPARE)
                    for p in parts
                )
            ), level
        if fn in INFIX:
            sign, level = INFIX[fn]
            tight = level + 1
            return f"{parts[0](level + (level == COMPARE))} {sign} {parts[1](tight)}", level
        if fn == "negative":
            return (
                f"-{parts[0](UNARY if not isinstance(a.args[0], Map) or a.args[0].fn != 'negative' else ATOM)}",
                UNARY,
            )
        if fn == "square":
            return f"{parts[0](ATOM)}**2", POWER
        if fn == "power":
            return (
                (
                    f"{parts[0](ATOM)} ** "
                    f"{parts[1](POWER if isinstance(b := a.args[1], Literal) and b.value.denominator == 1 else ATOM)}"
                ),
                POWER,
            )
        if fn in HELPERS:
            self.helpers.add(fn)
        if fn in ("as_float", "as_dtype"):
            self.dtype = True
        template = FUNCTIONS[fn]
        inside = fn not in (
            "acot",
            "asec",
            "acsc",
            "logical_not",
            "logical_and",
            "logical_or",
            "as_float",
            "as_dtype",
            "log_sigmoid",
        )
        text = template.format(*(p(COMPARE if inside else ATOM) for p in parts))
        return text, (
            PRODUCT
            if template.startswith("1 /")
            else UNARY
            if template[0] in "-~"
            else COMPARE
            if fn in ("logical_and", "logical_or")
            else ATOM
        )

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
        if self.native:
            if r == 0 or (trailing and full):
                raise NotNative
            start = 0 if not full else next(k for k in range(rank) if k not in places)
            return "[" + ", ".join(["...", *(":" if k in places else "None" for k in range(start, rank))]) + "]"
        if trailing:
            return ""
        return "[" + ", ".join(":" if k in places else "None" for k in range(places[0], rank)) + "]"

    def _permute(self, arg: Array, order: tuple[int, ...]) -> str:
        text = self.text(arg, ATOM)
        n = len(order)
        if self.native:
            if n >= 2 and order == (*range(n - 2), n - 1, n - 2):
                return f"{text}.swapaxes(-1, -2)"
            raise NotNative
        if n == 2:
            return f"{text}.T"
        if order == (*range(n - 2), n - 1, n - 2):
            return f"{text}.swapaxes(-1, -2)"
        return f"{text}.transpose({', '.join(map(str, order))})"

    # ------------------------------------------------------------ reductions and products

    def axis(self, arg: Array, k: int) -> str:
        return str(k - len(arg.shape)) if self.native or (k == len(arg.shape) - 1 and k > 0) else str(k)

    def _reduce(self, op: str, arg: Array, axes: tuple[int, ...]) -> str:
        everything = len(axes) == len(arg.shape) and not self.native
        if (
            isinstance(arg, Diagonal)
            and op == "sum"
            and len(arg.arg.shape) == 2
            and arg not in self.names
            and not self.native
        ):
            return f"np.trace({self.text(arg.arg)})"
        where = self.axis(arg, axes[0]) if len(axes) == 1 else "(" + ", ".join(self.axis(arg, k) for k in axes) + ")"
        if op == "norm":
            self.helpers.add("norm")
            return f"norm({self.text(arg)}{'' if everything else f', axis={where}'})"
        if op == "logsumexp":
            self.helpers.add("logsumexp")
            default = len(axes) == 1 and axes[0] == len(arg.shape) - 1
            return f"logsumexp({self.text(arg)}{'' if default else f', axis={where}'})"
        return f"{self.text(arg, ATOM)}.{op}({'' if everything else f'axis={where}'})"

    def _contract(self, c: Contract) -> tuple[str, int]:
        form = blas_form(c)
        if self.native and form is not None and not form.native:
            raise NotNative
        if form is None or (self.in_thread and not c.out):
            letters = {k: LETTERS[n] for n, k in enumerate(dict.fromkeys((*c.la, *c.lb)))}
            a, b, out = ("".join(letters[k] for k in labels) for labels in (c.la, c.lb, c.out))
            dots = "..." if self.native else ""
            return f'np.einsum("{dots}{a},{dots}{b}->{dots}{out}", {self.text(c.a)}, {self.text(c.b)})', ATOM
        if form.kind == "vdot":
            return f"np.vdot({self.text(c.a)}, {self.text(c.b)})", ATOM
        if form.kind == "tensordot":
            axes = f"({list(form.a)}, {list(form.b)})"
            return f"np.tensordot({self.text(c.a)}, {self.text(c.b)}, {axes})", ATOM
        if self.in_thread:
            matrix, labels, vector = (c.a, c.la, c.b) if len(c.la) > 1 else (c.b, c.lb, c.a)
            name = "rows_times" if labels[0] in c.out else "times_rows"
            self.helpers.add(name)
            given = [self.text(matrix), self.text(vector)]
            return f"{name}({', '.join(given if name == 'rows_times' else given[::-1])}, threads)", ATOM
        a = (
            self.text(c.a, PRODUCT if isinstance(c.a, Contract) else UNARY)
            if form.a == tuple(range(len(c.la)))
            else self._permute(c.a, form.a)
        )
        b = self.text(c.b, UNARY) if form.b == tuple(range(len(c.lb))) else self._permute(c.b, form.b)
        return f"{a} @ {b}", PRODUCT

    # ------------------------------------------------------------ the rest

    def _gather(self, a: Gather) -> str:
        self._not_native()
        self.helpers.add("gather")
        return f"gather({self.text(a.arg)}, {self.text(a.at)}, {a.axis})"

    def _spread(self, a: Spread) -> str:
        self._not_native()
        shape = self.shape(a.sizes)
        if a.arg.kind == "static":
            self.dtype = True
            return f"np.full({shape}, {self.text(a.arg)}, dtype)"
        index = self.alignment(a.place, len(a.sizes), True)
        inner = self.text(a.arg, ATOM) + index if index else self.text(a.arg)
        return f"np.broadcast_to({inner}, {shape}).copy()"

    def size(self, size: Size) -> str:
        """A size as text; a symbolic one must be read from a shape first."""
        if isinstance(size, int):
            return str(size)
        self.sizes.add(size)
        return self.scope.of(size, "size")

    def shape(self, sizes: Iterable[Size]) -> str:
        parts = [self.size(s) for s in sizes]
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"

    def _not_native(self) -> None:
        if self.native:
            raise NotNative

    def _plain_axes(self, arg: Array) -> None:
        if self.native:
            raise NotNative

    def diagonal(self, a: AddDiagonal, name: str) -> list[str]:
        """The statements of base + δ values, in the variable `name`."""
        base = self.text(a.base)
        if a.base in self.names or isinstance(a.base, (Input, Permute, Diagonal, Entry)):
            base = f"{self.text(a.base, ATOM)}.copy()"
        n = len(a.base.shape)
        letters = [LETTERS[k] for k in range(n)]
        letters[a.q] = letters[a.p]
        out = [letters[k] for k in range(n) if k not in (a.p, a.q)] + [letters[a.p]]
        pattern = "...ii->...i" if (a.p, a.q) == (n - 2, n - 1) else f"{''.join(letters)}->{''.join(out)}"
        if self.native and not pattern.startswith("..."):
            raise NotNative
        values = self.aligned(a.values, a.places, a)(COMPARE)
        view = self.scope.fresh("diagonal")
        return [f"{name} = {base}", f'{view} = np.einsum("{pattern}", {name})  # a view', f"{view} += {values}"]


def number(value: Fraction) -> tuple[str, int]:
    """A numeral as Python text."""
    if value.denominator == 1:
        n = value.numerator
        text = str(n) if abs(n) < 10**15 else repr(float(n))
        return text, ATOM if n >= 0 else UNARY
    if value.denominator & (value.denominator - 1) == 0 or Fraction(repr(float(value))) == value:
        return repr(float(value)), ATOM if value > 0 else UNARY
    return f"{value.numerator} / {value.denominator}", PRODUCT


class BlasForm:
    """A contraction as `@` (a, b: axis orders of the operands), tensordot (a, b: summed axes) or vdot."""

    __slots__ = ("a", "b", "kind", "native")

    def __init__(self, kind: str, a: tuple[int, ...], b: tuple[int, ...], native: bool):
        self.kind, self.a, self.b, self.native = kind, a, b, native


def blas_form(c: Contract) -> BlasForm | None:
    """How BLAS computes a contraction; None: einsum does."""
    batch = [k for k in c.la if k in c.lb and k in c.out]
    summed = [k for k in c.la if k in c.lb and k not in c.out]
    a_own = [k for k in c.la if k not in c.lb]
    b_own = [k for k in c.lb if k not in c.la]
    if not summed or list(c.out) != batch + a_own + b_own:
        return None
    if not batch and not a_own and not b_own and len(summed) > 1:
        return BlasForm("vdot", (), (), False) if c.la == c.lb else None
    if len(summed) == 1 and len(a_own) <= 1 and len(b_own) <= 1 and (not batch or (a_own and b_own)):
        a = tuple(c.la.index(k) for k in (*batch, *a_own, *summed))
        b = tuple(c.lb.index(k) for k in (*batch, *summed, *b_own))
        return BlasForm("matmul", a, b, bool(a_own and b_own))
    if len(summed) == 1 and not batch and len(b_own) == 1 and c.la[-1] == summed[0]:
        b = tuple(c.lb.index(k) for k in (*summed, *b_own))
        return BlasForm("matmul", tuple(range(len(c.la))), b, False)
    if not batch and (a_own or b_own):
        return BlasForm("tensordot", tuple(c.la.index(k) for k in summed), tuple(c.lb.index(k) for k in summed), False)
    return None


def chosen_names(outputs: Mapping[str, Array], nodes: Mapping[Array, str]) -> list[Array]:
    """The arrays that become variables, in order of computation: nodes, what is used twice, diagonals."""
    uses: Tally[Array] = Tally(outputs.values())
    order = list(in_order(tuple(outputs.values())))
    for a in order:
        uses.update(operands(a))
    return [a for a in order if not cheap(a) and (a in nodes or uses[a] > 1 or isinstance(a, AddDiagonal))]


def cheap(a: Array) -> bool:
    """Whether an array is written out wherever it is used: arguments, numbers, views of them."""
    return (
        isinstance(a, (Input, Literal, Constant, Length))
        or a.kind == "static"
        or (isinstance(a, (Permute, Entry)) and cheap(a.arg))
    )
