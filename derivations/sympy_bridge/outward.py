"""A formula as a SymPy expression: at given sizes one expression an entry (symbols x_1, x_2, …), or with symbolic
sizes, `IndexedBase`, `Sum`, `Product`, `KroneckerDelta`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import sympy

from derivations.atoms import unfold
from derivations.domains import Declared, Names
from derivations.formula import (
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Label,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    Size,
    SizeVal,
    Tensor,
    affine_terms,
    reindex,
)
from derivations.sympy_bridge import NoSympy

_SAME = (
    *("exp", "log", "sign", "floor", "erf", "erfc", "factorial", "digamma", "trigamma"),
    *("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc"),
    *("sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh"),
)
_OTHERWISE = {"abs": "Abs", "ceil": "ceiling", "max": "Max", "min": "Min", "lgamma": "loggamma"}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    fn: getattr(sympy, word) for fn, word in (dict(zip(_SAME, _SAME, strict=True)) | _OTHERWISE).items()
}
"""Functions that SymPy has; every other one is written as its definition."""
_RELATIONS: Mapping[str, Callable[..., Any]] = {
    "<": sympy.Lt,
    "<=": sympy.Le,
    ">": sympy.Gt,
    ">=": sympy.Ge,
    "==": sympy.Eq,
    "!=": sympy.Ne,
}


class Labels:
    """How sizes, elements and indices are called: declared names keep theirs, and no two things share one.

    SymPy tells symbols apart by their names; `A: real[n,k]` beside a scalar `k_`, or `x: real[m,d]` beside `x_1:
    real[d]`, must not meet.
    """

    def __init__(self, names: Names | None):
        self.rows: Mapping[str, Declared] = names if names is not None else {}
        sizes = names.sizes if names is not None else ()
        self.taken = {name for name, row in self.rows.items() if row.role != "size"}
        self.sizes = {size: self.new(size) for size in sizes}
        stems: dict[str, str] = {}
        for name in (n for n, row in self.rows.items() if row.sizes):
            stem = f"{name}_"
            while any(other.startswith(stem) for other in self.rows if other != name) or any(
                _one_begins_the_other(stem, s) for s in stems.values()
            ):
                stem += "_"
            stems[name] = stem
        self.stems = stems

    def new(self, wanted: str) -> str:
        """The name, with a number where it is taken."""
        name, k = wanted, 0
        while name in self.taken:
            k += 1
            name = f"{wanted}_{k}"
        self.taken.add(name)
        return name

    def element(self, name: str, at: tuple[int, ...]) -> str:
        """`x_1`, `x_1_2`"""
        return self.stems.get(name, f"{name}_") + "_".join(map(str, at))


def _one_begins_the_other(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


class _Writer:
    """One conversion. With `sizes` sums are written out; without, they stay sums. `loose`: the formula has free
    indices, which stay symbols."""

    def __init__(self, names: Names | None, sizes: Mapping[str, int] | None, *, loose: bool = False):
        self.names, self.sizes, self.loose = names, sizes, loose
        self.labels = Labels(names)
        self.symbols: dict[Index, Any] = {}

    def size(self, size: Size) -> Any:
        if isinstance(size, int):
            return sympy.Integer(size)
        if self.sizes is None:
            return sympy.Symbol(self.labels.sizes.get(size, size), integer=True, positive=True)
        if size not in self.sizes:
            raise NoSympy(f"give a value for the size {size}: to_sympy({{{size!r}: 3}})")
        return sympy.Integer(self.sizes[size])

    def index(self, at: IndexExpr, where: Mapping[Index, int]) -> Any:
        terms, const = affine_terms(at)
        total: Any = sympy.Integer(const)
        for term, c in terms:
            if isinstance(term, Label):
                raise NoSympy(f"{term.name} is an array of indices: SymPy has none; a one-hot array can be given")
            total += c * (
                self.size(term) if isinstance(term, str) else where[term] if term in where else self._symbol(term)
            )
        return total

    def _symbol(self, index: Index) -> Any:
        if index not in self.symbols:
            row = self.labels.rows.get(index.name)
            name = index.name if row is not None and row.index is index else self.labels.new(index.name)
            self.symbols[index] = sympy.Symbol(name, integer=True, positive=True)
        return self.symbols[index]

    def element(self, node: Elem, where: Mapping[Index, int]) -> Any:
        row = self.names.get(node.name) if self.names is not None else None
        if row is not None and row.definition is not None:
            body = reindex(row.definition.body, dict(zip(row.definition.axes, node.at, strict=True)))
            return self.tree(body, where)
        assumptions = dict(row.domain.assumptions) if row is not None else {"real": True}
        if not node.at:
            return sympy.Symbol(node.name, **assumptions)
        at = [self.index(a, where) for a in node.at]
        if self.sizes is not None and not self.loose:
            return sympy.Symbol(self.labels.element(node.name, tuple(map(int, at))), **assumptions)
        return sympy.IndexedBase(node.name, **assumptions)[tuple(at)]  # type: ignore[arg-type]

    def ranges(self, indices: tuple[Index, ...], where: Mapping[Index, int]) -> Iterator[dict[Index, int]]:
        for values in product(*(range(1, int(self.size(i.size)) + 1) for i in indices)):
            yield {**where, **dict(zip(indices, values, strict=True))}

    def tree(self, node: Node, where: Mapping[Index, int]) -> Any:
        match node:
            case Num(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Const(name):
                return sympy.E if name == "e" else sympy.pi
            case SizeVal(size):
                return self.size(size)
            case IndexVal(at):
                return self.index(at, where)
            case Elem():
                return self.element(node, where)
            case Add(args):
                return sympy.Add(*(self.tree(a, where) for a in args))
            case Mul(args):
                return sympy.Mul(*(self.tree(a, where) for a in args))
            case Pow(base, exponent):
                return _real_power(self.tree(base, where), self.tree(exponent, where))
            case Call(fn, args):
                if fn in FUNCTIONS:
                    return FUNCTIONS[fn](*(self.tree(a, where) for a in args))
                definition = unfold(node)
                if definition is None:
                    raise NoSympy(f"{fn} has no SymPy form here")
                return self.tree(definition, where)
            case Apply(fn, args, _, at) if at or any(isinstance(a, Tensor) for a in args):
                raise NoSympy(f"the unknown function {fn} of arrays has no SymPy form here")
            case Apply(fn, args, order):
                made = sympy.Function(fn)(*(self.tree(a, where) for a in args))
                if order:
                    raise NoSympy(f"the derivative of the unknown function {fn} has no SymPy form here")
                return made
            case Delta(a, b):
                return sympy.KroneckerDelta(self.index(a, where), self.index(b, where))
            case Cases(branches, otherwise):
                pairs = [(self.tree(v, where), self.condition(c, where)) for c, v in branches]
                return sympy.Piecewise(*pairs, (sympy.nan if otherwise is None else self.tree(otherwise, where), True))
            case Bound(op, indices, body):
                return self.binder(op, indices, body, where)
            case MatrixAtom():
                return self.matrix(node, where)
            case _:
                raise NoSympy(f"{type(node).__name__} has no SymPy form here")

    def condition(self, node: Node, where: Mapping[Index, int]) -> Any:
        match node:
            case Rel(op, a, b):
                return _RELATIONS[op](self.tree(a, where), self.tree(b, where))
            case And(args):
                return sympy.And(*(self.condition(a, where) for a in args))
            case Or(args):
                return sympy.Or(*(self.condition(a, where) for a in args))
            case Not(a):
                return sympy.Not(self.condition(a, where))
            case _:
                raise NoSympy(f"{type(node).__name__} is no condition")

    def binder(self, op: str, indices: tuple[Index, ...], body: Node, where: Mapping[Index, int]) -> Any:
        if self.sizes is None:
            if op not in ("sum", "prod", "logsumexp"):
                raise NoSympy(f"{op} over a symbolic size has no SymPy form; give sizes")
            inner = self.tree(body, where)
            limits = [(self._symbol(i), 1, self.size(i.size)) for i in indices]
            if op == "prod":
                return sympy.Product(inner, *limits)
            return sympy.Sum(inner, *limits) if op == "sum" else sympy.log(sympy.Sum(sympy.exp(inner), *limits))
        values = [self.tree(body, w) for w in self.ranges(indices, where)]
        combine = {
            "sum": sympy.Add,
            "prod": sympy.Mul,
            "max": sympy.Max,
            "min": sympy.Min,
            "logsumexp": lambda *v: sympy.log(sympy.Add(*map(sympy.exp, v))),
        }
        return combine[op](*values)

    def matrix(self, node: MatrixAtom, where: Mapping[Index, int]) -> Any:
        if self.sizes is None:
            raise NoSympy(f"{node.op} of a matrix of symbolic size has no SymPy form here; give sizes")
        k = int(self.size(node.row.size))
        made = sympy.Matrix(k, k, lambda r, c: self.tree(node.body, {**where, node.row: r + 1, node.col: c + 1}))
        if node.op == "inv":
            row, col = (int(self.index(a, where)) for a in node.at)
            return made.inv()[row - 1, col - 1]
        return made.det() if node.op == "det" else sympy.log(made.det())


def _real_power(base: Any, exponent: Any) -> Any:
    """base^exponent, odd roots real: (-8)^(1/3) = -2, where SymPy's principal root is complex."""
    if exponent.is_Rational and exponent.q % 2 and exponent.q > 1 and not base.is_nonnegative:
        root = sympy.Abs(base) ** exponent
        return root if exponent.p % 2 == 0 else sympy.sign(base) * root
    return base**exponent


def to_sympy(formula: Formula, sizes: Mapping[str, int] | None = None) -> Any:
    """The formula over its inputs, nodes unfolded. No two of sizes, bound indices and names share a symbol (`Labels`).

    With `sizes` an Expr (a scalar) or an `ImmutableDenseNDimArray` of Exprs over symbols x_1, x_1_2, …; without, one
    Expr with
    `Sum` and `IndexedBase`, its axes free, as the question's own indices are in either. Raises `NoSympy`.
    """
    if formula.shape_error is not None:
        raise NoSympy(formula.shape_error.message)
    if sizes is not None:
        for size, value in sizes.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise NoSympy(f"the size {size} is a positive integer, not {value!r}")
    writer = _Writer(formula.names, sizes, loose=bool(formula.free))
    try:
        if sizes is None or not formula.axes:
            return writer.tree(formula.body, {})
        lengths = [int(writer.size(i.size)) for i in formula.axes]
        entries = [
            writer.tree(formula.body, dict(zip(formula.axes, at, strict=True)))
            for at in product(*(range(1, n + 1) for n in lengths))
        ]
    except NoSympy:
        raise
    except (
        TypeError,
        ValueError,
    ) as error:  # SymPy compares no complex number, which it makes of what has no real value
        raise NoSympy(f"SymPy holds no such expression: {error}") from error
    return sympy.ImmutableDenseNDimArray(entries, lengths)


def symbols(names: Names, sizes: Mapping[str, int]) -> dict[str, Any]:
    """The SymPy symbols of every input at given sizes, as nested lists: what `to_sympy` writes for its entries."""
    writer = _Writer(names, sizes)

    def entries(row: Declared, at: tuple[int, ...]) -> Any:
        if len(at) == len(row.sizes):
            return writer.element(Elem(row.name, at), {})
        return [entries(row, (*at, k)) for k in range(1, int(writer.size(row.sizes[len(at)])) + 1)]

    return {row.name: entries(row, ()) for row in names.inputs()}
