"""An entry of an array as an expression of numbers, inside a loop: what is used again gets a variable, where its
indices are known."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivations.emit.blocked.cut import Cut
from derivations.emit.dialect import ATOM, COMPARE, INFIX, POWER, PRODUCT, SUM, UNARY
from derivations.emit.mangle import Scope, identifier
from derivations.emit.naming import description
from derivations.emit.numerals import number
from derivations.emit.program import (
    Array,
    Constant,
    Contract,
    Diagonal,
    Entry,
    Length,
    Literal,
    Map,
    Permute,
    Reduce,
)
from derivations.formula import Size
from derivations.frozen import frozen

FUNCTIONS: Mapping[str, tuple[str, int]] = MappingProxyType({
    "exp": ("exp({})", 8), "log": ("np.log({})", 8), "log1p": ("np.log1p({})", 8), "expm1": ("np.expm1({})", 8),
    "sqrt": ("np.sqrt({})", 2), "cbrt": ("np.cbrt({})", 8),
    "sin": ("np.sin({})", 8), "cos": ("np.cos({})", 8), "tan": ("np.tan({})", 8), "cot": ("1 / np.tan({})", 8),
    "sec": ("1 / np.cos({})", 8), "csc": ("1 / np.sin({})", 8),
    "asin": ("np.arcsin({})", 8), "acos": ("np.arccos({})", 8), "atan": ("np.arctan({})", 8),
    "acot": ("np.arctan(1 / {})", 8), "asec": ("np.arccos(1 / {})", 8), "acsc": ("np.arcsin(1 / {})", 8),
    "sinh": ("np.sinh({})", 8), "cosh": ("np.cosh({})", 8), "tanh": ("np.tanh({})", 8), "coth": ("1 / np.tanh({})", 8),
    "asinh": ("np.arcsinh({})", 8), "acosh": ("np.arccosh({})", 8), "atanh": ("np.arctanh({})", 8),
    "abs": ("abs({})", 1), "sign": ("np.sign({})", 1), "floor": ("np.floor({})", 1), "ceil": ("np.ceil({})", 1),
    "softplus": ("softplus({})", 8), "log_sigmoid": ("-softplus(-{})", 8), "relu": ("max({}, 0.0)", 1),
    "maximum": ("np.maximum({}, {})", 1), "minimum": ("np.minimum({}, {})", 1),
    "xlogy": ("xlogy({}, {})", 8), "xlog1py": ("xlog1py({}, {})", 8), "xdivy": ("xdivy({}, {})", 2),
    "logical_not": ("not {}", 1), "as_float": ("(1.0 if {} else 0.0)", 1), "as_dtype": ("{}", 0),
    "sigmoid": ("sigmoid({})", 8), "sech": ("sech({})", 8), "csch": ("csch({})", 8), "erf": ("math.erf({})", 8),
    "erfc": ("math.erfc({})", 8),
    "factorial": ("math.gamma({} + 1)", 8),
    "logaddexp": ("logaddexp({}, {})", 16), "log1mexp": ("log1mexp({})", 16), "log_cosh": ("log_cosh({})", 16),
    "hypot": ("np.hypot({}, {})", 8),
})  # fmt: skip
"""Entrywise functions of numbers, and about how many additions one costs."""

HELPERS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "exp": ("exp",), "sigmoid": ("exp", "sigmoid"), "softplus": ("exp", "softplus"), "log_sigmoid": ("exp", "softplus"),
    "sech": ("exp", "sech"),
    "csch": ("exp", "csch"), "root_power": ("root_power",), "xlogy": ("xlogy",), "xlog1py": ("xlog1py",),
    "xdivy": ("xdivy",),
    "logaddexp": ("exp", "logaddexp"), "log1mexp": ("exp", "log1mexp"), "log_cosh": ("exp", "log_cosh"),
})  # fmt: skip
"""Functions that the module carries, with what they call."""

ENTRYWISE = frozenset(
    {*FUNCTIONS, *INFIX, "negative", "square", "power", "root_power", "where", "logical_and", "logical_or"}
)
"""Every entrywise function that loops know; others are left to NumPy."""

ARGUMENT_IS_ATOM = frozenset({"acot", "asec", "acsc", "log_sigmoid", "factorial", "logical_not"})
"""Functions whose argument stands beside an operator."""

Index = tuple[str, ...]
"""Loop variables or positions, one an axis."""

Term = tuple[Array, Index]
"""An entry of an array."""


@frozen
class Parameter:
    """An argument: its name, the array, what the caller passes, which of its axes is cut."""

    name: str
    array: Array
    text: str
    cut: int | None


class Entries:
    """The entries of one pass, and those that the loop which is being written knows by name."""

    def __init__(self, cut: Cut, nodes: Mapping[Array, str], outside: Callable[[Array], str], scope: Scope):
        self.cut, self.nodes, self.outside, self.scope = cut, nodes, outside, scope
        self.parameters: dict[Array, Parameter] = {}
        self.results: dict[Array, str] = {}
        self.helpers: set[str] = set()
        self.math = False
        self.row = ""
        """The loop variable of the row."""
        self._stored: set[Array] = set()
        """The arrays that are read from where they were written."""
        self._places: dict[Array, Callable[[Index], str]] = {}
        self._first_strand = True
        # of the loop that is being written
        self._known: dict[Term, str] = {}
        self._uses: Tally[Term] = Tally()
        self._lines: list[list[str]] = []
        self._variables: Index = ()

    def _count(self, term: Term, writing: Array | None = None) -> None:
        """How often entries are used in a loop; what is used twice is looked into once."""
        term = seen(*term)
        self._uses[term] += 1
        a, _ = term
        if self._uses[term] == 1 and (a is writing or a not in self._stored):
            for below in self._below(*term):
                self._count(below)

    def _below(self, a: Array, at: Index) -> list[Term]:
        """The entries that an entry is computed from."""
        if a in self.cut.blocked and isinstance(a, Map):
            return [(x, tuple(at[k] for k in p)) for x, p in zip(a.args, a.places, strict=True)]
        return []

    def _text(self, a: Array, at: Index, level: int = COMPARE) -> str:
        """An entry as an expression that holds together at least at `level`; what is used again gets a variable."""
        a, at = seen(a, at)
        if (a, at) in self._known:
            return self._known[a, at]
        if a in self._stored:
            return self._places[a](at)
        text, own = self._fresh(a, at)
        if isinstance(a, Map) and a in self.cut.blocked:
            depth = max((n + 1 for n, v in enumerate(self._variables) if v in at), default=0)
            if self._uses[a, at] > 1 or depth < len(self._variables) or (len(a.shape) == 1 and a in self.nodes):
                name = self._local(a, at)
                self._lines[depth].append(f"{name} = {text}")
                self._known[a, at] = name
                return name
        return text if own >= level else f"({text})"

    def _node_name(self, a: Array) -> str:
        return self.scope.of(self.nodes[a]) if self._first_strand else self.scope.fresh(identifier(self.nodes[a]))

    def _local(self, a: Array, at: Index) -> str:
        """A name for an entry: the node's for a number of the row, else with its loop's variable."""
        wish = identifier(self.nodes[a]) if a in self.nodes else description(a, {})
        if len(a.shape) == 1:
            return self._node_name(a) if a in self.nodes and a not in self.results else self.scope.fresh(wish)
        return self.scope.fresh("_".join([wish, *(i for i in at if i in self._variables)]))

    def _fresh(self, a: Array, at: Index) -> tuple[str, int]:
        """The expression itself, and how tightly it holds together."""
        match a:
            case Literal(value):
                return number(value)
            case Constant(name):
                self.math = self.math or name not in ("nan", "inf")
                return (f"np.{name}" if name in ("nan", "inf") else f"math.{name}"), ATOM
            case Map() if a in self.cut.blocked:
                return self._map(a, at)
        name = self._parameter(a)
        return (f"{name}[{', '.join(at)}]" if at else name), ATOM

    def _parameter(self, a: Array) -> str:
        """The argument for an array that is computed outside the loops."""
        if a not in self.parameters:
            text = self.outside(a)
            wish = (
                self.scope.of(a.size, "size")
                if isinstance(a, Length)
                else self.scope.fresh(text if text.isidentifier() else "factor")
            )
            self.parameters[a] = Parameter(wish, a, text, self.cut.blocked.get(a))
        return self.parameters[a].name

    def _map(self, a: Map, at: Index) -> tuple[str, int]:
        terms = self._below(a, at)
        fn = a.fn
        self.helpers.update(HELPERS.get(fn, ()))
        if fn in INFIX:
            sign, level = INFIX[fn]
            return (
                f"{self._text(*terms[0], level + (level == COMPARE))} {sign} {self._text(*terms[1], level + 1)}",
                level,
            )
        if fn == "negative":
            return f"-{self._text(*terms[0], POWER)}", UNARY
        if fn == "square":
            base = self._text(*terms[0], ATOM)
            return (
                f"{base} * {base}" if base.isidentifier() else f"{base} ** 2",
                PRODUCT if base.isidentifier() else POWER,
            )
        if fn in ("power", "root_power"):
            return self._power(a, terms)
        if fn == "where":
            condition, first, second = (self._text(*t, SUM) for t in terms)
            return f"({first} if {condition} else {second})", ATOM
        if fn in ("logical_and", "logical_or"):
            return f"({f' {fn[8:]} '.join(self._text(*t, SUM) for t in terms)})", ATOM
        template = FUNCTIONS[fn][0]
        self.math = self.math or template.startswith("math.")
        text = template.format(*(self._text(*t, ATOM if fn in ARGUMENT_IS_ATOM else COMPARE) for t in terms))
        return (f"({text})" if fn == "logical_not" else text), PRODUCT if text.startswith("1 /") else UNARY if text[
            0
        ] == "-" else ATOM

    def _power(self, a: Map, terms: list[Term]) -> tuple[str, int]:
        """Small whole exponents are products; others are given as floats, to pow."""
        base, exponent = a.args
        text = f"{float(base.value)}" if isinstance(base, Literal) else self._text(*terms[0], ATOM)
        if a.fn == "root_power":
            assert isinstance(exponent, Literal)
            return f"root_power({text}, {self._text(*terms[1])}, {exponent.value.numerator % 2 == 1})", ATOM
        if isinstance(exponent, Literal) and exponent.value.denominator == 1:
            return f"{text} ** {exponent.value if abs(exponent.value) <= 4 else float(exponent.value)}", POWER
        return f"{text} ** {self._text(*terms[1], ATOM)}", POWER

    # ------------------------------------------------------------ sums

    def _labels(self, a: Reduce | Contract) -> tuple[dict[int, Size], list[int], list[int]]:
        """The size of every label; the labels of the result, and those that are summed, without that of the rows."""
        sizes: dict[int, Size] = {}
        rows: set[int] = set()
        for f, labels in labelled(a):
            for k, label in enumerate(labels):
                sizes[label] = f.shape[k]
                if self.cut.blocked.get(f) == k:
                    rows.add(label)
        out = a.out if isinstance(a, Contract) else tuple(k for k in range(len(a.arg.shape)) if k not in a.axes)
        return sizes, [k for k in out if k not in rows], [k for k in sizes if k not in out and k not in rows]

    def _factors(self, a: Reduce | Contract, at: Mapping[int, str]) -> list[Term]:
        """The entries that are multiplied where the labels have these variables."""
        return [(f, tuple(at.get(label, self.row) for label in labels)) for f, labels in labelled(a)]

    def _term(self, a: Reduce | Contract, loops: list[int]) -> Callable[[Index], str]:
        """What is added, as text, given the variables of the loops over these labels."""

        def text(variables: Index) -> str:
            first, *rest = self._factors(a, dict(zip(loops, variables, strict=True)))
            if not rest:
                return self._text(*first)
            return f"{self._text(*first, PRODUCT)} * {self._text(*rest[0], UNARY)}"

        return text

    def _across(self, a: Reduce | Contract, kept: list[int]) -> bool:
        """Whether memory runs along an axis of the result, so that the innermost loop should."""
        f, labels = max(labelled(a), key=lambda pair: len(pair[1]))
        while isinstance(f, Permute):
            labels = tuple(label for _, label in sorted(zip(f.order, labels, strict=True)))
            f = f.arg
        return labels[-1] in kept


def seen(a: Array, at: Index) -> Term:
    """The entry that an entry of a view shows."""
    while True:
        match a:
            case Permute(arg, order):
                at = tuple(i for _, i in sorted(zip(order, at, strict=True)))
            case Entry(arg, axis, position):
                at = (*at[:axis], str(position - 1), *at[axis:])
            case Diagonal(arg, p, q):
                inner = list(at[:-1])
                inner.insert(p, at[-1])
                inner.insert(q, at[-1])
                at = tuple(inner)
            case _:
                return a, at
        a = arg


def cost(a: Array) -> int:
    """About how many additions an operation takes an entry."""
    if not isinstance(a, Map):
        return 0
    return FUNCTIONS[a.fn][1] if a.fn in FUNCTIONS else {"power": 8, "root_power": 16, "divide": 2}.get(a.fn, 1)


def labelled(a: Reduce | Contract) -> list[tuple[Array, tuple[int, ...]]]:
    """What a sum multiplies, with a label an axis."""
    return [(a.a, a.la), (a.b, a.lb)] if isinstance(a, Contract) else [(a.arg, tuple(range(len(a.arg.shape))))]


def width(a: Array) -> int:
    """How many loops compute an array, the one over the rows among them."""
    return (
        len({label for _, labels in labelled(a) for label in labels})
        if isinstance(a, (Reduce, Contract))
        else len(a.shape)
    )
